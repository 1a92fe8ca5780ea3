"""What the web process and the parent of the workers both know, apart from what either does."""

import json
from dataclasses import asdict, dataclass
from enum import IntEnum
from typing import IO

from parkgraph.query.values import Budget, Source


@dataclass(frozen=True, slots=True)
class Setup:
    """What a parent is told before it begins."""

    source: Source
    budget: Budget

    def write(self) -> str:
        """As JSON."""
        return json.dumps(asdict(self))

    @classmethod
    def read(cls, file: IO[str]) -> "Setup":
        """From JSON."""
        data = json.load(file)
        source = data["source"]
        source |= {name: tuple(source[name]) for name in ("files", "graphs")}
        return cls(Source(**source), Budget(**data["budget"]))


class Phase(IntEnum):
    """What a worker is doing, as its parent reads it when it has died."""

    IDLE = 0
    STARTING = 1
    PARSING = 2
    EVALUATING = 3
