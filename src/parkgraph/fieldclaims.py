"""Claims that need no reader: the values of labelled fields, and the document record."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from parkgraph.claims import Claim, Scope
from parkgraph.errors import Diagnostic, Severity, did_you_mean
from parkgraph.keys import HTTP, has_form
from parkgraph.names import Names
from parkgraph.rdf import Literal, NamedNode, Triple
from parkgraph.reading import DocumentRecord, Reading, Thing
from parkgraph.source import Field, SourceText, Span, slugify
from parkgraph.vocab import HOME, term

_STANDING: Final = NamedNode(f"{HOME}id/concept/standing/checkable")
_FIELD: Final = NamedNode(f"{HOME}id/concept/claim-kind/field")
_RECORD: Final = NamedNode(f"{HOME}id/concept/claim-kind/record")


@dataclass(frozen=True, slots=True)
class _Value:
    """One value of one field, and all that is needed to read it."""

    text: SourceText
    record: DocumentRecord
    scope: Scope
    field: Field
    span: Span

    @property
    def words(self) -> str:
        return self.text.quote(self.span)

    @property
    def park(self) -> NamedNode:
        return self.scope.names.thing(self.record.about)

    @property
    def site(self) -> NamedNode:
        return self.scope.names.thing(site_of(self.record))

    def literal(self, words: str) -> Literal:
        return Literal(words, language=self.record.language)


def site_of(record: DocumentRecord) -> str:
    """The reference of the site of what a document is about."""
    return f"site/{record.about.partition('/')[2]}"


def places_of(words: str) -> tuple[str, ...]:
    """The places that a location names, smallest first.

    >>> places_of("Beijing, China")
    ('Beijing', 'China')
    """
    return tuple(part for part in map(str.strip, words.split(",")) if part)


def _place(record: DocumentRecord, name: str) -> str:
    """The slug of a place: the one that the reading gives its name, or its name itself."""
    return record.places.get(name) or slugify(name)


def field_claims(
    text: SourceText, fields: tuple[Field, ...], reading: Reading, scope: Scope
) -> Iterator[Claim | Diagnostic]:
    """A claim for each thing that a field's values say, a finding for each not understood."""
    for field in fields:
        reader = _READERS.get(field.slug)
        if reader is None:
            yield _unknown(text, field)
        elif field.slug in _SINGLE and len(field.values) > 1:
            yield _too_many(text, field)
        else:
            yield from _numbered(text, field, reading, scope)


def field_things(text: SourceText, fields: tuple[Field, ...], reading: Reading) -> dict[str, Thing]:
    """The site and the places that the field «Location» makes known."""
    found: dict[str, Thing] = {}
    for field in fields:
        for span in field.values if field.slug == "location" else ():
            words, where = text.quote(span), text.where(span.start)
            slugs = {name: _place(reading.document, name) for name in places_of(words)}
            labels = {f"place/{slug}": name for name, slug in slugs.items() if slug}
            for reference, label in ({site_of(reading.document): words} | labels).items():
                found[reference] = Thing(reference, label, where)
    return found


def record_claims(slug: str, reading: Reading, names: Names) -> Iterator[Claim]:
    """What the document record says: who publishes it, and under which number."""
    record = reading.document
    publisher, subject = names.thing(record.publisher), names.thing(record.about)
    label = Literal(record.publisher_name, language=record.language)
    membership = names.thing(membership_of(slug))
    says = {
        "publisherName": Triple(publisher, term("skos:prefLabel"), label),
        "publisher": Triple(membership, term("org:organization"), publisher),
    }
    if record.number is not None:
        identifier = names.document(slug, "identifier")
        says["number"] = Triple(subject, term("adms:identifier"), identifier)
    values = {"publisherName": record.publisher_name, "publisher": record.publisher}
    for key, triple in says.items():
        quote = values.get(key, record.number or "")
        where = reading.where("document", key)
        about = triple.subject if key == "publisherName" else subject
        yield Claim(
            f"record-{slugify(key)}",
            NamedNode(about.value) if isinstance(about, NamedNode) else subject,
            _RECORD,
            _STANDING,
            None,
            quote,
            where,
            record=key,
            triple=triple,
        )


def membership_of(slug: str) -> str:
    """The reference of the membership that a document, an entry in a directory, stands for.

    A park is in several directories, in each with a number and a category of its own.
    """
    return f"membership/{slug}"


