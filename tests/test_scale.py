"""More than fits in memory: in pieces, streamed, shared out, and the same bytes all the same."""

import io
import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from benchmarks import generate
from hypothesis import given, settings
from hypothesis import strategies as st

from parkgraph import graphfile, jobs, jsonld, rdf, sorting, turtle
from parkgraph.content import write_content
from parkgraph.derived import derived_jobs
from parkgraph.dumps import RDF12, dump_jobs
from parkgraph.graph import Dataset
from parkgraph.index import Index
from parkgraph.jobs import Job, Jobs
from parkgraph.jsonld import documents
from parkgraph.patch import difference, read_patch, taken_back, write_difference, write_patch
from parkgraph.pipeline import Checked
from parkgraph.proof import verify_release
from parkgraph.publish import publish
from parkgraph.rdf import (
    DEFAULT_GRAPH,
    Literal,
    NamedNode,
    Quad,
    Term,
    canonical_lines,
    digest,
    parse_bytes,
)
from parkgraph.reified import to_rdf12
from parkgraph.release import open_release
from parkgraph.sorting import sorted_lines
from parkgraph.vocab import PREFIXES, term
from parkgraph.writing import write
from tests.conftest import ISSUED, ROOT, alive

#: What is held in memory at a time, so little that everything has to be in pieces.
TINY = [
    (sorting, "PIECE", 300),
    (sorting, "_LEAST", 64),
    (sorting, "_READ", 64),
    (rdf, "_BATCH", 3),
    (graphfile, "_AT_ONCE", 200),
    (graphfile, "_TURNED", 2),
    (turtle, "_LINES", 2),
    (jsonld, "_KEPT", 3),
]


@contextmanager
def in_pieces() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        for module, name, value in TINY:
            patch.setattr(module, name, value)
        yield


LINES = st.lists(st.text("ab <>\x00é", max_size=9).map(lambda text: f"{text}\n".encode()))


@given(st.lists(LINES, max_size=30))
def test_sorted_in_pieces(batches: list[list[bytes]]):
    """Whatever is cut into pieces comes out sorted, each line once."""
    with in_pieces():
        found = list(chain.from_iterable(sorted_lines(list(batch) for batch in batches)))

    assert found == sorted(set(chain.from_iterable(batches)))


# Names that begin like one another, or like a prefix: where orders and short forms go wrong.
NODES = [
    NamedNode(iri)
    for iri in (
        "urn:a",
        "urn:a/b",
        "urn:a#b",
        "urn:a-b",
        "urn:ab",
        "schema:clash",
        f"{PREFIXES['park']}Park",
        f"{PREFIXES['org']}x/y",
    )
]
TYPES = [term("park:Park"), term("skos:Concept"), NamedNode("urn:Class"), NODES[1]]
PROPERTIES = [
    term(name)
    for name in ("rdf:subject", "rdf:predicate", "rdf:object", "rdfs:label", "skos:prefLabel")
] + [NamedNode("urn:p"), NamedNode("urn:p/q"), NamedNode("urn:p-q"), term("schema:sameAs")]
TEXTS = ["", "a", "ab", 'a "<urn:a>', "<<( a )>>", "\t\n\\", "_:b .", "园区", "a <urn:a> .\n"]
LITERALS = st.one_of(
    st.sampled_from(TEXTS).map(Literal),
    st.builds(lambda text: Literal(text, language="en"), st.sampled_from(TEXTS)),
    st.builds(lambda text: Literal(text, datatype=NODES[1]), st.sampled_from(TEXTS)),
    st.sampled_from(["1", "-20"]).map(lambda n: Literal(n, datatype=term("xsd:integer"))),
)
VALUES: st.SearchStrategy[Term] = st.one_of(st.sampled_from(NODES), LITERALS)
GRAPHS = st.sampled_from([DEFAULT_GRAPH, DEFAULT_GRAPH, NODES[0], NODES[1], NamedNode("urn:def")])
QUADS = st.lists(
    st.one_of(
        st.builds(Quad, st.sampled_from(NODES), st.sampled_from(PROPERTIES), VALUES, GRAPHS),
        st.builds(
            lambda s, o, g: Quad(s, term("rdf:type"), o, g),
            st.sampled_from(NODES),
            st.sampled_from(TYPES),
            GRAPHS,
        ),
    ),
    max_size=40,
)


