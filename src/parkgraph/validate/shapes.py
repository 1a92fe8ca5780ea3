"""The shapes of a publication as one graph; files and rules that cannot be used, as findings."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

import rdflib
from pyshacl import ShapesGraph
from rdflib.term import Node

from parkgraph.errors import Diagnostic, Severity
from parkgraph.publication import TurtleFile
from parkgraph.rdf import NamedNode
from parkgraph.validate.engine import MALFORMED
from parkgraph.vocab import HOME

_SH: Final = "http://www.w3.org/ns/shacl#"
_SEVERITY: Final = NamedNode(f"{_SH}severity")
_SEVERITIES: Final = frozenset(NamedNode(f"{_SH}{severity}") for severity in Severity)
#: Of a longer reason the end is left out, in characters.
_LONGEST_REASON: Final = 200


@dataclass(frozen=True, slots=True)
class Shapes:
    """What data is validated against.

    Attributes:
        places: of each node that is described, the file, and the line where that is known.
    """

    graph: rdflib.Graph = field(default_factory=rdflib.Graph)
    places: dict[Node, str] = field(default_factory=dict)

    def unusable(self, shape: Node, error: Exception) -> Diagnostic:
        """The finding that a shape cannot be applied."""
        return _unusable(error, self.places.get(shape, "shapes"))


def read_shapes(files: Sequence[TurtleFile], findings: list[Diagnostic]) -> Shapes:
    """The shapes of all files that can be used; of the others the findings are added."""
    findings.extend(_severities(files))
    try:
        return _loaded(files)
    except MALFORMED:
        usable = [file for file in files if _usable(file, findings)]
    try:
        return _loaded(usable)
    except MALFORMED as error:  # each is fine by itself
        findings.append(_unusable(error, "shapes"))
        return Shapes()


def _severities(files: Sequence[TurtleFile]) -> Iterator[Diagnostic]:
    """Severities of someone's own: nothing says whether they stand in the way of a release."""
    for file in files:
        for item in file.quads:
            if item.quad.predicate == _SEVERITY and item.quad.object not in _SEVERITIES:
                message = f"{item.quad.object} is no severity"
                advice = f"take one of {', '.join(f'sh:{name}' for name in Severity)}"
                yield Diagnostic("PG305", message, f"{file.path}:{item.line}", advice)


def _usable(file: TurtleFile, findings: list[Diagnostic]) -> bool:
    try:
        _loaded([file])
    except MALFORMED as error:
        findings.append(_unusable(error, file.path))
        return False
    return True


def _loaded(files: Sequence[TurtleFile]) -> Shapes:
    """The shapes of all files, as pySHACL can load them, or its error."""
    shapes = Shapes()
    for file in files:
        for item in file.quads:
            if isinstance(item.quad.subject, NamedNode):
                subject = rdflib.URIRef(item.quad.subject.value)
                shapes.places.setdefault(subject, f"{file.path}:{item.line}")
        shapes.graph.parse(data=file.data, format="turtle", publicID=f"{HOME}shapes")
        for node in shapes.graph.subjects(unique=True):
            shapes.places.setdefault(node, file.path)
    list(ShapesGraph(shapes.graph).shapes)
    return shapes


def _unusable(error: Exception, where: str) -> Diagnostic:
    reason = " ".join(str(error).split()) or type(error).__name__
    shown = f"{reason[:_LONGEST_REASON]}…" if len(reason) > _LONGEST_REASON else reason
    return Diagnostic("PG305", f"rules that cannot be applied: {shown}", where)
