"""What VoID says of a graph in numbers, counted from its triples."""

import json
import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Final

from parkgraph.rdf import NamedNode, Quad, Term
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
_TYPE: Final = term("rdf:type")


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


def count(triples: Iterable[Quad]) -> Counts:
    """Count distinct ``triples``; their graph names are not looked at."""
    instances: dict[str, set[Term]] = defaultdict(set)
    used: dict[str, list[Quad]] = defaultdict(list)
    for triple in triples:
        used[triple.predicate.value].append(triple)
        if triple.predicate == _TYPE and isinstance(triple.object, NamedNode):
            instances[triple.object.value].add(triple.subject)
    subjects: set[Term] = {t.subject for found in used.values() for t in found}
    return Counts(
        triples=sum(map(len, used.values())),
        entities=sum(isinstance(subject, NamedNode) for subject in subjects),
        subjects=len(subjects),
        objects=len({t.object for found in used.values() for t in found}),
        classes={iri: len(instances[iri]) for iri in sorted(instances)},
        properties={iri: _use(used[iri]) for iri in sorted(used)},
        links=_links(used, subjects),
    )


def _use(triples: list[Quad]) -> Use:
    return Use(len(triples), len({t.subject for t in triples}), len({t.object for t in triples}))


def _links(used: Mapping[str, list[Quad]], described: Collection[Term]) -> tuple[LinkCount, ...]:
    found: dict[tuple[str, str], int] = defaultdict(int)
    for property_ in LINKS:
        for triple in used.get(property_.value, ()):
            if isinstance(triple.object, NamedNode) and triple.object not in described:
                found[property_.value, origin(triple.object.value)] += 1
    return tuple(LinkCount(*key, found[key]) for key in sorted(found) if key[1])


def origin(iri: str) -> str:
    """Scheme and host of an address, with a final slash; empty if it is no http(s) address.

    >>> origin("http://www.wikidata.org/entity/Q16955")
    'http://www.wikidata.org/'
    """
    match = _ORIGIN.match(iri)
    return match[0] if match else ""
