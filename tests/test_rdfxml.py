"""RDF/XML of any graph: well-formed and the same graph, or refused; never something else."""

import io
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import BlankNode, CanonicalizationAlgorithm, Dataset

from parkgraph.errors import ParkgraphError
from parkgraph.rdf import Literal, NamedNode, Quad, Triple, parse_bytes
from parkgraph.rdfxml import WellFormed
from parkgraph.vocab import PREFIXES, term
from parkgraph.writing import write

RDF = PREFIXES["rdf"]
NAMES = [
    *("http://e/a", "http://e/1", "http://e/", "http://e/x#1a", "http://e/-", "http://e/%20"),
    *("http://e/·", "http://e/a/b:", "urn:a:b", "http://e/q?a=b&c=d'e", "http://e/q?a=b&c=1"),
    *(RDF + name for name in ("li", "_1", "Description", "RDF", "ID", "bagID", "aboutEach", "nil")),
    *("http://www.w3.org/XML/1998/namespacelang", "http://www.w3.org/2000/xmlns/a"),
    *(PREFIXES["skos"], PREFIXES["skos"] + "1", PREFIXES["skos"] + "Concept"),
]
_IRI = st.sampled_from(NAMES).map(NamedNode)
_SUBJECT = _IRI | st.sampled_from("ab").map(BlankNode)
_PREDICATE = _IRI | st.just(term("rdf:type"))
_TEXT = st.text(
    st.sampled_from("a \r\n\t\x01\ufffe\uffff<>&]'\"") | st.characters(codec="utf-8"), max_size=5
)
_OBJECT = st.recursive(
    _SUBJECT | _TEXT.map(Literal) | _TEXT.map(lambda text: Literal(text, language="en")),
    lambda inner: st.builds(Triple, _SUBJECT, _PREDICATE, inner),
    max_leaves=2,
)
_GRAPH = st.lists(st.builds(Quad, _SUBJECT, _PREDICATE, _OBJECT), max_size=3)


def canonical(quads: list[Quad]) -> Dataset:
    """A graph that is equal to another exactly if they differ by names of blank nodes alone."""
    dataset = Dataset(quads)
    dataset.canonicalize(CanonicalizationAlgorithm.UNSTABLE)
    return dataset


@settings(max_examples=200, deadline=None)
@given(_GRAPH)
def test_a_graph_reads_back_or_is_refused(quads: list[Quad]):
    """What is written is XML to any parser, and the same graph to a parser of RDF."""
    try:
        data = write(quads, "rdf")
    except ParkgraphError as error:
        if error.findings[0].code != "PG391":
            raise
        return
    ET.fromstring(data)
    assert canonical(list(parse_bytes(data, "rdf"))) == canonical(quads)


@pytest.mark.parametrize("name", ["http://e/1", "http://e/"])
def test_a_class_needs_no_name(name: str):
    """A class that XML has no name for is written as the value of rdf:type."""
    quads = [Quad(NamedNode("urn:a"), term("rdf:type"), NamedNode(name))]

    assert list(parse_bytes(write(quads, "rdf"), "rdf")) == quads


@given(st.text(st.sampled_from("<>a\r\ufffd\uffff")), st.integers(1, 5))
def test_parts_may_be_cut_anywhere(text: str, size: int):
    """The parts in which XML comes make no difference to what goes out, or is refused."""
    data, out = text.encode(), io.BytesIO()
    xml = WellFormed(out)
    try:
        for start in range(0, len(data), size):
            xml.write(data[start : start + size])
        xml.finish()
    except ParkgraphError:
        assert "\uffff" in text
    else:
        assert out.getvalue() == data.replace(b"\r", b"&#13;")
        assert "\uffff" not in text
