"""The query processes as the web process has them: one parent, and a line to each worker."""

import os
import signal
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import IO, Final, cast

from parkgraph.errors import Diagnostic, ParkgraphError, Severity
from parkgraph.query.parent import Setup
from parkgraph.query.protocol import Gone, Reply, hear, receive_reply, tell
from parkgraph.query.values import Budget, Failure, Kind, SpoolFile, failure
from parkgraph.query.worker import Phase

#: Seconds that a worker may be late with an answer before it is taken for stuck, and that the
#: news of its end may take.
_GRACE: Final = 10.0


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
    """A line to a worker; one thread has it at a time.

    Attributes:
        number: what its parent calls it.
        ended: how it ended, once that is known.
        abandoned: whether it was given up as stuck.
    """

    def __init__(
        self, number: int, files: Sequence[int], control: socket.socket, late: float
    ) -> None:
        self.number = number
        self.ended: Ended | None = None
        self.abandoned = False
        line, self._spool = files
        self._line = socket.socket(fileno=line)
        self._control = control
        self._news = threading.Event()
        # A time-out kept by the kernel costs no call; by Python it would cost one per answer.
        timeval = struct.pack("ll", int(late), int(late % 1 * 1e6))
        self._line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, timeval)

    def ask(self, frame: bytes) -> Reply:
        """Send a question, wait for the answer.

        Raises:
            Gone: the worker ended, before the question or over it.
            TimeoutError: it neither answers nor ends.
        """
        try:
            self._line.sendall(frame)
            return receive_reply(self._line)
        except BlockingIOError as error:
            raise TimeoutError from error
        except ConnectionError as error:
            raise Gone from error

    def take_spool(self, size: int) -> SpoolFile:
        """The large result; the worker has no spool then and ends."""
        spool, self._spool = self._spool, -1
        return SpoolFile(spool, size)

    def end(self, how: Ended) -> None:
        """Note how it ended."""
        self.ended = how
        self._news.set()

    def await_end(self) -> Ended:
        """How it ended, as soon as its parent has told."""
        self._news.wait(_GRACE)
        return self.ended or Ended(lost=True)

    def abandon(self) -> None:
        """Have it killed by its parent, which may have ended already, and it with it."""
        self.abandoned = True
        with suppress(OSError):
            tell(self._control, {"kill": self.number})
        self.close()

    def close(self) -> None:
        """Give back what this process has of it."""
        self._line.close()
        if self._spool >= 0:
            os.close(self._spool)
            self._spool = -1


class Engine:
    """A running parent of workers, started afresh: forking a process with threads is not safe."""

    def __init__(self, setup: Setup) -> None:
        self._seconds = setup.budget.seconds
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603  # ourselves
                [sys.executable, "-P", "-m", "parkgraph.query", str(theirs.fileno())],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                pass_fds=(theirs.fileno(),),
                start_new_session=True,
                text=True,
            )
        self._brief(setup)

    def _brief(self, setup: Setup) -> None:
        # If it has ended already, the next message tells.
        with suppress(BrokenPipeError), cast("IO[str]", self._process.stdin) as stdin:
            stdin.write(setup.write())

    @property
    def pid(self) -> int:
        """The process."""
        return self._process.pid

    def next(self) -> Worker | tuple[int, Ended] | None:
        """The next worker that began, or the number of one that ended; None if all have ended.

        Raises:
            ParkgraphError: there is nothing to serve, and why.
        """
        try:
            heard = hear(self._control)
        except ConnectionError:
            heard = None
        if heard is None:
            return None
        message, descriptors = heard
        if "failed" in message:
            raise ParkgraphError(*(_finding(one) for one in message["failed"]))
        if "worker" in message:
            late = self._seconds + _GRACE
            return Worker(message["worker"], descriptors, self._control, late)
        number = message.pop("ended")
        return number, Ended(**{**message, "phase": Phase(message["phase"])})

    def stop(self) -> None:
        """Make the parent end, and with it :meth:`next`."""
        with suppress(OSError):  # it may have ended already
            self._control.shutdown(socket.SHUT_RDWR)

    def close(self) -> None:
        """Wait for the end, and give everything back."""
        self.stop()
        try:
            self._process.wait(_GRACE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._control.close()


def _finding(said: dict[str, str]) -> Diagnostic:
    severity = Severity(said.pop("severity"))
    return Diagnostic(**said, severity=severity)
