"""A worker as the event loop has it: a line that questions go out on and answers come in by."""

import asyncio
import os
import signal
import socket
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, TypeAlias, cast

from parkgraph.query.protocol import Gone, Incoming, Reply, tell
from parkgraph.query.values import Budget, Failure, Kind, SpoolFile, failure
from parkgraph.query.worker import Phase

_Answer: TypeAlias = "asyncio.Future[Reply]"

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


class Worker(asyncio.Protocol):
    """A line to a worker, which has one question at a time.

    All methods are for the thread of the loop that it is attached to. The line is a transport of
    that loop, so bytes go out and come in without a detour through Python's sockets, each of whose
    calls would offer the interpreter to other threads.

    Attributes:
        number: what its parent calls it.
        ended: how it ended, once that is known.
        abandoned: whether it was given up.
    """

    def __init__(
        self, number: int, files: Sequence[int], control: socket.socket, late: float
    ) -> None:
        self.number = number
        self.ended: Ended | None = None
        self.abandoned = False
        line, self._spool = files
        self._line = socket.socket(fileno=line)
        self._line.setblocking(False)
        self._control, self._late = control, late
        self._incoming = Incoming()
        self._answer: _Answer | None = None
        self._asked = 0.0
        self._timer: asyncio.TimerHandle | None = None
        self._transport: asyncio.WriteTransport | None = None
        self._connecting: asyncio.Task[object] | None = None
        self._early = b""
        self._silent = False

    def attach(self, loop: asyncio.AbstractEventLoop) -> None:
        """Let ``loop`` have the line; what is asked before it has it is sent then."""
        self._loop = loop
        connecting = loop.create_unix_connection(lambda: self, sock=self._line)
        self._connecting = loop.create_task(connecting)

    def ask(self, frame: bytes) -> _Answer:
        """Send a question; its answer is to come.

        Raises, in the future:
            Gone: the worker ended, before the question or over it; ``ended`` says how.
            TimeoutError: it neither answers nor ends.
        """
        self._answer = answer = self._loop.create_future()
        self._asked = self._loop.time()
        if self._timer is None:  # one timer for many questions: setting one costs more than a look
            self._timer = self._loop.call_later(self._late, self._look)
        if self._silent:
            if self.ended:
                self._settle(Gone())
        elif self._transport is None:
            self._early = frame
        else:
            self._transport.write(frame)
        return answer

    def take_spool(self, size: int) -> SpoolFile:
        """The large result; the worker has no spool then and ends."""
        spool, self._spool = self._spool, -1
        return SpoolFile(spool, size)

    def end(self, how: Ended) -> None:
        """Note how it ended; what it said before still counts."""
        self.ended = how
        if self._silent:
            self._settle(Gone())

    def abandon(self) -> None:
        """Have it killed by its parent, which may have ended already, and it with it."""
        self.abandoned = True
        with suppress(OSError):
            tell(self._control, {"kill": self.number})
        self.close()

    def close(self) -> None:
        """Give back what this process has of it."""
        self._silent = True
        if self._timer is not None:
            self._timer.cancel()
        if self._transport is not None:
            self._transport.abort()
        elif self._connecting is None:
            self._line.close()
        if self._spool >= 0:
            os.close(self._spool)
            self._spool = -1

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The loop has the line."""
        self._transport = cast("asyncio.Transport", transport)
        if self._silent:
            self._transport.abort()
        elif self._early:
            self._transport.write(self._early)

    def data_received(self, data: bytes) -> None:
        """A part of an answer has come in."""
        if self._silent:
            return
        if self._answer is None:  # it speaks unasked: nothing that it says can be believed
            self.abandon()
            return
        try:
            reply = self._incoming.feed(data)
        except _NONSENSE:
            self._settle(Gone())
            return
        if reply is not None:
            self._settle(reply)

    def connection_lost(self, exc: Exception | None) -> None:  # noqa: ARG002  # asyncio's name
        """There is nobody on the line any more; how that came the parent tells."""
        self._silent = True
        if self.ended:
            self._settle(Gone())

    def _settle(self, outcome: Reply | Exception) -> None:
        answer, self._answer = self._answer, None
        if answer is None or answer.done():
            return
        if isinstance(outcome, Reply):
            answer.set_result(outcome)
        else:
            answer.set_exception(outcome)

    def _look(self) -> None:
        """Give up a question that should have had its answer long ago."""
        self._timer = None
        if self._answer is None:
            return
        left = self._asked + self._late - self._loop.time()
        if left > 0:
            self._timer = self._loop.call_later(left, self._look)
        else:
            self._settle(TimeoutError())
