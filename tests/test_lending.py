"""Helpers: what they answer is what the web process would, and no request is lost with one."""

import asyncio
import http.client
import json
import os
import signal
import socket
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager, suppress
from functools import partial
from itertools import count, product
from pathlib import Path
from queue import Empty, SimpleQueue
from urllib.parse import quote

import pytest
import uvloop
from hypothesis import given
from hypothesis import strategies as st

from parkgraph.index import Index
from parkgraph.pipeline import check
from parkgraph.publish import publish
from parkgraph.query import Budget
from parkgraph.query.protocol import hear, tell
from parkgraph.release import DERIVED, Release
from parkgraph.web.http1 import SHORT, Connection, Exchange, Port
from parkgraph.web.lending import PAUSE, Account, Lending
from parkgraph.web.loans import SLOTS, Frame, Held, Journal, Kind, frames
from parkgraph.web.site import Site, open_site
from parkgraph.web.wire import head
from tests.conftest import ROOT, SIPS, Answer, Server, descendants, eventually, serving
from tests.test_atonce import run
from tests.test_direct import LONG, NAMED, shown
from tests.test_faults import flip, gone, web_processes
from tests.test_http1 import HOST, Line, sparql
from tests.test_operations import told, value
from tests.test_publish import LATER, new_edition

#: Each is another answer; so many, that a fast machine has not made all of them before a test ends.
CODINGS = ("identity", "gzip", "br", "zstd")
ALONE = ("gzip, identity;q=0", "br, identity;q=0", "zstd, identity;q=0")
#: Forms, languages and codings of which each is another answer.
AXES = [
    {"Accept": form, "Accept-Language": language, "Accept-Encoding": coding}
    for coding, language, form in product(
        (*CODINGS, *ALONE),
        ("en", "zh"),
        ("text/html", "text/turtle", "application/ld+json", "text/markdown"),
    )
]
CLIENTS = 8
TURTLE = b"GET /doc/park/iasp-6112 HTTP/1.1\r\nAccept: text/turtle\r\n" + HOST + b"\r\n"
FRAMES = st.builds(
    Frame, kind=st.sampled_from(Kind), number=st.integers(0, SLOTS - 1), data=st.binary()
)


@given(said=st.lists(FRAMES, max_size=4), size=st.integers(1, 50))
def test_frames_come_in_pieces(said: list[Frame], size: int):
    """Whatever they are cut into, they are what was sent."""
    sent = b"".join(frame.packed for frame in said)
    held, found = bytearray(), []
    for start in range(0, len(sent), size):
        held += sent[start : start + size]
        found += frames(held)

    assert (found, held) == (said, b"")


@given(
    requests=st.dictionaries(st.integers(0, SLOTS - 1), st.binary(min_size=1, max_size=SHORT - 1))
)
def test_a_journal_holds_what_is_not_begun(requests: dict[int, bytes]):
    """Whoever shares its memory finds each request, until it is being answered."""
    file = os.memfd_create("journal")
    os.truncate(file, Journal.SIZE)
    ours, theirs = Journal(file), Journal(file)
    os.close(file)
    for number, request in requests.items():
        theirs.hold(number, request)
    sizes = {number: len(request) for number, request in requests.items()}
    held = {number: ours.held(number) for number in range(SLOTS)}
    for number in requests:
        theirs.answering(number)
    begun = {number: ours.held(number) for number in requests}
    for number in requests:
        theirs.clear(number)
    cleared = {number: ours.held(number) for number in requests}

    assert held == {n: Held(requests.get(n, b""), sizes.get(n, 0)) for n in range(SLOTS)}
    assert begun == {number: Held(None, size) for number, size in sizes.items()}
    assert cleared == {number: Held(b"", size) for number, size in sizes.items()}
    ours.close()
    theirs.close()


