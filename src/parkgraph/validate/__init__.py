"""Validate a dataset against its shapes; the one door to pySHACL and rdflib.

pySHACL is the reference and writes the report. It looks at one focus node after the other; so a
few queries over all nodes find out first which of them it needs to look at
(docs/decisions/0021-validation-is-screened.md).
"""

from collections.abc import Sequence
from itertools import chain

import rdflib
from rdflib.term import Node

from parkgraph.errors import Diagnostic
from parkgraph.graph import Dataset
from parkgraph.names import Names
from parkgraph.publication import TurtleFile
from parkgraph.rdf import Store, store_of
from parkgraph.validate.data import data_graph
from parkgraph.validate.engine import Unusable, raised, run
from parkgraph.validate.links import check_links
from parkgraph.validate.results import (
    THE_GRAPH,
    ValidationReport,
    ValidationResult,
    diagnose,
    read_report,
)
from parkgraph.validate.screening import suspects
from parkgraph.validate.shapes import read_shapes
from parkgraph.vocab import term

__all__ = [
    "THE_GRAPH",
    "ValidationReport",
    "ValidationResult",
    "check_links",
    "diagnose",
    "screened",
    "validate",
    "validated",
]


def validate(
    dataset: Dataset, files: Sequence[TurtleFile], names: Names, findings: list[Diagnostic]
) -> ValidationReport:
    """The report of the shapes in ``files`` on the current view, the private triples included.

    Shapes that cannot be used are left out, and added to ``findings``.
    """
    shapes = read_shapes(files, findings)

    def unusable(shape: Node, error: Exception) -> None:
        findings.append(shapes.unusable(shape, error))

    conforms, report = screened(validated(dataset, names), shapes.graph, unusable)
    return read_report(conforms, report, shapes.graph)


def screened(
    store: Store, shapes: rdflib.Graph, unusable: Unusable = raised
) -> tuple[bool, rdflib.Graph]:
    """Whether the default graph of ``store`` conforms to ``shapes``, and pySHACL's report on it.

    Args:
        store: the data; nothing is written to it.
        shapes: the shapes graph, to which pySHACL adds what it takes for granted.
        unusable: is told of each shape that cannot be applied, and why.
    """
    return run(data_graph(store), shapes, lambda shape: suspects(shape, store), unusable)


def validated(dataset: Dataset, names: Names) -> Store:
    """What is validated: the view, the private triples, and which terms are defined."""
    defined = (
        triple
        for triple in dataset.named.get(names.graph("def"), frozenset())
        if triple.predicate == term("rdfs:isDefinedBy")
    )
    return store_of(chain(dataset.default, dataset.private, defined))
