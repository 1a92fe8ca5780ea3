"""The page of one thing, as data: its names, figures, facts, own words, gaps and links to it."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Final, NamedTuple

from parkgraph.describe import INCOMING_TABLE, MAX_CLAIMS, MAX_INCOMING, USES_TABLE
from parkgraph.description import Line, bare, is_iri, lines_in
from parkgraph.rdf import NamedNode, Triple
from parkgraph.vocab import KINDS, compact, term
from parkgraph.web.claims import CLASS, Claim, by_standing
from parkgraph.web.evidence import Evidence, Mark, evidence
from parkgraph.web.facts import Fact, Value, facts, told
from parkgraph.web.text import Link, Text, View, iri_of

#: How many links to a thing are listed for each property; the count tells of the rest.
MAX_LISTED: Final = 40
#: How many statements about other things are listed.
MAX_OTHERS: Final = 100

#: Links that the claims' own section tells, or that follow from others.
_UNTOLD: Final = frozenset(
    str(term(name))
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


class Part(NamedTuple):
    """What is said of a fragment that is a thing of its own.

    Attributes:
        anchor: by which the page finds it; empty where the layout has that for itself.
    """

    name: Text
    anchor: str
    types: tuple[Link, ...]
    lead: Text | None
    facts: tuple[Fact, ...]


class Others(NamedTuple):
    """Statements that are about other things: the first ones, and how many are left out.

    Attributes:
        more: a query for all of them, if the description does not hold all either.
    """

    statements: tuple[tuple[Link, Link, Value], ...] = ()
    left: int = 0
    more: str = ""


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
    parts: tuple[Part, ...]
    own_words: tuple[Claim, ...]
    gaps: tuple[Gap, ...]
    incoming: tuple[Incoming, ...]
    more_incoming: str
    others: Others
    standings: list[tuple[Link, str, list[Claim]]]
    claim_count: int


def thing(view: View, iri: str) -> Thing:
    """The page of ``iri``, from the view's triples."""
    fragments = view.fragments(iri)
    # A publication names parts of a thing so; whoever else writes RDF, things of one file.
    published = bool(view.site.manifest.dataset)
    own, apart = (fragments, []) if published else ([], fragments)
    found = evidence(view, [*view.lines, *_site(view, iri), *_of_fragments(view, fragments)])
    marks = _name_marks(view, found, iri)
    about = f"<{iri}>"
    links = [line for line in view.lines if line[2] == about]
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
        groups=facts(view, found, [iri, *own], view.iris(iri, "org:hasPrimarySite")),
        parts=tuple(_parts(view, found, apart)),
        own_words=tuple(c for c in claims if _says_of_itself(c)),
        gaps=_gaps(view, links),
        incoming=incoming,
        more_incoming="" if whole else INCOMING_TABLE.format(about),
        others=Others() if published or found.claims else _others(view, iri, fragments),
        standings=by_standing(claims),
        claim_count=len(claims),
    )


def _site(view: View, iri: str) -> list[Line]:
    """A park's site tells where the park is, so its description is read as well."""
    described = map(view.site.describe, view.iris(iri, "org:hasPrimarySite"))
    return [line for found in described for line in lines_in(found)]


def _of_fragments(view: View, fragments: Iterable[str]) -> list[Line]:
    """The claims that assert something of a part of the thing, such as an address."""
    look, by = view.site.index.incoming_lines, term("rdf:subject").value
    links = (look(part, limit=MAX_CLAIMS, predicate=by) for part in fragments)
    return [(link[0], _TYPE, CLASS) for found in links for link in found]


_TYPE: Final = str(term("rdf:type"))


def _concerns(view: View, claim: Claim, iri: str) -> bool:
    """Whether a claim is about ``iri``, asserts something of it, or of a part of its address."""
    subjects = (*view.iris(claim.iri, "park:about"), *view.iris(claim.iri, "rdf:subject"))
    return any(subject.partition("#")[0] == iri for subject in subjects)


