"""Takes a result as Oxigraph writes it, counts its rows, and holds it to its limits.

Oxigraph writes results natively and much faster than Python could; what it writes has, in each
format, a mark that stands once for each row and never inside a value.
"""

from collections.abc import Callable, Mapping
from io import FileIO
from typing import Final, Literal, TypeAlias

Counter: TypeAlias = Callable[[bytes], int]

#: Answers up to this size, in bytes, go through the socket; larger ones through a file.
INLINE: Final = 1024 * 1024


class Overrun(Exception):  # noqa: N818  # not an error of the program: a limit was reached
    """A result has more rows or more bytes than the budget gives."""

    def __init__(self, limit: Literal["rows", "bytes"]) -> None:
        super().__init__(limit)
        self.limit: Final = limit


class Sink:
    """The file that Oxigraph writes a result to: small ones stay in memory, large ones spill.

    ``rows`` and ``size`` are exact once everything is written.
    """

    def __init__(self, spool: FileIO, count: Counter, *, rows: int, size: int) -> None:
        self.rows = self.size = 0
        self.spilled = False
        self._spool, self._count = spool, count
        self._most_rows, self._most_bytes = rows, size
        self._chunks: list[bytes] = []
        self._kept = 0

    def write(self, chunk: bytes) -> int:
        """Take the next part.

        Raises:
            Overrun: a limit is passed.
        """
        self._chunks.append(chunk)
        self.size += len(chunk)
        self._kept += len(chunk)
        self.rows += self._count(chunk)
        if self.rows > self._most_rows:
            raise Overrun("rows")
        if self.size > self._most_bytes:
            raise Overrun("bytes")
        if self._kept > INLINE:
            self._spill()
        return len(chunk)

    def flush(self) -> None:
        """Nothing is to be had before everything is written."""

    def finish(self) -> bytes:
        """The whole result, or nothing if it is in the spool."""
        if self.spilled:
            self._spill()
        return b"".join(self._chunks)

    def _spill(self) -> None:
        view = memoryview(b"".join(self._chunks))
        self._chunks.clear()
        self._kept = 0
        self.spilled = True
        # A full disk takes a part first, and refuses the rest.
        while view:
            view = view[self._spool.write(view) or 0 :]


def uncounted(_chunk: bytes) -> int:
    """No rows: for what is not a list of them."""
    return 0


def counter(extension: str) -> Counter:
    """Counts the solutions in a result of that format, part by part."""
    return _COUNTERS[extension]()


def line_counter() -> Counter:
    """Counts lines: triples of N-Triples and N-Quads, where a value has no raw line end."""
    return lambda chunk: chunk.count(b"\n")


def _after_header(lines: Counter) -> Counter:
    ahead = 1

    def count(chunk: bytes) -> int:
        nonlocal ahead
        found = lines(chunk)
        counted = max(0, found - ahead)
        ahead = max(0, ahead - found)
        return counted

    return count


def _tsv() -> Counter:
    # Values are written as in Turtle, line ends escaped.
    return _after_header(line_counter())


def _csv() -> Counter:
    # A value with a line end is quoted, and a quote in it doubled: parity tells inside from out.
    inside = 0

    def lines(chunk: bytes) -> int:
        nonlocal inside
        if not inside and b'"' not in chunk:
            return chunk.count(b"\n")
        parts = chunk.split(b'"')
        found = sum(part.count(b"\n") for part in parts[inside::2])
        inside = (inside + len(parts) - 1) % 2
        return found

    return _after_header(lines)


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
    "csv": _csv,
    "tsv": _tsv,
}
