"""Query evaluation and query syntax of SPARQL 1.0, 1.1 and 1.2, over HTTP."""

import json

import pytest

from tests.conformance.queries import (
    GRAPHS,
    NEGATIVE,
    POSITIVE,
    SOLUTIONS,
    ask,
    based,
    calls,
    dataset,
    evaluated,
    expected,
    lines,
    media_type,
    part_of,
    passing,
    said,
)
from tests.conformance.results import (
    Graph,
    Result,
    Solutions,
    as_csv,
    by_value,
    has_triple_terms,
    result_of,
)
from tests.conformance.suite import Case, cases, known_failures, parameters
from tests.conftest import Server

# All of it asks servers; of what this process runs, nothing is to be measured.
pytestmark = pytest.mark.unmeasured

#: How a test is asked for each format, so that every way serves the whole suite.
WAYS = {"json": "GET", "xml": "form", "csv": "POST", "tsv": "QUERY"}
GRAPH_WAYS = {
    "ttl": "GET",
    "jsonld": "form",
    "nt": "POST",
    "rdf": "QUERY",
    "nq": "GET",
    "trig": "form",
}
#: Formats that have no words for triple terms.
WORDLESS = frozenset(("csv", "jsonld"))


def answered(server: Server, case: Case, extension: str, way: str) -> Result:
    """The result of a test in the format of that ending."""
    accept = {**SOLUTIONS, **GRAPHS}[extension]
    answer = ask(server, based(case), dataset(case), accept, way)
    assert answer.status == 200, said(answer)
    assert media_type(answer) == accept
    return result_of(answer.body, extension)


@pytest.mark.parametrize("case", parameters(passing(evaluated("sparql"))))
def test_evaluation(endpoint: Server, case: Case):
    """The answer is the one that the suite wants: the same solutions, or an isomorphic graph.

    Numbers, dates and truth values are compared as values of their type: the engine keeps them so.
    """
    wanted = expected(case)
    if case.result.endswith((".csv", ".tsv")):
        found = answered(endpoint, case, case.result[-3:], "GET")
    else:
        found = answered(endpoint, case, "ttl" if isinstance(wanted, Graph) else "json", "GET")

    assert lines(case, by_value(found)) == lines(case, by_value(wanted))


@pytest.mark.parametrize("case", parameters(evaluated("sparql")))
def test_formats(endpoint: Server, case: Case):
    """Every format, asked for in every way, holds the same answer; CSV, what it can hold of it."""
    answer = first(endpoint, case)
    if answer is None:
        pytest.skip("no answer to compare: the engine does not read this query")
    ways = GRAPH_WAYS if isinstance(answer, Graph) else WAYS
    wordless = WORDLESS if has_triple_terms(answer) else frozenset()
    for extension in ways.keys() - wordless:
        found = answered(endpoint, case, extension, ways[extension])
        same = as_csv(answer) if extension == "csv" else answer
        assert lines(case, found) == lines(case, same), extension
        assert columns(found) == columns(answer), extension


def first(server: Server, case: Case) -> Result | None:
    """The answer in the format that the server likes best; None where the engine has none."""
    answer = ask(server, based(case), dataset(case), "*/*")
    if answer.status == 400 and case.name in known_failures():
        return None
    assert answer.status == 200, said(answer)
    extension = {name: ending for ending, name in {**SOLUTIONS, **GRAPHS}.items()}
    return result_of(answer.body, extension[media_type(answer)])


WITH_TRIPLES = [
    case
    for case in evaluated("sparql/sparql12")
    if isinstance(wanted := expected(case), Graph) and has_triple_terms(wanted)
]


@pytest.mark.parametrize("case", parameters(WITH_TRIPLES))
def test_no_words_for_triples(endpoint: Server, case: Case):
    """A graph with triple terms is refused in JSON-LD 1.1, which has no words for them."""
    refused = ask(endpoint, based(case), dataset(case), GRAPHS["jsonld"])

    assert refused.status in {400, 406}, said(refused)
    assert "JSON-LD" in json.loads(refused.body)["detail"]


def columns(result: Result) -> list[str]:
    """The variables of solutions, in their order."""
    return list(result.variables) if isinstance(result, Solutions) else []


@pytest.mark.parametrize("case", parameters(passing(part_of("sparql", POSITIVE))))
def test_positive_syntax(endpoint: Server, case: Case):
    """A query of the language is answered, and nothing of it is taken for a mistake."""
    answer = ask(endpoint, case.text, [], "*/*", "POST")

    assert answer.status == (403 if calls(case) else 200), said(answer)


@pytest.mark.parametrize("case", parameters(passing(part_of("sparql", NEGATIVE))))
def test_negative_syntax(endpoint: Server, case: Case):
    """A text that is no query is 400, and the answer says where it goes wrong."""
    answer = ask(endpoint, based(case), [], "*/*", "POST")

    assert answer.status == 400, said(answer)
    assert json.loads(answer.body)["where"].startswith("query:")


@pytest.mark.parametrize(
    "case", parameters(case for case in cases("sparql") if case.name.split("/")[1] == "service")
)
def test_federation_is_refused(endpoint: Server, case: Case):
    """A query that asks another service is 403 with the reason: none is ever called."""
    answer = ask(endpoint, based(case), dataset(case), "*/*")

    assert answer.status == 403, said(answer)
    assert json.loads(answer.body)["code"] == "PG602"
