"""The parent of the workers: loads the store once, forks workers, and tells how each one ended.

It has one thread when it forks, so that is safe, and workers share the store's memory with it. It
never sees a question: the web process has a line of its own to each worker, passed through here.
"""

import gc
import os
import select
import signal
import socket
import tempfile
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from io import FileIO
from itertools import count
from mmap import mmap
from typing import Any, Final

from parkgraph.errors import Diagnostic, ParkgraphError
from parkgraph.query import confine
from parkgraph.query.evaluate import Opened
from parkgraph.query.load import load, prepare
from parkgraph.query.protocol import SPOOLS, hear, tell
from parkgraph.query.scan import token
from parkgraph.query.setup import Phase, Setup
from parkgraph.query.values import Source
from parkgraph.query.worker import HELLO, OUT_OF_MEMORY, Station, run

#: Milliseconds until a worker that could not be had is tried for again.
_PATIENCE: Final = 200

#: How Rust, C++ and Python say, before they abort, that an allocation was refused.
_REFUSED: Final = (b"memory allocation of", b"bad_alloc", b"MemoryError")

#: How much of what a worker last said is kept, in bytes.
_LAST_WORDS: Final = 2000


@dataclass(frozen=True, slots=True)
class _Child:
    number: int
    seat: int
    errors: FileIO

    def last_words(self) -> bytes:
        """What it wrote to its standard error; that is forgotten then."""
        with self.errors as file:
            return os.pread(file.fileno(), _LAST_WORDS, 0)


def main(descriptor: int, setup: Setup) -> int:
    """Serve until the web process ends; 1 if the source cannot be opened."""
    confine.default_signals()
    if not setup.source.endpoint:
        confine.leave_network()
    with socket.socket(fileno=descriptor) as control:
        confine.end_with(control, ends=True)
        prepare(setup.source)
        try:
            with confine.within_memory():
                loaded = None if setup.source.store else _load(setup.source)
        except ParkgraphError as error:
            tell(control, {"failed": [asdict(finding) for finding in error.findings]})
            return 1
        confine.end_with(control, ends=False)
        # Collecting garbage would write to every object, and so copy the pages that are shared.
        gc.freeze()
        return Parent(control, setup, loaded).serve()


def _load(source: Source) -> Opened:
    """Load in a thread that has ended when workers are forked.

    Oxigraph's random numbers are of a thread, and go on in a fork of it: had the thread that forks
    drawn any, each worker would draw the same, and so the same UUIDs.
    """
    with ThreadPoolExecutor(1) as one:
        return one.submit(load, source).result()


class Parent:
    """Keeps the number of workers that was asked for."""

    def __init__(self, control: socket.socket, setup: Setup, loaded: Opened | None) -> None:
        self._control, self._setup, self._loaded = control, setup, loaded
        self._phases = mmap(-1, setup.budget.workers)
        self._seats = set(range(setup.budget.workers))
        self._children: dict[int, _Child] = {}
        self._numbers = count(1)
        self._hires = True

    def serve(self) -> int:
        """Go on until the web process ends or there is nothing to serve."""
        awake, wake = socket.socketpair()
        with awake, wake:
            for end in (awake, wake):
                end.setblocking(False)
            signal.set_wakeup_fd(wake.fileno(), warn_on_full_buffer=False)
            signal.signal(signal.SIGCHLD, lambda _number, _frame: None)
            try:
                return self._rounds(awake)
            except ConnectionError:  # the web process ended in the middle of a message
                return 0
            finally:
                self._end()

    def _rounds(self, awake: socket.socket) -> int:
        poll = select.poll()
        poll.register(self._control, select.POLLIN)
        poll.register(awake, select.POLLIN)
        while True:
            wrong = self._hire()
            if wrong and not self._children:
                tell(self._control, {"failed": [asdict(wrong)]})
                return 1
            ready = {number for number, _ in poll.poll(self._patience())}
            if awake.fileno() in ready:
                awake.recv(4096)
            if self._control.fileno() in ready and not self._obey():
                return 0
            self._reap()
            if not (self._hires or self._children):
                return 0

    def _patience(self) -> int | None:
        return _PATIENCE if self._hires and self._seats else None

    def _hire(self) -> Diagnostic | None:
        """Fill the empty seats; what went wrong if one could not be filled."""
        while self._hires and self._seats:
            try:
                wrong = self._fork()
            except OSError as error:  # no memory, process or file is to be had just now
                wrong = Diagnostic("PG615", f"a query worker could not be had: {error}")
            if wrong:
                return wrong
            token()  # those that follow share it; the first one is not kept waiting for it
        return None

    def _fork(self) -> Diagnostic | None:
        """One worker more, introduced to the web process once it is ready for questions."""
        errors = FileIO(os.memfd_create("errors"), "rb")
        ours, theirs = socket.socketpair()
        with ours, theirs, ExitStack() as stack:
            files = [
                stack.enter_context(tempfile.TemporaryFile(buffering=0)) for _ in range(SPOOLS)
            ]
            spools = tuple(file.fileno() for file in files)
            child = _Child(next(self._numbers), min(self._seats), errors)
            station = Station(theirs.fileno(), spools, errors.fileno(), self._phases, child.seat)
            pid = self._born(station)
            self._seats.remove(child.seat)
            self._children[pid] = child
            theirs.close()
            if ours.recv(1) == HELLO:
                tell(self._control, {"worker": child.number}, [ours.fileno(), *spools])
                return None
        os.waitpid(pid, 0)
        return self._stillborn(pid)

    def _born(self, station: Station) -> int:
        parent = os.getpid()
        pid = os.fork()
        if pid == 0:
            confine.die_with_parent(parent)
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            run(station, self._setup.source, self._setup.budget, self._loaded)
        return pid

    def _stillborn(self, pid: int) -> Diagnostic:
        child = self._children.pop(pid)
        self._seats.add(child.seat)
        words = child.last_words().decode(errors="replace").strip()
        return Diagnostic("PG615", f"a query worker could not start: {words or 'no reason given'}")

    def _obey(self) -> bool:
        """Carry out a message; False if the web process has ended."""
        heard = hear(self._control)
        if heard is None:
            return False
        self._hires = self._hires and "last" not in heard[0]
        number = heard[0].get("kill")
        for pid, child in self._children.items():
            if child.number == number:
                os.kill(pid, signal.SIGKILL)
        return True

    def _reap(self) -> None:
        """Tell of every worker that has ended, and free its seat."""
        while self._children:
            pid, status = os.waitpid(-1, os.WNOHANG)
            if pid == 0:
                return
            child = self._children.pop(pid)
            self._seats.add(child.seat)
            tell(self._control, self._ending(child, status))

    def _ending(self, child: _Child, status: int) -> dict[str, Any]:
        code = os.waitstatus_to_exitcode(status)
        words = child.last_words()
        return {
            "ended": child.number,
            "signal": max(0, -code),
            "status": max(0, code),
            "phase": Phase(self._phases[child.seat]),
            "refused": code == OUT_OF_MEMORY or any(word in words for word in _REFUSED),
        }

    def _end(self) -> None:
        for pid in self._children:
            os.kill(pid, signal.SIGKILL)
        for pid in self._children:
            os.waitpid(pid, 0)
