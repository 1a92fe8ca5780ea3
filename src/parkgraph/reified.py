"""RDF 1.2: the claim as a reifier of the triple that it asserts, carrying the evidence.

RDF 1.1 says with three triples (``rdf:subject``, ``rdf:predicate``, ``rdf:object``) what RDF 1.2
says with one: ``<claim> rdf:reifies <<( s p o )>>`` (RDF 1.2 Concepts §1.5). Nothing else differs,
so each form can be made of the other.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Final, TypeAlias

from parkgraph.graphfile import by_subject
from parkgraph.rdf import (
    BlankNode,
    NamedNode,
    Quad,
    Term,
    Triple,
    canonical_lines,
    parse_bytes,
)
from parkgraph.vocab import term

Subject: TypeAlias = NamedNode | BlankNode | Triple

_REIFIES: Final = term("rdf:reifies")
_PARTS: Final = tuple(term(f"rdf:{part}") for part in ("subject", "predicate", "object"))

_PART: Final = str(_PARTS[0]).encode()


def to_rdf12(quads: Iterable[Quad]) -> list[Quad]:
    """``quads`` with every complete reification of RDF 1.1 as one triple term."""
    quads = list(quads)
    parts: dict[Subject, list[Quad]] = defaultdict(list)
    for quad in quads:
        if quad.predicate in _PARTS:
            parts[quad.subject].append(quad)
    terms = {node: found for node, said in parts.items() if (found := _triple(said))}
    kept = [q for q in quads if q.predicate not in _PARTS or q.subject not in terms]
    return [*kept, *(Quad(node, _REIFIES, triple) for node, triple in terms.items())]


def reified_lines(batches: Iterable[list[bytes]]) -> Iterator[list[bytes]]:
    """Canonical N-Triples as :func:`to_rdf12` has them; the parts stand with their subject."""
    for subject, lines in by_subject(batches):
        if any(line.startswith(_PART, len(subject) + 1) for line in lines):
            yield canonical_lines(to_rdf12(parse_bytes(b"".join(lines), "nt")))
        else:
            yield lines


def _triple(said: list[Quad]) -> Triple | None:
    """The one triple that these parts name; None if a part is missing or there twice."""
    values: dict[NamedNode, Term] = {quad.predicate: quad.object for quad in said}
    if len(said) != len(_PARTS) or len(values) != len(_PARTS):
        return None
    subject, predicate, value = (values[part] for part in _PARTS)
    if not isinstance(subject, NamedNode) or not isinstance(predicate, NamedNode):
        return None
    return Triple(subject, predicate, value)


def to_rdf11(quads: Iterable[Quad]) -> Iterator[Quad]:
    """``quads`` with every triple term written out: what :func:`to_rdf12` was given."""
    for quad in quads:
        triple = quad.object
        if quad.predicate == _REIFIES and isinstance(triple, Triple):
            for part, value in zip(
                _PARTS, (triple.subject, triple.predicate, triple.object), strict=True
            ):
                yield Quad(quad.subject, part, value, quad.graph_name)
        else:
            yield quad
