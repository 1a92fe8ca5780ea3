"""What XML cannot hold: refused in RDF/XML and in results, where Oxigraph writes it all the same.

XML 1.0 has no form for most control characters, reads a raw carriage return as a line feed, and
wants a name for each property and, unless it is told otherwise, for each class.
"""

import re
from collections.abc import Iterable, Iterator
from functools import cache
from typing import Final

from parkgraph.errors import Diagnostic, ParkgraphError
from parkgraph.rdf import NamedNode, Quad, Target, Triple
from parkgraph.vocab import PREFIXES

_RDF: Final = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_TYPE: Final = f"{_RDF}type"
#: Names that mean something else as an element (RDF 1.1 XML Syntax §5.1).
_OLD: Final = frozenset(_RDF + name for name in ("aboutEach", "aboutEachPrefix", "bagID"))
_SYNTAX: Final = (
    "Description",
    "ID",
    "RDF",
    "about",
    "datatype",
    "nodeID",
    "parseType",
    "resource",
)
_TAKEN: Final = _OLD | {_RDF + name for name in (*_SYNTAX, "li")}
#: No prefix may stand for it (Namespaces in XML §3).
_XMLNS: Final = "http://www.w3.org/2000/xmlns/"
#: Classes that Oxigraph would write as elements all the same.
_NO_CLASSES: Final = _OLD | frozenset(PREFIXES.values())

_START: Final = (
    "A-Z_a-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c\u200d"
    "\u2070-\u218f\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
#: The end of an IRI that is a name (Namespaces in XML §4), read backwards.
_NAME: Final = rf"[{_START}\-.0-9\u00b7\u0300-\u036f\u203f\u2040]*[{_START}]"

#: Characters that XML 1.0 §2.2 leaves out, in UTF-8; half of a pair cannot be in UTF-8 at all.
_FORBIDDEN: Final = re.compile(rb"[\x00-\x08\x0b\x0c\x0e-\x1f]|\xef\xbf[\xbe\xbf]")
#: A node whose class has no name, as Oxigraph opens and closes it.
_NAMELESS: Final = re.compile(
    rb'<oxprefix: xmlns:oxprefix="([^"]*)"( rdf:(?:about|nodeID)="[^"]*")>'
)
_TYPED: Final = rb'<rdf:Description\2><rdf:type rdf:resource="\1"/>'


class WellFormed:
    """Hands on XML as Oxigraph writes it, well-formed; ``finish`` hands on the last of it."""

    def __init__(self, target: Target) -> None:
        self._target, self._rest = target, b""

    def write(self, chunk: bytes) -> int:
        """Take the next part; tags are handed on whole.

        Raises:
            ParkgraphError: it has a character that XML cannot hold (PG391).
        """
        data = self._rest + chunk
        cut = data.rfind(b">") + 1
        self._target.write(_mended(data[:cut]))
        self._rest = data[cut:]
        return len(chunk)

    def flush(self) -> None:
        """Part of a tag stays here."""
        self._target.flush()

    def finish(self) -> None:
        """Hand on the rest."""
        self._target.write(_mended(self._rest))
        self._rest = b""


def check_characters(data: bytes) -> None:
    """Let text in UTF-8 pass if XML can hold it.

    Raises:
        ParkgraphError: it has a character that XML cannot hold (PG391).
    """
    if wrong := _FORBIDDEN.search(data):
        code = f"U+{ord(wrong[0].decode()):04X}"
        raise _unsayable(f"XML cannot hold the character {code}, which a value has")


def _mended(data: bytes) -> bytes:
    check_characters(data)
    if b"<oxprefix:" in data or b"</oxprefix:>" in data:
        data = _NAMELESS.sub(_TYPED, data).replace(b"</oxprefix:>", b"</rdf:Description>")
    return data.replace(b"\r", b"&#13;")


def sayable(quads: Iterable[Quad]) -> Iterator[Quad]:
    """The quads, one by one, for RDF/XML.

    Raises:
        ParkgraphError: a predicate has no name in XML, or a name that means something else (PG391).
    """
    seen: set[str] = set()
    for quad in quads:
        for name in _elements(quad):
            if name not in seen:
                seen.add(name)
                _check(name)
        yield quad


def _elements(statement: Triple | Quad) -> Iterator[str]:
    """The predicates, also within a triple term; a class that is not allowed as one."""
    yield statement.predicate.value
    value = statement.object
    if isinstance(value, Triple):
        yield from _elements(value)
    elif statement.predicate.value == _TYPE and isinstance(value, NamedNode) and _no_class(value):
        yield value.value


def _no_class(name: NamedNode) -> bool:
    return name.value in _NO_CLASSES or name.value.startswith(_XMLNS)


def _check(iri: str) -> None:
    if iri in _TAKEN or iri.startswith(_XMLNS) or not _name().match(iri[::-1]):
        raise _unsayable(f"RDF/XML has no element for <{iri}>")


@cache
def _name() -> re.Pattern[str]:
    return re.compile(_NAME)  # takes milliseconds, and few ask for RDF/XML


def _unsayable(message: str) -> ParkgraphError:
    return ParkgraphError(Diagnostic("PG391", message, help="ask for another format"))
