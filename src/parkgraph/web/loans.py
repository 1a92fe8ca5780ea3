"""What a web process and its helpers tell each other of the connections that they share.

A web process sends messages (:func:`parkgraph.query.protocol.tell`), with a connection or the
journal as an open file; a helper sends frames.
"""

from collections.abc import Iterator
from enum import IntEnum
from mmap import mmap
from struct import Struct
from typing import Final, NamedTuple

from parkgraph.web.http1 import SHORT

#: Connections that one helper may have.
SLOTS: Final = 256

#: Bytes of a request, none if there is none, and more than there may be while it is answered; and
#: of all that was read.
_HEAD: Final = Struct("<HQ")
_LENGTH: Final = Struct("<H")
_ANSWERED: Final = 0xFFFF
_SLOT: Final = _HEAD.size + SHORT

#: Kind, number of the connection, bytes that follow.
_FRAME: Final = Struct("<BHI")


class Kind(IntEnum):
    """What a helper says."""

    HELLO = 0
    #: It gives a connection back, with what came on it and was not answered.
    BACK = 1
    #: The client of a connection is gone.
    GONE = 2
    #: What it did since it told that the last time, as JSON.
    REPORT = 3


class Frame(NamedTuple):
    """What a helper says, of which connection, and what belongs to it."""

    kind: Kind
    number: int = 0
    data: bytes = b""

    @property
    def packed(self) -> bytes:
        """As it is sent."""
        return _FRAME.pack(self.kind, self.number, len(self.data)) + self.data


def frames(held: bytearray) -> Iterator[Frame]:
    """The frames that have come in whole; they are taken from ``held``."""
    while len(held) >= _FRAME.size:
        kind, number, size = _FRAME.unpack_from(held)
        end = _FRAME.size + size
        if len(held) < end:
            return
        data = bytes(held[_FRAME.size : end])
        del held[:end]
        yield Frame(Kind(kind), number, data)


class Held(NamedTuple):
    """What a journal says of a connection.

    Attributes:
        request: what waits for its answer; None if some of that may have been sent.
        taken: bytes that the helper has read and said so, since it got the connection.
    """

    request: bytes | None
    taken: int


class Journal:
    """The requests that a helper is at, in memory that it shares with its web process.

    So none is lost with the helper: what it had read and not begun to answer is answered by the
    web process.

    Args:
        file: of :attr:`SIZE` bytes; it may be closed afterwards.
    """

    SIZE: Final = SLOTS * _SLOT

    def __init__(self, file: int) -> None:
        self._memory = mmap(file, self.SIZE)

    def begin(self, number: int) -> None:
        """A connection is lent."""
        _HEAD.pack_into(self._memory, number * _SLOT, 0, 0)

    def hold(self, number: int, request: bytes) -> None:
        """A request was read, of less than :data:`SHORT` bytes."""
        start, size = number * _SLOT, len(request)
        _, taken = _HEAD.unpack_from(self._memory, start)
        self._memory[start : start + _HEAD.size + size] = _HEAD.pack(size, taken + size) + request

    def answering(self, number: int) -> None:
        """From now on some of its answer may have been sent."""
        _LENGTH.pack_into(self._memory, number * _SLOT, _ANSWERED)

    def clear(self, number: int) -> None:
        """All of it has been sent, or somebody else answers it."""
        _LENGTH.pack_into(self._memory, number * _SLOT, 0)

    def held(self, number: int) -> Held:
        """What it says of a connection."""
        start = number * _SLOT
        size, taken = _HEAD.unpack_from(self._memory, start)
        text = start + _HEAD.size
        return Held(None if size == _ANSWERED else self._memory[text : text + size], taken)

    def close(self) -> None:
        """Let go of the memory."""
        self._memory.close()
