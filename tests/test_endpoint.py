"""What docs/endpoint.md says of ``parkgraph serve --endpoint``, over an Oxigraph server."""

import csv
import gzip
import json
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from urllib.parse import quote, urlencode

import pytest
from pyoxigraph import Dataset, RdfFormat, parse

from parkgraph.negotiate import GRAPH, SOLUTIONS
from tests.conftest import Answer, Server, free_port, serving
from tests.endpoints import SECRET, oxigraph

DATA = """
@prefix e: <http://e.example/x/> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
e:a a e:Thing ; rdfs:label "Alpha"@en, "甲"@zh ; e:n 01, 1.50, "x, \\"y\\"\\n" ; e:to e:b ;
  e:in [ e:deep [ e:deeper "down" ] ] .
e:b a e:Thing ; rdfs:label "Beta" .
e:hash\\#me a e:Thing ; rdfs:label "Me" .
<http://other.example/x> rdfs:label "Elsewhere" .
e:open { e:a e:p "in the open" . e:c rdfs:label "Gamma" }
e:shut { e:a e:secret "SECRET-7f3a" . e:d rdfs:label "SECRET-7f3a" }
""".replace("e:hash\\#me", "<http://e.example/x/hash#me>")


@pytest.fixture(scope="module")
def upstream() -> Iterator[str]:
    """The address of the service behind."""
    with oxigraph(DATA) as address:
        yield address


def query(server: Server, text: str, *more: tuple[str, str], **headers: str) -> Answer:
    """The answer to a query, sent as a form."""
    body = urlencode([("query", text), *more]).encode()
    form = "application/x-www-form-urlencoded"
    return server.ask("/sparql", "POST", body, Content_Type=form, **headers)


def values(answer: Answer, name: str) -> list[str]:
    """What a variable stands for."""
    assert answer.status == 200, answer.body
    return [row[name]["value"] for row in json.loads(answer.body)["results"]["bindings"]]


def code(answer: Answer) -> tuple[int, str]:
    """Status and code of a problem."""
    assert answer.headers["Content-Type"] == "application/problem+json"
    return answer.status, json.loads(answer.body)["code"]


def test_every_format_of_every_form(whole: Server):
    """Formats are ours, whatever the service has: each holds the same, literals as they are."""
    select = "SELECT ?n { <http://e.example/x/a> <http://e.example/x/n> ?n } ORDER BY STR(?n)"
    construct = "CONSTRUCT WHERE { <http://e.example/x/a> <http://e.example/x/to> ?o }"
    whole_triple = "<http://e.example/x/a> <http://e.example/x/to> <http://e.example/x/b> .\n"

    for form in SOLUTIONS:
        answer = query(whole, select, Accept=form.media_type)
        assert answer.status == 200
        assert answer.headers["Content-Type"].startswith(form.media_type)
        assert b"1.5" in answer.body
    table = query(whole, select, ("format", "csv")).body.decode()
    assert list(csv.reader(table.splitlines(keepends=True))) == [
        ["n"],
        ["1"],
        ["1.5"],
        ['x, "y"\n'],
    ]
    for form in GRAPH:
        answer = query(whole, construct, Accept=form.media_type)
        syntax = RdfFormat.from_media_type(form.media_type)
        assert "".join(f"{quad.triple} .\n" for quad in parse(answer.body, syntax)) == whole_triple
    assert json.loads(query(whole, "ASK { ?s ?p 'nothing' }").body)["boolean"] is False


def test_what_no_other_store_has_told_before():
    """A graph that a blank node names is none that can be named; a base direction is kept."""
    base = "http://e.example/"
    data = f'<{base}a> <{base}t> "دير"@ar--rtl . GRAPH _:g {{ <{base}b> <{base}t> 1 }}'
    with oxigraph(data) as store, serving("--endpoint", store, "--base", base) as server:
        told = server.ask("/sparql", Accept="text/turtle")
        lines = server.ask("/doc/a", Accept="application/n-triples")
        links = server.ask("/llms.txt").body + server.ask("/dataset.ttl").body
        resolved = query(server, 'SELECT (IRI("x") AS ?x) {}')

    assert told.status == 200
    assert "@ar--rtl" in lines.body.decode()
    assert b"/download/" not in links
    assert values(resolved, "x") == [f"http://localhost:{server.port}/x"]


