"""One timer for many things that all wait equally long: a timer of its own costs each far more."""

import asyncio
from collections import deque
from collections.abc import Callable
from typing import Final, Generic, TypeVar

T = TypeVar("T")

#: Things whose time comes within one of so many parts of it are done together.
_STEPS: Final = 8


class Later(Generic[T]):
    """Does something with each thing that it is given, so long after it came, or soon after that.

    For the thread of its loop. Nothing is ever taken back: what has settled meanwhile is met all
    the same, and ``act`` lets it be.

    Args:
        loop: where it is done.
        seconds: after which.
        act: what is done.
    """

    def __init__(
        self, loop: asyncio.AbstractEventLoop, seconds: float, act: Callable[[T], object]
    ) -> None:
        self._loop, self._seconds, self._act = loop, seconds, act
        self._waiting: deque[tuple[float, T]] = deque()
        self._timer: asyncio.TimerHandle | None = None

    def add(self, item: T) -> None:
        """Do it with ``item`` when its time has come."""
        self._waiting.append((self._loop.time() + self._seconds, item))
        if self._timer is None:
            self._timer = self._loop.call_later(self._seconds, self._go)

    def _go(self) -> None:
        now, waiting = self._loop.time(), self._waiting
        while waiting and waiting[0][0] <= now:
            self._act(waiting.popleft()[1])
        self._timer = None
        if waiting:  # several at once: setting the timer is what costs
            soon = now + self._seconds / _STEPS
            self._timer = self._loop.call_at(max(soon, waiting[0][0]), self._go)
