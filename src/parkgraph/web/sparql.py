"""The SPARQL 1.1 Protocol: queries in, results or one clear problem out."""

import json
from dataclasses import replace
from typing import Final

from flask import Blueprint, Response, request

from parkgraph.errors import Diagnostic
from parkgraph.negotiate import GRAPH, HTML, SOLUTIONS, Representation
from parkgraph.query import Answer, QueryFailed, Question
from parkgraph.query.scan import scan
from parkgraph.web.answering import GRAPH_FORMS, Forms, Found, find, forms, question
from parkgraph.web.asked import ACCEPT_POST, ACCEPT_QUERY, Asked, Refused, asked
from parkgraph.web.coding import encoded_stream, takes_identity
from parkgraph.web.http import (
    REVALIDATE,
    answer,
    charset,
    coding_asked,
    digest_field,
    secured,
    tag_in,
    unsent,
)
from parkgraph.web.problems import STATUSES, failed, not_acceptable, problem, retry
from parkgraph.web.queryform import SHOWN, outcome, query_page
from parkgraph.web.quick import FOUND
from parkgraph.web.reader import form as wanted_form
from parkgraph.web.service import service_description
from parkgraph.web.state import edition, site, throttle
from parkgraph.web.teach import Explanation, Terms, explain_empty, hint

blueprint = Blueprint("sparql", __name__)


@blueprint.route("/sparql", methods=["GET", "POST", "QUERY"], strict_slashes=False)
def sparql() -> Response:
    """Answer a query by GET, POST or QUERY (SPARQL 1.1 Protocol §2.1, RFC 10008)."""
    said = asked()
    response = _refused(said) if isinstance(said, Refused) else _answered(said)
    response.headers["Accept-Query"] = ACCEPT_QUERY
    return response


def _refused(why: Refused) -> Response:
    # What a body may be, and how it may be encoded (RFC 9110 §12.5.3, §15.5.16).
    accepted = {"Accept-Post": ACCEPT_POST, "Accept-Encoding": "identity"}
    headers = accepted if why.status == 415 else {}
    return problem(why.status, why.finding, headers=headers)


def _answered(said: Asked) -> Response:
    if said.update:
        return _refused(Refused(403, _NO_UPDATE))
    if not said.queries and request.method in {"GET", "HEAD"}:
        return _no_query()
    if len(said.queries) != 1 or not said.queries[0].strip():
        several = f"exactly one query is needed, got {len(said.queries)}"
        message = "the query is empty" if len(said.queries) == 1 else several
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
    form, vary = wanted_form(_DESCRIBED)
    if form is None:
        return not_acceptable(_DESCRIBED, vary=vary)
    if form == HTML:
        return query_page(200, text="")
    return answer(service_description(site(), form.extension), form.media_type, vary=vary)


#: The forms of the service's own description.
_DESCRIBED: Final = (HTML, *GRAPH)


def _evaluated(text: str, said: Asked) -> Response:
    taken = forms(said.wanted, request.headers.get("Accept"))
    if not taken.page and not taken.plain:
        # One kind of result cannot be sent: a look at the form of the query spares its evaluation.
        form = scan(text).form
        if form != "update" and taken.of(form) is None:
            return not_acceptable(GRAPH if form in GRAPH_FORMS else SOLUTIONS)
    asked = question(said, taken)
    try:
        found = _found(asked)
        if found is None:
            return _too_many()
        if taken.page or said.explain == "empty":
            return _told(asked, found, taken)
    except QueryFailed as error:
        return _failed(text, error, page=taken.page)
    return _lasting(_sent(found, taken), found.answer.cacheable)


def _told(asked: Question, found: Found, taken: Forms) -> Response:
    """A result on a page, or the reasons alone why it is empty."""
    why = _explanation(asked, found.answer)
    if taken.page:
        shown = outcome(asked.text, found.answer, found.start(SHOWN))
        shown["reasons"] = why.reasons
        response = query_page(200, **shown)
    else:
        response = _explained(found.answer, why, taken.vary)
    return _lasting(response, found.answer.cacheable and why.whole)


