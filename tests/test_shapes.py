"""The shapes, one planted fault at a time.

A fixture in ``tests/shapes`` is a SPARQL update of the clean graph. Its header lists each result
that it brings (``# expects:``) or takes away (``# gone:``); near misses, ``ok-…``, bring none.
"""

import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pyoxigraph
import pyshacl
import pytest
import rdflib
from rdflib.compare import isomorphic
from rdflib.namespace import DCTERMS, OWL, RDF, RDFS, SH
from rdflib.term import Node

from parkgraph.claims import Concepts
from parkgraph.extract import extract
from parkgraph.graph import dataset
from parkgraph.names import Names
from parkgraph.publication import read_publication
from parkgraph.rdf import Quad, canonical_lines
from parkgraph.validate import screened
from parkgraph.validate.data import data_graph
from parkgraph.vocab import term

# Most of the time is pySHACL's; screening is measured on the suite of the W3C.
pytestmark = pytest.mark.unmeasured

ROOT = Path(__file__).parents[1]
FIXTURES = sorted((ROOT / "tests" / "shapes").glob("*.ru"))
FAILING = [path for path in FIXTURES if not path.name.startswith("ok-")]

PARK = "https://w3id.org/parkgraph/id/park/iasp-6112"
DOCUMENT = "https://w3id.org/parkgraph/document/iasp-6112"
HEADER = rdflib.URIRef("https://w3id.org/parkgraph/shapes")
THE_GRAPH = f"{HEADER}#the-graph"
N_TRIPLES = pyoxigraph.RdfFormat.N_TRIPLES

#: A result as the fixtures write it: code, severity, the node that it is about.
Finding = tuple[str, str, str]

#: What the clean profile yields: three fields that it leaves empty, and no home page.
STANDING = Counter(
    {
        ("PG405", "Info", PARK): 1,
        ("PG420", "Info", f"{DOCUMENT}#field-image-gallery"): 1,
        ("PG420", "Info", f"{DOCUMENT}#field-member-category"): 1,
        ("PG420", "Info", f"{DOCUMENT}#field-website"): 1,
    }
)

#: How much each rule matters that is a shape.
SEVERITIES = {
    **{number: {"Violation"} for number in (1, 2, 3, 6, 7, 8, 9, 11, 12, 13, 14, 19, 21, 22, 25)},
    **{number: {"Warning"} for number in (4, 27, 28, 29)},
    **{number: {"Info"} for number in (5, 20)},
    24: {"Violation", "Info"},
}


@cache
def clean_lines() -> bytes:
    """The clean graph as N-Triples: the view, the source text, and which terms are defined."""
    publication = read_publication(ROOT, [])
    names = Names(publication.base)
    concepts = Concepts.of(item.quad for file in publication.concepts for item in file.quads)
    said = [extract(document, concepts, names, []) for document in publication.documents]
    files = {
        "concepts": publication.concepts,
        "alignments": publication.alignments,
        "def": publication.ontology,
    }
    curated = {name: [(file.path, file.quads) for file in files[name]] for name in files}
    graphs = dataset(names, said, curated, publication.ranks)
    defined = {
        triple
        for triple in graphs.named[names.graph("def")]
        if triple.predicate == term("rdfs:isDefinedBy")
    }
    triples = graphs.default | graphs.private | defined
    return b"".join(canonical_lines(Quad(t.subject, t.predicate, t.object) for t in triples))


@cache
def shapes() -> rdflib.Graph:
    """All shape files as one graph."""
    graph = rdflib.Graph()
    for path in sorted((ROOT / "shapes").glob("*.ttl")):
        graph.parse(path)
    return graph


def planted(*paths: Path) -> pyoxigraph.Store:
    """The clean graph after the updates in ``paths``."""
    store = pyoxigraph.Store()
    store.load(clean_lines(), format=N_TRIPLES)
    for path in paths:
        store.update(path.read_text("utf-8"))
    return store


