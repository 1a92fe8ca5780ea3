"""Answers a question from the store: evaluation, the four result formats, graphs, and faults."""

import errno
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from io import FileIO
from typing import IO, Any, Final, TypeAlias, TypeVar, cast
from urllib.parse import urljoin

from pyoxigraph import (
    NamedNode,
    Quad,
    QueryBoolean,
    QueryResultsFormat,
    QuerySolutions,
    QueryTriples,
    Store,
    Triple,
)

from parkgraph.errors import ParkgraphError
from parkgraph.query.columns import EMPTY, in_order
from parkgraph.query.dataset import merged, resources_of
from parkgraph.query.parts import Outline
from parkgraph.query.patterns import outline
from parkgraph.query.protocol import Asked, Reply
from parkgraph.query.rows import Overrun, Sink
from parkgraph.query.scan import scan
from parkgraph.query.syntax import explain
from parkgraph.query.table import write_csv
from parkgraph.query.total import told
from parkgraph.query.values import EXTENSIONS, Budget, Failure, Form, QueryFailed, failure
from parkgraph.rdf import Term, parse_bytes
from parkgraph.rdfxml import WellFormed
from parkgraph.writing import write_into

#: Gives the description of things: canonical N-Quads, or statements.
Describe: TypeAlias = Callable[[list[str]], bytes | Iterable[Quad | Triple]]

_Row = TypeVar("_Row")


@dataclass(frozen=True, slots=True)
class Opened:
    """What is asked.

    Attributes:
        describe: says what a DESCRIBE gives; without it, that is the engine's to say.
        triples: how many the default graph has, where they were counted.
    """

    store: Store
    describe: Describe | None = None
    triples: int | None = None


_SOLUTIONS: Final = {
    "json": QueryResultsFormat.JSON,
    "xml": QueryResultsFormat.XML,
    "csv": QueryResultsFormat.CSV,  # of an ASK
    "tsv": QueryResultsFormat.TSV,
}
#: A DESCRIBE that names its things whole: it says all, and nothing is to be evaluated.
_NAMED_THINGS: Final = re.compile(
    r"[ \t\r\n]*DESCRIBE([ \t\r\n]*<[a-z][a-z0-9+.-]*:[^\x00-\x20<>\"{}|^`\\]*>)+[ \t\r\n]*",
    re.IGNORECASE,
)
_IRI: Final = re.compile(r"<(.*?)>")

_UNSUPPORTED: Final = re.compile(r"The custom function <(.*)> is not supported")
#: Different unknown functions that one query may call.
_MOST_FUNCTIONS: Final = 64
#: Two options that exclude each other: Oxigraph says so after parsing, before it evaluates.
_NEVER: Final[Mapping[str, Any]] = {"use_default_graph_as_union": True, "default_graph": []}
#: What may be done where a result finds no room.
_ROOM: Final = "ask for less, or again in a while"


