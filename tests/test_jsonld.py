"""Three independent readers of JSON-LD are the oracles: PyLD, Oxigraph and rdflib."""

import json
import re
from collections.abc import Callable, Iterable
from unittest.mock import patch

import pyoxigraph as ox
import pytest
import rdflib
from hypothesis import given
from hypothesis import strategies as st
from pyld import jsonld as pyld

from parkgraph.errors import ParkgraphError
from parkgraph.jsonld import compact, context, to_jsonld
from parkgraph.rdf import BlankNode, Literal, NamedNode, Quad, Triple
from parkgraph.vocab import PREFIXES, term

# rdflib 7.6 warns of its own use of a class that it deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:ConjunctiveGraph is deprecated")


def say(turtle: str) -> list[Triple]:
    """Triples in Turtle, with our prefixes; ``:x`` is ``urn:x``."""
    head = "".join(f"@prefix {prefix}: <{iri}> .\n" for prefix, iri in PREFIXES.items())
    text = f"{head}@prefix : <urn:> .\n{turtle}".encode()
    return [quad.triple for quad in ox.parse(text, format=ox.RdfFormat.TURTLE)]


def by_pyld(text: bytes) -> Iterable[Triple]:
    """What PyLD reads, without a loader for contexts elsewhere."""
    options = {"format": "application/n-quads", "documentLoader": None}
    quads = pyld.to_rdf(json.loads(text), options)
    return (quad.triple for quad in ox.parse(quads, format=ox.RdfFormat.N_QUADS))


def by_oxigraph(text: bytes) -> Iterable[Triple]:
    """What Oxigraph reads."""
    return (quad.triple for quad in ox.parse(text, format=ox.RdfFormat.JSON_LD))


def by_rdflib(text: bytes) -> Iterable[Triple]:
    """What rdflib reads, kept from rewriting numbers."""
    with patch.object(rdflib, "NORMALIZE_LITERALS", False):
        lines = rdflib.Graph().parse(data=text, format="json-ld").serialize(format="nt")
    return (quad.triple for quad in ox.parse(lines, format=ox.RdfFormat.N_TRIPLES))


READERS = [by_pyld, by_oxigraph, by_rdflib]


def same(triples: Iterable[Triple]) -> set[str]:
    """Triples with canonical labels for their blank nodes (RDFC-1.0)."""
    dataset = ox.Dataset(Quad(*triple) for triple in triples)
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return {str(quad) for quad in dataset}


PROFILE = """
:park a park:Park ; rdfs:label "TusPark"@en, "清华科技园"@zh ;
    skos:altLabel "TusPark"@en ; park:hosts resident-kind:startups, :y ; park:hasFigure :claim ;
    vann:example "a <\\"b\\"> & c" .
:claim a park:Figure ; park:about :park ; schema:value "1500"^^xsd:decimal ;
    qudt:hasUnit unit:NUM ; park:bound bound:more-than ; oa:start 691 ;
    dcterms:valid "2026-11-01"^^xsd:date ; rdf:object "770,000㎡"@en, park:Park, "5" .
"""

EXPECTED = """\
  "id": "urn:park",
  "type": ["park:Park"],
  "label": {"en": "TusPark", "zh": "清华科技园"},
  "altLabel": {
    "en": ["TusPark"]
  },
  "hasFigure": [{
    "id": "urn:claim",
    "type": ["park:Figure"],
    "about": "urn:park",
    "bound": "https://w3id.org/parkgraph/id/concept/bound/more-than",
    "dcterms:valid": {"@type": "xsd:date", "@value": "2026-11-01"},
    "hasUnit": "unit:NUM",
    "object": [
      "5",
      {"@language": "en", "@value": "770,000㎡"},
      {"id": "park:Park"}
    ],
    "start": "691",
    "value": "1500"
  }],
  "hosts": [
    "resident-kind:startups",
    "urn:y"
  ],
  "vann:example": "a <\\"b\\"> & c"
}
"""


def test_reads_like_the_model():
    """Terms are spelled as in the ontology, keys and values keep one order, a value has a line."""
    text = to_jsonld(say(PROFILE), first="urn:park").decode()

    assert text[text.index('  "id": "urn:park"') :] == EXPECTED


