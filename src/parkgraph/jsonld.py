"""JSON-LD 1.1, compact and in a fixed order, for the one context of this project.

Chooses terms as a general processor does with the same context (JSON-LD 1.1 API §6), at a
small part of its cost, since the nodes are flat and the context is known.
"""

import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from functools import cache, partial
from itertools import islice
from json import dumps
from json.encoder import encode_basestring
from typing import IO, Final, NamedTuple, TypeAlias, cast

from parkgraph.errors import Diagnostic, ParkgraphError
from parkgraph.graphfile import Described
from parkgraph.rdf import BlankNode, Literal, NamedNode, Quad, Term, Triple
from parkgraph.vocab import PREFIXES, term

#: Part of the context's address; a term that changes its meaning makes a new version.
CONTEXT_VERSION: Final = 1

Json: TypeAlias = "str | list[Json] | dict[str, Json]"

#: The terms, by how their values are written; each is spelled as its vocabulary spells it.
#: The plurals are arrays even of one value, the others have one value in our model.
_LINK: Final = """
    park:about park:bound park:claimKind park:fieldState park:indicator park:standing
    dcat:downloadURL dcterms:creator dcterms:isPartOf dcterms:isVersionOf dcterms:license
    dcterms:publisher dcterms:source foaf:homepage foaf:primaryTopic oa:hasSelector oa:hasSource
    org:hasPrimarySite org:member org:organization org:role org:siteOf prov:wasAttributedTo
    qudt:hasUnit rdf:predicate rdf:subject rdfs:domain rdfs:isDefinedBy rdfs:range schema:address
    schema:founder schema:provider skos:inScheme skos:topConceptOf sosa:hasFeatureOfInterest
    spdx:algorithm spdx:checksum"""
_LINKS: Final = """
    park:affiliatedUniversity park:builder park:businessLine park:evidence park:hasField
    park:hasFigure park:hasStrategy park:hosts park:integratesResourcesFrom park:operator
    park:sharesResource park:technologySector dcterms:hasVersion org:classification
    org:hasMembership prov:wasDerivedFrom rdfs:seeAlso rdfs:subClassOf rdfs:subPropertyOf
    schema:containedInPlace schema:mentions schema:sameAs skos:closeMatch skos:exactMatch
    skos:hasTopConcept"""
_TEXT: Final = """
    park:mission park:positionNote park:quote dcterms:description dcterms:rights dcterms:title
    rdfs:comment rdfs:label skos:definition skos:note skos:prefLabel skos:scopeNote"""
_TEXTS: Final = "dcat:keyword skos:altLabel skos:example skos:hiddenLabel"
_PLAIN: Final = """
    park:fieldName park:verbatimValue dcterms:identifier oa:exact oa:prefix oa:suffix rdf:object
    schema:addressCountry schema:addressLocality schema:inLanguage schema:unitCode skos:notation
    spdx:checksumValue"""
_INTEGER: Final = "park:sourceRank park:statedCount dcat:byteSize oa:end oa:start schema:position"
_FORMS: Final[tuple[tuple[str, dict[str, Json]], ...]] = (
    (_LINK, {"@type": "@id"}),
    (_LINKS, {"@type": "@id", "@container": "@set"}),
    (_TEXT, {"@container": "@language"}),
    (_TEXTS, {"@container": ["@language", "@set"]}),
    (_PLAIN, {}),
    ("park:fieldValue dcterms:language", {"@container": "@set"}),
    ("schema:value", {"@type": "xsd:decimal"}),
    (_INTEGER, {"@type": "xsd:integer"}),
    ("park:openList", {"@type": "xsd:boolean"}),
    ("dcterms:created dcterms:date dcterms:issued dcterms:modified", {"@type": "xsd:date"}),
)
#: The terms whose values are references.
_LINKING: Final = {curie.partition(":")[2] for curie in (*_LINK.split(), *_LINKS.split())}
_KEYWORDS: Final = frozenset(("id", "type"))
_TERMS: Final = {curie: form for curies, form in _FORMS for curie in curies.split()}
_NAMED: Final = {curie.partition(":")[2]: curie for curie in _TERMS}

#: A name has one meaning in a context: where a property is called like a concept scheme
#: (``bound``, ``indicator``, ``standing``), it has the name, and those concepts go in full.
#: A version of the context never changes, so prefixes that came after it are not in it.
_LATER: Final = frozenset({"sd"})
_PREFIXES: Final = {
    prefix: space for prefix, space in PREFIXES.items() if prefix not in {*_NAMED, *_LATER}
}
_BY_NAMESPACE: Final = {namespace: prefix for prefix, namespace in _PREFIXES.items()}


