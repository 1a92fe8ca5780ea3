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


def path_steps(shapes: rdflib.Graph, path: Node | None) -> tuple[str, ...] | None:
    """The steps of ``path``, one after the other, each as :func:`property_path` has it.

    None if there is one that it does not have.
    """
    whole = property_path(shapes, path)
    if path is None or whole is None:
        return None
    if isinstance(path, rdflib.URIRef) or shapes.value(path, RDF.first) is None:
        return (whole,)
    steps = (path_steps(shapes, step) or () for step in shapes.items(path))
    return tuple(chain.from_iterable(steps))


def property_path(shapes: rdflib.Graph, path: Node | None, depth: int = 0) -> str | None:
    """``path`` in SPARQL's words; None if it may go no step, or is read otherwise by pySHACL.

    A path of no step leads from a node that is not in the graph, too. pySHACL follows the inverse
    of a sequence from its wrong end.
    """
    if isinstance(path, rdflib.URIRef):
        return f"<{path}>"
    # A node that is several kinds of path is one that pySHACL chooses.
    if path is None or depth > _DEPTH or len(_KINDS & set(shapes.predicates(path))) != 1:
        return None
    if (inverse := shapes.value(path, SH.inversePath)) is not None:
        return f"^<{inverse}>" if isinstance(inverse, rdflib.URIRef) else None
    if (more := shapes.value(path, SH.oneOrMorePath)) is not None:
        step = property_path(shapes, more, depth + 1)
        return f"({step})+" if step else None
    choice = shapes.value(path, SH.alternativePath)
    head, sign = (path, "/") if choice is None else (choice, "|")
    steps = [property_path(shapes, step, depth + 1) for step in shapes.items(head)]
    if len(steps) < 2 or None in steps:
        return None
    return f"({sign.join(step for step in steps if step)})"