def made(quads: list[Quad], folder: Path) -> dict[str, bytes]:
    """What a build writes of quads, packed files and databases left out."""
    content = write_content(folder / "content", quads)
    for job in content.order_jobs():
        job()
    target = folder / "target"
    for job in (*dump_jobs(content, target), *derived_jobs(content, target, ONTOLOGY, ())):
        job()
    index = Index(target / "index.sqlite")
    numbers = {"counts": index.counts().to_json(), "graphs": index.graphs()}
    about = b"".join(str(index.outgoing(node.value)).encode() for node in NODES)
    index.close()
    plain = (p for p in target.iterdir() if p.suffix not in {".gz", ".zst", ".sqlite"})
    files = {path.name: path.read_bytes() for path in plain}
    return {**files, "numbers": json.dumps(numbers).encode(), "about": about}


ONTOLOGY = NamedNode("urn:def")


@settings(max_examples=20)
@given(QUADS, st.randoms(use_true_random=False))
def test_any_order_any_size_the_same_bytes(quads: list[Quad], chance: random.Random):
    """In whatever order quads come and however little fits in memory, files are the same."""
    other = quads + quads[::2]
    chance.shuffle(other)
    with TemporaryDirectory() as folder:
        whole = made(quads, Path(folder) / "whole")
        with in_pieces():
            pieces = made(other, Path(folder) / "pieces")

    assert pieces == whole


@settings(max_examples=20)
@given(QUADS)
def test_what_is_streamed_is_what_is_written_at_once(quads: list[Quad]):
    """Each dump is, byte for byte, what a document of the same quads is."""
    default = {quad for quad in quads if quad.graph_name == DEFAULT_GRAPH}
    with TemporaryDirectory() as folder, in_pieces():
        found = made(quads, Path(folder))

    for extension, syntax in rdf.FORMATS.items():
        said = set(quads) if syntax.dataset else default
        assert found[f"parkgraph.{extension}"] == write(said, extension), extension
    assert found[RDF12] == write(to_rdf12(default), "ttl")


@given(QUADS)
@settings(max_examples=20)
def test_json_ld_in_small_documents(quads: list[Quad]):
    """The small documents that a JSON-LD dump is proved by say what it says."""
    text = write(quads, "jsonld")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jsonld, "_TOGETHER", 1)
        small = list(documents(io.BytesIO(text)))

    assert len(small) == max(len({quad.subject for quad in quads}), 1)
    told = chain.from_iterable(parse_bytes(document, "jsonld") for document in small)
    assert canonical_lines(told) == canonical_lines(parse_bytes(text, "jsonld"))


SETS = st.frozensets(st.sampled_from([f"<urn:{n}> <urn:p> <urn:o> .\n".encode() for n in range(9)]))


@given(SETS, SETS)
def test_a_patch_on_disk(old: frozenset[bytes], new: frozenset[bytes]):
    """Written from two files it is the one from two lists; taken back it gives the first."""
    before, after = sorted(old), sorted(new)
    with TemporaryDirectory() as folder:
        path = Path(folder) / "patch"
        count = write_difference(path, ("urn:old", before), ("urn:new", after))
        assert path.read_bytes() == write_patch(difference(before, after), "urn:old", "urn:new")
        assert count == len(read_patch(path.read_bytes())) == len(old ^ new)
        assert list(taken_back(path, after)) == before
        if count:
            with pytest.raises(ValueError, match="there"):
                list(taken_back(path, before))


class Streamed(Dataset):
    """Quads as a stream of lines."""

    lines: list[bytes]

    def quads(self) -> Iterator[Quad]:
        """The quads."""
        return parse_bytes(b"".join(self.lines), "nq")


def enlarged(checked: Checked, chance: random.Random | None = None) -> Checked:
    """The publication with some 20,000 triples more, in the order of ``chance``."""
    lines = canonical_lines(checked.dataset.quads())
    lines += [line.encode() for group in generate.graph(600, 1) for line in group]
    if chance:
        chance.shuffle(lines)
    dataset = Streamed(**{n: getattr(checked.dataset, n) for n in Dataset.__slots__})
    object.__setattr__(dataset, "lines", lines)
    changed = object.__new__(Checked)
    for name in Checked.__slots__:
        value = dataset if name == "dataset" else getattr(checked, name)
        object.__setattr__(changed, name, value)
    return changed