def pyshacl_report(data: rdflib.Graph) -> rdflib.Graph:
    """What pySHACL says of ``data`` when it looks at every focus node."""
    return pyshacl.validate(data, shacl_graph=shapes(), inference="none", do_owl_imports=False)[1]


@cache
def report(*paths: Path) -> rdflib.Graph:
    """The validation report on the clean graph after the updates in ``paths``."""
    return screened(planted(*paths), rdflib.Graph() + shapes())[1]


def findings(of: rdflib.Graph) -> Counter[Finding]:
    """The results of a report, each with the node that it is about."""
    return Counter(_finding(of, result) for result in of.objects(None, SH.result))


def _finding(of: rdflib.Graph, result: Node) -> Finding:
    number = re.search(r"#shape-(\d\d)-", str(of.value(result, SH.sourceShape)))
    severity = str(of.value(result, SH.resultSeverity)).rpartition("#")[2]
    focus = str(of.value(result, SH.focusNode))
    about = str(of.value(result, SH.value)) if focus == THE_GRAPH else focus
    return f"PG4{number[1]}", severity, about


def header(path: Path, word: str) -> Counter[Finding]:
    """The results that the header of a fixture lists under ``word``."""
    line = rf"^# {word}: (PG4\d\d) (\w+) <(.+)>$"
    return Counter(re.findall(line, path.read_text("utf-8"), re.MULTILINE))


def of_type(*types: rdflib.URIRef) -> list[Node]:
    """The nodes of the shapes graph that have one of ``types``."""
    return sorted({node for type_ in types for node in shapes().subjects(RDF.type, type_)})


def texts(node: Node, property_: rdflib.URIRef) -> dict[str, str]:
    """The values of ``property_`` by language."""
    return {value.language: str(value) for value in shapes().objects(node, property_)}


def speakers() -> Iterator[Node]:
    """What can be the source of a result: constraints in SPARQL, and shapes that a target reaches.

    A node shape that only bundles others is none.
    """
    graph = shapes()
    targets = (SH.targetClass, SH.targetNode, SH.targetSubjectsOf)
    yield from graph.objects(None, SH.sparql)
    for shape in of_type(SH.NodeShape):
        if any((shape, target, None) in graph for target in targets):
            yield from graph.objects(shape, SH.property)
            if (shape, SH.message, None) in graph:
                yield shape


def test_clean_profile_yields_four_infos():
    """The clean profile has no fault: what its source leaves empty is told, and no more."""
    assert findings(report()) == STANDING


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.stem)
def test_fixture_yields_what_its_header_says(path):
    """A planted fault is found by its own rule at its own node; a near miss is not found."""
    expected = STANDING + header(path, "expects") - header(path, "gone")

    assert findings(report(path)) == expected


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.stem)
def test_fixture_says_in_words_what_it_plants(path):
    """A fixture starts with a sentence; it expects results of its rule just if it is to fail."""
    title = path.read_text("utf-8").partition("\n")[0]
    codes = {code for code, _, _ in header(path, "expects")}

    assert re.fullmatch(r"# \S.+\.", title)
    assert codes >= {f"PG4{path.name[:2]}"} if path in FAILING else not codes


def test_every_fixture_changes_the_graph():
    """No update is void, as it is when what it deletes is not there any more."""
    clean = set(planted())

    assert [path.name for path in FIXTURES if set(planted(path)) == clean] == []


def test_every_rule_has_a_shape_and_a_failing_fixture():
    """Each rule has a shape, and a fault that the shape is seen to find; nothing else has."""
    shaped = {int(node[len(HEADER) + 7 :][:2]) for node in of_type(SH.NodeShape)}
    seen = {int(path.name[:2]) for path in FAILING}

    assert shaped == seen == set(SEVERITIES)


def test_every_source_of_results_is_seen_to_speak():
    """Whatever can be the source of a result is the source of one in some fixture."""
    reports = [report(path) for path in FAILING]
    seen = {
        source
        for of in reports
        for property_ in (SH.sourceShape, SH.sourceConstraint)
        for source in of.objects(None, property_)
    }

    assert set(speakers()) - seen == set()


