"""HTTP/1.1 by raw sockets against a real server: requests in pieces, in a row, and half of them."""

import asyncio
import json
import re
import socket
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import pairwise
from typing import Self
from urllib.parse import quote

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from parkgraph.release import Release
from parkgraph.web.atonce import in_task
from parkgraph.web.http1 import HEADERS, TARGET, Exchange, Port
from parkgraph.web.limits import SPARE
from parkgraph.web.wire import head
from tests.conftest import ROOT, SIPS, Server, serving
from tests.test_limits import holds

HOST = b"Host: x\r\n"
GET = b"GET /health HTTP/1.1\r\n" + HOST
QUERY = b"Content-Type: application/sparql-query\r\n"
ASK = b"ASK { ?a ?b ?c }"
#: An offer of another protocol: who makes one has a body all the same (RFC 9110 §7.8).
OFFER = b"Connection: upgrade\r\nUpgrade: h2c\r\n"
#: Takes a while, and has an answer.
SLOW = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f FILTER(?c != ?f) }"


class Line:
    """A connection, and the answers that come on it."""

    def __init__(self, server: Server) -> None:
        self.socket = socket.create_connection(("127.0.0.1", server.port), timeout=20)
        self._read = self.socket.makefile("rb")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._read.close()
        self.socket.close()

    def send(self, *pieces: bytes) -> None:
        """Send bytes, one piece after the other."""
        for piece in pieces:
            self.socket.sendall(piece)

    def answer(self, *, head: bool = False) -> tuple[int, dict[str, str], bytes]:
        """Status, headers and body of the next answer; status 0 if there is none."""
        start = self._read.readline()
        if not start:
            return 0, {}, b""
        headers = {}
        while line := self._read.readline().strip().decode("latin-1"):
            name, _, value = line.partition(": ")
            headers[name] = value
        size = 0 if head else int(headers.get("content-length", 0))
        return int(start.split()[1]), headers, self._read.read(size)

    def ended(self) -> bool:
        """Whether the server closes, without another word."""
        return self._read.read(1) == b""


@pytest.fixture
def line(server: Server) -> Iterator[Line]:
    with Line(server) as made:
        yield made


def sparql(query: str) -> bytes:
    return f"GET /sparql?query={quote(query)} HTTP/1.1\r\nAccept: text/csv\r\n".encode() + HOST


def test_one_byte_at_a_time(line: Line):
    """A request may come in any pieces, its body too."""
    request = b"POST /sparql HTTP/1.1\r\n" + HOST + QUERY + b"Accept: application/json\r\n"
    request += b"Content-Length: %d\r\n\r\n" % len(ASK) + ASK
    line.send(*(bytes([byte]) for byte in request))

    status, _, body = line.answer()
    assert (status, json.loads(body)["boolean"]) == (200, True)


def test_answers_come_in_the_order_of_requests(line: Line):
    """All at once, a slow one first; what is kept waits for it (RFC 9112 §9.3.2)."""
    document = b"GET /doc/park/iasp-6112.ttl HTTP/1.1\r\n" + HOST + b"\r\n"
    line.send(document)
    kept = line.answer()[2]
    line.send(sparql(SLOW) + b"\r\n" + document + GET + b"\r\n" + document + GET + b"\r\n")
    found = [line.answer() for _ in range(5)]

    assert [status for status, _, _ in found] == [200] * 5
    assert found[0][2].startswith(b"n\r\n")
    assert [found[1][2], found[3][2]] == [kept, kept]
    assert [found[2][2], found[4][2]] == [found[2][2]] * 2
    assert found[2][2].startswith(b"release ")


def test_many_in_a_row(line: Line):
    """More than are read ahead; none is lost."""
    line.send((GET + b"\r\n") * 500)
    assert [line.answer()[0] for _ in range(500)] == [200] * 500


