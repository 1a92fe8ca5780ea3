"""From a text and its reading to claims; a bad one never hides the good ones."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from parkgraph.claims import Claim, Concepts, Quantity, Scope
from parkgraph.errors import Diagnostic, did_you_mean
from parkgraph.fieldclaims import (
    field_claims,
    field_things,
    membership_of,
    record_claims,
    site_of,
)
from parkgraph.names import Names
from parkgraph.quotes import find_quote
from parkgraph.rdf import Literal, NamedNode, Triple
from parkgraph.reading import Annotation, Assertion, FigureReading, Reading, Thing
from parkgraph.source import Field, SourceText, Span, fields, repeated_fields
from parkgraph.vocab import (
    KINDS,
    PROPERTIES,
    UNITS,
    Property,
    term,
)
from parkgraph.written import stated_value


@dataclass(frozen=True, slots=True)
class SourceDocument:
    """A profile as a person left it: the text and its reading."""

    text: SourceText
    reading: Reading


@dataclass(frozen=True, slots=True)
class Extraction:
    """All that one document says: its fields, its claims, and the things they are about."""

    document: SourceDocument
    names: Names
    fields: tuple[Field, ...]
    things: tuple[Thing, ...]
    claims: tuple[Claim, ...]

    @property
    def slug(self) -> str:
        """The document's name in IRIs."""
        return self.document.text.slug


def extract(
    document: SourceDocument, concepts: Concepts, names: Names, findings: list[Diagnostic]
) -> Extraction:
    """The claims of ``document``; what cannot be understood is added to ``findings``."""
    text, reading = document.text, document.reading
    found = fields(text)
    findings.extend(repeated_fields(text, found))
    findings.extend(_checksum(document))
    things = field_things(text, found, reading) | dict(reading.things)
    record = reading.document
    given = {record.about, record.publisher, membership_of(text.slug), site_of(record)}
    annotations = _Annotations(document, Scope(names, concepts, frozenset({*things, *given})))
    claims = list(record_claims(text.slug, reading, names))
    for item in (*field_claims(text, found, reading, annotations.scope), *annotations.read()):
        if isinstance(item, Diagnostic):
            findings.append(item)
        else:
            claims.append(item)
    parts, unknown = _linked(claims, reading.claims)
    findings.extend(unknown)
    return Extraction(document, names, found, tuple(things.values()), parts)


def unfounded(text: SourceText, claims: Iterable[Annotation]) -> Iterator[Diagnostic]:
    """What is wrong with a text and the quotes from it, whatever they are about."""
    yield from repeated_fields(text, fields(text))
    for annotation in claims:
        found = _found(text, annotation)
        if isinstance(found, Diagnostic):
            yield found


def _found(text: SourceText, annotation: Annotation) -> Span | Diagnostic:
    """Where the words of a claim stand."""
    where = annotation.places["quote"]
    prefix, suffix = annotation.prefix, annotation.suffix
    return find_quote(text, annotation.quote, prefix=prefix, suffix=suffix, where=where)


def _checksum(document: SourceDocument) -> Iterator[Diagnostic]:
    recorded, actual = document.reading.document.sha256, document.text.sha256
    if recorded != actual:
        yield Diagnostic(
            "PG410",
            f"the text is not the one that was read: its SHA-256 is {actual}",
            document.reading.where("document", "sha256"),
            "read the text again, then record the new SHA-256",
        )


