"""A worker as the event loop has it: a line that questions go out on and answers come in by."""

import asyncio
import os
import signal
import socket
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from typing import Final, TypeAlias

from parkgraph.query.later import Later
from parkgraph.query.protocol import Gone, Incoming, Reply, begun_by, tell
from parkgraph.query.setup import Phase
from parkgraph.query.values import Budget, Failure, Kind, SpoolFile, failure

_Answer: TypeAlias = "asyncio.Future[Reply]"

#: Questions that a worker may have at once.
DEPTH: Final = 4
#: Seconds within which a question is begun, or not at all by this worker; for as long as that a
#: worker with a question is likely to have it answered soon.
WITHIN: Final = 0.004
#: Seconds after which a question that is not begun is asked elsewhere. It is longer, so that both
#: sides agree: what the worker skips, and what is asked again.
_OVERDUE: Final = 0.01

#: What taking an answer apart may raise where it is none.
_NONSENSE: Final = (Gone, LookupError, TypeError, ValueError)


@dataclass(frozen=True, slots=True)
class Ended:
    """How a worker ended.

    Attributes:
        refused: whether it was refused memory.
        lost: whether its parent ended too, so that nobody can tell.
        abandoned: whether it was given up as stuck.
    """

    signal: int = 0
    status: int = 0
    phase: Phase = Phase.IDLE
    refused: bool = False
    lost: bool = False
    abandoned: bool = False

    @property
    def idle(self) -> bool:
        """Whether it had no question, or had answered it."""
        return self.phase is Phase.IDLE and not self.lost

    @property
    def reason(self) -> Kind:
        """What the question that it had is to be told."""
        if self.lost:
            return "busy"
        if self.abandoned or self.signal == signal.SIGALRM:
            return "time"
        # SIGKILL comes from a kernel out of memory; our own is sent to those that are stuck.
        if self.refused or self.signal == signal.SIGKILL:
            return "memory"
        return "crash"

    def failure(self, budget: Budget, seconds: float) -> Failure:
        """Why there is no answer."""
        match self.reason:
            case "busy":
                return failure(
                    "busy", "the query processes are being restarted", advice="ask again"
                )
            case "time":
                return failure(
                    "time",
                    f"took longer than {seconds:g} s",
                    advice="ask for less: LIMIT, or patterns that select more",
                )
            case "memory":
                return failure(
                    "memory",
                    f"needed more than {budget.memory // 2**20:,} MiB of memory",
                    advice="sort, group or join less at once; a download may serve better",
                )
            case _:
                part = "parser" if self.phase is Phase.PARSING else "evaluation"
                return failure(
                    "crash",
                    f"the query text crashed the {part}",
                    advice="it is too deep: split long chains of operators, unions or paths",
                )


class Unasked(Exception):  # noqa: N818  # nothing went wrong: another worker is to have it
    """A question was never begun by the worker that it was sent to."""


