"""A graph on disk: its sorted lines, its subjects in order and by IRI, its triples by object.

What is made of a graph is made from here, subject by subject, so that no graph need fit in
memory. All of it is scratch: it follows from the lines.
"""

import json
import os
import sqlite3
import tempfile
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from itertools import groupby
from pathlib import Path
from typing import Final, NamedTuple, TypeAlias

from parkgraph.description import bare
from parkgraph.rdf import Quad, canonical_batches, parse_bytes
from parkgraph.sorting import batches_of, sorted_lines, write_batches

#: A subject's IRI, or its label where it is blank, with its triples in canonical order.
Described: TypeAlias = tuple[str, list[Quad]]
#: Gives the triples of a subject; none of what is no subject.
Lookup: TypeAlias = Callable[[str], list[Quad]]

_TYPE: Final = b"<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"
#: Bytes of lines that are parsed at a time.
_AT_ONCE: Final = 1 << 18


class Led(NamedTuple):
    """A triple, seen from its object; terms as N-Triples writes them.

    Attributes:
        object_types: None if the graph does not describe the object.
    """

    object: str
    object_types: tuple[str, ...] | None
    predicate: str
    subject: str
    subject_types: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Tally:
    """What was counted while the triples were turned.

    Attributes:
        entities: subjects that have an IRI.
        uses: property to its triples and its distinct subjects.
        kinds: every set of types that subjects have, sorted, and how many have it.
    """

    triples: int
    subjects: int
    entities: int
    uses: dict[str, tuple[int, int]]
    kinds: tuple[tuple[tuple[str, ...], int], ...]


@dataclass(frozen=True, slots=True)
class GraphFile:
    """A graph in a folder of its own: to be written, then placed and turned."""

    folder: Path

    @property
    def lines(self) -> Path:
        """Its canonical N-Triples, so that the triples of a subject stand together."""
        return self.folder / "lines.nt"

    @property
    def _places(self) -> Path:
        return self.folder / "places.sqlite"

    @property
    def _turned(self) -> Path:
        return self.folder / "turned"

    @property
    def _kinds(self) -> Path:
        return self.folder / "kinds"

    def batches(self) -> Iterator[list[bytes]]:
        """Its lines."""
        return batches_of(self.lines)

    def place(self) -> None:
        """Note where each subject stands, for :meth:`texts`, :meth:`things`, :meth:`lookup`."""
        with closing(sqlite3.connect(self._places)) as places, places:
            places.executescript(_PLACES)
            places.executemany("insert into subject values (?, ?, ?)", self._stands())

    def _stands(self) -> Iterator[tuple[str, int, int]]:
        start = 0
        for subject, lines in by_subject(self.batches()):
            size = sum(map(len, lines))
            yield bare(subject.decode()), start, size
            start += size

    def texts(self) -> Iterator[tuple[str, bytes]]:
        """Each subject with its lines, in the order of their IRIs."""
        with closing(sqlite3.connect(self._places)) as places, self.lines.open("rb") as file:
            descriptor = file.fileno()
            for iri, start, size in places.execute("select * from subject order by iri"):
                yield iri, os.pread(descriptor, size, start)

    def things(self) -> Iterator[Described]:
        """Each subject with its triples, in the order of their IRIs."""
        return described(text for _, text in self.texts())

    @contextmanager
    def lookup(self) -> Iterator[Lookup]:
        """Looks up subjects by their IRIs."""
        with closing(sqlite3.connect(self._places)) as places, self.lines.open("rb") as file:
            descriptor = file.fileno()

            def look(iri: str) -> list[Quad]:
                query = "select size, start from subject where iri = ?"
                found = places.execute(query, (iri,)).fetchone()
                return list(parse_bytes(os.pread(descriptor, *found), "nt")) if found else []

            yield look

    def turn(self) -> None:
        """Sort the triples by their objects and count them, for :meth:`led` and :meth:`tally`."""
        turn = _Turn()
        with self._kinds.open("wb") as file:
            turned = sorted_lines(turn.over(self.batches(), file.write), self.folder)
            write_batches(self._turned, turned)
        (self.folder / "tally.json").write_text(json.dumps(asdict(turn.tally())), "utf-8")

    def tally(self) -> Tally:
        """What was counted."""
        values = json.loads((self.folder / "tally.json").read_bytes())
        kinds = tuple((tuple(types), count) for types, count in values.pop("kinds"))
        return Tally(**values, kinds=kinds)

    def led(self) -> Iterator[Led]:
        """Each triple, in the order of objects, predicates, subjects."""
        kinds = [types for types, _ in self.tally().kinds]
        described = _pairs(self._kinds)
        subject, kind = next(described, (b"", b""))
        value, types, text = b"", None, ""
        for batch in batches_of(self._turned):
            for line in batch:
                found, predicate, source, of_source = line.split(b"\t")
                if found != value:
                    value, text = found, found.decode()
                    while subject and subject < value:
                        subject, kind = next(described, (b"", b""))
                    types = kinds[int(kind)] if subject == value else None
                yield Led(text, types, predicate.decode(), source.decode(), kinds[int(of_source)])


