"""The release being served: opened once, swapped for a newer one without a restart."""

import asyncio
import gc
import logging
import math
import threading
import time
import weakref
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from shutil import rmtree
from typing import Final, Protocol, TypeAlias

from parkgraph.ask import source
from parkgraph.errors import Diagnostic, ParkgraphError
from parkgraph.query import Budget, QueryFailed, QueryService
from parkgraph.query.values import Failure, Outcome
from parkgraph.release import INDEX, POINTER, open_release
from parkgraph.store import STORE
from parkgraph.web.integrity import Integrity, refused
from parkgraph.web.kept import Cache, Kept, Key, Repeat
from parkgraph.web.known import Terms, read_terms
from parkgraph.web.lending import Account, Lending
from parkgraph.web.site import Site, open_site, refusing

_LOG: Final = logging.getLogger(__name__)

#: Path, query string, and the variant that the headers of a request amount to.
RepeatKey: TypeAlias = tuple[str, str, tuple[str, ...]]

#: What a query process can die of, as questions are told it; or nobody waits for its answer.
_DEADLY: Final[tuple[Outcome, ...]] = ("time", "memory", "crash", "busy", "given-up")
#: How often the pointer is looked at, in seconds; a look costs one stat call.
_INTERVAL = 0.5
#: Seconds until a release that could not be opened is tried again: at first, and at last.
_SOON: Final = 1.0
_LATE: Final = 30.0
#: Seconds until a release begins to be hashed: by then it has answered for the first time.
_FIRST: Final = 1.0
#: Seconds after which nobody has a closed edition in hand any more.
_GONE: Final = 1.0


@dataclass(eq=False)
class Edition:
    """One release while it is served: its site, its queries, their results, and its users.

    Attributes:
        known: the terms of the data, if they were read.
        lending: others who answer from it too, where there may be some.
        points: how many queries had their answer from the index.
    """

    site: Site
    queries: QueryService
    results: Cache[Key, Kept] = field(default_factory=Cache)
    repeats: Cache[RepeatKey, Repeat] = field(default_factory=Cache)
    users: int = 0
    retired: bool = False
    faults: dict[str, Diagnostic] = field(default_factory=dict)
    integrity: Integrity = field(init=False)
    known: Terms | None = None
    lending: Lending | None = None
    points: int = 0

    def __post_init__(self) -> None:
        self.integrity = Integrity(self.site.release)

    def terms(self) -> Terms:
        """The terms of the data, read when first asked for; none while nobody has time for it."""
        if (known := self.known) is None:
            since = self.results.cleared
            try:
                self.known = known = read_terms(self.queries.ask)
            except QueryFailed:
                return Terms()
            if self.results.cleared != since:
                self.known = None
        return known

    def counts(self) -> Counter[tuple[str, str]]:
        """What was done so far: what is counted, and of which sort."""
        stats = self.queries.stats()
        counted: Mapping[str, Mapping[str, int]] = {
            "queries": {**dict(stats.outcomes.items()), "looked-up": self.points},
            "kills": {kind: stats.kills.get(kind, 0) for kind in _DEADLY},
            "hits": {"repeats": self.repeats.hits, "results": self.results.hits},
            "misses": {"repeats": self.repeats.misses, "results": self.results.misses},
        }
        return Counter(
            {(what, sort): n for what, sorts in counted.items() for sort, n in sorts.items()}
        )

    def found(self, name: str, finding: Diagnostic | None) -> None:
        """Go on without a derived file that was found wrong, or with one that is right again.

        What is kept may have been made from it, and what is just being made too; not if it was
        wrong before, in whatever way.
        """
        before = self.faults.pop(name, None)
        if finding:
            self.faults[name] = finding
        self.site = refusing(self.site, self.faults)
        # A store on disk that was left for memory may be what it likes.
        read = (INDEX,) if self.queries.stats().in_memory else (INDEX, STORE)
        wrong = refused(self.faults, *read)
        self.queries.refuse(Failure("broken", wrong) if wrong else None)
        if self.lending:
            self.lending.renew()
        if not (before and finding):
            self.forget()
            self.known = None

    def forget(self) -> None:
        """Let go of all answers that are kept, and of those that are just being made."""
        self.results.clear()
        self.repeats.clear()

    def close(self) -> None:
        """End the processes that work for it, and let go of the files and of what was kept."""
        self.integrity.close()
        if self.lending:
            self.lending.end()
        self.queries.close()
        self.forget()
        with suppress(ParkgraphError):  # one that was found wrong is not there to be closed
            self.site.close()


class Ledger:
    """The editions of a process: those that are open, and what those did that are closed.

    Attributes:
        current: the one that new requests get.
        elsewhere: what helpers did.
        switches: how often that became another.
        stopping: whether the process is about to end.
    """

    def __init__(self, first: Edition, elsewhere: Account | None = None) -> None:
        self.elsewhere: Final = elsewhere or Account()
        self._lock = threading.Lock()
        self._open = [first]
        self._past: Counter[tuple[str, str]] = Counter()
        self.current = first
        self.switches = 0
        self.stopping = False

    @property
    def opened(self) -> list[Edition]:
        """Those that are open, the oldest first."""
        with self._lock:
            return list(self._open)

    def take_up(self, newer: Edition) -> None:
        """Note the new current edition."""
        with self._lock:
            self._open.append(newer)
            self.current = newer
            self.switches += 1

    def renew(self, newer: Edition) -> None:
        """Let another edition over the same query processes take the place of the only one."""
        with self._lock:
            for what in ("hits", "misses"):
                for cache in ("repeats", "results"):
                    self._past[what, cache] += getattr(getattr(self.current, cache), what)
            older, self._open, self.current = self.current, [newer], newer
        older.forget()  # whatever still refers to it

    def close(self, edition: Edition) -> None:
        """Close an edition; what it did stays counted."""
        edition.close()
        with self._lock:
            if edition in self._open:
                self._open.remove(edition)
                self._past += edition.counts()
        # Whatever refers to it in a circle would keep it for hours. Not yet: the caller has it too.
        _after(_GONE, gc.collect)

    def counts(self) -> Counter[tuple[str, str]]:
        """What all editions did, as :meth:`Edition.counts` says it."""
        with self._lock:
            total = self._past + self.elsewhere.counts.copy()
            for edition in self._open:
                total.update(edition.counts())
            return total

    def unready(self) -> str:
        """Why no query can be answered just now; empty if it can."""
        if self.stopping:
            return "the server is stopping"
        if refusal := self.current.queries.refusal:
            return f"{refusal.finding.where}: {refusal.finding.message}"
        return "" if self.current.queries.ready else "the query processes are being started"


