"""The per-resource index: a resource's triples and who points at it, without any query."""

import sqlite3
import threading
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final, Protocol

from parkgraph.counts import Counts, count
from parkgraph.rdf import DEFAULT_GRAPH, NamedNode, Quad, Triple, canonical_lines, parse_bytes

_SCHEMA: Final = """
create table resource (iri text primary key, triples blob not null) without rowid;
create table incoming (
  object text not null, predicate text not null, subject text not null,
  primary key (object, predicate, subject)
) without rowid;
create table graph (iri text primary key, triples blob not null) without rowid;
create table counts (json text not null);
"""

#: The character after «#»: a range up to it holds every fragment of an address.
_AFTER_HASH: Final = "$"


def write_index(path: Path, quads: Iterable[Quad], also: NamedNode) -> None:
    """Write the index of the default graph and of the graph ``also`` (the ontology).

    The triples of every named graph are kept too, to be answered as a whole, and the default
    graph in numbers.
    """
    quads = list(quads)
    outgoing: dict[str, list[Quad]] = defaultdict(list)
    graphs: dict[str, list[Quad]] = defaultdict(list)
    incoming: set[tuple[str, str, str]] = set()
    for quad in quads:
        triple = Quad(quad.subject, quad.predicate, quad.object)
        if quad.graph_name != DEFAULT_GRAPH:
            graphs[_name(quad.graph_name)].append(triple)
        if quad.graph_name in (DEFAULT_GRAPH, also):
            outgoing[_name(quad.subject)].append(triple)
            if isinstance(quad.object, NamedNode):
                incoming.add((quad.object.value, quad.predicate.value, _name(quad.subject)))
    with sqlite3.connect(path) as connection:
        connection.executescript(_SCHEMA)
        connection.executemany("insert into resource values (?, ?)", _rows(outgoing))
        connection.executemany("insert into incoming values (?, ?, ?)", sorted(incoming))
        connection.executemany("insert into graph values (?, ?)", _rows(graphs))
        connection.execute("insert into counts values (?)", (_counts(quads).to_json(),))
    connection.close()


def _counts(quads: Iterable[Quad]) -> Counts:
    return count(quad for quad in quads if quad.graph_name == DEFAULT_GRAPH)


def _name(term: object) -> str:
    return term.value if isinstance(term, NamedNode) else str(term)


def _rows(groups: dict[str, list[Quad]]) -> Iterator[tuple[str, bytes]]:
    for iri in sorted(groups):
        yield iri, b"".join(canonical_lines(groups[iri]))


class Lookup(Protocol):
    """What is asked of the data about single resources, wherever the answers come from."""

    def outgoing(self, iri: str) -> list[Triple]:
        """The triples whose subject is ``iri``, sorted; none if it is unknown."""

    def knows(self, iri: str) -> bool:
        """Whether ``iri`` is the subject of a triple."""

    def fragments(self, iri: str) -> list[str]:
        """Every ``iri#…`` that is the subject of a triple, sorted."""

    def incoming(self, iri: str, *, limit: int, predicate: str | None = None) -> list[Triple]:
        """Triples whose object is ``iri``, sorted by predicate and subject, ``limit`` at most."""

    def instances(self, class_iri: str) -> list[str]:
        """The instances of a class, sorted."""

    def resources(self, start: str) -> list[str]:
        """Every subject whose IRI begins with ``start``, sorted."""

    def graph(self, iri: str) -> bytes | None:
        """The canonical N-Triples of a named graph; None if there is none of that name."""

    def graphs(self) -> dict[str, int]:
        """How many triples each named graph has, by its name, sorted."""

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

    def outgoing(self, iri: str) -> list[Triple]:
        """The triples whose subject is ``iri``, sorted; none if it is unknown."""
        row = self._connection.execute(
            "select triples from resource where iri = ?", (iri,)
        ).fetchone()
        return _triples(row[0]) if row else []

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
            (start, f"{start}\U0010ffff"),
        )
        return [row[0] for row in rows]

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


def _triples(lines: bytes) -> list[Triple]:
    return [quad.triple for quad in parse_bytes(lines, "nq")]