#: A helper as it may be when it is killed: it goes on with the first connection as ``FATE`` says,
#: and ends with it or, if it has given it back, with the next one that has its number.
DYING = """
import os, socket
from parkgraph.query.protocol import hear
from parkgraph.web.loans import Frame, Journal, Kind

line = socket.socket(fileno=os.dup(0))
_, (file,) = hear(line)
journal, out = Journal(file), open(1, "wb", buffering=0)
out.write(Frame(Kind.HELLO).packed)
before = None
while heard := hear(line):
    said, files = heard
    if "tell" in said:
        told = b'{"rows": [], "counts": {}, "active": 0, "load": 0}'
        out.write(Frame(Kind.REPORT, 0, told).packed)
    if "lend" not in said:
        continue
    if before is not None:
        if said["lend"] == before:
            os._exit(0)
        continue  # it has that one, and reads nothing
    before = said["lend"]
    client = socket.socket(fileno=files[0])
    client.setblocking(True)
    data = client.recv(1000)
    FATE
"""
FATES = {
    "it had read a request": "os._exit(0)",
    "it had noted it": "journal.hold(before, data); os._exit(0)",
    "it had begun to answer": "journal.hold(before, data); journal.answering(before); os._exit(0)",
    "it had given it back": "journal.hold(before, data); "
    "out.write(Frame(Kind.BACK, before, data).packed)",
}


@pytest.mark.parametrize("fate", FATES)
def test_a_helper_that_ends_takes_nothing_along(
    release: Release, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fate: str
):
    """Each client has the answers to what it asked, or sees that there will be none; at once."""
    program = tmp_path / "helper"
    program.write_text(f"#!{sys.executable}\n{DYING.replace('FATE', FATES[fate])}")
    program.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(program))
    site = open_site(release, "http://127.0.0.1/")
    try:
        answers, broken = run(uvloop.new_event_loop, partial(_served, site))
    finally:
        site.index.close()

    assert all(answer == path for path, answer in answers)
    assert len(answers) + broken > 400
    assert broken == (fate in {"it had read a request", "it had begun to answer"})


async def _served(site: Site, loop: asyncio.AbstractEventLoop) -> tuple[list[tuple[str, str]], int]:
    """What four clients asked and were told, and how many connections broke."""
    lending = Lending(site, Budget(), 1, loop, Account())
    answers, broken = await _offered(lending.offer, 4, loop)
    assert lending.running == 0  # it was there, and has ended
    return answers, broken


async def _offered(
    offer: Callable[[Connection], None], number: int, loop: asyncio.AbstractEventLoop
) -> tuple[list[tuple[str, str]], int]:
    """What so many clients asked and were told, their connections offered; how many broke."""
    port = Port(_say_the_path, _say_the_path, {}, 100, loop)
    port.offer = offer
    server = await loop.create_server(port.connection, "127.0.0.1", 0)
    answers: list[tuple[str, str]] = []
    clients = (_client(server.sockets[0].getsockname()[1], n, answers) for n in range(number))
    async with asyncio.timeout(20):
        broken = sum(await asyncio.gather(*clients))
    server.close()
    return answers, broken


def _say_the_path(exchange: Exchange, _: int = 0) -> None:
    until = time.process_time() + 0.002
    while time.process_time() < until:
        pass  # busy
    exchange.brief = True
    said = exchange.path.encode()
    exchange.respond(head(200, [], len(said)), "x", said)