class _Annotations:
    """Turns the annotations of one document into claims."""

    def __init__(self, document: SourceDocument, scope: Scope) -> None:
        self.document = document
        self.scope = scope
        self.record = document.reading.document
        self.about = scope.names.thing(self.record.about)

    def read(self) -> Iterator[Claim | Diagnostic]:
        """The claims of every annotation, or what is wrong with it."""
        for annotation in self.document.reading.claims:
            found = _found(self.document.text, annotation)
            if isinstance(found, Diagnostic):
                yield found
            else:
                yield from self._claims(annotation, found)

    def _claims(self, annotation: Annotation, span: Span) -> Iterator[Claim | Diagnostic]:
        faults: list[Diagnostic] = []
        claim = self._claim(annotation, span, faults)
        triples = [self._triple(a, annotation, claim.about, faults) for a in annotation.asserts]
        if faults:
            yield from faults
        elif len(triples) < 2:
            yield replace(claim, triple=triples[0]) if triples else claim
        else:
            for number, triple in enumerate(triples, start=1):
                yield replace(claim, id=f"{annotation.id}-{number}", triple=triple)

    def _claim(self, annotation: Annotation, span: Span, faults: list[Diagnostic]) -> Claim:
        places = annotation.places
        kind = self._concept("claim-kind", annotation.kind, places["kind"], faults)
        standing = annotation.standing and self._concept(
            "standing", annotation.standing, places["standing"], faults
        )
        return Claim(
            annotation.id,
            self._about(annotation, faults),
            kind or self.about,
            standing or None,
            span,
            annotation.quote,
            places["quote"],
            quantity=self._quantity(annotation, faults),
            note=annotation.note,
            count=annotation.count,
            open_list=annotation.open_list,
            topics=self._all(annotation.topics, places["topics"], faults),
            mentions=self._all(annotation.mentions, places["mentions"], faults),
            places={name: places[key] for name, key in _PLACES.items()},
        )

    def _about(self, annotation: Annotation, faults: list[Diagnostic]) -> NamedNode:
        if annotation.about is None:
            return self.about
        if annotation.about == "document":
            return self.scope.names.document(self.document.text.slug)
        found = self._reference(annotation.about, annotation.places["about"], faults)
        return found or self.about

    def _triple(
        self,
        assertion: Assertion,
        annotation: Annotation,
        about: NamedNode,
        faults: list[Diagnostic],
    ) -> Triple | None:
        known = PROPERTIES.get(assertion.property)
        if known is None:
            advice = did_you_mean(assertion.property, PROPERTIES)
            message = f"unknown property {assertion.property!r}"
            faults.append(Diagnostic("PG208", message, assertion.where, advice))
            return None
        if not _fits(assertion, known):
            what = (
                f"a concept of the scheme {known.scheme!r}" if known.scheme else f"a {known.takes}"
            )
            message = f"{assertion.property} takes {what}"
            faults.append(Diagnostic("PG209", message, assertion.where))
            return None
        subject = about
        if assertion.subject:
            subject = self._reference(assertion.subject, assertion.where, faults) or about
        value = self._value(assertion, annotation, faults)
        return Triple(subject, term(assertion.property), value) if value else None

    def _value(
        self, assertion: Assertion, annotation: Annotation, faults: list[Diagnostic]
    ) -> NamedNode | Literal | None:
        if assertion.text is None:
            return self._reference(assertion.object or "", assertion.where, faults)
        if assertion.text not in annotation.quote:
            message = f"the text {assertion.text!r} is not part of the quote"
            advice = "a text is asserted in the document's own words"
            faults.append(Diagnostic("PG215", message, assertion.where, advice))
        return Literal(assertion.text, language=self.record.language)

    def _quantity(self, annotation: Annotation, faults: list[Diagnostic]) -> Quantity | None:
        figure, places = annotation.figure, annotation.places
        if figure is None:
            return None
        unit = UNITS.get(figure.unit) if figure.unit else None
        if figure.unit and unit is None:
            advice = did_you_mean(figure.unit, UNITS)
            message = f"unknown unit {figure.unit!r}"
            faults.append(Diagnostic("PG216", message, places["figure.unit"], advice))
        faults.extend(_number_faults(figure, annotation, self.record.language))
        return Quantity(
            self._optional("indicator", figure.indicator, annotation, faults),
            figure.value,
            unit,
            self._optional("bound", figure.bound, annotation, faults),
            figure.verbatim,
            self._reference(figure.feature, places["figure.feature"], faults)
            if figure.feature
            else None,
        )

    def _optional(
        self, scheme: str, slug: str | None, annotation: Annotation, faults: list[Diagnostic]
    ) -> NamedNode | None:
        where = annotation.places[f"figure.{scheme}"]
        return self._concept(scheme, slug, where, faults) if slug else None

    def _concept(
        self, scheme: str, slug: str, where: str, faults: list[Diagnostic]
    ) -> NamedNode | None:
        concept = self.scope.concepts.iris.get(f"{scheme}/{slug}")
        if concept is None:
            advice = self.scope.concepts.advice(f"{scheme}/{slug}")
            message = f"unknown {scheme} {slug!r}"
            faults.append(Diagnostic("PG217", message, where, advice))
        return concept

    def _reference(self, reference: str, where: str, faults: list[Diagnostic]) -> NamedNode | None:
        found = self.scope.resolve(reference)
        if found is None:
            advice = self.scope.advice(reference)
            faults.append(Diagnostic("PG218", f"nothing is named {reference!r}", where, advice))
        return found

    def _all(
        self, references: Sequence[str], where: str, faults: list[Diagnostic]
    ) -> tuple[NamedNode, ...]:
        found = (self._reference(reference, where, faults) for reference in references)
        return tuple(iri for iri in found if iri)


