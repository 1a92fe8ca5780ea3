"""What answers beside a web process: ``python -m parkgraph.web.helper PID ROOT NAME URL``.

Connections come in by the standard input, which is a socket; what is to be said of them goes out by
the standard output. It ends with the process PID, or when that has closed the socket.
"""

import asyncio
import gc
import json
import os
import socket
import sys
import time
from asyncio import AbstractEventLoop
from collections import Counter
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Final

import uvloop

from parkgraph.query import Budget
from parkgraph.query.confine import default_signals, die_with_parent
from parkgraph.query.protocol import hear
from parkgraph.release import open_release
from parkgraph.web.accesslog import AccessLog
from parkgraph.web.answering import pointed
from parkgraph.web.asked import PATHS, from_address
from parkgraph.web.direct import axes, document, plain
from parkgraph.web.http1 import SHORT, Connection, Exchange, Port
from parkgraph.web.kept import Cache, Repeat
from parkgraph.web.loans import Frame, Journal, Kind
from parkgraph.web.process import ACCESS_LOG, COLLECTED
from parkgraph.web.quick import repeated, simple
from parkgraph.web.repeats import SAFE, send, special
from parkgraph.web.request import Request
from parkgraph.web.site import Site, open_site
from parkgraph.web.watch import Watch
from parkgraph.web.wire import Variant
from parkgraph.web.wsgi import trusted

#: Bytes of answers that are kept.
_KEPT: Final = 16_000_000
#: Stands for a header that there is not: in none is such a character.
_NONE: Final = "\0"
#: Reports after which a connection that nothing came on is given back.
_QUIET: Final = 2


def main(parent: str, root: str, name: str, public_url: str) -> int:
    """Answer on connections of others, from a release, until there will be none."""
    default_signals()
    die_with_parent(int(parent))  # even where it cannot hear that it is not wanted any more
    with os.fdopen(os.dup(1), "wb") as out, socket.socket(fileno=os.dup(0)) as line:
        os.dup2(2, 1)  # whatever else is printed goes where faults are told
        site = open_site(open_release(Path(root), name), public_url)
        path = os.environ.get(ACCESS_LOG)
        watch = Watch(trusted(), AccessLog(path) if path else None)
        loop = uvloop.new_event_loop()
        helper = Helper(site, watch, line, out, loop)
        gc.freeze()
        gc.set_threshold(*COLLECTED)
        with suppress(BrokenPipeError):  # the web process has ended
            loop.run_until_complete(helper.run())
        if watch.log:
            watch.log.close()
    return 0


class Helper:
    """Answers what it can on the connections that it has, and gives back those where it cannot."""

    def __init__(
        self, site: Site, watch: Watch, line: socket.socket, out: BinaryIO, loop: AbstractEventLoop
    ) -> None:
        self._site, self._watch, self._line, self._out = site, watch, line, out
        self._loop = loop
        self._port = Port(_unasked, _unasked, {}, sys.maxsize, loop)
        self._repeats: Cache[tuple[str, str, Variant], Repeat] = Cache(_KEPT)
        self._have: dict[int, Borrowed] = {}
        self._taking: set[asyncio.Task[object]] = set()
        self._answered = self._points = 0
        self._ended = loop.create_future()
        self._before: Counter[str] = Counter()
        self._cpu = self._told = 0.0
        self._ending = False

    async def run(self) -> None:
        """Say hello, answer, and give all back at the end."""
        budget, files = hear(self._line) or ({}, [])
        if not files:
            return
        self._budget, self._journal = Budget(**budget), Journal(files[0])
        os.close(files[0])
        self._line.setblocking(False)
        self._loop.add_reader(self._line.fileno(), self._hear)
        self._told, self._cpu = time.perf_counter(), time.process_time()
        self._say(Frame(Kind.HELLO))
        await self._ended
        self._report()

    def _hear(self) -> None:
        """What the web process says: all that has come."""
        while True:
            try:
                heard = hear(self._line)
            except BlockingIOError:
                return
            except ConnectionError:
                heard = None
            if heard is None:
                self._loop.remove_reader(self._line.fileno())
                self._leave()
                return
            self._obey(*heard)

    def _obey(self, said: dict[str, int], files: list[int]) -> None:
        if "lend" in said and files:
            self._take(said["lend"], socket.socket(fileno=files[0]))
        elif "lend" in said:  # there are too many open files
            self._say(Frame(Kind.BACK, said["lend"]))
        elif "back" in said and (one := self._have.get(said["back"])):
            one.leave()
        elif "tell" in said:
            self._report()
        elif "end" in said:
            self._leave()

    def _take(self, number: int, client: socket.socket) -> None:
        self._have[number] = one = Borrowed(self._port, self, number)
        took = self._loop.create_task(self._connect(one, client))
        self._taking.add(took)
        took.add_done_callback(self._taking.discard)

    async def _connect(self, one: "Borrowed", client: socket.socket) -> None:
        try:
            await self._loop.connect_accepted_socket(lambda: one, client)
        except OSError:  # its client has left meanwhile
            client.close()
            self.went(one)

    def _leave(self) -> None:
        """End once all that there is was given back."""
        self._ending = True
        for one in list(self._have.values()):
            one.leave()
        self._end()

    def _end(self) -> None:
        if not self._have and not self._ended.done():
            self._ended.set_result(None)

    # What becomes of connections.

    def took(self, number: int, data: bytes) -> None:
        """Bytes were read: whoever comes after this process must know."""
        if len(data) < SHORT:
            self._journal.hold(number, data)
        else:
            self._journal.answering(number)  # too much to be held: it is given back at once

    def answer(self, number: int, exchange: Exchange) -> bool:
        """Answer a request; False if the web process is to do it."""
        began, request = time.perf_counter(), Request(exchange)
        if (headers := request.headers).noted is None:
            headers.noted = _accepted(request)
        if not headers.noted or request.method not in SAFE or request.crooked():
            return False
        key = request.path, request.query, headers.noted
        found = self._repeats.get(key)
        request.repeat = found is not None
        if found is None:
            found = self._made(request)
            if found is None:
                return False
            self._repeats.put(key, found, 0)
        self._journal.answering(number)
        self._watch.begin()
        self._answered += 1
        self._watch.end(began, request, send(found, request), self._site.manifest.name)
        return True

    def _made(self, request: Request) -> Repeat | None:
        """An answer that nobody asked for before; None if the web process is to make it."""
        make = self._looked_up if request.path in PATHS else self._described
        with suppress(Exception):  # the web process meets it again, and says what is wrong
            return make(request)
        return None

    def _looked_up(self, request: Request) -> Repeat | None:
        asked = simple(from_address(request.query.encode("latin-1")), request)
        found = pointed(asked.query, self._site, self._budget) if asked else None
        self._points += found is not None
        return repeated(found, asked, request) if asked and found else None

    def _described(self, request: Request) -> Repeat | None:
        asked = plain(request)
        if asked is None or asked.release is not None:
            return None
        return document(asked.path, axes(request), self._site)

    def sent(self, number: int) -> None:
        """The kernel has all of an answer."""
        self._journal.clear(number)

    def give_back(self, number: int, data: bytes) -> None:
        """A connection is for the web process again, and what came on it."""
        self._say(Frame(Kind.BACK, number, data))
        self._forget(number)

    def went(self, one: "Borrowed") -> None:
        """A client has left, unless its connection was given back: its number is another's then."""
        if self._have.get(one.number) is one:
            self._say(Frame(Kind.GONE, one.number))
            self._forget(one.number)

    def _forget(self, number: int) -> None:
        self._journal.clear(number)
        del self._have[number]
        if self._ending:
            self._end()

    def _say(self, frame: Frame) -> None:
        self._out.write(frame.packed)
        self._out.flush()

    def _report(self) -> None:
        """Tell what was done since the last time, and give back what was not used for a while."""
        now, cpu = time.perf_counter(), time.process_time()
        caches = {"hits repeats": self._repeats.hits, "misses repeats": self._repeats.misses}
        dropped = self._watch.log.dropped if self._watch.log else 0
        own = {"helpers answered": self._answered, "queries looked-up": self._points}
        counts = Counter({**own, **caches, "log dropped": dropped})
        said = {
            "rows": self._watch.traffic.drain(),
            "counts": counts - self._before,
            "active": sum(not one.quiet for one in self._have.values()),
            "load": (cpu - self._cpu) / max(now - self._told, 1e-9),
        }
        self._told, self._cpu, self._before = now, cpu, counts
        self._say(Frame(Kind.REPORT, data=json.dumps(said).encode()))
        for one in list(self._have.values()):
            one.quiet += 1
            if one.quiet > _QUIET:
                one.leave()


