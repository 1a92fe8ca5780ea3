"""What whoever runs it relies on: metrics, logs, request ids, readiness, a graceful end."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner
from prometheus_client.parser import text_string_to_metric_families

from parkgraph.cli import main
from parkgraph.pipeline import check
from parkgraph.publish import publish
from parkgraph.release import Release, open_release
from parkgraph.web.accesslog import AccessLog, Entry, line, noted, shown
from parkgraph.web.ids import request_id
from parkgraph.web.request import Request
from parkgraph.web.wsgi import create
from tests.conftest import (
    ROOT,
    SIPS,
    Answer,
    Server,
    alive,
    descendants,
    eventually,
    free_port,
    serving,
)
from tests.test_front import BOMB, QUERY, asking, raw
from tests.test_publish import LATER, new_edition

Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def told(server: Server) -> Samples:
    """The metrics, as Prometheus reads them."""
    got = server.ask("/metrics")
    assert (got.status, got.headers.get_content_type()) == (200, "text/plain")
    assert got.headers["Cache-Control"] == "no-store"
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(got.body.decode())
        for sample in family.samples
    }


def value(samples: Samples, name: str, **labels: str) -> float:
    return samples.get((f"parkgraph_{name}", tuple(sorted(labels.items()))), 0.0)


@pytest.fixture(scope="module")
def logged(release: Release, tmp_path_factory: pytest.TempPathFactory):
    """A server of our own with an access log, and the file of that."""
    log = tmp_path_factory.mktemp("log") / "access.log"
    options = ["--access-log", str(log), "--query-workers", "2", "--client-queries", "1000"]
    with serving(str(ROOT), "--releases", str(release.folder.parent), *options) as running:
        yield running, log


@pytest.fixture(scope="module")
def own(logged: tuple[Server, Path]) -> Server:
    return logged[0]


def lines(log: Path, wanted: Callable[[dict[str, object]], bool]) -> list[dict[str, object]]:
    """The entries that are wanted, once there are any."""
    found: list[dict[str, object]] = []

    def look() -> bool:
        said = log.read_text("ascii").splitlines()
        found[:] = [entry for entry in map(json.loads, said) if wanted(entry)]
        return bool(found)

    eventually(look, 10)
    return found


def test_requests_are_counted(own: Server):
    """Each request is in one counter and one histogram, under its template; bytes are added up."""
    path = "/document/iasp-6112.ttl"
    before = told(own)
    got = [own.ask(path) for _ in range(3)] + [own.ask(path, "HEAD")]
    own.ask(path, If_None_Match=got[0].headers["ETag"])
    after = told(own)

    route = next(
        dict(labels)["route"]
        for name, labels in after
        if name == "parkgraph_http_requests_total" and dict(labels)["route"].startswith("/document")
    )

    def more(name: str, **labels: str) -> float:
        return value(after, name, **labels) - value(before, name, **labels)

    assert "{" in route
    assert more("http_requests_total", route=route, method="GET", status="200") == 3
    assert more("http_requests_total", route=route, method="HEAD", status="200") == 1
    assert more("http_requests_total", route=route, method="GET", status="304") == 1
    assert more("http_request_duration_seconds_count", route=route) == 5
    assert more("http_request_duration_seconds_bucket", route=route, le="+Inf") == 5
    assert more("http_response_bytes_total", route=route) == 3 * len(got[0].body)
    assert more("cache_hits_total", cache="repeats") == 4


def test_descriptions_are_kept(own: Server, release: Release):
    """A description that Accept chose is kept, and given to nobody who asks for another moment."""
    path = "/doc/park/iasp-6112"
    before = value(told(own), "cache_hits_total", cache="repeats")
    first, again = own.ask(path), own.ask(path)
    hits = value(told(own), "cache_hits_total", cache="repeats") - before
    past = own.ask(path, Accept_Datetime="Sat, 01 Jan 2000 00:00:00 GMT")
    page = own.ask(path, Accept="text/html")

    assert hits == 1
    assert first.body == again.body
    assert past.status == 302
    assert page.headers.get_content_type() == "text/html"


def test_labels_are_bounded(own: Server):
    """Neither addresses nor methods nor ids that a client makes up become labels."""
    own.ask("/metrics")
    before = set(told(own))
    for number in range(5):
        for path in (f"/none-{number}", f"/doc/park/none-{number}", f"/id/park/{number}"):
            own.ask(path, X_Request_Id=f"made-up-{number}")
        own.ask("/", f"METHOD{number}")
    after = told(own)

    assert not [key for key in after if "none-" in str(key) or "made-up" in str(key)]
    methods = {dict(labels)["method"] for _, labels in after if "method" in dict(labels)}
    assert methods <= {"GET", "HEAD", "POST", "QUERY", "OPTIONS", "other"}
    counters = [key for key in set(after) - before if key[0] == "parkgraph_http_requests_total"]
    assert len(counters) <= 6


def test_queries_are_counted(own: Server):
    """Outcomes, kills and kept results; what is told of the pool is what there is."""
    before = told(own)
    text = f"SELECT * {{ ?s ?p ?o }} LIMIT 3 # {time.monotonic()}"
    for form in ("json", "json", "csv", "csv"):
        assert own.ask(asking(text, format=form), Accept_Encoding="gzip").status == 200
    assert own.ask(asking(text, format="json"), Accept_Encoding="br").status == 200
    assert own.ask(asking("SELECT")).status == 400
    assert own.ask(asking(BOMB, timeout="0.2")).status == 503
    assert eventually(
        lambda: (
            value(told(own), "query_kills_total", reason="time")
            > value(before, "query_kills_total", reason="time")
        )
    )
    after = told(own)

    def more(name: str, **labels: str) -> float:
        return value(after, name, **labels) - value(before, name, **labels)

    assert more("queries_total", outcome="answered") >= 2
    assert more("queries_total", outcome="syntax") >= 1
    assert more("queries_total", outcome="time") == 1
    assert more("cache_hits_total", cache="repeats") == 2
    assert eventually(lambda: value(told(own), "query_workers") == 2)


def test_the_release_is_told(own: Server, release: Release):
    """The release with digest and date; the process with its memory."""
    found = told(own)
    manifest = release.manifest
    labels = {"release": manifest.name, "digest": manifest.dataset, "issued": manifest.issued}

    assert value(found, "release_info", **labels) == 1
    assert value(found, "editions_open") == 1
    assert value(found, "ready") == 1
    assert found["process_resident_memory_bytes", ()] > 1_000_000


def test_metrics_while_all_is_busy(own: Server):
    """Metrics and health are answered while every query process and place in the queue is taken."""
    with ThreadPoolExecutor(80) as pool:
        busy = [pool.submit(own.ask, asking(f"{BOMB} # {n}", timeout="3")) for n in range(80)]
        queue = eventually(lambda: value(told(own), "queries_queued") >= 60, 10)
        found = told(own)
        statuses = [own.ask(path).status for path in ("/health", "/ready")]
        ended = {done.result().status for done in busy}

    assert queue
    assert value(found, "queries_in_flight") == 2
    assert value(found, "http_requests_in_progress") >= 62
    assert statuses == [200, 200]
    assert ended == {503}


def test_who_left_waits_no_more(release: Release):
    """A question whose client has left takes no place in the queue from others."""
    options = ("--query-workers", "1", "--query-queue", "2", "--query-seconds", "8")
    with serving(str(ROOT), "--releases", str(release.folder.parent), *options) as running:
        thread, _ = in_background(running, asking(BOMB))
        assert eventually(lambda: value(told(running), "queries_in_flight") == 1)
        for number in range(3):
            path = asking(f"ASK {{}} # {number}")
            with running.connect(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode()):
                assert eventually(lambda: value(told(running), "queries_queued") == 1, 5)
            left = eventually(lambda: value(told(running), "queries_queued") == 0, 5)
        thread.join()

    assert left


def test_each_web_process_tells_of_itself(release: Release):
    """With several web processes each sample says of which it is."""
    options = ["--web-processes", "2", "--query-workers", "1"]
    seen: set[str] = set()

    def all_seen() -> bool:
        processes = {dict(labels).get("process", "") for _, labels in told(running)}
        seen.update(processes - {""})
        return len(seen) == 2

    with serving(str(ROOT), "--releases", str(release.folder.parent), *options) as running:
        assert eventually(all_seen)
        workers = descendants(running.process.pid)

    assert set(map(int, seen)) <= workers


def test_what_was_counted_outlives_a_release(publication: Path, releases: Path):
    """Counters go on when a newer release is taken up; the switch is counted."""
    options = ("--releases", str(releases), "--query-workers", "1")
    with serving(str(publication), *options) as running:
        for _ in range(3):
            running.ask(asking("ASK {}"))
        before = told(running)
        new_edition(publication, 7)
        new = publish(check(publication), releases, LATER)
        switched = eventually(lambda: value(told(running), "release_switches_total") == 1)
        closed = eventually(lambda: value(told(running), "editions_open") == 1)
        after = told(running)

    assert switched
    assert closed
    assert [labels for name, labels in after if name == "parkgraph_release_info"] == [
        (
            ("digest", new.manifest.dataset),
            ("issued", new.manifest.issued),
            ("release", new.manifest.name),
        )
    ]
    for name, labels in before:
        if name.endswith("_total"):
            assert after[name, labels] >= before[name, labels], (name, labels)


# Request ids


GOOD = ["abc-1", "4bf92f3577b34da6a3ce929d0e0e4736", "a" * 128, "Root=1-67891233:x/y+z.=_"]
BAD = ["", " ", "a" * 129, "two words", "a\tb", 'a"b', "a,b", "ä", "<a>", "a\x7fb", "a\r", "a\n"]


@pytest.mark.parametrize("said", GOOD)
def test_an_id_comes_back(server: Server, said: str):
    """A well-formed id is taken over, on every kind of answer, whether it was kept or not."""
    for path in ("/", "/def.ttl", "/def.ttl", asking("ASK {}"), "/nothing", "/health", "/id/x/y"):
        assert server.ask(path, X_Request_Id=said).headers.get_all("X-Request-Id") == [said]
    assert json.loads(server.ask("/nothing", X_Request_Id=said).body)["request"] == said


@pytest.mark.parametrize("said", BAD)
def test_an_id_that_is_none(said: str):
    """Another one is made in the place of an id that is not well formed."""
    made = {request_id(said), request_id(said), request_id(None)}

    assert len(made) == 3
    assert all(len(one) == 23 and one.replace("-", "").isalnum() for one in made)


INJECTED = [b"a\r\nSet-Cookie: x=1", b"a\nSet-Cookie: x=1", b"a\rSet-Cookie: x=1", b"a%0d%0aX: 1"]


@pytest.mark.parametrize("said", [*INJECTED, b"\xff\xfe", b"a\x00b", b"a" * 5000])
def test_nothing_is_injected(server: Server, said: bytes):
    """No id makes a header, or is sent back in another than the form of an id."""
    got = raw(
        server,
        b"GET /nothing HTTP/1.1\r\nHost: x\r\nConnection: close\r\nX-Request-Id: "
        + said
        + b"\r\n\r\n",
    )
    head, _, body = got.partition(b"\r\n\r\n")
    names = [line.partition(b":")[0].lower() for line in head.split(b"\r\n")[1:]]

    assert b"set-cookie" not in names
    assert b"x" not in names
    if b"404" in got[:20]:
        assert names.count(b"x-request-id") == 1
        sent = json.loads(body)["request"]
        ends = said.startswith((b"a\r\n", b"a\n"))  # the id is what comes before
        assert sent == "a" if ends else len(sent) == 23


def test_pages_of_other_origins_may_read_the_id(server: Server):
    """CORS lets the id be sent and read."""
    asked = server.ask("/sparql", "OPTIONS", Origin="https://example.org")
    assert "X-Request-Id" in asked.headers["Access-Control-Allow-Headers"]
    exposed = server.ask("/def.ttl").headers["Access-Control-Expose-Headers"]
    assert "X-Request-Id" in exposed


def test_ids_under_another_server(release: Release, monkeypatch: pytest.MonkeyPatch):
    """The WSGI application has ids, health and metrics too; requests are counted by its server."""
    monkeypatch.setenv("PARKGRAPH_RELEASES", str(release.folder.parent))
    monkeypatch.delenv("PARKGRAPH_DATA", raising=False)
    app = create()
    try:
        client = app.test_client()
        named = client.get("/nothing", headers={"X-Request-Id": "abc"})
        made = client.get("/ready")
        metrics = client.get("/metrics")
    finally:
        app.extensions["parkgraph"].close()

    assert (named.headers["X-Request-Id"], named.get_json()["request"]) == ("abc", "abc")
    assert len(made.headers["X-Request-Id"]) == 23
    assert made.status_code == 200
    assert "parkgraph_query_workers" in metrics.text
    assert "parkgraph_http_requests" not in metrics.text


# The access log


def test_a_line_for_each_request(logged: tuple[Server, Path], release: Release):
    """A line of JSON says what was asked, by whom, and what came of it."""
    server, log = logged
    first, again = (
        server.ask("/document/iasp-6112.nt?_profile=park", X_Request_Id=f"line-{n}") for n in (1, 2)
    )
    entries = lines(log, lambda entry: entry["id"] == "line-2")
    entries = lines(log, lambda entry: str(entry["id"]).startswith("line-"))

    assert [entry["repeat"] for entry in entries] == [False, True]
    for entry in entries:
        assert datetime.fromisoformat(str(entry.pop("time"))).tzinfo is not None
        assert 0 < float(str(entry.pop("ms"))) < 60_000
        assert entry | {"repeat": None, "id": None} == {
            "id": None,
            "client": "127.0.0.1",
            "method": "GET",
            "path": "/document/iasp-6112.nt",
            "query": "_profile=park",
            "status": 200,
            "bytes": len(first.body) == len(again.body) and len(first.body),
            "route": "/document/{path}",
            "repeat": None,
            "release": release.manifest.name,
        }


@pytest.mark.parametrize("slow", [False, True])
def test_a_download_that_is_given_up(release: Release, tmp_path: Path, slow: bool):
    """Is 499 with the bytes that went out, in the log and in the metrics: who left, or was cut."""
    log, file = tmp_path / "access.log", release.folder / "parkgraph.nq"
    options = ["--releases", str(release.folder.parent), "--access-log", str(log)]
    with serving(str(ROOT), *options, "--client-seconds", "1") as server:
        asked = f"GET /release/{release.folder.name}/{file.name} HTTP/1.1\r\nHost: x\r\n\r\n"
        with server.connect(asked.encode(), buffer=SIPS) as client:
            assert client.recv(1000).startswith(b"HTTP/1.1 200 ")
            if not slow:
                client.close()
            (entry,) = lines(log, lambda entry: "nq" in str(entry["path"]))
        after = told(server)

    assert entry["status"] == 499
    assert 0 < int(str(entry["bytes"])) < file.stat().st_size
    labels = {"route": str(entry["route"]), "method": "GET"}
    assert value(after, "http_requests_total", **labels, status="499") == 1
    assert value(after, "http_requests_total", **labels, status="200") == 0
    assert value(after, "http_response_bytes_total", route=labels["route"]) == entry["bytes"]


def test_what_is_no_request_is_told_of(logged: tuple[Server, Path]):
    """It has a line and a number too, and the id that it came with as far as it came."""
    server, log = logged
    before = told(server)
    head = b"GET /health HTTP/1.1\r\nX-Request-Id: torn\r\nHost: x\r\n"
    answer = raw(server, head + b"no colon\r\n\r\n")
    (entry,) = lines(log, lambda entry: entry["id"] == "torn")
    after = told(server)

    assert b"\r\nx-request-id: torn\r\n" in answer
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["request"] == "torn"
    assert (entry["status"], entry["method"], entry["path"]) == (400, "", "")
    assert entry["client"] == "127.0.0.1"
    labels = {"route": "none", "method": "other", "status": "400"}
    counted = [value(samples, "http_requests_total", **labels) for samples in (before, after)]
    assert counted[1] - counted[0] == 1


def test_a_query_that_is_given_up(logged: tuple[Server, Path]):
    """Is 499 too, whenever its answer comes."""
    server, log = logged
    asked = asking("SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f FILTER(?c != ?f) }")
    with server.connect(f"GET {asked} HTTP/1.1\r\nHost: x\r\nX-Request-Id: hasty\r\n\r\n".encode()):
        time.sleep(0.05)
    (entry,) = lines(log, lambda entry: entry["id"] == "hasty")

    assert (entry["status"], entry["bytes"]) == (499, 0)


SECRETS = {
    "password": "/def.ttl?password=hush-1",
    "token": "/sparql?query=ASK%7B%7D&access_token=hush-2",
    "name": "/def.ttl?hush-3",
    "in an IRI": asking("ASK { <http://me:hush-4@e.org/> ?p ?o }"),
    "in an IRI, in a path": "/doc/http://me:hush-5@e.org/",
    "encoded": "/def.ttl?_profile=http%3A%2F%2Fme%3Ahush-6%40e.org%2F",
    "encoded path": "/doc/http%3A%2F%2Fme%3Ahush-7%40e.org%2F",
}


def test_no_secret_is_logged(release: Release, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Nothing of a header, of the environment, of a body or of unknown parameters is logged."""
    monkeypatch.setenv("PARKGRAPH_SECRET_FOR_A_TEST", "hush-environment")
    log = tmp_path / "access.log"
    options = ["--access-log", str(log), "--query-workers", "1"]
    with serving(str(ROOT), "--releases", str(release.folder.parent), *options) as running:
        headers = {
            "Authorization": "Bearer hush-authorization",
            "Cookie": "session=hush-cookie",
            "Referer": "http://me:hush-referer@e.org/",
        }
        for path in SECRETS.values():
            running.ask(path, **headers)
        running.ask("/sparql", "POST", b"hush-body", Content_Type=QUERY, **headers)
        running.ask("/def.ttl", X_Request_Id="last")
        found = lines(log, lambda entry: entry["id"] == "last")
        text = log.read_text("ascii")
        answers = running.ask("/metrics").body.decode()

    assert found
    assert len(text.splitlines()) >= len(SECRETS) + 2
    assert "hush" not in text + answers


