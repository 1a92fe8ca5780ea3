"""What tells programs of the site tells the truth: every address in it answers."""

import json
import urllib.robotparser
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from markdown_it import MarkdownIt

from parkgraph.release import Release
from parkgraph.web.site import open_site
from parkgraph.web.sitemap import Sitemap
from tests.conftest import Server, serving

BASE = "https://w3id.org/parkgraph/"
BROWSER = "text/html,application/xhtml+xml,*/*;q=0.8"
MAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
LINK = "{http://www.w3.org/1999/xhtml}link"
#: More documents than one sitemap may hold.
MANY = 50_010


def local(server: Server, address: str) -> str:
    parts = urlsplit(address)
    assert f"{parts.scheme}://{parts.netloc}" == f"http://localhost:{server.port}"
    return parts.path + ("?" + parts.query if parts.query else "")


def test_robots(server: Server):
    """A robot may read documents, not queries, and finds the sitemap."""
    rules = urllib.robotparser.RobotFileParser()
    got = server.ask("/robots.txt")
    rules.parse(got.body.decode().splitlines())

    assert got.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert rules.can_fetch("any", f"{server.url}/doc/park/iasp-6112")
    assert rules.can_fetch("any", f"{server.url}/sparql")
    assert not rules.can_fetch("any", f"{server.url}/sparql?query=ASK+%7B%7D")
    assert [local(server, a) for a in rules.site_maps() or ()] == ["/sitemap.xml"]


