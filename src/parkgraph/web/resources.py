"""Things and their documents: /id, /doc, /document, /def, /shapes, /graph, /source."""

import re
from collections.abc import Callable
from typing import Final

from flask import Blueprint, Response, abort, redirect

from parkgraph.rdf import Triple, parse_bytes
from parkgraph.vocab import HOME, term
from parkgraph.web import pages
from parkgraph.web.http import answer, secured
from parkgraph.web.problems import not_found
from parkgraph.web.represent import Document, Formats, represent
from parkgraph.web.site import Site
from parkgraph.web.state import edition, site

blueprint = Blueprint("resources", __name__)

#: A path of slugs, and perhaps the suffix of one fixed representation.
_SUFFIXED: Final = re.compile(r"(?P<path>[A-Za-z0-9/_-]+)\.(?P<extension>[a-z]+)")

_VERSION: Final = term("owl:versionIRI").value


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


def _without_suffix(path: str) -> tuple[str, str | None]:
    """A path and the suffix of one representation, if it has one."""
    match = _SUFFIXED.fullmatch(path)
    return (match["path"], match["extension"]) if match else (path, None)


def _graph(here: Site, iri: str) -> list[Triple]:
    return [quad.triple for quad in parse_bytes(here.index.graph(iri) or b"", "nq")]
