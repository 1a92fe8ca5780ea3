"""What things are called that a page mentions: told by a few of their lines, and kept."""

from collections.abc import Iterable, Sequence
from typing import Final, TypeAlias

from parkgraph.index import Lines
from parkgraph.rdf import Literal, parse_bytes
from parkgraph.recent import Recent
from parkgraph.vocab import term

#: How many things are kept until the release is another.
_KEPT: Final = 10_000

#: Words and the language they are in, which may be empty.
Name: TypeAlias = tuple[str, str]

#: Properties whose value can stand for a node, best first.
NAMING: Final = tuple(
    term(name).value
    for name in (
        "rdfs:label",
        "skos:prefLabel",
        "dcterms:title",
        "foaf:name",
        "vcard:fn",
        "park:fieldName",
        "park:quote",
        "oa:exact",
        "skos:note",
        "spdx:checksumValue",
    )
)
#: Properties that a name may be composed of, or found behind.
COMPOSING: Final = tuple(
    term(name).value
    for name in ("park:indicator", "schema:addressCountry", "skos:notation", "oa:hasSelector")
)
#: How a line goes on behind its subject that names it, best first; no literal holds a raw quotation
#: mark (N-Triples §7).
_NAMED: Final = tuple(f' <{name}> "'.encode() for name in NAMING)
_QUOTE: Final = '"'
#: A country that is an IRI is named by itself: only one in words can be a part of a name.
_COUNTRY: Final = term("schema:addressCountry").value
_COMPOSED: Final = tuple(
    f" <{name}> {_QUOTE if name == _COUNTRY else ''}".encode() for name in COMPOSING
)


class Naming:
    """The names that the triples of things give; for any thread.

    Args:
        index: where the triples are.
    """

    def __init__(self, index: Lines) -> None:
        self._index = index
        self._kept: Recent[Sequence[Name] | None] = Recent(_KEPT)

    def of(self, iris: Iterable[str]) -> dict[str, Sequence[Name] | None]:
        """The names of each of ``iris`` in all languages, by the best property that it has.

        None of what may be named by several of its triples together, or by those of another.
        """
        return self._kept.of(iris, self._looked_up)

    def _looked_up(self, iris: list[str]) -> dict[str, Sequence[Name] | None]:
        found: dict[str, Sequence[Name] | None] = dict.fromkeys(iris, ())
        return found | {iri: _names_in(text) for iri, text in self._index.texts(iris).items()}


def _names_in(text: bytes) -> Sequence[Name] | None:
    """The names in the lines of a thing; None if they are not all that it may be named by."""
    if any(mark in text for mark in _COMPOSED):
        return None
    for mark in _NAMED:
        if mark in text:
            said = (rest[: rest.index(b" .\n")] for rest in text.split(mark)[1:])
            return tuple(_read(f'"{words.decode()}') for words in said)
    return ()


def _read(value: str) -> Name:
    """A literal as N-Triples writes it."""
    end = value.rindex('"')
    words, tag = value[1:end], value[end + 1 :]
    if "\\" in words:
        (quad,) = parse_bytes(f"<x:> <x:> {value} .".encode(), "nt")
        words = quad.object.value if isinstance(quad.object, Literal) else words
    return words, tag[1:].partition("--")[0] if tag.startswith("@") else ""
