"""Write files safely: staged, flushed, replaced whole; one writer at a time, and no leftovers."""

import errno
import fcntl
import os
import shutil
import sqlite3
import traceback
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from parkgraph.errors import Diagnostic, ParkgraphError

#: How the names of files and folders begin that are not yet, or no more, part of a release.
STAGING: Final = ".staging-"


@contextmanager
def os_faults(root: Path) -> Iterator[None]:
    """Say what the system refused, and leave nothing half-written behind."""
    try:
        yield
    except sqlite3.OperationalError as error:
        if "disk is full" not in str(error):
            raise
        raise _refused(root, OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))) from error
    except OSError as error:
        raise _refused(root, error) from error


@contextmanager
def lock(root: Path) -> Iterator[None]:
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


def sweep(root: Path) -> None:
    """Remove what killed builds left behind; only the holder of the lock may."""
    for pattern in (f"{STAGING}*", f"*/derived/{STAGING}*"):
        for path in root.glob(pattern):
            shutil.rmtree(path) if path.is_dir() else path.unlink()


@contextmanager
def scratch(root: Path) -> Iterator[Path]:
    """A folder on the disk of the releases for what is needed on the way."""
    folder = root / f"{STAGING}{os.getpid()}-scratch"
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def replace_folder(new: Path, old: Path) -> None:
    """Put ``new`` in the place of ``old``; between the two steps a build would write it again."""
    gone = old.with_name(f"{STAGING}old-{os.getpid()}")
    if old.exists():
        old.rename(gone)
    new.rename(old)
    flush(old.parent)
    shutil.rmtree(gone, ignore_errors=True)


def put(path: Path, data: bytes) -> None:
    """Write a file and flush it to disk."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def flush_all(top: Path) -> None:
    """Flush a folder and all that is in it to disk."""
    for path in (*top.rglob("*"), top):
        flush(path)


def flush(path: Path) -> None:
    """Flush a file, or the entries of a folder, to disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _refused(root: Path, error: OSError) -> ParkgraphError:
    cause: BaseException | None = error
    while cause is not None:
        traceback.clear_frames(cause.__traceback__)  # they hold half-written files open
        cause = cause.__context__
    with suppress(OSError):
        shutil.rmtree(root / f"{STAGING}{os.getpid()}", ignore_errors=True)
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
