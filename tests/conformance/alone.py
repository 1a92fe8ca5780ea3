"""The engine alone, in this process: what it makes of a test without any of our code."""

import re
from functools import cache
from urllib.parse import urljoin

from pyoxigraph import DefaultGraph, NamedNode, Quad, Store

from tests.conformance.results import Result, from_engine
from tests.conformance.suite import Case, quads

#: A query that names its dataset; group 1 is the IRI, relative to the query's own.
_FROM = re.compile(r"\bFROM\s+(?:NAMED\s+)?<([^>]*)>", re.IGNORECASE)


def own_dataset(case: Case) -> list[str]:
    """The files that the query names with FROM, if it does."""
    return [urljoin(case.action or "", name) for name in _FROM.findall(case.text)]


def evaluated(case: Case) -> Result:
    """The engine's answer over the files of the test, read by itself.

    Raises:
        SyntaxError: it says that the query does not parse.
    """
    return from_engine(_store(case).query(case.text, base_iri=case.action))


def parses(case: Case) -> bool:
    """Whether the engine takes the text for a query."""
    try:
        Store().query(case.text, base_iri=case.action)
    except SyntaxError:
        return False
    return True


@cache
def _store(case: Case) -> Store:
    store = Store()
    for file in case.data:
        store.extend(quads(file))
    for name, file in [*case.graphs, *((name, name) for name in own_dataset(case))]:
        graph = NamedNode(name)
        store.add_graph(graph)
        store.extend(into(graph, quads(file)))
    return store


def into(graph: NamedNode, found: list[Quad]) -> list[Quad]:
    """Quads of a default graph, put into a named one; those of other graphs stay."""
    return [
        Quad(quad.subject, quad.predicate, quad.object, graph)
        if quad.graph_name == DefaultGraph()
        else quad
        for quad in found
    ]
