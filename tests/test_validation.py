"""Screening: which SPARQL constraints are asked of all focus nodes at once, and faults at size."""

from pathlib import Path

import pytest
import rdflib
from benchmarks.parks import faults, lines
from pyoxigraph import RdfFormat, Store
from pyshacl import ShapesGraph
from rdflib.compare import isomorphic
from rdflib.namespace import SH

from parkgraph.errors import Severity
from parkgraph.pipeline import check
from parkgraph.validate import screened
from parkgraph.validate.data import data_graph
from parkgraph.validate.engine import run
from parkgraph.validate.failing import Walk
from parkgraph.validate.prebinding import prebound
from parkgraph.validate.screening import suspects
from parkgraph.validate.setwise import with_targets
from tests.conftest import ROOT

TARGET = "?this a ex:C"
HEAD = (
    "@prefix psh: <https://w3id.org/parkgraph/shapes#> . "
    "@prefix sh: <http://www.w3.org/ns/shacl#> . @prefix foaf: <http://xmlns.com/foaf/0.1/> .\n"
)
OWN = "psh:a a sh:NodeShape ; sh:targetClass foaf:Document ;"

#: Queries whose every mention of the focus node sees the targets.
SET_WISE = [
    "SELECT $this WHERE { $this ex:p ?value . FILTER (?value > 1) }",
    "SELECT ?this ?value { ?value ex:p $this FILTER NOT EXISTS { $this ex:q ?value } }",
    "SELECT $this WHERE { $this ex:p ?a OPTIONAL { ?b ex:q ?a FILTER (?b != $this) } }",
    "SELECT $this WHERE { { $this ex:p ?a } UNION { ?a ex:p $this } }",
    "SELECT $this (COUNT(?a) AS ?n) WHERE { $this ex:p ?a } GROUP BY $this HAVING (COUNT(?a) > 1)",
    "SELECT $this WHERE { { SELECT DISTINCT $this ?a WHERE { ?a ex:p ?b } } $this ex:q ?a }",
    'SELECT $this WHERE { $this ex:p "{ $this # }" . # { $this\n }',
]

#: Queries that would miss a node, or find none, if the targets were only joined.
ONE_BY_ONE = [
    "SELECT $this WHERE { { FILTER ($this = ex:a) } }",
    "SELECT $this WHERE { ?a ex:p ?b { ?a ex:q ?c OPTIONAL { $this ex:r ?c } } }",
    "SELECT $this WHERE { $this ex:p ?a OPTIONAL { ?a ex:q ?b BIND (STR($this) AS ?c) } }",
    "SELECT $this WHERE { ?a ex:p ?b OPTIONAL { ?b ex:q ?c OPTIONAL { $this ex:r ?c } } }",
    "SELECT $this (COUNT(?a) AS ?n) WHERE { $this ex:p ?a }",
    "SELECT $this WHERE { $this ex:p ?a } GROUP BY ?a",
    "SELECT $this WHERE { $this ex:p ?a } LIMIT 1",
    "SELECT $this WHERE { $this ex:p ?a MINUS { ?a ex:q $this } }",
    "SELECT ?value WHERE { $this ex:p ?value }",
    "SELECT $this WHERE { { SELECT $this WHERE { FILTER ($this = ex:a) } } }",
]


@pytest.mark.parametrize("query", SET_WISE)
def test_query_that_joins_its_targets_begins_with_them(query):
    """Where each mention of the focus node sees the targets, they come first in the query."""
    asked = with_targets(query, TARGET)

    assert asked is not None
    assert asked.replace(f" {TARGET} .", "") == query
    assert asked.index(TARGET) == query.index("{") + 2


@pytest.mark.parametrize("query", ONE_BY_ONE)
def test_query_that_may_miss_a_node_is_left_to_pyshacl(query):
    """Of what may differ when it is joined, no query over all nodes is made."""
    assert with_targets(query, TARGET) is None


