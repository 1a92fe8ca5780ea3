"""Work in pieces that know nothing of each other, shared out among processes where it is much.

What starts processes is imported when some are started: many import a job, and few do any.
"""

import errno
import os
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Generic, Protocol, Self, TypeVar

if TYPE_CHECKING:
    from concurrent.futures import Future, ProcessPoolExecutor

T = TypeVar("T")

#: Seconds of work from which on further processes are worth their start.
_MUCH: Final = 4.0
#: Seconds between two looks at the time.
_TICK: Final = 0.2


@dataclass(frozen=True, slots=True)
class Job(Generic[T]):
    """A call of a function of a module, which another process can make.

    Attributes:
        seconds: that it takes, about: beside others what counts is their ratio.
    """

    seconds: float
    work: Callable[..., T]
    arguments: tuple[Any, ...]

    def __call__(self) -> T:
        """What the function returns."""
        return self.work(*self.arguments)


class Watcher(Protocol):
    """Is told how work goes on."""

    def plan(self, seconds: float) -> None:
        """As much is to be done, about, in seconds of one process."""

    def tick(self, running: float) -> None:
        """Time has passed, and jobs of as many seconds are being done."""

    def done(self, seconds: float) -> None:
        """A job of as many seconds has been done."""


class Unwatched:
    """Tells nobody."""

    def plan(self, seconds: float) -> None:
        """Nothing."""

    def tick(self, running: float) -> None:
        """Nothing."""

    def done(self, seconds: float) -> None:
        """Nothing."""


class Jobs:
    """Does jobs, several at a time if they are large; its processes end when it is left."""

    def __init__(self, workers: int | None = None, watcher: Watcher | None = None) -> None:
        """Jobs for as many processes as there are cores, unless it is said how many."""
        self._workers = workers or len(os.sched_getaffinity(0))
        self._pool: ProcessPoolExecutor | None = None
        self.watcher: Watcher = watcher or Unwatched()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool is not None:
            self._pool.shutdown(wait=True, cancel_futures=True)
            self._pool = None

    def run(self, jobs: Sequence[Job[T]]) -> list[T]:
        """What each job returns, in their order; the first that raises ends all.

        Raises:
            OSError: a process was killed, as the system does where memory is short.
        """
        if min(self._workers, len(jobs)) < 2 or sum(job.seconds for job in jobs) < _MUCH:
            return [self._here(job) for job in jobs]
        from concurrent.futures import ProcessPoolExecutor
        from concurrent.futures.process import BrokenProcessPool
        from multiprocessing import get_context

        if self._pool is None:
            context = get_context("spawn")
            self._pool = ProcessPoolExecutor(self._workers, context, _end_with_parent)
        try:
            return self._shared(self._pool, jobs)
        except BrokenProcessPool as error:
            raise OSError(errno.ENOMEM, "a process of the build was killed") from error

    def _here(self, job: Job[T]) -> T:
        self.watcher.tick(job.seconds)
        found = job()
        self.watcher.done(job.seconds)
        return found

    def _shared(self, pool: "ProcessPoolExecutor", jobs: Sequence[Job[T]]) -> list[T]:
        from concurrent.futures import FIRST_COMPLETED, wait

        # The longest first, so that no process is left with a long one at the end.
        order = sorted(jobs, key=lambda job: -job.seconds)
        futures: dict[Future[T], Job[T]] = {pool.submit(job): job for job in order}
        left = set(futures)
        while left:
            finished, left = wait(left, _TICK, FIRST_COMPLETED)
            for future in finished:
                future.result()
                self.watcher.done(futures[future].seconds)
            self.watcher.tick(sum(futures[f].seconds for f in left if f.running()))
        found = {id(job): future.result() for future, job in futures.items()}
        return [found[id(job)] for job in jobs]


def _end_with_parent() -> None:
    """Let this process end when the one that started it does, however that ends."""
    from multiprocessing import parent_process

    parent = parent_process()
    if parent is not None:
        threading.Thread(target=_outlive, args=(parent.sentinel,), daemon=True).start()


def _outlive(sentinel: int) -> None:
    from multiprocessing import connection

    connection.wait([sentinel])
    os._exit(1)
