"""HTTP/1.1 on the connections of clients (RFC 9112): requests come in, answers go out in turn.

llhttp takes the requests apart. What comes in is bounded here before anybody looks at it, and one
thread does all of it: an answer that is at hand goes out in the round of the loop in which its
request came.
"""

import asyncio
import re
import socket
import struct
from collections import deque
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import suppress
from http import HTTPStatus
from typing import Any, Final, NoReturn, cast
from urllib.parse import unquote

from httptools import (
    HttpParserError,
    HttpParserInvalidMethodError,
    HttpParserUpgrade,
    HttpRequestParser,
    parse_url,
)

from parkgraph.web.atonce import begin
from parkgraph.web.tcp import owes
from parkgraph.web.wire import Fields, as_uri, end

#: Bytes of the target of a request, and of all of its head; how many headers it may have.
TARGET: Final = 65_534
HEAD: Final = 128 * 1024
HEADERS: Final = 100
#: What a body may take beyond its content (sizes of chunks, their extensions, trailers): so many
#: bytes, and so many times its content.
_ENVELOPE: Final = 16 * 1024, 8
#: Bytes that are taken apart before they are weighed.
_PIECE: Final = 16 * 1024
#: Bytes of a body that wait for whoever reads it, and requests that wait for their turn, before
#: nothing more is read.
_HELD: Final = 256 * 1024
_WAITING: Final = 8
#: Seconds, and bytes, that a client may go on to send after an answer that it has not waited for:
#: closed at once, the connection would be reset, and the answer lost (RFC 9112 §9.6).
_LINGER: Final = 2.0
#: Connections beyond all that there may be which are waited for in this way, at a time.
_LINGERING: Final = 64
#: Seconds between two looks whether a client has read what it was sent.
_LOOK: Final = 0.05
_PAST: Final = 16_000_000

#: A request line without anything that has to be looked at, and headers that say what follows.
_PLAIN: Final = re.compile(rb"(GET|HEAD) (/[!-\"$->@-~]*)(?:\?([!-\"$-~]*))? HTTP/1\.1")
_BODIED: Final = frozenset({"content-length", "transfer-encoding", "expect"})
#: How many requests' headers are remembered, and the bytes that such a request has at most.
_HEADS: Final = 1024
SHORT: Final = 2048
#: What may be a method, and is none that is known (RFC 9110 §9.1).
_METHOD: Final = re.compile(rb"[A-Z]+ ")
#: A host and a port, or nothing (RFC 3986 §3.2.2).
_HOST: Final = re.compile(r"[\w.~!$&'()*+,;=%:\[\]-]*", re.ASCII)

#: ``struct linger`` that leaves nothing to be sent when a connection is closed.
_AT_ONCE: Final = struct.pack("ii", 1, 0)

_VERSIONS: Final = frozenset({"1.0", "1.1"})
#: What an answer says of its connection, by whether it goes on and whether HTTP/1.1 is spoken.
_SAID: Final = {
    (True, True): "",
    (True, False): "connection: keep-alive\r\n",
    (False, True): "connection: close\r\n",
    (False, False): "connection: close\r\n",
}


