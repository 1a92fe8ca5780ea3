"""The SPARQL endpoint over HTTP."""

import csv
import html
import io
import json
import re
import subprocess
import sys
import urllib.parse
import xml.etree.ElementTree as ET

import pytest

from parkgraph.query.values import INLINE
from parkgraph.rdf import canonical_lines, parse_bytes
from tests.conftest import ROOT, Server
from tests.test_representations import digest

# All of it asks servers; of what this process runs, nothing is to be measured.
pytestmark = pytest.mark.unmeasured

PREFIXES = """
PREFIX park: <https://w3id.org/parkgraph/def#>
PREFIX indicator: <https://w3id.org/parkgraph/id/concept/indicator/>
PREFIX schema: <https://schema.org/>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
"""
NEWCOMER = (
    PREFIXES
    + """
SELECT ?n ?bound ?words WHERE {
  ?park park:hasFigure ?f . ?f park:indicator indicator:resident-organizations ;
    schema:value ?n ; park:bound/skos:prefLabel ?bound ; park:quote ?words .
  FILTER(lang(?bound) = "en")
}"""
)
FORM = "application/x-www-form-urlencoded"


def get(server: Server, query: str, **headers: str):
    return server.ask("/sparql?" + urllib.parse.urlencode({"query": query}), **headers)


def test_the_newcomers_query(server: Server):
    """The query that a newcomer writes answers with the value, its bound and the words."""
    rows = list(csv.reader(io.StringIO(get(server, NEWCOMER, Accept="text/csv").body.decode())))

    assert rows == [
        ["n", "bound", "words"],
        ["1500", "more than", "is home to over 1,500 enterprises and institutions"],
    ]


WAYS = [
    ("GET", lambda q: ("/sparql?" + urllib.parse.urlencode({"query": q}), None, {})),
    (
        "POST form",
        lambda q: (
            "/sparql",
            urllib.parse.urlencode({"query": q}).encode(),
            {"Content_Type": FORM},
        ),
    ),
    (
        "POST direct",
        lambda q: ("/sparql", q.encode(), {"Content_Type": "application/sparql-query"}),
    ),
]


@pytest.mark.parametrize(("way", "request_of"), WAYS, ids=[w[0] for w in WAYS])
def test_ways_to_ask(server: Server, way: str, request_of):
    """GET, POST form and POST direct answer alike."""
    path, body, headers = request_of(NEWCOMER)
    got = server.ask(path, "POST" if body else "GET", body, **headers)

    assert got.status == 200
    assert json.loads(got.body)["results"]["bindings"][0]["n"]["value"] == "1500"


def test_formats_of_solutions(server: Server):
    """JSON, XML, CSV and TSV hold the same solution."""
    found = {}
    for accept in (
        "application/sparql-results+json",
        "application/sparql-results+xml",
        "text/csv",
        "text/tab-separated-values",
    ):
        got = get(server, NEWCOMER, Accept=accept)
        assert got.headers["Content-Type"].partition(";")[0] == accept
        found[accept] = got.body.decode()
    value = ET.fromstring(found["application/sparql-results+xml"]).find(".//{*}literal").text

    assert value == "1500"
    assert all("is home to over 1,500" in text for text in found.values())


@pytest.mark.parametrize("extension", ["nt", "ttl", "jsonld", "rdf"])
def test_describe_is_the_document(server: Server, extension: str):
    """DESCRIBE gives the thing's document, in every format the same bytes but for their order."""
    park = "https://w3id.org/parkgraph/id/park/iasp-6112"
    document = server.ask(f"/doc/park/iasp-6112.{extension}")
    kind = document.headers.get_content_type()
    described = get(server, f"DESCRIBE <{park}>", Accept=kind)

    assert described.headers["Content-Type"] == document.headers["Content-Type"]
    if extension == "nt":
        assert sorted(described.body.splitlines()) == sorted(document.body.splitlines())
    else:
        assert described.body == document.body


@pytest.mark.parametrize(
    "text",
    [
        f"{PREFIXES} DESCRIBE park:operator",
        "DESCRIBE <https://w3id.org/parkgraph/def#operator> #",
    ],
)
def test_a_thing_is_described_however_it_is_named(server: Server, text: str):
    """Also what is in no triple of the default graph, and not at all times written in full."""
    whole = get(server, "DESCRIBE <https://w3id.org/parkgraph/def#operator>", Accept="text/turtle")
    got = get(server, text, Accept="text/turtle")

    assert got.body == whole.body
    assert b"park:operator" in got.body


