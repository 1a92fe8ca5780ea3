"""RDF in any syntax, in the order in which a person would want to read it."""

from collections.abc import Iterable, Iterator

from parkgraph.jsonld import to_jsonld
from parkgraph.rdf import NamedNode, Quad, canonical_lines, serialise
from parkgraph.vocab import PREFIXES, term

_TYPE = term("rdf:type").value


def write(quads: Iterable[Quad], extension: str, *, first: str | None = None) -> bytes:
    """``quads`` in the syntax that ``extension`` names: the same bytes for the same quads.

    The line-based syntaxes are canonical; the others go subject by subject, its type first.

    Args:
        quads: what to write, in any order.
        extension: a key of :data:`parkgraph.rdf.FORMATS`.
        first: the IRI of the subject that comes before all others.
    """
    if extension in {"nt", "nq"}:
        return b"".join(canonical_lines(quads))
    if extension == "jsonld":
        return to_jsonld(quads, first=first)

    def order(quad: Quad) -> tuple[str, bool, str, bool, str, str]:
        subject, predicate = str(quad.subject), quad.predicate.value
        ahead = subject != f"<{first}>"
        graph = str(quad.graph_name)
        return graph, ahead, subject, predicate != _TYPE, predicate, str(quad.object)

    ordered = sorted(quads, key=order)
    return serialise(ordered, extension, _used(ordered))


def _used(quads: list[Quad]) -> dict[str, str]:
    """The prefixes of the namespaces that occur."""
    iris = {term.value for quad in quads for term in _names(quad)}
    return {
        prefix: space
        for prefix, space in PREFIXES.items()
        if any(iri.startswith(space) for iri in iris)
    }


def _names(quad: Quad) -> Iterator[NamedNode]:
    value = quad.object
    for part in (quad.subject, quad.predicate, value, getattr(value, "datatype", None)):
        if isinstance(part, NamedNode):
            yield part