async def _client(port: int, number: int, answers: list[tuple[str, str]]) -> int:
    """Ask again and again on one connection; whether it broke."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    with closing(writer):
        for turn in range(200):
            path = f"/{number}/{turn}"
            writer.write(f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
            try:
                start = await reader.readuntil(b"\r\n\r\n")
                size = int(start.partition(b"content-length: ")[2].partition(b"\r\n")[0])
                answers.append((path, (await reader.readexactly(size)).decode()))
            except (ConnectionError, asyncio.IncompleteReadError):
                return 1
    return 0


def test_one_that_has_nothing_ends(release: Release, monkeypatch: pytest.MonkeyPatch):
    """After a while, and not before."""
    monkeypatch.setattr("parkgraph.web.lending.IDLE", 4)
    site = open_site(release, "http://127.0.0.1/")

    async def ended(loop: asyncio.AbstractEventLoop) -> list[int]:
        lending = Lending(site, Budget(), 1, loop, Account())
        await _offered(lending.offer, 2, loop)
        found = [lending.running]
        async with asyncio.timeout(20):
            while lending.running:
                await asyncio.sleep(0.1)
        return [*found, lending.running]

    try:
        assert run(uvloop.new_event_loop, ended) == [1, 0]
    finally:
        site.index.close()


def test_a_connection_is_lent_once():
    """Whoever has it has it alone, until it is given back."""

    async def lent(loop: asyncio.AbstractEventLoop) -> list[bool]:
        port = Port(_say_the_path, _say_the_path, {}, 100, loop)
        found: list[bool] = []

        def offer(connection: Connection) -> None:
            if not found:
                loop.call_later(0.05, lend, connection)

        def lend(connection: Connection) -> None:
            found.extend(connection.lend(print) for _ in range(2))
            connection.returned(b"")
            found.append(connection.lend(print))
            connection.returned(b"GET /again HTTP/1.1\r\nHost: x\r\n\r\n")

        port.offer = offer
        server = await loop.create_server(port.connection, "127.0.0.1", 0)
        reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
        with closing(writer):
            writer.write(b"GET /first HTTP/1.1\r\nHost: x\r\n\r\n")
            async with asyncio.timeout(10):
                await reader.readuntil(b"/first")
                await reader.readuntil(b"/again")
        server.close()
        return found

    assert run(uvloop.new_event_loop, lent) == [True, False, True]


def test_one_that_is_not_wanted_any_more_when_it_is_begun(release: Release):
    """It is not started, and another one is begun in its place."""
    site = open_site(release, "http://127.0.0.1/")

    async def begun(loop: asyncio.AbstractEventLoop) -> list[int]:
        lending = Lending(site, Budget(), 1, loop, Account())
        found: list[int] = []

        def offer(connection: Connection) -> None:
            lending.offer(connection)
            if lending.running and not found:
                lending.renew()  # as another thread may
                found.append(lending.running)

        await _offered(offer, 2, loop)
        found.append(lending.running)
        await lending.left()
        return [*found, lending.running]

    try:
        assert run(uvloop.new_event_loop, begun) == [1, 1, 0]
    finally:
        site.index.close()


def test_files_that_are_sent_are_closed_in_other_programs():
    """What a process is sent, no process that it starts holds open."""
    ours, theirs = socket.socketpair(type=socket.SOCK_SEQPACKET)
    with ours, theirs:
        tell(ours, {"here": 1}, [ours.fileno(), theirs.fileno()])
        heard = hear(theirs)

    assert heard is not None
    said, files = heard
    assert (said, len(files)) == ({"here": 1}, 2)
    assert not any(map(os.get_inheritable, files))
    for file in files:
        os.close(file)


@pytest.fixture
def options() -> tuple[str, ...]:
    """How the server is started."""
    return ("--helpers", "2")


@pytest.fixture
def running(releases: Path, options: tuple[str, ...]) -> Iterator[Server]:
    """A server of its own, whose releases may be spoiled."""
    with serving(str(ROOT), "--releases", str(releases), *options) as server:
        yield server


def documents(release: Release) -> list[str]:
    """The addresses of all things."""
    base = release.manifest.base
    index = Index(release.folder / "derived" / DERIVED / "index.sqlite")
    found = index.documents(f"{base}id/", offset=0, limit=1000)
    index.close()
    return [iri.replace(f"{base}id/", "/doc/") for iri in found]


class Asking:
    """Clients that ask on connections of their own for answers that nobody has asked for before.

    Attributes:
        answers: each address, what was accepted, and the answer.
        broken: how many answers did not come, or not to their end; those were asked for again.
        cut: how many of them did not come to their end.
        ends: whether the server is about to end, so that nothing is asked for again.
    """

    def __init__(self, server: Server, release: Release) -> None:
        self.answers: list[tuple[str, dict[str, str], Answer]] = []
        self.broken = self.cut = 0
        self.ends = False
        self._server, self._left = server, SimpleQueue[tuple[str, dict[str, str]]]()
        for axes, path in product(AXES, documents(release)):
            self._left.put((path, axes))

    def until(self, holds: Callable[[], bool], clients: int = CLIENTS) -> bool:
        """Ask until something holds; False if all was asked for by then."""
        with self.meanwhile(clients) as threads:
            return eventually(lambda: holds() or not any(t.is_alive() for t in threads)) and holds()

    @contextmanager
    def meanwhile(self, clients: int = CLIENTS) -> Iterator[list[threading.Thread]]:
        """Ask while the block runs."""
        done = threading.Event()
        threads = [threading.Thread(target=self._ask, args=[done]) for _ in range(clients)]
        for thread in threads:
            thread.start()
        try:
            yield threads
        finally:
            done.set()
            for thread in threads:
                thread.join()

    def _ask(self, done: threading.Event) -> None:
        with closing(
            http.client.HTTPConnection("127.0.0.1", self._server.port, timeout=60)
        ) as line:
            while not done.is_set():
                try:
                    path, axes = self._left.get_nowait()
                except Empty:
                    return
                answer = self._answer(line, path, {**axes, **NAMED})
                if answer is None and not self.ends:
                    answer = self._answer(line, path, {**axes, **NAMED})
                if answer is None:
                    return
                self.answers.append((path, axes, answer))

    def _answer(
        self, line: http.client.HTTPConnection, path: str, headers: dict[str, str]
    ) -> Answer | None:
        try:
            line.request("GET", path, headers=headers)
            with line.getresponse() as response:
                return Answer(response.status, response.headers, response.read())
        except (ConnectionError, http.client.HTTPException) as error:
            self.broken += 1
            self.cut += isinstance(error, http.client.IncompleteRead)
            line.close()
            return None


def helped(server: Server) -> float:
    """How many requests helpers have answered."""
    return value(told(server), "helper_requests_total")


def helpers(server: Server) -> set[int]:
    """The helpers."""
    (web,) = web_processes(server)
    return {pid for pid in descendants(web) if b"parkgraph.web.helper" in command(pid)}


def command(pid: int) -> bytes:
    """What a process was started with; nothing of one that has ended meanwhile."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    return b""


