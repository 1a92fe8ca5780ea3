"""What a store says of single resources: descriptions of data that has no index."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import Final, TypeAlias, cast

from pyoxigraph import BlankNode, NamedNode, Quad, QuerySolutions, Store, Triple

from parkgraph.describe import describe
from parkgraph.index import LABEL, OfTriples

_HASHED: Final = """
SELECT DISTINCT ?s { { ?s ?p ?o } UNION { GRAPH ?g { ?s ?p ?o } }
  FILTER(isIRI(?s) && CONTAINS(STR(?s), "#")) }
"""
_Node: TypeAlias = NamedNode | BlankNode


def describer(store: Store) -> Callable[[list[str]], list[Triple]]:
    """What answers DESCRIBE over ``store``, its named graphs included."""
    facts = StoreFacts(store)

    def descriptions(iris: list[str]) -> list[Triple]:
        return list(dict.fromkeys(triple for iri in iris for triple in describe(facts, iri)))

    return descriptions


class StoreFacts(OfTriples):
    """A :class:`parkgraph.index.Facts` over a store that does not change."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._fragments = _fragments(store)
        self._used: dict[str, bool] = {}

    def outgoing(self, *iris: str) -> list[Triple]:
        """The triples of ``iris``, with those of the blank nodes that they lead to."""
        found: dict[Triple, None] = {}
        nodes: dict[_Node, None] = dict.fromkeys(map(NamedNode, iris))
        while nodes:
            triples = dict.fromkeys(t for node in nodes for t in self._triples(node))
            found |= triples
            blank = (t.object for t in triples if isinstance(t.object, BlankNode))
            seen = {triple.subject for triple in found}
            nodes = dict.fromkeys(node for node in blank if node not in seen)
        return list(found)

    def labels(self, iris: Iterable[str]) -> list[Triple]:
        """The ``rdfs:label`` triples of ``iris``."""
        if not self._uses(LABEL):
            return []
        return [t for iri in sorted(iris) for t in self._triples(NamedNode(iri), LABEL)]

    def fragments(self, iri: str) -> list[str]:
        """Every ``iri#…`` that is the subject of a triple, sorted."""
        return self._fragments.get(iri, [])

    def incoming(self, iri: str, *, limit: int, predicate: str | None = None) -> list[Triple]:
        """Triples whose object is ``iri``, sorted by predicate and subject, ``limit`` at most."""
        by = NamedNode(predicate) if predicate else None
        if by and not self._uses(by):
            return []
        found = dict.fromkeys(_triples(self._store.quads_for_pattern(None, by, NamedNode(iri))))
        return sorted(found, key=_order)[:limit]

    def uses(self, iri: str, *, limit: int) -> list[Triple]:
        """Triples whose predicate is ``iri``, ``limit`` at most."""
        quads = self._store.quads_for_pattern(None, NamedNode(iri), None)
        return [triple for triple, _ in zip(_triples(quads), range(limit), strict=False)]

    def _uses(self, predicate: NamedNode) -> bool:
        """Whether any triple has it: what the data lacks is not looked for again and again."""
        if predicate.value not in self._used:
            found = self._store.quads_for_pattern(None, predicate, None)
            self._used[predicate.value] = next(found, None) is not None
        return self._used[predicate.value]

    def _triples(self, node: _Node, predicate: NamedNode | None = None) -> Iterator[Triple]:
        return _triples(self._store.quads_for_pattern(node, predicate, None))


def _fragments(store: Store) -> dict[str, list[str]]:
    """Document to the hash IRIs in it that something is said of."""
    found: dict[str, list[str]] = defaultdict(list)
    for row in cast("QuerySolutions", store.query(_HASHED)):
        iri = cast("NamedNode", row[0]).value
        found[iri.partition("#")[0]].append(iri)
    return {document: sorted(iris) for document, iris in found.items()}


def _triples(quads: Iterable[Quad]) -> Iterator[Triple]:
    return (quad.triple for quad in quads)


def _order(triple: Triple) -> tuple[str, bool, str]:
    """By predicate, blank nodes first, as SPARQL orders them (SPARQL 1.1 §15.1)."""
    subject = triple.subject
    named = isinstance(subject, NamedNode)
    return triple.predicate.value, named, getattr(subject, "value", "")
