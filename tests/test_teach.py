"""What is understood of a query by its tokens, and how a query without solutions is explained."""

import json
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parkgraph.ask import source
from parkgraph.errors import Diagnostic, Severity
from parkgraph.query import Answer, Budget, QueryFailed, QueryService, Question, Source
from parkgraph.query.parts import Outline, joined
from parkgraph.query.patterns import outline
from parkgraph.query.scan import DEEPEST, LONGEST
from parkgraph.query.solutions import solutions
from parkgraph.query.values import failure
from parkgraph.release import Release
from parkgraph.web.known import LONG, nearest, shown
from parkgraph.web.teach import Concept, Terms, explain_empty, hint, read_terms

E = "PREFIX e: <http://e/>\n"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
DATA = """
PREFIX e: <http://e/>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
PREFIX owl: <http://www.w3.org/2002/07/owl#>
PREFIX xsd: <http://www.w3.org/2001/XMLSchema#>
e:x a e:Park ; e:p e:y ; e:n 1 ; e:w "word"@en ; e:l (1 2) ; e:day "2020-01-01"^^xsd:date .
e:y a e:Firm ; e:q e:x ; e:n 2 ; e:w "word", "a \\"b\\\\c" .
e:c a skos:Concept ; skos:prefLabel "more than"@en , "超过"@zh .
e:blank e:to [] .
GRAPH e:g { e:z a e:Site ; e:r e:x . e:more a skos:Concept ; skos:prefLabel "more"@en .
  e:Firm a owl:Class . e:Dormant a owl:Class . e:sleeps a owl:ObjectProperty . e:x e:p e:y }
"""


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[QueryService]:
    """A few triples, some of them in a named graph."""
    path = tmp_path_factory.mktemp("data") / "data.trig"
    path.write_text(DATA, "utf-8")
    with QueryService(Source(files=(str(path),)), Budget(workers=1)) as running:
        yield running


@pytest.fixture(scope="module")
def released(release: Release) -> Iterator[QueryService]:
    """The release of this repository."""
    with QueryService(source(release), Budget(workers=1)) as running:
        yield running


# What is understood of a query

PATTERNS = [
    ("SELECT * { ?s e:p ?o }", ["?s e:p ?o"]),
    ("SELECT * { ?s e:p ?o . }", ["?s e:p ?o"]),
    ("SELECT*{?s a e:C;e:p 1,-2.5,'x'@en;;e:q true.}",
     ["?s a e:C", "?s e:p 1", "?s e:p -2.5", "?s e:p 'x'@en", "?s e:q true"]),
    ("ASK { <http://e/x#y> e:p \"a { b\"^^e:t . _:n ?p '''#''' # ?a ?b ?c\n }",
     ["<http://e/x#y> e:p \"a { b\"^^e:t", "_:n ?p '''#'''"]),
    ("ASK { ?s e:p/^e:q*/(e:r|!(a|^e:s))+ ?o ; e:t? ?u }",
     ["?s e:p/^e:q*/(e:r|!(a|^e:s))+ ?o", "?s e:t? ?u"]),
    ("ASK { ?s e:p [ e:q ?a ; e:r [ a e:C ] ] , [] }",
     ["?s e:p []", "[] e:q ?a", "[] e:r []", "[] a e:C", "?s e:p []"]),
    ("ASK { [ e:p 1 ] e:q 2 . [ e:r 3 ] }", ["[] e:p 1", "[] e:q 2", "[] e:r 3"]),
    ("ASK { ?s e:p (1 [ e:q 2 ] ()) . () e:r ?o }", ["?s e:p (1 [ e:q 2 ] ())", "() e:r ?o"]),
    ("ASK { { ?a e:p ?b } UNION { ?a e:q ?b } UNION { { ?a e:r ?b } } ?a e:s ?c }",
     ["?a e:p ?b", "?a e:q ?b", "?a e:r ?b", "?a e:s ?c"]),
    ("ASK { ?a e:p ?b OPTIONAL { ?b e:q ?c OPTIONAL { ?c e:r 1 } } FILTER EXISTS { ?a e:s ?d } }",
     ["?a e:p ?b", "?b e:q ?c", "?c e:r 1", "?a e:s ?d"]),
    ("SELECT ?a (COUNT(*) AS ?n) FROM e:g FROM NAMED <http://e/h> WHERE { ?a e:p ?b "
     "{ SELECT ?b (MAX(?c) AS ?m) { ?b e:q ?c } GROUP BY ?b HAVING(?m > 1) } } GROUP BY ?a LIMIT 3",
     ["?a e:p ?b", "?b e:q ?c"]),
    ("SELECT * { SELECT ?a { ?a e:p ?b } }", ["?a e:p ?b"]),
    ("CONSTRUCT { ?x e:made ?y } WHERE { ?x e:p ?y }", ["?x e:p ?y"]),
    ("CONSTRUCT WHERE { ?x e:p ?y }", ["?x e:p ?y"]),
    ("DESCRIBE ?x e:y WHERE { ?x e:p ?y }", ["?x e:p ?y"]),
    ("DESCRIBE e:y", []),
    ("ASK { FILTER(?a < 3 && ?b > 4) ?a e:p ?b FILTER regex(?b, '}') FILTER e:f(?a) . ?b e:q 1 }",
     ["?a e:p ?b", "?b e:q 1"]),
    ("ASK { ?a e:p ?b MINUS { ?a e:q ?b } FILTER NOT EXISTS { ?a e:r ?b } BIND((1) AS ?c) "
     "VALUES (?a ?b) { (1 UNDEF) } VALUES ?z { e:x } ?a e:s ?c }",
     ["?a e:p ?b", "?a e:s ?c"]),
    ("ASK { << ?a e:p ?b >> e:q 1 }", ["<< ?a e:p ?b >> e:q 1"]),
    ("ASK { ?a e:p ?b {| e:q 1 |} ; e:r ?c ~ e:z }", ["?a e:p ?b", "?a e:r ?c"]),
]  # fmt: skip


