"""Releases on the web: their list, feed and pages, what changed, and documents as they were."""

import json
import re
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from itertools import pairwise
from pathlib import Path

import feedparser
import pytest
import rdflib

from parkgraph.init import write_publication
from parkgraph.pipeline import check
from parkgraph.publish import publish
from parkgraph.rdf import parse_bytes
from parkgraph.release import CHANGES, Release, open_release
from tests.conftest import ROOT, Answer, Server, serving
from tests.test_diff import STEPS, apply
from tests.test_pages import Page

BROWSER = "text/html,application/xhtml+xml,*/*;q=0.8"
BASE = "https://w3id.org/parkgraph/"
DCAT = rdflib.Namespace("http://www.w3.org/ns/dcat#")
PROV = rdflib.Namespace("http://www.w3.org/ns/prov#")
SECTOR = "concept/sector/software-engineering"
#: When each release was issued, as HTTP says it.
DATES = [
    f"{day}, 01 {month} 2026 00:00:00 GMT"
    for day, month in (("Thu", "Jan"), ("Sun", "Feb"), ("Sun", "Mar"))
]


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> list[Release]:
    """Three releases; a sector comes in with the second, and has another name in the third."""
    folder = tmp_path_factory.mktemp("history")
    for name in ("data", "ontology", "shapes"):
        shutil.copytree(ROOT / name, folder / name)
    concepts = folder / "data/concepts/sector.ttl"
    whole = concepts.read_text("utf-8")
    block = whole[whole.index("\nsector:space-technology") :].partition("\n\n")[0]
    concepts.write_text(whole.replace(block, ""), "utf-8")
    texts = [whole.replace(block, ""), whole, whole.replace(*STEPS[1][1:])]
    found = []
    for month, text in enumerate(texts, start=1):
        concepts.write_text(text, "utf-8")
        issued = datetime(2026, month, 1, tzinfo=UTC)
        found.append(publish(check(folder), folder / "releases", issued))
    return found


@pytest.fixture(scope="module")
def past(history: list[Release]) -> Iterator[Server]:
    """The releases, served: the third is current."""
    with serving(str(history[0].folder.parent.parent)) as running:
        yield running


def names(history: list[Release]) -> list[str]:
    return [release.folder.name for release in history]


def graph_of(answer: Answer) -> rdflib.Graph:
    return rdflib.Graph().parse(data=answer.body, format="turtle")


def links(answer: Answer) -> dict[str, str]:
    found = re.findall(r'<([^>]*)>; rel="([^"]*)"', answer.headers["Link"])
    return {rel: href for href, rel in found}


def test_all_releases_as_rdf(past: Server, history: list[Release]):
    """Each is a version of the dataset, a revision of the one before, and bears its date."""
    graph = graph_of(past.ask("/releases"))
    iris = [rdflib.URIRef(release.manifest.iri) for release in history]

    assert set(graph.objects(rdflib.URIRef(f"{BASE}dataset"), DCAT.hasVersion)) == set(iris)
    current = graph.value(rdflib.URIRef(f"{BASE}dataset"), DCAT.hasCurrentVersion)
    assert current == iris[-1]
    assert list(graph.subject_objects(PROV.wasRevisionOf)) != []
    for older, newer in pairwise(iris):
        assert graph.value(newer, PROV.wasRevisionOf) == older
        assert graph.value(newer, DCAT.previousVersion) == older
    issued = [graph.value(iri, rdflib.DCTERMS.issued).toPython() for iri in iris]
    assert issued == [datetime.fromisoformat(r.manifest.issued) for r in history]


def test_all_releases_as_json(past: Server, history: list[Release]):
    """Plain data, newest first, each with the address of its manifest."""
    tree = json.loads(past.ask("/releases.json").body)

    assert tree["current"] == history[-1].folder.name
    assert [row["name"] for row in tree["releases"]] == names(history)[::-1]
    manifest = tree["releases"][0]["manifest"].partition("/release/")[2]
    assert (
        json.loads(past.ask(f"/release/{manifest}").body)["dataset"]
        == tree["releases"][0]["dataset"]
    )


