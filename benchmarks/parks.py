"""Any number of parks in the model of this repository's publication, some with planted faults.

Each park is the publication's own under another name: its triples as they are validated, source
text and evidence included. A fault is one of the fixtures in ``tests/shapes``.
"""

import random
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Final

from pyoxigraph import DefaultGraph, RdfFormat, Store

from parkgraph.pipeline import check
from parkgraph.validate import validated

ROOT: Final = Path(__file__).parents[1]
FIXTURES: Final = ROOT / "tests" / "shapes"
_SLUG: Final = b"iasp-6112"


@dataclass(frozen=True, slots=True)
class Fault:
    """What a fixture does to the triples of a park, as lines of N-Triples."""

    name: str
    added: frozenset[bytes]
    removed: frozenset[bytes]


def lines(parks: int, faulty: float, seed: int) -> Iterator[bytes]:
    """``parks`` parks as N-Triples, a share of them with a fault each.

    Args:
        parks: how many; about 1,650 triples each.
        faulty: the share that has a fault, 0 to 1.
        seed: the same seed gives the same lines.
    """
    chance = random.Random(seed)  # noqa: S311  # no secret
    shared, own = _clean()
    yield from sorted(shared)
    for number in range(parks):
        slug = f"iasp-{1_000_000 + number}".encode()
        chosen = own
        if chance.random() < faulty:
            fault = chance.choice(faults())
            chosen = own - fault.removed | fault.added
        yield from (line.replace(_SLUG, slug) for line in sorted(chosen))


@cache
def faults() -> tuple[Fault, ...]:
    """The fixtures that do something to the one park, and to nothing that others share."""
    found = map(_fault, sorted(FIXTURES.glob("[0-9]*.ru")))
    return tuple(f for f in found if all(_SLUG in line for line in f.added | f.removed))


@cache
def _clean() -> tuple[frozenset[bytes], frozenset[bytes]]:
    """The lines that all parks share, and those of the one park."""
    checked = check(ROOT)
    everything = _dump(validated(checked.dataset, checked.names))
    own = frozenset(line for line in everything if _SLUG in line)
    return everything - own, own


def _fault(path: Path) -> Fault:
    clean = frozenset(chain.from_iterable(_clean()))
    store = Store()
    store.load(b"".join(clean), format=RdfFormat.N_TRIPLES)
    store.update(path.read_text("utf-8"))
    changed = _dump(store)
    return Fault(path.stem, changed - clean, clean - changed)


def _dump(store: Store) -> frozenset[bytes]:
    dumped = store.dump(format=RdfFormat.N_TRIPLES, from_graph=DefaultGraph())
    return frozenset((dumped or b"").splitlines(keepends=True))
