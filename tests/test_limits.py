"""Limits on what clients may take, by raw sockets against a real server: each has its status."""

import json
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from urllib.parse import quote

import pytest
from benchmarks.processes import family

from parkgraph.release import Release
from parkgraph.web.bridge import THREADS
from tests.conftest import ROOT, SIPS, Server, eventually, serving
from tests.test_bombs import FEW, zombies

#: Seconds that this module's server gives a client.
SECONDS = 2.5
HOST = b"Host: x\r\n"
QUERY = b"Content-Type: application/sparql-query\r\n"
POST = b"POST /sparql HTTP/1.1\r\n" + HOST
GET = b"GET /health HTTP/1.1\r\n" + HOST
#: What anyone may ask at any time: a document that is kept, and a query that is light.
LIGHT = ("/doc/park/iasp-6112.ttl", f"/sparql?query={quote('ASK {}')}")


@pytest.fixture(scope="module")
def strict(release: Release) -> Iterator[Server]:
    """A server that has little patience."""
    options = ["--client-seconds", str(SECONDS), "--client-downloads", "2", "--downloads", "4"]
    options += ["--client-connections", "20", "--connections", "30", "--request-queue", "4"]
    options += ["--trusted-proxy", "127.0.0.2", "--client-queries", "64"]
    with serving(str(ROOT), "--releases", str(release.folder.parent), *options) as running:
        for path in LIGHT:
            assert running.ask(path).status == 200
        yield running


def said(line: socket.socket) -> bytes:
    """All that comes until the other side ends it."""
    found = b""
    with suppress(ConnectionError):
        while piece := line.recv(65536):
            found += piece
    return found


def exchange(server: Server, data: bytes) -> bytes:
    """The answer to bytes that make the server end the connection."""
    with server.connect() as line:
        with suppress(ConnectionError):
            line.sendall(data)
        return said(line)


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1]) if answer else 0


CLOSE = b"Connection: close\r\n\r\n"
HEADS = {
    "an address of 60 kB": (404, b"GET /" + b"a" * 60_000 + b" HTTP/1.1\r\n" + HOST + CLOSE),
    "an address of 70 kB": (414, b"GET /" + b"a" * 70_000 + b" HTTP/1.1\r\n" + HOST + CLOSE),
    "an address of 300 kB": (414, b"GET /" + b"a" * 300_000 + b" HTTP/1.1\r\n" + HOST + CLOSE),
    "98 headers": (200, GET + b"X: a\r\n" * 98 + CLOSE),
    "101 headers": (431, GET + b"X: a\r\n" * 100 + CLOSE),
    "a header of 60 kB": (200, GET + b"X: " + b"a" * 60_000 + b"\r\n" + CLOSE),
    "a header of 1 MB": (431, GET + b"X: " + b"a" * 1_000_000 + b"\r\n" + CLOSE),
    "headers of 1 MB": (431, GET + (b"X: " + b"a" * 20_000 + b"\r\n") * 50 + CLOSE),
    "a body of 2 MB": (413, POST + QUERY + b"Content-Length: 2000000\r\n\r\n" + b"a" * 2_000_000),
    "2 MB in chunks": (
        413,
        POST
        + QUERY
        + b"Transfer-Encoding: chunked\r\n\r\n"
        + (b"186a0\r\n" + b"a" * 100_000 + b"\r\n") * 20
        + b"0\r\n\r\n",
    ),
}


@pytest.mark.parametrize("name", HEADS)
def test_too_large(strict: Server, name: str):
    """Request line, headers and body have their limits: 414, 431, 413."""
    expected, request = HEADS[name]

    assert status(exchange(strict, request)) == expected


SLOW = {
    "half a request line": (408, b"GET /hea"),
    "half of the headers": (408, GET + b"X: "),
    "no body": (408, POST + QUERY + b"Content-Length: 6\r\n\r\n"),
    "half a body": (408, POST + QUERY + b"Content-Length: 6\r\n\r\nASK"),
    "half a chunk": (408, POST + QUERY + b"Transfer-Encoding: chunked\r\n\r\n6\r\nASK"),
    "a second request": (200, GET + b"\r\nGET /hea"),
    "nothing": (0, b""),
}


