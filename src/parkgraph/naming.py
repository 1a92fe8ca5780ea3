"""What a thing is called, as a few of its own lines tell."""

from collections.abc import Sequence
from typing import Final, TypeAlias

from parkgraph.description import read_literal
from parkgraph.vocab import term

#: Words and the language they are in, which may be empty.
Name: TypeAlias = tuple[str, str]
#: The names of a thing in all languages; None if they are not all that it may be named by.
Names: TypeAlias = Sequence[Name] | None

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


def names_in(text: bytes) -> Names:
    """The names in the lines of a thing, by the best property that it has.

    None of what may be named by several of its triples together, or by those of another.
    """
    if any(mark in text for mark in _COMPOSED):
        return None
    for mark in _NAMED:
        if mark in text:
            said = (rest[: rest.index(b" .\n")] for rest in text.split(mark)[1:])
            return tuple(read_literal(f'"{words.decode()}')[:2] for words in said)
    return ()
