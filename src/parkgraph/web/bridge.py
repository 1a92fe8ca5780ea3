"""Runs the Flask application, which is WSGI, for requests of the event loop.

A bounded number of threads run it, and none of them waits for a client: the body of a request is
read before, what is large is sent as a file, and the rest is complete in memory.
"""

import asyncio
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar, TypeVarTuple

from parkgraph.query import SpoolFile
from parkgraph.web.brief import Brief
from parkgraph.web.turns import Turns
from parkgraph.web.wire import Headers, head

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication, WSGIEnvironment

T = TypeVar("T")
_Given = TypeVarTuple("_Given")

#: Requests that Flask has in hand at once.
THREADS: Final = 32
#: What fits into the buffers of a connection is no download: it is gone as soon as it is sent.
_LARGE: Final = 256_000
_CONTENT_RANGE: Final = re.compile(r"bytes (\d+)-(\d+)/\d+")
#: How Flask names a file that the server is to send (``USE_X_SENDFILE``).
_SENDFILE: Final = "x-sendfile"


@dataclass(frozen=True, slots=True)
class File:
    """A file of ``size`` bytes by its path, or the bytes from ``start`` until before ``end``."""

    path: str
    size: int
    start: int = 0
    end: int | None = None

    @property
    def past(self) -> int:
        """Where the bytes that are sent end."""
        return self.size if self.end is None else self.end

    def read(self) -> bytes:
        """Those bytes; fewer if there are no more.

        Raises:
            OSError: it cannot be read.
        """
        with Path(self.path).open("rb") as opened:
            opened.seek(self.start)
            return opened.read(self.past - self.start)


@dataclass(frozen=True, slots=True)
class Response:
    """What goes back.

    Attributes:
        close: whether the connection ends with it.
    """

    status: int
    headers: Headers
    body: bytes | File | SpoolFile = b""
    close: bool = False

    @property
    def head(self) -> bytes:
        """The status line and the headers as they go over the wire."""
        return head(self.status, self.headers, self.size)

    @property
    def size(self) -> int:
        """Bytes of the body."""
        body = self.body
        return body.past - body.start if isinstance(body, File) else len(body)

    @property
    def large(self) -> bool:
        """Whether it is a file that takes a while to be sent."""
        return not isinstance(self.body, bytes) and self.size >= _LARGE


class Bridge:
    """The way to a WSGI application."""

    def __init__(self, app: "WSGIApplication") -> None:
        self._app = app
        self._threads = ThreadPoolExecutor(THREADS, "request")
        self._turns = Turns()

    async def answer(self, environ: "WSGIEnvironment") -> Response:
        """What the application says."""
        return await self.run(_run, self._app, environ)

    async def run(self, work: Callable[[*_Given], T], *given: *_Given) -> T:
        """What ``work`` makes of what it is given, in a thread."""
        async with self._turns.turn():
            return await self._in_thread(work, *given)

    async def run_briefly(self, brief: Brief, work: Callable[[*_Given], T], *given: *_Given) -> T:
        """The same of work that ``brief`` does in its turn, unless it is too slow for that."""
        async with self._turns.turn():
            if not brief.room():
                await asyncio.sleep(0)  # others are answered before
            return await self._in_thread(work, *given) if brief.slow else brief.do(work, *given)

    async def _in_thread(self, work: Callable[[*_Given], T], *given: *_Given) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work, *given)

    def close(self) -> None:
        """Begin nothing more, and wait for what was begun."""
        self._threads.shutdown(cancel_futures=True)


def _run(app: "WSGIApplication", environ: "WSGIEnvironment") -> Response:
    started: list[tuple[str, Headers]] = []
    chunks: list[bytes] = []

    def start(status: str, headers: Headers, _: Any = None) -> Callable[[bytes], object]:  # noqa: ANN401  # exc_info, as WSGI leaves it
        started[:] = [(status, headers)]
        return chunks.append

    body = app(environ, start)
    try:
        chunks.extend(body)
    finally:
        if close := getattr(body, "close", None):
            close()
        # It holds the request, and the request it: what both hold would wait for the collector.
        environ.pop("werkzeug.request", None)
        environ.pop("wsgi.input").close()
    # The time of day is said as it goes out, whatever was said when it was made.
    headers = [pair for pair in started[0][1] if pair[0].lower() != "date"]
    status = int(started[0][0][:3])
    return _with_file(status, headers) or Response(status, headers, b"".join(chunks))


def _with_file(status: int, headers: Headers) -> Response | None:
    """The response if it is a file, or a part of one, that the application only names."""
    said = {name.lower(): value for name, value in headers}
    path = said.get(_SENDFILE)
    if path is None:
        return None
    left = [pair for pair in headers if pair[0].lower() != _SENDFILE]
    part = _CONTENT_RANGE.fullmatch(said.get("content-range", ""))
    size = int(said.get("content-length", 0))
    file = File(path, size, int(part[1]), int(part[2]) + 1) if part else File(path, size)
    return Response(status, left, file)