class Exchange:
    """A request, and the way back for its answer.

    Attributes:
        method: as it came.
        path: of the target, with percent-encoding undone.
        raw: the same as it came.
        query: of the target, as it came.
        http_version: ``1.1`` or ``1.0``.
        authority: of a target that is a whole address.
        headers: of the request.
        odd: whether it does not have the one Host that it needs (RFC 9112 §3.2).
        peer: the other end of the connection, with its port.
        server: this end, likewise.
        keep: whether the client may ask for more on the connection; once it has its answer, whether
            it was told that it may.
        brief: whether its answer takes nothing that another process has not.
        complete: whether all of the request has come.
        done: whether nothing is to be said any more: it was answered, or nobody is there.
    """

    __slots__ = (
        "_connection",
        "_expects",
        "_held",
        "_left",
        "_pieces",
        "_reader",
        "authority",
        "brief",
        "complete",
        "done",
        "headers",
        "http_version",
        "keep",
        "method",
        "odd",
        "path",
        "peer",
        "query",
        "raw",
        "server",
    )

    def __init__(self, connection: "Connection", headers: Fields) -> None:
        self._connection = connection
        self.peer: Final = connection.peer
        self.server: Final = connection.server
        self.headers: Final = headers
        self.method = self.path = self.raw = self.query = ""
        self.http_version = "1.1"
        self.authority: str | None = None
        self.keep = self.complete = self.done = self.odd = self.brief = False
        self._expects = False
        self._pieces: list[bytes] = []
        self._held = 0
        self._reader: asyncio.Future[None] | None = None
        self._left: Callable[[], object] | None = None

    def take(self, target: bytes) -> None:
        """Note the target of the request (RFC 9112 §3.2).

        Raises:
            ValueError: it is none.
        """
        path: bytes | None
        if target[:1] == b"/":
            path, _, query = target.partition(b"#")[0].partition(b"?")
        elif b"://" in target:
            url = parse_url(target)
            path, query = url.path or b"/", url.query or b""
            port = f":{url.port}" if url.port else ""
            self.authority = f"{url.host.decode('ascii')}{port}" if url.host else ""
        else:
            path, query = target, b""
        self.note(path, query.decode())

    def note(self, path: bytes, query: str) -> None:
        """Note the path and the query of the target."""
        self.raw = path.decode()
        self.path = unquote(self.raw) if "%" in self.raw else self.raw
        self.query = query

    def weigh(self) -> None:
        """Note what the headers say of the request.

        That is whether the client waits to be told to send its body (RFC 9110 §10.1.1), too.
        """
        hosts = self.headers.get_all("host")
        wrong = len(hosts) > 1 or not all(map(_HOST.fullmatch, hosts))
        self.odd = wrong or (not hosts and self.http_version == "1.1")
        said = self.headers.get("expect") if self.http_version == "1.1" else None
        self._expects = said is not None and said.lower() == "100-continue"

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """The body, piece by piece, as far as it comes."""
        if self._expects and not (self.complete or self._pieces or self.done):
            self._connection.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        while True:
            while self._pieces:
                pieces, self._pieces, self._held = self._pieces, [], 0
                self._connection.breathe()
                for piece in pieces:
                    yield piece
            if self.complete or self.done:
                return
            self._reader = asyncio.get_running_loop().create_future()
            await self._reader

    def put(self, piece: bytes) -> None:
        """A piece of the body has come."""
        if not self.done:
            self._pieces.append(piece)
            self._held += len(piece)
            self._wake()

    def end(self) -> None:
        """All of it has come."""
        self.complete = True
        self._wake()

    def leave(self) -> None:
        """The client is gone, or says what is no request: there is nobody to be answered."""
        self.done = True
        self._pieces.clear()
        self._wake()
        if self._left is not None:
            self._left()

    def on_leaving(self, act: Callable[[], object]) -> None:
        """Have something done if the client leaves before it has its answer, or has left."""
        self._left = act
        if self._connection.lost:
            act()

    def _wake(self) -> None:
        if self._reader is not None and not self._reader.done():
            self._reader.set_result(None)

    @property
    def full(self) -> bool:
        """Whether so much of it waits to be read that no more should come."""
        return self._held > _HELD

    def respond(
        self, start: bytes, request_id: str, body: bytes = b"", *, close: bool = False
    ) -> bool:
        """Answer; False if nothing is to be said any more.

        Args:
            start: the status line and the headers (:func:`parkgraph.web.wire.head`).
            request_id: what the request is called.
            body: goes after them.
            close: whether nothing is to be asked on the connection any more.
        """
        if self.done:
            return False
        self.done = True
        self.keep = self.goes_on and not close
        self._connection.transport.write(self._head(start, request_id) + body)
        self._connection.answered(self, keep=self.keep)
        return True

    @property
    def goes_on(self) -> bool:
        """Whether the connection is there for another request after this one."""
        return self.keep and self.complete and not self._connection.port.ending

    def _head(self, start: bytes, request_id: str) -> bytes:
        said = end(_SAID[self.keep, self.http_version == "1.1"])
        return b"%bx-request-id: %b\r\n%b" % (start, request_id.encode("latin-1"), said)

    async def take_over(self, start: bytes, request_id: str) -> tuple[socket.socket, bytes]:
        """The connection once more, for who is to write the answer, and all its head.

        The arguments are those of :meth:`respond`. What was written before has gone out by then.
        Who has written all of it says so by :meth:`give_back`, else ends the connection
        by :meth:`drop`.

        Raises:
            ConnectionError: it has ended.
        """
        connection = await self._connection.duplicate()
        self.done = True
        self.keep = self.goes_on
        return connection, self._head(start, request_id)

    def give_back(self) -> None:
        """Go on with the connection: all of the answer was written, and it said so."""
        self._connection.answered(self, keep=True)

    def drop(self) -> None:
        """End the connection."""
        self.done = True
        self._connection.transport.close()


