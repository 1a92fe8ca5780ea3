"""Property paths of shapes, as SPARQL writes them (SHACL §2.3.1)."""

from itertools import chain
from typing import Final

import rdflib
from rdflib.namespace import RDF, SH
from rdflib.term import Node

_KINDS: Final = {
    RDF.first,
    SH.inversePath,
    SH.alternativePath,
    SH.oneOrMorePath,
    SH.zeroOrMorePath,
    SH.zeroOrOnePath,
}
_DEPTH: Final = 4


def path_steps(shapes: rdflib.Graph, path: Node | None, depth: int = 0) -> tuple[str, ...] | None:
    """The steps of ``path``, one after the other, each in SPARQL's words.

    None if it may go no step, or is read otherwise by pySHACL. A path of no step leads from a node
    that is not in the graph, too. pySHACL follows the inverse of a sequence from its wrong end.
    """
    if isinstance(path, rdflib.URIRef):
        return (f"<{path}>",)
    # A node that is several kinds of path is one that pySHACL chooses.
    if path is None or depth > _DEPTH or len(_KINDS & set(shapes.predicates(path))) != 1:
        return None
    if (inverse := shapes.value(path, SH.inversePath)) is not None:
        return (f"^<{inverse}>",) if isinstance(inverse, rdflib.URIRef) else None
    if (more := shapes.value(path, SH.oneOrMorePath)) is not None:
        steps = path_steps(shapes, more, depth + 1)
        return (f"({_joined(steps)})+",) if steps else None
    choice = shapes.value(path, SH.alternativePath)
    items = shapes.items(path if choice is None else choice)
    parts = [path_steps(shapes, item, depth + 1) or () for item in items]
    if len(parts) < 2 or () in parts:
        return None
    if choice is None:
        return tuple(chain.from_iterable(parts))
    return (f"({'|'.join(map(_joined, parts))})",)


def _joined(steps: tuple[str, ...]) -> str:
    return steps[0] if len(steps) == 1 else f"({'/'.join(steps)})"
