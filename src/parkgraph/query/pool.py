"""Who gets a worker when: the last one given back goes first, and who waits, in turn."""

import asyncio
from collections import deque
from typing import Final, TypeAlias

from parkgraph.query.line import Worker
from parkgraph.query.values import Failure, QueryFailed, failure

_Waiting: TypeAlias = "asyncio.Future[Worker]"

_LATER: Final = "ask again in a while"
CLOSED: Final = failure("busy", "this service is closed")


class Pool:
    """The idle workers and the queue for them, both of one event loop."""

    def __init__(self, queued: int, loop: asyncio.AbstractEventLoop) -> None:
        self._most, self._loop = queued, loop
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

    def take(self) -> Worker | None:
        """A worker, if one has nothing to do."""
        return self._idle.pop() if self._idle else None

    def wait(self, seconds: float) -> _Waiting:
        """A worker to come, after at most ``seconds`` of queueing.

        Raises, here or in the future:
            QueryFailed: there is none, the queue is full, or the pool is closed.
        """
        if self._closed:
            raise QueryFailed(CLOSED)
        if len(self._waiting) >= self._most:
            raise QueryFailed(_busy(f"{len(self._waiting)} questions are waiting already"))
        waiting: _Waiting = self._loop.create_future()
        self._waiting.append(waiting)
        late = self._loop.call_later(seconds, self._send_away, waiting, seconds)
        waiting.add_done_callback(lambda _: late.cancel())
        return waiting

    def give(self, worker: Worker) -> None:
        """Let the next question have ``worker``."""
        while self._waiting:
            waiting = self._waiting.popleft()
            if not waiting.done():  # whoever gave up is still in the queue
                waiting.set_result(worker)
                return
        self._idle.append(worker)

    def drop(self, worker: Worker) -> bool:
        """Let nobody have ``worker`` any more; False if a question has it, which keeps it."""
        idle = worker in self._idle
        if idle:
            self._idle.remove(worker)
            worker.close()
        return idle

    def close(self) -> None:
        """Send away all who wait, now and later."""
        self._closed = True
        for waiting in self._waiting:
            if not waiting.done():
                waiting.set_exception(QueryFailed(CLOSED))
        self._waiting.clear()

    def _send_away(self, waiting: _Waiting, seconds: float) -> None:
        if not waiting.done():
            self._waiting.remove(waiting)
            waiting.set_exception(
                QueryFailed(_busy(f"no query process was free for {seconds:g} s"))
            )


def _busy(message: str) -> Failure:
    return failure("busy", message, advice=_LATER)