def test_sitemap(server: Server, release: Release):
    """Each address is a page in both languages; no thing and no document is missing."""
    got = server.ask("/sitemap.xml")
    entries = ET.fromstring(got.body).findall(f"{MAP}url")
    paths = [local(server, e.findtext(f"{MAP}loc", "")) for e in entries]
    site = open_site(release, "http://localhost/")
    known = [iri for iri in site.index.resources(f"{BASE}id/") if "#" not in iri]
    site.index.close()

    assert got.headers["Content-Type"] == "application/xml"
    assert len(set(paths)) == len(paths)
    assert {f"/doc/{iri.removeprefix(BASE + 'id/')}" for iri in known} < set(paths)
    assert {"/", "/document/iasp-6112", "/document/iasp-6112/8d0d83c6"} < set(paths)
    for entry in entries:
        assert entry.findtext(f"{MAP}lastmod") == release.manifest.issued
        assert [link.get("hreflang") for link in entry.findall(LINK)] == ["en", "zh"]
    for entry in entries[:: len(entries) // 12]:
        for link in entry.findall(LINK):
            page = server.ask(local(server, link.get("href", "")), Accept=BROWSER)
            assert (page.status, page.headers["Content-Language"]) == (200, link.get("hreflang"))


def test_every_address_of_the_sitemap(server: Server):
    """Nothing is listed that is not there."""
    entries = ET.fromstring(server.ask("/sitemap.xml").body).iter(f"{MAP}loc")
    statuses = {e.text: server.ask(local(server, str(e.text)), "HEAD").status for e in entries}

    assert set(statuses.values()) == {200}


@pytest.mark.parametrize("largest", [1, 3, 7, 50, 1000])
def test_sitemap_in_files(release: Release, largest: int):
    """However small the files, together they hold every address once, in the same order."""
    site = open_site(release, "http://localhost/")

    def addresses(size: int) -> list[str]:
        found = Sitemap(site, size)
        files = [ET.fromstring(found.file(n)) for n in range(1, found.files() + 1)]
        assert all(0 < len(file) <= size for file in files)
        return [str(loc.text) for file in files for loc in file.iter(f"{MAP}loc")]

    whole, cut = addresses(50_000), addresses(largest)
    site.index.close()

    assert cut == whole


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server over more subjects than one sitemap holds, some of them no documents of its own."""
    path = tmp_path_factory.mktemp("data") / "many.nt"
    lines = [
        f"<http://example.org/x/{n}> <http://example.org/p> <urn:x:{n}> ." for n in range(MANY)
    ]
    lines += [
        "<http://example.org/x/1#part> <http://example.org/p> _:b .",
        "_:b <urn:x:p> <urn:x:o> .",
    ]
    lines += ["<http://example.net/x> <http://example.org/p> <http://example.org/é&> ."]
    lines += ["<http://example.org/é&> <http://example.org/p> <urn:x:o> ."]
    path.write_text("\n".join(lines) + "\n", "utf-8")
    with serving("--data", str(path), "--base", "http://example.org/") as running:
        yield running


def test_sitemap_index(many: Server):
    """Above 50,000 addresses there is an index; its files hold the documents of the base."""
    got = many.ask("/sitemap.xml")
    files = [many.ask(local(many, str(e.text))) for e in ET.fromstring(got.body).iter(f"{MAP}loc")]
    found = [str(e.text) for f in files for e in ET.fromstring(f.body).iter(f"{MAP}loc")]

    assert len(files) == 2
    assert len(found) == len(set(found)) == MANY + 1 + 2  # the pages / and /sparql
    assert local(many, found[-1]).startswith("/doc")
    assert many.ask("/sitemap-3.xml").status == 404
    assert many.ask("/sitemap-0.xml").status == 404


def test_api_catalog(server: Server):
    """A catalogue of APIs (RFC 9727): every link of it answers as it says."""
    got, head = (server.ask("/.well-known/api-catalog", method) for method in ("GET", "HEAD"))
    contexts = json.loads(got.body)["linkset"]
    items = [item["href"] for c in contexts for item in c.get("item", ())]

    assert got.headers["Content-Type"].replace(" ", "") == (
        'application/linkset+json;profile="https://www.rfc-editor.org/info/rfc9727"'
    )
    assert 'rel="api-catalog"' in head.headers["Link"]
    assert set(items) == {context["anchor"] for context in contexts[1:]}
    for context in contexts[1:]:
        assert context["service-desc"]
        for relation in ("service-desc", "service-doc", "service-meta", "status"):
            for link in context.get(relation, ()):
                answer = server.ask(local(server, link["href"]), Accept=link["type"])
                assert answer.status == 200
                assert answer.headers["Content-Type"].startswith(link["type"])


def links_of(text: str) -> list[str]:
    tokens = [t for block in MarkdownIt().parse(text) for t in block.children or ()]
    return [str(t.attrs["href"]) for t in tokens if t.type == "link_open"]


def test_llms_txt(server: Server):
    """llms.txt has a title and a summary; each of its links leads to what it promises."""
    got = server.ask("/llms.txt")
    text = got.body.decode()
    kinds = [t.type for t in MarkdownIt().parse(text)]

    assert got.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert text.startswith("# parkgraph: science parks in their own words\n\n> ")
    assert (kinds[0], kinds.count("heading_open")) == ("heading_open", 4)
    assert f"http://localhost:{server.port}/doc/park/iasp-6112.md" in links_of(text)
    for address in links_of(text):
        answer = server.ask(local(server, address))
        assert answer.status in {200, 302}


def test_the_query_of_llms_txt(server: Server):
    """The example query has solutions."""
    text = server.ask("/llms.txt").body.decode()
    (query,) = [t.content for t in MarkdownIt().parse(text) if t.type == "fence"]
    got = server.ask("/sparql", "POST", query.encode(), Content_Type="application/sparql-query")

    assert len(json.loads(got.body)["results"]["bindings"]) == 10


def test_files_as_they_are(many: Server, tmp_path: Path):
    """Without a publication the same addresses tell of what is there."""
    text = many.ask("/llms.txt").body.decode()

    assert "## Documents" in text
    assert f"http://localhost:{many.port}/doc/x/0.md" in text
    assert {many.ask(local(many, link)).status for link in links_of(text)[:5]} == {200}
    assert "park" not in text.replace("parkgraph", "")
    assert many.ask("/robots.txt").status == many.ask("/.well-known/api-catalog").status == 200
    assert many.ask("/cite/dataset.bib").status == 404


def test_front_door_leads_on(server: Server):
    """The front door leads to the interfaces by their registered relations."""
    links = server.ask("/", "HEAD").headers["Link"]

    assert '</.well-known/api-catalog>; rel="api-catalog"' in links
    assert '</openapi.json>; rel="service-desc"; type="application/json"' in links
