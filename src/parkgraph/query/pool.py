"""Who gets a worker when: the last one given back first, a new one last; and who waits, in turn."""

import asyncio
from collections import deque
from contextlib import suppress
from functools import partial
from typing import Final, TypeAlias

from parkgraph.query.line import Worker
from parkgraph.query.values import Failure, QueryFailed, failure

_Waiting: TypeAlias = "asyncio.Future[Worker]"

_LATER: Final = "ask again in a while"
CLOSED: Final = failure("busy", "this service is closed")


class Pool:
    """The workers that may be asked and the queue for them, all of one event loop.

    Args:
        queued: questions that may wait, here or at a worker.
        loop: the event loop.
        joins: whether a question may be sent to a worker that has one, if that is quick.
    """

    def __init__(self, queued: int, loop: asyncio.AbstractEventLoop, *, joins: bool = True) -> None:
        self._most, self._loop, self._joins = queued, loop, joins
        # The last one first: its code and data are still in the processor's caches.
        self._idle: list[Worker] = []
        self._last: Worker | None = None
        self._given: set[Worker] = set()
        self._waiting: deque[_Waiting] = deque()
        # Those that were skipped once already: they get a worker that has nothing else.
        self._alone: deque[_Waiting] = deque()
        self._closed = False

    @property
    def idle(self) -> int:
        """How many workers have nothing to do."""
        return len(self._idle)

    @property
    def queued(self) -> int:
        """How many questions wait for a worker, or at one."""
        return self._unserved + sum(worker.behind for worker in self._given)

    @property
    def _unserved(self) -> int:
        return len(self._waiting) + len(self._alone)

    def take(self) -> Worker | None:
        """A worker, if one has nothing to do, or will have soon."""
        if self._unserved:  # in turn
            return None
        if self._joins and self._last and self._last.brisk and self.queued < self._most:
            return self._last
        return self._hand_out(self._idle.pop()) if self._idle else None

    def wait(self, seconds: float, *, alone: bool = False) -> _Waiting:
        """A worker to come, after at most ``seconds`` of queueing; ``alone``: with nothing else.

        Raises, here or in the future:
            QueryFailed: there is none, the queue is full, or the pool is closed.
        """
        if self._closed:
            raise QueryFailed(CLOSED)
        if self.queued >= self._most and not alone:
            raise QueryFailed(_busy(f"{self.queued} questions are waiting already"))
        waiting: _Waiting = self._loop.create_future()
        queue = self._alone if alone else self._waiting
        queue.append(waiting)
        late = self._loop.call_later(seconds, self._send_away, waiting, queue, seconds)
        waiting.add_done_callback(partial(_settled, queue, late))
        if alone and self._idle:
            self.give(self._idle.pop())
        return waiting

    def give(self, worker: Worker) -> None:
        """Let the next question have ``worker``, which may still have others."""
        if worker.closed:
            return
        if worker.asked:
            joins = self._joins and worker.brisk and not self._alone
            if joins and (waiting := _next(self._waiting)):
                waiting.set_result(worker)
            return
        for queue in (self._alone, self._waiting):
            if waiting := _next(queue):
                waiting.set_result(self._hand_out(worker))
                return
        self._given.discard(worker)
        if worker not in self._idle:
            self._idle.append(worker)

    def welcome(self, worker: Worker) -> None:
        """Let questions have a worker that has just begun, where no other is free.

        It shares the graph with its parent until it reads it: that counts references, and so copies
        each page the first time. A query over all of a million triples takes twice as long then.
        """
        self.give(worker)
        if worker in self._idle:
            self._idle.remove(worker)
            self._idle.insert(0, worker)

    def drop(self, worker: Worker) -> bool:
        """Let nobody have ``worker`` any more; False if it has questions, which it keeps."""
        if worker is self._last:
            self._last = None
        if not worker.asked:
            self._given.discard(worker)
        idle = worker in self._idle
        if idle:
            self._idle.remove(worker)
            worker.close()
        return idle

    def _hand_out(self, worker: Worker) -> Worker:
        self._given.add(worker)
        self._last = worker
        return worker

    def close(self) -> None:
        """Send away all who wait, now and later."""
        self._closed = True
        for queue in (self._alone, self._waiting):
            while waiting := _next(queue):
                waiting.set_exception(QueryFailed(CLOSED))

    def _send_away(self, waiting: _Waiting, queue: deque[_Waiting], seconds: float) -> None:
        if not waiting.done():
            queue.remove(waiting)
            waiting.set_exception(
                QueryFailed(_busy(f"no query process was free for {seconds:g} s"))
            )


def _settled(queue: deque[_Waiting], late: asyncio.TimerHandle, waiting: _Waiting) -> None:
    """Forget who waits no more: who gave up is to take no place in the queue from others."""
    late.cancel()
    if waiting.cancelled():
        with suppress(ValueError):  # it was come to already
            queue.remove(waiting)


def _next(queue: deque[_Waiting]) -> "_Waiting | None":
    """Who waited longest; those who gave up just now are still in the queue."""
    while queue:
        if not (waiting := queue.popleft()).done():
            return waiting
    return None


def _busy(message: str) -> Failure:
    return failure("busy", message, advice=_LATER)
