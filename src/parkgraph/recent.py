"""What was made of what a client wrote, kept for the next one, a bounded number of it."""

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import Final, ParamSpec, TypeVar, cast

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
