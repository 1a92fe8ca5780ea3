"""A publication's graphs with the triples of a large file, which are never all in memory."""

from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path

from parkgraph.graph import Dataset
from parkgraph.rdf import Quad, parse_file


@dataclass(frozen=True)
class Streamed(Dataset):
    """The graphs of a publication, and the triples of a file that is read when they are needed."""

    file: Path

    def quads(self) -> Iterator[Quad]:
        """Every quad of both."""
        yield from super().quads()
        yield from parse_file(self.file, "nt")


def with_triples(dataset: Dataset, file: Path) -> Streamed:
    """``dataset`` with the triples of ``file`` in its default graph."""
    inherited = {field.name: getattr(dataset, field.name) for field in fields(Dataset)}
    return Streamed(**inherited, file=file)
