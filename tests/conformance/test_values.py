"""Values that are hard to write: each format gives them back as they are, or says that it cannot.

The suites ask for the formats; these are the values on which formats break.
"""

import xml.etree.ElementTree as ET
from collections.abc import Iterator
from urllib.parse import quote

import pytest
import rdflib
from pyoxigraph import Literal, NamedNode, Quad, Triple

from tests.conformance.conftest import serving_quads
from tests.conformance.queries import GRAPHS, SOLUTIONS, ask, media_type, said
from tests.conformance.results import (
    Graph,
    Result,
    Solutions,
    as_csv,
    in_xml,
    result_of,
    shown,
)
from tests.conftest import Answer, Server

# All of it asks servers; of what this process runs, nothing is to be measured.
pytestmark = pytest.mark.unmeasured

SUBJECT, PREDICATE, GRAPH = NamedNode("urn:s"), NamedNode("urn:p"), "urn:odd:{}"

TEXTS = {
    "the empty string": "",
    "spaces": "  a  ",
    "a tab": "a\tb",
    "a line feed": "a\nb",
    "a carriage return": "a\rb",
    "both": "a\r\nb\r",
    "quotes": '"a" \'b\' ""',
    "backslashes": "\\n\\\\",
    "markup": "<b>&amp;]]></b>",
    "separators": "a,b;c\td",
    "what looks like a blank node": " _:b",
    "what looks like an IRI": "<urn:x>",
    "Chinese": "中文，“引号”",
    "beyond the first plane": "𝒳😀",
    "a byte order mark": "\ufeffa",
    "line separators": "a\u2028b\u2029c\u0085d",
    "a bidirectional mark": "\u202ea",
    "decomposed": "e\u0301",
    "delete": "a\u007fb",
    "a control character": "a\u0001b",
    "no character": "a\ufffeb",
}
LITERALS = {
    **{law: Literal(text) for law, text in TEXTS.items()},
    "a language": Literal("a\tb", language="en-GB"),
    "a type": Literal("a\r\nb", datatype=NamedNode("urn:type?a=b&c='d'")),
    "an IRI": NamedNode("http://example.org/a?b='c'&d=(e),f;g#h"),
    "an IRI of other letters": NamedNode("http://example.org/中文/é"),
    "a long text": Literal("x" * 100_000 + "\n,\"'"),
}
#: Predicates for which XML may have no name.
PREDICATES = [
    "http://example.org/a",
    "http://example.org/1",
    "http://example.org/",
    "http://example.org/x#1a",
    "http://example.org/a-1.b",
    "http://example.org/中文",
    "http://example.org/q?a=b&c=d",
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#_1",
    "http://www.w3.org/1999/02/22-rdf-syntax-ns#li",
    "urn:1",
]

literal = pytest.mark.parametrize("law", LITERALS)


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with a graph for each value and for each predicate."""
    values = [
        Quad(SUBJECT, PREDICATE, term, NamedNode(GRAPH.format(quote(law))))
        for law, term in LITERALS.items()
    ]
    named = [
        Quad(SUBJECT, NamedNode(iri), Literal("x"), NamedNode(f"urn:by:{quote(iri, safe='')}"))
        for iri in PREDICATES
    ]
    with serving_quads([*values, *named], tmp_path_factory) as server:
        yield server


def reads_back(answer: Answer, extension: str, wanted: Result) -> bool:
    """Whether a 200 is what is wanted; an error says what the format cannot say."""
    if answer.status != 200:
        assert answer.status in {400, 406}, said(answer)
        assert media_type(answer) == "application/problem+json"
        return False
    if extension in {"xml", "rdf"}:
        ET.fromstring(answer.body)  # well-formed, whatever a lenient reader makes of it
    assert shown(result_of(answer.body, extension)) == shown(wanted)
    return True


@literal
@pytest.mark.parametrize("extension", SOLUTIONS)
def test_solutions(odd: Server, law: str, extension: str):
    """A value in a solution reads back as it is; what XML cannot hold is an error in XML alone."""
    term = LITERALS[law]
    text = f"SELECT ?x {{ GRAPH <{GRAPH.format(quote(law))}> {{ ?s ?p ?x }} }}"
    wanted: Result = Solutions(["x"], [{"x": term}])
    answer = ask(odd, text, [], SOLUTIONS[extension])

    sent = reads_back(answer, extension, as_csv(wanted) if extension == "csv" else wanted)
    assert sent or (extension == "xml" and not in_xml(term.value))


@literal
@pytest.mark.parametrize("extension", GRAPHS)
def test_graphs(odd: Server, law: str, extension: str):
    """A value in a graph reads back as it is, from a query and from the graph store."""
    term = LITERALS[law]
    name = GRAPH.format(quote(law))
    text = f"CONSTRUCT {{ ?s ?p ?o }} {{ GRAPH <{name}> {{ ?s ?p ?o }} }}"
    wanted = Graph([Triple(SUBJECT, PREDICATE, term)])

    for answer in (
        ask(odd, text, [], GRAPHS[extension]),
        odd.ask(f"/data?graph={quote(name, safe='')}", Accept=GRAPHS[extension]),
    ):
        sent = reads_back(answer, extension, wanted)
        assert sent or (extension == "rdf" and not in_xml(term.value))


@pytest.mark.parametrize("iri", PREDICATES)
@pytest.mark.parametrize("extension", GRAPHS)
def test_predicates(odd: Server, iri: str, extension: str):
    """Any predicate reads back; RDF/XML, which has no words for some, refuses those."""
    name = f"urn:by:{quote(iri, safe='')}"
    text = f"CONSTRUCT {{ ?s ?p ?o }} {{ GRAPH <{name}> {{ ?s ?p ?o }} }}"
    wanted = Graph([Triple(SUBJECT, NamedNode(iri), Literal("x"))])

    for answer in (
        ask(odd, text, [], GRAPHS[extension]),
        odd.ask(f"/data?graph={quote(name, safe='')}", Accept=GRAPHS[extension]),
    ):
        assert reads_back(answer, extension, wanted) or extension == "rdf"


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # what rdflib calls of itself
@pytest.mark.parametrize("extension", GRAPHS)
def test_another_reader(odd: Server, extension: str):
    """A reader by other hands finds the same triples in every format."""
    syntax = {"jsonld": "json-ld", "nq": "nquads", "rdf": "xml", "ttl": "turtle"}.get(extension)
    readable = [law for law in LITERALS if in_xml(LITERALS[law].value)]
    names = " ".join(f"<{GRAPH.format(quote(law))}>" for law in readable)
    text = f"CONSTRUCT {{ ?s ?p ?o }} {{ VALUES ?g {{ {names} }} GRAPH ?g {{ ?s ?p ?o }} }}"
    answer = ask(odd, text, [], GRAPHS[extension])
    found = rdflib.Dataset()
    found.parse(data=answer.body, format=syntax or extension)

    values = {str(value) for _, _, value, _ in found.quads()}
    assert values == {LITERALS[law].value for law in readable}
