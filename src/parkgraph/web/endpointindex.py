"""Answers about single resources by SPARQL, for a service that nobody here knows the size of.

All of it is asked so that it stays cheap however large the data is: along links, never through
everything. Solutions are asked for rather than graphs: some services cut those off without a word.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, Final

from parkgraph.counts import Counts
from parkgraph.describe import describe
from parkgraph.index import LABEL
from parkgraph.query import QueryFailed, QueryService
from parkgraph.query.solutions import Row
from parkgraph.query.values import failure
from parkgraph.rdf import BaseDirection, BlankNode, Literal, NamedNode, Term, Triple
from parkgraph.search import NAMES
from parkgraph.vocab import term
from parkgraph.web.queried import ANY, QueriedIndex, written

#: How many instances, fragments or graphs are listed at most.
_MOST: Final = 1_000
#: How many things are asked for at once: their names stand in the query.
_TOGETHER: Final = 100
#: How many of the things that a description mentions are shown by name.
_NEAR: Final = 1_000
#: How many things are kept until the next edition.
_KEPT: Final = 20_000

_OF: Final = "{0} ?p ?o BIND({0} AS ?s)"
#: What is said of a thing, and of the blank nodes that it leads to, and those that they lead to.
_DEEP: Final = (
    _OF,
    "{0} ?p1 ?s . ?s ?p ?o FILTER(isBlank(?s))",
    "{0} ?p1 ?b . ?b ?p2 ?s . ?s ?p ?o FILTER(isBlank(?b) && isBlank(?s))",
)
#: What leads from a fragment to its document.
_PART_OF: Final = ("rdfs:isDefinedBy", "skos:inScheme", "dcterms:isPartOf")


class EndpointIndex(QueriedIndex):
    """A :class:`parkgraph.index.Lookup` over a service; what was asked is kept as long as it lives.

    Nothing is counted, and no more than is linked is found: see docs/endpoint.md.
    """

    def __init__(self, queries: QueryService, graphs: Sequence[str]) -> None:
        super().__init__(queries)
        self._graphs = graphs
        self._said: dict[str, list[Triple]] = {}

    def _describe(self, iri: str) -> tuple[Triple, ...]:
        return tuple(describe(self, iri))

    def around(self, iri: str, triples: Sequence[Triple]) -> "EndpointIndex":  # noqa: ARG002
        """The same index: it keeps what is near."""
        parts = chain.from_iterable((t.subject, t.predicate, t.object) for t in triples)
        named = dict.fromkeys(part.value for part in parts if isinstance(part, NamedNode))
        self.outgoing(*list(named)[:_NEAR])
        return self

    def outgoing(self, *iris: str) -> list[Triple]:
        """The triples of ``iris``; of one alone, with those of its blank nodes."""
        if len(iris) == 1:
            return self._all_of(iris[0])
        known = {iri: self._said[iri] for iri in dict.fromkeys(iris) if iri in self._said}
        for some in _parts([iri for iri in dict.fromkeys(iris) if iri not in known]):
            known |= self._taken_up(some)
        return [triple for iri in dict.fromkeys(iris) for triple in known[iri]]

    def labels(self, iris: Iterable[str]) -> list[Triple]:
        """The ``rdfs:label`` triples of ``iris``, sorted."""
        found: list[Triple] = []
        for some in _parts(list(iris)):
            values = " ".join(map(written, some))
            found += self._found(f"VALUES ?s {{ {values} }} ?s {LABEL} ?o", f"BIND({LABEL} AS ?p)")
        return sorted(found, key=str)

    def fragments(self, iri: str) -> list[str]:
        """Every ``iri#…`` that it leads to, or that says to be part of it, sorted."""
        name, parts = written(iri), " ".join(str(term(part)) for part in _PART_OF)
        led = f"{{ {name} ?q ?x }} UNION {{ VALUES ?q {{ {parts} }} ?x ?q {name} }}"
        test = f'FILTER(isIRI(?x) && STRSTARTS(STR(?x), "{iri}#"))'
        return sorted(self._column(f"SELECT DISTINCT ?x {{ {ANY.format(led)} {test} }}"))

    def incoming(self, iri: str, *, limit: int, predicate: str | None = None) -> list[Triple]:
        """Triples of IRIs whose object is ``iri``, ``limit`` at most, whichever come first."""
        pattern = f"?s ?p {written(iri)}"
        if predicate:
            verb = written(predicate)
            pattern = f"?s {verb} {written(iri)} BIND({verb} AS ?p)"
        rows = self._found(pattern, f"BIND({written(iri)} AS ?o) FILTER(isIRI(?s))", limit)
        return sorted(rows, key=lambda t: (t.predicate.value, str(t.subject)))

    def uses(self, iri: str, *, limit: int) -> list[Triple]:
        """Triples whose predicate is ``iri``, ``limit`` at most."""
        pattern = f"?s {written(iri)} ?o"
        return self._found(pattern, f"BIND({written(iri)} AS ?p)", min(limit, _MOST))

    def instances(self, class_iri: str, *, limit: int | None = None) -> list[str]:
        """Some instances of a class, sorted; ``limit`` at most if that is given."""
        pattern = ANY.format(f"?x a {written(class_iri)}")
        select = f"SELECT DISTINCT ?x {{ {pattern} FILTER(isIRI(?x)) }}"
        return sorted(self._column(select))[:limit]

    def resources(self, start: str) -> list[str]:  # noqa: ARG002
        """None: to find what begins so, everything would have to be looked through."""
        return []

    def documents(self, start: str, *, offset: int, limit: int) -> list[str]:  # noqa: ARG002
        """None, for the same reason."""
        return []

    def document_count(self, start: str) -> int:  # noqa: ARG002
        """None are listed."""
        return 0

    def graph(self, iri: str) -> bytes | None:
        """The N-Triples of a named graph; None if there is none of that name that is served."""
        return super().graph(iri) if not self._graphs or iri in self._graphs else None

    def graphs(self) -> Mapping[str, int | None]:
        """The named graphs that are served, sorted and not counted; none if that takes long."""
        found: Sequence[str] = self._graphs
        if not found:
            try:
                found = self._column(
                    "SELECT DISTINCT ?x { GRAPH ?x { ?s ?p ?o } FILTER(isIRI(?x)) }"
                )
            except QueryFailed:
                found = ()
        return dict.fromkeys(sorted(found))

    def counts(self) -> Counts | None:
        """None: counting would take as long as the data is large."""
        return None

    def _all_of(self, iri: str) -> list[Triple]:
        patterns = (ANY.format(part.format(written(iri))) for part in _DEEP)
        pattern = " UNION ".join(f"{{ {each} }}" for each in patterns)
        return self._triples_of(f"SELECT DISTINCT ?s ?p ?o {{ {pattern} }}")

    def _taken_up(self, iris: Sequence[str]) -> dict[str, list[Triple]]:
        """What is said of ``iris``; their names and types alone where that is too much."""
        values = f"VALUES ?s {{ {' '.join(map(written, iris))} }}"
        try:
            # The labels of blank nodes hold for one result.
            found = self._found(f"{values} ?s ?p ?o", "FILTER(!isBlank(?o))")
        except QueryFailed as error:
            if error.kind not in {"rows", "bytes", "late"}:
                raise
            names = " ".join(map(str, (*NAMES, term("rdf:type"))))
            found = self._found(f"{values} VALUES ?p {{ {names} }} ?s ?p ?o")
        said: dict[str, list[Triple]] = {iri: [] for iri in iris}
        for triple in found:
            said[getattr(triple.subject, "value", "")].append(triple)
        if len(self._said) < _KEPT:
            self._said |= said
        return said

    def _found(self, pattern: str, more: str = "", limit: int | None = None) -> list[Triple]:
        """The triples ``?s ?p ?o`` that ``pattern`` finds in any graph, sorted unless limited."""
        end = f"LIMIT {limit}" if limit else ""
        query = f"SELECT DISTINCT ?s ?p ?o {{ {ANY.format(pattern)} {more} }} {end}"
        return self._triples_of(query)

    def _triples_of(self, query: str) -> list[Triple]:
        return sorted(map(_triple, self._rows(query)), key=str)

    def _column(self, query: str) -> list[str]:
        return [row["x"]["value"] for row in self._rows(f"{query} LIMIT {_MOST}")]