@pytest.mark.parametrize(("text", "shown"), PATTERNS, ids=[text for text, _ in PATTERNS])
def test_patterns_are_written_out(text: str, shown: list[str]):
    """Lists and blank nodes become patterns of their own; paths and collections stay whole."""
    found = outline(E + text)

    assert [pattern.shown for pattern in found.patterns] == shown
    assert found.complete is ("{|" not in text)


def test_patterns_know_where_they_stand():
    """Line and column are those of what is new: the subject, else the predicate or the object."""
    found = outline("ASK {\n  ?s ?p 1 ,\n    2 ;\n  # ?no\n  ?q 3 . [ ?r 4 ] ?t 5 }")

    assert [(p.text.partition(" ")[2], *p.place) for p in found.patterns] == [
        ("?p 1", 2, 3),
        ("?p 2", 3, 5),
        ("?q 3", 5, 3),
        ("?r 4", 5, 12),
        ("?t 5", 5, 10),
    ]
    assert str(found.patterns[1].place) == "query:3:5"


def test_patterns_know_what_is_around_them():
    """The innermost GRAPH is kept, and whether an OPTIONAL is around."""
    found = outline(
        E + "ASK { ?a e:p 1 GRAPH e:g { ?a e:p 2 OPTIONAL { ?a e:p 3 GRAPH ?h { ?a e:p 4 } } } "
        "?a e:p 5 OPTIONAL { { ?a e:p 6 } UNION { ?a e:p 7 } } }"
    )

    assert [
        (p.object.text, p.graph.text if p.graph else "", p.optional) for p in found.patterns
    ] == [
        ("1", "", False),
        ("2", "e:g", False),
        ("3", "e:g", True),
        ("4", "?h", True),
        ("5", "", False),
        ("6", "", True),
        ("7", "", True),
    ]


def test_what_is_declared_is_known():
    """BASE, prefixes and FROM are read; names are resolved as the engine resolves them."""
    found = outline(
        "# of the query\nBASE <http://b/c/>\nPREFIX : <#>\nprefix e: <../e/> base <d/>"
        " SELECT * FROM :g FROM NAMED <g> WHERE { ?s ?p ?o } OFFSET 3"
    )

    assert found.prologue == "BASE <http://b/c/>\nPREFIX : <#>\nprefix e: <../e/> base <d/>"
    assert found.prefixes == {"": "http://b/c/#", "e": "http://b/e/"}
    assert found.dataset == "FROM :g FROM NAMED <g>"
    assert [name.text for name in found.graphs] == [":g", "<g>"]
    assert [found.iri(name) for name in (":a", r"e:it\'s", "<x>", "<\\u0078>", "no:a", "a")] == [
        "http://b/c/#a", "http://b/e/it's", "http://b/c/d/x", "http://b/c/d/x", "", "",
    ]  # fmt: skip
    assert [(m.word, m.text) for m in found.modifiers] == [("offset", "OFFSET 3")]
    assert [name.text for name in outline("DESCRIBE e:x ?y <z> FROM <g>").described] == [
        "e:x",
        "<z>",
    ]


def test_a_base_that_is_no_iri_is_let_be():
    """What cannot be resolved stays as it was written."""
    assert outline("BASE <http://[> PREFIX e: <e> ASK {}").prefixes == {"e": "e"}


