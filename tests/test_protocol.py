"""The SPARQL protocol to the letter: methods, repeats, bounds, and the graph store's read side."""

import json
import threading
import time
import urllib.parse

import pytest
import rdflib

from parkgraph.query import Answer as Result
from parkgraph.rdf import canonical_lines, parse_bytes
from parkgraph.release import Release
from parkgraph.web.kept import Cache, Kept
from parkgraph.web.throttle import Throttle
from tests.conftest import ROOT, Server, serving

FORM = "application/x-www-form-urlencoded"
QUERY = "application/sparql-query"
ASK = b"ASK { ?s ?p ?o }"
BOMB = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"
GRAPH = "https://w3id.org/parkgraph/graph/"


def address(**parameters: str) -> str:
    return "/sparql?" + urllib.parse.urlencode(
        {k.replace("_", "-"): v for k, v in parameters.items()}
    )


QUERIES = [
    ("as text", ASK, QUERY, 200),
    ("as a form", urllib.parse.urlencode({"query": ASK.decode()}).encode(), FORM, 200),
    ("as text with a charset", ASK, f"{QUERY}; charset=utf-8", 200),
    ("of another type", ASK, "text/plain", 415),
    ("without a type", ASK, None, 415),
    ("that is no UTF-8", b"ASK { ?s ?p '\xff' }", QUERY, 400),
    ("that does not parse", b"ASK {", QUERY, 400),
    ("that is empty", b"", QUERY, 400),
]


@pytest.mark.parametrize("method", ["QUERY", "POST"])
@pytest.mark.parametrize(("law", "body", "kind", "status"), QUERIES, ids=[q[0] for q in QUERIES])
def test_query_and_post(server: Server, method: str, law: str, body: bytes, kind: str, status: int):
    """QUERY and POST take both content types and refuse the others (RFC 10008)."""
    headers = {"Content_Type": kind} if kind else {}
    got = server.ask("/sparql", method, body, **headers)

    assert got.status == status
    assert got.headers["Accept-Query"] == f'"{QUERY}", "{FORM}"'
    if status == 415:
        assert got.headers["Accept-Post"] == f"{QUERY}, {FORM}"


def test_query_is_conditional(server: Server):
    """A QUERY whose tag matches is 304 without a body, as a GET is."""
    first = server.ask("/sparql", "QUERY", ASK, Content_Type=QUERY)
    again = server.ask(
        "/sparql", "QUERY", ASK, Content_Type=QUERY, If_None_Match=first.headers["ETag"]
    )

    assert (first.status, again.status, again.body) == (200, 304, b"")


def test_options_and_preflight(server: Server):
    """OPTIONS names the methods; a page of another origin may send all that is allowed."""
    got = server.ask(
        "/sparql", "OPTIONS", Origin="https://example.org", Access_Control_Request_Method="QUERY"
    )

    assert {"GET", "HEAD", "POST", "QUERY", "OPTIONS"} <= set(got.headers["Allow"].split(", "))
    assert "QUERY" in got.headers["Access-Control-Allow-Methods"]
    assert got.headers["Access-Control-Allow-Origin"] == "*"
    assert "Content-Type" in got.headers["Access-Control-Allow-Headers"]
    assert "Access-Control-Allow-Credentials" not in got.headers


def test_percent_encoding_is_undone_once(server: Server):
    """%2B is a plus sign and %25 a percent sign: nothing is decoded twice."""
    query = "SELECT ('a+b%2Bc%25' AS ?x) {}"
    got = server.ask(address(query=query), Accept="text/csv")

    assert got.body.splitlines()[1] == b"a+b%2Bc%25"


def test_dataset_of_the_protocol(server: Server):
    """default-graph-uri and named-graph-uri choose the graphs; unknown ones are empty."""
    count = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
    concepts = server.ask(
        address(query=count, default_graph_uri=f"{GRAPH}concepts"), Accept="text/csv"
    )
    nothing = server.ask(address(query=count, default_graph_uri="urn:none"), Accept="text/csv")
    names = "SELECT ?g { GRAPH ?g {} }"
    named = server.ask(address(query=names, named_graph_uri=f"{GRAPH}concepts"), Accept="text/csv")

    assert int(concepts.body.split()[1]) > 1000
    assert nothing.body.split()[1] == b"0"
    assert named.body.split()[1:] == [f"{GRAPH}concepts".encode()]


