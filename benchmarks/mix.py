"""The queries of a benchmark: the mix, and streams of point queries that are all distinct.

In ``queries/*.rq`` the relative IRIs ``<organisation>``, ``<sector>``, ``<top-sector>`` and
``<country>`` and the strings ``"words"`` and ``"term …"`` stand for something of the graph, drawn
anew each time.
"""

import random
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import quote

from benchmarks import generate

QUERIES: Final = Path(__file__).parent / "queries"

SOLUTIONS: Final = "application/sparql-results+json"
#: Not every server has N-Triples.
GRAPH: Final = "application/n-triples, text/turtle;q=0.5, */*;q=0.1"

_NAMES: Final = ("harbour quay", "cedar lake", "amber hill", "granite field")
_TERMS: Final = ("sensors", "medicine", "energy", "materials")
_POINT: Final = "SELECT ?property ?value WHERE { <%s> ?property ?value } LIMIT %d"


@dataclass(frozen=True, slots=True)
class Query:
    """A query with something drawn for each of its places, and the type of answer asked for."""

    name: str
    text: str
    accept: str


def names() -> tuple[str, ...]:
    """The names of the mix, in order."""
    return tuple(path.stem for path in sorted(QUERIES.glob("*.rq")))


def draw(organisations: int, seed: int) -> Iterator[Query]:
    """Each query of the mix once; another seed gives other texts."""
    chance = random.Random(seed)  # noqa: S311  # a choice of test data
    for path in sorted(QUERIES.glob("*.rq")):
        text = _filled(path.read_text("utf-8"), organisations, chance)
        graph = any(form in text for form in ("CONSTRUCT", "DESCRIBE"))
        # The comment makes each text one that no cache has met, whatever was drawn.
        yield Query(path.stem, f"{text}# {seed}\n", GRAPH if graph else SOLUTIONS)


def points(organisations: int, seed: int, count: int) -> list[str]:
    """``count`` distinct point queries: the limits, never reached, tell them apart."""
    chance = random.Random(seed)  # noqa: S311  # a choice of test data
    first = 1000 + seed * 10_000_000
    return [
        _POINT % (generate.organisation(chance.randrange(organisations)), first + number)
        for number in range(count)
    ]


def target(path: str, query: str) -> str:
    """The request target that asks ``query`` by GET."""
    return f"{path}?query={quote(query, safe='')}"


def _filled(text: str, organisations: int, chance: random.Random) -> str:
    drawn: Mapping[str, str] = {
        "<organisation>": f"<{generate.organisation(chance.randrange(organisations))}>",
        "<sector>": f"<{generate.sector(chance.randrange(generate.SECTORS))}>",
        "<top-sector>": f"<{generate.sector(chance.randrange(generate.TOP_SECTORS))}>",
        "<country>": f"<{generate.country(chance.randrange(generate.COUNTRIES))}>",
        '"words"': f'"{chance.choice(_NAMES)}"',
        '"term ': f'"{chance.choice(_TERMS)} ',
    }
    for place, value in drawn.items():
        text = text.replace(place, value)
    return text
