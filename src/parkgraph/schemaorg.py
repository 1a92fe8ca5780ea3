"""A description in the terms of schema.org, for who knows no others: search engines first.

What has no counterpart there is left out, so this is a view and no exchange format. A figure is an
Observation whose bound decides what the number is: "more than 1,500" is a least value.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from functools import lru_cache
from types import MappingProxyType
from typing import Final, TypeAlias

from parkgraph.rdf import Literal, NamedNode, Term, Triple
from parkgraph.vocab import PREFIXES, term

_SCHEMA: Final = PREFIXES["schema"]
_IANA: Final = "https://www.iana.org/assignments/media-types/"

#: Our classes by theirs; what is not here is a Thing.
_CLASSES: Final = """
    Organization: park:Park park:Network org:Organization org:OrganizationalCollaboration foaf:Agent
    Place: org:Site geo:Feature
    OrganizationRole: org:Membership
    CreativeWork: park:Strategy prov:Plan
    DigitalDocument: park:ProfileDocument
    Claim: park:Claim
    DefinedTerm: skos:Concept
    DefinedTermSet: skos:ConceptScheme owl:Ontology
    Dataset: dcat:Dataset void:Dataset
    DataDownload: dcat:Distribution
    WebAPI: dcat:DataService
    ContactPoint: vcard:Group"""
#: Our properties by theirs; theirs are kept.
_PROPERTIES: Final = """
    name: rdfs:label skos:prefLabel dcterms:title foaf:name vcard:fn
    alternateName: skos:altLabel skos:hiddenLabel
    description: dcterms:description skos:definition rdfs:comment park:mission
    url: foaf:homepage vcard:hasURL
    sameAs: skos:exactMatch
    location: org:hasPrimarySite
    knowsAbout: park:technologySector
    termCode: skos:notation
    inDefinedTermSet: skos:inScheme
    hasDefinedTerm: skos:hasTopConcept
    about: foaf:primaryTopic
    license: dcterms:license
    publisher: dcterms:publisher
    creator: dcterms:creator
    copyrightNotice: dcterms:rights
    datePublished: dcterms:issued
    dateModified: dcterms:modified
    dateCreated: dcterms:created
    inLanguage: dcterms:language
    identifier: dcterms:identifier
    version: dcat:version
    keywords: dcat:keyword
    contactPoint: dcat:contactPoint
    distribution: dcat:distribution
    contentUrl: dcat:downloadURL
    encodingFormat: dcat:mediaType
    contentSize: dcat:byteSize"""


def _table(rows: str) -> Mapping[str, str]:
    """Ours to theirs, both in full."""
    pairs = (row.split(": ", 1) for row in rows.strip().splitlines())
    return MappingProxyType(
        {term(ours).value: _SCHEMA + name.strip() for name, all_ in pairs for ours in all_.split()}
    )


_CLASS: Final = _table(_CLASSES)
_PROPERTY: Final = _table(_PROPERTIES)

#: What a number with this bound is; with any other it is the value.
_LIMITS: Final = {
    term("bound:more-than"): "minValue",
    term("bound:at-least"): "minValue",
    term("bound:at-most"): "maxValue",
    term("bound:fewer-than"): "maxValue",
}
_AS_STATED: Final = term("bound:as-stated")

_TYPE: Final = term("rdf:type")
_LABEL: Final = term("rdfs:label")
_FIGURE: Final = term("park:hasFigure")
_BOUND: Final = term("park:bound")
_INDICATOR: Final = term("park:indicator")
_OBSERVATION: Final = term("schema:Observation")
_QUANTITY: Final = term("schema:QuantitativeValue")
_ABOUT: Final = term("schema:observationAbout")
_AMOUNT: Final = term("schema:value")
_UNIT: Final = term("schema:unitCode")
_NAME: Final = term("schema:name")
_DESCRIPTION: Final = term("schema:description")
_THING: Final = f"{_SCHEMA}Thing"
_INTEGER: Final = term("xsd:integer")
_DOUBLE: Final = term("xsd:double")
_STRING: Final = term("xsd:string")
_NUMERIC: Final = frozenset((_INTEGER, term("xsd:decimal"), term("xsd:nonNegativeInteger")))

_Node: TypeAlias = dict[NamedNode, list[Term]]
Json: TypeAlias = "str | int | float | list[Json] | dict[str, Json]"


def class_of(classes: Iterable[str]) -> str:
    """The schema.org class of a thing of these classes.

    >>> class_of(["http://www.w3.org/ns/org#Site"])
    'https://schema.org/Place'
    """
    found = sorted({_CLASS.get(c, c) for c in classes if c in _CLASS or c.startswith(_SCHEMA)})
    return found[0] if found else _THING


def schema_org(triples: Iterable[Triple], first: str) -> list[Triple]:
    """What ``triples`` say of ``first`` and of what it leads to, in the terms of schema.org."""
    nodes = _nodes(triples)
    said: dict[Triple, None] = {}
    waiting, seen = [NamedNode(first)], {NamedNode(first)}
    while waiting:
        node = waiting.pop()
        for triple in _thing(node, nodes):
            said[triple] = None
            value = triple.object
            if isinstance(value, NamedNode) and value in nodes and value not in seen:
                seen.add(value)
                waiting.append(value)
    return list(said)


def _nodes(triples: Iterable[Triple]) -> dict[Term, _Node]:
    nodes: dict[Term, _Node] = {}
    for triple in triples:
        nodes.setdefault(triple.subject, {}).setdefault(triple.predicate, []).append(triple.object)
    return nodes


def _thing(subject: NamedNode, nodes: Mapping[Term, _Node]) -> Iterator[Triple]:
    node = nodes.get(subject, {})
    classes = [c.value for c in node.get(_TYPE, ()) if isinstance(c, NamedNode)]
    if classes:
        yield Triple(subject, _TYPE, NamedNode(class_of(classes)))
    for predicate, values in node.items():
        theirs = _theirs(predicate.value)
        if theirs is not None:
            for value in values:
                yield Triple(subject, theirs, _plain(value))
    for figure in node.get(_FIGURE, ()):
        if isinstance(figure, NamedNode):
            yield from _observation(subject, figure, nodes)


@lru_cache(maxsize=1024)
def _theirs(predicate: str) -> NamedNode | None:
    name = _PROPERTY.get(predicate) or (predicate if predicate.startswith(_SCHEMA) else None)
    return NamedNode(name) if name else None


def _plain(value: Term) -> Term:
    """A value as JSON has it: numbers, and texts for all else that has a datatype."""
    if isinstance(value, NamedNode) and value.value.startswith(_IANA):
        return Literal(value.value.removeprefix(_IANA))
    if not isinstance(value, Literal) or value.language:
        return value
    return _number(value.value) if value.datatype in _NUMERIC else Literal(value.value)


def _number(digits: str) -> Literal:
    """As a processor of JSON-LD takes a number of JSON (JSON-LD 1.1 API §8.6)."""
    number = Decimal(digits)
    if number == number.to_integral_value() and abs(number) < _LARGE:
        return Literal(str(int(number)), datatype=_INTEGER)
    mantissa, _, exponent = f"{float(number):.15E}".partition("E")
    whole, _, part = mantissa.partition(".")
    return Literal(f"{whole}.{part.rstrip('0') or 0}E{int(exponent)}", datatype=_DOUBLE)


_LARGE: Final = Decimal(10) ** 21


def _observation(
    subject: NamedNode, figure: NamedNode, nodes: Mapping[Term, _Node]
) -> Iterator[Triple]:
    """A figure, with its bound: no number goes out as exact that is only a limit."""
    node = nodes.get(figure, {})
    bound = next(iter(node.get(_BOUND, ())), _AS_STATED)
    kind = _LIMITS.get(bound, "value") if isinstance(bound, NamedNode) else "value"
    yield Triple(figure, _TYPE, _OBSERVATION)
    yield Triple(figure, _TYPE, _QUANTITY)
    yield Triple(figure, _ABOUT, subject)
    for value in node.get(_AMOUNT, ()):
        yield Triple(figure, NamedNode(_SCHEMA + kind), _plain(value))
    for code in node.get(_UNIT, ()):
        yield Triple(figure, _UNIT, code)
    for indicator in node.get(_INDICATOR, ()):
        for label in nodes.get(indicator, {}).get(_LABEL, ()):
            yield Triple(figure, _NAME, label)
    if bound != _AS_STATED:
        for label in nodes.get(bound, {}).get(_LABEL, ()):
            yield Triple(figure, _DESCRIPTION, label)


#: Properties whose values are addresses, written as such.
_ADDRESSES: Final = ("contentUrl", "license", "sameAs", "url")
CONTEXT: Final[Mapping[str, Json]] = MappingProxyType(
    {"@vocab": _SCHEMA, **{name: {"@type": "@id"} for name in _ADDRESSES}}
)


def schema_json(triples: Sequence[Triple], first: str) -> dict[str, Json]:
    """Triples of :func:`schema_org` as JSON-LD that needs no other file: ``first`` on top.

    A node stands where it is first led to; what nothing leads to follows it.
    """
    nodes = _nodes(triples)
    order = [NamedNode(first), *sorted((n for n in nodes if n != NamedNode(first)), key=str)]
    placed: set[Term] = set()
    top = [_written(node, nodes, placed) for node in order if node not in placed]
    context: dict[str, Json] = {"@context": dict(CONTEXT)}
    return {**context, **top[0]} if len(top) == 1 else {**context, "@graph": [*top]}


def _written(subject: Term, nodes: Mapping[Term, _Node], placed: set[Term]) -> dict[str, Json]:
    placed.add(subject)
    name = subject.value if isinstance(subject, NamedNode) else str(subject)
    members: dict[str, Json] = {}
    for predicate, values in sorted(nodes.get(subject, {}).items(), key=lambda pair: str(pair[0])):
        ordered = sorted(values, key=str) if len(values) > 1 else values
        if predicate == _TYPE:
            members["@type"] = _few([_short(value) for value in ordered])
            continue
        key = _short(predicate)
        members[key] = _few([_value(key, value, nodes, placed) for value in ordered])
    types = {"@type": members.pop("@type")} if "@type" in members else {}
    return {"@id": name, **types, **members}


def _value(key: str, value: Term, nodes: Mapping[Term, _Node], placed: set[Term]) -> Json:
    if isinstance(value, Literal):
        return _literal(value)
    if value in nodes and value not in placed:
        return _written(value, nodes, placed)
    name = value.value if isinstance(value, NamedNode) else str(value)
    return name if key in _ADDRESSES else {"@id": name}


def _literal(value: Literal) -> Json:
    if value.language:
        return {"@language": value.language, "@value": value.value}
    if value.datatype == _INTEGER:
        return int(value.value)
    if value.datatype == _DOUBLE:
        return float(value.value)
    return value.value


def _short(value: Term) -> str:
    return value.value.removeprefix(_SCHEMA) if isinstance(value, NamedNode) else str(value)


def _few(values: list[Json]) -> Json:
    return values if len(values) > 1 else values[0]
