"""The per-resource index: a resource's triples and who points at it, without any query."""

import json
import sqlite3
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from functools import cached_property, lru_cache
from itertools import chain, groupby, islice
from itertools import count as numbers
from pathlib import Path
from typing import Final, Protocol, TypeAlias, cast

from parkgraph.content import Content, Told
from parkgraph.counts import Counts, count
from parkgraph.description import Line, bare, is_iri, lines_from, lines_of, text_of
from parkgraph.graphfile import BULK, finished
from parkgraph.naming import Names, names_in
from parkgraph.rdf import NamedNode, Term, Triple, parse_bytes
from parkgraph.vocab import term

#: What is said of a resource: property to values.
Node: TypeAlias = Mapping[str, Sequence[Term]]

#: Rows of a page's size have numbers: a tree that holds them beside their keys has few keys a page,
#: and so many levels.
_SCHEMA: Final = """
create table resource (iri text primary key, triples blob not null);
create table incoming (
  object text not null, predicate text not null, subject text not null,
  primary key (object, predicate, subject)
) without rowid;
create table graph (
  iri text, part integer, lines integer not null, triples blob not null, primary key (iri, part)
) without rowid;
create table counts (json text not null);
create table label (iri text primary key, triples blob not null) without rowid;
create table name (iri text primary key, names text not null) without rowid;
"""

#: The character after «#»: a range up to it holds every fragment of an address.
_AFTER_HASH: Final = "$"
#: The row of an IRI. One statement for each IRI is faster than one for all of them.
_LINES: Final = "select triples from resource where iri = ?"
_LABELS: Final = "select triples from label where iri = ?"
_BOUNDED: Final = "select triples from resource where iri = ? and length(triples) <= ?"
_NAMES: Final = "select names from name where iri = ?"
#: The rows of an address and of its fragments, in the order of their IRIs.
_WITHIN: Final = """
select triples from resource where iri = ?1
union all
select triples from (select triples from resource where iri > ?2 and iri < ?3 order by iri)
"""
#: IRIs whose labels or names are kept, and those of which all is: a page names the same properties,
#: classes and concepts as the next one.
_LABELS_KEPT: Final = 10_000
_NODES_KEPT: Final = 2_000

#: Resources that are written at a time.
_BATCH: Final = 1_000
#: Lines of a named graph that are one row.
_PART: Final = 20_000
#: The property whose values are a description's labels.
LABEL: Final = term("rdfs:label")


def write_index(path: Path, content: Content, also: NamedNode) -> None:
    """Write the index of the default graph and of the graph ``also`` (the ontology).

    The triples of every named graph are kept too, to be answered as a whole, and the default
    graph in numbers.
    """
    told = content.with_graph(also)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executescript(BULK + _SCHEMA)
        texts = told.texts()
        while batch := list(islice(texts, _BATCH)):
            connection.executemany("insert into resource values (?, ?)", batch)
            connection.executemany("insert into label values (?, ?)", _labels(batch))
            connection.executemany("insert into name values (?, ?)", _names(batch))
        connection.executemany("insert or ignore into incoming values (?, ?, ?)", _led(told))
        connection.executemany("insert into graph values (?, ?, ?, ?)", _graphs(content.named()))
        connection.execute("insert into counts values (?)", (count(content.graph).to_json(),))


def _labels(texts: Iterable[tuple[str, bytes]]) -> Iterator[tuple[str, bytes]]:
    said = f" {LABEL} ".encode()
    for iri, text in texts:
        if said in text:
            lines = text.splitlines(keepends=True)
            start = lines[0].index(b" ")
            if labels := b"".join(line for line in lines if line.startswith(said, start)):
                yield iri, labels


def _names(texts: Iterable[tuple[str, bytes]]) -> Iterator[tuple[str, str]]:
    """What each resource is called, if anything; ``null`` where its lines alone do not tell."""
    for iri, text in texts:
        if (names := names_in(text)) != ():
            yield iri, json.dumps(names, ensure_ascii=False)


def _led(told: Told) -> Iterator[tuple[str, str, str]]:
    for led in told.graph.led():
        if is_iri(led.object):
            yield bare(led.object), bare(led.predicate), bare(led.subject)
    for iri, text in told.also.items():
        for quad in parse_bytes(text, "nt"):
            if isinstance(quad.object, NamedNode):
                yield quad.object.value, quad.predicate.value, iri


def _graphs(batches: Iterable[list[bytes]]) -> Iterator[tuple[str, int, int, bytes]]:
    """The lines of each named graph, in parts."""
    for name, group in groupby(chain.from_iterable(batches), key=_graph_name):
        lines = (line[len(name) + 1 :] for line in group)
        for number in numbers():
            part = list(islice(lines, _PART))
            if not part:
                break
            yield bare(name.decode()), number, len(part), b"".join(part)