def test_a_line_stays_a_line(logged: tuple[Server, Path]):
    """Line ends, escape sequences and quotes in an address are written as what they are."""
    server, log = logged
    server.ask('/a%0a%0d%1b[2J%22"%c3%a4%e2%80%a8', X_Request_Id="odd-1")
    server.ask(f"/{'a' * 5000}?query={'b' * 30000}", X_Request_Id="odd-2")
    odd = lines(log, lambda entry: entry["id"] == "odd-2")
    odd = lines(log, lambda entry: str(entry["id"]).startswith("odd-"))

    assert odd[0]["path"] == "/a%0A%0D%1B[2J%22%22%C3%A4%E2%80%A8"
    assert len(odd) == 2
    assert all(len(one) < 4096 for one in log.read_bytes().splitlines())


def request(path: str, query: str = "") -> Any:
    """What a request is made from."""
    return SimpleNamespace(method="GET", path=path, query=query, peer="127.0.0.1:1", headers={})


def entry(path: str = "/") -> Entry:
    return noted(Request(request(path)), 0.0, (200, 5), 0.001, "none")


def test_the_log_on_the_standard_error(capfd: pytest.CaptureFixture[str]):
    """«-» is the standard error; what waits at the end is written."""
    log = AccessLog("-")
    for number in range(50):
        log.put(entry(f"/{number}"))
    log.close()
    said = capfd.readouterr().err.splitlines()

    assert [json.loads(line)["path"] for line in said] == [f"/{number}" for number in range(50)]
    assert log.dropped == 0


