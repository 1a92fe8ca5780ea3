"""Questions to real query processes: what they answer, how they fail, and that nothing is left."""

import csv
import gzip
import hashlib
import io
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import cast

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyoxigraph import Literal, QueryResultsFormat, Store

from parkgraph.errors import ParkgraphError
from parkgraph.query import Answer, Budget, QueryFailed, QueryService, Question, Source, SpoolFile
from parkgraph.query.evaluate import Evaluator, Opened
from parkgraph.query.load import load_files
from parkgraph.query.protocol import PIECE, Incoming, pack_question
from parkgraph.query.rows import counter
from parkgraph.query.worker import Phase, serve
from tests.conftest import eventually

N = 600
BUDGET = Budget(seconds=20, memory=200 * 2**20, rows=400_000, result_bytes=40_000_000, workers=2)
ENDLESS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"
HUNGRY = "SELECT DISTINCT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i } ORDER BY ?c ?f ?i"
DEEP = f"SELECT ({'(' * 10_000}1{')' * 10_000} AS ?x) {{}}"
ONE = "SELECT ?o { <urn:s1> <urn:n> ?o }"


@pytest.fixture(scope="module")
def numbers(tmp_path_factory: pytest.TempPathFactory) -> Source:
    """The numbers below N in the default graph, and two named graphs."""
    path = tmp_path_factory.mktemp("data") / "numbers.nq"
    lines = [f"<urn:s{i}> <urn:n> {Literal(i)} .\n" for i in range(N)]
    lines += [f'<urn:x> <urn:in> "{g}" <urn:{g}> .\n' for g in ("g1", "g2")]
    path.write_text("".join(lines))
    return Source(files=(str(path),))


@pytest.fixture(scope="module")
def service(numbers: Source) -> Iterator[QueryService]:
    """A service that every test leaves as it found it, whatever it kills."""
    with QueryService(numbers, BUDGET) as service:
        yield service


@pytest.fixture(scope="module")
def unscanned(numbers: Source) -> Iterator[QueryService]:
    """A service with the second lock alone."""
    with QueryService(numbers, BUDGET, scan=False) as service:
        yield service


def failed(service: QueryService, text: str, **options: object) -> QueryFailed:
    with pytest.raises(QueryFailed) as caught:
        service.ask(Question(text, **options))
    return caught.value


def content(answer: Answer) -> bytes:
    if isinstance(answer.body, bytes):
        return answer.body
    with answer.body as spool:
        return spool.read()


def column(answer: Answer) -> list[str]:
    bindings = json.loads(content(answer))["results"]["bindings"]
    return sorted(row[name]["value"] for row in bindings for name in row)


def processes(parent: int) -> dict[int, str]:
    """The children of a process and their states; Z is a zombie."""
    found = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, ppid = stat.read_text().rpartition(")")[2].split()[:2]
        except OSError:
            continue
        if int(ppid) == parent:
            found[int(stat.parent.name)] = state
    return found


def parent_of(service: QueryService) -> int:
    return service.stats().process


def files(pid: int) -> int:
    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


def full(*services: QueryService) -> bool:
    stats = [service.stats() for service in services]
    return all((one.workers, one.in_flight) == (BUDGET.workers, 0) for one in stats)


@contextmanager
def in_background(service: QueryService, *texts: str) -> Iterator[list[str]]:
    """Ask meanwhile; what became of each is in the list after the block."""
    outcomes: list[str] = []

    def ask(text: str) -> None:
        try:
            seconds = 2 if text == ENDLESS else None
            outcomes.append(service.ask(Question(text, seconds=seconds)).form)
        except QueryFailed as error:
            outcomes.append(error.kind)

    threads = [threading.Thread(target=ask, args=(text,)) for text in texts]
    for number, thread in enumerate(threads, 1):
        thread.start()
        eventually(lambda n=number: service.stats().in_flight + service.stats().queued >= n)
    yield outcomes
    for thread in threads:
        thread.join()


