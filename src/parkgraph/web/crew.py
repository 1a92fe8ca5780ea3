"""The web processes of a server: started, started again when they die, ended with it."""

import json
import logging
import math
import multiprocessing
import os
import signal
import socket
import time
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Final

from parkgraph.web.process import STATUS, TOLD, ending, run

_LOG: Final = logging.getLogger(__name__)

#: Seconds until a process that should have ended is killed.
_LAST: Final = 5.0
#: Seconds within which all processes hear of it that somebody ends them.
_MOMENT: Final = 0.3
#: Seconds that one lives at least which took the place of another: else there is no end of it.
_LIFE: Final = 5.0
#: Seconds until the next one is started in the place of one that did not: at first, and at last.
_SOON: Final = 1.0
_LATE: Final = 30.0
#: Seconds between two looks at those that run, though nothing was heard of them.
_LOOK: Final = 3600.0

_FORK: Final = multiprocessing.get_context("fork")


def supervise(address: socket.socket, number: int, patience: float) -> bool:
    """Keep web processes running until a signal ends them; False if they end of themselves.

    While one of them runs, those that cannot are tried again and again.

    Args:
        address: where clients connect; closed at the end.
        number: how many share it.
        patience: seconds that requests under way have when they are to end.
    """
    # Held back for those that are forked too: each hears of signals when it is ready for them.
    ends = ending()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, ends | {signal.SIGCHLD})
    places: list[_Place] = []
    told = False
    try:
        places.extend(_Place(address) for _ in range(number))
        told = _kept(places, ends)
    finally:
        address.close()  # who waits to be taken up is not to wait any longer
        _end([place.worker for place in places], patience + _LAST)
        for one in ends if told else ():  # told again, it goes on ending
            signal.signal(one, signal.SIG_IGN)
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
    return told


class _Place:
    """Where a web process runs, or will run again.

    Attributes:
        worker: the process that runs or ran last.
        due: when another one is to be started; infinite while one runs.
    """

    def __init__(self, address: socket.socket) -> None:
        self._address = address
        self._began, self._pause = -math.inf, 0.0
        self.worker = self._started()
        self.due = math.inf

    def look(self) -> None:
        """Note when another one is due, if this one has ended."""
        if self.due < math.inf or self.worker.exitcode is None:
            return
        now = time.monotonic()
        failed = self.worker.exitcode == TOLD or now - self._began < _LIFE
        self._pause = self._longer() if failed else 0.0
        self.due = now + self._pause

    def fill(self) -> None:
        """Start the one that is due; why it comes late is said."""
        if self.due > (now := time.monotonic()):
            return
        if self._pause:
            _LOG.warning("a web process is started again: %s", _why(self.worker))
        try:
            self.worker = self._started()
        except OSError as error:  # the system has no room for another process just now
            _LOG.warning("a web process cannot be started yet: %s", error)
            self._pause = self._longer()
            self.due = now + self._pause
        else:
            self._began, self.due = now, math.inf

    def _longer(self) -> float:
        return min(max(_SOON, 2 * self._pause), _LATE)

    def _started(self) -> BaseProcess:
        worker = _FORK.Process(target=run, args=(self._address, os.getpid()), name="web")
        worker.start()
        return worker


def _kept(places: list[_Place], ends: frozenset[signal.Signals]) -> bool:
    """Whether a signal ended it; else none is left, and the last ones could not go on."""
    while True:
        pause = min(_LOOK, *(place.due - time.monotonic() for place in places))
        heard = signal.sigtimedwait(ends | {signal.SIGCHLD}, max(0.0, pause))
        if heard and heard.si_signo in ends:
            return True
        for place in places:
            place.look()
        now = time.monotonic()
        lasting = any(place.due == math.inf or place.due <= now for place in places)
        # Who ends all of it may have told this process last.
        if signal.sigtimedwait(ends, 0 if lasting else _MOMENT):
            return True
        if not lasting:
            return False
        for place in places:
            place.fill()


def _why(worker: BaseProcess) -> str:
    """What became of a process that did not last."""
    status = Path(os.environ[STATUS])
    if worker.exitcode == TOLD and (text := status.read_text("utf-8")):
        status.write_text("", "utf-8")  # what is said is not the reason of a later end
        code, message, where, _ = json.loads(text)[0]
        return f"{where}: {code} {message}"
    return f"the one before ended at once, with {worker.exitcode}"


def _end(workers: list[BaseProcess], patience: float) -> None:
    """Have processes end within so many seconds."""
    until = time.monotonic() + patience
    for worker in workers:
        worker.terminate()
    for worker in workers:
        worker.join(max(0.0, until - time.monotonic()))
        if worker.exitcode is None:  # only a client that reads a file too slowly is still there
            worker.kill()
            worker.join()