BOUND = [
    ("SELECT $this WHERE { ?a ex:p ?this }", "SELECT (<x> AS ?this) WHERE { ?a ex:p <x> }"),
    (
        "SELECT $this (STR($this) AS ?s) { } GROUP BY $this ORDER BY DESC($this)",
        "SELECT (<x> AS ?this) (STR(<x>) AS ?s) { } GROUP BY (<x>) ORDER BY DESC(<x>)",
    ),
    (
        "SELECT $this { FILTER EXISTS { SELECT $this { $this ex:p '$this' } } }",
        "SELECT (<x> AS ?this) { FILTER EXISTS { SELECT (<x> AS ?this3) { <x> ex:p '$this' } } }",
    ),
    ("SELECT $this { FILTER (BOUND($this)) }", None),
]


@pytest.mark.parametrize(("query", "expected"), BOUND)
def test_focus_node_is_put_into_a_query(query, expected):
    """The focus node stands for its variable everywhere, at any depth."""
    assert prebound(query, "<x>") == expected


SEQUENCE = """
@prefix sh: <http://www.w3.org/ns/shacl#> .
<urn:shape> a sh:NodeShape ; sh:targetClass <urn:C> ;
  sh:property [ sh:path ( <urn:a> <urn:b> ) ; sh:minCount 1 ] .
"""


def test_each_step_of_a_path_is_asked_by_itself():
    """Of two patterns in one group Oxigraph finds all solutions, for each focus node anew."""
    graph = ShapesGraph(rdflib.Graph().parse(data=SEQUENCE))
    (shape,) = (shape for shape in graph.shapes if shape.node == rdflib.URIRef("urn:shape"))

    asked = "EXISTS { ?this <urn:a> ?v0 FILTER (EXISTS { ?v0 <urn:b> [] }) }"
    assert Walk().fails(shape).may.strip("()") == f"!{asked}"


#: Constraints on what a path leads to.
CONSTRAINTS = [
    "sh:minCount 2",
    *(f"sh:maxCount {most}" for most in range(4)),
    "sh:uniqueLang true",
    "sh:hasValue 1",
    "sh:hasValue <urn:x>",
    "sh:equals <urn:c>",
    "sh:datatype xsd:integer",
    "sh:in ( 1 2 3 )",
    'sh:not [ sh:pattern "a" ]',
    'sh:not [ sh:pattern "A" ; sh:flags "i" ]',
]
PATHS = ["( <urn:a> <urn:b> )", "( <urn:a> ( <urn:b> <urn:c> ) )", "<urn:listed>", "<urn:b>"]
DATA = """
<urn:0> a <urn:C> .
<urn:1> a <urn:C> ; <urn:a> [ <urn:b> 1 ] ; <urn:b> 1 ; <urn:c> 1 .
<urn:2> a <urn:C> ; <urn:a> [ <urn:b> 1, 2 ], [ <urn:b> 2, 3 ] ; <urn:c> 1, 2, 3 .
<urn:3> a <urn:C> ; <urn:a> [ <urn:b> "a"@en, "b"@EN ], [ <urn:b> <urn:x> ] ; <urn:b> <urn:x>, 4 .
<urn:4> a <urn:C> ; <urn:a> [ <urn:b> "a"@en ], [ <urn:b> "b"@en, 1 ], [ <urn:b> 2, 3, 4 ] .
<urn:5> a <urn:C> ; <urn:a> [ <urn:b> [ <urn:c> 1, 2 ] ] ; <urn:listed> 1, 2, 9 ; <urn:c> 1 .
"""
SHAPE = """
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix xsd: <http://www.w3.org/2001/XMLSchema#> .
<urn:listed> rdf:first <urn:a> ; rdf:rest ( <urn:b> ) .
<urn:shape> a sh:NodeShape ; sh:targetClass <urn:C> ; {} .
"""


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("form", ["sh:property {}", "sh:not {}"])
def test_what_a_path_leads_to_is_reported_as_pyshacl_does(path: str, form: str):
    """Counts, languages and values at the end of several steps, and the opposite of each."""
    store = Store()
    store.load(DATA.encode(), format=RdfFormat.TURTLE)
    results = 0
    for constraint in CONSTRAINTS:
        shape = form.format(f"[ sh:path {path} ; {constraint} ]")
        graph = rdflib.Graph().parse(data=SHAPE.format(shape))
        _, everything = run(data_graph(store), graph, lambda _: None)
        assert isomorphic(screened(store, graph)[1], everything), constraint
        results += len([*everything.subjects(rdflib.RDF.type, SH.ValidationResult)])
    assert results > len(CONSTRAINTS)