def test_large_results_are_whole(whole: Server):
    """What does not fit a socket goes through a file, compressed only for who wants it so."""
    tens = " ".join(f"VALUES ?{name} {{ 0 1 2 3 4 5 6 7 8 9 }}" for name in "abcd")
    long = f"SELECT * {{ {tens} BIND('{'x' * 100}' AS ?long) }}"
    plain = query(whole, long, ("format", "csv"), Accept_Encoding="identity")
    packed = query(whole, long, ("format", "csv"), Accept_Encoding="gzip, identity;q=0")

    assert len(plain.body) > 1_000_000
    assert plain.body.count(b"\n") == 10_001
    assert int(plain.headers["Content-Length"]) == len(plain.body)
    assert gzip.decompress(packed.body) == plain.body


def test_documents_and_pages(whole: Server):
    """Each IRI has a document, as in data mode: blank nodes, links to it, names; 404 else."""
    turtle = whole.ask("/doc/x/a.ttl")
    found = Dataset(parse(turtle.body, RdfFormat.TURTLE))
    led = whole.ask("/x/a")

    assert (led.status, led.headers["Location"]) == (303, "/doc/x/a")
    assert len(found) == 13
    assert b'"down"' in turtle.body
    assert b'"Beta"' in turtle.body
    page = whole.ask("/doc/x/a", Accept="text/html").body.decode()
    assert "Alpha" in page
    assert 'href="/x/b"' in page
    assert 'href="/doc?iri=http%3A%2F%2Fother' not in page
    for iri in ("http://other.example/x", "http://e.example/x/hash#me", "http://e.example/x/Thing"):
        assert whole.ask(f"/doc?iri={quote(iri, safe='')}").status == 200
    for path in ("/nothing", "/doc/nothing", "/releases", "/report", "/download/data.ttl"):
        assert code(whole.ask(path)) == (404, "PG621")


def test_names_and_lists_are_asked_for(whole: Server):
    """Search, lists and the description of the service come by query and count nothing else."""
    found = json.loads(whole.ask("/search?q=alph").body)
    listed = json.loads(whole.ask("/list?of=http://e.example/x/Thing").body)
    service = whole.ask("/sparql", Accept="application/n-triples").body.decode()

    assert [one["iri"] for one in found["results"]] == ["http://e.example/x/a"]
    assert found["results"][0]["label"] == "Alpha"
    assert [(one["name"], one["links"]) for one in listed["entries"]] == [
        ("Alpha", 0),
        ("Beta", 1),
        ("Me", 0),
    ]
    assert listed["count"] == 3
    assert whole.ask("/list?of=no%20iri").status == 404
    assert "<http://e.example/x/shut>" in service
    assert "void#triples" not in service
    assert whole.ask("/", Accept="text/html").status == 200


def test_validators_are_of_bytes(whole: Server):
    """A tag lasts as long as the bytes do, in any process, and ends with a change."""
    first = whole.ask("/doc/x/b.nt")
    again = whole.ask("/doc/x/b.nt", If_None_Match=first.headers["ETag"])
    count = "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"
    kept = ("--endpoint-cache", "1000", "--base", "http://e.example/")

    assert "Last-Modified" not in first.headers
    assert again.status == 304
    with oxigraph(DATA) as changing:
        served = ("--endpoint", changing)
        with serving(*served) as fresh, serving(*served, *kept) as old:
            before = [query(server, count).headers["ETag"] for server in (whole, fresh, old)]
            insert = b"INSERT DATA { <urn:s> <urn:p> <urn:o> }"
            update = urllib.request.Request(changing.replace("/query", "/update"), insert)
            update.add_header("Content-Type", "application/sparql-update")
            urllib.request.urlopen(update, timeout=10).close()
            after = [query(server, count).headers["ETag"] for server in (fresh, old)]
    assert len(set(before)) == 1
    assert after[0] != before[0] == after[1]


