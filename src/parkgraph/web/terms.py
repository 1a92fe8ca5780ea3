"""The vocabulary and the shapes, as data for pages: terms, and constraints in sentences."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from parkgraph.rdf import Literal, Quad, Triple, parse_bytes
from parkgraph.vocab import HOME, PREFIXES, compact, registered, term
from parkgraph.web.claims import natural
from parkgraph.web.listed import LISTS
from parkgraph.web.pictures import Node, Picture, amid
from parkgraph.web.text import Link, Text, View, iri_of

_CLASS: Final = term("owl:Class")
_PROPERTIES: Final = frozenset(map(term, ("owl:ObjectProperty", "owl:DatatypeProperty")))
#: Relations of a term that its documentation shows, in this order.
_RELATIONS: Final = (
    "rdfs:subClassOf",
    "rdfs:subPropertyOf",
    "rdfs:domain",
    "rdfs:range",
    "skos:exactMatch",
    "skos:closeMatch",
    "rdfs:seeAlso",
)
#: Uses of a term that are looked at for an example.
_SEEN: Final = 20
_SHAPES: Final = f"{HOME}shapes#"
#: A shape's IRI carries the number of its rule, which makes the code of its findings.
_RULE: Final = re.compile(r"shape-(\d\d)")
#: Where a property names no class, anything may stand.
_ANYTHING: Final = term("rdfs:Resource").value
_TARGETS: Final = ("sh:targetClass", "sh:targetSubjectsOf", "sh:targetObjectsOf", "sh:targetNode")


@dataclass(frozen=True, slots=True)
class Term:
    """A class or property of the vocabulary.

    Attributes:
        uses: how many instances a class has, or in how many statements a property is used; None
            where nobody counted.
        listed: the list of its instances, where a class has one.
        seen: a thing of the data that is of the class; of a property none is told.
        used_by: the properties whose domain a class is.
        picture: a class amid those that it is tied to.
    """

    anchor: str
    name: str
    iri: str
    label: Text
    others: tuple[Text, ...]
    definition: Text | None
    note: Text | None
    examples: tuple[Text, ...]
    relations: tuple[tuple[Link, tuple[Link, ...]], ...]
    used_by: tuple[Link, ...]
    uses: int | None
    listed: str | None
    seen: tuple[Link, ...]
    picture: Picture | None = None


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The ontology as documentation."""

    title: Text
    description: Text | None
    version: str
    namespace: str
    classes: tuple[Term, ...]
    properties: tuple[Term, ...]


def vocabulary(view: View) -> Vocabulary:
    """The documentation of the ontology that the view's triples are."""
    rdf_type = term("rdf:type")
    typed = [t for t in view.triples if t.predicate == rdf_type]
    classes = sorted({iri_of(t.subject) for t in typed if t.object == _CLASS} - {""})
    names = sorted({iri_of(t.subject) for t in typed if t.object in _PROPERTIES} - {""})
    root = f"{HOME}def"
    version = view.text(root, "owl:versionInfo")
    counts = _counts(view)
    ties = _ties(view, classes, names)
    return Vocabulary(
        view.text(root, "dcterms:title") or view.label(root),
        view.text(root, "dcterms:description"),
        version.value if version else "",
        PREFIXES["park"],
        tuple(
            replace(
                _term(view, iri, counts, _instance(view, iri)), picture=_picture(view, iri, ties)
            )
            for iri in classes
        ),
        tuple(_term(view, iri, counts) for iri in names),
    )


class _Tie(NamedTuple):
    """What leads from one class to another: a property, or that it is a kind of it."""

    source: str
    by: str
    target: str


def _ties(view: View, classes: Iterable[str], properties: Iterable[str]) -> list[_Tie]:
    parent = term("rdfs:subClassOf").value
    kinds = [_Tie(c, parent, above) for c in classes for above in view.iris(c, "rdfs:subClassOf")]
    return kinds + [
        _Tie(source, name, target)
        for name in properties
        for source in view.iris(name, "rdfs:domain") or [_ANYTHING]
        for target in view.iris(name, "rdfs:range") or [_ANYTHING]
    ]


def _picture(view: View, iri: str, ties: Sequence[_Tie]) -> Picture | None:
    """A class, at its left what leads to it, at its right what it leads to."""
    left: dict[str, list[str]] = {}
    right: dict[str, list[str]] = {}
    for tie in ties:
        if tie.target == iri:
            left.setdefault(tie.source, []).append(view.label(tie.by).value)
        if tie.source == iri:
            right.setdefault(tie.target, []).append(view.label(tie.by).value)
    middle = Node(Link(view.label(iri)), compact(iri))
    return amid(view, middle, _boxes(view, left, inward=True), _boxes(view, right, inward=False))


def _boxes(view: View, found: Mapping[str, Sequence[str]], *, inward: bool) -> list[Node]:
    return [Node(_drawable(view, iri), ", ".join(by), inward) for iri, by in found.items()]


def _drawable(view: View, iri: str) -> Link:
    if iri == _ANYTHING:
        return Link(Text(view.words["vocabulary"]["anything"], view.lang))
    return _here(view, iri)


