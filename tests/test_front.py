"""The way in: bodies, headers, files and their slow readers, clients that leave, proxies."""

import http.client
import json
import socket
import threading
import time
import urllib.parse
from contextlib import ExitStack, closing
from pathlib import Path
from statistics import median

import pytest

from parkgraph.release import Release
from parkgraph.web.peers import Peers
from tests.conftest import ROOT, SIPS, Answer, Server, descendants, serving

#: Runs for as long as it may.
BOMB = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
FORM = "application/x-www-form-urlencoded"
QUERY = "application/sparql-query"


def asking(query: str, **more: str) -> str:
    return f"/sparql?{urllib.parse.urlencode({'query': query, **more})}"


def raw(server: Server, request: bytes) -> bytes:
    """What comes back until the server closes, for requests that no library would send."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=20) as line:
        line.sendall(request)
        got = b""
        while piece := line.recv(65536):
            got += piece
    return got


@pytest.mark.parametrize(
    "path",
    ["/", "/doc/park/iasp-6112.ttl", asking("ASK {}"), "/health", "/nothing", "/data?default"],
)
def test_head_is_get_without_its_body(server: Server, path: str):
    """The same status and headers, whether the answer was kept, asked for anew, or a mistake."""
    kept = {"Accept": "text/turtle, application/sparql-results+json"}
    first = server.ask(path, "HEAD", **kept)
    got = server.ask(path, **kept)
    again = server.ask(path, "HEAD", **kept)

    for head in (first, again):
        assert (head.status, head.body) == (got.status, b"")
        assert lasting(head) == lasting(got)
    assert int(got.headers["Content-Length"]) == len(got.body)


#: Two requests that differ in their headers alone, of which nearly all choices are the same.
NEAR = [
    (
        "/report",
        {"Accept": "text/turtle, application/json"},
        {"Accept": "text/turtle, application/json;q=0.9"},
    ),
    (
        "/timemap/doc/park/iasp-6112",
        {"Accept": "application/link-format, application/json;q=0.9"},
        {"Accept": "application/link-format;q=0.9, application/json"},
    ),
    (
        "/document/iasp-6112?_mediatype=ttl",
        {"Accept": "text/html", "Accept-Profile": "<https://w3id.org/parkgraph/profile/plain>"},
        {"Accept": "text/html", "Accept-Profile": "<https://schema.org/>"},
    ),
    (
        "/?_profile=schema.org",
        {"Accept": "text/html, application/n-quads;q=0.9, text/turtle;q=0.5"},
        {"Accept": "text/html, application/n-quads;q=0.9, application/rdf+xml;q=0.5"},
    ),
]


@pytest.mark.parametrize(("path", "one", "other"), NEAR, ids=[path for path, _, _ in NEAR])
def test_what_was_kept_for_one_is_not_sent_to_another(
    server: Server, path: str, one: dict[str, str], other: dict[str, str]
):
    """Each header that decides on an answer tells what is kept for it from other answers."""
    bodies = [server.ask(path, **headers).body for headers in (one, other, one, other)]

    assert bodies[:2] == bodies[2:]
    assert bodies[0] != bodies[1]


def test_a_page_is_in_no_profile_but_the_first(server: Server):
    """Who takes another profile alone is refused a page, whoever asked for it before."""
    path, strict = "/doc/park/iasp-6112?format=html", "<https://schema.org/>"
    both = f"{strict}, <https://w3id.org/parkgraph/profile/park>;q=0.1"
    statuses = [server.ask(path, Accept_Profile=said).status for said in (strict, both, strict)]

    assert statuses == [406, 200, 406]


TWICE = (
    ("Accept", "text/turtle;q=0.9", "text/html"),
    ("Accept-Encoding", "identity", "gzip"),
    ("Accept-Language", "en;q=0.1", "zh"),
)


@pytest.mark.parametrize("path", ["/document/iasp-6112", "/doc/park/iasp-6112", "/", "/report"])
def test_a_header_on_two_lines_is_one_list(server: Server, path: str):
    """What one client says on two lines (RFC 9110 §5.3) is kept for nobody who said the first."""
    lines = "".join(f"{name}: {one}\r\n{name}: {other}\r\n" for name, one, other in TWICE)
    start = f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n{lines}\r\n"
    head = raw(server, start.encode()).partition(b"\r\n\r\n")[0].decode().lower()
    listed = server.ask(path, **{name: f"{one}, {other}" for name, one, other in TWICE})
    first = server.ask(path, **{name: one for name, one, _ in TWICE})

    for name in ("content-type", "content-encoding", "content-language", "etag"):
        said = listed.headers[name]
        assert (f"{name}: {said}".lower() in head) is (said is not None)
    assert listed.headers["Content-Type"].startswith("text/html")
    assert first.headers["Content-Type"].startswith("text/turtle")
    assert first.headers["Content-Encoding"] is None


def test_a_body_in_chunks(server: Server):
    """A query may come in chunks, without a length."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    with closing(connection):
        headers = {"Content-Type": QUERY, "Accept": "application/sparql-results+json"}
        connection.request("POST", "/sparql", iter([b"ASK ", b"{", b"}"]), headers)
        response = connection.getresponse()
        assert (response.status, json.loads(response.read())["boolean"]) == (200, True)


