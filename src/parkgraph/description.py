"""Triples as N-Triples writes them: what is looked up, put together and sent without being parsed.

A document is mostly sent as the lines that it was kept as, in one order or another. Terms are made
of them only for who looks at terms.
"""

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import chain
from typing import Final, TypeAlias, cast, overload

from parkgraph.rdf import Term, Triple, parse_bytes

#: Subject, predicate and object, each as canonical N-Triples has it.
Line: TypeAlias = tuple[str, str, str]

#: Ends a line; no literal holds a raw line feed (N-Triples §4).
_END: Final = " .\n"


def lines_of(text: bytes) -> list[Line]:
    """The lines of canonical N-Triples."""
    return [cast("Line", tuple(line.split(" ", 2))) for line in text.decode().split(_END)[:-1]]


def named_in(lines: Iterable[Line]) -> list[str]:
    """Every IRI in ``lines``, each once."""
    parts = dict.fromkeys(chain.from_iterable(lines))
    return [part[1:-1] for part in parts if part[0] == "<" and part[1] != "<"]


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


def lines_in(triples: Iterable[Triple]) -> list[Line]:
    """The lines of triples that may be kept as such already."""
    return triples.lines if isinstance(triples, Description) else lines_from(triples)
