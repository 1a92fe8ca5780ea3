"""The connections of a web process as the kernel knows them.

When an answer has been read the kernel alone knows. So a thread asks it of every connection twice a
second, and ends what takes too long or is too much.

The kernel is Linux: elsewhere there is nothing to see, and these limits do not hold.
"""

import os
import socket
import struct
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from parkgraph.web.http1 import Connection
from parkgraph.web.limits import Limits
from parkgraph.web.peers import Peers, host

#: Seconds between two looks.
INTERVAL: Final = 0.5
#: Bytes a second that a client reads at least, while there is something for it to read.
SLOWEST: Final = 100

#: Of ``struct tcp_info`` (linux/tcp.h): how much of it is read, and where in it stand bytes sent
#: and not acknowledged, all bytes acknowledged and received, bytes not yet sent, segments sent.
_TCP_INFO: Final = 192
_STATE: Final = struct.Struct("=B")
_UNACKED: Final = struct.Struct("=I"), 24
_ACKED_RECEIVED: Final = struct.Struct("=QQ"), 120
_NOT_SENT: Final = struct.Struct("=I"), 144
_SEGMENTS_OUT: Final = struct.Struct("=I"), 156

#: ``struct linger`` that leaves nothing to be sent when the server closes a connection.
_AT_ONCE: Final = struct.pack("ii", 1, 0)
#: What is said to a client whose request has not come in time; nothing was said to it before.
_TOO_LATE: Final = b"HTTP/1.1 408 Request Timeout\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"


class Seen(NamedTuple):
    """What the kernel knows of one connection.

    Attributes:
        peer: its other end, with the port.
        owed: whether there are bytes that the client has not taken yet.
        acked: bytes that it has taken, since it came.
        asked: whether it has sent anything.
        answered: whether it was sent anything.
    """

    number: int
    peer: str
    owed: bool
    acked: int
    asked: bool
    answered: bool


@dataclass(slots=True)
class _Past:
    """What is remembered of a connection: since when it has been quiet, and how it read."""

    quiet: float
    read: float
    acked: int = 0
    marked: int = 0


@dataclass(slots=True)
class _Download:
    client: str
    looks: int = 0
    acked: int = -1


@dataclass(slots=True)
class Downloads:
    """Files that are being sent, by the other end of their connection."""

    under_way: dict[str, _Download] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def begin(self, peer: str, client: str) -> None:
        """One is sent to ``client``."""
        with self.lock:
            self.under_way[peer] = _Download(client)

    def end(self, peer: str) -> None:
        """Whatever was sent there has been read: another request came."""
        if self.under_way:
            with self.lock:
                self.under_way.pop(peer, None)

    def count(self, client: str) -> tuple[int, int]:
        """How many there are, in all and to ``client``."""
        with self.lock:
            clients = [one.client for one in self.under_way.values()]
        return len(clients), clients.count(client)

    def look(self, seen: dict[str, Seen]) -> None:
        """Forget those that were read to their end, or given up."""
        with self.lock:
            for peer, one in list(self.under_way.items()):
                found = seen.get(peer)
                one.looks += 1
                at_rest = found and not found.owed and found.acked == one.acked
                if (found is None or at_rest) and one.looks > 1:
                    del self.under_way[peer]
                elif found:
                    one.acked = found.acked