def _numbered(
    text: SourceText, field: Field, reading: Reading, scope: Scope
) -> Iterator[Claim | Diagnostic]:
    number = 0
    for span in field.values:
        value = _Value(text, reading.document, scope, field, span)
        for said in _READERS[field.slug](value):
            if isinstance(said, Diagnostic):
                yield said
                continue
            number += 1
            yield _claim(value, said, number)


def _claim(value: _Value, triple: Triple, number: int) -> Claim:
    subject = triple.subject
    return Claim(
        f"field-{value.field.slug}-{number}",
        subject if isinstance(subject, NamedNode) else value.park,
        _FIELD,
        _STANDING,
        value.span,
        value.words,
        value.text.where(value.span.start),
        triple=triple,
    )


_Said = Iterator[Triple | Diagnostic]


def _name(value: _Value) -> _Said:
    yield Triple(value.park, term("skos:prefLabel"), value.literal(value.words))


def _location(value: _Value) -> _Said:
    inner, names = value.site, places_of(value.words)
    unnamed = [name for name in names or (value.words,) if not _place(value.record, name)]
    if unnamed:
        message = f"no address can be made from the place name {unnamed[0]!r}"
        advice = f"give it one in the reading: document: {{places: {{{unnamed[0]}: a-slug}}}}"
        yield _fault(value, "PG206", message, advice)
        return
    for name in names:
        place = value.scope.names.thing(f"place/{_place(value.record, name)}")
        yield Triple(inner, term("schema:containedInPlace"), place)
        inner = place
    yield from _address(value)


def _address(value: _Value) -> _Said:
    address = NamedNode(f"{value.site.value}#address")
    *rest, country = places_of(value.words)
    yield Triple(value.park, term("schema:address"), address)
    if rest:
        yield Triple(address, term("schema:addressLocality"), value.literal(rest[0]))
    yield Triple(address, term("schema:addressCountry"), value.literal(country))


def _website(value: _Value) -> _Said:
    # What is no address stays a literal, so that the shape for home pages can say so.
    home = NamedNode(value.words) if has_form(value.words, HTTP) else Literal(value.words)
    yield Triple(value.park, term("foaf:homepage"), home)


def _concept(scheme: str, property_: str) -> Callable[[_Value], _Said]:
    def read(value: _Value) -> _Said:
        concept = value.scope.concepts.labelled(scheme, value.words)
        if concept is None:
            yield _not_in_scheme(value, scheme)
        else:
            subject = value.park
            if property_ == "org:role":
                subject = value.scope.names.thing(membership_of(value.text.slug))
            yield Triple(subject, term(property_), concept)

    return read


def _nothing(_: _Value) -> _Said:
    """The field is kept with its values, and says nothing about the park."""
    yield from ()


_READERS: Final[Mapping[str, Callable[[_Value], _Said]]] = {
    "image-gallery": _nothing,
    "location": _location,
    "main-technology-sectors": _concept("sector", "park:technologySector"),
    "member-category": _concept("member-category", "org:role"),
    "name": _name,
    "type": _concept("park-type", "org:classification"),
    "website": _website,
}
_SINGLE: Final = frozenset({"location", "member-category", "name", "website"})


def _fault(value: _Value, code: str, message: str, advice: str = "") -> Diagnostic:
    return Diagnostic(code, message, value.text.where(value.span.start), advice)


def _not_in_scheme(value: _Value, scheme: str) -> Diagnostic:
    prefix = f"{scheme}/"
    labels = [
        label.removeprefix(prefix)
        for label in value.scope.concepts.labels
        if label.startswith(prefix)
    ]
    message = f"{value.words!r} is not a label of the scheme {scheme!r}"
    advice = did_you_mean(value.words.casefold(), labels)
    return _fault(value, "PG205", message, advice or f"add it to data/concepts/{scheme}.ttl")


def _unknown(text: SourceText, field: Field) -> Diagnostic:
    known = did_you_mean(field.slug, _READERS)
    return Diagnostic(
        "PG204",
        f"field {field.label!r} is not known: it is kept, and says nothing about the park",
        text.where(field.block.start),
        known,
        Severity.WARNING,
    )


def _too_many(text: SourceText, field: Field) -> Diagnostic:
    return Diagnostic(
        "PG207",
        f"field {field.label!r} takes one value, got {len(field.values)}",
        text.where(field.values[1].start),
        "keep one line below the label",
    )
