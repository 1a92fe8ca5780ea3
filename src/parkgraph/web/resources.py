"""Things and their documents: /id, /doc, /document, /def, /shapes, /graph, /source."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from flask import Blueprint, Response, abort, redirect, request

from parkgraph.negotiate import (
    DOCUMENT,
    GRAPH,
    Representation,
    named,
    negotiate,
)
from parkgraph.rdf import Triple, parse_bytes
from parkgraph.vocab import HOME, term
from parkgraph.web import pages
from parkgraph.web.http import answer, secured
from parkgraph.web.problems import not_acceptable, not_found
from parkgraph.web.reader import language
from parkgraph.web.reader import path as page_path
from parkgraph.web.site import Site, quads
from parkgraph.web.state import edition, site
from parkgraph.writing import write

blueprint = Blueprint("resources", __name__)

#: A path of slugs, and perhaps the suffix of one fixed representation.
_SUFFIXED: Final = re.compile(r"(?P<path>[A-Za-z0-9/_-]+)\.(?P<extension>[a-z]+)")

_VERSION: Final = term("owl:versionIRI").value

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


@blueprint.get("/id/<path:path>")
def thing(path: str) -> Response:
    """A thing is not a document: 303 to the one that describes it (httpRange-14)."""
    if site().named(f"id/{path}") is None:
        return not_found()
    response = redirect(f"/doc/{path}", 303)
    response.headers["Cache-Control"] = "max-age=300"
    return secured(Response(response.response, 303, response.headers))


@blueprint.get("/doc/<path:path>")
def description(path: str) -> Response:
    """The description of a thing."""
    return _known("doc/", "id/", path, pages.thing)


@blueprint.get("/document/<path:path>")
def document(path: str) -> Response:
    """A source document as described, or one version of it."""
    return _known("document/", "document/", path, pages.document)


def _known(
    local: str,
    named: str,
    path: str,
    render: Callable[..., str],
) -> Response:
    path, extension = _without_suffix(path)
    iri = site().named(f"{named}{path}")
    if iri is None:
        return not_found()
    here = site()

    def triples() -> list[Triple]:
        return here.describe(iri)

    def page(lang: str, shown: str, formats: Formats) -> str:
        return render(here, iri, triples(), lang=lang, path=shown, formats=formats)

    return represent(Document(f"/{local}{path}", iri, triples, page), extension)


@blueprint.get("/def", defaults={"extension": None})
@blueprint.get("/def.<extension>")
@blueprint.get("/def/<version>", defaults={"extension": None})
def ontology(extension: str | None, version: str | None = None) -> Response:
    """The ontology, whole: one GET serves every term of it; its version has an address too."""
    here = site()
    if version and not here.index.incoming(f"{HOME}def/{version}", limit=1, predicate=_VERSION):
        return not_found()

    def triples() -> list[Triple]:
        return _graph(here, f"{here.base}graph/def")

    def page(lang: str, shown: str, formats: Formats) -> str:
        return pages.vocabulary(here, triples(), lang=lang, path=shown, formats=formats)

    return represent(Document("/def", f"{HOME}def", triples, page), extension)


@blueprint.get("/shapes", defaults={"extension": None})
@blueprint.get("/shapes.<extension>")
def shapes(extension: str | None) -> Response:
    """The shapes, as they were written."""
    here = site()
    path = here.release.derived / "shapes.ttl"

    def triples() -> list[Triple]:
        return [quad.triple for quad in parse_bytes(path.read_bytes(), "ttl")]

    def page(lang: str, shown: str, formats: Formats) -> str:
        return pages.shapes(here, path.read_text("utf-8"), lang=lang, path=shown, formats=formats)

    return represent(Document("/shapes", f"{HOME}shapes", triples, page), extension)


@blueprint.get("/graph/<path:path>")
def graph(path: str) -> Response:
    """One named graph."""
    path, extension = _without_suffix(path)
    here = site()
    iri = f"{here.base}graph/{path}"
    if here.index.graph(iri) is None:
        return not_found()

    def triples() -> list[Triple]:
        return _graph(here, iri)

    return represent(Document(f"/graph/{path}", iri, triples, None), extension)


@blueprint.get("/source/<slug>/<version>.txt")
def source(slug: str, version: str) -> Response:
    """The verbatim text that evidence points into."""
    path = f"source/{slug}/{version}.txt"
    if site().release.file(path) is None:
        return not_found()
    if (finding := edition().broken.get(path)) is not None:
        abort(500, finding)
    return answer((site().release.folder / path).read_bytes(), "text/plain")


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


def _without_suffix(path: str) -> tuple[str, str | None]:
    """A path and the suffix of one representation, if it has one."""
    match = _SUFFIXED.fullmatch(path)
    return (match["path"], match["extension"]) if match else (path, None)


def _graph(here: Site, iri: str) -> list[Triple]:
    return [quad.triple for quad in parse_bytes(here.index.graph(iri) or b"", "nq")]