def _says_of_itself(claim: Claim) -> bool:
    asserts = claim.statement or claim.amount
    return claim.standing in _OWN_WORDS and not asserts and not claim.whole


def _name_marks(view: View, found: Evidence, iri: str) -> tuple[Mark, ...]:
    label = term("skos:prefLabel").value
    triples = [(iri, label, value) for value in view.node(iri).get(label, ())]
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
    if len(found) == 1:
        return (view.link(found[0]),)
    implied = {wide for narrow in found for wide in view.iris(narrow, "rdfs:subClassOf")}
    return tuple(view.link(name) for name in found if name not in implied)


def summary(view: View, iri: str) -> tuple[Link, ...]:
    """What tells a thing from others in a line: its classification and its address."""
    kinds = (view.link(name) for name in view.iris(iri, "org:classification"))
    places = (Link(view.label(name)) for name in view.iris(iri, "schema:address"))
    return (*kinds, *places)


def _parts(view: View, found: Evidence, fragments: Iterable[str]) -> Iterator[Part]:
    for iri in fragments:
        anchor = iri.partition("#")[2]
        told = chain.from_iterable(facts(view, found, [iri], ()).values())
        yield Part(
            view.label(iri),
            "" if _TAKEN.fullmatch(anchor) else anchor,
            types(view, iri),
            view.text(iri, "skos:definition"),
            tuple(fact._replace(anchor="", here="") for fact in told),
        )


#: Identifiers that the layout of a page has.
_TAKEN: Final = re.compile("main|find(-.*)?|(section|fact|picture)-.*")


def _figures(view: View, found: Evidence, iri: str) -> tuple[Claim, ...]:
    own = set(view.iris(iri, "park:hasFigure"))
    return tuple(claim for claim in found.claims if claim.iri in own and claim.amount)


def _gaps(view: View, links: Iterable[Line]) -> tuple[Gap, ...]:
    topic, empty = str(term("foaf:primaryTopic")), term("field-state:empty").value
    documents = [bare(subject) for subject, by, _ in links if by == topic and is_iri(subject)]
    return tuple(
        Gap(view.link(field), view.link(document))
        for document in documents
        for version in view.iris(document, "dcterms:hasVersion")
        for field in view.iris(version, "park:hasField")
        if empty in view.iris(field, "park:fieldState")
    )


def _others(view: View, iri: str, fragments: Iterable[str]) -> Others:
    """What the page tells nowhere else: the triples of a graph, or those that use a property."""
    about = NamedNode(iri)
    mine = {str(NamedNode(name)) for name in (iri, *fragments)} | view.unnamed.nested

    def here(triple: Triple) -> bool:
        leads = triple.object == about and isinstance(triple.subject, NamedNode)
        return leads or str(triple.subject) in mine

    more, left = "", [triple for triple in view.triples if not here(triple)]
    if len(left) < len(view.triples):
        left = [t for t in left if not (t.predicate == _LABEL and isinstance(t.subject, NamedNode))]
    elif used := [triple for triple in left if triple.predicate == about]:
        left, more = used, USES_TABLE.format(about) if len(used) >= MAX_INCOMING else ""
    rows = [
        (view.value(t.subject), view.link(t.predicate.value), told(view, t.object))
        for t in left[:MAX_OTHERS]
    ]
    return Others(tuple(rows), len(left) - len(rows), more)


#: By which other things are named on a page.
_LABEL: Final = term("rdfs:label")


def _incoming(view: View, iri: str, links: Sequence[Line]) -> tuple[Incoming, ...]:
    if not links:
        return ()
    linked = {iri_of(value) for values in view.node(iri).values() for value in values}
    found: dict[str, list[str]] = {}
    for node, by, _ in links:
        subject = bare(node)
        told = subject in linked or subject.startswith(f"{iri}#")
        if is_iri(node) and not told and by not in _UNTOLD:
            found.setdefault(bare(by), []).append(subject)
    return tuple(
        Incoming(view.link(name), tuple(map(view.link, subjects[:MAX_LISTED])), len(subjects))
        for name, subjects in sorted(found.items())
    )