def test_rules_matter_as_much_as_they_should():
    """Each shape has one severity, that of its rule."""
    found = {number: set() for number in SEVERITIES}
    for shape in of_type(SH.NodeShape, SH.PropertyShape):
        (severity,) = shapes().objects(shape, SH.severity)
        found[int(shape[len(HEADER) + 7 :][:2])].add(str(severity).rpartition("#")[2])

    assert found == SEVERITIES


@pytest.mark.parametrize(
    "node", of_type(SH.NodeShape, SH.PropertyShape, SH.SPARQLConstraint), ids=lambda n: n[37:]
)
def test_shape_says_its_rule_in_both_languages(node):
    """Shapes and constraints are named by the number of their rule, defined here, and explained."""
    assert re.fullmatch(rf"{HEADER}#shape-\d\d(-[a-z]+)+", node)
    assert set(shapes().objects(node, RDFS.isDefinedBy)) == {HEADER}
    assert texts(node, RDFS.comment).keys() == {"en", "zh"}


@pytest.mark.parametrize("node", sorted(speakers()), ids=lambda n: n[37:])
def test_message_says_what_is_wrong_in_both_languages(node):
    """A message starts small and ends without a full stop; both languages show the same values."""
    messages = texts(node, SH.message)
    query = shapes().value(node, SH.select) or ""
    shown = [set(re.findall(r"\{\?(\w+)\}", text)) for text in messages.values()]
    selected = set(re.findall(r"[?$](\w+)", str(query).partition("WHERE")[0]))

    assert messages.keys() == {"en", "zh"}
    assert not re.match(r"[A-Z]", messages["en"])
    assert not any(text.endswith((".", "。")) for text in messages.values())
    assert shown[0] == shown[1]
    assert shown[0] <= selected


def test_shapes_are_an_ontology_with_title_version_and_licence():
    """The shapes say their title in both languages, their version, and the licence as an IRI."""
    licence = rdflib.URIRef("https://creativecommons.org/licenses/by/4.0/")

    assert (HEADER, RDF.type, OWL.Ontology) in shapes()
    assert texts(HEADER, DCTERMS.title).keys() == {"en", "zh"}
    assert str(shapes().value(HEADER, OWL.versionInfo)) == "1.0.0"
    assert shapes().value(HEADER, DCTERMS.license) == licence


def test_blank_nodes_are_lists_and_paths_only():
    """Whatever can be spoken of has an IRI: blank nodes serve lists and paths only."""
    blank = {node for node in shapes().subjects() if isinstance(node, rdflib.BNode)}
    structure = {*shapes().subjects(RDF.first), *shapes().subjects(SH.alternativePath)}

    assert blank - structure == set()


def test_shapes_are_well_formed():
    """The shapes fulfil the shapes of SHACL itself (SHACL appendix C)."""
    conforms, _, text = pyshacl.validate(
        rdflib.Graph(), shacl_graph=shapes(), meta_shacl=True, do_owl_imports=False
    )

    assert conforms, text


@pytest.mark.parametrize("share", range(8))
def test_screening_leaves_the_report_as_it_is(share):
    """With many faults planted at once, the report is pySHACL's over all focus nodes."""
    paths = FIXTURES[share::8]

    assert isomorphic(report(*paths), pyshacl_report(data_graph(planted(*paths))))


def test_any_sparql_engine_finds_the_same():
    """With a fault for each rule planted at once, rdflib finds just what Oxigraph finds."""
    faults = {path.name[:2]: path for path in FAILING}.values()
    data = rdflib.Graph().parse(
        data=planted(*faults).dump(format=N_TRIPLES, from_graph=pyoxigraph.DefaultGraph()),
        format="nt",
    )

    assert isomorphic(pyshacl_report(data), report(*faults))
