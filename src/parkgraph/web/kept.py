"""What was asked for before: bytes with their entity tag, bounded, for one release."""

import threading
from collections import OrderedDict
from functools import lru_cache
from hashlib import sha256
from typing import Final, Generic, NamedTuple, TypeAlias, TypeVar

from parkgraph.query import Answer
from parkgraph.web.wire import Headers, head

#: Bytes that all entries may take together, and the largest that is kept.
CAPACITY: Final = 64_000_000
LARGEST: Final = 4_000_000
#: What an entry costs besides its bytes: its key, its headers.
_OVERHEAD: Final = 1_000

#: The text, the graphs it is asked over, and the formats it is wanted in.
Key = tuple[str, tuple[str, ...], tuple[str, ...], str, str]


def result_tag(answer: Answer, digest: bytes) -> str:
    """The strong entity tag of a result: of its SHA-256 and its format, without quotes."""
    return f"{digest[:16].hex()}.{answer.extension}"


class Kept(NamedTuple):
    """A complete result, its SHA-256, and its strong entity tag."""

    answer: Answer
    body: bytes
    digest: bytes
    etag: str

    @staticmethod
    def of(answer: Answer, body: bytes) -> "Kept":
        """``answer`` with the tag of ``body``."""
        digest = sha256(body).digest()
        return Kept(answer, body, digest, result_tag(answer, digest))


class Repeat(NamedTuple):
    """A 200 as it goes out, and the template of its address.

    Attributes:
        head: the status line and the headers as they go over the wire.
        brief: whether helpers make the same.
    """

    route: str
    etag: str
    head: bytes
    body: bytes
    brief: bool = False

    @staticmethod
    def of(
        route: str, etag: str, headers: Headers, body: bytes, *, brief: bool = False
    ) -> "Repeat":
        """The 200 with these headers."""
        return Repeat(route, etag, head(200, headers, len(body)), body, brief)


#: A key is made of texts, and of lists of them.
_Texts: TypeAlias = tuple[str | tuple[str, ...], ...]
K = TypeVar("K", bound=_Texts)
V = TypeVar("V", Kept, Repeat)


class Cache(Generic[K, V]):
    """What was used last, up to a capacity in bytes; as long-lived as the release it is of.

    Attributes:
        cleared: how often everything was let go of. Whoever makes something to be kept looks at it
            before: what was begun before is not kept after.
    """

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._capacity = capacity
        self._size = 0
        self._entries: OrderedDict[K, tuple[V, int]] = OrderedDict()
        self._lock = threading.Lock()
        self.hits = self.misses = self.cleared = 0

    @property
    def size(self) -> int:
        """Bytes that everything kept takes."""
        return self._size

    def get(self, key: K) -> V | None:
        """What was kept for ``key``."""
        with self._lock:
            found = self._entries.get(key)
            if found is None:
                self.misses += 1
                return None
            self.hits += 1
            self._entries.move_to_end(key)
            return found[0]

    def clear(self) -> None:
        """Let go of everything, and of what is just being made."""
        with self._lock:
            self.cleared += 1
            self._entries.clear()
            self._size = 0

    def put(self, key: K, value: V, since: int) -> None:
        """Keep ``value``, and let go of what was not used for the longest time.

        Args:
            key: what it is asked for by.
            value: what is kept.
            since: what ``cleared`` was when it was begun.
        """
        cost = len(value.body) + 4 * sum(map(_length, key)) + _OVERHEAD
        if cost > min(LARGEST, self._capacity):
            return
        with self._lock:
            if since != self.cleared:
                return
            if (before := self._entries.pop(key, None)) is not None:
                self._size -= before[1]
            self._entries[key] = value, cost
            self._size += cost
            while self._size > self._capacity:
                _, (_, freed) = self._entries.popitem(last=False)
                self._size -= freed


def _length(part: str | tuple[str, ...]) -> int:
    return len(part) if isinstance(part, str) else _total(part)


@lru_cache(maxsize=1024)
def _total(texts: tuple[str, ...]) -> int:
    return sum(map(len, texts))