@pytest.mark.parametrize("clients", [CLIENTS, 4 * CLIENTS])
def test_they_answer_as_flask_would(running: Server, release: Release, clients: int):
    """Every answer has the status, the bytes and the headers that it has by the longer way."""
    asking = Asking(running, release)
    assert asking.until(lambda: helped(running) > 400 and len(helpers(running)) == 2, clients)

    assert value(told(running), "helpers") == 2
    assert not asking.broken
    for path, axes, short in asking.answers:
        long = running.ask(path, **axes, **NAMED, **LONG)
        assert (short.status, short.body) == (200, long.body), (path, axes)
        assert sorted(shown(short.headers)) == sorted(shown(long.headers)), (path, axes)


@pytest.fixture(params=[False, True])
def logged(request: pytest.FixtureRequest, releases: Path, tmp_path: Path):
    """A server with an access log, and that; with helpers, or without any."""
    log, number = tmp_path / "access.log", "2" if request.param else "0"
    options = "--releases", str(releases), "--access-log", str(log), "--helpers", number
    with serving(str(ROOT), *options) as running:
        yield running, log, request.param


def test_each_request_is_counted_and_logged_once(
    logged: tuple[Server, Path, bool], release: Release
):
    """Whoever answers it; while they work, and when they have ended."""
    running, log, any_helper = logged
    asking = Asking(running, release)
    assert asking.until(lambda: len(asking.answers) > 1000)
    samples = told(running)
    names = {"route": "/doc/{path}", "method": "GET", "status": "200"}
    size = sum(len(answer.body) for _, _, answer in asking.answers)

    assert (value(samples, "helper_requests_total") > 0) == any_helper
    assert value(samples, "http_requests_total", **names) == len(asking.answers)
    assert value(samples, "http_response_bytes_total", route="/doc/{path}") == size
    running.process.terminate()
    running.process.wait(timeout=30)
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    found = Counter(line["path"] for line in lines if line["route"] == "/doc/{path}")
    assert found == Counter(path for path, _, _ in asking.answers)
    assert {line["release"] for line in lines} == {release.folder.name}


