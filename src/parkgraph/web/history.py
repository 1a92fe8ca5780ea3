"""Releases and what changed between them: pages, RDF, JSON, a feed, a patch."""

import json
from typing import Final

from flask import Blueprint, Response, abort, request

from parkgraph.diff import Comparison, as_json, namer
from parkgraph.errors import ParkgraphError
from parkgraph.negotiate import HTML, JSON, Representation
from parkgraph.rdf import NamedNode, Triple
from parkgraph.release import NAME_LENGTH, Manifest
from parkgraph.vocab import term
from parkgraph.web import versions
from parkgraph.web.authorities import closed
from parkgraph.web.catalogue import current, described, version
from parkgraph.web.feed import feed
from parkgraph.web.http import answer
from parkgraph.web.problems import not_acceptable, not_found, problem
from parkgraph.web.reader import form as wanted_form
from parkgraph.web.reader import heard, language, path
from parkgraph.web.represent import Document, Formats, represent
from parkgraph.web.resources import without_suffix
from parkgraph.web.site import Site
from parkgraph.web.state import archive, site, site_of

blueprint = Blueprint("history", __name__)

#: The forms of a difference.
COMPARED: Final = (
    HTML,
    JSON,
    # RDF Patch has no registered media type (http.md §2).
    Representation("text/plain", "rdfp", "RDF Patch", ("patch",)),
)


@blueprint.get("/releases", defaults={"extension": None})
@blueprint.get("/releases.<extension>")
def releases(extension: str | None) -> Response:
    """All releases of the dataset, newest first."""
    return represent(releases_document(), extension) if _published() else not_found()


def releases_document() -> Document:
    """The history of the dataset."""
    here = site()
    listed = archive().listed()

    def triples() -> list[Triple]:
        dataset = here.dataset_iri
        each = [NamedNode(manifest.iri) for manifest in listed]
        return closed(
            [
                Triple(dataset, term("rdf:type"), term("dcat:Dataset")),
                *(Triple(dataset, term("dcat:hasVersion"), release) for release in each),
                *current(here, dataset),
                *(triple for manifest in listed for triple in version(here, manifest)),
            ]
        )

    def page(lang: str, shown: str, formats: Formats) -> str:
        return versions.releases(here, listed, lang=lang, path=shown, formats=formats)

    return Document("/releases", here.dataset_iri.value, triples, page, lasting=False)


@blueprint.get("/releases.json")
def releases_json() -> Response:
    """The same as plain data: what each manifest says, but for its files."""
    if not _published():
        return not_found()
    start = site().public_url
    listed = [
        {
            "name": manifest.name,
            "iri": manifest.iri,
            "dataset": manifest.dataset,
            "default": manifest.default,
            "issued": manifest.issued,
            "previous": manifest.previous,
            "triples": manifest.triples,
            "quads": manifest.quads,
            "manifest": f"{start}release/{manifest.name}/manifest.json",
        }
        for manifest in reversed(archive().listed())
    ]
    text = json.dumps({"current": site().manifest.name, "releases": listed}, indent=2)
    return answer(f"{text}\n", "application/json")


@blueprint.get("/releases.atom")
def releases_atom() -> Response:
    """A feed of the releases (RFC 4287)."""
    if not _published():
        return not_found()
    lang = language()
    data = feed(site(), archive().listed(), lang)
    headers = {"Content-Language": lang}
    return answer(data, "application/atom+xml", vary=heard(lang), headers=headers)


def _published() -> bool:
    """Whether a release is served, and not files as they are."""
    return bool(site().manifest.dataset)


@blueprint.get("/release/<name>")
def release(name: str) -> Response:
    """One release: when it was issued, what it is of, and its files."""
    name, extension = without_suffix(name)
    found = release_document(name)
    return not_found() if found is None else represent(found, extension)


def release_document(name: str) -> Document | None:
    """The description of the release ``name``; None if there is none."""
    found = opened(name)
    if found is None:
        return None
    here = site()

    def triples() -> list[Triple]:
        return described(found)

    def page(lang: str, shown: str, formats: Formats) -> str:
        return versions.release(
            here, found.manifest, archive().listed(), lang=lang, path=shown, formats=formats
        )

    return Document(f"/release/{name}", found.manifest.iri, triples, page, lasting=False)


def opened(name: str) -> Site | None:
    """A release by its name.

    Raises:
        HTTPException: 500, it cannot be opened.
    """
    try:
        return site_of(name)
    except ParkgraphError as error:
        abort(500, error.findings[0])


@blueprint.get("/diff")
def diff() -> Response:
    """What changed from one release to another; by default to the current one from that before."""
    form, vary = wanted_form(COMPARED)
    if form is None:
        return not_acceptable(COMPARED, vary=vary)
    new = _asked("to", site().manifest)
    old = _asked("from", new.manifest) if new else None
    if new is None or old is None:
        return not_found()
    try:
        found = archive().compared(old, new)
    except ParkgraphError as error:
        finding = error.findings[0]
        return problem(503 if finding.code == "PG514" else 500, finding)
    if form == HTML:
        lang = language()
        html = versions.diff((old, new), found, lang=lang, path=path())
        said = {"Content-Language": lang}
        return answer(html, "text/html", vary=(*vary, *heard(lang)), headers=said)
    return _as_data(found, form, vary, (old, new))


def _as_data(
    found: Comparison, form: Representation, vary: tuple[str, ...], sites: tuple[Site, Site]
) -> Response:
    if form.extension == "json":
        old, new = sites
        return answer(as_json(found, namer((new.index, old.index))), form.media_type, vary=vary)
    name = f"{found.old.name}-{found.new.name}.rdfp"
    headers = {"Content-Disposition": f'attachment; filename="{name}"'}
    return answer(found.rdf_patch(), form.media_type, vary=vary, headers=headers)


def _asked(parameter: str, other: Manifest) -> Site | None:
    """The release that a parameter names; else ``other`` itself, or for ``from`` the one before.

    Where none is before, or is there no longer, ``other`` stands for it: nothing changed.
    """
    if name := request.args.get(parameter):
        return opened(name[:NAME_LENGTH])
    before = (other.previous or "")[:NAME_LENGTH] if parameter == "from" else ""
    return opened(before) or opened(other.name)
