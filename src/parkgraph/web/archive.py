"""The releases beside the one that is current: listed, and opened when they are asked for."""

import threading
import weakref
from collections import OrderedDict
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Final

from parkgraph.diff import Comparison, compare
from parkgraph.errors import Diagnostic, ParkgraphError
from parkgraph.release import (
    CHANGES,
    MANIFEST,
    NAME_LENGTH,
    Manifest,
    Release,
    open_index,
    open_release,
    releases,
)
from parkgraph.web.integrity import Integrity
from parkgraph.web.site import Site

#: How many older releases are kept open, and how many comparisons are kept.
_OPEN: Final = 4
_COMPARED: Final = 8
#: The most quads of two releases that are compared while a client waits.
MOST_QUADS: Final = 2_000_000
_HEX: Final = frozenset("0123456789abcdef")


@dataclass
class Opened:
    """An older release while it is served."""

    site: Site

    @cached_property
    def integrity(self) -> Integrity:
        """What is known of its files; they are hashed when one is first asked for."""
        found = Integrity(self.site.release)
        found.start()
        weakref.finalize(self, found.close)
        return found


class Archive:
    """Older releases of one folder, for any number of threads.

    What falls out is closed when the last request that reads it has ended.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._lock = threading.Lock()
        self._comparing = threading.Lock()
        self._open: OrderedDict[str, Opened] = OrderedDict()
        self._compared: OrderedDict[tuple[str, str], Comparison] = OrderedDict()
        self._listed: tuple[int, tuple[Manifest, ...]] | None = None

    def listed(self) -> tuple[Manifest, ...]:
        """The manifests of all releases, oldest first; read anew when the folder changes."""
        state = self._root.stat().st_mtime_ns
        known = self._listed
        if known is None or known[0] != state:
            known = state, tuple(release.manifest for release in releases(self._root))
            self._listed = known
        return known[1]

    def opened(self, name: str, public_url: str) -> Opened | None:
        """The release ``name``; None if there is none.

        Raises:
            ParkgraphError: it is broken (PG502, PG503), or has no index (PG513).
        """
        if len(name) != NAME_LENGTH or not _HEX.issuperset(name):
            return None
        with self._lock:
            if not (self._root / name / MANIFEST).is_file():
                self._open.pop(name, None)  # it was pruned
                return None
            found = self._open.get(name) or _opened(open_release(self._root, name), public_url)
            self._open[name] = found
            self._open.move_to_end(name)
            if len(self._open) > _OPEN:
                self._open.popitem(last=False)
            return found

    def compared(self, old: Site, new: Site) -> Comparison:
        """What changed from ``old`` to ``new``; one comparison is made at a time.

        Raises:
            ParkgraphError: a file is broken (PG503, PG504), or there is too much (PG514).
        """
        key = old.manifest.dataset, new.manifest.dataset
        with self._comparing:
            found = self._compared.get(key)
            if found is None:
                _bearable(old.release, new.release)
                found = compare(old.release, new.release, (old.index, new.index))
            self._compared[key] = found
            self._compared.move_to_end(key)
            if len(self._compared) > _COMPARED:
                self._compared.popitem(last=False)
            return found


def _opened(release: Release, public_url: str) -> Opened:
    index = open_index(release)
    site = Site(release, index, public_url, salt="", archived=True)
    weakref.finalize(site, index.close)
    return Opened(site)


def _bearable(old: Release, new: Release) -> None:
    """Neighbours are compared by the file that the build wrote, whatever their size."""
    for one, other in ((old, new), (new, old)):
        if one.manifest.previous == other.manifest.dataset and one.file(CHANGES):
            return
    if old.manifest.quads + new.manifest.quads > MOST_QUADS:
        message = f"more than {MOST_QUADS:,} quads cannot be compared here"
        advice = "compare each release with the one before it, or use parkgraph diff"
        raise ParkgraphError(Diagnostic("PG514", message, help=advice))
