"""The validation report as values, and each of its results in the author's terms."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias, cast

import rdflib
from rdflib.namespace import SH
from rdflib.term import Node

from parkgraph.errors import Diagnostic, Severity
from parkgraph.graph import Origins
from parkgraph.rdf import Literal, NamedNode, parse_bytes, relabelled
from parkgraph.validate.data import Value, oxigraph, rdflib_term
from parkgraph.vocab import HOME

#: The focus node of shapes that speak of the graph as a whole; their value is what is wrong.
THE_GRAPH: Final = NamedNode(f"{HOME}shapes#the-graph")

#: A shape's IRI carries its number, which makes the code of its findings.
_NUMBER: Final = re.compile(r"shape-(\d\d)")

_SEVERITIES: Final[Mapping[Node | None, Severity]] = {SH[name]: name for name in Severity}

#: ``{?name}`` or ``{$name}`` in a message, as :func:`re.escape` leaves it.
_FILLED_IN: Final = re.compile(r"\\\{\\?[?$]\w+\\\}")


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


def read_report(conforms: bool, report: rdflib.Graph, shapes: rdflib.Graph) -> ValidationReport:
    """The report as values, its results in order."""
    tongues = _languages(shapes)
    results = sorted(
        (_result(report, node, tongues) for node in report.objects(None, SH.result)),
        key=lambda r: (r.code, str(r.focus_node), str(r.result_path), str(r.value)),
    )
    return ValidationReport(conforms, tuple(results), _turtle(report))


def _turtle(report: rdflib.Graph) -> bytes:
    """The same bytes for what says the same: pySHACL makes up other blank nodes in each run."""
    quads = relabelled(parse_bytes(report.serialize(format="nt").encode(), "nt"))
    same = rdflib.Graph(namespace_manager=report.namespace_manager)
    for quad in sorted(quads, key=str):
        subject, predicate, value = map(rdflib_term, quad.triple)
        same.add((subject, predicate, value))
    return same.serialize(format="turtle").encode()


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


#: What tells the language of a message that pySHACL filled in and left untagged: for each shape
#: and constraint, a pattern for each of its messages and the language that it is written in.
_Tongues: TypeAlias = Mapping[Node | None, Sequence[tuple[re.Pattern[str], str]]]


def _languages(shapes: rdflib.Graph) -> _Tongues:
    tongues: dict[Node | None, list[tuple[re.Pattern[str], str]]] = {}
    for source, message in shapes.subject_objects(SH.message):
        if isinstance(message, rdflib.Literal) and message.language:
            words = _FILLED_IN.sub(".*?", re.escape(str(message)))
            pattern = re.compile(words, re.DOTALL), message.language
            tongues.setdefault(source, []).append(pattern)
    return tongues


def _result(report: rdflib.Graph, node: Node, tongues: _Tongues) -> ValidationResult:
    # One look for all: each question of its own would be asked of the store anew.
    said: dict[Node, list[Node]] = {}
    for predicate, value in report.predicate_objects(node):
        said.setdefault(predicate, []).append(value)
    one = {predicate: values[0] for predicate, values in said.items()}
    shape, constraint = one.get(SH.sourceShape), one.get(SH.sourceConstraint)
    number = _NUMBER.search(str(shape))
    patterns = [*tongues.get(constraint, ()), *tongues.get(shape, ())]
    return ValidationResult(
        code=f"PG4{number[1]}" if number else "PG400",
        severity=_SEVERITIES.get(one.get(SH.resultSeverity), Severity.VIOLATION),
        focus_node=cast("Value", oxigraph(one[SH.focusNode])),
        result_path=_path(one.get(SH.resultPath)),
        value=oxigraph(one.get(SH.value)),
        source_shape=str(shape),
        messages={
            _tongue(message, patterns): str(message) for message in said.get(SH.resultMessage, ())
        },
    )


def _tongue(message: Node, patterns: Sequence[tuple[re.Pattern[str], str]]) -> str:
    language: str | None = getattr(message, "language", None)
    found = (tongue for pattern, tongue in patterns if pattern.fullmatch(str(message)))
    return language or next(found, "")


def _path(node: Node | None) -> NamedNode | None:
    return NamedNode(str(node)) if isinstance(node, rdflib.URIRef) else None