def lasting(answer: Answer) -> dict[str, str]:
    """The headers that are not of one request alone."""
    own = {"date", "x-request-id"}
    return {name: value for name, value in answer.headers.items() if name not in own}


@pytest.mark.parametrize("chunked", [False, True])
def test_a_body_that_is_too_long(server: Server, chunked: bool):
    """A body over the limit is 413, whether it says its length or not, and its sender hears it."""
    size = 1_100_000
    head = (
        b"POST /sparql HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: " + FORM.encode()
    )
    if chunked:
        body = b"%x\r\n%s\r\n0\r\n\r\n" % (size, b"a" * size)
        request = head + b"\r\nTransfer-Encoding: chunked\r\n\r\n" + body
    else:
        request = head + b"\r\nContent-Length: %d\r\n\r\n" % size + b"a" * size

    assert raw(server, request).startswith(b"HTTP/1.1 413 ")
    assert server.ask("/health").status == 200


def test_headers_that_could_pass_for_others_are_not_heard(server: Server):
    """``Accept_Language`` is not Accept-Language, and ``Proxy`` is nobody's business."""
    got = raw(
        server,
        b"GET / HTTP/1.1\r\nHost: x\r\nAccept: text/html\r\nAccept_Language: zh\r\n"
        b"Proxy: http://evil.example/\r\nConnection: close\r\n\r\n",
    )
    assert b"content-language: en" in got.lower()


def test_one_connection_for_many_requests(server: Server):
    """After a slow query the same connection goes on, and so does the server when it ends."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=20)
    with closing(connection):
        statuses = []
        for path in (asking(BOMB, timeout="0.6"), asking("ASK {}"), "/health"):
            connection.request("GET", path)
            response = connection.getresponse()
            statuses.append((response.status, bool(response.read())))
    assert statuses == [(503, True), (200, True), (200, True)]
    assert server.ask(asking("ASK { ?a ?b ?c }")).status == 200


def running(pid: int) -> int:
    """How many processes below this one are running just now."""
    states = []
    for child in descendants(pid):
        try:
            stat = Path(f"/proc/{child}/stat").read_text()
        except OSError:
            continue
        states.append(stat.rpartition(")")[2].split()[0])
    return states.count("R")


@pytest.mark.alone
def test_a_client_that_leaves_ends_its_query(server: Server):
    """Long before the deadline nothing runs any more for a client that has left."""
    for method in ("GET", "POST"):
        body = BOMB if method == "POST" else ""
        path = "/sparql" if body else asking(BOMB)
        with socket.create_connection(("127.0.0.1", server.port)) as line:
            line.sendall(
                f"{method} {path} HTTP/1.1\r\nHost: x\r\nContent-Type: {QUERY}\r\n"
                f"Content-Length: {len(body)}\r\n\r\n{body}".encode()
            )
            begin = time.monotonic()
            while not running(server.process.pid) and time.monotonic() < begin + 10:
                time.sleep(0.02)
            assert running(server.process.pid)
            time.sleep(0.5)
        quiet, begin = 0, time.monotonic()
        while quiet < 10 and time.monotonic() < begin + 10:
            quiet = quiet + 1 if not running(server.process.pid) else 0
            time.sleep(0.02)
        assert quiet == 10
        assert server.ask(asking("ASK {}")).status == 200


@pytest.mark.alone
def test_slow_readers_take_no_thread(release: Release):
    """Hundreds who read a dump slowly keep nobody waiting, and get all of it in the end."""
    path = f"/release/{release.folder.name}/parkgraph.nq"
    request = f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode()
    options = (
        "--releases",
        str(release.folder.parent),
        "--client-downloads",
        "400",
        "--request-queue",
        "600",
    )
    with ExitStack() as stack:
        server = stack.enter_context(serving(str(ROOT), *options))
        lines = [stack.enter_context(server.connect(request, buffer=SIPS)) for _ in range(300)]
        times = []
        for number in range(30):
            began = time.monotonic()
            assert server.ask(asking(f"ASK {{}} # {number}")).status == 200
            times.append(time.monotonic() - began)
        threads = max(len(list(Path(f"/proc/{p}/task").iterdir())) for p in web(server))
        whole = b""
        while piece := lines[-1].recv(65536):
            whole += piece

    assert median(times) < 0.3
    assert threads < 100
    assert whole.partition(b"\r\n\r\n")[2] == (release.folder / "parkgraph.nq").read_bytes()


def web(server: Server) -> set[int]:
    """The server's processes that have not ended."""
    return {pid for pid in descendants(server.process.pid) if Path(f"/proc/{pid}/task").exists()}


