"""Solutions as CSV (SPARQL 1.1 Query Results CSV and TSV §3).

Oxigraph's own leaves an IRI bare even if it has a comma, and so one cell becomes two.
"""

import csv
import io
from collections.abc import Iterable, Sequence
from itertools import islice
from typing import Final

from parkgraph.rdf import BlankNode, Target, Term, Triple

#: Rows that are written at a time.
_AT_ONCE: Final = 256


def write_csv(
    names: Sequence[str], solutions: Iterable[Iterable[Term | None]], target: Target
) -> None:
    """Write a header of ``names`` and a row for each solution, as they come."""
    target.write(_lines([names]))
    rows = ([_cell(term) for term in solution] for solution in solutions)
    while some := list(islice(rows, _AT_ONCE)):
        target.write(_lines(some))


def _lines(rows: Iterable[Sequence[str]]) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def _cell(term: Term | None) -> str:
    """A term without its kind."""
    match term:
        case None:
            return ""
        case BlankNode():
            return str(term)
        case Triple():
            return " ".join(_cell(part) for part in (term.subject, term.predicate, term.object))
        case _:
            return term.value
