"""What was looked up and is kept for the next one who asks, a bounded number of it."""

from collections.abc import Callable, Iterable
from functools import lru_cache, wraps
from typing import Final, Generic, ParamSpec, TypeVar, cast

V = TypeVar("V")
P = ParamSpec("P")

#: Answers that :func:`of_short` keeps of a function, and the characters that each was asked with.
_MOST: Final = 4096
_SHORT: Final = 512


def characters(*texts: str | None) -> int:
    """How many there are in all."""
    return sum(map(len, filter(None, texts)))


def of_short(size: Callable[..., int]) -> Callable[[Callable[P, V]], Callable[P, V]]:
    """Keep what a function says for the next one who asks the same, if that is short.

    It is for what clients write: a header may have 120 kB, and thousands of those are much memory.

    Args:
        size: the characters of what it is asked with.
    """

    def keeping(function: Callable[P, V]) -> Callable[P, V]:
        kept = cast("Callable[P, V]", lru_cache(maxsize=_MOST)(function))

        @wraps(function)
        def asked(*args: P.args, **kwargs: P.kwargs) -> V:
            known = kept if size(*args, **kwargs) <= _SHORT else function
            return known(*args, **kwargs)

        return asked

    return keeping


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