def _lasting(response: Response, lasts: bool) -> Response:  # it is what it says
    """The response; of what is another one next time, nobody is to keep it."""
    if not lasts:
        response.headers["Cache-Control"] = "no-store"
        response.headers.pop("ETag", None)
    return response


def _explanation(asked: Question, answer: Answer) -> Explanation:
    """Why a result is empty; nothing if it is not."""
    if answer.rows != 0:
        return Explanation([], whole=True)
    here = edition()
    with throttle().place(request.remote_addr or "") as granted:
        if not granted:
            return Explanation([], whole=False)
        return explain_empty(here.queries.ask, asked.text, terms=here.terms(), like=asked)


def _explained(found: Answer, why: Explanation, vary: tuple[str, ...]) -> Response:
    """``explain=empty``: the reasons as JSON, in the place of a result that has no row."""
    reasons = [reason.to_json() for reason in why.reasons]
    body = json.dumps({"rows": found.rows, "reasons": reasons}, indent=2, ensure_ascii=False)
    return answer(f"{body}\n", "application/json", vary=vary)


def _found(asked: Question) -> Found | None:
    """The result: what the shorter way found before it gave up, or else what is found now."""
    if FOUND not in request.environ:
        return find(asked, edition(), throttle(), request.remote_addr or "")
    found: Found | QueryFailed | None = request.environ[FOUND]
    if isinstance(found, QueryFailed):
        try:
            raise found
        finally:
            del found  # what it was raised through holds this frame, and would be held by it
    return found


def _sent(found: Found, taken: Forms) -> Response:
    """A result, complete before its first byte: small ones from memory, large ones from a file."""
    form = taken.of(found.answer.form)
    if form is None:
        return not_acceptable(GRAPH if found.answer.form in GRAPH_FORMS else SOLUTIONS)
    if found.kept is None:
        return _spooled(found, form, taken.vary)
    return answer(found.kept.body, form.media_type, vary=taken.vary, etag=found.etag)


def _spooled(found: Found, form: Representation, vary: tuple[str, ...]) -> Response:
    """A large result, compressed only for who refuses it as it is: its file is sent at once."""
    body = found.file
    coding = coding_asked()
    if takes_identity(request.headers.get("Accept-Encoding")):
        coding = "identity"
    known = {"Cache-Control": "no-store", "Vary": ", ".join((*vary, "Accept-Encoding"))}
    if found.answer.cacheable:
        etag = tag_in(found.etag, coding)
        known |= {"Cache-Control": REVALIDATE, "ETag": f'"{etag}"'}
        if short := unsent(known):
            body.close()
            return secured(short)
    response = Response(encoded_stream(body, coding), headers=known)
    response.content_type = charset(form.media_type)
    if coding == "identity":
        response.content_length = body.size
        response.headers["Content-Digest"] = digest_field(body.digest)
    else:
        response.headers["Content-Encoding"] = coding
    response.call_on_close(body.close)
    return secured(response)


def _failed(text: str, error: QueryFailed, *, page: bool) -> Response:
    finding = error.findings[0]
    if error.kind == "syntax":
        here = edition()
        # A mistake is told at once, whether or not a service elsewhere has told its terms.
        terms = (here.known or Terms()) if here.site.fleeting else here.terms()
        finding = replace(finding, help=hint(text, finding, terms))
    if not page:
        return failed(error, finding)
    response = query_page(STATUSES[error.kind], text=text, problem=finding)
    response.headers.update(retry(error))
    return response


def _too_many() -> Response:
    finding = Diagnostic(
        "PG634",
        "this client has as many queries in flight as one client may have",
        help="wait for an answer before sending the next query",
    )
    return problem(429, finding, headers={"Retry-After": "1"})