class Evaluator:
    """Answers questions one after the other, until there is no spool left for a large result."""

    def __init__(
        self, opened: Opened, budget: Budget, spools: Sequence[FileIO], base: str | None = None
    ) -> None:
        self._store, self._describe = opened.store, opened.describe
        self._triples = opened.triples
        self._budget, self._base = budget, base
        self._spools, self._used = spools, 0

    def answer(self, asked: Asked, parsed: Callable[[], None]) -> Reply:
        """The answer, or why there is none; ``parsed`` is called when evaluation goes on.

        Raises:
            MemoryError: there is none left, and so nothing more to be said.
        """
        try:
            reply = self._answered(asked, parsed)
        except (Overrun, ParkgraphError, SyntaxError, ValueError, RuntimeError, OSError) as error:
            # What was spilled of a result that did not become complete.
            self._spool.seek(0)
            self._spool.truncate()
            return Reply(failure=self._failure(asked, error))
        if reply.spooled:
            # It is another's now; its number is not to become free for what a query opens.
            os.dup2(0, self._spool.fileno())
            self._used += 1
        return reply

    @property
    def spent(self) -> bool:
        """Whether there is no spool left."""
        return self._used == len(self._spools)

    @property
    def _spool(self) -> FileIO:
        return self._spools[self._used]

    def _answered(self, asked: Asked, parsed: Callable[[], None]) -> Reply:
        if self._describe is not None and (things := _named_things(asked)):
            parsed()
            return self._described(things, asked)
        results = self._query(asked)
        parsed()
        return self._reply(asked, results)

    def _failure(self, asked: Asked, error: Exception) -> Failure:
        match error:
            case QueryFailed():
                return error.why
            case Overrun():
                return self._over(error)
            case ParkgraphError():
                return failure("format", error.findings[0].message, advice=error.findings[0].help)
            case SyntaxError():
                return explain(asked.text, str(error), _parse)
            case ValueError():  # the base
                return failure("syntax", _said(error))
            case OSError(errno=errno.ENOSPC | errno.EDQUOT):
                return failure("busy", "there is no room for a result of this size", advice=_ROOM)
            case _:
                return failure("evaluation", f"could not be evaluated: {_said(error)}")

    def _query(self, asked: Asked) -> QuerySolutions | QueryBoolean | QueryTriples:
        """Evaluate; calls of functions that nobody knows leave their expression unbound.

        SPARQL 1.1 §17.6 makes an unknown function an error of its expression, Oxigraph one of
        the whole query.
        """
        default, named, base = asked.dataset
        text, base = asked.text, base or self._base
        if default is None and named is None and (graphs := merged(text, base or "")):
            default, named = graphs
        options = _options(default, named, base)
        if self._triples is not None and default is None and named is None:
            text = told(text, self._triples)
        unknown: dict[NamedNode, Callable[..., Term | None]] = {}
        while True:
            try:
                return self._store.query(in_order(text, options), **options)
            except RuntimeError as error:
                match = _UNSUPPORTED.fullmatch(str(error))
                if match is None or len(unknown) == _MOST_FUNCTIONS:
                    raise
                unknown[NamedNode(match[1])] = _unbound
                options["custom_functions"] = unknown

    def _reply(
        self, asked: Asked, results: QuerySolutions | QueryBoolean | Iterable[Quad | Triple]
    ) -> Reply:
        solutions, _, boolean = asked.formats
        if isinstance(results, QuerySolutions):
            return self._solutions(results, EXTENSIONS[solutions])
        if isinstance(results, QueryBoolean):
            extension = EXTENSIONS[boolean]
            body = results.serialize(format=_SOLUTIONS[extension]) or b""
            return Reply("ask", extension, body, len(body))
        form: Form = "describe" if scan(asked.text).form == "describe" else "construct"
        if form == "describe" and self._describe is not None:
            found = outline(asked.text)
            # What a document says is of no dataset but the whole.
            if asked.dataset[:2] == (None, None) and not found.graphs:
                return self._described(self._things(asked, found), asked)
        return self._written(form, results, asked)

    def _things(self, asked: Asked, found: Outline) -> list[str]:
        """The IRIs that a DESCRIBE names, and those that its variables stand for, each once.

        Source: SPARQL 1.1 §16.4.
        """
        base = asked.dataset[2] or self._base or ""
        named = [urljoin(base, iri) for name in found.described if (iri := found.iri(name.text))]
        select = resources_of(asked.text)
        if select:
            rows = cast("QuerySolutions", self._query(asked._replace(text=select)))
            named += [term.value for row in rows for term in row if isinstance(term, NamedNode)]
        return list(dict.fromkeys(named))

    def _solutions(self, results: QuerySolutions, extension: str) -> Reply:
        sink = Sink(self._spool, extension, self._budget)
        if extension == "csv":
            names = [variable.value for variable in results.variables]
            write_csv(names, self._counted(results, sink), sink)
        elif extension == "xml":
            xml = WellFormed(sink)
            results.serialize(cast("IO[bytes]", xml), _SOLUTIONS[extension])
            xml.finish()
        else:
            results.serialize(cast("IO[bytes]", sink), _SOLUTIONS[extension])
        return _finished(sink, "select", extension)

    def _described(self, things: list[str], asked: Asked) -> Reply:
        said = _statements(cast("Describe", self._describe)(things))
        return self._written("describe", said, asked, things[0] if len(things) == 1 else None)

    def _written(
        self,
        form: Form,
        statements: Iterable[Quad | Triple],
        asked: Asked,
        first: str | None = None,
    ) -> Reply:
        extension = EXTENSIONS[asked.formats[1]]
        sink = Sink(self._spool, extension, self._budget)
        write_into(sink, map(_quad, self._counted(statements, sink)), extension, first=first)
        return _finished(sink, form, extension)

    def _counted(self, rows: Iterable[_Row], sink: Sink) -> Iterator[_Row]:
        for row in rows:
            sink.rows += 1
            if sink.rows > self._budget.rows:
                raise Overrun("rows")
            yield row

    def _over(self, overrun: Overrun) -> Failure:
        if overrun.limit == "rows":
            return failure(
                "rows",
                f"the result has more than {self._budget.rows:,} rows",
                advice="ask for less with LIMIT, count with COUNT, or take a download",
            )
        return failure(
            "bytes",
            f"the result has more than {self._budget.result_bytes:,} bytes",
            advice="ask for less with LIMIT or fewer variables, or take a download",
        )


def _finished(sink: Sink, form: Form, extension: str) -> Reply:
    body = sink.finish()
    return Reply(form, extension, body, sink.size, sink.rows, sink.spilled)


def _options(
    default: list[str] | None, named: list[str] | None, base: str | None
) -> dict[str, Any]:
    """The base, and the protocol's dataset: what it does not name is empty.

    Source: SPARQL 1.1 Protocol §2.1.4.
    """
    options: dict[str, Any] = {}
    if base is not None:
        options["base_iri"] = base
    if default is not None or named is not None:
        options["default_graph"] = [_graph(iri) for iri in default or ()]
        options["named_graphs"] = [_graph(iri) for iri in named or ()]
    return options


def _graph(iri: str) -> NamedNode:
    try:
        return NamedNode(iri)
    except ValueError as error:
        message = f"{iri!r} is not the name of a graph: {_said(error)}"
        why = failure("syntax", message, advice="name graphs by absolute IRIs")
        raise QueryFailed(why) from error


def _quad(statement: Quad | Triple) -> Quad:
    if isinstance(statement, Quad):
        return statement
    return Quad(statement.subject, statement.predicate, statement.object)


def _named_things(asked: Asked) -> list[str]:
    """The things of a DESCRIBE that only names them, in the dataset as it is; none of any other."""
    plain = asked.dataset[:2] == (None, None) and _NAMED_THINGS.fullmatch(asked.text)
    return _IRI.findall(plain[0]) if plain else []


def _statements(described: bytes | Iterable[Quad | Triple]) -> Iterable[Quad | Triple]:
    return parse_bytes(described, "nq") if isinstance(described, bytes) else described


def _unbound(*_arguments: object) -> None:
    return None


def parse(text: str, base: str | None = None) -> None:
    """Parse a query and do no more.

    Raises:
        SyntaxError: it is none.
    """
    with suppress(ValueError):
        EMPTY.query(text, base_iri=base, **_NEVER)


def _parse(text: str) -> str | None:
    try:
        parse(text)
    except SyntaxError as error:
        return str(error)
    return None


def _said(error: Exception) -> str:
    return str(error).strip()[:300] or type(error).__name__
