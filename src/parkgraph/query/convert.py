"""Writes RDF files in another syntax, as a stream: ``python -m parkgraph.query.convert``."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import cast

from pyoxigraph import Quad, RdfFormat, parse

from parkgraph.query.load import base_of, opened, syntax_of
from parkgraph.rdf import DEFAULT_GRAPH, FORMATS
from parkgraph.writing import write_into


def main(extension: str, target: str, *paths: str) -> None:
    """Write what is in the files at ``paths`` to ``target``, all of it or nothing.

    A syntax for one graph gets the default graph. Blank nodes of each file stay its own.
    """
    staging = Path(f"{target}.part")
    with staging.open("wb") as file:
        write_into(file, _quads(paths, dataset=FORMATS[extension].dataset), extension)
    staging.replace(target)


def _quads(paths: tuple[str, ...], *, dataset: bool) -> Iterator[Quad]:
    for path in paths:
        syntax = cast("RdfFormat", RdfFormat.from_extension(syntax_of(path)))
        with opened(path) as file:
            quads = parse(file, syntax, base_iri=base_of(path), rename_blank_nodes=True)
            for quad in cast("Iterator[Quad]", quads):
                if dataset or quad.graph_name == DEFAULT_GRAPH:
                    yield quad


if __name__ == "__main__":
    main(*sys.argv[1:])
