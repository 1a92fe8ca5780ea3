"""The query page: a form for people, with the result of a query or the reason for none."""

import json
from collections.abc import Iterator, Sequence
from http import HTTPStatus
from itertools import islice
from typing import Any, Final, NotRequired, Required, TypedDict, Unpack, cast

from flask import Response

from parkgraph.errors import Diagnostic
from parkgraph.query import Answer
from parkgraph.rdf import BlankNode, Literal, NamedNode, Term, Triple
from parkgraph.web import pages
from parkgraph.web.assets import has_editor
from parkgraph.web.examples import titled
from parkgraph.web.http import answer, charset, secured
from parkgraph.web.reader import language, path
from parkgraph.web.state import site
from parkgraph.web.teach import Reason

#: What the page varies with.
VARY = ("Accept", "Accept-Language")
#: Bytes of a result that are looked at for the page, so that none is too large for it.
SHOWN: Final = 4_000_000
#: Bytes of a graph that the page shows.
_GRAPH: Final = 100_000
_BINDINGS: Final = ',"results":{"bindings":['


class Outcome(TypedDict):
    """What a query page shows: the query, and its answer or the reason why there is none."""

    text: Required[str]
    columns: NotRequired[Sequence[str]]
    rows: NotRequired[Sequence[Sequence[Term | Triple | None]]]
    count: NotRequired[int]
    boolean: NotRequired[bool]
    graph_text: NotRequired[str]
    cut: NotRequired[bool]
    problem: NotRequired[Diagnostic]
    reasons: NotRequired[Sequence[Reason]]


def query_page(status: int, **shown: Unpack[Outcome]) -> Response:
    """The page around a query; only a 200 may be kept by anyone, and is conditional."""
    # Without an answer there are no names to look up, and perhaps nobody who could tell them.
    here = site() if status == HTTPStatus.OK and shown["text"] else site().quiet()
    lang = language()
    offered = titled(here, lang)
    html = pages.query(here, lang=lang, path=path(), examples=offered, editor=has_editor(), **shown)
    said = {"Content-Language": lang}
    if status == HTTPStatus.OK:
        return answer(html, "text/html", vary=VARY, headers=said)
    said |= {"Cache-Control": "no-store", "Vary": ", ".join(VARY)}
    return secured(Response(html, status, said, content_type=charset("text/html")), page=True)


def outcome(text: str, found: Answer, start: bytes) -> Outcome:
    """A result as the page shows it, from its first :data:`SHOWN` bytes: JSON, or Turtle."""
    if found.form in {"construct", "describe"}:
        cut = len(found.body) > _GRAPH
        shown = start[: start.rfind(b"\n", 0, _GRAPH) + 1] if cut else start
        return {"text": text, "graph_text": shown.decode(), "cut": cut}
    if found.form == "ask":
        return {"text": text, "boolean": json.loads(start)["boolean"]}
    head, _, bindings = start.decode(errors="ignore").partition(_BINDINGS)
    columns = json.loads(f"{head}}}")["head"]["vars"]
    rows = [
        [_cell(binding.get(name)) for name in columns]
        for binding in islice(_bindings(bindings), pages.MAX_ROWS)
    ]
    return {"text": text, "columns": columns, "rows": rows, "count": found.rows or 0}


def _bindings(text: str) -> Iterator[dict[str, dict[str, Any]]]:
    """The bindings of a result, as far as ``text`` has it."""
    decoder, place = json.JSONDecoder(), 0
    while text.startswith("{", place):
        try:
            binding, place = decoder.raw_decode(text, place)
        except ValueError:
            return
        yield binding
        place += 1


def _cell(value: dict[str, Any] | None) -> Term | Triple | None:
    """A value of SPARQL 1.2 Query Results JSON §3.2.2 as a term."""
    if value is None:
        return None
    if value["type"] == "triple":
        parts = (_cell(value["value"][name]) for name in ("subject", "predicate", "object"))
        return Triple(*cast("tuple[NamedNode, NamedNode, Term]", tuple(parts)))
    if value["type"] == "uri":
        return NamedNode(value["value"])
    if value["type"] == "bnode":
        return BlankNode(value["value"])
    tag, datatype = value.get("xml:lang"), value.get("datatype")
    if tag:
        return Literal(value["value"], language=tag)
    return Literal(value["value"], datatype=NamedNode(datatype) if datatype else None)
