"""The per-resource index: a resource's triples and who points at it, without any query."""

import json
import sqlite3
import threading
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Final, Protocol

from parkgraph.counts import Counts, count
from parkgraph.rdf import DEFAULT_GRAPH, NamedNode, Quad, Triple, canonical_lines, parse_bytes
from parkgraph.vocab import term

_SCHEMA: Final = """
create table resource (iri text primary key, triples blob not null) without rowid;
create table incoming (
  object text not null, predicate text not null, subject text not null,
  primary key (object, predicate, subject)
) without rowid;
create table graph (iri text primary key, triples blob not null) without rowid;
create table counts (json text not null);
create table label (iri text primary key, triples blob not null) without rowid;
"""

#: The character after «#»: a range up to it holds every fragment of an address.
_AFTER_HASH: Final = "$"
#: The rows of a table for the IRIs of a JSON array: one statement, however many they are.
_AMONG: Final = "select triples from {} where iri in (select value from json_each(?)) order by iri"

#: The property whose values are a description's labels.
LABEL: Final = term("rdfs:label")


def write_index(path: Path, quads: Iterable[Quad], also: NamedNode) -> None:
    """Write the index of the default graph and of the graph ``also`` (the ontology).

    The triples of every named graph are kept too, to be answered as a whole, and the default
    graph in numbers.
    """
    quads = list(quads)
    outgoing: dict[str, list[Quad]] = defaultdict(list)
    graphs: dict[str, list[Quad]] = defaultdict(list)
    labels: dict[str, list[Quad]] = defaultdict(list)
    incoming: set[tuple[str, str, str]] = set()
    for quad in quads:
        triple = Quad(quad.subject, quad.predicate, quad.object)
        if quad.graph_name != DEFAULT_GRAPH:
            graphs[_name(quad.graph_name)].append(triple)
        if quad.graph_name in (DEFAULT_GRAPH, also):
            outgoing[_name(quad.subject)].append(triple)
            if quad.predicate == LABEL:
                labels[_name(quad.subject)].append(triple)
            if isinstance(quad.object, NamedNode):
                incoming.add((quad.object.value, quad.predicate.value, _name(quad.subject)))
    with sqlite3.connect(path) as connection:
        connection.executescript(_SCHEMA)
        connection.executemany("insert into resource values (?, ?)", _rows(outgoing))
        connection.executemany("insert into incoming values (?, ?, ?)", sorted(incoming))
        connection.executemany("insert into graph values (?, ?)", _rows(graphs))
        connection.execute("insert into counts values (?)", (_counts(quads).to_json(),))
        connection.executemany("insert into label values (?, ?)", _rows(labels))
    connection.close()


def _counts(quads: Iterable[Quad]) -> Counts:
    return count(quad for quad in quads if quad.graph_name == DEFAULT_GRAPH)


def _name(term: object) -> str:
    return term.value if isinstance(term, NamedNode) else str(term)


def _rows(groups: dict[str, list[Quad]]) -> Iterator[tuple[str, bytes]]:
    for iri in sorted(groups):
        yield iri, b"".join(canonical_lines(groups[iri]))


class Facts(Protocol):
    """What a description is made from, wherever the answers come from."""

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


class Lookup(Facts, Protocol):
    """What is asked of the data about single resources."""

    def knows(self, iri: str) -> bool:
        """Whether ``iri`` is the subject of a triple."""

    def instances(self, class_iri: str) -> list[str]:
        """The instances of a class, sorted."""

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


class Index:
    """Reads an index, from any number of threads: each has a connection of its own."""

    def __init__(self, path: Path) -> None:
        self._uri = f"{path.resolve().as_uri()}?mode=ro&immutable=1"
        self._local = threading.local()
        self._opened: list[sqlite3.Connection] = []
        self._connection.execute("select 1 from resource limit 1")

    @property
    def _connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = sqlite3.connect(self._uri, uri=True, check_same_thread=False)
            self._local.connection = connection
            self._opened.append(connection)
        return connection

    def close(self) -> None:
        """Let go of the file; no thread may be reading."""
        for connection in self._opened:
            connection.close()

    def outgoing(self, *iris: str) -> list[Triple]:
        """The triples whose subject is one of ``iris``, sorted; none of those unknown."""
        return self._among("resource", iris)

    def labels(self, iris: Iterable[str]) -> list[Triple]:
        """The ``rdfs:label`` triples of ``iris``, sorted."""
        return self._among("label", tuple(iris))

    def _among(self, table: str, iris: Sequence[str]) -> list[Triple]:
        if not iris:
            return []
        rows = self._connection.execute(_AMONG.format(table), (json.dumps(iris),))
        return _triples(b"".join(row[0] for row in rows))

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
        query = "select predicate, subject from incoming where object = ?"
        arguments: list[str | int] = [iri]
        if predicate is not None:
            query += " and predicate = ?"
            arguments.append(predicate)
        rows = self._connection.execute(f"{query} order by 1, 2 limit ?", (*arguments, limit))
        return [Triple(NamedNode(s), NamedNode(p), NamedNode(iri)) for p, s in rows]

    def uses(self, iri: str, *, limit: int) -> list[Triple]:  # noqa: ARG002  # as of any Facts
        """None: every property of a release is described by the ontology, its own or another."""
        return []

    def instances(self, class_iri: str) -> list[str]:
        """The instances of a class, sorted."""
        rows = self._connection.execute(
            "select subject from incoming where object = ? and predicate = ? order by 1",
            (class_iri, "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"),
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

    def document_count(self, start: str) -> int:
        """How many subjects without a fragment begin with ``start``."""
        query = f"select count(*) {_DOCUMENTS}"
        return int(self._connection.execute(query, _range(start)).fetchone()[0])

    def graph(self, iri: str) -> bytes | None:
        """The canonical N-Triples of a named graph; None if there is none of that name."""
        row = self._connection.execute("select triples from graph where iri = ?", (iri,)).fetchone()
        return bytes(row[0]) if row else None

    def graphs(self) -> dict[str, int]:
        """How many triples each named graph has, by its name, sorted."""
        rows = self._connection.execute("select iri, triples from graph order by iri")
        return {iri: bytes(triples).count(b"\n") for iri, triples in rows}

    def counts(self) -> Counts | None:
        """The default graph in numbers, as they were counted at build."""
        row = self._connection.execute("select json from counts").fetchone()
        return Counts.from_json(row[0])


_DOCUMENTS: Final = "from resource where iri >= ? and iri < ? and instr(iri, '#') = 0"


def _range(start: str) -> tuple[str, str]:
    """The ends of what begins with ``start``."""
    return start, f"{start}\U0010ffff"


def _triples(lines: bytes) -> list[Triple]:
    return [quad.triple for quad in parse_bytes(lines, "nq")]
