"""What was asked for before: bytes with their entity tag, bounded, for one release."""

import threading
from collections import OrderedDict
from collections.abc import Hashable
from dataclasses import dataclass
from hashlib import sha256
from typing import Final, Generic, TypeVar

from parkgraph.query import Answer

#: Bytes that all entries may take together, and the largest that is kept.
CAPACITY: Final = 64_000_000
LARGEST: Final = 4_000_000
#: What an entry costs besides its bytes: its key, its headers.
_OVERHEAD: Final = 1_000

#: The text, the graphs it is asked over, and the formats it is wanted in.
Key = tuple[str, tuple[str, ...], tuple[str, ...], str, str]


@dataclass(frozen=True, slots=True)
class Kept:
    """A complete result and its strong entity tag: the hash of its bytes and its format."""

    answer: Answer
    body: bytes
    etag: str

    @staticmethod
    def of(answer: Answer, body: bytes) -> "Kept":
        """``answer`` with the tag of ``body``."""
        state = sha256(f"{answer.form} {answer.extension}\n".encode())
        state.update(body)
        return Kept(answer, body, state.hexdigest()[:32])


@dataclass(frozen=True, slots=True)
class Repeat:
    """A 200 as it went out over WSGI."""

    headers: list[tuple[str, str]]
    etag: str
    body: bytes


K = TypeVar("K", bound=Hashable)
V = TypeVar("V", Kept, Repeat)


class Cache(Generic[K, V]):
    """What was used last, up to a capacity in bytes; as long-lived as the release it is of."""

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._capacity = capacity
        self._size = 0
        self._entries: OrderedDict[K, V] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: K) -> V | None:
        """What was kept for ``key``."""
        with self._lock:
            found = self._entries.get(key)
            if found is not None:
                self._entries.move_to_end(key)
            return found

    def put(self, key: K, value: V) -> None:
        """Keep ``value``, and let go of what was not used for the longest time."""
        cost = _cost(key, value)
        if cost > min(LARGEST, self._capacity):
            return
        with self._lock:
            if (before := self._entries.pop(key, None)) is not None:
                self._size -= _cost(key, before)
            self._entries[key] = value
            self._size += cost
            while self._size > self._capacity:
                oldest, dropped = self._entries.popitem(last=False)
                self._size -= _cost(oldest, dropped)


def _cost(key: object, value: Kept | Repeat) -> int:
    return len(value.body) + 4 * len(str(key)) + _OVERHEAD