class Silent(EndpointIndex):
    """The same where nobody is asked, so that nothing is known of anything."""

    def _rows(self, query: str) -> list[Row]:  # noqa: ARG002
        return []


def _parts(iris: Sequence[str]) -> Iterator[Sequence[str]]:
    return (iris[start : start + _TOGETHER] for start in range(0, len(iris), _TOGETHER))


def _triple(row: Mapping[str, Mapping[str, str]]) -> Triple:
    return _made(row["s"], row["p"], row["o"])


def _made(*cells: Mapping[str, Any]) -> Triple:
    subject, predicate, value = map(_term, cells)
    if isinstance(subject, Literal) or not isinstance(predicate, NamedNode):
        raise QueryFailed(failure("upstream", "the endpoint behind this server has no triples"))
    return Triple(subject, predicate, value)


def _term(cell: Mapping[str, Any]) -> Term:
    """A term of results in JSON (SPARQL 1.2 Query Results JSON §3.2.2)."""
    value = cell["value"]
    match cell["type"]:
        case "uri":
            return NamedNode(value)
        case "bnode":
            return BlankNode(value)
        case "literal" if "xml:lang" in cell:
            direction = _DIRECTIONS.get(cell.get("its:dir", ""))
            return Literal(value, language=cell["xml:lang"], direction=direction)
        case "literal":
            datatype = cell.get("datatype")
            return Literal(value, datatype=NamedNode(datatype) if datatype else None)
        case _:  # a triple term of RDF 1.2
            return _made(value["subject"], value["predicate"], value["object"])


_DIRECTIONS: Final = {"ltr": BaseDirection.LTR, "rtl": BaseDirection.RTL}