@pytest.mark.parametrize("number", [7, 8, 12, 30])
def test_more_after_many_in_a_row(line: Line, number: int):
    """What was paused for a queue goes on when the last of it is answered, however that comes."""
    texts = [f"ASK {{ FILTER({number} != {n}) }}" for n in range(number)]
    line.send(b"".join(sparql(text) + b"\r\n" for text in texts))
    assert [line.answer()[0] for _ in texts] == [200] * number
    line.send(GET + b"\r\n")
    assert line.answer()[0] == 200


def test_headers_that_came_before(line: Line):
    """Are known again byte for byte alone, and with any path."""
    one, other = b"Accept: text/turtle\r\n", b"Accept: text/turtlE;q=1, text/csv\r\n"
    page = b"Accept: text/html\r\n"
    asked = [(one, "turtle"), (page, "html"), (one, "turtle"), (other, "turtle"), (page, "html")]
    for accept, kind in asked * 2:
        for path in (b"/doc/park/iasp-6112", b"/doc/concept/park-type/science-park"):
            line.send(b"GET " + path + b" HTTP/1.1\r\n" + HOST + accept + b"\r\n")
            status, headers, body = line.answer()
            assert (status, kind in headers["content-type"]) == (200, True)
            assert path.rpartition(b"/")[2] in body
        line.send(b"HEAD /doc/park/iasp-6112 HTTP/1.1\r\n" + HOST + accept + b"\r\n")
        status, headers, _ = line.answer(head=True)
        assert (status, kind in headers["content-type"]) == (200, True)


@pytest.mark.parametrize(
    "start",
    [
        b"\r\nGET /health HTTP/1.1\r\n",  # RFC 9112 §2.2: to be ignored
        b"GET /health HTTP/1.1\r\nGET /health HTTP/1.1\r\n",
        b"GET /a b HTTP/1.1\r\n",
        b"GET /\x01 HTTP/1.1\r\n",
        b"GET /health HTTP/1.2\r\n",
        b"get /health HTTP/1.1\r\n",
    ],
)
def test_known_headers_make_no_request_good(server: Server, line: Line, start: bytes):
    """What a request line must be does not hang on what follows."""
    rest = HOST + b"X-Known: yes\r\n\r\n"
    line.send(b"GET /health HTTP/1.1\r\n" + rest)
    assert line.answer()[0] == 200
    line.send(start + rest)
    known = line.answer()[0]
    with Line(server) as fresh:
        fresh.send(start + HOST + b"X-Unknown: yes\r\n\r\n")
        assert known == fresh.answer()[0]


def test_the_middle_of_a_request_is_no_beginning(server: Server, line: Line):
    """What another client's request looks like, in the middle of one: it is nobody's headers."""
    other = HOST + b"User-Agent: other\r\n\r\n"
    line.send(GET + b"\r\nGET /ready HTTP/1.1\r\nIf-None-Match: *\r\nX: ")
    assert line.answer()[0] == 200
    line.send(b"GET /health HTTP/1.1\r\n" + other)
    assert line.answer()[2].startswith(b"release ")
    with Line(server) as fresh:
        for _ in range(2):
            fresh.send(b"GET /doc/park/iasp-6112.ttl HTTP/1.1\r\n" + other)
            assert fresh.answer()[0] == 200