def _fits(assertion: Assertion, known: Property) -> bool:
    """Whether the value of an assertion is of the kind that its property takes."""
    if assertion.object is None:
        return known.takes == "text"
    kind = assertion.object.partition("/")[0]
    if known.takes == "concept":
        return kind == known.scheme
    return known.takes == "thing" and kind in KINDS


#: Which key of a reading holds the value of which property of a claim.
_PLACES: Final = {
    "oa:exact": "quote",
    "park:about": "about",
    "park:bound": "figure.bound",
    "park:claimKind": "kind",
    "park:evidence": "quote",
    "park:indicator": "figure.indicator",
    "park:quote": "quote",
    "park:standing": "standing",
    "park:statedCount": "count",
    "park:verbatimValue": "figure.verbatim",
    "qudt:hasUnit": "figure.unit",
    "rdf:object": "asserts",
    "rdf:predicate": "asserts",
    "rdf:subject": "asserts",
    "schema:unitCode": "figure.unit",
    "schema:value": "figure.value",
}


def _number_faults(
    figure: FigureReading, annotation: Annotation, language: str
) -> Iterator[Diagnostic]:
    if figure.verbatim is None:
        return
    if figure.verbatim not in annotation.quote:
        message = f"the value as written, {figure.verbatim!r}, is not part of the quote"
        yield Diagnostic("PG219", message, annotation.places["figure.verbatim"])
        return
    written = stated_value(figure.verbatim, figure.unit, language)
    if figure.value is not None and written is not None and written != figure.value:
        message = f"the value is {figure.value}, the words «{figure.verbatim}» say {written}"
        yield Diagnostic("PG220", message, annotation.places["figure.value"])


def _linked(
    claims: Sequence[Claim], annotations: Sequence[Annotation]
) -> tuple[tuple[Claim, ...], list[Diagnostic]]:
    """Lead each part to the claims it is a part of: those that assert the same, or else all."""
    wholes = {a.id: [c for c in claims if _reading_id(c) == a.id] for a in annotations}
    parents = {a.id: a for a in annotations if a.part_of}
    findings = [
        Diagnostic("PG221", f"no claim has the id {a.part_of!r}", a.places["part_of"])
        for a in parents.values()
        if a.part_of not in wholes
    ]
    linked = [_with_parents(claim, parents, wholes) for claim in claims]
    return tuple(linked), findings


def _with_parents(
    claim: Claim, parents: dict[str, Annotation], wholes: dict[str, list[Claim]]
) -> Claim:
    annotation = parents.get(_reading_id(claim))
    if annotation is None or annotation.part_of is None:
        return claim
    candidates = wholes.get(annotation.part_of, [])
    same = [c.id for c in candidates if c.triple is not None and c.triple == claim.triple]
    return replace(claim, part_of=tuple(same or [c.id for c in candidates]))


def _reading_id(claim: Claim) -> str:
    """The id in the YAML file: a claim id has a hyphen only if its reading asserts several."""
    return claim.id.partition("-")[0] if claim.span and claim.places else claim.id
