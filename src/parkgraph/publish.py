"""Write a release: staged, flushed, read back, renamed; a kill leaves the old one served."""

import errno
import fcntl
import json
import os
import shutil
import sqlite3
import traceback
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from hashlib import sha256
from itertools import chain
from pathlib import Path
from typing import Final

from parkgraph import __version__
from parkgraph.content import SECONDS as ORDER_SECONDS
from parkgraph.content import Content, write_content
from parkgraph.derived import SECONDS as DERIVED_SECONDS
from parkgraph.derived import derived_jobs
from parkgraph.dumps import SECONDS as DUMP_SECONDS
from parkgraph.dumps import Source, dump_jobs, publish_file
from parkgraph.errors import Diagnostic, ParkgraphError
from parkgraph.index import write_index
from parkgraph.jobs import Jobs
from parkgraph.patch import write_difference
from parkgraph.pipeline import Checked, accept
from parkgraph.proof import SECONDS as PROOF_SECONDS
from parkgraph.proof import verify_derived, verify_release
from parkgraph.rdf import parse_file
from parkgraph.release import (
    CHANGES,
    DERIVED,
    INDEX,
    MANIFEST,
    NAME_LENGTH,
    POINTER,
    SUMS,
    Distribution,
    Manifest,
    Release,
    checksums,
    current_name,
    file_sha256,
    open_release,
    release_iri,
    releases,
)
from parkgraph.report import report_json
from parkgraph.search import SourceLine, source_lines
from parkgraph.sorting import lines_of

_STAGING: Final = ".staging-"


def publish(
    checked: Checked,
    root: Path,
    issued: datetime,
    *,
    keep: int | None = None,
    jobs: Jobs | None = None,
) -> Release:
    """Make ``checked`` the current release in ``root``.

    The same content gives the same digest: then nothing that is published is written again,
    only what is derived follows the newest inputs.

    Args:
        checked: a publication without a Violation.
        root: the folder of releases; made if it is not there.
        issued: the time that a new release bears.
        keep: how many releases to keep, the current one included; None keeps all.
        jobs: does what can be done in several processes.

    Raises:
        ParkgraphError: a Violation stands in the way, the folder cannot be written (PG507), the
            disk is full (PG508), another build is at work (PG506), or what was there before
            under this digest is broken (PG502 to PG505).
    """
    accept(checked)
    with _os_faults(root), _lock(root), jobs or Jobs() as jobs:
        _sweep(root)
        with _scratch(root) as scratch:
            content = write_content(scratch / "content", checked.dataset.quads())
            jobs.watcher.plan(content.quads / 1e6 * _SECONDS)
            jobs.run(content.order_jobs())
            release = _existing_or_new(checked, root, issued, (content, jobs))
            _derive(checked, release, content, jobs)
            _complete(root, release, checked, scratch)
        _point(root, release)
        _prune(root, release, keep)
        return release


#: What is done for a million quads of a new release, in seconds of one process, about.
_SECONDS: Final = ORDER_SECONDS + DUMP_SECONDS + PROOF_SECONDS + DERIVED_SECONDS


def _existing_or_new(
    checked: Checked, root: Path, issued: datetime, made: tuple[Content, Jobs]
) -> Release:
    content, jobs = made
    name = content.dataset[:NAME_LENGTH]
    if (root / name).exists():
        release = open_release(root, name)
        _seal(release)
    else:
        release = _write(checked, root, issued, made)
    findings = list(verify_release(release, jobs, content.folder))
    if findings:
        raise ParkgraphError(*findings)
    return release


def _seal(release: Release) -> None:
    """Give the release of an older program the checksums that it lacks; nothing else is added."""
    if (release.folder / SUMS).exists():
        return
    temporary = release.folder.parent / f"{_STAGING}{SUMS}"
    _put(temporary, checksums((release.folder / MANIFEST).read_bytes(), release.manifest))
    temporary.rename(release.folder / SUMS)
    _flush(release.folder)


def _write(checked: Checked, root: Path, issued: datetime, made: tuple[Content, Jobs]) -> Release:
    content, jobs = made
    staging = root / f"{_STAGING}{os.getpid()}"
    staging.mkdir()
    previous = _previous(root)
    dumps = jobs.run(dump_jobs(content, staging))
    files = (
        *chain.from_iterable(dumps),
        *_sources(checked, staging),
        *_changes(checked, previous, content, staging),
    )
    manifest = Manifest(
        dataset=content.dataset,
        default=content.default,
        base=checked.names.base,
        issued=issued.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        previous=previous.manifest.dataset if previous else None,
        tool=f"parkgraph {__version__}",
        triples=content.triples,
        quads=content.quads,
        inputs=checked.publication.inputs,
        distributions=files,
    )
    data = manifest.to_json()
    _put(staging / MANIFEST, data)
    _put(staging / SUMS, checksums(data, manifest))
    _flush_all(staging)
    staging.rename(root / manifest.name)
    _flush(root)
    return open_release(root, manifest.name)


def _sources(checked: Checked, folder: Path) -> Iterator[Distribution]:
    for document in checked.publication.documents:
        text = document.text
        path = f"source/{text.slug}/{text.version}.txt"
        _put(folder / path, text.data)
        digest = sha256(text.data).hexdigest()
        yield Distribution(path, "text/plain", len(text.data), digest)


