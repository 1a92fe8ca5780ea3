"""RDF terms, reading with line numbers, canonical N-Quads: the one door to Oxigraph's RDF side.

Oxigraph's terms are immutable, hashable and typed, so they serve as ours; other modules
import them from here.
"""

import io
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import IO, Final, Protocol, TypeAlias, cast

from pyoxigraph import (
    BaseDirection,
    BlankNode,
    CanonicalizationAlgorithm,
    Dataset,
    DefaultGraph,
    Literal,
    NamedNode,
    Quad,
    RdfFormat,
    Store,
    Triple,
    parse,
    serialize,
)

from parkgraph.errors import Diagnostic, ParkgraphError

__all__ = [
    "DEFAULT_GRAPH",
    "FORMATS",
    "N_TRIPLES",
    "BaseDirection",
    "BlankNode",
    "DefaultGraph",
    "Literal",
    "Located",
    "NamedNode",
    "Quad",
    "Store",
    "Syntax",
    "Target",
    "Term",
    "Triple",
    "canonical_batches",
    "canonical_lines",
    "canonical_literal",
    "digest",
    "parse_bytes",
    "parse_file",
    "parse_located",
    "relabelled",
    "serialise",
    "serialise_into",
    "store_of",
]

Term: TypeAlias = NamedNode | BlankNode | Literal | Triple

#: The graph that a query sees when it names none.
DEFAULT_GRAPH: Final = DefaultGraph()


@dataclass(frozen=True, slots=True)
class Syntax:
    """A way to write RDF down: its registered media type, file ending, and scope."""

    media_type: str
    extension: str
    dataset: bool
    label: str


#: Every syntax that is read or written through Oxigraph, by file ending.
FORMATS: Final[Mapping[str, Syntax]] = {
    syntax.extension: syntax
    for syntax in (
        Syntax("text/turtle", "ttl", dataset=False, label="Turtle"),
        Syntax("application/ld+json", "jsonld", dataset=False, label="JSON-LD"),
        Syntax("application/n-triples", "nt", dataset=False, label="N-Triples"),
        Syntax("application/rdf+xml", "rdf", dataset=False, label="RDF/XML"),
        Syntax("application/n-quads", "nq", dataset=True, label="N-Quads"),
        Syntax("application/trig", "trig", dataset=True, label="TriG"),
    )
}

N_TRIPLES: Final = RdfFormat.N_TRIPLES

_OXIGRAPH: Final = {
    "ttl": RdfFormat.TURTLE,
    "jsonld": RdfFormat.JSON_LD,
    "nt": N_TRIPLES,
    "rdf": RdfFormat.RDF_XML,
    "nq": RdfFormat.N_QUADS,
    "trig": RdfFormat.TRIG,
}

#: Oxigraph says «Parser error at line 1 between columns 1 and 15: …» before the reason, or
#: «between line 1 column 1 and line 2 column 5».
_PARSER_PREFIX: Final = re.compile(r"^Parser error (?:at|between) line [^:]*: ")
#: Where a triple term begins and ends, or what looks so in a text.
_TRIPLE_TERM: Final = re.compile(rb"<<|>>")
_MAX_DEPTH: Final = 1000
#: Quads that are written as lines at a time.
_BATCH: Final = 20_000
#: Of a longer reason, which repeats what was read, the middle is left out.
_LONGEST_REASON: Final = 200


@dataclass(frozen=True, slots=True)
class Located:
    """A quad and the line of the file on which it was complete."""

    quad: Quad
    line: int


def parse_bytes(data: bytes, extension: str, *, base: str | None = None) -> Iterator[Quad]:
    """The quads of ``data``; blank nodes keep their labels.

    Raises:
        SyntaxError: ``data`` is not of the syntax that ``extension`` names.
    """
    return cast("Iterator[Quad]", parse(data, format=_OXIGRAPH[extension], base_iri=base))


def parse_located(data: bytes, path: str) -> Iterator[Located]:
    """The quads of a Turtle or TriG file, each with its line.

    Raises:
        ParkgraphError: the file does not parse (PG301), with its line and column.
    """
    _refuse_depth(data, path)
    lines = _Lines(data)
    extension = path.rpartition(".")[2]
    try:
        for quad in parse(cast("IO[bytes]", lines), format=_OXIGRAPH[extension]):
            yield Located(cast("Quad", quad), lines.number)
    except SyntaxError as error:
        raise ParkgraphError(syntax_finding(error, path)) from error
    except MemoryError as error:  # a value of more than 16 MiB, says the parser
        finding = Diagnostic("PG301", f"does not parse: {error}", f"{path}:{lines.number}:1")
        raise ParkgraphError(finding) from error


def _refuse_depth(data: bytes, path: str) -> None:
    """Refuse triple terms so deep in one another that Oxigraph would end the process.

    Raises:
        ParkgraphError: they are (PG301).
    """
    depth = 0
    for mark in _TRIPLE_TERM.finditer(data):
        depth += 1 if mark[0] == b"<<" else -1
        if depth > _MAX_DEPTH:
            line = data.count(b"\n", 0, mark.start()) + 1
            reason = f"triple terms stand deeper than {_MAX_DEPTH:,} in one another"
            raise ParkgraphError(
                Diagnostic("PG301", f"does not parse: {reason}", f"{path}:{line}:1")
            )


