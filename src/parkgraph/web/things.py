"""The page of one thing, as data: its names, figures, facts, own words, gaps and links to it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, NamedTuple

from parkgraph.describe import INCOMING_TABLE, MAX_CLAIMS, MAX_INCOMING
from parkgraph.rdf import NamedNode, Triple
from parkgraph.vocab import KINDS, compact, term
from parkgraph.web.claims import Claim, by_standing
from parkgraph.web.evidence import Evidence, Mark, evidence
from parkgraph.web.facts import Fact, facts
from parkgraph.web.text import Link, Text, View, iri_of

#: How many links to a thing are listed for each property; the count tells of the rest.
MAX_LISTED: Final = 40

#: Links that the claims' own section tells, or that follow from others.
_UNTOLD: Final = frozenset(
    term(name)
    for name in ("rdf:subject", "rdf:object", "rdf:predicate", "park:about", "rdfs:isDefinedBy")
)
#: The first type of each kind of thing: what it is called.
_KINDS: Final = frozenset(names[0] for names in KINDS.values())
#: Standings of what a source says of its subject without anything following from it.
_OWN_WORDS: Final = frozenset({"promotional", "self-described"})


@dataclass(frozen=True, slots=True)
class Incoming:
    """What leads here by one property."""

    property: Link
    links: tuple[Link, ...]
    count: int


class Gap(NamedTuple):
    """A field that a document about the thing has and leaves empty."""

    field: Link
    document: Link


@dataclass(frozen=True, slots=True)
class Thing:
    """All that a thing's page says.

    Attributes:
        more_incoming: a query for all links to it, if not all are listed.
    """

    iri: str
    name: Text
    name_marks: tuple[Mark, ...]
    also: Text | None
    types: tuple[Link, ...]
    lead: Text | None
    tags: tuple[Link, ...]
    figures: tuple[Claim, ...]
    groups: dict[str, list[Fact]]
    own_words: tuple[Claim, ...]
    gaps: tuple[Gap, ...]
    incoming: tuple[Incoming, ...]
    more_incoming: str
    standings: list[tuple[Link, str, list[Claim]]]
    claim_count: int


def thing(view: View, iri: str) -> Thing:
    """The page of ``iri``, from the view's triples."""
    fragments = view.fragments(iri)
    found = evidence(view, [*view.triples, *_site(view, iri), *_of_fragments(view, fragments)])
    marks = _name_marks(view, found, iri)
    links = [t for t in view.triples if t.object == NamedNode(iri)]
    claims = [c for c in found.claims if _concerns(view, c, iri)]
    incoming = _incoming(view, iri, links)
    whole = len(links) < MAX_INCOMING and all(row.count <= MAX_LISTED for row in incoming)
    return Thing(
        iri=iri,
        name=view.label(iri),
        name_marks=marks,
        also=_also(view, iri),
        types=types(view, iri),
        lead=view.text(iri, "skos:definition"),
        tags=summary(view, iri),
        figures=_figures(view, found, iri),
        groups=facts(view, found, [iri, *fragments], view.iris(iri, "org:hasPrimarySite")),
        own_words=tuple(c for c in claims if _says_of_itself(c)),
        gaps=_gaps(view, links),
        incoming=incoming,
        more_incoming="" if whole else INCOMING_TABLE.format(NamedNode(iri)),
        standings=by_standing(claims),
        claim_count=len(claims),
    )


def _site(view: View, iri: str) -> list[Triple]:
    """A park's site tells where the park is, so its description is read as well."""
    return [t for site in view.iris(iri, "org:hasPrimarySite") for t in view.site.describe(site)]


def _of_fragments(view: View, fragments: Iterable[str]) -> list[Triple]:
    """The claims that assert something of a part of the thing, such as an address."""
    subject, claim = term("rdf:subject").value, term("park:Claim")
    links = (view.site.index.incoming(f, limit=MAX_CLAIMS, predicate=subject) for f in fragments)
    return [Triple(link.subject, term("rdf:type"), claim) for found in links for link in found]


def _concerns(view: View, claim: Claim, iri: str) -> bool:
    """Whether a claim is about ``iri``, asserts something of it, or of a part of its address."""
    subjects = (*view.iris(claim.iri, "park:about"), *view.iris(claim.iri, "rdf:subject"))
    return any(subject.partition("#")[0] == iri for subject in subjects)


def _says_of_itself(claim: Claim) -> bool:
    asserts = claim.statement or claim.amount
    return claim.standing in _OWN_WORDS and not asserts and not claim.whole


def _name_marks(view: View, found: Evidence, iri: str) -> tuple[Mark, ...]:
    label = term("skos:prefLabel")
    values = view.node(iri).get(label.value, ())
    triples = [Triple(NamedNode(iri), label, value) for value in values]
    shown = found.widest(triples)
    return tuple(mark for triple in triples for mark in found.marks(triple, shown))


def _also(view: View, iri: str) -> Text | None:
    """Another name in the reader's language, where the first has none in it."""
    other = view.text(iri, "skos:altLabel")
    spoken = other is not None and other.lang == view.lang
    return other if spoken and view.label(iri).lang != view.lang else None


def types(view: View, iri: str) -> tuple[Link, ...]:
    """The types of a thing, its kind first, without those that a narrower one implies."""
    found = sorted(view.iris(iri, "rdf:type"), key=lambda name: compact(name) not in _KINDS)
    implied = {wide for narrow in found for wide in view.iris(narrow, "rdfs:subClassOf")}
    return tuple(view.link(name) for name in found if name not in implied)


def summary(view: View, iri: str) -> tuple[Link, ...]:
    """What tells a thing from others in a line: its classification and its address."""
    kinds = (view.link(name) for name in view.iris(iri, "org:classification"))
    places = (Link(view.label(name)) for name in view.iris(iri, "schema:address"))
    return (*kinds, *places)


def _figures(view: View, found: Evidence, iri: str) -> tuple[Claim, ...]:
    own = set(view.iris(iri, "park:hasFigure"))
    return tuple(claim for claim in found.claims if claim.iri in own and claim.amount)


def _gaps(view: View, links: Iterable[Triple]) -> tuple[Gap, ...]:
    topic, empty = term("foaf:primaryTopic"), term("field-state:empty").value
    documents = [iri_of(t.subject) for t in links if t.predicate == topic]
    return tuple(
        Gap(view.link(field), view.link(document))
        for document in documents
        for version in view.iris(document, "dcterms:hasVersion")
        for field in view.iris(version, "park:hasField")
        if empty in view.iris(field, "park:fieldState")
    )


def _incoming(view: View, iri: str, links: Sequence[Triple]) -> tuple[Incoming, ...]:
    linked = {iri_of(value) for values in view.node(iri).values() for value in values}
    found: dict[str, list[str]] = {}
    for triple in links:
        subject = iri_of(triple.subject)
        told = subject in linked or subject.startswith(f"{iri}#")
        if subject and not told and triple.predicate not in _UNTOLD:
            found.setdefault(triple.predicate.value, []).append(subject)
    return tuple(
        Incoming(view.link(name), tuple(map(view.link, subjects[:MAX_LISTED])), len(subjects))
        for name, subjects in sorted(found.items())
    )
