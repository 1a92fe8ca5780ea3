"""What lies between two sets of quads, as an RDF Patch: lines out, lines in.

The form is that of RDF Patch (https://afs.github.io/rdf-patch/): ``D`` and ``A`` before lines of
canonical N-Quads, between ``TX`` and ``TC``. It has no registered media type.
"""

import heapq
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter


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
    """The patch from ``old`` to ``new``: both sorted, so neither need be held in memory."""
    removed, added = [], []
    sides = heapq.merge(((line, 0) for line in old), ((line, 1) for line in new))
    for line, group in groupby(sides, key=itemgetter(0)):
        found = {side for _, side in group}
        if found == {0}:
            removed.append(line)
        elif found == {1}:
            added.append(line)
    return Patch(tuple(removed), tuple(added))


def write_patch(patch: Patch, old: str, new: str) -> bytes:
    """The patch as a file.

    Args:
        patch: what changes.
        old: the IRI of what it is applied to (header ``prev``).
        new: the IRI of what comes of it (header ``id``).
    """
    head = f"H id <{new}> .\nH prev <{old}> .\nTX .\n".encode()
    removed = (b"D " + line for line in patch.removed)
    added = (b"A " + line for line in patch.added)
    return b"".join((head, *removed, *added, b"TC .\n"))


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
