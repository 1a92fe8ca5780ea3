"""Sorts lines that need not fit in memory: in pieces that do, kept on disk and merged."""

import os
import tempfile
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from hashlib import sha256
from itertools import chain
from pathlib import Path
from typing import IO, Final, NamedTuple

#: Bytes of lines that are sorted in memory at a time; as Python has them they take twice that.
PIECE = 32_000_000
#: Bytes that are read of all sorted pieces together.
_READ: Final = 16_000_000
#: Bytes that are read of one piece at least, and at most.
_LEAST: Final = 1 << 14
_MOST: Final = 1 << 20


def sorted_lines(
    batches: Iterable[list[bytes]], folder: Path | None = None
) -> Iterator[list[bytes]]:
    """The distinct lines of ``batches`` in the order of their bytes, as batches again.

    Args:
        batches: lines, each with its line feed at the end and no other in it.
        folder: where pieces are kept that do not fit in memory; None is the system's choice. They
            have no name there, so nothing is left behind, whatever happens.
    """
    with tempfile.TemporaryFile(dir=folder) as file:
        runs: list[tuple[int, int]] = []
        last: list[bytes] = []
        for lines in _pieces(batches):
            if last:
                runs.append(_kept(file, last))
            last = lines
        if not runs:
            yield last
            return
        runs.append(_kept(file, last))
        del last
        file.flush()
        size = min(max(_READ // len(runs), _LEAST), _MOST)
        yield from merged([_read(file.fileno(), *run, size) for run in runs])


def _pieces(batches: Iterable[list[bytes]]) -> Iterator[list[bytes]]:
    held: list[bytes] = []
    size = 0
    for lines in batches:
        held += lines
        size += sum(map(len, lines))
        if size >= PIECE:
            yield _distinct(held)
            held, size = [], 0
    yield _distinct(held)


def _distinct(lines: list[bytes]) -> list[bytes]:
    lines.sort()
    return list(dict.fromkeys(lines))


def _kept(file: IO[bytes], lines: list[bytes]) -> tuple[int, int]:
    """Put a sorted piece at the end of ``file``; where it begins and ends."""
    begin = file.tell()
    file.writelines(lines)
    return begin, file.tell()


def _read(descriptor: int, begin: int, end: int, size: int) -> Iterator[list[bytes]]:
    rest = b""
    while begin < end:
        data = os.pread(descriptor, min(size, end - begin), begin)
        begin += len(data)
        lines = (rest + data).splitlines(keepends=True)
        rest = b"" if lines[-1].endswith(b"\n") else lines.pop()
        if lines:
            yield lines


def merged(sides: Iterable[Iterator[list[bytes]]]) -> Iterator[list[bytes]]:
    """The distinct lines of several sorted ones, sorted.

    Of all that was read, what comes before the least of the last lines is complete: it is
    sorted together, which is a merge where what is sorted consists of sorted pieces.
    """
    heads = [(side, lines, 0) for side in sides if (lines := next(side, None))]
    while heads:
        bound = min(lines[-1] for _, lines, _ in heads)
        taken: list[bytes] = []
        left = []
        for side, lines, start in heads:
            end = bisect_right(lines, bound, start)
            taken += lines[start:end]
            if end < len(lines):
                left.append((side, lines, end))
            elif more := next(side, None):
                left.append((side, more, 0))
        heads = left
        yield _distinct(taken)


def batches_of(path: Path, size: int = _MOST) -> Iterator[list[bytes]]:
    """The lines of a file, about ``size`` bytes at a time."""
    with path.open("rb") as file:
        while lines := file.readlines(size):
            yield lines


def lines_of(path: Path) -> Iterator[bytes]:
    """The lines of a file."""
    return chain.from_iterable(batches_of(path))


class Written(NamedTuple):
    """How many lines were written, and the SHA-256 of them all, in hex."""

    lines: int
    digest: str


def write_batches(path: Path, batches: Iterable[list[bytes]]) -> Written:
    """Write lines to a new file."""
    state, count = sha256(), 0
    with path.open("wb") as file:
        for lines in batches:
            data = b"".join(lines)
            state.update(data)
            count += len(lines)
            file.write(data)
    return Written(count, state.hexdigest())
