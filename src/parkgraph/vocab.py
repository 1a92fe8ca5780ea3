"""The terms that the program itself writes, the kinds of things, and the units: tables only."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from parkgraph.rdf import NamedNode

#: The vocabulary and the concept schemes keep this address, whoever publishes (model.md §3).
HOME: Final = "https://w3id.org/parkgraph/"

#: The prefixes of every Turtle, TriG and JSON-LD file, and of what is shown to people.
PREFIXES: Final[Mapping[str, str]] = {
    "park": f"{HOME}def#",
    "activity": f"{HOME}id/concept/activity/",
    "bound": f"{HOME}id/concept/bound/",
    "business-line": f"{HOME}id/concept/business-line/",
    "claim-kind": f"{HOME}id/concept/claim-kind/",
    "field-state": f"{HOME}id/concept/field-state/",
    "indicator": f"{HOME}id/concept/indicator/",
    "member-category": f"{HOME}id/concept/member-category/",
    "park-type": f"{HOME}id/concept/park-type/",
    "resident-kind": f"{HOME}id/concept/resident-kind/",
    "resource-source": f"{HOME}id/concept/resource-source/",
    "sector": f"{HOME}id/concept/sector/",
    "shared-resource": f"{HOME}id/concept/shared-resource/",
    "standing": f"{HOME}id/concept/standing/",
    "adms": "http://www.w3.org/ns/adms#",
    "dcat": "http://www.w3.org/ns/dcat#",
    "dcterms": "http://purl.org/dc/terms/",
    "foaf": "http://xmlns.com/foaf/0.1/",
    "geo": "http://www.opengis.net/ont/geosparql#",
    "oa": "http://www.w3.org/ns/oa#",
    "org": "http://www.w3.org/ns/org#",
    "owl": "http://www.w3.org/2002/07/owl#",
    "prov": "http://www.w3.org/ns/prov#",
    "qudt": "http://qudt.org/schema/qudt/",
    "rdf": "http://www.w3.org/1999/02/22-rdf-syntax-ns#",
    "rdfs": "http://www.w3.org/2000/01/rdf-schema#",
    "schema": "https://schema.org/",
    "sd": "http://www.w3.org/ns/sparql-service-description#",
    "sh": "http://www.w3.org/ns/shacl#",
    "skos": "http://www.w3.org/2004/02/skos/core#",
    "sosa": "http://www.w3.org/ns/sosa/",
    "spdx": "http://spdx.org/rdf/terms#",
    "unit": "http://qudt.org/vocab/unit/",
    "vann": "http://purl.org/vocab/vann/",
    "vcard": "http://www.w3.org/2006/vcard/ns#",
    "void": "http://rdfs.org/ns/void#",
    "wd": "http://www.wikidata.org/entity/",
    "xsd": "http://www.w3.org/2001/XMLSchema#",
}


@lru_cache(maxsize=4096)
def term(curie: str) -> NamedNode:
    """The IRI that a prefixed name stands for.

    >>> term("park:about").value
    'https://w3id.org/parkgraph/def#about'

    Raises:
        KeyError: the prefix is none of :data:`PREFIXES`.
    """
    prefix, _, name = curie.partition(":")
    return NamedNode(PREFIXES[prefix] + name)


#: Each namespace ends in a slash or a hash, so an IRI is in one at most.
_BY_NAMESPACE: Final = {namespace: prefix for prefix, namespace in PREFIXES.items()}


@lru_cache(maxsize=16384)
def compact(iri: str) -> str:
    """The prefixed name of ``iri`` where a prefix fits, else ``iri`` itself.

    >>> compact("http://www.w3.org/ns/org#Site")
    'org:Site'
    """
    cut = max(iri.rfind("#"), iri.rfind("/")) + 1
    prefix, name = _BY_NAMESPACE.get(iri[:cut]), iri[cut:]
    named = prefix and name.replace("-", "").replace("_", "").isalnum()
    return f"{prefix}:{name}" if named else iri


#: The registries whose entries alignments name: what an IRI of one begins with, and its name.
REGISTRIES: Final[Mapping[str, str]] = {
    PREFIXES["wd"]: "Wikidata",
    "https://ror.org/": "ROR",
    "https://sws.geonames.org/": "GeoNames",
}


def registered(iri: str) -> str | None:
    """An entry of a registry by the registry's name and its own number; None if it is none.

    >>> registered("https://sws.geonames.org/1816670/")
    'GeoNames 1816670'
    """
    for space, name in REGISTRIES.items():
        entry = iri.removeprefix(space).rstrip("/")
        if iri.startswith(space) and entry.isalnum():
            return f"{name} {entry}"
    return None


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit of a figure: QUDT's IRI, the UN/CEFACT code of ``schema:unitCode``, its words."""

    iri: NamedNode
    code: str
    symbol: str


