"""Answers that were made before, sent again."""

from typing import Final

from parkgraph.web.kept import Repeat
from parkgraph.web.request import Request
from parkgraph.web.traffic import LEFT
from parkgraph.web.wire import Fields, head

#: The methods whose answers are kept.
SAFE: Final = frozenset({"GET", "HEAD"})
#: Headers whose answers are not kept, for they ask for something else than the whole.
OTHERS: Final = (
    "accept-datetime",
    "range",
    "if-modified-since",
    "if-match",
    "if-unmodified-since",
)
#: Headers of a 200 that a 304 does not bear (RFC 9110 §15.4.5).
_OF_BODY: Final = frozenset(
    {b"content-length", b"content-type", b"content-encoding", b"content-digest"}
)


def special(headers: Fields) -> bool:
    """Whether the headers of a request ask for something that is not kept."""
    return any(name in headers for name in OTHERS)


def send(found: Repeat, request: Request) -> tuple[int, int]:
    """Send what was kept; its status, and the bytes of its body."""
    request.route, request.exchange.brief = found.route, found.brief
    asked, method = request.headers.get("if-none-match"), request.method
    if asked and method != "POST" and _matches(asked, found.etag):
        return (304, 0) if request.exchange.respond(_unchanged(found), request.id) else LEFT
    body = b"" if method == "HEAD" else found.body
    went = request.exchange.respond(found.head, request.id, body)
    return (200, len(body)) if went else LEFT


def _unchanged(found: Repeat) -> bytes:
    """The head of the 304 that says so of what was kept."""
    _, *lines = found.head.splitlines(keepends=True)
    kept = (line for line in lines if line.partition(b":")[0] not in _OF_BODY)
    return head(304, ()) + b"".join(kept)


def _matches(if_none_match: str, etag: str) -> bool:
    """Whether a tag of the header is this one, compared weakly (RFC 9110 §13.1.2)."""
    tags = [tag.strip().removeprefix("W/") for tag in if_none_match.split(",")]
    return etag in tags or "*" in tags