def test_feed(past: Server, history: list[Release]):
    """A feed reader finds nothing to complain of, and each release once, newest first."""
    got = past.ask("/releases.atom")
    feed = feedparser.parse(got.body)

    assert got.headers["Content-Type"] == "application/atom+xml"
    assert (feed.bozo, feed.version) == (False, "atom10")
    assert feed.feed.title
    assert feed.feed.author_detail.name
    assert feed.feed.updated == history[-1].manifest.issued
    assert [entry.id for entry in feed.entries] == [r.manifest.iri for r in reversed(history)]
    for entry in feed.entries:
        path = "/" + entry.link.split("/", 3)[3]
        assert past.ask(path, Accept=BROWSER).status == 200
    assert "8 changed" in feed.entries[0].summary
    assert "版本" in past.ask("/releases.atom?lang=zh").body.decode()


PAGES = [
    "/releases",
    "/release/{1}",
    "/diff",
    "/diff?from={0}&to={2}",
    f"/release/{{0}}/doc/{SECTOR}",
]


@pytest.mark.parametrize("lang", ["en", "zh"])
@pytest.mark.parametrize("page", PAGES)
def test_pages(past: Server, history: list[Release], page: str, lang: str):
    """Each page comes in both languages, and every local link on it leads somewhere."""
    got = past.ask(page.format(*names(history)), Accept=BROWSER, Accept_Language=lang)
    text = got.body.decode()

    assert got.status == 200
    assert got.headers["Content-Language"] == lang
    assert f'<html lang="{lang}"' in text
    assert "Accept-Language" in got.headers["Vary"]
    hrefs = {href.replace("&amp;", "&") for href in re.findall(r'href="(/[^"#]*)', text)}
    lost = [href for href in sorted(hrefs) if past.ask(href).status not in {200, 302}]
    assert lost == []


def test_one_release(past: Server, history: list[Release]):
    """An older release is told with its own files, digests and predecessor."""
    first, second, _ = history
    graph = graph_of(past.ask(f"/release/{second.folder.name}"))
    iri = rdflib.URIRef(second.manifest.iri)

    assert str(graph.value(iri, rdflib.DCTERMS.identifier)) == second.manifest.dataset
    assert graph.value(iri, PROV.wasRevisionOf) == rdflib.URIRef(first.manifest.iri)
    files = list(graph.objects(iri, DCAT.distribution))
    assert len(files) == len([f for f in second.manifest.distributions if "source/" not in f.path])
    address = str(graph.value(files[0], DCAT.downloadURL))
    got = past.ask("/" + address.split("/", 3)[3])
    assert int(graph.value(files[0], DCAT.byteSize)) == len(got.body)
    assert not list(graph.objects(rdflib.URIRef(f"{BASE}dataset"), DCAT.distribution))


@pytest.mark.parametrize("way", [(0, 1), (1, 2), (0, 2), (2, 0)])
def test_patches_over_http(past: Server, history: list[Release], way: tuple[int, int]):
    """The patch that is served leads from one release to the other, proved by the digest."""
    old, new = (history[index] for index in way)
    address = f"/diff?from={old.folder.name}&to={new.folder.name}&format=patch"
    got = past.ask(address)

    assert got.headers["Content-Type"] == "text/plain; charset=utf-8"
    saved = f'attachment; filename="{old.folder.name}-{new.folder.name}.rdfp"'
    assert got.headers["Content-Disposition"] == saved
    assert apply(got.body, old) == new.manifest.dataset
    if way in {(0, 1), (1, 2)}:
        assert got.body == (new.folder / CHANGES).read_bytes()