UNFINISHED = [
    ("", []),
    ("hello", []),
    ("INSERT DATA { <x:a> <x:b> 1 }", []),
    ("PREFIX", []),
    ("PREFIX e: SELECT * { ?s ?p 1 }", []),
    ("SELECT * { ?s ?p 1 . ?s ?p", ["?s ?p 1"]),
    ("SELECT * { ?s ?p 1 ] ) . ?a ?b 2 }", ["?s ?p 1", "?a ?b 2"]),
    ("SELECT * { ?s ?p [ ?q 1 ", ["?s ?p []", "[] ?q 1"]),
    ("SELECT * { ?s ?p [ ?q 1 , } ?a ?b 2", ["?s ?p []", "[] ?q 1"]),
    ("SELECT * { { ?s ?p 1 } UNION ?a ?b 2 }", ["?s ?p 1", "?a ?b 2"]),
    ("SELECT * { GRAPH { ?s ?p 1 } ?a ?b 2 }", ["?a ?b 2"]),
    ("SELECT * { OPTIONAL ?s ?p 1 . ?a ?b 2 }", ["?a ?b 2"]),
    ("SELECT * { FILTER } ", []),
    ("SELECT * { ?s ?p 1 } }", ["?s ?p 1"]),
    ("SELECT * { ?s <p>/ 1 }", []),
    ("SELECT * " + "{" * (DEEPEST + 5) + " ?s ?p 1", []),
    ("SELECT * { ?s ?p " + "[ ?p " * (DEEPEST + 5) + " 1", ["?s ?p []"]),
]


@pytest.mark.parametrize(("text", "shown"), UNFINISHED, ids=[t[:50] for t, _ in UNFINISHED])
def test_what_is_not_understood_is_left_out(text: str, shown: list[str]):
    """A text that is no query gives what can be told of it, and says that there was more."""
    found = outline(text)

    assert [pattern.shown for pattern in found.patterns][: len(shown) or None] == shown
    assert not found.complete


_WORDS = """
    SELECT ASK CONSTRUCT DESCRIBE WHERE FROM NAMED GRAPH OPTIONAL UNION MINUS FILTER EXISTS NOT
    BIND VALUES LATERAL SERVICE PREFIX BASE e: e:p <x> ?a $b 1 - 'w' @en ^^ _:n { } ( ) [ ] . ; , a
    << >> ~ | / ^ ! * + ? = < HAVING LIMIT 0 OFFSET true"""
_SOUP = st.sampled_from(_WORDS.split())


@given(st.one_of(st.text(), st.lists(_SOUP).map(" ".join), st.lists(_SOUP).map("".join)))
def test_any_text_has_an_outline(text: str):
    """Nothing is raised, and each pattern stands at a place of the text."""
    found = outline(text)
    lines = text.split("\n")

    for pattern in found.patterns:
        line, column = pattern.place
        assert 1 <= line <= len(lines)
        assert 1 <= column <= len(lines[line - 1])


HEAVY = ["?s ?p ?o.", "{", "[", "(", "{}UNION", "<x>;", "?a ?b [", "?s ?p (1)", "e:p/", "GRAPH<x>{",
         "[]", "<<", "_:b1 a a;", "{SELECT", "FILTER(", "OPTIONAL{", "?x1 ", ",1", "}", "FROM<x>",
         "\n"]  # fmt: skip


