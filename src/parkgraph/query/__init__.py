"""SPARQL inside a budget: questions are answered by processes that can be killed.

``QueryService`` lives in the web process and parses nothing. It starts one parent process, which
loads the store and forks workers that share its memory; each question goes straight to a worker.
What a worker does too long, too large or wrong costs that worker its life, and nobody else.
"""

from parkgraph.query.client import Inquiry, QueryService
from parkgraph.query.values import (
    Answer,
    Budget,
    QueryFailed,
    Question,
    Source,
    SpoolFile,
    Stats,
)

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