def test_difference_in_words(past: Server, history: list[Release]):
    """The page says what was and what is, and which things are new."""
    first, second, third = names(history)
    renamed = past.ask(f"/diff?from={second}&to={third}", Accept=BROWSER).body.decode()
    plain = " ".join(re.sub(r"<[^>]*>", " ", renamed).split())
    added = past.ask(f"/diff?from={first}&to={second}", Accept=BROWSER).body.decode()
    gone = past.ask(f"/diff?from={second}&to={first}", Accept=BROWSER).body.decode()

    assert "was Software Engineering , is Software engineering" in plain
    assert "Space Technology" in added
    assert "is new" in added
    assert "Space Technology" in gone
    assert "is gone" in gone
    tree = json.loads(past.ask("/diff").body)
    assert (tree["from"]["name"], tree["to"]["name"]) == (second, third)
    assert (tree["removed"], tree["added"]) == (4, 4)


def test_no_such_difference(past: Server, history: list[Release]):
    """A release that is not there is 404, no acceptable form 406; before the first is nothing."""
    first = history[0].folder.name

    assert past.ask("/diff?from=000000000000").status == 404
    assert past.ask("/diff?from=../../etc").status == 404
    alone = json.loads(past.ask(f"/diff?to={first}").body)
    assert (alone["from"], alone["added"], alone["things"]) == (alone["to"], 0, [])
    assert past.ask("/diff", Accept="image/png").status == 406
    assert past.ask("/release/000000000000").status == 404
    assert past.ask("/release/000000000000/doc/park/iasp-6112").status == 404


MOMENTS = [
    ("before all", "Mon, 01 Dec 2025 00:00:00 GMT", 0),
    ("the very second", DATES[0], 0),
    ("in between", "Tue, 10 Feb 2026 12:00:00 GMT", 1),
    ("a second too early", "Sat, 28 Feb 2026 23:59:59 GMT", 1),
    ("after all", "Fri, 01 Jan 2027 00:00:00 GMT", 2),
]


@pytest.mark.parametrize(("law", "moment", "index"), MOMENTS, ids=[m[0] for m in MOMENTS])
def test_timegate(past: Server, history: list[Release], law: str, moment: str, index: int):
    """The document leads to how it was at a moment (RFC 7089 §4.1), and that bears its date."""
    got = past.ask(f"/doc/{SECTOR}", Accept_Datetime=moment)
    address = f"/release/{history[index].folder.name}/doc/{SECTOR}"

    assert (got.status, got.headers["Location"]) == (302, address)
    assert got.headers["Vary"] == "Accept-Datetime"
    assert got.headers["Memento-Datetime"] is None
    assert links(got)["original timegate"] == f"/doc/{SECTOR}"
    memento = past.ask(address)
    assert memento.status == 200
    assert memento.headers["Memento-Datetime"] == DATES[index]
    assert links(memento)["original timegate"] == f"/doc/{SECTOR}"
    assert links(memento)["timemap"] == f"/timemap/doc/{SECTOR}"
    name = "Software engineering" if index == 2 else "Software Engineering"
    assert f'"{name}"@en' in memento.body.decode()


def test_a_document_says_that_it_has_a_past(past: Server):
    """Without the header the present is answered; Vary and Link tell of the rest."""
    got = past.ask(f"/doc/{SECTOR}")

    assert got.status == 200
    assert "Accept-Datetime" in got.headers["Vary"]
    assert links(got)["original timegate"] == f"/doc/{SECTOR}"
    assert links(got)["timemap"] == f"/timemap/doc/{SECTOR}"
    fixed = past.ask(f"/doc/{SECTOR}.ttl", Accept_Datetime=DATES[0])
    assert (fixed.status, fixed.headers["Vary"]) == (200, "Accept-Encoding")


@pytest.mark.parametrize(
    "moment",
    [
        "yesterday",
        "2026-02-10T12:00:00Z",
        "Sat, 31 Feb 2026 00:00:00 GMT",
        "",
        "Sun, 01 Feb 2026 00:00:00 CET",
    ],
)
def test_a_moment_that_is_none(past: Server, moment: str):
    """What is no date of HTTP is 400, and says how to write one."""
    got = past.ask(f"/doc/{SECTOR}", Accept_Datetime=moment)

    assert (got.status, json.loads(got.body)["code"]) == (400, "PG627")


