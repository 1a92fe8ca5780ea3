"""What the kernel knows of a connection: when an answer has been read it alone knows."""

import socket
import struct
from contextlib import suppress
from typing import Final, NamedTuple

#: Of ``struct tcp_info`` (linux/tcp.h): how much of it is read, and where in it stand bytes sent
#: and not acknowledged, all bytes acknowledged, bytes not yet sent.
_TCP_INFO: Final = 192
_UNACKED: Final = struct.Struct("=I"), 24
_ACKED: Final = struct.Struct("=Q"), 120
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


def owes(connection: socket.socket) -> bool:
    """Whether there are bytes on ``connection`` that the other end has not taken yet."""
    with suppress(OSError):  # it is gone
        return figures(connection).owed
    return False
