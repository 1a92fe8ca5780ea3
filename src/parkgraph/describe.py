"""What is said of one thing: its triples, its claims with their words, labels, incoming links."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import Final

from parkgraph.index import Facts, Index
from parkgraph.rdf import NamedNode, Quad, Triple
from parkgraph.vocab import term

#: How many incoming links a description holds at most.
MAX_INCOMING: Final = 500
#: Queries for all links to a thing, as a graph and as a table: a description has the first alone.
INCOMING_GRAPH: Final = (
    "CONSTRUCT {{ ?s ?p {0} }} WHERE {{ {{ ?s ?p {0} }} UNION {{ GRAPH ?g {{ ?s ?p {0} }} }} }}"
)
INCOMING_TABLE: Final = (
    "SELECT DISTINCT ?property ?thing WHERE {{\n"
    "  {{ ?thing ?property {0} }} UNION {{ GRAPH ?graph {{ ?thing ?property {0} }} }}\n"
    "}}\nORDER BY ?property ?thing"
)
#: How many claims a description holds at most.
MAX_CLAIMS: Final = 2_000

_EVIDENCE: Final = term("park:evidence")
_SELECTOR: Final = term("oa:hasSelector")
_FIGURE: Final = term("park:hasFigure")
#: The classes of what stands behind a statement.
_BEHIND: Final = frozenset(
    map(
        term,
        (
            "park:Claim",
            "oa:SpecificResource",
            "oa:TextPositionSelector",
            "oa:TextQuoteSelector",
        ),
    )
)
#: What a figure says, apart from whose claim it is.
_OF_FIGURES: Final = frozenset(
    map(
        term,
        (
            "park:bound",
            "park:indicator",
            "park:verbatimValue",
            "qudt:hasUnit",
            "schema:unitCode",
            "schema:value",
        ),
    )
)
_FOLLOWED: Final = frozenset(map(term, ("dcterms:hasVersion", "park:hasField")))


def describe(index: Facts, iri: str) -> list[Triple]:
    """The description of ``iri``: the same triples in every format, for DESCRIBE too.

    Its own triples and those of its fragments; every claim about it, or that asserts a triple of
    it, with the passages; the links that lead to it; and the label of all that is named.

    Of the links ``MAX_INCOMING`` at most. Of a property of which nothing else is known, triples
    that use it. Empty if nothing is known of ``iri``.
    """
    found = dict.fromkeys(_of_itself(index, iri))
    found |= dict.fromkeys(index.incoming(iri, limit=MAX_INCOMING))
    if not found:
        found = dict.fromkeys(index.uses(iri, limit=MAX_INCOMING))
    found |= dict.fromkeys(index.labels(_named(found)))
    return list(found)


def describe_plainly(index: Facts, iri: str) -> list[Triple]:
    """What is said of ``iri``, without who says so: no claims, passages and incoming links.

    Its own triples and those of its parts, the numbers of its figures, and the labels of all that
    is named.
    """
    triples, _ = _own(index, iri)
    found = dict.fromkeys(_without_claims(triples))
    figures = index.outgoing(*_objects(found, _FIGURE))
    found |= dict.fromkeys(t for t in figures if t.predicate in _OF_FIGURES)
    found |= dict.fromkeys(index.labels(_named(found)))
    return list(found)


def _without_claims(triples: Sequence[Triple]) -> Iterator[Triple]:
    behind = {t.subject for t in triples if t.object in _BEHIND}
    for triple in triples:
        if triple.subject not in behind and triple.object not in behind:
            yield triple


def describer(path: str) -> Callable[[list[str]], list[Quad]]:
    """What a query process asks for the answer to DESCRIBE, over the index at ``path``."""
    index = Index(Path(path))

    def descriptions(iris: list[str]) -> list[Quad]:
        found = dict.fromkeys(triple for iri in iris for triple in describe(index, iri))
        return [Quad(triple.subject, triple.predicate, triple.object) for triple in found]

    return descriptions


def _of_itself(index: Facts, iri: str) -> list[Triple]:
    """What is said of it and its parts, and the claims with their words."""
    triples, fragments = _own(index, iri)
    claims = _claims(index, iri, fragments)
    return triples + _with_evidence(index, claims)


def _own(index: Facts, iri: str) -> tuple[list[Triple], list[str]]:
    """What is said of it and its parts, and its fragments."""
    fragments = index.fragments(iri)
    triples = index.outgoing(iri, *fragments)
    parts = [iri]
    while followed := [part for part in _objects(triples, *_FOLLOWED) if part not in parts]:
        parts += followed
        triples += index.outgoing(*_with_fragments(index, followed))
    return triples, fragments


def _with_fragments(index: Facts, iris: Iterable[str]) -> list[str]:
    return [name for iri in iris for name in (iri, *index.fragments(iri))]


def _claims(index: Facts, iri: str, fragments: Iterable[str]) -> list[str]:
    """The claims about a thing, those that assert of it, and those read from a version of it."""
    asked = [(iri, term(name)) for name in ("park:about", "rdf:subject")]
    asked += [(passage, _EVIDENCE) for passage in fragments]
    links = (index.incoming(o, limit=MAX_CLAIMS, predicate=p.value) for o, p in asked)
    found = (t.subject.value for t in chain(*links) if isinstance(t.subject, NamedNode))
    return list(dict.fromkeys(found))


def _with_evidence(index: Facts, claims: Iterable[str]) -> list[Triple]:
    """All that is said of claims, of their passages, and of what picks those out."""
    triples = found = index.outgoing(*claims)
    for property_ in (_EVIDENCE, _SELECTOR):
        found = index.outgoing(*_objects(found, property_))
        triples += found
    return triples


def _objects(triples: Iterable[Triple], *predicates: NamedNode) -> list[str]:
    """The IRIs that are objects of these predicates, each once."""
    found = (
        triple.object.value
        for triple in triples
        if triple.predicate in predicates and isinstance(triple.object, NamedNode)
    )
    return list(dict.fromkeys(found))


def _named(triples: Iterable[Triple]) -> Iterator[str]:
    """Every IRI in ``triples``, each once; made only where somebody asks for them."""
    parts = chain.from_iterable((t.subject, t.predicate, t.object) for t in triples)
    return (part.value for part in dict.fromkeys(parts) if isinstance(part, NamedNode))
