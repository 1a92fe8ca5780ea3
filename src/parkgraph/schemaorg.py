"""A description in the terms of schema.org, for who knows no others: search engines first.

What has no counterpart there is left out, so this is a view and no exchange format. A figure is an
Observation whose bound decides what the number is: "more than 1,500" is a least value.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from decimal import Decimal
from functools import lru_cache
from types import MappingProxyType
from typing import Final, TypeAlias

from parkgraph.description import Line, bare, is_iri, read_literal
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
    str(term("bound:more-than")): "minValue",
    str(term("bound:at-least")): "minValue",
    str(term("bound:at-most")): "maxValue",
    str(term("bound:fewer-than")): "maxValue",
}
_AS_STATED: Final = str(term("bound:as-stated"))

_TYPE: Final = str(term("rdf:type"))
_LABEL: Final = str(term("rdfs:label"))
_FIGURE: Final = str(term("park:hasFigure"))
_BOUND: Final = str(term("park:bound"))
_INDICATOR: Final = str(term("park:indicator"))
_OBSERVATION: Final = str(term("schema:Observation"))
_QUANTITY: Final = str(term("schema:QuantitativeValue"))
_ABOUT: Final = str(term("schema:observationAbout"))
_AMOUNT: Final = str(term("schema:value"))
_UNIT: Final = str(term("schema:unitCode"))
_NAME: Final = str(term("schema:name"))
_DESCRIPTION: Final = str(term("schema:description"))
_THING: Final = f"{_SCHEMA}Thing"
_INTEGER: Final = term("xsd:integer").value
_DOUBLE: Final = term("xsd:double").value
_NUMERIC: Final = frozenset(
    (_INTEGER, term("xsd:decimal").value, term("xsd:nonNegativeInteger").value)
)
#: The lexical forms of a decimal number (XML Schema 1.1 part 2, §3.3.3.1).
_DECIMAL: Final = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)")

#: Property to values, as N-Triples writes them.
_Node: TypeAlias = dict[str, list[str]]
Json: TypeAlias = "str | int | float | list[Json] | dict[str, Json]"


def class_of(classes: Iterable[str]) -> str:
    """The schema.org class of a thing of these classes.

    >>> class_of(["http://www.w3.org/ns/org#Site"])
    'https://schema.org/Place'
    """
    found = sorted({_CLASS.get(c, c) for c in classes if c in _CLASS or c.startswith(_SCHEMA)})
    return found[0] if found else _THING


def schema_org(lines: Iterable[Line], first: str) -> list[Line]:
    """What ``lines`` say of ``first`` and of what it leads to, in the terms of schema.org."""
    nodes = _nodes(lines)
    said: dict[Line, None] = {}
    start = f"<{first}>"
    waiting, seen = [start], {start}
    while waiting:
        for line in _thing(waiting.pop(), nodes):
            said[line] = None
            value = line[2]
            if value in nodes and value not in seen and is_iri(value):
                seen.add(value)
                waiting.append(value)
    return list(said)


def _nodes(lines: Iterable[Line]) -> dict[str, _Node]:
    nodes: dict[str, _Node] = {}
    for subject, predicate, value in lines:
        nodes.setdefault(subject, {}).setdefault(predicate, []).append(value)
    return nodes


def _thing(subject: str, nodes: Mapping[str, _Node]) -> Iterator[Line]:
    node = nodes.get(subject, {})
    if classes := [bare(value) for value in node.get(_TYPE, ()) if is_iri(value)]:
        yield subject, _TYPE, f"<{class_of(classes)}>"
    for predicate, values in node.items():
        if theirs := _theirs(predicate):
            for value in values:
                yield subject, theirs, _plain(value)
    for figure in node.get(_FIGURE, ()):
        if is_iri(figure):
            yield from _observation(subject, figure, nodes)


@lru_cache(maxsize=1024)
def _theirs(predicate: str) -> str:
    """Their property for ours; empty if there is none."""
    ours = bare(predicate)
    name = _PROPERTY.get(ours) or (ours if ours.startswith(_SCHEMA) else "")
    return name and f"<{name}>"


def _plain(value: str) -> str:
    """A value as JSON has it: numbers, and texts for all else that has a datatype."""
    if value.startswith(_MEDIA_TYPE):
        return f'"{value.removeprefix(_MEDIA_TYPE)[:-1]}"'
    if not value.startswith('"') or value.endswith('"'):
        return value
    end = value.rindex('"')
    if value[end + 1] == "@":
        return value
    digits, datatype = value[1:end], value[end + 4 : -1]
    number = datatype in _NUMERIC and _DECIMAL.fullmatch(digits)
    return _number(digits) if number else value[: end + 1]


_MEDIA_TYPE: Final = f"<{_IANA}"


def _number(digits: str) -> str:
    """As a processor of JSON-LD takes a number of JSON (JSON-LD 1.1 API §8.6)."""
    number = Decimal(digits)
    if number == number.to_integral_value() and abs(number) < _LARGE:
        return f'"{int(number)}"^^<{_INTEGER}>'
    mantissa, _, exponent = f"{float(number):.15E}".partition("E")
    whole, _, part = mantissa.partition(".")
    return f'"{whole}.{part.rstrip("0") or 0}E{int(exponent)}"^^<{_DOUBLE}>'


_LARGE: Final = Decimal(10) ** 21


def _observation(subject: str, figure: str, nodes: Mapping[str, _Node]) -> Iterator[Line]:
    """A figure, with its bound: no number goes out as exact that is only a limit."""
    node = nodes.get(figure, {})
    bound = next(iter(node.get(_BOUND, ())), _AS_STATED)
    yield figure, _TYPE, _OBSERVATION
    yield figure, _TYPE, _QUANTITY
    yield figure, _ABOUT, subject
    for value in node.get(_AMOUNT, ()):
        yield figure, f"<{_SCHEMA}{_LIMITS.get(bound, 'value')}>", _plain(value)
    for code in node.get(_UNIT, ()):
        yield figure, _UNIT, code
    for indicator in node.get(_INDICATOR, ()):
        for label in nodes.get(indicator, {}).get(_LABEL, ()):
            yield figure, _NAME, label
    if bound != _AS_STATED:
        for label in nodes.get(bound, {}).get(_LABEL, ()):
            yield figure, _DESCRIPTION, label


#: Properties whose values are addresses, written as such.
_ADDRESSES: Final = ("contentUrl", "license", "sameAs", "url")
CONTEXT: Final[Mapping[str, Json]] = MappingProxyType(
    {"@vocab": _SCHEMA, **{name: {"@type": "@id"} for name in _ADDRESSES}}
)


def schema_json(lines: Iterable[Line], first: str) -> dict[str, Json]:
    """Lines of :func:`schema_org` as JSON-LD that needs no other file: ``first`` on top.

    A node stands where it is first led to; what nothing leads to, or a long chain alone, follows.
    """
    nodes, start = _nodes(lines), f"<{first}>"
    placed: set[str] = set()
    order = [start, *sorted(node for node in nodes if node != start)]
    top = [_written(node, nodes, placed, _DEEPEST) for node in order if node not in placed]
    context: dict[str, Json] = {"@context": dict(CONTEXT)}
    return {**context, **top[0]} if len(top) == 1 else {**context, "@graph": [*top]}


#: How far nodes stand in one another: each takes a part of the stack, and a chain has no end.
_DEEPEST: Final = 32


def _written(
    subject: str, nodes: Mapping[str, _Node], placed: set[str], room: int
) -> dict[str, Json]:
    placed.add(subject)
    members: dict[str, Json] = {"@id": bare(subject)}
    node = nodes.get(subject, {})
    if classes := node.get(_TYPE):
        members["@type"] = _few([_short(value) for value in sorted(classes)])
    for predicate in sorted(node):
        if predicate != _TYPE:
            key = _short(predicate)
            values = sorted(node[predicate])
            members[key] = _few([_value(key, value, nodes, placed, room) for value in values])
    return members


def _value(key: str, value: str, nodes: Mapping[str, _Node], placed: set[str], room: int) -> Json:
    if value.startswith('"'):
        return _literal(value)
    if room and value in nodes and value not in placed:
        return _written(value, nodes, placed, room - 1)
    name = bare(value)
    return name if key in _ADDRESSES else {"@id": name}


def _literal(value: str) -> Json:
    text, language, datatype = read_literal(value)
    if language:
        return {"@language": language, "@value": text}
    if number := _NUMBERS.get(datatype):
        with suppress(ValueError):  # a unit's code may be of any datatype, and ill-typed
            return number(text)
    return text


_NUMBERS: Final[Mapping[str, Callable[[str], float]]] = {_INTEGER: int, _DOUBLE: float}


@lru_cache(maxsize=1024)
def _short(iri: str) -> str:
    return bare(iri).removeprefix(_SCHEMA)


def _few(values: list[Json]) -> Json:
    return values if len(values) > 1 else values[0]