ANSWERS = [
    (ONE, {}, "select", "json", 1, b'"value":"1"'),
    (ONE, {"solutions": "csv"}, "select", "csv", 1, b"o\r\n1\r\n"),
    (ONE, {"solutions": "tsv"}, "select", "tsv", 1, b"?o\n1\n"),
    (ONE, {"solutions": "xml"}, "select", "xml", 1, b">1</literal>"),
    ("SELECT * { <urn:none> ?p ?o }", {}, "select", "json", 0, b'"bindings":[]'),
    ("SELECT * {}", {}, "select", "json", 1, b'"bindings":[{}]'),
    ("ASK { ?s ?p 1 }", {}, "ask", "json", None, b'"boolean":true'),
    ("ASK { ?s ?p 'x' }", {"solutions": "csv"}, "ask", "csv", None, b"false"),
    ("ASK {}", {"solutions": "csv", "boolean": "xml"}, "ask", "xml", None, b"<boolean>true"),
    ("CONSTRUCT WHERE { <urn:s1> ?p ?o }", {}, "construct", "ttl", 1, b"  <urn:n> 1 ;"),
    ("CONSTRUCT WHERE { ?s ?p 1 }", {"graph": "nq"}, "construct", "nq", 1, b"<urn:s1> <urn:n>"),
    ("DESCRIBE <urn:s1>", {"graph": "jsonld"}, "describe", "jsonld", 1, b'"id": "urn:s1"'),
    (
        "CONSTRUCT { <urn:a> <urn:b> 'x\\ry' } {}",
        {"graph": "rdf"},
        "construct",
        "rdf",
        1,
        b"x&#13;y",
    ),
]


@pytest.mark.parametrize(("text", "options", "form", "extension", "rows", "part"), ANSWERS)
def test_each_form_in_each_format(service, text, options, form, extension, rows, part):
    """The answer says which form the query had, its format, and how many rows it has."""
    answer = service.ask(Question(text, **options))

    assert (answer.form, answer.extension, answer.rows) == (form, extension, rows)
    assert part in content(answer)
    assert answer.cacheable


@pytest.mark.parametrize(("text", "options", "form", "extension", "rows", "part"), ANSWERS)
def test_a_worker_answers_the_same_anywhere(numbers, text, options, form, extension, rows, part):
    """The loop of a worker needs nothing of its process but a line and a spool."""
    web, line = socket.socketpair()
    phases: list[int] = []
    with web, line, tempfile.TemporaryFile(buffering=0) as spool:
        evaluator = Evaluator(Opened(load_files(numbers.files)), BUDGET, [cast("io.FileIO", spool)])
        worker = threading.Thread(target=serve, args=(line, evaluator, phases.append))
        worker.start()
        replies = []
        for question in (Question(text, **options), Question("SELECT * {")):
            web.sendall(pack_question(question, 10))
            incoming, found = Incoming(), []
            while not found:
                found = list(incoming.feed(web.recv(PIECE)))
            replies += found
        web.shutdown(socket.SHUT_WR)
        worker.join()

    first, second = replies
    assert (first.form, first.extension, first.rows) == (
        form,
        extension,
        -1 if rows is None else rows,
    )
    assert part in first.body
    assert second.failure is not None
    assert second.failure.kind == "syntax"
    assert phases == [Phase.PARSING, Phase.EVALUATING, Phase.IDLE, Phase.PARSING, Phase.IDLE]


def test_what_changes_by_itself_is_not_cacheable(service):
    """An answer that another asking would change says so."""
    assert not service.ask(Question("SELECT (UUID() AS ?x) {}")).cacheable


