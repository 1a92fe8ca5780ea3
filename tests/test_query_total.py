"""How many triples there are is told where it is known, and only where that is what was asked."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from parkgraph.ask import source
from parkgraph.query import Budget, QueryFailed, QueryService, Question, Source
from parkgraph.release import Release

BUDGET = Budget(seconds=20, workers=1)
#: More than there are: so it shows whether a number was told or counted.
KNOWN = 1_000
DATA = """\
<urn:s> <urn:p> <urn:o> .
<urn:s> <urn:p> <urn:s> .
<urn:s> <urn:p> 5 .
"""

TOLD = [
    "SELECT (COUNT(*) AS ?n) WHERE { ?s ?p ?o }",
    "select(count(*)as?n){?s?p?o.}",
    "PREFIX a: <urn:a> # all\nSELECT\n( COUNT ( ?p ) AS $n )\nWHERE\n{ $s $p $o . }\n# there are\n",
    "SELECT (COUNT(?o) AS ?s) { ?a ?b ?o }",
]
COUNTED = {
    "SELECT (COUNT(DISTINCT *) AS ?n) { ?s ?p ?o }": "3",
    "SELECT (COUNT(DISTINCT ?s) AS ?n) { ?s ?p ?o }": "1",
    "SELECT (COUNT(?x) AS ?n) { ?s ?p ?o }": "0",
    "SELECT (COUNT(*) AS ?n) { ?s ?p ?s }": "1",
    "SELECT (COUNT(*) AS ?n) { ?s ?p 5 }": "1",
    "SELECT (COUNT(*) AS ?n) { ?s ?p ?o FILTER(isIRI(?o)) }": "2",
    "SELECT (COUNT(*) AS ?n) { ?s ?p ?o . ?s ?q ?r }": "9",
    "SELECT (COUNT(*) AS ?n) { ?s ?p ?o } GROUP BY ?o ORDER BY ?n LIMIT 1": "1",
    "SELECT (COUNT(*) AS ?n) FROM <urn:g> { ?s ?p ?o }": "0",
    "SELECT (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } }": "0",
    "SELECT (COUNT(*) AS ?n) { { ?s ?p ?o } UNION { ?s ?p ?o } }": "6",
    "SELECT (SUM(?o) AS ?n) { ?s ?p ?o FILTER(isNumeric(?o)) }": "5",
}
WRONG = [
    "SELECT (COUNT(*) AS ?n) { ?s ?p ?o ",
    "PREFIX a: <relative SELECT (COUNT(*) AS ?n) { ?s ?p ?o }",
    "CONSTRUCT (COUNT(*) AS ?n) { ?s ?p ?o }",
]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[QueryService]:
    file = tmp_path_factory.mktemp("total") / "data.ttl"
    file.write_text(DATA)
    with QueryService(Source(files=(str(file),), triples=KNOWN), BUDGET) as running:
        yield running


def answer(service: QueryService, text: str, **more: tuple[str, ...]) -> str:
    body = service.ask(Question(text, solutions="csv", **more)).body
    assert isinstance(body, bytes)
    return body.decode()


@pytest.mark.parametrize("text", TOLD)
def test_it_is_told(service: QueryService, text: str):
    """However it is written, in the column that it names."""
    name = "s" if "AS ?s" in text else "n"
    assert answer(service, text) == f"{name}\r\n{KNOWN}\r\n"


@pytest.mark.parametrize("text", COUNTED)
def test_whatever_else_is_counted(service: QueryService, text: str):
    assert answer(service, text) == f"n\r\n{COUNTED[text]}\r\n"


def test_a_name_that_is_taken_is_left_to_the_engine(service: QueryService):
    assert answer(service, "SELECT (COUNT(*) AS ?s) { ?s ?p ?o }") == "s\r\n3\r\n"


def test_another_dataset_is_counted(service: QueryService):
    """One that the protocol names is not the default graph."""
    assert answer(service, TOLD[0], default_graphs=("urn:g",)) == "n\r\n0\r\n"
    assert answer(service, TOLD[0], named_graphs=("urn:g",)) == "n\r\n0\r\n"


@pytest.mark.parametrize("text", WRONG)
def test_what_is_no_query_stays_none(service: QueryService, text: str):
    with pytest.raises(QueryFailed, match="query") as caught:
        answer(service, text)
    assert caught.value.kind == "syntax"


def test_of_a_release_it_is_what_counting_gives(release: Release, tmp_path: Path):
    """In each format, to the byte."""
    known = source(release)
    with (
        QueryService(known, BUDGET) as one,
        QueryService(replace(known, triples=None), BUDGET) as two,
    ):
        for form in ("json", "xml", "csv", "tsv"):
            asked = Question(TOLD[0], solutions=form)
            assert one.ask(asked) == two.ask(asked)