def test_parts_that_are_not_offered(server: Server, release: Release):
    """Asked for several parts the whole is sent; a part beyond the end is 416 with the size."""
    path = f"/release/{release.manifest.name}/parkgraph.nt"
    size = release.file("parkgraph.nt").byte_size
    several, beyond = (server.ask(path, Range=f"bytes={part}") for part in ("0-1,4-5", f"{size}-"))

    assert (several.status, len(several.body)) == (200, size)
    assert server.ask(path, Range="items=0-1").status == 200
    assert (beyond.status, beyond.headers["Content-Range"]) == (416, f"bytes */{size}")


def test_a_part_of_a_file(server: Server, release: Release):
    """Parts of a file are what RFC 9110 §14 says, from the first byte to the last."""
    path = f"/release/{release.folder.name}/parkgraph.nt"
    whole = (release.folder / "parkgraph.nt").read_bytes()
    size = len(whole)
    parts = {
        "bytes=0-0": whole[:1],
        f"bytes={size - 1}-": whole[-1:],
        "bytes=-5": whole[-5:],
        "bytes=7-": whole[7:],
        f"bytes=-{size + 1}": whole,
    }
    for said, expected in parts.items():
        got = server.ask(path, Range=said)
        assert (got.status, got.body) == (206, expected)
        assert len(got.headers.get_all("Date")) == 1
        assert server.ask(path, "HEAD", Range=said).body == b""
    assert server.ask(path, Range=f"bytes={size}-").status == 416


PEERS = [
    ("9.9.9.9", "1.1.1.1", "9.9.9.9"),  # who speaks is not trusted
    ("10.0.0.1", "", "10.0.0.1"),
    ("10.0.0.1", "1.1.1.1", "1.1.1.1"),
    ("10.0.0.1", "6.6.6.6, 1.1.1.1", "1.1.1.1"),  # what the client wrote itself
    ("10.0.0.1", "1.1.1.1, 10.0.0.2", "1.1.1.1"),  # two proxies
    ("10.0.0.1", "nonsense", "10.0.0.1"),
    ("10.0.0.1", "1.1.1.1:5000", "1.1.1.1"),
    ("10.0.0.1", "[2001:db8::1]:5000", "2001:db8::1"),
    ("::ffff:10.0.0.1", "1.1.1.1", "1.1.1.1"),
    ("::1", "2001:db8::1", "2001:db8::1"),
]


@pytest.mark.parametrize(("peer", "forwarded", "client"), PEERS)
def test_proxies(peer: str, forwarded: str, client: str):
    """X-Forwarded-For is read from the right, for as long as those who speak are trusted."""
    assert Peers(["10.0.0.0/8", "::1"]).client(peer, forwarded) == client
    assert Peers().client(peer, forwarded) == peer


def test_limits_behind_a_proxy(release: Release):
    """Behind a trusted proxy each client has places of its own, as many as the option says."""
    options = ["--trusted-proxy", "127.0.0.1", "--client-queries", "1", "--client-patience", "0"]
    with serving(str(ROOT), "--releases", str(release.folder.parent), *options) as proxied:
        slow = threading.Thread(
            target=proxied.ask,
            args=[asking(BOMB, timeout="3")],
            kwargs={"X_Forwarded_For": "1.1.1.1"},
        )
        slow.start()
        time.sleep(1)
        same = proxied.ask(asking("ASK {}"), X_Forwarded_For="6.6.6.6, 1.1.1.1")
        other = proxied.ask(asking("ASK {}"), X_Forwarded_For="2.2.2.2")
        slow.join()

    assert (same.status, other.status) == (429, 200)


def test_an_address_that_is_not_encoded(server: Server):
    """UTF-8 left as it is in a query string means its percent-encoding; other bytes are 400."""
    found = []
    for words in ("清华".encode(), b"%E6%B8%85%E5%8D%8E", b"\xff"):
        asked = b"GET /search?q=" + words + b" HTTP/1.0\r\nAccept: application/json\r\n\r\n"
        with socket.create_connection(("127.0.0.1", server.port)) as line:
            line.sendall(asked)
            found.append(line.makefile("rb").read().partition(b"\r\n\r\n"))
    raw, encoded, wrong = found

    assert raw[0].startswith(b"HTTP/1.1 200")
    assert raw[2] == encoded[2] != b""
    assert b" 400 " in wrong[0].splitlines()[0]
