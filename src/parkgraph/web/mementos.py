"""Documents as they were: mementos and TimeMaps (RFC 7089)."""

import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Final

from flask import Blueprint, Response

from parkgraph.negotiate import JSON, Representation
from parkgraph.release import Manifest
from parkgraph.web.history import opened, release_document
from parkgraph.web.http import answer
from parkgraph.web.links import TypedLink
from parkgraph.web.problems import not_acceptable, not_found
from parkgraph.web.reader import form as wanted_form
from parkgraph.web.represent import Document, Leads, represent
from parkgraph.web.resources import source_document, thing_document, without_suffix
from parkgraph.web.site import Site
from parkgraph.web.state import look_back, site
from parkgraph.web.timegate import (
    LINK_FORMAT,
    http_date,
    memento_link,
    memento_path,
    mementos,
    time_links,
)

blueprint = Blueprint("mementos", __name__)

#: The forms of a TimeMap.
TIMEMAPS: Final = (
    Representation(LINK_FORMAT, "link", "Link format"),
    JSON,
)


@blueprint.get("/release/<name>/doc/<path:path>")
def memento(name: str, path: str) -> Response:
    """The description of a thing as it was in a release."""
    return _answered("doc", name, path)


@blueprint.get("/release/<name>/document/<path:path>")
def source_memento(name: str, path: str) -> Response:
    """A source document, or one version of it, as it was in a release: with the claims of then."""
    return _answered("document", name, path)


def _answered(space: str, name: str, path: str) -> Response:
    path, extension = without_suffix(path)
    found = _as_it_was(space, name, path)
    if found is None:
        return not_found()
    response = represent(found, extension)
    if response.status_code in {200, 304}:
        response.headers["Memento-Datetime"] = site().issued
    return response


def _as_it_was(space: str, name: str, path: str) -> Document | None:
    """What ``/{space}/{path}`` was in a release; None if there is no such."""
    find, links = _SPACES[space]
    past = _past(name)
    if past is None:
        return None
    look_back(past)
    found = find(path)
    if found is None:
        return None
    then = f"/release/{past.manifest.name}/{space}/{path}"
    return replace(found, path=then, stem="", links=links)


def _original(_: Site, path: str) -> tuple[TypedLink, ...]:
    """Where the document of today is (RFC 7089 §2.2.1); it has no TimeGate."""
    return (TypedLink(f"/document/{path}", "original"),)


#: What can be looked back at: how it is found, and where it leads to besides.
_SPACES: Final[Mapping[str, tuple[Callable[[str], Document | None], Leads]]] = {
    "doc": (thing_document, time_links),
    "document": (source_document, _original),
}


def _past(name: str) -> Site | None:
    """A release to look back at.

    Raises:
        HTTPException: 500, it cannot be opened.
    """
    found = opened(name)
    return found.as_then() if found else None


def past_document(path: str) -> Document | None:
    """The release ``{name}``, or what ``{name}/doc/…`` or ``{name}/document/…`` was in one."""
    name, _, rest = path.partition("/")
    space, _, rest = rest.partition("/")
    return _as_it_was(space, name, rest) if rest and space in _SPACES else release_document(path)


@blueprint.get("/timemap/doc/<path:path>")
def timemap(path: str) -> Response:
    """All the mementos of a document, oldest first."""
    known = list(mementos(path))
    if not known:
        return not_found()
    form, vary = wanted_form(TIMEMAPS)
    if form is None:
        return not_acceptable(TIMEMAPS, vary=vary)
    written = _as_json(path, known) if form.extension == "json" else _as_links(path, known)
    return answer(written, form.media_type, vary=vary)


def _as_links(path: str, known: list[Manifest]) -> str:
    """Link format (RFC 7089 §5); addresses must resolve wherever the TimeMap is read."""
    start = site().public_url.rstrip("/")
    span = f'; from="{http_date(known[0])}"; until="{http_date(known[-1])}"'
    lines = [
        f'<{start}/doc/{path}>; rel="original timegate"',
        f'<{start}/timemap/doc/{path}>; rel="self"; type="{LINK_FORMAT}"{span}',
    ]
    for number, manifest in enumerate(known):
        ends = "first " * (number == 0) + "last " * (number == len(known) - 1)
        lines.append(str(memento_link(manifest, path, f"{ends}memento", start)))
    return ",\n".join(lines) + "\n"


def _as_json(path: str, known: list[Manifest]) -> str:
    start = site().public_url.rstrip("/")
    listed = [
        {"datetime": manifest.issued, "uri": start + memento_path(manifest, path)}
        for manifest in known
    ]
    tree = {
        "original_uri": f"{start}/doc/{path}",
        "timegate_uri": f"{start}/doc/{path}",
        "timemap_uri": f"{start}/timemap/doc/{path}",
        "mementos": {"first": listed[0], "last": listed[-1], "list": listed},
    }
    return json.dumps(tree, indent=2) + "\n"
