"""Who gets a worker when: the last one given back goes first, and who waits, in turn."""

import threading
from collections import deque
from queue import Empty, SimpleQueue
from typing import Final, TypeAlias

from parkgraph.query.engine import Worker
from parkgraph.query.values import Failure, QueryFailed, failure

#: Where one thread waits; None tells it that there will be no worker.
_Waiting: TypeAlias = "SimpleQueue[Worker | None]"

_LATER: Final = "ask again in a while"


class Pool:
    """The idle workers and the queue for them."""

    def __init__(self, queued: int) -> None:
        self._most = queued
        self._lock = threading.Lock()
        # The last one first: its code and data are still in the processor's caches.
        self._idle: list[Worker] = []
        self._waiting: deque[_Waiting] = deque()
        self._closed = False

    @property
    def idle(self) -> int:
        """How many workers have nothing to do."""
        return len(self._idle)

    @property
    def queued(self) -> int:
        """How many questions wait for a worker."""
        return len(self._waiting)

    def take(self, seconds: float) -> Worker:
        """A worker, after at most ``seconds`` of queueing.

        Raises:
            QueryFailed: there is none, the queue is full, or the pool is closed.
        """
        with self._lock:
            if self._idle:
                return self._idle.pop()
            waiting = self._queue()
        try:
            worker = waiting.get(timeout=seconds)
        except Empty:
            worker = self._leave(waiting, seconds)
        if worker is None:
            raise QueryFailed(_CLOSED)
        return worker

    def give(self, worker: Worker) -> None:
        """Let the next question have ``worker``."""
        with self._lock:
            if self._waiting:
                self._waiting.popleft().put(worker)
            else:
                self._idle.append(worker)

    def sweep(self) -> None:
        """Put away the dead among the idle."""
        with self._lock:
            dead = [worker for worker in self._idle if worker.ended is not None]
            self._idle = [worker for worker in self._idle if worker.ended is None]
        for worker in dead:
            worker.close()

    def close(self) -> None:
        """Send away all who wait, now and later."""
        with self._lock:
            self._closed = True
            for waiting in self._waiting:
                waiting.put(None)
            self._waiting.clear()

    def _queue(self) -> _Waiting:
        if self._closed:
            raise QueryFailed(_CLOSED)
        if len(self._waiting) >= self._most:
            raise QueryFailed(_busy(f"{len(self._waiting)} questions are waiting already"))
        waiting: _Waiting = SimpleQueue()
        self._waiting.append(waiting)
        return waiting

    def _leave(self, waiting: _Waiting, seconds: float) -> Worker | None:
        with self._lock:
            if waiting in self._waiting:
                self._waiting.remove(waiting)
                raise QueryFailed(_busy(f"no query process was free for {seconds:g} s"))
        # It was given a worker in the last moment.
        return waiting.get()


def _busy(message: str) -> Failure:
    return failure("busy", message, advice=_LATER)


_CLOSED: Final = failure("busy", "this service is closed")
