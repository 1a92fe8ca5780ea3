"""Connections lent to helpers, where there are cores for that.

What a web process answers by itself is Python from the first line to the last, and a process runs
one thread of that. So where it has its hands full, helpers (:mod:`parkgraph.web.helper`) answer
too: each opens the release for itself, and has some of the connections for as long as documents and
point queries are asked for on them. It gives a connection back for all else, with what came. The
web process looks after all of them, asks queries, and tells what was done. Helpers hold no graph,
and end with the release, or with the web process.
"""

import asyncio
import json
import os
import socket
import sys
import time
from asyncio import AbstractEventLoop
from collections import Counter, deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from functools import partial
from typing import Any, Final, NamedTuple, cast

from parkgraph.query import Budget
from parkgraph.query.protocol import tell
from parkgraph.web.http1 import Connection
from parkgraph.web.loans import SLOTS, Frame, Held, Journal, Kind, frames
from parkgraph.web.site import Site
from parkgraph.web.tcp import taken
from parkgraph.web.traffic import Traffic

#: Seconds between two looks at how busy this process is, and the part of them that it is busy for
#: before others are to help. The cores have other things to do as well.
_LOOK: Final = 0.02
_BUSY: Final = 0.4
#: Seconds between two reports of a helper, and within which it answers, or is ended.
_BEAT: Final = 0.5
_LATE: Final = 1.0
#: Reports after which a helper that has nothing ends: five minutes, for crowds come in waves.
IDLE: Final = 600
#: Seconds within which a process that was started says hello.
_START: Final = 30.0
#: Seconds after the end of a process until another is started: it may end at once, too.
PAUSE: Final = 5.0
#: Brief answers that a connection has here once it was given back with a request, at first and at
#: most: twice as many each time that it was away for less than so many seconds. The way to a helper
#: and back takes as long as several of them.
_STAY: Final = 8
_LONGEST: Final = 4096
_BRIEFLY: Final = 0.25


def _nothing() -> None:
    """Nobody waits to be told."""


@dataclass(slots=True)
class Account:
    """What helpers did: the requests that they answered, and what else is counted.

    Attributes:
        told: done when one has told, twice a second: all that comes may come to them.
    """

    told: Callable[[], None] = _nothing
    traffic: Traffic = field(default_factory=Traffic)
    counts: Counter[tuple[str, str]] = field(default_factory=Counter)


