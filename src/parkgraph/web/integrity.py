"""Whether the files of a release are still those that were released, looked at while it is served.

Names and sizes were checked when it was opened, so it is served at once. A thread then hashes all
files at half speed, what is derived first; after that it looks at their times, and hashes again
what has changed. What was found wrong is refused until it is found right. What a build has derived
anew is not wrong: then the release is to be opened anew.
"""

import threading
import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Final, NamedTuple, TypeAlias

from parkgraph.errors import Diagnostic, ParkgraphError
from parkgraph.release import DERIVED, MANIFEST, REBUILD, RESTORE, SUMS, Release, checksums, fault

#: Where the derived files are, in a release.
_DERIVED: Final = f"derived/{DERIVED}/"
#: Bytes that are hashed before the thread rests for as long as that took.
_PIECE: Final = 4 * 1024 * 1024
#: Seconds between two looks at the derived files.
_INTERVAL: Final = 1.0

#: Size, times of change of content and of entry, number of the entry.
Stamp: TypeAlias = tuple[int, int, int, int]
#: Told the name of a derived file that was found wrong, or right again (None).
Told: TypeAlias = Callable[[str, Diagnostic | None], object]
#: Called when all that is derived of the release was derived anew.
Renew: TypeAlias = Callable[[], object]


def _nobody(*_: object) -> None:
    pass


class _Known(NamedTuple):
    """A file as it was when last looked at, and what was wrong with it."""

    stamp: Stamp | None
    finding: Diagnostic | None


class Integrity:
    """The files of one release, for any number of threads."""

    def __init__(self, release: Release) -> None:
        self._release, self._folder = release, release.folder
        self._sums = release.derived_sums()
        self._expected = dict(_expected(release))
        self._known = {path: _Known(_stamp(release.folder / path), None) for path in self._expected}
        self._told: Told = _nobody
        self._renew: Renew = _nobody
        self._suspect: SimpleQueue[str] = SimpleQueue()
        self._ends = threading.Event()

    def start(self, told: Told = _nobody, renew: Renew = _nobody) -> None:
        """Hash all files, then look again and again, in a thread, until :meth:`close`."""
        self._told, self._renew = told, renew
        for path in sorted(self._expected, key=lambda path: not path.startswith(_DERIVED)):
            self._suspect.put(path)
        threading.Thread(target=self._go_on, name="integrity", daemon=True).start()

    def close(self) -> None:
        """Look no more, and let go of who was to be told."""
        self._ends.set()
        self._told = self._renew = _nobody

    def fault(self, path: str) -> Diagnostic | None:
        """What is wrong with the file at ``path`` in the release, as far as is known."""
        known = self._known.get(path)
        if known is None:
            return None
        where = self._folder / path
        now = _stamp(where)
        if now == known.stamp and now:
            return known.finding
        if now is None:
            return self._said(path, Diagnostic("PG503", "cannot be read: it is gone"))
        self._suspect.put(path)
        message = "changed while it is served; it is being read again"
        return self._said(path, Diagnostic("PG504", message))

    def _said(self, path: str, finding: Diagnostic) -> Diagnostic:
        """A finding as clients may hear it: where the release is kept is not theirs to know."""
        advice = REBUILD if path.startswith(_DERIVED) else RESTORE
        return replace(finding, where=f"{self._folder.name}/{path}", help=advice)

    def _go_on(self) -> None:
        while not self._ends.is_set():
            try:
                path = self._suspect.get(timeout=_INTERVAL)
            except Empty:
                self._look()
            else:
                self._hash(path)

    def _look(self) -> None:
        """Whatever is derived is read by others than :meth:`fault` is asked by."""
        for path, known in list(self._known.items()):
            if path.startswith(_DERIVED) and _stamp(self._folder / path) != known.stamp:
                self._hash(path)

    def _hash(self, path: str) -> None:
        where, before = self._folder / path, self._known[path]
        stamp = _stamp(where)
        with suppress(_Ended):
            finding = fault(where, self._expected[path], self._digest)
            if finding is not None:
                if self._derived_anew(path):
                    self._renew()
                    return
                finding = self._said(path, finding)
            self._known[path] = _Known(stamp, finding)
            if path.startswith(_DERIVED) and (finding or before.finding):
                self._told(path.removeprefix(_DERIVED), finding)

    def _derived_anew(self, path: str) -> bool:
        """Whether a file that is not what it was is what a build has put in its place since."""
        sums, where = self._release.derived_sums(), self._folder / path
        if not sums or sums == self._sums or not path.startswith(_DERIVED):
            return False
        expected = sums.get(path.removeprefix(_DERIVED))
        return fault(where, expected, self._digest) is None if expected else not where.exists()

    def _digest(self, path: Path) -> str:
        """The SHA-256 of a file, at half speed: whoever is served comes first."""
        found = sha256()
        with path.open("rb", buffering=0) as file:
            began = time.monotonic()
            while piece := file.read(_PIECE):
                found.update(piece)
                if self._ends.wait(time.monotonic() - began):
                    raise _Ended
                began = time.monotonic()
        return found.hexdigest()


class _Ended(Exception):  # noqa: N818  # nothing is wrong: nobody wants to know any more
    pass


def _expected(release: Release) -> Iterable[tuple[str, str]]:
    """Every file of a release, and its SHA-256."""
    for path, digest in release.derived_sums().items():
        yield f"{_DERIVED}{path}", digest
    for file in release.manifest.distributions:
        yield file.path, file.sha256
    with suppress(OSError):
        manifest = (release.folder / MANIFEST).read_bytes()
        yield MANIFEST, sha256(manifest).hexdigest()
        yield SUMS, sha256(checksums(manifest, release.manifest)).hexdigest()


def _stamp(path: Path) -> Stamp | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_size, status.st_mtime_ns, status.st_ctime_ns, status.st_ino


class Refusing:
    """Stands where something is read from a file that was found wrong: whatever it is asked.

    Raises:
        ParkgraphError: at any use.
    """

    def __init__(self, finding: Diagnostic) -> None:
        self._finding = finding

    def __getattr__(self, name: str) -> object:
        raise ParkgraphError(self._finding)


def refused(faults: Mapping[str, Diagnostic], *names: str) -> Diagnostic | None:
    """What is wrong with the first of ``names``, or with a file in it, that is among ``faults``."""
    for name in names:
        for path, finding in faults.items():
            if path == name or path.startswith(f"{name}/"):
                return finding
    return None