def test_a_log_that_nobody_reads():
    """A full pipe holds nobody up: what cannot be written is dropped, and counted."""
    reader, writer = os.pipe()
    log = AccessLog(f"/dev/fd/{writer}")
    one = entry()
    for _ in range(50_000):
        log.put(one)
    log.close()
    os.close(reader)
    os.close(writer)

    assert log.dropped >= 20_000
    assert eventually(lambda: log.dropped == 50_000 or not log.waiting)


def test_what_waits_for_a_log_is_short():
    """Of a request only short words and numbers wait: neither its body nor a long address."""
    asked = Request(request(f"/{'a' * 60_000}", f"query={'b' * 60_000}"))
    asked.body = b"c" * 1_000_000
    waits = noted(asked, 0.0, (200, 5), 0.001, "none")

    assert all(isinstance(one, str | int | float) for one in waits)
    assert sum(len(str(one)) for one in waits) < 3000


def test_a_long_query_is_cut_before_it_waits():
    """Who somebody is does not come to light where the end of it is cut off."""
    secret = f"query=%3Chttp%3A%2F%2Fme:{'p' * 3000}@e.org/%3E"
    long = noted(Request(request(f"/x//me:{'p' * 600}@y", secret)), 0.0, (200, 5), 0.0, "none")
    said = json.loads(line(long))

    assert said["path"] == "/x//[hidden]@..."
    assert said["query"] == "query=%3Chttp://[hidden]@..."