def test_one_value_one_line():
    """Changing a value changes its line and no other."""
    before = to_jsonld(say(PROFILE)).splitlines()
    after = to_jsonld(say(PROFILE.replace('"1500"', '"1600"'))).splitlines()

    assert [pair for pair in zip(before, after, strict=True) if pair[0] != pair[1]] == [
        (b'      "value": "1500"', b'      "value": "1600"')
    ]


def test_context_has_a_line_for_each_term():
    """The inlined context is the fixed one, a definition a line."""
    lines = to_jsonld([]).decode().splitlines()

    assert lines[1:3] == ['  "@context": {', '    "@version": 1.1,']
    assert '    "park": "https://w3id.org/parkgraph/def#",' in lines
    assert '    "altLabel": {"@id": "skos:altLabel", "@container": ["@language", "@set"]},' in lines
    assert lines[-3:] == ["  },", '  "@graph": []', "}"]


@pytest.mark.parametrize(
    ("subject", "named"),
    [("http://x/", "https://e.org/c"), ("park:x", ["https://e.org/c", {"park": None}])],
)
def test_context_by_address(subject, named):
    """A context that is named is not inlined."""
    triples = [Triple(NamedNode(subject), NamedNode("urn:p"), Literal("x"))]
    expected = {"@context": named, "id": subject, "urn:p": "x"}

    assert compact(triples, context_url="https://e.org/c") == expected
    assert json.loads(to_jsonld(triples, context_url="https://e.org/c")) == expected


def test_a_context_is_the_callers_own():
    """Changing what ``context()`` returned changes no later document."""
    context().clear()
    assert context()["label"] == {"@id": "rdfs:label", "@container": "@language"}


def test_each_name_has_one_meaning():
    """Where a property and a concept scheme share a name, the property has it."""
    said = context()
    terms = {name for name in PREFIXES if said.get(name, PREFIXES[name]) != PREFIXES[name]}

    assert terms == {"bound", "indicator", "standing"}


def test_prefixes_that_came_later():
    """A version of the context never changes: a new prefix is not in it, and is not relied on."""
    service = term("sd:Service")
    said = to_jsonld([Quad(NamedNode("urn:a"), NamedNode("urn:p"), service)])

    assert set(PREFIXES) - set(context()) == {"sd"}
    assert service.value in said.decode()


FORMS = [
    # A number keeps its datatype: the term holds decimals, the prefixed name anything.
    (":x schema:value 1.5, 'd' .", '{"value": "1.5", "schema:value": "d"}'),
    (":x schema:value 2 .", '{"schema:value": {"@type": "xsd:integer", "@value": "2"}}'),
    (":x oa:end 'e'@de .", '{"oa:end": {"@language": "de", "@value": "e"}}'),
    # A term for links holds no text.
    (":x park:about :y, 'y' .", '{"about": "urn:y", "park:about": "y"}'),
    (":x park:evidence _:y .", '{"evidence": ["_:y"]}'),
    # A language map holds texts, also several of a language, or of none; nothing else.
    (":x rdfs:label 'n', 'b'@en, 'a'@en .", '{"label": {"@none": "n", "en": ["a", "b"]}}'),
    (":x rdfs:label :y, 'a'@en .", '{"label": {"en": "a"}, "rdfs:label": {"id": "urn:y"}}'),
    (":x skos:altLabel 'x', 'y'@en .", '{"altLabel": {"@none": ["x"], "en": ["y"]}}'),
    # Indonesian is a language, not our alias of @id; keywords in texts are texts.
    (":x rdfs:comment '@id'@id, '@type' .", '{"comment": {"@none": "@type", "id": "@id"}}'),
    (":x oa:exact '@value', 'park:x' .", '{"exact": ["@value", "park:x"]}'),
    # A JSON literal is a typed string like any other.
    (":x oa:exact '{}'^^rdf:JSON .", '{"exact": {"@type": "rdf:JSON", "@value": "{}"}}'),
    # A type is a node; text in its place is no type to JSON-LD.
    (":x a park:Park, _:t, 'park' .", '{"type": ["park:Park", "_:t"], "rdf:type": "park"}'),
    # A property without a term has its prefixed name, or its IRI.
    (":x sh:in sh:a, sh: .", '{"sh:in": [{"id": "http://www.w3.org/ns/shacl#"}, {"id": "sh:a"}]}'),
    (":x :p <https://schema.org/a/b> .", '{"urn:p": {"id": "https://schema.org/a/b"}}'),
    # Only a scheme that could be read as a prefix is in the way.
    (":x park:about <park://x>, <label:x>, <id:x> .", '{"about": ["id:x", "label:x", "park://x"]}'),
    # A collection stays the first and rest that it is made of.
    (":x rdf:first 'a' ; rdf:rest () .", '{"rdf:first": "a", "rdf:rest": {"id": "rdf:nil"}}'),
]


