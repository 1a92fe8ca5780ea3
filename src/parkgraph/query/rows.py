"""Takes a result as Oxigraph writes it, counts its rows, and holds it to its limits.

Oxigraph writes results natively and much faster than Python could; what it writes has, in each
format, a mark that stands once for each row and never inside a value.
"""

from collections.abc import Callable, Mapping
from hashlib import sha256
from io import FileIO
from typing import Final, Literal, TypeAlias

from parkgraph.query.values import INLINE, Budget

Counter: TypeAlias = Callable[[bytes], int]


class Overrun(Exception):  # noqa: N818  # not an error of the program: a limit was reached
    """A result has more rows or more bytes than the budget gives."""

    def __init__(self, limit: Literal["rows", "bytes"]) -> None:
        super().__init__(limit)
        self.limit: Final = limit


class Sink:
    """The file that Oxigraph writes a result to: small ones stay in memory, large ones spill.

    ``rows`` and ``size`` are exact once it is finished. Graphs and CSV are counted where they are
    written.
    """

    __slots__ = (
        "_budget",
        "_chunks",
        "_count",
        "_digest",
        "_extension",
        "_spool",
        "_written",
        "rows",
        "size",
    )

    def __init__(self, spool: FileIO, extension: str, budget: Budget) -> None:
        self._spool, self._extension, self._budget = spool, extension, budget
        self._chunks: list[bytes] = []
        self._count: Counter | None = None
        self._digest = sha256()
        self._written = self.rows = self.size = 0

    @property
    def spilled(self) -> bool:
        """Whether the result is in the spool."""
        return self._written > 0

    def write(self, chunk: bytes) -> int:
        """Take the next part.

        Raises:
            Overrun: a limit is passed.
        """
        self._chunks.append(chunk)
        self.size += len(chunk)
        # Most results have one part: it is counted as a whole if none follows.
        if self._count is not None or len(self._chunks) > 1 or self.size > INLINE:
            self._go_on(chunk)
        return len(chunk)

    def flush(self) -> None:
        """Nothing is to be had before everything is written."""

    def finish(self) -> bytes:
        """The whole result, or its SHA-256 if it is in the spool.

        Raises:
            Overrun: a limit is passed.
        """
        data = b"".join(self._chunks)
        if self._count is None:
            self.rows += _whole(self._extension, data)
            self._check()
        if not self._written:
            return data
        self._spill(data)
        return self._digest.digest()

    def _go_on(self, chunk: bytes) -> None:
        if self._count is None:
            self._count = counter(self._extension)
            self.rows += sum(map(self._count, self._chunks))
        else:
            self.rows += self._count(chunk)
        self._check()
        if self.size - self._written > INLINE:
            self._spill(b"".join(self._chunks))
            self._chunks.clear()

    def _check(self) -> None:
        if self.rows > self._budget.rows:
            raise Overrun("rows")
        if self.size > self._budget.result_bytes:
            raise Overrun("bytes")

    def _spill(self, data: bytes) -> None:
        self._written += len(data)
        self._digest.update(data)
        view = memoryview(data)
        # A full disk takes a part first, and refuses the rest.
        while view:
            view = view[self._spool.write(view) or 0 :]


def counter(extension: str) -> Counter:
    """Counts the solutions in a result of that format, part by part."""
    return _COUNTERS.get(extension, _nothing)()


def _nothing() -> Counter:
    return lambda _chunk: 0


def _whole(extension: str, data: bytes) -> int:
    """The solutions in a result of one part."""
    if extension == "json" and _FIRST in data:
        found = data.count(b"},{")
        if found == data.count(_BETWEEN) and _IN_DOUBT not in data:
            return found + 1
    return counter(extension)(data)


def _tsv() -> Counter:
    # Values are written as in Turtle, line ends escaped; the header is no row.
    ahead = 1

    def count(chunk: bytes) -> int:
        nonlocal ahead
        found = chunk.count(b"\n")
        counted = max(0, found - ahead)
        ahead = max(0, ahead - found)
        return counted

    return count


def _xml() -> Counter:
    # A «<» in a value is escaped.
    mark, rest = b"<result>", b""

    def count(chunk: bytes) -> int:
        nonlocal rest
        data = rest + chunk
        rest = data[-len(mark) + 1 :]
        return data.count(mark)

    return count


def _json() -> Counter:
    # Outside strings, the first row opens with «[{» and each other one after «},».
    # The end of a part is looked at when another one follows: most results have one.
    inside, rest, first, before = 0, b"", 0, b""

    def count(chunk: bytes) -> int:
        nonlocal inside, rest, first, before
        if before:
            inside = (inside + before.count(b'"')) % 2
            rest = rest or (b"" if inside else before.rpartition(b'"')[2][-2:])
        data, rest = _without_escapes(rest + chunk)
        before = data
        found = data.count(b"},{")
        opening = 0 if first else data.count(_FIRST)
        if not (first or opening) or found != data.count(_BETWEEN) or _IN_DOUBT in data:
            outside = b'"'.join(data.split(b'"')[inside::2])
            found = outside.count(b"},{")
            opening = 0 if first else outside.count(b"[{")
        first = first or opening
        return found + opening

    return count


#: What stands before the first row, unless a part ends in it.
_FIRST: Final = b'"bindings":[{'
#: Between two rows, nearly always; after a colon it may be the start of a value instead.
_BETWEEN: Final = b'"}},{"'
_IN_DOUBT: Final = b':"}},{"'


def _without_escapes(data: bytes) -> tuple[bytes, bytes]:
    """``data`` without escaped quotes, and the half of an escape at its end, if it was cut."""
    if b"\\" not in data:
        return data, b""
    cut = (len(data) - len(data.rstrip(b"\\"))) % 2
    whole, half = (data[:-1], b"\\") if cut else (data, b"")
    return whole.replace(b"\\\\", b"").replace(b'\\"', b""), half


_COUNTERS: Final[Mapping[str, Callable[[], Counter]]] = {
    "json": _json,
    "xml": _xml,
    "tsv": _tsv,
}
