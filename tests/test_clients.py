"""Real clients, as their users use them, against a running server."""

import csv
import io
import json
import os
import shutil
import subprocess
import urllib.error
import urllib.parse

import pandas
import pytest
from pyld import jsonld
from rdflib import Graph, Literal, URIRef
from rdflib.compare import isomorphic
from rdflib.plugins.stores.sparqlstore import SPARQLStore
from SPARQLWrapper import CSV, GET, JSON, JSONLD, N3, POST, POSTDIRECTLY, TURTLE, XML, SPARQLWrapper
from SPARQLWrapper.SPARQLExceptions import EndPointInternalError, QueryBadFormed

from tests.conftest import ROOT, Server, needs, node

# All of it asks servers; of what this process runs, nothing is to be measured.
pytestmark = pytest.mark.unmeasured

PARK = "https://w3id.org/parkgraph/id/park/iasp-6112"
PREFIXES = """
PREFIX park: <https://w3id.org/parkgraph/def#>
PREFIX schema: <https://schema.org/>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
"""
FIGURES = (
    PREFIXES
    + """SELECT ?n ?bound WHERE {
  ?park park:hasFigure ?f . ?f schema:value ?n ; park:bound/skos:prefLabel ?bound .
  FILTER(lang(?bound) = "zh")
}
ORDER BY ?n"""
)
ROWS = [("20", "多于"), ("1000", "多于"), ("1500", "多于"), ("770000", "如所述")]
ABOUT = f"CONSTRUCT WHERE {{ <{PARK}> ?p ?o }}"

CLIENTS = ROOT / "tests" / "clients"
COMUNICA = CLIENTS / "node_modules" / "@comunica" / "query-sparql" / "bin" / "query.js"


@pytest.fixture(autouse=True)
def alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """No proxy stands between a client and the server, whatever the environment says."""
    for name in os.environ:
        if name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)


def address(server: Server, query: str, **more: str) -> str:
    return f"{server.url}/sparql?" + urllib.parse.urlencode({"query": query, **more})


# rdflib


def test_rdflib_selects(server: Server):
    """Rdflib's SPARQLStore gives the rows as terms, Chinese and datatypes whole."""
    rows = list(Graph(SPARQLStore(f"{server.url}/sparql")).query(FIGURES))

    assert [tuple(map(str, row)) for row in rows] == ROWS
    assert rows[0].bound == Literal("多于", lang="zh")
    assert isinstance(rows[0].n, Literal)
    assert rows[0].n.datatype is not None


@pytest.mark.parametrize("method", ["GET", "POST", "POST_FORM"])
def test_rdflib_by_each_method(server: Server, method: str):
    """Each of its ways to send a query is understood."""
    store = SPARQLStore(f"{server.url}/sparql", method=method)

    assert len(list(Graph(store).query(FIGURES))) == len(ROWS)


@pytest.mark.parametrize("form", ["xml", "json", "csv", "tsv"])
def test_rdflib_in_each_format(server: Server, form: str):
    """Each format of results that it reads holds the same values."""
    store = SPARQLStore(f"{server.url}/sparql", returnFormat=form)

    assert [str(row[0]) for row in Graph(store).query(FIGURES)] == [n for n, _ in ROWS]


def test_rdflib_walks_the_graph(server: Server):
    """Triple patterns, ASK, CONSTRUCT and DESCRIBE through its graph interface."""
    graph = Graph(SPARQLStore(f"{server.url}/sparql"))
    triples = set(graph.triples((URIRef(PARK), None, None)))

    assert len(triples) > 20
    assert set(graph.query(ABOUT).graph) == triples
    assert graph.query(f"ASK {{ <{PARK}> ?p ?o }}").askAnswer is True
    assert set(graph.query(f"DESCRIBE <{PARK}>").graph) >= triples


