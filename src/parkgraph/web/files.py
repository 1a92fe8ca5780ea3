"""Downloads: the newest files by redirect, and the immutable files of each release."""

from pathlib import Path
from typing import Final

from flask import Blueprint, Response, abort, redirect, request, send_file

from parkgraph.errors import ParkgraphError
from parkgraph.release import NAME_LENGTH, open_release
from parkgraph.web.http import FOREVER, REVALIDATE, charset, secured
from parkgraph.web.problems import not_found
from parkgraph.web.state import edition, live, site

blueprint = Blueprint("files", __name__)

_MANIFEST: Final = "manifest.json"


@blueprint.get("/download/<path:path>")
def newest(path: str) -> Response:
    """The newest file of that name: 302 to its immutable address."""
    release = site().release
    if path != _MANIFEST and release.file(path) is None:
        return not_found()
    response = redirect(f"/release/{release.folder.name}/{path}", 302)
    response.headers["Cache-Control"] = REVALIDATE
    return secured(Response(response.response, 302, response.headers))


@blueprint.get("/release/<name>/<path:path>")
def published(name: str, path: str) -> Response:
    """A file of a release, the same bytes for ever; ranges are honoured."""
    if len(name) != NAME_LENGTH or not name.isalnum():
        return not_found()
    current = site().release
    try:
        release = current if name == current.folder.name else open_release(live().root, name)
    except ParkgraphError as error:
        if error.findings[0].code == "PG502":
            return not_found()
        return abort(500, error.findings[0])
    if path == _MANIFEST:
        return _sent(release.folder / path, "application/json", None)
    file = release.file(path)
    if file is None:
        return not_found()
    if release is current and (finding := edition().broken.get(path)) is not None:
        abort(500, finding)
    return _sent(release.folder / path, file.media_type, file.sha256)


def _sent(path: Path, media_type: str, sha256: str | None) -> Response:
    response = send_file(
        path,
        mimetype=charset(media_type),
        conditional=True,
        etag=sha256[:32] if sha256 else True,
        max_age=None,
    )
    response.headers["Cache-Control"] = FOREVER
    response.headers["Accept-Ranges"] = "bytes"
    if request.args.get("save") is not None:
        response.headers["Content-Disposition"] = f'attachment; filename="{path.name}"'
    return secured(response)