def test_too_slow(strict: Server):
    """A client that stops in the middle of a request gets 408; one that says nothing is cut off."""
    with ExitStack() as stack:
        lines = {name: stack.enter_context(strict.connect()) for name in SLOW}
        began = time.monotonic()
        for name, (_, data) in SLOW.items():
            lines[name].sendall(data)
        found = {name: status(said(line)) for name, line in lines.items()}

    assert found == {name: expected for name, (expected, _) in SLOW.items()}
    assert SECONDS - 0.5 < time.monotonic() - began < SECONDS + 15


def test_headers_are_not_kept(strict: Server):
    """Whatever strangers write at length takes no memory once it is answered."""
    with strict.connect() as line, line.makefile("rb") as answers:
        for number in range(220):
            if number == 20:
                before = holds(strict)[2]
            long = b"X-Forwarded-For: 9.9.9.9, %d" % number + b"a" * 60_000
            accept = b"Accept: text/turtle, a/b;c=%d" % number + b"a" * 60_000
            line.sendall(b"HEAD /doc/park/iasp-6112 HTTP/1.1\r\n%b\r\n%b\r\n" % (accept, long))
            line.sendall(HOST + b"\r\n")
            assert b" 200 " in answers.readline()
            while answers.readline().strip():
                pass

    assert holds(strict)[2] < before + 8


def test_a_drop_at_a_time(strict: Server):
    """Headers that come a byte at a time are too late all the same."""
    with strict.connect() as line, suppress(ConnectionError):
        began = time.monotonic()
        for byte in GET + b"X: " + b"a" * 500:
            line.sendall(bytes([byte]))
            time.sleep(0.05)

    assert time.monotonic() - began < SECONDS + 15


def dump(release: Release) -> bytes:
    path = f"/release/{release.folder.name}/parkgraph.nq"
    return f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode()


def test_who_stops_reading_is_cut_off(strict: Server, release: Release):
    """An answer that is not read ends; one that is read slowly comes to its end."""
    whole = (release.folder / "parkgraph.nq").read_bytes()
    asked = dump(release)
    with strict.connect(asked, buffer=SIPS) as stopped, strict.connect(asked, buffer=65536) as slow:
        read = slow.recv(1000)
        while len(read.partition(b"\r\n\r\n")[2]) < len(whole):
            read += slow.recv(65536)
            time.sleep(0.05 if len(read) < 1_000_000 else 0)
        time.sleep(2 * SECONDS)
        part = said(stopped)

    assert read.partition(b"\r\n\r\n")[2] == whole
    assert len(part) < len(whole)


def test_downloads(strict: Server, release: Release):
    """More files at a time than one client may get are 429, more than all may are 503."""
    time.sleep(1)  # a download that another test has cut off is known to be over by then
    with ExitStack() as stack:
        lines = []
        for number in (3, 3, 3, 4, 4, 5):
            line = strict.connect(dump(release), buffer=SIPS, host=f"127.0.0.{number}")
            lines.append(stack.enter_context(line))
            time.sleep(0.05)
        light = strict.ask(LIGHT[0]).status
        heads = [line.recv(1000) for line in lines]
    found = [status(head) for head in heads]

    assert found == [200, 200, 429, 200, 200, 503]
    assert [b"\r\nretry-after: 1\r\n" in head for head in heads] == [n != 200 for n in found]
    assert light == 200
    for _ in range(6):
        assert strict.ask(f"/release/{release.folder.name}/parkgraph.nq").status == 200


def test_connections_of_one_client(strict: Server):
    """Of connections on which nothing happens the longest quiet is closed for the next."""
    with ExitStack() as stack:
        lines = [stack.enter_context(strict.connect(host="127.0.0.6")) for _ in range(25)]
        for line in lines:
            line.sendall(GET + b"\r\n")
            assert status(line.recv(4096)) == 200
        time.sleep(0.9)
        open_ = [_open(line) for line in lines]

        assert 18 <= sum(open_) <= 20
        assert open_[-15:] == [True] * 15
    assert strict.ask(LIGHT[0]).status == 200


def test_connections_in_all(strict: Server):
    """Many clients with few connections each make room too, and someone new is answered."""
    with ExitStack() as stack:
        hosts = [f"127.0.1.{number}" for number in range(1, 51)]
        lines = [stack.enter_context(strict.connect(host=host)) for host in hosts]
        time.sleep(0.9)

        assert sum(_open(line) for line in lines) <= 30
        assert all(strict.ask(path).status == 200 for path in LIGHT)


