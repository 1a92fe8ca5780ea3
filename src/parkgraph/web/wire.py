"""What goes over the wire: headers as they come, and the head of an answer as it goes."""

import time
from collections.abc import Iterable
from email.utils import formatdate
from functools import lru_cache
from http import HTTPStatus
from typing import Final, TypeAlias
from urllib.parse import quote

#: Names and values of headers, as they are sent.
Headers: TypeAlias = list[tuple[str, str]]

#: What headers that are negotiated by amount to.
Variant: TypeAlias = tuple[str, ...]

#: Statuses whose answers have no body (RFC 9110 §8.6).
_BODILESS: Final = frozenset({204, 304})
_LENGTH: Final = b"\ncontent-length:"


class Fields:
    """The headers of a request; names are in lower case (RFC 9110 §5.1).

    Attributes:
        noted: what was negotiated by them: requests often come with the same ones.
    """

    __slots__ = ("_pairs", "_values", "noted")

    def __init__(self) -> None:
        self.noted: Variant | None = None
        self._pairs: Headers = []
        self._values: dict[str, str] = {}

    def __len__(self) -> int:
        """How many there are."""
        return len(self._pairs)

    def __contains__(self, name: str) -> bool:
        """Whether there is one."""
        return name in self._values

    def add(self, name: bytes, value: bytes) -> None:
        """Take up one as it came: what is not ASCII is Latin-1 (RFC 9110 §5.5)."""
        key, text = name.lower().decode("latin-1"), value.decode("latin-1")
        self._pairs.append((key, text))
        before = self._values.get(key)
        self._values[key] = text if before is None else f"{before}, {text}"

    def get(self, name: str) -> str | None:
        """The value; several of a name are one list (RFC 9110 §5.3)."""
        return self._values.get(name)

    def get_all(self, name: str) -> list[str]:
        """The values of all of that name."""
        return [value for key, value in self._pairs if key == name]

    def items(self) -> Headers:
        """All of them, each as often as it came."""
        return self._pairs


def head(status: int, headers: Iterable[tuple[str, str]], size: int | None = 0) -> bytes:
    """A status line and headers (RFC 9112 §4, §5), each with its end of line.

    Args:
        status: the status.
        headers: names and values.
        size: bytes of the body, said where the headers do not; None if somebody else says it.

    Raises:
        ValueError: a header would be more than one line.
    """
    lines = [_status_line(status), *[f"{name.lower()}: {value}" for name, value in headers], ""]
    said = "".join(lines)
    if "\n" in said or "\r" in said:
        message = "a header has an end of line in it"
        raise ValueError(message)
    sent = "\r\n".join(lines).encode("latin-1")
    if size is not None and status not in _BODILESS and _LENGTH not in sent:
        sent += b"content-length: %d\r\n" % size
    return sent


def as_uri(iri: str) -> str:
    """An IRI as a URI (RFC 3987 §3.1): neither a header nor the target of a request holds another.

    >>> as_uri("http://e.org/北京?a=%20")
    'http://e.org/%E5%8C%97%E4%BA%AC?a=%20'
    """
    return iri if iri.isascii() else quote(iri, safe=_ASCII)


_ASCII: Final = bytes(range(128))


@lru_cache(maxsize=64)
def _status_line(status: int) -> str:
    return f"HTTP/1.1 {status} {HTTPStatus(status).phrase}"


def end(said: str = "") -> bytes:
    """The last headers, and the end of them: the time of day (RFC 9110 §5.6.7) and what is said."""
    return _end(int(time.monotonic()), said)


@lru_cache(maxsize=8)
def _end(_: int, said: str) -> bytes:
    return f"date: {formatdate(usegmt=True)}\r\n{said}\r\n".encode("latin-1")
