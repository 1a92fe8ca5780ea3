"""Turns at the interpreter: what threads do with Python one after the other, they do sooner."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

#: Seconds for which one who has begun keeps the next from beginning.
BRIEF: Final = 0.01


class Turns:
    """Lets one begin at a time, for as long as that one is brief.

    Only one thread at a time runs Python. Several that make a document each take that from one
    another at every look into a file, and with it the caches of the processor: eight together took
    three times as long as one after the other. Who takes longer than :data:`BRIEF` may be waiting
    for something, and holds nobody up any more.

    For the thread of the event loop.
    """

    def __init__(self) -> None:
        self._waiting: deque[asyncio.Future[None]] = deque()
        self._last: asyncio.Future[None] | None = None
        self._since = 0.0
        self._timer: asyncio.TimerHandle | None = None

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait for a turn, and give it back after the block."""
        loop = asyncio.get_running_loop()
        mine: asyncio.Future[None] = loop.create_future()
        self._waiting.append(mine)
        if len(self._waiting) == 1 and self._free(loop):
            self._next(loop)
        else:
            self._watch(loop)
        try:
            await mine
            yield
        finally:
            if self._last is mine:
                self._last = None
                self._next(loop)

    def _free(self, loop: asyncio.AbstractEventLoop) -> bool:
        return self._last is None or loop.time() - self._since >= BRIEF

    def _next(self, loop: asyncio.AbstractEventLoop) -> None:
        while self._waiting:
            coming = self._waiting.popleft()
            if not coming.done():
                self._last, self._since = coming, loop.time()
                coming.set_result(None)
                break
        self._watch(loop)

    def _watch(self, loop: asyncio.AbstractEventLoop) -> None:
        if self._waiting and self._timer is None:
            self._timer = loop.call_later(BRIEF, self._look, loop)

    def _look(self, loop: asyncio.AbstractEventLoop) -> None:
        self._timer = None
        if self._free(loop):
            self._next(loop)
        self._watch(loop)
