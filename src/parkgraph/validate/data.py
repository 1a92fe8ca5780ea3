"""Oxigraph's store as pySHACL wants its data: an rdflib graph that holds no copy."""

from collections.abc import Iterator, Mapping
from typing import Final, TypeAlias, cast

import rdflib
from pyoxigraph import QuerySolution, QuerySolutions
from pyshacl.graph_abstraction import to_ox
from rdflib.plugins.stores.memory import Memory
from rdflib.query import Result
from rdflib.term import IdentifiedNode, Identifier, Node

from parkgraph.rdf import DEFAULT_GRAPH, BlankNode, Literal, NamedNode, Store, Triple
from parkgraph.validate.prebinding import prebound

#: A triple in rdflib's terms.
RdflibTriple: TypeAlias = tuple[Node, Node, Node]

Value: TypeAlias = NamedNode | BlankNode | Literal


class OxigraphStore(Memory):
    """The default graph of an Oxigraph store, read through rdflib's interface.

    Of rdflib's own store it keeps what that knows of prefixes. pySHACL walks the graph triple by
    triple, and Oxigraph answers its SPARQL: rdflib takes up to 0.1 s to parse a query, and
    pySHACL asks anew for each focus node.
    """

    def __init__(self, store: Store) -> None:
        super().__init__()
        self._store = store
        self._graph = rdflib.Graph(self)
        # pySHACL asks for the truth of a graph, that is its length; Oxigraph counts it anew.
        self._length = len(store)

    def triples(  # type: ignore[override]  # rdflib leaves the types of its own stores loose
        self, pattern: tuple[Node | None, Node | None, Node | None], *_: object, **__: object
    ) -> Iterator[tuple[RdflibTriple, Iterator[rdflib.Graph]]]:
        """The triples that match ``pattern``, each with its one graph."""
        subject, predicate, value = map(oxigraph, pattern)
        # Property paths lead pySHACL on to literals, which are nobody's subject.
        if isinstance(subject, Literal) or not isinstance(predicate, NamedNode | None):
            return
        for quad in self._store.quads_for_pattern(subject, predicate, value, DEFAULT_GRAPH):
            triple = tuple(map(rdflib_term, (quad.subject, quad.predicate, quad.object)))
            yield cast("RdflibTriple", triple), iter((self._graph,))

    def __len__(self, context: object = None) -> int:
        return self._length

    def query(  # type: ignore[override]  # as above
        self,
        query: str,
        initNs: object,  # noqa: ARG002, N803  # rdflib's names
        initBindings: Mapping[str, IdentifiedNode | rdflib.Literal],  # noqa: N803  # rdflib's name
        *_: object,
    ) -> Result:
        """The solutions of ``query`` in rdflib's terms.

        Raises:
            NotImplementedError: something else is bound than the focus node, or that has no IRI;
                rdflib then answers by itself.
        """
        this = initBindings.get("this")
        bound = isinstance(this, rdflib.URIRef) and len(initBindings) == 1
        text = prebound(query, f"<{this}>") if bound else None
        if text is None:
            raise NotImplementedError
        solutions = cast("QuerySolutions", self._store.query(text))
        result = Result("SELECT")
        result.vars = [rdflib.Variable(variable.value) for variable in solutions.variables]
        result.bindings = [_binding(result.vars, row) for row in solutions]
        return result


def _binding(names: list[rdflib.Variable], row: QuerySolution) -> dict[rdflib.Variable, Identifier]:
    return {name: rdflib_term(term) for name, term in zip(names, row, strict=True) if term}


def data_graph(store: Store) -> rdflib.Graph:
    """The default graph of ``store`` as pySHACL wants it."""
    return rdflib.Graph(OxigraphStore(store))


def oxigraph(node: Node | None) -> Value | None:
    """A term of rdflib's in ours."""
    return to_ox(cast("IdentifiedNode | rdflib.Literal | None", node))


def rdflib_term(term: Value | Triple) -> Identifier:
    """A term of ours in rdflib's."""
    if isinstance(term, NamedNode):
        return rdflib.URIRef(term.value)
    if isinstance(term, Literal):
        # To rdflib a string is no xsd:string, unless it is written so.
        plain = term.language or term.datatype == _STRING
        datatype = None if plain else rdflib.URIRef(term.datatype.value)
        return rdflib.Literal(term.value, lang=term.language, datatype=datatype)
    return rdflib.BNode(term.value if isinstance(term, BlankNode) else str(term))


_STRING: Final = NamedNode("http://www.w3.org/2001/XMLSchema#string")
