"""Requests that are answered at once: without a task, in the round of the loop that they came in.

asyncio makes a task of each request, enters it in a list, and begins it a round later; that takes
about as long as finding an answer in memory. (Python 3.12 has eager tasks for this.)
"""

import asyncio
from collections.abc import Coroutine, Generator
from types import coroutine
from typing import Any, Final

#: The coroutine function that granian wraps a request in.
_OF_REQUEST: Final = "future_watcher"


@coroutine
def in_task() -> Generator[None, None, None]:
    """Go on in a task: to be awaited before anything else is, or asks for its task."""
    yield


class AtOnce:
    """A task factory that begins requests itself; a task is made of what awaits :func:`in_task`.

    A server that names its coroutines otherwise gets tasks as ever.
    """

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._done: Final[asyncio.Future[Any]] = loop.create_future()
        self._done.set_result(None)

    def __call__(
        self,
        loop: asyncio.AbstractEventLoop,
        work: Coroutine[Any, Any, Any] | Generator[Any, None, Any],
        **options: Any,  # noqa: ANN401  # name and context, as asyncio hands them on
    ) -> asyncio.Future[Any]:
        """A task, or what stands for one that has ended."""
        if getattr(work, "__name__", "") == _OF_REQUEST:
            try:
                work.send(None)
            except StopIteration:
                return self._done
        return asyncio.Task(work, loop=loop, **options)