def test_format_wins_over_accept(server: Server):
    """``?format=`` decides whatever Accept says, and then nothing varies with Accept."""
    got = server.ask(address(query="SELECT * {}", format="tsv"), Accept="application/json")

    assert got.headers["Content-Type"].startswith("text/tab-separated-values")
    assert "Accept" not in (got.headers["Vary"] or "").split(", ")


@pytest.mark.parametrize("timeout", ["abc", "-1", "nan", "inf", "1e999", "1_0", "5s", "٣"])
def test_a_timeout_that_is_none(server: Server, timeout: str):
    """A limit that cannot be understood is refused, in every way to ask, and not passed over."""
    path = address(query="ASK {}", timeout=timeout)
    ways = [
        server.ask(path),
        server.ask("/sparql", "POST", path.partition("?")[2].encode(), Content_Type=FORM),
        server.ask(address(timeout=timeout), "QUERY", ASK, Content_Type=QUERY),
    ]
    for got in ways:
        problem = json.loads(got.body)
        assert (got.status, problem["code"]) == (400, "PG637")
        assert repr(timeout) in problem["detail"]


@pytest.mark.parametrize("timeout", ["5", "2.5", ".5", "1e1", "", "0", "0.0"])
def test_a_timeout(server: Server, timeout: str):
    """Any number will do; 0 is no wish, as to other endpoints, and so is an empty field."""
    assert server.ask(address(query="ASK {}", timeout=timeout)).status == 200


def test_not_acceptable_is_told_before_the_work(server: Server):
    """A form that the query cannot have is 406 with those that it can."""
    got = server.ask(address(query="SELECT * {}"), Accept="text/turtle")

    assert got.status == 406
    assert "text/csv" in json.loads(got.body)["alternates"]


def test_repeats_keep_their_tag(server: Server):
    """A repeated query has the same tag in each format, another in another, and gives 304."""
    tags = {}
    for accept in ("text/csv", "application/sparql-results+xml"):
        first = server.ask(address(query="SELECT * { ?s a ?t }"), Accept=accept)
        second = server.ask(address(query="SELECT * { ?s a ?t }"), Accept=accept)
        tags[accept] = first.headers["ETag"]
        assert first.headers["ETag"] == second.headers["ETag"]
        conditional = server.ask(
            address(query="SELECT * { ?s a ?t }"), Accept=accept, If_None_Match=tags[accept]
        )
        assert conditional.status == 304

    assert len(set(tags.values())) == 2


@pytest.mark.parametrize("call", ["RAND()", "NOW()", "UUID()", "STRUUID()", "BNODE()"])
def test_what_changes_is_not_kept(server: Server, call: str):
    """The answer to a query that depends on chance or time is not stored by anyone."""
    got = server.ask(address(query=f"SELECT ({call} AS ?x) {{}}"))

    assert (got.headers["Cache-Control"], got.headers["ETag"]) == ("no-store", None)


def test_large_results_flow(server: Server):
    """A result of many megabytes arrives complete, with its length said beforehand."""
    query = "SELECT * { ?s ?p ?o . ?x ?y ?z } LIMIT 100000"
    got = server.ask(address(query=query), Accept="text/csv")

    assert got.status == 200
    assert got.body.count(b"\r\n") == 100_001
    assert int(got.headers["Content-Length"]) == len(got.body) > 5_000_000


def test_budgets_are_options(release: Release):
    """Rows, bytes and time are what the command line says; each limit is named when exceeded."""
    options = ["--query-rows", "100", "--query-megabytes", "1", "--query-seconds", "5"]
    with serving(str(ROOT), "--releases", str(release.folder.parent), *options) as small:
        rows = small.ask(address(query="SELECT * { ?s ?p ?o }"))
        size = small.ask(
            address(query="SELECT (GROUP_CONCAT(STR(?o)) AS ?x) { ?s ?p ?o . ?a a ?b }")
        )
        begin = time.monotonic()
        late = small.ask(address(query=BOMB, timeout="60"))
        took = time.monotonic() - begin

    found = [(got.status, json.loads(got.body)["limit"]) for got in (rows, size, late)]
    assert found == [(503, "rows"), (503, "bytes"), (503, "time")]
    assert 4 < took < 30


