"""What a claim is: a statement of a document about a subject, with the words that carry it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from parkgraph.errors import did_you_mean
from parkgraph.names import Names
from parkgraph.rdf import Literal, NamedNode, Quad, Triple
from parkgraph.source import Span
from parkgraph.vocab import KINDS, Unit, term


@dataclass(frozen=True, slots=True)
class Quantity:
    """What a figure measures; anything may be missing, and a shape then says so."""

    indicator: NamedNode | None
    value: Decimal | None
    unit: Unit | None
    bound: NamedNode | None
    verbatim: str | None
    feature: NamedNode | None


@dataclass(frozen=True, slots=True)
class Claim:
    """A statement that a document makes, with its words; asserts one triple at most.

    Attributes:
        id: unique in its document and never reused for other words, e.g. ``T13-2``.
        span: the words in the text; None where the document record is the evidence.
        record: the key of the document record that is the evidence, else empty.
        quote: the words themselves; for a record, its value.
        triple: what follows for the graph; None for figures and for claims that assert nothing.
        where: ``file:line:column`` of the words.
        places: ``file:line:column`` of single values, by the property that will hold them.
    """

    id: str
    about: NamedNode
    kind: NamedNode
    standing: NamedNode | None
    span: Span | None
    quote: str
    where: str
    record: str = ""
    triple: Triple | None = None
    quantity: Quantity | None = None
    part_of: tuple[str, ...] = ()
    note: str | None = None
    count: int | None = None
    open_list: bool = False
    topics: tuple[NamedNode, ...] = ()
    mentions: tuple[NamedNode, ...] = ()
    places: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Concepts:
    """The concepts of a publication, by scheme and slug and by label."""

    iris: Mapping[str, NamedNode]
    labels: Mapping[str, str]

    @staticmethod
    def of(quads: Iterable[Quad]) -> "Concepts":
        """The concepts described by ``quads``: those that are in a scheme."""
        found, labels = {}, {}
        names = {term("skos:prefLabel"), term("skos:altLabel"), term("skos:hiddenLabel")}
        for quad in quads:
            if not isinstance(quad.subject, NamedNode):
                continue
            reference = concept_reference(quad.subject)
            if quad.predicate == term("skos:inScheme"):
                found[reference] = quad.subject
            elif quad.predicate in names and isinstance(quad.object, Literal):
                labels[f"{reference.partition('/')[0]}/{quad.object.value.casefold()}"] = reference
        return Concepts(found, labels)

    def labelled(self, scheme: str, label: str) -> NamedNode | None:
        """The concept of ``scheme`` that bears ``label`` in any language, whatever its case."""
        reference = self.labels.get(f"{scheme}/{label.casefold()}")
        return self.iris.get(reference) if reference else None

    def advice(self, reference: str) -> str:
        """What to write instead of an unknown ``scheme/slug``."""
        scheme, _, slug = reference.partition("/")
        slugs = [name.partition("/")[2] for name in self.iris if name.startswith(f"{scheme}/")]
        if slugs:
            return did_you_mean(slug, slugs)
        return did_you_mean(scheme, {*KINDS, *(name.partition("/")[0] for name in self.iris)})


def concept_reference(iri: NamedNode) -> str:
    """``scheme/slug`` of a concept: the last two steps of its IRI.

    >>> concept_reference(NamedNode("https://w3id.org/parkgraph/id/concept/bound/nearly"))
    'bound/nearly'
    """
    return "/".join(iri.value.rsplit("/", 2)[1:])


@dataclass(frozen=True, slots=True)
class Scope:
    """What the words of one document may refer to."""

    names: Names
    concepts: Concepts
    things: frozenset[str]

    def resolve(self, reference: str) -> NamedNode | None:
        """The IRI of ``kind/slug`` or ``scheme/slug``; None if nothing of that name is known."""
        if reference in self.things:
            return self.names.thing(reference)
        return self.concepts.iris.get(reference)

    def advice(self, reference: str) -> str:
        """What to do about a reference that is not known."""
        kind, _, slug = reference.partition("/")
        if kind not in KINDS:
            return self.concepts.advice(reference)
        slugs = [name.partition("/")[2] for name in self.things if name.startswith(f"{kind}/")]
        return did_you_mean(slug, slugs) or f"declare {reference} under things:"
