"""What a query gives, as a table for people; and where its text goes wrong."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from parkgraph.rdf import Literal, NamedNode, Term, Triple
from parkgraph.vocab import compact, term
from parkgraph.web.text import Link, Text, View

#: Datatypes whose values stand at the right edge of a column.
_NUMBERS: Final = frozenset(
    map(term, ("xsd:integer", "xsd:decimal", "xsd:double", "xsd:float", "xsd:int", "xsd:long"))
)
_STRINGS: Final = frozenset(map(term, ("xsd:string", "rdf:langString")))
#: ``query:line:column`` or ``line:column``, as findings say where.
_PLACE: Final = re.compile(r"(?:.*:)?(?P<line>[0-9]{1,7}):(?P<column>[0-9]{1,7})")


@dataclass(frozen=True, slots=True)
class Cell:
    """A value in a table of results.

    Attributes:
        sort: ``iri``, ``text``, ``number`` or ``none``.
        type: the datatype's prefixed name, where it is not plain.
    """

    link: Link
    sort: str
    type: str = ""


def table(view: View, rows: Iterable[Sequence[Term | Triple | None]]) -> list[list[Cell]]:
    """Solutions as cells."""
    return [[_cell(view, value) for value in row] for row in rows]


def _cell(view: View, value: Term | Triple | None) -> Cell:
    if value is None:
        return Cell(Link(Text("")), "none")
    if isinstance(value, NamedNode):
        return Cell(Link(Text(_short(view, value.value)), view.href(value.value)), "iri")
    if not isinstance(value, Literal):
        return Cell(Link(Text(str(value))), "text")
    text = Link(Text(value.value, value.language or ""))
    if value.datatype in _NUMBERS:
        return Cell(text, "number")
    return Cell(text, "text", "" if value.datatype in _STRINGS else compact(value.datatype.value))


def _short(view: View, iri: str) -> str:
    """The prefixed name, else the address relative to the publication's own."""
    short = compact(iri)
    if short == iri and iri.startswith(view.site.base):
        return f"<{iri.removeprefix(view.site.base)}>"
    return short


def line(where: str) -> int:
    """The line of a query that a fault is in; 0 without a place."""
    place = _PLACE.fullmatch(where)
    return int(place["line"]) if place else 0


def advice(text: str) -> list[str]:
    r"""The sentences of an advice, without the lines of the query that it may quote.

    >>> advice("did you mean 'WHERE':\n    WHER { }\n    ^")
    ["did you mean 'WHERE'"]
    """
    return [found.rstrip(":") for found in text.split("\n") if found and not found.startswith("  ")]


def excerpt(text: str, where: str) -> str:
    r"""The lines of a query around a fault, with a caret under its column; empty without a place.

    >>> print(excerpt("SELECT ?a\nWHER { }", "query:2:1"))
    1 │ SELECT ?a
    2 │ WHER { }
      │ ^
    """
    place = _PLACE.fullmatch(where)
    lines = text.split("\n")
    if place is None or not 1 <= int(place["line"]) <= len(lines):
        return ""
    line, column = int(place["line"]), int(place["column"])
    width = len(str(line))
    near = range(max(line - 2, 1), line + 1)
    shown = [f"{number:>{width}} │ {lines[number - 1]}" for number in near]
    before = re.sub(r"[^\t]", " ", lines[line - 1][: max(column - 1, 0)])
    return "\n".join([*shown, f"{'':>{width}} │ {before}^"])