def test_one_client_is_served_by_the_web_process(running: Server, release: Release):
    """Who asks for one thing after the other needs no other process, and none is started."""
    asking = Asking(running, release)
    assert asking.until(lambda: len(asking.answers) > 300, clients=1)

    assert not helpers(running)


@pytest.mark.parametrize("options", [("--helpers", "2", "--client-rate", "100000")])
def test_who_is_counted_is_counted_by_one(running: Server, release: Release):
    """Where clients may only ask so often, the web process answers alone."""
    asking = Asking(running, release)
    assert asking.until(lambda: len(asking.answers) > 1000)

    assert not helpers(running)


#: What comes on one connection, in pieces that are sent one after the other; and whether the answer
#: is one to a HEAD. A helper answers some, and gives the connection back for others.
MIXED: list[tuple[tuple[bytes, ...], bool]] = [
    ((TURTLE,), False),
    ((TURTLE[:10], TURTLE[10:]), False),
    ((TURTLE.replace(b"GET", b"HEAD"),), True),
    ((sparql("SELECT ?p ?o { <http://e.org/> ?p ?o }") + b"\r\n",), False),
    ((sparql("SELECT (COUNT(*) AS ?n) { ?s a ?o }") + b"\r\n",), False),
    ((b"GET / HTTP/1.1\r\n" + HOST + b"\r\n",), False),
    ((b"GET /doc/park/none HTTP/1.1\r\n" + HOST + b"\r\n",), False),
    ((TURTLE.replace(b"\r\n\r\n", b"\r\nRange: bytes=0-9\r\n\r\n"),), False),
    ((TURTLE.replace(b"\r\n\r\n", b"\r\nX-Long: " + b"a" * SHORT + b"\r\n\r\n"),), False),
    ((TURTLE.replace(b"\r\n\r\n", b"\r\nX-Other: 1\r\n\r\n"),), False),
    ((TURTLE.replace(b"park/", b"%70ark/"),), False),
    ((TURTLE.replace(b"GET", b"OPTIONS"),), False),
    (
        (
            b"POST /sparql HTTP/1.1\r\nContent-Type: application/sparql-query\r\n" + HOST,
            b"Accept: text/csv\r\nTransfer-Encoding: chunked\r\n\r\n",
            b"F\r\nASK { ?a ?b ?c }"[:-1],
            b"\r\n1\r\n}\r\n0\r\n\r\n",
        ),
        False,
    ),
]


def said(line: Line, *, head: bool) -> tuple[int, list[tuple[str, str]], bytes]:
    """An answer, but for what is another each time."""
    status, headers, body = line.answer(head=head)
    kept = [pair for pair in sorted(headers.items()) if pair[0] not in {"date", "x-request-id"}]
    return status, kept, body if b'"request"' not in body else b""


def lent(server: Server) -> float:
    return value(told(server), "connections_lent")


