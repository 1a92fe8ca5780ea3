"""Citations by suffix: /cite/dataset, /cite/release/{digest}, /cite/{kind}/{slug}."""

from collections.abc import Callable, Mapping
from typing import Final

from flask import Blueprint, Response

from parkgraph.errors import ParkgraphError
from parkgraph.web.citation import (
    Citation,
    bibtex,
    cite_dataset,
    cite_release,
    cite_thing,
    csl,
)
from parkgraph.web.http import answer
from parkgraph.web.links import TypedLink
from parkgraph.web.problems import not_found
from parkgraph.web.site import Site
from parkgraph.web.state import site, site_of

blueprint = Blueprint("cite", __name__)

#: Each form by its suffix: how it is written, and the media type that it goes under. BibTeX has
#: no registered type (http.md §2).
_FORMS: Final[Mapping[str, tuple[Callable[[Citation], str], str]]] = {
    "bib": (bibtex, "text/plain"),
    "json": (csl, "application/vnd.citationstyles.csl+json"),
}


@blueprint.get("/cite/<path:path>.<any(bib, json):extension>")
def citation(path: str, extension: str) -> Response:
    """How to cite the dataset, a release of it, or what it says of a thing."""
    found = _cited(path)
    if found is None:
        return not_found()
    write, media_type = _FORMS[extension]
    disposition = f'inline; filename="{found.key}.{extension}"'
    return answer(write(found), media_type, headers={"Content-Disposition": disposition})


def citations(here: Site, path: str) -> tuple[TypedLink, ...]:
    """Links to the citations of what ``/cite/{path}`` tells of (FAIR Signposting, describedby)."""
    if not here.manifest.dataset:
        return ()
    return tuple(
        TypedLink(f"/cite/{path}.{extension}", "describedby", (("type", media_type),))
        for extension, (_, media_type) in _FORMS.items()
    )


def _cited(path: str) -> Citation | None:
    here = site()
    if not here.manifest.dataset:
        return None  # files that are served as they are have no publisher, title or release
    if path == "dataset":
        return cite_dataset(here)
    kind, _, name = path.partition("/")
    if kind == "release":
        return _of_release(here, name)
    iri = here.named(f"id/{path}")
    return cite_thing(here, iri) if iri else None


def _of_release(here: Site, name: str) -> Citation | None:
    try:
        found = site_of(name)
    except ParkgraphError:
        return None  # what is broken is not to be cited
    return cite_release(here, found.manifest) if found else None