#: What a request is: method, path, query, names of headers, body.
Heard = tuple[str, str, str, list[str], bytes]
#: Requests, and what each of them is wherever its bytes are cut.
MIXED: dict[bytes, Heard] = {
    GET + b"\r\n": ("GET", "/health", "", ["host"], b""),
    GET + b"A: b\r\n\r\n": ("GET", "/health", "", ["host", "a"], b""),
    b"\r\nHEAD /%41?b HTTP/1.1\r\n" + HOST + b"\r\n": ("HEAD", "/A", "b", ["host"], b""),
    b"GET / HTTP/1.1\r\nX: GET /x HTTP/1.1\r\n" + HOST + b"\r\n": (
        *("GET", "/", "", ["x", "host"], b""),
    ),
    b"POST / HTTP/1.1\r\n" + HOST + b"Content-Length: 33\r\n\r\n" + GET + b"\r\n": (
        *("POST", "/", "", ["host", "content-length"], GET + b"\r\n"),
    ),
    b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1;x\r\na\r\n0\r\nT: GET /\r\n\r\n": (
        *("POST", "/", "", ["transfer-encoding"], b"a"),
    ),
    GET + OFFER + b"\r\n": ("GET", "/health", "", ["host", "connection"], b""),
    b"POST / HTTP/1.1\r\n" + HOST + OFFER + b"Content-Length: 4\r\n\r\nGET ": (
        *("POST", "/", "", ["host", "connection", "content-length"], b"GET "),
    ),
    b"POST / HTTP/1.1\r\n" + OFFER + b"Transfer-Encoding: chunked\r\n\r\n2\r\nG:\r\n0\r\n\r\n": (
        *("POST", "/", "", ["connection", "transfer-encoding"], b"G:"),
    ),
}


@st.composite
def cut(draw: st.DrawFn) -> tuple[list[bytes], list[bytes]]:
    """Requests, and the pieces that they come in: often cut where something may begin."""
    asked = draw(st.lists(st.sampled_from(list(MIXED)), min_size=1, max_size=5))
    data = b"".join(asked)
    begins = [found.end() for found in re.finditer(rb"\r\n|: ", data)]
    cuts = draw(st.lists(st.sampled_from(begins) | st.integers(0, len(data)), max_size=6))
    ends = sorted({0, *cuts, len(data)})
    return asked, [data[start:end] for start, end in pairwise(ends)]


async def hear(pieces: dict[int, list[bytes]]) -> dict[int, list[Heard]]:
    """What one port hears on several connections, one after the other, a piece at a time."""
    found: dict[int, list[Heard]] = {}

    async def serve(exchange: Exchange) -> None:
        await in_task()
        body = b"".join([piece async for piece in exchange])
        names = [name for name, _ in exchange.headers.items()]
        found[number].append((exchange.method, exchange.path, exchange.query, names, body))
        exchange.respond(head(200, ()), "id")

    def refuse(exchange: Exchange, status: int) -> None:
        exchange.respond(head(status, ()), "id")

    loop = asyncio.get_running_loop()
    port = Port(serve, refuse, {}, 9, loop)
    for number in pieces:
        found[number] = []
        here, there = socket.socketpair()
        with there:
            transport, _ = await loop.create_connection(port.connection, sock=here)
            for piece in pieces[number]:
                there.sendall(piece)
                for _ in range(20):  # turns of the loop: it is read, and all of it answered
                    await asyncio.sleep(0)
            transport.abort()
            await asyncio.sleep(0)
    return found


@settings(max_examples=300)
@given(sent=cut())
@example(sent=([], [GET + b"\r\nGET / HTTP/1.1\r\nX: ", GET + b"\r\n"]))
def test_cut_anywhere(sent: tuple[list[bytes], list[bytes]]):
    """Requests are the same in any pieces, and so is what is remembered of them afterwards."""
    asked, pieces = sent
    alone = {number: [request] for number, request in enumerate(MIXED, 1)}
    heard = asyncio.run(hear({0: pieces, **alone}))

    assert not asked or heard.pop(0) == [MIXED[request] for request in asked]
    assert [heard[number] for number in alone] == [[expected] for expected in MIXED.values()]


def test_what_was_asked_before_an_error_is_answered(line: Line):
    """The error comes in its turn, and nothing after it."""
    line.send(sparql(SLOW) + b"\r\n" + GET + b"\r\n" + b"nonsense\r\n\r\n" + GET + b"\r\n")

    assert [line.answer()[0] for _ in range(3)] == [200, 200, 400]
    assert line.ended()


