"""The shorter way for queries: asked on the event loop, and sent if nothing is out of the ordinary.

Flask takes several times as long to answer a point query as the store takes to evaluate it. What
is out of the ordinary (a page, a mistake, a condition) goes on to Flask, with what was found so
far: nothing is evaluated twice, and no thread waits for a query.
"""

import asyncio
from contextlib import suppress
from functools import lru_cache
from hashlib import sha256
from typing import Final, NamedTuple

from parkgraph.query import Inquiry, QueryFailed
from parkgraph.query.point import Point, point
from parkgraph.query.scanned import scanned
from parkgraph.web.answering import Forms, Found, Party, forms, keep, look, pointed, question
from parkgraph.web.asked import ACCEPT_QUERY, PATHS, Asked, Body, Refused, from_address, from_body
from parkgraph.web.bridge import Response
from parkgraph.web.brief import Brief
from parkgraph.web.coding import encoded, fitting, takes_identity, wanted
from parkgraph.web.http import DATA_POLICY, REVALIDATE, SAFE, charset, digest_field, tag_in
from parkgraph.web.kept import Kept, Repeat
from parkgraph.web.live import Edition
from parkgraph.web.request import MAX_BODY, Request
from parkgraph.web.throttle import Throttle
from parkgraph.web.wire import Headers, head

#: The address of queries.
_ROUTE: Final = "/sparql"
#: Where what was found so far is handed on to Flask.
FOUND: Final = "parkgraph.found"
#: Seconds that a query has although its client has left: it may be over before its worker were
#: killed and another one there.
_LONG: Final = 0.2

#: A condition that is not looked at here: a date does not matter, for a result has none.
_IF_MATCH: Final = "if-match"
#: Looked at where a small result is sent; a large one is not a :class:`Repeat`.
_IF_NONE_MATCH: Final = "if-none-match"

#: Bytes that are compressed at once; more is work for a thread.
_BRIEF: Final = 64_000

#: What every result bears, as :func:`parkgraph.web.http.secured` says it.
_HEADERS: Final = [
    *SAFE.items(),
    ("Content-Security-Policy", DATA_POLICY),
    ("Accept-Query", ACCEPT_QUERY),
]


class Simple(NamedTuple):
    """A point query over the data as it is: as it was asked, in which forms, and what it says."""

    said: Asked
    taken: Forms
    query: Point


class Quick:
    """Asks queries for the clients of a web process.

    Args:
        gate: grants clients their places.
        brief: does what is looked up.
        loop: the event loop of the process.
    """

    def __init__(self, gate: Throttle, brief: Brief, loop: asyncio.AbstractEventLoop) -> None:
        self._gate, self._brief, self._loop = gate, brief, loop

    def at_once(self, request: Request, edition: Edition) -> Repeat | None:
        """The result of a point query that is asked by GET; None for anything else."""
        if self._brief.slow or not _indexed(edition):
            return None
        request.asked = said = from_address(request.query.encode("latin-1"))
        since = edition.results.cleared
        if (asked := simple(said, request)) is None:
            return None
        if (found := _counted(self._brief.do(_looked_up, asked, edition), edition)) is None:
            return None
        if (made := repeated(found, asked, request)) is None:  # whoever goes on finds it there
            keep(question(asked.said, asked.taken), edition, found, since)
        return made

    async def answer(self, request: Request, edition: Edition) -> Repeat | Response | None:
        """The result of a query; None if Flask is to answer.

        Raises:
            asyncio.CancelledError: the client has left.
        """
        said = request.asked or _said(request)
        if not isinstance(said, Asked) or not _ordinary(said):
            return None
        request.route = _ROUTE
        text, taken = said.queries[0], forms(said.wanted, request.headers.get("accept"))
        if not (taken.plain or taken.page or await _acceptable(text, taken)):
            return None
        asked = question(said, taken)
        since = edition.results.cleared
        leaving = _Leaving(self._loop)
        request.exchange.on_leaving(leaving.left)
        try:
            party = Party(request.client, self._gate, leaving.inquiry)
            tried = request.asked is not None and _bare(said, taken)
            query = None if tried or not _indexed(edition) else _simple(said, taken)
            found = await self._found(query, edition) if query else None
            found = found or await look(asked, edition, party)
        except QueryFailed as error:
            request.handed[FOUND] = error.with_traceback(None)  # it would hold all that was here
            return None
        finally:
            leaving.over = True
        made = None
        if found and _bare(said, taken) and not _conditional(request, found):
            made = _sent(found, taken, request.headers.get("accept-encoding"))
        if made is None:
            request.handed[FOUND] = found
        if found and not (isinstance(made, Repeat) and request.method == "GET"):
            keep(asked, edition, found, since)
        return made

    async def _found(self, asked: Simple, edition: Edition) -> Found | None:
        """The result of a point query; in a thread while the disk may be slow.

        It is not the engine's then: the rows would come in another order, under another tag.
        """
        if self._brief.slow:
            found = await self._loop.run_in_executor(None, _looked_up, asked, edition)
        else:
            found = self._brief.do(_looked_up, asked, edition)
        return _counted(found, edition)


def _indexed(edition: Edition) -> bool:
    return edition.queries.refusal is None and edition.site.indexed


def _looked_up(asked: Simple, edition: Edition) -> Found | None:
    """The result of a point query over the data as it is; None if the engine is to answer."""
    with suppress(Exception):  # of an index that is damaged; the store may be sound
        return pointed(asked.query, edition.site, edition.queries.budget)
    return None


def _counted(found: Found | None, edition: Edition) -> Found | None:
    edition.points += found is not None
    return found