def syntax_finding(error: SyntaxError, path: str) -> Diagnostic:
    """Say a parser's error in one line, as ``file:line:column: PG301 reason``."""
    reason = _PARSER_PREFIX.sub("", str(error.msg)).replace("\r", "\\r").replace("\n", "\\n")
    if len(reason) > _LONGEST_REASON:
        reason = f"{reason[: _LONGEST_REASON // 2]} … {reason[-_LONGEST_REASON // 2 :]}"
    where = f"{path}:{error.lineno or 1}:{error.offset or 1}"
    return Diagnostic("PG301", f"does not parse: {reason}", where)


def is_absolute_iri(text: str) -> bool:
    """Whether ``text`` is an absolute IRI (RFC 3987 §2.2).

    >>> is_absolute_iri("urn:a"), is_absolute_iri("a b")
    (True, False)
    """
    try:
        NamedNode(text)
    except ValueError:
        return False
    return True


def canonical_literal(literal: Literal) -> Literal:
    """The literal as the SPARQL store will give it back.

    Oxigraph keeps numbers and dates by value: ``12.50`` comes back as ``12.5``, and
    ``"3"^^xsd:nonNegativeInteger`` as ``"3"^^xsd:integer``.

    >>> canonical_literal(Literal("12.50", datatype=_DECIMAL)).value
    '12.5'
    """
    store = Store()
    store.add(Quad(_ANY, _ANY, literal))
    return cast("Literal", next(iter(store)).object)


def store_of(triples: Iterable[Triple]) -> Store:
    """A store in memory whose default graph holds ``triples``."""
    store = Store()
    store.extend(Quad(t.subject, t.predicate, t.object) for t in triples)
    return store


def parse_file(path: Path, extension: str) -> Iterator[Quad]:
    """The quads of a file, as a stream.

    Raises:
        SyntaxError: as for :func:`parse_bytes`.
        OSError: it cannot be read.
    """
    return cast("Iterator[Quad]", parse(path=path, format=_OXIGRAPH[extension]))


def canonical_batches(quads: Iterable[Quad]) -> Iterator[list[bytes]]:
    """Canonical N-Quads in the order of ``quads``, some thousand lines at a time."""
    coming = iter(quads)
    while lines := _lines(islice(coming, _BATCH)):
        yield lines


def _lines(quads: Iterable[Quad]) -> list[bytes]:
    text = cast("bytes", serialize(quads, format=RdfFormat.N_QUADS))
    return text.splitlines(keepends=True)


def canonical_lines(quads: Iterable[Quad]) -> list[bytes]:
    """Canonical N-Quads (RDFC-1.0 §5), a sorted line for each distinct quad.

    Canonical by sorting alone, since published data has no blank nodes.
    """
    return sorted(set(_lines(quads)))


def relabelled(quads: Iterable[Quad]) -> list[Quad]:
    """``quads`` with canonical labels for their blank nodes (RDFC-1.0): the same for one graph."""
    dataset = Dataset(quads)
    dataset.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    return list(dataset)


def digest(lines: Iterable[bytes]) -> str:
    """SHA-256 over canonical lines, one by one or several together, in hex."""
    state = sha256()
    for line in lines:
        state.update(line)
    return state.hexdigest()


def serialise(quads: Iterable[Quad], extension: str, prefixes: Mapping[str, str]) -> bytes:
    """``quads`` in the syntax that ``extension`` names, in the order given.

    JSON-LD comes expanded (:mod:`parkgraph.jsonld` writes the compact form). Graph names
    are left out where the syntax has no place for them.
    """
    target = io.BytesIO()
    serialise_into(target, quads, extension, prefixes)
    return target.getvalue()


def serialise_into(
    target: "Target", quads: Iterable[Quad], extension: str, prefixes: Mapping[str, str]
) -> None:
    """Write as :func:`serialise` does, part by part, while the quads come.

    Raises:
        OSError: the syntax cannot say one of them.
    """
    keep_graphs = FORMATS[extension].dataset
    statements = quads if keep_graphs else (quad.triple for quad in quads)
    known = dict(prefixes) if extension in {"ttl", "trig", "rdf"} else None
    serialize(statements, cast("IO[bytes]", target), _OXIGRAPH[extension], prefixes=known)


class Target(Protocol):
    """Where bytes go."""

    def write(self, chunk: bytes, /) -> int:
        """Take the next part, whole."""

    def flush(self) -> None:
        """Hand on what was taken."""


class _Lines(io.RawIOBase):
    """Bytes handed out a line at a time, so the parser is never ahead of ``number``.

    A long line comes in pieces: more than was asked for would end the process.
    """

    def __init__(self, data: bytes) -> None:
        self._lines = iter(data.splitlines(keepends=True))
        self._rest = memoryview(b"")
        self.number = 0

    def read(self, size: int = -1) -> bytes:
        if not self._rest:
            self._rest = memoryview(next(self._lines, b""))
            self.number += bool(self._rest)
        piece = bytes(self._rest[:size] if size >= 0 else self._rest)
        self._rest = self._rest[len(piece) :]
        return piece


_ANY: Final = NamedNode("urn:x")
_DECIMAL: Final = NamedNode("http://www.w3.org/2001/XMLSchema#decimal")