@pytest.mark.parametrize(
    ("status", "request_"),
    [
        (400, b"nonsense\r\n\r\n"),
        (400, GET + b"no colon\r\n\r\n"),
        (414, b"GET /" + b"a" * TARGET + b" HTTP/1.1\r\n" + HOST + b"\r\n"),
        (431, GET + b"X: a\r\n" * HEADERS + b"\r\n"),
        (501, b"BREW /health HTTP/1.1\r\n" + HOST + b"\r\n"),
        (505, b"GET /health HTTP/2.0\r\n" + HOST + b"\r\n"),
    ],
)
def test_what_is_no_request_has_a_problem(line: Line, status: int, request_: bytes):
    """As every error has one (RFC 9457), and the connection ends with it."""
    line.send(request_)
    got, headers, body = line.answer()
    told = json.loads(body)

    assert (got, told["status"]) == (status, status)
    assert headers["content-type"] == "application/problem+json"
    assert headers["connection"] == "close"
    assert told["request"] == headers["x-request-id"] != ""
    assert told["code"] == "PG620"
    assert told["help"]
    assert line.ended()


def test_a_body_that_is_waited_for(line: Line):
    """``Expect: 100-continue`` is told to go on once the body is wanted, and not before."""
    head = b"POST /sparql HTTP/1.1\r\n" + HOST + QUERY + b"Expect: 100-continue\r\n"
    line.send(head + b"Content-Length: %d\r\n\r\n" % len(ASK))
    assert line.answer()[0] == 100
    line.send(ASK)
    assert line.answer()[0] == 200
    line.send(head + b"Content-Length: 90000000\r\n\r\n")
    assert line.answer()[0] == 413
    assert line.ended()


def test_http_1_0(line: Line):
    """Goes on if it is asked to, and says so (RFC 9112 §9.3)."""
    old = b"GET /health HTTP/1.0\r\n"
    line.send(old + b"Connection: keep-alive\r\n\r\n")
    status, headers, _ = line.answer()
    assert (status, headers["connection"]) == (200, "keep-alive")
    line.send(old + b"\r\n")
    status, headers, _ = line.answer()
    assert (status, headers["connection"]) == (200, "close")
    assert line.ended()


def test_downloads_in_a_row(line: Line, release: Release):
    """A large file is followed by what was asked for behind it, on the same connection."""
    file = release.folder / "parkgraph.nq"
    address = f"/release/{release.folder.name}/{file.name}".encode()
    whole = b"GET " + address + b" HTTP/1.1\r\n" + HOST
    part = whole + b"Range: bytes=100-300100\r\n\r\n"
    line.send(whole + b"\r\n" + part + GET + b"\r\n" + whole + b"\r\n")
    answers = [line.answer() for _ in range(4)]
    data = file.read_bytes()

    assert len(data) > 300_100
    assert [status for status, _, _ in answers] == [200, 206, 200, 200]
    assert [body for _, _, body in answers[:2]] == [data, data[100:300_101]]
    assert answers[3][2] == data
    assert not any("connection" in headers for _, headers, _ in answers)

    line.send(whole + b"Connection: close\r\n\r\n")
    status, headers, body = line.answer()
    assert (status, headers["connection"], body) == (200, "close", data)
    assert line.ended()


@pytest.mark.parametrize("left", [600_000, 30_000])
def test_a_stop_waits_for_who_reads_a_download(release: Release, left: int):
    """The server is there until all has been read, also where it was only the kernel's to send."""
    data = (release.folder / "parkgraph.nq").read_bytes()
    asked = f"GET /release/{release.folder.name}/parkgraph.nq HTTP/1.1\r\nHost: x\r\n\r\n"
    options = ("--releases", str(release.folder.parent))
    with serving(str(ROOT), *options) as running:
        with running.connect(asked.encode(), buffer=SIPS) as client:
            got = b""
            while len(got) < len(data) - left:
                got += client.recv(4096)
            running.process.terminate()
            time.sleep(0.7)
            there = running.process.poll()
            while piece := client.recv(65536):
                got += piece
        ended = running.process.wait(10)

    assert (there, ended) == (None, 0)
    assert got.partition(b"\r\n\r\n")[2] == data