def test_parameters_that_are_known_are_shown():
    """What a route knows is shown as it was sent; what nobody knows is not."""
    assert shown("") == ""
    assert shown("lang=zh&_profile=plain") == "lang=zh&_profile=plain"
    assert shown("x=1&y=2") == "[hidden]"
    assert shown("q=%E6%B8%85&x=1") == "q=%E6%B8%85&[hidden]"


# Readiness and the end


def test_ready_means_that_queries_are_answered(release: Release, tmp_path: Path):
    """While there are no query processes /ready is 503 and /health is not; it recovers."""
    root = tmp_path / "releases"
    shutil.copytree(release.folder.parent, root)
    source = root / release.folder.name / "parkgraph.nq"
    hidden = source.with_suffix(".hidden")
    with serving(str(ROOT), "--releases", str(root), "--query-workers", "1") as running:
        assert running.ask("/ready").status == 200
        source.rename(hidden)  # or they would be back at once
        os.kill(parent_of_queries(running), signal.SIGKILL)
        gone = eventually(lambda: running.ask("/ready").status == 503)
        problem = running.ask("/ready")
        health, unready = running.ask("/health").status, value(told(running), "ready")
        page = running.ask("/def.ttl").status
        hidden.rename(source)
        back = eventually(lambda: running.ask("/ready").status == 200)
        answer = running.ask(asking("ASK {}")).status

    assert gone
    assert json.loads(problem.body)["code"] == "PG691"
    assert problem.headers["Retry-After"] == "1"
    assert (health, unready, page) == (200, 0.0, 200)
    assert (back, answer) == (True, 200)


