"""The SPARQL 1.1 Protocol: queries in, results or one clear problem out."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, NotRequired, Required, TypedDict, Unpack

from flask import Blueprint, Response, request
from werkzeug.datastructures import MultiDict

from parkgraph.errors import Diagnostic
from parkgraph.negotiate import GRAPH, HTML, SOLUTIONS, Representation, named, negotiate
from parkgraph.query import Answer, QueryFailed, Question, SpoolFile
from parkgraph.rdf import BlankNode, Literal, NamedNode, Term
from parkgraph.web import pages
from parkgraph.web.examples import titled
from parkgraph.web.http import answer, charset, secured
from parkgraph.web.problems import not_acceptable, problem
from parkgraph.web.reader import language, path
from parkgraph.web.service import service_description
from parkgraph.web.state import edition, site

blueprint = Blueprint("sparql", __name__)

#: The status of each way in which a query can fail (http.md §4).
_STATUS: Final = {
    "busy": 503,
    "bytes": 503,
    "crash": 400,
    "evaluation": 400,
    "memory": 503,
    "nesting": 400,
    "rows": 503,
    "service": 403,
    "syntax": 400,
    "time": 503,
    "too-long": 413,
    "update": 400,
}
_FORM_TYPE: Final = "application/x-www-form-urlencoded"
_QUERY_TYPE: Final = "application/sparql-query"
_UPDATE_TYPE: Final = "application/sparql-update"
_ACCEPTED: Final = f"{_FORM_TYPE}, {_QUERY_TYPE}"
_VARY: Final = ("Accept", "Accept-Language")


@dataclass(frozen=True, slots=True)
class _Asked:
    """What a request asks: the texts of ``query=`` and the dataset it names."""

    queries: Sequence[str]
    default_graphs: Sequence[str]
    named_graphs: Sequence[str]
    update: bool = False


@blueprint.route("/sparql", methods=["GET", "POST"])
def sparql() -> Response:
    """Answer a query by GET, POST form or POST direct (SPARQL 1.1 Protocol §2.1)."""
    asked = _asked()
    if isinstance(asked, Response):
        return asked
    if asked.update:
        return _refused_update()
    if not asked.queries and request.method == "GET":
        return _no_query()
    if len(asked.queries) != 1 or not asked.queries[0].strip():
        finding = Diagnostic(
            "PG630",
            f"exactly one query is needed, got {len(asked.queries)}",
            help="send it as the parameter query, or as a body of application/sparql-query",
        )
        return problem(400, finding)
    return _evaluated(asked)


def _asked() -> _Asked | Response:
    if request.method == "GET":
        return _from(request.args)
    if request.mimetype == _FORM_TYPE:
        return _from(request.form)
    if request.mimetype == _UPDATE_TYPE:
        return _Asked((), (), (), update=True)
    if request.mimetype != _QUERY_TYPE:
        finding = Diagnostic(
            "PG624",
            f"the content type {request.mimetype or 'none'!r} is not accepted here",
            help=f"send {_ACCEPTED}",
        )
        return problem(415, finding, headers={"Accept-Post": _ACCEPTED})
    try:
        text = request.get_data().decode("utf-8")
    except UnicodeDecodeError:
        return problem(400, Diagnostic("PG631", "the query is not UTF-8"))
    asked = _from(request.args)
    return _Asked((*asked.queries, text), asked.default_graphs, asked.named_graphs, asked.update)


def _from(values: MultiDict[str, str]) -> _Asked:
    return _Asked(
        values.getlist("query"),
        values.getlist("default-graph-uri"),
        values.getlist("named-graph-uri"),
        "update" in values,
    )


def _refused_update() -> Response:
    finding = Diagnostic(
        "PG632",
        "the data cannot be changed here",
        help="publishing is by release: change the sources and run parkgraph build",
    )
    return problem(403, finding)


def _no_query() -> Response:
    """Without a query: the form for a person, the service description for a program."""
    form = negotiate(request.headers.get("Accept"), (HTML, *GRAPH))
    if form is None:
        return not_acceptable("/sparql", (HTML, *GRAPH))
    if form == HTML:
        return _page(200, _form(text=""))
    data = service_description(site(), form.extension)
    return answer(data, form.media_type, vary=_VARY)


def _page(status: int, html: str) -> Response:
    headers = {"Content-Language": language()}
    response = answer(html, "text/html", vary=_VARY, headers=headers)
    if status != 200:
        response.status_code = status
        response.headers["Cache-Control"] = "no-store"
    return response


@dataclass(frozen=True, slots=True)
class _Forms:
    """The forms that a client takes: of solutions, of a graph, and whether it wants a page."""

    solutions: Representation | None
    graph: Representation | None
    page: bool


def _forms() -> _Forms:
    values = request.values
    wanted = values.get("format") or values.get("_mediatype")
    if wanted:
        page = named(wanted, (HTML,)) is not None
        return _Forms(named(wanted, SOLUTIONS), named(wanted, GRAPH), page)
    accept = request.headers.get("Accept")
    page = negotiate(accept, (HTML, *SOLUTIONS, *GRAPH)) == HTML
    return _Forms(negotiate(accept, SOLUTIONS), negotiate(accept, GRAPH), page)


def _evaluated(asked: _Asked) -> Response:
    forms = _forms()
    if not (forms.page or forms.solutions or forms.graph):
        return not_acceptable("/sparql", (*SOLUTIONS, *GRAPH))
    text = asked.queries[0]
    question = Question(
        text,
        default_graphs=tuple(asked.default_graphs) or None,
        named_graphs=tuple(asked.named_graphs) or None,
        solutions="json" if forms.page or forms.solutions is None else forms.solutions.extension,
        graph="ttl" if forms.page or forms.graph is None else forms.graph.extension,
        seconds=_seconds(),
    )
    try:
        found = edition().queries.ask(question)
    except QueryFailed as error:
        return _failed(text, error, page=forms.page)
    if forms.page:
        return _shown(text, found)
    kind = forms.graph if found.form in {"construct", "describe"} else forms.solutions
    if kind is None:
        offered = GRAPH if found.form in {"construct", "describe"} else SOLUTIONS
        return not_acceptable("/sparql", offered)
    return _result(found, kind)


def _seconds() -> float | None:
    """The time that the client asks for; more than the budget is not to be had."""
    try:
        seconds = float(request.values.get("timeout", ""))
    except ValueError:
        return None
    return seconds if seconds > 0 else None


def _failed(text: str, error: QueryFailed, *, page: bool) -> Response:
    status, finding = _STATUS[error.kind], error.findings[0]
    if page:
        return _page(status, _form(text=text, problem=finding))
    headers = {"Retry-After": "1"} if error.kind == "busy" else {}
    return problem(status, finding, headers=headers, more={"kind": error.kind})


class _Outcome(TypedDict):
    """What a query page shows: the query, and its answer or the reason why there is none."""

    text: Required[str]
    columns: NotRequired[Sequence[str]]
    rows: NotRequired[Sequence[Sequence[Term | None]]]
    boolean: NotRequired[bool]
    graph_text: NotRequired[str]
    problem: NotRequired[Diagnostic]


def _form(**shown: Unpack[_Outcome]) -> str:
    """The query page around a query and what came of it."""
    lang = language()
    here = site()
    return pages.query(here, lang=lang, path=path(), examples=titled(here, lang), **shown)


def _result(found: Answer, form: Representation) -> Response:
    """A result, complete before its first byte: small ones from memory, large ones from a file."""
    if isinstance(found.body, SpoolFile):
        response = Response(iter(found.body), content_type=charset(form.media_type))
        response.content_length = found.body.size
        response.call_on_close(found.body.close)
        response.headers["Vary"] = "Accept"
        response.headers["Cache-Control"] = "no-store"
        return secured(response)
    response = answer(found.body, form.media_type, vary=("Accept",))
    if not found.cacheable:
        response.headers["Cache-Control"] = "no-store"
        response.headers.pop("ETag", None)
    return response


def _shown(text: str, found: Answer) -> Response:
    """The result as a page."""
    body = found.body.read() if isinstance(found.body, SpoolFile) else found.body
    if found.form in {"construct", "describe"}:
        return _page(200, _form(text=text, graph_text=body.decode()))
    result = json.loads(body)
    if found.form == "ask":
        return _page(200, _form(text=text, boolean=result["boolean"]))
    columns = result["head"]["vars"]
    rows = [
        [_cell(binding.get(name)) for name in columns] for binding in result["results"]["bindings"]
    ]
    return _page(200, _form(text=text, columns=columns, rows=rows))


def _cell(value: dict[str, str] | None) -> Term | None:
    if value is None:
        return None
    if value["type"] == "uri":
        return NamedNode(value["value"])
    if value["type"] == "bnode":
        return BlankNode(value["value"])
    language_tag, datatype = value.get("xml:lang"), value.get("datatype")
    if language_tag:
        return Literal(value["value"], language=language_tag)
    return Literal(value["value"], datatype=NamedNode(datatype) if datatype else None)
