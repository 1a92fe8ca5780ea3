"""Every triple of one document version: its record, fields, things and claims, with places."""

from collections.abc import Iterable, Iterator
from typing import Final, TypeAlias

from parkgraph.claims import Claim, Quantity
from parkgraph.extract import Extraction
from parkgraph.fieldclaims import membership_of, site_of
from parkgraph.rdf import Literal, NamedNode, Term, Triple
from parkgraph.source import Field, Span
from parkgraph.vocab import HOME, KINDS, term

#: A triple and the ``file:line:column`` that caused it.
Statement: TypeAlias = tuple[Triple, str]

#: How much text before and after a passage its selector repeats, in code points.
CONTEXT: Final = 32

_EMPTY: Final = NamedNode(f"{HOME}id/concept/field-state/empty")
_FILLED: Final = NamedNode(f"{HOME}id/concept/field-state/filled")


def document_statements(extraction: Extraction) -> Iterator[Statement]:
    """Every triple of one document version, each with its place."""
    yield from _record(extraction)
    yield from _version(extraction)
    for found in extraction.fields:
        yield from _field(extraction, found)
    yield from _things(extraction)
    for claim in extraction.claims:
        yield from _claim(extraction, claim)


def expected_places(extraction: Extraction) -> Iterator[tuple[Term, Term, str]]:
    """Where each property of a claim stands in the reading, or would stand."""
    for claim in extraction.claims:
        node = extraction.names.document(extraction.slug, f"claim-{claim.id}")
        for property_, where in (claim.places or {}).items():
            yield node, term(property_), where


def source_text(extraction: Extraction) -> Triple:
    """The whole text as a triple, for the validated graph alone."""
    text = extraction.document.text
    version = extraction.names.version(text.slug, text.version)
    return Triple(version, term("park:sourceText"), Literal(text.text))


def _about(
    subject: NamedNode, where: str, values: Iterable[tuple[str, Term | None]]
) -> Iterator[Statement]:
    """Statements about one subject; what has no value is left out."""
    for property_, value in values:
        if value is not None:
            yield Triple(subject, term(property_), value), where


def _types(subject: NamedNode, kind: str, where: str) -> Iterator[Statement]:
    for name in KINDS.get(kind, ()):
        yield Triple(subject, term("rdf:type"), term(name)), where


def integer(number: int) -> Literal:
    """``number`` as xsd:integer, the one integer type that the store keeps."""
    return Literal(str(number), datatype=term("xsd:integer"))


def _record(extraction: Extraction) -> Iterator[Statement]:
    text, reading, names = extraction.document.text, extraction.document.reading, extraction.names
    record = reading.document
    document = names.document(text.slug)
    title = Literal(_title(text.text), language=record.language)
    values: dict[str, tuple[str, Term | None]] = {
        "": ("rdf:type", term("foaf:Document")),
        "language": ("schema:inLanguage", Literal(record.language)),
        "about": ("foaf:primaryTopic", names.thing(record.about)),
        "address": ("dcterms:source", NamedNode(record.address)),
        "publisher": ("dcterms:publisher", names.thing(record.publisher)),
        "rights": ("dcterms:rights", Literal(record.rights, language="en")),
        "sha256": ("dcterms:hasVersion", names.version(text.slug, text.version)),
    }
    for key, (property_, value) in values.items():
        where = reading.where("document", *([key] if key else []))
        yield from _about(document, where, [(property_, value)])
    yield Triple(document, term("rdf:type"), term("prov:Entity")), reading.where("document")
    yield Triple(document, term("dcterms:title"), title), text.where(0)
    if record.number is not None:
        identifier = names.document(text.slug, "identifier")
        yield from _about(
            identifier,
            reading.where("document", "number"),
            [
                ("rdf:type", term("adms:Identifier")),
                ("skos:notation", Literal(record.number)),
                ("dcterms:creator", names.thing(record.publisher)),
            ],
        )


def _title(text: str) -> str:
    # A byte order mark belongs to the file, not to its first line.
    lines = (line.strip().removeprefix("\ufeff").strip() for line in text.splitlines())
    return next(line for line in lines if line)


