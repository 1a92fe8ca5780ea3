"""The shapes, one planted fault at a time.

A fixture in ``tests/shapes`` is a SPARQL update of the clean graph. Its header lists each result
that it brings (``# expects:``) or takes away (``# gone:``); ``ok-`` ones bring none.
"""

import re
from collections import Counter
from functools import lru_cache
from pathlib import Path

import pyoxigraph
import pyshacl
import pytest
import rdflib
from rdflib.namespace import OWL, RDF, RDFS, SH

from parkgraph.claims import Concepts
from parkgraph.extract import extract
from parkgraph.graph import dataset
from parkgraph.names import Names
from parkgraph.publication import read_publication
from parkgraph.rdf import Quad, canonical_lines
from parkgraph.vocab import term

ROOT = Path(__file__).parents[1]
FIXTURES = sorted((ROOT / "tests" / "shapes").glob("*.ru"))
FAILING = [path for path in FIXTURES if not path.name.startswith("ok-")]

PARK = "https://w3id.org/parkgraph/id/park/iasp-6112"
DOCUMENT = "https://w3id.org/parkgraph/document/iasp-6112"
PSH = "https://w3id.org/parkgraph/shapes#"
ONTOLOGY = rdflib.URIRef("https://w3id.org/parkgraph/shapes")

#: What the clean profile yields: three fields that it leaves empty, and no home page.
STANDING = Counter(
    {
        ("PG405", "Info", PARK): 1,
        ("PG420", "Info", f"{DOCUMENT}#field-image-gallery"): 1,
        ("PG420", "Info", f"{DOCUMENT}#field-member-category"): 1,
        ("PG420", "Info", f"{DOCUMENT}#field-website"): 1,
    }
)

#: Severities of each rule (model.md §4); rules 10 and 26 are no shapes.
SEVERITIES = {
    **dict.fromkeys((1, 2, 3, 6, 7, 8, 9, 11, 12, 13, 14, 19, 21, 22, 25), {"Violation"}),
    **dict.fromkeys((4, 27, 28, 29), {"Warning"}),
    **dict.fromkeys((5, 20), {"Info"}),
    24: {"Violation", "Info"},
}

#: A SHACL-SPARQL constraint says the message; these shapes say nothing by themselves.
SHAPES_AND_CONSTRAINTS = (SH.NodeShape, SH.PropertyShape, SH.SPARQLConstraint)


@lru_cache
def clean_lines() -> bytes:
    """The clean graph as N-Triples: the view, the source text, and which terms are defined."""
    publication = read_publication(ROOT, [])
    names = Names(publication.base)
    concepts = Concepts.of(item.quad for file in publication.concepts for item in file.quads)
    said = [extract(document, concepts, names, []) for document in publication.documents]
    curated = {
        "concepts": [(file.path, file.quads) for file in publication.concepts],
        "alignments": [(file.path, file.quads) for file in publication.alignments],
        "def": [(file.path, file.quads) for file in publication.ontology],
    }
    graphs = dataset(names, said, curated, publication.ranks)
    defined = [t for t in graphs.named[names.graph("def")] if t.predicate == DEFINED_BY]
    triples = {*graphs.default, *graphs.private, *defined}
    return b"".join(canonical_lines(Quad(t.subject, t.predicate, t.object) for t in triples))


DEFINED_BY = term("rdfs:isDefinedBy")


@lru_cache
def shapes() -> rdflib.Graph:
    """All shape files as one graph."""
    graph = rdflib.Graph()
    for path in sorted((ROOT / "shapes").glob("*.ttl")):
        graph.parse(path)
    return graph


def clean_store() -> pyoxigraph.Store:
    """The clean graph, to be changed."""
    store = pyoxigraph.Store()
    store.load(clean_lines(), format=pyoxigraph.RdfFormat.N_TRIPLES)
    return store


