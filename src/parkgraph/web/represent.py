"""A document in the form that a request asks for: negotiation, headers, bytes (http.md §2)."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from flask import Response, request

from parkgraph.negotiate import (
    DOCUMENT,
    GRAPH,
    Representation,
    named,
    negotiate,
)
from parkgraph.rdf import Triple
from parkgraph.web.http import answer
from parkgraph.web.problems import not_acceptable, not_found
from parkgraph.web.reader import language
from parkgraph.web.reader import path as page_path
from parkgraph.web.site import quads
from parkgraph.writing import write

#: label, local address and media type of another form of a page
Formats = Sequence[tuple[str, str, str]]
#: Renders a page: language, path with query, other formats.
Page = Callable[[str, str, Formats], str]


@dataclass(frozen=True, slots=True)
class Document:
    """A document in all its forms: the same triples in each.

    Attributes:
        path: the local path without a suffix.
        first: the IRI that it is about.
        triples: gives them when they are needed: not for every refusal.
        page: shows it to a person; None for data that has no page.
    """

    path: str
    first: str
    triples: Callable[[], Sequence[Triple]]
    page: Page | None


def represent(document: Document, extension: str | None) -> Response:
    """The representation of ``document`` that the request asks for (http.md §2).

    A suffix decides, then ``?_mediatype=`` or ``?format=``, then ``Accept``.
    """
    offered = DOCUMENT if document.page else GRAPH
    chosen = _chosen(offered, extension)
    if chosen is None:
        return not_found() if extension else not_acceptable(document.path, offered)
    fixed = extension is not None
    links = [
        f'<{document.path}.{form.extension}>; rel="alternate"; type="{form.media_type}"'
        for form in offered
        if form != chosen
    ]
    headers = {"Content-Location": f"{document.path}.{chosen.extension}", "Link": ", ".join(links)}
    if chosen.extension == "html" and document.page:
        return _page(document, document.page, offered, headers, fixed=fixed)
    data = write(quads(document.triples()), chosen.extension, first=document.first)
    return answer(data, chosen.media_type, vary=() if fixed else ("Accept",), headers=headers)


def _page(
    document: Document,
    page: Page,
    offered: Sequence[Representation],
    headers: dict[str, str],
    *,
    fixed: bool,
) -> Response:
    lang = language()
    formats = [
        (form.label, f"{document.path}.{form.extension}", form.media_type)
        for form in offered
        if form.extension != "html"
    ]

    headers |= {
        "Content-Language": lang,
        "Content-Location": f"{document.path}.html?lang={lang}",
    }
    vary = ("Accept-Language",) if fixed else ("Accept", "Accept-Language")
    return answer(page(lang, page_path(), formats), "text/html", vary=vary, headers=headers)


def _chosen(offered: Sequence[Representation], extension: str | None) -> Representation | None:
    if extension is not None:
        return next((form for form in offered if form.extension == extension), None)
    wanted = request.args.get("_mediatype") or request.args.get("format")
    if wanted:
        return named(wanted, offered)
    return negotiate(request.headers.get("Accept"), offered)
