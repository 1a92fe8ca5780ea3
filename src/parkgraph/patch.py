"""What lies between two sets of quads, as an RDF Patch: lines out, lines in.

The form is that of RDF Patch (https://afs.github.io/rdf-patch/): ``D`` and ``A`` before lines of
canonical N-Quads, between ``TX`` and ``TC``. It has no registered media type.
"""

import heapq
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final


@dataclass(frozen=True, slots=True)
class Patch:
    """Canonical N-Quads lines, sorted: those that go and those that come."""

    removed: tuple[bytes, ...]
    added: tuple[bytes, ...]

    def __len__(self) -> int:
        """How many lines go or come."""
        return len(self.removed) + len(self.added)

    def reversed(self) -> "Patch":
        """The way back."""
        return Patch(self.added, self.removed)

    def apply(self, lines: Iterable[bytes]) -> Iterator[bytes]:
        """``lines``, sorted, without those that go and with those that come, sorted.

        Raises:
            ValueError: a line that goes is not there, or one that comes is there already; known
                when all have been handed out.
        """
        gone, come = frozenset(self.removed), frozenset(self.added)
        left = len(gone)
        for line, side in heapq.merge(((line, 0) for line in lines), ((n, 1) for n in self.added)):
            if side == 0 and line in gone:
                left -= 1
                continue
            if side == 0 and line in come:
                raise ValueError("a line that the patch adds is there already")
            yield line
        if left:
            raise ValueError(f"{left:,} lines that the patch removes are not there")


def difference(old: Iterable[bytes], new: Iterable[bytes]) -> Patch:
    """The patch from ``old`` to ``new``, both sorted."""
    removed: list[bytes] = []
    added: list[bytes] = []
    for goes, line in _apart(old, new):
        (removed if goes else added).append(line)
    return Patch(tuple(removed), tuple(added))


def _apart(old: Iterable[bytes], new: Iterable[bytes]) -> Iterator[tuple[bool, bytes]]:
    """The lines that only one of two sorted sides has; whether it is the old one."""
    before, after = iter(old), iter(new)
    left, right = next(before, None), next(after, None)
    while left is not None or right is not None:
        if left == right:
            left, right = next(before, None), next(after, None)
        elif left is not None and (right is None or left < right):
            yield True, left
            left = next(before, None)
        elif right is not None:
            yield False, right
            right = next(after, None)


def write_patch(patch: Patch, old: str, new: str) -> bytes:
    """The patch as a file.

    Args:
        patch: what changes.
        old: the IRI of what it is applied to (header ``prev``).
        new: the IRI of what comes of it (header ``id``).
    """
    removed = (b"D " + line for line in patch.removed)
    added = (b"A " + line for line in patch.added)
    return b"".join((_head(old, new), *removed, *added, _END))


def write_difference(
    path: Path, old: tuple[str, Iterable[bytes]], new: tuple[str, Iterable[bytes]]
) -> int:
    """Write the patch between two sides that need not fit in memory; how many lines go or come.

    Args:
        path: a new file.
        old: its IRI and its lines, sorted.
        new: the same of what comes of it.
    """
    count = 0
    with path.open("wb") as file, tempfile.TemporaryFile(dir=path.parent) as added:
        file.write(_head(old[0], new[0]))
        for goes, line in _apart(old[1], new[1]):
            count += 1
            (file if goes else added).write((b"D " if goes else b"A ") + line)
        added.seek(0)
        shutil.copyfileobj(added, file)
        file.write(_END)
    return count


def taken_back(path: Path, lines: Iterable[bytes]) -> Iterator[bytes]:
    """What the patch in a file leads from, sorted, given the sorted lines that it leads to.

    Raises:
        ValueError: the file is not of this form, or does not lead there; known when all have
            been handed out.
    """
    with path.open("rb") as removed, path.open("rb") as added:
        gone, come = _section(removed, b"D "), _section(added, b"A ")
        back, away = next(gone, None), next(come, None)
        for line in lines:
            while back is not None and back < line:
                yield back
                back = next(gone, None)
            if back == line:
                raise ValueError("a line that the patch removes is there still")
            if away != line:
                yield line
            else:
                away = next(come, None)
        if back is not None:
            yield back
        yield from gone
        if away is not None:
            raise ValueError("a line that the patch adds is not there")


def _section(file: IO[bytes], sign: bytes) -> Iterator[bytes]:
    """The lines of one sign in a patch, which has those that go before those that come."""
    head = [file.readline() for _ in range(_HEAD_LINES)]
    if head[-1] != b"TX .\n":
        raise ValueError("it is no transaction")
    line = b""
    for line in file:
        if line.startswith(sign):
            yield line[2:]
        elif line[:2] not in _SIGNS:
            break
    if line != _END or file.read(1):
        raise ValueError("a line neither adds nor removes")


#: The lines above those that go and come; what is below them; how those begin.
_HEAD_LINES: Final = 3
_END: Final = b"TC .\n"
_SIGNS: Final = (b"D ", b"A ")


def _head(old: str, new: str) -> bytes:
    return f"H id <{new}> .\nH prev <{old}> .\nTX .\n".encode()


def read_patch(data: bytes) -> Patch:
    """The patch in a file that :func:`write_patch` wrote.

    Raises:
        ValueError: it is not of this form.
    """
    lines = data.splitlines(keepends=True)
    if lines[2:3] != [b"TX .\n"] or lines[-1] != b"TC .\n":
        raise ValueError("it is no transaction")
    body = lines[3:-1]
    if any(line[:2] not in {b"D ", b"A "} for line in body):
        raise ValueError("a line neither adds nor removes")
    removed = tuple(line[2:] for line in body if line[:1] == b"D")
    return Patch(removed, tuple(line[2:] for line in body if line[:1] == b"A"))