#: How SQLite writes a file at once that nobody reads before it is done, and that is flushed then.
BULK: Final = """
pragma journal_mode = off;
pragma synchronous = off;
pragma cache_size = -32000;
"""


def finished(path: Path) -> str:
    """The URI by which SQLite reads a file that never changes (sqlite.org/uri.html)."""
    return f"{path.resolve().as_uri()}?mode=ro&immutable=1"


_PLACES: Final = f"""
{BULK}
create table subject (iri text primary key, start integer, size integer) without rowid;
"""


def write_graph(folder: Path, quads: Iterable[Quad]) -> GraphFile:
    """A graph of triples in any order, in a folder that is made; graph names are left out."""
    graph = new_graph(folder)
    triples = (Quad(quad.subject, quad.predicate, quad.object) for quad in quads)
    write_batches(graph.lines, sorted_lines(canonical_batches(triples), folder))
    graph.place()
    graph.turn()
    return graph


@contextmanager
def graph_of(quads: Iterable[Quad]) -> Iterator[GraphFile]:
    """A graph of triples in a folder that is gone afterwards; as :func:`write_graph` has it."""
    with tempfile.TemporaryDirectory() as folder:
        yield write_graph(Path(folder) / "graph", quads)


def new_graph(folder: Path) -> GraphFile:
    """A folder for a graph; its lines are still to be written."""
    folder.mkdir(parents=True)
    return GraphFile(folder)


def by_subject(batches: Iterable[list[bytes]]) -> Iterator[tuple[bytes, list[bytes]]]:
    """Each subject as it is written, with its lines, in the order of canonical lines."""
    subject, start, held = b"", b"\n", list[bytes]()
    for batch in batches:
        for line in batch:
            if line.startswith(start):
                held.append(line)
                continue
            if held:
                yield subject, held
            subject = line[: line.index(b" ")]
            start, held = subject + b" ", [line]
    if held:
        yield subject, held


def described(texts: Iterable[bytes]) -> Iterator[Described]:
    """The triples of texts, each of them of one subject; many are parsed at a time."""
    held: list[bytes] = []
    size = 0
    for text in texts:
        held.append(text)
        size += len(text)
        if size > _AT_ONCE:
            yield from _parsed(b"".join(held))
            held, size = [], 0
    yield from _parsed(b"".join(held))


def _parsed(text: bytes) -> Iterator[Described]:
    for subject, quads in groupby(parse_bytes(text, "nt"), key=lambda quad: quad.subject):
        yield bare(str(subject)), list(quads)


def _pairs(path: Path) -> Iterator[tuple[bytes, bytes]]:
    for batch in batches_of(path):
        for line in batch:
            first, _, second = line.partition(b"\t")
            yield first, second


class _Turn:
    """Turns triples, and counts what passes by."""

    def __init__(self) -> None:
        self._uses: Counter[bytes] = Counter()
        self._users: Counter[bytes] = Counter()
        self._kinds: dict[tuple[bytes, ...], int] = {}
        self._having: dict[int, int] = defaultdict(int)
        self._entities = 0

    def over(
        self, batches: Iterable[list[bytes]], note: Callable[[bytes], object]
    ) -> Iterator[list[bytes]]:
        """The triples turned; ``note`` is given each subject with the number of its kind."""
        turned: list[bytes] = []
        for subject, lines in by_subject(batches):
            cut = [line[len(subject) + 1 : -3].split(b" ", 1) for line in lines]
            kind = self._kind(value for predicate, value in cut if predicate == _TYPE)
            self._count(subject, kind, [predicate for predicate, _ in cut])
            note(b"%b\t%d\n" % (subject, kind))
            turned += [b"%b\t%b\t%b\t%d\n" % (o, p, subject, kind) for p, o in cut]
            if len(turned) > _TURNED:
                yield turned
                turned = []
        yield turned

    def _kind(self, types: Iterable[bytes]) -> int:
        names = tuple(name for name in types if name.startswith(b"<") and name[1:2] != b"<")
        return self._kinds.setdefault(names, len(self._kinds))

    def _count(self, subject: bytes, kind: int, predicates: list[bytes]) -> None:
        self._having[kind] += 1
        self._entities += subject.startswith(b"<")
        self._uses.update(predicates)
        self._users.update(set(predicates))

    def tally(self) -> Tally:
        """What was counted."""
        return Tally(
            triples=self._uses.total(),
            subjects=sum(self._having.values()),
            entities=self._entities,
            uses={bare(p.decode()): (self._uses[p], self._users[p]) for p in sorted(self._uses)},
            kinds=tuple(
                (tuple(bare(name.decode()) for name in names), self._having[kind])
                for names, kind in self._kinds.items()
            ),
        )


#: Triples that are turned before they are handed on.
_TURNED: Final = 10_000
