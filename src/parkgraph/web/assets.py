"""Stylesheets, scripts and the icon: fixed bytes, addressed by their content, sent compressed."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType
from typing import Final

from flask import Blueprint, Response, abort, request

from parkgraph.web.http import FOREVER, REVALIDATE, answer

blueprint = Blueprint("assets", __name__)

_FOLDER: Final = Path(__file__).with_name("static")
_TYPES: Final = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
}
#: The query editor, as `make assets` leaves it; the page goes without where it is missing.
_EDITOR: Final = ("vendor/yasqe.min.css", "vendor/yasqe.min.js")


@dataclass(frozen=True, slots=True)
class _Asset:
    """A file of the interface."""

    media_type: str
    data: bytes

    @property
    def version(self) -> str:
        """The start of its digest."""
        return sha256(self.data).hexdigest()[:12]


@cache
def _assets() -> Mapping[str, _Asset]:
    """Every file below ``static``, by its path there."""
    return MappingProxyType(
        {
            path.relative_to(_FOLDER).as_posix(): _read(path)
            for path in sorted(_FOLDER.rglob("*"))
            if path.suffix in _TYPES
        }
    )


def _read(path: Path) -> _Asset:
    data = path.read_bytes()
    return _Asset(_TYPES[path.suffix], data)


@cache
def address(name: str) -> str:
    """Where a file is found; the address names its content, so it can be kept for ever."""
    return f"/static/{name}?v={_assets()[name].version}"


def has_editor() -> bool:
    """Whether the query editor was fetched when this process began."""
    return all(name in _assets() for name in _EDITOR)


@blueprint.get("/favicon.ico", defaults={"name": "icon.svg"})
@blueprint.get("/static/<path:name>")
def asset(name: str) -> Response:
    """A file of the interface."""
    found = _assets().get(name)
    if found is None:
        abort(404)
    named = request.args.get("v") == found.version
    headers = {"Cache-Control": FOREVER if named else REVALIDATE}
    return answer(found.data, found.media_type, headers=headers)
