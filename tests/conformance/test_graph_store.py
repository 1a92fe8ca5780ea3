"""The SPARQL 1.1 Graph Store HTTP Protocol, the half that reads."""

import json
import time
from collections.abc import Iterator
from urllib.parse import parse_qs, quote

import pytest
from pyoxigraph import DefaultGraph, Literal, NamedNode, Quad, RdfFormat, parse

from tests.conformance.alone import into
from tests.conformance.conftest import serving_quads
from tests.conformance.queries import GRAPHS, ask, media_type, said
from tests.conformance.requests import Dialogue, Request, dialogues
from tests.conformance.results import (
    Graph,
    by_value,
    has_triple_terms,
    in_xml,
    result_of,
    shown,
)
from tests.conformance.suite import Case, absent, cases, parameters, quads
from tests.conftest import Answer, Server

# All of it asks servers; of what this process runs, nothing is to be measured.
pytestmark = pytest.mark.unmeasured

SUITE_TESTS = dialogues("sparql/sparql11/graph-store-protocol", "GraphStoreProtocolTest")
#: What the suite calls a server whose name is not known yet, and where a new graph was put.
ANY_HOST, NEW_GRAPH = "www.example", "$LOCATION$"

#: Graphs of our own, for what the suite leaves out.
BASE = "http://graphs.example/"
PLAIN, DIRECT = f"{BASE}plain", f"{BASE}graph/direct"
ODD = [f"{BASE}%31", f"{BASE}a+b?c=d&e#f", "urn:é:中文"]
TURTLE = b'_:a <urn:p> _:a, "1.5"^^<http://www.w3.org/2001/XMLSchema#decimal>, "x\\r\\ny"@en .'

#: Tests of the RDF suites with one graph, whose data shows what a graph may hold.
RDF_KINDS = {"TestTurtleEval", "TestXMLEval", "TestNTriplesPositiveSyntax"}
RDF_TESTS = [case for case in cases("rdf") if case.kind in RDF_KINDS and quads(case.action)]


def placed(dialogue: Dialogue, number: int, path: str) -> str:
    """The path of a request, with a host of its own: its graph is as it was at that moment."""
    host = f"{number}.{dialogue.name.rpartition('/')[2]}.example"
    return path.replace(NEW_GRAPH, f"http://{host}/new").replace(ANY_HOST, host)


def named(path: str) -> NamedNode | DefaultGraph:
    """The graph that a path names."""
    query = parse_qs(path.partition("?")[2], keep_blank_values=True)
    return NamedNode(query["graph"][0]) if "graph" in query else DefaultGraph()


def turtle(text: str | bytes) -> list[Quad]:
    """The triples of a text, its blank nodes unlike all others."""
    return list(parse(text, RdfFormat.TURTLE, rename_blank_nodes=True))


def stored() -> Iterator[Quad]:
    """What the server holds: the graphs that the suite reads, our own, those of the RDF suites."""
    seen = set()
    for dialogue in indirect():
        for number, request in enumerate(dialogue.requests):
            graph = named(placed(dialogue, number, request.path))
            if request.wanted.graph and graph not in seen:
                seen.add(graph)
                yield from into(graph, turtle(request.wanted.graph))
    for name in (PLAIN, DIRECT, *ODD):
        yield from into(NamedNode(name), turtle(TURTLE))
    for case in RDF_TESTS:
        yield from into(NamedNode(case.action), quads(case.action))


