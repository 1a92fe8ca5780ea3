"""The page of a source document, as data: its record, its fields, its text and its claims."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from parkgraph.rdf import Literal
from parkgraph.source import Span
from parkgraph.web.claims import Claim, by_standing, claims, span_of
from parkgraph.web.readings import Field, Reading, readings
from parkgraph.web.text import Link, Text, View, literal


@dataclass(frozen=True, slots=True)
class Version:
    """A stored version of the text."""

    iri: str
    link: Link
    source: str | None
    checksum: str
    size: str
    created: str


@dataclass(frozen=True, slots=True)
class Page:
    """All that a document's page says."""

    iri: str
    title: Text
    about: tuple[Link, ...]
    publisher: tuple[Link, ...]
    address: tuple[Link, ...]
    rights: Text | None
    language: str
    identifiers: tuple[tuple[str, Link], ...]
    shown: Version | None
    versions: tuple[Version, ...]
    fields: tuple[Field, ...]
    readings: tuple[Reading, ...]
    record: tuple[Claim, ...]
    standings: tuple[tuple[Link, str, Text | None, int], ...]
    claim_count: int
    passage_count: int


def page(view: View, iri: str) -> Page:
    """The page of the document ``iri``, or of one version of it."""
    document = next(iter(view.iris(iri, "dcterms:isVersionOf")), iri)
    found = claims(view, view.lines)
    versions = tuple(_version(view, v) for v in view.iris(document, "dcterms:hasVersion"))
    wanted = iri if iri != document else _quoted(found)
    shown = next((v for v in versions if v.iri == wanted), versions[-1] if versions else None)
    fields = _fields(view, shown.iri) if shown else ()
    language = view.text(document, "schema:inLanguage")
    speech = language.value if language else ""
    text = _source(view, shown) if shown else ""
    placed = [c for c in found if c.span and shown and c.version == shown.iri]
    return Page(
        iri=iri,
        title=view.text(document, "dcterms:title") or view.label(document),
        about=_links(view, document, "foaf:primaryTopic"),
        publisher=_links(view, document, "dcterms:publisher"),
        address=_links(view, document, "dcterms:source"),
        rights=view.text(document, "dcterms:rights"),
        language=speech,
        identifiers=_identifiers(view, document),
        shown=shown,
        versions=versions,
        fields=fields,
        readings=readings(Text(text, speech), placed, fields) if text else (),
        record=tuple(claim for claim in found if claim not in placed),
        standings=_standings(view, found),
        claim_count=len(placed),
        passage_count=len({claim.span for claim in placed}),
    )


def _quoted(found: Iterable[Claim]) -> str:
    return next((claim.version for claim in found if claim.span), "")


def _links(view: View, iri: str, name: str) -> tuple[Link, ...]:
    return tuple(view.value(value) for value in view.values(iri, name))


def _identifiers(view: View, document: str) -> tuple[tuple[str, Link], ...]:
    """Identifiers that the document's record gives, each with its anchor."""
    found = [f for f in view.fragments(document) if view.one(f, "skos:notation")]
    return tuple((iri.partition("#")[2], Link(view.label(iri))) for iri in found)


def _version(view: View, iri: str) -> Version:
    checksum = next(iter(view.iris(iri, "spdx:checksum")), "")
    values = [view.one(iri, name) for name in ("dcat:byteSize", "dcterms:created")]
    size, created = (v.value if isinstance(v, Literal) else "" for v in values)
    digest = view.text(checksum, "spdx:checksumValue")
    source = next(iter(view.iris(iri, "dcat:downloadURL")), "")
    name = Text(iri.rpartition("/")[2])
    return Version(
        iri,
        Link(name, view.href(iri)),
        view.href(source) if source else None,
        digest.value if digest else "",
        size,
        created,
    )


def _source(view: View, version: Version) -> str:
    slug, _, name = version.iri.removeprefix(f"{view.site.base}document/").partition("/")
    return view.site.source(slug, name)


def _fields(view: View, version: str) -> tuple[Field, ...]:
    found = [_field(view, iri) for iri in view.iris(version, "park:hasField")]
    return tuple(sorted(found, key=lambda f: (f.span or Span(1 << 60, 0), f.anchor)))


def _field(view: View, iri: str) -> Field:
    passage = next(iter(view.iris(iri, "prov:wasDerivedFrom")), "")
    state = next(iter(view.iris(iri, "park:fieldState")), "")
    values = view.values(iri, "park:fieldValue")
    return Field(
        iri.partition("#")[2],
        view.text(iri, "park:fieldName") or view.label(iri),
        view.link(state) if state else None,
        tuple(literal(value) for value in values if isinstance(value, Literal)),
        span_of(view, passage)[0],
    )


def _standings(
    view: View, found: Sequence[Claim]
) -> tuple[tuple[Link, str, Text | None, int], ...]:
    """The standings that occur, each with its name, definition and number of claims."""
    return tuple(
        (link, name, view.text(group_iri, "skos:definition"), len(group))
        for link, name, group in by_standing(found)
        for group_iri in view.iris(group[0].iri, "park:standing")[:1]
    )
