"""Pictures of a graph: a thing, at its left what leads to it, at its right what it leads to.

Pure geometry: it is drawn as SVG in the page, so its links are links, its colours are the page's,
and it needs no script.
"""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final, NamedTuple

from parkgraph.outline import Outline
from parkgraph.rdf import NamedNode
from parkgraph.vocab import PREFIXES, compact
from parkgraph.web.facts import SKIPPED
from parkgraph.web.listed import LISTS
from parkgraph.web.text import Link, Text, View
from parkgraph.web.things import Thing

#: Boxes of a column at most; a last one tells how many are left out.
_MOST: Final = 8
#: Where documents of things are.
_DOCUMENTS: Final = "/doc/"
_HEIGHT: Final = 46
_GAP: Final = 12
#: Width of a box and room between columns, by the number of columns (in the units of the SVG).
_WIDTHS: Final = {3: (270, 75), 5: (178, 27)}
#: Width of a Latin letter; a Chinese character takes two.
_LETTER: Final = 7.4


class Node(NamedTuple):
    """What a box shows.

    Attributes:
        note: by what it is linked.
        inward: whether the link leads towards the middle.
        parent: the node of the next column towards the middle that it is linked to.
    """

    link: Link
    note: str
    inward: bool = False
    parent: int = 0


class Place(NamedTuple):
    """Where a box is: its left upper corner, its width and height."""

    x: float
    y: float
    width: float
    height: float


class Box(NamedTuple):
    """A node in its place; its texts cut to what fits, in full where a reader asks for them."""

    node: Node
    place: Place
    name: str
    note: str
    middle: bool


@dataclass(frozen=True, slots=True)
class Picture:
    """Boxes and the lines between them.

    Attributes:
        lines: paths, each with whether its arrow is at its end; they begin nearer the middle.
    """

    width: float
    height: float
    boxes: tuple[Box, ...]
    lines: tuple[tuple[str, bool], ...]


def neighbourhood(view: View, thing: Thing) -> Picture | None:
    """A thing amid what it is linked to; None if that is less than two others."""
    middle = Node(Link(thing.name), ", ".join(link.text.value for link in thing.types))
    return amid(view, middle, _leading(thing), _led_to(view, thing.iri))


def amid(view: View, middle: Node, left: Sequence[Node], right: Sequence[Node]) -> Picture | None:
    """A node amid others; None if those are less than two."""
    if len(left) + len(right) < 2:
        return None
    return _drawn([_few(left, view), [middle], _few(right, view)])


def _leading(thing: Thing) -> list[Node]:
    """The things that lead to it, each once, with all properties by which they do."""
    found: dict[Link, list[str]] = {}
    for row in thing.incoming:
        for link in row.links:
            if "#" not in (link.href or ""):
                found.setdefault(link, []).append(row.property.text.value)
    return [Node(link, ", ".join(by), inward=True) for link, by in found.items()]


def _led_to(view: View, iri: str) -> list[Node]:
    """The things that it leads to, each once, with all properties by which it does."""
    found: dict[str, list[str]] = {}
    for predicate, values in view.node(iri).items():
        if predicate not in SKIPPED:
            for value in values:
                if isinstance(value, NamedNode) and _is_drawn(view.link(name := value.value).href):
                    found.setdefault(name, []).append(view.label(predicate).value)
    found.pop(iri, None)
    # Concepts come last: a picture of a thing is of other things first.
    start = f"{view.site.base}id/concept/"
    order = sorted(found, key=lambda name: name.startswith(start))
    return [Node(view.link(name), ", ".join(found[name])) for name in order]


def _is_drawn(href: str | None) -> bool:
    """Whether what is found there is a thing by itself."""
    return href is not None and href.startswith(_DOCUMENTS) and "#" not in href


def _few(nodes: Sequence[Node], view: View) -> list[Node]:
    if len(nodes) <= _MOST:
        return list(nodes)
    kept = list(nodes[: _MOST - 1])
    left = view.words["picture"]["more"].format(n=len(nodes) - len(kept))
    return [*kept, Node(Link(Text(left, view.lang)), "", inward=nodes[0].inward)]


def schema(view: View, outline: Outline) -> Picture | None:
    """The classes of a graph around the one that most properties lead from and to."""
    plan = _Plan(view, outline)
    return _drawn(plan.columns()) if len(outline.classes) > 2 else None


#: Classes of a column: where the class is that each is linked to, by what, and which way.
_Row = dict[str, tuple[int, list[str], bool]]


