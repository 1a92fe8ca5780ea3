"""What things are called that a page mentions: told by a few of their lines, and kept."""

from collections.abc import Iterable, Sequence
from typing import Final, TypeAlias

from parkgraph.index import Lines
from parkgraph.rdf import Literal, parse_bytes
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
_RANK: Final = {f"<{name}>": rank for rank, name in enumerate(NAMING)}
_COMPOSING: Final = frozenset(f"<{name}>" for name in COMPOSING)
_COUNTRY: Final = str(term("schema:addressCountry"))


class Naming:
    """The names that the triples of things give; for any thread.

    Args:
        index: where the triples are.
    """

    def __init__(self, index: Lines) -> None:
        self._index = index
        self._kept: dict[str, Sequence[Name] | None] = {}

    def of(self, iris: Iterable[str]) -> dict[str, Sequence[Name] | None]:
        """The names of each of ``iris`` in all languages, by the best property that it has.

        None of what may be named by several of its triples together, or by those of another.
        """
        asked = list(iris)
        missing = [iri for iri in asked if iri not in self._kept]
        new = self._looked_up(missing) if missing else {}
        found = {iri: new[iri] if iri in new else self._kept.get(iri) for iri in asked}
        if len(self._kept) + len(new) > _KEPT:
            self._kept.clear()
        self._kept |= new
        return found

    def _looked_up(self, iris: Sequence[str]) -> dict[str, Sequence[Name] | None]:
        best: dict[str, tuple[int, list[str]]] = {}
        composed = set()
        for subject, predicate, value in self._index.lines(*iris):
            rank = _RANK.get(predicate)
            if rank is not None and value[0] == '"':
                known = best.get(subject)
                if known is None or rank < known[0]:
                    best[subject] = rank, [value]
                elif rank == known[0]:
                    known[1].append(value)
            elif predicate in _COMPOSING and (predicate != _COUNTRY or value[0] == '"'):
                composed.add(subject)
        names: dict[str, Sequence[Name] | None] = dict.fromkeys(iris, ())
        names |= {subject[1:-1]: tuple(map(_read, said)) for subject, (_, said) in best.items()}
        return names | {subject[1:-1]: None for subject in composed}


def _read(value: str) -> Name:
    """A literal as N-Triples writes it."""
    end = value.rindex('"')
    words, tag = value[1:end], value[end + 1 :]
    if "\\" in words:
        (quad,) = parse_bytes(f"<x:> <x:> {value} .".encode(), "nt")
        words = quad.object.value if isinstance(quad.object, Literal) else words
    return words, tag[1:].partition("--")[0] if tag.startswith("@") else ""