def _open(line: socket.socket) -> bool:
    line.setblocking(False)
    try:
        return line.recv(1, socket.MSG_PEEK) != b""
    except BlockingIOError:
        return True
    except ConnectionError:
        return False


def test_a_rate(release: Release):
    """A client that asks too often gets 429 and when to come again; then it is answered."""
    options = ("--releases", str(release.folder.parent), "--client-rate", "2")
    with serving(str(ROOT), *options) as rated:
        found = [rated.ask("/health") for _ in range(15)]
        late = [answer for answer in found if answer.status == 429]
        time.sleep(float(late[0].headers["Retry-After"]) + 0.1)

        assert {answer.status for answer in found} == {200, 429}
        assert json.loads(late[0].body)["code"] == "PG651"
        assert rated.ask("/health").status == 200


def test_a_rate_below_one_in_five_seconds(release: Release):
    """The first request of a client is answered, however seldom it may ask."""
    options = ("--releases", str(release.folder.parent), "--client-rate", "0.1")
    proxy = ("--trusted-proxy", "127.0.0.1", "--query-workers", "1")
    with serving(str(ROOT), *options, *proxy) as rated:
        found = [rated.ask("/health", X_Forwarded_For="10.0.0.1").status for _ in range(2)]

    assert found == [200, 429]


class Flood:
    """Clients that ask for what is costly, each for something else, a bounded number of times."""

    def __init__(self, server: Server, *, clients: int, each: int) -> None:
        self.found: Counter[int] = Counter()
        self.promised = True
        self._server, self._each = server, each
        self._threads = [threading.Thread(target=self._go, args=(n,)) for n in range(clients)]

    def __enter__(self) -> None:
        for thread in self._threads:
            thread.start()

    def __exit__(self, *_: object) -> None:
        for thread in self._threads:
            thread.join()

    def _go(self, number: int) -> None:
        for turn in range(self._each):
            path = f"/search?q=park+{number}+{turn}&format=html"
            answer = self._server.ask(path, Accept="text/html", X_Forwarded_For=f"10.0.0.{number}")
            self.found[answer.status] += 1
            self.promised &= (answer.status == 200) == (answer.headers["Retry-After"] is None)


@pytest.mark.alone
def test_a_flood(release: Release):
    """Beyond capacity 503 comes at once; who asks for little is answered; then all is as before."""
    options = ["--trusted-proxy", "127.0.0.1", "--request-queue", "1"]
    with serving(str(ROOT), "--releases", str(release.folder.parent), *options) as flooded:
        withstands(flooded)  # every cache has been used once
        # The pool's threads begin when they are needed: that many floods may each find some.
        assert any(leaves_nothing(flooded) for _ in range(THREADS // FEW + 1)), holds(flooded)
        assert not zombies(flooded.process.pid)


def leaves_nothing(server: Server) -> bool:
    before = holds(server)
    withstands(server)
    return eventually(lambda: quiet(before, holds(server)), 20)


def withstands(server: Server) -> None:
    flood = Flood(server, clients=80, each=12)
    light = []
    with flood:
        for turn in range(40):
            began = time.monotonic()
            assert server.ask(LIGHT[turn % 2]).status == 200
            light.append(time.monotonic() - began)

    assert set(flood.found) <= {200, 429, 503}
    assert flood.found[503] > 0
    assert flood.promised
    assert max(light) < 5


def holds(server: Server) -> tuple[int, int, int]:
    """Open files, threads and memory (MB of their own) of a server's processes."""
    pids = [Path(f"/proc/{pid}") for pid in family(server.process.pid)]
    memory = sum(_private(pid) for pid in pids)
    return (
        sum(len(list((pid / "fd").iterdir())) for pid in pids),
        sum(len(list((pid / "task").iterdir())) for pid in pids),
        memory // 1000,
    )


def _private(pid: Path) -> int:
    rollup = (pid / "smaps_rollup").read_text()
    return next(int(line.split()[1]) for line in rollup.splitlines() if line.startswith("Pss:"))


def quiet(before: tuple[int, int, int], now: tuple[int, int, int]) -> bool:
    files, threads, memory = (b - a for a, b in zip(before, now, strict=True))
    return files <= FEW and threads <= FEW and memory <= 64 + before[2] * 0.1
