"""Documents made by other processes, where there are cores for that.

A document is Python from its first line to its last, and a process runs one thread of that. So
where more are asked for at once than one process can make, others make them too: each opens the
release for itself (:mod:`parkgraph.web.renderer`), and gives back the bytes and the headers that
this process would have made. They hold no graph, speak to nobody but the web process that started
them, and end with it.
"""

import asyncio
import os
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import suppress
from struct import Struct
from typing import Final, TypeAlias, cast

from parkgraph.release import Release
from parkgraph.variants import Axes
from parkgraph.web.brief import Brief
from parkgraph.web.kept import Repeat

#: Documents that a process is asked for before it has answered: the next one is there when it is
#: ready for it, and none waits long.
_DEPTH: Final = 8
#: Seconds of work of which a process has enough: a round of the loop takes about as long, and then
#: it gets more.
_AHEAD: Final = 0.001
#: The weight of the newest figure in an average.
_NEW: Final = 0.1
#: Documents that wait until somebody is free to make them, at most.
_WAITING: Final = 64
#: Seconds within which a document is made, or by this process, and in which one ends by itself.
_LATE: Final = 1.0
#: Seconds within which a process that was started says hello.
_START: Final = 30.0
#: Seconds after the end of a process until another is started: it may end at once, too.
PAUSE: Final = 5.0
#: Seconds after a document in which the next one is thought to come at the same time.
_TOGETHER: Final = 0.01

#: Bytes of a question.
_QUESTION: Final = Struct("<I")
#: Bytes of what is said of a document, and of its body; none of either where there is none.
_ANSWER: Final = Struct("<II")

#: Stands for a header that there is not: in none is such a character.
_NONE: Final = "\0"

#: A document that somebody makes, or None.
Coming: TypeAlias = asyncio.Future[Repeat | None]
#: Makes a document in this process.
Own: TypeAlias = Callable[[str, Axes], Repeat | None]


def pack_question(path: str, axes: Axes) -> bytes:
    """The frame that asks for the document of ``path``."""
    text = "\n".join((path, *(_NONE if said is None else said for said in axes))).encode()
    return _QUESTION.pack(len(text)) + text


def unpack_questions(held: bytearray) -> Iterator[tuple[str, Axes]]:
    """What is asked by frames that have come in whole; they are taken from ``held``."""
    while len(held) >= _QUESTION.size:
        end = _QUESTION.size + _QUESTION.unpack_from(held)[0]
        if len(held) < end:
            return
        path, *axes = bytes(held[_QUESTION.size : end]).decode().split("\n")
        del held[:end]
        yield path, cast("Axes", tuple(None if said == _NONE else said for said in axes))


def pack_answer(made: Repeat | None) -> bytes:
    """The frame that gives a document."""
    if made is None:
        return _ANSWER.pack(0, 0)
    # No line of a head holds the end of one (RFC 9110 §5.5).
    said = b"%b\n%b\n%b" % (made.route.encode(), made.etag.encode(), made.head)
    return b"".join((_ANSWER.pack(len(said), len(made.body)), said, made.body))


def unpack_answers(held: bytearray) -> Iterator[Repeat | None]:
    """The documents that have come in whole; they are taken from ``held``."""
    while len(held) >= _ANSWER.size:
        said, size = _ANSWER.unpack_from(held)
        body = _ANSWER.size + said
        if len(held) < body + size:
            return
        made = None
        if said:
            route, etag, head = bytes(held[_ANSWER.size : body]).split(b"\n", 2)
            made = Repeat(route.decode(), etag.decode(), head, bytes(held[body : body + size]))
        del held[: body + size]
        yield made