def published(folder: Path) -> dict[str, str]:
    paths = (p for p in folder.iterdir() if p.is_file())
    return {path.name: sha256(path.read_bytes()).hexdigest() for path in paths}


@pytest.mark.unmeasured
def test_a_larger_release(checked: Checked, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Shared out among processes, from quads in disorder, in pieces: the same release."""
    whole = publish(enlarged(checked), tmp_path / "whole", ISSUED, jobs=Jobs(1))
    monkeypatch.setattr(jobs, "_MUCH", 0.0)
    monkeypatch.setattr(sorting, "PIECE", 200_000)
    disorder = enlarged(checked, random.Random(6112))
    pieces = publish(disorder, tmp_path / "pieces", ISSUED, jobs=Jobs(2))

    assert whole.manifest.quads > 20_000
    assert published(pieces.folder) == published(whole.folder)
    monkeypatch.undo()
    assert list(verify_release(pieces, Jobs(1))) == []
    assert digest(canonical_lines(enlarged(checked).dataset.quads())) == whole.manifest.dataset


#: Builds with two processes beside its own, and says their numbers.
SHARED = """
import multiprocessing, sys, threading, time
from datetime import UTC, datetime
from pathlib import Path
from parkgraph import jobs
from parkgraph.pipeline import check
from parkgraph.publish import publish

def say():
    while len(multiprocessing.active_children()) < 2:
        time.sleep(0.01)
    print(*(child.pid for child in multiprocessing.active_children()), flush=True)

threading.Thread(target=say, daemon=True).start()
jobs._MUCH = 0.0
publish(check(Path(sys.argv[1])), Path(sys.argv[2]), datetime(2027, 1, 1, tzinfo=UTC),
        jobs=jobs.Jobs(2))
"""


def test_killed_with_its_processes(checked: Checked, tmp_path: Path):
    """A build is killed: the processes that worked for it end too, and the next one builds."""
    process = subprocess.Popen(
        [sys.executable, "-c", SHARED, ROOT, tmp_path], stdout=subprocess.PIPE, text=True
    )
    assert process.stdout is not None
    workers = [int(pid) for pid in process.stdout.readline().split()]
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    for _ in range(600):
        if not any(map(alive, workers)):
            break
        time.sleep(0.05)

    assert len(workers) == 2
    assert not any(map(alive, workers))
    release = publish(checked, tmp_path, ISSUED)
    assert open_release(tmp_path).folder == release.folder
    assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".staging")] == []


def test_a_job_that_is_killed(monkeypatch: pytest.MonkeyPatch):
    """Where the system ends a process of a build, as for want of memory, the build says so."""
    monkeypatch.setattr(jobs, "_MUCH", 0.0)
    with Jobs(2) as two, pytest.raises(OSError, match="a process of the build was killed"):
        two.run([Job(1.0, signal.raise_signal, (signal.SIGKILL,)), Job(1.0, time.sleep, (0,))])


def test_jobs_keep_their_order(monkeypatch: pytest.MonkeyPatch):
    """What comes back is in the order of the jobs, wherever they are done."""
    monkeypatch.setattr(jobs, "_MUCH", 0.0)
    asked = [Job(float(n), abs, (-n,)) for n in range(5)]

    with Jobs(2) as two:
        assert two.run(asked) == Jobs(1).run(asked) == [0, 1, 2, 3, 4]


#: Plans six seconds of work and does it in half of one.
WATCHED = """
import time
from parkgraph.jobs import Job, Jobs
from parkgraph.progress import progress
with progress() as watcher:
    watcher.plan(6.0)
    Jobs(1, watcher).run([Job(1.0, time.sleep, (0.1,)) for _ in range(6)])
print("done")
"""


def test_progress_is_for_a_terminal():
    """A bar goes to a stderr that is a terminal; elsewhere nothing is written."""
    command = [sys.executable, "-c", WATCHED]
    main, terminal = os.openpty()
    shown = subprocess.run(command, stdout=subprocess.PIPE, stderr=terminal, check=True)
    os.close(terminal)
    bar = os.read(main, 100_000)
    os.close(main)
    plain = subprocess.run(command, capture_output=True, check=True)

    assert b"building" in bar
    assert b"100%" in bar
    assert shown.stdout == plain.stdout == b"done\n"
    assert plain.stderr == b""
