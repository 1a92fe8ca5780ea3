"""What is asked of the query side, within which budget, and what comes back: values only."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import Final, Literal, NamedTuple, Self, TypeAlias

from parkgraph.errors import Diagnostic, ParkgraphError

Form: TypeAlias = Literal["select", "ask", "construct", "describe"]

Kind: TypeAlias = Literal[
    "syntax",
    "service",
    "update",
    "too-long",
    "nesting",
    "evaluation",
    "format",
    "time",
    "memory",
    "rows",
    "bytes",
    "busy",
    "crash",
    "broken",
    "graph",
    "upstream",
    "late",
    "overloaded",
]

#: How a question ends: with an answer, because nobody waits for one any more, or without one.
Outcome: TypeAlias = Literal["answered", "given-up"] | Kind

#: The heading of ``docs/errors.md`` for each way in which a query can fail.
CODES: Final[Mapping[Kind, str]] = {
    "syntax": "PG601",
    "service": "PG602",
    "update": "PG603",
    "too-long": "PG604",
    "nesting": "PG604",
    "evaluation": "PG605",
    "format": "PG606",
    "time": "PG610",
    "memory": "PG611",
    "rows": "PG612",
    "bytes": "PG613",
    "busy": "PG614",
    "crash": "PG615",
    "broken": "PG504",
    "graph": "PG660",
    "upstream": "PG661",
    "late": "PG662",
    "overloaded": "PG663",
}

#: Every query form, and every format of an answer, in the order of their numbers on the wire.
FORMS: Final[tuple[Form, ...]] = ("select", "ask", "construct", "describe")
EXTENSIONS: Final = ("json", "xml", "csv", "tsv", "ttl", "jsonld", "nt", "rdf", "nq", "trig")

#: Answers up to this size, in bytes, go through a socket; larger ones through a file.
INLINE: Final = 1024 * 1024

_CHUNK: Final = 256 * 1024


@dataclass(frozen=True, slots=True)
class Failure:
    """Why a query has no answer: the kind decides the HTTP status.

    Attributes:
        retry_after: seconds after which asking again makes sense, where somebody said so; else 0.
    """

    kind: Kind
    finding: Diagnostic
    retry_after: int = 0


def failure(kind: Kind, message: str, *, where: str = "query", advice: str = "") -> Failure:
    """A failure of that ``kind`` under its code."""
    return Failure(kind, Diagnostic(CODES[kind], message, where, advice))


class QueryFailed(ParkgraphError):  # noqa: N818  # what happened, in the words of its callers
    """A query that was refused or has no complete answer; one finding says why."""

    def __init__(self, why: Failure) -> None:
        super().__init__(why.finding)
        self.why = why
        self.kind = why.kind


def _processors() -> int:
    # Four at least: a slow query or two must not keep light ones waiting.
    return max(4, len(os.sched_getaffinity(0)))


@dataclass(frozen=True, slots=True)
class Budget:
    """What a query may use.

    Attributes:
        seconds: from the start of parsing to the complete answer.
        memory: bytes of a worker's own, above the store that it shares.
        rows: solutions of a SELECT, triples of a CONSTRUCT or DESCRIBE.
        result_bytes: size of the serialised answer.
        queued: questions that may wait for a worker; a further one is told to come back.
        workers: processes that evaluate, one question each.
        graph: bytes that a graph may take in memory, where it has a store on disk to stay in;
            None sets no limit.
    """

    seconds: float = 30.0
    memory: int = 1024**3
    rows: int = 1_000_000
    result_bytes: int = 256_000_000
    queued: int = 64
    workers: int = field(default_factory=_processors)
    graph: int | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """What is queried.

    Attributes:
        files: RDF files, their syntax told by their ending; ``.gz`` may follow it.
        store: folder of an Oxigraph store, opened read-only. Where there are ``files`` too, they
            say the same, and answer from memory as soon as they are loaded.
        describe: ``module:function``, and after a space an argument. Called with it in each
            worker, the function gives what turns the IRIs of things into their descriptions.
            Without an argument it is called with the store, for all workers where they share it.
        base: what relative IRIs in a query stand against, if the question names nothing else;
            for an endpoint its address (SPARQL 1.1 Protocol §2.1.4).
        endpoint: address of a SPARQL service that is asked instead of files or a store.
        graphs: the graphs of that service that may be asked; all of them where none is named.
    """

    files: tuple[str, ...] = ()
    store: str | None = None
    describe: str | None = None
    base: str | None = None
    endpoint: str | None = None
    graphs: tuple[str, ...] = ()

    @property
    def first(self) -> "Source":
        """What answers from the start: the store on disk where there is one."""
        return replace(self, files=()) if self.store else self

    @property
    def second(self) -> "Source | None":
        """What takes over when it is loaded; None if nothing does."""
        return replace(self, store=None) if self.store and self.files else None


class Question(NamedTuple):
    """A SPARQL query and how it is to be answered.

    The form of the query is not known beforehand, so a format is named for each.

    Attributes:
        default_graphs: IRIs of the protocol's dataset; with ``named_graphs`` it replaces FROM.
        solutions: format of a SELECT: json, xml, csv, tsv.
        graph: format of a CONSTRUCT or DESCRIBE: ttl, jsonld, nt, rdf, nq, trig.
        boolean: format of an ASK, ``solutions`` if not given.
        seconds: less time than the budget gives; more is not to be had.
        base: what relative IRIs in the query stand against.
    """

    text: str
    default_graphs: tuple[str, ...] | None = None
    named_graphs: tuple[str, ...] | None = None
    solutions: str = "json"
    graph: str = "ttl"
    boolean: str | None = None
    seconds: float | None = None
    base: str | None = None


class SpoolFile:
    """A large result, complete, in a file without a name: closing it is the end of it.

    Reading never moves a position, so several readers may share one.

    Attributes:
        size: bytes of the content.
        digest: its SHA-256.
    """

    __slots__ = ("_descriptor", "digest", "size")

    def __init__(self, descriptor: int, size: int, digest: bytes) -> None:
        self._descriptor = descriptor
        self.size = size
        self.digest = digest

    def __len__(self) -> int:
        return self.size

    def __iter__(self) -> Iterator[bytes]:
        """The content in chunks."""
        for offset in range(0, self.size, _CHUNK):
            yield os.pread(self._descriptor, min(_CHUNK, self.size - offset), offset)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def __del__(self) -> None:
        self.close()

    @property
    def path(self) -> str:
        """A path by which this process, and only this one, may open the content."""
        return f"/proc/self/fd/{self._descriptor}"

    def fileno(self) -> int:
        """The descriptor, for ``os.sendfile`` with an offset."""
        return self._descriptor

    def read(self) -> bytes:
        """The whole content."""
        return b"".join(self)

    def close(self) -> None:
        """Give the file back; a second time does nothing."""
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1


class Answer(NamedTuple):
    """A complete result.

    Attributes:
        form: which form the query turned out to have.
        extension: the format of ``body``, as it was named in the question.
        rows: solutions, or triples; None for an ASK.
        cacheable: whether asking again gives the same: no RAND, NOW, UUID, STRUUID, BNODE.
    """

    form: Form
    extension: str
    body: bytes | SpoolFile
    rows: int | None
    cacheable: bool

    def content(self) -> bytes:
        """The whole body, wherever it is; for results that are known to fit into memory."""
        return self.body.read() if isinstance(self.body, SpoolFile) else self.body


@dataclass(frozen=True, slots=True)
class Stats:
    """How a service is doing.

    Attributes:
        process: the parent of the workers.
        workers: how many are alive.
        in_flight: questions that are being answered.
        queued: questions that wait for a worker.
        kills: workers that died over a question, by what that was told, or given up.
        outcomes: questions that came to an end: answered, given up, or why there was no answer.
        in_memory: whether what is asked is in memory, and not on disk.
    """

    process: int
    workers: int
    in_flight: int
    queued: int
    kills: Mapping[Outcome, int]
    outcomes: Mapping[Outcome, int]
    in_memory: bool
