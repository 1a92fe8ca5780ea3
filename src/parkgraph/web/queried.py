"""Answers about single resources by SPARQL, for data that has no index."""

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from itertools import chain
from typing import Final, TypeGuard

from parkgraph.counts import Counts
from parkgraph.index import LABEL, OfTriples
from parkgraph.query import QueryFailed, QueryService, Question
from parkgraph.query.solutions import Row, solutions, truth
from parkgraph.rdf import NamedNode, Triple, parse_bytes
from parkgraph.web.counted import counted

#: How many instances, fragments or subjects are listed at most; graphs are all listed.
_MOST: Final = 10_000


#: How many descriptions are kept: one answer asks for the same one several times.
_RECENT: Final = 64

#: How many of the things that a description mentions are fetched together.
_NEAR: Final = 1_000
#: The data without its division into graphs.
ANY: Final = "{{ {0} }} UNION {{ GRAPH ?g {{ {0} }} }}"


class QueriedIndex(OfTriples):
    """A :class:`parkgraph.index.Lookup` over a query service, inside its budget."""

    remote: Final = True

    def __init__(self, queries: QueryService) -> None:
        self._queries = queries
        self._described = lru_cache(_RECENT)(self._describe)
        self._counts: Counts | None = None
        self._uncountable = False

    def close(self) -> None:
        """Nothing is open here: the query service is closed by its owner."""

    def description(self, iri: str) -> Sequence[Triple]:
        """What a query process says of ``iri`` all at once (:mod:`parkgraph.query.stored`)."""
        return self._described(iri)

    def _describe(self, iri: str) -> tuple[Triple, ...]:
        return tuple(self._triples(f"DESCRIBE {written(iri)}"))

    def around(self, iri: str, triples: Sequence[Triple]) -> "QueriedIndex":
        """The same for whoever shows the description ``triples`` of ``iri``."""
        return Surroundings(self, iri, triples)

    def outgoing(self, *iris: str) -> list[Triple]:
        """The triples of ``iris``."""
        if not iris:
            return []
        names = " ".join(map(written, dict.fromkeys(iris)))
        pattern = ANY.format("?s ?p ?o")
        found = f"CONSTRUCT {{ ?s ?p ?o }} {{ VALUES ?s {{ {names} }} {pattern} }}"
        return _sorted(self._triples(found))

    def labels(self, iris: Iterable[str]) -> list[Triple]:
        """The ``rdfs:label`` triples of ``iris``, sorted."""
        return [triple for triple in self.outgoing(*iris) if triple.predicate == LABEL]

    def knows(self, iri: str) -> bool:
        """Whether ``iri`` occurs in the data, or fragments of it."""
        try:
            written(iri)
        except ValueError:
            return False  # what no IRI can be names nothing
        return bool(self.description(iri))

    def fragments(self, iri: str) -> list[str]:
        """Every ``iri#…`` that is the subject of a triple, sorted."""
        return _fragments(iri, self.description(iri))

    def incoming(self, iri: str, *, limit: int, predicate: str | None = None) -> list[Triple]:
        """Triples whose object is ``iri``, sorted by predicate and subject, ``limit`` at most."""
        pattern = f"?s {written(predicate) if predicate else '?p'} {written(iri)}"
        part = f"ORDER BY ?p ?s LIMIT {limit}"
        select = f"SELECT DISTINCT ?s ?p {{ {ANY.format(pattern)} }} {part}"
        return self._triples(f"CONSTRUCT {{ {pattern} }} {{ {{ {select} }} }}")

    def uses(self, iri: str, *, limit: int) -> list[Triple]:
        """Triples whose predicate is ``iri``, ``limit`` at most."""
        pattern = f"?s {written(iri)} ?o"
        return self._triples(f"CONSTRUCT {{ {pattern} }} {{ {ANY.format(pattern)} }} LIMIT {limit}")

    def instances(self, class_iri: str, *, limit: int | None = None) -> list[str]:
        """The instances of a class, sorted; the first ``limit`` of them if that is given."""
        return self._names(f"?x a {written(class_iri)}", _MOST if limit is None else limit)

    def resources(self, start: str) -> list[str]:
        """Every subject whose IRI begins with ``start``, sorted."""
        NamedNode(start)  # what no IRI can begin with raises here, before it gets into a query
        return self._names(f'?x ?p ?o FILTER(STRSTARTS(STR(?x), "{start}"))')

    def documents(self, start: str, *, offset: int, limit: int) -> list[str]:
        """``limit`` of the subjects without a fragment that begin with ``start``, sorted."""
        found = f"SELECT DISTINCT ?x {_documents(start)} ORDER BY ?x LIMIT {limit} OFFSET {offset}"
        return [row["x"]["value"] for row in self._rows(found)]

    def document_count(self, start: str) -> int:
        """How many subjects without a fragment begin with ``start``."""
        rows = self._rows(f"SELECT (COUNT(DISTINCT ?x) AS ?n) {_documents(start)}")
        return int(rows[0]["n"]["value"])

    def graph(self, iri: str) -> bytes | None:
        """The N-Triples of a named graph; None if there is none of that name."""
        if not truth(self._ask(f"ASK {{ GRAPH {written(iri)} {{ ?s ?p ?o }} }}")):
            return None
        return self._ask(f"CONSTRUCT {{ ?s ?p ?o }} {{ GRAPH {written(iri)} {{ ?s ?p ?o }} }}")

    def graphs(self) -> Mapping[str, int | None]:
        """How many triples each named graph has, by its name, sorted."""
        query = "SELECT ?x (COUNT(*) AS ?n) { GRAPH ?x { ?s ?p ?o } } GROUP BY ?x"
        rows = self._rows(f"{query} HAVING(isIRI(?x)) ORDER BY ?x")
        return {row["x"]["value"]: int(row["n"]["value"]) for row in rows}

    def counts(self) -> Counts | None:
        """The default graph in numbers, counted when first asked for; None if that takes long."""
        if self._counts is None and not self._uncountable:
            try:
                self._counts = counted(self._ask)
            except QueryFailed as error:
                self._uncountable = error.kind != "busy"
        return self._counts

    def _names(self, pattern: str, limit: int = _MOST) -> list[str]:
        query = f"SELECT DISTINCT ?x {{ {pattern} FILTER(isIRI(?x)) }} ORDER BY ?x LIMIT {limit}"
        return [row["x"]["value"] for row in self._rows(query)]

    def _rows(self, query: str) -> list[Row]:
        return solutions(self._ask(query))

    def _triples(self, query: str) -> list[Triple]:
        return [quad.triple for quad in parse_bytes(self._ask(query), "nt")]

    def _ask(self, query: str) -> bytes:
        """The answer: JSON of solutions and of an ASK, N-Triples of a graph."""
        return self._queries.ask(Question(query, solutions="json", graph="nt")).content()


