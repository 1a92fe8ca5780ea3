"""The shorter way for queries: asked on the event loop, and sent if nothing is out of the ordinary.

Flask takes several times as long to answer a point query as the store takes to evaluate it. What
is out of the ordinary (a page, a mistake, a condition) goes on to Flask, with what was found so
far: nothing is evaluated twice, and no thread waits for a query.
"""

import asyncio
from hashlib import sha256
from typing import Final

from parkgraph.query import Inquiry, QueryFailed
from parkgraph.query.later import Later
from parkgraph.query.scanned import scanned
from parkgraph.web.answering import Forms, Found, Party, forms, keep, look, question
from parkgraph.web.asked import ACCEPT_QUERY, PATHS, Asked, Body, Refused, from_address, from_body
from parkgraph.web.bridge import Response
from parkgraph.web.coding import encoded, fitting, takes_identity, wanted
from parkgraph.web.http import DATA_POLICY, REVALIDATE, SAFE, charset, digest_field, tag_in
from parkgraph.web.http1 import Exchange
from parkgraph.web.kept import Kept, Repeat
from parkgraph.web.live import Edition
from parkgraph.web.request import MAX_BODY, Request
from parkgraph.web.throttle import Throttle
from parkgraph.web.wire import Headers

#: The address of queries.
_ROUTE: Final = "/sparql"
#: Where what was found so far is handed on to Flask.
FOUND: Final = "parkgraph.found"
#: Seconds after which it is worth a look whether the client of a query is still there.
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


class Quick:
    """Asks queries for the clients of a web process.

    Args:
        gate: grants clients their places.
        loop: the event loop of the process.
    """

    def __init__(self, gate: Throttle, loop: asyncio.AbstractEventLoop) -> None:
        self._gate = gate
        self._long = Later(loop, _LONG, _Leaving.watch)

    async def answer(self, request: Request, edition: Edition) -> Repeat | Response | None:
        """The result of a query; None if Flask is to answer.

        Raises:
            asyncio.CancelledError: the client has left.
        """
        said = _said(request)
        if not isinstance(said, Asked) or not _ordinary(said):
            return None
        request.route = _ROUTE
        text, taken = said.queries[0], forms(said.wanted, request.headers.get("accept"))
        if not (taken.plain or taken.page or await _acceptable(text, taken)):
            return None
        asked = question(text, said, taken)
        since = edition.results.cleared
        leaving = _Leaving(request.exchange)
        self._long.add(leaving)
        try:
            party = Party(request.client, self._gate, leaving.inquiry)
            found = await look(asked, edition, party)
        except QueryFailed as error:
            request.handed[FOUND] = error.with_traceback(None)  # it would hold all that was here
            return None
        finally:
            leaving.end()
        made = None
        if found and not (taken.page or said.explain or _conditional(request, found)):
            made = _sent(found, taken, request.headers.get("accept-encoding"))
        if made is None:
            request.handed[FOUND] = found
        if found and not (isinstance(made, Repeat) and request.method == "GET"):
            keep(asked, edition, found, since)
        return made


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
    headers = [
        ("Content-Type", charset(form.media_type)),
        ("Cache-Control", REVALIDATE if answer.cacheable else "no-store"),
        ("Vary", ", ".join((*taken.vary, "Accept-Encoding"))),
        *_HEADERS,
    ]
    if kept is None:  # a large one, from its file
        headers += _of_file(found)
        return Response(200, headers, found.file) if takes_identity(accept_encoding) else None
    coding = fitting(coding, len(kept.body), accept_encoding)
    if coding != "identity" and len(kept.body) > _BRIEF:
        return None
    repeat = _coded(kept, coding, headers)
    return repeat if answer.cacheable else Response(200, headers, repeat.body)


def _of_file(found: Found) -> Headers:
    """What tells of a large result."""
    headers = [
        ("Content-Length", str(found.file.size)),
        ("Content-Digest", digest_field(found.file.digest)),
    ]
    return [*headers, ("ETag", f'"{found.etag}"')] if found.answer.cacheable else headers


def _coded(kept: Kept, coding: str, headers: Headers) -> Repeat:
    """A result in a coding; what is added to ``headers`` is of its bytes, but the entity tag."""
    body, digest = kept.body, kept.digest
    if coding != "identity":
        body = encoded(body, coding)
        digest = sha256(body).digest()
        headers.append(("Content-Encoding", coding))
    headers.append(("Content-Length", str(len(body))))
    headers.append(("Content-Digest", digest_field(digest)))
    etag = f'"{tag_in(kept.etag, coding)}"'
    return Repeat.of(_ROUTE, etag, [*headers, ("ETag", etag)], body)


class _Leaving:
    """Gives an inquiry up when its client leaves; only one that takes long is worth a watch."""

    def __init__(self, exchange: Exchange) -> None:
        self.inquiry: Final = Inquiry()
        self._exchange: Exchange | None = exchange
        self._task: asyncio.Task[None] | None = None

    def end(self) -> None:
        """It has come to its end by itself."""
        self._exchange = None
        if self._task is not None:
            self._task.cancel()

    def watch(self) -> None:
        """Look from now on whether the client is still there, if there is no answer yet."""
        if self._exchange is not None:
            self._task = asyncio.get_running_loop().create_task(self._wait(self._exchange))

    async def _wait(self, exchange: Exchange) -> None:
        await exchange.client_disconnect()
        self.inquiry.give_up()