class Port:
    """The connections to where a web process listens.

    Args:
        serve: answers a request, or says what is to be done for that.
        refuse: answers bytes that are no request: an exchange that has none, and the status.
        open_: takes up the connections that there are, by their other end.
        most: connections that there may be; who comes beyond gets 503 at once.

    Attributes:
        ending: whether no connection is to be kept for another request.
        offer: told of a connection that had a brief answer, and waits for its next request.
    """

    def __init__(
        self,
        serve: Callable[[Exchange], Coroutine[None, None, None] | None],
        refuse: Callable[[Exchange, int], None],
        open_: dict[str, "Connection"],
        most: int,
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        self._serve, self.refuse, self._most = serve, refuse, most
        self.loop: Final = loop
        self._open = open_
        self._beyond: set[Connection] = set()
        self.ending = False
        self.offer: Callable[[Connection], None] | None = None
        self._heads: dict[bytes, Fields] = {}
        self._tasks: set[asyncio.Future[Any]] = set()
        self._empty: asyncio.Future[None] | None = None

    def connection(self) -> "Connection":
        """For a client that has come."""
        return Connection(self)

    def came(self, connection: "Connection") -> bool:
        """Note a connection; False if there are too many."""
        if len(self._open) >= self._most:
            return False
        self._open[connection.peer] = connection
        return True

    def went(self, connection: "Connection") -> None:
        """Forget a connection."""
        if self._open.get(connection.peer) is connection:
            del self._open[connection.peer]
        self._beyond.discard(connection)
        if self._empty is not None and not self._open and not self._empty.done():
            self._empty.set_result(None)

    def bears(self, connection: "Connection") -> bool:
        """Whether one that ends may stay until its client knows: of those that are too many, few.

        Each is an open file, and without any the process can answer nobody.
        """
        if self._open.get(connection.peer) is not connection:
            if len(self._beyond) >= _LINGERING:
                return False
            self._beyond.add(connection)
        return True

    def remember(self, lines: bytes, headers: Fields) -> None:
        """Note what the header lines of a request amount to, for the next one that has the same."""
        if len(self._heads) >= _HEADS:
            self._heads.clear()
        self._heads[lines] = headers

    def recall(self, lines: bytes) -> Fields | None:
        """What header lines amount to, if that is known."""
        return self._heads.get(lines)

    def begin(self, exchange: Exchange) -> None:
        """Have a request answered: at once if that takes no waiting."""
        work = self._serve(exchange)
        if work is not None and (task := begin(self.loop, work)):
            self._tasks.add(task)  # the loop itself holds no more than a weak reference
            task.add_done_callback(self._tasks.discard)

    async def end(self, patience: float) -> None:
        """Let what is under way end, for as many seconds as it may; then cut it off."""
        self.ending = True
        for connection in list(self._open.values()):
            connection.end()
        if self._open:
            self._empty = self.loop.create_future()
            await asyncio.wait([self._empty], timeout=patience)
        for connection in list(self._open.values()):
            connection.transport.abort()
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=1)


