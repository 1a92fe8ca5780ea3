"""How many queries one client may have in flight: one that floods waits, and then is told so."""

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import TypeAlias

from parkgraph.query.later import Later

#: Tells one who waits that the place is theirs.
_Wake: TypeAlias = Callable[[], object]


class Throttle:
    """Grants each client a number of places, in turn; for event loops and threads alike.

    Args:
        places: queries in flight of one client.
        patience: seconds that a further one waits for a place before it is refused.
    """

    def __init__(self, places: int = 4, patience: float = 0.25) -> None:
        self._places = places
        self._patience = patience
        self._lock = threading.Lock()
        self._held: dict[str, int] = {}
        self._waiting: dict[str, deque[_Wake]] = {}
        self._late: Later[asyncio.Future[bool]] | None = None

    @contextmanager
    def place(self, client: str) -> Iterator[bool]:
        """A place for ``client`` while the block runs; False if there was none in time."""
        mine = threading.Event()
        granted = self._take(client, mine.set) or mine.wait(self._patience)
        granted = granted or not self._withdraw(client, mine.set)
        try:
            yield granted
        finally:
            if granted:
                self.leave(client)

    async def enter(self, client: str) -> bool:
        """Whether ``client`` has got a place; then it is given back with :meth:`leave`."""
        if self._take(client, None):
            return True
        loop = asyncio.get_running_loop()
        mine: asyncio.Future[bool] = loop.create_future()
        wake = partial(_wake, mine, threading.get_ident())
        if self._take(client, wake):
            return True
        if self._late is None:
            self._late = Later(loop, self._patience, _refuse)
        self._late.add(mine)
        return await mine or not self._withdraw(client, wake)

    def leave(self, client: str) -> None:
        """Give a place back: to the one who waited longest, if anybody does."""
        with self._lock:
            if waiting := self._waiting.get(client):
                wake = waiting.popleft()
                if not waiting:
                    del self._waiting[client]
            else:
                wake = None
                held = self._held.pop(client) - 1
                if held:
                    self._held[client] = held
        if wake:
            wake()

    def _take(self, client: str, wake: _Wake | None) -> bool:
        """Take a place that is free; else let ``wake`` be called when there is one."""
        with self._lock:
            held = self._held.get(client, 0)
            if held < self._places:
                self._held[client] = held + 1
                return True
            if wake:
                self._waiting.setdefault(client, deque()).append(wake)
            return False

    def _withdraw(self, client: str, wake: _Wake) -> bool:
        """Wait no longer; False if the place came in the last moment."""
        with self._lock:
            waiting = self._waiting.get(client, deque())
            if wake not in waiting:
                return False
            waiting.remove(wake)
            if not waiting:
                del self._waiting[client]
            return True


def _wake(future: "asyncio.Future[bool]", thread: int) -> None:
    """Grant a place to one who waits in the loop of ``thread``."""
    if threading.get_ident() == thread:
        _grant(future)
    else:
        future.get_loop().call_soon_threadsafe(_grant, future)


def _grant(future: "asyncio.Future[bool]") -> None:
    if not future.done():
        future.set_result(True)


def _refuse(future: "asyncio.Future[bool]") -> None:
    if not future.done():
        future.set_result(False)