def test_what_is_refused_here_goes_no_further(whole: Server):
    """Mistakes have their place; SERVICE and updates are refused; depth and length are limited."""
    wrong = json.loads(query(whole, "SELECT * {\n ?s ?p }").body)

    assert wrong["code"] == "PG601"
    assert wrong["where"] == "query:2:8"
    assert code(query(whole, "SELECT * { SERVICE <http://127.0.0.1:1/> {} }")) == (403, "PG602")
    assert code(query(whole, r"SELECT * { \u0053ERVICE <http://127.0.0.1:1/> {} }"))[0] in (
        400,
        403,
    )
    assert code(query(whole, "INSERT DATA { <urn:s> <urn:p> 1 }")) == (400, "PG603")
    assert code(query(whole, "CLEAR ALL")) == (400, "PG603")
    update = whole.ask("/sparql", "POST", b"CLEAR ALL", Content_Type="application/sparql-update")
    assert code(update) == (403, "PG632")
    assert code(query(whole, "ASK {" * 70 + "}" * 70)) == (400, "PG604")
    assert code(query(whole, f"ASK {{ ?s ?p '{'x' * 270_000}' }}")) == (413, "PG604")
    assert code(query(whole, "SELECT * { ?s ?p ?o FILTER(<urn:f>(?s)) }"))[1] == "PG661"


@pytest.mark.parametrize(
    "text",
    [
        "SELECT * FROM <http://e.example/x/shut> { ?s ?p ?o }",
        "SELECT * FROM NAMED <http://e.example/x/shut> { GRAPH ?g { ?s ?p ?o } }",
        "SELECT * { GRAPH <http://e.example/x/shut> { ?s ?p ?o } }",
        "PREFIX e: <http://e.example/x/> SELECT * { GRAPH e:shut { ?s ?p ?o } }",
        "PREFIX e: <http://e.example/x/> SELECT * { GRAPHe:shut { ?s ?p ?o } }",
        "PREFIX e: <http://e.example/x/> PREFIX graphe: <urn:x> SELECT * { graphe:shut { } }",
        "PREFIX e: <http://e.example/x/> SELECT * FROMe:shut { ?s ?p ?o }",
        "PREFIX e: <http://e.example/x/> SELECT * FROMNAMEDe:shut { GRAPH ?g { ?s ?p ?o } }",
        "PREFIX e: <http://e.example/x/> SELECT * { ?s ?p trueGRAPHe:shut { ?s ?p ?o } }",
        "BASE <http://e.example/x/> SELECT * FROM <shut> { ?s ?p ?o }",
        r"SELECT * FROM <http://e.example/x/\u0073hut> { ?s ?p ?o }",
        r"PREFIX e: <http://e.example/x/> SELECT * { ?s ?p ?o . GRAPH e:s\u0068ut { ?s ?p ?o } }",
        "SELECT * { ?s ?p ?o FILTER NOT EXISTS { GRAPH <http://e.example/x/shut> { ?s ?q ?o } } }",
        "SELECT * { { SELECT * { GRAPH <http://e.example/x/shut> { ?s ?p ?o } } } }",
    ],
)
def test_no_other_graph_can_be_named(confined: Server, text: str):
    """A graph that is not served is refused however it is written; none of it is seen."""
    answer = query(confined, text)

    assert answer.status in (400, 403)
    assert json.loads(answer.body)["code"] in ("PG660", "PG601")
    assert SECRET.encode() not in answer.body


