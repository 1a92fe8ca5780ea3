"""What is derived of a release for its server: index, lists, search, outline, store."""

from collections.abc import Iterable
from pathlib import Path
from typing import Final

from parkgraph.content import Content
from parkgraph.index import write_index
from parkgraph.jobs import Job
from parkgraph.lists import write_lists
from parkgraph.outline import outline
from parkgraph.rdf import NamedNode
from parkgraph.release import INDEX
from parkgraph.search import SourceLine, write_search
from parkgraph.store import STORE, WORTHWHILE, write_store

#: Seconds for a million quads, about.
_SECONDS: Final = {"index": 22.0, "lists": 16.0, "search": 30.0, "outline": 4.0, "store": 12.0}
#: All of it together.
SECONDS: Final = sum(_SECONDS.values())


def derived_jobs(
    content: Content, folder: Path, ontology: NamedNode, lines: Iterable[SourceLine]
) -> list[Job[None]]:
    """What writes every file that follows from the content, and of texts those of the search.

    Args:
        content: with its default graph placed and turned.
        folder: where the files go.
        ontology: the named graph that is described beside the default graph.
        lines: of the source texts.
    """
    scale = content.quads / 1e6
    stored = (folder / STORE, content.lines)
    return [
        *[Job(_SECONDS["store"] * scale, write_store, stored)][: content.quads >= WORTHWHILE],
        Job(_SECONDS["search"] * scale, _search, (content, folder, ontology, list(lines))),
        Job(_SECONDS["index"] * scale, write_index, (folder / INDEX, content, ontology)),
        Job(_SECONDS["lists"] * scale, write_lists, (folder / "lists.sqlite", content.graph)),
        Job(_SECONDS["outline"] * scale, _outline, (content, folder)),
    ]


def _search(
    content: Content, folder: Path, ontology: NamedNode, lines: Iterable[SourceLine]
) -> None:
    write_search(folder / "search.sqlite", content.with_graph(ontology).things(), lines)


def _outline(content: Content, folder: Path) -> None:
    (folder / "outline.json").write_bytes(outline(content.graph).to_json())
