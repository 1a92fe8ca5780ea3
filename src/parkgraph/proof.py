"""Prove a release: its bytes by their SHA-256, and its files by the graph that they hold."""

import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from hashlib import sha256
from itertools import chain
from pathlib import Path
from typing import Final, NamedTuple

from parkgraph.dumps import RDF12
from parkgraph.errors import Diagnostic
from parkgraph.graphfile import new_graph
from parkgraph.jobs import Job, Jobs
from parkgraph.jsonld import documents
from parkgraph.packed import unpacked, unpacked_path
from parkgraph.patch import taken_back
from parkgraph.rdf import FORMATS, Quad, canonical_batches, digest, parse_bytes, parse_file
from parkgraph.reified import to_rdf11
from parkgraph.release import (
    CHANGES,
    MANIFEST,
    NAME_LENGTH,
    POINTER,
    REBUILD,
    RESTORE,
    SUMS,
    Distribution,
    Fetch,
    Manifest,
    Release,
    checksums,
    file_sha256,
    intact,
)
from parkgraph.sorting import batches_of, sorted_lines
from parkgraph.tables import METADATA, TABLES, write_tables

_TABLES: Final = (*(table.path for table in TABLES), METADATA)
#: Bytes that may come out of a packed file whose plain form the manifest does not know.
_LIMIT: Final = 4_000_000_000
_QUADS, _TRIPLES = "parkgraph.nq", "parkgraph.nt"

#: Seconds to prove a dump of a million quads, about; the others count as one of these too.
_SECONDS: Final = {"jsonld": 9.0, "rdf": 8.0}
_OTHER_SECONDS: Final = 6.0
#: All dumps together.
SECONDS: Final = sum(_SECONDS.get(e, _OTHER_SECONDS) for e in FORMATS) + 3 * _OTHER_SECONDS


def verify_release(
    release: Release, jobs: Jobs | None = None, scratch: Path | None = None
) -> Iterator[Diagnostic]:
    """Everything that is wrong with a release: its bytes first, then what its dumps say.

    Args:
        release: what is looked at.
        jobs: does the work.
        scratch: a folder for what does not fit in memory; the system's choice if there is none.
    """
    with tempfile.TemporaryDirectory(dir=scratch) as folder:
        looking = Looking(release.manifest, release.folder.joinpath, str(release.folder))
        with Jobs() as own:
            yield from verify(looking, Path(folder), jobs or own)


@dataclass(frozen=True, slots=True)
class Looking:
    """What is looked at.

    Attributes:
        manifest: what is promised.
        fetch: gives a file by its path; an OSError says it is not there.
        place: where the files are, for the findings: a folder or an address.
    """

    manifest: Manifest
    fetch: Fetch
    place: str

    def where(self, path: str) -> str:
        """The place of a file."""
        return f"{self.place}/{path}"


def verify(looking: Looking, scratch: Path, jobs: Jobs) -> Iterator[Diagnostic]:
    """Check every published file against the manifest, and what it holds against the digests."""
    yield from _sums_fault(looking)
    millions = looking.manifest.quads / 1e6
    files = looking.manifest.distributions
    groups: dict[str, list[Distribution]] = {}
    for file in files:
        groups.setdefault(file.unpacked, []).append(file)
    looks = [
        Job(_seconds(group[0]) * millions, _look, (looking, group, scratch))
        for group in groups.values()
    ]
    looked = {seen.path: seen for group in jobs.run(looks) for seen in group}
    rest = Job(2 * _OTHER_SECONDS * millions, _look_beside, (looking, looked, scratch))
    beside = jobs.run([rest])[0]
    for file in files:
        seen = looked[file.path]
        if seen.finding:
            yield seen.finding
        elif fault := beside.get(file.path):
            yield Diagnostic("PG505", fault, looking.where(file.path), RESTORE)


def _seconds(file: Distribution) -> float:
    if not file.statements:
        return 0.0
    return _SECONDS.get(file.path.rpartition(".")[2], _OTHER_SECONDS)


class Seen(NamedTuple):
    """What was seen of a file by itself.

    Attributes:
        content: the SHA-256 of what it holds when it is unpacked; empty if that is not known.
    """

    path: str
    content: str = ""
    finding: Diagnostic | None = None


def _look(looking: Looking, files: Sequence[Distribution], scratch: Path) -> list[Seen]:
    """Look at a file and its packed forms; the same content is read once."""
    verdicts: dict[str, str | None] = {}
    return [_look_at(looking, file, scratch, verdicts) for file in files]


def _look_at(
    looking: Looking, file: Distribution, scratch: Path, verdicts: dict[str, str | None]
) -> Seen:
    where = looking.where(file.path)
    found = intact(file.path, file.sha256, looking.fetch, where)
    if isinstance(found, Diagnostic):
        return Seen(file.path, "", found)
    try:
        content = _content_digest(looking.manifest, file, found)
    except ValueError as error:
        fault = f"does not unpack: {error}"
        return Seen(file.path, "", Diagnostic("PG505", fault, where, RESTORE))
    if content not in verdicts:
        verdicts[content] = _graph_fault(looking.manifest, file, found, scratch)
    fault_ = verdicts[content]
    finding = Diagnostic("PG505", fault_, where, RESTORE) if fault_ else None
    return Seen(file.path, content, finding)


def _content_digest(manifest: Manifest, file: Distribution, found: Path) -> str:
    """The SHA-256 of what an intact file holds.

    Raises:
        ValueError: it does not unpack.
    """
    if file.path == file.unpacked:
        return file.sha256
    state = sha256()
    with found.open("rb") as packed:
        for part in unpacked(packed, file.path.rpartition(".")[2], _limit(manifest, file)):
            state.update(part)
    return state.hexdigest()