def test_what_was_not_yet_there(past: Server, history: list[Release]):
    """A thing that came later has no memento before; the TimeGate goes to its first one."""
    path = "concept/sector/space-technology"
    first, second, third = names(history)

    assert past.ask(f"/release/{first}/doc/{path}").status == 404
    got = past.ask(f"/doc/{path}", Accept_Datetime=DATES[0])
    assert got.headers["Location"] == f"/release/{second}/doc/{path}"
    listed = json.loads(past.ask(f"/timemap/doc/{path}?format=json").body)["mementos"]["list"]
    assert [row["uri"].split("/")[4] for row in listed] == [second, third]


def test_timemap(past: Server, history: list[Release]):
    """All mementos in link format (RFC 7089 §5), at addresses that resolve."""
    got = past.ask(f"/timemap/doc/{SECTOR}")
    rows = re.findall(r'<([^>]*)>; rel="([^"]*)"(?:; datetime="([^"]*)")?', got.body.decode())
    mementos = [(href, rel, date) for href, rel, date in rows if "memento" in rel]

    assert got.headers["Content-Type"] == "application/link-format"
    assert [rel for _, rel, _ in rows[:2]] == ["original timegate", "self"]
    assert [rel for _, rel, _ in mementos] == ["first memento", "memento", "last memento"]
    assert [date for *_, date in mementos] == DATES
    for href, _, date in mementos:
        found = past.ask("/" + href.split("/", 3)[3])
        assert (found.status, found.headers["Memento-Datetime"]) == (200, date)
    assert past.ask("/timemap/doc/park/none").status == 404


def test_a_memento_in_all_its_forms(past: Server, history: list[Release]):
    """Each suffix works, all say the same, and none has the tag of another or of today."""
    address = f"/release/{history[0].folder.name}/doc/{SECTOR}"
    graphs, tags = [], [past.ask(f"/doc/{SECTOR}.ttl").headers["ETag"]]
    for extension in ("ttl", "nt", "jsonld", "rdf"):
        got = past.ask(f"{address}.{extension}")
        assert got.headers["Memento-Datetime"] == DATES[0]
        assert past.ask(f"{address}.{extension}", If_None_Match=got.headers["ETag"]).status == 304
        graphs.append(set(parse_bytes(got.body, extension)))
        tags.append(got.headers["ETag"])
    assert len(set(tags)) == len(tags)
    assert all(graph == graphs[0] for graph in graphs)
    page = past.ask(address, Accept=BROWSER).body.decode()
    assert "This is how it was in release" in page
    assert f'href="/doc/{SECTOR}"' in page


def test_links_of_the_past(past: Server, history: list[Release]):
    """Releases and mementos have their sets of links too (RFC 9264)."""
    first = history[0].folder.name
    for path in ("releases", f"release/{first}", f"release/{first}/doc/{SECTOR}"):
        got = past.ask(f"/linkset/{path}")
        assert (got.status, got.headers["Content-Type"]) == (200, "application/linkset+json")
    assert past.ask("/linkset/release/000000000000").status == 404


@pytest.fixture(scope="module")
def rewritten(tmp_path_factory: pytest.TempPathFactory) -> list[Release]:
    """Three releases: a text, the same in other words, and another document in its place."""
    folder = tmp_path_factory.mktemp("rewritten") / "publication"
    write_publication(folder, "http://e.example/")
    profiles = folder / "data/profiles"
    text, reading = ((profiles / f"example-1.{ending}").read_text("utf-8") for ending in _PROFILE)
    first = sha256(text.encode()).hexdigest()
    found = []
    for month, (slug, words) in enumerate((("1", "60"), ("1", "70"), ("2", "70")), start=1):
        for path in profiles.iterdir():
            path.unlink()
        now = text.replace("than 60", f"than {words}")
        told = reading.replace("than 60", f"than {words}").replace("value: 60", f"value: {words}")
        told = told.replace('"60"', f'"{words}"').replace("example-1", f"example-{slug}")
        told = told.replace(first, sha256(now.encode()).hexdigest())
        for ending, content in zip(_PROFILE, (now, told), strict=True):
            (profiles / f"example-{slug}.{ending}").write_text(content, "utf-8")
        issued = datetime(2026, month, 1, tzinfo=UTC)
        found.append(publish(check(folder), folder / "releases", issued))
    return found


