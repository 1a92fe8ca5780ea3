"""Lists of things by class and by concept, sorted and in pages, without any query (SQLite)."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import lru_cache
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import Final, Literal, get_args

from parkgraph.description import bare, is_iri
from parkgraph.graphfile import BULK, GraphFile, Led, Lookup, finished
from parkgraph.rdf import Literal as RdfLiteral
from parkgraph.rdf import NamedNode, Quad
from parkgraph.search import NAMES
from parkgraph.vocab import compact, term

#: What a list can be sorted by.
Key = Literal["name", "type", "place", "links"]
KEYS: Final[tuple[Key, ...]] = get_args(Key)

_SCHEMA: Final = """
create table entry (
  iri text, lang text, name text, type text, place text, links integer, primary key (iri, lang)
) without rowid;
create table member (of text, iri text, primary key (of, iri)) without rowid;
"""
#: The entries of a list, each in the language nearest to the reader's.
_LISTED: Final = """
from (
  select entry.*, row_number() over (
    partition by entry.iri order by case lang when :lang then 0 when 'en' then 1 when '' then 2
    else 3 end, lang) as choice
  {0}
) where choice = 1
"""
_MEMBERS: Final = """
  from member join entry using (iri)
  where member.of = :of and (:with = '' or exists (
    select 1 from member as other where other.of = :with and other.iri = entry.iri))
"""
#: How each key sorts; what is empty comes last, and equals go by name.
_ORDER: Final[dict[Key, str]] = {
    "name": "name collate nocase {}, iri",
    "type": "type = '', type collate nocase {}, name collate nocase, iri",
    "place": "place = '', place collate nocase {}, name collate nocase, iri",
    "links": "links {}, name collate nocase, iri",
}
#: From the members of the concept on, which are few beside those of a class: a cross join is made
#: in the order in which it is written.
_WITH: Final = """
select kind.of, count(*) from member as other cross join json_each(?2) as class
cross join member as kind on kind.of = class.value and kind.iri = other.iri
where other.of = ?1 and exists (select 1 from entry where entry.iri = other.iri) group by 1
"""

_TYPE: Final = str(term("rdf:type"))
_CONCEPT: Final = term("skos:Concept").value
#: Concepts whose names are kept.
_NAMES_KEPT: Final = 10_000
_ADDRESS: Final = ("schema:addressCountry", "schema:addressLocality")


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which part of which list.

    Attributes:
        of: the IRI of a class.
        concept: the IRI of a concept that each entry is linked to; empty for all.
        lang: the reader's language.
        sort: by what, and ``descending`` or not.
    """

    of: str
    lang: str
    concept: str = ""
    sort: Key = "name"
    descending: bool = False


@dataclass(frozen=True, slots=True)
class Listed:
    """Some entries of a list, as IRI and number of links to it, and how many it has in all."""

    count: int
    entries: tuple[tuple[str, int], ...]


def write_lists(path: Path, graph: GraphFile, *, whole: bool = False) -> None:
    """Write the lists of a graph.

    Args:
        path: where to.
        graph: what is listed.
        whole: whether fragments, and what has no name, have entries too: in a publication those
            are claims and passages.
    """
    path.unlink(missing_ok=True)
    with closing(sqlite3.connect(path)) as connection, connection, graph.lookup() as lookup:
        connection.executescript(BULK + _SCHEMA)
        entries = _Entries(lookup, whole=whole)
        rows = (row for iri, quads in graph.things() for row in entries.of(iri, quads))
        connection.executemany("insert into entry values (?, ?, ?, ?, ?, 0)", rows)
        links: list[tuple[int, str]] = []
        members = _members(graph.led(), links)
        connection.executemany("insert or ignore into member values (?, ?)", members)
        connection.executemany("update entry set links = ? where iri = ?", links)


def _members(led: Iterable[Led], links: list[tuple[int, str]]) -> Iterator[tuple[str, str]]:
    """The members of classes and concepts; how often a thing is linked to goes to ``links``."""
    for (value, types), group in groupby(led, key=attrgetter("object", "object_types")):
        if not is_iri(value):
            continue
        iri, count = bare(value), 0
        concept = types is not None and _CONCEPT in types
        for one in group:
            count += 1
            if concept or one.predicate == _TYPE:
                yield iri, bare(one.subject)
        if types is not None:
            links.append((count, iri))


class _Entries:
    """Makes the entries of a list."""

    def __init__(self, lookup: Lookup, *, whole: bool) -> None:
        self._lookup, self._whole = lookup, whole
        self._names_of = lru_cache(_NAMES_KEPT)(lambda iri: _names(lookup(iri)))

    def of(self, iri: str, quads: Sequence[Quad]) -> Iterator[tuple[str, str, str, str, str]]:
        """A row for each language that a thing has a name in."""
        names = _names(quads) if self._whole or "#" not in iri else {}
        if self._whole and not names:
            names = {"": compact(iri)}
        for lang, name in names.items():
            yield iri, lang, name, self._kind(quads, lang), self._place(quads, lang)

    def _kind(self, quads: Sequence[Quad], lang: str) -> str:
        for kind in _links(quads, term("org:classification")):
            if names := self._names_of(kind):
                return names.get(lang) or next(iter(names.values()))
        return ""

    def _place(self, quads: Sequence[Quad], lang: str) -> str:
        """Country and town: what is sorted by place stands together by country."""
        for address in _links(quads, term("schema:address")):
            said = self._lookup(address)
            parts = (_texts(said, term(name)) for name in _ADDRESS)
            return " ".join(_in(lang, part) for part in parts).strip()
        return ""


def _names(quads: Sequence[Quad]) -> dict[str, str]:
    found: dict[str, str] = {}
    for name in NAMES:
        for value in _texts(quads, name):
            found.setdefault(value.language or "", value.value)
    return found


def _texts(quads: Iterable[Quad], property_: NamedNode) -> list[RdfLiteral]:
    said = (quad.object for quad in quads if quad.predicate == property_)
    return [value for value in said if isinstance(value, RdfLiteral)]


def _links(quads: Iterable[Quad], property_: NamedNode) -> list[str]:
    said = (quad.object for quad in quads if quad.predicate == property_)
    return [value.value for value in said if isinstance(value, NamedNode)]


def _in(lang: str, values: list[RdfLiteral]) -> str:
    near = [value.value for value in values if value.language == lang]
    return next(iter(near or [value.value for value in values]), "")


class Lists:
    """Reads lists, from any thread."""

    def __init__(self, path: Path) -> None:
        self._uri = finished(path)

    def page(self, wanted: Wanted, *, limit: int, offset: int = 0) -> Listed:
        """A part of a list."""
        order = _ORDER[wanted.sort].format("desc" if wanted.descending else "asc")
        values = {"of": wanted.of, "with": wanted.concept, "lang": wanted.lang}
        select = f"select iri, links {_LISTED.format(_MEMBERS)} order by {order}"
        with closing(sqlite3.connect(self._uri, uri=True)) as connection:
            (count,) = connection.execute(
                f"select count(distinct entry.iri) {_MEMBERS}", values
            ).fetchone()
            part = {**values, "limit": limit, "offset": offset}
            rows = connection.execute(f"{select} limit :limit offset :offset", part).fetchall()
        return Listed(count, tuple(rows))

    def lengths(self, concept: str, classes: Iterable[str]) -> dict[str, int]:
        """How many instances of each class are linked to ``concept``; those of none left out."""
        names = ",".join(f'"{name}"' for name in classes)
        with closing(sqlite3.connect(self._uri, uri=True)) as connection:
            return dict(connection.execute(_WITH, (concept, f"[{names}]")).fetchall())