def parent_of_queries(server: Server) -> int:
    """The process that forks the query processes of a server."""
    found = [
        pid
        for pid in descendants(server.process.pid)
        if b"parkgraph.query" in Path(f"/proc/{pid}/cmdline").read_bytes()
    ]
    return min(found)


@pytest.mark.parametrize("whole", [False, True])
def test_not_ready_while_the_index_is_gone(releases: Path, whole: bool):
    """While pages and queries are refused for it, or all of the release, /ready says so."""
    release = open_release(releases)
    index = release.folder if whole else release.derived / "index.sqlite"
    hidden = index.with_suffix(".hidden")
    with serving(str(ROOT), "--releases", str(releases)) as running:
        index.rename(hidden)
        gone = eventually(lambda: running.ask("/ready").status == 503)
        problem, unready = running.ask("/ready"), value(told(running), "ready")
        hidden.rename(index)
        back = eventually(lambda: running.ask("/ready").status == 200)

    assert (gone, back, unready) == (True, True, 0.0)
    assert "index.sqlite" in json.loads(problem.body)["detail"]


def in_background(server: Server, path: str) -> tuple[threading.Thread, list[Answer]]:
    got: list[Answer] = []
    thread = threading.Thread(target=lambda: got.append(server.ask(path)))
    thread.start()
    return thread, got


