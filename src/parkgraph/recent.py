"""What was looked up and is kept for the next one who asks, a bounded number of it."""

from collections.abc import Callable, Iterable
from typing import Generic, TypeVar

V = TypeVar("V")


class Recent(Generic[V]):
    """Answers by IRI; for any thread.

    Args:
        most: kept at most; beyond it all are let go.
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: dict[str, V] = {}

    def of(self, iris: Iterable[str], look: Callable[[list[str]], dict[str, V]]) -> dict[str, V]:
        """The answer for each of ``iris``, in their order.

        Args:
            iris: what is asked about.
            look: gives an answer for each of those that are not kept.
        """
        asked, kept = list(iris), self._kept
        missing = [iri for iri in asked if iri not in kept]
        if not missing:
            return {iri: kept[iri] for iri in asked}
        new = look(missing)
        found = {iri: new[iri] if iri in new else kept[iri] for iri in asked}
        if len(kept) + len(new) > self._most:
            self._kept = kept = {}  # a new one: another thread may be reading the old
        kept |= new
        return found