DEFAULT, NAMED = "SELECT ?o { ?s <urn:in> ?o }", "SELECT ?g { GRAPH ?g { ?s ?p ?o } }"
DATASETS = [
    (DEFAULT, {}, []),
    (NAMED, {}, ["urn:g1", "urn:g2"]),
    (DEFAULT, {"default_graphs": ("urn:g1", "urn:g2")}, ["g1", "g2"]),
    (DEFAULT, {"default_graphs": ("urn:none",)}, []),
    (NAMED, {"default_graphs": ("urn:g1",)}, []),
    (NAMED, {"named_graphs": ("urn:g1", "urn:none")}, ["urn:g1"]),
    ("SELECT ?s { ?s <urn:n> ?o }", {"named_graphs": ("urn:g1",)}, []),
    (DEFAULT.replace("{", "FROM <urn:g1> {", 1), {}, ["g1"]),
    (DEFAULT.replace("{", "FROM <urn:g1> {", 1), {"default_graphs": ("urn:g2",)}, ["g2"]),
    (NAMED.replace("{", "FROM NAMED <urn:g2> {", 1), {}, ["urn:g2"]),
    (NAMED.replace("{", "FROM <urn:g2> {", 1), {}, []),
]


@pytest.mark.parametrize(("text", "dataset", "expected"), DATASETS)
def test_the_dataset_is_what_the_protocol_or_the_query_names(service, text, dataset, expected):
    """Graphs not named are not there, unknown ones are empty, and the protocol goes before FROM."""
    assert column(service.ask(Question(text, **dataset))) == expected


def test_relative_iris_stand_against_the_base(service):
    """With a base, a relative IRI is one; without, it is a fault of the query."""
    answer = service.ask(Question("SELECT (STR(<b>) AS ?x) {}", base="http://x/a"))

    assert column(answer) == ["http://x/b"]
    assert failed(service, "SELECT * { <b> ?p ?o }").kind == "syntax"
    assert failed(service, ONE, base="no base").kind == "syntax"
    assert failed(service, ONE, default_graphs=("no iri",)).kind == "syntax"


@pytest.mark.parametrize(
    ("text", "columns"),
    [
        ("SELECT * { ?s ?p ?o } LIMIT 1", "s,p,o"),
        ("PREFIX x: <urn:> select distinct * # ?a\n{ ?z x:n ?b } LIMIT 1", "z,b"),
        ("SELECT * { { SELECT * { ?s ?p ?o } } ?s <urn:n> ?a } LIMIT 1", "s,p,o,a"),
        ("SELECT * { ?s ?p ?o BIND(<urn:f>(?o) AS ?a) } LIMIT 1", "s,p,o,a"),
        ("SELECT ?o ?s { ?s ?p ?o } LIMIT 1", "o,s"),
        ("SELECT*WHERE{?s ?p ?o}LIMIT 1", "s,p,o"),
        ("SELECT REDUCED*WHERE{?s ?p ?o}LIMIT 1", "s,p,o"),
    ],
)
def test_columns_stand_as_the_text_names_them(service, text, columns):
    """``SELECT *`` gives subject, predicate, object, not the order of the alphabet."""
    header = content(service.ask(Question(text, solutions="csv"))).splitlines()[0]

    assert header == columns.encode()


def test_no_worker_draws_what_another_did(tmp_path: Path):
    """UUIDs are unique over all workers, though these come from where blank nodes were made."""
    file = tmp_path / "blank.nt"
    file.write_text("".join(f"_:a <urn:n> _:b{number} .\n" for number in range(25)))
    drawn = ENDLESS.replace("SELECT", "SELECT (UUID() AS ?u) (RAND() AS ?r)")
    with (
        QueryService(Source(files=(str(file),)), replace(BUDGET, workers=4)) as service,
        ThreadPoolExecutor(4) as threads,
    ):
        asked = [Question(f"{drawn} # {number}", solutions="csv") for number in range(4)]
        found = [content(answer) for answer in threads.map(service.ask, asked)]
    assert len({row.splitlines()[1] for row in found}) == 4