def test_a_page_of_what_changes_is_not_kept(server: Server):
    """Chance and time are of one request, on a page as in a result."""
    query = urllib.parse.urlencode({"query": "SELECT (UUID() AS ?u) {}"})
    got = [server.ask(f"/sparql?{query}", Accept="text/html") for _ in range(2)]

    assert [answer.headers["Cache-Control"] for answer in got] == ["no-store"] * 2
    assert [answer.headers["ETag"] for answer in got] == [None] * 2
    assert got[0].body != got[1].body


#: Ends what a shell or Python would take for its own text, if that is not quoted.
ODD = "ASK { FILTER('''\nSPARQL\n\"\"\" ' $(exit) \\\\ ''' != '') GRAPH ?g { ?s a ?class } }"


def test_the_samples_ask_the_same(server: Server):
    """The question of the page, of the same graphs, whatever stands in it."""
    graph = "https://w3id.org/parkgraph/graph/def"
    question = urllib.parse.urlencode({"query": ODD, "named-graph-uri": graph})
    page = server.ask(f"/sparql?{question}", Accept="text/html").body.decode()
    samples = re.findall(
        r'tabindex="0"><pre>\n(.*?)</pre>', page.partition('id="code"')[2], re.DOTALL
    )
    shell, python = (html.unescape(re.sub(r"</?span[^>]*>", "", one)) for one in samples)
    done = [
        subprocess.run(command, capture_output=True, text=True, check=True).stdout
        for command in (["bash", "-c", shell], [sys.executable, "-c", python])
    ]

    assert "Yes" in page
    assert f"named-graph-uri={urllib.parse.quote(graph, safe='')}" in shell
    assert done == ["true", "true\n"]


def test_reasons_are_of_a_form_too(server: Server):
    """Where a page would be sent for the same address, a cache is told so."""
    query = urllib.parse.urlencode({"query": "SELECT * { <urn:none> ?p ?o }", "explain": "empty"})
    got = server.ask(f"/sparql?{query}")

    assert json.loads(got.body)["reasons"][0]["code"] == "PG642"
    assert got.headers["Vary"] == "Accept, Accept-Encoding"


def test_a_page_of_a_mistake_is_not_conditional(server: Server):
    """What is wrong is told, whatever the client has already (RFC 9110 §13.2.1)."""
    query = urllib.parse.urlencode({"query": "SELECT nonsense"})
    got = server.ask(f"/sparql?{query}", Accept="text/html", If_None_Match="*", If_Match='"x"')

    assert got.status == 400
    assert b"PG601" in got.body
    assert got.headers["Content-Language"] == "en"


def test_the_description_of_the_service_in_the_form_that_is_named(server: Server):
    """``format`` goes before ``Accept``, as everywhere."""
    got = server.ask("/sparql?format=jsonld", Accept="text/turtle")

    assert got.headers["Content-Type"] == "application/ld+json"
    assert server.ask("/sparql?format=csv").status == 406


LABELS = "CONSTRUCT {{ ?s skos:prefLabel ?o }} {{ ?s skos:prefLabel ?o }} LIMIT {}"


def test_graphs_are_written_like_documents(server: Server):
    """JSON-LD has our context and its terms, Turtle the prefixes that it uses and no others."""
    query = PREFIXES + LABELS.format(3)
    turtle = get(server, query, Accept="text/turtle").body.decode()
    linked = json.loads(get(server, query, Accept="application/ld+json").body)

    assert [line for line in turtle.splitlines() if line.startswith("@prefix")] == [
        "@prefix skos: <http://www.w3.org/2004/02/skos/core#> ."
    ]
    assert linked["@context"]["prefLabel"]["@id"] == "skos:prefLabel"
    assert all(set(node) == {"id", "prefLabel"} for node in linked["@graph"])


