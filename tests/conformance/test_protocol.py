"""The SPARQL 1.1 Protocol, query side, and the method QUERY of RFC 10008."""

import gzip
import http.client
import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest
from pyoxigraph import NamedNode, Quad, RdfFormat, Store, parse, serialize

from tests.conformance.alone import into
from tests.conformance.queries import FORM, GRAPHS, QUERY, SOLUTIONS, media_type, said
from tests.conformance.requests import Dialogue, Request, dialogues
from tests.conformance.results import Solutions, result_of
from tests.conformance.suite import absent
from tests.conftest import Answer, Server, serving

# All of it asks servers; of what this process runs, nothing is to be measured.
pytestmark = pytest.mark.unmeasured

UPDATE = "application/sparql-update"
FORMATS = {
    "boolean": set(SOLUTIONS.values()),
    "tabular": set(SOLUTIONS.values()),
    "RDF": set(GRAPHS.values()),
}

#: What the suite calls its graphs; each says of itself that it is a document.
DATA = "http://kasei.us/2009/09/sparql/data/data{}.rdf"
TURTLE = "@prefix foaf: <http://xmlns.com/foaf/0.1/> . <{}> a foaf:Document ; foaf:name '{}' ."
SHARED_TRIPLE = "<urn:shared> <urn:in> <urn:several> ."


