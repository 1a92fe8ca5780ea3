"""Cut a source text at the edges of its passages, however they nest or overlap; nothing is lost."""

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from parkgraph.source import Span


@dataclass(frozen=True, slots=True)
class Segment:
    """A piece of text that no passage begins or ends in.

    Attributes:
        covers: the passages that it lies in, the widest first.
        begins: the passages whose first characters it holds, the widest first.
    """

    text: str
    covers: tuple[Span, ...]
    begins: tuple[Span, ...]


@dataclass(frozen=True, slots=True)
class Block:
    """Whole lines of the text with all passages that touch them."""

    span: Span
    passages: tuple[Span, ...]
    segments: tuple[Segment, ...]

    def depth(self, passage: Span) -> int:
        """How many other passages of the block hold this one."""
        return sum(_within(passage, other) for other in self.passages if other != passage)


def blocks(text: str, passages: Iterable[Span]) -> tuple[Block, ...]:
    r"""The text in blocks: cut at line ends, but never through a passage.

    The blocks' segments, put together, are exactly ``text``. Blank lines belong to the block
    before them; passages that reach beyond the text are left out.

    >>> [[s.text for s in b.segments] for b in blocks("ab cd\n\nef", [Span(0, 2), Span(1, 5)])]
    [['a', 'b', ' cd', '\n\n'], ['ef']]
    """
    known = sorted(
        {p for p in passages if 0 <= p.start < p.end <= len(text)},
        key=lambda p: (p.start, -p.end),
    )
    cuts = [0, *_cuts(text, known), len(text)]
    starts = [passage.start for passage in known]
    found = []
    for start, end in pairwise(cuts):
        if start < end:
            inside = known[bisect_left(starts, start) : bisect_left(starts, end)]
            found.append(_block(text, Span(start, end), inside))
    return tuple(found)


def _cuts(text: str, passages: Sequence[Span]) -> list[int]:
    """The starts of the lines that hold words and that no passage runs into."""
    solid = _merged(passages)
    starts = [span.start for span in solid]
    found, position = [], 0
    for line in text.split("\n"):
        before = bisect_left(starts, position) - 1
        torn = before >= 0 and position < solid[before].end
        if position and line.strip() and not torn:
            found.append(position)
        position += len(line) + 1
    return found


def _merged(passages: Sequence[Span]) -> list[Span]:
    """Passages that overlap, as one; given in the order of their starts."""
    merged: list[Span] = []
    for passage in passages:
        if merged and passage.start < merged[-1].end:
            merged[-1] = Span(merged[-1].start, max(merged[-1].end, passage.end))
        else:
            merged.append(passage)
    return merged


def _block(text: str, span: Span, passages: Sequence[Span]) -> Block:
    ends = sorted({span.start, span.end, *(e for p in passages for e in (p.start, p.end))})
    pieces = (Span(start, end) for start, end in pairwise(ends))
    return Block(span, tuple(passages), tuple(_segment(text, p, passages) for p in pieces))


def _segment(text: str, piece: Span, passages: Sequence[Span]) -> Segment:
    covers = sorted(
        (p for p in passages if _within(piece, p)), key=lambda p: (p.start - p.end, p.start)
    )
    begins = tuple(p for p in covers if p.start == piece.start)
    return Segment(text[piece.start : piece.end], tuple(covers), begins)


def _within(inner: Span, outer: Span) -> bool:
    return outer.start <= inner.start and inner.end <= outer.end