@pytest.mark.parametrize("kind", ["text/turtle", "application/trig", "application/rdf+xml"])
def test_long_graphs_are_written_as_they_come(server: Server, kind: str):
    """A graph too long to be put in order is whole all the same, with prefixes."""
    query = "CONSTRUCT { ?s ?p ?o } { ?s ?p ?o } LIMIT 2500"
    whole = get(server, query, Accept="application/n-triples").body
    extension = {"text/turtle": "ttl", "application/trig": "trig"}.get(kind, "rdf")
    found = get(server, query, Accept=kind).body

    assert canonical_lines(parse_bytes(found, extension)) == canonical_lines(
        parse_bytes(whole, "nt")
    )
    assert b"skos" in found[:2000]


def test_graphs_of_the_dataset(server: Server):
    """The default graph is the current view; named graphs are asked by name."""
    ask = "ASK {{ GRAPH <https://w3id.org/parkgraph/graph/{}> {{ ?s ?p ?o }} }}"
    for name in ("document/iasp-6112/8d0d83c6", "concepts", "alignments", "def"):
        assert json.loads(get(server, ask.format(name)).body)["boolean"] is True
    assert json.loads(get(server, ask.format("none")).body)["boolean"] is False


REFUSED = [
    ("does not parse", "SELECT * {", 400, "PG601"),
    ("a service", "SELECT * { SERVICE <http://127.0.0.1:9/> { ?s ?p ?o } }", 403, "PG602"),
    ("an update", "INSERT DATA { <urn:a> <urn:b> 1 }", 400, "PG603"),
    ("nested too deep", "SELECT (" + "(" * 100 + "1" + ")" * 100 + " AS ?x) {}", 400, "PG604"),
    ("no query", "", 400, "PG630"),
]


@pytest.mark.parametrize(("law", "query", "status", "code"), REFUSED, ids=[r[0] for r in REFUSED])
def test_refused(server: Server, law: str, query: str, status: int, code: str):
    """What cannot be answered is refused with its status, its code and advice."""
    got = get(server, query)
    problem = json.loads(got.body)

    assert (got.status, problem["code"]) == (status, code)
    assert got.headers["Content-Type"] == "application/problem+json"
    assert got.headers["Cache-Control"] == "no-store"


def test_too_long(server: Server):
    """A text over 256 kB is 413."""
    body = b"SELECT * { ?s ?p '" + b"x" * 300_000 + b"' }"
    got = server.ask("/sparql", "POST", body, Content_Type="application/sparql-query")

    assert got.status == 413


def test_protocol_mistakes(server: Server):
    """Two queries, another content type, an update: each has its own status."""
    two = server.ask("/sparql?query=ASK%20%7B%7D&query=ASK%20%7B%7D")
    other = server.ask("/sparql", "POST", b"x", Content_Type="text/plain")
    update = server.ask("/sparql", "POST", b"CLEAR ALL", Content_Type="application/sparql-update")

    assert (two.status, other.status, update.status) == (400, 415, 403)


def test_a_runaway_query_is_stopped(server: Server):
    """Over its time a query is 503 naming the limit, and the next one is answered."""
    bomb = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"
    got = server.ask("/sparql?" + urllib.parse.urlencode({"query": bomb, "timeout": "1"}))

    assert (got.status, json.loads(got.body)["code"]) == (503, "PG610")
    assert "Retry-After" not in got.headers
    assert get(server, "ASK {}").status == 200


def test_the_query_page(server: Server):
    """A browser gets a form; with a query, the form and its result; a mistake, and where it is."""
    html = {"Accept": "text/html"}
    form = server.ask("/sparql", **html).body.decode()
    result = get(server, NEWCOMER, **html)
    wrong = get(server, "SELECT * {", **html)

    assert "<textarea" in form
    assert "is home to over 1,500 enterprises" in result.body.decode()
    assert (wrong.status, "^" in wrong.body.decode()) == (400, True)


def test_service_description(server: Server):
    """Without a query a program gets the service description, with absolute addresses.

    Its terms have their prefix, as in the W3C's own examples.
    """
    got = server.ask("/sparql", Accept="text/turtle")

    assert got.body.count(b"http://www.w3.org/ns/sparql-service-description#") == 1
    assert f":{server.port}/sparql>\n  a sd:Service ;".encode() in got.body
    assert list(parse_bytes(got.body, "ttl"))


