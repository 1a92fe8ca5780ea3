"""The files of a release, made of its quads: every syntax, the tables, RDF 1.2, each packed too."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from parkgraph.packed import PACKED, pack
from parkgraph.rdf import DEFAULT_GRAPH, FORMATS, Quad
from parkgraph.reified import to_rdf12
from parkgraph.release import Distribution
from parkgraph.tables import METADATA, METADATA_TYPE, write_tables
from parkgraph.writing import write

#: The default graph with claims as reifiers (:mod:`parkgraph.reified`).
RDF12: Final = "parkgraph-rdf12.ttl"
#: Turtle of RDF 1.2 says so (RDF 1.2 Turtle, Internet media type).
_RDF12_TYPE: Final = "text/turtle; version=1.2"


@dataclass(frozen=True, slots=True)
class Dump:
    """A file and what is published of it."""

    file: Distribution
    data: bytes


def dumps(quads: Sequence[Quad]) -> Iterator[Dump]:
    """Every file that follows from the quads alone; each but the metadata packed twice."""
    default = [quad for quad in quads if quad.graph_name == DEFAULT_GRAPH]
    for extension, syntax in FORMATS.items():
        content = quads if syntax.dataset else default
        data = write(content, extension)
        yield from _packed(dump(f"parkgraph.{extension}", syntax.media_type, data, len(content)))
    reified = to_rdf12(default)
    yield from _packed(dump(RDF12, _RDF12_TYPE, write(reified, "ttl"), len(reified)))
    for path, data in write_tables(default).items():
        if path == METADATA:
            yield dump(path, METADATA_TYPE, data)
        else:
            yield from _packed(dump(path, "text/csv", data))


def dump(path: str, media_type: str, data: bytes, statements: int = 0) -> Dump:
    """A file with its size and SHA-256."""
    digest = sha256(data).hexdigest()
    return Dump(Distribution(path, media_type, len(data), digest, statements), data)


def _packed(plain: Dump) -> Iterable[Dump]:
    yield plain
    for ending, media_type in PACKED.items():
        data = pack(plain.data, ending)
        yield dump(f"{plain.file.path}.{ending}", media_type, data, plain.file.statements)
