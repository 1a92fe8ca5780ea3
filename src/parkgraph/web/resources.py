"""Things and their documents: /id, /doc, /document, /def, /shapes, /graph, /source."""

import re
from collections.abc import Callable, Sequence
from functools import cached_property
from typing import Final, TypeAlias

from flask import Blueprint, Response, abort, request

from parkgraph.describe import describe_plainly
from parkgraph.description import Description, lines_in
from parkgraph.rdf import Triple, parse_bytes
from parkgraph.variants import PLAIN, SCHEMA_ORG
from parkgraph.vocab import HOME, term
from parkgraph.web import markdown, pages
from parkgraph.web.cite import citations
from parkgraph.web.http import REVALIDATE, answer, led, see_other
from parkgraph.web.links import TypedLink
from parkgraph.web.problems import not_found
from parkgraph.web.represent import Document, Formats, Leads, nowhere, represent
from parkgraph.web.site import Site
from parkgraph.web.state import archive, edition, site
from parkgraph.web.timegate import gate, time_links

#: What has a name of its own in a publication; in other data ``/def`` is a path like any.
blueprint = Blueprint("resources", __name__)
#: The graphs, whatever is served.
graphs = Blueprint("graphs", __name__)

#: A path of slugs, and perhaps the suffix of one fixed representation.
_SUFFIXED: Final = re.compile(r"(?P<path>[A-Za-z0-9/_-]+)\.(?P<extension>[a-z]+)")

_VERSION: Final = term("owl:versionIRI").value


@blueprint.get("/id/<path:path>")
def thing(path: str) -> Response:
    """A thing is not a document: 303 to the one that describes it (httpRange-14)."""
    if site().named(f"id/{path}") is None:
        return not_found()
    return see_other(f"/doc/{path}")


@blueprint.get("/doc/<path:path>")
def description(path: str) -> Response:
    """The description of a thing; it is its own TimeGate (RFC 7089 §4.1)."""
    path, extension = without_suffix(path)
    moved = None if extension else gate(path)
    if moved is not None:
        return moved
    found = current_document(site(), path, extension)
    if found is not None:
        return represent(found, extension)
    response = not_found()
    if not extension and site().manifest.dataset:
        response.vary.add("Accept-Datetime")
    return response


def current_document(here: Site, path: str, extension: str | None) -> Document | None:
    """The description of a thing with the links through time; None if there is none."""
    iri = here.named(f"id/{path}")
    if iri is None:
        return None
    vary = () if extension or not here.manifest.dataset else ("Accept-Datetime",)
    return _described(path, _Said(here, iri, _THING), vary=vary, links=_through_time)


@blueprint.get("/document/<path:path>")
def document(path: str) -> Response:
    """A source document as described, or one version of it."""
    name, extension = without_suffix(path)
    found = source_document(name)
    if found is None:
        return _as_it_was(name.partition("/")[0], f"document/{path}", f"source/{name}.txt")
    return represent(found, extension)


def _as_it_was(slug: str, address: str, text: str) -> Response:
    """302 to a document version, or its text, in the newest release that has it.

    What an older release's evidence points into has this address for ever; 404 if no release that
    is kept has it, or if the document was withdrawn.
    """
    if f"document/{slug}" not in site().addresses.withdrawn:
        for manifest in reversed(archive().listed()):
            if any(file.path == text for file in manifest.distributions):
                query = request.query_string.decode("ascii", "replace")
                there = f"/release/{manifest.name}/{address}{'?' * bool(query)}{query}"
                return led(there, 302, REVALIDATE)
    return not_found()


def _answered(find: Callable[[str], Document | None], path: str) -> Response:
    path, extension = without_suffix(path)
    found = find(path)
    return not_found() if found is None else represent(found, extension)


def thing_document(path: str) -> Document | None:
    """The description of the thing ``{kind}/{slug}``; None if there is none."""
    return document_of(site(), path)


def document_of(here: Site, path: str) -> Document | None:
    """The same of a site that need not be the request's."""
    iri = here.named(f"id/{path}")
    if iri is None:
        return None
    return _described(path, _Said(here, iri, _THING), links=citations)


def source_document(path: str) -> Document | None:
    """The source document ``{slug}``, or its version ``{slug}/{version}``; None if unknown."""
    here = site()
    iri = here.named(f"document/{path}")
    return _described(path, _Said(here, iri, _SOURCE), "/document/") if iri else None


#: Renders a page, and tells the same in Markdown.
_Writers: TypeAlias = tuple[Callable[..., str], markdown.Writer]
_THING: Final[_Writers] = (pages.thing, markdown.thing)
_SOURCE: Final[_Writers] = (pages.document, markdown.document)


