"""The SPARQL service described: what it answers, in which formats, over which graphs."""

from collections.abc import Iterator

from parkgraph.negotiate import GRAPH, SOLUTIONS
from parkgraph.rdf import Literal, NamedNode, Term, Triple
from parkgraph.vocab import term
from parkgraph.web.site import Site, quads
from parkgraph.writing import write

_FORMATS = "http://www.w3.org/ns/formats/"

#: The names that W3C gives to formats, by our file endings.
_NAMES = {
    "csv": "SPARQL_Results_CSV",
    "json": "SPARQL_Results_JSON",
    "jsonld": "JSON-LD",
    "nq": "N-Quads",
    "nt": "N-Triples",
    "rdf": "RDF_XML",
    "trig": "TriG",
    "tsv": "SPARQL_Results_TSV",
    "ttl": "Turtle",
    "xml": "SPARQL_Results_XML",
}


def service_description(site: Site, extension: str) -> bytes:
    """The description of the endpoint (SPARQL 1.1 Service Description §3), absolute IRIs only."""
    endpoint = f"{site.public_url}sparql"
    return write(quads(_service(site, endpoint)), extension, first=endpoint)


def _service(site: Site, endpoint: str) -> Iterator[Triple]:
    service, dataset = NamedNode(endpoint), NamedNode(f"{endpoint}#dataset")
    default = NamedNode(f"{endpoint}#default-graph")
    yield from _said(service, "endpoint", service)
    yield from _said(service, "supportedLanguage", term("sd:SPARQL11Query"))
    for form in (*SOLUTIONS, *GRAPH):
        yield from _said(service, "resultFormat", NamedNode(_FORMATS + _NAMES[form.extension]))
    yield from _said(service, "defaultDataset", dataset)
    yield from _said(dataset, "defaultGraph", default)
    yield _typed(service, "Service")
    yield _typed(dataset, "Dataset")
    yield _typed(default, "Graph")
    yield from _counted(default, site.triples)
    for number, (name, triples) in enumerate(site.index.graphs().items(), start=1):
        node, graph = (
            NamedNode(f"{endpoint}#named-{number}"),
            NamedNode(f"{endpoint}#graph-{number}"),
        )
        yield from _said(dataset, "namedGraph", node)
        yield from _said(node, "name", NamedNode(name))
        yield from _said(node, "graph", graph)
        yield _typed(node, "NamedGraph")
        yield _typed(graph, "Graph")
        yield from _counted(graph, triples)


def _said(subject: NamedNode, name: str, value: Term) -> Iterator[Triple]:
    yield Triple(subject, term(f"sd:{name}"), value)


def _typed(subject: NamedNode, name: str) -> Triple:
    return Triple(subject, term("rdf:type"), term(f"sd:{name}"))


def _counted(graph: NamedNode, triples: int | None) -> Iterator[Triple]:
    if triples is not None:
        number = Literal(str(triples), datatype=term("xsd:integer"))
        yield Triple(graph, term("void:triples"), number)
