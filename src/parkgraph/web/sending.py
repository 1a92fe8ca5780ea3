"""Large files are sent by the kernel, from its memory of the file to the connection (sendfile).

The connection is taken over for as long as a file is sent on it: one thread sends the head and the
bytes of all files, each as far as its client has room, and holds nothing of them in memory.
"""

import asyncio
import os
import selectors
import socket
import threading
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from typing import Final, NamedTuple

from parkgraph.web.bridge import File
from parkgraph.web.http1 import Exchange
from parkgraph.web.tcp import owes

#: Bytes that one client is sent before the next has its turn.
_PIECE: Final = 4 * 1024 * 1024
#: Bytes that the kernel holds of what it has not sent yet: they are read again from memory that is
#: near, and a thousand who read slowly hold no more than that each.
_AHEAD: Final = 64 * 1024
#: Linux's number of TCP_NOTSENT_LOWAT, which Python has no name for before 3.12.
_TCP_NOTSENT_LOWAT: Final = 25
#: Seconds between two looks whether what was sent has been read.
_LOOK: Final = 0.05


class Sent(NamedTuple):
    """What became of a file.

    Attributes:
        left: whether the client did not take all of it.
        size: bytes of it that were handed to the network.
    """

    left: bool
    size: int


@dataclass(eq=False)
class _Sending:
    """A file on its way to a client.

    Attributes:
        exchange: what it is the answer to.
        given_up: whether the client is gone.
        kept: whether all has been sent, and the connection goes on.
        left: whether there was more for the client when it went.
    """

    exchange: Exchange
    connection: socket.socket
    head: bytes
    file: int
    at: int
    end: int
    done: Callable[[], object]
    given_up: bool = False
    kept: bool = False
    left: bool = False

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

    def start(self) -> None:
        """Send what fits at once, if the kernel has it in memory: no disk is to be waited for."""
        with suppress(OSError):  # there is no room, or whoever goes on meets it again
            self.connection.setsockopt(socket.IPPROTO_TCP, _TCP_NOTSENT_LOWAT, _AHEAD)
            os.preadv(self.file, [bytearray(1)], self.at, os.RWF_NOWAIT)
            while self.head:
                self.go_on()
            self.go_on()

    def finish(self) -> None:
        """All that there is has been sent: let the connection go on, or say that it ends.

        What follows on it would be taken for what is missing of a file that was cut short.

        Raises:
            OSError: the client is gone.
        """
        self.kept = self.at == self.end and self.exchange.goes_on
        if self.kept:
            self.connection.setsockopt(socket.IPPROTO_TCP, _TCP_NOTSENT_LOWAT, 0)  # as it was
        else:
            self.connection.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        """Be done."""
        self.left = self.given_up and (self.at < self.end or owes(self.connection))
        if not self.kept:
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

    async def send(self, exchange: Exchange, request_id: str, head: bytes, file: File) -> Sent:
        """Send a file after ``head``; return once the kernel has all of it, or the client left.

        If the connection is to end with it, or it is not sent whole, only once it has been read.

        Args:
            exchange: what it is the answer to.
            request_id: what the request is called.
            head: the status line and the headers.
            file: what is sent.

        Raises:
            OSError: the client has left, or there is no such file; nothing was sent.
        """
        loop = asyncio.get_running_loop()
        over: asyncio.Future[None] = loop.create_future()

        def done() -> None:
            with suppress(RuntimeError):  # the loop has ended
                loop.call_soon_threadsafe(_settle, over)

        opened = os.open(file.path, os.O_RDONLY)
        try:
            connection, head = await exchange.take_over(head, request_id)
        except BaseException:
            os.close(opened)
            raise
        sending = _Sending(exchange, connection, head, opened, file.start, file.past, done)
        exchange.on_leaving(partial(self._give_up, sending))
        try:
            self._begin(sending)
            await over
        finally:
            if sending.kept:
                exchange.give_back()
            else:
                exchange.drop()
        return Sent(sending.left, sending.at - file.start)

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
        if self._thread is None:
            thread = threading.Thread(target=self._go_on, name="sending", daemon=True)
            try:
                thread.start()
            except RuntimeError:  # there is none to be had
                sending.close()
                raise
            self._thread = thread
        sending.start()  # until the thread has woken up, the client has something to read
        self._coming.append(sending)
        self._signal()

    def _give_up(self, sending: _Sending) -> None:
        sending.given_up = True
        self._signal()

    def _signal(self) -> None:
        with suppress(OSError):  # it is about to wake, or closed
            self._wake.send(b"!")

    def _go_on(self) -> None:
        while not self._closed:
            woken = False
            for key, _ in self._selector.select(_LOOK if self._sent else None):
                if key.data is None:
                    woken = True
                else:
                    self._serve(key.data)
            if woken:
                self._take_up()
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
        under_way = [key.data for key in self._selector.get_map().values() if key.data]
        for sending in under_way:
            if sending.given_up:  # whose client has no room may never have any
                self._serve(sending)

    def _serve(self, sending: _Sending) -> None:
        try:
            if not sending.given_up:
                if sending.go_on():
                    return
                sending.finish()
        except BlockingIOError:
            return
        except OSError:
            sending.given_up = True
        self._selector.unregister(sending.connection)
        if sending.kept:
            sending.close()
        else:  # until it has been read it counts as under way, and may be found too slow
            self._sent.append(sending)


def _settle(over: "asyncio.Future[None]") -> None:
    if not over.done():
        over.set_result(None)
