"""Short ways to write triples in code."""

from collections.abc import Iterator, Mapping

from parkgraph.rdf import Literal, NamedNode, Term, Triple
from parkgraph.vocab import term
from parkgraph.web.words import FALLBACK, languages, words


def said(subject: NamedNode, *values: tuple[str, Term | None]) -> Iterator[Triple]:
    """What is said of ``subject``: properties with their values, those of None left out.

    Args:
        subject: what it is said of.
        values: a property by its prefixed name, or in full where no prefix is its own.
    """
    for property_, value in values:
        if value is not None:
            full = property_.startswith("http")
            yield Triple(subject, NamedNode(property_) if full else term(property_), value)


def typed(value: object, datatype: str) -> Literal:
    """A literal of a datatype that is given by its prefixed name."""
    return Literal(str(value), datatype=term(datatype))


def integer(value: int) -> Literal:
    """A whole number."""
    return typed(value, "xsd:integer")


def worded(property_: str, key: str, **parts: Mapping[str, str]) -> Iterator[tuple[str, Literal]]:
    """A sentence of the interface about the catalogue, in each of its languages.

    Args:
        property_: what it is a value of.
        key: its name among the words for catalogues.
        parts: for each of its ``{names}``, what to put there by language; English stands in.
    """
    for lang in languages():
        filled = {name: by.get(lang) or by.get(FALLBACK, "") for name, by in parts.items()}
        text = words(lang)["catalogue"][key].format(**filled)
        yield property_, Literal(text, language=lang)


def values(triples: tuple[Triple, ...], subject: NamedNode, name: str) -> tuple[Term, ...]:
    """The values that ``triples`` give for a property of ``subject``."""
    wanted = term(name)
    return tuple(t.object for t in triples if t.subject == subject and t.predicate == wanted)
