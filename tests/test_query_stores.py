"""A store on disk answers first, memory takes over: the same answers, and no question fails."""

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from parkgraph.query import Budget, QueryFailed, QueryService, Question, Source
from parkgraph.query import staff as staffing
from parkgraph.store import write_store
from tests.conftest import eventually
from tests.test_query_service import column, processes

N = 300
BUDGET = Budget(seconds=20, memory=200 * 2**20, workers=2)
ONE = "SELECT ?o { <urn:s1> <urn:n> ?o }"
#: Takes about a second.
LONG = """SELECT (COUNT(*) AS ?n) { ?a <urn:n> ?b . ?c <urn:n> ?d
  VALUES ?more { 0 1 2 3 4 5 6 7 8 9 } }"""
#: Literals that the engine writes in a form of its own, on disk and in memory.
ODD = """\
<urn:x> <urn:p> "12.50"^^<http://www.w3.org/2001/XMLSchema#decimal> .
<urn:x> <urn:p> "001"^^<http://www.w3.org/2001/XMLSchema#integer> .
<urn:x> <urn:p> "1"^^<http://www.w3.org/2001/XMLSchema#boolean> .
<urn:x> <urn:p> "2026-11-22T12:00:00.000+00:00"^^<http://www.w3.org/2001/XMLSchema#dateTime> .
<urn:x> <urn:p> "+1.0E0"^^<http://www.w3.org/2001/XMLSchema#double> .
<urn:x> <urn:p> "no number"^^<http://www.w3.org/2001/XMLSchema#integer> .
<urn:x> <urn:p> "Straße"@de-AT .
<urn:x> <urn:p> _:b <urn:g> .
"""


@pytest.fixture(scope="module")
def stored(tmp_path_factory: pytest.TempPathFactory) -> Source:
    """The same quads as a file and as a store."""
    folder = tmp_path_factory.mktemp("stored")
    lines = "".join(f'<urn:s{i}> <urn:n> "{i}" .\n' for i in range(N))
    (folder / "all.nq").write_text(lines + ODD)
    write_store(folder / "store", folder / "all.nq")
    return Source(files=(str(folder / "all.nq"),), store=str(folder / "store"))


@contextmanager
def held_back(source: Source, path: Path) -> Iterator[tuple[Source, Callable[[], None]]]:
    """The source with a file that is not there before it is let come."""
    os.mkfifo(path)

    def let() -> None:
        path.write_bytes(Path(source.files[0]).read_bytes())

    yield replace(source, files=(str(path),)), let


def crowd(service: QueryService, stop: threading.Event, told: list[str]) -> list[threading.Thread]:
    """Clients that ask on and on, and note what they got."""

    def go_on() -> None:
        while not stop.is_set():
            try:
                told.extend(column(service.ask(Question(ONE))))
            except QueryFailed as error:
                told.append(error.kind)

    threads = [threading.Thread(target=go_on) for _ in range(6)]
    for thread in threads:
        thread.start()
    return threads


def test_memory_takes_over_and_no_question_fails(stored: Source, tmp_path: Path):
    """Under load, a long query under way, place after place goes over; the old parent ends."""
    told: list[str] = []
    stop, longs = threading.Event(), []
    with (
        held_back(stored, tmp_path / "later.nq") as (source, let),
        QueryService(source, BUDGET) as service,
    ):
        first = service.stats().process
        clients = crowd(service, stop, told)
        slow = threading.Thread(target=lambda: longs.append(service.ask(Question(LONG))))
        slow.start()
        assert eventually(lambda: len(told) > 50)
        assert not service.stats().in_memory
        let()
        most = 0
        while not service.stats().in_memory or slow.is_alive():
            most = max(most, service.stats().in_flight)
            time.sleep(0.001)
        count = len(told)
        assert eventually(lambda: len(told) > count + 50)
        stop.set()
        for thread in (*clients, slow):
            thread.join()

        assert set(told) == {"1"}
        assert [column(answer) for answer in longs] == [[str(10 * N * N)]]
        assert most <= BUDGET.workers
        assert eventually(lambda: first not in processes(os.getpid()))
        assert eventually(lambda: service.stats().workers == BUDGET.workers)
        assert len(processes(service.stats().process)) == BUDGET.workers


