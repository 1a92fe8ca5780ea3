"""Validate a dataset against its shapes; the one door to pySHACL and rdflib."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Final, cast

import rdflib
from pyoxigraph import QuerySolution, QuerySolutions, Variable
from pyshacl import validate as pyshacl_validate
from pyshacl.graph_abstraction import to_ox, to_rdf
from rdflib.namespace import SH
from rdflib.plugins.stores.memory import Memory
from rdflib.query import Result
from rdflib.term import IdentifiedNode, Identifier

from parkgraph.errors import Diagnostic, Severity
from parkgraph.graph import Dataset, Origins
from parkgraph.names import Names
from parkgraph.publication import TurtleFile
from parkgraph.rdf import (
    DEFAULT_GRAPH,
    N_TRIPLES,
    BlankNode,
    Literal,
    NamedNode,
    Store,
    Triple,
    store_of,
)
from parkgraph.vocab import HOME, term

#: The focus node of shapes that speak of the graph as a whole; their value is what is wrong.
THE_GRAPH: Final = NamedNode(f"{HOME}shapes#the-graph")

#: A shape's IRI carries its number, which makes the code of its findings.
_NUMBER: Final = re.compile(r"shape-(\d\d)")

#: ``{?name}`` or ``{$name}`` in a message, as :func:`re.escape` leaves it.
_FILLED_IN: Final = re.compile(r"\\\{\\?[?$]\w+\\\}")

Value = NamedNode | BlankNode | Literal


@dataclass(frozen=True, slots=True)
class ValidationResult:
    """One sh:ValidationResult (SHACL §3.6.2).

    Attributes:
        messages: language tag to message.
    """

    code: str
    severity: Severity
    focus_node: Value
    result_path: NamedNode | None
    value: Value | None
    source_shape: str
    messages: Mapping[str, str]

    @property
    def message(self) -> str:
        """What is wrong, in English if the shape says it so."""
        return self.messages.get("en") or next(iter(self.messages.values()), "")


@dataclass(frozen=True, slots=True)
class ValidationReport:
    """An sh:ValidationReport: ``conforms`` is SHACL's word, false for a mere Info too."""

    conforms: bool
    results: tuple[ValidationResult, ...]
    turtle: bytes

    @property
    def blocking(self) -> bool:
        """Whether anything stands in the way of a release: a Violation."""
        return any(result.severity is Severity.VIOLATION for result in self.results)


def validate(dataset: Dataset, shapes: Sequence[TurtleFile], names: Names) -> ValidationReport:
    """The report of ``shapes`` on the current view, the private triples included."""
    graph = _shapes_graph(shapes)
    conforms, report, _ = cast(
        # pySHACL leaves its return type open; this is what its documentation promises.
        "tuple[bool, rdflib.Graph, str]",
        pyshacl_validate(
            _data(dataset, names),
            shacl_graph=graph,
            inference="none",
            do_owl_imports=False,
        ),
    )
    tongues = _languages(graph)
    results = sorted(
        (_result(report, node, tongues) for node in report.objects(None, SH.result)),
        key=lambda r: (r.code, str(r.focus_node), str(r.result_path), str(r.value)),
    )
    return ValidationReport(conforms, tuple(results), report.serialize(format="turtle").encode())


def diagnose(report: ValidationReport, origins: Origins) -> Iterator[Diagnostic]:
    """Say each result in the author's terms: the line of the text that caused it."""
    for result in report.results:
        focus, value = result.focus_node, result.value
        if focus == THE_GRAPH and value is not None:
            focus, value = value, None
        place = (
            "" if isinstance(focus, Literal) else origins.where(focus, result.result_path, value)
        )
        yield Diagnostic(
            result.code,
            result.message,
            place or str(focus).strip("<>"),
            severity=result.severity,
        )


#: Links to other registries that only a reviewed alignment may make (model.md §0.10).
_LINKS: Final = frozenset(
    map(
        term,
        (
            "schema:sameAs",
            "skos:exactMatch",
            "skos:closeMatch",
            "skos:broadMatch",
            "skos:narrowMatch",
            "skos:relatedMatch",
            "owl:sameAs",
        ),
    )
)
_ENTRY: Final = ("rdf:subject", "rdf:predicate", "rdf:object")
_JUDGEMENT: Final = ("prov:wasAttributedTo", "dcterms:date", "dcterms:description")


def check_links(dataset: Dataset, names: Names) -> Iterator[Diagnostic]:
    """Findings about links that no reviewed alignment makes (PG426)."""
    aligned = dataset.named.get(names.graph("alignments"), frozenset())
    entries = {
        triple.subject: [t for t in aligned if t.subject == triple.subject]
        for triple in aligned
        if triple.predicate in map(term, _ENTRY)
    }
    made = set()
    for node, triples in entries.items():
        values = {triple.predicate: triple.object for triple in triples}
        made.add(tuple(values.get(term(part)) for part in _ENTRY))
        for missing in (p for p in (*_ENTRY, *_JUDGEMENT) if term(p) not in values):
            message = f"the alignment has no {missing}"
            yield _link_fault(message, dataset.origins.where(node))
    for triple in sorted(_links(dataset, names), key=str):
        if triple.predicate == term("owl:sameAs") or _parts(triple) not in made:
            message = f"{triple} is a link that no reviewed alignment makes"
            where = dataset.origins.where(triple.subject, triple.predicate, triple.object)
            yield _link_fault(message, where)