class Connection(asyncio.Protocol):
    """A connection of a client, for the event loop.

    Attributes:
        lost: whether it has ended.
        peer: its other end, with the port.
        server: this end, likewise.
        sock: its socket, which may be asked from any thread.
        seen: when it had a brief answer last, as whoever lends it counts.
        stays: brief answers that it has here before it may be lent again.
        stay: how many there were the last time.
    """

    __slots__ = (
        "_brief",
        "_broken",
        "_choked",
        "_current",
        "_deaf",
        "_fed",
        "_going",
        "_head",
        "_headers",
        "_incoming",
        "_latest",
        "_parser",
        "_past",
        "_paused",
        "_queue",
        "_recall",
        "_size",
        "_target",
        "_unwanted",
        "_wrong",
        "lost",
        "peer",
        "port",
        "seen",
        "server",
        "sock",
        "stay",
        "stays",
        "transport",
    )

    transport: asyncio.Transport
    sock: socket.socket
    _parser: HttpRequestParser

    def __init__(self, port: Port) -> None:
        self.port: Final = port
        self.peer = self.server = ""
        self._queue: deque[Exchange] = deque()
        self._current: Exchange | None = None
        self._latest: Exchange | None = None
        self._incoming: Exchange | None = None  # of which all headers have come, and not its end
        self._head = bytearray()  # that is coming, as it came
        self._target = b""
        self._headers = Fields()
        self._size = 0  # bytes of the headers so far
        self._fed = 0  # bytes of the head, or of the envelope of the body, that is coming
        self._past = 0
        self.lost = False
        self._deaf = self._choked = self._paused = self._going = False
        self._brief = self._unwanted = False
        self._broken = self._wrong = 0
        self._recall: Callable[[], object] | None = None  # while somebody else hears what comes
        self.seen = self.stays = self.stay = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client has come."""
        self.transport = cast("asyncio.Transport", transport)
        self.peer = _written(transport.get_extra_info("peername"))
        self.server = _written(transport.get_extra_info("sockname"))
        self.sock = transport.get_extra_info("socket")
        self._parser = HttpRequestParser(self)
        if not self.port.came(self):
            self._refuse(503)

    def connection_lost(self, _: Exception | None) -> None:
        """It is gone."""
        self.lost = self._deaf = True
        self.port.went(self)
        for exchange in (self._current, *self._queue):
            if exchange is not None:
                exchange.leave()
        self._queue.clear()
        self._current = self._incoming = self._latest = None
        del self._parser  # it holds this one

    def data_received(self, data: bytes) -> None:
        """Bytes have come."""
        if self._deaf:
            self._past += len(data)
            if self._past > _PAST:
                self.transport.abort()
            return
        fresh = not (self._fed or self._incoming)
        brief = fresh and len(data) < SHORT
        if brief and (known := self.known(data)) is not None:
            self._queue.append(known)
        else:
            self._latest = None
            self._feed(_encoded(data) if fresh and not data.isascii() else data)
            if brief:
                self._remember(data, self._latest)
        if not self._going:
            self._go_on()

    def known(self, data: bytes) -> Exchange | None:
        """A request whose headers came before, byte for byte: they are not read again."""
        line, _, lines = data.partition(b"\r\n")
        headers = self.port.recall(lines)
        found = _PLAIN.fullmatch(line) if headers else None
        if headers is None or found is None:
            return None
        exchange = Exchange(self, headers)
        method, path, query = found.groups()
        exchange.method = method.decode()
        exchange.note(path, query.decode() if query else "")
        exchange.keep = exchange.complete = True
        return exchange

    def learn(self, data: bytes) -> None:
        """Let :meth:`known` know a request, if it is an ordinary one; what else comes is lost."""
        self._latest = None
        self._feed(data)
        self._queue.clear()
        self._remember(data, self._latest)

    def _remember(self, data: bytes, exchange: Exchange | None) -> None:
        """Note the headers of what has just come, if it was this request and nothing else."""
        line, _, lines = data.partition(b"\r\n")
        whole = data.find(b"\r\n\r\n") == len(data) - 4 and _PLAIN.fullmatch(line)
        if exchange is None or not whole:
            return
        ordinary = exchange.complete and exchange.keep and not exchange.odd
        if ordinary and not any(name in exchange.headers for name in _BODIED):
            self.port.remember(lines, exchange.headers)

    def pause_writing(self) -> None:
        """The client does not read as fast as it is written to."""
        self._choked = True

    def resume_writing(self) -> None:
        """It has read."""
        self._choked = False
        self._go_on()

    # What the parser says.

    def on_message_begin(self) -> None:
        """A request begins."""
        if self._deaf:  # after one that the connection ends with
            self._stop(400)
        self._target, self._size = b"", 0
        self._headers = Fields()
        self._fed = max(self._fed, 1)  # where it came with the end of another, nothing was counted

    def on_url(self, piece: bytes) -> None:
        """Of its target."""
        self._target += piece
        if len(self._target) > TARGET:
            self._stop(414)

    def on_header(self, name: bytes, value: bytes) -> None:
        """A header; what is like one after the body is not heard (RFC 9110 §6.5.1)."""
        if self._incoming is not None:
            return
        self._size += len(name) + len(value)
        if len(self._headers) >= HEADERS or self._size > HEAD:
            self._stop(431)
        if b"\n" in value or b"\r" in value:  # folded (RFC 9112 §5.2)
            self._stop(400)
        self._headers.add(name, value)

    def on_headers_complete(self) -> None:
        """The request is known, all but its body."""
        parser = self._parser
        method = parser.get_method().decode("ascii")
        tunnel = method == "CONNECT"  # after it, nothing is sure to be HTTP (RFC 9110 §9.3.6)
        if parser.should_upgrade() and not tunnel:
            return  # it is read again
        exchange = Exchange(self, self._headers)
        exchange.method = method
        exchange.http_version = self._version()
        exchange.keep = self._framed() and parser.should_keep_alive() and not tunnel
        try:
            exchange.take(self._target)
        except (ValueError, HttpParserError):
            self._stop(400)
        exchange.weigh()
        self._fed = 0
        self._incoming = self._latest = exchange
        self._queue.append(exchange)

    def _version(self) -> str:
        """The version of HTTP that is spoken: the parser takes RTSP and ICE as well."""
        version = self._parser.get_http_version()
        line = b" %b HTTP/%b\r\n" % (self._target, version.encode())
        if version > "1.1":
            self._stop(505)
        if version not in _VERSIONS or (at := self._head.find(line)) < 0:
            self._stop(400)
        del self._head[: at + len(line)]
        return version

    def _framed(self) -> bool:
        """Whether it is beyond doubt where the body ends (RFC 9112 §6.1)."""
        said = self._headers.get("transfer-encoding")
        if said is None:
            return True
        codings = [coding.strip() for coding in said.lower().split(",") if coding.strip()]
        if len(codings) > 1 and codings[-1] == "chunked":  # the others are not undone
            self._stop(501)
        return self._parser.get_http_version() != "1.0"

    def on_body(self, piece: bytes) -> None:
        """Of its body."""
        if self._incoming is not None:
            self._fed -= len(piece) * (1 + _ENVELOPE[1])
            self._incoming.put(piece)

    def on_message_complete(self) -> None:
        """All of it has come."""
        if self._incoming is not None:
            self._incoming.end()
            self._deaf = not self._incoming.keep
        self._incoming = None
        self._fed = 0

    def _stop(self, status: int) -> NoReturn:
        self._wrong = status
        raise ValueError(status)

    def _feed(self, data: bytes) -> None:
        for start in range(0, len(data), _PIECE):
            if not self._deaf:
                self._take(data[start : start + _PIECE])
        if self._incoming is not None or len(self._queue) > _WAITING:
            self.breathe()

    def _take(self, data: bytes) -> None:
        self._fed += len(data)
        self._head += data
        before = self._latest
        try:
            self._parse(data)
        except HttpParserInvalidMethodError:
            first = self._latest is before
            self._break(501 if first and _METHOD.match(data) else 400)
        except HttpParserError:
            if not self._deaf:  # what follows the last request is not heard
                self._break(self._wrong or 400)
        else:
            if self._fed > _ENVELOPE[0]:
                self._weigh()
            if self._incoming is not None or self._fed <= 0:
                self._head.clear()

    def _parse(self, data: bytes) -> None:
        while data and not self._deaf:
            try:
                self._parser.feed_data(data)
            except HttpParserUpgrade as error:
                data = data[error.args[0] :]
                if not self._deaf:
                    self._read_again()
            else:
                return

    def _read_again(self) -> None:
        """Read a head once more, without its offer of another protocol.

        HTTP/1.1 goes on (RFC 9110 §7.8), and the request has the body that its head tells of. For
        the parser, what follows such an offer is none.
        """
        method, version = self._parser.get_method(), self._parser.get_http_version()
        headers = self._headers.items()
        kept = [f"{name}: {value}\r\n" for name, value in headers if name != "upgrade"]
        line = b"%b %b HTTP/%b\r\n" % (method, self._target, version.encode())
        self._parser = HttpRequestParser(self)
        self._parser.feed_data(line + "".join(kept).encode("latin-1") + b"\r\n")

    def _weigh(self) -> None:
        """Bear with so much of a head, and with so much around a body."""
        if self._incoming is not None:
            self._break(400)
        elif self._fed > HEAD:
            self._break(431)

    def _break(self, status: int) -> None:
        """What comes is no request: answer those before it, say so, and hear no more."""
        self._deaf, self._broken = True, status
        if (incoming := self._incoming) is not None:
            self._incoming = None
            if self._queue and self._queue[-1] is incoming:
                self._queue.pop()
            elif not incoming.done:
                incoming.leave()
                self._current = None

    # What becomes of requests.

    def _go_on(self) -> None:
        """Begin the next request, once the one before has its answer, and that was taken."""
        self._going = True
        while self._current is None and self._queue and not self._choked and not self.lost:
            self._current = self._queue.popleft()
            self.port.begin(self._current)
        self._going = False
        if self._current is None and not self._queue and not self.lost:
            if self._broken:
                self._refuse(self._broken)
            elif self.port.ending and self._incoming is None:
                self.end()
            elif self._paused:
                self.breathe()
            elif self._brief and self.port.offer is not None:
                self.port.offer(self)

    def answered(self, exchange: Exchange, *, keep: bool) -> None:
        """A request has its answer; ``keep`` the connection for another one."""
        self._current, self._brief = None, exchange.brief
        if not keep:
            self._deaf = True
            self._queue.clear()
            if exchange.complete or not self.port.bears(self):
                self.transport.close()
            else:
                self._linger()
        elif not self._going and (
            self._queue or self._broken or self._paused or self._brief or self.port.ending
        ):
            self.port.loop.call_soon(self._go_on)

    # A connection between two requests may be lent: another process reads what comes then, and
    # answers. It is still among those here, who may ask for it back.

    def lend(self, recall: Callable[[], object]) -> bool:
        """Hear nothing until :meth:`returned`; False if it is not at rest, or is lent already.

        Args:
            recall: asks for it back.
        """
        rests = not (self.lost or self.busy or self._deaf or self._paused or self._choked)
        nothing = not self._fed and self._incoming is None and self._recall is None
        transport = self.transport
        ends = self.port.ending or transport.is_closing()
        if not (rests and nothing) or ends or transport.get_write_buffer_size():
            return False
        transport.pause_reading()
        self._recall, self._unwanted = recall, False
        return True

    def left(self) -> None:
        """The client has left, who had it says."""
        self._recall = None
        self.transport.abort()

    def returned(self, data: bytes) -> None:
        """Hear again, and first of all what came meanwhile and was not answered."""
        self._recall = None
        if self.lost or self.transport.is_closing():
            return
        self.transport.resume_reading()
        if data:
            self.data_received(data)
        elif self._unwanted:
            self.port.loop.call_later(_LOOK, self.end)  # what waits to be read is answered first

    def breathe(self) -> None:
        """Read on, unless more has come already than is wanted."""
        full = len(self._queue) > _WAITING or (self._incoming is not None and self._incoming.full)
        if full != self._paused and not self.lost and not self.transport.is_closing():
            self._paused = full
            (self.transport.pause_reading if full else self.transport.resume_reading)()

    def _refuse(self, status: int) -> None:
        self._deaf, self._broken = True, 0
        self.port.refuse(Exchange(self, self._headers), status)

    def _linger(self) -> None:
        """Say that nothing more comes, and close when the client has heard it."""
        if self._paused:
            self._paused = False
            self.transport.resume_reading()
        if not self.transport.is_closing():
            self.transport.write_eof()
            self.port.loop.call_later(_LINGER, self.transport.close)

    @property
    def busy(self) -> bool:
        """Whether a request is being answered."""
        return self._current is not None or bool(self._queue)

    def soon(self, work: Callable[[], object]) -> None:
        """Have work done by the thread of the loop; for any other."""
        with suppress(RuntimeError):  # it has ended
            self.port.loop.call_soon_threadsafe(work)

    def end(self) -> None:
        """Close as soon as the client has read what it was sent, if nothing is under way."""
        if self.lost or self.busy:
            return
        if self._recall is not None:
            self._unwanted = True
            self._recall()
        elif owes(self.sock):
            self.port.loop.call_later(_LOOK, self.end)
        else:
            self.transport.close()

    def late(self) -> None:
        """No request has come in time: say so to who has begun one, and close."""
        if self._fed > 0 and not self.busy and not self._deaf:
            self._refuse(HTTPStatus.REQUEST_TIMEOUT)
        else:
            self.end()

    def cut(self) -> None:
        """Close, and have the kernel forget what the client has not taken."""
        if not self.lost:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
            if self._recall is not None:  # whoever has it hears of it by this alone
                with suppress(OSError), self.sock.dup() as shared:
                    shared.shutdown(socket.SHUT_RDWR)
            self.transport.abort()

    async def duplicate(self) -> socket.socket:
        """The connection once more, when the kernel has all that was written.

        Raises:
            ConnectionError: it has ended.
        """
        while self.transport.get_write_buffer_size() and not self.lost:
            await asyncio.sleep(0.01)
        if self.lost or self.transport.is_closing():
            raise ConnectionResetError
        return self.sock.dup()


def _encoded(data: bytes) -> bytes:
    """Bytes that a request begins with; what is UTF-8 in its target percent-encoded.

    Some clients leave that out (RFC 3986 §2.5), and the parser takes nothing but ASCII.
    """
    line, mark, rest = data.partition(b"\r\n")
    with suppress(UnicodeDecodeError):
        return as_uri(line.decode()).encode() + mark + rest
    return data


def _written(address: tuple[str, int] | None) -> str:
    """An end of a connection, with its port."""
    if not address:
        return ""
    host, port = address[:2]
    return f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