@pytest.mark.parametrize(("turtle", "members"), FORMS)
def test_form_of_values(turtle, members):
    """A value stands under its term if it comes back the same from there, else beside it."""
    expected = {"@context": context(), "id": "urn:x", **json.loads(members)}

    assert compact(say(turtle)) == expected


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("turtle", [turtle for turtle, _ in FORMS])
def test_forms_come_back(reader, turtle):
    """Each of the forms above is read back as the triples that it was made of."""
    assert same(reader(to_jsonld(say(turtle)))) == same(say(turtle))


def test_is_what_a_general_processor_gives():
    """PyLD's compaction with our context gives this very document."""
    # But it renames blank nodes, rewrites JSON and lists, refuses park://x, says schema:a/b.
    other = re.compile("_:|JSON|//|rest")
    triples = say(PROFILE + "\n".join(turtle for turtle, _ in FORMS if not other.search(turtle)))
    quads = ox.serialize((Quad(*triple) for triple in triples), format=ox.RdfFormat.N_QUADS)

    expected = pyld.compact(pyld.from_rdf(quads.decode()), context())

    assert unordered(compact(triples)) == unordered(expected)


def unordered(value: object) -> object:
    """Arrays as sets, since JSON-LD gives their order no meaning, and no alias in values."""
    if isinstance(value, dict):
        if "@value" in value and "type" in value:
            value = {"@type": value["type"], "@value": value["@value"]}
        return {key: unordered(part) for key, part in value.items()}
    if isinstance(value, list):
        return sorted((unordered(part) for part in value), key=repr)
    return value


def test_scheme_like_a_prefix():
    """An IRI whose scheme is one of our prefixes takes that prefix out of use."""
    assert compact(say("<park:x> a park:Park ; schema:url <wd:1>, schema:a .")) == {
        "@context": [context(), {"park": None, "wd": None}],
        "id": "park:x",
        "type": ["https://w3id.org/parkgraph/def#Park"],
        "schema:url": [{"id": "schema:a"}, {"id": "wd:1"}],
    }


def test_order_of_nodes():
    """IRIs come first, then blank nodes; with a node asked for, the others are included in it."""
    triples = list(say("_:b a :T . :b a :T . :c a :T . :a a :T ."))
    flat, framed = compact(triples), compact(triples, first="urn:c")

    assert [entry["id"] for entry in flat["@graph"]] == ["urn:a", "urn:b", "urn:c", "_:b"]
    assert framed["id"] == "urn:c"
    assert [entry["id"] for entry in framed["@included"]] == ["urn:a", "urn:b", "_:b"]


FRAMES = {
    "a circle": ":x :p :y . :y :p :x .",
    "itself": ":x :p :x .",
    "led to twice": ":x :p :y ; :q :y . :y :p 1 .",
    "a term and an IRI": ":x park:about :y ; :q [ :p :z ] . :y park:about :z . :z a :T .",
    "not led to": ":y :p :x . :x :p 1 .",
    "a list of many": ":x park:hosts :y, :z, 'words' . :y :p 1 . :z :p 2 .",
    "a long chain": " ".join(f":{'x' * n} :p :{'x' * (n + 1)} ." for n in range(1, 40)),
    "unknown": ":y :p 1 .",
}


