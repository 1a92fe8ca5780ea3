"""The front door: the dataset for people and machines, lists, the report."""

import json
from functools import cache
from typing import Final

from flask import Blueprint, Response

from parkgraph.description import Description, lines_from
from parkgraph.jsonld import CONTEXT_VERSION, context
from parkgraph.negotiate import DOCUMENT, HTML, JSON, TURTLE
from parkgraph.rdf import Triple, parse_bytes, relabelled
from parkgraph.variants import SCHEMA_ORG
from parkgraph.web import pages
from parkgraph.web.catalogue import catalogue
from parkgraph.web.cite import citations
from parkgraph.web.http import FOREVER, answer, see_other
from parkgraph.web.links import TypedLink
from parkgraph.web.problems import not_acceptable, not_found
from parkgraph.web.reader import form as wanted_form
from parkgraph.web.reader import heard, language, path
from parkgraph.web.represent import Document, Formats, represent
from parkgraph.web.site import Site
from parkgraph.web.state import site
from parkgraph.web.text import in_forms
from parkgraph.writing import write

blueprint = Blueprint("home", __name__)

#: The programming interfaces, described (RFC 9727, RFC 8631).
_INTERFACES = (
    TypedLink("/.well-known/api-catalog", "api-catalog"),
    TypedLink("/openapi.json", "service-desc", (("type", "application/json"),)),
)


@blueprint.get("/", defaults={"extension": None})
@blueprint.get("/dataset.<extension>")
def home(extension: str | None) -> Response:
    """The dataset: a page for people, DCAT, VoID and PROV for machines."""
    return represent(dataset_document(), extension)


def dataset_document() -> Document:
    """The dataset of the release."""
    here = site()
    iri = f"{here.base}dataset"

    @cache
    def triples() -> list[Triple]:
        return catalogue(here)

    def in_schema_org() -> Description:
        return Description(here.in_schema_org(iri, lines_from(triples())))

    def page(lang: str, shown: str, _: Formats) -> str:
        return pages.home(here, triples(), lang=lang, path=shown)

    told = {SCHEMA_ORG: in_schema_org}
    return Document(
        "/", iri, triples, page, profiles=told, stem="/dataset", links=_links, lasting=False
    )


def _links(here: Site, _: str) -> tuple[TypedLink, ...]:
    return (*citations(here, "dataset"), *_INTERFACES)


#: The report as a page, as the program's own JSON, and as a graph.
REPORTED: Final = (HTML, JSON, *DOCUMENT[1:])


@blueprint.get("/dataset")
def dataset() -> Response:
    """The IRI of the dataset is no document either."""
    return see_other("/")


@blueprint.get("/.well-known/void")
def void() -> Response:
    """Where VoID §6.1 wants a description to be found."""
    return see_other("/")


@blueprint.get("/graph/catalog", defaults={"extension": None})
@blueprint.get("/graph/catalog.<extension>")
def catalog(extension: str | None) -> Response:
    """The catalogue as a graph; made after the digest, so in no release."""
    return represent(catalog_document(), extension)


def catalog_document() -> Document:
    """The graph of the catalogue."""
    here = site()

    def triples() -> list[Triple]:
        return catalogue(here)

    return Document("/graph/catalog", f"{here.base}graph/catalog", triples, None, lasting=False)


@blueprint.get("/report")
def report() -> Response:
    """The validation report of the live release; files that are served as they are have none."""
    here = site()
    if not here.manifest.dataset:
        return not_found()
    form, vary = wanted_form(REPORTED)
    if form is None:
        return not_acceptable(REPORTED, vary=vary)
    if form in (JSON, TURTLE):
        data = here.derived(f"report.{form.extension}").read_bytes()
        return answer(data, form.media_type, vary=vary)
    if form != HTML:
        graph = relabelled(parse_bytes(here.derived("report.ttl").read_bytes(), "ttl"))
        return answer(write(graph, form.extension), form.media_type, vary=vary)
    lang = language()
    others = in_forms(path(), (f for f in REPORTED if f != HTML))
    return _html(pages.report(here, lang=lang, path=path(), formats=others), lang, vary)


@blueprint.get(f"/context/{CONTEXT_VERSION}.jsonld")
def json_ld_context() -> Response:
    """The JSON-LD context, which every JSON-LD answer carries too; a version never changes."""
    text = json.dumps({"@context": context()}, indent=2, ensure_ascii=False)
    return answer(f"{text}\n", "application/ld+json", headers={"Cache-Control": FOREVER})


def _html(html: str, lang: str, vary: tuple[str, ...] = ()) -> Response:
    headers = {"Content-Language": lang}
    return answer(html, "text/html", vary=(*vary, *heard(lang)), headers=headers)