def _counts(view: View) -> Mapping[str, int]:
    """How often each class and property is used in the default graph; empty if nobody counted."""
    counts = view.site.index.counts()
    if counts is None:
        return {}
    return {**counts.classes, **{iri: use.triples for iri, use in counts.properties.items()}}


def _instance(view: View, iri: str) -> tuple[Link, ...]:
    """A thing of a class, the one with the shortest address: that is least a part of another."""
    found = view.site.index.incoming(iri, limit=_SEEN, predicate=term("rdf:type").value)
    names = sorted((iri_of(t.subject) for t in found), key=lambda name: ("#" in name, len(name)))
    return tuple(view.link(name) for name in names[:1] if name)


def _term(view: View, iri: str, counts: Mapping[str, int], seen: tuple[Link, ...] = ()) -> Term:
    listed = next((kind for kind, name in LISTS.items() if name == compact(iri)), None)
    label = view.label(iri)
    domain = term("rdfs:domain")
    used_by = [t for t in view.triples if t.predicate == domain and iri_of(t.object) == iri]
    return Term(
        anchor=iri.partition("#")[2],
        name=compact(iri),
        iri=iri,
        label=label,
        others=tuple(t for t in _texts(view, iri, "rdfs:label") if t != label),
        definition=view.text(iri, "skos:definition", "rdfs:comment"),
        note=view.text(iri, "skos:scopeNote"),
        examples=tuple(_texts(view, iri, "skos:example")),
        relations=tuple(
            (view.link(term(name).value), tuple(_here(view, v) for v in view.iris(iri, name)))
            for name in _RELATIONS
            if view.iris(iri, name)
        ),
        used_by=tuple(_here(view, iri_of(t.subject)) for t in used_by),
        uses=counts.get(iri, 0) if counts else None,
        listed=view.here(f"/{listed}") if listed else None,
        seen=seen,
    )


def _texts(view: View, iri: str, name: str) -> list[Text]:
    values = view.values(iri, name)
    return [Text(v.value, v.language or "") for v in values if isinstance(v, Literal)]


def _here(view: View, iri: str) -> Link:
    """A term of this vocabulary is on this page; another's is shown by its prefixed name."""
    if iri.startswith(PREFIXES["park"]):
        return Link(view.label(iri), f"#{iri.partition('#')[2]}")
    return Link(Text(registered(iri) or compact(iri)), view.href(iri))


@dataclass(frozen=True, slots=True)
class Constraint:
    """A shape in sentences: what must hold, and what is said where it does not."""

    anchor: str
    comment: Text | None
    message: Text | None
    severity: str
    targets: tuple[Link, ...]
    path: Link | None


@dataclass(frozen=True, slots=True)
class Rule:
    """All constraints under one number; findings bear its code."""

    code: str
    constraints: tuple[Constraint, ...]


def rules(view: View) -> tuple[Rule, ...]:
    """The rules that the view's triples, a shapes graph, lay down."""
    found: dict[str, list[Constraint]] = {}
    subjects = dict.fromkeys(iri_of(triple.subject) for triple in view.triples)
    for iri in sorted(subjects, key=natural):
        number = _RULE.search(iri.removeprefix(_SHAPES))
        if number and iri.startswith(_SHAPES):
            found.setdefault(f"PG4{number[1]}", []).append(_constraint(view, iri))
    return tuple(
        Rule(code, tuple(sorted(found[code], key=lambda c: not c.targets)))
        for code in sorted(found)
    )


@dataclass(frozen=True, slots=True)
class Note:
    """What the shapes name besides rules, such as the graph as a whole."""

    anchor: str
    label: Text
    comment: Text


def notes(view: View) -> tuple[Note, ...]:
    """What the view's shapes explain that is no rule."""
    subjects = dict.fromkeys(iri_of(triple.subject) for triple in view.triples)
    others = [s for s in subjects if s.startswith(_SHAPES) and not _RULE.search(s)]
    told = [(iri, view.text(iri, "rdfs:comment")) for iri in others]
    return tuple(Note(i.partition("#")[2], view.label(i), c) for i, c in told if c)


def parse_shapes(turtle: str) -> list[Triple]:
    """The triples of a shapes file."""
    quads: Iterable[Quad] = parse_bytes(turtle.encode(), "ttl", base=f"{HOME}shapes")
    return [quad.triple for quad in quads]


def _beside(view: View, iri: str) -> Link:
    """What a shape looks at; what the shapes themselves explain is on their page."""
    here = iri.startswith(_SHAPES) and view.text(iri, "rdfs:comment")
    return Link(view.label(iri), f"#{iri.partition('#')[2]}") if here else view.link(iri)


def _constraint(view: View, iri: str) -> Constraint:
    severity = next(iter(view.iris(iri, "sh:severity")), "")
    targets: Sequence[str] = [v for name in _TARGETS for v in view.iris(iri, name)]
    path = next(iter(view.iris(iri, "sh:path")), "")
    return Constraint(
        anchor=iri.partition("#")[2],
        comment=view.text(iri, "sh:description", "rdfs:comment", "sh:name"),
        message=view.text(iri, "sh:message"),
        severity=severity.rpartition("#")[2],
        targets=tuple(_beside(view, target) for target in targets),
        path=view.link(path) if path else None,
    )