def context() -> dict[str, object]:
    """What stands under ``@context``: the prefixes, then the terms (JSON-LD 1.1 §3.1)."""
    terms = {
        name: {"@id": curie, **_TERMS[curie]} if _TERMS[curie] else curie
        for name, curie in sorted(_NAMED.items())
    }
    keywords = {"id": "@id", "type": {"@id": "@type", "@container": "@set"}}
    return {"@version": 1.1, **_PREFIXES, **keywords, **terms}


def compact(
    triples: Iterable[Triple | Quad], *, first: str | None = None, context_url: str | None = None
) -> dict[str, object]:
    """A JSON-LD document, the same whatever the order of ``triples``; no graph names.

    With a ``first`` node it is framed: that node at the top, what it leads to inside of it where
    it is led to first, what does not hang on it in ``@included``. Else a single node stands at the
    top, several (or none) flat in ``@graph``.

    Args:
        triples: or quads, of which the graph name is left out.
        first: the IRI of the node to begin with.
        context_url: named instead of inlining the context.

    Raises:
        ParkgraphError: a triple term or a base direction, which are RDF 1.2 (PG390).
    """
    names, nodes = _described(triples, first)
    base = context_url or context()
    head = {"@context": [base, dict.fromkeys(names.withheld)] if names.withheld else base}
    return {**head, **_whole(nodes, names, first)}


def to_jsonld(
    triples: Iterable[Triple | Quad], *, first: str | None = None, context_url: str | None = None
) -> bytes:
    """The document of :func:`compact` in UTF-8, a value a line, so that versions compare well."""
    names, nodes = _described(triples, first)
    lines = [f'"@context": {_context(context_url, names)}']
    lines += _lines(_whole(nodes, names, first), "  ")
    return (_block("{}", lines, "") + "\n").encode()


def write_jsonld(things: Callable[[], Iterable[Described]], file: IO[bytes]) -> tuple[bytes, bytes]:
    """The document of :func:`to_jsonld` of a graph that need not fit in memory.

    Args:
        things: gives the subjects with their triples, in the order of their IRIs.
        file: takes what stands between head and tail, which are returned.
    """
    begun = list(islice(things(), 2))
    if len(begun) < 2:
        return to_jsonld(quad for _, quads in begun for quad in quads), b""
    names = _Names()
    _write_nodes(things(), names, file)
    if names.clashes:
        names = _Names(names.clashes)
        _write_nodes(things(), names, file)
    head = f'{{\n  "@context": {_context(None, names)},\n  "@graph": [\n    '
    return head.encode(), b"\n  ]\n}\n"


def documents(file: IO[bytes]) -> Iterator[bytes]:
    """A document of :func:`write_jsonld` as small ones that say the same together.

    A parser holds a document as a whole. Each of these has the context and some of the nodes. A
    document of another layout comes as it is.
    """
    head = b""
    for line in file:
        head += line
        if line == _GRAPH:
            break
    else:
        yield head
        return
    nodes: list[bytes] = []
    size = 0
    for line in file:
        nodes.append(line)
        size += len(line)
        if size > _TOGETHER and _NODE_END.fullmatch(line):
            nodes[-1] = line.removesuffix(b",\n")
            yield b"".join([head, *nodes, b"\n  ]\n}\n"])
            nodes, size = [], 0
    yield b"".join([head, *nodes])


def _write_nodes(things: Iterable[Described], names: "_Names", file: IO[bytes]) -> None:
    file.seek(0)
    file.truncate()
    between = ""
    for iri, quads in things:
        node = _node(iri, _by_subject(quads)[iri], names)
        file.write(f"{between}{_text(node, '    ')}".encode())
        between = ",\n    "


def _context(context_url: str | None, names: "_Names") -> str:
    base = dumps(context_url) if context_url else _inlined()
    return f"[{base}, {dumps(dict.fromkeys(names.withheld))}]" if names.withheld else base


def _whole(nodes: "list[_Node]", names: "_Names", first: str | None) -> "_Node":
    if nodes and first is not None and nodes[0]["id"] == names[first]:
        return _framed(nodes)
    return nodes[0] if len(nodes) == 1 else {"@graph": list[Json](nodes)}


