"""Answers: a representation with its validators and headers, and errors as problems."""

import json
from base64 import b64encode
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from http import HTTPStatus
from typing import Final

from flask import Response, abort, redirect, request

from parkgraph.errors import Diagnostic
from parkgraph.vocab import HOME
from parkgraph.web.coding import encoded, fitting, wanted
from parkgraph.web.conditions import CONDITIONAL, precondition
from parkgraph.web.ids import VARIABLE

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
    "Access-Control-Expose-Headers": (
        "*, Content-Digest, Content-Language, Content-Location, Content-Profile, ETag, "
        "Last-Modified, Link, Location, Memento-Datetime, Repr-Digest, Retry-After, Vary, "
        "X-Request-Id"
    ),
}


def charset(media_type: str) -> str:
    """``media_type`` as it goes on the wire: text says its encoding."""
    return f"{media_type}; charset=utf-8" if media_type.startswith("text/") else media_type


@dataclass(frozen=True, slots=True)
class Head:
    """What is known of a representation before its bytes are made.

    Attributes:
        etag: strong, without its quotes: of this representation and its coding alone.
        coding: ``identity``, or what it is compressed with unless it is small.
        headers: what else is known of it.
    """

    media_type: str
    etag: str
    coding: str
    vary: Sequence[str]
    headers: Mapping[str, str]


#: Gives the bytes of a representation, and what is only known with them.
Make = Callable[[], tuple[bytes, Mapping[str, str]]]


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
    media type, its language and its bytes; given as ``etag`` where it is known already. It goes
    compressed where the client takes that, which makes another tag.
    """
    body = data.encode() if isinstance(data, str) else data
    said = headers or {}
    state = etag or tag(media_type, said.get("Content-Language", ""), body)
    coding = fitting(coding_asked(), len(body), _accept_encoding())
    head = Head(media_type, tag_in(state, coding), coding, (*vary, "Accept-Encoding"), said)
    return deliver(head, lambda: (body, {}))


def deliver(head: Head, make: Make) -> Response:
    """The representation that ``head`` tells of; a 304 or 412 makes nothing."""
    if short := unsent(_known(head)):
        return secured(short, page=head.media_type == "text/html")
    sent, headers = complete(head, *make(), _accept_encoding())
    return Response(sent, headers=headers)


def unsent(known: Mapping[str, str]) -> Response | None:
    """The 304 or 412 that the request's preconditions ask for; ``known`` are the headers of a 304.

    A refusal is of one request: whoever keeps answers must not give it to another.
    """
    if request.method not in CONDITIONAL:
        return None
    etag, modified = known["ETag"].strip('"'), known.get("Last-Modified")
    steps_back = known.get("Cache-Control") != FOREVER
    status = precondition(request.headers.get, etag, modified, exact=steps_back)
    kept = {"Cache-Control": "no-store"} if status == HTTPStatus.PRECONDITION_FAILED else {}
    return Response(status=status, headers={**known, **kept}) if status else None


def complete(
    head: Head, body: bytes, more: Mapping[str, str], accept_encoding: str | None
) -> tuple[bytes, list[tuple[str, str]]]:
    """A representation as it goes out, compressed if it is to be, and all its headers."""
    coding = fitting(head.coding, len(body), accept_encoding)
    sent = encoded(body, coding)
    headers = {
        "Content-Type": charset(head.media_type),
        **_known(head),
        **more,
        **({} if coding == "identity" else {"Content-Encoding": coding}),
        "Content-Digest": digest_field(sha256(sent).digest()),
        "Content-Length": str(len(sent)),
        **SAFE,
        "Content-Security-Policy": PAGE_POLICY if head.media_type == "text/html" else DATA_POLICY,
    }
    return sent, list(headers.items())


def _known(head: Head) -> dict[str, str]:
    """The headers that a 304 bears too."""
    return {
        "Cache-Control": REVALIDATE,
        **head.headers,
        "ETag": f'"{head.etag}"',
        "Vary": ", ".join(head.vary),
    }


def tag(media_type: str, language: str, body: bytes) -> str:
    """The entity tag of a representation: of its bytes, and of what they are."""
    return sha256(f"{media_type}\n{language}\n".encode() + body).hexdigest()[:32]


def tag_in(state: str, coding: str) -> str:
    """The tag of a representation in a coding: a strong tag is of the bytes that are sent."""
    return state if coding == "identity" else f"{state}-{coding}"


def coding_asked() -> str:
    """The coding that the request takes.

    Raises:
        HTTPException: 406, not even ``identity`` will do.
    """
    return wanted(_accept_encoding()) or abort(406, _NO_CODING)


_NO_CODING: Final = Diagnostic(
    "PG625",
    "no coding of this is acceptable to the client",
    help="accept identity, gzip, br or zstd in Accept-Encoding",
)


def _accept_encoding() -> str | None:
    return request.headers.get("Accept-Encoding")


def digest_field(sha256_digest: bytes) -> str:
    """The value of ``Content-Digest`` or ``Repr-Digest`` (RFC 9530 §2)."""
    return f"sha-256=:{b64encode(sha256_digest).decode()}:"


def led(address: str, status: int, cache: str) -> Response:
    """A redirect with the headers that every answer bears; ``cache`` is its Cache-Control."""
    response = redirect(address, status)
    response.headers["Cache-Control"] = cache
    return secured(Response(response.response, status, response.headers))


def see_other(address: str) -> Response:
    """303: what is named is no document, and is described at ``address`` (httpRange-14)."""
    return led(address, 303, "max-age=300")


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
    """A finding about the request as problem details."""
    asked = {"instance": request.path, "request": request.environ.get(VARIABLE)}
    return details(status, finding, {**asked, **more})


def details(status: int, finding: Diagnostic, more: Mapping[str, object]) -> bytes:
    """A finding as problem details (RFC 9457), with members besides; None and empty say nothing."""
    told = {"help": finding.help, "where": finding.where, **more}
    said: dict[str, object] = {
        "type": problem_type(finding.code),
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": finding.message,
        "code": finding.code,
        **{name: value for name, value in told.items() if value is not None and value != ""},
    }
    return (json.dumps(said, indent=2, ensure_ascii=False) + "\n").encode("utf-8", "replace")
