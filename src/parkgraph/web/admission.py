"""Who gets in: what is refused before any work is done for it, and with which status."""

import asyncio
import math
import time
from collections import Counter, OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from typing import Final

from parkgraph.errors import Diagnostic
from parkgraph.query import SpoolFile
from parkgraph.web.bridge import THREADS, Response
from parkgraph.web.connections import INTERVAL, Connections
from parkgraph.web.http import DATA_POLICY, SAFE, details
from parkgraph.web.http1 import HEAD, HEADERS, TARGET
from parkgraph.web.limits import Limits
from parkgraph.web.request import Request

#: How many seconds' worth of requests a client that was quiet may send at once.
_BURST: Final = 5
#: How many looks at the connections a download waits for a place.
_PATIENCE: Final = 3
#: How many clients' requests are counted; who was quiet longest is forgotten first.
_CLIENTS: Final = 10_000
#: Seconds after which to come again.
_SOON: Final = 1

_MALFORMED: Final = Diagnostic(
    "PG620",
    "the request cannot be read",
    help="it needs a path that begins with a slash, and one Host (RFC 9112 §3.2)",
)
_TOO_SLOW: Final = Diagnostic(
    "PG650", "the request did not come in time", help="send its body without a pause"
)
_TOO_OFTEN: Final = Diagnostic(
    "PG651", "this client asks too often", help="wait as long as Retry-After says"
)
_TOO_MANY: Final = Diagnostic(
    "PG652",
    "this client has too much under way",
    help="let some of it end before you ask for more",
)
_BUSY: Final = Diagnostic(
    "PG653", "the server has too much to do", help="ask again after the time in Retry-After"
)


class Admission:
    """Counts what is under way, and refuses what would be too much."""

    def __init__(self, limits: Limits, connections: Connections) -> None:
        self._limits, self._connections = limits, connections
        self._waiting: Counter[str] = Counter()
        self._most = THREADS + limits.waiting
        self._tokens: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self.rated: Final = limits.client_rate > 0

    def refused(self, request: Request) -> Response | None:
        """The answer to what cannot be answered at all, or comes from a client with too much."""
        if request.crooked():
            return refusal(request, 400, _MALFORMED, close=True)
        if request.client in self._connections.crowding:
            return refusal(request, 429, _TOO_MANY, _SOON, close=True)
        return None

    def overdone(self, request: Request) -> Response | None:
        """The answer to a client that asks too often (a bucket of tokens for each)."""
        rate, now = self._limits.client_rate, time.monotonic()
        most = max(_BURST * rate, 1.0)
        tokens, then = self._tokens.pop(request.client, (most, now))
        tokens = min(most, tokens + (now - then) * rate)
        granted = tokens >= 1
        self._tokens[request.client] = (tokens - granted, now)
        if len(self._tokens) > _CLIENTS:
            self._tokens.popitem(last=False)
        wait = math.ceil((1 - tokens) / rate)
        return None if granted else refusal(request, 429, _TOO_OFTEN, wait)

    async def body(self, request: Request) -> Response | None:
        """Read the body of a request; or the answer to a client that is too slow with it.

        Raises:
            asyncio.CancelledError: the client has left.
        """
        try:
            async with asyncio.timeout(self._limits.seconds):
                if await request.read():
                    return None
        except TimeoutError:
            return refusal(request, 408, _TOO_SLOW, close=True)
        raise asyncio.CancelledError

    @contextmanager
    def thread(self, request: Request) -> Iterator[Response | None]:
        """Wait for a thread while the block runs; or the answer if too many wait already.

        One client may have half of all places.
        """
        client = request.client
        if self._waiting.total() >= self._most:
            yield refusal(request, 503, _BUSY, _SOON)
            return
        if self._waiting[client] >= self._most // 2:
            yield refusal(request, 429, _TOO_MANY, _SOON)
            return
        self._waiting[client] += 1
        try:
            yield None
        finally:
            self._waiting[client] -= 1
            if not self._waiting[client]:
                del self._waiting[client]

    async def sent(self, request: Request, answer: Response) -> Response:
        """The answer; if it is a large file and there are too many, another one.

        That a file has been read is known a little later: so there is some patience.
        """
        if not answer.large or request.method == "HEAD":
            return answer
        self._connections.downloads.end(request.peer)  # this one takes its place
        refused = self._full(request)
        for _ in range(_PATIENCE if refused else 0):
            await asyncio.sleep(INTERVAL)
            refused = refused if self._full(request) else None
            if refused is None:
                break
        if refused is None:
            self._connections.downloads.begin(request.peer, request.client)
            return answer
        if isinstance(answer.body, SpoolFile):
            answer.body.close()
        return refused

    def _full(self, request: Request) -> Response | None:
        everyone, own = self._connections.downloads.count(request.client)
        if everyone >= self._limits.downloads:
            return refusal(request, 503, _BUSY, _SOON)
        if own >= self._limits.client_downloads:
            return refusal(request, 429, _TOO_MANY, _SOON)
        return None


#: What is said of bytes that are no request, or too much of one.
_UNREAD: Final = {
    400: Diagnostic("PG620", "the request cannot be read", help="check its syntax (RFC 9112)"),
    408: Diagnostic("PG650", "the request did not come in time", help="send it without a pause"),
    414: Diagnostic("PG620", "the address is too long", help=f"{TARGET:,} bytes at most"),
    431: Diagnostic(
        "PG620", "too many headers", help=f"{HEADERS} at most, and {HEAD:,} bytes of them"
    ),
    501: Diagnostic(
        "PG620",
        "the method, or the transfer coding, is not known",
        help="GET, HEAD, POST, QUERY, OPTIONS; chunked",
    ),
    503: Diagnostic("PG653", "there are too many connections", help="come again in a while"),
    505: Diagnostic("PG620", "the version of HTTP is not known", help="HTTP/1.1"),
}


def unread(request: Request, status: int) -> Response:
    """The answer to what is no request; the connection ends with it."""
    after = _SOON if status == HTTPStatus.SERVICE_UNAVAILABLE else 0
    return refusal(request, status, _UNREAD[status], after, close=True)


def refusal(
    request: Request, status: int, finding: Diagnostic, after: int = 0, *, close: bool = False
) -> Response:
    """A problem (RFC 9457), made without much work; with ``close`` the connection ends."""
    body = details(status, finding, {"instance": request.path, "request": request.id})
    headers = [
        ("Content-Type", "application/problem+json"),
        ("Content-Length", str(len(body))),
        ("Cache-Control", "no-store"),
        ("Content-Security-Policy", DATA_POLICY),
        *SAFE.items(),
        *([("Retry-After", str(after))] if after else []),
    ]
    return Response(status, headers, body, close)