@pytest.mark.parametrize("reader", READERS, ids=lambda r: r.__name__)
@pytest.mark.parametrize("law", FRAMES)
def test_frames_hold_all(law, reader):
    """Whatever leads to what, a frame holds each triple, and no node is told twice."""
    triples = list(say(FRAMES[law]))
    text = to_jsonld(triples, first="urn:x")

    assert same(reader(text)) == same(triples)


def test_graph_names_are_left_out():
    """Quads are read as their triples, each once."""
    [triple] = say(":x :p 'x' .")
    assert compact([Quad(*triple, NamedNode(f"urn:{g}")) for g in "ab"]) == compact([triple])


@pytest.mark.parametrize("value", ["'x'@ar--rtl", "<<( :s :p :o )>>"])
@pytest.mark.parametrize("predicate", ["rdfs:label", "park:about", "schema:value", "sh:value"])
def test_rdf_1_2_is_refused(value, predicate):
    """What JSON-LD 1.1 cannot say is an error, not a loss."""
    with pytest.raises(ParkgraphError, match=r"PG390 .* is RDF 1\.2"):
        to_jsonld(say(f":x {predicate} {value} ."))


LOCAL = ["", "x", "a:b", "a/b", "a?b=c", "é", "-", "//x", "/x", "1", "@id"]
SCHEMES = [*PREFIXES, "label", "id", "type", "value", "PARK", "urn", "http"]
IRIS = st.one_of(
    st.builds("{}{}".format, st.sampled_from([*PREFIXES.values()]), st.sampled_from(LOCAL)),
    st.builds("{}:{}".format, st.sampled_from(SCHEMES), st.sampled_from(LOCAL)),
    st.sampled_from(["http://a/../b", "HTTP://a:80/%7e/.", "http://[::1]/#a", "urn:a", "x:"]),
)
TERMS = "rdf:type rdfs:label skos:altLabel park:about park:evidence park:fieldValue park:bound"
MORE = "schema:value oa:start oa:exact rdf:object rdf:first rdf:rest owl:sameAs"
PREDICATES = st.sampled_from(f"{TERMS} {MORE}".split(" ")).map(term)
NAMES = IRIS.map(NamedNode)
BLANK = st.sampled_from(["a", "b0", "0", "x.y", "é"]).map(BlankNode)
TEXT = st.text(max_size=8) | st.sampled_from(["", "@id", "@none", "park:x", "1.50", "{}", "_:a"])
TAGS = st.sampled_from(["en", "zh-Hans", "EN-gb", "id", "type", "x-none", "i-klingon"])
KINDS = st.sampled_from(["xsd:string", "xsd:decimal", "xsd:integer", "rdf:JSON"]).map(term)
LITERALS = st.one_of(
    st.builds(Literal, TEXT),
    st.builds(lambda text, tag: Literal(text, language=tag), TEXT, TAGS),
    st.builds(lambda text, kind: Literal(text, datatype=kind), TEXT, KINDS | NAMES),
)
TRIPLES = st.builds(Triple, NAMES | BLANK, PREDICATES | NAMES, NAMES | BLANK | LITERALS)
GRAPHS = st.lists(TRIPLES, max_size=6)


@pytest.mark.parametrize("reader", READERS)
@given(triples=GRAPHS)
def test_any_graph_comes_back(reader: Callable[[bytes], Iterable[Triple]], triples: list[Triple]):
    """Whatever the graph, every reader gets exactly its triples."""
    assert same(reader(to_jsonld(triples))) == same(triples)


@given(triples=GRAPHS, data=st.data())
def test_order_of_input_is_no_matter(triples, data):
    """The same triples give the same bytes, in any order and however often."""
    assert to_jsonld(data.draw(st.permutations(triples * 2))) == to_jsonld(triples)


@given(triples=GRAPHS)
def test_text_is_json_of_the_document(triples):
    """The bytes are UTF-8, end with a line, and say what the document says."""
    text = to_jsonld(triples).decode()
    assert (json.loads(text), text[-2:]) == (compact(triples), "}\n")
