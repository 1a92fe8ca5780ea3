"""What docs/data-mode.md says of any RDF that is served as it is."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest
from pyoxigraph import Literal, NamedNode

from tests.conftest import ROOT, Server, serving

XSD = "http://www.w3.org/2001/XMLSchema#"
ROW = re.compile(r'^\| `(".*?)` \| `(".*?)` \|', re.MULTILINE)
LITERALS = [
    tuple(re.sub(r"xsd:(\w+)", rf"<{XSD}\1>", term) for term in pair)
    for pair in ROW.findall((ROOT / "docs" / "data-mode.md").read_text("utf-8"))
]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of two files: the literals of the page, and graphs with blank nodes."""
    folder: Path = tmp_path_factory.mktemp("data")
    lines = [f"<urn:s{n}> <urn:p> {literal} .\n" for n, (literal, _) in enumerate(LITERALS)]
    (folder / "literals.nt").write_text("".join(lines), "utf-8")
    (folder / "a graph.trig").write_text(
        "<#here> <urn:in> _:a . <urn:g> { _:a <urn:q> 1 } <urn:h> { _:a <urn:q> 1 . <x> a <y> }",
        "utf-8",
    )
    (folder / "odd.nt").write_text('<http://d.example/id/x> <http://e.example/1> "v" .', "utf-8")
    files = [str(folder / name) for name in ("literals.nt", "a graph.trig", "odd.nt")]
    with serving("--data", *files, "--base", "http://d.example/") as server:
        yield server


def rows(server: Server, query: str, *graphs: str) -> list[dict[str, dict[str, str]]]:
    """The solutions of a query over some default graphs."""
    pairs = [("query", query), *(("default-graph-uri", graph) for graph in graphs)]
    answer = server.ask(f"/sparql?{urlencode(pairs)}")
    assert answer.status == 200, answer.body
    return json.loads(answer.body)["results"]["bindings"]


def test_literals_come_back_as_the_page_says(data: Server):
    """Each row of the table is what happens, in a query and in the document."""
    found = {row["s"]["value"]: row["o"] for row in rows(data, "SELECT * { ?s <urn:p> ?o }")}
    whole = data.ask("/data?default", Accept="application/n-triples").body.decode()

    assert len(LITERALS) > 15
    for number, (_, wanted) in enumerate(LITERALS):
        term = found[f"urn:s{number}"]
        datatype = NamedNode(term["datatype"]) if "datatype" in term else None
        assert str(Literal(term["value"], datatype=datatype, language=term.get("xml:lang"))) == (
            wanted.replace(f"^^<{XSD}string>", "")
        )
        assert f"<urn:s{number}> <urn:p> {wanted} ." in whole


def test_graphs_and_names(data: Server):
    """The default graph is no union; a triple in two graphs is found in each; names are local."""
    here = quote("a graph.trig")

    assert rows(data, "SELECT * { ?s <urn:q> ?o }") == []
    assert len(rows(data, "SELECT * { ?s <urn:q> ?o }", "urn:g", "urn:h")) == 2
    assert len(rows(data, "SELECT DISTINCT * { ?s <urn:q> ?o }", "urn:g", "urn:h")) == 1
    assert len(rows(data, f"SELECT * {{ <file:///{here}#here> ?p ?o }}")) == 1
    assert len(rows(data, "SELECT * { ?s <urn:in> ?b . GRAPH <urn:g> { ?b ?p ?o } }")) == 1


def test_what_a_format_cannot_say_is_refused_in_that_format(data: Server):
    """A property without a name in XML is 406 in RDF/XML, as a document and as a result."""
    query = urlencode({"query": "DESCRIBE <http://d.example/id/x>", "format": "rdf"})
    document, described = data.ask("/doc/x.rdf"), data.ask(f"/sparql?{query}")

    assert [(got.status, json.loads(got.body)["code"]) for got in (document, described)] == [
        (406, "PG391"),
        (406, "PG606"),
    ]
    assert data.ask("/doc/x.ttl").status == 200