@pytest.mark.unmeasured
@pytest.mark.parametrize("piece", HEAVY)
@pytest.mark.parametrize("start", ["ASK {", "ASK { ?s ?p 1", "SELECT ", "PREFIX "])
def test_the_outline_is_linear(start: str, piece: str):
    """No repetition makes a long text slow to read."""
    began = time.process_time()
    outline((start + piece * LONGEST)[: LONGEST // 8])
    assert time.process_time() - began < 2


# Queries of every kind


def _list(terms: list[str], mark: str) -> str:
    return f" {mark} ".join(terms)


_VARIABLE = st.sampled_from(["?a", "?b", "?c"])
_VERB = st.sampled_from(["e:p", "e:q", "a", "e:n", "e:w", "?v", "e:p / e:q", "^ e:p", "e:p *"])
_OBJECT = st.one_of(
    _VARIABLE,
    st.sampled_from(["e:x", "e:y", "e:Park", "1", "'word'", '"word"@en', "[]", "( 1 2 )"]),
    st.builds("[ {} {} ]".format, _VERB, _VARIABLE),
)
_OBJECTS = st.lists(_OBJECT, min_size=1, max_size=2).map(lambda found: _list(found, ","))
_PROPERTIES = st.lists(st.builds("{} {}".format, _VERB, _OBJECTS), min_size=1, max_size=3)
_BLOCK = st.builds(
    "{} {} .".format,
    st.one_of(_VARIABLE, st.sampled_from(["e:x", "e:y", "[]", "[ e:n 1 ]"])),
    _PROPERTIES.map(lambda found: _list(found, ";")),
)
_LEAF = st.one_of(
    _BLOCK,
    _BLOCK,
    st.sampled_from(
        [
            "FILTER ( ?a != ?b )",
            "FILTER ( ! BOUND ( ?b ) || ?b = 1 )",
            "FILTER EXISTS { ?a e:p ?z }",
            "FILTER NOT EXISTS { ?a e:q ?b }",
            "VALUES ?a { e:x e:y }",
            "VALUES ( ?b ) { ( 1 ) ( UNDEF ) }",
        ]
    ),
)


def _groups(part: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    inner = st.lists(part, min_size=1, max_size=3).map(" ".join)
    return st.one_of(
        inner.map("OPTIONAL {{ {} }}".format),
        inner.map("MINUS {{ {} }}".format),
        inner.map("GRAPH e:g {{ {} }}".format),
        inner.map("GRAPH ?g {{ {} }}".format),
        inner.map("{{ {} }}".format),
        inner.map("{{ SELECT ?a {{ {} }} ORDER BY ?a LIMIT 3 }}".format),
        inner.map("{{ SELECT ?a ( COUNT ( ?b ) AS ?k ) {{ {} }} GROUP BY ?a }}".format),
        st.lists(inner, min_size=2, max_size=3).map(
            lambda found: " UNION ".join(f"{{ {one} }}" for one in found)
        ),
    )


_WHERE = st.lists(st.recursive(_LEAF, _groups, max_leaves=6), min_size=1, max_size=4).map(" ".join)
_GAPS = st.lists(st.sampled_from([" ", " ", "\n", " # } ' <\n"]), min_size=1, max_size=5)


@st.composite
def _queries(draw: st.DrawFn) -> str:
    """A query of random parts, with line breaks and comments between its words."""
    words, gaps = draw(_WHERE).split(" "), draw(_GAPS)
    where = "".join(word + gaps[n % len(gaps)] for n, word in enumerate(words))
    return f"{E}SELECT * {{ {where} }}"


def solved(service: QueryService, text: str) -> bool:
    """Whether there is a solution."""
    return bool(solutions(service.ask(Question(text)).content()))


@pytest.mark.unmeasured
@settings(max_examples=150, deadline=None)
@given(text=_queries())
def test_the_parts_together_are_the_query(service: QueryService, text: str):
    """A group made of all parts has a solution exactly if the query has."""
    found = outline(text)
    asked = f"{found.prologue} SELECT * {joined(found.steps) or '{}'}"

    assert found.complete
    assert solved(service, asked) == solved(service, text)


@pytest.mark.unmeasured
@settings(max_examples=150, deadline=None)
@given(text=_queries())
def test_a_query_is_explained_if_it_has_no_solution(service: QueryService, text: str):
    """There are reasons for no solution, and none where there are solutions."""
    reasons = explain_empty(service.ask, text, seconds=60).reasons

    assert bool(reasons) != solved(service, text)
    assert {reason.code for reason in reasons} <= {"PG640", "PG641", "PG642", "PG643"}


# Why there is no solution

EXPLAINED = [
    # a term occurs nowhere
    ("ASK { ?s a e:Park ; e:nn ?o }", "2:21 PG642 no triple has the predicate e:nn",
     "did you mean e:n?"),
    ("ASK { ?s a e:Pakr }", "2:12 PG642 nothing is of the class e:Pakr", "did you mean e:Park?"),
    ("ASK { ?s a e:Dormant }", "2:12 PG642 nothing is of the class e:Dormant",
     "it is defined, but not used"),
    ("ASK { ?s a e:FIRM }", "2:12 PG642 nothing is of the class e:FIRM", "did you mean e:Firm?"),
    ("ASK { ?s e:kind e:mroe }", "2:10 PG642 no triple has the predicate e:kind", ""),
    ("ASK { ?s e:p e:moer }", "2:14 PG642 e:moer occurs nowhere in the data",
     "did you mean e:more?"),
    ("ASK { ?s e:p/e:qq* ?o ; e:qq/e:w ?w }", "2:25 PG642 no triple has the predicate e:qq",
     "did you mean e:q?"),
    ("ASK { GRAPH e:gg { ?s ?p ?o } }", "2:13 PG642 there is no graph e:gg", "did you mean e:g?"),
    ("ASK FROM e:gg { ?s ?p ?o }", "2:10 PG642 there is no graph e:gg", "did you mean e:g?"),
    ("ASK FROM e:g { ?s a e:Park }", "2:21 PG642 nothing is of the class e:Park in these graphs",
     "it occurs in graphs that this query is not asked of"),
    ("ASK FROM e:g { e:c ?p ?o }", "2:16 PG642 e:c does not occur in these graphs",
     "it occurs in graphs that this query is not asked of"),
    ("PREFIX skos: <http://www.w3.org/2004/02/skos#> ASK { ?s skos:prefLabel ?o }",
     "2:57 PG642 no triple has the predicate skos:prefLabel",
     "skos: is declared as another namespace than the usual "
     "<http://www.w3.org/2004/02/skos/core#>; "
     "did you mean <http://www.w3.org/2004/02/skos/core#prefLabel>?"),
    ("ASK { ?s e:preflabel ?o }", "2:10 PG642 no triple has the predicate e:preflabel",
     "did you mean skos:prefLabel (PREFIX skos: <http://www.w3.org/2004/02/skos/core#>)?"),
    ("DESCRIBE e:moer", "2:10 PG642 e:moer occurs nowhere in the data", "did you mean e:more?"),
    # a pattern has no match
    ("ASK { ?s e:w 'WORD'@fr }", "2:7 PG640 nothing matches ?s e:w 'WORD'@fr",
     "'WORD'@fr has no match, \"word\" has"),
    ("ASK { ?s e:n '1' }", "2:7 PG640 nothing matches ?s e:n '1'", "'1' has no match, 1 has"),
    ("ASK { ?s e:day '2020-01-01' }", "2:7 PG640 nothing matches ?s e:day '2020-01-01'",
     "'2020-01-01' has no match, \"2020-01-01\"^^xsd:date has"),
    ("ASK { ?s e:q e:y }", "2:7 PG640 nothing matches ?s e:q e:y",
     "it matches the other way round: e:y e:q ?s"),
    ("ASK { ?s e:p e:c }", "2:7 PG640 nothing matches ?s e:p e:c",
     "objects of e:p are such as e:y"),
    ("ASK { e:x e:w 'a \"b\\\\c' }", "2:7 PG640 nothing matches e:x e:w 'a \"b\\\\c'",
     'objects of e:w are such as "word"@en'),
    ("ASK { e:c e:q ?o }", "2:7 PG640 nothing matches e:c e:q ?o",
     "e:c has rdf:type, skos:prefLabel, not e:q"),
    ("ASK { ?s e:to e:c }", "2:7 PG640 nothing matches ?s e:to e:c", ""),
    ("ASK { ?s e:r ?o }", "2:7 PG640 nothing matches ?s e:r ?o",
     "it matches in a named graph: GRAPH e:g { … }"),
    ("ASK { GRAPH ?g { ?s a e:Park } }", "2:18 PG640 nothing matches ?s a e:Park",
     "it matches in the default graph, without GRAPH"),
    ("ASK { GRAPH e:g { ?s e:r e:z } }", "2:19 PG640 nothing matches ?s e:r e:z",
     "it matches the other way round: e:z e:r ?s"),
    ("ASK { ?s a e:Park { SELECT ?s { ?s e:r ?x } } }", "2:33 PG640 nothing matches ?s e:r ?x",
     "it matches in a named graph: GRAPH e:g { … }"),
    ("ASK { ?s a e:Park . GRAPH e:none {} }", "2:21 PG640 nothing matches GRAPH e:none {}", ""),
    ("ASK { VALUES ?s {} }", "2:7 PG640 nothing matches VALUES ?s {}", ""),
    # patterns have none together
    ("ASK { ?s a e:Park . ?s a e:Firm }",
     "2:21 PG641 ?s a e:Firm matches, but not together with ?s a e:Park (query:2:7)", ""),
    ("ASK { ?t e:n 2 . ?s a e:Park ; e:n ?n . ?s a e:Firm }",
     "2:41 PG641 ?s a e:Firm matches, but not together with the 3 parts before it",
     "it has no match together with ?s a e:Park (query:2:18) alone"),
    ("ASK { ?s e:p ?a . GRAPH ?g { ?a a e:Site } }",
     "2:30 PG641 ?a a e:Site matches, but not together with ?s e:p ?a (query:2:7)", ""),
    ("ASK { ?s a e:Park } VALUES ?s { e:y }",
     "2:21 PG641 VALUES ?s { e:y } matches, but not together with ?s a e:Park (query:2:7)", ""),
    ("ASK { ?s e:n ?n . ?s e:w ?w . LATERAL { ?s a e:Site } }",
     "2:31 PG641 LATERAL { ?s a e:Site } matches, but not together with the 2 parts before it", ""),
    # a filter leaves nothing
    ("ASK { ?s e:w ?w FILTER(?w = 'Word') }",
     "2:17 PG643 the patterns match, but FILTER(?w = 'Word') leaves nothing",
     "'Word' has no match, \"word\" has"),
    ("ASK { ?s e:n ?n FILTER(?n > 0) FILTER(?n > 5) FILTER(?n > 6) }",
     "2:32 PG643 the patterns match, but FILTER(?n > 5) leaves nothing",
     "without it ?n is such as 1, 2"),
    ("ASK { ?s a e:Park FILTER(false) }",
     "2:19 PG643 the patterns match, but FILTER(false) leaves nothing", ""),
    ("ASK { GRAPH ?g { MINUS { ?s e:p ?o } } }",
     "2:18 PG643 the patterns match, but MINUS { ?s e:p ?o } leaves nothing", ""),
    ("ASK { LATERAL { ?s e:nn ?o } }", "2:7 PG640 nothing matches LATERAL { ?s e:nn ?o }", ""),
    ("ASK { ?s a e:Park MINUS { ?s e:n 1 } }",
     "2:19 PG643 the patterns match, but MINUS { ?s e:n 1 } leaves nothing", ""),
    ("SELECT ?s { ?s a e:Park } OFFSET 7", "2:27 PG643 there are solutions, but OFFSET leaves none",
     ""),
    ("SELECT ?s { ?s a e:Park } LIMIT 0", "2:27 PG643 there are solutions, but LIMIT leaves none",
     ""),
    ("SELECT ?s { ?s e:n ?n } GROUP BY ?s HAVING(COUNT(*) > 1)",
     "2:37 PG643 there are solutions, but HAVING leaves none", ""),
]  # fmt: skip


@pytest.fixture(scope="module")
def terms(service: QueryService) -> Terms:
    """The terms of the small data."""
    return read_terms(service.ask)


@pytest.mark.parametrize(
    ("text", "said", "advice"), EXPLAINED, ids=[text for text, _, _ in EXPLAINED]
)
def test_the_reason_is_told(service: QueryService, terms: Terms, text: str, said: str, advice: str):
    """The first reason has its place and code, says what is missing, and what there is instead."""
    first, *_ = explain_empty(service.ask, E + text, terms=terms).reasons

    assert f"{str(first.place).removeprefix('query:')} {first.code} {first.message}" == said
    assert first.help == advice


def test_every_pattern_without_a_match_is_told(service: QueryService, terms: Terms):
    """All patterns that match nothing by themselves are listed, each at its own place."""
    text = E + "SELECT * {\n ?s e:pp ?o ; a e:Park .\n { ?o e:nn 1 } UNION { ?o e:ww 2 }\n}"
    reasons = explain_empty(service.ask, text, terms=terms).reasons

    assert [(reason.finding.where, reason.instead) for reason in reasons] == [
        ("query:3:5", ("e:p",)),
        ("query:4:7", ("e:n",)),
        ("query:4:27", ("e:w",)),
    ]


def test_an_optional_that_a_filter_counts_on_is_looked_into(service: QueryService, terms: Terms):
    """After a filter, what matches nothing inside OPTIONAL and EXISTS is told too."""
    text = E + "ASK { ?s a e:Park OPTIONAL { ?s e:pp ?o } FILTER(BOUND(?o)) }"
    codes = [(r.code, str(r.place)) for r in explain_empty(service.ask, text, terms=terms).reasons]
    exists = E + "ASK { ?s a e:Park FILTER EXISTS { ?s e:pp ?o } }"

    assert codes == [("PG643", "query:2:43"), ("PG642", "query:2:33")]
    assert [r.code for r in explain_empty(service.ask, exists, terms=terms).reasons] == [
        "PG643",
        "PG642",
    ]


def test_one_branch_of_a_union_may_be_empty(service: QueryService):
    """A branch without a match is no reason while another has one."""
    text = E + "ASK { { ?s e:pp 1 } UNION { ?s a e:Park } ?s a e:Firm }"
    only, *more = explain_empty(service.ask, text).reasons

    assert (only.code, str(only.place), more) == ("PG641", "query:2:43", [])


def test_more_parts_than_are_tried_one_by_one(service: QueryService):
    """Where the first twenty parts go together, all of them are tried at once."""
    text = E + "ASK { ?s a e:Park " + " . ?s e:n ?n" * 24 + " . ?s a e:Firm }"
    (only,) = explain_empty(service.ask, text).reasons

    assert only.message == "?s a e:Firm matches, but not together with the 25 parts before it"
    assert len(only.patterns) == 20


def test_a_reason_is_a_finding_and_json(service: QueryService, terms: Terms):
    """A reason has the shape of every finding, and a JSON with line, column and names."""
    (reason,) = explain_empty(service.ask, E + "ASK { ?s e:pp ?o }", terms=terms).reasons

    assert reason.finding == Diagnostic(
        "PG642",
        "no triple has the predicate e:pp",
        "query:2:10",
        "did you mean e:p?",
        Severity.INFO,
    )
    assert json.loads(json.dumps(reason.to_json())) == {
        "code": "PG642",
        "message": "no triple has the predicate e:pp",
        "where": "query:2:10",
        "line": 2,
        "column": 10,
        "help": "did you mean e:p?",
        "patterns": ["?s e:pp ?o"],
        "instead": ["e:p"],
    }


def test_long_patterns_are_cut(service: QueryService):
    """A message stays short, however long the query is."""
    text = E + f"ASK {{ ?s e:w '{'long ' * 2000}' }}"
    (reason,) = explain_empty(service.ask, text).reasons

    assert len(reason.message) < 200
    assert len(json.dumps(reason.to_json())) < 1_000


def test_a_very_long_query_is_let_be(service: QueryService, terms: Terms):
    """What would take the web process long to go through is not gone through."""
    text = E + "ASK { ?s e:pp ?o }" + " " * LONG

    assert explain_empty(service.ask, text, terms=terms).reasons == []
    assert hint(text, Diagnostic("PG601", "", help="help"), terms) == "help"


def test_the_graphs_of_the_request_are_those_of_the_explanation(service: QueryService):
    """The dataset of the protocol takes the place of FROM, as it does for the query."""
    text = E + "ASK FROM e:none { ?s a e:Site }"
    there = Question(text, default_graphs=("http://e/g",))
    elsewhere = there._replace(default_graphs=(), named_graphs=("http://e/g",))

    assert explain_empty(service.ask, text, like=there).reasons == []
    (reason,) = explain_empty(service.ask, text, like=elsewhere).reasons
    assert reason.help == "it matches in a named graph: GRAPH e:g { … }"


def test_the_base_of_the_request_is_that_of_the_explanation(service: QueryService):
    """Relative IRIs stand against the base that the question had."""
    text = "ASK { ?s a <Park> ; <pp> ?o }"
    (reason,) = explain_empty(service.ask, text, like=Question(text, base="http://e/")).reasons

    assert reason.message == "no triple has the predicate <pp>"


# Budgets


@pytest.mark.parametrize("text", ["ASK { ?s <x:p> 1 }", "SELECT * {", "no query", ""])
def test_without_time_nothing_is_said(service: QueryService, text: str):
    """What could not be asked is no reason."""
    assert explain_empty(service.ask, text, seconds=0).reasons == []


def test_a_budget_that_runs_out_is_no_reason(service: QueryService):
    """A question that was stopped says nothing, and the others go on with their share."""
    shares = []

    def slow(question: Question) -> Answer:
        shares.append(question.seconds)
        raise QueryFailed(failure("time", "took too long"))

    assert (
        explain_empty(slow, E + "ASK { ?s a e:Park ; e:pp 1 . ?s e:q ?t }", seconds=4).reasons == []
    )
    assert len(shares) > 3
    assert max(shares) <= 0.5


def test_where_nobody_has_time_one_question_is_enough():
    """A service that is busy is not asked again."""
    asked = []

    def busy(question: Question) -> Answer:
        asked.append(question)
        raise QueryFailed(failure("busy", "64 questions are waiting already"))

    assert explain_empty(busy, E + "ASK { ?s a e:Park ; e:pp 1 }").reasons == []
    assert len(asked) == 1


def test_a_long_query_asks_few_questions(service: QueryService):
    """However many patterns there are, the number of questions has a bound."""
    asked = []

    def counted(question: Question) -> Answer:
        asked.append(question)
        return service.ask(question)

    text = E + "ASK {" + " ".join(f"?s e:n ?n{n} ; e:missing{n} 1 ." for n in range(500)) + "}"
    reasons = explain_empty(counted, text, seconds=60).reasons

    assert 0 < len(reasons) <= 20
    assert len(asked) <= 80


# Terms of the data


def test_the_terms_are_those_of_all_graphs(service: QueryService, terms: Terms):
    """Classes and predicates that are used, concepts with their labels, and what is defined."""
    assert {"http://e/Park", "http://e/Site"} < set(terms.classes)
    assert "http://e/Dormant" not in terms.classes
    assert {"http://e/p", "http://e/r", f"{RDF}type"} < set(terms.properties)
    assert terms.concepts == (
        Concept("http://e/c", (("en", "more than"), ("zh", "超过"))),
        Concept("http://e/more", (("en", "more"),)),
    )
    assert terms.declared == ("http://e/Dormant", "http://e/Firm", "http://e/sleeps")
    assert json.loads(json.dumps(terms.to_json()))["concepts"][0] == {
        "iri": "http://e/c",
        "labels": {"en": "more than", "zh": "超过"},
    }


def test_terms_that_take_too_long_are_left_out():
    """A kind of terms that is not to be had inside the budget is empty."""

    def slow(question: Question) -> Answer:
        raise QueryFailed(failure("time", "took too long"))

    assert read_terms(slow) == Terms()


def test_terms_are_not_empty_for_want_of_a_worker():
    """A service that is busy gives an error, not a data set without terms."""

    def busy(question: Question) -> Answer:
        raise QueryFailed(failure("busy", "64 questions are waiting already"))

    with pytest.raises(QueryFailed):
        read_terms(busy)


def test_large_answers_are_read_from_their_file(tmp_path: Path):
    """Terms that do not come with the answer itself are read like those that do."""
    path = tmp_path / "many.nt"
    triple = "<http://e/s> <http://example.org/a-namespace-with-a-long-name/p{0}> <http://e/o> .\n"
    path.write_text("".join(triple.format(n) for n in range(6000)), "utf-8")
    with QueryService(Source(files=(str(path),)), Budget(workers=1)) as service:
        assert len(read_terms(service.ask).properties) == 5000


NEAR = [
    ("http://e/operater", "http://e/operator"),
    ("http://e/OPERATOR", "http://e/operator"),
    ("http://other/operator", "http://e/operator"),
    ("http://other/operators", "http://e/operator"),
    ("http://other/oprtr", ""),
    ("http://e/xyz", ""),
    ("http://e/", ""),
    ("http://e/" + "operator" * 100, ""),
    ("urn:x:operator", "http://e/operator"),
]


@pytest.mark.parametrize(("iri", "meant"), NEAR, ids=[iri[:40] for iri, _ in NEAR])
def test_nearest(iri: str, meant: str):
    """A name that is spelt much the same is near; across namespaces it must be more so."""
    assert nearest(iri, ["http://e/operator", "http://e/order", "http://f/zone"]) == meant


def test_names_are_shown_as_the_query_has_them():
    """The query's own prefix comes first; one that it uses for something else is not used."""
    iri = "https://schema.org/name"

    assert shown(iri, {"s": "https://schema.org/"}) == "s:name"
    assert shown(iri, {"schema": "http://schema.org/"}) == f"<{iri}>"
    assert shown(iri, {"": "https://schema.org/"}) == ":name"
    assert shown(iri + "/of", {"": "https://schema.org/"}) == f"<{iri}/of>"


# Hints for queries that do not parse

HINTS = [
    (E + "ASK { ?s e:pakr ?o", "did you mean e:Park? nothing is named e:pakr (query:2:10)"),
    (E + "ASK { ?s e:Park ?o , e:Dormant", ""),
    (E + "ASK { ?s e:entirely ?o", ""),
    ("ASK { ?s skos:preflabell ?o",
     "did you mean skos:prefLabel? nothing is named skos:preflabell (query:1:10)"),
    ("ASK { ?s no:Park ?o", ""),
    (E + "ASK { # e:Pakr\n ?s a 'e:Pakr', <e:Pakr>", ""),
    ("PREFIX e:Pakr <http://e/> ASK {", ""),
    (E + "ASK { e:Prk e:Prk e:Frim , e:moer , e:sleep ",
     "did you mean e:Park? nothing is named e:Prk (query:2:7)\n"
     "did you mean e:Firm? nothing is named e:Frim (query:2:19)\n"
     "did you mean e:more? nothing is named e:moer (query:2:28)"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "said"), HINTS, ids=[text[-30:] for text, _ in HINTS])
def test_hints_name_near_terms(terms: Terms, text: str, said: str):
    """Names that resemble a term of their namespace are told of, three at most."""
    finding = Diagnostic("PG601", "expected a closing '}'", "query:2:20", "here:\n  ^")

    assert hint(text, finding, terms) == "\n".join(filter(None, (finding.help, said)))
    assert hint(text, replace(finding, help=""), terms) == said


@given(st.one_of(st.text(), st.lists(_SOUP).map(" ".join)))
def test_any_text_can_be_hinted_at(text: str):
    """No text makes a hint fail, and without terms there is none."""
    assert hint(text, Diagnostic("PG601", "no query"), Terms()) == ""


# The shipped data

PARK = """PREFIX park: <https://w3id.org/parkgraph/def#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
"""
SHIPPED = [
    ("SELECT ?o { ?park a park:Park ; park:oprator ?o }", "PG642", "query:3:33",
     "did you mean park:operator?"),
    ("SELECT ?f { ?f park:bound/skos:prefLabel 'more than' }", "PG640", "query:3:13",
     "'more than' has no match, \"more than\"@en has"),
    ("SELECT ?f { ?f park:bound/skos:prefLabel ?b FILTER(?b = 'more than') }", "PG643",
     "query:3:45", "'more than' has no match, \"more than\"@en has"),
    ("PREFIX bound: <https://w3id.org/parkgraph/id/concept/bound/> "
     "SELECT ?f { ?f park:bound bound:more-then }", "PG642", "query:3:88",
     "did you mean bound:more-than?"),
    ("SELECT ?x { ?x a park:Park , park:Figure }", "PG641", "query:3:30", ""),
]  # fmt: skip


@pytest.mark.parametrize(("text", "code", "where", "advice"), SHIPPED, ids=[s[0] for s in SHIPPED])
def test_the_release_explains_itself(
    released: QueryService, text: str, code: str, where: str, advice: str
):
    """The mistakes that newcomers make with the shipped data are told, with what there is."""
    terms = read_terms(released.ask)
    first, *_ = explain_empty(released.ask, PARK + text, terms=terms).reasons

    assert (first.code, first.finding.where, first.help) == (code, where, advice)


def test_example_queries_have_nothing_to_explain(released: QueryService):
    """Each shipped example is understood whole, and no reason is found for what has solutions."""
    folder = Path(__file__).parent.parent / "data" / "queries"
    texts = [path.read_text("utf-8") for path in sorted(folder.glob("*.rq"))]
    outlines: list[Outline] = [outline(text) for text in texts]

    assert texts
    assert all(found.complete and found.patterns for found in outlines)
    assert [explain_empty(released.ask, text).reasons for text in texts] == [[]] * len(texts)
