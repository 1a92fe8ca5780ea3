"""Lists of things by class and by concept, sorted and in pages, without any query (SQLite)."""

import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal, get_args

from parkgraph.rdf import DEFAULT_GRAPH, NamedNode, Quad, Term
from parkgraph.rdf import Literal as RdfLiteral
from parkgraph.search import NAMES
from parkgraph.vocab import term

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
_WITH: Final = """
select kind.of, count(*) from member as kind join member as other using (iri)
join (select distinct iri from entry) using (iri)
where other.of = ? and kind.of in (select value from json_each(?)) group by 1
"""

_TYPE: Final = term("rdf:type")
_CONCEPT: Final = term("skos:Concept")
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


def write_lists(path: Path, quads: Iterable[Quad]) -> None:
    """Write the lists of the default graph."""
    graph = _Graph(quad for quad in quads if quad.graph_name == DEFAULT_GRAPH)
    path.unlink(missing_ok=True)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executescript(_SCHEMA)
        connection.executemany("insert into entry values (?, ?, ?, ?, ?, ?)", graph.entries())
        connection.executemany("insert into member values (?, ?)", sorted(graph.members))


class _Graph:
    """What lists need to know of a graph."""

    def __init__(self, quads: Iterable[Quad]) -> None:
        self.members: set[tuple[str, str]] = set()
        self.links: Counter[str] = Counter()
        self._texts: dict[str, dict[Term, list[RdfLiteral]]] = defaultdict(
            lambda: defaultdict(list)
        )
        self._leads: dict[str, dict[Term, list[str]]] = defaultdict(lambda: defaultdict(list))
        led: list[tuple[str, str]] = []
        concepts = set()
        for quad in quads:
            iri, value = getattr(quad.subject, "value", ""), quad.object
            if isinstance(value, RdfLiteral):
                self._texts[iri][quad.predicate].append(value)
            elif isinstance(value, NamedNode):
                self._leads[iri][quad.predicate].append(value.value)
                self.links[value.value] += 1
                led.append((value.value, iri))
                if quad.predicate == _TYPE:
                    self.members.add((value.value, iri))
                    concepts |= {iri} if value == _CONCEPT else set()
        self.members |= {pair for pair in led if pair[0] in concepts}

    def entries(self) -> Iterator[tuple[str, str, str, str, str, int]]:
        """A row for each thing and each language that it has a name in."""
        for iri in sorted(self._texts):
            names = self._names(iri) if "#" not in iri else {}
            for lang, name in names.items():
                kind = self._label(self._leads[iri][term("org:classification")], lang)
                yield iri, lang, name, kind, self._place(iri, lang), self.links[iri]

    def _names(self, iri: str) -> dict[str, str]:
        found: dict[str, str] = {}
        for name in NAMES:
            for value in self._texts[iri][name]:
                found.setdefault(value.language or "", value.value)
        return found

    def _label(self, iris: Iterable[str], lang: str) -> str:
        for iri in iris:
            names = self._names(iri)
            if names:
                return names.get(lang) or next(iter(names.values()))
        return ""

    def _place(self, iri: str, lang: str) -> str:
        """Country and town: what is sorted by place stands together by country."""
        for address in self._leads[iri][term("schema:address")]:
            texts = self._texts[address]
            parts = (texts[term(name)] for name in _ADDRESS)
            return " ".join(_in(lang, part) for part in parts).strip()
        return ""


def _in(lang: str, values: list[RdfLiteral]) -> str:
    near = [value.value for value in values if value.language == lang]
    return next(iter(near or [value.value for value in values]), "")


class Lists:
    """Reads lists, from any thread."""

    def __init__(self, path: Path) -> None:
        self._uri = f"{path.resolve().as_uri()}?mode=ro&immutable=1"

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
