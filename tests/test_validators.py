"""Entity tags that are known before there are bytes; bytes that change as little as the data."""

import difflib
import shutil
import subprocess
import sys
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlencode

import pytest
from flask import Flask
from werkzeug.exceptions import NotAcceptable

from parkgraph.pipeline import Checked, check
from parkgraph.publish import publish
from parkgraph.rdf import canonical_lines, parse_bytes
from parkgraph.release import SUMS, Release
from parkgraph.web.http import Head, deliver
from parkgraph.web.program import fingerprint
from parkgraph.web.site import open_site
from parkgraph.writing import write
from tests.conftest import ISSUED, ROOT, Server, serving

HEAD = Head(
    "text/turtle",
    "abc",
    "identity",
    ("Accept",),
    {"Last-Modified": "Sun, 22 Nov 2026 12:00:00 GMT"},
)
CONDITIONS = [
    ({}, 200),
    ({"If-None-Match": '"abc"'}, 304),
    ({"If-None-Match": 'W/"abc"'}, 304),
    ({"If-None-Match": '"x", "abc"'}, 304),
    ({"If-None-Match": "*"}, 304),
    ({"If-None-Match": '"abc-gzip"'}, 200),
    ({"If-None-Match": "abc"}, 304),
    ({"If-Modified-Since": "Sun, 22 Nov 2026 12:00:00 GMT"}, 304),
    # That of another release, to which there was a way back: no date but its own will do.
    ({"If-Modified-Since": "Mon, 23 Nov 2026 12:00:00 GMT"}, 200),
    ({"If-Modified-Since": "Sun, 22 Nov 2026 11:59:59 GMT"}, 200),
    ({"If-Modified-Since": "2026-11-23T12:00:00Z"}, 200),  # no HTTP-date says nothing
    ({"If-None-Match": '"x"', "If-Modified-Since": "Mon, 23 Nov 2026 12:00:00 GMT"}, 200),
    ({"If-Match": '"abc"'}, 200),
    ({"If-Match": '"x"'}, 412),
    ({"If-Match": 'W/"abc"'}, 412),
    ({"If-Match": "*"}, 200),
    ({"If-Match": '"x", "abc"'}, 200),
    ({"If-Match": '"x", W/"abc"'}, 412),
    ({"If-Match": ""}, 412),  # none is named
    ({"If-Match": "*", "If-None-Match": '"abc"'}, 304),
    ({"If-Match": '"x"', "If-None-Match": '"abc"'}, 412),
    ({"If-Unmodified-Since": "Sun, 22 Nov 2026 12:00:00 GMT"}, 200),
    ({"If-Unmodified-Since": "Sun, 22 Nov 2026 11:59:59 GMT"}, 412),
    ({"If-Unmodified-Since": "2026-11-22T11:59:59Z"}, 200),
    ({"If-Match": '"abc"', "If-Unmodified-Since": "Sun, 22 Nov 2026 11:59:59 GMT"}, 200),
    ({"If-Unmodified-Since": "Sun, 22 Nov 2026 11:59:59 GMT", "If-None-Match": '"abc"'}, 412),
]


@pytest.mark.parametrize(("headers", "status"), CONDITIONS)
@pytest.mark.parametrize("method", ["GET", "HEAD", "QUERY"])
def test_nothing_is_written_for_a_condition(headers: dict[str, str], status: int, method: str):
    """What a condition refuses is never made: the answer is known from the head alone."""
    made = []

    def make() -> tuple[bytes, dict[str, str]]:
        made.append(1)
        return b"<a> <b> <c> .", {"Link": "</x>"}

    with Flask(__name__).test_request_context("/", method=method, headers=headers):
        got = deliver(HEAD, make)

    assert (got.status_code, len(made)) == (status, int(status == 200))
    assert (got.headers["ETag"], got.headers["Vary"]) == ('"abc"', "Accept")
    assert ("Content-Digest" in got.headers) == ("Link" in got.headers) == (status == 200)


@pytest.mark.parametrize(("headers", "status"), CONDITIONS)
def test_no_condition_is_about_a_post(headers: dict[str, str], status: int):
    """A POST is answered as if there were none: its answer is no state of the address."""
    with Flask(__name__).test_request_context("/", method="POST", headers=headers):
        assert deliver(HEAD, lambda: (b"", {})).status_code == 200


