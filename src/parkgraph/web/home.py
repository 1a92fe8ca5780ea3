"""The front door: the dataset for people and machines, lists, the report, health."""

import json

from flask import Blueprint, Response, redirect, request

from parkgraph.jsonld import CONTEXT_VERSION, context
from parkgraph.negotiate import HTML, TURTLE, Representation, negotiate
from parkgraph.rdf import Triple
from parkgraph.vocab import term
from parkgraph.web import pages
from parkgraph.web.catalogue import catalogue
from parkgraph.web.http import FOREVER, answer, secured
from parkgraph.web.problems import not_acceptable
from parkgraph.web.reader import language, path
from parkgraph.web.represent import Document, Formats, represent
from parkgraph.web.state import site

blueprint = Blueprint("home", __name__)

_JSON = Representation("application/json", "json", "JSON")


@blueprint.get("/", defaults={"extension": None})
@blueprint.get("/dataset.<extension>")
def home(extension: str | None) -> Response:
    """The dataset: a page for people, DCAT, VoID and PROV for machines."""
    here = site()

    def triples() -> list[Triple]:
        return catalogue(here)

    def page(lang: str, shown: str, _: Formats) -> str:
        return pages.home(here, lang=lang, path=shown)

    return represent(Document("/dataset", f"{here.base}dataset", triples, page), extension)


@blueprint.get("/dataset")
def dataset() -> Response:
    """The IRI of the dataset is no document either."""
    return _see_other("/")


@blueprint.get("/.well-known/void")
def void() -> Response:
    """Where VoID §6.1 wants a description to be found."""
    return _see_other("/")


def _see_other(address: str) -> Response:
    response = redirect(address, 303)
    response.headers["Cache-Control"] = "max-age=300"
    return secured(Response(response.response, 303, response.headers))


@blueprint.get("/graph/catalog", defaults={"extension": None})
@blueprint.get("/graph/catalog.<extension>")
def catalog(extension: str | None) -> Response:
    """The catalogue as a graph; made after the digest, so in no release."""
    here = site()

    def triples() -> list[Triple]:
        return catalogue(here)

    first = f"{here.base}graph/catalog"
    return represent(Document("/graph/catalog", first, triples, None), extension)


@blueprint.get("/park", defaults={"kind": "park:Park"})
@blueprint.get("/organization", defaults={"kind": "org:Organization"})
def listing(kind: str) -> Response:
    """All things of one kind."""
    here, lang = site(), language()
    entries = here.index.instances(term(kind).value)
    html = pages.listing(here, kind, entries, lang=lang, path=path())
    return _html(html, lang)


@blueprint.get("/report")
def report() -> Response:
    """The validation report of the live release."""
    here = site()
    form = negotiate(request.headers.get("Accept"), (HTML, _JSON, TURTLE))
    if form is None:
        return not_acceptable("/report", (HTML, _JSON, TURTLE))
    if form != HTML:
        data = (here.release.derived / f"report.{form.extension}").read_bytes()
        return answer(data, form.media_type, vary=("Accept",))
    lang = language()
    return _html(pages.report(here, lang=lang, path=path()), lang)


@blueprint.get(f"/context/{CONTEXT_VERSION}.jsonld")
def json_ld_context() -> Response:
    """The JSON-LD context, which every JSON-LD answer carries too; a version never changes."""
    text = json.dumps({"@context": context()}, indent=2, ensure_ascii=False)
    return answer(f"{text}\n", "application/ld+json", headers={"Cache-Control": FOREVER})


@blueprint.get("/health")
@blueprint.get("/ready")
def health() -> Response:
    """The server is up, and has a release to serve."""
    response = answer(f"release {site().manifest.name}\n", "text/plain")
    response.headers["Cache-Control"] = "no-store"
    return response


def _html(html: str, lang: str) -> Response:
    headers = {"Content-Language": lang}
    return answer(html, "text/html", vary=("Accept-Language",), headers=headers)