def test_what_they_cannot_answer_comes_back(running: Server, release: Release):
    """Whatever comes on a connection that is lent, its answer is the one that it always has."""
    with Line(running) as line:  # while nothing is lent
        wanted = []
        for pieces, head in MIXED:
            line.send(*pieces)
            wanted.append(said(line, head=head))
    assert Counter(status for status, _, _ in wanted).keys() >= {200, 404}
    asking, done = Asking(running, release), threading.Event()

    def mixed() -> int:
        """How often all of it was asked for on a connection, and had its answers."""
        with Line(running) as line:
            for times in count():
                for (pieces, head), expected in zip(MIXED, wanted, strict=True):
                    for _ in range(40):  # meanwhile it is lent, or not
                        line.send(TURTLE)
                        assert said(line, head=False) == wanted[0]
                    for piece in pieces:
                        line.send(piece)
                        time.sleep(0.001)
                    assert said(line, head=head) == expected, pieces
                line.send(b"".join(b"".join(pieces) for pieces, _ in MIXED))  # in a row
                assert [said(line, head=head) for _, head in MIXED] == wanted
                if done.is_set():
                    line.send(TURTLE, b"\x00\r\n\r\n")
                    assert [said(line, head=False)[0], line.answer()[0]] == [200, 400]
                    assert line.ended()
                    return times
        raise AssertionError

    with asking.meanwhile(), ThreadPoolExecutor(CLIENTS) as pool:
        assert eventually(lambda: helped(running) > 100)
        before = helped(running)
        working = [pool.submit(mixed) for _ in range(CLIENTS)]
        time.sleep(8)
        done.set()
        assert all(one.result() for one in working)
        assert helped(running) > before + 100
    assert not asking.broken


def test_who_says_nothing_is_given_back(running: Server, release: Release):
    """A connection on which nothing comes for a while is the web process's, and goes on there.

    A helper has no socket of it then: who waits for the end of one would wait for the helper.
    """
    with ExitStack() as stack:
        lines = [stack.enter_context(Line(running)) for _ in range(CLIENTS)]
        asking = Asking(running, release)

        def borrowed() -> bool:
            for line in lines:
                line.send(TURTLE)
            assert {line.answer()[0] for line in lines} == {200}
            return lent(running) > 1

        assert asking.until(borrowed)
        assert eventually(lambda: lent(running) == 0)
        (web,) = web_processes(running)
        assert helpers(running)
        assert eventually(lambda: not any(sockets(web) & sockets(pid) for pid in helpers(running)))
        for line in lines:
            line.send(TURTLE)
            assert line.answer()[0] == 200


def sockets(pid: int) -> set[str]:
    """The sockets that a process has open."""
    links = set[str]()
    for file in Path(f"/proc/{pid}/fd").iterdir():
        with suppress(FileNotFoundError):  # closed meanwhile
            links.add(str(file.readlink()))
    return {link for link in links if link.startswith("socket:")}


SECONDS = 2


@pytest.mark.parametrize("options", [("--helpers", "2", "--client-seconds", str(SECONDS))])
def test_who_does_not_read_is_cut_off(running: Server, release: Release):
    """Also where a helper has the connection, and the answer."""
    asking = Asking(running, release)
    with asking.meanwhile(), ExitStack() as stack:
        assert eventually(lambda: helped(running) > 100)
        lines = [stack.enter_context(running.connect(buffer=SIPS)) for _ in range(4)]
        for line in lines:
            for _ in range(60):  # one after the other: it is lent, as a rule
                line.sendall(TURTLE)
                assert line.recv(SIPS)
            with suppress(ConnectionError):
                line.sendall(TURTLE * 1000)
        began = time.monotonic()
        assert eventually(lambda: all(map(reset, lines)))
        assert time.monotonic() - began < 10 * SECONDS
    assert not asking.broken
    assert {answer.status for _, _, answer in asking.answers} == {200}


def reset(line: socket.socket) -> bool:
    """Whether the server has cut a connection off."""
    return line.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 1)[0] == CLOSED


#: The state of a connection that was reset (``tcp_states.h``).
CLOSED = 7


@pytest.mark.parametrize("options", [("--helpers", "1")])  # which is ready then, and has some
@pytest.mark.parametrize("sent", [signal.SIGKILL, signal.SIGSTOP])
def test_no_request_is_lost_with_one(running: Server, release: Release, sent: signal.Signals):
    """Killed or stopped, they are ended and others come; every request has its answer.

    But for the one of which a part may have been sent already.
    """
    asking = Asking(running, release)
    assert asking.until(lambda: helped(running) > 10)
    with asking.meanwhile():
        assert eventually(lambda: lent(running) > 1)
        first = helpers(running)
        for pid in first:
            os.kill(pid, sent)
        assert eventually(lambda: gone(first))
    time.sleep(PAUSE)  # or all would have been asked for by then
    before = helped(running)

    assert asking.until(lambda: helped(running) > before + 100)
    assert not first & helpers(running)
    assert {answer.status for _, _, answer in asking.answers} == {200}
    assert asking.broken <= 1


