"""Documents that are made at build: the same bytes as those made when they are asked for."""

import shutil
import sqlite3
import time
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import replace
from itertools import product
from pathlib import Path

import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from parkgraph.index import Index
from parkgraph.pipeline import Checked
from parkgraph.prerendered import FILES, Body, Prerendered, file_of, number_of, write_bodies
from parkgraph.proof import verify_derived
from parkgraph.publish import publish
from parkgraph.release import INDEX, PRERENDERED, SUMS, Release, file_sha256
from parkgraph.web import prerender
from parkgraph.web.program import fingerprint
from parkgraph.web.site import open_prerendered
from tests.conftest import ISSUED, Answer, Server, eventually, serving

PARK = "/doc/park/iasp-6112"
PAGE = {"Accept": "text/html"}
TURTLE = {"Accept": "text/turtle"}
MARK = b"# as it was made at build"


@pytest.fixture(scope="module")
def made(checked: Checked, tmp_path_factory: pytest.TempPathFactory) -> Release:
    """The release of this repository, prerendered; tests must not change it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("parkgraph.publish.WORTHWHILE", 0)
        return publish(checked, tmp_path_factory.mktemp("made"), ISSUED, prerender=prerender)


@pytest.fixture
def own(made: Release, tmp_path: Path) -> Release:
    """A copy of it, to be spoiled."""
    root = shutil.copytree(made.folder.parent, tmp_path / "releases")
    return replace(made, folder=root / made.folder.name)


def addresses(release: Release) -> list[str]:
    """The local address of each thing's document."""
    with closing(Index(release.derived / INDEX)) as index:
        start = f"{release.manifest.base}id/"
        return [f"/doc/{iri.removeprefix(start)}" for iri in index.every_document(start)]


def files(release: Release) -> list[Path]:
    return [file_of(release.derived / PRERENDERED, number) for number in FILES]


def changed(release: Release, statement: str, *arguments: object) -> None:
    """Change all files of documents, as a build would have written them."""
    for path in files(release):
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute(statement, arguments)
    sums = release.derived / SUMS
    lines = [line.partition("  ")[2] for line in sums.read_text().splitlines()]
    sums.write_text("".join(f"{file_sha256(release.derived / p)}  {p}\n" for p in lines))


def marked(release: Release) -> None:
    """Let the documents of the park that were made be told from those that are made now."""
    for address in (f"{PARK}.html", f"{PARK}.ttl"):
        mark = zstandard.ZstdCompressor().compress(f"{address}\n".encode() + MARK)
        changed(release, "update body set packed = ? where address = ?", mark, address)


def stamps(release: Release) -> list[int]:
    return [path.stat().st_mtime_ns for path in files(release)]


def told(answer: Answer) -> tuple[int, bytes, list[tuple[str, str]]]:
    """What an answer says but for what is of its moment."""
    passing = {"date", "x-request-id"}
    return (
        answer.status,
        answer.body,
        [h for h in answer.headers.items() if h[0].lower() not in passing],
    )


def test_every_document_is_the_same(made: Release, release: Release):
    """Made at build or not: bytes and headers, in each language, form and coding."""
    asked = addresses(release)
    wishes = [
        PAGE,
        TURTLE,
        {**PAGE, "Accept-Language": "zh"},
        {**PAGE, "Accept-Encoding": "gzip"},
        {**TURTLE, "Accept-Profile": "<https://schema.org/>"},
    ]
    here = ("--public-url", "https://other.example/")  # is in no body, but in all entity tags
    with (
        serving(".", "--releases", str(made.folder.parent), *here) as one,
        serving(".", "--releases", str(release.folder.parent), *here) as other,
    ):
        for wish, path in product(wishes, asked):
            assert told(one.ask(path, **wish)) == told(other.ask(path, **wish)), (path, wish)
    assert len(asked) > 100


def test_each_thing_has_its_documents(made: Release):
    """As a page and as Turtle; the dataset and lists have none, nor has another address."""
    found = Prerendered(made.derived / PRERENDERED, fingerprint())
    others = ("", "/park", "/doc/park/none", f"{PARK}.html", f"{PARK}?lang=en")

    assert prerender.written(made)
    assert all(found.get(path, form) for path in addresses(made) for form in ("html", "ttl"))
    assert not any(found.get(path, form) for path in others for form in ("html", "ttl"))
    assert found.get(PARK, "nt") is None
    assert not any(verify_derived(made))


