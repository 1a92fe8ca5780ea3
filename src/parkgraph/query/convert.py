"""Writes RDF files in another syntax, as a stream: ``python -m parkgraph.query.convert PID …``.

It ends with the process PID.
"""

import errno
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Final, cast

from pyoxigraph import Quad, RdfFormat, parse

from parkgraph.errors import ParkgraphError
from parkgraph.query.confine import default_signals, die_with_parent
from parkgraph.query.load import base_of, opened, syntax_of
from parkgraph.rdf import DEFAULT_GRAPH, FORMATS
from parkgraph.writing import write_into


def main(extension: str, target: str, *paths: str) -> None:
    """Write what is in the files at ``paths`` to ``target``, all of it or nothing.

    A syntax for one graph gets the default graph. Blank nodes of each file stay its own.

    Raises:
        SystemExit: with :data:`UNSAYABLE`, the syntax has no form for something in the files; what
            and why is the only line on the error stream, as JSON; with :data:`NO_ROOM`, the disk
            is full. What was written then is for the caller to remove.
    """
    staging = Path(f"{target}{PART}")
    try:
        with staging.open("wb") as file:
            write_into(file, _quads(paths, dataset=FORMATS[extension].dataset), extension)
    except OSError as error:
        if error.errno in {errno.ENOSPC, errno.EDQUOT}:
            sys.exit(NO_ROOM)
        raise
    except ParkgraphError as error:
        finding = error.findings[0]
        sys.stderr.write(json.dumps([finding.code, finding.message, "", finding.help]))
        sys.exit(UNSAYABLE)
    staging.replace(target)


#: The exit statuses that say so.
UNSAYABLE: Final = 3
NO_ROOM: Final = 4
#: What the name of a file ends with that is not whole yet.
PART: Final = ".part"


def _quads(paths: tuple[str, ...], *, dataset: bool) -> Iterator[Quad]:
    for path in paths:
        syntax = cast("RdfFormat", RdfFormat.from_extension(syntax_of(path)))
        with opened(path) as file:
            quads = parse(file, syntax, base_iri=base_of(path), rename_blank_nodes=True)
            for quad in cast("Iterator[Quad]", quads):
                if dataset or quad.graph_name == DEFAULT_GRAPH:
                    yield quad


if __name__ == "__main__":
    default_signals()
    die_with_parent(int(sys.argv[1]))
    main(*sys.argv[2:])