def _version(extraction: Extraction) -> Iterator[Statement]:
    text, record, names = (
        extraction.document.text,
        extraction.document.reading.document,
        extraction.names,
    )
    version = names.version(text.slug, text.version)
    checksum = names.version(text.slug, text.version, "checksum")
    retrieved = record.retrieved
    where = text.where(0)
    yield from _about(
        version,
        where,
        [
            ("rdf:type", term("park:ProfileDocument")),
            ("rdf:type", term("foaf:Document")),
            ("rdf:type", term("prov:Entity")),
            ("dcterms:isVersionOf", names.document(text.slug)),
            ("dcterms:title", Literal(_title(text.text), language=record.language)),
            ("dcterms:rights", Literal(record.rights, language="en")),
            ("prov:wasDerivedFrom", NamedNode(record.address)),
            ("dcat:downloadURL", names.source(text.slug, text.version)),
            ("dcat:byteSize", integer(len(text.data))),
            ("spdx:checksum", checksum),
            (
                "dcterms:created",
                Literal(retrieved, datatype=term("xsd:date")) if retrieved else None,
            ),
        ],
    )
    yield from _about(
        checksum,
        where,
        [
            ("rdf:type", term("spdx:Checksum")),
            ("spdx:algorithm", term("spdx:checksumAlgorithm_sha256")),
            ("spdx:checksumValue", Literal(text.sha256)),
        ],
    )


def _field(extraction: Extraction, found: Field) -> Iterator[Statement]:
    text, names = extraction.document.text, extraction.names
    where = text.where(found.block.start)
    node = names.document(text.slug, f"field-{found.slug}")
    version = names.version(text.slug, text.version)
    yield Triple(version, term("park:hasField"), node), where
    yield from _about(
        node,
        where,
        [
            ("rdf:type", term("park:ProfileField")),
            ("park:fieldName", Literal(found.label)),
            ("park:fieldState", _FILLED if found.values else _EMPTY),
            ("schema:position", None if found.number is None else integer(found.number)),
            ("prov:wasDerivedFrom", names.passage(text.slug, text.version, found.block)),
        ],
    )
    for span in found.values:
        value = Literal(text.quote(span))
        yield Triple(node, term("park:fieldValue"), value), text.where(span.start)
    yield from _passage(extraction, found.block, where)


def _passage(extraction: Extraction, span: Span, where: str) -> Iterator[Statement]:
    text, names = extraction.document.text, extraction.names
    passage = names.passage(text.slug, text.version, span)
    selector = names.selector(text.slug, text.version, span)
    yield from _about(
        passage,
        where,
        [
            ("rdf:type", term("oa:SpecificResource")),
            ("oa:hasSource", names.version(text.slug, text.version)),
            ("oa:hasSelector", selector),
        ],
    )
    before = Span(max(span.start - CONTEXT, 0), span.start)
    after = Span(span.end, min(span.end + CONTEXT, len(text.text)))
    yield from _about(
        selector,
        where,
        [
            ("rdf:type", term("oa:TextQuoteSelector")),
            ("rdf:type", term("oa:TextPositionSelector")),
            ("oa:exact", Literal(text.quote(span))),
            ("oa:prefix", Literal(text.quote(before))),
            ("oa:suffix", Literal(text.quote(after))),
            ("oa:start", integer(span.start)),
            ("oa:end", integer(span.end)),
        ],
    )


def _things(extraction: Extraction) -> Iterator[Statement]:
    names, reading = extraction.names, extraction.document.reading
    record = reading.document
    for reference in (record.about, record.publisher):
        where = reading.where("document", "about" if reference == record.about else "publisher")
        yield from _types(names.thing(reference), reference.partition("/")[0], where)
    for thing in extraction.things:
        node = names.thing(thing.reference)
        label = Literal(thing.label, language=record.language)
        yield from _types(node, thing.reference.partition("/")[0], thing.where)
        yield from _about(node, thing.where, [("skos:prefLabel", label), ("rdfs:label", label)])
    yield from _membership(extraction)
    yield from _site(extraction)


def _membership(extraction: Extraction) -> Iterator[Statement]:
    names, reading = extraction.names, extraction.document.reading
    record = reading.document
    park, membership = names.thing(record.about), names.thing(membership_of(extraction.slug))
    where = reading.where("document", "publisher")
    number = f", {record.number}" if record.number else ""
    label = Literal(f"{record.publisher_name}{number}", language=record.language)
    yield from _types(membership, "membership", where)
    yield from _about(
        membership,
        where,
        [("org:member", park), ("skos:prefLabel", label), ("rdfs:label", label)],
    )
    yield Triple(park, term("org:hasMembership"), membership), where