def indirect() -> list[Dialogue]:
    """The tests that name a graph in the query of the address, as this server does."""
    return [test for test in SUITE_TESTS if "DirectGraphIdentification" not in test.features]


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of all that is read here."""
    with serving_quads(stored(), tmp_path_factory, "--base", BASE) as server:
        yield server


def graph_of(answer: Answer) -> list[str]:
    """The graph in an answer, comparable up to blank nodes, numbers by their value."""
    assert answer.status == 200, said(answer)
    extension = {kind: ending for ending, kind in GRAPHS.items()}[media_type(answer)]
    return shown(by_value(result_of(answer.body, extension)))


def comparable(triples: list[Quad]) -> list[str]:
    """A graph, comparable in the same way."""
    return shown(by_value(Graph([quad.triple for quad in triples])))


def fetched(server: Server, name: str, **headers: str) -> Answer:
    """The graph of that name, by GET."""
    return server.ask(f"/data?graph={quote(name, safe='')}", **headers)


# --- the suite's own requests --------------------------------------------------------------------


@pytest.mark.parametrize(
    "dialogue", [pytest.param(test, id=test.name) for test in SUITE_TESTS] or [absent()]
)
def test_suite(store: Server, dialogue: Dialogue):
    """What the suite reads is answered as it says; what it writes is 405, with what is allowed."""
    if dialogue not in indirect():
        pytest.skip("needs graphs under the address of the store; they are named in its query here")
    for number, request in enumerate(dialogue.requests):
        path = placed(dialogue, number, request.path).replace("/gsp", "/data", 1)
        answer = store.ask(path, request.method, request.body, **request.headers)
        if request.method in {"GET", "HEAD"}:
            holds(request, answer)
        else:
            assert answer.status == 405, said(answer)
            assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}


def holds(request: Request, answer: Answer) -> None:
    """The answer is as the suite wants it."""
    assert answer.status in request.wanted.statuses, said(answer)
    if request.method == "HEAD":
        assert answer.body == b""
    if request.wanted.graph:
        assert graph_of(answer) == comparable(turtle(request.wanted.graph))


@pytest.mark.parametrize("case", parameters(RDF_TESTS))
def test_graph_in_every_format(store: Server, case: Case):
    """A graph is the same in every format; one that has no words for it is refused, not cut."""
    triples = quads(case.action)
    for extension, kind in GRAPHS.items():
        answer = fetched(store, case.action, Accept=kind)
        if (extension == "jsonld" and wordless(triples)) or (
            extension == "rdf" and not all(in_xml(text) for text in texts(triples))
        ):
            assert answer.status == 406, said(answer)
        else:
            assert media_type(answer) == kind
            assert graph_of(answer) == comparable(triples), extension


def wordless(triples: list[Quad]) -> bool:
    """Whether JSON-LD 1.1 cannot say them: triple terms, and directions of text."""
    directed = any(getattr(quad.object, "direction", None) for quad in triples)
    return directed or has_triple_terms(Graph([quad.triple for quad in triples]))


def texts(triples: list[Quad]) -> list[str]:
    """What the literals say."""
    return [quad.object.value for quad in triples if isinstance(quad.object, Literal)]


# --- what the suite leaves out -------------------------------------------------------------------


@pytest.mark.parametrize("name", [PLAIN, *ODD])
def test_a_graph_by_its_name(store: Server, name: str):
    """The graph is found by its IRI, decoded once, and is what a query finds in it."""
    answer = fetched(store, name)
    text = f"CONSTRUCT {{ ?s ?p ?o }} {{ GRAPH <{name}> {{ ?s ?p ?o }} }}"

    assert media_type(answer) == "text/turtle"
    assert graph_of(answer) == comparable(turtle(TURTLE))
    assert graph_of(ask(store, text, [], "text/turtle")) == graph_of(answer)


@pytest.mark.parametrize("kind", GRAPHS.values())
def test_a_graph_by_its_address(store: Server, kind: str):
    """A graph below the base of the data has an address of its own, and is the same there."""
    direct = store.ask("/graph/direct", Accept=kind)

    assert media_type(direct) == kind
    assert graph_of(direct) == graph_of(fetched(store, DIRECT, Accept=kind))
    assert store.ask("/graph/none", Accept=kind).status == 404


@pytest.mark.parametrize("path", ["/data?default", "/data?default="])
def test_the_default_graph(store: Server, path: str):
    """The default graph is found by ``?default``, and is what a query finds without GRAPH."""
    text = "CONSTRUCT WHERE { ?s ?p ?o }"

    assert graph_of(store.ask(path)) == graph_of(ask(store, text, [], "text/turtle"))


@pytest.mark.parametrize("method", ["GET", "HEAD"])
@pytest.mark.parametrize("name", [f"{BASE}none", f"{BASE}1", "urn:x"])
def test_no_such_graph(store: Server, method: str, name: str):
    """A graph that is not there is 404."""
    answer = store.ask(f"/data?graph={quote(name, safe='')}", method)

    assert answer.status == 404
    assert media_type(answer) == "application/problem+json"


BAD = [
    ("no graph", "/data"),
    ("both", f"/data?default&graph={quote(PLAIN)}"),
    ("two graphs", f"/data?graph={quote(PLAIN)}&graph={quote(PLAIN)}"),
    ("no name", "/data?graph="),
    ("a relative name", "/data?graph=plain"),
    ("no IRI", "/data?graph=http%3A%2F%2Fgraphs.example%2Fa%20b"),
    ("the end of an IRI", "/data?graph=urn%3Aa%3E"),
    ("a query", f"/data?graph={quote('urn:a> {} } #')}"),
    ("not UTF-8", "/data?graph=urn%3A%E9"),
]


@pytest.mark.parametrize(("law", "path"), BAD, ids=[row[0] for row in BAD])
def test_bad_request(store: Server, law: str, path: str):
    """Exactly one graph is named, by an absolute IRI: anything else is 400."""
    answer = store.ask(path)

    assert answer.status == 400, said(answer)
    assert json.loads(answer.body)["detail"]


@pytest.mark.parametrize("method", ["PUT", "POST", "DELETE", "PATCH"])
@pytest.mark.parametrize("path", ["/data", "/data?default", f"/data?graph={quote(PLAIN)}"])
def test_nothing_is_written(store: Server, method: str, path: str):
    """Writing is 405 with what is allowed, and the graph stays as it was."""
    answer = store.ask(path, method, b"<urn:a> <urn:b> <urn:c> .", Content_Type="text/turtle")

    assert answer.status == 405, said(answer)
    assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}
    assert graph_of(fetched(store, PLAIN)) == comparable(turtle(TURTLE))


@pytest.mark.parametrize(
    "path", ["/data?default", f"/data?graph={quote(PLAIN)}", "/data?graph=urn:x"]
)
@pytest.mark.parametrize("kind", [*GRAPHS.values(), "image/png", "*/*"])
def test_head(store: Server, path: str, kind: str):
    """HEAD is GET without its body, in each format, also where there is nothing to be had."""
    found, head = store.ask(path, Accept=kind), store.ask(path, "HEAD", Accept=kind)

    assert (head.status, head.body) == (found.status, b"")
    for name in ("Content-Type", "Content-Length", "ETag", "Vary", "Cache-Control"):
        assert head.headers[name] == found.headers[name], name


def test_not_acceptable(store: Server):
    """A type that is not offered is 406, with those that are."""
    answer = fetched(store, PLAIN, Accept="image/png")

    assert answer.status == 406
    assert set(json.loads(answer.body)["alternates"]) == set(GRAPHS.values())
    assert "Accept" in answer.headers["Vary"]


@pytest.mark.parametrize("kind", GRAPHS.values())
def test_conditional(store: Server, kind: str):
    """A graph in one format has a tag of its own, and is 304 to the client that has it."""
    first = fetched(store, PLAIN, Accept=kind)
    again = fetched(store, PLAIN, Accept=kind, If_None_Match=first.headers["ETag"])
    others = {fetched(store, PLAIN, Accept=other).headers["ETag"] for other in GRAPHS.values()}

    assert (again.status, again.body) == (304, b"")
    assert len(others) == len(GRAPHS)
    assert "Accept" in first.headers["Vary"]


MANY = 10_050


@pytest.fixture(scope="module")
def crowded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of more graphs than a list may show."""
    served = (
        Quad(NamedNode("urn:a"), NamedNode("urn:b"), Literal(str(number)), numbered(number))
        for number in range(MANY)
    )
    with serving_quads(served, tmp_path_factory) as server:
        yield server