class Worker(asyncio.Protocol):
    """A line to a worker, which answers its questions one after the other.

    Further questions may be sent before the first is answered. A process that finds its next
    question waiting is not put to sleep and woken for it, which costs more than to answer it. None
    waits long: what has not been begun within :data:`WITHIN` is skipped, and asked elsewhere.

    All methods are for the thread of the loop that it is attached to. The line is a transport of
    that loop, so bytes go out and come in without a detour through Python's sockets, each of whose
    calls would offer the interpreter to other threads.

    Attributes:
        number: what its parent calls it.
        ended: how it ended, once that is known.
        abandoned: whether it was given up.
        unwanted: whether that was because nobody waited for its answer any more.
        closed: whether there is nobody to be asked any more.
        dropped: told an answer that nobody waits for, or that a question was skipped.
    """

    def __init__(
        self, number: int, files: Sequence[int], control: socket.socket, late: float
    ) -> None:
        self.number = number
        self.ended: Ended | None = None
        self.abandoned = False
        self.unwanted = False
        self.dropped: Callable[[Worker, Reply], object] = _nothing
        line, *spools = files
        self._spools = deque(spools)
        self._line = socket.socket(fileno=line)
        self._line.setblocking(False)
        self._control, self._late = control, late
        self._incoming = Incoming()
        self._answers: deque[_Answer] = deque()
        self._since = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._transport: asyncio.WriteTransport | None = None
        self._connecting: asyncio.Task[None] | None = None
        self._early = b""
        self.closed = False

    @property
    def asked(self) -> int:
        """How many questions it has."""
        return len(self._answers)

    @property
    def behind(self) -> int:
        """How many of its questions wait for another of its own."""
        return sum(not answer.done() for answer in islice(self._answers, 1, None))

    @property
    def brisk(self) -> bool:
        """Whether it has questions, room for one more, and began with one just now."""
        room = 0 < len(self._answers) < DEPTH and not self.closed
        return room and self._loop.time() - self._since < WITHIN

    def attach(self, loop: asyncio.AbstractEventLoop) -> None:
        """Let ``loop`` have the line; what is asked before it has it is sent then."""
        self._loop = loop
        self._overdue = Later(loop, _OVERDUE, self._rescue)
        self._connecting = loop.create_task(self._connect())

    def ask(self, frame: bytes) -> _Answer:
        """Send a question; its answer is to come.

        Raises, in the future:
            Gone: the worker ended, before the question or over it; ``ended`` says how.
            Unasked: it never began with it.
            TimeoutError: it neither answers nor ends.
        """
        answer: _Answer = self._loop.create_future()
        if self.closed:
            answer.set_exception(Unasked())
            return answer
        if self._answers:
            frame = begun_by(frame, time.monotonic() + WITHIN)
            self._overdue.add(answer)
        else:
            self._since = self._loop.time()
        self._answers.append(answer)
        if self._timer is None:  # one timer for many questions: setting one costs more than a look
            self._timer = self._loop.call_later(self._late, self._look)
        if self._transport is None:
            self._early += frame
        else:
            self._transport.write(frame)
        return answer

    def give_up(self, answer: _Answer) -> None:
        """Nobody waits for an answer any more: no time is to be spent on it."""
        if self._answers and self._answers[0] is answer:
            # What it would say is taken for the answer to the next question otherwise.
            self.unwanted = True
            self.abandon()

    def end(self, how: Ended) -> None:
        """Note how it ended; what it said before still counts."""
        self.ended = how
        if self.closed:
            self._leave()

    def abandon(self) -> None:
        """Have it killed by its parent, which may have ended already, and it with it."""
        self.abandoned = True
        with suppress(OSError):
            tell(self._control, {"kill": self.number})
        self.close()

    def close(self) -> None:
        """Give back what this process has of it; questions that it still has are not begun."""
        self.closed = True
        self._settle(Unasked())
        if self._timer is not None:
            self._timer.cancel()
        if self._transport is not None:
            self._transport.abort()
        elif self._connecting is None:
            self._line.close()
        while self._spools:
            os.close(self._spools.popleft())

    async def _connect(self) -> None:
        # Not before this is over does the transport own the socket. One that were closed earlier
        # would leave its number to the socket, which closes it again, whoever has it by then.
        connected = self._loop.create_unix_connection(lambda: self, sock=self._line)
        self._transport, _ = await connected
        if self.closed:
            self._transport.abort()
        elif self._early:
            self._transport.write(self._early)

    def data_received(self, data: bytes) -> None:
        """Answers, or parts of them, have come in."""
        try:
            for reply in self._incoming.feed(data):
                if not self._answers:  # it speaks unasked: nothing that it says can be believed
                    self.abandon()
                    return
                self._take(reply)
        except _NONSENSE:
            self._settle(Gone())

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  # asyncio's name
        """There is nobody on the line any more; how that came the parent tells."""
        self.closed = True
        if self.ended:
            self._leave()

    def _leave(self) -> None:
        """Both are known, that there is nobody on the line any more, and how that came."""
        self._settle(Gone())
        self.close()

    def _take(self, reply: Reply) -> None:
        if reply.spooled:  # in their order, whoever waits for them
            spool = SpoolFile(self._spools.popleft(), reply.size, reply.body)
            if os.fstat(spool.fileno()).st_size != reply.size:
                raise Gone  # it speaks of another one
            reply = reply._replace(spool=spool)
        answer = self._answers.popleft()
        self._since = self._loop.time()
        wanted = not answer.done()
        if wanted and reply.skipped:
            answer.set_exception(Unasked())
        elif wanted:
            answer.set_result(reply)
        if reply.skipped or not wanted:
            self.dropped(self, reply)
        if self._answers and self._answers[0].done():  # nobody waits for the next; it is skipped
            self._loop.call_later(_OVERDUE, self.give_up, self._answers[0])
        if reply.retires:
            self._settle(Unasked())

    def _rescue(self, answer: _Answer) -> None:
        """Have a question asked elsewhere that waits behind one that takes long."""
        if not answer.done() and self._answers and self._answers[0] is not answer:
            answer.set_exception(Unasked())

    def _settle(self, first: Exception) -> None:
        """Say of all questions that they have no answer here; only the first was begun."""
        outcome = first
        while self._answers:
            answer = self._answers.popleft()
            if not answer.done():
                answer.set_exception(outcome)
            outcome = Unasked()

    def _look(self) -> None:
        """Give up a question that should have had its answer long ago."""
        self._timer = None
        if not self._answers:
            return
        left = self._since + self._late - self._loop.time()
        if left > 0:
            self._timer = self._loop.call_later(left, self._look)
        else:
            self._settle(TimeoutError())


def _nothing(_worker: Worker, _reply: Reply) -> None:
    pass
