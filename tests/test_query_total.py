"""How many triples there are is told where they were counted, and only to who asks just that."""

import socket
import tempfile
from io import FileIO
from pathlib import Path
from typing import cast

import pytest
from pyoxigraph import QuerySolutions, RdfFormat, Store

from parkgraph.ask import source
from parkgraph.query import Budget, QueryService, Question, Source
from parkgraph.query.evaluate import Evaluator, Opened
from parkgraph.query.load import load
from parkgraph.query.protocol import Reply, pack_question, questions
from parkgraph.release import Release

BUDGET = Budget(seconds=20, workers=1)
#: More than there are: so it shows whether a number was told or counted.
KNOWN = 1_000
DATA = b"""\
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


def replied(text: str, **dataset: tuple[str, ...]) -> Reply:
    """What a worker says that was given a number."""
    store = Store()
    store.load(DATA, format=RdfFormat.TURTLE)
    web, line = socket.socketpair()
    with web, line, tempfile.TemporaryFile(buffering=0) as spool:
        web.sendall(pack_question(Question(text, solutions="csv", **dataset), 20))
        evaluator = Evaluator(Opened(store, triples=KNOWN), BUDGET, [cast("FileIO", spool)])
        return evaluator.answer(next(questions(line)), lambda: None)


@pytest.mark.parametrize("text", TOLD)
def test_it_is_told(text: str):
    """However it is written, in the column that it names."""
    name = "s" if "AS ?s" in text else "n"
    assert replied(text).body.decode() == f"{name}\r\n{KNOWN}\r\n"


@pytest.mark.parametrize("text", COUNTED)
def test_whatever_else_is_counted(text: str):
    assert replied(text).body.decode() == f"n\r\n{COUNTED[text]}\r\n"


def test_a_name_that_is_taken_is_left_to_the_engine():
    assert replied("SELECT (COUNT(*) AS ?s) { ?s ?p ?o }").body == b"s\r\n3\r\n"


def test_another_dataset_is_counted():
    """One that the protocol names is not the default graph."""
    assert replied(TOLD[0], default_graphs=("urn:g",)).body == b"n\r\n0\r\n"
    assert replied(TOLD[0], named_graphs=("urn:g",)).body == b"n\r\n0\r\n"


@pytest.mark.parametrize("text", WRONG)
def test_what_is_no_query_stays_none(text: str):
    failure = replied(text).failure
    assert failure is not None
    assert failure.kind == "syntax"


def test_it_is_what_counting_gives(tmp_path: Path):
    """Values that the engine takes for one are one, and named graphs are not of it."""
    file = tmp_path / "data.trig"
    file.write_text("<urn:a> <urn:b> 1, 01, 1.0, 1.00, 'x' . <urn:g> { <urn:a> <urn:b> 2 }")
    known = load(Source(files=(str(file),)))
    rows = known.store.query("SELECT * { ?s ?p ?o }")

    assert known.triples == len(list(cast("QuerySolutions", rows)))
    assert known.triples == 3


def test_of_a_release(release: Release):
    """In each format the same bytes as counting gives."""
    with QueryService(source(release), BUDGET) as service:
        for form in ("json", "xml", "csv", "tsv"):
            told, counted = (
                service.ask(
                    Question(f"SELECT (COUNT(*) AS ?n) {{ ?s ?p ?o {more} }}", solutions=form)
                )
                for more in ("", "FILTER(true)")
            )
            assert told.body == counted.body
            assert str(release.manifest.triples).encode() in cast("bytes", told.body)