def parks(number: int, faulty: float) -> Store:
    """A store of parks with planted faults."""
    store = Store()
    store.load(b"".join(lines(number, faulty, seed=7)), format=RdfFormat.N_TRIPLES)
    return store


def shapes() -> rdflib.Graph:
    """All shape files as one graph."""
    graph = rdflib.Graph()
    for path in sorted((ROOT / "shapes").glob("*.ttl")):
        graph.parse(path)
    return graph


@pytest.mark.unmeasured
def test_planted_faults_in_many_parks_are_reported_as_pyshacl_does():
    """With a fault in each of several parks, the report is pySHACL's over all focus nodes."""
    store = parks(3, 1.0)
    _, everything = run(data_graph(store), shapes(), lambda _: None)

    assert len(faults()) > 80
    assert isomorphic(screened(store, shapes())[1], everything)


def test_sound_parks_are_not_looked_at_one_by_one():
    """Of parks without a fault, pySHACL gets the nodes with an Info, and no other."""
    store, seen = parks(5, 0.0), []

    def chosen(shape):
        nodes = suspects(shape, store)
        seen.extend(nodes or ())
        return nodes

    run(data_graph(store), shapes(), chosen)
    assert len(seen) == len(set(seen)) == 5 * 4


#: What a shape of one's own may hold and cannot be applied, and the line where it begins.
UNUSABLE = [
    ("no Turtle", "psh:a a sh:NodeShape ; .. ", "PG301", "2:"),
    ("a byte order mark", "\ufeff", "PG301", "1:"),
    ("a triple term", "psh:a psh:b <<( psh:a psh:b psh:c )>> .", "PG305", ""),
    (
        "a count in letters",
        f'{OWN} sh:property [ sh:path psh:p ; sh:minCount "one" ] .',
        "PG305",
        "2",
    ),
    ("two paths", f"{OWN} sh:property [ sh:path psh:p , psh:q ; sh:minCount 1 ] .", "PG305", ""),
    (
        "a pattern",
        f'{OWN} sh:property [ sh:path foaf:primaryTopic ; sh:pattern "(" ] .',
        "PG305",
        "2",
    ),
    (
        "a query",
        f'{OWN} sh:sparql [ sh:select "SELECT $this WHERE {{" ; sh:message "" ] .',
        "PG305",
        "2",
    ),
    ("a severity", f"{OWN} sh:severity psh:Bad ; sh:nodeKind sh:Literal .", "PG305", "2"),
]


@pytest.mark.parametrize(("law", "turtle", "code", "at"), UNUSABLE, ids=[u[0] for u in UNUSABLE])
def test_rules_that_cannot_be_applied(publication: Path, law: str, turtle: str, code: str, at: str):
    """They are named at their file, the line too where it is known; the other rules are applied."""
    turtle = turtle if turtle == "\ufeff" else HEAD + turtle
    (publication / "shapes/own.ttl").write_text(turtle, "utf-8")
    findings = check(publication).findings

    (fault,) = {f.where: f for f in findings if f.code == code}.values()
    assert fault.where.startswith(f"shapes/own.ttl{at and ':'}{at}")
    assert fault.severity is Severity.VIOLATION
    assert {"PG405", "PG420"} <= {f.code for f in findings}
