"""The way to a SPARQL service elsewhere: a connection that is kept, and one question at a time.

What comes back is a stranger's: its status, type, length and size are checked here, redirects are
not followed, and nothing that it says of itself goes on to a client.
"""

import ssl
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from email.utils import parsedate_to_datetime
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from select import select
from time import time
from typing import Final, Literal
from urllib.parse import SplitResult, urlencode, urlsplit, urlunsplit

from parkgraph import __version__
from parkgraph.errors import Diagnostic, ParkgraphError
from parkgraph.query.rows import Overrun
from parkgraph.query.values import Failure, QueryFailed, failure

#: Where the credentials for the service are found; never on a command line, which others can read.
USER: Final = "PARKGRAPH_ENDPOINT_USER"
PASSWORD: Final = "PARKGRAPH_ENDPOINT_PASSWORD"  # noqa: S105  # the name of a variable
TOKEN: Final = "PARKGRAPH_ENDPOINT_TOKEN"  # noqa: S105  # the same

#: What a query is sent as (SPARQL 1.1 Protocol §2.1.2): the one way that every service knows.
_FORM: Final = "application/x-www-form-urlencoded"
#: Bytes of an error that are read, so that the connection can be kept; none of them is passed on.
_ERROR: Final = 64 * 1024
#: Seconds that a client is told to wait at most, whatever the service says.
_LONGEST_PAUSE: Final = 86_400


def checked_address(url: str) -> str:
    """``url`` if it may be an endpoint.

    Raises:
        ParkgraphError: it is no http(s) address, or holds credentials (PG516).
    """
    try:
        parts = urlsplit(url)
        fault = _fault(parts)
    except ValueError:
        fault = "it is malformed"
    if not fault and not (url.isascii() and url.isprintable() and " " not in url):
        fault = "it holds a character that no address may"
    if fault:
        advice = "name it as http://host:port/sparql"
        # The address is not repeated: there may be a password in it.
        raise ParkgraphError(Diagnostic("PG516", f"no address of an endpoint: {fault}", "", advice))
    return url


def _fault(parts: SplitResult) -> str:
    if parts.username is not None or parts.password is not None or "@" in parts.netloc:
        return f"credentials do not belong there, but into {USER} and {PASSWORD}, or {TOKEN}"
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        return "it is not http(s)"
    if parts.fragment:
        return "it has a fragment"
    parts.hostname.encode("idna")  # a UnicodeError is a ValueError
    return "" if parts.port != 0 else "it is malformed"


def authorization(environment: Mapping[str, str]) -> str | None:
    """The header ``Authorization`` for what the environment has: Basic (RFC 7617) or Bearer.

    Raises:
        ParkgraphError: half of it is missing, or it has both (PG516); no value is repeated.
    """
    user, password, token = (environment.get(name) for name in (USER, PASSWORD, TOKEN))
    if user is None and password is None and token is None:
        return None
    if token is not None and user is None and password is None:
        value = f"Bearer {token}"
    elif token is None and user is not None and password is not None and ":" not in user:
        value = f"Basic {b64encode(f'{user}:{password}'.encode()).decode()}"
    else:
        message = "the credentials for the endpoint are not whole"
        advice = f"set {USER} (without a colon) and {PASSWORD}, or {TOKEN} alone"
        raise ParkgraphError(Diagnostic("PG516", message, help=advice))
    if not (value.isascii() and value.isprintable()):
        message = f"{TOKEN} holds a character that no header may"
        raise ParkgraphError(Diagnostic("PG516", message))
    return value


class Upstream:
    """A service, and at most one open connection to it."""

    def __init__(self, url: str, authorization: str | None) -> None:
        parts = urlsplit(url)
        self._path = urlunsplit(("", "", parts.path or "/", parts.query, ""))
        self._connection = _connection(parts)
        self._headers = {"Content-Type": _FORM, "User-Agent": f"parkgraph/{__version__}"}
        if authorization:
            self._headers["Authorization"] = authorization
        self._server = ""

    @contextmanager
    def asking(
        self, pairs: Sequence[tuple[str, str]], types: str, seconds: float, most: int
    ) -> Iterator["Body"]:
        """The answer to the question that ``pairs`` say, to be read while the block runs.

        Args:
            pairs: parameters of the protocol.
            types: the media types that are taken, as Accept says them.
            seconds: told to a service that takes a time-out.
            most: bytes of the answer.

        Raises:
            QueryFailed: there is no answer, or not one that is taken.
        """
        try:
            with _speaking():
                response = self._sent([*pairs, *self._timeout(seconds)], types)
            self._server = response.headers.get("Server", "")
            if refused := _refused(response):
                _drain(response)
                raise QueryFailed(refused)
            yield Body(response, most)
        except BaseException:
            self._connection.close()
            raise
        if not response.isclosed():
            self._connection.close()

    @property
    def virtuoso(self) -> bool:
        """Whether it has shown to be Virtuoso, which has ways of its own."""
        return self._server.startswith("Virtuoso")

    def _timeout(self, seconds: float) -> list[tuple[str, str]]:
        """The time-out as the service takes it; the protocol itself knows none."""
        return [("timeout", str(round(seconds * 1000)))] if self.virtuoso else []

    def _sent(self, pairs: Sequence[tuple[str, str]], types: str) -> HTTPResponse:
        connection, body = self._connection, urlencode(pairs).encode()
        headers = {**self._headers, "Accept": types}
        if connection.sock is not None and select([connection.sock], [], [], 0)[0]:
            connection.close()  # it has ended, or says something that nobody asked
        kept = connection.sock is not None
        try:
            connection.request("POST", self._path, body, headers)
            return connection.getresponse()
        except ConnectionError:
            # A connection that was kept may have been closed by the other side meanwhile.
            connection.close()
            if not kept:
                raise
        connection.request("POST", self._path, body, headers)
        return connection.getresponse()


