"""The release being served: opened once, swapped for a newer one without a restart."""

import asyncio
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

from parkgraph.ask import source
from parkgraph.errors import Diagnostic, ParkgraphError
from parkgraph.query import Budget, QueryFailed, QueryService
from parkgraph.release import POINTER, changed_files, open_release
from parkgraph.web.kept import Cache, Kept, Key, Repeat
from parkgraph.web.known import Terms, read_terms
from parkgraph.web.site import Site, open_site

#: How often the pointer is looked at, in seconds; a look costs one stat call.
_INTERVAL = 0.5


@dataclass(eq=False)
class Edition:
    """One release while it is served: its site, its queries, their results, and its users."""

    site: Site
    queries: QueryService
    results: Cache[Key, Kept] = field(default_factory=Cache)
    repeats: Cache[tuple[str, str, tuple[str, ...]], Repeat] = field(default_factory=Cache)
    users: int = 0
    retired: bool = False
    broken: dict[str, Diagnostic] = field(default_factory=dict)
    _terms: Terms | None = None

    def terms(self) -> Terms:
        """The terms of the data, read when first asked for; none while nobody has time for it."""
        if self._terms is None:
            try:
                self._terms = read_terms(self.queries.ask)
            except QueryFailed:
                return Terms()
        return self._terms

    def close(self) -> None:
        """End the query processes and let go of the files."""
        self.queries.close()
        self.site.index.close()


class Editions(Protocol):
    """Where a request gets what it is answered from."""

    root: Path

    def acquire(self) -> Edition:
        """The current edition; give it back with :meth:`release`."""

    def release(self, edition: Edition) -> None:
        """Give an edition back."""

    def close(self) -> None:
        """Stop serving."""


class Fixed:
    """One edition for as long as the process lives."""

    def __init__(self, edition: Edition) -> None:
        self.root = edition.site.release.folder.parent
        self._edition = edition

    def acquire(self) -> Edition:
        """The edition."""
        return self._edition

    def release(self, edition: Edition) -> None:
        """Nothing is given back: the edition stays."""

    def close(self) -> None:
        """Stop serving."""
        self._edition.close()


class Live:
    """Gives each request the edition that is current when it begins.

    A retired edition is closed when its last request has ended.

    Args:
        loop: where queries are asked; without one they have a loop of their own.
    """

    def __init__(
        self,
        root: Path,
        public_url: str,
        budget: Budget,
        loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        self.root = root
        self._public_url, self._budget, self._loop = public_url, budget, loop
        self._lock = threading.Lock()
        self._swapping = threading.Lock()
        self._seen = self._pointer()
        self._looked = time.monotonic()
        self._edition = self._open()

    def acquire(self) -> Edition:
        """The current edition; give it back with :meth:`release`."""
        self._look()
        with self._lock:
            self._edition.users += 1
            return self._edition

    def release(self, edition: Edition) -> None:
        """Give an edition back."""
        with self._lock:
            edition.users -= 1
            done = edition.retired and edition.users == 0
        if done:
            _in_background(edition.close)

    def close(self) -> None:
        """Stop serving."""
        with self._lock:
            self._edition.close()

    def _look(self) -> None:
        """Take up a newer release in the background; until then all go on with the old one."""
        now = time.monotonic()
        if now - self._looked < _INTERVAL or not self._swapping.acquire(blocking=False):
            return
        self._looked = now
        pointer = self._pointer()
        if pointer == self._seen:
            self._swapping.release()
        else:
            self._seen = pointer
            _in_background(self._swap)

    def _swap(self) -> None:
        try:
            newer = self._open()
        except (OSError, ParkgraphError):
            return  # a release that cannot be opened is not taken up: the old one goes on
        finally:
            self._swapping.release()
        with self._lock:
            older, self._edition = self._edition, newer
            older.retired = True
            done = older.users == 0
        if done:
            older.close()

    def _pointer(self) -> tuple[int, int] | None:
        try:
            status = (self.root / POINTER).stat()
        except OSError:
            return None
        return status.st_mtime_ns, status.st_ino

    def _open(self) -> Edition:
        release = open_release(self.root)
        site = open_site(release, self._public_url)
        asked = replace(source(release), base=f"{self._public_url}sparql")
        queries = QueryService(asked, self._budget, loop=self._loop)
        edition = Edition(site, queries)
        _in_background(lambda: _hash(edition))
        return edition


def _hash(edition: Edition) -> None:
    """Find files that changed since release; they are then refused instead of served."""
    edition.broken.update(changed_files(edition.site.release))


def _in_background(work: Callable[[], None]) -> None:
    threading.Thread(target=work, daemon=True).start()