class Renderers:
    """The processes that make documents of a release; they are started once there is work for them.

    What finds none of them free waits for the first that is. This process is one of those who take
    from there: one document in a round of its loop, for it has other things to do; none for as long
    as documents take too long for that.

    For the thread of the loop, but for :meth:`renew` and :meth:`end`.

    Args:
        release: what the documents are of.
        public_url: where clients reach the server.
        most: how many processes.
        loop: where answers come in.

    Attributes:
        asked: how many documents they were asked for.
    """

    def __init__(
        self, release: Release, public_url: str, most: int, loop: asyncio.AbstractEventLoop
    ) -> None:
        arguments = str(os.getpid()), str(release.folder.parent), release.folder.name, public_url
        self._command = (sys.executable, "-P", "-m", "parkgraph.web.renderer", *arguments)
        self._most, self._loop = most, loop
        self._begun: set[_Renderer] = set()
        self._waiting: deque[tuple[str, Axes, Own, Coming]] = deque()
        self._making = False
        self._starting: asyncio.Task[None] | None = None
        self._again = self._last = 0.0
        self.asked = 0

    @property
    def running(self) -> int:
        """How many processes there are."""
        return len(self._begun)

    def document(self, path: str, axes: Axes, own: Own, brief: Brief) -> Coming | None:
        """A document to come, or None if there is none; None at once if nobody else can make it.

        Whoever gets none makes it, or finds out why there is none. Where nothing else was asked for
        just now that is sooner, too.

        Args:
            path: of the thing, below ``/doc/``.
            axes: what the client accepts.
            own: makes it here.
            brief: what room this process has for that.
        """
        now = self._loop.time()
        alone, self._last = now - self._last > _TOGETHER, now
        if brief.crowded and now >= self._again:
            self._begin()
        there = [] if alone else [one for one in self._begun if one.ready]
        one = min(there, key=len, default=None)
        most = 0 if brief.slow else _WAITING
        if one is None or (len(one) >= _DEPTH and len(self._waiting) >= most):
            return None
        coming: Coming = self._loop.create_future()
        self._waiting.append((path, axes, own, coming))
        self._give(one)
        self._go_on(brief)
        return coming

    def renew(self) -> None:
        """Let those end that there are: what they have read may be wrong."""
        with suppress(RuntimeError):  # the loop has ended, and they with it
            self._loop.call_soon_threadsafe(self._cut)

    def end(self) -> None:
        """Let all end, and start none any more."""
        self._most = 0
        self.renew()

    def _give(self, one: "_Renderer") -> None:
        """Have a process make what waits, as far as it has room; the last one not if it has enough.

        That one is for this process, which would have nothing to do otherwise.
        """
        while self._waiting and len(one) < _DEPTH:
            if len(self._waiting) == 1 and one.backlog > _AHEAD:
                break
            path, axes, _, coming = self._waiting.popleft()
            if not coming.done():
                self.asked += 1
                one.ask(pack_question(path, axes), coming)

    def _go_on(self, brief: Brief) -> None:
        """Make what waits here too, from the next round of the loop on."""
        if self._waiting and not self._making:
            self._making = True
            self._loop.call_soon(self._make, brief)

    def _make(self, brief: Brief) -> None:
        """Make one of what waits, or let threads make it if that may take long."""
        self._making = False
        while self._waiting:
            path, axes, own, coming = self._waiting.popleft()
            if brief.slow:
                _settle(coming, None)
            elif not coming.done():
                coming.set_result(brief.do(own, path, axes))
                break
        self._go_on(brief)

    def _cut(self) -> None:
        for one in self._begun:
            one.cut()

    def _begin(self) -> None:
        """Start one more, if there may be, and each that was begun is there."""
        if len(self._begun) < self._most and all(one.ready for one in self._begun):
            one = _Renderer(self._loop, self._give, self._lose)
            self._begun.add(one)
            self._starting = self._loop.create_task(self._start(one))

    async def _start(self, one: "_Renderer") -> None:
        try:
            await self._loop.subprocess_exec(
                lambda: one, *self._command, stderr=None, start_new_session=True
            )
        except OSError:  # none is to be had just now
            self._lose(one)

    def _lose(self, one: "_Renderer") -> None:
        self._begun.discard(one)
        self._again = self._loop.time() + PAUSE


class _Renderer(asyncio.SubprocessProtocol):
    """One process; as long as what it has been asked and has not answered."""

    def __init__(
        self,
        loop: asyncio.AbstractEventLoop,
        free: Callable[["_Renderer"], object],
        gone: Callable[["_Renderer"], object],
    ) -> None:
        self._loop, self._free, self._gone = loop, free, gone
        self._waits: deque[Coming] = deque()
        self._since = self._pace = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._held = bytearray()
        self._pipe: asyncio.WriteTransport | None = None
        self._greeted = self._unwanted = False

    def __len__(self) -> int:
        return len(self._waits)

    @property
    def backlog(self) -> float:
        """Seconds that what it was asked for will take, about."""
        return len(self._waits) * self._pace

    @property
    def ready(self) -> bool:
        """Whether it can be asked; it says so with a first, empty answer."""
        there = self._pipe is not None and not self._pipe.is_closing()
        return there and self._greeted and not self._unwanted

    def ask(self, question: bytes, coming: Coming) -> None:
        """Send a question; its answer is None if there is none."""
        if not self._waits:
            self._since = time.perf_counter()
        self._waits.append(coming)
        if self._timer is None:  # one for many questions
            self._timer = self._loop.call_later(_LATE, self._look)
        if self._pipe is not None:  # closed: nobody is told yet that it has ended
            with suppress(RuntimeError):
                self._pipe.write(question)

    def cut(self) -> None:
        """Ask no more: it ends by itself, or is made to. Whoever waits has no document from it."""
        self._unwanted = True
        if self._pipe is not None and not self._pipe.is_closing():
            self._pipe.close()
            self._loop.call_later(_LATE, self._kill)
        while self._waits:
            _settle(self._waits.popleft(), None)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """It was started."""
        self._process = cast("asyncio.SubprocessTransport", transport)
        self._pipe = cast("asyncio.WriteTransport", self._process.get_pipe_transport(0))
        if self._unwanted:
            self.cut()
        else:
            self._loop.call_later(_START, self._greet)

    def pipe_data_received(self, fd: int, data: bytes) -> None:  # noqa: ARG002  # there is one
        """Documents, or parts of them, have come in."""
        self._held += data
        before = len(self._waits)
        for made in unpack_answers(self._held):
            if not self._greeted:
                self._greeted = True
            elif self._waits:
                _settle(self._waits.popleft(), made)
        if answers := before - len(self._waits):
            now = time.perf_counter()
            self._pace += _NEW * ((now - self._since) / answers - self._pace)
            self._since = now
        if self.ready:
            self._free(self)

    def pipe_connection_lost(self, fd: int, exc: Exception | None) -> None:  # noqa: ARG002  # asyncio's
        """It has ended, or is about to."""
        self.cut()

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  # asyncio's name
        """It has ended."""
        self.cut()
        if self._timer is not None:
            self._timer.cancel()
        self._gone(self)

    def _look(self) -> None:
        """End it if it has been at one document for too long."""
        self._timer = None
        if not self._waits:
            return
        left = self._since + _LATE - time.perf_counter()
        if left > 0:
            self._timer = self._loop.call_later(left, self._look)
        else:
            self.cut()
            self._kill()

    def _greet(self) -> None:
        """End it if it has not said hello by now: no other one is started before."""
        if not self._greeted:
            self.cut()
            self._kill()

    def _kill(self) -> None:
        if self._process.get_returncode() is None:
            self._process.kill()


def _settle(waits: Coming, made: Repeat | None) -> None:
    if not waits.done():
        waits.set_result(made)