class Borrowed(Connection):
    """A connection of the web process, while this one has it: between requests, or answering.

    Attributes:
        number: what both call it.
        quiet: how many reports were made since a request came on it.
    """

    __slots__ = ("_after", "_gone", "_helper", "_leaves", "number", "quiet")

    def __init__(self, port: Port, helper: Helper, number: int) -> None:
        super().__init__(port)
        self._helper: Final = helper
        self.number: Final = number
        self._leaves = self._gone = False
        self._after = b""  # what came before the last answer had gone out
        self.quiet = 0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """It is here."""
        super().connection_made(transport)
        self.transport.set_write_buffer_limits(high=0)  # when all has gone out is told
        self._rest()

    def connection_lost(self, error: Exception | None) -> None:
        """The client has left, or it was given back."""
        super().connection_lost(error)
        self._helper.went(self)

    def data_received(self, data: bytes) -> None:
        """Answer a request that has come, or give the connection back for it."""
        self.quiet = 0
        if self._choked:
            self._after += data
            self.transport.pause_reading()
            return
        self._helper.took(self.number, data)
        exchange = self._read(data)
        if exchange is None or not self._helper.answer(self.number, exchange):
            self._give_back(data)
        elif not self._choked:  # the kernel has all of it already
            self._helper.sent(self.number)

    def _read(self, data: bytes) -> Exchange | None:
        """The one request that came, if it is an ordinary one without a body."""
        if len(data) >= SHORT:
            return None
        if (exchange := self.known(data)) is None:
            self.learn(data)
            exchange = self.known(data)
        return exchange

    def answered(self, exchange: Exchange, *, keep: bool) -> None:
        """There is its answer; that it has gone out is told next."""

    def resume_writing(self) -> None:
        """It has gone out."""
        self._choked = False
        self._helper.sent(self.number)
        self._rest()

    def leave(self) -> None:
        """Give it back as soon as it is at rest."""
        self._leaves = True
        if hasattr(self, "transport"):
            self._rest()

    def _rest(self) -> None:
        if self._choked or self._gone:
            return
        data, self._after = self._after, b""
        if self._leaves:
            self._give_back(data)
        elif data:
            self.transport.resume_reading()
            self.data_received(data)

    def _give_back(self, data: bytes) -> None:
        self._gone = True
        self.transport.pause_reading()
        self._helper.give_back(self.number, data)
        self.transport.close()


def _accepted(request: Request) -> Variant:
    """What the headers say of an answer that is wanted; nothing if it is for the web process."""
    if special(request.headers):
        return ()
    return tuple(_NONE if said is None else said for said in axes(request))


def _unasked(*_: object) -> None:
    """Nobody asks for that here."""


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
