"""Large files are sent by the kernel, from its memory of the file to the connection (sendfile).

The server below reads a file piece by piece into memory of its own and copies that to the
connection; a client that reads slowly has it keep such pieces for as long as it takes. Here the
connection is taken over once a file is to be sent on it: one thread sends the head and the bytes of
all files, each as far as its client has room, and holds nothing of them in memory.

The kernel is Linux; what cannot be taken over is left to the server.
"""

import asyncio
import os
import selectors
import socket
import sys
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from email.utils import formatdate
from http import HTTPStatus
from typing import Final

from parkgraph.web.bridge import File
from parkgraph.web.connections import Connections, owes
from parkgraph.web.wire import Headers, Wire

#: Bytes that one client is sent before the next has its turn.
_PIECE: Final = 4 * 1024 * 1024
#: Bytes that the kernel holds of what it has not sent yet: they are read again from memory that is
#: near, and a thousand who read slowly hold no more than that each.
_AHEAD: Final = 64 * 1024
#: Linux's number of TCP_NOTSENT_LOWAT, which Python has no name for before 3.12.
_TCP_NOTSENT_LOWAT: Final = 25
#: Seconds between two looks whether what was sent has been read.
_LOOK: Final = 0.05


@dataclass(eq=False)
class _Sending:
    """A file on its way to a client."""

    connection: socket.socket
    head: bytes
    file: int
    at: int
    end: int
    done: Callable[[], object]
    given_up: bool = False

    def go_on(self) -> bool:
        """Send what there is room for; False if that was the last of it.

        Raises:
            OSError: the client is gone.
        """
        if self.head:
            self.head = self.head[self.connection.send(self.head, socket.MSG_MORE) :]
            return True
        size = min(self.end - self.at, _PIECE)
        sent = os.sendfile(self.connection.fileno(), self.file, self.at, size)
        self.at += sent
        return sent > 0 and self.at < self.end

    def close(self) -> None:
        """End the connection: what follows on it would be taken for more of the file."""
        with suppress(OSError):
            self.connection.shutdown(socket.SHUT_RDWR)
        self.connection.close()
        os.close(self.file)
        self.done()


@dataclass
class Sender:
    """Sends files to clients, all of them in one thread.

    For an event loop; the thread begins with the first file.
    """

    _connections: Connections
    _coming: deque[_Sending] = field(default_factory=deque)
    _sent: list[_Sending] = field(default_factory=list)
    _selector: selectors.BaseSelector = field(default_factory=selectors.DefaultSelector)
    _thread: threading.Thread | None = None
    _closed: bool = False

    def __post_init__(self) -> None:
        self._awake, self._wake = socket.socketpair()
        for end in (self._awake, self._wake):
            end.setblocking(False)
        self._selector.register(self._awake, selectors.EVENT_READ)

    async def send(self, peer: str, protocol: Wire, head: bytes, file: File) -> bool:
        """Send a file after ``head``, and end the connection; return once it has been read.

        Args:
            peer: the other end of the connection, as the server writes it.
            protocol: tells when the client leaves.
            head: the status line and all headers.
            file: what is sent.

        Returns:
            False if nothing was sent, and somebody else has to.
        """
        if sys.platform != "linux":
            return False
        loop = asyncio.get_running_loop()
        connection = self._connections.of(peer)
        if connection is None:
            return False
        over: asyncio.Future[None] = loop.create_future()

        def done() -> None:
            with suppress(RuntimeError):  # the loop has ended
                loop.call_soon_threadsafe(_settle, over)

        try:
            opened = os.open(file.path, os.O_RDONLY)
        except OSError:
            connection.close()
            return False
        connection.setsockopt(socket.IPPROTO_TCP, _TCP_NOTSENT_LOWAT, _AHEAD)
        sending = _Sending(connection, head, opened, file.start, file.past, done)

        def give_up(_: object) -> None:
            sending.given_up = True
            self._signal()

        leaving = asyncio.ensure_future(protocol.client_disconnect())
        leaving.add_done_callback(give_up)
        self._begin(sending)
        try:
            await over
        finally:
            leaving.cancel()
        return True

    def close(self) -> None:
        """Send nothing more."""
        self._closed = True
        self._signal()
        if self._thread is not None:
            self._thread.join()
        self._selector.close()
        self._awake.close()
        self._wake.close()

    def _begin(self, sending: _Sending) -> None:
        self._coming.append(sending)
        if self._thread is None:
            self._thread = threading.Thread(target=self._go_on, name="sending", daemon=True)
            self._thread.start()
        self._signal()

    def _signal(self) -> None:
        with suppress(OSError):  # it is about to wake, or closed
            self._wake.send(b"!")

    def _go_on(self) -> None:
        while not self._closed:
            for key, _ in self._selector.select(_LOOK if self._sent else None):
                if key.data is None:
                    self._take_up()
                else:
                    self._serve(key.data)
            read = [one for one in self._sent if one.given_up or not owes(one.connection)]
            self._sent = [one for one in self._sent if one not in read]
            for one in read:
                one.close()
        under_way = [key.data for key in self._selector.get_map().values() if key.data]
        for one in (*under_way, *self._sent):
            one.close()

    def _take_up(self) -> None:
        with suppress(BlockingIOError):
            self._awake.recv(4096)
        while self._coming:
            sending = self._coming.popleft()
            self._selector.register(sending.connection, selectors.EVENT_WRITE, sending)

    def _serve(self, sending: _Sending) -> None:
        try:
            if not sending.given_up and sending.go_on():
                return
            sending.connection.shutdown(socket.SHUT_WR)
        except BlockingIOError:
            return
        except OSError:
            pass
        self._selector.unregister(sending.connection)
        # Until it has been read it counts as under way, and may be found too slow.
        self._sent.append(sending)


def head_of(status: int, headers: Headers) -> bytes:
    """A status line and headers as they go over the wire (RFC 9112 §2.1); the connection ends."""
    lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}"]
    lines += [f"{name}: {value}" for name, value in headers]
    names = {name.lower() for name, _ in headers}
    if "date" not in names:
        lines.append(f"date: {formatdate(usegmt=True)}")
    lines += ["connection: close", "", ""]
    return "\r\n".join(lines).encode("latin-1")


def _settle(over: "asyncio.Future[None]") -> None:
    if not over.done():
        over.set_result(None)
