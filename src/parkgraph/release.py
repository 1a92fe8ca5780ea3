"""Releases as they are read: what a manifest promises, and whether the files are those."""

import json
import sqlite3
from base64 import b64encode
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass, replace
from hashlib import file_digest, sha256
from pathlib import Path
from typing import Final

from parkgraph.errors import Diagnostic, ParkgraphError
from parkgraph.index import Index
from parkgraph.packed import unpacked_path

#: The version of everything below ``derived/``: another one is built anew beside it.
DERIVED: Final = "7"
#: How many hex digits of the dataset digest name a release.
NAME_LENGTH: Final = 12
#: The index among what is derived.
INDEX: Final = "index.sqlite"
#: The folder of the documents that were made beforehand, among the same.
PRERENDERED: Final = "prerendered"
#: The file that says which release is current.
POINTER: Final = "current"
#: The file that says what is published, and the one with the checksums of all that is.
MANIFEST: Final = "manifest.json"
SUMS: Final = "SHA256SUMS"
#: The file that leads here from the release before (:mod:`parkgraph.patch`).
CHANGES: Final = "changes.rdfp"

#: Takes the path of a published file and gives a file that holds its bytes.
Fetch = Callable[[str], Path]
#: Takes the path of a file and gives its SHA-256 in hex digits.
Digest = Callable[[Path], str]


@dataclass(frozen=True, slots=True)
class Distribution:
    """A published file (dcat:Distribution).

    Attributes:
        path: inside the release, with slashes.
        byte_size: bytes.
        statements: triples or quads in it; 0 where it holds none.
    """

    path: str
    media_type: str
    byte_size: int
    sha256: str
    statements: int = 0

    @property
    def unpacked(self) -> str:
        """The path of the file that this one packs (``.gz``, ``.zst``); else its own path."""
        return unpacked_path(self.path)

    @property
    def repr_digest(self) -> str:
        """The value of the header ``Repr-Digest`` (RFC 9530 §3)."""
        return f"sha-256=:{b64encode(bytes.fromhex(self.sha256)).decode()}:"


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a release promises: its digests, its files, and what they were made from.

    Attributes:
        dataset: SHA-256 of the sorted canonical N-Quads of all graphs; names the release.
        default: the same of the default graph alone.
        issued: when the release was first written, an xsd:dateTime in UTC.
        previous: the dataset digest of the release before, or None.
        triples: of the default graph.
        quads: of all graphs.
        inputs: path to SHA-256 of every file it was made from.
    """

    dataset: str
    default: str
    base: str
    issued: str
    previous: str | None
    tool: str
    triples: int
    quads: int
    inputs: Mapping[str, str]
    distributions: tuple[Distribution, ...]

    @property
    def name(self) -> str:
        """The release's folder and the start of its addresses."""
        return self.dataset[:NAME_LENGTH]

    @property
    def iri(self) -> str:
        """The release as a thing: a version of the dataset."""
        return release_iri(self.base, self.dataset)

    def to_json(self) -> bytes:
        """The manifest as it is published."""
        text = json.dumps(asdict(self), indent=2, ensure_ascii=False)
        return f"{text}\n".encode()

    @staticmethod
    def from_json(data: bytes) -> "Manifest":
        """Read a manifest.

        Raises:
            ValueError: it is not one.
        """
        try:
            values = json.loads(data)
            files = tuple(Distribution(**file) for file in values.pop("distributions"))
            return Manifest(**values, distributions=files)
        except (TypeError, KeyError, AttributeError) as error:
            raise ValueError(str(error)) from error


def file_sha256(path: Path) -> str:
    """The SHA-256 of a file, which is never in memory as a whole.

    Raises:
        OSError: it cannot be read.
    """
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def release_iri(base: str, dataset: str) -> str:
    """The IRI of the release whose dataset has this digest, or this name."""
    return f"{base}release/{dataset[:NAME_LENGTH]}"


@dataclass(frozen=True, slots=True)
class Release:
    """A published version of a dataset: an immutable folder and its manifest."""

    folder: Path
    manifest: Manifest
    _derived: Path | None = None

    @property
    def derived(self) -> Path:
        """Where this program keeps what it derives from the release."""
        return self._derived or self.folder / "derived" / DERIVED

    def deriving(self, folder: Path) -> "Release":
        """The release while what is derived from it lies in ``folder``, not yet in its place."""
        return replace(self, _derived=folder)

    def file(self, path: str) -> Distribution | None:
        """The published file at ``path``."""
        return next((d for d in self.manifest.distributions if d.path == path), None)

    def derived_sums(self) -> Mapping[str, str]:
        """The SHA-256 of what was derived, by path; of an older release nothing is recorded."""
        try:
            lines = (self.derived / SUMS).read_text("utf-8").splitlines()
        except (OSError, UnicodeDecodeError):
            return {}
        return {path: digest for digest, _, path in (line.partition("  ") for line in lines)}

    def inputs(self) -> Mapping[str, str]:
        """The inputs of the newest build that gave this digest; empty if none is recorded."""
        try:
            recorded: dict[str, str] = json.loads((self.derived / "inputs.json").read_bytes())
        except (OSError, ValueError):
            return {}
        return recorded


def current_name(root: Path) -> str | None:
    """The name of the current release in the folder ``root``; None if there is none to be read.

    Whatever the pointer holds is a name: one that is none is that of no release.
    """
    try:
        text = (root / POINTER).read_bytes().decode("ascii", "backslashreplace").strip()
    except OSError:
        return None
    return text[:NAME_LENGTH] or None