class Connections:
    """Watches the connections of clients.

    Attributes:
        downloads: the files that are being sent.
        busy: other ends whose request is being answered; for whoever answers it to say.
        crowding: clients with more connections than they may have, all of them at work.
        open: all that there are, by their other end; for who accepts them to say.
    """

    def __init__(self, limits: Limits, peers: Peers) -> None:
        self.downloads: Final = Downloads()
        self.crowding: frozenset[str] = frozenset()
        self.open: Final[dict[str, Connection]] = {}
        self._limits, self._peers = limits, peers
        self.busy: Final[set[str]] = set()
        self._past: dict[str, _Past] = {}
        self._done = threading.Event()

    def start(self) -> None:
        """Look again and again, in a thread."""
        if sys.platform == "linux":
            threading.Thread(target=self._watch, name="connections", daemon=True).start()

    def close(self) -> None:
        """Look no more."""
        self._done.set()

    def _watch(self) -> None:
        while not self._done.wait(INTERVAL):
            self.look(time.monotonic())

    def look(self, now: float) -> None:
        """Look once."""
        seen = {one.peer: one for one in _look(list(self.open.values()))}
        self._past = {peer: self._remember(one, now) for peer, one in seen.items()}
        self.downloads.look(seen)
        ended = {one.peer for one in seen.values() if self._end_slow(one, now)}
        self._thin([one for one in seen.values() if one.peer not in ended])

    def _remember(self, one: Seen, now: float) -> _Past:
        past = self._past.get(one.peer) or _Past(now, now, one.acked, one.acked)
        if one.owed or one.acked != past.acked or one.peer in self.busy:
            past.quiet = now
        if not one.owed or one.acked - past.marked >= SLOWEST * self._limits.seconds:
            past.read, past.marked = now, one.acked
        past.acked = one.acked
        return past

    def _end_slow(self, one: Seen, now: float) -> bool:
        """End it if nothing was read, or no request came, for as long as a client may take."""
        past = self._past[one.peer]
        if now - past.read > self._limits.seconds:
            return end(one, drop=True)
        if now - past.quiet > self._limits.seconds:
            return end(one, _TOO_LATE if one.asked and not one.answered else b"")
        return False

    def _thin(self, there: list[Seen]) -> None:
        """Close what is too much, as far as nothing happens on it: the longest quiet first."""
        limits = self._limits
        clients = Counter(host(one.peer) for one in there)
        excess = len(there) - limits.connections
        for one in sorted(there, key=lambda one: self._past[one.peer].quiet):
            client = host(one.peer)
            crowded = clients[client] > limits.client_connections and not self._exempt(client)
            if (excess > 0 or crowded) and self._idle(one) and end(one):
                clients[client] -= 1
                excess -= 1
        crowding = {name for name, number in clients.items() if number > limits.client_connections}
        self.crowding = frozenset(name for name in crowding if not self._exempt(name))

    def _idle(self, one: Seen) -> bool:
        sending = one.owed or one.peer in self.downloads.under_way
        return not sending and one.peer not in self.busy

    def _exempt(self, client: str) -> bool:
        """Whether it speaks for many."""
        return self._peers.trusts(client)


def _look(connections: list[Connection]) -> Iterator[Seen]:
    for one in connections:
        with suppress(OSError), _borrowed(one.number) as found:  # it may have ended meanwhile
            if _written(found) == one.peer:
                yield _read(found)


@contextmanager
def _borrowed(number: int) -> Iterator[socket.socket]:
    """A socket that somebody else has open.

    Raises:
        OSError: there is none of this number.
    """
    found = socket.socket(fileno=number)
    try:
        yield found
    finally:
        found.detach()


def _written(connection: socket.socket) -> str:
    """The other end, with its port.

    Raises:
        OSError: the client is gone.
    """
    address, port = connection.getpeername()[:2]
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def _read(connection: socket.socket) -> Seen:
    """What the kernel knows of a connection.

    Raises:
        OSError: it is gone.
    """
    info = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _TCP_INFO)
    (unacked,), (not_sent,), (segments,) = (
        shape.unpack_from(info, at) for shape, at in (_UNACKED, _NOT_SENT, _SEGMENTS_OUT)
    )
    shape, at = _ACKED_RECEIVED
    acked, received = shape.unpack_from(info, at)
    owed, number = bool(unacked or not_sent), connection.fileno()
    return Seen(number, _written(connection), owed, acked, received > 0, segments > 0)


def owes(connection: socket.socket) -> bool:
    """Whether there are bytes on a connection that the client has not taken yet."""
    with suppress(OSError):  # it is gone
        return _read(connection).owed
    return False


def end(one: Seen, words: bytes = b"", *, drop: bool = False) -> bool:
    """End a connection, if its number still means it; True if that was so.

    Args:
        one: the connection.
        words: what is said before.
        drop: whether the kernel forgets what the client has not taken, instead of keeping it.
    """
    with suppress(OSError), socket.socket(fileno=os.dup(one.number)) as connection:
        if _written(connection) != one.peer:
            return False
        if drop:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _AT_ONCE)
        if words:
            connection.send(words, socket.MSG_DONTWAIT)
        connection.shutdown(socket.SHUT_RDWR)
        return True
    return False
