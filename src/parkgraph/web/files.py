"""Downloads: the newest files by redirect, and the immutable files of each release."""

from collections.abc import Iterator
from datetime import UTC, datetime
from hashlib import sha256
from http import HTTPStatus
from typing import Final

from flask import Blueprint, Response, abort, request, send_file

from parkgraph.errors import ParkgraphError
from parkgraph.release import MANIFEST, SUMS, Distribution, Release
from parkgraph.tables import METADATA, METADATA_TYPE
from parkgraph.web.http import FOREVER, REVALIDATE, led, secured
from parkgraph.web.integrity import Integrity
from parkgraph.web.links import TypedLink, field
from parkgraph.web.problems import not_found
from parkgraph.web.state import archive, edition, site

blueprint = Blueprint("files", __name__)

#: What a release has besides the files that its manifest lists, with media types.
_UNLISTED: Final = {MANIFEST: "application/json", SUMS: "text/plain"}


@blueprint.get("/download/<path:path>")
def newest(path: str) -> Response:
    """The newest file of that name: 302 to its immutable address."""
    release = site().release
    if _offered(release, path) is None:
        return not_found()
    query = "?save" if "save" in request.args else ""
    return led(f"/release/{release.folder.name}/{path}{query}", 302, REVALIDATE)


@blueprint.get("/release/<name>/<path:path>")
def published(name: str, path: str) -> Response:
    """A file of a release, the same bytes for ever; ranges are honoured."""
    found = _release(name)
    if not found:
        return not_found()
    release, integrity = found
    if wrong := integrity.fault(path):
        abort(500, wrong)
    file = _offered(release, path)
    return _sent(release, file) if file else not_found()


def _release(name: str) -> tuple[Release, Integrity] | None:
    """The release ``name`` and what is known of its files; None if there is none.

    Raises:
        HTTPException: 500, it cannot be opened: the finding says which file is broken.
    """
    here = edition()
    if name == here.site.manifest.name:
        return here.site.release, here.integrity
    if not here.site.manifest.dataset:
        return None
    try:
        opened = archive().opened(name, here.site.public_url)
    except ParkgraphError as error:
        abort(500, error.findings[0])
    return (opened.site.release, opened.integrity) if opened else None


def _offered(release: Release, path: str) -> Distribution | None:
    """The file that the release publishes at ``path``."""
    if path not in _UNLISTED or not release.manifest.dataset:
        return release.file(path)
    try:
        data = (release.folder / path).read_bytes()
    except FileNotFoundError:
        return None
    return Distribution(path, _UNLISTED[path], len(data), sha256(data).hexdigest())


def _sent(release: Release, file: Distribution) -> Response:
    path = release.folder / file.path
    if "," in request.headers.get("Range", ""):
        # Several parts at once are not offered: a range may be ignored (RFC 9110 §14.2).
        del request.environ["HTTP_RANGE"]
    response = send_file(
        path,
        mimetype=file.media_type,
        conditional=True,
        etag=file.sha256[:32],
        last_modified=datetime.fromisoformat(release.manifest.issued).astimezone(UTC),
        max_age=None,
    )
    response.headers["Cache-Control"] = FOREVER
    if response.status_code != HTTPStatus.NOT_MODIFIED:
        # Of the whole file, on a part of it too (RFC 9530 §3).
        response.headers["Repr-Digest"] = file.repr_digest
        response.headers["Accept-Ranges"] = "bytes"
    if response.status_code == HTTPStatus.OK:
        response.headers["Content-Digest"] = file.repr_digest
    response.headers["Link"] = field(list(_links(file)))
    if "save" in request.args:
        response.headers["Content-Disposition"] = f'attachment; filename="{path.name}"'
    return secured(response)


def _links(file: Distribution) -> Iterator[TypedLink]:
    if file.unpacked.endswith(".csv"):
        # Where a CSVW processor looks first (Model for Tabular Data §5.2).
        yield TypedLink(METADATA, "describedby", (("type", METADATA_TYPE),))
    yield TypedLink("/", "collection", (("type", "text/html"),))
