"""The closure of a catalogue: each thing that it names says what it is (DCAT-AP 3.0.1 §5)."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Final

from parkgraph.rdf import Literal, NamedNode, Triple, parse_bytes
from parkgraph.vocab import term

#: The classes that DCAT-AP gives to the values of properties.
_RANGES: Final = {
    term(property_): tuple(map(term, classes))
    for property_, classes in {
        "dcat:compressFormat": ("dcterms:MediaType",),
        "dcat:contactPoint": ("vcard:Kind",),
        "dcat:endpointDescription": ("rdfs:Resource",),
        "dcat:endpointURL": ("rdfs:Resource",),
        "dcat:landingPage": ("foaf:Document",),
        "dcat:mediaType": ("dcterms:MediaType",),
        "dcat:theme": ("skos:Concept",),
        "dcterms:accessRights": ("dcterms:RightsStatement",),
        "dcterms:accrualPeriodicity": ("dcterms:Frequency",),
        "dcterms:conformsTo": ("dcterms:Standard",),
        "dcterms:creator": ("foaf:Agent",),
        "dcterms:format": ("dcterms:MediaTypeOrExtent",),
        "dcterms:language": ("dcterms:LinguisticSystem",),
        "dcterms:license": ("dcterms:LicenseDocument",),
        "dcterms:publisher": ("foaf:Agent",),
        "dcterms:rights": ("dcterms:RightsStatement",),
        "dcterms:spatial": ("dcterms:Location",),
        "foaf:homepage": ("foaf:Document",),
        "foaf:page": ("foaf:Document",),
    }.items()
}
_TYPE: Final = term("rdf:type")


def closed(triples: Sequence[Triple]) -> list[Triple]:
    """``triples``, with the class of each value and the description of each code of a list."""
    found = dict.fromkeys(triples)
    found |= dict.fromkeys(_classes(triples))
    waiting = [t.object for t in found]
    known = _codes()
    while waiting:
        more = [t for t in known.get(waiting.pop(), ()) if t not in found]
        found |= dict.fromkeys(more)
        waiting += [t.object for t in more]
    return list(found)


def language(tag: str) -> NamedNode | None:
    """The code of the EU's list for a language tag, as far as :func:`closed` knows it."""
    wanted = Literal(tag.partition("-")[0].lower())
    for code, triples in _codes().items():
        if isinstance(code, NamedNode) and any(t.object == wanted for t in triples):
            return code
    return None


def _classes(triples: Sequence[Triple]) -> Iterator[Triple]:
    for triple in triples:
        if isinstance(triple.object, NamedNode):
            for class_ in _RANGES.get(triple.predicate, ()):
                yield Triple(triple.object, _TYPE, class_)


@cache
def _codes() -> Mapping[object, list[Triple]]:
    """Each code of the lists in ``authorities.ttl``, with its triples."""
    found: dict[object, list[Triple]] = {}
    data = Path(__file__).with_name("authorities.ttl").read_bytes()
    for quad in parse_bytes(data, "ttl"):
        found.setdefault(quad.subject, []).append(quad.triple)
    return found
