"""A document for every IRI of RDF files that are served as they are, whatever its shape."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import chain
from typing import Final
from urllib.parse import urlencode

from flask import Blueprint, Response, request
from flask.blueprints import BlueprintSetupState

from parkgraph.negotiate import DESCRIBED
from parkgraph.rdf import NamedNode, Triple, parse_bytes
from parkgraph.web import markdown, pages
from parkgraph.web.http import see_other
from parkgraph.web.iris import SUFFIX, TAKEN, candidates, named_address, taken
from parkgraph.web.problems import not_found
from parkgraph.web.queried import QueriedIndex
from parkgraph.web.represent import Document, Formats, linkset, represent
from parkgraph.web.site import Site
from parkgraph.web.state import site

blueprint = Blueprint("anything", __name__)

#: An IRI and what is said of it.
_Found = tuple[str, Sequence[Triple]]


@blueprint.record
def _learn(state: BlueprintSetupState) -> None:
    """Remember the paths of all that was registered before: they are no IRIs' own."""
    rules = [rule.rule for rule in state.app.url_map.iter_rules() if rule.rule != "/<path:path>"]
    state.app.extensions[TAKEN] = taken([*rules, "/doc", "/doc.<extension>", "/doc/<path:path>"])


@blueprint.get("/doc", defaults={"extension": None})
@blueprint.get("/doc.<extension>")
def named(extension: str | None) -> Response:
    """The description of the IRI that ``?iri=`` names, of this site or of any other."""
    asked = request.args.get("iri", "")
    found = _first(candidates(asked, "", ""))
    document = found and _document("/doc", found, urlencode({"iri": asked}))
    return represent(document, extension) if document else not_found()


@blueprint.get("/doc/<path:path>")
def description(path: str) -> Response:
    """The description of an IRI below the base: of ``id/…`` where there is one."""
    raw = _raw("/doc/")
    if form := _form(path):
        name, extension = form
        if found := _first(_described_at(name, raw.removesuffix(f".{extension}"))):
            return represent(_document(f"/doc/{name}", found), extension)
    found = _first(_described_at(path, raw))
    return represent(_document(f"/doc/{path}", found), None) if found else not_found()


@blueprint.get("/linkset/doc")
def links() -> Response:
    """All links of a description (RFC 9264)."""
    asked = request.args.get("iri", "")
    found = _first(candidates(asked, "", ""))
    return linkset(_document("/doc", found, urlencode({"iri": asked}))) if found else not_found()


@blueprint.get("/linkset/doc/<path:path>")
def links_below(path: str) -> Response:
    """All links of a description that has a path of its own."""
    found = _first(_described_at(path, _raw("/linkset/doc/")))
    return linkset(_document(f"/doc/{path}", found)) if found else not_found()


@blueprint.get("/<path:path>")
def thing(path: str) -> Response:
    """What has an IRI with that path: 303 to its document, or the document of hash IRIs itself."""
    query = request.query_string.decode("ascii", "replace")
    found = _first(candidates(site().base, path, query, _raw("/")))
    if found is None:
        return not_found()
    iri, triples = found
    if not _is_document(iri, triples):
        return see_other(_document_of(iri))
    return represent(_document(_document_of(iri), found), None)


def _raw(start: str) -> str:
    """What follows ``start`` in the path as it was sent; empty where a server does not tell."""
    sent = request.environ.get("REQUEST_URI") or request.environ.get("RAW_URI") or ""
    path = sent.partition("?")[0]
    return path.removeprefix(start) if path.startswith(start) else ""


def _described_at(name: str, raw: str = "") -> Iterator[str]:
    base, query = site().base, request.query_string.decode("ascii", "replace")
    return chain(candidates(f"{base}id/", name, query, raw), candidates(base, name, query, raw))


def _document_of(iri: str) -> str:
    """Where ``iri`` is described: below ``/doc/`` unless another IRI is described there."""
    base = site().base
    local = site().local(iri)
    if local is None or local.startswith("/doc?"):
        return local or named_address(iri)
    within = local.startswith("/doc/")
    name = iri.removeprefix(f"{base}id/" if within else base)
    form = _form(name)
    elsewhere = _first([] if within else [f"{base}id/{name}"])
    elsewhere = elsewhere or (form and _first(_described_at(form[0])))
    return named_address(iri) if elsewhere else f"/doc/{name}"


def _form(path: str) -> tuple[str, str] | None:
    """What is described, and the form, where a path ends like one form of a description."""
    match = SUFFIX.fullmatch(path)
    return (match["path"], match["extension"]) if match and match["extension"] in _FORMS else None


_FORMS: Final = frozenset(form.extension for form in DESCRIBED)


def _first(iris: Iterator[str] | Sequence[str]) -> _Found | None:
    """The first of ``iris`` that occurs in the data, with what is said of it or in it."""
    here = site()
    for iri in iris:
        if triples := here.describe(iri):
            return iri, triples
        if (graph := here.index.graph(iri)) is not None:
            return iri, [quad.triple for quad in parse_bytes(graph, "nt")]
    return None


def _is_document(iri: str, triples: Sequence[Triple]) -> bool:
    """Whether nothing is said of ``iri`` itself, only of its fragments or in its graph."""
    node = NamedNode(iri)
    return all(node not in (triple.subject, triple.predicate, triple.object) for triple in triples)


def _document(path: str, found: _Found, query: str = "") -> Document:
    here, (iri, triples) = site(), found

    def said() -> Sequence[Triple]:
        return triples

    def around() -> Site:
        index = here.index
        near = index.around(iri, triples) if isinstance(index, QueriedIndex) else index
        return replace(here, index=near)

    def page(lang: str, shown: str, formats: Formats) -> str:
        return pages.thing(around(), iri, triples, lang=lang, path=shown, formats=formats)

    def told(lang: str, shown: str) -> str:
        return markdown.thing(around(), iri, triples, lang, shown)

    return Document(path, iri, said, page, told, query=query)