class Lending:
    """Lends the connections of a web process to the helpers of a release.

    They are started once there is work for them. For the thread of the loop, but for :meth:`renew`
    and :meth:`end`.

    Args:
        site: what they answer from.
        budget: what a query may use.
        most: how many helpers.
        loop: the loop of the connections.
        account: takes up what they did.
    """

    def __init__(
        self, site: Site, budget: Budget, most: int, loop: AbstractEventLoop, account: Account
    ) -> None:
        folder = site.release.folder
        arguments = str(os.getpid()), str(folder.parent), folder.name, site.public_url
        self._command = (sys.executable, "-P", "-m", "parkgraph.web.helper", *arguments)
        self._budget, self._most, self._loop = budget, most, loop
        self._account = account
        self._begun: set[_Helper] = set()
        self._starting: asyncio.Task[None] | None = None
        self._again = self._next = self._began = self._cpu = 0.0
        self._busy = False
        self._window = self._active = self._own = 0

    @property
    def running(self) -> int:
        """How many helpers there are."""
        return len(self._begun)

    @property
    def lent(self) -> int:
        """How many connections they have; for any thread, as :attr:`running` is."""
        return sum(map(len, [*self._begun]))

    def offer(self, connection: Connection) -> None:
        """Lend a connection that had a brief answer, and is at rest soon, if that is of use."""
        now = self._loop.time()
        if now >= self._next:
            self._look(now)
        if connection.seen != self._window:
            connection.seen = self._window
            self._active += 1
        if not self._busy:
            return
        if self._own > 1 and now >= self._again and all(map(len, self._begun)):
            self._begin()
        if connection.stays > 0:
            connection.stays -= 1
        elif self._spare() is not None:
            self._loop.call_soon(self._lend, connection)

    async def settle(self) -> None:
        """Have the helpers tell what they did, for as long as they may take for that."""
        waits = [asyncio.shield(one.told()) for one in self._begun if one.ready]
        if waits:
            await asyncio.wait(waits, timeout=_LATE)

    async def left(self) -> None:
        """Have all end, and wait until they have, for as long as they may take for that."""
        self._most = 0
        self._cut()
        if there := [one.over for one in self._begun]:
            await asyncio.wait(there, timeout=2 * _LATE)

    def renew(self) -> None:
        """Let those end that there are: what they have read may be wrong."""
        with suppress(RuntimeError):  # the loop has ended, and they with it
            self._loop.call_soon_threadsafe(self._cut)

    def end(self) -> None:
        """Let all end, and start none any more."""
        self._most = 0
        self.renew()

    def _look(self, now: float) -> None:
        """Note how busy this process was, and with how many connections."""
        cpu = time.process_time()
        self._busy = cpu - self._cpu > _BUSY * (now - self._began)
        self._own, self._active = self._active, 0
        self._cpu, self._began, self._next = cpu, now, now + _LOOK
        self._window += 1

    def _spare(self) -> "_Helper | None":
        """The helper that has less to do than this process; None if there is none."""
        one = min((one for one in self._begun if one.ready), key=len, default=None)
        return one if one is not None and len(one) + 1 < self._own else None

    def _lend(self, connection: Connection) -> None:
        one = self._spare()
        if one is not None and one.lend(connection):
            self._own -= 1

    def _balance(self, one: "_Helper", active: int, load: float) -> None:
        """Have a helper give back connections that this process has more time for."""
        resting = self._loop.time() > self._next + _LOOK
        own = 0 if resting else max(self._own, self._active)
        if load > _BUSY and not (self._busy and own) and active > own + 1:
            one.recall((active - own) // 2)

    def _reported(self, one: "_Helper", said: dict[str, Any]) -> None:
        self._account.traffic.take(said["rows"])
        for name, number in said["counts"].items():
            what, sort = name.split(" ")
            self._account.counts[what, sort] += number
        self._account.told()
        self._balance(one, said["active"], said["load"])

    def _cut(self) -> None:
        for one in self._begun:
            one.end()

    def _begin(self) -> None:
        """Start one more, if there may be, and each that was begun is there."""
        if len(self._begun) < self._most and all(one.ready for one in self._begun):
            one = _Helper(self._loop, self._reported, self._lose)
            self._begun.add(one)
            self._starting = self._loop.create_task(self._start(one))

    async def _start(self, one: "_Helper") -> None:
        if one.unwanted:  # it was told to end before
            self._lose(one)
            return
        try:
            with one.line(asdict(self._budget)) as theirs:
                await self._loop.subprocess_exec(
                    lambda: one,
                    *self._command,
                    stdin=theirs.fileno(),
                    stderr=None,
                    start_new_session=True,
                )
        except OSError:  # none is to be had just now
            one.connection_lost(None)

    def _lose(self, one: "_Helper") -> None:
        self._begun.discard(one)
        if not one.unwanted:
            self._again = self._loop.time() + PAUSE


class _Loan(NamedTuple):
    """A connection that is lent: bytes that had been read from it before, and since when."""

    connection: Connection
    taken: int
    since: float

    def left(self, held: Held) -> bytes | None:
        """What a helper that has ended leaves unanswered; None if nobody can tell."""
        with suppress(OSError):  # it may be gone
            if self.taken + held.taken == taken(self.connection.sock):
                return held.request
        return None


class _Helper(asyncio.SubprocessProtocol):
    """One process, until it has had nothing for a while; as long as what it has.

    Attributes:
        over: done when it has ended.
        unwanted: whether nothing is to be lent to it any more.
    """

    def __init__(
        self,
        loop: AbstractEventLoop,
        reported: Callable[["_Helper", dict[str, Any]], None],
        lost: Callable[["_Helper"], None],
    ) -> None:
        self._loop, self._reported, self._lost = loop, reported, lost
        self.over: Final = loop.create_future()
        self._free = list(range(SLOTS))
        self._lent: dict[int, _Loan] = {}
        self._held = bytearray()
        self._asked: deque[asyncio.Future[None]] = deque()
        self._timer: asyncio.TimerHandle | None = None
        self._line: socket.socket | None = None
        self._idle = 0
        self._greeted = False
        self.unwanted = False

    def __len__(self) -> int:
        return len(self._lent)

    @property
    def ready(self) -> bool:
        """Whether connections can be lent to it."""
        return self._greeted and not self.unwanted

    def line(self, budget: dict[str, Any]) -> socket.socket:
        """What it is to have for its standard input; what it needs to know waits there."""
        file = os.memfd_create("journal")
        try:
            os.truncate(file, Journal.SIZE)
            self._journal = Journal(file)
            self._line, theirs = socket.socketpair(type=socket.SOCK_SEQPACKET)
            self._line.setblocking(False)
            tell(self._line, budget, [file])
        finally:
            os.close(file)
        return theirs

    def lend(self, connection: Connection) -> bool:
        """Lend it a connection; False if that is not at rest, or has been given too many."""
        if not (self.ready and self._free):
            return False
        number = self._free[-1]
        if not connection.lend(partial(self._say, back=number)):
            return False
        self._journal.begin(number)
        with suppress(OSError):  # it may be gone
            loan = _Loan(connection, taken(connection.sock), self._loop.time())
            if self._say(lend=number, file=connection.sock.fileno()):
                self._lent[self._free.pop()] = loan
                return True
        connection.returned(b"")
        return False

    def recall(self, number: int) -> None:
        """Have so many connections given back."""
        for one in list(self._lent)[:number]:
            self._say(back=one)

    def told(self) -> asyncio.Future[None]:
        """Done when it has told what it did until now, or has ended; it is ended if it does not."""
        told = self._loop.create_future()
        if self._say(tell=1):
            self._asked.append(told)
        else:
            told.set_result(None)
        self._wait(_LATE)
        return told

    def end(self) -> None:
        """Lend nothing more: it gives back what it has, and ends."""
        self.unwanted = True
        self._say(end=1)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """It was started."""
        self._process = cast("asyncio.SubprocessTransport", transport)
        self._wait(_START)

    def pipe_data_received(self, fd: int, data: bytes) -> None:  # noqa: ARG002  # there is one
        """It says something."""
        self._held += data
        for frame in frames(self._held):
            self._hear(frame)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  # asyncio's name
        """It has ended: what it had is here again, with what it had not begun to answer."""
        self._hush()
        while self._asked:
            self._asked.popleft().set_result(None)
        while self._lent:
            number, loan = self._lent.popitem()
            if (request := loan.left(self._journal.held(number))) is None:
                loan.connection.cut()
            else:
                loan.connection.returned(request)
        if self._line is not None:
            self._line.close()
            self._journal.close()
        self.over.set_result(None)
        self._lost(self)
        self.unwanted = True

    def _hear(self, frame: Frame) -> None:
        match frame.kind:
            case Kind.HELLO:
                self._greeted = True
                self._hush()
                self._beat()
            case Kind.REPORT:
                self._hush()
                self._reported(self, json.loads(frame.data))
                if self._asked:
                    self._asked.popleft().set_result(None)
                if self._asked:
                    self._wait(_LATE)
            case Kind.BACK:
                self._returned(self._back(frame.number), frame.data)
            case Kind.GONE:
                self._back(frame.number).connection.left()

    def _back(self, number: int) -> _Loan:
        self._free.append(number)
        return self._lent.pop(number)

    def _returned(self, loan: _Loan, data: bytes) -> None:
        connection = loan.connection
        if data:
            again = connection.stay and self._loop.time() - loan.since < _BRIEFLY
            connection.stay = min(2 * connection.stay, _LONGEST) if again else _STAY
            connection.stays = connection.stay
        connection.returned(data)

    def _beat(self) -> None:
        if not self._process.is_closing():
            self._idle = 0 if self._lent else self._idle + 1
            if self.unwanted or self._idle > IDLE:
                self.end()  # once more, for it may have missed that
            self.told()
            self._loop.call_later(_BEAT, self._beat)

    def _wait(self, seconds: float) -> None:
        """Kill it unless it says something within so many seconds."""
        if self._timer is None:
            self._timer = self._loop.call_later(seconds, self._kill)

    def _hush(self) -> None:
        """It has said what was waited for."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _kill(self) -> None:
        if self._process.get_returncode() is None:
            self._process.kill()

    def _say(self, *, file: int = -1, **said: int) -> bool:
        """Send a message; False if it does not take any just now."""
        if self._line is None:  # it is about to be started
            return False
        try:
            tell(self._line, said, [file] if file >= 0 else [])
        except OSError:
            return False
        return True
