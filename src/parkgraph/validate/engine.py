"""pySHACL, shape by shape: what it calls validation, on the focus nodes that it is given.

``pyshacl.validate`` takes focus nodes too, but only IRIs, and for all shapes the same. This is its
loop (``Validator.run`` of pySHACL 0.40) without the options that this program does not use.
"""

import re
from collections.abc import Callable, Iterable, Sequence
from typing import Final, Protocol, TypeAlias, cast

import rdflib
from pyparsing import ParseException
from pyshacl import Validator
from pyshacl.errors import ConstraintLoadWarning
from pyshacl.graph_abstraction import DataGraph
from rdflib.term import Node

#: A result as pySHACL hands it on.
_Result: TypeAlias = tuple[str, Node, list[tuple[Node, Node, object]]]


class ShapesGraph(Protocol):
    """What is used of ``pyshacl.ShapesGraph``."""

    graph: rdflib.Graph
    shapes: Iterable["Shape"]


class Shape(Protocol):
    """What is used of ``pyshacl.Shape``."""

    sg: ShapesGraph
    node: rdflib.URIRef | rdflib.BNode

    @property
    def deactivated(self) -> bool:
        """Whether the shape is switched off."""

    @property
    def is_property_shape(self) -> bool:
        """Whether it has a path."""

    def path(self) -> Node | None:
        """The path of a property shape."""

    def target(self) -> tuple[Iterable[Node], ...]:
        """Nodes, classes, itself as a class, predicates of objects, predicates of subjects."""

    def get_other_shape(self, node: Node) -> "Shape | None":
        """The shape that a shape refers to."""

    def find_custom_constraints(self) -> set[object]:
        """The constraint components that the shapes graph defines and this shape uses."""

    def validate(
        self, executor: object, graph: object, focus: Sequence[Node] | None
    ) -> tuple[bool, list[_Result]]:
        """The results on ``focus``, or on all focus nodes of the shape."""


#: From a shape to the focus nodes that are looked at; None for all.
Choice: TypeAlias = Callable[[Shape], Sequence[Node] | None]


#: What pySHACL raises for shapes that are not well formed; of constraints also Python's and
#: Oxigraph's errors on what they hold.
MALFORMED: Final = (
    ConstraintLoadWarning,
    ParseException,
    re.error,
    AssertionError,
    AttributeError,
    LookupError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
)
#: Takes a shape that cannot be applied, and why.
Unusable: TypeAlias = Callable[[Node, Exception], None]


def raised(_: Node, error: Exception) -> None:
    """Let a shape that cannot be applied be an error."""
    raise error


def run(
    data: rdflib.Graph, shapes: rdflib.Graph, choice: Choice, unusable: Unusable = raised
) -> tuple[bool, rdflib.Graph]:
    """Whether ``data`` conforms to ``shapes``, and the report (SHACL §3.6)."""
    validator = Validator(DataGraph.from_rdflib(data), shacl_graph=shapes)
    executor, graph = validator.make_executor(), validator.data_graph
    results: list[_Result] = []
    conforms = True
    for shape in cast("ShapesGraph", validator.shacl_graph).shapes:
        try:
            fine, found = shape.validate(executor, graph, focus=choice(shape))
        except MALFORMED as error:
            unusable(shape.node, error)
            continue
        conforms = conforms and fine
        results.extend(found)
    report, _ = Validator.create_validation_report(validator.shacl_graph, conforms, results)
    return conforms, report
