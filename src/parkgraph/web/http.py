"""Answers: a representation with its validators and headers, and errors as problems."""

import json
from collections.abc import Iterable, Mapping
from hashlib import sha256
from http import HTTPStatus
from typing import Final

from flask import Response, request

from parkgraph.errors import Diagnostic
from parkgraph.vocab import HOME

#: Scripts, frames and foreign hosts are not needed by any page.
PAGE_POLICY: Final = (
    "default-src 'none'; style-src 'self'; img-src 'self'; script-src 'self'; connect-src 'self'; "
    "font-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
#: Data is never a page, whatever a browser makes of it.
DATA_POLICY: Final = "sandbox"

REVALIDATE: Final = "public, no-cache"
FOREVER: Final = "public, max-age=31536000, immutable"

#: What every answer bears.
SAFE: Final = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": "*, Content-Location, ETag, Link, Location, Retry-After",
}


def charset(media_type: str) -> str:
    """``media_type`` as it goes on the wire: text says its encoding."""
    return f"{media_type}; charset=utf-8" if media_type.startswith("text/") else media_type


def answer(
    data: bytes | str,
    media_type: str,
    *,
    vary: Iterable[str] = (),
    headers: Mapping[str, str] | None = None,
    etag: str | None = None,
) -> Response:
    """A 200 of one representation, or the 304 that a validator of the request asks for.

    The entity tag is strong and of this representation alone (RFC 9110 §8.8.3): the hash of its
    media type, its language and its bytes; given as ``etag`` where it is known already.
    """
    body = data.encode() if isinstance(data, str) else data
    response = Response(body, content_type=charset(media_type))
    response.headers.update({"Cache-Control": REVALIDATE, **(headers or {})})
    if vary:
        response.headers["Vary"] = ", ".join(vary)
    language = response.headers.get("Content-Language", "")
    response.set_etag(etag or tag(media_type, language, body))
    secured(response, page=media_type == "text/html")
    if request.method == "QUERY" and request.if_none_match.contains(response.get_etag()[0] or ""):
        return _not_modified(response)
    response.make_conditional(request)
    return response


def tag(media_type: str, language: str, body: bytes) -> str:
    """The entity tag of a representation: of its bytes, and of what they are."""
    return sha256(f"{media_type}\n{language}\n".encode() + body).hexdigest()[:32]


def _not_modified(response: Response) -> Response:
    """QUERY is safe and conditional like GET (RFC 10008 §2); werkzeug knows GET and HEAD alone."""
    response.status_code = 304
    response.set_data(b"")
    for name in ("Content-Type", "Content-Length"):
        response.headers.pop(name, None)
    return response


def secured(response: Response, *, page: bool = False) -> Response:
    """Add the headers that every answer bears."""
    for name, value in SAFE.items():
        response.headers.setdefault(name, value)
    response.headers.setdefault("Content-Security-Policy", PAGE_POLICY if page else DATA_POLICY)
    return response


def problem_type(code: str) -> str:
    """The address of an error's heading in the documentation."""
    return f"{HOME}errors#{code.lower() or 'about'}"


def problem_body(status: int, finding: Diagnostic, more: Mapping[str, object]) -> bytes:
    """A finding as problem details (RFC 9457)."""
    details: dict[str, object] = {
        "type": problem_type(finding.code),
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": finding.message,
        "instance": request.path,
        "code": finding.code,
    }
    if finding.help:
        details["help"] = finding.help
    if finding.where:
        details["where"] = finding.where
    return (json.dumps({**details, **more}, indent=2, ensure_ascii=False) + "\n").encode()
