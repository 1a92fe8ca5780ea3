"""The access log: a line of JSON for each request, written by a thread of its own.

A slow disk or a full pipe must not hold up the event loop, so what cannot be written in time is
dropped, and counted.
"""

import json
import os
import re
import threading
from collections import deque
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Final, NamedTuple
from urllib.parse import parse_qsl, quote, urlencode

from parkgraph.web.request import Request
from parkgraph.web.routes import NAMES, ROUTES
from parkgraph.web.traffic import NO_ROUTE

#: Stands for the standard error.
STDERR: Final = "-"
#: Lines that may wait, and seconds until those that do are written.
_MOST: Final = 20_000
_PAUSE: Final = 0.2
#: Bytes that are written at once: a pipe takes that whole, whoever else writes to it (PIPE_BUF).
_WHOLE: Final = 4096
#: Characters of a path and of a query string that are kept and written.
_PATH: Final = 500
_QUERY: Final = 2000

#: The parameters that some route has; what else is sent may be a secret.
_KNOWN: Final = frozenset(NAMES.get(name, name) for route in ROUTES for name in route.query)
_HIDDEN: Final = "[hidden]"
#: Who somebody is, in an address (RFC 3986 §3.2.1).
_USERINFO: Final = re.compile(r"//[^/\s@]*@")
_CUT_USERINFO: Final = re.compile(r"//[^/\s@]*(?:@|\Z)")


class Entry(NamedTuple):
    """What is logged of a request and its answer: short, for thousands may wait for a slow disk.

    Attributes:
        began: when it came, in seconds of the epoch.
        path: its first characters, with percent-encoding undone.
        query: the first characters of the query string as it came.
        size: bytes of the body.
        seconds: until the server had the whole answer; that is not yet with the client.
        release: the name of the release that answered.
    """

    began: float
    id: str
    client: str
    method: str
    path: str
    query: str
    status: int
    size: int
    seconds: float
    route: str
    repeat: bool
    release: str


def noted(
    request: Request, began: float, outcome: tuple[int, int], seconds: float, release: str
) -> Entry:
    """What is logged of a request: its body, its headers and its connection are let go of."""
    return Entry(
        began,
        request.id,
        request.client,
        request.method[:20],
        # One more than is written, which tells that there was more.
        request.path[: _PATH + 1],
        request.query[: _QUERY + 1],
        *outcome,
        seconds,
        request.route,
        request.repeat,
        release,
    )


class AccessLog:
    """Writes entries to a file, or to the standard error.

    Raises:
        OSError: the file cannot be written.
    """

    def __init__(self, path: str) -> None:
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
        self._file = os.dup(2) if path == STDERR else os.open(path, flags, 0o640)
        self._entries: deque[Entry] = deque()
        self._ended = threading.Event()
        self.dropped = 0
        self._thread = threading.Thread(target=self._run, name="access log", daemon=True)
        self._thread.start()

    @property
    def waiting(self) -> int:
        """How many entries are not written yet."""
        return len(self._entries)

    def put(self, entry: Entry) -> None:
        """Have it written soon."""
        if len(self._entries) < _MOST:
            self._entries.append(entry)
        else:
            self.dropped += 1

    def close(self) -> None:
        """Write what waits; for a second at most."""
        self._ended.set()
        self._thread.join(1.0)

    def _run(self) -> None:
        while not self._ended.wait(_PAUSE):
            self._write()
        self._write()
        os.close(self._file)

    def _write(self) -> None:
        waiting = (line(self._entries.popleft()) for _ in range(len(self._entries)))
        for lines in _pieces(waiting):  # one after the other: what is stuck is one piece
            try:
                _whole(self._file, b"".join(lines))
            except OSError:
                self.dropped += len(lines)


def line(entry: Entry) -> bytes:
    """An entry as a line: JSON in ASCII, so nothing in it ends the line or moves a cursor."""
    path = quote(_hidden(entry.path, cut=len(entry.path) > _PATH), safe="/:@[]")
    said = {
        "time": datetime.fromtimestamp(entry.began, UTC).isoformat("T", "milliseconds"),
        "id": entry.id,
        "client": entry.client,
        "method": entry.method,
        "path": _cut(path, _PATH, entry.path),
        "query": _cut(shown(entry.query), _QUERY, entry.query),
        "status": entry.status,
        "bytes": entry.size,
        "ms": round(entry.seconds * 1000, 3),
        "route": entry.route or NO_ROUTE,
        "repeat": entry.repeat,
        "release": entry.release,
    }
    return json.dumps(said, separators=(",", ":")).encode() + b"\n"


def shown(query: str) -> str:
    """A query string without what may be a secret.

    >>> shown("query=ASK%7B%3Chttp://me:pw@e.org/%3E+?p+?o%7D&token=abc")
    'query=ASK%7B%3Chttp://[hidden]@e.org/%3E+?p+?o%7D&[hidden]'
    """
    pairs = parse_qsl(query, keep_blank_values=True)
    cut = len(query) > _QUERY
    known = [(name, _hidden(said, cut=cut)) for name, said in pairs if name in _KNOWN]
    rest = [_HIDDEN] if len(known) < len(pairs) else []
    return "&".join([*([urlencode(known, safe="/:@[]?*")] if known else []), *rest])


def _hidden(text: str, *, cut: bool) -> str:
    """A text without who somebody is; ``cut``: its end may be missing, and with it the «@»."""
    return (_CUT_USERINFO if cut else _USERINFO).sub(f"//{_HIDDEN}@", text)


def _cut(text: str, most: int, noted: str) -> str:
    return f"{text[:most]}..." if max(len(text), len(noted)) > most else text


def _pieces(lines: Iterable[bytes]) -> Iterator[list[bytes]]:
    """Whole lines together, each piece so small that a pipe takes it whole."""
    piece: list[bytes] = []
    for one in lines:
        if piece and sum(map(len, piece)) + len(one) > _WHOLE:
            yield piece
            piece = []
        piece.append(one)
    if piece:
        yield piece


def _whole(file: int, piece: bytes) -> None:
    while piece:
        piece = piece[os.write(file, piece) :]