def _limit(manifest: Manifest, file: Distribution) -> int:
    sizes = (plain.byte_size for plain in manifest.distributions if plain.path == file.unpacked)
    return next(sizes, _LIMIT)


def _graph_fault(manifest: Manifest, file: Distribution, found: Path, scratch: Path) -> str | None:
    """A dump gives the digest of its graph (architecture.md §4)."""
    stem, _, extension = file.unpacked.rpartition(".")
    if file.unpacked != RDF12 and (stem != "parkgraph" or extension not in FORMATS):
        return None
    with _plain(manifest, file, found, scratch) as path:
        quads = _quads(path, extension)
        quads = to_rdf11(quads) if file.unpacked == RDF12 else quads
        try:
            lines = sorted_lines(canonical_batches(quads), scratch)
            told = digest(map(b"".join, lines))
        except (SyntaxError, MemoryError) as error:  # the latter for a value of more than 16 MiB
            return f"does not parse: {getattr(error, 'msg', error)}"
    whole = FORMATS[extension].dataset
    if told != (manifest.dataset if whole else manifest.default):
        return f"is another graph: its digest is {told[:12]}…"
    return None


def _quads(path: Path, extension: str) -> Iterator[Quad]:
    if extension != "jsonld":
        yield from parse_file(path, extension)
        return
    with path.open("rb") as file:
        for document in documents(file):
            yield from parse_bytes(document, extension)


@contextmanager
def _plain(manifest: Manifest, file: Distribution, found: Path, scratch: Path) -> Iterator[Path]:
    """A file, unpacked where it is packed."""
    if file.path == file.unpacked:
        yield found
        return
    with tempfile.NamedTemporaryFile(dir=scratch) as plain:
        with found.open("rb") as packed:
            limit = _limit(manifest, file)
            plain.writelines(unpacked(packed, file.path.rpartition(".")[2], limit))
        plain.flush()
        yield Path(plain.name)


def _look_beside(
    looking: Looking, looked: Mapping[str, Seen], scratch: Path
) -> dict[str, str | None]:
    """What is wrong with the files that are held against others: tables and the patch."""
    manifest = looking.manifest
    faults: dict[str, str | None] = {}
    if looked.get(_TRIPLES, _UNSEEN).content == manifest.default:
        expected = _expected_tables(looking.fetch(_TRIPLES), scratch / "graph")
        for seen in looked.values():
            table = expected.get(unpacked_path(seen.path), seen.content)
            if table != seen.content:
                faults[seen.path] = "says other than the graph does"
    # Without the dataset nothing can be said of the patch; that it is broken was said.
    if CHANGES in looked and looked.get(_QUADS, _UNSEEN).content == manifest.dataset:
        faults[CHANGES] = _patch_fault(looking, looking.fetch(CHANGES))
    return faults


_UNSEEN: Final = Seen("")


def _expected_tables(triples: Path, folder: Path) -> dict[str, str]:
    """The SHA-256 of each table that canonical N-Triples give."""
    graph = new_graph(folder)
    graph.lines.symlink_to(triples.resolve())
    graph.place()
    write_tables(graph, folder)
    return {path: file_sha256(folder / path) for path in _TABLES}


def _patch_fault(looking: Looking, patch: Path) -> str | None:
    """The patch taken back from this dataset gives the digest of the one before."""
    lines = chain.from_iterable(batches_of(looking.fetch(_QUADS)))
    try:
        found = digest(taken_back(patch, lines))
    except ValueError as error:
        return f"does not lead here from the release before: {error}"
    if found != looking.manifest.previous:
        return f"leads here from another dataset: its digest is {found[:12]}…"
    return None


def verify_derived(release: Release) -> Iterator[Diagnostic]:
    """The derived files whose bytes are not those that the build wrote."""
    folder = release.derived
    try:
        lines = (folder / SUMS).read_text("utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        yield Diagnostic("PG503", f"cannot be read: {error}", str(folder / SUMS), REBUILD)
        return
    for line in lines:
        expected, _, path = line.partition("  ")
        found = intact(path, expected, folder.joinpath, f"{folder / path}")
        if isinstance(found, Diagnostic):
            message = f"{found.message} ({SUMS})"
            yield Diagnostic(found.code, message, found.where, REBUILD)


def verify_pointer(root: Path, manifest: Manifest) -> Iterator[Diagnostic]:
    """Whether the pointer holds the digest of the current release, or the start that names it."""
    path = root / POINTER
    found = path.read_bytes().removesuffix(b"\n")
    if len(found) < NAME_LENGTH or not manifest.dataset.encode().startswith(found):
        advice = f"it should hold {manifest.dataset}; parkgraph build writes it anew"
        yield Diagnostic("PG504", "not the digest of the release it names", str(path), advice)


def _sums_fault(looking: Looking) -> Iterator[Diagnostic]:
    where = looking.where(SUMS)
    try:
        manifest = looking.fetch(MANIFEST).read_bytes()
        expected = checksums(manifest, looking.manifest)
        found = looking.fetch(SUMS).read_bytes()
    except OSError as error:
        message = f"cannot be read: {error.strerror or error}"
        yield Diagnostic("PG503", message, where, RESTORE)
        return
    if expected.partition(b"\n")[0] != found.partition(b"\n")[0]:
        message = f"not the manifest whose checksum is in {SUMS}: one of the two changed"
        yield Diagnostic("PG504", message, looking.where(MANIFEST), RESTORE)
    elif found != expected:
        yield Diagnostic("PG504", f"not the checksums of {MANIFEST}", where, RESTORE)