QUESTIONS = [
    "SELECT * { ?s ?p ?o } ORDER BY ?s ?o",
    "SELECT ?o (STR(?o) AS ?text) (DATATYPE(?o) AS ?type) { <urn:x> ?p ?o } ORDER BY ?text ?type",
    "SELECT ?o { <urn:x> ?p ?o FILTER(?o = 12.5) }",
    'SELECT ?o { <urn:x> ?p ?o FILTER(SAMETERM(?o, "001"^^xsd:integer)) }',
    "SELECT ?g (COUNT(*) AS ?n) { GRAPH ?g { ?s ?p ?o } } GROUP BY ?g",
    "SELECT (SUM(xsd:integer(?o)) AS ?sum) { ?s <urn:n> ?o }",
]


def test_both_stores_answer_the_same(stored: Source):
    """Whatever is asked: rewritten literals too are rewritten in the same way."""
    xsd = "PREFIX xsd: <http://www.w3.org/2001/XMLSchema#> "
    answers = []
    for source in (stored.first, replace(stored, store=None)):
        with QueryService(source, BUDGET) as service:
            asked = (service.ask(Question(xsd + text, solutions="tsv")) for text in QUESTIONS)
            answers.append([sorted(answer.content().splitlines()) for answer in asked])

    on_disk, in_memory = answers
    assert on_disk == in_memory
    assert b'12.5\t"12.5"\t<http://www.w3.org/2001/XMLSchema#decimal>' in on_disk[1]


def test_what_is_lost_in_memory_goes_on_from_disk(stored: Source, monkeypatch):
    """When the parent that holds the graph is killed the store answers, then memory again."""
    monkeypatch.setattr(staffing, "_AGAIN", (0.5,))
    with QueryService(stored, BUDGET) as service:
        assert eventually(lambda: service.stats().in_memory)
        lost, killed = service.stats().process, time.monotonic()
        os.kill(lost, signal.SIGKILL)
        assert eventually(lambda: service.stats().process != lost and answered(service))
        took = time.monotonic() - killed

        assert took < 5
        assert eventually(lambda: service.stats().in_memory and answered(service))


def answered(service: QueryService) -> bool:
    try:
        return column(service.ask(Question(ONE))) == ["1"]
    except QueryFailed:
        return False


def test_the_store_is_lost_while_memory_loads(stored: Source, tmp_path: Path):
    """The parent over the store on disk is killed: it comes back, and memory takes over from it."""
    with (
        held_back(stored, tmp_path / "later.nq") as (source, let),
        QueryService(source, BUDGET) as service,
    ):
        first = service.stats().process
        os.kill(first, signal.SIGKILL)
        assert eventually(lambda: service.stats().process != first and answered(service))
        assert not service.stats().in_memory
        let()

        assert eventually(lambda: service.stats().in_memory)
        assert answered(service)


def test_what_cannot_be_loaded_stays_on_disk(stored: Source, tmp_path: Path):
    """A file that does not parse leaves the store on disk answering."""
    before = len(processes(os.getpid()))
    with (
        held_back(stored, tmp_path / "later.nq") as (source, _),
        QueryService(source, BUDGET) as service,
    ):
        assert eventually(lambda: len(processes(os.getpid())) == before + 2)
        (tmp_path / "later.nq").write_text("<urn:s1> <urn:n>")

        assert eventually(lambda: len(processes(os.getpid())) == before + 1)
        assert answered(service)
        assert not service.stats().in_memory


def test_closing_while_memory_loads_leaves_no_process(stored: Source, tmp_path: Path):
    """A service closed before its graph is loaded ends both of its parents."""
    before = set(processes(os.getpid()))
    with held_back(stored, tmp_path / "later.nq") as (source, _), QueryService(source, BUDGET):
        assert eventually(lambda: len(processes(os.getpid())) == len(before) + 2)

    assert set(processes(os.getpid())) == before