#: The line above the nodes, and the last one of a node before another; no text has a line feed.
_GRAPH: Final = b'  "@graph": [\n'
_NODE_END: Final = re.compile(rb"    (?:\{.*)?\},\n")
#: Bytes of nodes that are parsed at a time.
_TOGETHER: Final = 1 << 20
#: IRIs whose written form is kept.
_KEPT: Final = 50_000
#: How deep nodes may stand in one another; what would be deeper is included at the end.
_DEEPEST: Final = 5


def _framed(nodes: "list[_Node]") -> "_Node":
    """The first node with all that it leads to (JSON-LD 1.1 Framing §4.1.2: embedded once)."""
    left = {str(node["id"]): node for node in nodes}
    framed = [_nested(left.pop(name), left, _DEEPEST) for name in list(left) if name in left]
    return {**framed[0], "@included": list[Json](framed[1:])} if framed[1:] else framed[0]


def _nested(node: "_Node", left: "dict[str, _Node]", depth: int) -> "_Node":
    """``node`` with those of ``left`` inside that it leads to; they are taken out of ``left``."""
    if depth == 0:
        return node

    def place(name: str, value: Json) -> Json:
        if isinstance(value, list):
            return [place(name, item) for item in value]
        if isinstance(value, dict) and len(value) == 1:
            value = value.get("id", value)
        elif name not in _LINKING:
            return value
        found = left.pop(value, None) if isinstance(value, str) else None
        if found is not None:
            return _nested(found, left, depth - 1)
        return value if name in _LINKING or isinstance(value, dict) else {"id": value}

    return {n: v if n in _KEYWORDS else place(n, v) for n, v in node.items()}


class _Names(dict[str, str]):
    """The written form of each IRI of a document, seldom made twice: ``prefix:name``, or in full.

    An IRI whose scheme is also a prefix would be misread as ``prefix:name`` (JSON-LD 1.1 API
    §5.2.2): prefixes met so are ``clashes``, and the document is named anew with these
    withheld, that is, set to null in its context.
    """

    def __init__(self, withheld: Collection[str] = ()) -> None:
        self.withheld = sorted(withheld)
        self.clashes: set[str] = set()

    def __missing__(self, iri: str) -> str:
        if len(self) >= _KEPT:
            self.clear()
        scheme, _, rest = iri.partition(":")
        if scheme in _PREFIXES and not rest.startswith("//"):
            self.clashes.add(scheme)
        cut = max(iri.rfind("#"), iri.rfind("/")) + 1
        prefix = _BY_NAMESPACE.get(iri[:cut])
        usable = prefix and cut < len(iri) and prefix not in self.withheld
        return self.setdefault(iri, f"{prefix}:{iri[cut:]}" if usable else iri)


_Written: TypeAlias = "Json | None"
_Gather: TypeAlias = Callable[[list[Json]], Json]
_Node: TypeAlias = dict[str, Json]
_Grouped: TypeAlias = dict[str, dict[str, set[Term]]]


def _described(triples: Iterable[Triple | Quad], first: str | None) -> tuple[_Names, list[_Node]]:
    grouped = _by_subject(triples)
    order = sorted(grouped, key=lambda iri: (iri != first, iri.startswith("_:"), iri))
    names = _Names()
    nodes = [_node(iri, grouped[iri], names) for iri in order]
    if names.clashes:
        names = _Names(names.clashes)
        nodes = [_node(iri, grouped[iri], names) for iri in order]
    return names, nodes


def _by_subject(triples: Iterable[Triple | Quad]) -> _Grouped:
    grouped: _Grouped = {}
    for triple in triples:
        properties = grouped.setdefault(_identifier(triple.subject), {})
        properties.setdefault(triple.predicate.value, set()).add(triple.object)
    return grouped


def _node(iri: str, properties: Mapping[str, set[Term]], names: _Names) -> _Node:
    members: _Node = {}
    for predicate, values in properties.items():
        ordered = sorted(values, key=str) if len(values) > 1 else values
        members.update(_written(predicate, ordered, names))
    node: _Node = {"id": names[iri]}
    node.update({key: members.pop(key) for key in ("type", "label") if key in members})
    node.update(sorted(members.items()))
    return node


def _written(predicate: str, values: Iterable[Term], names: _Names) -> Iterator[tuple[str, Json]]:
    """The values that fit the term under its name, the others under the prefixed name."""
    entry = _ENTRIES.get(predicate, _NO_ENTRY)
    fitting: list[Json] = []
    others: list[Json] = []
    for value in values:
        written = entry.write(value, names)
        if written is None:
            others.append(_value(value, names))
        else:
            fitting.append(written)
    if fitting:
        yield entry.name, entry.gather(fitting)
    if others:
        yield names[predicate], _few(others)


