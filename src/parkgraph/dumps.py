"""The files of a release, made of its content: every syntax, the tables, RDF 1.2, each packed too.

Some are written below a head that is known only when the rest has been written, so the rest goes
into a file of its own first; then the file, its .gz and its .zst come of one pass.
"""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, closing
from hashlib import sha256
from itertools import chain
from pathlib import Path
from typing import Final, NamedTuple

from parkgraph.content import Content
from parkgraph.jobs import Job
from parkgraph.jsonld import write_jsonld
from parkgraph.packed import PACKED, Packing, packing
from parkgraph.rdf import FORMATS
from parkgraph.reified import reified_lines
from parkgraph.release import Distribution
from parkgraph.tables import METADATA, METADATA_TYPE, TABLES, write_tables
from parkgraph.turtle import write_turtle
from parkgraph.writing import write_rdfxml

#: The default graph with claims as reifiers (:mod:`parkgraph.reified`).
RDF12: Final = "parkgraph-rdf12.ttl"
#: Turtle of RDF 1.2 says so (RDF 1.2 Turtle, Internet media type).
_RDF12_TYPE: Final = "text/turtle; version=1.2"
#: Bytes that are copied at a time; the bytes of a .zst depend on it.
_PART: Final = 1 << 20

_PLAIN: Final[Mapping[str, str]] = {}


class Source(NamedTuple):
    """What a file consists of: what is in ``path`` from byte ``start`` on, between two ends.

    Attributes:
        statements: triples or quads that it holds.
    """

    statements: int
    path: Path
    head: bytes = b""
    start: int = 0
    tail: bytes = b""

    @property
    def size(self) -> int:
        """Bytes in all."""
        return len(self.head) + self.path.stat().st_size - self.start + len(self.tail)

    def parts(self) -> Iterator[bytes]:
        """The bytes, in parts of one size."""
        with self.path.open("rb") as file:
            file.seek(self.start)
            held = self.head
            while part := file.read(_PART - len(held)):
                held += part
                if len(held) >= _PART:
                    yield held
                    held = b""
        yield held + self.tail


#: Makes a file of some content; what it has to write on the way goes to the path.
Maker = Callable[[Content, Path], Source]


def _canonical_quads(content: Content, _: Path) -> Source:
    return Source(content.quads, content.lines)


def _canonical_triples(content: Content, _: Path) -> Source:
    return Source(content.triples, content.graph.lines)


def _turtle(content: Content, path: Path) -> Source:
    with path.open("wb") as file:
        head = write_turtle(content.graph.batches(), file.write)
    return Source(content.triples, path, head)


def _trig(content: Content, path: Path) -> Source:
    with path.open("wb") as file:
        head = write_turtle(chain(content.graph.batches(), content.named()), file.write)
    return Source(content.quads, path, head)


def _rdf12(content: Content, path: Path) -> Source:
    count = 0

    def counted() -> Iterator[list[bytes]]:
        nonlocal count
        for lines in reified_lines(content.graph.batches()):
            count += len(lines)
            yield lines

    with path.open("wb") as file:
        head = write_turtle(counted(), file.write)
    return Source(count, path, head)


def _jsonld(content: Content, path: Path) -> Source:
    with path.open("wb") as file:
        head, tail = write_jsonld(content.graph.things, file)
    return Source(content.triples, path, head, 0, tail)


def _rdfxml(content: Content, path: Path) -> Source:
    with path.open("wb") as file:
        head, start = write_rdfxml(content.graph.batches(), file)
    return Source(content.triples, path, head, start)


#: How each syntax is made, by its file ending, and the seconds for a million quads, about.
_MAKERS: Final[Mapping[str, tuple[Maker, float]]] = {
    "ttl": (_turtle, 10),
    "jsonld": (_jsonld, 30),
    "nt": (_canonical_triples, 6),
    "rdf": (_rdfxml, 14),
    "nq": (_canonical_quads, 6),
    "trig": (_trig, 10),
}
_RDF12_SECONDS: Final = 10.0
_TABLE_SECONDS: Final = 2.0
#: All dumps together.
SECONDS: Final = sum(seconds for _, seconds in _MAKERS.values()) + _RDF12_SECONDS + _TABLE_SECONDS


def dump_jobs(content: Content, folder: Path) -> list[Job[list[Distribution]]]:
    """What writes every file that follows from the content alone, and gives what it wrote."""
    millions = content.quads / 1e6
    jobs = [
        Job(
            seconds * millions,
            _write_dump,
            (f"parkgraph.{extension}", FORMATS[extension].media_type, make, content, folder),
        )
        for extension, (make, seconds) in _MAKERS.items()
    ]
    rdf12 = (RDF12, _RDF12_TYPE, _rdf12, content, folder)
    return [
        *jobs,
        Job(_RDF12_SECONDS * millions, _write_dump, rdf12),
        Job(_TABLE_SECONDS * millions, _write_tables, (content, folder)),
    ]


def _write_dump(
    path: str, media_type: str, make: Maker, content: Content, folder: Path
) -> list[Distribution]:
    scratch = content.folder / path
    source = make(content, scratch)
    written = publish_file(folder, path, media_type, source, PACKED)
    scratch.unlink(missing_ok=True)
    return written


def _write_tables(content: Content, folder: Path) -> list[Distribution]:
    scratch = content.folder / "tables"
    scratch.mkdir()
    write_tables(content.graph, scratch)
    written = []
    for path in (table.path for table in TABLES):
        written += publish_file(folder, path, "text/csv", Source(0, scratch / path), PACKED)
    source = Source(0, scratch / METADATA)
    return [*written, *publish_file(folder, METADATA, METADATA_TYPE, source)]


def publish_file(
    folder: Path, path: str, media_type: str, source: Source, packed: Mapping[str, str] = _PLAIN
) -> list[Distribution]:
    """Write a file below ``folder``, and packed by the endings of ``packed``; flushed to disk."""
    (folder / path).parent.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        names = [path, *(f"{path}.{ending}" for ending in packed)]
        files = [stack.enter_context(_Hashed(folder / name)) for name in names]
        with ExitStack() as packers:
            targets: list[Packing | _Hashed] = [files[0]]
            for ending, file in zip(packed, files[1:], strict=True):
                packer = closing(packing(file, ending, source.size))
                targets.append(packers.enter_context(packer))
            for part in source.parts():
                for target in targets:
                    target.write(part)
        types = [media_type, *packed.values()]
        return [
            Distribution(name, type_, file.size, file.digest(), source.statements)
            for name, type_, file in zip(names, types, files, strict=True)
        ]


class _Hashed:
    """A new file that is hashed while it is written, and flushed to disk when it is closed."""

    def __init__(self, path: Path) -> None:
        self._file = path.open("wb")
        self._state = sha256()
        self.size = 0

    def write(self, part: bytes) -> int:
        """Write the next part."""
        self._state.update(part)
        self.size += len(part)
        return self._file.write(part)

    def flush(self) -> None:
        """Nothing: closing does."""

    def digest(self) -> str:
        """The SHA-256 of all that was written, in hex."""
        return self._state.hexdigest()

    def __enter__(self) -> "_Hashed":
        return self

    def __exit__(self, raised: object, *_: object) -> None:
        with self._file:
            if raised is None:
                self._file.flush()
                os.fsync(self._file.fileno())