def test_one_client_cannot_take_every_place(server: Server):
    """Of many slow queries of one client some are told 429, and a document is served meanwhile."""
    statuses: list[int] = []

    def bomb() -> None:
        statuses.append(server.ask(address(query=BOMB, timeout="2")).status)

    threads = [threading.Thread(target=bomb) for _ in range(10)]
    for thread in threads:
        thread.start()
    page = server.ask("/doc/park/iasp-6112")
    for thread in threads:
        thread.join()

    assert page.status == 200
    assert set(statuses) == {429, 503}
    assert server.ask(address(query="ASK {}")).status == 200


def test_a_place_is_given_back():
    """A client has so many places, waits for one as long as is said, and no longer."""
    throttle = Throttle(1, 0.05)
    with throttle.place("a") as first, throttle.place("a") as second, throttle.place("b") as other:
        assert (first, second, other) == (True, False, True)
    with throttle.place("a") as again:
        assert again


def test_kept_results_are_bounded():
    """What was used last stays; the sum of bytes is never over the capacity."""
    results: Cache = Cache(capacity=5_000)
    for number in range(10):
        body = bytes(400)
        kept = Kept.of(Result("ask", "json", body, None, cacheable=True), body)
        results.put((str(number), (), (), "json", "ttl"), kept, results.cleared)
        results.get(("0", (), (), "json", "ttl"))

    assert results.get(("0", (), (), "json", "ttl")) is not None
    assert results.get(("1", (), (), "json", "ttl")) is None
    assert results.get(("9", (), (), "json", "ttl")) is not None


def test_what_was_begun_before_is_not_kept_after():
    """Once everything was let go of, only what was begun then is kept."""
    results: Cache = Cache()
    kept = Kept.of(Result("ask", "json", b"{}", None, cacheable=True), b"{}")
    keys = [(name, (), (), "json", "ttl") for name in ("before", "after")]
    begun = results.cleared
    results.clear()
    results.put(keys[0], kept, begun)
    results.put(keys[1], kept, results.cleared)

    assert [results.get(key) is kept for key in keys] == [False, True]


GRAPHS = ["concepts", "alignments", "def", "document/iasp-6112/8d0d83c6"]


@pytest.mark.parametrize("extension", ["ttl", "jsonld", "nt", "rdf", "nq", "trig"])
def test_graph_store(server: Server, release: Release, extension: str):
    """Each graph of the store is read by its name, the default one by ?default."""
    media_types = {
        "ttl": "text/turtle",
        "jsonld": "application/ld+json",
        "nt": "application/n-triples",
        "rdf": "application/rdf+xml",
        "nq": "application/n-quads",
        "trig": "application/trig",
    }
    default = server.ask("/data?default", Accept=media_types[extension])
    assert default.headers["Content-Type"].partition(";")[0] == media_types[extension]
    assert canonical_lines(parse_bytes(default.body, extension)) == canonical_lines(
        parse_bytes((release.folder / "parkgraph.nt").read_bytes(), "nt")
    )
    for name in GRAPHS:
        got = server.ask(
            f"/data?graph={urllib.parse.quote(GRAPH + name, safe='')}",
            Accept=media_types[extension],
        )
        assert got.status == 200
        reference = server.ask(f"/graph/{name}.nt").body
        assert canonical_lines(parse_bytes(got.body, extension)) == canonical_lines(
            parse_bytes(reference, "nt")
        )


STORE = [
    ("/data", 400),
    ("/data?default&graph=urn:x", 400),
    ("/data?graph=urn:none", 404),
    ("/data?graph=", 400),
    ("/data?graph=plain", 400),
    ("/data?graph=urn:a%3E", 400),
]


@pytest.mark.parametrize(("path", "status"), STORE)
def test_graph_store_mistakes(server: Server, path: str, status: int):
    """No graph named, two ways at once, an unknown one: each has its status, on HEAD too."""
    assert server.ask(path).status == status
    assert server.ask(path, "HEAD").status == status


