"""Which classes a graph links by which properties, counted: its schema as the data has it."""

import json
from collections import Counter
from dataclasses import dataclass
from typing import Final, NamedTuple

from parkgraph.description import bare
from parkgraph.graphfile import GraphFile
from parkgraph.vocab import KINDS, term

_TYPE: Final = str(term("rdf:type"))
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


def outline(graph: GraphFile) -> Outline:
    """The outline of a graph."""
    kinds = graph.tally().kinds
    sizes: Counter[str] = Counter()
    for names, having in kinds:
        sizes.update(dict.fromkeys(names, having))

    def rank(name: str) -> tuple[bool, bool, int, str]:
        return name == _ANYTHING, name not in _FIRST, sizes[name], name

    kind = {names: min(names, key=rank) for names, _ in kinds if names}
    classes: Counter[str] = Counter()
    for names, having in kinds:
        if names:
            classes[kind[names]] += having
    links: Counter[tuple[str, str, str]] = Counter()
    for led in graph.led():
        if led.object_types and led.subject_types and led.predicate != _TYPE:
            links[kind[led.subject_types], bare(led.predicate), kind[led.object_types]] += 1
    return Outline(
        dict(sorted(classes.items())),
        tuple(ClassLink(*link, links[link]) for link in sorted(links)),
    )