#: Units that a reading may name, by QUDT's local name (UN/CEFACT Recommendation 20 codes).
UNITS: Final[Mapping[str, Unit]] = {
    "M2": Unit(term("unit:M2"), "MTK", "m²"),
    "HA": Unit(term("unit:HA"), "HAR", "ha"),
    "KiloM2": Unit(term("unit:KiloM2"), "KMK", "km²"),
    "NUM": Unit(term("unit:NUM"), "C62", ""),
    "YR": Unit(term("unit:YR"), "ANN", "years"),
    "PERCENT": Unit(term("unit:PERCENT"), "P1", "%"),
}

#: The classes of each kind of thing that an IRI ``/id/{kind}/{slug}`` may name (model.md §3).
KINDS: Final[Mapping[str, tuple[str, ...]]] = {
    "park": ("park:Park", "org:Organization"),
    "organization": ("org:Organization",),
    "site": ("org:Site", "geo:Feature"),
    "place": ("schema:Place",),
    "network": ("park:Network", "org:OrganizationalCollaboration"),
    "service": ("schema:Service",),
    "strategy": ("park:Strategy", "prov:Plan"),
    "membership": ("org:Membership",),
    "alignment": ("rdf:Statement",),
}


@dataclass(frozen=True, slots=True)
class Property:
    """What a claim may assert with a property: a concept of a scheme, a thing, or its words."""

    takes: str
    scheme: str = ""


#: Properties that a reading may use, by prefixed name. A new one also needs a line in the
#: ontology, if it is ours, and a shape.
PROPERTIES: Final[Mapping[str, Property]] = {
    "dcterms:description": Property("text"),
    "dcterms:title": Property("text"),
    "park:affiliatedUniversity": Property("thing"),
    "park:builder": Property("thing"),
    "park:businessLine": Property("concept", "business-line"),
    "park:hasStrategy": Property("thing"),
    "park:hosts": Property("concept", "resident-kind"),
    "park:integratesResourcesFrom": Property("concept", "resource-source"),
    "park:mission": Property("text"),
    "park:operator": Property("thing"),
    "park:positionNote": Property("text"),
    "park:sharesResource": Property("concept", "shared-resource"),
    "park:technologySector": Property("concept", "sector"),
    "schema:audience": Property("concept", "resident-kind"),
    "schema:containedInPlace": Property("thing"),
    "schema:founder": Property("thing"),
    "schema:provider": Property("thing"),
    "skos:altLabel": Property("text"),
}

#: What a number in words or digits may be multiplied with.
MULTIPLIERS: Final[Mapping[str, int]] = {
    "hundred": 100,
    "thousand": 1_000,
    "million": 1_000_000,
    "billion": 1_000_000_000,
}

#: Chinese and Japanese signs that a number may be multiplied with.
SIGNS_OF_TEN_THOUSANDS: Final[Mapping[str, int]] = {
    **dict.fromkeys("万萬", 10_000),
    **dict.fromkeys("亿億", 100_000_000),
}

#: Words that make another number of the one beside them: what they do to it is not read.
UNCERTAIN_WORDS: Final = frozenset(
    {"couple", "crore", "crores", "double", "dozen", "dozens", "half", "lakh", "lakhs", "quarter"}
    | {"quarters", "score", "third", "thirds", "trillion", "triple", "twice"}
)

_METRES: Final = (
    *("m2", "m^2", "sqm", "sq m", "sq. m", "sq.m", "sq.m.", "sq metres", "sq. metres"),
    *("square metres", "square metre", "square-metre", "square-metres"),
)
_METERS: Final = (*_METRES, "square meters", "square meter", "平方米", "平米")
_HECTARES: Final = ("hectares", "hectare", "ha", "公顷")
_KILOMETRES: Final = ("km2", "km^2", "sq km", "sq. km", "square km", "square kilometres")
_KILOMETERS: Final = (*_KILOMETRES, "square kilometre", "square kilometers", "平方公里", "平方千米")

#: How texts write the units of a figure, and what a number is then multiplied with. In units that
#: are not here no number is compared: a mu, an acre or a foot has no whole number of metres.
WRITTEN_UNITS: Final[Mapping[str, Mapping[str, int]]] = {
    "M2": {
        **dict.fromkeys(_METERS, 1),
        **dict.fromkeys(_HECTARES, 10_000),
        **dict.fromkeys(_KILOMETERS, 1_000_000),
    },
    "HA": dict.fromkeys(_HECTARES, 1),
    "KiloM2": dict.fromkeys(_KILOMETERS, 1),
    "YR": dict.fromkeys(("years", "year", "yrs", "yr", "年"), 1),
    "PERCENT": dict.fromkeys(("%", "percent", "per cent"), 1),
}

_WORDS: Final = (
    "one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
    "sixteen seventeen eighteen nineteen twenty"
)
_TENS: Final = "thirty forty fifty sixty seventy eighty ninety"

#: Numbers that prose writes out.
NUMBER_WORDS: Final[Mapping[str, int]] = {
    **{word: number for number, word in enumerate(_WORDS.split(), start=1)},
    **{word: 10 * number for number, word in enumerate(_TENS.split(), start=3)},
}
