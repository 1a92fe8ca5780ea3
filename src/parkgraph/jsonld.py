"""JSON-LD 1.1, compact and in a fixed order, for the one context of this project.

Gives what a general processor's compaction gives with the same context (JSON-LD 1.1 API
§5.6), at a small part of its cost, since the nodes are flat and the context is known.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from json import dumps
from json.encoder import encode_basestring
from typing import Final, TypeAlias, cast

from parkgraph.errors import Diagnostic, ParkgraphError
from parkgraph.rdf import BlankNode, Literal, NamedNode, Quad, Term, Triple
from parkgraph.vocab import PREFIXES

#: Part of the context's address; a term that changes its meaning makes a new version.
CONTEXT_VERSION: Final = 1

Json: TypeAlias = "str | list[Json] | dict[str, Json]"

#: The terms, by how their values are written. A term is spelled as its vocabulary spells it.
#: A set (``many``) is an array even of one value; the rest have one value in our model.
_LINK: Final = """
    park:about park:bound park:claimKind park:fieldState park:indicator park:standing
    dcterms:license dcterms:publisher dcterms:source foaf:homepage foaf:primaryTopic
    oa:hasSelector oa:hasSource org:hasPrimarySite org:member org:organization org:role
    prov:wasAttributedTo qudt:hasUnit rdf:predicate rdf:subject rdfs:isDefinedBy
    schema:address schema:founder schema:provider skos:inScheme sosa:hasFeatureOfInterest"""
_LINKS: Final = """
    park:affiliatedUniversity park:builder park:businessLine park:evidence park:hasField
    park:hasFigure park:hasStrategy park:hosts park:integratesResourcesFrom park:operator
    park:sharesResource park:technologySector org:classification org:hasMembership
    prov:wasDerivedFrom rdfs:seeAlso rdfs:subClassOf schema:containedInPlace schema:sameAs
    skos:closeMatch skos:exactMatch skos:hasTopConcept"""
_TEXT: Final = """
    park:mission park:positionNote park:quote dcterms:description dcterms:title
    rdfs:comment rdfs:label skos:definition skos:prefLabel"""
_TEXTS: Final = "dcat:keyword skos:altLabel"
_PLAIN: Final = """
    park:fieldName park:verbatimValue dcterms:identifier dcterms:language dcterms:rights
    oa:exact oa:prefix oa:suffix rdf:object schema:addressCountry schema:addressLocality
    schema:unitCode"""
_PLAINS: Final = "park:fieldValue"
_TYPED: Final = {
    "dcterms:date": "xsd:date",
    "oa:end": "xsd:integer",
    "oa:start": "xsd:integer",
    "park:openList": "xsd:boolean",
    "schema:value": "xsd:decimal",
}


@dataclass(frozen=True, slots=True)
class _Term:
    """A term definition (JSON-LD 1.1 §9.15.1): what may stand under it, and in which form."""

    curie: str
    coercion: str = ""
    language_map: bool = False
    many: bool = False

    @property
    def name(self) -> str:
        return self.curie.partition(":")[2]

    @property
    def containers(self) -> list[Json]:
        return ["@language"] * self.language_map + ["@set"] * self.many

    def definition(self) -> Json:
        parts: dict[str, Json] = {"@id": self.curie}
        if self.coercion:
            parts["@type"] = self.coercion
        if self.containers:
            parts["@container"] = self.containers if len(self.containers) > 1 else self.containers[0]
        return parts if len(parts) > 1 else self.curie

    def fits(self, value: Term) -> bool:
        """Whether ``value`` keeps its kind, datatype and language when written under this term."""
        if self.coercion == "@id":
            return not isinstance(value, Literal)
        if self.coercion:
            return isinstance(value, Literal) and value.datatype.value == _expand(self.coercion)
        if self.language_map:
            return isinstance(value, Literal) and value.datatype.value in _TEXT_TYPES
        return True


def _table() -> Iterator[_Term]:
    for curies, coercion, language_map, many in (
        (_LINK, "@id", False, False),
        (_LINKS, "@id", False, True),
        (_TEXT, "", True, False),
        (_TEXTS, "", True, True),
        (_PLAIN, "", False, False),
        (_PLAINS, "", False, True),
    ):
        yield from (_Term(curie, coercion, language_map, many) for curie in curies.split())
    yield from (_Term(curie, datatype) for curie, datatype in _TYPED.items())


@cache
def _expand(curie: str) -> str:
    prefix, _, name = curie.partition(":")
    return PREFIXES[prefix] + name


_TERMS: Final = sorted(_table(), key=lambda term: term.name)
_BY_IRI: Final = {_expand(term.curie): term for term in _TERMS}
_TYPE: Final = _expand("rdf:type")
_STRING: Final = _expand("xsd:string")
_TEXT_TYPES: Final = {_STRING, _expand("rdf:langString")}

#: A context has one meaning for a name: where a property is called like a concept scheme
#: (``bound``, ``indicator``, ``standing``), the property has it, and concepts go in full.
_PREFIXES: Final = {
    prefix: namespace
    for prefix, namespace in PREFIXES.items()
    if prefix not in {term.name for term in _TERMS}
}
_BY_NAMESPACE: Final = {namespace: prefix for prefix, namespace in _PREFIXES.items()}


def context() -> dict[str, Json | float]:
    """The context, to be sent under ``@context``: prefixes, then terms (JSON-LD 1.1 §4.1)."""
    return {
        "@version": 1.1,
        **_PREFIXES,
        "id": "@id",
        "type": {"@id": "@type", "@container": "@set"},
        **{term.name: term.definition() for term in _TERMS},
    }


def compact(
    triples: Iterable[Triple | Quad], *, first: str | None = None, context_url: str | None = None
) -> dict[str, object]:
    """``triples`` as a compact, flat JSON-LD document; the same for any order of them.

    Graph names are left out. A single node stands at the top, several in ``@graph``.

    Args:
        first: the IRI of the node to begin with; the others follow by IRI, blank nodes last.
        context_url: named instead of inlining the context.

    Raises:
        ParkgraphError: a triple term or a base direction, which are RDF 1.2 (PG390).
    """
    names, nodes = _described(triples, first)
    document: dict[str, object] = {"@context": _context_for(names.withheld, context_url)}
    document.update(nodes[0] if len(nodes) == 1 else {"@graph": nodes})
    return document


def to_jsonld(
    triples: Iterable[Triple | Quad], *, first: str | None = None, context_url: str | None = None
) -> bytes:
    """The document of :func:`compact` in UTF-8, a value a line, so that texts compare well.

    Raises:
        ParkgraphError: as :func:`compact`.
    """
    names, nodes = _described(triples, first)
    body = (
        _members(nodes[0], "  ")
        if len(nodes) == 1
        else f'"@graph": {_text(cast("list[Json]", nodes), "  ")}'
    )
    head = f'"@context": {_context_text(names.withheld, context_url)}'
    return f"{{\n  {head},\n  {body}\n}}\n".encode()


class _Names(dict[str, str]):
    """The written form of each IRI of a document, each made once: ``prefix:name``, or in full.

    An IRI whose scheme is also a prefix would be misread as ``prefix:name`` (JSON-LD 1.1 API
    §5.2.2): the prefixes met so are ``clashes``, and a document that has any is named anew
    with these withheld.
    """

    def __init__(self, withheld: Collection[str] = ()) -> None:
        self.withheld = sorted(withheld)
        self.clashes: set[str] = set()

    def __missing__(self, iri: str) -> str:
        scheme, _, rest = iri.partition(":")
        if scheme in _PREFIXES and not rest.startswith("//"):
            self.clashes.add(scheme)
        cut = max(iri.rfind("#"), iri.rfind("/")) + 1
        prefix = _BY_NAMESPACE.get(iri[:cut])
        usable = prefix and cut < len(iri) and prefix not in self.withheld
        self[iri] = f"{prefix}:{iri[cut:]}" if usable else iri
        return self[iri]


_Node: TypeAlias = dict[str, Json]
_Grouped: TypeAlias = dict[str, dict[str, set[Term]]]


def _described(
    triples: Iterable[Triple | Quad], first: str | None
) -> tuple[_Names, list[_Node]]:
    grouped = _by_subject(triples)
    names = _Names()
    nodes = _nodes(grouped, first, names)
    if names.clashes:
        names = _Names(names.clashes)
        nodes = _nodes(grouped, first, names)
    return names, nodes


def _by_subject(triples: Iterable[Triple | Quad]) -> _Grouped:
    grouped: _Grouped = {}
    for triple in triples:
        properties = grouped.setdefault(_identifier(triple.subject), {})
        properties.setdefault(triple.predicate.value, set()).add(triple.object)
    return grouped


def _nodes(grouped: _Grouped, first: str | None, names: _Names) -> list[_Node]:
    order = sorted(grouped, key=lambda iri: (iri != first, iri.startswith("_:"), iri))
    return [_node(iri, grouped[iri], names) for iri in order]


def _node(iri: str, properties: Mapping[str, set[Term]], names: _Names) -> _Node:
    members: _Node = {}
    for predicate, values in properties.items():
        ordered = sorted(values, key=str) if len(values) > 1 else list(values)
        members.update(_written(predicate, ordered, names))
    node: _Node = {"id": names[iri]}
    node.update({key: members.pop(key) for key in ("type", "label") if key in members})
    node.update(sorted(members.items()))
    return node


def _written(predicate: str, values: list[Term], names: _Names) -> Iterator[tuple[str, Json]]:
    """Values that fit the term under its name, the others under the prefixed name."""
    term = _TYPE_TERM if predicate == _TYPE else _BY_IRI.get(predicate)
    fitting = [value for value in values if term.fits(value)] if term else []
    if term and fitting:
        yield term.name, _under(term, fitting, names)
    if len(fitting) < len(values):
        rest = [_value(value, names) for value in values if value not in fitting]
        yield names[predicate], _few(rest)


def _under(term: _Term, values: list[Term], names: _Names) -> Json:
    if term.language_map:
        return _language_map(cast("list[Literal]", values), many=term.many)
    written: list[Json]
    if term.coercion == "@id":
        written = [names[_identifier(value)] for value in values]
    elif term.coercion:
        written = [cast("Literal", value).value for value in values]
    else:
        written = [_value(value, names) for value in values]
    return written if term.many else _few(written)


def _language_map(values: list[Literal], *, many: bool) -> Json:
    """Texts by language; those without one are under ``@none`` (JSON-LD 1.1 §4.2.4)."""
    texts: dict[str, list[Json]] = {}
    for value in values:
        texts.setdefault(_language(value) or "@none", []).append(value.value)
    return {tag: texts[tag] if many else _few(texts[tag]) for tag in sorted(texts)}


def _few(values: list[Json]) -> Json:
    return values if len(values) > 1 else values[0]


def _value(value: Term, names: _Names) -> Json:
    """A value that says all about itself: a string, a reference or a value object."""
    if not isinstance(value, Literal):
        return {"id": names[_identifier(value)]}
    if language := _language(value):
        return {"@language": language, "@value": value.value}
    datatype = value.datatype.value
    return value.value if datatype == _STRING else {"@type": names[datatype], "@value": value.value}


def _identifier(term: Term) -> str:
    if isinstance(term, NamedNode):
        return term.value
    if isinstance(term, BlankNode):
        return str(term)
    raise _newer("a triple term", term)


def _language(literal: Literal) -> str | None:
    if literal.direction is not None:
        raise _newer("a base direction", literal)
    return literal.language


def _newer(what: str, term: Term) -> ParkgraphError:
    message = f"{what} is RDF 1.2, which JSON-LD 1.1 cannot say, got {str(term)!r}"
    return ParkgraphError(Diagnostic("PG390", message, help="ask for Turtle or N-Triples"))


def _context_for(withheld: list[str], url: str | None) -> object:
    base = url or context()
    return [base, dict.fromkeys(withheld)] if withheld else base


@cache
def _inlined() -> str:
    entries = (f"    {dumps(name)}: {dumps(meaning)}" for name, meaning in context().items())
    return "{\n" + ",\n".join(entries) + "\n  }"


def _context_text(withheld: list[str], url: str | None) -> str:
    base = dumps(url) if url else _inlined()
    return f"[{base}, {dumps(dict.fromkeys(withheld))}]" if withheld else base


def _text(value: Json, indent: str) -> str:
    """``value`` as JSON: what holds only strings on one line, what is longer on several."""
    if isinstance(value, str):
        return encode_basestring(value)
    inner = indent + "  "
    if isinstance(value, dict):
        if _is_short(value.values()):
            return "{" + ", ".join(_pairs(value, inner)) + "}"
        return f"{{\n{inner}{_members(value, inner)}\n{indent}}}"
    ...