def _changes(
    checked: Checked, previous: Release | None, content: Content, folder: Path
) -> Sequence[Distribution]:
    """The patch that leads here from the release before, if that can still be read."""
    if previous is None:
        return ()
    before, path = previous.folder / "parkgraph.nq", content.folder / CHANGES
    with suppress(OSError):
        if file_sha256(before) != previous.manifest.dataset:
            return ()
        old = previous.manifest.iri, lines_of(before)
        new = release_iri(checked.names.base, content.dataset), lines_of(content.lines)
        source = Source(write_difference(path, old, new), path)
        return publish_file(folder, CHANGES, "text/plain", source)
    return ()


def _previous(root: Path) -> Release | None:
    name = current_name(root)
    if name is None:
        return None
    try:
        return open_release(root, name)
    except ParkgraphError:
        return None  # a broken predecessor is no reason not to publish


def _derive(checked: Checked, release: Release, content: Content, jobs: Jobs) -> None:
    """Write what is derived, unless it is there, whole and of the same inputs."""
    if release.inputs() == checked.publication.inputs and not any(verify_derived(release)):
        return
    folder = release.folder / "derived"
    staging = folder / f"{_STAGING}{os.getpid()}"
    _put(staging / "report.ttl", checked.report.turtle)
    _put(staging / "report.json", report_json(checked))
    _put(staging / "shapes.ttl", b"\n".join(file.data for file in checked.publication.shapes))
    for name, data in checked.publication.queries.items():
        _put(staging / "queries" / name, data)
    _put(staging / "addresses.json", checked.publication.addresses.to_json())
    _put(staging / "dataset.ttl", checked.publication.dataset.data)
    jobs.run(derived_jobs(content, staging, checked.names.graph("def"), _lines(checked)))
    inputs = json.dumps(dict(checked.publication.inputs), indent=2)
    _put(staging / "inputs.json", inputs.encode())
    _put(staging / SUMS, _sums(staging))
    _flush_all(staging)
    _replace_folder(staging, folder / DERIVED)


def _complete(root: Path, current: Release, checked: Checked, scratch: Path) -> None:
    """Give older releases the index that this program reads: their documents are served too."""
    for release in releases(root):
        if release.derived.exists() or release.folder == current.folder:
            continue
        staging = release.folder / "derived" / f"{_STAGING}{os.getpid()}"
        _put(staging / "dataset.ttl", checked.publication.dataset.data)
        with suppress(OSError, SyntaxError):  # one that is broken is named when it is verified
            quads = parse_file(release.folder / "parkgraph.nq", "nq")
            content = write_content(scratch / release.folder.name, quads)
            for job in content.order_jobs():
                job()
            write_index(staging / INDEX, content, checked.names.graph("def"))
            _flush_all(staging)
            _replace_folder(staging, release.derived)


def _sums(folder: Path) -> bytes:
    """The checksums of all files in a folder."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    hashed = ((file_sha256(path), path.relative_to(folder).as_posix()) for path in files)
    return "".join(f"{digest_}  {path}\n" for digest_, path in hashed).encode()


def _lines(checked: Checked) -> Iterator[SourceLine]:
    for document in checked.publication.documents:
        text, lang = document.text, document.reading.document.language
        iri = checked.names.document(text.slug).value
        yield from source_lines(iri, lang, text.version, text.text)


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
        # Renamed first: a kill in between leaves nothing that looks like a release.
        gone = root / f"{_STAGING}old-{release.folder.name}"
        release.folder.rename(gone)
        shutil.rmtree(gone)


def _sweep(root: Path) -> None:
    """Remove what killed builds left behind; only the holder of the lock may."""
    for pattern in (f"{_STAGING}*", f"*/derived/{_STAGING}*"):
        for path in root.glob(pattern):
            shutil.rmtree(path) if path.is_dir() else path.unlink()


@contextmanager
def _scratch(root: Path) -> Iterator[Path]:
    """A folder on the disk of the releases for what is needed on the way."""
    folder = root / f"{_STAGING}{os.getpid()}-scratch"
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


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
    except sqlite3.OperationalError as error:
        if "disk is full" not in str(error):
            raise
        raise _refused(root, OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))) from error
    except OSError as error:
        raise _refused(root, error) from error


def _refused(root: Path, error: OSError) -> ParkgraphError:
    cause: BaseException | None = error
    while cause is not None:
        traceback.clear_frames(cause.__traceback__)  # they hold half-written files open
        cause = cause.__context__
    with suppress(OSError):
        shutil.rmtree(root / f"{_STAGING}{os.getpid()}", ignore_errors=True)
    code, advice = _FAULTS.get(error.errno or 0, ("PG509", "see the system's message"))
    message = f"the release cannot be written: {error.strerror or error}"
    where = str(error.filename or root)
    return ParkgraphError(Diagnostic(code, message, where, advice))


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


def _flush_all(top: Path) -> None:
    """Flush a folder and all that is in it to disk."""
    for path in (*top.rglob("*"), top):
        _flush(path)


def _flush(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
