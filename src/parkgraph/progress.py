"""How far a build is, shown on a terminal and nowhere else: what is left, by the pace so far."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import click

from parkgraph.jobs import Unwatched, Watcher

if TYPE_CHECKING:
    from click._termui_impl import ProgressBar

#: Work of fewer seconds is done before a bar could be read.
_SHORT: Final = 2.0
#: Parts of the whole that the bar tells apart.
_STEPS: Final = 1_000


@contextmanager
def progress() -> Iterator[Watcher]:
    """A watcher that shows a bar, if stderr is a terminal and there is much to do."""
    if not sys.stderr.isatty():
        yield Unwatched()
        return
    bar = Bar()
    try:
        yield bar
    finally:
        bar.close()


class Bar:
    """Shows what share of the planned work is done.

    A job that runs counts for the time that it has run, at the pace of the jobs before it, and
    never for more than the whole of it: where a job takes longer the bar stands still.
    """

    def __init__(self) -> None:
        self._bar: ProgressBar[int] | None = None
        self._whole = self._done = self._running = 0.0
        self._began = self._since = time.monotonic()

    def plan(self, seconds: float) -> None:
        """Show the bar, if there is much to do."""
        self._whole = seconds
        self._began = self._since = time.monotonic()
        if seconds > _SHORT:
            self._bar = click.progressbar(length=_STEPS, label="building", file=sys.stderr)
            self._bar.__enter__()

    def done(self, seconds: float) -> None:
        """Count a job that is done."""
        self._done += seconds
        self._running = max(self._running - seconds, 0.0)
        self._since = time.monotonic()
        self._show()

    def tick(self, running: float) -> None:
        """Count what of the jobs that run may be done by now."""
        now = time.monotonic()
        pace = self._done / (self._since - self._began) if self._since > self._began else 0.0
        self._running = max(self._running, min((now - self._since) * pace, running * _NEARLY))
        self._show()

    def _show(self) -> None:
        if self._bar is not None and self._whole:
            reached = min(int((self._done + self._running) / self._whole * _STEPS), _STEPS)
            self._bar.update(max(reached - self._bar.pos, 0))

    def close(self) -> None:
        """Leave the line to what comes next."""
        if self._bar is not None:
            self._bar.render_finish()


#: The share of a running job that may count as done.
_NEARLY: Final = 0.95
