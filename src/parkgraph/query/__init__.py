"""SPARQL inside a budget: questions are answered by processes that can be killed.

``QueryService`` lives in the web process and parses nothing. It starts one parent process, which
loads the store and forks workers that share its memory; each question goes straight to a worker.
What a worker does too long, too large or wrong costs that worker its life, and nobody else.
"""

from typing import TYPE_CHECKING

from parkgraph.query.values import (
    Answer,
    Budget,
    QueryFailed,
    Question,
    Source,
    SpoolFile,
    Stats,
)

if TYPE_CHECKING:
    from parkgraph.query.client import Inquiry, QueryService

__all__ = [
    "Answer",
    "Budget",
    "Inquiry",
    "QueryFailed",
    "QueryService",
    "Question",
    "Source",
    "SpoolFile",
    "Stats",
]


def __getattr__(name: str) -> object:
    """Who asks, imported when it is asked for: the processes that answer have no use for it."""
    if name not in {"Inquiry", "QueryService"}:
        message = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(message)
    from parkgraph.query import client

    return getattr(client, name)
