"""Prove a release: its bytes by their SHA-256, and its files by the graph that they hold."""

from collections.abc import Iterable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Final

from parkgraph.dumps import RDF12
from parkgraph.errors import Diagnostic
from parkgraph.packed import unpack, unpacked_path
from parkgraph.patch import read_patch
from parkgraph.rdf import FORMATS, Quad, canonical_lines, digest, parse_bytes
from parkgraph.reified import to_rdf11
from parkgraph.release import (
    CHANGES,
    MANIFEST,
    NAME_LENGTH,
    POINTER,
    REBUILD,
    RESTORE,
    SUMS,
    Fetch,
    Manifest,
    Release,
    checksums,
    intact,
)
from parkgraph.tables import METADATA, TABLES, write_tables

_TABLES: Final = frozenset({METADATA, *(table.path for table in TABLES)})
#: Bytes that may come out of a packed file whose plain form the manifest does not know.
_LIMIT: Final = 4_000_000_000


def verify_release(release: Release) -> Iterator[Diagnostic]:
    """Everything that is wrong with a release: its bytes first, then what its dumps say."""

    def fetch(path: str) -> bytes:
        return (release.folder / path).read_bytes()

    yield from verify(release.manifest, fetch, str(release.folder))


def verify(manifest: Manifest, fetch: Fetch, place: str) -> Iterator[Diagnostic]:
    """Check every published file against ``manifest``, and what it holds against the digests.

    Args:
        manifest: what is promised.
        fetch: gives the bytes of a file by its path; an OSError says it is not there.
        place: where the files are, for the findings: a folder or an address.
    """
    yield from _sums_fault(manifest, fetch, place)
    proof = _Proof(manifest)
    for file in manifest.distributions:
        where = f"{place}/{file.path}"
        data = intact(file.path, file.sha256, fetch, where)
        if isinstance(data, Diagnostic):
            yield data
        elif fault := proof.fault(file.path, data):
            yield Diagnostic("PG505", fault, where, RESTORE)


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
        found = intact(path, expected, lambda p: (folder / p).read_bytes(), f"{folder / path}")
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


def _sums_fault(manifest: Manifest, fetch: Fetch, place: str) -> Iterator[Diagnostic]:
    where = f"{place}/{SUMS}"
    try:
        expected, found = checksums(fetch(MANIFEST), manifest), fetch(SUMS)
    except OSError as error:
        message = f"cannot be read: {error.strerror or error}"
        yield Diagnostic("PG503", message, where, RESTORE)
        return
    if expected.partition(b"\n")[0] != found.partition(b"\n")[0]:
        message = f"not the manifest whose checksum is in {SUMS}: one of the two changed"
        yield Diagnostic("PG504", message, f"{place}/{MANIFEST}", RESTORE)
    elif found != expected:
        yield Diagnostic("PG504", f"not the checksums of {MANIFEST}", where, RESTORE)


class _Proof:
    """What the files of one release were found to hold; the same content is read once."""

    def __init__(self, manifest: Manifest) -> None:
        self._manifest = manifest
        self._sizes = {file.path: file.byte_size for file in manifest.distributions}
        self._verdicts: dict[tuple[str, bytes], str | None] = {}
        self._tables: dict[str, bytes] | None = None
        self._dataset: bytes | None = None

    def fault(self, path: str, data: bytes) -> str | None:
        """Why a file is not what it should be; None if it is, or claims nothing."""
        plain = unpacked_path(path)
        if plain != path:
            try:
                data = unpack(data, path.rpartition(".")[2], self._sizes.get(plain, _LIMIT))
            except ValueError as error:
                return f"does not unpack: {error}"
        key = plain, sha256(data).digest()
        if key not in self._verdicts:
            self._verdicts[key] = self._content_fault(plain, data)
        return self._verdicts[key]

    def _content_fault(self, path: str, data: bytes) -> str | None:
        stem, _, extension = path.rpartition(".")
        if path == RDF12 or (stem == "parkgraph" and extension in FORMATS):
            return self._graph_fault(path, extension, data)
        if path in _TABLES and self._tables is not None:
            good = self._tables[path] == data
            return None if good else "says other than the graph does"
        return self._patch_fault(data) if path == CHANGES else None

    def _graph_fault(self, path: str, extension: str, data: bytes) -> str | None:
        """A dump gives the digest of its graph (architecture.md §4)."""
        whole = FORMATS[extension].dataset
        try:
            quads: Iterable[Quad] = parse_bytes(data, extension)
            found = digest(canonical_lines(to_rdf11(quads) if path == RDF12 else quads))
        except SyntaxError as error:
            return f"does not parse: {error.msg}"
        if found != (self._manifest.dataset if whole else self._manifest.default):
            return f"is another graph: its digest is {found[:12]}…"
        if self._tables is None and not whole and path != RDF12:
            self._tables = write_tables(parse_bytes(data, extension))
        if extension == "nq":
            self._dataset = data
        return None

    def _patch_fault(self, data: bytes) -> str | None:
        """The patch taken back from this dataset gives the digest of the one before."""
        if self._dataset is None:
            return None  # without the dataset nothing can be said; that it is broken was said
        try:
            patch = read_patch(data).reversed()
            found = digest(patch.apply(self._dataset.splitlines(keepends=True)))
        except ValueError as error:
            return f"does not lead here from the release before: {error}"
        if found != self._manifest.previous:
            return f"leads here from another dataset: its digest is {found[:12]}…"
        return None
