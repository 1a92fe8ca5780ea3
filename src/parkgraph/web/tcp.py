"""What the kernel knows of a connection: when an answer has been read it alone knows."""

import fcntl
import socket
import struct
import sys
import termios
from contextlib import suppress
from typing import Final, NamedTuple

#: Of ``struct tcp_info`` (linux/tcp.h): how much of it is read, and where in it stand bytes sent
#: and not acknowledged, all bytes acknowledged, all bytes received, bytes not yet sent.
_TCP_INFO: Final = 192
_UNACKED: Final = struct.Struct("=I"), 24
_ACKED: Final = struct.Struct("=Q"), 120
_RECEIVED: Final = struct.Struct("=Q"), 128
_NOT_SENT: Final = struct.Struct("=I"), 144


class Figures(NamedTuple):
    """What the kernel says.

    Attributes:
        owed: whether there are bytes that the other end has not taken yet.
        acked: bytes that it has taken, since it came.
    """

    owed: bool
    acked: int


def figures(connection: socket.socket) -> Figures:
    """What the kernel says of ``connection``.

    Raises:
        OSError: it is gone.
    """
    info = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _TCP_INFO)
    (unacked,), (not_sent,), (acked,) = (
        shape.unpack_from(info, at) for shape, at in (_UNACKED, _NOT_SENT, _ACKED)
    )
    return Figures(bool(unacked or not_sent), acked)


def taken(connection: socket.socket) -> int:
    """Bytes that have been read from ``connection``, by whichever process.

    Raises:
        OSError: it is gone.
    """
    shape, at = _RECEIVED
    waits = _waiting(connection)
    while True:  # more may come between two looks
        info = connection.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, _TCP_INFO)
        (received,) = shape.unpack_from(info, at)
        before, waits = waits, _waiting(connection)
        if before == waits:
            return int(received) - waits


def _waiting(connection: socket.socket) -> int:
    """Bytes that nobody has read yet."""
    told = fcntl.ioctl(connection.fileno(), termios.FIONREAD, bytes(4))
    return int.from_bytes(told, sys.byteorder)


def owes(connection: socket.socket) -> bool:
    """Whether there are bytes on ``connection`` that the other end has not taken yet."""
    with suppress(OSError):  # it is gone
        return figures(connection).owed
    return False