def test_rdflib_reads_the_thing(server: Server):
    """``Graph().parse`` of a document's address needs no format named."""
    graph = Graph().parse(f"{server.url}/doc/park/iasp-6112")

    assert (URIRef(PARK), None, None) in graph


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # what its readers call of themselves
@pytest.mark.parametrize("form", ["xml", "turtle", "json-ld", "nt", "n3"])
@pytest.mark.parametrize("path", ["/id/park/iasp-6112", "/", "/def", "/report"])
def test_rdflib_asks_for_a_form(server: Server, path: str, form: str):
    """The form that ``parse`` is told holds the same triples: rdflib is not led to less."""
    address = f"{server.url}{path}"

    assert isomorphic(Graph().parse(address, format=form), Graph().parse(address))


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # what its readers call of themselves
def test_rdflib_reads_json_ld_by_its_suffix(server: Server):
    """Rdflib follows links to other JSON-LD where it can: there are none that it would take."""
    stem = f"{server.url}/doc/park/iasp-6112"
    named = Graph().parse(f"{stem}.jsonld", format="json-ld")

    assert isomorphic(named, Graph().parse(f"{stem}.nt"))


# PyLD


def test_pyld_loads_by_address(server: Server):
    """PyLD's own loader takes a thing by its address, however many forms are linked."""
    load = jsonld.requests_document_loader()
    lines = jsonld.to_rdf(
        f"{server.url}/id/park/iasp-6112",
        {"documentLoader": load, "format": "application/n-quads"},
    )
    told = Graph().parse(data=lines, format="nt")

    assert isomorphic(told, Graph().parse(f"{server.url}/doc/park/iasp-6112.nt"))


# SPARQLWrapper


def wrapped(server: Server, query: str, form: str) -> SPARQLWrapper:
    wrapper = SPARQLWrapper(f"{server.url}/sparql", returnFormat=form)
    wrapper.setQuery(query)
    return wrapper


def test_sparqlwrapper_json(server: Server):
    """The rows as JSON, converted by the client."""
    rows = wrapped(server, FIGURES, JSON).queryAndConvert()["results"]["bindings"]

    assert [(row["n"]["value"], row["bound"]["value"]) for row in rows] == ROWS


def test_sparqlwrapper_xml(server: Server):
    """The rows as an XML document."""
    document = wrapped(server, FIGURES, XML).queryAndConvert()

    assert len(document.getElementsByTagName("result")) == len(ROWS)


def test_sparqlwrapper_csv(server: Server):
    """The rows as CSV."""
    text = wrapped(server, FIGURES, CSV).queryAndConvert().decode()

    assert list(map(tuple, csv.reader(io.StringIO(text))))[1:] == ROWS


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # what SPARQLWrapper calls of rdflib
@pytest.mark.parametrize("form", [TURTLE, N3, XML, JSONLD])
def test_sparqlwrapper_graphs(server: Server, form: str):
    """A graph in the formats that it can ask for."""
    found = wrapped(server, ABOUT, form).queryAndConvert()
    graph = found if isinstance(found, Graph) else Graph().parse(data=found, format="turtle")

    assert len(graph) > 20


@pytest.mark.parametrize(("method", "way"), [(GET, None), (POST, None), (POST, POSTDIRECTLY)])
def test_sparqlwrapper_methods(server: Server, method: str, way: str | None):
    """GET, POST by form and POST direct."""
    wrapper = wrapped(server, FIGURES, JSON)
    wrapper.setMethod(method)
    if way:
        wrapper.setRequestMethod(way)

    assert len(wrapper.queryAndConvert()["results"]["bindings"]) == len(ROWS)


def test_sparqlwrapper_says_what_is_wrong(server: Server):
    """A mistake and a query over its time come up as the exceptions that its users catch."""
    bomb = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"
    endless = wrapped(server, bomb, JSON)
    endless.addParameter("timeout", "0.5")

    with pytest.raises(QueryBadFormed, match="PG601"):
        wrapped(server, "SELECT * {", JSON).query()
    with pytest.raises((EndPointInternalError, urllib.error.HTTPError), match=r"503|PG610"):
        endless.query()


# pandas


def test_pandas_reads_csv(server: Server):
    """``pandas.read_csv`` of an address with ``format=csv``: numbers are numbers."""
    frame = pandas.read_csv(address(server, FIGURES, format="csv"))

    assert list(frame.columns) == ["n", "bound"]
    assert frame["n"].tolist() == [20, 1000, 1500, 770000]
    assert frame["bound"].tolist() == [bound for _, bound in ROWS]


