"""The W3C SHACL suite: the screened report is pySHACL's, and what pySHACL makes of the suite."""

import logging
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pyshacl
import pytest
import rdflib
from pyoxigraph import Quad, Store
from rdflib.compare import isomorphic
from rdflib.namespace import RDF, SH
from rdflib.term import Node

from parkgraph.validate import screened
from parkgraph.validate.data import OxigraphStore, oxigraph
from tests.conftest import SHARED

SUITE = SHARED / "suites" / "data-shapes" / "data-shapes-test-suite" / "tests"
MF = rdflib.Namespace("http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#")
SHT = rdflib.Namespace("http://www.w3.org/ns/shacl-test#")

pytestmark = [
    pytest.mark.skipif(not SUITE.is_dir(), reason=f"the W3C suites are not at {SUITE}"),
    # Recursive shapes and constraints that do not belong are what some tests are about.
    pytest.mark.filterwarnings("ignore"),
]

#: What the suite expects of a result; of the rest it says nothing.
SAID = (SH.focusNode, SH.resultPath, SH.resultSeverity, SH.sourceConstraintComponent, SH.value)

PYSHACL_FAILS = {
    "core/property/uniqueLang-002": "rdflib reads the value 1 of sh:uniqueLang as true",
    "sparql/node/prefixes-001": "pySHACL does not take up the prefixes of an imported ontology",
    "sparql/pre-binding/shapesGraph-001": "pySHACL binds no $shapesGraph",
}

#: Where the store keeps a literal of the data by its value, and the report on it tells so.
KEPT_BY_VALUE = {
    "core/property/datatype-ill-formed": "an xsd:byte is kept as an xsd:integer",
    "core/property/or-datatypes-001": "an xsd:byte is kept as an xsd:integer",
}


@dataclass(frozen=True)
class Case:
    """A test of the suite: its files, and the results that it expects; none for a failure."""

    name: str
    data: Path
    shapes: Path
    expected: frozenset[tuple[str, ...]] | None


@cache
def graph(path: Path) -> rdflib.Graph:
    """A file of the suite; whoever changes it takes a copy."""
    return rdflib.Graph().parse(path, format="turtle", publicID=path.as_uri())


def cases(manifest: Path = SUITE / "manifest.ttl") -> Iterator[Case]:
    """Every test that the manifests list."""
    if not manifest.is_file():
        return
    listed = graph(manifest)
    for included in listed.objects(None, MF.include):
        yield from cases(path_of(included))
    for test in listed.subjects(RDF.type, SHT.Validate):
        action, result = listed.value(test, MF.action), listed.value(test, MF.result)
        files = (path_of(listed.value(action, key)) for key in (SHT.dataGraph, SHT.shapesGraph))
        wanted = None if result == SHT.Failure else results(listed, result)
        yield Case(str(manifest.relative_to(SUITE).with_suffix("")), *files, wanted)


def path_of(iri: Node | None) -> Path:
    """The file that a manifest names."""
    return Path(str(iri).removeprefix("file://"))


def results(of: rdflib.Graph, report: Node | None) -> frozenset[tuple[str, ...]]:
    """The results of a report, as far as the suite says what they are."""
    return frozenset(
        tuple(sorted(f"{p} {_name(o)}" for p, o in of.predicate_objects(result) if p in SAID))
        for result in of.objects(report, SH.result)
    )


def _name(node: Node) -> str:
    """Blank nodes have no name that would be the same elsewhere."""
    return "_" if isinstance(node, rdflib.BNode) else node.n3()


def copy(of: rdflib.Graph) -> rdflib.Graph:
    """The same triples, with the same blank nodes."""
    made = rdflib.Graph(identifier="urn:x:shapes")
    for triple in of:
        made.add(triple)
    return made


def stored(data: rdflib.Graph) -> Store:
    """The triples as the store keeps them."""
    store = Store()
    store.extend(Quad(*map(oxigraph, triple)) for triple in data)
    return store


def reference(store: Store, shapes: rdflib.Graph) -> rdflib.Graph | None:
    """The report of pySHACL alone on what the store keeps, over rdflib; None where it fails."""
    data = rdflib.Graph()
    for triple, _ in OxigraphStore(store).triples((None, None, None)):
        data.add(triple)
    try:
        report = pyshacl.validate(data, shacl_graph=copy(shapes))[1]
    except Exception:  # noqa: BLE001  # its failures have no class in common
        return None
    return report if isinstance(report, rdflib.Graph) else None


@cache
def as_it_stands(case: Case) -> tuple[Store, rdflib.Graph | None]:
    """The data of a test as the store keeps it, and the report on it."""
    store = stored(graph(case.data))
    return store, ours(store, graph(case.shapes))


def ours(store: Store, shapes: rdflib.Graph) -> rdflib.Graph | None:
    """The report after screening; None where it fails."""
    try:
        return screened(store, copy(shapes))[1]
    except Exception:  # noqa: BLE001  # as above
        return None


def same(one: rdflib.Graph | None, other: rdflib.Graph | None) -> bool:
    """Whether both are the same report, triple by triple, or both fail."""
    return one is other is None or (bool(one) and bool(other) and isomorphic(one, other))


def targeted_by_data(case: Case) -> tuple[rdflib.Graph, rdflib.Graph]:
    """Data and shapes of a test whose shapes name their nodes: here the data points at them.

    Nodes that a shape names itself are not screened.
    """
    data, shapes = copy(graph(case.data)), copy(graph(case.shapes))
    for number, (shape, node) in enumerate(list(shapes.subject_objects(SH.targetNode))):
        pointer = rdflib.URIRef(f"urn:x:target-{number}")
        shapes.remove((shape, SH.targetNode, node))
        shapes.add((shape, SH.targetObjectsOf, pointer))
        data.add((rdflib.URIRef("urn:x:source"), pointer, node))
    return data, shapes


CASES = sorted(cases(), key=lambda case: case.name)


@pytest.fixture(autouse=True)
def _quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is ill-formed on purpose need not be told about."""
    monkeypatch.setattr(logging.root.manager, "disable", logging.CRITICAL)


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_screening_leaves_the_report_as_it_is(case: Case):
    """The report is pySHACL's over all focus nodes, triple by triple, or both fail."""
    store, report = as_it_stands(case)

    assert same(report, reference(store, graph(case.shapes)))


@pytest.mark.parametrize(
    "case",
    [case for case in CASES if (None, SH.targetNode, None) in graph(case.shapes)],
    ids=lambda case: case.name,
)
def test_screening_finds_nodes_that_the_data_points_at(case: Case):
    """So it is where the shapes name no node, and queries have to find each one."""
    data, shapes = targeted_by_data(case)
    store = stored(data)

    assert same(ours(store, shapes), reference(store, shapes))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_results_are_those_that_the_suite_expects(case: Case):
    """Of every test but those listed, the results are the expected ones."""
    _, report = as_it_stands(case)
    found = None if report is None else results(report, None)

    assert (found == case.expected) == (case.name not in PYSHACL_FAILS | KEPT_BY_VALUE)