@dataclass
class _Plan:
    """Puts each class into one of five columns."""

    view: View
    outline: Outline
    _placed: dict[str, None] = field(default_factory=dict)

    def columns(self) -> list[list[Node]]:
        middle = self._middle()
        self._placed[middle] = None
        right = self._ring([middle], inward=False)
        left = self._ring([middle], inward=True)
        outer = [self._second(side) for side in (left, right)]
        centre: _Row = {middle: (0, [], False)}
        return [self._nodes(row) for row in (outer[0], left, centre, right, outer[1])]

    def _middle(self) -> str:
        """The class with most properties, of those that name a kind of thing if there are any."""
        uses = dict.fromkeys(self.outline.classes, 0)
        for link in self.outline.links:
            uses[link.subject] += 1
        kinds = [name for name in uses if compact(name) in LISTS.values()]
        return max(kinds or list(uses), key=lambda name: uses[name])

    def _ring(self, parents: Sequence[str], *, inward: bool) -> _Row:
        """The classes not yet placed that ``parents`` lead to, or that lead to them."""
        found: _Row = {}
        for link in self.outline.links:
            near, far = (link.object, link.subject) if inward else (link.subject, link.object)
            if near in parents and far not in self._placed:
                row = found.setdefault(far, (parents.index(near), [], inward))
                if parents[row[0]] == near:
                    row[1].append(self.view.label(link.property).value)
        kept = dict(list(found.items())[:_MOST])
        self._placed |= dict.fromkeys(kept)
        return kept

    def _second(self, side: _Row) -> _Row:
        parents = list(side)
        found = self._ring(parents, inward=False) | self._ring(parents, inward=True)
        return dict(sorted(found.items(), key=lambda item: item[1][0]))

    def _nodes(self, row: _Row) -> list[Node]:
        return [
            Node(self._link(name), ", ".join(dict.fromkeys(names)), inward, parent)
            for name, (parent, names, inward) in row.items()
        ]

    def _link(self, name: str) -> Link:
        label, count = self.view.label(name), self.outline.classes[name]
        listed = next((kind for kind, of in LISTS.items() if of == compact(name)), "")
        href = self.view.here(f"/{listed}") if listed else None
        if name.startswith(PREFIXES["park"]) and not listed:
            href = self.view.href(name)
        return Link(Text(f"{label.value} · {count:,}", label.lang), href)


def _drawn(columns: Sequence[Sequence[Node]]) -> Picture:
    """Columns of boxes beside each other, each in the middle of the height, and their lines."""
    places = _places(tuple(map(len, columns)))
    middle = len(columns) // 2
    boxes: list[Box] = []
    lines: list[tuple[str, bool]] = []
    for number, column in enumerate(columns):
        for node, place in zip(column, places[number], strict=True):
            boxes.append(_box(node, place, middle=number == middle))
            if number != middle:
                inner = places[number + (1 if number < middle else -1)][node.parent]
                lines.append((_curve(inner, place), not node.inward))
    height = _tall(max(map(len, columns)))
    return Picture(_across(len(columns)), height, tuple(boxes), tuple(lines))


@lru_cache(maxsize=1024)
def _places(lengths: tuple[int, ...]) -> tuple[tuple[Place, ...], ...]:
    """Where the boxes of columns of these lengths are."""
    width, room = _WIDTHS[len(lengths)]
    height = _tall(max(lengths))
    return tuple(
        tuple(
            Place(
                number * (width + room),
                (height - _tall(length)) / 2 + row * (_HEIGHT + _GAP),
                width,
                _HEIGHT,
            )
            for row in range(length)
        )
        for number, length in enumerate(lengths)
    )


def _tall(boxes: int) -> int:
    """The height of a column."""
    return boxes * (_HEIGHT + _GAP) - _GAP


def _across(columns: int) -> int:
    """The width of a picture."""
    width, room = _WIDTHS[columns]
    return columns * (width + room) - room


def _box(node: Node, place: Place, *, middle: bool) -> Box:
    name = shortened(node.link.text.value, (place.width - 20) / _LETTER)
    note = shortened(node.note, (place.width - 20) / (_LETTER * 0.86))
    return Box(node, place, name, note, middle)


@lru_cache(maxsize=1024)
def _curve(inner: Place, outer: Place) -> str:
    """A curve from the box nearer the middle to the other."""
    right = outer.x > inner.x
    start = inner.x + inner.width if right else inner.x
    end = outer.x if right else outer.x + outer.width
    y, z = inner.y + inner.height / 2, outer.y + outer.height / 2
    bend = (start + end) / 2
    return f"M{start:g} {y:g}C{bend:g} {y:g} {bend:g} {z:g} {end:g} {z:g}"


def shortened(text: str, letters: float) -> str:
    """As much of a text as has room for so many Latin letters.

    >>> shortened("Tsinghua University", 10), shortened("清华大学科技园", 10)
    ('Tsinghua …', '清华大学…')
    """
    if text.isascii():  # as nearly all are: each letter is as wide as one
        return text if len(text) <= letters else f"{text[: max(0, int(letters - 1))]}…"
    widths = [2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text]
    if sum(widths) <= letters:
        return text
    taken, total = 0, 0
    while total + widths[taken] <= letters - 1:
        total += widths[taken]
        taken += 1
    return f"{text[:taken]}…"