def _graph_name(line: bytes) -> bytes:
    return line[: line.index(b"\t")]


class Lines(Protocol):
    """What a description is made from: triples as N-Triples writes them."""

    def lines(self, *iris: str) -> list[Line]:
        """The lines whose subject is one of ``iris``, sorted; none of those unknown."""

    def names(self, iris: Iterable[str]) -> Mapping[str, Names]:
        """The names of each of ``iris``, as :func:`parkgraph.naming.names_in` finds them."""

    def lines_within(self, iri: str) -> list[Line]:
        """The lines of ``iri``, and then those of every ``iri#…``."""

    def label_lines(self, iris: Iterable[str]) -> list[Line]:
        """The ``rdfs:label`` lines of ``iris``."""

    def incoming_lines(self, iri: str, *, limit: int, predicate: str | None = None) -> list[Line]:
        """Lines whose object is ``iri``, sorted by predicate and subject, ``limit`` at most."""

    def use_lines(self, iri: str, *, limit: int) -> list[Line]:
        """Lines whose predicate is ``iri``, ``limit`` at most; none where nobody keeps them."""


class Facts(Protocol):
    """The same as triples, wherever they come from."""

    def outgoing(self, *iris: str) -> list[Triple]:
        """The triples whose subject is one of ``iris``, sorted; none of those unknown."""

    def labels(self, iris: Iterable[str]) -> list[Triple]:
        """The ``rdfs:label`` triples of ``iris``, sorted."""

    def fragments(self, iri: str) -> list[str]:
        """Every ``iri#…`` that is the subject of a triple, sorted."""

    def incoming(self, iri: str, *, limit: int, predicate: str | None = None) -> list[Triple]:
        """Triples whose object is ``iri``, sorted by predicate and subject, ``limit`` at most."""

    def uses(self, iri: str, *, limit: int) -> list[Triple]:
        """Triples whose predicate is ``iri``, ``limit`` at most; none where nobody keeps them."""


class OfTriples:
    """The :class:`Lines` of a class that is one of :class:`Facts`, and its nodes."""

    def nodes(self: Facts, iris: Iterable[str]) -> dict[str, Node]:
        """What is said of each of ``iris``."""
        asked = list(iris)
        return _nodes(asked, self.outgoing(*asked))

    def lines(self: Facts, *iris: str) -> list[Line]:
        """The lines whose subject is one of ``iris``; none of those unknown."""
        return lines_from(self.outgoing(*iris))

    def names(self: Facts, iris: Iterable[str]) -> dict[str, Names]:
        """The names of each of ``iris``."""
        asked = list(iris)
        found: dict[str, list[Line]] = {iri: [] for iri in asked}
        for line in lines_from(self.outgoing(*asked)):
            if (lines := found.get(bare(line[0]))) is not None:  # blank nodes come along
                lines.append(line)
        return {iri: names_in(text_of(lines)) for iri, lines in found.items()}

    def lines_within(self: Facts, iri: str) -> list[Line]:
        """The lines of ``iri`` and of its fragments."""
        return lines_from(self.outgoing(iri, *self.fragments(iri)))

    def label_lines(self: Facts, iris: Iterable[str]) -> list[Line]:
        """The ``rdfs:label`` lines of ``iris``."""
        return lines_from(self.labels(iris))

    def incoming_lines(
        self: Facts, iri: str, *, limit: int, predicate: str | None = None
    ) -> list[Line]:
        """Lines whose object is ``iri``, ``limit`` at most."""
        return lines_from(self.incoming(iri, limit=limit, predicate=predicate))

    def use_lines(self: Facts, iri: str, *, limit: int) -> list[Line]:
        """Lines whose predicate is ``iri``, ``limit`` at most."""
        return lines_from(self.uses(iri, limit=limit))


class Lookup(Facts, Lines, Protocol):
    """What is asked of the data about single resources.

    Attributes:
        remote: whether the way to what knows is long, so that it is better asked once about much.
    """

    @property
    def remote(self) -> bool: ...  # noqa: D102  # said above

    def knows(self, iri: str) -> bool:
        """Whether ``iri`` is the subject of a triple."""

    def nodes(self, iris: Iterable[str]) -> Mapping[str, Node]:
        """What is said of each of ``iris``."""

    def instances(self, class_iri: str, *, limit: int | None = None) -> list[str]:
        """The instances of a class, sorted; the first ``limit`` of them if that is given."""

    def resources(self, start: str) -> list[str]:
        """Every subject whose IRI begins with ``start``, sorted."""

    def documents(self, start: str, *, offset: int, limit: int) -> list[str]:
        """``limit`` of the subjects without a fragment that begin with ``start``, sorted."""

    def document_count(self, start: str) -> int:
        """How many subjects without a fragment begin with ``start``."""

    def graph(self, iri: str) -> bytes | None:
        """The canonical N-Triples of a named graph; None if there is none of that name."""

    def graphs(self) -> Mapping[str, int | None]:
        """How many triples each named graph has, if that is known, by its name, sorted."""

    def counts(self) -> Counts | None:
        """The default graph in numbers; None where counting takes more than a query may."""

    def close(self) -> None:
        """Let go of what was opened."""


