"""From statements to quads: one named graph per document version, and the current view."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from sys import intern
from typing import Final

from parkgraph.extract import Extraction
from parkgraph.names import Names
from parkgraph.rdf import DEFAULT_GRAPH, Located, NamedNode, Quad, Term, Triple
from parkgraph.statements import (
    Statement,
    document_statements,
    expected_places,
    source_text,
)
from parkgraph.vocab import term

#: Properties of which the current view keeps one document's value, the best ranked one's.
SINGLE_VALUED: Final = frozenset(
    map(term, ("skos:prefLabel", "rdfs:label", "org:classification", "schema:address"))
)


@dataclass(slots=True)
class Origins:
    """Where each triple came from, to lead a validation result back to a line."""

    # A property mostly has one value, whose place is that of the property: it is kept once.
    _subjects: dict[str, str] = field(default_factory=dict)
    _properties: dict[tuple[str, str], tuple[str, str]] = field(default_factory=dict)
    _values: dict[tuple[str, str, str], str] = field(default_factory=dict)

    def add(self, triple: Triple, where: str) -> None:
        """Remember the first place that caused ``triple``."""
        subject, predicate = intern(str(triple.subject)), intern(str(triple.predicate))
        value = str(triple.object)
        self._subjects.setdefault(subject, where)
        first = self._properties.setdefault((subject, predicate), (where, value))
        if first[1] != value:
            self._values.setdefault((subject, predicate, value), where)

    def expect(self, subject: Term, predicate: Term, where: str) -> None:
        """Remember where a property would stand that its subject may be found to lack."""
        self._properties.setdefault((str(subject), str(predicate)), (where, ""))

    def where(self, subject: Term, predicate: Term | None = None, value: Term | None = None) -> str:
        """The place that caused the triple, its property, or its subject; empty if none did."""
        about, said = str(subject), str(predicate)
        if place := self._values.get((about, said, str(value))):
            return place
        place, _ = self._properties.get((about, said), ("", ""))
        return place or self._subjects.get(about, "")


@dataclass(frozen=True, slots=True)
class Dataset:
    """The graphs of a publication before it is released.

    Attributes:
        default: the current view.
        named: every named graph by IRI.
        private: triples that are validated and not published (model.md §0.12).
    """

    default: frozenset[Triple]
    named: Mapping[NamedNode, frozenset[Triple]]
    private: frozenset[Triple]
    origins: Origins

    def quads(self) -> Iterator[Quad]:
        """Every published quad: the default graph first, then the named ones."""
        for triple in self.default:
            yield Quad(triple.subject, triple.predicate, triple.object, DEFAULT_GRAPH)
        for name, triples in self.named.items():
            for triple in triples:
                yield Quad(triple.subject, triple.predicate, triple.object, name)


def dataset(
    names: Names,
    extractions: Sequence[Extraction],
    curated: Mapping[str, Sequence[tuple[str, Sequence[Located]]]],
    ranks: Mapping[str, int],
) -> Dataset:
    """All graphs of a publication.

    Args:
        names: mints the IRIs.
        extractions: what each document says.
        curated: graph name (``concepts``, ``alignments``, ``def``) to files with their quads.
        ranks: document slug to rank; 1 is the most trusted, no rank comes last.
    """
    origins = Origins()
    named: dict[NamedNode, frozenset[Triple]] = {}
    private: set[Triple] = set()
    ordered = sorted(extractions, key=lambda e: (ranks.get(e.slug, 1 << 30), e.slug))
    for extraction in ordered:
        version = f"document/{extraction.slug}/{extraction.document.text.version}"
        named[names.graph(version)] = _kept(document_statements(extraction), origins)
        for subject, predicate, where in expected_places(extraction):
            origins.expect(subject, predicate, where)
        private.add(source_text(extraction))
    view = current_view([named[graph] for graph in named])
    for name, files in curated.items():
        triples = _kept(_curated_statements(name, files), origins)
        named[names.graph(name)] = triples
        view |= triples if name != "def" else frozenset()
    return Dataset(view, named, frozenset(private), origins)


def current_view(documents: Sequence[frozenset[Triple]]) -> frozenset[Triple]:
    """The union of the documents, best ranked first, single-valued properties from the first.

    A name that another document gave before becomes an alternative name. An address is one node
    for all documents, and one value with all that is said of it.
    """
    view: set[Triple] = set()
    settled: set[tuple[Term, Term]] = set()
    for triples in documents:
        taken = {(t.subject, t.predicate) for t in triples if t.predicate in SINGLE_VALUED}
        passed_over = {
            t.object
            for t in triples
            if t.predicate == term("schema:address") and (t.subject, t.predicate) in settled
        }
        for triple in triples:
            if triple.subject in passed_over:
                continue
            if (triple.subject, triple.predicate) not in settled:
                view.add(triple)
            elif triple.predicate == term("skos:prefLabel") and triple not in view:
                view.add(Triple(triple.subject, term("skos:altLabel"), triple.object))
        settled |= taken
    return frozenset(view)


def _kept(statements: Iterable[Statement], origins: Origins) -> frozenset[Triple]:
    kept = set()
    for triple, where in statements:
        kept.add(triple)
        origins.add(triple, where)
    return frozenset(kept)


def _curated_statements(
    name: str, files: Sequence[tuple[str, Sequence[Located]]]
) -> Iterator[Statement]:
    for path, located in files:
        triples = [(item.quad.triple, f"{path}:{item.line}") for item in located]
        yield from triples
        if name == "alignments":
            yield from _aligned(triples)


def _aligned(statements: Sequence[Statement]) -> Iterator[Statement]:
    """What the alignments say: the link itself, and the target's label as another name."""
    nodes: dict[Term, dict[Term, tuple[Term, str]]] = {}
    for triple, where in statements:
        nodes.setdefault(triple.subject, {})[triple.predicate] = triple.object, where
    parts = [term("rdf:subject"), term("rdf:predicate"), term("rdf:object")]
    for values in nodes.values():
        if not all(part in values for part in parts):
            continue
        (subject, where), (predicate, _), (value, _) = (values[part] for part in parts)
        if isinstance(subject, NamedNode) and isinstance(predicate, NamedNode):
            yield Triple(subject, predicate, value), where
            label = values.get(term("park:targetLabel"))
            # Only the same thing lends its name: what is merely related has another.
            if label and predicate == term("schema:sameAs"):
                yield Triple(subject, term("skos:altLabel"), label[0]), label[1]
