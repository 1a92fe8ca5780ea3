"""The query processes as the web process has them: one parent, and news of its workers."""

import os
import socket
import subprocess
import sys
from contextlib import suppress
from typing import IO, Final, cast

from parkgraph.errors import Diagnostic, ParkgraphError, Severity
from parkgraph.query.line import Ended, Worker
from parkgraph.query.protocol import SPOOLS, hear, tell
from parkgraph.query.setup import Phase, Setup

#: Seconds that a worker may be late with an answer before it is taken for stuck, and that the
#: parent may take to end.
_GRACE: Final = 10.0
#: Each query makes and drops thousands of small pieces. By default the C library's allocator keeps
#: seven of a size at hand and merges the others with what is free around them, to split it again
#: for the next query: a quarter of a worker's time. Another C library does not read this.
_ALLOCATOR: Final = {"GLIBC_TUNABLES": "glibc.malloc.tcache_count=512"}


class Engine:
    """A running parent of workers, started afresh: forking a process with threads is not safe.

    Attributes:
        in_memory: whether its workers share a graph in memory.
        workers: those that are alive, by what their parent calls them.
        retired: whether it is to end with the last of its workers.
    """

    def __init__(self, setup: Setup) -> None:
        self.in_memory = setup.source.store is None
        self.workers: dict[int, Worker] = {}
        self.retired = False
        self._seconds = setup.budget.seconds
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603  # ourselves
                [sys.executable, "-P", "-m", "parkgraph.query", str(theirs.fileno())],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                pass_fds=(theirs.fileno(),),
                env={**_ALLOCATOR, **os.environ},
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
            return self._worker(message["worker"], descriptors)
        number = message.pop("ended")
        return number, Ended(**{**message, "phase": Phase(message["phase"])})

    def _worker(self, number: int, descriptors: list[int]) -> Worker | tuple[int, Ended] | None:
        """A worker that began; one that came without all of its files is ended."""
        if len(descriptors) == 1 + SPOOLS:
            return Worker(number, descriptors, self._control, self._seconds + _GRACE)
        for descriptor in descriptors:
            os.close(descriptor)
        with suppress(OSError):
            tell(self._control, {"kill": number})
        return self.next()

    def retire(self) -> None:
        """Have no worker replaced any more: the parent ends with the last of them."""
        self.retired = True
        with suppress(OSError):
            tell(self._control, {"last": True})

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