def test_an_unknown_function_is_an_error_of_its_expression(service):
    """What nobody can compute is unbound, and the rest of the query is answered."""
    text = "SELECT ?o ?x { <urn:s1> ?p ?o BIND(<urn:f>(?o) AS ?x) FILTER(!BOUND(?x)) }"
    nested = "SELECT ?o { <urn:s1> ?p ?o FILTER NOT EXISTS { FILTER(<urn:g>(1)) } }"

    assert column(service.ask(Question(text))) == ["1"]
    assert column(service.ask(Question(nested))) == ["1"]


FAULTS = [
    ("SELECT * {", "syntax", "PG601"),
    ("SELECT * { ?s ?p '\ud800' }", "syntax", "PG601"),
    ("SELECT * { SERVICE <http://x/> { ?s ?p ?o } }", "service", "PG602"),
    ("INSERT DATA { <urn:a> <urn:b> 1 }", "update", "PG603"),
    (DEEP, "nesting", "PG604"),
    (f"SELECT * {{}} #{'x' * 300_000}", "too-long", "PG604"),
    (
        f"SELECT {''.join(f'(<urn:f{i}>() AS ?x{i})' for i in range(65))} {{}}",
        "evaluation",
        "PG605",
    ),
    (HUNGRY, "memory", "PG611"),
    ("SELECT * { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }", "bytes", "PG613"),
    ("SELECT (1 AS ?x) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }", "rows", "PG612"),
    ("CONSTRUCT { [] ?b 1 } { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }", "rows", "PG612"),
    (f"SELECT (1{'+1' * 100_000} AS ?x) {{}}", "crash", "PG615"),
]


@pytest.mark.parametrize(("text", "kind", "code"), FAULTS)
def test_each_fault_is_named_and_costs_nobody_else(service, text, kind, code):
    """A query fails with its own reason under its own code, and the next one is answered."""
    error = failed(service, text)

    assert (error.kind, error.findings[0].code) == (kind, code)
    assert column(service.ask(Question(ONE))) == ["1"]


def test_a_runaway_query_ends_at_its_deadline(service):
    """The caller's own second is kept to; more than the budget's is not to be had."""
    began = time.monotonic()
    error = failed(service, ENDLESS, seconds=1)

    assert (error.kind, error.findings[0].code) == ("time", "PG610")
    assert 0.9 < time.monotonic() - began < 10
    assert column(service.ask(Question(ONE))) == ["1"]


def test_no_caller_gets_more_time_than_the_budget(numbers):
    """A wish for a year, or for what is no number, is the budget's time."""
    with QueryService(numbers, replace(BUDGET, seconds=0.2)) as service:
        for seconds in (3e7, float("nan"), None):
            began = time.monotonic()
            assert failed(service, ENDLESS, seconds=seconds).kind == "time"
            assert time.monotonic() - began < 10


def test_an_inherited_blocked_signal_voids_no_deadline(numbers):
    """A server that blocks SIGALRM in its threads does not switch the deadline off."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGALRM})
    try:
        with QueryService(numbers, replace(BUDGET, seconds=0.2)) as service:
            assert failed(service, ENDLESS).kind == "time"
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def test_two_hundred_kills_leave_nothing(service, unscanned):
    """No zombie, no file and no worker more or less, however many are killed."""
    parent = parent_of(service)
    for _ in range(10):  # so that each worker is a new one, which has all of its spools
        assert failed(service, ENDLESS, seconds=0.001).kind == "time"
    assert eventually(lambda: full(service, unscanned))
    before = files(os.getpid()), files(parent)

    for _ in range(200):
        assert failed(service, ENDLESS, seconds=0.001).kind == "time"

    assert eventually(lambda: full(service))
    assert (files(os.getpid()), files(parent)) == before
    assert len(processes(parent)) == BUDGET.workers
    assert "Z" not in processes(parent).values()
    assert service.stats().kills["time"] >= 200


def test_a_memory_bomb_dies_alone(service):
    """While one query is refused memory, the other worker goes on answering."""
    with in_background(service, HUNGRY) as outcomes:
        for _ in range(20):
            assert column(service.ask(Question(ONE))) == ["1"]

    assert outcomes == ["memory"]


def test_text_that_crashes_the_parser_fails_by_itself(unscanned):
    """Without the scan too deep a text ends the worker that parses it, and is told so."""
    error = failed(unscanned, DEEP)

    assert (error.kind, error.findings[0].code) == ("crash", "PG615")
    assert "parser" in error.findings[0].message
    assert column(unscanned.ask(Question(ONE))) == ["1"]


def test_the_second_lock_alone_opens_no_connection(unscanned):
    """Without the scan SERVICE reaches nothing: not a socket that listens on this machine."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        listening.settimeout(0.5)
        place = f"<http://127.0.0.1:{listening.getsockname()[1]}/>"

        assert (
            failed(unscanned, f"SELECT * {{ SERVICE {place} {{ ?s ?p ?o }} }}").kind == "evaluation"
        )
        unscanned.ask(Question(f"SELECT * {{ SERVICE SILENT {place} {{ ?s ?p ?o }} }}"))

        with pytest.raises(TimeoutError):
            listening.accept()


