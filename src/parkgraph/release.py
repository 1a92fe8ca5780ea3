"""Releases as they are read: open one, check its bytes, prove that its dumps are one graph."""

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from hashlib import sha256
from pathlib import Path, PurePosixPath
from typing import Final

from parkgraph.errors import Diagnostic, ParkgraphError
from parkgraph.rdf import canonical_lines, digest, parse_bytes

#: The version of everything below ``derived/``: another one is built anew beside it.
DERIVED: Final = "2"
#: How many hex digits of the dataset digest name a release.
NAME_LENGTH: Final = 12
#: The file that says which release is current.
POINTER: Final = "current"

#: Takes the path of a published file and gives its bytes.
Fetch = Callable[[str], bytes]


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


@dataclass(frozen=True, slots=True)
class Release:
    """A published version of a dataset: an immutable folder and its manifest."""

    folder: Path
    manifest: Manifest

    @property
    def derived(self) -> Path:
        """Where this program keeps what it derives from the release."""
        return self.folder / "derived" / DERIVED

    def file(self, path: str) -> Distribution | None:
        """The published file at ``path``."""
        return next((d for d in self.manifest.distributions if d.path == path), None)

    def inputs(self) -> Mapping[str, str]:
        """The inputs of the newest build that gave this digest; empty if none is recorded."""
        try:
            recorded: dict[str, str] = json.loads((self.derived / "inputs.json").read_bytes())
        except (OSError, ValueError):
            return {}
        return recorded


def current_name(root: Path) -> str | None:
    """The name of the current release in the folder ``root``; None if there is none yet."""
    try:
        text = (root / POINTER).read_text("ascii").strip()
    except (FileNotFoundError, NotADirectoryError):
        return None
    return text[:NAME_LENGTH] or None


def open_release(root: Path, name: str | None = None) -> Release:
    """The release ``name`` in the folder ``root``, or the current one.

    Raises:
        ParkgraphError: there is none (PG501), its manifest cannot be read or is of another
            release (PG502), or a file is missing or has another size (PG503). Contents are not
            hashed here: :func:`verify` does.
    """
    name = name or current_name(root)
    if name is None:
        advice = "parkgraph build writes the first one"
        raise ParkgraphError(Diagnostic("PG501", "no release here", str(root), advice))
    folder = root / name
    release = Release(folder, _manifest(folder))
    findings = list(_sizes(release))
    if findings:
        raise ParkgraphError(*findings)
    return release


def releases(root: Path) -> Iterator[Release]:
    """Every readable release in ``root``, oldest first."""
    found = []
    for path in root.glob("*/manifest.json"):
        try:
            found.append(Release(path.parent, _manifest(path.parent)))
        except ParkgraphError:
            continue  # a broken release is named when it is opened; listing goes on
    yield from sorted(found, key=lambda release: (release.manifest.issued, release.folder.name))


def verify_release(release: Release) -> Iterator[Diagnostic]:
    """Everything that is wrong with a release: its bytes first, then what its dumps say."""

    def fetch(path: str) -> bytes:
        return (release.folder / path).read_bytes()

    yield from verify(release.manifest, fetch, str(release.folder))


def verify(manifest: Manifest, fetch: Fetch, place: str) -> Iterator[Diagnostic]:
    """Check every published file against ``manifest``, and the dumps against its digests.

    Args:
        manifest: what is promised.
        fetch: gives the bytes of a file by its path; an OSError says it is not there.
        place: where the files are, for the findings: a folder or an address.
    """
    for file in manifest.distributions:
        where = f"{place}/{file.path}"
        data = _intact(file, fetch, where)
        if isinstance(data, Diagnostic):
            yield data
        elif fault := _digest_fault(manifest, file, data):
            yield Diagnostic("PG505", fault, where, _RESTORE)


def changed_files(release: Release) -> Iterator[tuple[str, Diagnostic]]:
    """The published files whose bytes are not those of the manifest, with what is wrong."""
    for file in release.manifest.distributions:
        path = release.folder / file.path
        found = _intact(file, lambda name: (release.folder / name).read_bytes(), str(path))
        if isinstance(found, Diagnostic):
            yield file.path, found


def _intact(file: Distribution, fetch: Fetch, where: str) -> bytes | Diagnostic:
    """The bytes of a file if they are those that were published."""
    try:
        data = fetch(file.path)
    except OSError as error:
        return Diagnostic("PG503", f"cannot be read: {error.strerror or error}", where, _RESTORE)
    found = sha256(data).hexdigest()
    if found != file.sha256:
        message = f"changed since release: SHA-256 {found[:12]}…, not {file.sha256[:12]}…"
        return Diagnostic("PG504", message, where, _RESTORE)
    return data


_RESTORE: Final = "a release never changes: restore the file, or remove the folder and build again"

#: Which dumps must give which digest (architecture.md §4).
_DATASET_DUMPS: Final = frozenset({"nq", "trig"})
_DEFAULT_DUMPS: Final = frozenset({"ttl", "jsonld", "nt", "rdf"})


def _digest_fault(manifest: Manifest, file: Distribution, data: bytes) -> str | None:
    """Why a dump is not the graph it should be; None if it is, or is no dump."""
    stem, _, extension = PurePosixPath(file.path).name.rpartition(".")
    whole = extension in _DATASET_DUMPS
    if stem != "parkgraph" or not (whole or extension in _DEFAULT_DUMPS):
        return None
    try:
        lines = canonical_lines(parse_bytes(data, extension))
    except SyntaxError as error:
        return f"does not parse: {error.msg}"
    expected = manifest.dataset if whole else manifest.default
    found = digest(lines)
    return None if found == expected else f"is another graph: its digest is {found[:12]}…"


def _manifest(folder: Path) -> Manifest:
    path = folder / "manifest.json"
    try:
        manifest = Manifest.from_json(path.read_bytes())
    except (OSError, ValueError) as error:
        raise ParkgraphError(
            Diagnostic("PG502", f"the manifest cannot be read: {error}", str(path), _RESTORE)
        ) from error
    if manifest.name != folder.name:
        message = f"the manifest is of release {manifest.name}"
        raise ParkgraphError(Diagnostic("PG502", message, str(path), _RESTORE))
    return manifest


def _sizes(release: Release) -> Iterator[Diagnostic]:
    for file in release.manifest.distributions:
        path = release.folder / file.path
        try:
            size = path.stat().st_size
        except OSError as error:
            yield Diagnostic("PG503", f"cannot be read: {error.strerror}", str(path), _RESTORE)
            continue
        if size != file.byte_size:
            message = f"changed since release: {size:,} bytes, not {file.byte_size:,}"
            yield Diagnostic("PG503", message, str(path), _RESTORE)