def test_what_was_made_is_sent(own: Release):
    """In its language, form and profile, at its address; all else is made when it is asked for."""
    marked(own)
    with serving(".", "--releases", str(own.folder.parent)) as server:
        for path, wish in [(PARK, PAGE), (PARK, TURTLE), (f"{PARK}.ttl", {})]:
            assert MARK in server.ask(path, **wish).body
        for path, wish in [
            (PARK, {**PAGE, "Accept-Language": "zh"}),
            (f"{PARK}.html", {}),
            (f"{PARK}?lang=en", PAGE),
            (f"{PARK}?_profile=plain", TURTLE),
            (f"/release/{own.manifest.name}{PARK}", PAGE),
            (f"/release/{own.manifest.name}{PARK}", TURTLE),
            (f"{PARK}.md", {}),
            (f"{PARK}.nt", {}),
        ]:
            answer = server.ask(path, **wish)
            assert answer.status == 200
            assert MARK not in answer.body, path


def test_another_program_makes_its_own(own: Release):
    """What another program made is not sent."""
    marked(own)
    changed(own, "update made set program = 'another'")
    with serving(".", "--releases", str(own.folder.parent)) as server:
        answers = [server.ask(PARK, **wish) for wish in (PAGE, TURTLE)]

    assert not prerender.written(own)
    assert {answer.status for answer in answers} == {200}
    assert not any(MARK in answer.body for answer in answers)


@pytest.mark.parametrize("program", ["another", ""])
def test_a_build_makes_what_is_missing(own: Release, checked: Checked, monkeypatch, program: str):
    """Of another program, or not there: the same release has them again, and only then."""
    monkeypatch.setattr("parkgraph.publish.WORTHWHILE", 0)
    root, good = own.folder.parent, stamps(own)
    publish(checked, root, ISSUED, prerender=prerender)
    assert stamps(own) == good  # nothing is missing, so nothing is written

    if program:
        changed(own, "update made set program = ?", program)
    else:
        shutil.rmtree(own.derived / PRERENDERED)
    publish(checked, root, ISSUED, prerender=prerender)

    assert prerender.written(own)
    assert not any(verify_derived(own))
    assert stamps(own) != good


def test_small_releases_have_none(own: Release, checked: Checked, tmp_path: Path):
    """A server has soon made all there are, and a build is not to take longer for them."""
    release = publish(checked, tmp_path / "small", ISSUED, prerender=prerender)

    assert not (release.derived / PRERENDERED).exists()


def zeros(data: bytes) -> bytes:
    return data[:4096] + bytes(len(data) - 4096)


def flipped(data: bytes) -> bytes:
    """Half of the pages of a database have another byte."""
    spoiled = bytearray(data)
    for place in range(6144, len(data), 8192):
        spoiled[place] ^= 1
    return bytes(spoiled)


@pytest.mark.parametrize("damage", [zeros, flipped, None])
def test_what_is_damaged_is_made_anew(
    own: Release, damage: Callable[[bytes], bytes] | None, tmp_path: Path
):
    """From files that are not as they were written, or gone, nothing is sent, noticed or not."""
    asked = [*product(addresses(own), (PAGE, TURTLE))]

    def told_by(server: Server) -> list[bytes]:
        return [server.ask(path, **wish).body for path, wish in asked]

    with serving(".", "--releases", str(own.folder.parent)) as server:
        before = told_by(server)
    with serving(".", "--releases", str(own.folder.parent)) as server:
        server.ask(PARK, **PAGE)
        if damage:
            for path in files(own):
                path.write_bytes(damage(path.read_bytes()))
        else:
            (own.derived / PRERENDERED).rename(tmp_path / "away")
        after = told_by(server)
        time.sleep(3)  # by then it is noticed
        later = told_by(server)

    assert before == after == later


def test_what_is_right_again_is_sent_again(own: Release):
    """Found wrong, files are left alone; mended, they are read again, in a server that runs."""
    marked(own)
    good = {path: path.read_bytes() for path in files(own)}

    def sent(server: Server) -> bool:
        return MARK in server.ask(f"{PARK}.ttl?n={time.monotonic_ns()}").body

    with serving(".", "--releases", str(own.folder.parent)) as server:
        assert sent(server)
        for path, data in good.items():
            path.write_bytes(flipped(data))
        assert eventually(lambda: not sent(server))
        for path, data in good.items():
            path.write_bytes(data)
        assert eventually(lambda: sent(server))


