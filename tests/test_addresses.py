"""Former addresses: what has moved is led on, what was withdrawn is told of; contradictions."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parkgraph.addresses import Addresses, Move, Tombstone, check_addresses
from parkgraph.errors import Severity
from parkgraph.pipeline import check
from parkgraph.publish import publish
from tests.conftest import ISSUED, ROOT, Answer, Server, serving
from tests.test_publish import LATER

FORMER = """
withdrawn:
  - address: id/organization/gone-ltd
    date: "2026-11-22"
    reason: {en: Its page was taken down., zh: 其页面已撤下。}
    replacedBy: id/park/iasp-6112
  - address: document/old-page
    date: "2026-11-21"
    reason: {en: Published by mistake.}
moved:
  - {from: id/park/tus, to: id/park/tuspark}
  - {from: id/park/tuspark, to: id/park/iasp-6112}
  - {from: document/tuspark, to: document/iasp-6112}
  - {from: id/service/gone, to: id/organization/gone-ltd}
"""


@pytest.fixture(scope="module")
def former(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("former")
    for name in ("data", "ontology", "shapes"):
        shutil.copytree(ROOT / name, folder / name)
    (folder / "data/addresses.yaml").write_text(FORMER, "utf-8")
    publish(check(folder), folder / "releases", ISSUED)
    with serving(str(folder)) as running:
        yield running


MOVED = {
    "/id/park/tus": "/id/park/iasp-6112",
    "/id/park/tuspark": "/id/park/iasp-6112",
    "/doc/park/tus": "/doc/park/iasp-6112",
    "/doc/park/tus.ttl": "/doc/park/iasp-6112.ttl",
    "/doc/park/tus.html?lang=zh": "/doc/park/iasp-6112.html?lang=zh",
    "/doc/park/tus?format=nt&x=a%2Bb": "/doc/park/iasp-6112?format=nt&x=a%2Bb",
    "/document/tuspark": "/document/iasp-6112",
    "/document/tuspark.jsonld": "/document/iasp-6112.jsonld",
}


@pytest.mark.parametrize("path", MOVED)
def test_moved(former: Server, path: str):
    """301 to the end of the chain, with suffix and query as they were, for GET and HEAD."""
    for method in ("GET", "HEAD"):
        got = former.ask(path, method)
        assert (got.status, got.headers["Location"]) == (301, MOVED[path])

    assert former.ask(MOVED[path]).status in {200, 303}


GONE = [
    "/id/organization/gone-ltd",
    "/doc/organization/gone-ltd",
    "/doc/organization/gone-ltd.ttl",
    "/doc/organization/gone-ltd?lang=zh",
    "/document/old-page",
]


@pytest.mark.parametrize("path", GONE)
def test_withdrawn(former: Server, path: str):
    """410 with what is left, for programs and for people, in their language."""
    problem = former.ask(path)
    page = former.ask(path, Accept="text/html", Accept_Language="zh")
    english = former.ask(path, Accept="text/html", Accept_Language="en")
    said = json.loads(problem.body)

    assert (problem.status, page.status, english.status) == (410, 410, 410)
    if "lang" not in path:
        assert "<h1>Withdrawn</h1>" in english.body.decode()
    assert problem.headers["Content-Type"] == "application/problem+json"
    assert (said["code"], said["type"][-6:]) == ("PG626", "#pg626")
    assert said["withdrawn"]["date"] in said["detail"]
    assert said["withdrawn"]["reason"]["en"] in said["detail"]
    assert problem.headers["Cache-Control"] == "max-age=60"
    if "gone-ltd" in path:
        assert "其页面已撤下。" in page.body.decode()
        assert 'href="/doc/park/iasp-6112' in page.body.decode()
        assert said["withdrawn"]["replacedBy"].endswith("id/park/iasp-6112")


@pytest.mark.parametrize("path", ["/id/park/tus", "/doc/organization/gone-ltd"])
def test_a_page_of_another_origin_may_ask(former: Server, path: str):
    """Before a browser hears where it is led it asks whether it may (Fetch §4.8)."""
    got = former.ask(path, "OPTIONS", Origin="https://e.org", Access_Control_Request_Method="GET")

    assert got.status == 200
    assert "If-Range" in got.headers["Access-Control-Allow-Headers"]
    assert former.ask(path, "PUT", b"").status == 405


def test_what_was_withdrawn_is_still_seen_as_it_was(tmp_path: Path):
    """The address of a description stays its TimeGate (RFC 7089 §4.1)."""
    for name in ("data", "ontology", "shapes"):
        shutil.copytree(ROOT / name, tmp_path / name)
    root, path = tmp_path / "releases", "/doc/service/iasp-6112-value-added-service-package"
    old = publish(check(tmp_path), root, ISSUED)
    profile = tmp_path / "data/profiles/iasp-6112.yaml"
    name = path.removeprefix("/doc/")
    text = profile.read_text("utf-8").replace(name, "service/renamed")
    profile.write_text(text, "utf-8")
    stone = f'withdrawn: [{{address: id/{name}, date: "2026-11-23", reason: {{en: "No."}}}}]'
    (tmp_path / "data/addresses.yaml").write_text(stone, "utf-8")
    publish(check(tmp_path), root, LATER)
    with serving(str(tmp_path)) as running:
        gone = running.ask(path)
        then = running.ask(path, Accept_Datetime="Sun, 22 Nov 2026 13:00:00 GMT")
        listed = running.ask(f"/timemap{path}")
        never = running.ask("/doc/park/none")

    assert (gone.status, then.status, listed.status) == (410, 302, 200)
    assert then.headers["Location"] == f"/release/{old.folder.name}{path}"
    assert "Accept-Datetime" in gone.headers["Vary"]
    assert f'</timemap{path}>; rel="timemap"' in gone.headers["Link"]
    assert "Accept-Datetime" in never.headers["Vary"]


def test_a_move_to_something_withdrawn(former: Server):
    """The chain ends at the tombstone."""
    got = former.ask("/id/service/gone")

    assert (got.status, got.headers["Location"]) == (301, "/id/organization/gone-ltd")
    assert former.ask(got.headers["Location"]).status == 410


def test_what_never_was_is_not_found(former: Server):
    """404 stays 404, whatever is written down about others."""
    asked: list[Answer] = [former.ask(f"/{space}/park/none") for space in ("id", "doc")]

    assert [answer.status for answer in asked] == [404, 404]


FAULTS = [
    ("moved:\n  - {from: id/a/b, to: id/a/c}\n  - {from: id/a/c, to: id/a/b}\n", 2, "PG143"),
    ("moved:\n  - {from: id/a/b, to: id/park/none}\n", 2, "PG144"),
    ("moved:\n  - {from: id/park/iasp-6112, to: id/place/beijing}\n", 2, "PG142"),
    ("moved:\n- {from: id/a/b, to: id/place/beijing}\n- {from: id/a/b, to: id/a/b}\n", 3, "PG140"),
    ("moved:\n  - {from: https://example.org/a, to: id/place/beijing}\n", 2, "PG212"),
    ("moved:\n  - {form: id/a/b, to: id/place/beijing}\n", 2, "PG213"),
    (
        'withdrawn:\n- address: id/place/beijing\n  date: "2026-01-01"\n  reason: {en: No.}\n',
        2,
        "PG141",
    ),
    ('withdrawn:\n- address: id/a/b\n  date: "2026-01-01"\n  reason: {zh: 无}\n', 4, "PG211"),
    ("withdrawn:\n- address: id/a/b\n  date: soon\n  reason: {en: No.}\n", 3, "PG212"),
    ("withdrawn:\n- address: id/a/b\n  date: 2026-02-30\n  reason: {en: No.}\n", 3, "PG212"),
    ("withdrawn: [\n", 2, "PG110"),
]


@pytest.mark.parametrize(("text", "line", "code"), FAULTS)
def test_contradictions_are_found(publication: Path, text: str, line: int, code: str):
    """What contradicts the data or itself is a Violation at its line."""
    (publication / "data/addresses.yaml").write_text(text, "utf-8")
    found = [f for f in check(publication).blocking if f.where.startswith("data/addresses.yaml")]

    assert (code, f"data/addresses.yaml:{line}") in {
        (f.code, f.where.rpartition(":")[0]) for f in found
    }


def test_what_is_only_named_is_a_warning():
    """A withdrawn thing that the data links to, and says nothing of, does not block."""
    addresses = Addresses({"id/a/b": Tombstone("2026-01-01", {"en": "No."}, None, "file:2:1")})
    (found,) = check_addresses(addresses, {}, frozenset({"id/a/b"}))

    assert (found.code, found.severity, found.where) == ("PG141", Severity.WARNING, "file:2:1")


_ADDRESS = st.sampled_from([f"id/x/{letter}" for letter in "abcdef"])


@given(st.dictionaries(_ADDRESS, _ADDRESS))
def test_a_chain_ends_or_goes_round(pairs: dict[str, str]):
    """The destination of a move has not moved itself; without one, following never ends."""
    addresses = Addresses(moved={old: Move(new, "") for old, new in pairs.items()})
    for old in pairs:
        end = addresses.destination(old)
        walked = old
        for _ in range(len(pairs) + 1):
            walked = pairs.get(walked, walked)
        assert (end is None) == (walked in pairs)
        assert end in {None, walked}
    assert Addresses.from_json(addresses.to_json()) == addresses