def test_another_protocol_is_not_spoken(line: Line):
    """An offer of one is passed over, and the connection goes on (RFC 9110 §7.8)."""
    query = b"POST /sparql HTTP/1.1\r\n" + HOST + QUERY + b"Content-Length: %d\r\n" % len(ASK)
    line.send(GET + OFFER + b"\r\n" + query + OFFER + b"\r\n" + ASK + GET + b"\r\n")
    assert [line.answer()[0] for _ in range(3)] == [200, 200, 200]


def test_what_follows_a_body_is_not_heard(line: Line):
    """Trailers cannot say what a header did not (RFC 9110 §6.5.1)."""
    line.send(
        b"POST /sparql HTTP/1.1\r\n" + HOST + QUERY + b"Transfer-Encoding: chunked\r\n\r\n"
        b"%x\r\n%b\r\n0\r\nAccept: text/csv\r\nHost: y\r\n\r\n" % (len(ASK), ASK)
    )
    status, headers, _ = line.answer()
    assert (status, "csv" in headers["content-type"]) == (200, False)
    line.send(GET + b"\r\n")
    assert line.answer()[0] == 200


def test_a_body_that_goes_wrong(server: Server, line: Line):
    """While it is waited for: 400, and what had come of it is asked of nobody."""
    line.send(b"POST /sparql HTTP/1.1\r\n" + HOST + QUERY + b"Transfer-Encoding: chunked\r\n\r\n")
    line.send(b"%x\r\n%b\r\n" % (len(ASK), ASK))
    time.sleep(0.3)
    line.send(b"nonsense\r\n")

    assert line.answer()[0] == 400
    assert line.ended()
    assert server.ask("/health").status == 200


@pytest.mark.parametrize("size", [200_000, 50_000_000])
def test_a_body_that_nobody_wants(line: Line, size: int):
    """The answer arrives although its sender goes on to send; of much, the connection ends."""
    line.send(
        b"POST /doc/park/iasp-6112 HTTP/1.1\r\n" + HOST + b"Content-Length: %d\r\n\r\n" % size
    )
    try:
        line.send(*[b"a" * 100_000] * (size // 100_000))
    except ConnectionError:
        assert size > 1_000_000
        return
    assert line.answer()[0] == (405 if size < 1_000_000 else 413)


def test_all_connections_are_taken(release: Release):
    """Who comes then gets 503 and when to come again, at once; later there is room.

    A flood of them takes few files more: one for each would leave none to answer from.
    """
    options = ("--releases", str(release.folder.parent), "--connections", "1")
    # However slow the machine is, no query ends, and none is refused, before the flood is over.
    lasting = ("--query-seconds", "60", "--client-patience", "60")
    with serving(str(ROOT), *options, *lasting) as crowded, ExitStack() as stack:
        busy = sparql("SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }") + b"\r\n"
        for _ in range(1 + SPARE):
            stack.enter_context(Line(crowded)).send(busy)
        with Line(crowded) as late:
            status, headers, body = late.answer()
        assert (status, headers["retry-after"]) == (503, "1")
        assert json.loads(body)["code"] == "PG653"
        before = holds(crowded)[0]
        flood = [stack.enter_context(Line(crowded)) for _ in range(300)]
        told = Counter(one.answer()[0] for one in flood)
        # Where a query has ended meanwhile, one that comes in its place is closed as too much.
        assert told[503] + told[0] == 300
        assert told[503] > 200
        assert holds(crowded)[0] < before + 100
        stack.close()
        time.sleep(1)
        assert crowded.ask("/health").status == 200
