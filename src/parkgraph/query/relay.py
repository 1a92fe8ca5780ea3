"""Answers a question from a SPARQL service elsewhere: parsed here, evaluated there, written here.

Whatever formats the service has, it is asked for JSON of solutions and for N-Triples or another
syntax of a graph. What comes is parsed and written anew, inside the budget.
"""

import signal
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace
from io import BytesIO, FileIO
from os import environ
from typing import IO, Final, NoReturn, cast

from pyoxigraph import (
    Quad,
    QueryBoolean,
    QueryResultsFormat,
    QuerySolutions,
    RdfFormat,
    Store,
    parse_query_results,
)
from pyoxigraph import parse as parse_graph

from parkgraph.query.dataset import Addressed, addressed, solutions_of
from parkgraph.query.evaluate import Evaluator, Opened, parse
from parkgraph.query.mended import Mended
from parkgraph.query.protocol import Asked, Reply
from parkgraph.query.scan import scan
from parkgraph.query.upstream import Body, Upstream, authorization, nonsense
from parkgraph.query.values import Budget, Form, QueryFailed, Source, failure

#: Bytes that are passed over at a time.
_PIECE: Final = 64 * 1024
#: How many times the size of a result the answer that it is made of may have.
_WORDY: Final = 4

#: Solutions: the format that every service has (SPARQL 1.1 Protocol §2.1.6).
_SOLUTIONS: Final = "application/sparql-results+json"
_JSON: Final = frozenset({_SOLUTIONS, "application/json"})
#: Syntaxes of a graph, the plainest first, and whether a text that is cut off can be told.
_GRAPHS: Final = {
    "application/n-triples": (RdfFormat.N_TRIPLES, False),
    "text/turtle": (RdfFormat.TURTLE, False),
    "application/rdf+xml": (RdfFormat.RDF_XML, True),
}
_GRAPH: Final = "application/n-triples, text/turtle;q=0.8, application/rdf+xml;q=0.5"

#: The variable that stands for the truth of an ASK where Virtuoso answers with solutions.
_TRUTH: Final = "__ASK_RETVAL"


class _Late(Exception):  # noqa: N818  # what happened, not an error of the program
    """The time is over."""


class Relay(Evaluator):
    """Answers questions one after the other, as its base class does; the store stays empty."""

    def __init__(self, source: Source, budget: Budget, spools: Sequence[FileIO]) -> None:
        super().__init__(Opened(Store()), budget, spools, source.base)
        self._graphs = source.graphs
        self._upstream = Upstream(source.endpoint or "", authorization(environ))

    def _answered(self, asked: Asked, parsed: Callable[[], None]) -> Reply:
        default, named, base = asked.dataset
        base = base or self._base
        signal.signal(signal.SIGALRM, signal.SIG_DFL)  # nothing else ends a parser
        parse(asked.text, base)
        form = scan(asked.text).form
        if form is None or form == "update":
            raise QueryFailed(failure("syntax", _NO_FORM))
        query = addressed(asked.text, (default, named), self._graphs, base or "")
        parsed()
        try:
            with _deadline():
                return self._relayed(form, query, asked)
        except _Late:
            message = f"the endpoint behind this server did not answer within {asked.seconds:g} s"
            raise QueryFailed(failure("late", message, where="", advice=_LESS)) from None

    def _relayed(self, form: Form, query: Addressed, asked: Asked) -> Reply:
        solutions = form in ("select", "ask")
        with self._asking(query, _SOLUTIONS if solutions else _GRAPH, asked) as body:
            try:
                reply = self._reply(asked, _solved(form, body) if solutions else _graph(body))
            except SyntaxError as error:
                raise QueryFailed(nonsense(_MALFORMED)) from error
            _check_rows(body, reply.rows)
        if not solutions and self._upstream.virtuoso and reply.rows:
            self._check_whole(query, asked)
        return reply

    def _check_whole(self, query: Addressed, asked: Asked) -> None:
        """Whether a graph is made of all solutions: Virtuoso tells of rows only that some are left.

        Raises:
            QueryFailed: it is not.
        """
        if text := solutions_of(query.text):
            with self._asking(replace(query, text=text), _SOLUTIONS, asked) as body:
                _check_rows(body, body.most_rows)
                while body.read(_PIECE):
                    pass

    def _asking(self, query: Addressed, types: str, asked: Asked) -> AbstractContextManager[Body]:
        pairs = [
            ("query", query.text),
            *(("default-graph-uri", iri) for iri in query.default),
            *(("named-graph-uri", iri) for iri in query.named),
        ]
        most = _WORDY * self._budget.result_bytes
        return self._upstream.asking(pairs, types, asked.seconds, most)


def _check_rows(body: Body, rows: int) -> None:
    if 0 < body.most_rows <= rows:
        message = f"the endpoint behind this server gives {body.most_rows:,} rows at most"
        raise QueryFailed(failure("rows", message, where="", advice=_LESS))


_NO_FORM: Final = "the query form cannot be told: set SELECT and the like apart by a space"
_LESS: Final = "ask for less: LIMIT, or patterns that select more"
_MALFORMED: Final = "its answer does not hold to its format"


@contextmanager
def _deadline() -> Iterator[None]:
    """Let the timer that would kill this process end the block instead, by raising ``_Late``."""
    signal.signal(signal.SIGALRM, _late)
    try:
        yield
    finally:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)


def _late(_number: int, _frame: object) -> NoReturn:
    raise _Late


def _solved(form: Form, body: Body) -> QuerySolutions | QueryBoolean:
    """The solutions of a SELECT or the truth of an ASK."""
    if body.media_type not in _JSON:
        raise QueryFailed(nonsense(_OTHER_TYPE))
    file = cast("IO[bytes]", Mended(body))
    found = parse_query_results(file, QueryResultsFormat.JSON)
    if form == "ask" and isinstance(found, QuerySolutions):
        return _truth(found)
    if form == "select" and isinstance(found, QueryBoolean):
        raise QueryFailed(nonsense(_MALFORMED))
    return found


_OTHER_TYPE: Final = "its answer has another media type than was asked for"


def _truth(found: QuerySolutions) -> QueryBoolean:
    if [variable.value for variable in found.variables] != [_TRUTH]:
        raise QueryFailed(nonsense(_MALFORMED))
    told = b"true" if next(iter(found), None) is not None else b"false"
    text = BytesIO(b'{"head":{},"boolean":%s}' % told)
    return cast("QueryBoolean", parse_query_results(text, QueryResultsFormat.JSON))


def _graph(body: Body) -> Iterable[Quad]:
    """The triples of a graph, as they come."""
    if body.media_type not in _GRAPHS:
        raise QueryFailed(nonsense(_OTHER_TYPE))
    syntax, closed = _GRAPHS[body.media_type]
    if not (closed or body.bounded):
        raise QueryFailed(nonsense("it cannot be told whether its answer is whole"))
    return cast("Iterable[Quad]", parse_graph(cast("IO[bytes]", body), syntax))