def _site(extraction: Extraction) -> Iterator[Statement]:
    names, record = extraction.names, extraction.document.reading.document
    site = next((t for t in extraction.things if t.reference == site_of(record)), None)
    if site is None:
        return
    park, node = names.thing(record.about), names.thing(site.reference)
    yield Triple(park, term("org:hasPrimarySite"), node), site.where
    yield Triple(node, term("org:siteOf"), park), site.where
    address = NamedNode(f"{node.value}#address")
    if any(c.triple and c.triple.object == address for c in extraction.claims):
        yield Triple(address, term("rdf:type"), term("schema:PostalAddress")), site.where


def _claim(extraction: Extraction, claim: Claim) -> Iterator[Statement]:
    names, slug = extraction.names, extraction.slug
    node = names.document(slug, f"claim-{claim.id}")
    places = claim.places or {}
    for property_, value in _claim_values(extraction, claim):
        where = places.get(property_, claim.where)
        yield from _about(node, where, [(property_, value)])
    for whole in claim.part_of:
        parent = names.document(slug, f"claim-{whole}")
        yield Triple(node, term("dcterms:isPartOf"), parent), claim.where
    if claim.triple is not None:
        yield claim.triple, claim.where
        if claim.triple.predicate == term("skos:prefLabel"):
            label = Triple(claim.triple.subject, term("rdfs:label"), claim.triple.object)
            yield label, claim.where
    if claim.quantity is not None:
        yield Triple(claim.about, term("park:hasFigure"), node), claim.where
    if claim.span is not None:
        yield from _passage(extraction, claim.span, claim.where)
    else:
        yield from _record_evidence(extraction, claim)


def _claim_values(extraction: Extraction, claim: Claim) -> Iterator[tuple[str, Term | None]]:
    names, text = extraction.names, extraction.document.text
    language = extraction.document.reading.document.language
    yield "rdf:type", term("park:Claim")
    yield "park:about", claim.about
    yield "park:claimKind", claim.kind
    yield "park:standing", claim.standing
    if claim.span is not None:
        yield "park:evidence", names.passage(text.slug, text.version, claim.span)
        yield "park:quote", Literal(claim.quote, language=language)
    else:
        yield "park:evidence", names.document(text.slug, f"record-{claim.record.lower()}")
    if claim.triple is not None:
        yield "rdf:subject", claim.triple.subject
        yield "rdf:predicate", claim.triple.predicate
        yield "rdf:object", claim.triple.object
    yield "skos:note", Literal(claim.note, language="en") if claim.note else None
    yield "park:statedCount", None if claim.count is None else integer(claim.count)
    if claim.open_list:
        yield "park:openList", Literal("true", datatype=term("xsd:boolean"))
    for concept in claim.topics:
        yield "dcterms:subject", concept
    for thing in claim.mentions:
        yield "schema:mentions", thing
    if claim.quantity is not None:
        yield from _quantity_values(claim.quantity)


def _quantity_values(quantity: Quantity) -> Iterator[tuple[str, Term | None]]:
    yield "rdf:type", term("park:Figure")
    yield "park:indicator", quantity.indicator
    yield "park:bound", quantity.bound
    yield "sosa:hasFeatureOfInterest", quantity.feature
    if quantity.verbatim is not None:
        yield "park:verbatimValue", Literal(quantity.verbatim)
    if quantity.value is not None:
        yield "schema:value", decimal(f"{quantity.value:f}")
    if quantity.unit is not None:
        yield "qudt:hasUnit", quantity.unit.iri
        yield "schema:unitCode", Literal(quantity.unit.code)


def decimal(digits: str) -> Literal:
    """``digits`` as xsd:decimal in canonical form (XSD 1.1 part 2 §3.3.3).

    >>> decimal("12.50").value
    '12.5'
    """
    if "." in digits:
        digits = digits.rstrip("0").rstrip(".")
    return Literal(digits, datatype=term("xsd:decimal"))


def _record_evidence(extraction: Extraction, claim: Claim) -> Iterator[Statement]:
    names, slug = extraction.names, extraction.slug
    node = names.document(slug, f"record-{claim.record.lower()}")
    yield from _about(
        node,
        claim.where,
        [
            ("rdf:type", term("oa:SpecificResource")),
            ("oa:hasSource", names.document(slug)),
            ("skos:note", Literal(f"{claim.record}: {claim.quote}", language="en")),
        ],
    )
