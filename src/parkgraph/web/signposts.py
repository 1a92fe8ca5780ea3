"""The links of every document, in one answer each (RFC 9264, FAIR Signposting level 2)."""

from collections.abc import Callable, Mapping
from typing import Final

from flask import Blueprint, Response

from parkgraph.web.history import releases_document
from parkgraph.web.home import catalog_document, dataset_document
from parkgraph.web.mementos import past_document
from parkgraph.web.problems import not_found
from parkgraph.web.represent import Document, linkset
from parkgraph.web.resources import (
    graph_document,
    ontology_document,
    shapes_document,
    source_document,
    thing_document,
)
from parkgraph.web.state import site

blueprint = Blueprint("signposts", __name__)

_ONE: Final[Mapping[str, Callable[[], Document]]] = {
    "dataset": dataset_document,
    "def": ontology_document,
    "graph/catalog": catalog_document,
    "releases": releases_document,
    "shapes": shapes_document,
}
#: What a publication alone has.
_PUBLISHED: Final = frozenset({"def", "releases", "shapes"})
_MANY: Final[Mapping[str, Callable[[str], Document | None]]] = {
    "doc": thing_document,
    "document": source_document,
    "graph": graph_document,
    "release": past_document,
}


@blueprint.get("/linkset/<path:path>")
def links(path: str) -> Response:
    """All links of the document at ``path``, and of its forms."""
    found = _document(path)
    return not_found() if found is None else linkset(found)


def _document(path: str) -> Document | None:
    if path in _ONE:
        return _ONE[path]() if site().manifest.dataset or path not in _PUBLISHED else None
    kind, _, rest = path.partition("/")
    return _MANY[kind](rest) if kind in _MANY else None
