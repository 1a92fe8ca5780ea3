"""What becomes of a query before an endpoint gets it, and of what the endpoint says."""

import io
import json
import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parkgraph.query import QueryFailed
from parkgraph.query.dataset import NOTHING, addressed, solutions_of
from parkgraph.query.evaluate import parse
from parkgraph.query.mended import Mended

BASE = "http://here.example/sparql"
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


def test_parsing_evaluates_nothing():
    """A worker that asks an endpoint has a network, so no query may be evaluated in it."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        port = listener.getsockname()[1]
        parse(f"ASK {{ SERVICE <http://127.0.0.1:{port}/> {{ ?s ?p ?o }} }}")
        parse("SELECT * { ?s ?p ?o FILTER(<urn:unknown>(?o)) }")
        with pytest.raises(BlockingIOError):
            listener.accept()
    with pytest.raises(SyntaxError):
        parse("ASK {")


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("ASK { ?s ?p <http://e/#x> }", "ASK { ?s ?p <http://e/#x> }"),
        ("ASK { <#x> ?p ?o }", f"BASE <{BASE}> ASK {{ <#x> ?p ?o }}"),
        ("ASK { <a/b:c> ?p ?o }", f"BASE <{BASE}> ASK {{ <a/b:c> ?p ?o }}"),
        ("BASE <http://b/> ASK { <x> ?p ?o }", "BASE <http://b/> ASK { <x> ?p ?o }"),
        ("base<b/> ASK { <x> ?p ?o }", f"BASE <{BASE}> base<b/> ASK {{ <x> ?p ?o }}"),
        ("ASK { <#a:b> ?p <?q=a:b> }", f"BASE <{BASE}> ASK {{ <#a:b> ?p <?q=a:b> }}"),
        (
            "PREFIX a: <#> BASE <http://b/> ASK {}",
            f"BASE <{BASE}> PREFIX a: <#> BASE <http://b/> ASK {{}}",
        ),
        ('ASK { BIND(iri("x") AS ?x) }', f'BASE <{BASE}> ASK {{ BIND(iri("x") AS ?x) }}'),
        ("ASK FROM <urn:g> { ?s ?p 'FROM <urn:h>' }", "ASK FROM <urn:g> { ?s ?p 'FROM <urn:h>' }"),
    ],
)
def test_a_query_goes_as_it_came(text: str, sent: str):
    """But for the base that its relative IRIs stand against."""
    assert addressed(text, (None, None), (), BASE).text == sent


def test_the_dataset_goes_by_the_protocol():
    """FROM is taken out where the protocol, or what is served, says which graphs are asked."""
    text = "PREFIX e: <urn:> SELECT * FROM e:a FROM NAMED <urn:b> { ?s ?p 'FROM <urn:c>' }"
    bare = "PREFIX e: <urn:> SELECT *     { ?s ?p 'FROM <urn:c>' }"
    by_protocol = addressed(text, (["urn:x"], None), (), BASE)
    confined = addressed(text, (None, None), ("urn:a", "urn:b"), BASE)
    everything = addressed("ASK {}", (None, None), ("urn:a", "urn:b"), BASE)

    assert (by_protocol.text, by_protocol.default, by_protocol.named) == (
        bare,
        ("urn:x",),
        (NOTHING,),
    )
    assert (confined.text, confined.default, confined.named) == (bare, ("urn:a",), ("urn:b",))
    assert everything.default == everything.named == ("urn:a", "urn:b")
    with pytest.raises(QueryFailed) as refused:
        addressed(text, (None, None), ("urn:a",), BASE)
    assert (refused.value.kind, refused.value.findings[0].where) == ("graph", "query:1:47")


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("CONSTRUCT WHERE { ?s ?p ?x1 } LIMIT 3", "SELECT (1 AS ?x2) WHERE { ?s ?p ?x1 } LIMIT 3"),
        ("CONSTRUCT{?s a ?c}{?s a ?c}", "SELECT (1 AS ?x1) {?s a ?c}"),
        ("CONSTRUCT { } FROM <urn:g> WHERE { }", "SELECT (1 AS ?x1) FROM <urn:g> WHERE { }"),
        (
            "PREFIX e: <e:> DESCRIBE ?s e:a { ?s a e:C }",
            "PREFIX e: <e:> SELECT (1 AS ?x1) { ?s a e:C }",
        ),
        ("DESCRIBE <urn:a>", None),
    ],
)
def test_the_solutions_behind_a_graph(text: str, rows: str | None):
    """They are asked for by a SELECT that parses."""
    assert solutions_of(text) == rows
    if rows:
        parse(rows)


@given(st.lists(st.tuples(st.booleans(), TEXTS), max_size=6), st.integers(1, 40))
def test_labels_are_mended_and_nothing_else(cells: list[tuple[bool, str]], size: int):
    """Two labels never become one, and every other byte stays, however the text is cut."""
    terms = [
        {"type": "bnode", "value": value.encode().hex(":")}
        if blank
        else {"type": "literal", "value": f'{value}"type":"bnode","value":"a:b"'}
        for blank, value in cells
    ]
    raw = json.dumps({"results": {"bindings": [{"x": term} for term in terms]}}).encode()
    file = Mended(io.BytesIO(raw))
    mended = json.loads(b"".join(iter(lambda: file.read(size), b"")))
    found = [row["x"] for row in mended["results"]["bindings"]]

    for before, after in zip(terms, found, strict=True):
        if before["type"] == "bnode":
            assert after["value"] == before["value"].replace(":", "_3A")
        else:
            assert after == before
