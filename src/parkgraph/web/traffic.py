"""The requests of a web process, counted: on its event loop alone, so without a lock.

A client library's counter costs more than the rest of a repeated answer may; here a request is one
look-up and a few additions, and the rest is done when somebody asks (:mod:`parkgraph.web.metrics`).
"""

from bisect import bisect_left
from collections.abc import Iterable, Iterator
from operator import add
from typing import Final, TypeAlias

#: Upper bounds of the durations that are told apart, in seconds; a last class has none.
BOUNDS: Final = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30)
#: Status and size under which a request is counted whose client has left, as nginx has it.
LEFT: Final = 499, 0
#: The same where there is no answer to count.
FAILED: Final = 500, 0
#: The route of what no route answers.
NO_ROUTE: Final = "none"

#: Route template, method, status.
Key: TypeAlias = tuple[str, str, int]

#: Route template, method, status; durations, seconds and bytes as a :class:`Row` has them.
Told: TypeAlias = tuple[str, str, int, list[int], float, int]

_METHODS: Final = frozenset({"GET", "HEAD", "POST", "QUERY", "OPTIONS", "PUT", "DELETE", "PATCH"})


class Row:
    """What was answered in one way.

    Attributes:
        times: answers by duration: how many were within each of :data:`BOUNDS`, and above.
        seconds: all durations together.
        size: bytes of all bodies together.
    """

    __slots__ = ("seconds", "size", "times")

    def __init__(self) -> None:
        self.times = [0] * (len(BOUNDS) + 1)
        self.seconds = 0.0
        self.size = 0


class Traffic:
    """What was answered so far, by route, method and status; and how much is under way."""

    __slots__ = ("_rows", "under_way")

    def __init__(self) -> None:
        self._rows: dict[Key, Row] = {}
        self.under_way = 0

    def note(self, key: Key, size: int, seconds: float) -> None:
        """Count an answer: the bytes of its body, and how long it took."""
        row = self._rows.get(key) or self._row(key)
        row.times[bisect_left(BOUNDS, seconds)] += 1
        row.seconds += seconds
        row.size += size

    def drain(self) -> list[Told]:
        """Everything, for :meth:`take` of another one; here it is forgotten."""
        rows, self._rows = self._rows, {}
        return [(*key, row.times, row.seconds, row.size) for key, row in rows.items()]

    def take(self, told: Iterable[Told]) -> None:
        """Count what another one has counted."""
        for route, method, status, times, seconds, size in told:
            row = self._row((route, method, status))
            row.times = list(map(add, row.times, times))
            row.seconds += seconds
            row.size += size

    def rows(self, *others: "Traffic") -> Iterator[tuple[Key, Row]]:
        """Everything, and what others have counted, in order; for any thread."""
        if not others:
            return iter(sorted(self._rows.copy().items()))
        total = Traffic()
        for one in (self, *others):
            total.take((*key, row.times, row.seconds, row.size) for key, row in one.rows())
        return total.rows()

    def _row(self, key: Key) -> Row:
        """The row of what is counted for the first time; a method can be any word."""
        route, method, status = key
        known = route or NO_ROUTE, method if method in _METHODS else "other", status
        return self._rows.setdefault(known, Row())