ENDS = [("20", 200, "once"), ("1", 503, "once"), ("20", 200, "everyone"), ("1", 503, "again")]


@pytest.mark.parametrize(("patience", "status", "whom"), ENDS)
def test_a_graceful_end(
    release: Release,
    patience: str,
    status: int,
    whom: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    """A running query has its answer, or after the patience a 503; nothing new is taken.

    Then the server is gone with exit code 0, and every process and file of it; whether it is told
    once or again, alone or together with all that it has started.
    """
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    slow = """SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . FILTER(REGEX(STR(?a), STR(?d))) }"""
    if status == 200:
        slow = "SELECT (COUNT(*) AS ?n) { { SELECT * { ?a ?b ?c . ?d ?e ?f } LIMIT 3000000 } }"
    options = ["--stop-seconds", patience]
    with serving(str(ROOT), "--releases", str(release.folder.parent), *options) as running:
        started = descendants(running.process.pid)
        thread, got = in_background(running, asking(slow))
        assert eventually(lambda: value(told(running), "queries_in_flight") == 1)
        for pid in (*(started if whom == "everyone" else ()), running.process.pid):
            os.kill(pid, signal.SIGTERM)
        refused = eventually(lambda: refuses(running), 5)
        under_way = not got
        for again in (signal.SIGTERM, signal.SIGINT) if whom == "again" else ():
            running.process.send_signal(again)
        code = running.process.wait(timeout=40)
        thread.join(timeout=10)

    assert refused
    assert under_way
    assert [answer.status for answer in got] == [status]
    assert code == 0
    assert list(tmp_path.iterdir()) == []
    assert eventually(lambda: not any(map(alive, started)), 10)


def refuses(server: Server) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", server.port), timeout=2):
            return False
    except ConnectionRefusedError:
        return True
    except ConnectionResetError:  # it was accepted by the kernel while the server let go
        return False


@pytest.mark.parametrize("ignored", [False, True])
def test_a_terminal_that_is_closed(release: Release, ignored: bool):
    """It ends the server, all of which hears of it, unless that was started with ``nohup``."""
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN if ignored else signal.SIG_DFL)
    try:
        with serving(str(ROOT), "--releases", str(release.folder.parent)) as running:
            started = descendants(running.process.pid)
            for pid in (*started, running.process.pid):
                os.kill(pid, signal.SIGHUP)
            if ignored:
                time.sleep(1)
                assert running.ask("/health").status == 200
                assert all(map(alive, started))
            else:
                assert running.process.wait(timeout=20) == 0
    finally:
        signal.signal(signal.SIGHUP, before)

    assert eventually(lambda: not any(map(alive, started)), 10)


