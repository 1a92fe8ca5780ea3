"""Query tests asked over HTTP: which dataset, in which way, in which format."""

import re
from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import urlencode

from pyoxigraph import NamedNode, Quad

from tests.conformance.alone import into, own_dataset
from tests.conformance.results import Result, result_of, shown
from tests.conformance.suite import Case, cases, known_failures, quads, read
from tests.conftest import Answer, Server

EVALUATION = frozenset(("QueryEvaluationTest", "CSVResultFormatTest"))
POSITIVE = frozenset(("PositiveSyntaxTest", "PositiveSyntaxTest11"))
NEGATIVE = frozenset(("NegativeSyntaxTest", "NegativeSyntaxTest11"))

FORM = "application/x-www-form-urlencoded"
QUERY = "application/sparql-query"

#: Media types of results, by file ending.
SOLUTIONS: Mapping[str, str] = {
    "json": "application/sparql-results+json",
    "xml": "application/sparql-results+xml",
    "csv": "text/csv",
    "tsv": "text/tab-separated-values",
}
GRAPHS: Mapping[str, str] = {
    "ttl": "text/turtle",
    "jsonld": "application/ld+json",
    "nt": "application/n-triples",
    "rdf": "application/rdf+xml",
    "nq": "application/n-quads",
    "trig": "application/trig",
}
#: No test names it and no data is in it: an empty default graph.
NOWHERE = "urn:nowhere"

Pairs = Sequence[tuple[str, str]]


def evaluated(part: str) -> list[Case]:
    """The evaluation tests of queries that call no other service."""
    return [case for case in part_of(part, EVALUATION) if not calls(case)]


def part_of(part: str, kinds: frozenset[str]) -> list[Case]:
    """The tests of some kinds, of queries and not of updates."""
    found = [case for case in cases(part) if case.kind in kinds and case.action]
    return [case for case in found if not case.action.endswith(".ru")]


def calls(case: Case) -> bool:
    """Whether the query asks another service."""
    return re.search(r"\bSERVICE\b", case.text, re.IGNORECASE) is not None


def bundle(found: Iterable[Case]) -> list[Quad]:
    """The data of all tests: each file a graph of its own, called by the IRI of the file.

    The graphs of a TriG file keep their names; no two files may have one of the same name.
    """
    files: dict[str, str] = {}
    for case in found:
        if case.kind in EVALUATION:
            named = dict(case.graphs) | {iri: iri for iri in (*case.data, *own_dataset(case))}
            for name, file in named.items():
                assert files.setdefault(name, file) == file, f"{name} is two graphs"
    filled = [into(NamedNode(name), quads(file)) for name, file in sorted(files.items())]
    homes: dict[object, int] = {}
    for number, graph in enumerate(filled):
        for quad in graph:
            assert homes.setdefault(quad.graph_name, number) == number, "two files, one graph"
    return [quad for graph in filled for quad in graph]


def dataset(case: Case) -> list[tuple[str, str]]:
    """The dataset of a test, as the protocol says it; a query with FROM says it itself."""
    if own_dataset(case):
        return []
    inner = {
        quad.graph_name.value
        for file in case.data
        for quad in quads(file)
        if isinstance(quad.graph_name, NamedNode)
    }
    names = [*(name for name, _ in case.graphs), *sorted(inner)]
    return [
        *(("default-graph-uri", iri) for iri in case.data or (NOWHERE,)),
        *(("named-graph-uri", iri) for iri in names),
    ]


def based(case: Case) -> str:
    """The query with the base that its file has (SPARQL 1.1 §4.1.1)."""
    return f"BASE <{case.action}>\n{case.text}"


def ask(server: Server, text: str, pairs: Pairs, accept: str, way: str = "GET") -> Answer:
    """One query by GET, by a form, by POST or by QUERY (SPARQL 1.1 Protocol §2.1, RFC 10008)."""
    if way == "GET":
        return server.ask(f"/sparql?{urlencode([('query', text), *pairs])}", Accept=accept)
    if way == "form":
        body = urlencode([("query", text), *pairs]).encode()
        return server.ask("/sparql", "POST", body, Accept=accept, Content_Type=FORM)
    path = f"/sparql?{urlencode(pairs)}" if pairs else "/sparql"
    return server.ask(path, way, text.encode(), Accept=accept, Content_Type=QUERY)


def media_type(answer: Answer) -> str:
    """The media type of an answer, without its parameters."""
    return answer.headers.get_content_type()


def expected(case: Case) -> Result:
    """What the suite wants."""
    assert case.result
    return result_of(read(case.result), case.result.rpartition(".")[2], case.result)


def said(answer: Answer) -> str:
    """What went wrong, for the reader of a failure."""
    return f"{answer.status}: {answer.body[:600].decode(errors='replace')}"


def is_ordered(text: str) -> bool:
    """Whether the outermost part of a query has ORDER BY."""
    while (inner := re.sub(r"\{[^{}]*\}", "", text)) != text:
        text = inner
    return re.search(r"\bORDER\s+BY\b", text, re.IGNORECASE) is not None


def lines(case: Case, result: Result) -> list[str]:
    """A result of the test, comparable: ordered or not, equal solutions counted or not."""
    return shown(result, ordered=is_ordered(case.text), lax=case.lax)


def passing(found: Iterable[Case]) -> list[Case]:
    """The tests that the engine is not known to fail."""
    return [case for case in found if case.name not in known_failures()]