SEALED = """
import os, socket
from parkgraph.query import confine
gap = os.dup(0); kept = os.dup(0); os.close(gap)
confine.limit(2**20); confine.seal()
for opening in (socket.socket, lambda: open("/dev/null"), lambda: bytearray(2**24)):
    try: opening(); print("opened")
    except (OSError, MemoryError) as error: print(type(error).__name__)
"""


def test_a_sealed_process_opens_no_file_and_no_socket():
    """Not even in a gap between the files that it has; and memory ends at its limit."""
    done = subprocess.run(
        [sys.executable, "-c", SEALED], capture_output=True, text=True, check=True
    )

    assert done.stdout.split() == ["OSError", "OSError", "MemoryError"]


def test_many_threads_get_their_own_answers(service):
    """Each of eight threads is answered what it asked, every time."""

    def ask(number: int) -> bool:
        return column(service.ask(Question(f"SELECT ?o {{ <urn:s{number}> ?p ?o }}"))) == [
            str(number)
        ]

    with ThreadPoolExecutor(8) as threads:
        assert all(threads.map(ask, range(N)))


def test_a_full_queue_says_come_back(numbers):
    """With the worker busy and the queue full the next one is refused at once, and not later."""
    with QueryService(numbers, replace(BUDGET, workers=1, queued=1)) as service:
        with in_background(service, ENDLESS, ONE) as outcomes:
            time.sleep(0.1)  # what waited at the worker waits for one by now (decision 0030)
            began = time.monotonic()
            error = failed(service, ONE)
            assert (error.kind, error.findings[0].code) == ("busy", "PG614")
            assert time.monotonic() - began < 2

        assert outcomes == ["time", "select"]


def test_a_long_wait_says_come_back(numbers):
    """A question does not wait longer for a worker than it may take."""
    budget = replace(BUDGET, workers=1)
    with QueryService(numbers, budget) as service, in_background(service, ENDLESS):
        assert failed(service, ONE, seconds=0.1).kind == "busy"


def test_a_stuck_worker_is_given_up(numbers, monkeypatch):
    """A worker that neither answers nor dies is killed, and its question is over its time."""
    monkeypatch.setattr("parkgraph.query.engine._GRACE", 0.5)
    with QueryService(numbers, replace(BUDGET, seconds=0.2, workers=1)) as service:
        for pid in processes(parent_of(service)):
            os.kill(pid, signal.SIGSTOP)

        assert failed(service, ONE).kind == "time"
        assert column(service.ask(Question(ONE, seconds=5))) == ["1"]
        assert eventually(lambda: service.stats().kills == {"time": 1})


