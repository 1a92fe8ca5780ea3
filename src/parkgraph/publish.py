"""Write a release: staged, flushed, read back, renamed; a kill leaves the old one served."""

import errno
import fcntl
import json
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Final

from parkgraph import __version__
from parkgraph.errors import Diagnostic, ParkgraphError
from parkgraph.index import write_index
from parkgraph.pipeline import Checked, accept
from parkgraph.rdf import DEFAULT_GRAPH, FORMATS, Quad, canonical_lines, digest
from parkgraph.release import (
    DERIVED,
    NAME_LENGTH,
    POINTER,
    Distribution,
    Manifest,
    Release,
    current_name,
    open_release,
    releases,
    verify_release,
)
from parkgraph.report import report_json
from parkgraph.writing import write

_STAGING: Final = ".staging-"


def publish(checked: Checked, root: Path, issued: datetime, *, keep: int | None = None) -> Release:
    """Make ``checked`` the current release in ``root``.

    The same content gives the same digest: then nothing that is published is written again,
    only what is derived follows the newest inputs.

    Args:
        checked: a publication without a Violation.
        root: the folder of releases; made if it is not there.
        issued: the time that a new release bears.
        keep: how many releases to keep, the current one included; None keeps all.

    Raises:
        ParkgraphError: a Violation stands in the way, the folder cannot be written (PG507), the
            disk is full (PG508), another build is at work (PG506), or what was there before
            under this digest is broken (PG502 to PG505).
    """
    accept(checked)
    with _os_faults(root), _lock(root):
        _sweep(root)
        quads = list(checked.dataset.quads())
        release = _existing_or_new(checked, root, issued, quads)
        _derive(checked, release, quads)
        _point(root, release)
        _prune(root, release, keep)
        return release


def _existing_or_new(checked: Checked, root: Path, issued: datetime, quads: list[Quad]) -> Release:
    dataset = digest(canonical_lines(quads))
    name = dataset[:NAME_LENGTH]
    if (root / name).exists():
        release = open_release(root, name)
    else:
        release = _write(checked, root, issued, quads, dataset)
    findings = list(verify_release(release))
    if findings:
        raise ParkgraphError(*findings)
    return release


def _write(
    checked: Checked, root: Path, issued: datetime, quads: list[Quad], dataset: str
) -> Release:
    default = [quad for quad in quads if quad.graph_name == DEFAULT_GRAPH]
    staging = root / f"{_STAGING}{os.getpid()}"
    files = [
        *_dumps(staging, quads, default),
        *_sources(staging, checked),
    ]
    manifest = Manifest(
        dataset=dataset,
        default=digest(canonical_lines(default)),
        base=checked.names.base,
        issued=issued.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        previous=_previous(root),
        tool=f"parkgraph {__version__}",
        triples=len(default),
        quads=len(quads),
        inputs=checked.publication.inputs,
        distributions=tuple(files),
    )
    _put(staging / "manifest.json", manifest.to_json())
    _flush_folders(staging)
    staging.rename(root / manifest.name)
    _flush(root)
    return open_release(root, manifest.name)


def _dumps(staging: Path, quads: list[Quad], default: list[Quad]) -> Iterator[Distribution]:
    for extension, syntax in FORMATS.items():
        content = quads if syntax.dataset else default
        path = f"parkgraph.{extension}"
        data = write(content, extension)
        _put(staging / path, data)
        yield Distribution(
            path, syntax.media_type, len(data), sha256(data).hexdigest(), len(content)
        )


def _sources(staging: Path, checked: Checked) -> Iterator[Distribution]:
    for document in checked.publication.documents:
        text = document.text
        path = f"source/{text.slug}/{text.version}.txt"
        _put(staging / path, text.data)
        yield Distribution(path, "text/plain; charset=utf-8", len(text.data), text.sha256)


def _previous(root: Path) -> str | None:
    name = current_name(root)
    if name is None:
        return None
    try:
        return open_release(root, name).manifest.dataset
    except ParkgraphError:
        return None  # a broken predecessor is no reason not to publish


