"""Ask a release from the shell: the same query processes as the server's, a table for people."""

import csv
import io
from typing import Final

from parkgraph.query import Budget, QueryService, Question, Source
from parkgraph.release import INDEX, Release
from parkgraph.store import STORE
from parkgraph.vocab import compact

#: Bytes of memory that a quad takes in memory: 350 to 450 were measured.
QUAD_BYTES: Final = 450
#: A column of a table is cut at this width, in characters.
_WIDTH: Final = 80
_SOLUTIONS: Final = frozenset({"json", "xml", "csv", "tsv"})


def source(release: Release, most: int | None = None) -> Source:
    """What is queried of a release; DESCRIBE gives the description that the document gives.

    Args:
        release: what is asked.
        most: bytes that its graph may take in memory, where it has a store on disk to stay in.
    """
    store = release.derived / STORE
    stored = store.is_dir()
    stays = stored and most is not None and release.manifest.quads * QUAD_BYTES > most
    return Source(
        files=() if stays else (str(release.folder / "parkgraph.nq"),),
        store=str(store) if stored else None,
        describe=f"parkgraph.describe:describer {release.derived / INDEX}",
    )


def ask(release: Release, text: str, form: str) -> bytes:
    """The answer to a SPARQL query.

    Args:
        release: what is asked.
        text: the query.
        form: ``table``, or a format of results or of RDF; where the query gives the other kind
            of result, that comes in its default format (JSON, Turtle).

    Raises:
        QueryFailed: the query does not parse, or exceeds its budget.
    """
    question = Question(
        text,
        solutions="csv" if form == "table" else form if form in _SOLUTIONS else "json",
        graph="ttl" if form in {*_SOLUTIONS, "table"} else form,
    )
    # For a single question nothing is loaded that can be asked where it lies.
    with QueryService(source(release, most=0), Budget(workers=1)) as service:
        answer = service.ask(question)
    body = answer.content()
    if form == "table" and answer.form == "select":
        return table(body.decode()).encode()
    return body if body.endswith(b"\n") else body + b"\n"


def table(text: str) -> str:
    r"""CSV results as a table for a terminal, IRIs as prefixed names.

    >>> print(table("n,iri\r\n1500,http://www.w3.org/ns/org#Site\r\n"), end="")
    n     iri
    ----  --------
    1500  org:Site
    """
    rows = [[_shown(cell) for cell in row] for row in csv.reader(io.StringIO(text))]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    rows.insert(1, ["-" * width for width in widths])
    lines = ("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)
    return "".join(f"{line}\n" for line in lines)


def _shown(cell: str) -> str:
    name = compact(cell) if cell.startswith(("http://", "https://")) else cell
    line = " ".join(name.split())
    return line if len(line) <= _WIDTH else f"{line[: _WIDTH - 1]}…"