IDLE = [
    (b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n", "60", 30),
    (b"GET /hea", "0", 30),
    (b"", "0", 30),
]


@pytest.mark.parametrize(("begun", "patience", "seconds"), IDLE)
def test_idle_clients_do_not_hold_up_the_end(
    release: Release, begun: bytes, patience: str, seconds: float
):
    """A connection without a request is closed at once; one that is begun, within the bound."""
    options = ["--stop-seconds", patience, "--query-workers", "1"]
    with serving(str(ROOT), "--releases", str(release.folder.parent), *options) as running:
        started = descendants(running.process.pid)
        with socket.create_connection(("127.0.0.1", running.port)) as line:
            line.sendall(begun)
            time.sleep(0.3)
            running.process.send_signal(signal.SIGTERM)
            assert running.process.wait(timeout=seconds) == 0

    assert eventually(lambda: not any(map(alive, started)), 10)


@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize("moment", [0.0, 0.3, 0.6, 0.9])
def test_an_end_before_the_start(release: Release, moment: float, whole: bool):
    """While web processes start nothing is under way: the server ends at once, with exit code 0.

    It is told so alone, or together with all that it has started.
    """
    options = ["--web-processes", "2", "--query-workers", "1", "--stop-seconds", "60"]
    options += ["--releases", str(release.folder.parent), "--port", str(free_port())]
    command = [sys.executable, "-m", "parkgraph", "serve", str(ROOT), *options]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        try:
            assert eventually(lambda: len(descendants(process.pid)) >= 2)
            time.sleep(moment)
            started = descendants(process.pid)
            for pid in (*(started if whole else ()), process.pid):
                with suppress(ProcessLookupError):
                    os.kill(pid, signal.SIGTERM)
            assert process.wait(timeout=10) == 0
        finally:
            if process.poll() is None:
                for pid in (*descendants(process.pid), process.pid):
                    os.kill(pid, signal.SIGKILL)

    assert eventually(lambda: not any(map(alive, started)), 10)


def test_a_log_that_cannot_be_written(tmp_path: Path):
    """A file that cannot be written is an error of the call."""
    done = CliRunner().invoke(main, ["serve", "--access-log", str(tmp_path / "none" / "log")])
    assert done.exit_code == 2
    assert "cannot be written: No such file or directory" in done.output
