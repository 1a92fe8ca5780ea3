"""The straight line from a folder to a validated dataset: read, extract, graph, validate."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from parkgraph.addresses import check_addresses
from parkgraph.claims import Concepts
from parkgraph.errors import Diagnostic, ParkgraphError, Severity
from parkgraph.extract import Extraction, extract
from parkgraph.graph import Dataset, dataset
from parkgraph.names import Names
from parkgraph.publication import Publication, TurtleFile, read_publication
from parkgraph.rdf import Located, NamedNode
from parkgraph.validate import ValidationReport, check_links, diagnose, validate


@dataclass(frozen=True, slots=True)
class Checked:
    """A publication that was read and validated, whatever came of it."""

    publication: Publication
    names: Names
    extractions: tuple[Extraction, ...]
    dataset: Dataset
    report: ValidationReport
    findings: tuple[Diagnostic, ...]

    @property
    def blocking(self) -> tuple[Diagnostic, ...]:
        """The findings that stand in the way of a release."""
        return tuple(f for f in self.findings if f.severity is Severity.VIOLATION)


def check(folder: Path) -> Checked:
    """Everything about the publication in ``folder``, with all findings at once.

    Raises:
        ParkgraphError: nothing can be read at all.
    """
    findings: list[Diagnostic] = []
    publication = read_publication(folder, findings)
    names = Names(publication.base)
    concepts = Concepts.of(item.quad for file in publication.concepts for item in file.quads)
    extractions = tuple(
        extract(document, concepts, names, findings) for document in publication.documents
    )
    graphs = dataset(names, extractions, _curated(publication), publication.ranks)
    report = validate(graphs, publication.shapes, names, findings)
    findings.extend(check_links(graphs, names))
    findings.extend(_former(publication, graphs))
    findings.extend(diagnose(report, graphs.origins))
    return Checked(publication, names, extractions, graphs, report, tuple(findings))


def _former(publication: Publication, graphs: Dataset) -> Iterator[Diagnostic]:
    """What the data makes of the addresses that are said to be former ones."""
    base, described, linked = publication.base, {}, set()
    for triple in graphs.default:
        if isinstance(triple.subject, NamedNode) and triple.subject.value.startswith(base):
            address = triple.subject.value.removeprefix(base)
            described[address] = graphs.origins.where(triple.subject)
        if isinstance(triple.object, NamedNode):
            linked.add(triple.object.value.removeprefix(base))
    yield from check_addresses(publication.addresses, described, frozenset(linked))


def accept(checked: Checked) -> None:
    """Let a publication pass if nothing stands in the way of a release.

    Raises:
        ParkgraphError: with every Violation.
    """
    if checked.blocking:
        raise ParkgraphError(*checked.blocking)


def _curated(publication: Publication) -> dict[str, list[tuple[str, Sequence[Located]]]]:
    groups: dict[str, tuple[TurtleFile, ...]] = {
        "concepts": publication.concepts,
        "alignments": publication.alignments,
        "def": publication.ontology,
    }
    return {name: [(file.path, file.quads) for file in files] for name, files in groups.items()}
