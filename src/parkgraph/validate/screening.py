"""Which focus nodes of a shape may have results, found by a few queries over all of them.

A screen may name too many nodes and never too few. What it cannot say of a shape it leaves open,
and pySHACL then looks at all the shape's focus nodes.
"""

from collections.abc import Iterable
from typing import Final, cast

import rdflib
from pyoxigraph import QuerySolutions
from rdflib.namespace import RDF, RDFS
from rdflib.term import Node

from parkgraph.rdf import Store, Triple
from parkgraph.validate.data import Value, rdflib_term
from parkgraph.validate.engine import Shape
from parkgraph.validate.failing import Walk
from parkgraph.validate.setwise import with_targets

_SUBCLASSES: Final = f"SELECT DISTINCT ?class WHERE {{{{ ?class <{RDFS.subClassOf}>+ <{{0}}> }}}}"


def suspects(shape: Shape, store: Store) -> list[Node] | None:
    """The focus nodes of ``shape`` that may have results; None if that cannot be told.

    Nodes that the shape names itself are few, and named without a look.
    """
    nodes, classes, implicit, objects_of, subjects_of = map(list, shape.target())
    patterns = [
        *_instances(store, {*classes, *implicit}),
        *(f"?this <{predicate}> []" for predicate in subjects_of),
        *(f"[] <{predicate}> ?this" for predicate in objects_of),
    ]
    walk = Walk()
    condition = walk.fails(shape).may
    if not patterns or "" in patterns or condition == "true":
        return None
    found = set(nodes)
    try:
        for pattern in patterns:
            for query in _queries(pattern, condition, walk.queries):
                found.update(_solutions(store, query, "this"))
    except SyntaxError:  # pySHACL shall say so, if any node is its focus
        return None
    return list(found)


def _queries(pattern: str, condition: str, constraints: Iterable[str]) -> Iterable[str]:
    if condition != "false":
        yield f"SELECT DISTINCT ?this WHERE {{ {pattern} FILTER ({condition}) }}"
    for constraint in constraints:
        if query := with_targets(constraint, pattern):
            yield query


def _instances(store: Store, classes: Iterable[Node]) -> Iterable[str]:
    """A pattern for each class and each of its subclasses; empty for one without an IRI."""
    for class_ in classes:
        yield _instance(class_)
        if isinstance(class_, rdflib.URIRef):
            yield from map(_instance, _solutions(store, _SUBCLASSES.format(class_), "class"))


def _instance(class_: Node) -> str:
    return f"?this <{RDF.type}> <{class_}>" if isinstance(class_, rdflib.URIRef) else ""


def _solutions(store: Store, query: str, variable: str) -> Iterable[Node]:
    found = cast("QuerySolutions", store.query(query))
    terms: set[Value | Triple | None] = {row[variable] for row in found}
    return [rdflib_term(term) for term in terms if term is not None]