def numbered(number: int) -> NamedNode:
    """The name of one of many graphs."""
    return NamedNode(f"urn:graph:{number:05}")


def test_one_of_many_graphs(crowded: Server):
    """However many graphs there are, each is found."""
    for number in (0, MANY - 1):
        assert fetched(crowded, numbered(number).value).status == 200
    assert fetched(crowded, numbered(MANY).value).status == 404


def test_many_graphs_are_described(crowded: Server):
    """However many graphs there are, the service description lists all, and soon."""
    begin = time.monotonic()
    answer = crowded.ask("/sparql", Accept="application/n-triples")

    assert answer.status == 200, said(answer)
    assert answer.body.count(b"sparql-service-description#NamedGraph>") == MANY
    assert time.monotonic() - begin < 20


def test_a_release_has_its_graphs(server: Server):
    """Of a release too, each graph is what a query finds in it, and the default graph as well."""
    text = "SELECT ?g { GRAPH ?g {} }"
    bindings = json.loads(ask(server, text, [], "application/json").body)["results"]["bindings"]
    every = {row["g"]["value"] for row in bindings}

    assert every
    for name in every:
        query = f"CONSTRUCT {{ ?s ?p ?o }} {{ GRAPH <{name}> {{ ?s ?p ?o }} }}"
        found = ask(server, query, [], "application/n-triples")
        for kind in GRAPHS.values():
            assert graph_of(fetched(server, name, Accept=kind)) == graph_of(found)
    default = graph_of(ask(server, "CONSTRUCT WHERE { ?s ?p ?o }", [], "application/n-triples"))
    for kind in GRAPHS.values():
        assert graph_of(server.ask("/data?default", Accept=kind)) == default