def test_the_graphs_that_are_served_are_all_there_is(confined: Server):
    """Variables, protocol, documents, search: nothing leads out of the graphs that are served."""
    everything = "SELECT * { { ?s ?p ?o } UNION { GRAPH ?g { ?s ?p ?o } } }"
    shut = ("named-graph-uri", "http://e.example/x/shut")
    opened = ("default-graph-uri", "http://e.example/x/open")

    assert sorted(set(values(query(confined, everything), "s"))) == [
        "http://e.example/x/a",
        "http://e.example/x/c",
    ]
    bound = "SELECT * { VALUES ?g { <http://e.example/x/shut> } GRAPH ?g { ?s ?p ?o } }"
    assert values(query(confined, bound), "s") == []
    assert code(query(confined, everything, shut)) == (403, "PG660")
    assert code(query(confined, everything, ("default-graph-uri", shut[1]))) == (403, "PG660")
    assert values(query(confined, "SELECT * { GRAPH ?g { ?s ?p ?o } }", opened), "s") == []
    assert values(query(confined, f"SELECT * FROM <{opened[1]}> {{ ?s ?p ?o }} LIMIT 1"), "s")
    assert code(confined.ask(f"/data?graph={quote(shut[1])}")) == (403, "PG660")
    assert confined.ask(f"/data?graph={quote(opened[1])}").status == 200
    for path in (
        "/doc/a",
        "/doc?iri=http://e.example/x/shut",
        "/search?q=secret",
        "/sparql",
        "/data?default",
    ):
        for accept in ("text/html", "text/turtle", "application/json"):
            assert SECRET.encode() not in confined.ask(path, Accept=accept).body
    assert b"shut" not in confined.ask("/sparql", Accept="text/turtle").body


def test_a_dataset_of_the_protocol_is_the_whole_dataset(whole: Server):
    """What it does not name is empty, and it wins over FROM (SPARQL 1.1 Protocol §2.1.4)."""
    opened = ("default-graph-uri", "http://e.example/x/open")
    shut = "FROM <http://e.example/x/shut>"

    assert values(query(whole, f"SELECT ?o {shut} {{ ?s <http://e.example/x/p> ?o }}", opened), "o")
    assert values(query(whole, "SELECT ?s { GRAPH ?g { ?s ?p ?o } }", opened), "s") == []


def test_a_service_that_is_not_there_yet(upstream: str):
    """The server starts all the same, says so, and goes on by itself; it ends in peace."""
    port = free_port()
    with serving("--endpoint", f"http://127.0.0.1:{port}/query") as server:
        down = server.ask("/ready")
        pages = [server.ask(path, Accept="text/html") for path in ("/", "/doc/x/a", "/search?q=a")]
        form = server.ask("/sparql", Accept="text/html")
        asked = query(server, "ASK {}")
        server.process.send_signal(signal.SIGINT)
        assert server.process.wait(timeout=20) == 0

    assert (down.status, down.headers["Retry-After"]) == (503, "5")
    assert [page.status for page in pages] == [502] * 3
    assert form.status == 200
    assert code(asked) == (502, "PG661")
    assert str(port).encode() not in asked.body + b"".join(page.body for page in pages)


def test_the_base_is_found_once_the_service_answers(upstream: str):
    """Without --base the data is asked where most of its IRIs begin."""
    with serving("--endpoint", upstream) as server:
        deadline = time.monotonic() + 30
        while server.ask("/a").status != 303:
            assert time.monotonic() < deadline
        assert server.ask("/doc/a.nt").status == 200


@pytest.mark.parametrize(
    ("arguments", "environment", "words"),
    [
        (["--endpoint", f"http://me:{SECRET}@host/sparql"], {}, "credentials do not belong there"),
        (["--endpoint", f"http://{SECRET}@host/sparql"], {}, "credentials do not belong there"),
        (["--endpoint", f"ftp://host/{SECRET}"], {}, "not http"),
        (["--endpoint", f"http://[{SECRET}"], {}, "malformed"),
        (["--endpoint", "http://host/", "."], {}, "takes the place"),
        (["--endpoint", "http://host/"], {"PARKGRAPH_ENDPOINT_USER": SECRET}, "not whole"),
        (["--endpoint", "http://host/"], {"PARKGRAPH_ENDPOINT_TOKEN": f"{SECRET}\n"}, "character"),
    ],
)
def test_what_cannot_be_served_is_said_at_the_start(
    monkeypatch: pytest.MonkeyPatch, arguments: list[str], environment: dict[str, str], words: str
):
    """Exit code 2 and the reason; what may be a password is never repeated."""
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    command = [sys.executable, "-m", "parkgraph", "serve", *arguments, "--port", str(free_port())]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

    assert done.returncode == 2
    assert words in re.sub(r"\s+", " ", done.stderr)
    assert SECRET not in done.stderr + done.stdout
