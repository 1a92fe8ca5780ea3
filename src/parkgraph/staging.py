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
from parkgraph.release import NAME_LENGTH, POINTER, current_name

#: How the names of files and folders begin that are not yet, or no more, part of a release.
STAGING: Final = ".staging-"
#: The pointer to a release that is in its place, or about to be, and was never current.
COMING: Final = f"{STAGING}new-{POINTER}"

_DIGEST_LENGTH: Final = 64


@contextmanager
def os_faults(root: Path) -> Iterator[None]:
    """Say what the system refused."""
    try:
        yield
    except sqlite3.OperationalError as error:
        number = _SQLITE_FAULTS.get(str(error))
        if number is None:
            raise
        raise _refused(root, OSError(number, str(error))) from error
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


@contextmanager
def swept(root: Path) -> Iterator[None]:
    """Clear ``root`` of what killed builds left, and in the end of what this one leaves.

    Only the holder of the lock may.
    """
    _sweep(root)
    try:
        yield
    except BaseException as error:
        _let_go(error)
        raise
    finally:
        with suppress(OSError):
            _sweep(root)


def _sweep(root: Path) -> None:
    _withdraw(root)
    for pattern in (f"{STAGING}*", f"*/derived/{STAGING}*"):
        for path in root.glob(pattern):
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def _withdraw(root: Path) -> None:
    """Remove the release that was put in its place and never became current."""
    try:
        digest = (root / COMING).read_text("ascii").strip()
    except FileNotFoundError:
        return
    folder = root / digest[:NAME_LENGTH]
    # A digest that is cut short was never followed by its release.
    if len(digest) == _DIGEST_LENGTH and folder.is_dir() and folder.name != current_name(root):
        remove_folder(folder)


def _let_go(error: BaseException) -> None:
    """Close the half-written files that the frames of an error hold open."""
    cause: BaseException | None = error
    while cause is not None:
        traceback.clear_frames(cause.__traceback__)
        cause = cause.__context__


def place(folder: Path, root: Path, digest: str) -> Path:
    """Put a new release in its place and make it current; the place.

    The pointer to come lies beside it until then. So whoever finds that knows of a release that
    was never current, and one and the same rename makes it current and takes the sign away.
    """
    put(root / COMING, f"{digest}\n".encode())
    flush(root)
    placed = folder.rename(root / digest[:NAME_LENGTH])
    flush(root)
    _replace_pointer(root / COMING, root)
    return placed


def point(root: Path, digest: str) -> None:
    """Make a release current: the pointer is replaced as a whole, so servers see a change."""
    temporary = root / f"{STAGING}{POINTER}"
    put(temporary, f"{digest}\n".encode())
    _replace_pointer(temporary, root)


def _replace_pointer(new: Path, root: Path) -> None:
    with suppress(OSError):  # an empty folder in its place holds nothing that anyone could miss
        (root / POINTER).rmdir()
    new.rename(root / POINTER)
    flush(root)


def remove_folder(folder: Path) -> None:
    """Remove a release; renamed first, so that a kill leaves nothing that looks like one."""
    gone = folder.with_name(f"{STAGING}old-{folder.name}")
    folder.rename(gone)
    shutil.rmtree(gone)


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
    code, advice = _FAULTS.get(error.errno or 0, ("PG509", "see the system's message"))
    message = f"the release cannot be written: {error.strerror or error}"
    where = str(error.filename or root)
    return ParkgraphError(Diagnostic(code, message, where, advice))


#: What SQLite says when the system refuses to write.
_SQLITE_FAULTS: Final = {
    "database or disk is full": errno.ENOSPC,
    "disk I/O error": errno.EIO,
    "unable to open database file": errno.EIO,
}
_UNWRITABLE: Final = ("PG507", "give this user the right to write there, or name another folder")
_FULL: Final = ("PG508", "make room; the release that was there is untouched")
_FAULTS: Final = {
    errno.EACCES: _UNWRITABLE,
    errno.EPERM: _UNWRITABLE,
    errno.EROFS: _UNWRITABLE,
    errno.ENOTDIR: _UNWRITABLE,
    errno.EEXIST: _UNWRITABLE,
    errno.EISDIR: ("PG509", "remove the folder that is in the place of the file"),
    errno.ENOSPC: _FULL,
    errno.EDQUOT: _FULL,
    errno.EFBIG: _FULL,
}
