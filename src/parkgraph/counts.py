"""What VoID says of a graph in numbers, counted from its triples."""

import json
import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Final

from parkgraph.description import bare, is_iri
from parkgraph.graphfile import GraphFile
from parkgraph.vocab import term

#: Properties that link a thing or a concept to the same or a related one elsewhere.
LINKS: Final = tuple(
    term(name)
    for name in (
        "owl:sameAs",
        "rdfs:seeAlso",
        "schema:sameAs",
        "skos:broadMatch",
        "skos:closeMatch",
        "skos:exactMatch",
        "skos:narrowMatch",
        "skos:relatedMatch",
    )
)

#: Scheme and host of an address: what tells one dataset on the web from another.
_ORIGIN: Final = re.compile(r"https?://[^/?#]+/")
_TYPE: Final = str(term("rdf:type"))
_LINKS: Final = frozenset(map(str, LINKS))


@dataclass(frozen=True, slots=True)
class Use:
    """How a property is used (``void:propertyPartition``)."""

    triples: int
    subjects: int
    objects: int


@dataclass(frozen=True, slots=True)
class LinkCount:
    """How many triples link to another dataset by one property (``void:Linkset``).

    Attributes:
        property: its IRI.
        origin: where the targets are: scheme and host, with a final slash.
    """

    property: str
    origin: str
    triples: int


@dataclass(frozen=True, slots=True)
class Counts:
    """A graph in numbers (VoID §4.6).

    Attributes:
        entities: distinct subjects that have an IRI.
        subjects: distinct subjects.
        objects: distinct objects, literals among them.
        classes: each class with the number of its distinct instances.
        properties: each property with its use.
        links: triples that lead to what the graph itself does not describe.
    """

    triples: int
    entities: int
    subjects: int
    objects: int
    classes: Mapping[str, int]
    properties: Mapping[str, Use]
    links: tuple[LinkCount, ...]

    def to_json(self) -> str:
        """The numbers as they are stored."""
        return json.dumps(asdict(self), ensure_ascii=False)

    @staticmethod
    def from_json(text: str) -> "Counts":
        """Read what :meth:`to_json` wrote."""
        values = json.loads(text)
        uses = {iri: Use(**use) for iri, use in values.pop("properties").items()}
        links = tuple(LinkCount(**link) for link in values.pop("links"))
        return Counts(**values, properties=uses, links=links)


def count(graph: GraphFile) -> Counts:
    """Count a graph."""
    tally = graph.tally()
    objects: dict[str, int] = defaultdict(int)
    classes: dict[str, int] = defaultdict(int)
    links: dict[tuple[str, str], int] = defaultdict(int)
    value = predicate = ""
    distinct = 0
    for led in graph.led():
        if led.object != value:
            value, predicate = led.object, ""
            distinct += 1
        if led.predicate != predicate:
            predicate = led.predicate
            objects[bare(predicate)] += 1
        if predicate == _TYPE and is_iri(value):
            classes[bare(value)] += 1
        elif led.object_types is None and predicate in _LINKS and is_iri(value):
            links[bare(predicate), origin(bare(value))] += 1
    return Counts(
        triples=tally.triples,
        entities=tally.entities,
        subjects=tally.subjects,
        objects=distinct,
        classes=dict(sorted(classes.items())),
        properties={iri: Use(*use, objects[iri]) for iri, use in tally.uses.items()},
        links=tuple(LinkCount(*key, links[key]) for key in sorted(links) if key[1]),
    )


def origin(iri: str) -> str:
    """Scheme and host of an address, with a final slash; empty if it is no http(s) address.

    >>> origin("http://www.wikidata.org/entity/Q16955")
    'http://www.wikidata.org/'
    """
    match = _ORIGIN.match(iri)
    return match[0] if match else ""
