"""``parkgraph serve --endpoint`` over Virtuoso, which goes its own way in many things."""

import json
from collections.abc import Iterator
from urllib.parse import quote

import pytest
from pyoxigraph import Dataset, RdfFormat, parse

from tests.conftest import Server
from tests.endpoints import SECRET, virtuoso
from tests.test_endpoint import code, query, values

# All of it asks servers; of what this process runs, nothing is to be measured.
pytestmark = pytest.mark.unmeasured

OPEN = r"""
@prefix e: <http://e.example/x/> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
e:a a e:Thing ; rdfs:label "Alpha"@en, "甲"@zh, "plain", "typed"^^xsd:string ;
  e:q "a\\nb\\"c" ; e:to e:b ; e:in [ e:deep [ e:deeper "down" ] ] ; e:p "in the open" .
e:b a e:Thing ; rdfs:label "Beta" .
"""
SHUT = f'<http://e.example/x/a> <http://e.example/x/secret> "{SECRET}" .'
MANY = [
    ("urn:many", " ".join(f"<urn:s{number}> <urn:many> {number} ." for number in range(n, n + 50)))
    for n in range(0, 1500, 50)
]
GRAPHS = [("http://e.example/x/open", OPEN), ("http://e.example/x/shut", SHUT), *MANY]


@pytest.fixture(scope="module")
def upstream(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the service behind."""
    with virtuoso(tmp_path_factory.mktemp("virtuoso"), *GRAPHS) as address:
        yield address


def test_its_results_are_results(whole: Server):
    """Truth is a truth, blank nodes have labels, literals are what they were."""
    said = "SELECT ?o { <http://e.example/x/a> ?p ?o }"
    blank = "SELECT ?s { ?s <http://e.example/x/deeper> ?o }"
    table = query(whole, blank, ("format", "csv")).body.decode()

    assert json.loads(query(whole, "ASK { <http://e.example/x/a> ?p ?o }").body)["boolean"] is True
    assert json.loads(query(whole, "ASK { <urn:nothing> ?p ?o }").body)["boolean"] is False
    assert {"Alpha", "甲", "plain", "typed", 'a\nb"c', SECRET} <= set(
        values(query(whole, said), "o")
    )
    assert table.startswith("s\r\n_:nodeID")
    xml = query(whole, blank, ("format", "xml")).body
    assert b"<bnode>nodeID_3A_2F_2Fb" in xml
    graph = query(whole, "CONSTRUCT WHERE { ?s <http://e.example/x/q> ?o }", ("format", "nt")).body
    assert graph == rb'<http://e.example/x/a> <http://e.example/x/q> "a\nb\"c" .' + b"\n"


def test_what_it_cuts_off_is_an_error(whole: Server):
    """It gives 1000 rows: of more there is no part, neither as rows nor as a graph made of them."""
    many = "{ ?s <urn:many> ?o }"

    assert len(values(query(whole, f"SELECT * {many} LIMIT 900"), "s")) == 900
    assert code(query(whole, f"SELECT * {many}")) == (503, "PG612")
    assert code(query(whole, f"CONSTRUCT WHERE {many}")) == (503, "PG612")
    one = f"CONSTRUCT {{ <urn:x> <urn:y> <urn:z> }} WHERE {many}"
    assert code(query(whole, one)) == (503, "PG612")
    assert query(whole, f"{one} LIMIT 900").status == 200
    assert code(whole.ask("/data?graph=urn:many")) == (503, "PG612")


def test_its_errors_are_ours(whole: Server):
    """Nothing of its own words goes out."""
    for text in ("SELECT * { ?s ?p ?o FILTER(<urn:f>(?s)) }", "SELECT * { ?s <urn:p>+ ?o }"):
        answer = query(whole, text)
        assert code(answer) in [(502, "PG661"), (400, "PG605")]
        assert b"irtuoso" not in answer.body
        assert b"SR185" not in answer.body


def test_documents_and_pages(whole: Server):
    """Descriptions, lists and the search work over it too."""
    found = Dataset(parse(whole.ask("/doc/x/b.nt").body, RdfFormat.N_TRIPLES))

    assert whole.ask("/ready").status == 200
    assert len(found) >= 4
    assert b'"down"' in whole.ask("/doc/x/a.ttl").body
    page = whole.ask("/doc/x/a", Accept="text/html").body.decode()
    assert "Alpha" in page
    assert "Beta" in page
    listed = json.loads(whole.ask("/list?of=http://e.example/x/Thing").body)
    assert [one["name"] for one in listed["entries"]] == ["Alpha", "Beta"]
    assert json.loads(whole.ask("/search?q=bet").body)["count"] == 1
    for path in ("/", "/sparql", "/search?q=alpha"):
        assert whole.ask(path, Accept="text/html").status == 200


@pytest.mark.parametrize(
    "text",
    [
        "SELECT ?o { ?s <http://e.example/x/secret> ?o }",
        "SELECT ?o { GRAPH ?g { ?s <http://e.example/x/secret> ?o } }",
        "SELECT ?o { VALUES ?g { <http://e.example/x/shut> } GRAPH ?g { ?s ?p ?o } }",
        "SELECT ?o { GRAPH ?g { ?s ?p ?o } FILTER(?g = <http://e.example/x/shut>) }",
        "SELECT ?o { BIND(<http://e.example/x/shut> AS ?g) GRAPH ?g { ?s ?p ?o } }",
        "SELECT ?o { { SELECT ?o { GRAPH ?g { ?s <http://e.example/x/secret> ?o } } } }",
        "SELECT ?o { <http://e.example/x/a> <http://e.example/x/secret>+ ?o }",
        "SELECT ?o { ?s ?p ?o FILTER EXISTS { ?t <http://e.example/x/secret> ?u } }",
        "SELECT ?o { ?s ?p ?o FILTER EXISTS { GRAPH ?g { ?t <http://e.example/x/secret> ?u } } }",
        "SELECT ?o FROM <http://e.example/x/open> { GRAPH ?g { ?s ?p ?o } }",
        "SELECT ?o FROM NAMED <http://e.example/x/open> { ?s ?p ?o }",
    ],
)
def test_no_other_graph_is_read(confined: Server, text: str):
    """Of itself it would read all graphs where a query names none: here it never does."""
    answer = query(confined, text)

    assert values(answer, "o") == []


def test_no_other_graph_is_described(confined: Server):
    """Neither DESCRIBE, nor documents, nor the search show what is not served."""
    described = query(confined, "DESCRIBE <http://e.example/x/a>", ("format", "nt"))
    shut = quote("http://e.example/x/shut")

    assert b"in the open" in described.body
    assert SECRET.encode() not in described.body
    assert code(query(confined, "SELECT * FROM <http://e.example/x/shut> { ?s ?p ?o }"))[0] == 403
    for path in (
        "/doc/x/a.nt",
        "/search?q=secret",
        "/data?default",
        f"/data?graph={shut}",
        "/sparql",
    ):
        assert SECRET.encode() not in confined.ask(path).body
