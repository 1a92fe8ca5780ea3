"""Point queries that are answered from the lines of one thing: the engine would say the same."""

import json
from collections import Counter
from collections.abc import Mapping
from contextlib import closing
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import QueryResultsFormat, QuerySolutions, RdfFormat, Store

from parkgraph.ask import source
from parkgraph.query import Budget, QueryService, Question
from parkgraph.query.columns import in_order
from parkgraph.query.point import Rows, point
from parkgraph.rdf import canonical_lines
from parkgraph.release import Release
from parkgraph.web.site import open_site
from tests.conftest import Server
from tests.test_operations import told as told_by
from tests.test_operations import value
from tests.test_sparql import get

DATA = """
PREFIX e: <http://e.org/> PREFIX x: <http://www.w3.org/2001/XMLSchema#>
e:s a e:Park, e:Place ; e:name "Tus\\"Park\\\\ \\n\\t\\r\\b\\f", "启迪"@zh, "Park"@en-gb, "" ;
  e:year "1994"^^x:gYear ; e:n 5, 1.5, 1e0, true ; e:day "2020-01-01T00:00:00Z"^^x:dateTime ;
  e:of e:t, <http://e.org/s#at>, <http://e.org/%E5%90%AF?a=b&c='>, <urn:x:y> ;
  e:a.b e:dots ; e:名 "名" .
e:t e:name "other" .
e:odd e:name "DEL \\u007F", "\\u0001" ; e:p "right"@ar--rtl .
e:blank e:p [] .
e:清 e:名 "华", e:清 .
e:far e:p <http://e.org/a/../b> .
<http://e.org/a/../b> e:p "up" .
"""
STORE = Store()
STORE.load(DATA.encode(), format=RdfFormat.TURTLE)

#: Queries that are understood.
POINTS = [
    "SELECT ?p ?o { <http://e.org/s> ?p ?o }",
    "SELECT * WHERE { <http://e.org/s> ?p ?o . } LIMIT 3",
    "select $o ?p where{<http://e.org/s>?p?o}limit 1000000",
    "SELECT ?o { <http://e.org/s> ?p ?o } LIMIT 0",
    "SELECT ?p { <http://e.org/s> ?p ?o }",
    "SELECT ?t { <http://e.org/s> a ?t }",
    "SELECT * { <http://e.org/s> <http://e.org/name> ?n ; <http://e.org/year> ?y . }",
    "PREFIX e: <http://e.org/>\n"
    "SELECT ?n ?y ?t WHERE { <http://e.org/s> e:name ?n ; e:year ?y ; a ?t ; }",
    "PREFIX e: <http://e.org/>\nSELECT ?t ?u ?o { <http://e.org/s> a ?t, ?u ; e:of ?o }\n",
    "PREFIX : <http://e.org/> PREFIX e:<http://other/> prefix e: <http://e.org/na> # twice\n"
    "SELECT * # all\n{ <http://e.org/s> # of it\n :n ?n ; e:me ?m # these\n }",
    "SELECT * { <http://e.org/s> ?p ?o ; ?q ?r }",
    "SELECT * { <http://e.org/清> ?p ?o ; <http://e.org/名> ?r }",
    "PREFIX n: <http://e.org/北京#> SELECT * # ?o ?p\n{ <http://e.org/s> ?p ?o }",
]
#: What the engine is to answer, and what it says to some of it: nothing, or that it is no query.
OTHERS = [
    "SELECT ?p ?o { <http://e.org/none> ?p ?o }",
    "SELECT ?o { <http://e.org/s> <http://e.org/none> ?o }",
    "SELECT ?o { <http://e.org/s> ?p ?o } LIMIT 1 OFFSET 1",
    "SELECT DISTINCT ?p { <http://e.org/s> ?p ?o }",
    "SELECT ?p ?x { <http://e.org/s> ?p ?o }",
    "SELECT ?p ?p { <http://e.org/s> ?p ?o }",
    "SELECT ?o { <http://e.org/s> ?o ?o }",
    "SELECT ?o { <http://e.org/s> ?p ?o, ?x }",
    "SELECT ?n { <http://e.org/s> <http://e.org/name> ?n ; <http://e.org/of> ?n }",
    "SELECT ?n { <http://e.org/s> <http://e.org/name> ?n ; <http://e.org/of> ?o }",
    "PREFIX e: <http://e.org/> SELECT ?t { <http://e.org/s> a ?t, ?u }",
    "SELECT * { <http://e.org/s> ?p ?o . ?o ?q ?r }",
    "SELECT * { <http://e.org/s> ?p ?o FILTER(?o = 5) }",
    "SELECT * { <http://e.org/s> <http://e.org/of>/<http://e.org/name> ?o }",
    "SELECT * { <http://e.org/s> <http://e.org/of> <http://e.org/t> }",
    "SELECT * { OPTIONAL { <http://e.org/s> ?p ?o } }",
    "SELECT * { GRAPH <http://e.org/s> { ?s ?p ?o } }",
    "SELECT * FROM <http://e.org/g> { <http://e.org/s> ?p ?o }",
    "SELECT (?o AS ?x) { <http://e.org/s> ?p ?o }",
    "SELECT (COUNT(*) AS ?n) { <http://e.org/s> ?p ?o }",
    "ASK { <http://e.org/s> ?p ?o }",
    "CONSTRUCT { <http://e.org/s> ?p ?o } WHERE { <http://e.org/s> ?p ?o }",
    "BASE <http://e.org/> SELECT * { <http://e.org/s> ?p ?o }",
    "SELECT * { <s> ?p ?o }",
    "SELECT ?o { <http://e.org/s> A ?o }",
    "SELECT ?o { <http://e.org/s> e:name ?o }",
    "PREFIX e: <http://e.org/> SELECT ?o { <http://e.org/s> e:a.b ?o }",
    "PREFIX e: <http://e.org/a/../> SELECT ?o { <http://e.org/s> e:name ?o }",
    "PREFIX e: <http://e.org/> SELECT ?o { <http://e.org/s> e:na\\u006de ?o }",
    "SELECT ?o { <http://e.org/a/../b> ?p ?o }",
    "SELECT ?o { <http://e.org/odd> ?p ?o }",
    "SELECT ?o { <http://e.org/blank> ?p ?o }",
    "SELECT ?été { <http://e.org/s> ?p ?été }",
    "SELECT ?o { # <http://e.org/s> ?p ?o }",
    "SELECT ?o # {<http://e.org/s> ?p ?o }\n{ <http://e.org/t> ?p ?o }",
    "SELECT ?o { <http://e.org/s> ?p ?o } # LIMIT 1",
    "SELECT ?o { <http://e.org/s> ?p ?o . . }",
    "SELECT ?o { <http://e.org/s> ?p ?o } LIMIT 1 LIMIT 2",
    "SELECT { <http://e.org/s> ?p ?o }",
    "SELECT ?o { <http://e.org/s> ?p ?o } L\u0131MIT 1",
    "SELECT ?o { <http://e.org/s> ?p ?o } LIM\u0130T 1",
    *(
        f"PREFIX x: <{iri}> SELECT ?o {{ <http://e.org/s> a ?o }}"
        for iri in (
            *("http://[", "http://e.org/%", "http://e.org/%zz", "http://e.org:port/", "x:[]"),
            *("x:a#b#c", "x://a@b@c/", "http://e.org/\x7f", "x:\ue000", "x:\ufffe", "é:x"),
        )
    ),
    f"SELECT * {{ <http://e.org/t> {'; '.join(f'?p{n} ?o{n}' for n in range(17))} }}",
    "SELECT ?o { <http://e.org/s> ?p ?o",
    "SELECT ?o { <http://e.org/s> ?p ?o } }",
    "",
]