class Editions(Protocol):
    """Where a request gets what it is answered from."""

    root: Path
    ledger: Ledger

    def acquire(self) -> Edition:
        """The current edition; give it back with :meth:`release`."""

    def release(self, edition: Edition) -> None:
        """Give an edition back."""

    def close(self) -> None:
        """Stop serving."""


class Fixed:
    """One edition for as long as the process lives.

    Args:
        edition: what is served.
        folder: what was written for it; it is removed when the edition is closed, or else when the
            process ends.
    """

    def __init__(self, edition: Edition, folder: Path) -> None:
        self._remove = weakref.finalize(self, rmtree, folder, ignore_errors=True)
        self.root = edition.site.release.folder.parent
        self._edition = edition
        self.ledger = Ledger(edition)

    def acquire(self) -> Edition:
        """The edition."""
        return self._edition

    def release(self, edition: Edition) -> None:
        """Nothing is given back: the edition stays."""

    def close(self) -> None:
        """Stop serving."""
        self.ledger.close(self._edition)
        self._remove()


class Live:
    """Gives each request the edition that is current when it begins.

    A retired edition is closed when its last request has ended.

    Args:
        loop: where queries are asked; without one they have a loop of their own.
        helpers: how many processes answer besides this one; none without a loop.
    """

    def __init__(
        self,
        root: Path,
        public_url: str,
        budget: Budget,
        loop: asyncio.AbstractEventLoop | None = None,
        helpers: int = 0,
    ) -> None:
        self.root = root
        self._public_url, self._budget, self._loop = public_url, budget, loop
        self._helpers, self._elsewhere = helpers, Account(self._look)
        self._lock = threading.Lock()
        self._swapping = threading.Lock()
        self._seen = self._pointer()
        self._looked = time.monotonic()
        self._pause, self._again = 0.0, math.inf
        self._edition = self._open()
        self.ledger = Ledger(self._edition, self._elsewhere)

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
            _in_background(partial(self.ledger.close, edition))

    def close(self) -> None:
        """Stop serving."""
        with self._lock:
            self.ledger.close(self._edition)

    def _look(self) -> None:
        """Take up a newer release in the background; until then all go on with the old one."""
        now = time.monotonic()
        if now - self._looked < _INTERVAL or not self._swapping.acquire(blocking=False):
            return
        self._looked = now
        pointer = self._pointer()
        if pointer == self._seen and now < self._again:
            self._swapping.release()
            return
        if pointer != self._seen:
            self._seen, self._pause = pointer, 0.0
        _in_background(self._swap)

    def _renew(self, edition: Edition) -> None:
        """Open anew what ``edition`` is of, if it is current: another build derived it anew."""
        waits = self._pause and time.monotonic() < self._again
        if edition is self._edition and not waits and self._swapping.acquire(blocking=False):
            self._seen = self._pointer()
            self._swap()

    def _swap(self) -> None:
        try:
            newer = self._open()
        except (OSError, ParkgraphError) as error:
            self._put_off(error)
            return
        else:
            self._pause, self._again = 0.0, math.inf
        finally:
            self._swapping.release()
        with self._lock:
            older, self._edition = self._edition, newer
            self.ledger.take_up(newer)
            older.retired = True
            done = older.users == 0
        older.integrity.close()
        if older.lending:
            older.lending.end()
        if done:
            self.ledger.close(older)

    def _put_off(self, error: OSError | ParkgraphError) -> None:
        """Go on with the old release; the files of the new one may be on their way."""
        if not self._pause:
            why = error.findings[0] if isinstance(error, ParkgraphError) else error
            _LOG.warning("the release in %s is not taken up yet: %s", self.root / POINTER, why)
        self._pause = min(max(_SOON, 2 * self._pause), _LATE)
        self._again = time.monotonic() + self._pause

    def _pointer(self) -> tuple[int, int] | None:
        try:
            status = (self.root / POINTER).stat()
        except OSError:
            return None
        return status.st_mtime_ns, status.st_ino

    def _open(self) -> Edition:
        release = open_release(self.root)
        site = open_site(release, self._public_url)
        stored = source(release, self._budget.graph)
        asked = replace(stored, base=f"{self._public_url}sparql")
        queries = QueryService(asked, self._budget, loop=self._loop)
        edition = Edition(site, queries)
        if self._loop and self._helpers:
            told = self._budget, self._helpers, self._loop, self._elsewhere
            edition.lending = Lending(site, *told)
        _after(
            _FIRST, partial(edition.integrity.start, edition.found, partial(self._renew, edition))
        )
        return edition


def _in_background(work: Callable[[], None]) -> None:
    threading.Thread(target=work, daemon=True).start()


def _after(seconds: float, work: Callable[[], object]) -> None:
    timer = threading.Timer(seconds, work)
    timer.daemon = True
    timer.start()