def open_release(root: Path, name: str | None = None) -> Release:
    """The release ``name`` in the folder ``root``, or the current one.

    Raises:
        ParkgraphError: there is none (PG501), its manifest cannot be read or is of another
            release (PG502), or a file is missing or has another size (PG503). Contents are not
            hashed here: :func:`parkgraph.proof.verify` does.
    """
    name = name or current_name(root)
    if name is None:
        raise ParkgraphError(_unnamed(root))
    folder = root / name
    if not folder.is_dir():
        advice = "parkgraph build makes a release current"
        raise ParkgraphError(Diagnostic("PG501", f"no release {name} here", str(root), advice))
    release = Release(folder, _manifest(folder))
    findings = list(_sizes(release))
    if findings:
        raise ParkgraphError(*findings)
    return release


def _unnamed(root: Path) -> Diagnostic:
    """Why it cannot be told which release is current."""
    pointer = root / POINTER
    try:
        pointer.read_bytes()
    except (FileNotFoundError, NotADirectoryError):
        pass
    except OSError as error:
        message = f"which release is current cannot be read: {error.strerror or error}"
        return Diagnostic("PG501", message, str(pointer), "parkgraph build writes it anew")
    return Diagnostic("PG501", "no release here", str(root), "parkgraph build writes the first one")


def open_index(release: Release) -> Index:
    """The index of a release, to be closed by the caller.

    Raises:
        ParkgraphError: there is none in the form that this program reads (PG513).
    """
    path = release.derived / INDEX
    try:
        return Index(path)
    except sqlite3.Error as error:
        message = f"the index cannot be read: {error}"
        raise ParkgraphError(Diagnostic("PG513", message, str(path), REBUILD)) from error


def releases(root: Path) -> Iterator[Release]:
    """Every readable release in ``root``, oldest first."""
    found = []
    for path in root.glob(f"*/{MANIFEST}"):
        try:
            found.append(Release(path.parent, _manifest(path.parent)))
        except ParkgraphError:
            continue  # a broken release is named when it is opened; listing goes on
    yield from sorted(found, key=lambda release: (release.manifest.issued, release.folder.name))


def changed_files(release: Release, *only: str) -> Iterator[tuple[str, Diagnostic]]:
    """The published files whose bytes are not those of the manifest, with what is wrong.

    Args:
        release: what is looked at.
        only: the paths to look at; all if there are none.
    """
    for file in release.manifest.distributions:
        if only and file.path not in only:
            continue
        if found := fault(release.folder / file.path, file.sha256):
            yield file.path, found


def fault(path: Path, expected: str, digest: Digest = file_sha256) -> Diagnostic | None:
    """What is wrong with the file at ``path`` if its SHA-256 is not ``expected``."""
    try:
        found = digest(path)
    except OSError as error:
        message = f"cannot be read: {error.strerror or error}"
        return Diagnostic("PG503", message, str(path), RESTORE)
    return None if found == expected else _other(found, expected, str(path))


def intact(path: str, expected: str, fetch: Fetch, where: str) -> Path | Diagnostic:
    """The file that was fetched for ``path`` if its SHA-256 is ``expected``; else what is wrong."""
    try:
        file = fetch(path)
        found = file_sha256(file)
    except OSError as error:
        return Diagnostic("PG503", f"cannot be read: {error.strerror or error}", where, RESTORE)
    return file if found == expected else _other(found, expected, where)


def _other(found: str, expected: str, where: str) -> Diagnostic:
    message = f"changed since release: SHA-256 {found[:12]}…, not {expected[:12]}…"
    return Diagnostic("PG504", message, where, RESTORE)


def checksums(manifest: bytes, files: Manifest) -> bytes:
    """The file ``SHA256SUMS``: every published file and the manifest itself.

    ``sha256sum -c SHA256SUMS`` checks a downloaded release without this program.
    """
    lines = [f"{file.sha256}  {file.path}\n" for file in files.distributions]
    return "".join((f"{sha256(manifest).hexdigest()}  {MANIFEST}\n", *lines)).encode()


#: What to do where only something derived is wrong.
REBUILD: Final = "remove the folder «derived» of the release and build again"
#: What to do about a release that is not as it was written.
RESTORE: Final = "a release never changes: restore the file, or remove the folder and build again"


def _manifest(folder: Path) -> Manifest:
    path = folder / MANIFEST
    try:
        data = path.read_bytes()
        manifest = Manifest.from_json(data)
    except (OSError, ValueError) as error:
        raise ParkgraphError(
            Diagnostic("PG502", f"the manifest cannot be read: {error}", str(path), RESTORE)
        ) from error
    if manifest.name != folder.name:
        message = f"the manifest is of release {manifest.name}"
        raise ParkgraphError(Diagnostic("PG502", message, str(path), RESTORE))
    if not _sealed(folder, data):
        message = f"the manifest is not the one whose checksum is in {SUMS}: one of them changed"
        raise ParkgraphError(Diagnostic("PG502", message, str(path), RESTORE))
    return manifest


def _sealed(folder: Path, manifest: bytes) -> bool:
    """Whether the manifest is the one that was written; true where its checksum is lost."""
    try:
        first = (folder / SUMS).read_bytes().partition(b"\n")[0]
    except OSError:
        return True
    return first == f"{sha256(manifest).hexdigest()}  {MANIFEST}".encode()


def _sizes(release: Release) -> Iterator[Diagnostic]:
    for file in release.manifest.distributions:
        path = release.folder / file.path
        try:
            size = path.stat().st_size
        except OSError as error:
            yield Diagnostic("PG503", f"cannot be read: {error.strerror}", str(path), RESTORE)
            continue
        if size != file.byte_size:
            message = f"changed since release: {size:,} bytes, not {file.byte_size:,}"
            yield Diagnostic("PG503", message, str(path), RESTORE)
