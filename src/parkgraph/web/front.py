"""In front of Flask: repeats are answered from bytes, and plain queries without a detour.

What a release says at an address is a function of the address, the variant that was negotiated
and the release. So a 200 that bears an entity tag is kept, for as long as its release is served,
under the path, the query string and what the request's headers amount to: never under the
headers themselves, which a client may vary without end.
"""

from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from parkgraph.negotiate import DOCUMENT, GRAPH, HTML, SOLUTIONS, negotiate, negotiate_language
from parkgraph.variants import DESCRIPTION, PARK, SCHEMA_ORG, Wish, choose, variants
from parkgraph.web.coding import takes_identity, wanted
from parkgraph.web.kept import LARGEST, Cache, Repeat
from parkgraph.web.listing import LISTED
from parkgraph.web.live import Editions
from parkgraph.web.quick import quick
from parkgraph.web.searching import FOUND
from parkgraph.web.throttle import Throttle
from parkgraph.web.words import languages

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

#: The sets of forms that some route negotiates over: a header amounts to its choice from each.
_OFFERS: Final = (
    DOCUMENT,
    GRAPH,
    SOLUTIONS,
    (HTML, *SOLUTIONS, *GRAPH),
    (HTML, *GRAPH),
    FOUND,
    LISTED,
)
#: The same for sets of forms in several profiles.
_PROFILED: Final = (DESCRIPTION, variants(DOCUMENT, PARK, SCHEMA_ORG))
#: Headers whose answers are not kept, for they ask for something else than the whole.
_OTHERS: Final = (
    "HTTP_ACCEPT_DATETIME",
    "HTTP_RANGE",
    "HTTP_IF_MODIFIED_SINCE",
    "HTTP_IF_MATCH",
    "HTTP_IF_UNMODIFIED_SINCE",
)
#: Headers of a 200 that a 304 does not bear (RFC 9110 §15.4.5).
_OF_BODY: Final = frozenset({"content-length", "content-type", "content-encoding"})

Headers = list[tuple[str, str]]
#: Path, query string, and the variant that the headers amount to.
Key = tuple[str, str, tuple[str, ...]]


class Front:
    """A WSGI application that answers repeats itself and hands on everything else."""

    def __init__(self, app: "WSGIApplication", editions: Editions, gate: Throttle) -> None:
        self._app = app
        self._editions = editions
        self._gate = gate

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Serve one request."""
        key = _key(environ)
        if key is None:
            return self._app(environ, start_response)
        edition = self._editions.acquire()
        try:
            found = edition.repeats.get(key)
            if found is not None:
                return _again(found, environ, start_response)
            if environ["REQUEST_METHOD"] == "HEAD":
                return self._app(environ, start_response)
            if (made := quick(environ, edition, self._gate)) is not None:
                return _again(_kept_now(key, edition.repeats, *made), environ, start_response)
            return self._fresh(key, edition.repeats, environ, start_response)
        finally:
            self._editions.release(edition)

    def _fresh(
        self,
        key: Key,
        repeats: Cache[Key, Repeat],
        environ: "WSGIEnvironment",
        start_response: "StartResponse",
    ) -> Iterable[bytes]:
        said: list[tuple[str, Headers]] = []

        def start(status: str, headers: Headers, *rest: Any) -> Callable[[bytes], object]:  # noqa: ANN401  # exc_info, as WSGI leaves it
            said.append((status, headers))
            return start_response(status, headers, *rest)

        chunks = self._app(environ, start)
        status, headers = said[-1] if said else ("", [])
        etag = _kept_under(status, headers)
        if etag is None:
            return chunks
        body = b"".join(chunks)
        if close := getattr(chunks, "close", None):
            close()
        repeats.put(key, Repeat(headers, etag, body))
        return [body]


def _kept_now(key: Key, repeats: Cache[Key, Repeat], headers: Headers, body: bytes) -> Repeat:
    repeat = Repeat(headers, dict(headers)["ETag"], body)
    repeats.put(key, repeat)
    return repeat


def _key(environ: "WSGIEnvironment") -> Key | None:
    """What the request amounts to; None if its answer is not to be kept."""
    if environ["REQUEST_METHOD"] not in {"GET", "HEAD"} or any(h in environ for h in _OTHERS):
        return None
    said = (environ.get(name) for name in _NEGOTIATING)
    return environ["PATH_INFO"], environ.get("QUERY_STRING", ""), _amounts(*said)


@lru_cache(maxsize=4096)
def _amounts(
    accept: str | None, profile: str | None, language: str | None, encoding: str | None
) -> tuple[str, ...]:
    """What the headers amount to: the choice from each set, the language and the coding."""
    forms = (negotiate(accept, offered) for offered in _OFFERS)
    wish = Wish(accept, profile)
    rows = (choose(wish, offered).variant for offered in _PROFILED)
    return (
        *(form.media_type if form else "" for form in forms),
        *(f"{row.form.extension} {row.profile.token}" if row else "" for row in rows),
        negotiate_language(language, languages()),
        wanted(encoding) or "",
        str(takes_identity(encoding)),
    )


_NEGOTIATING: Final = (
    "HTTP_ACCEPT",
    "HTTP_ACCEPT_PROFILE",
    "HTTP_ACCEPT_LANGUAGE",
    "HTTP_ACCEPT_ENCODING",
)


def _kept_under(status: str, headers: Headers) -> str | None:
    """The entity tag of an answer that may be kept; None if it may not."""
    said = {name.lower(): value for name, value in headers}
    small = said.get("content-length", "").isdecimal() and int(said["content-length"]) <= LARGEST
    # A published file is read each time it is sent, so that a change on the disk is not hidden.
    lasting = not {"no-store", "immutable"} & set(said.get("cache-control", "").split(", "))
    return said.get("etag") if status.startswith("200") and small and lasting else None


def _again(
    found: Repeat, environ: "WSGIEnvironment", start_response: "StartResponse"
) -> Iterable[bytes]:
    if _matches(environ.get("HTTP_IF_NONE_MATCH", ""), found.etag):
        left = [pair for pair in found.headers if pair[0].lower() not in _OF_BODY]
        start_response("304 NOT MODIFIED", left)
        return []
    start_response("200 OK", found.headers)
    return [] if environ["REQUEST_METHOD"] == "HEAD" else [found.body]


def _matches(if_none_match: str, etag: str) -> bool:
    """Whether a tag of the header is this one, compared weakly (RFC 9110 §13.1.2)."""
    if not if_none_match:
        return False
    tags = [tag.strip().removeprefix("W/") for tag in if_none_match.split(",")]
    return etag in tags or "*" in tags
