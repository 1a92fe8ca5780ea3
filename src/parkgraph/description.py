"""Triples as N-Triples writes them: what is looked up, put together and sent without being parsed.

A document is mostly sent as the lines that it was kept as, in one order or another. Terms are made
of them only for who looks at terms.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property, lru_cache
from itertools import chain
from typing import Final, NamedTuple, TypeAlias, cast, overload

from parkgraph.rdf import Literal, NamedNode, Term, Triple, parse_bytes

#: Subject, predicate and object, each as canonical N-Triples has it.
Line: TypeAlias = tuple[str, str, str]

#: Subject to property to values.
Nodes: TypeAlias = dict[str, dict[str, list[Term]]]

#: Ends a line; no literal holds a raw line feed (N-Triples §4).
_END: Final = b" .\n"


def lines_of(text: bytes) -> list[Line]:
    """The lines of canonical N-Triples."""
    # Each is decoded by itself: most are ASCII, which Python takes apart faster than anything else.
    parts = [line.decode().split(" ", 2) for line in text.split(_END)[:-1]]
    return cast("list[Line]", list(map(tuple, parts)))


def bare(term: str) -> str:
    """An IRI without its brackets; any other term as it is.

    >>> bare("<urn:a>"), bare("_:b")
    ('urn:a', '_:b')
    """
    return term[1:-1] if is_iri(term) else term


def is_iri(term: str) -> bool:
    """Whether a term, as N-Triples writes it, is an IRI."""
    return term[0] == "<" and term[1] != "<"


def named_in(lines: Iterable[Line]) -> list[str]:
    """Every IRI in ``lines``, each once."""
    parts = dict.fromkeys(chain.from_iterable(lines))
    return [part[1:-1] for part in parts if is_iri(part)]


class Words(NamedTuple):
    """A literal: its lexical form, its language or else its datatype, both empty for a string."""

    value: str
    language: str
    datatype: str


def read_literal(written: str) -> Words:
    r"""A literal as N-Triples writes it.

    >>> read_literal('"a\\nb"@en').language, read_literal('"5"^^<urn:number>')
    ('en', Words(value='5', language='', datatype='urn:number'))
    """
    end = written.rindex('"')
    value, kind = written[1:end], written[end + 1 :]
    if "\\" in value:
        (quad,) = parse_bytes(f'<x:> <x:> "{value}" .'.encode(), "nt")
        value = quad.object.value if isinstance(quad.object, Literal) else value
    if kind.startswith("@"):
        return Words(value, kind[1:].partition("--")[0], "")
    return Words(value, "", kind[3:-1])


def term_of(written: str) -> Term:
    """A term as N-Triples writes it."""
    return _kept(written) if len(written) <= _SHORT else _read(written)


#: Characters of a term that is worth keeping: pages have the same classes, places and years.
_SHORT: Final = 128


@lru_cache(maxsize=4096)
def _kept(written: str) -> Term:
    return _read(written)


def _read(written: str) -> Term:
    if is_iri(written):
        return NamedNode(written[1:-1])
    # One with a direction (RDF 1.2) is Oxigraph's to read.
    if written.startswith('"') and "--" not in written:
        value, language, datatype = read_literal(written)
        if datatype:
            return Literal(value, datatype=NamedNode(datatype))
        return Literal(value, language=language or None)
    (quad,) = parse_bytes(f"<x:> <x:> {written} .".encode(), "nt")
    return quad.object


def lines_from(triples: Iterable[Triple]) -> list[Line]:
    """The lines of triples."""
    return [(str(t.subject), str(t.predicate), _written(t.object)) for t in triples]


def _written(value: Term) -> str:
    """An object; one that is a triple (RDF 1.2) is Oxigraph's to write as it would stand alone."""
    if not isinstance(value, Triple):
        return str(value)
    return f"<<( {value.subject} {value.predicate} {_written(value.object)} )>>"


def text_of(lines: Iterable[Line]) -> bytes:
    """Lines as N-Triples, in their order."""
    return "".join(f"{s} {p} {o} .\n" for s, p, o in lines).encode()


class Description(Sequence[Triple]):
    """Triples, each once, kept as lines; parsed when somebody looks at them as terms.

    Attributes:
        whole: the IRI whose triples are all among them, with those of its fragments; empty if that
            is not said.
    """

    def __init__(self, lines: Iterable[Line], whole: str = "") -> None:
        self.lines: Final = list(dict.fromkeys(lines))
        self.whole: Final = whole

    @cached_property
    def triples(self) -> list[Triple]:
        """The same as terms."""
        return [quad.triple for quad in parse_bytes(text_of(self.lines), "nt")]

    @cached_property
    def nodes(self) -> Nodes:
        """What is said of each IRI among the subjects."""
        found: Nodes = {}
        for subject, predicate, value in self.lines:
            if is_iri(subject):
                said = found.setdefault(subject[1:-1], {})
                said.setdefault(predicate[1:-1], []).append(term_of(value))
        return found

    def __len__(self) -> int:
        return len(self.lines)

    def __iter__(self) -> Iterator[Triple]:
        return iter(self.triples)

    @overload
    def __getitem__(self, at: int) -> Triple: ...
    @overload
    def __getitem__(self, at: slice) -> list[Triple]: ...
    def __getitem__(self, at: int | slice) -> Triple | list[Triple]:
        return self.triples[at]


def nodes_in(triples: Iterable[Triple]) -> Nodes:
    """What triples say of each IRI among their subjects."""
    if isinstance(triples, Description):
        return triples.nodes
    found: Nodes = {}
    for triple in triples:
        if isinstance(triple.subject, NamedNode):
            said = found.setdefault(triple.subject.value, {})
            said.setdefault(triple.predicate.value, []).append(triple.object)
    return found


def lines_in(triples: Iterable[Triple]) -> list[Line]:
    """The lines of triples that may be kept as such already."""
    return triples.lines if isinstance(triples, Description) else lines_from(triples)
