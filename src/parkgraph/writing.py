"""RDF in any syntax, in the order in which a person would want to read it."""

from collections.abc import Iterable

from parkgraph.jsonld import to_jsonld
from parkgraph.rdf import Quad, canonical_lines, serialise
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
    used = {prefix: space for prefix, space in PREFIXES.items() if _uses(ordered, space)}
    return serialise(ordered, extension, used)


def _uses(quads: list[Quad], namespace: str) -> bool:
    start = f"<{namespace}"
    return any(
        str(term).startswith(start) or f"^^{start}" in str(term)
        for quad in quads
        for term in (quad.subject, quad.predicate, quad.object)
    )
