"""The access log: a line of JSON for each request, written by a thread of its own.

A slow disk or a full pipe must not hold up the event loop, so what cannot be written in time is
dropped, and counted.
"""

import json
import os
import re
import threading
from collections import deque
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
#: Characters of a path and of a query string that are written.
_PATH: Final = 500
_QUERY: Final = 2000

#: The parameters that some route has; what else is sent may be a secret.
_KNOWN: Final = frozenset(NAMES.get(name, name) for route in ROUTES for name in route.query)
_HIDDEN: Final = "[hidden]"
#: Who somebody is, in an address (RFC 3986 §3.2.1).
_USERINFO: Final = re.compile(r"//[^/\s@]*@")


class Entry(NamedTuple):
    """A request and its answer.

    Attributes:
        began: when it came, in seconds of the epoch.
        size: bytes of the body.
        seconds: until the server had the whole answer; that is not yet with the client.
        release: the name of the release that answered.
    """

    began: float
    request: Request
    status: int
    size: int
    seconds: float
    release: str


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
        lines = [line(self._entries.popleft()) for _ in range(len(self._entries))]
        try:
            for piece in _pieces(lines):
                _whole(self._file, piece)
        except OSError:
            self.dropped += len(lines)


def line(entry: Entry) -> bytes:
    """An entry as a line: JSON in ASCII, so nothing in it ends the line or moves a cursor."""
    request = entry.request
    path = quote(_USERINFO.sub(f"//{_HIDDEN}@", request.path), safe="/:@[]")
    said = {
        "time": datetime.fromtimestamp(entry.began, UTC).isoformat("T", "milliseconds"),
        "id": request.id,
        "client": request.client,
        "method": request.method[:20],
        "path": _cut(path, _PATH),
        "query": _cut(shown(request.query), _QUERY),
        "status": entry.status,
        "bytes": entry.size,
        "ms": round(entry.seconds * 1000, 3),
        "route": request.route or NO_ROUTE,
        "repeat": request.repeat,
        "release": entry.release,
    }
    return json.dumps(said, separators=(",", ":")).encode() + b"\n"


def shown(query: str) -> str:
    """A query string without what may be a secret.

    >>> shown("query=ASK%7B%3Chttp://me:pw@e.org/%3E+?p+?o%7D&token=abc")
    'query=ASK%7B%3Chttp://[hidden]@e.org/%3E+?p+?o%7D&[hidden]'
    """
    pairs = parse_qsl(query, keep_blank_values=True)
    known = [(name, _USERINFO.sub(f"//{_HIDDEN}@", said)) for name, said in pairs if name in _KNOWN]
    rest = [_HIDDEN] if len(known) < len(pairs) else []
    return "&".join([*([urlencode(known, safe="/:@[]?*")] if known else []), *rest])


def _cut(text: str, most: int) -> str:
    return text if len(text) <= most else f"{text[:most]}..."


def _pieces(lines: list[bytes]) -> list[bytes]:
    """Whole lines together, each piece so small that a pipe takes it whole."""
    pieces = [b""]
    for one in lines:
        if len(pieces[-1]) + len(one) > _WHOLE:
            pieces.append(b"")
        pieces[-1] += one
    return pieces


def _whole(file: int, piece: bytes) -> None:
    while piece:
        piece = piece[os.write(file, piece) :]