def test_workers_killed_from_outside_are_replaced_unseen(service):
    """An idle worker that somebody kills costs no question its answer."""
    assert eventually(lambda: full(service))
    for pid in processes(parent_of(service)):
        os.kill(pid, signal.SIGKILL)

    assert all(column(service.ask(Question(ONE))) == ["1"] for _ in range(10))


def test_the_service_recovers_from_the_loss_of_its_parent(numbers):
    """Killed with all its workers the parent is started again; meanwhile the service is busy."""
    with QueryService(numbers, BUDGET) as service:
        first = parent_of(service)
        assert eventually(lambda: full(service))
        before = files(os.getpid())
        with in_background(service, ENDLESS) as outcomes:
            os.kill(first, signal.SIGKILL)

        assert outcomes == ["busy"]
        assert eventually(lambda: full(service))
        assert eventually(lambda: files(os.getpid()) == before)
        assert parent_of(service) != first
        assert column(service.ask(Question(ONE))) == ["1"]
        assert first not in processes(os.getpid())


def test_closing_leaves_no_process(numbers, service, unscanned):
    """When the service is closed its processes are gone, and every question is refused."""
    assert eventually(lambda: full(service, unscanned))
    before = files(os.getpid())
    closed = QueryService(numbers, BUDGET)
    parent = parent_of(closed)
    workers = processes(parent)
    with in_background(closed, ENDLESS) as outcomes:
        closed.close()
    closed.close()

    assert outcomes == ["busy"]
    assert failed(closed, ONE).kind == "busy"
    assert not closed.ready
    assert not any(Path(f"/proc/{pid}").exists() for pid in (parent, *workers))
    assert files(os.getpid()) == before


ORPHANS = """
import sys
from parkgraph.query import *
service = QueryService(Source(files=(sys.argv[1],)))
print(service.stats().process, flush=True)
while True:
    try:
        service.ask(Question(sys.argv[2], seconds=30))
    except QueryFailed as error:
        if error.kind != "busy":  # as on a machine that is
            raise
"""


@pytest.mark.parametrize("loading", [False, True])
def test_nothing_outlives_the_web_process(numbers, tmp_path, loading):
    """Killed while a query runs, or while files are read, the web process leaves no process."""
    path = tmp_path / "never-ends.nt"
    os.mkfifo(path)
    source = str(path) if loading else numbers.files[0]
    command = [sys.executable, "-c", ORPHANS, source, ENDLESS]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as web:
        if loading:
            assert eventually(lambda: bool(processes(web.pid)))
            (parent,) = processes(web.pid)
        else:
            parent = int(web.stdout.readline())
            assert eventually(lambda: "R" in processes(parent).values())
        time.sleep(0.5)
        family = [parent, *processes(parent)]
        web.kill()

    assert eventually(lambda: not any(Path(f"/proc/{pid}").exists() for pid in family))


def test_a_large_result_comes_complete_through_a_file(service):
    """360,000 rows, each once; the file is read by any number of readers, and gone when closed."""
    text = f"SELECT (?a*{N}+?b AS ?n) {{ ?x <urn:n> ?a . ?y <urn:n> ?b }}"
    answer = service.ask(Question(text, solutions="csv"))

    assert answer.rows == N * N
    assert isinstance(answer.body, SpoolFile)
    with answer.body as spool:
        rows = list(csv.reader(io.StringIO(spool.read().decode())))
        assert sum(map(len, spool)) == len(spool) == Path(spool.path).stat().st_size
        assert spool.digest == hashlib.sha256(spool.read()).digest()
    assert rows[0] == ["n"]
    assert sorted(int(row[0]) for row in rows[1:]) == list(range(N * N))
    assert column(service.ask(Question(ONE))) == ["1"]