def test_a_refusal_is_kept_by_nobody():
    """A cache may keep a 304's headers; a 412 it must not give to the next client."""
    for name, cache in (("If-None-Match", "public, no-cache"), ("If-Match", "no-store")):
        value = '"abc"' if name == "If-None-Match" else '"x"'
        with Flask(__name__).test_request_context("/", headers={name: value}):
            assert deliver(HEAD, lambda: (b"", {})).headers["Cache-Control"] == cache


CONDITIONAL = [
    ({}, 206),
    ({"If_Match": "*"}, 206),
    ({"If_Match": "TAG"}, 206),
    ({"If_Match": "W/TAG"}, 412),
    ({"If_Match": '"x"'}, 412),
    ({"If_None_Match": "TAG"}, 304),
    ({"If_None_Match": '"x"', "If_Modified_Since": "DATE"}, 206),
    ({"If_Modified_Since": "DATE"}, 304),
    ({"If_Unmodified_Since": "DATE"}, 206),
    ({"If_Unmodified_Since": "Sat, 01 Jan 2000 00:00:00 GMT"}, 412),
    ({"If_Range": "TAG"}, 206),
    ({"If_Range": "W/TAG"}, 200),
    ({"If_Range": "DATE"}, 206),
    ({"If_Range": "Fri, 01 Jan 2100 00:00:00 GMT"}, 200),
    ({"If_Range": "TAG", "If_Match": '"x"'}, 412),
    ({"If_Range": '"x"', "If_Match": "*"}, 200),
]


def test_files_of_a_release_never_step_back(server: Server, release: Release):
    """Who has one of a later date has what is there (RFC 9110 §13.1.3)."""
    path, later = f"/release/{release.manifest.name}/parkgraph.ttl", "Fri, 01 Jan 2100 00:00:00 GMT"

    assert server.ask(path, If_Modified_Since=later).status == 304
    assert server.ask("/document/iasp-6112.ttl", If_Modified_Since=later).status == 200


@pytest.mark.parametrize(("headers", "status"), CONDITIONAL)
def test_conditions_of_a_part(
    server: Server, release: Release, headers: dict[str, str], status: int
):
    """Of a file the conditions are looked at before the range (RFC 9110 §13.2.2)."""
    path = f"/release/{release.manifest.name}/parkgraph.ttl"
    whole = server.ask(path)
    known = {"TAG": whole.headers["ETag"], "DATE": whole.headers["Last-Modified"]}
    said = {
        name: value.replace("TAG", known["TAG"]).replace("DATE", known["DATE"])
        for name, value in headers.items()
    }
    part, full = server.ask(path, Range="bytes=1-4", **said), server.ask(path, **said)
    head = server.ask(path, "HEAD", Range="bytes=1-4", **said)

    bodies = {206: whole.body[1:5], 200: whole.body, 304: b"", 412: b""}
    assert (part.status, part.body) == (status, bodies[status])
    without = 200 if status == 206 else status  # a range is of a GET alone
    assert (full.status, full.body) == (without, bodies[without])
    assert (head.status, head.body) == (without, b"")
    for got in (part, full, head):
        cache = "no-store" if got.status == 412 else "public, max-age=31536000, immutable"
        assert (got.headers["ETag"], got.headers["Cache-Control"]) == (known["TAG"], cache)


def test_conditions_of_a_result(server: Server):
    """A result of a query is conditional like any state, asked by GET or by QUERY."""
    query = b"SELECT ?s { ?s a ?class } LIMIT 3"
    path, form = f"/sparql?{urlencode({'query': query})}", "application/sparql-query"
    tag = server.ask(path).headers["ETag"]
    for match, status in ((tag, 200), ("*", 200), ('"x"', 412), (f"W/{tag}", 412)):
        got = server.ask(path, If_Match=match)
        by_query = server.ask("/sparql", "QUERY", query, Content_Type=form, If_Match=match)
        assert (got.status, by_query.status) == (status, status)
        assert bool(got.body) == (status == 200)


