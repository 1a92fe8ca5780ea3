"""Errors as answers: problem details for programs, a page for people, the same status."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from http import HTTPStatus
from urllib.parse import quote, urlencode

from flask import Flask, Response, request
from werkzeug.exceptions import HTTPException

from parkgraph.errors import Diagnostic, ParkgraphError
from parkgraph.negotiate import HTML, Representation, negotiate
from parkgraph.query import QueryFailed
from parkgraph.query.values import Kind
from parkgraph.web import pages
from parkgraph.web.http import problem_body, secured
from parkgraph.web.links import TypedLink, field
from parkgraph.web.near import near
from parkgraph.web.reader import heard, language, path
from parkgraph.web.state import site

#: An error is a page for people, else problem details, whatever a client asked for.
_PROBLEM = (Representation("application/problem+json", "json", "JSON"), HTML)

#: What is said where the framework found the fault: code, message, advice.
_SAID: Mapping[int, tuple[str, str, str]] = {
    400: ("PG620", "the request cannot be read", "check its syntax"),
    404: ("PG621", "nothing is known by this address", "look it up at / or ask /sparql"),
    405: ("PG622", "the method is not allowed here", "the header Allow lists those that are"),
    413: ("PG623", "the request is too large", "send a shorter one"),
    415: ("PG624", "the content type is not accepted here", "see the header Accept-Post"),
    500: ("PG690", "the server failed; the fault is on this side", "try again later"),
}


#: The status of each way in which a query can fail (http.md §4).
STATUSES: Mapping[Kind, int] = {
    "busy": 503,
    "bytes": 503,
    "broken": 500,
    "crash": 400,
    "evaluation": 400,
    "format": 406,
    "graph": 403,
    "late": 504,
    "memory": 503,
    "nesting": 400,
    "overloaded": 503,
    "rows": 503,
    "service": 403,
    "syntax": 400,
    "time": 503,
    "too-long": 413,
    "update": 400,
    "upstream": 502,
}
_BUDGET = frozenset({"bytes", "memory", "rows", "time"})
_BUSY = frozenset({"busy", "overloaded"})

#: What a syntax has no form for, wherever it was to be written: 406, since another has.
_UNSAYABLE = frozenset({"PG390", "PG391"})
#: A file of the release is not what was released.
_BROKEN = frozenset({"PG503", "PG504"})


def problem(
    status: int,
    finding: Diagnostic,
    *,
    headers: Mapping[str, str] | None = None,
    more: Mapping[str, object] | None = None,
    page: Callable[[], str] | None = None,
) -> Response:
    """The answer for ``finding``: problem details (RFC 9457), or a page where HTML is asked for.

    Args:
        status: of the answer.
        finding: what is wrong.
        headers: further ones.
        more: further members of the problem details.
        page: makes the page, where it says more than the finding.
    """
    form = negotiate(request.headers.get("Accept"), _PROBLEM)
    html = form is not None and form.extension == "html"
    body: str | bytes | None = None
    if html:
        with suppress(ParkgraphError):  # of a release so broken that not even this page can be made
            body = (page or (lambda: _page(status, finding)))()
    html = body is not None
    body = body or problem_body(status, finding, more or {})
    media_type = "text/html; charset=utf-8" if html else "application/problem+json"
    response = Response(body, status, content_type=media_type)
    gone = status in {404, 410}
    response.headers["Cache-Control"] = "max-age=60" if gone else "no-store"
    response.headers["Vary"] = "Accept"
    response.headers.update(headers or {})
    if html:  # whatever else decided, the page is in a language
        lang = language()
        response.headers["Content-Language"] = lang
        response.vary.update(heard(lang))
    return secured(response, page=html)


def _page(status: int, finding: Diagnostic) -> str:
    return pages.problem(
        site().quiet(),
        lang=language(),
        path=path(),
        status=status,
        title=HTTPStatus(status).phrase,
        detail=finding.message,
        help=finding.help,
        suggestions=near(site(), request.path) if status == HTTPStatus.NOT_FOUND else (),
    )


def failed(error: QueryFailed, finding: Diagnostic | None = None) -> Response:
    """The answer where a query has none; ``finding`` where more can be said than it says itself."""
    kind, said = error.kind, finding or error.findings[0]
    more = {"kind": "query-budget" if kind in _BUDGET else kind, "limit": kind}
    return problem(STATUSES[kind], said, headers=retry(error), more=more)


def retry(error: QueryFailed) -> Mapping[str, str]:
    """When a query is to be asked again, if that is a matter of time: a header."""
    return {"Retry-After": str(error.why.retry_after or 1)} if error.kind in _BUSY else {}


def not_found() -> Response:
    """404: nothing is known by this address."""
    return problem(404, Diagnostic(*_finding(404)))


def not_acceptable(
    offered: Sequence[Representation],
    links: Iterable[TypedLink] | None = None,
    vary: Sequence[str] = ("Accept",),
) -> Response:
    """406: none of the forms that there are is acceptable; they are listed.

    Args:
        offered: the forms.
        links: to each of them; None where ``?format=`` chooses.
        vary: the headers that the refusal hangs on, besides ``Accept``.
    """
    types = list(dict.fromkeys(form.media_type for form in offered))
    finding = Diagnostic(
        "PG625", "no form of this is acceptable to the client", help=f"there are {', '.join(types)}"
    )
    listed = list(_by_format(offered) if links is None else links)
    headers = {"Vary": ", ".join(dict.fromkeys(("Accept", *vary)))}
    if found := field(listed):
        headers["Link"] = found
    said = [{"href": link.href, **dict(link.attributes)} for link in listed]
    return problem(406, finding, headers=headers, more={"alternates": types, "links": said})


def _by_format(offered: Sequence[Representation]) -> Iterator[TypedLink]:
    pairs = [(n, v) for n, v in request.args.items(multi=True) if n not in _CHOOSING]
    for form in offered:
        query = urlencode([*pairs, ("format", form.extension)])
        href = f"{quote(request.path)}?{query}"
        yield TypedLink(href, "alternate", (("type", form.media_type),))


_CHOOSING = frozenset({"format", "_mediatype", "output"})


def _finding(status: int) -> tuple[str, str, str, str]:
    code, message, advice = _SAID.get(status, ("PG620", HTTPStatus(status).phrase.lower(), ""))
    return code, message, "", advice


#: Headers of the framework's errors that tell a client what would do.
_KEPT = frozenset({"Allow", "Content-Range", "Retry-After"})


def register(app: Flask) -> None:
    """Answer every error of ``app`` as a problem; never a stack trace."""

    def handle(error: HTTPException) -> Response:
        status = error.code or 500
        if status < 400:
            return secured(Response(error.get_body(), status, error.get_headers()))
        # abort(status, finding) carries our finding where werkzeug has a text.
        said: object = error.description
        finding = said if isinstance(said, Diagnostic) else Diagnostic(*_finding(status))
        kept = {n: v for n, v in error.get_headers() if n in _KEPT}
        return problem(status, finding, headers=kept)

    def unsayable(error: ParkgraphError) -> Response:
        finding = error.findings[0]
        if finding.code in _BROKEN:
            return problem(500, finding)
        if finding.code not in _UNSAYABLE:
            raise error
        return problem(406, finding)

    app.register_error_handler(HTTPException, handle)
    app.register_error_handler(QueryFailed, failed)
    app.register_error_handler(ParkgraphError, unsayable)
