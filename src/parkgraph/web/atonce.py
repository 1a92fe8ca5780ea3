"""Requests that are answered at once: without a task, in the round of the loop that they came in.

asyncio makes a task of what it is given, enters it in a list, and begins it a round later; that
takes about as long as finding an answer in memory. (Python 3.12 has eager tasks for this.)
"""

import asyncio
from collections.abc import Coroutine, Generator
from types import coroutine


@coroutine
def in_task() -> Generator[None, None, None]:
    """Go on in a task: to be awaited before anything else is, or asks for its task."""
    yield


def begin(
    loop: asyncio.AbstractEventLoop, work: Coroutine[None, None, None]
) -> asyncio.Task[None] | None:
    """Begin work; a task that goes on with it once it awaits :func:`in_task`, None if it is done.

    What the work raises before that is raised here.
    """
    try:
        work.send(None)
    except StopIteration:
        return None
    return asyncio.Task(work, loop=loop)