def test_a_body_that_cannot_be_sent():
    """Where no coding will do, the answer is 406."""
    from parkgraph.web.http import answer

    headers = {"Accept-Encoding": "identity;q=0"}
    with (
        Flask(__name__).test_request_context("/", headers=headers),
        pytest.raises(NotAcceptable),
    ):
        answer(b"x", "text/plain")


TAGGED = ["/", "/doc/park/iasp-6112", "/doc/park/iasp-6112.html", "/def", "/shapes.nt", "/park"]


def test_tags_outlive_a_restart(release: Release):
    """Another process with the same program, release and address gives the same tags."""
    options = (str(ROOT), "--releases", str(release.folder.parent))

    def tags(public_url: str) -> list[str]:
        with serving(*options, "--public-url", public_url) as server:
            return [server.ask(path).headers["ETag"] for path in TAGGED]

    first, again = tags("https://a.example"), tags("https://a.example")

    assert first == again
    assert len(set(first)) == len(TAGGED)


def test_tags_know_the_address(release: Release):
    """Some documents name addresses of the server, so another address is another state."""
    here, there = (open_site(release, f"https://{name}.example/") for name in "ab")

    assert here.state != there.state


def test_tags_know_what_is_derived(release: Release, tmp_path: Path):
    """Another report or another description of the dataset is another state of the site."""
    folder = tmp_path / release.folder.name
    shutil.copytree(release.folder, folder)
    copy = Release(folder, release.manifest)
    before = open_site(copy, "http://localhost/").state

    assert before == open_site(release, "http://localhost/").state
    sums = copy.derived / SUMS
    old, new = copy.derived_sums()["dataset.ttl"], sha256(b"").hexdigest()
    sums.write_text(sums.read_text("utf-8").replace(old, new), "utf-8")
    assert open_site(copy, "http://localhost/").state != before


def test_tags_know_the_program(tmp_path: Path):
    """A word in a template is another program, whatever its version says."""
    package = tmp_path / "parkgraph"
    shutil.copytree(ROOT / "src/parkgraph", package, ignore=shutil.ignore_patterns("__pycache__"))

    def printed() -> str:
        code = "from parkgraph.web.program import fingerprint; print(fingerprint())"
        environment = {"PYTHONPATH": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"}
        command = [sys.executable, "-c", code]
        return subprocess.check_output(command, env=environment, text=True).strip()

    assert printed() == fingerprint()
    template = package / "web/templates/base.html"
    template.write_text(template.read_text("utf-8") + " ", "utf-8")
    assert printed() != fingerprint()


@pytest.mark.unmeasured
def test_one_changed_value_changes_one_line(
    checked: Checked, publication: Path, edit: Callable[[str, str, str], None], tmp_path: Path
):
    """Of two publications that differ in one value, each dump differs in one line."""
    edit(
        "data/concepts/indicator.ttl", "all storeys together, in square metres", "in square metres"
    )
    before = publish(checked, tmp_path / "before", ISSUED).folder
    after = publish(check(publication), tmp_path / "after", ISSUED).folder

    for extension in ("ttl", "jsonld", "nt", "nq", "trig"):
        old, new = (
            (folder / f"parkgraph.{extension}").read_text("utf-8").splitlines()
            for folder in (before, after)
        )
        changed = [line for line in difflib.ndiff(old, new) if line[:2] in ("- ", "+ ")]
        values = 1 if extension in {"ttl", "jsonld", "nt"} else 2
        assert len(changed) == 2 * values, (extension, changed)


@pytest.mark.parametrize("extension", ["ttl", "jsonld", "nt", "nq", "trig", "rdf"])
def test_order_of_triples_does_not_matter(release: Release, extension: str):
    """The same triples give the same bytes, in whatever order they come."""
    quads = list(parse_bytes((release.folder / "parkgraph.nq").read_bytes(), "nq"))
    written = write(quads, extension, first=str(quads[0].subject)[1:-1])

    assert write(reversed(quads), extension, first=str(quads[0].subject)[1:-1]) == written
    if extension in ("trig", "nq"):
        assert canonical_lines(parse_bytes(written, extension)) == canonical_lines(quads)