def told(text: str) -> Rows | None:
    """What is answered without the engine, if anything."""
    query = point(text)
    lines = _LINES.get(query.thing) if query else None
    return query.rows(lines) if query and lines else None


def _lines() -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    for line in sorted(canonical_lines(STORE)):
        thing = line[1 : line.index(b">")].decode()
        found[thing] = found.get(thing, b"") + line
    return found


_LINES = _lines()


def evaluated(text: str) -> Mapping[str, Any]:
    """What the engine says."""
    results = cast("QuerySolutions", STORE.query(in_order(text, {}), base_iri="http://base/"))
    return json.loads(results.serialize(format=QueryResultsFormat.JSON) or b"")


def rows_of(said: Mapping[str, Any]) -> Counter[str]:
    return Counter(json.dumps(row, sort_keys=True) for row in said["results"]["bindings"])


def agree(text: str, rows: Rows) -> None:
    """What was told is what the engine says; with a limit, as many of all that it says."""
    said, engine = json.loads(rows.body), evaluated(text)
    assert said["head"] == engine["head"]
    assert sum(rows_of(said).values()) == sum(rows_of(engine).values()) == rows.number
    without = text[: text.rindex("}") + 1]
    assert rows_of(said) <= rows_of(evaluated(without))


@pytest.mark.parametrize("text", POINTS)
def test_a_point_query_is_told(text: str):
    rows = told(text)
    assert rows is not None
    agree(text, rows)


@pytest.mark.parametrize("text", OTHERS)
def test_what_is_more_is_the_engines(text: str):
    assert told(text) is None


