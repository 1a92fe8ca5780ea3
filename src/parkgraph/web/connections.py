"""The connections of a web process as the kernel knows them.

When an answer has been read the kernel alone knows (:mod:`parkgraph.web.tcp`). So a thread asks it
of every connection twice a second, and has the event loop end what takes too long or is too much.
"""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from parkgraph.web.http1 import Connection
from parkgraph.web.limits import Limits
from parkgraph.web.peers import Peers, host
from parkgraph.web.tcp import figures

#: Seconds between two looks.
INTERVAL: Final = 0.5
#: Bytes a second that a client reads at least, while there is something for it to read.
SLOWEST: Final = 100


class Seen(NamedTuple):
    """A connection, and what the kernel knows of it."""

    connection: Connection
    owed: bool
    acked: int


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
    sent: bool = False
    looked: bool = False


@dataclass(slots=True)
class Downloads:
    """Files that are being sent, by the other end of their connection."""

    under_way: dict[str, _Download] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def begin(self, peer: str, client: str) -> None:
        """One is sent to ``client``."""
        with self.lock:
            self.under_way[peer] = _Download(client)

    def sent(self, peer: str) -> None:
        """The kernel has all of it, or nothing more is sent; nothing, if it was no download."""
        with self.lock:
            if (one := self.under_way.get(peer)) is not None:
                one.sent = True

    def end(self, peer: str) -> None:
        """Forget one; there is none, as a rule."""
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
                if one.looked and not (found and found.owed):
                    del self.under_way[peer]
                one.looked = one.sent  # what was seen now may have been so before it was sent


class Connections:
    """Watches the connections of clients.

    Attributes:
        downloads: the files that are being sent.
        crowding: clients with more connections than they may have, all of them at work.
        open: all that there are, by their other end; for who accepts them to say.
    """

    def __init__(self, limits: Limits, peers: Peers) -> None:
        self.downloads: Final = Downloads()
        self.crowding: frozenset[str] = frozenset()
        self.open: Final[dict[str, Connection]] = {}
        self._limits, self._peers = limits, peers
        self._past: dict[str, _Past] = {}
        self._done = threading.Event()

    def start(self) -> None:
        """Look again and again, in a thread."""
        threading.Thread(target=self._watch, name="connections", daemon=True).start()

    def close(self) -> None:
        """Look no more."""
        self._done.set()

    def _watch(self) -> None:
        while not self._done.wait(INTERVAL):
            self.look(time.monotonic())

    def look(self, now: float) -> None:
        """Look once."""
        seen = {one.connection.peer: one for one in _look(list(self.open.values()))}
        self._past = {peer: self._remember(one, now) for peer, one in seen.items()}
        self.downloads.look(seen)
        self._thin([one for one in seen.values() if not self._end_slow(one, now)])

    def _remember(self, one: Seen, now: float) -> _Past:
        past = self._past.get(one.connection.peer) or _Past(now, now, one.acked, one.acked)
        if one.owed or one.acked != past.acked or one.connection.busy:
            past.quiet = now
        if not one.owed or one.acked - past.marked >= SLOWEST * self._limits.seconds:
            past.read, past.marked = now, one.acked
        past.acked = one.acked
        return past

    def _end_slow(self, one: Seen, now: float) -> bool:
        """End it if nothing was read, or no request came, for as long as a client may take."""
        past = self._past[one.connection.peer]
        if now - past.read > self._limits.seconds:
            one.connection.soon(one.connection.cut)
        elif now - past.quiet > self._limits.seconds:
            one.connection.soon(one.connection.late)
        else:
            return False
        return True

    def _thin(self, there: list[Seen]) -> None:
        """Close what is too much, as far as nothing happens on it: the longest quiet first."""
        limits = self._limits
        clients = Counter(host(one.connection.peer) for one in there)
        excess = len(there) - limits.connections
        for one in sorted(there, key=lambda one: self._past[one.connection.peer].quiet):
            client = host(one.connection.peer)
            crowded = clients[client] > limits.client_connections and not self._exempt(client)
            if (excess > 0 or crowded) and self._idle(one):
                one.connection.soon(one.connection.end)
                clients[client] -= 1
                excess -= 1
        crowding = {name for name, number in clients.items() if number > limits.client_connections}
        self.crowding = frozenset(name for name in crowding if not self._exempt(name))

    def _idle(self, one: Seen) -> bool:
        sending = one.owed or one.connection.peer in self.downloads.under_way
        return not sending and not one.connection.busy

    def _exempt(self, client: str) -> bool:
        """Whether it speaks for many."""
        return self._peers.trusts(client)


def _look(connections: list[Connection]) -> Iterator[Seen]:
    for one in connections:
        with suppress(OSError):  # it may have ended meanwhile
            yield Seen(one, *figures(one.sock))