def test_files_of_every_syntax_are_read_together(tmp_path):
    """Blank nodes of two files stay apart, relative IRIs resolve, graphs and .gz are read."""
    (tmp_path / "a.ttl").write_text("_:b a <urn:T> . <#x> a <urn:T> .")
    (tmp_path / "b.nt.gz").write_bytes(
        gzip.compress(b"_:b a <urn:T> .".replace(b" a ", b" <urn:t> "))
    )
    (tmp_path / "c.trig").write_text("<urn:g> { _:b a <urn:T> }")
    (tmp_path / "d.jsonld").write_text('{"@id": "urn:d", "@type": "urn:T"}')
    paths = tuple(str(tmp_path / name) for name in ("a.ttl", "b.nt.gz", "c.trig", "d.jsonld"))
    with QueryService(Source(files=paths), BUDGET) as service:
        things = column(service.ask(Question("SELECT ?s { ?s ?p <urn:T> FILTER(!isBlank(?s)) }")))
        blank = "SELECT (COUNT(DISTINCT ?s) AS ?n) { { ?s ?p ?o } UNION { GRAPH ?g { ?s ?p ?o } } "

        assert things == ["file:///a.ttl#x", "urn:d"]
        assert column(service.ask(Question(blank + "FILTER(isBlank(?s)) }"))) == ["3"]


UNREADABLE = [
    ("bad.ttl", b"<urn:a> <urn:b> 1 .\n<urn:a> <urn:b", "bad.ttl:2:", "PG301 does not parse"),
    ("lines.ttl", b"<urn:a\n> <urn:b> 1 .", "lines.ttl:1:", r"Invalid IRI code point '\n'"),
    ("long.ttl", b"'" + 999 * b"x" + b"' <urn:b> 1 .", "long.ttl:1:", "xxx … xxx"),
    ("none.nt", None, "none.nt: PG600", "No such file"),
    ("what.txt", b"", "what.txt: PG600", ".ttl"),
    ("broken.nt.gz", b"no gzip", "broken.nt.gz: PG600", "cannot be read"),
]


@pytest.mark.parametrize(("name", "data", "where", "what"), UNREADABLE)
def test_a_source_that_cannot_be_read_is_said(tmp_path, name, data, where, what):
    """There is no service without its data: the file, the place and the reason are told."""
    path = tmp_path / name
    if data is not None:
        path.write_bytes(data)
    with pytest.raises(ParkgraphError) as caught:
        QueryService(Source(files=(str(path),)), BUDGET)

    assert f"{tmp_path}/{where}" in str(caught.value)
    assert what in str(caught.value)


def test_a_store_on_disk_is_asked_like_files(tmp_path):
    """A folder is opened by each worker for itself, sealed all the same, and never written."""
    folder = tmp_path / "store"
    make = (
        "import sys, pyoxigraph as o; s = o.Store(sys.argv[1]); s.load(b'<a:s> <a:p> 1 .', 'ttl')"
    )
    make = make.replace("'ttl'", "format=o.RdfFormat.TURTLE")
    subprocess.run([sys.executable, "-c", make, str(folder)], check=True)
    with QueryService(Source(store=str(folder)), BUDGET, scan=False) as service:
        assert column(service.ask(Question("SELECT ?o { ?s ?p ?o }"))) == ["1"]
        call = "SELECT * { SERVICE <http://127.0.0.1:8/> { ?s ?p ?o } }"
        assert failed(service, call).kind == "evaluation"

    with pytest.raises(ParkgraphError, match="could not start"):
        QueryService(Source(store=str(tmp_path / "none")), BUDGET)


DESCRIBING = """
from pyoxigraph import Literal, NamedNode, Triple
def lines(word):
    line = f'<%s> <urn:said> "{word}" <urn:g> .\\n'
    return lambda iris: "".join(line % iri for iri in iris).encode()
def triples(store):
    return lambda iris: [Triple(NamedNode(i), NamedNode("urn:said"), Literal("it")) for i in iris]
"""


