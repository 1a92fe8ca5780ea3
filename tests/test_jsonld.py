"""Three independent readers of JSON-LD are the oracles: PyLD, Oxigraph and rdflib."""

import json
from collections.abc import Callable, Iterable
from unittest.mock import patch

import pyoxigraph as ox
import pytest
import rdflib
from hypothesis import example, given
from hypothesis import strategies as st
from pyld import jsonld as pyld

from parkgraph.errors import ParkgraphError
from parkgraph.jsonld import CONTEXT_VERSION, compact, context, to_jsonld
from parkgraph.rdf import BlankNode, Literal, NamedNode, Quad, Term, Triple
from parkgraph.vocab import PREFIXES, term

PARK = "https://w3id.org/parkgraph/id/park/iasp-6112"
CLAIM = "https://w3id.org/parkgraph/document/iasp-6112#claim-T09"

PROFILE = (
    "".join(f"@prefix {prefix}: <{namespace}> .\n" for prefix, namespace in PREFIXES.items())
    + f"""
<{PARK}> a park:Park, org:Organization ; rdfs:label "TusPark"@en, "清华科技园"@zh ;
    skos:altLabel "TusPark"@en ; org:classification park-type:science-park ;
    park:technologySector sector:software-engineering, sector:ict-communications ;
    park:hasFigure <{CLAIM}> ; vann:example "a <\\"b\\"> & c" ; schema:sameAs wd:Q17028810 .
<{CLAIM}> a park:Figure ; park:about <{PARK}> ; schema:value "1500"^^xsd:decimal ;
    qudt:hasUnit unit:NUM ; park:bound bound:more-than ; schema:unitCode "C62" ;
    park:quote "is home to over 1,500 enterprises"@en ; dcterms:issued "2026-11-01"^^xsd:date ;
    park:evidence <{CLAIM}-passage> ; rdf:object "770,000㎡"@en, park:Park, "5" ; oa:start 691 .
"""
)

EXPECTED = """\
  "@graph": [
    {
      "id": "https://w3id.org/parkgraph/id/park/iasp-6112",
      "type": [
        "org:Organization",
        "park:Park"
      ],
      "label": {"en": "TusPark", "zh": "清华科技园"},
      "altLabel": {
        "en": ["TusPark"]
      },
      "classification": ["park-type:science-park"],
      "hasFigure": ["https://w3id.org/parkgraph/document/iasp-6112#claim-T09"],
      "sameAs": ["wd:Q17028810"],
      "technologySector": [
        "sector:ict-communications",
        "sector:software-engineering"
      ],
      "vann:example": "a <\\"b\\"> & c"
    },
    {
      "id": "https://w3id.org/parkgraph/document/iasp-6112#claim-T09",
      "type": ["park:Figure"],
      "about": "https://w3id.org/parkgraph/id/park/iasp-6112",
      "bound": "https://w3id.org/parkgraph/id/concept/bound/more-than",
      "dcterms:issued": {"@type": "xsd:date", "@value": "2026-11-01"},
      "evidence": ["https://w3id.org/parkgraph/document/iasp-6112#claim-T09-passage"],
      "hasUnit": "unit:NUM",
      "object": [
        "5",
        {"@language": "en", "@value": "770,000㎡"},
        {"id": "park:Park"}
      ],
      "quote": {"en": "is home to over 1,500 enterprises"},
      "start": "691",
      "unitCode": "C62",
      "value": "1500"
    }
  ]
}
"""


def read(turtle: str) -> list[Triple]:
    return [quad.triple for quad in ox.parse(turtle.encode(), format=ox.RdfFormat.TURTLE)]


def say(*statements: str) -> list[Triple]:
    """Triples in Turtle, with our prefixes and ``:x`` as a short subject."""
    head = "".join(f"@prefix {prefix}: <{iri}> .\n" for prefix, iri in PREFIXES.items())
    return read(head + "@prefix : <http://example.org/> .\n" + "\n".join(statements))


def node(*statements: str) -> dict[str, object]:
    """The one node that ``statements`` describe, without its context."""
    document = compact(say(*statements))
    return {key: value for key, value in document.items() if key != "@context"}


def no_network(url: str, _options: object) -> None:
    raise AssertionError(f"fetched {url}")


def by_pyld(text: bytes) -> Iterable[Triple]:
    options = {"documentLoader": no_network}
    for statements in pyld.to_rdf(json.loads(text), options).values():
        for statement in statements:
            yield Triple(*(_from_pyld(statement[key]) for key in ("subject", "predicate", "object")))