@pytest.mark.parametrize("damage", [zeros, flipped])
def test_damage_is_seen(own: Release, damage: Callable[[bytes], bytes]):
    """Of each file at least one document is not to be had any more, and no other one comes."""
    intact = Prerendered(own.derived / PRERENDERED, fingerprint())
    asked = [*product(addresses(own), ("html", "ttl"))]
    good = {at: intact.get(*at) for at in asked}
    intact.close()
    for path in files(own):
        path.write_bytes(damage(path.read_bytes()))
    found = dict.fromkeys(asked)
    with suppress(OSError):
        damaged = Prerendered(own.derived / PRERENDERED, fingerprint())
        found = {at: damaged.get(*at) for at in asked}
        damaged.close()
    lost = [at for at, body in found.items() if body is None]

    assert {number_of(path) for path, _ in lost} == {*FILES}
    assert all(body is None or body == good[at] for at, body in found.items())


def test_another_name_for_the_data(own: Release, checked: Checked, monkeypatch):
    """Derived anew in the same process, from another description of the dataset."""
    monkeypatch.setattr("parkgraph.publish.WORTHWHILE", 0)
    publication = checked.publication
    data = publication.dataset.data.replace(b"science parks in their", b"parks of science in their")
    other = replace(publication.dataset, data=data)
    inputs = {**publication.inputs, "dataset.ttl": "0" * 64}
    renamed = replace(checked, publication=replace(publication, dataset=other, inputs=inputs))
    publish(renamed, own.folder.parent, ISSUED, prerender=prerender)
    found = open_prerendered(own)
    assert found
    page = found.get(PARK, "html")
    found.close()

    assert page
    assert b"parks of science in their" in page.data
    assert b"science parks in their" not in page.data


told_of = st.none() | st.lists(st.sampled_from(["<urn:a>", "<urn:\xa0>"]), max_size=3).map(tuple)
bodies = st.builds(Body, st.binary(max_size=300), told_of)
places = st.tuples(st.text("ab/", min_size=1), st.sampled_from(["html", "ttl"]))


@settings(max_examples=30)
@given(st.dictionaries(places, bodies, max_size=60), st.lists(st.binary(max_size=20), max_size=40))
def test_what_is_written_is_read(tmp_path_factory, given, samples):
    """Few or many, empty ones and ones of any bytes: each is there as it was, and no other."""
    folder = tmp_path_factory.mktemp("written")
    for number in FILES:
        mine = ((*at, body) for at, body in given.items() if number_of(at[0]) == number)
        write_bodies(file_of(folder, number), "this", samples, mine)
    found = Prerendered(folder, "this")

    assert {at: found.get(*at) for at in given} == given
    assert found.get("c", "html") is None
    found.close()
    assert {at: found.get(*at) for at in given} == dict.fromkeys(given)


@pytest.mark.parametrize("sample", [b"", b"a", b"abc" * 100, bytes(range(256)) * 10])
@pytest.mark.parametrize("count", [0, 1, 7, 8, 1000])
def test_samples_of_any_kind(tmp_path: Path, sample: bytes, count: int):
    """None, too few, or all alike: what comes after them is there as it was."""
    paths = [f"/{number}" for number in range(40)]
    for number in FILES:
        mine = [(path, "ttl", Body(sample, ())) for path in paths if number_of(path) == number]
        write_bodies(file_of(tmp_path, number), "this", [sample] * count, mine)

    found = Prerendered(tmp_path, "this")
    assert {found.get(path, "ttl") for path in paths} == {Body(sample, ())}
    found.close()


def test_files_that_are_none(tmp_path: Path):
    """No folder, a file too few, others, and one that another program wrote: nothing was made."""
    folders = [tmp_path / name for name in ("none", "few", "other", "null", "two")]
    for folder in folders[1:]:
        folder.mkdir()
        for number in FILES:
            write_bodies(file_of(folder, number), "this", (), ())
    none, few, other, null, two = (file_of(folder, FILES[-1]) for folder in folders)
    few.unlink()
    other.write_bytes(b"no database" * 1000)
    two.unlink()
    write_bodies(two, "that", (), ())
    with closing(sqlite3.connect(null)) as connection, connection:
        connection.execute("update made set before = 'x'")

    assert not none.exists()
    for folder in folders:
        with pytest.raises(OSError, match=r"holds"):
            Prerendered(folder, "this")