@pytest.mark.parametrize(
    ("text", "things"),
    [
        ("DESCRIBE <urn:s1> # a comment", ["urn:s1"]),
        ("PREFIX u: <urn:> DESCRIBE u:s1 u:none", ["urn:none", "urn:s1"]),
        ("BASE <http://e/x/> DESCRIBE <s1>", ["http://e/x/s1"]),
        ("DESCRIBE ?o <urn:s1> { VALUES ?o { <urn:o> 1 } }", ["urn:o", "urn:s1"]),
        ("DESCRIBE * { VALUES (?a ?b) { (<urn:a> <urn:b>) } }", ["urn:a", "urn:b"]),
        ("DESCRIBE ?s { ?s <urn:n> ?n } ORDER BY ?n LIMIT 1", ["urn:s0"]),
        ("DESCRIBE ?s <urn:s2> { ?s <urn:none> ?n }", ["urn:s2"]),
    ],
)
def test_what_is_described(numbers, tmp_path, monkeypatch, text, things):
    """Whatever is named, however it is written, and whatever variables stand for, each once."""
    (tmp_path / "describing.py").write_text(DESCRIBING)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)
    with QueryService(replace(numbers, describe="describing:triples"), BUDGET) as service:
        described = content(service.ask(Question(text, graph="nt"))).decode()

    assert sorted(described.splitlines()) == [f'<{thing}> <urn:said> "it" .' for thing in things]


def test_a_graph_that_is_named_twice_is_one(tmp_path):
    """The graphs of a dataset are merged (SPARQL 1.1 §13.2.1)."""
    data = tmp_path / "data.trig"
    data.write_text("GRAPH <urn:g> { <urn:a> <urn:p> 1 , 2 }")
    count = "SELECT (COUNT(*) AS ?n) FROM <urn:g> FROM <urn:g> { ?s ?p ?o }"
    with QueryService(Source(files=(str(data),)), BUDGET) as service:
        assert content(service.ask(Question(count, solutions="csv"))) == b"n\r\n2\r\n"


@pytest.mark.parametrize("factory", ["lines it", "triples"])
def test_a_description_is_the_publications_own(numbers, tmp_path, monkeypatch, factory):
    """DESCRIBE answers what the hook says of things named or found, CONSTRUCT what is stored."""
    (tmp_path / "describing.py").write_text(DESCRIBING)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path), prepend=os.pathsep)
    source = replace(numbers, describe=f"describing:{factory}")
    with QueryService(source, BUDGET) as service:
        described = service.ask(Question("DESCRIBE <urn:s1>\n<urn:s2>", graph="nt"))
        found = service.ask(Question("DESCRIBE ?s { VALUES ?s { <urn:s2> } }", graph="nt"))
        built = service.ask(Question("CONSTRUCT WHERE { <urn:s1> ?p ?o }", graph="nt"))

    assert sorted(content(described).decode().splitlines()) == [
        '<urn:s1> <urn:said> "it" .',
        '<urn:s2> <urn:said> "it" .',
    ]
    assert described.rows == 2
    assert content(found) == b'<urn:s2> <urn:said> "it" .\n'
    assert b"<urn:n>" in content(built)


_VALUE = st.text(st.sampled_from('"\\{}[],:\r\n<> a') | st.sampled_from("é\x01&;'"), max_size=8)
_ROWS = st.lists(st.tuples(st.none() | _VALUE, st.none() | _VALUE), max_size=8)


@settings(deadline=None)
@given(_ROWS, st.sampled_from(["json", "xml", "tsv"]), st.integers(1, 40))
def test_rows_are_counted_exactly(rows, extension, size):
    """Whatever the values hold and wherever the parts are cut, a row counts once."""
    written = " ".join(
        f"({' '.join('UNDEF' if value is None else str(Literal(value)) for value in row)})"
        for row in rows
    )
    results = Store().query(f"SELECT * {{ VALUES (?a ?b) {{ {written} }} }}")
    data = results.serialize(format=getattr(QueryResultsFormat, extension.upper()))
    count = counter(extension)

    assert sum(count(data[i : i + size]) for i in range(0, len(data), size)) == len(rows)