class Body:
    """The body of an answer as a file: what is missing of it, or too much, is an error.

    Attributes:
        media_type: what it says that it is.
        most_rows: how many rows the service gives at most, if it has just reached that; else 0.
        bounded: whether its end can be told from a connection that broke off.
    """

    def __init__(self, response: HTTPResponse, most: int) -> None:
        self._response, self._left = response, most
        self.media_type = response.headers.get_content_type()
        limit = response.headers.get("X-SPARQL-MaxRows", "")
        self.most_rows = int(limit) if limit.isdecimal() and len(limit) < 20 else 0
        self.bounded = response.length is not None or bool(response.chunked)

    def read(self, size: int = -1) -> bytes:
        """The next ``size`` bytes, less at the end alone.

        Raises:
            QueryFailed: the connection broke off.
            Overrun: there are more bytes than may be.
        """
        with _speaking():
            piece = self._response.read(None if size < 0 else size)
        if not piece and self._response.length:
            raise QueryFailed(nonsense("its answer broke off"))
        self._left -= len(piece)
        if self._left < 0:
            raise Overrun("bytes")
        return piece


def nonsense(message: str) -> Failure:
    """What the endpoint did is not to be understood."""
    return failure("upstream", f"the endpoint behind this server failed: {message}", where="")


def _connection(parts: SplitResult) -> HTTPConnection:
    host = parts.hostname or ""
    if parts.scheme == "https":
        return HTTPSConnection(host, parts.port, context=ssl.create_default_context())
    return HTTPConnection(host, parts.port)


@contextmanager
def _speaking() -> Iterator[None]:
    """What goes wrong on the way, said in words that tell nothing of the way."""
    try:
        yield
    except ssl.SSLError as error:
        raise QueryFailed(nonsense("there is no trusted connection to it")) from error
    except HTTPException as error:
        raise QueryFailed(nonsense("its answer is no HTTP, or broke off")) from error
    except OSError as error:
        raise QueryFailed(nonsense("it cannot be reached")) from error


def _refused(response: HTTPResponse) -> Failure | None:
    """Why an answer is none, by its status and by what Virtuoso says of itself in headers."""
    status = response.status
    if status == 200 and "X-SQL-State" in response.headers:
        # S1TAT: rows that were found in time, as if they were all.
        return _LATE
    if status == 200:
        coding = response.headers.get("Content-Encoding", "identity")
        return None if coding.lower() == "identity" else nonsense("its answer is compressed")
    if status in _BUSY:
        return _overloaded(response.headers.get("Retry-After", ""))
    kind, message, advice = _STATUSES.get(status, _OTHER)
    if kind == "upstream":
        return nonsense("it redirects to another address" if 300 <= status < 400 else message)
    return failure(kind, message, where="", advice=advice)


_Said = tuple[Literal["upstream", "late", "evaluation"], str, str]
_REWRITE: Final = "it parses here: it may lack a part of SPARQL 1.1, or have a limit of its own"
_OTHER: Final[_Said] = ("upstream", "it answers with an error", "")
_TIME: Final = "the endpoint behind this server stopped at its own time limit"
_SHORTER: Final = "ask for less: LIMIT, or patterns that select more"
_STATUSES: Final[Mapping[int, _Said]] = {
    400: ("evaluation", "the endpoint behind this server refuses the query", _REWRITE),
    401: ("upstream", "it asks for other credentials", ""),
    403: ("upstream", "it asks for other credentials", ""),
    404: ("upstream", "there is no SPARQL service at its address", ""),
    408: ("late", _TIME, _SHORTER),
    413: ("evaluation", "the endpoint behind this server refuses the query as too long", ""),
    504: ("late", _TIME, _SHORTER),
}
_LATE: Final = failure("late", _TIME, where="", advice=_SHORTER)
_BUSY: Final = frozenset({429, 503})


def _overloaded(retry_after: str) -> Failure:
    """Busy, with the pause that the service asks for (RFC 9110 §10.2.3)."""
    pause = 0
    if retry_after.isdecimal():
        pause = int(retry_after[:9])
    else:
        with suppress(ValueError, OverflowError):
            pause = round(parsedate_to_datetime(retry_after).timestamp() - time())
    why = failure("overloaded", "the endpoint behind this server is busy", where="")
    return Failure(why.kind, why.finding, max(0, min(pause, _LONGEST_PAUSE)))


def _drain(response: HTTPResponse) -> None:
    with suppress(OSError, HTTPException):
        response.read(_ERROR)
