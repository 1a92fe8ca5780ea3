"""Results in JSON, taken apart (SPARQL 1.1 Query Results JSON §3)."""

import json
from collections.abc import Mapping
from typing import Any, TypeAlias, cast

#: A solution: the term that each variable stands for, as §3.2.2 writes it.
Row: TypeAlias = Mapping[str, Mapping[str, Any]]


def solutions(body: bytes) -> list[Row]:
    """The solutions of a SELECT (§3.2)."""
    return cast("list[Row]", json.loads(body)["results"]["bindings"])


def truth(body: bytes) -> bool:
    """What an ASK was answered (§3.3)."""
    return bool(json.loads(body)["boolean"])