def simple(said: Asked | Refused, request: Request) -> Simple | None:
    """The point query that a request is, if it wants its result and nothing besides."""
    if not isinstance(said, Asked) or not _ordinary(said):
        return None
    taken = forms(said.wanted, request.headers.get("accept"))
    return _simple(said, taken) if _bare(said, taken) else None


def repeated(found: Found, asked: Simple, request: Request) -> Repeat | None:
    """The result as it goes out, to this request and to others; None if that is some work."""
    made = _sent(found, asked.taken, request.headers.get("accept-encoding"))
    return made._replace(brief=True) if isinstance(made, Repeat) else None


def _simple(said: Asked, taken: Forms) -> Simple | None:
    query = point(said.queries[0]) if _as_json(said, taken) else None
    return Simple(said, taken, query) if query else None


def _said(request: Request) -> Asked | Refused | None:
    if request.path not in PATHS:
        return None
    address = request.query.encode("latin-1")
    if request.method in {"GET", "HEAD"}:
        return from_address(address)
    if request.method not in {"POST", "QUERY"} or len(request.body) > MAX_BODY:
        return None
    media_type = (request.headers.get("content-type") or "").partition(";")[0].strip().lower()
    coding = request.headers.get("content-encoding") or ""
    return from_body(address, Body(media_type, coding, request.body))


def _as_json(said: Asked, taken: Forms) -> bool:
    """Whether solutions over the default graph are wanted as JSON, of which pages are made too."""
    form = taken.solutions
    plain = not (said.default_graphs or said.named_graphs)
    return plain and (taken.page or (form is not None and form.extension == "json"))


def _bare(said: Asked, taken: Forms) -> bool:
    """Whether the result itself is asked for, and neither a page nor an explanation of it."""
    return not (taken.page or said.explain)


def _ordinary(said: Asked) -> bool:
    return len(said.queries) == 1 and bool(said.queries[0].strip()) and not said.update


def _conditional(request: Request, found: Found) -> bool:
    """Whether Flask is to look at a condition: of one that is kept ``If-None-Match`` is not its."""
    asked = request.headers
    return _IF_MATCH in asked or (found.kept is None and _IF_NONE_MATCH in asked)


async def _acceptable(text: str, taken: Forms) -> bool:
    """Whether a client that takes one kind of result alone asks a query that gives that kind."""
    form = (await scanned(text)).form
    return form == "update" or taken.of(form) is not None


def _sent(found: Found, taken: Forms, accept_encoding: str | None) -> Repeat | Response | None:
    """The result in the form and the coding that the client takes, if that is little work."""
    form, answer, kept = taken.of(found.answer.form), found.answer, found.kept
    coding = wanted(accept_encoding)
    if form is None or coding is None:
        return None
    if kept is None:  # a large one, from its file
        headers = _headers(form.media_type, taken.vary, cacheable=answer.cacheable)
        sent = Response(200, [*headers, *_of_file(found)], found.file)
        return sent if takes_identity(accept_encoding) else None
    coding = fitting(coding, len(kept.body), accept_encoding)
    if coding != "identity" and len(kept.body) > _BRIEF:
        return None
    if answer.cacheable:
        return _coded(kept, coding, _start(form.media_type, taken.vary, coding))
    headers = _headers(form.media_type, taken.vary, cacheable=False)
    if coding != "identity":
        headers.append(("Content-Encoding", coding))
    body, digest = _bytes(kept, coding)
    headers += [("Content-Length", str(len(body))), ("Content-Digest", digest_field(digest))]
    return Response(200, headers, body)


def _headers(media_type: str, vary: tuple[str, ...], *, cacheable: bool) -> Headers:
    """What is said of any result in a form."""
    return [
        ("Content-Type", charset(media_type)),
        ("Cache-Control", REVALIDATE if cacheable else "no-store"),
        ("Vary", ", ".join((*vary, "Accept-Encoding"))),
        *_HEADERS,
    ]


@lru_cache(maxsize=256)
def _start(media_type: str, vary: tuple[str, ...], coding: str) -> bytes:
    """The head of a result that may be kept, but for what is of its bytes."""
    headers = _headers(media_type, vary, cacheable=True)
    coded = [("Content-Encoding", coding)] if coding != "identity" else []
    return head(200, [*headers, *coded], None)


def _of_file(found: Found) -> Headers:
    """What tells of a large result."""
    headers = [
        ("Content-Length", str(found.file.size)),
        ("Content-Digest", digest_field(found.file.digest)),
    ]
    return [*headers, ("ETag", f'"{found.etag}"')] if found.answer.cacheable else headers


def _coded(kept: Kept, coding: str, start: bytes) -> Repeat:
    """A result in a coding; ``start`` is all of its head that is not of its bytes."""
    body, digest = _bytes(kept, coding)
    etag = f'"{tag_in(kept.etag, coding)}"'
    rest = (
        f"content-length: {len(body)}\r\ncontent-digest: {digest_field(digest)}\r\netag: {etag}\r\n"
    )
    return Repeat(_ROUTE, etag, start + rest.encode("latin-1"), body)


def _bytes(kept: Kept, coding: str) -> tuple[bytes, bytes]:
    """A result in a coding, and the SHA-256 of that."""
    if coding == "identity":
        return kept.body, kept.digest
    body = encoded(kept.body, coding)
    return body, sha256(body).digest()


class _Leaving:
    """Gives an inquiry up when its client leaves, if it takes long.

    Attributes:
        over: whether it has come to its end by itself.
    """

    __slots__ = ("_began", "_loop", "inquiry", "over")

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.inquiry: Final = Inquiry()
        self.over = False
        self._loop, self._began = loop, loop.time()

    def left(self) -> None:
        """The client is gone."""
        if not self.over:
            self._loop.call_at(self._began + _LONG, self._end)

    def _end(self) -> None:
        if not self.over:
            self.inquiry.give_up()
