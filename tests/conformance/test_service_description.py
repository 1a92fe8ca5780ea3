"""The SPARQL 1.1 Service Description: what it says is so, and what it does not say is not."""

import json
from collections.abc import Callable, Iterator

import pytest
from pyoxigraph import Literal, NamedNode, Quad, RdfFormat, Store, Triple, parse

from tests.conformance.alone import into
from tests.conformance.conftest import serving_quads
from tests.conformance.queries import GRAPHS, SOLUTIONS, ask, media_type, said
from tests.conformance.results import Graph, Solutions, result_of, shown
from tests.conformance.suite import absent, manifests
from tests.conftest import Server

# All of it asks servers; of what this process runs, nothing is to be measured.
pytestmark = pytest.mark.unmeasured

SD = "http://www.w3.org/ns/sparql-service-description#"
FORMATS = "http://www.w3.org/ns/formats/"
TYPE = NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")
TRIPLES = NamedNode("http://rdfs.org/ns/void#triples")

#: Classes of the vocabulary, with what each is a kind of.
CLASSES = {
    "Aggregate": "Function",
    "Dataset": "GraphCollection",
    "EntailmentProfile": None,
    "EntailmentRegime": None,
    "Feature": None,
    "Function": None,
    "Graph": None,
    "GraphCollection": None,
    "Language": None,
    "NamedGraph": None,
    "Service": None,
}
#: Properties of the vocabulary: the class of what has it, and of what it leads to.
PROPERTIES = {
    "availableGraphs": ("Service", "GraphCollection"),
    "defaultDataset": ("Service", "Dataset"),
    "defaultEntailmentRegime": ("Service", "EntailmentRegime"),
    "defaultGraph": ("Dataset", "Graph"),
    "defaultSupportedEntailmentProfile": ("Service", "EntailmentProfile"),
    "endpoint": ("Service", None),
    "entailmentRegime": ("NamedGraph", "EntailmentRegime"),
    "extensionAggregate": ("Service", "Aggregate"),
    "extensionFunction": ("Service", "Function"),
    "feature": ("Service", "Feature"),
    "graph": ("NamedGraph", "Graph"),
    "inputFormat": ("Service", None),
    "languageExtension": ("Service", "Feature"),
    "name": ("NamedGraph", None),
    "namedGraph": ("GraphCollection", "NamedGraph"),
    "propertyFeature": ("Service", "Feature"),
    "resultFormat": ("Service", None),
    "supportedEntailmentProfile": ("NamedGraph", "EntailmentProfile"),
    "supportedLanguage": ("Service", "Language"),
}
LANGUAGES = {"SPARQL10Query", "SPARQL11Query", "SPARQL11Update"}
FEATURES = {
    "BasicFederatedQuery",
    "DereferencesURIs",
    "EmptyGraphs",
    "RequiresDataset",
    "UnionDefaultGraph",
}
#: The endings of formats, by the names that W3C gives them.
ENDINGS = {
    "JSON-LD": "jsonld",
    "N-Quads": "nq",
    "N-Triples": "nt",
    "RDF_XML": "rdf",
    "SPARQL_Results_CSV": "csv",
    "SPARQL_Results_JSON": "json",
    "SPARQL_Results_TSV": "tsv",
    "SPARQL_Results_XML": "xml",
    "TriG": "trig",
    "Turtle": "ttl",
}