def test_a_query_has_one_answer(running: Server, release: Release):
    """Whoever answers it, and while documents take long: the same rows under the same tag."""
    base, asking = release.manifest.base, Asking(running, release)
    queries = [
        f"/sparql?format=json&query={quote(f'SELECT ?p ?o {{ <{iri}> ?p ?o }}')}"
        for iri in (path.replace("/doc/", f"{base}id/") for path in documents(release)[:40])
    ]
    (web,) = web_processes(running)
    tags: dict[str, set[str | None]] = {query: set() for query in queries}
    with asking.meanwhile():
        for query in queries:
            os.kill(web, signal.SIGSTOP)
            time.sleep(0.07)
            os.kill(web, signal.SIGCONT)
            tags[query].add(running.ask(query).headers["ETag"])
    time.sleep(1)
    for query in queries:
        tags[query].add(running.ask(f"{query}&timeout=20").headers["ETag"])

    assert {len(each) for each in tags.values()} == {1}
    assert not any(None in each for each in tags.values())


def test_none_tells_what_was_found_wrong(running: Server, release: Release, releases: Path):
    """They end with the index that they read; once it is mended there are others."""
    index = releases / release.folder.name / "derived" / DERIVED / "index.sqlite"
    good, asking = index.read_bytes(), Asking(running, release)
    assert asking.until(lambda: helped(running) > 10)
    flip(index)
    assert eventually(lambda: not helpers(running))
    meanwhile = Asking(running, release)  # faults come fast, and are not kept
    assert meanwhile.until(lambda: len(meanwhile.answers) > 50)
    assert not {answer.status for _, _, answer in meanwhile.answers} & {200}
    assert not helpers(running)

    index.write_bytes(good)
    assert eventually(lambda: running.ask("/doc/park/iasp-6112.md").status == 200)
    time.sleep(PAUSE)  # or all would have been asked for by then
    before, after = helped(running), Asking(running, release)
    assert after.until(lambda: helped(running) > before + 10)
    assert {answer.status for _, _, answer in after.answers} == {200}


def test_they_leave_with_their_release(
    running: Server, release: Release, releases: Path, publication: Path
):
    """Another release has helpers of its own; the end of the server leaves none."""
    asking = Asking(running, release)
    assert asking.until(lambda: helped(running) > 10)
    first = helpers(running)
    os.kill(min(first), signal.SIGSTOP)  # what does not end by itself is made to
    new_edition(publication, 3)
    second = publish(check(publication), releases, LATER)
    assert eventually(lambda: second.folder.name in running.ask("/health").body.decode())
    assert eventually(lambda: gone(first))

    again = Asking(running, second)
    before = helped(running)
    assert again.until(lambda: helped(running) > before + 10)
    others = helpers(running)
    os.kill(min(others), signal.SIGSTOP)
    (web,) = web_processes(running)
    os.kill(web, signal.SIGKILL)
    assert eventually(lambda: gone(others))


def test_the_end_is_graceful(running: Server, release: Release):
    """Who asks while the server ends has whole answers, or none; and no helper stays."""
    asking = Asking(running, release)
    with asking.meanwhile() as threads:
        assert eventually(lambda: lent(running) > 1)
        there = helpers(running)
        running.process.terminate()
        asking.ends = True
        assert running.process.wait(timeout=30) == 0
        assert eventually(lambda: not any(thread.is_alive() for thread in threads))
    assert eventually(lambda: gone(there))
    assert not asking.cut
    assert {answer.status for _, _, answer in asking.answers} == {200}
