"""RDF in any syntax, in the order in which a person would want to read it."""

import io
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from itertools import chain, islice
from typing import IO, Final

from parkgraph.errors import Diagnostic, ParkgraphError
from parkgraph.graphfile import by_subject, described
from parkgraph.jsonld import to_jsonld
from parkgraph.rdf import (
    Literal,
    NamedNode,
    Quad,
    Target,
    canonical_lines,
    serialise,
    serialise_into,
)
from parkgraph.rdfxml import WellFormed, sayable
from parkgraph.turtle import to_turtle
from parkgraph.vocab import PREFIXES, term

_TYPE = term("rdf:type").value

#: Datatypes that Turtle leaves out, or shows by how the value is written.
_UNWRITTEN: Final = frozenset(
    term(name).value
    for name in ("rdf:langString", "rdf:dirLangString", "xsd:boolean", "xsd:decimal", "xsd:double")
) | {term("xsd:integer").value, term("xsd:string").value}

#: How many quads are put in order before they are written; of more, each is written as it comes.
_SHORT: Final = 2_000
#: How many quads JSON-LD is made compact of: it needs all of them at once.
_COMPACT: Final = 100_000


def write(quads: Iterable[Quad], extension: str, *, first: str | None = None) -> bytes:
    """``quads`` in the syntax that ``extension`` names: the same bytes for the same quads.

    The line-based syntaxes are canonical; the others go subject by subject, its type first.

    Args:
        quads: what to write, in any order.
        extension: a key of :data:`parkgraph.rdf.FORMATS`.
        first: the IRI of the subject that comes before all others.

    Raises:
        ParkgraphError: the syntax cannot say one of them (PG390, PG391).
    """
    if extension in {"nt", "nq"}:
        return b"".join(canonical_lines(quads))
    if extension == "jsonld":
        return to_jsonld(quads, first=first)
    if extension in {"ttl", "trig"}:
        return to_turtle(quads, first=first, graphs=extension == "trig")

    def order(quad: Quad) -> tuple[str, bool, str, bool, str, str]:
        subject, predicate = str(quad.subject), quad.predicate.value
        ahead = subject != f"<{first}>"
        graph = str(quad.graph_name)
        return graph, ahead, subject, predicate != _TYPE, predicate, str(quad.object)

    ordered = sorted(quads, key=order)
    target = io.BytesIO()
    _write_in_order(target, ordered, extension, _used(ordered))
    return target.getvalue()


def write_into(
    target: Target, quads: Iterable[Quad], extension: str, *, first: str | None = None
) -> None:
    """Write like :func:`write` what is short, and as it comes what is long.

    A long result has the prefixes that its beginning uses; long JSON-LD is expanded.

    Raises:
        ParkgraphError: the syntax cannot say one of them (PG390, PG391).
    """
    coming = iter(quads)
    if extension in {"nt", "nq"}:
        _write_in_order(target, coming, extension, {})
        return
    most = _COMPACT if extension == "jsonld" else _SHORT
    begun = list(islice(coming, most + 1))
    if len(begun) <= most:
        target.write(write(begun, extension, first=first))
    else:
        _write_in_order(target, chain(begun, coming), extension, _used(begun))


def write_rdfxml(batches: Iterable[list[bytes]], file: IO[bytes]) -> tuple[bytes, int]:
    """RDF/XML of canonical N-Triples, as :func:`write` has it, subject by subject.

    Returns:
        the head, with the prefixes that are used, and where in ``file`` what follows it begins.
    """
    used = _Used()
    texts = (b"".join(lines) for _, lines in by_subject(batches))
    ordered = (quad for _, quads in described(texts) for quad in sorted(quads, key=_type_first))
    _write_in_order(file, used.noted(ordered), "rdf", PREFIXES)
    return _xml_head(used.prefixes()), len(_xml_head(PREFIXES))


def _type_first(quad: Quad) -> tuple[bool, str, str]:
    return quad.predicate.value != _TYPE, quad.predicate.value, str(quad.object)


def _xml_head(prefixes: Mapping[str, str]) -> bytes:
    return serialise((), "rdf", prefixes).removesuffix(b"\n</rdf:RDF>")


class _Used:
    """Notes which prefixes of :func:`_used` quads need that pass by."""

    def __init__(self) -> None:
        self._left = tuple(PREFIXES.values())

    def noted(self, quads: Iterable[Quad]) -> Iterator[Quad]:
        """The quads."""
        for quad in quads:
            for name in _names(quad):
                if name.value.startswith(self._left):
                    self._left = tuple(s for s in self._left if not name.value.startswith(s))
            yield quad

    def prefixes(self) -> dict[str, str]:
        """The prefixes of the namespaces that occurred."""
        return {prefix: space for prefix, space in PREFIXES.items() if space not in self._left}


def _write_in_order(
    target: Target, quads: Iterable[Quad], extension: str, prefixes: Mapping[str, str]
) -> None:
    if extension != "rdf":
        _serialise_into(target, quads, extension, prefixes)
        return
    xml = WellFormed(target)
    serialise_into(xml, sayable(quads), extension, prefixes)
    xml.finish()


def _serialise_into(
    target: Target, quads: Iterable[Quad], extension: str, prefixes: Mapping[str, str]
) -> None:
    try:
        serialise_into(target, quads, extension, prefixes)
    except OSError as error:
        if error.errno is not None:
            raise  # the target's
        help_ = "ask for Turtle or N-Triples"
        raise ParkgraphError(Diagnostic("PG390", str(error), help=help_)) from error


def _used(quads: Iterable[Quad]) -> dict[str, str]:
    """The prefixes of the namespaces that occur."""
    iris = sorted({term.value for quad in quads for term in _names(quad)})
    return {prefix: space for prefix, space in PREFIXES.items() if _begins(iris, space)}


def _begins(iris: list[str], space: str) -> bool:
    """Whether one of the sorted ``iris`` begins with ``space``: it would be the next one to it."""
    at = bisect_left(iris, space)
    return at < len(iris) and iris[at].startswith(space)


def _names(quad: Quad) -> Iterator[NamedNode]:
    """The IRIs that are written as such: Turtle has shorter forms for some."""
    value = quad.object
    if quad.predicate.value != _TYPE:
        yield quad.predicate
    for part in (quad.subject, value, quad.graph_name):
        if isinstance(part, NamedNode):
            yield part
    if isinstance(value, Literal) and value.datatype.value not in _UNWRITTEN:
        yield value.datatype
