"""One request, and the same as WSGI has it."""

import io
import sys
from typing import TYPE_CHECKING, Final

from parkgraph.web.asked import Asked, Refused
from parkgraph.web.http1 import Exchange
from parkgraph.web.ids import HEADER, VARIABLE, request_id
from parkgraph.web.peers import Peers, host
from parkgraph.web.wire import Fields, Headers

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

#: The largest request body, in bytes: a query text of 256 kB, urlencoded.
MAX_BODY: Final = 1_000_000
#: How much of a body that is too large is read past all the same, in bytes: a client that is still
#: sending when the answer comes may see a broken connection in its place.
MAX_PAST: Final = 16_000_000

_ID: Final = HEADER.lower()


class Request:
    """What is asked for, and by whom.

    Attributes:
        path: with percent-encoding undone.
        query: the query string as it came.
        peer: the other end of the connection, with its port.
        client: the address that limits go by.
        body: empty until it was read.
        handed: what has been found out already, for whoever goes on with the request.
        asked: what it asks the SPARQL endpoint, where that was tried to be told at once.
        id: what it is called in the answer and in the log.
        repeat: whether it is answered from what was kept.
        route: the template of its address, once somebody knows it; of a bounded number.
        exchange: how it came, and where its answer goes.
    """

    __slots__ = (
        "asked",
        "body",
        "client",
        "exchange",
        "handed",
        "headers",
        "id",
        "method",
        "path",
        "peer",
        "query",
        "repeat",
        "route",
    )

    def __init__(self, exchange: Exchange) -> None:
        self.exchange: Final = exchange
        self.method: Final = exchange.method
        self.path: Final = exchange.path
        self.query: Final = exchange.query
        self.headers: Final[Fields] = exchange.headers
        self.id: Final = request_id(self.headers.get(_ID))
        self.route = ""
        self.repeat = False
        self.asked: Asked | Refused | None = None
        self.peer: Final = exchange.peer
        self.client = ""
        self.body = b""
        self.handed: dict[str, object] = {}

    def identify(self, peers: Peers) -> None:
        """Find out whose it is."""
        forwarded = self.headers.get_all("x-forwarded-for") if peers.trusted else ()
        self.client = peers.client(host(self.peer), ",".join(forwarded))

    def crooked(self) -> bool:
        """Whether HTTP has no such request (RFC 9112 §3.2).

        Flask would lead from a path without a slash to one with it.
        """
        return self.exchange.odd or self.path[:1] != "/"

    @property
    def embodied(self) -> bool:
        """Whether it comes with a body (RFC 9112 §6)."""
        return "content-length" in self.headers or "transfer-encoding" in self.headers

    async def read(self) -> bool:
        """Read the body, as far as it is of use; False if the client left before its end."""
        declared = self.headers.get("content-length") or ""
        if declared.isdecimal() and int(declared) > MAX_PAST:
            return True  # refused for what it declares, wherever a body is expected
        pieces, size = [], 0
        async for piece in self.exchange:
            if size <= MAX_BODY:
                pieces.append(piece)
            size += len(piece)
            if size > MAX_PAST:
                return True
        self.body = b"".join(pieces)
        return self.exchange.complete

    def environ(self) -> "WSGIEnvironment":
        """The request as WSGI has it (PEP 3333)."""
        exchange = self.exchange
        server = exchange.server
        made: WSGIEnvironment = {
            "REQUEST_METHOD": self.method,
            "SCRIPT_NAME": "",
            "PATH_INFO": self.path.encode().decode("latin-1"),
            "QUERY_STRING": self.query,
            "REQUEST_URI": f"{exchange.raw}?{self.query}" if self.query else exchange.raw,
            "SERVER_NAME": host(server),
            "SERVER_PORT": server.rpartition(":")[2],
            "SERVER_PROTOCOL": f"HTTP/{exchange.http_version}",
            "REMOTE_ADDR": self.client,
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(self.body),
            "wsgi.errors": sys.stderr,
            "wsgi.multithread": True,
            "wsgi.multiprocess": True,
            "wsgi.run_once": False,
            VARIABLE: self.id,
        }
        made.update(_variables(self.headers.items()))
        if self.body:
            made["CONTENT_LENGTH"] = str(len(self.body))
        if exchange.authority:
            made.setdefault("HTTP_HOST", exchange.authority)
        return {**made, **self.handed}


#: Headers that an application behind a server is not to hear: some libraries take ``Proxy`` for a
#: setting of their own, and chunks are put together already.
_UNHEARD: Final = frozenset({"proxy", "transfer-encoding"})


def _variables(headers: Headers) -> dict[str, str]:
    """Headers as variables of an environment; those that could pass for another are left out."""
    made: dict[str, str] = {}
    for name, value in headers:
        if "_" in name or name in _UNHEARD:
            continue
        variable = name.upper().replace("-", "_")
        if name not in {"content-type", "content-length"}:
            variable = f"HTTP_{variable}"
        between = "; " if name == "cookie" else ", "
        made[variable] = f"{made[variable]}{between}{value}" if variable in made else value
    return made
