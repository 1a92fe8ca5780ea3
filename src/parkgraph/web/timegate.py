"""Documents in time: which release answers for a moment (Memento, RFC 7089)."""

import re
from collections.abc import Iterator
from datetime import datetime
from email.utils import format_datetime, parsedate_to_datetime
from typing import Final

from flask import Response, abort, request

from parkgraph.errors import Diagnostic, ParkgraphError
from parkgraph.release import Manifest
from parkgraph.web.http import REVALIDATE, led
from parkgraph.web.links import TypedLink, field
from parkgraph.web.site import Site
from parkgraph.web.state import archive, edition, site, site_of

LINK_FORMAT: Final = "application/link-format"
#: The one form of a date that Accept-Datetime has (RFC 7089 §2.1.1).
_HTTP_DATE: Final = re.compile(r"[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT")
_BAD_DATE: Final = Diagnostic(
    "PG627",
    "Accept-Datetime is no date of HTTP",
    help="write it as in Sun, 22 Nov 2026 12:00:00 GMT",
)


def gate(path: str) -> Response | None:
    """302 to the document ``{kind}/{slug}`` as it was at the moment that the request names.

    None if it names none, or no release knows the document.

    Raises:
        HTTPException: 400, the moment is no date.
    """
    wanted = request.headers.get("Accept-Datetime")
    if wanted is None or not edition().site.manifest.dataset:
        return None
    found = _at(path, _moment(wanted))
    if found is None:
        return None
    query = request.query_string.decode("ascii", "replace")
    response = led(f"{memento_path(found, path)}{'?' * bool(query)}{query}", 302, REVALIDATE)
    response.headers["Vary"] = "Accept-Datetime"
    response.headers["Link"] = field([*time_links(site(), path), memento_link(found, path)])
    return response


def _moment(text: str) -> datetime:
    if not _HTTP_DATE.fullmatch(text.strip()):
        abort(400, _BAD_DATE)
    try:
        return parsedate_to_datetime(text)
    except ValueError:  # the 31st of February
        abort(400, _BAD_DATE)


def _at(path: str, moment: datetime) -> Manifest | None:
    """The last release before a moment that knows the document; else the first one after it."""
    listed = archive().listed()
    before = [m for m in listed if datetime.fromisoformat(m.issued) <= moment]
    after = [m for m in listed if datetime.fromisoformat(m.issued) > moment]
    return next((m for m in (*reversed(before), *after) if knows(m, path)), None)


def mementos(path: str) -> Iterator[Manifest]:
    """The releases that know the document ``{kind}/{slug}``, oldest first."""
    if edition().site.manifest.dataset:
        yield from (manifest for manifest in archive().listed() if knows(manifest, path))


def knows(manifest: Manifest, path: str) -> bool:
    """Whether a release knows the document; one that is broken knows nothing."""
    try:
        found = site_of(manifest.name)
    except ParkgraphError:
        return False
    return found is not None and found.named(f"id/{path}") is not None


def http_date(manifest: Manifest) -> str:
    """When a release was issued, as HTTP writes a date."""
    return format_datetime(datetime.fromisoformat(manifest.issued), usegmt=True)


def memento_path(manifest: Manifest, path: str) -> str:
    """Where the document is found as it was in a release."""
    return f"/release/{manifest.name}/doc/{path}"


def memento_link(manifest: Manifest, path: str, rel: str = "memento", start: str = "") -> TypedLink:
    """A link to the document as it was in a release.

    Args:
        manifest: of the release.
        path: of the document, ``{kind}/{slug}``.
        rel: how it is linked.
        start: what stands before the local path.
    """
    said = (("datetime", http_date(manifest)),)
    return TypedLink(start + memento_path(manifest, path), rel, said)


def time_links(here: Site, path: str) -> tuple[TypedLink, ...]:
    """Where a document's TimeGate and TimeMap are (RFC 7089 §2.2)."""
    if not here.manifest.dataset:
        return ()
    timemap = TypedLink(f"/timemap/doc/{path}", "timemap", (("type", LINK_FORMAT),))
    return TypedLink(f"/doc/{path}", "original timegate"), timemap