EXAMPLES = {
    "01-the-park": (1, "Tus-Holdings Co., Ltd."),
    "02-residents": (1, "is home to over 1,500 enterprises and institutions"),
    "03-figures": (4, "770,000㎡"),
    "04-why-operator": (1, "As the builder and operator of TusPark, Tus-Holdings Co., Ltd."),
    "05-empty-fields": (3, "Member category"),
    "06-promotion": (11, "successfully incubated companies have grown into industry leaders"),
    "07-strategies": (3, "sub-park development"),
    "08-resources": (8, "政府"),
    "09-open-lists": (10, "other resources"),
    "10-network": (4, "talents"),
    "11-business": (3, "science and technology finance"),
    "12-where": (3, "the southeast corner of Tsinghua University"),
    "13-same-as": (8, "http://www.wikidata.org/entity/Q17028810"),
    "14-standing": (5, "promotional"),
    "15-chinese-name": (3, "Tsinghua University"),
    "16-text-in-order": (82, "Background information"),
}


def test_every_example_is_tested():
    """Each example query has an expected result below."""
    assert {path.stem for path in (ROOT / "data/queries").glob("*.rq")} == set(EXAMPLES)


@pytest.mark.parametrize("name", EXAMPLES)
def test_examples(server: Server, name: str):
    """Each example gives the rows that its title promises, and is titled in both languages."""
    text = (ROOT / f"data/queries/{name}.rq").read_text("utf-8")
    rows = list(csv.reader(io.StringIO(get(server, text, Accept="text/csv").body.decode())))
    count, cell = EXAMPLES[name]

    assert len(rows) - 1 == count
    assert any(cell in row for row in rows)
    for line in ("# title@en: ", "# title@zh: ", "# description@en: ", "# description@zh: "):
        assert line in text


#: 10,000 rows of some 200 bytes: more than goes through a socket.
LARGE = (
    f"{PREFIXES} SELECT (CONCAT(STR(?a), STR(?b)) AS ?x) "
    "{ { SELECT ?a { ?a ?p ?o } LIMIT 100 } { SELECT ?b { ?b ?p ?o } LIMIT 100 } }"
)
CODINGS = ("identity", "gzip, identity;q=0", "br, identity;q=0")


@pytest.mark.parametrize("method", ["GET", "HEAD", "QUERY"])
@pytest.mark.parametrize("coding", CODINGS)
def test_a_large_result_has_validators_too(server: Server, coding: str, method: str):
    """Its tag is strong, of its bytes and its coding; what the client has already is not sent."""

    def asked(**headers: str):
        headers["Accept_Encoding"] = coding
        if method == "QUERY":
            kind = {"Content_Type": "application/sparql-query"}
            return server.ask("/sparql", method, LARGE.encode(), **kind, **headers)
        address = "/sparql?" + urllib.parse.urlencode({"query": LARGE})
        return server.ask(address, method, **headers)

    whole = asked()
    etag = whole.headers["ETag"]
    assert whole.status == 200
    assert re.fullmatch(r'"[0-9a-f]{32}\.json(-gzip|-br)?"', etag)
    if coding == "identity":
        assert int(whole.headers["Content-Length"]) > INLINE
        assert method == "HEAD" or whole.headers["Content-Digest"] == digest(whole.body)
    assert asked().headers["ETag"] == etag

    there = asked(If_None_Match=etag)
    assert (there.status, there.body, there.headers["ETag"]) == (304, b"", etag)
    assert there.headers["Vary"] == whole.headers["Vary"]
    assert asked(If_Match='"another"').status == 412
    assert asked(If_Match=etag).status == 200
    assert asked(If_None_Match='"another"').status == 200


def test_large_results_in_other_forms_have_other_tags(server: Server):
    """Each form and each coding has its own; a POST is answered whole; RAND() gives no tag."""
    tags = [
        get(server, LARGE, Accept=form, Accept_Encoding=coding).headers["ETag"]
        for form in ("application/json", "text/csv", "application/sparql-results+xml")
        for coding in CODINGS
    ]
    assert len(set(tags)) == len(tags)

    told = {"Content_Type": "application/sparql-query", "If_None_Match": tags[0]}
    assert server.ask("/sparql", "POST", LARGE.encode(), **told).status == 200

    drawn = get(server, LARGE.replace("STR(?a)", "STR(RAND()), STR(?a)"))
    assert (drawn.status, drawn.headers["ETag"]) == (200, None)
    assert drawn.headers["Content-Digest"] == digest(drawn.body)