def _documents(start: str) -> str:
    """The pattern of subjects ``?x`` that begin with ``start`` and have no fragment.

    Raises:
        ValueError: no IRI can begin so.
    """
    NamedNode(start)
    tests = f'isIRI(?x) && STRSTARTS(STR(?x), "{start}") && !CONTAINS(STR(?x), "#")'
    return f"{{ ?x ?p ?o FILTER({tests}) }}"


class Surroundings(QueriedIndex):
    """The index around one description: what is near is fetched at once, and once.

    A page names everything that its description mentions, and asks for each by itself.
    """

    def __init__(self, index: QueriedIndex, iri: str, triples: Sequence[Triple]) -> None:
        super().__init__(index._queries)  # its own class
        self._iri, self._said = iri, triples
        self._known: dict[str, list[Triple]] | None = None

    def outgoing(self, *iris: str) -> list[Triple]:
        """The triples of ``iris``."""
        known = self._near()
        if missing := [iri for iri in iris if iri not in known]:
            known |= self._fetched(missing)
        return [triple for iri in iris for triple in known[iri]]

    def fragments(self, iri: str) -> list[str]:
        """Every ``iri#…`` that is the subject of a triple, sorted."""
        return _fragments(iri, self._said) if iri == self._iri else super().fragments(iri)

    def _near(self) -> dict[str, list[Triple]]:
        if self._known is None:
            parts = chain.from_iterable((t.predicate, t.object) for t in self._said)
            about = (triple.subject for triple in self._said)
            named = dict.fromkeys(part.value for part in chain(parts, about) if _named(part))
            self._known = self._fetched(list(named)[:_NEAR])
        return self._known

    def _fetched(self, iris: Sequence[str]) -> dict[str, list[Triple]]:
        found: dict[str, list[Triple]] = {iri: [] for iri in iris}
        for triple in super().outgoing(*iris):
            found[getattr(triple.subject, "value", "")].append(triple)
        return found


def written(iri: str) -> str:
    """``iri`` as SPARQL writes it.

    Raises:
        ValueError: it holds what no IRI may.
    """
    return str(NamedNode(iri))


def _fragments(iri: str, triples: Iterable[Triple]) -> list[str]:
    subjects = {triple.subject.value for triple in triples if _named(triple.subject)}
    return sorted(name for name in subjects if name.startswith(f"{iri}#"))


def _named(node: object) -> TypeGuard[NamedNode]:
    return isinstance(node, NamedNode)


def _sorted(triples: list[Triple]) -> list[Triple]:
    return sorted(triples, key=str)