def _from_pyld(value: dict[str, str]) -> Term:
    if value["type"] == "IRI":
        return NamedNode(value["value"])
    if value["type"] == "blank node":
        return BlankNode(value["value"].removeprefix("_:"))
    if "language" in value:
        return Literal(value["value"], language=value["language"])
    return Literal(value["value"], datatype=NamedNode(value["datatype"]))


def by_oxigraph(text: bytes) -> Iterable[Triple]:
    return (quad.triple for quad in ox.parse(text, format=ox.RdfFormat.JSON_LD))


def by_rdflib(text: bytes) -> Iterable[Triple]:
    with patch.object(rdflib, "NORMALIZE_LITERALS", False):
        graph = rdflib.Graph().parse(data=text, format="json-ld")
    return [Triple(*map(_from_rdflib, triple)) for triple in graph]


def _from_rdflib(value: rdflib.term.Node) -> Term:
    if isinstance(value, rdflib.URIRef):
        return NamedNode(str(value))
    if isinstance(value, rdflib.BNode):
        return BlankNode(str(value))
    assert isinstance(value, rdflib.Literal)
    if value.language:
        return Literal(str(value), language=value.language)
    return Literal(str(value), datatype=value.datatype and NamedNode(str(value.datatype)))


READERS = [by_pyld, by_oxigraph, by_rdflib]


def same(triples: Iterable[Triple]) -> set[str]:
    """Triples with canonical labels for their blank nodes (RDFC-1.0)."""
    dataset = ox.Dataset(Quad(*triple) for triple in triples)
    dataset.canonicalize(ox.CanonicalizationAlgorithm.RDFC_1_0)
    return {str(quad) for quad in dataset}


def test_reads_like_the_model():
    """Terms are spelled as in the ontology, keys and values keep one order, a value has a line."""
    text = to_jsonld(read(PROFILE), first=PARK).decode()

    assert text[text.index('  "@graph"') :] == EXPECTED


def test_context_has_a_line_for_each_term():
    """The inlined context is the fixed one, a definition a line."""
    lines = to_jsonld([]).decode().splitlines()

    assert CONTEXT_VERSION == 1
    assert lines[:4] == [
        "{",
        '  "@context": {',
        '    "@version": 1.1,',
        '    "park": "https://w3id.org/parkgraph/def#",',
    ]
    assert '    "value": {"@id": "schema:value", "@type": "xsd:decimal"},' in lines
    assert '    "altLabel": {"@id": "skos:altLabel", "@container": ["@language", "@set"]},' in lines
    assert lines[-3:] == ["  },", '  "@graph": []', "}"]


def test_bytes_and_document_agree():
    """The bytes are the JSON of the document."""
    for triples in (read(PROFILE), say(":x a park:Park ."), say("<park:x> rdfs:label 'x' ."), []):
        assert json.loads(to_jsonld(triples)) == compact(triples)
        assert json.loads(to_jsonld(triples, context_url="https://e/c")) == compact(
            triples, context_url="https://e/c"
        )


def test_context_by_address():
    """A context that is named is not inlined."""
    assert compact(say(":x a park:Park ."), context_url="https://example.org/context/1.jsonld") == {
        "@context": "https://example.org/context/1.jsonld",
        "id": "http://example.org/x",
        "type": ["park:Park"],
    }


def test_a_context_is_the_callers_own():
    """Changing what ``context()`` returned changes no later document."""
    context()["label"] = "https://example.org/other"

    assert context()["label"] == {"@id": "rdfs:label", "@container": "@language"}


def test_each_name_has_one_meaning():
    """Where a property and a concept scheme share a name, the property has it."""
    meaning = context()

    assert meaning["bound"] == {"@id": "park:bound", "@type": "@id"}
    assert set(PREFIXES) - {name for name, iri in meaning.items() if iri == PREFIXES.get(name)} == {
        "bound",
        "indicator",
        "standing",
    }


FORMS = [
    (":x schema:value 1.5, 2, 'three', 'vier'@de .", {
        "value": "1.5",
        "schema:value": [
            "three",
            {"@language": "de", "@value": "vier"},
            {"@type": "xsd:integer", "@value": "2"},
        ],
    }),
    (":x park:about :y, 'text' .", {
        "about": "http://example.org/y",
        "schema:about": ...,
    }),
]