class _Entry(NamedTuple):
    """How values stand under a term; ``write`` gives None for one that the term would change."""

    name: str
    write: Callable[[Term, _Names], _Written]
    gather: _Gather


def _link(value: Term, names: _Names) -> _Written:
    return None if isinstance(value, Literal) else names[_identifier(value)]


def _words(value: Term, _: _Names) -> _Written:
    if not isinstance(value, Literal):
        return None
    # JSON-LD 1.1 §4.6.2: the key for a text without a language.
    tag = _language(value) or ("@none" if value.datatype.value == _STRING else None)
    return {tag: value.value} if tag else None


def _typed(datatype: str, value: Term, _: _Names) -> _Written:
    return value.value if isinstance(value, Literal) and value.datatype.value == datatype else None


def _value(value: Term, names: _Names) -> Json:
    """A value in the form that needs no term: a string, a reference or a value object."""
    if not isinstance(value, Literal):
        return {"id": names[_identifier(value)]}
    if tag := _language(value):
        return {"@language": tag, "@value": value.value}
    datatype = value.datatype.value
    # In full, "@type": rdflib 7.6 loses a datatype that is under our alias.
    return value.value if datatype == _STRING else {"@type": names[datatype], "@value": value.value}


def _few(values: list[Json]) -> Json:
    return values if len(values) > 1 else values[0]


def _by_language(gather: _Gather, texts: list[Json]) -> Json:
    words: dict[str, list[Json]] = {}
    for text in cast("list[dict[str, Json]]", texts):
        for tag, word in text.items():
            words.setdefault(tag, []).append(word)
    return {tag: gather(words[tag]) for tag in sorted(words)}


def _entry(curie: str, form: Mapping[str, Json]) -> _Entry:
    name = curie.partition(":")[2]
    container, kind = form.get("@container", ""), form.get("@type")
    gather = list if "@set" in container else _few
    if "@language" in container:
        return _Entry(name, _words, partial(_by_language, gather))
    if kind == "@id":
        return _Entry(name, _link, gather)
    return _Entry(name, partial(_typed, term(str(kind)).value) if kind else _value, gather)


_ENTRIES: Final = {term(curie).value: _entry(curie, form) for curie, form in _TERMS.items()} | {
    term("rdf:type").value: _Entry("type", _link, list)
}
_NO_ENTRY: Final = _Entry("", lambda _value, _names: None, _few)
_STRING: Final = term("xsd:string").value


def _identifier(node: Term) -> str:
    if isinstance(node, NamedNode):
        return node.value
    if isinstance(node, BlankNode):
        return str(node)
    raise _newer("a triple term", node)


def _language(literal: Literal) -> str | None:
    check_object(literal)
    return literal.language


def check_object(value: Term) -> None:
    """Let the object of a triple pass if JSON-LD 1.1 can say it.

    Raises:
        ParkgraphError: it is a triple term or has a base direction, which are RDF 1.2 (PG390).
    """
    if isinstance(value, Triple):
        raise _newer("a triple term", value)
    if isinstance(value, Literal) and value.direction is not None:
        raise _newer("a base direction", value)


def _newer(what: str, value: Term) -> ParkgraphError:
    message = f"{what} is RDF 1.2, which JSON-LD 1.1 cannot say, got {str(value)!r}"
    return ParkgraphError(Diagnostic("PG390", message, help="ask for Turtle or N-Triples"))


@cache
def _inlined() -> str:
    lines = [f"{dumps(name)}: {dumps(meaning)}" for name, meaning in context().items()]
    return _block("{}", lines, "  ")


def _lines(members: Mapping[str, Json], indent: str) -> list[str]:
    return [f"{encode_basestring(key)}: {_text(members[key], indent)}" for key in members]


def _text(value: Json, indent: str) -> str:
    """``value`` as JSON: an array of one and an object of strings on a line, others on more."""
    if isinstance(value, str):
        return encode_basestring(value)
    if isinstance(value, list):
        if len(value) == 1:
            return f"[{_text(value[0], indent)}]"
        return _block("[]", [_text(item, indent + "  ") for item in value], indent)
    flat = all(isinstance(part, str) for part in value.values())
    return _block("{}", _lines(value, indent + "  "), None if flat else indent)


def _block(brackets: str, lines: list[str], indent: str | None) -> str:
    if indent is None or not lines:
        return brackets[0] + ", ".join(lines) + brackets[1]
    start = f"\n{indent}  "
    return brackets[0] + start + f",{start}".join(lines) + f"\n{indent}" + brackets[1]
