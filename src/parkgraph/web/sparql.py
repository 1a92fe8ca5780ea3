"""The SPARQL 1.1 Protocol: queries in, results or one clear problem out."""

from dataclasses import dataclass
from typing import Final

from flask import Blueprint, Response, request

from parkgraph.errors import Diagnostic
from parkgraph.negotiate import GRAPH, HTML, SOLUTIONS, Representation, named, negotiate
from parkgraph.query import Answer, QueryFailed, Question, SpoolFile
from parkgraph.query.scan import scan
from parkgraph.web.asked import ACCEPT_POST, ACCEPT_QUERY, Asked, Refused, asked
from parkgraph.web.http import REVALIDATE, answer, charset, secured
from parkgraph.web.kept import Kept, Key
from parkgraph.web.problems import not_acceptable, problem
from parkgraph.web.queryform import VARY, outcome, query_page
from parkgraph.web.service import service_description
from parkgraph.web.state import edition, site, throttle

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
_BUDGET: Final = frozenset({"bytes", "memory", "rows", "time"})
_GRAPHS: Final = frozenset({"construct", "describe"})


@blueprint.route("/sparql", methods=["GET", "POST", "QUERY"])
def sparql() -> Response:
    """Answer a query by GET, POST or QUERY (SPARQL 1.1 Protocol §2.1, RFC 10008)."""
    said = asked()
    response = _refused(said) if isinstance(said, Refused) else _answered(said)
    response.headers["Accept-Query"] = ACCEPT_QUERY
    return response


def _refused(why: Refused) -> Response:
    headers = {"Accept-Post": ACCEPT_POST} if why.status == 415 else {}
    return problem(why.status, why.finding, headers=headers)


def _answered(said: Asked) -> Response:
    if said.update:
        return _refused(Refused(403, _NO_UPDATE))
    if not said.queries and request.method in {"GET", "HEAD"}:
        return _no_query()
    if len(said.queries) != 1 or not said.queries[0].strip():
        message = f"exactly one query is needed, got {len(said.queries)}"
        advice = "send it as the parameter query, or as a body of application/sparql-query"
        return _refused(Refused(400, Diagnostic("PG630", message, help=advice)))
    return _evaluated(said.queries[0], said)


_NO_UPDATE: Final = Diagnostic(
    "PG632",
    "the data cannot be changed here",
    help="publishing is by release: change the sources and run parkgraph build",
)


def _no_query() -> Response:
    """Without a query: the form for a person, the service description for a program."""
    form = negotiate(request.headers.get("Accept"), (HTML, *GRAPH))
    if form is None:
        return not_acceptable("/sparql", (HTML, *GRAPH))
    if form == HTML:
        return query_page(200, text="")
    return answer(service_description(site(), form.extension), form.media_type, vary=VARY)


@dataclass(frozen=True, slots=True)
class _Forms:
    """The forms that a client takes: of solutions, of a graph, and whether it wants a page."""

    solutions: Representation | None
    graph: Representation | None
    page: bool
    vary: tuple[str, ...]

    def of(self, form: str | None) -> Representation | None:
        """The form of the answer to a query of that ``form``; None if none is acceptable."""
        return self.graph if form in _GRAPHS else self.solutions


def _forms(wanted: str) -> _Forms:
    if wanted:
        page = named(wanted, (HTML,)) is not None
        return _Forms(named(wanted, SOLUTIONS), named(wanted, GRAPH), page, ())
    accept = request.headers.get("Accept")
    page = negotiate(accept, (HTML, *SOLUTIONS, *GRAPH)) == HTML
    return _Forms(negotiate(accept, SOLUTIONS), negotiate(accept, GRAPH), page, ("Accept",))


def _evaluated(text: str, said: Asked) -> Response:
    forms = _forms(said.wanted)
    if not forms.page and not (forms.solutions and forms.graph):
        # One kind of result cannot be sent: a look at the form of the query spares its evaluation.
        form = scan(text).form
        if form != "update" and forms.of(form) is None:
            return not_acceptable("/sparql", GRAPH if form in _GRAPHS else SOLUTIONS)
    question = Question(
        text,
        default_graphs=said.default_graphs or None,
        named_graphs=said.named_graphs or None,
        solutions="json" if forms.page or not forms.solutions else forms.solutions.extension,
        graph="ttl" if forms.page or not forms.graph else forms.graph.extension,
        seconds=said.seconds,
    )
    try:
        found = _found(question)
    except QueryFailed as error:
        return _failed(text, error, page=forms.page)
    if found is None:
        return _too_many()
    if forms.page:
        return query_page(200, **outcome(text, found.answer, found.body()))
    return _sent(found, forms)


@dataclass(frozen=True, slots=True)
class _Found:
    """A result: kept bytes with their tag, or a large one in a file of its own."""

    answer: Answer
    kept: Kept | None = None

    def body(self) -> bytes:
        """The whole result."""
        if self.kept is not None:
            return self.kept.body
        whole = self.answer.body
        return whole.read() if isinstance(whole, SpoolFile) else whole


def _found(question: Question) -> _Found | None:
    """The result, from what was kept or by evaluation; None if the client has no place free."""
    here = edition()
    key = _key(question)
    if (kept := here.results.get(key)) is not None:
        return _Found(kept.answer, kept)
    with throttle().place(request.remote_addr or "") as granted:
        if not granted:
            return None
        found = here.queries.ask(question)
    if isinstance(found.body, SpoolFile):
        return _Found(found)
    kept = Kept.of(found, found.body)
    if found.cacheable:
        here.results.put(key, kept)
    return _Found(found, kept)


def _key(question: Question) -> Key:
    default, names = question.default_graphs or (), question.named_graphs or ()
    return question.text, default, names, question.solutions, question.graph


def _sent(found: _Found, forms: _Forms) -> Response:
    """A result, complete before its first byte: small ones from memory, large ones from a file."""
    form = forms.of(found.answer.form)
    if form is None:
        return not_acceptable("/sparql", GRAPH if found.answer.form in _GRAPHS else SOLUTIONS)
    if found.kept is None:
        return _spooled(found.answer, form, forms.vary)
    response = answer(found.kept.body, form.media_type, vary=forms.vary, etag=found.kept.etag)
    if not found.answer.cacheable:
        response.headers["Cache-Control"] = "no-store"
        response.headers.pop("ETag", None)
    return response


def _spooled(found: Answer, form: Representation, vary: tuple[str, ...]) -> Response:
    body = found.body
    if not isinstance(body, SpoolFile):
        raise TypeError(body)
    response = Response(iter(body), content_type=charset(form.media_type))
    response.content_length = body.size
    response.call_on_close(body.close)
    response.headers["Cache-Control"] = REVALIDATE if found.cacheable else "no-store"
    if vary:
        response.headers["Vary"] = ", ".join(vary)
    return secured(response)


def _failed(text: str, error: QueryFailed, *, page: bool) -> Response:
    status, finding = _STATUS[error.kind], error.findings[0]
    if page:
        return query_page(status, text=text, problem=finding)
    headers = {"Retry-After": "1"} if error.kind == "busy" else {}
    more = {"kind": "query-budget" if error.kind in _BUDGET else error.kind, "limit": error.kind}
    return problem(status, finding, headers=headers, more=more)


def _too_many() -> Response:
    finding = Diagnostic(
        "PG634",
        "this client has as many queries in flight as one client may have",
        help="wait for an answer before sending the next query",
    )
    return problem(429, finding, headers={"Retry-After": "1"})
