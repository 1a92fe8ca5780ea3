"""A worker as the event loop has it: a line that questions go out on and answers come in by."""

import asyncio
import os
import signal
import socket
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Final, TypeAlias

from parkgraph.query.protocol import PIECE, Gone, Incoming, Reply, tell
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


class Worker:
    """A line to a worker, which has one question at a time.

    All methods are for the thread of the loop that it is attached to.

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
        self._watched = False

    def attach(self, loop: asyncio.AbstractEventLoop) -> None:
        """Let ``loop`` watch the line."""
        self._loop = loop
        self._watched = True
        loop.add_reader(self._line.fileno(), self._read)

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
        if self._watched:
            self._send(frame)
        elif self.ended:
            self._settle(Gone())
        return answer

    def take_spool(self, size: int) -> SpoolFile:
        """The large result; the worker has no spool then and ends."""
        spool, self._spool = self._spool, -1
        return SpoolFile(spool, size)

    def end(self, how: Ended) -> None:
        """Note how it ended; what it said before still counts."""
        self.ended = how
        while self._watched and self._read():
            pass
        if not self._watched:
            self._settle(Gone())

    def abandon(self) -> None:
        """Have it killed by its parent, which may have ended already, and it with it."""
        self.abandoned = True
        with suppress(OSError):
            tell(self._control, {"kill": self.number})
        self.close()

    def close(self) -> None:
        """Give back what this process has of it."""
        self._unwatch()
        if self._timer is not None:
            self._timer.cancel()
        self._line.close()
        if self._spool >= 0:
            os.close(self._spool)
            self._spool = -1

    def _send(self, frame: bytes) -> None:
        try:
            sent = self._line.send(frame)
        except BlockingIOError:
            sent = 0
        except OSError:
            self._hang_up()
            return
        if sent < len(frame):  # a long query text: the rest when there is room
            self._loop.add_writer(self._line.fileno(), self._send_on, frame[sent:])

    def _send_on(self, rest: bytes) -> None:
        self._loop.remove_writer(self._line.fileno())
        self._send(rest)

    def _read(self) -> bool:
        """Take what has arrived; whether anything had."""
        try:
            piece = self._line.recv(PIECE)
        except BlockingIOError:
            return False
        except OSError:
            piece = b""
        if not piece:
            self._hang_up()
        elif self._answer is None:  # it speaks unasked: nothing that it says can be believed
            self.abandon()
        else:
            self._take(piece)
        return True

    def _take(self, piece: bytes) -> None:
        try:
            reply = self._incoming.feed(piece)
        except _NONSENSE:
            self._settle(Gone())
            return
        if reply is not None:
            self._settle(reply)

    def _settle(self, outcome: Reply | Exception) -> None:
        answer, self._answer = self._answer, None
        if answer is None or answer.done():
            return
        if isinstance(outcome, Reply):
            answer.set_result(outcome)
        else:
            answer.set_exception(outcome)

    def _hang_up(self) -> None:
        """There is nobody on the line any more; how that came the parent tells."""
        self._unwatch()
        if self.ended:
            self._settle(Gone())

    def _unwatch(self) -> None:
        if self._watched:
            self._watched = False
            self._loop.remove_reader(self._line.fileno())
            self._loop.remove_writer(self._line.fileno())

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
