"""What VoID says of a graph in numbers, counted from its triples."""

import json
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Final, TypeAlias

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
_TYPE: Final = term("rdf:type").value


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
    ids: dict[Term, int] = {}  # a term is hashed once or twice here, and counted as a number
    used: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for triple in triples:
        pair = ids.setdefault(triple.subject, len(ids)), ids.setdefault(triple.object, len(ids))
        used[triple.predicate.value].append(pair)
    terms = list(ids)
    subjects = {subject for pairs in used.values() for subject, _ in pairs}
    return Counts(
        triples=sum(map(len, used.values())),
        entities=sum(isinstance(terms[subject], NamedNode) for subject in subjects),
        subjects=len(subjects),
        objects=len({value for pairs in used.values() for _, value in pairs}),
        classes=_classes(used.get(_TYPE, ()), terms),
        properties={iri: _use(used[iri]) for iri in sorted(used)},
        links=_links(used, terms, subjects),
    )


#: Subjects and objects by their numbers.
_Pairs: TypeAlias = Sequence[tuple[int, int]]


def _classes(typed: _Pairs, terms: Sequence[Term]) -> dict[str, int]:
    instances: dict[str, set[int]] = defaultdict(set)
    for subject, value in typed:
        if isinstance(class_ := terms[value], NamedNode):
            instances[class_.value].add(subject)
    return {iri: len(instances[iri]) for iri in sorted(instances)}


def _use(pairs: _Pairs) -> Use:
    return Use(len(pairs), len({subject for subject, _ in pairs}), len({v for _, v in pairs}))


def _links(
    used: Mapping[str, _Pairs], terms: Sequence[Term], described: set[int]
) -> tuple[LinkCount, ...]:
    found: dict[tuple[str, str], int] = defaultdict(int)
    for property_ in LINKS:
        for _, value in used.get(property_.value, ()):
            if value not in described and isinstance(target := terms[value], NamedNode):
                found[property_.value, origin(target.value)] += 1
    return tuple(LinkCount(*key, found[key]) for key in sorted(found) if key[1])


def origin(iri: str) -> str:
    """Scheme and host of an address, with a final slash; empty if it is no http(s) address.

    >>> origin("http://www.wikidata.org/entity/Q16955")
    'http://www.wikidata.org/'
    """
    match = _ORIGIN.match(iri)
    return match[0] if match else ""