_PROFILE = ("txt", "yaml")


def test_evidence_of_the_past(rewritten: list[Release]):
    """A page of the past, and what changed, lead to the words of then, whatever became of them."""
    first, second, _ = names(rewritten)
    (text,) = (f.path for f in rewritten[0].manifest.distributions if f.path.startswith("source/"))
    version = f"/document/{text.removeprefix('source/').removesuffix('.txt')}"
    with serving(str(rewritten[0].folder.parent.parent)) as server:
        for path in (f"/release/{first}/doc/park/example-1", f"/diff?from={first}"):
            page = Page(server.ask(path, Accept=BROWSER).body.decode())
            local = {h.partition("#")[0] for h in page.hrefs if h.startswith("/")} - {
                "/doc/park/example-1"
            }
            assert [h for h in local if server.ask(h, Accept=f"{BROWSER}").status >= 400] == []
            assert f"/release/{first}/document/example-1#" in page.html
        for address in (f"/{text}", version, f"{version}.ttl?lang=en"):
            led = server.ask(address)
            assert (led.status, led.headers["Location"]) == (302, f"/release/{first}{address}")
            assert server.ask(led.headers["Location"]).status == 200
        then = server.ask(f"/release/{first}{version}", Accept=BROWSER)
        assert b"more than 60 companies" in then.body
        assert then.headers["Memento-Datetime"] == DATES[0]
        assert links(then)["original"] == version
        assert server.ask(f"/linkset/release/{first}{version}").status == 200
        assert server.ask("/document/example-1/00000000").status == 404
        assert b"70 companies" in server.ask(f"/release/{second}/document/example-1").body


def test_broken_and_pruned_releases(history: list[Release], tmp_path: Path):
    """A release that is spoiled is 500 and says what; one that is pruned is 404, at once."""
    root = tmp_path / "releases"
    shutil.copytree(history[0].folder.parent, root)
    publication = history[0].folder.parent.parent
    first, second, _ = names(history)
    with serving(str(publication), "--releases", str(root)) as server:
        memento = f"/release/{first}/doc/{SECTOR}"
        assert server.ask(memento).status == 200
        (root / second / "manifest.json").write_text("{}")
        for path in (f"/release/{second}/doc/{SECTOR}", f"/release/{second}", f"/diff?to={second}"):
            got = server.ask(path)
            assert (got.status, json.loads(got.body)["code"]) == (500, "PG502")
        (open_release(root, first).folder).rename(root / ".gone")
        assert server.ask(f"{memento}.nt").status == 404
        assert server.ask(f"/release/{first}/parkgraph.ttl").status == 404
        assert [
            row["name"] for row in json.loads(server.ask("/releases.json").body)["releases"]
        ] == [history[2].folder.name]


def test_files_as_they_are_have_no_past():
    """``serve --data`` has no releases, and no memento of anything."""
    with serving("--data", str(ROOT / "data/concepts/sector.ttl"), "--base", BASE) as server:
        for path in (
            "/releases",
            "/releases.json",
            "/releases.atom",
            "/diff",
            f"/timemap/doc/{SECTOR}",
        ):
            assert server.ask(path).status == 404
        got = server.ask(f"/doc/{SECTOR}", Accept_Datetime="yesterday")
        assert got.status == 200
        assert "timemap" not in got.headers["Link"]
        assert "Accept-Datetime" not in got.headers["Vary"]
