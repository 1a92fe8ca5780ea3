"""What is said of one thing: its triples, its claims with their words, labels, incoming links."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Final

from parkgraph.index import Index, Lookup
from parkgraph.rdf import NamedNode, Quad, Triple
from parkgraph.vocab import term

#: How many incoming links a description holds at most.
MAX_INCOMING: Final = 500
#: How many claims a description holds at most.
MAX_CLAIMS: Final = 2_000

_LABEL: Final = term("rdfs:label")
_EVIDENCE: Final = term("park:evidence")
_SELECTOR: Final = term("oa:hasSelector")
_FOLLOWED: Final = frozenset(map(term, ("dcterms:hasVersion", "park:hasField")))


def describe(index: Lookup, iri: str) -> list[Triple]:
    """The description of ``iri``: the same triples in every format, for DESCRIBE too.

    Its own triples and those of its fragments; every claim about it, or that asserts a triple of
    it, with the passages; the links that lead to it; and the label of all that is named.
    Empty if nothing is known of ``iri``.
    """
    found = dict.fromkeys(_own(index, iri))
    if not found:
        return []
    for claim in _claims(index, iri):
        found |= dict.fromkeys(_with_evidence(index, claim))
    found |= dict.fromkeys(index.incoming(iri, limit=MAX_INCOMING))
    found |= dict.fromkeys(_labels(index, found))
    return list(found)


def describer(path: str) -> Callable[[list[str]], list[Quad]]:
    """What a query process asks for the answer to DESCRIBE, over the index at ``path``."""
    index = Index(Path(path))

    def descriptions(iris: list[str]) -> list[Quad]:
        found = dict.fromkeys(triple for iri in iris for triple in describe(index, iri))
        return [Quad(triple.subject, triple.predicate, triple.object) for triple in found]

    return descriptions


def _own(index: Lookup, iri: str) -> list[Triple]:
    triples = index.outgoing(iri)
    for fragment in index.fragments(iri):
        triples += index.outgoing(fragment)
    for triple in list(triples):
        if triple.predicate in _FOLLOWED and isinstance(triple.object, NamedNode):
            triples += _own(index, triple.object.value)
    return triples


def _claims(index: Lookup, iri: str) -> list[str]:
    """The claims about a thing, those that assert of it, and those read from a version of it."""
    claims: dict[str, None] = {}
    for name in ("park:about", "rdf:subject"):
        links = index.incoming(iri, limit=MAX_CLAIMS, predicate=term(name).value)
        claims |= dict.fromkeys(_subjects(links))
    for passage in index.fragments(iri):
        links = index.incoming(passage, limit=MAX_CLAIMS, predicate=_EVIDENCE.value)
        claims |= dict.fromkeys(_subjects(links))
    return list(claims)


def _subjects(triples: Iterable[Triple]) -> list[str]:
    return [t.subject.value for t in triples if isinstance(t.subject, NamedNode)]


def _with_evidence(index: Lookup, claim: str) -> list[Triple]:
    triples = index.outgoing(claim)
    for property_ in (_EVIDENCE, _SELECTOR):
        for triple in [t for t in triples if t.predicate == property_]:
            if isinstance(triple.object, NamedNode):
                triples += index.outgoing(triple.object.value)
    return triples


def _labels(index: Lookup, triples: Iterable[Triple]) -> list[Triple]:
    named = {
        part.value
        for triple in triples
        for part in (triple.subject, triple.predicate, triple.object)
        if isinstance(part, NamedNode)
    }
    return [t for iri in sorted(named) for t in index.outgoing(iri) if t.predicate == _LABEL]
