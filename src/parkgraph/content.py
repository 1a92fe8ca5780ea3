"""The quads of a release on disk, sorted, each graph by itself: what all its files are made of."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from heapq import merge
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Final

from parkgraph.description import bare
from parkgraph.graphfile import Described, GraphFile, by_subject, described, new_graph
from parkgraph.jobs import Job
from parkgraph.rdf import NamedNode, Quad, canonical_batches
from parkgraph.sorting import batches_of, sorted_lines, write_batches

_PLACE_SECONDS: Final = 1.0
_TURN_SECONDS: Final = 6.0
#: To put a million quads in order, about.
SECONDS: Final = _PLACE_SECONDS + _TURN_SECONDS


@dataclass(frozen=True, slots=True)
class Content:
    """A dataset in a folder of its own.

    Attributes:
        dataset: the digest over the canonical lines of all graphs.
        default: the same of the default graph.
        quads: how many there are in all graphs, and ``triples`` in the default graph.
    """

    folder: Path
    dataset: str
    default: str
    quads: int
    triples: int

    @property
    def lines(self) -> Path:
        """The canonical N-Quads."""
        return self.folder / "quads.nq"

    @property
    def graph(self) -> GraphFile:
        """The default graph."""
        return GraphFile(self.folder / "default")

    def named(self) -> Iterator[list[bytes]]:
        """The triples of the named graphs, sorted, each behind its graph's name and a tab."""
        return batches_of(self.folder / "named")

    def order_jobs(self) -> list[Job[None]]:
        """What puts the default graph in the orders in which it is read."""
        place, turn = (seconds * self.quads / 1e6 for seconds in (_PLACE_SECONDS, _TURN_SECONDS))
        return [
            Job(place, GraphFile.place, (self.graph,)),
            Job(turn, GraphFile.turn, (self.graph,)),
        ]

    def with_graph(self, name: NamedNode) -> "Told":
        """The default graph and the named graph ``name``, which fits in memory."""
        start = f"{name}\t".encode()
        batches = (
            [n[len(start) :] for n in lines if n.startswith(start)] for lines in self.named()
        )
        texts = {bare(subject.decode()): b"".join(lines) for subject, lines in by_subject(batches)}
        return Told(self.graph, texts)


@dataclass(frozen=True, slots=True)
class Told:
    """A graph on disk and, beside it, a small one: subjects with their lines."""

    graph: GraphFile
    also: Mapping[str, bytes]

    def texts(self) -> Iterator[tuple[str, bytes]]:
        """Each subject with its lines from both, in the order of their IRIs."""
        sides = merge(self.graph.texts(), sorted(self.also.items()), key=itemgetter(0))
        for iri, group in groupby(sides, key=itemgetter(0)):
            first, *others = [text for _, text in group]
            lines = b"".join([first, *others]).splitlines(keepends=True) if others else ()
            yield iri, b"".join(sorted(set(lines))) if others else first

    def things(self) -> Iterator[Described]:
        """Each subject with its triples from both, in the order of their IRIs."""
        return described(text for _, text in self.texts())


def write_content(folder: Path, quads: Iterable[Quad]) -> Content:
    """Sort ``quads``, which may come in any order and more than once, into a new folder."""
    folder.mkdir(parents=True)
    lines, graph = folder / "quads.nq", new_graph(folder / "default")
    everything = write_batches(lines, sorted_lines(canonical_batches(quads), folder))
    default = write_batches(graph.lines, map(_unnamed, batches_of(lines)))
    named = sorted_lines(map(_by_name, batches_of(lines)), folder)
    write_batches(folder / "named", named)
    return Content(folder, everything.digest, default.digest, everything.lines, default.lines)


def _unnamed(lines: list[bytes]) -> list[bytes]:
    return [line for line in lines if not _name_start(line)]


def _by_name(lines: list[bytes]) -> list[bytes]:
    starts = ((line, start) for line in lines if (start := _name_start(line)))
    return [b"%b\t%b.\n" % (line[start:-3], line[:start]) for line, start in starts]


def _name_start(line: bytes) -> int:
    """Where the graph's name begins in a line of N-Quads; 0 in one of the default graph.

    The last term is a name if it is an IRI, which holds no quotation mark, or blank, and there
    are three terms before it; a literal holds spaces, but does not look like one of those.
    """
    start = line.rfind(b" ", 0, -3) + 1
    name = line[start:-3]
    if not name.startswith((b"<", b"_:")) or b'"' in name or line.count(b" ", 0, start) == 2:
        return 0
    return start
