"""Which classes a graph links by which properties, counted: its schema as the data has it."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final, NamedTuple

from parkgraph.rdf import DEFAULT_GRAPH, NamedNode, Quad
from parkgraph.vocab import KINDS, term

_TYPE: Final = term("rdf:type")
#: What says least of a thing.
_ANYTHING: Final = term("prov:Entity").value
#: Of several types of a thing, the one that names its kind stands for it.
_FIRST: Final = frozenset(term(names[0]).value for names in KINDS.values())


class ClassLink(NamedTuple):
    """How many triples lead from instances of one class to those of another by a property."""

    subject: str
    property: str
    object: str
    triples: int


@dataclass(frozen=True, slots=True)
class Outline:
    """The classes of a graph with their instances, each counted once, and the links between."""

    classes: dict[str, int]
    links: tuple[ClassLink, ...]

    def to_json(self) -> bytes:
        """The outline as it is kept beside a release."""
        return json.dumps({"classes": self.classes, "links": self.links}, indent=1).encode()

    @staticmethod
    def from_json(data: bytes) -> "Outline":
        """Read an outline."""
        values = json.loads(data)
        return Outline(values["classes"], tuple(ClassLink(*link) for link in values["links"]))


def outline(quads: Iterable[Quad]) -> Outline:
    """The outline of the default graph."""
    types: dict[str, list[str]] = defaultdict(list)
    edges: list[tuple[str, str, str]] = []
    for quad in quads:
        if quad.graph_name == DEFAULT_GRAPH and isinstance(quad.object, NamedNode):
            subject = getattr(quad.subject, "value", "")
            if quad.predicate == _TYPE:
                types[subject].append(quad.object.value)
            else:
                edges.append((subject, quad.predicate.value, quad.object.value))
    sizes = Counter(name for names in types.values() for name in names)

    def rank(name: str) -> tuple[bool, bool, int, str]:
        return name == _ANYTHING, name not in _FIRST, sizes[name], name

    kind = {iri: min(names, key=rank) for iri, names in types.items()}
    links = Counter((kind[s], p, kind[o]) for s, p, o in edges if s in kind and o in kind)
    return Outline(
        dict(sorted(Counter(kind.values()).items())),
        tuple(ClassLink(*link, links[link]) for link in sorted(links)),
    )