def test_pandas_reads_lines_in_values(server: Server):
    """Commas, quotes, line ends and empty cells come through as they are."""
    values = r'VALUES (?a ?b) { ("x,y" "say \"no\"") ("two\nlines" UNDEF) }'
    frame = pandas.read_csv(address(server, f"SELECT * {{ {values} }}", format="csv"))

    assert frame["a"].tolist() == ["x,y", "two\nlines"]
    assert frame["b"].tolist()[0] == 'say "no"'
    assert frame["b"].isna().tolist() == [False, True]


# curl


def curl(*arguments: str) -> str:
    needs(shutil.which("curl") is not None, "the curl tests need curl (apt-get install curl)")
    command = ["curl", "-sS", "--max-time", "30", *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


CURL = [
    ("GET", ["-G", "--data-urlencode", f"query={FIGURES}"]),
    ("POST form", ["--data-urlencode", f"query={FIGURES}"]),
    ("POST direct", ["--data-binary", FIGURES, "-H", "Content-Type: application/sparql-query"]),
    (
        "QUERY",
        [
            "-X",
            "QUERY",
            "--data-binary",
            FIGURES,
            "-H",
            "Content-Type: application/sparql-query",
        ],
    ),
]


@pytest.mark.parametrize(("way", "arguments"), CURL, ids=[way for way, _ in CURL])
def test_curl(server: Server, way: str, arguments: list[str]):
    """Curl asks by GET, POST and QUERY, and gets JSON without naming it."""
    got = json.loads(curl(*arguments, f"{server.url}/sparql"))

    assert [row["n"]["value"] for row in got["results"]["bindings"]] == [n for n, _ in ROWS]


def test_curl_compressed(server: Server):
    """``--compressed`` gives the same bytes, whatever was negotiated."""
    asked = ["-G", "--data-urlencode", f"query={FIGURES}", f"{server.url}/sparql"]

    assert curl("--compressed", *asked) == curl(*asked)


def test_curl_follows_a_thing(server: Server):
    """``curl -L`` of a thing ends at Turtle that says its name."""
    assert "Tsinghua University Science Park" in curl("-L", f"{server.url}/id/park/iasp-6112")


def test_curl_head(server: Server):
    """``curl -I`` shows the headers of the answer, without a body."""
    head = curl("-I", address(server, "ASK {}"))

    assert head.startswith("HTTP/1.1 200")
    assert "application/sparql-results+json" in head


# Comunica


def comunica(source: str, query: str, form: str) -> str:
    program = node()
    needs(program is not None, "Comunica needs Node.js 22 (pip install playwright brings one)")
    needs(COMUNICA.exists(), "Comunica is not installed (npm ci in tests/clients)")
    command = [program, str(COMUNICA), source, "-q", query, "-t", form]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize("prefix", ["", "sparql@"], ids=["found out", "told"])
def test_comunica_selects(server: Server, prefix: str):
    """Comunica asks the endpoint, and finds out that it is one from its service description."""
    text = comunica(f"{prefix}{server.url}/sparql", FIGURES, "application/sparql-results+json")
    rows = json.loads(text)["results"]["bindings"]

    assert sorted(row["n"]["value"] for row in rows) == sorted(n for n, _ in ROWS)
    assert {row["bound"]["value"] for row in rows} == {"多于", "如所述"}


def test_comunica_constructs(server: Server):
    """A graph comes through Comunica with every triple."""
    text = comunica(f"{server.url}/sparql", ABOUT, "application/n-triples")
    ours = curl("-H", "Accept: application/n-triples", address(server, ABOUT))

    assert len(text.splitlines()) == len(ours.splitlines())


def test_comunica_reads_a_document(server: Server):
    """A document's address is a source like any other: the links are followed, RDF comes back."""
    query = f"SELECT ?p {{ <{PARK}> ?p ?o }}"
    text = comunica(f"{server.url}/id/park/iasp-6112", query, "application/sparql-results+json")

    assert len(json.loads(text)["results"]["bindings"]) > 20
