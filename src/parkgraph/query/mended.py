"""SPARQL results in JSON whose blank nodes have labels that no syntax has, mended on their way.

Virtuoso calls a blank node ``nodeID://b10000``.
"""

import re
from typing import Final, Protocol

#: Bytes that are read at a time, and kept back at the end of a piece where no row ends in it.
_PIECE: Final = 64 * 1024
_TAIL: Final = 4096

#: A blank node; the marks around it are never escaped, so it is found in no string.
_BLANK: Final = re.compile(rb'("type"\s*:\s*"bnode"\s*,\s*"value"\s*:\s*")([^"\\]*)(?=")')
_OTHER: Final = re.compile(rb"[^A-Za-z0-9]")


class _Reads(Protocol):
    def read(self, size: int = -1, /) -> bytes:
        """The next bytes."""


class Mended:
    """A file of JSON results, with labels of blank nodes that all syntaxes have."""

    def __init__(self, file: _Reads) -> None:
        self._file = file
        self._raw = b""
        self._ready = memoryview(b"")
        self._ended = False

    def read(self, size: int = -1) -> bytes:
        """The next bytes, ``size`` of them at most."""
        while not self._ready and not self._ended:
            self._ready = memoryview(self._next())
        end = len(self._ready) if size < 0 else size
        piece, self._ready = self._ready[:end], self._ready[end:]
        return bytes(piece)

    def _next(self) -> bytes:
        piece = self._file.read(_PIECE)
        self._ended = not piece
        self._raw += piece
        cut = len(self._raw) if self._ended else self._cut()
        whole, self._raw = self._raw[:cut], self._raw[cut:]
        return _BLANK.sub(_mended, whole)

    def _cut(self) -> int:
        """After the last term that ended, so that none is torn apart."""
        return self._raw.rfind(b"}") + 1 or max(0, len(self._raw) - _TAIL)


def _mended(found: re.Match[bytes]) -> bytes:
    return found[1] + _OTHER.sub(_spelt, found[2])


def _spelt(other: re.Match[bytes]) -> bytes:
    """What is no letter or digit, by its number, «_» too: two labels never become one."""
    return b"_%02X" % other[0][0]