HERE, ELSEWHERE = NamedNode("urn:graph:here"), NamedNode("urn:graph:else where".replace(" ", "%20"))


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of three triples without a graph, two in one, and one in another."""
    default = list(parse(b"<urn:a> <urn:b> 1, 2, 3 .", RdfFormat.TURTLE))
    graphs = [
        *into(HERE, list(parse(b"<urn:here> <urn:b> 4, 5 .", RdfFormat.TURTLE))),
        *into(ELSEWHERE, list(parse(b"<urn:else> <urn:b> [] .", RdfFormat.TURTLE))),
    ]
    with serving_quads([*default, *graphs], tmp_path_factory) as server:
        yield server


@pytest.fixture(params=["data", "release", "suite"])
def service(request: pytest.FixtureRequest) -> Server:
    """Each kind of server: of files, of a release, and of some hundred graphs."""
    name = {"data": "small", "release": "server", "suite": "endpoint"}[request.param]
    return request.getfixturevalue(name)


class Description:
    """What a server says of itself."""

    def __init__(self, server: Server) -> None:
        answer = server.ask("/sparql", Accept="text/turtle")
        assert answer.status == 200, said(answer)
        self._store = Store()
        self._store.extend(parse(answer.body, RdfFormat.TURTLE))
        (self.service,) = self.subjects("endpoint")

    def __iter__(self) -> Iterator[Quad]:
        return iter(self._store)

    def subjects(self, name: str) -> list[NamedNode]:
        """What has a property of the vocabulary."""
        found = self._store.quads_for_pattern(None, NamedNode(SD + name), None)
        return [quad.subject for quad in found]

    def values(self, subject: NamedNode, name: str) -> list[NamedNode]:
        """What a property of the vocabulary leads to."""
        found = self._store.quads_for_pattern(subject, NamedNode(SD + name), None)
        return [quad.object for quad in found]

    def names(self, name: str) -> set[str]:
        """The local names of what the service has for a property."""
        found = {value.value for value in self.values(self.service, name)}
        return {iri.removeprefix(SD).removeprefix(FORMATS) for iri in found}

    def classes(self, node: NamedNode) -> set[str]:
        """The local names of the classes of a node, and of what they are kinds of."""
        found = {quad.object.value for quad in self._store.quads_for_pattern(node, TYPE, None)}
        own = {iri.removeprefix(SD) for iri in found}
        return own | {CLASSES[name] for name in own if CLASSES.get(name)}

    def triples(self, graph: NamedNode) -> int:
        """How many triples a graph is said to have."""
        (said_so,) = self._store.quads_for_pattern(graph, TRIPLES, None)
        return int(said_so.object.value)


# --- the suite's checks --------------------------------------------------------------------------


def returns_rdf(server: Server) -> None:
    """A request to the endpoint without a query is answered with RDF, by negotiation."""
    for extension, kind in GRAPHS.items():
        answer = server.ask("/sparql", Accept=kind)
        assert answer.status == 200, said(answer)
        assert media_type(answer) == kind
        assert result_of(answer.body, extension).triples
    assert media_type(server.ask("/sparql")) in GRAPHS.values()


def has_endpoint_triple(server: Server) -> None:
    """The service says where it is: at the address that was asked."""
    description = Description(server)
    (endpoint,) = description.values(description.service, "endpoint")
    assert endpoint.value == f"http://localhost:{server.port}/sparql"


def conforms_to_schema(server: Server) -> None:
    """Each term is of the vocabulary, each subject and object of the class that belongs there."""
    description = Description(server)
    for quad in description:
        name = quad.predicate.value
        if quad.predicate == TYPE and quad.object.value.startswith(SD):
            assert quad.object.value.removeprefix(SD) in CLASSES
        if name.startswith(SD):
            has, leads = PROPERTIES[name.removeprefix(SD)]
            assert has in description.classes(quad.subject), quad
            assert isinstance(quad.object, NamedNode), quad
            named = quad.object.value.removeprefix(SD) in LANGUAGES | FEATURES
            assert named or leads is None or leads in description.classes(quad.object), quad


CHECKS: dict[str, Callable[[Server], None]] = {
    "returns-rdf": returns_rdf,
    "has-endpoint-triple": has_endpoint_triple,
    "conforms-to-schema": conforms_to_schema,
}
LISTED = [
    test.value.rpartition("#")[2]
    for manifest in manifests("sparql/sparql11/service-description")
    for test in manifest.of_kind("ServiceDescriptionTest")
]


@pytest.mark.parametrize("name", LISTED or [absent()])
def test_every_check_of_the_suite_is_here(name: str):
    """No check that the suite lists is left out."""
    assert name in CHECKS


@pytest.mark.parametrize("name", CHECKS)
def test_suite(service: Server, name: str):
    """The description passes the three checks of the suite."""
    CHECKS[name](service)


# --- each statement ------------------------------------------------------------------------------


def test_every_address_is_absolute(service: Server):
    """Nothing in the description depends on where it was read."""
    for quad in Description(service):
        for term in (quad.subject, quad.predicate, quad.object):
            assert isinstance(term, Literal) or ":" in term.value


def test_formats_agree(service: Server):
    """The description says the same in every format."""
    found = [
        shown(result_of(service.ask("/sparql", Accept=kind).body, extension))
        for extension, kind in GRAPHS.items()
    ]

    assert all(lines == found[0] for lines in found)


def test_result_formats(service: Server):
    """Each format that is listed is sent when asked for, and no other format is."""
    listed = Description(service).names("resultFormat")
    offered = {ENDINGS[name] for name in listed}
    solutions = Solutions(["x"], [{"x": Literal("é")}])
    graph = Graph([Triple(NamedNode("urn:a"), NamedNode("urn:b"), Literal("é"))])

    for extension, kind in SOLUTIONS.items():
        answer = ask(service, 'SELECT ("é" AS ?x) {}', [], kind)
        assert (answer.status == 200) is (extension in offered)
        assert media_type(answer) == kind
        assert shown(result_of(answer.body, extension)) == shown(solutions)
    for extension, kind in GRAPHS.items():
        answer = ask(service, 'CONSTRUCT { <urn:a> <urn:b> "é" } {}', [], kind)
        assert (answer.status == 200) is (extension in offered)
        assert media_type(answer) == kind
        assert shown(result_of(answer.body, extension)) == shown(graph)
    assert offered == {*SOLUTIONS, *GRAPHS}


def test_languages(service: Server):
    """The languages are those that are answered: queries of 1.1, and no updates."""
    listed = Description(service).names("supportedLanguage")
    text = "SELECT (COUNT(*) AS ?n) { VALUES ?x { 1 2 } MINUS { BIND(2 AS ?x) } }"
    update = service.ask("/sparql", "POST", b"CLEAR ALL", Content_Type="application/sparql-update")

    assert counted(service, text) == 1
    assert update.status == 403
    assert "SPARQL11Query" in listed
    assert "SPARQL11Update" not in listed
    assert listed <= LANGUAGES


def test_the_default_graph_is_counted(service: Server):
    """The default graph has as many triples as the description says."""
    description = Description(service)
    (dataset,) = description.values(description.service, "defaultDataset")
    (default,) = description.values(dataset, "defaultGraph")

    assert description.triples(default) == counted(service, COUNT.format("?s ?p ?o"))


def test_named_graphs_are_counted(service: Server):
    """Each named graph is listed, no other is, and each has as many triples as it is said to."""
    description = Description(service)
    (dataset,) = description.values(description.service, "defaultDataset")
    said_of = {
        description.values(node, "name")[0].value: description.triples(graph)
        for node in description.values(dataset, "namedGraph")
        for graph in description.values(node, "graph")
    }
    text = "SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g"
    rows = json.loads(ask(service, text, [], "application/json").body)["results"]["bindings"]

    assert said_of == {row["g"]["value"]: int(row["n"]["value"]) for row in rows}


COUNT = "SELECT (COUNT(*) AS ?n) {{ {} }}"


def counted(server: Server, text: str) -> int:
    """The number that a query gives."""
    (row,) = json.loads(ask(server, text, [], "application/json").body)["results"]["bindings"]
    return int(row["n"]["value"])


def unites(server: Server) -> bool:
    """Whether the default graph shows what only a named graph has."""
    query = "SELECT (COUNT(*) AS ?n) {{ {} FILTER NOT EXISTS {{ {} }} }}"
    inside, outside = "GRAPH ?g { ?s ?p ?o }", "?s ?p ?o"
    only_there = counted(server, query.format(inside, outside))
    every = counted(server, COUNT.format(inside))
    return every > 0 and only_there == 0


def needs_dataset(server: Server) -> bool:
    """Whether a query without FROM and without a dataset in the request is refused."""
    return ask(server, "ASK {}", [], "*/*").status != 200


def fetches(server: Server) -> bool:
    """Whether a graph that is named by an address is got from there."""
    text = f"ASK FROM <{server.url}/sparql> {{ ?s ?p ?o }}"
    return json.loads(ask(server, text, [], "application/json").body)["boolean"]


def keeps_empty_graphs(server: Server) -> bool:
    """Whether a graph without any triple is a graph: no file and no release can hold one."""
    query = "SELECT (COUNT(*) AS ?n) { GRAPH ?g {} FILTER NOT EXISTS { GRAPH ?g { ?s ?p ?o } } }"
    return counted(server, query) > 0


def federates(server: Server) -> bool:
    """Whether SERVICE is answered."""
    text = f"SELECT * {{ SERVICE <{server.url}/sparql> {{ ?s ?p ?o }} }}"
    answer = ask(server, text, [], "*/*")
    assert answer.status in {200, 403}, said(answer)
    return answer.status == 200


TRIALS: dict[str, Callable[[Server], bool]] = {
    "BasicFederatedQuery": federates,
    "DereferencesURIs": fetches,
    "EmptyGraphs": keeps_empty_graphs,
    "RequiresDataset": needs_dataset,
    "UnionDefaultGraph": unites,
}


@pytest.mark.parametrize("feature", sorted(FEATURES))
def test_features(service: Server, feature: str):
    """A feature is listed exactly if it is found when tried."""
    assert (feature in Description(service).names("feature")) is TRIALS[feature](service)


def test_no_feature_is_untried(service: Server):
    """All that is listed is tried here."""
    description = Description(service)

    assert description.names("feature") <= FEATURES
    for name in ("extensionFunction", "extensionAggregate", "languageExtension", "inputFormat"):
        assert not description.names(name), f"{name}: add a trial"


def test_entailment(service: Server):
    """No regime beyond simple entailment is claimed."""
    regimes = {quad.object for quad in Description(service) if "ntailment" in quad.predicate.value}

    assert regimes <= {NamedNode("http://www.w3.org/ns/entailment/Simple")}