class _Said:
    """What is said of something, in all profiles and for people; looked up once."""

    def __init__(self, here: Site, iri: str, writers: _Writers) -> None:
        self.iri: Final = iri
        self._here = here
        self._render, self._tell = writers

    @cached_property
    def _triples(self) -> Sequence[Triple]:
        return self._here.describe(self.iri)

    def triples(self) -> Sequence[Triple]:
        return self._triples

    def plainly(self) -> Sequence[Triple]:
        return describe_plainly(self._here.index, self.iri)

    def in_schema_org(self) -> Sequence[Triple]:
        return Description(self._here.in_schema_org(self.iri, lines_in(self._triples)))

    def page(self, lang: str, shown: str, formats: Formats) -> str:
        told = {"lang": lang, "path": shown, "formats": formats}
        return self._render(self._here, self.iri, self._triples, **told)

    def told(self, lang: str, shown: str) -> str:
        return self._tell(self._here, self.iri, self._triples, lang, shown)


def _through_time(here: Site, name: str) -> tuple[TypedLink, ...]:
    return (*citations(here, name), *time_links(here, name))


def _described(
    name: str,
    said: _Said,
    start: str = "/doc/",
    *,
    vary: tuple[str, ...] = (),
    links: Leads = nowhere,
) -> Document:
    return Document(
        start + name,
        said.iri,
        said.triples,
        said.page,
        said.told,
        {PLAIN: said.plainly, SCHEMA_ORG: said.in_schema_org},
        vary=vary,
        links=links,
        name=name,
    )


@blueprint.get("/def", defaults={"extension": None})
@blueprint.get("/def.<extension>")
@blueprint.get("/def/<version>", defaults={"extension": None})
def ontology(extension: str | None, version: str | None = None) -> Response:
    """The ontology, whole: one GET serves every term of it; its version has an address too."""
    known = site().index.incoming(f"{HOME}def/{version}", limit=1, predicate=_VERSION)
    if version and not known:
        return not_found()
    return represent(ontology_document(), extension)


def ontology_document() -> Document:
    """The ontology of the release."""
    here = site()

    def triples() -> Sequence[Triple]:
        return _graph(here, f"{here.base}graph/def")

    def page(lang: str, shown: str, formats: Formats) -> str:
        return pages.vocabulary(here, triples(), lang=lang, path=shown, formats=formats)

    return Document("/def", f"{HOME}def", triples, page)


@blueprint.get("/shapes", defaults={"extension": None})
@blueprint.get("/shapes.<extension>")
@blueprint.get("/shapes/<version>", defaults={"extension": None})
def shapes(extension: str | None, version: str | None = None) -> Response:
    """The shapes, as they were written; their version has an address too."""
    found = shapes_document()
    said = (t.object for t in found.triples() if version and t.predicate.value == _VERSION)
    if version and f"{HOME}shapes/{version}" not in (getattr(node, "value", "") for node in said):
        return not_found()
    return represent(found, extension)


def shapes_document() -> Document:
    """The shapes that the release was checked against."""
    here = site()
    path = here.derived("shapes.ttl")

    def triples() -> Sequence[Triple]:
        return here.shapes

    def page(lang: str, shown: str, formats: Formats) -> str:
        return pages.shapes(here, path.read_text("utf-8"), lang=lang, path=shown, formats=formats)

    return Document("/shapes", f"{HOME}shapes", triples, page, lasting=False)


@graphs.get("/graph/<path:path>")
def graph(path: str) -> Response:
    """One named graph."""
    return _answered(graph_document, path)


def graph_document(path: str) -> Document | None:
    """The named graph ``{path}``; None if there is none of that name."""
    here = site()
    iri = f"{here.base}graph/{path}"
    if here.index.graph(iri) is None:
        return None

    def triples() -> list[Triple]:
        return _graph(here, iri)

    return Document(f"/graph/{path}", iri, triples, None)


@blueprint.get("/source/<slug>/<version>.txt")
def source(slug: str, version: str) -> Response:
    """The verbatim text that evidence points into."""
    path = f"source/{slug}/{version}.txt"
    if site().release.file(path) is None:
        return _as_it_was(slug, path, path)
    if (finding := edition().integrity.fault(path)) is not None:
        abort(500, finding)
    collection = TypedLink(f"/document/{slug}", "collection", (("type", "text/html"),))
    data = (site().release.folder / path).read_bytes()
    return answer(data, "text/plain", headers={"Link": str(collection)})


def without_suffix(path: str) -> tuple[str, str | None]:
    """A path and the suffix of one representation, if it has one."""
    match = _SUFFIXED.fullmatch(path)
    return (match["path"], match["extension"]) if match else (path, None)


def _graph(here: Site, iri: str) -> list[Triple]:
    return [quad.triple for quad in parse_bytes(here.index.graph(iri) or b"", "nq")]