def results(data: pyoxigraph.Store | rdflib.Graph) -> Counter[tuple[str, str, str]]:
    """What the shapes find in ``data``: code, severity, and the node that it is about."""
    _, report, _ = pyshacl.validate(
        data, shacl_graph=shapes(), inference="none", do_owl_imports=False
    )
    return Counter(_finding(report, node) for node in report.objects(None, SH.result))


def _finding(report: rdflib.Graph, node: rdflib.term.Node) -> tuple[str, str, str]:
    number = re.search(r"shape-(\d\d)-", str(report.value(node, SH.sourceShape)))
    severity = str(report.value(node, SH.resultSeverity)).rpartition("#")[2]
    focus = str(report.value(node, SH.focusNode))
    if focus == f"{PSH}the-graph":
        focus = str(report.value(node, SH.value))
    return f"PG4{number[1]}", severity, focus


def header(path: Path, word: str) -> Counter[tuple[str, str, str]]:
    """The results that the header of a fixture lists under ``word``."""
    lines = re.findall(rf"^# {word}: (PG4\d\d) (\w+) <(.+)>$", path.read_text("utf-8"), re.M)
    return Counter(lines)


def subjects(*types: rdflib.URIRef) -> list[rdflib.term.Node]:
    """The nodes of the shapes graph that have one of ``types``."""
    return sorted({node for type_ in types for node in shapes().subjects(RDF.type, type_)})


def languages(node: rdflib.term.Node, property_: rdflib.URIRef) -> list[str]:
    """The languages of the values of ``property_``, sorted."""
    return sorted(getattr(v, "language", None) or "" for v in shapes().objects(node, property_))


def test_clean_profile_yields_four_infos():
    """The clean profile has no fault: it is told what its source leaves empty, and no more."""
    assert results(clean_store()) == STANDING


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.stem)
def test_fixture_yields_what_its_header_says(path):
    """A planted fault is found once, by its own shape, at its own node; a near miss never is."""
    store = clean_store()
    store.update(path.read_text("utf-8"))

    expected = STANDING + header(path, "expects") - header(path, "gone")

    assert results(store) == expected


def test_header_of_every_fixture_says_what_is_planted():
    """A fixture says in words what is planted; it expects something just if it is to fail."""
    for path in FIXTURES:
        lines = path.read_text("utf-8").splitlines()

        assert re.fullmatch(r"# \S.+\.", lines[0]), path.name
        assert bool(header(path, "expects")) == (path in FAILING), path.name
        if path in FAILING:
            codes = {code for code, _, _ in header(path, "expects")}
            assert f"PG4{path.name[:2]}" in codes, path.name


def test_every_rule_has_a_shape_and_a_failing_fixture():
    """Each rule of the table has a shape and a fault that it finds, and there are no others."""
    shaped = {int(re.search(r"#shape-(\d\d)-", node)[1]) for node in subjects(SH.NodeShape)}
    planted = {int(path.name[:2]) for path in FAILING}

    assert shaped == set(SEVERITIES)
    assert planted == set(SEVERITIES)


def test_every_constraint_is_seen_to_fail():
    """Whatever can yield a result of its own yields one in some fixture."""
    seen = set()
    for path in FAILING:
        store = clean_store()
        store.update(path.read_text("utf-8"))
        _, report, _ = pyshacl.validate(store, shacl_graph=shapes(), do_owl_imports=False)
        seen.update(report.objects(None, SH.sourceConstraint))
        seen.update(report.objects(None, SH.sourceShape))
    expected = {n for n in speaking() if (n, SH.path, None) not in shapes() or reached(n)}

    assert expected <= seen


def speaking() -> list[rdflib.term.Node]:
    """What says a message in a report: property shapes, and constraints in SPARQL."""
    return [node for node in subjects(*SHAPES_AND_CONSTRAINTS) if languages(node, SH.message)]


def reached(node: rdflib.term.Node) -> bool:
    """Whether a shape with a target leads straight to ``node``, so that it yields results."""
    targets = (SH.targetClass, SH.targetNode, SH.targetSubjectsOf)
    owners = shapes().subjects(SH.property, node)
    return any((owner, target, None) in shapes() for owner in owners for target in targets)
