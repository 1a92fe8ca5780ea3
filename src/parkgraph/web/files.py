"""Downloads: the newest files by redirect, and the immutable files of each release."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from hashlib import sha256
from http import HTTPStatus
from pathlib import Path
from typing import Final

from flask import Blueprint, Response, abort, request, send_file
from werkzeug.http import dump_options_header, http_date

from parkgraph.errors import ParkgraphError
from parkgraph.release import MANIFEST, SUMS, Distribution, Release
from parkgraph.tables import METADATA, METADATA_TYPE
from parkgraph.web.bridge import File
from parkgraph.web.bridge import Response as Sent
from parkgraph.web.conditions import heeded, in_part
from parkgraph.web.http import DATA_POLICY, FOREVER, REVALIDATE, SAFE, charset, led, secured, unsent
from parkgraph.web.integrity import Integrity
from parkgraph.web.links import TypedLink, field
from parkgraph.web.live import Edition
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


def whole(name: str, path: str, here: Edition) -> Sent | None:
    """A file of the release that is served, as :func:`published` sends the whole of it.

    None for a file of another release, one that the manifest does not list, and one that was found
    wrong.
    """
    release = here.site.release
    file = release.file(path) if name == here.site.manifest.name else None
    if file is None or here.integrity.fault(path):
        return None
    where = release.folder / path
    headers = {
        "Content-Length": str(file.byte_size),
        "Content-Disposition": dump_options_header("inline", {"filename": where.name}),
        **_known(release, file),
        **_of_file(file),
        "Content-Digest": file.repr_digest,
        **SAFE,
        "Content-Security-Policy": DATA_POLICY,
    }
    return Sent(200, list(headers.items()), File(str(where), file.byte_size))


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
    known = _known(release, file)
    return sent(release.folder / file.path, file, known)


def _known(release: Release, file: Distribution) -> dict[str, str]:
    """The headers that a 304 bears too."""
    return {
        "Cache-Control": FOREVER,
        "ETag": f'"{file.sha256[:32]}"',
        "Last-Modified": http_date(datetime.fromisoformat(release.manifest.issued)),
        "Link": field(list(_links(file))),
    }


def _of_file(file: Distribution) -> dict[str, str]:
    """What is said of the whole file, on a part of it too (RFC 9530 §3)."""
    return {
        "Content-Type": charset(file.media_type),
        "Repr-Digest": file.repr_digest,
        "Accept-Ranges": "bytes",
    }


def sent(path: Path, file: Distribution, known: Mapping[str, str]) -> Response:
    """A file, the part of it that the request asks for, or the 304 that will do.

    Args:
        path: where it is.
        file: what is said of it.
        known: the headers that a 304 bears too, with a strong ETag and a Last-Modified.
    """
    return secured(unsent(known) or _whole_or_part(path, file, known))


def _whole_or_part(path: Path, file: Distribution, known: Mapping[str, str]) -> Response:
    etag = known["ETag"].strip('"')
    asked = request.environ.pop("HTTP_RANGE", "")
    part = heeded(asked.strip(), file.byte_size)
    # That of a GET alone (RFC 9110 §14.2).
    if part and request.method == "GET" and in_part(request.headers.get, etag, known[_MODIFIED]):
        request.environ["HTTP_RANGE"] = part
    for name in _CONDITIONS:  # all of them hold; werkzeug would look at the range first
        request.environ.pop(name, None)
    response = send_file(path, mimetype=file.media_type, conditional=True, etag=etag, max_age=None)
    response.headers.update({**known, **_of_file(file)})
    if response.status_code == HTTPStatus.OK:
        response.headers["Content-Digest"] = file.repr_digest
    if "save" in request.args:
        response.headers["Content-Disposition"] = f'attachment; filename="{path.name}"'
    return response


_MODIFIED: Final = "Last-Modified"
#: Preconditions, as WSGI has them.
_CONDITIONS: Final = (
    "HTTP_IF_MATCH",
    "HTTP_IF_NONE_MATCH",
    "HTTP_IF_MODIFIED_SINCE",
    "HTTP_IF_UNMODIFIED_SINCE",
    "HTTP_IF_RANGE",
)


def _links(file: Distribution) -> Iterator[TypedLink]:
    if file.unpacked.endswith(".csv"):
        # Where a CSVW processor looks first (Model for Tabular Data §5.2).
        yield TypedLink(METADATA, "describedby", (("type", METADATA_TYPE),))
    yield TypedLink("/", "collection", (("type", "text/html"),))