class _File:
    """The file of an index, with a connection for each thread."""

    def __init__(self, path: Path) -> None:
        self._uri = finished(path)
        self._local = threading.local()
        self._opened: list[sqlite3.Connection] = []

    @property
    def connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = sqlite3.connect(self._uri, uri=True, check_same_thread=False)
            self._local.connection = connection
            self._opened.append(connection)
        return connection

    def close(self) -> None:
        for connection in self._opened:
            connection.close()

    def lines(self, *iris: str) -> bytes:
        look = self.connection.execute
        rows = (look(_LINES, (iri,)).fetchone() for iri in sorted(set(iris)))
        return b"".join(row[0] for row in rows if row)

    def node(self, iri: str) -> Node:
        return _nodes((iri,), _triples(self.lines(iri)))[iri]

    def names(self, iri: str) -> Names:
        row = self.connection.execute(_NAMES, (iri,)).fetchone()
        return cast("Names", json.loads(row[0])) if row else ()

    def labels(self, iri: str) -> list[Line]:
        row = self.connection.execute(_LABELS, (iri,)).fetchone()
        return lines_of(row[0]) if row else []


class Index:
    """Reads an index, from any number of threads: each has a connection of its own."""

    remote: Final = False

    def __init__(self, path: Path) -> None:
        # What is kept knows the file and not the index, which is gone with its last user then.
        self._file: Final = _File(path)
        self._labels_of = lru_cache(maxsize=_LABELS_KEPT)(self._file.labels)
        self._names_of = lru_cache(maxsize=_LABELS_KEPT)(self._file.names)
        self._node = lru_cache(maxsize=_NODES_KEPT)(self._file.node)
        self._connection.execute("select 1 from resource limit 1")

    @property
    def _connection(self) -> sqlite3.Connection:
        return self._file.connection

    def close(self) -> None:
        """Let go of the file; no thread may be reading."""
        self._file.close()

    def outgoing(self, *iris: str) -> list[Triple]:
        """The triples whose subject is one of ``iris``, sorted; none of those unknown."""
        return _triples(self._file.lines(*iris))

    def nodes(self, iris: Iterable[str]) -> dict[str, Node]:
        """What is said of each of ``iris``."""
        return {iri: self._node(iri) for iri in iris}

    def lines(self, *iris: str) -> list[Line]:
        """The lines whose subject is one of ``iris``, sorted; none of those unknown."""
        return lines_of(self._file.lines(*iris))

    def text(self, iri: str, *, most: int) -> bytes | None:
        """The lines of ``iri``, sorted; None if there are none, or more than ``most`` bytes."""
        row = self._connection.execute(_BOUNDED, (iri, most)).fetchone()
        return cast("bytes", row[0]) if row else None

    def names(self, iris: Iterable[str]) -> dict[str, Names]:
        """The names of each of ``iris``."""
        return {iri: self._names_of(iri) for iri in iris}

    def lines_within(self, iri: str) -> list[Line]:
        """The lines of ``iri``, and then those of every ``iri#…``, in the order of the IRIs."""
        rows = self._connection.execute(_WITHIN, (iri, f"{iri}#", f"{iri}{_AFTER_HASH}"))
        return lines_of(b"".join(row[0] for row in rows))

    def labels(self, iris: Iterable[str]) -> list[Triple]:
        """The ``rdfs:label`` triples of ``iris``, in their order."""
        return _triples(text_of(self.label_lines(iris)))

    def label_lines(self, iris: Iterable[str]) -> list[Line]:
        """The ``rdfs:label`` lines of ``iris``, in their order."""
        having = self._labelled
        asked = iris if having is None else (iri for iri in iris if iri in having)
        return [line for iri in asked for line in self._labels_of(iri)]

    @cached_property
    def _labelled(self) -> frozenset[str] | None:
        """What has a label; None where that is much."""
        rows = self._connection.execute("select iri from label limit ?", (_LABELS_KEPT + 1,))
        found = frozenset(row[0] for row in rows)
        return found if len(found) <= _LABELS_KEPT else None

    def knows(self, iri: str) -> bool:
        """Whether ``iri`` is the subject of a triple."""
        found = self._connection.execute("select 1 from resource where iri = ?", (iri,)).fetchone()
        return found is not None

    def fragments(self, iri: str) -> list[str]:
        """Every ``iri#…`` that is the subject of a triple, sorted."""
        rows = self._connection.execute(
            "select iri from resource where iri > ? and iri < ? order by iri",
            (f"{iri}#", f"{iri}{_AFTER_HASH}"),
        )
        return [row[0] for row in rows]

    def incoming(self, iri: str, *, limit: int, predicate: str | None = None) -> list[Triple]:
        """Triples whose object is ``iri``, sorted by predicate and subject, ``limit`` at most."""
        rows = self._incoming(iri, limit, predicate)
        return [Triple(NamedNode(s), NamedNode(p), NamedNode(iri)) for p, s in rows]

    def incoming_lines(self, iri: str, *, limit: int, predicate: str | None = None) -> list[Line]:
        """Lines whose object is ``iri``, sorted by predicate and subject, ``limit`` at most."""
        rows = self._incoming(iri, limit, predicate)
        return [(f"<{s}>", f"<{p}>", f"<{iri}>") for p, s in rows]

    def _incoming(self, iri: str, limit: int, predicate: str | None) -> sqlite3.Cursor:
        query = "select predicate, subject from incoming where object = ?"
        arguments: list[str | int] = [iri]
        if predicate is not None:
            query += " and predicate = ?"
            arguments.append(predicate)
        return self._connection.execute(f"{query} order by 1, 2 limit ?", (*arguments, limit))

    def uses(self, iri: str, *, limit: int) -> list[Triple]:  # noqa: ARG002  # as of any Facts
        """None: every property of a release is described by the ontology, its own or another."""
        return []

    def use_lines(self, iri: str, *, limit: int) -> list[Line]:  # noqa: ARG002  # as of any Lines
        """None, for the same reason."""
        return []

    def instances(self, class_iri: str, *, limit: int | None = None) -> list[str]:
        """The instances of a class, sorted; the first ``limit`` of them if that is given."""
        rows = self._connection.execute(
            "select subject from incoming where object = ? and predicate = ? order by 1 limit ?",
            (class_iri, _TYPE, -1 if limit is None else limit),
        )
        return [row[0] for row in rows]

    def resources(self, start: str) -> list[str]:
        """Every subject whose IRI begins with ``start``, sorted."""
        rows = self._connection.execute(
            "select iri from resource where iri >= ? and iri < ? order by iri",
            _range(start),
        )
        return [row[0] for row in rows]

    def documents(self, start: str, *, offset: int, limit: int) -> list[str]:
        """``limit`` of the subjects without a fragment that begin with ``start``, sorted."""
        rows = self._connection.execute(
            f"select iri {_DOCUMENTS} order by iri limit ? offset ?",
            (*_range(start), limit, offset),
        )
        return [row[0] for row in rows]

    def every_document(self, start: str) -> Iterator[str]:
        """The same, all of them, one by one."""
        rows = self._connection.execute(f"select iri {_DOCUMENTS} order by iri", _range(start))
        return (row[0] for row in rows)

    def document_count(self, start: str) -> int:
        """How many subjects without a fragment begin with ``start``."""
        query = f"select count(*) {_DOCUMENTS}"
        return int(self._connection.execute(query, _range(start)).fetchone()[0])

    def graph(self, iri: str) -> bytes | None:
        """The canonical N-Triples of a named graph; None if there is none of that name."""
        query = "select triples from graph where iri = ? order by part"
        return b"".join(row[0] for row in self._connection.execute(query, (iri,))) or None

    def graphs(self) -> dict[str, int]:
        """How many triples each named graph has, by its name, sorted."""
        query = "select iri, sum(lines) from graph group by iri order by iri"
        return dict(self._connection.execute(query).fetchall())

    def counts(self) -> Counts | None:
        """The default graph in numbers, as they were counted at build."""
        row = self._connection.execute("select json from counts").fetchone()
        return Counts.from_json(row[0])


_TYPE: Final = term("rdf:type").value
_DOCUMENTS: Final = "from resource where iri >= ? and iri < ? and instr(iri, '#') = 0"


def _range(start: str) -> tuple[str, str]:
    """The ends of what begins with ``start``."""
    return start, f"{start}\U0010ffff"


def _nodes(iris: Iterable[str], triples: Iterable[Triple]) -> dict[str, Node]:
    """What ``triples`` say of each of ``iris``; blank nodes come along with what leads to them."""
    found: dict[str, dict[str, list[Term]]] = {iri: {} for iri in iris}
    for triple in triples:
        node = found.get(triple.subject.value) if isinstance(triple.subject, NamedNode) else None
        if node is not None:
            node.setdefault(triple.predicate.value, []).append(triple.object)
    return {
        iri: {name: tuple(dict.fromkeys(values)) for name, values in node.items()}
        for iri, node in found.items()
    }


def _triples(lines: bytes) -> list[Triple]:
    return [quad.triple for quad in parse_bytes(lines, "nq")]