@pytest.fixture(scope="module")
def protocol(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of the suite's three graphs, which also share a triple, and of a default graph."""
    folder: Path = tmp_path_factory.mktemp("protocol")
    (folder / "default.nt").write_text("<urn:in> <urn:the> <urn:default> .\n")
    graphs: list[Quad] = []
    for number in (1, 2, 3):
        text = TURTLE.format(DATA.format(number), number) + SHARED_TRIPLE
        found = list(parse(text, RdfFormat.TURTLE))
        graphs += into(NamedNode(DATA.format(number)), found)
    (folder / "graphs.nq").write_bytes(serialize(graphs, format=RdfFormat.N_QUADS))
    with serving("--data", str(folder / "default.nt"), str(folder / "graphs.nq")) as server:
        yield server


# --- the suite's own requests --------------------------------------------------------------------

SUITE_TESTS = dialogues("sparql/sparql11/protocol", "ProtocolTest")


@pytest.mark.parametrize(
    "dialogue", [pytest.param(test, id=test.name) for test in SUITE_TESTS] or [absent()]
)
def test_suite(protocol: Server, dialogue: Dialogue):
    """Each request of the suite is answered as it says; those that would change data are 403.

    Of a test that begins with an update the rest is left out: it asks what the update did.
    """
    for request in dialogue.requests:
        answer = request.sent(protocol, "/sparql/", "/sparql/")
        if request.updates and dialogue.name.rpartition("/")[2].startswith("update_"):
            assert answer.status == 403, said(answer)
            assert counted(protocol, dialogue.name) == 10
            return
        holds(request, answer)


def holds(request: Request, answer: Answer) -> None:
    """The answer is as the suite wants it."""
    wanted = request.wanted
    assert answer.status in wanted.statuses, said(answer)
    if wanted.form:
        assert media_type(answer) in FORMATS[wanted.form]
    if wanted.boolean is not None:
        assert json.loads(answer.body)["boolean"] is wanted.boolean


def counted(server: Server, name: str) -> int:
    """How many quads are served; the comment keeps an earlier answer from being given again."""
    text = f"SELECT * {{ {{ ?s ?p ?o }} UNION {{ GRAPH ?g {{ ?s ?p ?o }} }} }} # {name}"
    return len(rows(get(server, text)))


# --- the protocol, operation by operation (§2.1) -------------------------------------------------

Ask = Callable[..., Answer]


def get(server: Server, text: str, *pairs: tuple[str, str], **headers: str) -> Answer:
    """Query by GET (§2.1.1)."""
    return server.ask(f"/sparql?{urlencode([('query', text), *pairs])}", **headers)


def form(server: Server, text: str, *pairs: tuple[str, str], **headers: str) -> Answer:
    """Query by URL-encoded POST (§2.1.2)."""
    body = urlencode([("query", text), *pairs]).encode()
    return server.ask("/sparql", "POST", body, **{"Content_Type": FORM, **headers})


def direct(server: Server, text: str, *pairs: tuple[str, str], **headers: str) -> Answer:
    """Query by POST of its text (§2.1.3)."""
    path = f"/sparql?{urlencode(pairs)}"
    return server.ask(path, "POST", text.encode(), **{"Content_Type": QUERY, **headers})


def by_query(server: Server, text: str, *pairs: tuple[str, str], **headers: str) -> Answer:
    """Query by the method QUERY with its text (RFC 10008)."""
    path = f"/sparql?{urlencode(pairs)}"
    return server.ask(path, "QUERY", text.encode(), **{"Content_Type": QUERY, **headers})


def by_query_form(server: Server, text: str, *pairs: tuple[str, str], **headers: str) -> Answer:
    """Query by the method QUERY with a form (RFC 10008)."""
    body = urlencode([("query", text), *pairs]).encode()
    return server.ask("/sparql", "QUERY", body, **{"Content_Type": FORM, **headers})


WAYS = [get, form, direct, by_query, by_query_form]
every_way = pytest.mark.parametrize("way", WAYS, ids=[way.__name__ for way in WAYS])


def rows(answer: Answer) -> Sequence[object]:
    """The solutions of an answer in JSON."""
    assert answer.status == 200, said(answer)
    found = result_of(answer.body, "json")
    assert isinstance(found, Solutions)
    return found.rows


def boolean(answer: Answer) -> bool:
    """The truth value of an answer in JSON."""
    assert answer.status == 200, said(answer)
    return json.loads(answer.body)["boolean"]


ASK_BOTH = f"ASK {{ <{DATA.format(1)}> a ?type . <{DATA.format(2)}> a ?type }}"
ASK_NAMED = (
    f"ASK {{ GRAPH ?a {{ <{DATA.format(1)}> a ?t }} GRAPH ?b {{ <{DATA.format(2)}> a ?t }} }}"
)
ASK_DEFAULT = "ASK { <urn:in> <urn:the> <urn:default> }"
DEFAULT, NAMED = "default-graph-uri", "named-graph-uri"

#: law, query, dataset of the request, truth
DATASETS = [
    ("no dataset named: the server's own default graph", ASK_DEFAULT, [], True),
    ("no dataset named: the server's own named graphs", ASK_NAMED, [], True),
    ("the default graph is not the union of the named ones", ASK_BOTH, [], False),
    ("several default graphs are merged", ASK_BOTH, [(DEFAULT, 1), (DEFAULT, 2)], True),
    ("one default graph is that one", ASK_BOTH, [(DEFAULT, 1)], False),
    ("named default graphs replace the server's", ASK_DEFAULT, [(DEFAULT, 1)], False),
    ("default graphs only: there are no named ones", ASK_NAMED, [(DEFAULT, 1)], False),
    ("named graphs are those", ASK_NAMED, [(NAMED, 1), (NAMED, 2)], True),
    ("named graphs are no others", ASK_NAMED, [(NAMED, 1), (NAMED, 3)], False),
    ("named graphs only: the default graph is empty", ASK_DEFAULT, [(NAMED, 1)], False),
    (
        "default and named graphs together",
        f"ASK {{ <{DATA.format(3)}> a ?t . GRAPH ?g {{ <{DATA.format(1)}> a ?t }} }}",
        [(DEFAULT, 3), (NAMED, 1), (NAMED, 2)],
        True,
    ),
    (
        "the request's dataset wins over FROM NAMED",
        f"ASK FROM NAMED <{DATA.format(3)}> {{ GRAPH ?g {{ <{DATA.format(3)}> a ?t }} }}",
        [(NAMED, 1)],
        False,
    ),
    (
        "the request's default graph wins over FROM",
        f"ASK FROM <{DATA.format(3)}> {{ <{DATA.format(3)}> a ?t }}",
        [(DEFAULT, 1)],
        False,
    ),
    ("FROM is honoured", f"ASK FROM <{DATA.format(3)}> {{ <{DATA.format(3)}> a ?t }}", [], True),
    ("an unknown default graph is empty", "ASK { ?s ?p ?o }", [(DEFAULT, 9)], False),
    ("an unknown named graph is empty", "ASK { GRAPH ?g { ?s ?p ?o } }", [(NAMED, 9)], False),
    ("an unknown FROM is empty", f"ASK FROM <{DATA.format(9)}> {{ ?s ?p ?o }}", [], False),
]


@every_way
@pytest.mark.parametrize(("law", "text", "graphs", "truth"), DATASETS, ids=[d[0] for d in DATASETS])
def test_dataset(protocol: Server, way: Ask, law: str, text: str, graphs, truth: bool):
    """The dataset is the request's, else the query's, else the server's (§2.1.4)."""
    pairs = [(name, DATA.format(number)) for name, number in graphs]

    assert boolean(way(protocol, text, *pairs)) is truth


SHARED_BY_ALL = "SELECT * { <urn:shared> ?p ?o }"


def test_merged_graphs_are_a_set_for_what_counts_no_copies(protocol: Server):
    """A triple of several default graphs is one triple to what asks for different ones."""
    pairs = [(DEFAULT, DATA.format(number)) for number in (1, 2, 3)]
    text = SHARED_BY_ALL.replace("SELECT", "SELECT DISTINCT")

    assert len(rows(get(protocol, text, *pairs))) == 1


@pytest.mark.xfail(reason="the engine does not merge default graphs: it reads one after the other")
def test_merged_graphs_are_a_set(protocol: Server):
    """A triple of several default graphs is one triple: the default graph is their merge."""
    pairs = [(DEFAULT, DATA.format(number)) for number in (1, 2, 3)]

    assert len(rows(get(protocol, SHARED_BY_ALL, *pairs))) == 1


def test_it_is_the_engine_that_does_not_merge():
    """The engine alone finds a triple of two default graphs twice."""
    triple = [NamedNode(f"urn:{name}") for name in ("shared", "in", "several")]
    names = [NamedNode(DATA.format(number)) for number in (1, 2)]
    store = Store()
    store.extend(Quad(*triple, name) for name in names)

    assert len(list(store.query(SHARED_BY_ALL, default_graph=names))) == 2


@pytest.mark.parametrize("kind", [DEFAULT, NAMED])
def test_a_graph_named_twice_is_one_graph(protocol: Server, kind: str):
    """The dataset is a set: naming a graph again adds nothing."""
    pairs = [(kind, DATA.format(1)), (kind, DATA.format(2)), (kind, DATA.format(1))]
    pattern = "?s ?p ?o" if kind == DEFAULT else "GRAPH ?g { ?s ?p ?o }"
    text = f"SELECT * {{ {pattern} FILTER(?s = <{DATA.format(1)}>) }}"

    assert len(rows(get(protocol, text, *pairs))) == 2


def test_names_of_graphs(protocol: Server):
    """The names that GRAPH finds are those of the request, and no others."""
    pairs = [(NAMED, DATA.format(number)) for number in (1, 2, 9)]
    found = rows(get(protocol, "SELECT ?g { GRAPH ?g { <urn:shared> ?p ?o } }", *pairs))

    assert sorted(row["g"].value for row in found) == [DATA.format(1), DATA.format(2)]


CONTENT = [
    ("ASK", "ASK {}", {}, "application/sparql-results+json"),
    ("SELECT", "SELECT (1 AS ?x) {}", {}, "application/sparql-results+json"),
    ("CONSTRUCT", "CONSTRUCT { <urn:a> <urn:b> 1 } {}", {}, "text/turtle"),
    ("DESCRIBE", "DESCRIBE <urn:in>", {}, "text/turtle"),
    *((f"SELECT as {e}", "SELECT (1 AS ?x) {}", {"Accept": t}, t) for e, t in SOLUTIONS.items()),
    *((f"ASK as {e}", "ASK {}", {"Accept": t}, t) for e, t in SOLUTIONS.items()),
    *(
        (f"CONSTRUCT as {e}", "CONSTRUCT { <urn:a> <urn:b> 1 } {}", {"Accept": t}, t)
        for e, t in GRAPHS.items()
    ),
    *((f"DESCRIBE as {e}", "DESCRIBE <urn:in>", {"Accept": t}, t) for e, t in GRAPHS.items()),
    (
        "the greater weight wins",
        "ASK {}",
        {"Accept": "application/sparql-results+json;q=0.1, application/sparql-results+xml;q=0.9"},
        "application/sparql-results+xml",
    ),
    (
        "parameters do not break a match",
        "ASK {}",
        {"Accept": "application/sparql-results+xml; charset=utf-8"},
        "application/sparql-results+xml",
    ),
    (
        "one header serves all query forms",
        "CONSTRUCT WHERE { ?s ?p ?o }",
        {"Accept": "application/sparql-results+json, application/n-triples"},
        "application/n-triples",
    ),
]


@every_way
@pytest.mark.parametrize(("law", "text", "headers", "kind"), CONTENT, ids=[c[0] for c in CONTENT])
def test_content_type(protocol: Server, way: Ask, law: str, text: str, headers, kind: str):
    """Each form of query is answered in a format of its own, the one that is asked for (§2.1.6)."""
    answer = way(protocol, text, **headers)

    assert answer.status == 200, said(answer)
    assert media_type(answer) == kind
    assert "Accept" in answer.headers["Vary"]


#: law, method, path, body, content type, status
BAD = [
    ("two queries", "GET", "/sparql?query=ASK%20%7B%7D&query=ASK%20%7B%7D", None, None, 400),
    ("two queries in a form", "POST", "/sparql", b"query=ASK+%7B%7D&query=ASK+%7B%7D", FORM, 400),
    (
        "one in the address, one as body",
        "POST",
        "/sparql?query=ASK%20%7B%7D",
        b"ASK {}",
        QUERY,
        400,
    ),
    ("an empty query", "GET", "/sparql?query=", None, None, 400),
    ("an empty body", "POST", "/sparql", b"", QUERY, 400),
    ("a form without a query", "POST", "/sparql", b"timeout=1", FORM, 400),
    ("a query that does not parse", "GET", "/sparql?query=ASK%20%7B", None, None, 400),
    ("a body that does not parse", "POST", "/sparql", b"ASK {", QUERY, 400),
    ("an update as a query", "GET", "/sparql?query=CLEAR%20ALL", None, None, 400),
    ("a form as text/plain", "POST", "/sparql", b"query=ASK+%7B%7D", "text/plain", 415),
    ("a form without a type", "POST", "/sparql", b"query=ASK+%7B%7D", None, 415),
    ("a query as text/plain", "POST", "/sparql", b"ASK {}", "text/plain", 415),
    ("a query without a type", "POST", "/sparql", b"ASK {}", None, 415),
    ("a query in JSON", "POST", "/sparql", b'{"query": "ASK {}"}', "application/json", 415),
    ("multipart", "POST", "/sparql", b"--x--", "multipart/form-data; boundary=x", 415),
    ("UTF-16", "POST", "/sparql", "ASK {}".encode("utf-16"), f"{QUERY}; charset=UTF-16", 400),
    ("UTF-16 unsaid", "POST", "/sparql", "ASK {}".encode("utf-16-le"), QUERY, 400),
    ("Latin-1", "POST", "/sparql", "ASK { ?é ?p ?o }".encode("latin-1"), QUERY, 400),
    (
        "Latin-1 in the address",
        "GET",
        "/sparql?query=ASK%20%7B%3F%E9%20%3Fp%201%7D",
        None,
        None,
        400,
    ),
    ("Latin-1 in a form", "POST", "/sparql", b"query=ASK%20%7B%3F%E9%20%3Fp%201%7D", FORM, 400),
    (
        "a graph that is no IRI",
        "GET",
        "/sparql?query=ASK%7B%7D&default-graph-uri=a%20b",
        None,
        None,
        400,
    ),
    (
        "a named graph that is no IRI",
        "GET",
        "/sparql?query=ASK%7B%7D&named-graph-uri=%3C",
        None,
        None,
        400,
    ),
    ("PUT", "PUT", "/sparql?query=ASK%20%7B%7D", None, FORM, 405),
    ("DELETE", "DELETE", "/sparql?query=ASK%20%7B%7D", None, None, 405),
    ("PATCH", "PATCH", "/sparql", b"ASK {}", QUERY, 405),
    ("QUERY without a type", "QUERY", "/sparql", b"ASK {}", None, 415),
    ("QUERY of an unknown type", "QUERY", "/sparql", b"ASK {}", "text/plain", 415),
    ("QUERY that does not parse", "QUERY", "/sparql", b"ASK {", QUERY, 400),
    ("QUERY without a body", "QUERY", "/sparql", b"", QUERY, 400),
    ("QUERY of an update", "QUERY", "/sparql", b"CLEAR ALL", UPDATE, 403),
    ("QUERY of two", "QUERY", "/sparql?query=ASK%20%7B%7D", b"ASK {}", QUERY, 400),
    ("an update by GET", "GET", "/sparql?update=CLEAR%20ALL", None, None, 403),
    ("an update by form", "POST", "/sparql", b"update=CLEAR+ALL", FORM, 403),
    ("an update direct", "POST", "/sparql", b"CLEAR ALL", UPDATE, 403),
    ("two updates", "POST", "/sparql", b"update=CLEAR+ALL&update=CLEAR+ALL", FORM, 403),
    ("an update that does not parse", "POST", "/sparql", b"update=CLEAR+XYZ", FORM, 403),
    ("an update as text/plain", "POST", "/sparql", b"CLEAR ALL", "text/plain", 415),
    ("an update as a form, untyped", "POST", "/sparql", b"update=CLEAR+ALL", None, 415),
    (
        "an update in another coding",
        "POST",
        "/sparql",
        "CLEAR ALL".encode("utf-16"),
        f"{UPDATE}; charset=UTF-16",
        403,
    ),
    (
        "an update with a dataset of both kinds",
        "POST",
        "/sparql?using-graph-uri=urn:a",
        b"WITH <urn:a> DELETE { ?s ?p ?o } WHERE { ?s ?p ?o }",
        UPDATE,
        403,
    ),
]


@pytest.mark.parametrize(
    ("law", "method", "path", "body", "kind", "status"), BAD, ids=[row[0] for row in BAD]
)
def test_bad_request(
    protocol: Server,
    law: str,
    method: str,
    path: str,
    body: bytes | None,
    kind: str | None,
    status: int,
):
    """Each mistake has the status that is due, and an explanation as problem details."""
    headers = {"Content_Type": kind} if kind else {}
    answer = protocol.ask(path, method, body, **headers)

    assert answer.status == status, said(answer)
    assert media_type(answer) == "application/problem+json"
    assert answer.headers["Cache-Control"] == "no-store"
    if status == 405:
        assert {"GET", "HEAD", "POST", "QUERY"} <= set(listed(answer.headers["Allow"]))
    if status == 415 and method == "POST":
        assert {FORM, QUERY} <= set(listed(answer.headers["Accept-Post"]))


@pytest.mark.parametrize("method", ["POST", "QUERY"])
def test_compressed_bodies(protocol: Server, method: str):
    """A compressed body is 415 with the coding that is accepted: none (RFC 9110 §15.5.16)."""
    body = gzip.compress(b"ASK {}")
    answer = protocol.ask("/sparql", method, body, Content_Type=QUERY, Content_Encoding="gzip")

    assert answer.status == 415, said(answer)
    assert answer.headers["Accept-Encoding"] == "identity"
    assert "gzip" in json.loads(answer.body)["detail"]


@every_way
def test_too_many_parameters(protocol: Server, way: Ask):
    """More parameters than are read are 400, whichever way they come."""
    answer = way(protocol, "ASK {}", *[("named-graph-uri", f"urn:{n}") for n in range(300)])

    assert answer.status == 400, said(answer)
    assert "200 parameters" in json.loads(answer.body)["detail"]


def test_long_addresses(protocol: Server):
    """A long address is answered; one that no server would take is 414 (RFC 9110 §15.5.15)."""
    assert get(protocol, f"ASK {{}} # {'x' * 50_000}").status == 200
    assert get(protocol, f"ASK {{}} # {'x' * 100_000}").status == 414


def listed(header: str) -> list[str]:
    """The elements of a list in a header, without quotes."""
    return [item.strip().strip('"') for item in header.split(",")]


def test_not_acceptable(protocol: Server):
    """A format that there is not, or not of this form of query, is 406 with what there is."""
    for text, accept in (
        ("ASK {}", "image/png"),
        ("ASK {}", "text/turtle"),
        ("CONSTRUCT WHERE { ?s ?p ?o }", "text/csv"),
    ):
        answer = get(protocol, text, Accept=accept)

        assert answer.status == 406, said(answer)
        assert json.loads(answer.body)["alternates"]


TYPES = [
    QUERY.upper(),
    f"{QUERY};charset=UTF-8",
    f'{QUERY}; charset="utf-8"',
    f"{FORM};charset=utf-8",
]


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("method", ["POST", "QUERY"])
def test_parameters_of_the_content_type(protocol: Server, method: str, kind: str):
    """The type of a body is known in any case and with any parameter of UTF-8."""
    body = urlencode({"query": ASK_DEFAULT}) if "urlencoded" in kind else ASK_DEFAULT

    assert boolean(protocol.ask("/sparql", method, body.encode(), Content_Type=kind))


@pytest.mark.parametrize("method", ["POST", "QUERY"])
def test_chunked(protocol: Server, method: str):
    """A body that comes in chunks, its length unsaid, is read whole."""
    connection = http.client.HTTPConnection("127.0.0.1", protocol.port, timeout=60)
    pieces = iter([ASK_DEFAULT[:5].encode(), ASK_DEFAULT[5:].encode()])
    connection.request(method, "/sparql", pieces, {"Content-Type": QUERY}, encode_chunked=True)
    response = connection.getresponse()

    assert (response.status, json.loads(response.read())["boolean"]) == (200, True)
    connection.close()


ECHOES = ["a+b", "a%2Bb", "100%25", "a&b=c", "é", "😀", "中文", "a;b", "%", "a\u00a0b"]


@every_way
@pytest.mark.parametrize("word", ECHOES)
def test_decoded_once(protocol: Server, way: Ask, word: str):
    """Percent-encoding is undone once, and what comes back is what was sent."""
    (row,) = rows(way(protocol, f'SELECT ("{word}" AS ?x) {{}}'))

    assert row["x"].value == word


def test_names_of_graphs_are_decoded_once(protocol: Server):
    """The IRI of a graph is the decoded parameter, as it is."""
    once, twice = quote(DATA.format(1), safe=""), quote(quote(DATA.format(1), safe=""), safe="")
    path = f"/sparql?query={quote('ASK { ?s ?p ?o }')}&default-graph-uri="

    assert boolean(protocol.ask(path + once)) is True
    assert protocol.ask(path + twice).status in {200, 400}
    assert b"true" not in protocol.ask(path + twice).body


@every_way
def test_relative_iris(protocol: Server, way: Ask):
    """A relative IRI stands against a base that the service defines (SPARQL 1.1 Protocol §2.1)."""
    assert boolean(way(protocol, 'ASK { FILTER(isIRI(<x>) && STR(<x>) != "x") }')) is True


def test_head(protocol: Server):
    """HEAD is GET without its body."""
    for text in (ASK_BOTH, "CONSTRUCT WHERE { ?s ?p ?o }", "ASK {"):
        path = f"/sparql?{urlencode({'query': text})}"
        found, head = protocol.ask(path), protocol.ask(path, "HEAD")

        assert head.body == b""
        assert head.status == found.status
        for name in ("Content-Type", "Content-Length", "ETag", "Vary", "Cache-Control"):
            assert head.headers[name] == found.headers[name], name


def test_options(protocol: Server):
    """OPTIONS lists the methods, and the types that QUERY takes (RFC 10008 §3)."""
    answer = protocol.ask("/sparql", "OPTIONS")

    assert answer.status in {200, 204}
    assert {"GET", "HEAD", "OPTIONS", "POST", "QUERY"} <= set(listed(answer.headers["Allow"]))
    assert set(listed(answer.headers["Accept-Query"])) == {FORM, QUERY}


@pytest.mark.parametrize("method", ["POST", "QUERY"])
def test_preflight(protocol: Server, method: str):
    """A page of any origin may ask by POST and by QUERY, with a body of the query's type."""
    answer = protocol.ask(
        "/sparql",
        "OPTIONS",
        Origin="https://elsewhere.example",
        Access_Control_Request_Method=method,
        Access_Control_Request_Headers="content-type",
    )
    allowed = answer.headers["Access-Control-Allow-Headers"].lower()

    assert answer.status in {200, 204}
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert method in listed(answer.headers["Access-Control-Allow-Methods"])
    assert "content-type" in listed(allowed) or allowed == "*"
    assert answer.headers["Access-Control-Allow-Credentials"] is None


@pytest.mark.parametrize("method", ["GET", "QUERY"])
def test_accept_query(protocol: Server, method: str):
    """Answers say which types QUERY takes (RFC 10008 §3)."""
    answer = (get if method == "GET" else by_query)(protocol, "ASK {}")

    assert set(listed(answer.headers["Accept-Query"])) == {FORM, QUERY}


def test_query_is_conditional(protocol: Server):
    """QUERY is safe and has validators: the same entity tag is 304 (RFC 10008 §2)."""
    first = by_query(protocol, ASK_BOTH)
    again = by_query(protocol, ASK_BOTH, If_None_Match=first.headers["ETag"])
    other = by_query(protocol, ASK_DEFAULT, If_None_Match=first.headers["ETag"])

    assert first.headers["ETag"]
    assert (again.status, again.body) == (304, b"")
    assert boolean(other) is True


def test_bodies_of_query_are_told_apart(protocol: Server):
    """Two QUERY requests to one address with two bodies have two answers."""
    assert boolean(by_query(protocol, ASK_DEFAULT)) is True
    assert boolean(by_query(protocol, ASK_BOTH)) is False
    assert boolean(
        by_query(protocol, ASK_BOTH, (DEFAULT, DATA.format(1)), (DEFAULT, DATA.format(2)))
    )


@every_way
def test_ways_share_a_tag(protocol: Server, way: Ask):
    """One answer has one entity tag, in whichever way it was asked for."""
    first, answer = get(protocol, ASK_NAMED), way(protocol, ASK_NAMED)

    assert answer.body == first.body
    assert answer.headers["ETag"] == first.headers["ETag"]


def test_formats_have_tags_of_their_own(protocol: Server):
    """No two formats of an answer share an entity tag."""
    tags = [get(protocol, "ASK {}", Accept=kind).headers["ETag"] for kind in SOLUTIONS.values()]

    assert len(set(tags)) == len(tags)


def test_cors_on_every_answer(protocol: Server):
    """Answers and refusals can be read from a page of any origin."""
    for answer in (get(protocol, "ASK {}"), get(protocol, "ASK {"), protocol.ask("/sparql", "PUT")):
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert answer.headers["Access-Control-Allow-Credentials"] is None