def _derive(checked: Checked, release: Release, quads: list[Quad]) -> None:
    """Write what is derived, unless it is there and of the same inputs."""
    if release.inputs() == checked.publication.inputs:
        return
    folder = release.folder / "derived"
    staging = folder / f"{_STAGING}{os.getpid()}"
    _put(staging / "report.ttl", checked.report.turtle)
    _put(staging / "report.json", report_json(checked))
    _put(staging / "shapes.ttl", b"\n".join(file.data for file in checked.publication.shapes))
    for name, data in checked.publication.queries.items():
        _put(staging / "queries" / name, data)
    _put(staging / "dataset.ttl", checked.publication.dataset.data)
    write_index(staging / "index.sqlite", quads, checked.names.graph("def"))
    inputs = json.dumps(dict(checked.publication.inputs), indent=2)
    _put(staging / "inputs.json", inputs.encode())
    _flush_folders(staging)
    _replace_folder(staging, folder / DERIVED)


def _replace_folder(new: Path, old: Path) -> None:
    """Put ``new`` in the place of ``old``; between the two steps a build would write it again."""
    gone = old.with_name(f"{_STAGING}old-{os.getpid()}")
    if old.exists():
        old.rename(gone)
    new.rename(old)
    _flush(old.parent)
    shutil.rmtree(gone, ignore_errors=True)


def _point(root: Path, release: Release) -> None:
    """Make a release current: the pointer is replaced as a whole, so servers see a change."""
    temporary = root / f"{_STAGING}{POINTER}"
    _put(temporary, f"{release.manifest.dataset}\n".encode())
    temporary.rename(root / POINTER)
    _flush(root)


def _prune(root: Path, current: Release, keep: int | None) -> None:
    if keep is None:
        return
    others = [r for r in releases(root) if r.folder.name != current.folder.name]
    for release in others[: max(len(others) - (keep - 1), 0)]:
        shutil.rmtree(release.folder)


def _sweep(root: Path) -> None:
    """Remove what killed builds left behind; only the holder of the lock may."""
    for pattern in (f"{_STAGING}*", f"*/derived/{_STAGING}*"):
        for path in root.glob(pattern):
            shutil.rmtree(path) if path.is_dir() else path.unlink()


@contextmanager
def _lock(root: Path) -> Iterator[None]:
    """One build at a time; the kernel lets go of the lock when its holder dies."""
    root.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(root / ".lock", os.O_RDWR | os.O_CREAT, 0o644)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            holder = os.read(descriptor, 20).decode("ascii", "replace").strip() or "unknown"
            message = f"another build is at work: process {holder}"
            advice = "wait for it to end"
            raise ParkgraphError(Diagnostic("PG506", message, str(root), advice)) from error
        os.truncate(descriptor, 0)
        os.write(descriptor, f"{os.getpid()}\n".encode())
        yield
    finally:
        os.close(descriptor)


@contextmanager
def _os_faults(root: Path) -> Iterator[None]:
    """Say what the system refused, and leave nothing half-written behind."""
    try:
        yield
    except OSError as error:
        with suppress(OSError):
            shutil.rmtree(root / f"{_STAGING}{os.getpid()}", ignore_errors=True)
        code, advice = _FAULTS.get(error.errno or 0, ("PG509", "see the system's message"))
        message = f"the release cannot be written: {error.strerror or error}"
        where = str(error.filename or root)
        raise ParkgraphError(Diagnostic(code, message, where, advice)) from error


_UNWRITABLE: Final = ("PG507", "give this user the right to write there, or name another folder")
_FULL: Final = ("PG508", "make room; the release that was there is untouched")
_FAULTS: Final = {
    errno.EACCES: _UNWRITABLE,
    errno.EPERM: _UNWRITABLE,
    errno.EROFS: _UNWRITABLE,
    errno.ENOTDIR: _UNWRITABLE,
    errno.EEXIST: _UNWRITABLE,
    errno.ENOSPC: _FULL,
    errno.EDQUOT: _FULL,
    errno.EFBIG: _FULL,
}


def _put(path: Path, data: bytes) -> None:
    """Write a file and flush it to disk."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _flush_folders(top: Path) -> None:
    for folder in (*(p for p in top.rglob("*") if p.is_dir()), top):
        _flush(folder)


def _flush(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