def test_graph_store_is_read_only(server: Server):
    """What would change a graph is 405 and names what is allowed."""
    for method in ("PUT", "POST", "DELETE", "PATCH"):
        got = server.ask("/data?default", method, b"")
        assert (got.status, "GET" in got.headers["Allow"]) == (405, True)


def test_the_service_description_is_true(server: Server):
    """Each result format is answered, and each named graph counted as it is described."""
    sd = rdflib.Namespace("http://www.w3.org/ns/sparql-service-description#")
    void = rdflib.Namespace("http://rdfs.org/ns/void#")
    graph = rdflib.Graph().parse(data=server.ask("/sparql").body, format="turtle")
    endpoint = graph.value(None, rdflib.RDF.type, sd.Service)

    assert str(graph.value(endpoint, sd.endpoint)).startswith("http://")
    for node in graph.objects(None, sd.namedGraph):
        name, described = graph.value(node, sd.name), graph.value(node, sd.graph)
        query = f"SELECT (COUNT(*) AS ?n) {{ GRAPH <{name}> {{ ?s ?p ?o }} }}"
        counted = server.ask(address(query=query), Accept="text/csv").body.split()[1]
        assert int(counted) == int(graph.value(described, void.triples))
    assert len(set(graph.objects(None, sd.namedGraph))) == 4
    assert len(set(graph.objects(endpoint, sd.resultFormat))) == 10


def test_data_mode(tmp_path):
    """Any RDF files are served as they are: named graphs and blank nodes kept, counted, asked."""
    (tmp_path / "a.ttl").write_text('@prefix : <http://e.org/> . :a :p [ :q "x"@en ] ; :n 1 .')
    (tmp_path / "b.trig").write_text("<http://e.org/g> { <http://e.org/b> <http://e.org/p> [] }")
    files = [str(tmp_path / "a.ttl"), str(tmp_path / "b.trig")]
    with serving("--data", *files, "--base", "http://e.org/") as running:
        rows = running.ask(address(query="SELECT * { ?s ?p ?o }"), Accept="text/csv")
        named = running.ask("/data?graph=http%3A%2F%2Fe.org%2Fg", Accept="application/n-triples")
        default = running.ask("/data?default", Accept="application/n-triples")
        pages = [running.ask(path, Accept="text/html").status for path in ("/", "/sparql")]

    assert rows.body.count(b"\n") == 4
    assert named.body.count(b"\n") == 1
    assert default.body.count(b"\n") == 3
    assert pages == [200, 200]


def test_data_that_does_not_parse(tmp_path):
    """A file that does not parse says file:line:column, and serve exits 2."""
    import subprocess
    import sys

    (tmp_path / "bad.ttl").write_text("<urn:a> <urn:b>\n  <urn:c d> .")
    command = [sys.executable, "-m", "parkgraph", "serve", "--data", str(tmp_path / "bad.ttl")]
    done = subprocess.run([*command, "--port", "1025"], capture_output=True, text=True, check=False)

    assert done.returncode == 2
    assert f"{tmp_path}/bad.ttl:2:3: PG301" in done.stderr


def test_an_empty_result_is_explained(server: Server):
    """With explain=empty a result without rows says which pattern has no match, and what would."""
    query = """PREFIX park: <https://w3id.org/parkgraph/def#>
SELECT * {
  ?park a park:Park ;
    park:oprator ?who .
}"""
    got = json.loads(server.ask(address(query=query, explain="empty")).body)
    page = server.ask(address(query=query), Accept="text/html").body.decode()

    assert got["rows"] == 0
    assert (got["reasons"][0]["line"], got["reasons"][0]["column"]) == (4, 5)
    assert "park:operator" in got["reasons"][0]["help"] + " ".join(got["reasons"][0]["instead"])
    assert "park:operator" in page


def test_a_mistake_names_the_nearest_term(server: Server):
    """A query that does not parse is told its place, and the term that a name is near to."""
    query = "PREFIX park: <https://w3id.org/parkgraph/def#>\nSELECT * { ?park park:oprator }"
    problem = json.loads(server.ask(address(query=query)).body)

    assert problem["where"].startswith("query:2:")
    assert "did you mean park:operator" in problem["help"]