#: Pieces of queries, the whole ones more often than what breaks them.
_PIECES = st.sampled_from(
    [
        *("SELECT", "select", "WHERE", "PREFIX", "LIMIT", "a", "A", "DISTINCT", "FILTER", "BASE"),
        *("?p", "?o", "$o", "?x", "*", "{", "}", "<http://e.org/s>", "<http://e.org/t>", ".", ";"),
        *(",", "e:", ":", "e:name", "e:of", "e:none", ":n", "<http://e.org/name>", "3", "0", "#"),
        *(
            "<http://e.org/>",
            "<s>",
            "\n",
            " ",
            '"x"',
            "(",
            ")",
            "/",
            "-",
            "e:a.b",
            "_:b",
            "\\u0041",
        ),
    ]
)
_WHOLE = st.builds(
    lambda *parts: list(parts),
    st.sampled_from(
        [
            "PREFIX e: <http://e.org/>",
            "PREFIX e: <http://e.org/> PREFIX : <http://e.org/na>",
            "PREFIX : <http://e.org/> PREFIX e: <urn:> prefix e:<http://e.org/>",
        ]
    ),
    st.sampled_from(
        ["SELECT *", "SELECT*", "SELECT ?o", "select $o", "SELECT ?x ?o", "SELECT ?o ?r"]
    ),
    st.sampled_from(["", "WHERE"]),
    st.sampled_from(["{ <http://e.org/s>", "{<http://e.org/s>", "{ <http://e.org/t>"]),
    st.sampled_from(
        ["?p ?o", "a ?o", "e:name ?o", "<http://e.org/of> ?o", ":me ?o", "e:of ?o, ?x"]
    ),
    st.sampled_from(["", ".", ";", "; e:name ?x", "; ?q ?r .", "; a ?o", "; e:year ?x ; a ?t"]),
    st.sampled_from(["}", "} LIMIT 2", "}LIMIT 0", "} LIMIT 5 # x", "} OFFSET 1"]),
)


@st.composite
def texts(draw: st.DrawFn) -> str:
    """Queries, most of them with something put in, left out or exchanged."""
    parts = draw(_WHOLE)
    for _ in range(draw(st.sampled_from([0, 1, 1, 2]))):
        at = draw(st.integers(0, len(parts)))
        parts[at : at + draw(st.integers(0, 1))] = draw(st.lists(_PIECES, max_size=2))
    return draw(st.sampled_from([" ", " ", "\n", ""])).join(parts)


@given(texts())
def test_whatever_is_told_the_engine_says_too(text: str):
    """Nothing is taken for a point query that is none, or is another one."""
    rows = told(text)
    if rows is not None:
        agree(text, rows)


def test_what_would_be_much_is_the_engines():
    """Rows are counted and weighed before one is made."""
    lines = b"".join(b'<urn:a> <urn:p> "%d" .\n' % number for number in range(40))
    twice = point("SELECT * { <urn:a> <urn:p> ?a ; <urn:p> ?b }")
    wide = point(f"SELECT * {{ <urn:a> {'; '.join(f'?p{n} ?o{n}' for n in range(16))} }} LIMIT 0")
    once = point("SELECT * { <urn:a> ?p ?o }")
    assert twice
    assert wide
    assert once
    assert twice.rows(lines) is None
    assert wide.rows(lines) is None
    assert cast("Rows", twice.rows(lines[: len(lines) // 2])).number in {361, 400}
    assert cast("Rows", once.rows(lines * 25)).number == 1_000
    assert once.rows(lines * 26) is None
    long = b'<urn:a> <urn:p> "%b" .\n' % (b"x" * 30_000)
    assert once.rows(long)
    assert twice.rows(long * 2) is None


def looked_up(server: Server) -> float:
    """How many queries were answered from the index."""
    return value(told_by(server), "queries_total", outcome="looked-up")


def test_the_server_looks_up(server: Server, release: Release):
    """A thing's own lines are told with no query process, by GET, POST and HEAD, and as a page."""
    thing = f"{release.manifest.base}id/park/iasp-6112"
    query = f"SELECT ?p ?o {{ <{thing}> ?p ?o }} LIMIT 4321"
    before = looked_up(server)
    got = get(server, query)
    assert looked_up(server) == before + 1
    assert got.status == 200

    # The second variable keeps the engine busy with the same.
    engine = get(server, query.replace("}", "FILTER(true) }"))
    assert looked_up(server) == before + 1
    assert rows_of(json.loads(got.body)) == rows_of(json.loads(engine.body))
    again = server.ask(
        "/sparql", "POST", query.encode(), Content_Type="application/sparql-query", Accept="*/*"
    )
    assert again.body == got.body
    assert again.headers["ETag"] == got.headers["ETag"]
    assert looked_up(server) == before + 2


def test_the_ontologys_terms_are_the_engines(server: Server):
    """What the index says of them is of another graph as well."""
    before = looked_up(server)
    got = get(server, "SELECT * { <https://w3id.org/parkgraph/def#Park> ?p ?o } LIMIT 777")
    assert json.loads(got.body)["results"]["bindings"] == []
    assert looked_up(server) == before


def test_each_thing_of_a_release(release: Release):
    """What is told of a thing is what the default graph says of it."""
    site, own = open_site(release, "http://localhost/"), 0
    with closing(site.index), QueryService(source(release), Budget(workers=1)) as service:
        subjects = service.ask(Question("SELECT DISTINCT ?s { ?s ?p ?o }")).content()
        things = [row["s"]["value"] for row in json.loads(subjects)["results"]["bindings"]]
        for thing in things:
            text = f"SELECT * {{ <{thing}> ?p ?o }}"
            query, lines = point(text), site.text(thing)
            assert query is not None
            rows = query.rows(lines) if lines else None
            if rows is not None:
                engine = json.loads(service.ask(Question(text)).content())
                assert rows_of(json.loads(rows.body)) == rows_of(engine)
                own += 1
    assert own > len(things) / 2