def _links(dataset: Dataset, names: Names) -> Iterator[Triple]:
    """Every link in the published graphs; the ontology's own alignments are part of it."""
    graphs = (t for name, t in dataset.named.items() if name != names.graph("def"))
    return (triple for triple in chain.from_iterable(graphs) if triple.predicate in _LINKS)


def _parts(triple: Triple) -> tuple[object, ...]:
    return (triple.subject, triple.predicate, triple.object)


def _link_fault(message: str, where: str) -> Diagnostic:
    advice = "links are entries of data/alignments/, each with a judge, a date and a reason"
    return Diagnostic("PG426", message, where, advice)


class OxigraphQueries(Memory):
    """rdflib's own store, whose SPARQL Oxigraph answers.

    pySHACL evaluates a SPARQL constraint anew for each focus node, and rdflib takes up to 0.1 s
    to parse it: this way half a second of validation stays half a second.
    """

    def __init__(self, store: Store) -> None:
        super().__init__()
        self._store = store

    def query(  # type: ignore[override]  # rdflib leaves the types of its own store loose
        self,
        query: str,
        initNs: object,  # noqa: ARG002, N803  # rdflib's names
        initBindings: Mapping[str, IdentifiedNode | rdflib.Literal],  # noqa: N803  # rdflib's name
        *_: object,
    ) -> Result:
        """The solutions of ``query`` in rdflib's terms."""
        bound = {
            Variable(name): cast("Value | Triple", to_ox(node))
            for name, node in initBindings.items()
        }
        found = self._store.query(query, substitutions=bound)
        result = Result("SELECT")
        if isinstance(found, QuerySolutions):
            names = [rdflib.Variable(variable.value) for variable in found.variables]
            result.vars = names
            result.bindings = [_binding(names, row) for row in found]
        return result


def _binding(
    names: Sequence[rdflib.Variable], row: QuerySolution
) -> dict[rdflib.Variable, Identifier]:
    terms = zip(names, map(to_rdf, row), strict=True)
    return {name: cast("Identifier", node) for name, node in terms if node is not None}


def data_graph(store: Store) -> rdflib.Graph:
    """The default graph of ``store`` as pySHACL wants it."""
    graph = rdflib.Graph(OxigraphQueries(store))
    return graph.parse(data=store.dump(format=N_TRIPLES, from_graph=DEFAULT_GRAPH), format="nt")


def _data(dataset: Dataset, names: Names) -> rdflib.Graph:
    """What is validated: the view, the private triples, and which terms are defined."""
    defined = (
        triple
        for triple in dataset.named.get(names.graph("def"), frozenset())
        if triple.predicate == term("rdfs:isDefinedBy")
    )
    return data_graph(store_of(chain(dataset.default, dataset.private, defined)))


def _shapes_graph(shapes: Sequence[TurtleFile]) -> rdflib.Graph:
    graph = rdflib.Graph()
    for file in shapes:
        graph.parse(data=file.data, format="turtle", publicID=f"{HOME}shapes")
    return graph


#: What tells the language of a message that pySHACL filled in, and left untagged.
_Tongues = Sequence[tuple[re.Pattern[str], str]]


def _languages(shapes: rdflib.Graph) -> _Tongues:
    """A pattern for each message of a shape, with the language that it is written in."""
    return [
        (re.compile(_FILLED_IN.sub(".*?", re.escape(str(message))), re.DOTALL), message.language)
        for message in shapes.objects(None, SH.message)
        if isinstance(message, rdflib.Literal) and message.language
    ]


def _tagged(message: object, tongues: _Tongues) -> str:
    language: str | None = getattr(message, "language", None)
    found = (tongue for pattern, tongue in tongues if pattern.fullmatch(str(message)))
    return language or next(found, "")


def _result(report: rdflib.Graph, node: Any, tongues: _Tongues) -> ValidationResult:  # noqa: ANN401  # rdflib's own looseness stays in here
    shape = str(report.value(node, SH.sourceShape))
    number = _NUMBER.search(shape)
    return ValidationResult(
        code=f"PG4{number[1]}" if number else "PG400",
        severity=Severity(str(report.value(node, SH.resultSeverity)).rpartition("#")[2]),
        focus_node=cast("Value", _term(report.value(node, SH.focusNode))),
        result_path=_path(report.value(node, SH.resultPath)),
        value=_term(report.value(node, SH.value)),
        source_shape=shape,
        messages={
            _tagged(message, tongues): str(message)
            for message in report.objects(node, SH.resultMessage)
        },
    )


def _path(node: object) -> NamedNode | None:
    return NamedNode(str(node)) if isinstance(node, rdflib.URIRef) else None


def _term(node: object) -> Value | None:
    if isinstance(node, rdflib.URIRef):
        return NamedNode(str(node))
    if isinstance(node, rdflib.BNode):
        return BlankNode(str(node))
    if not isinstance(node, rdflib.Literal):
        return None
    if node.language:
        return Literal(str(node), language=node.language)
    return (
        Literal(str(node), datatype=NamedNode(str(node.datatype)))
        if node.datatype
        else Literal(str(node))
    )
