"""What is used of RSGI 1.5, as types: granian keeps its own to itself."""

from collections.abc import AsyncIterator
from typing import Protocol, TypeAlias

#: Names and values of headers, as they are sent.
Headers: TypeAlias = list[tuple[str, str]]


class Received(Protocol):
    """The headers of a request; names are in lower case."""

    def __contains__(self, name: str) -> bool:
        """Whether there is one."""

    def get(self, name: str) -> str | None:
        """The value of the first one."""

    def get_all(self, name: str) -> list[str]:
        """The values of all of that name."""

    def items(self) -> Headers:
        """All of them, each as often as it came."""


class Scope(Protocol):
    """A request without its body."""

    method: str
    path: str
    query_string: str
    http_version: str
    scheme: str
    server: str
    client: str
    authority: str | None
    headers: Received


class Wire(Protocol):
    """The body of a request, and the way back."""

    def __aiter__(self) -> AsyncIterator[bytes]:
        """The body, piece by piece."""

    async def client_disconnect(self) -> None:
        """Return when the connection has ended."""

    def response_empty(self, status: int, headers: Headers) -> None:
        """Answer without a body."""

    def response_bytes(self, status: int, headers: Headers, body: bytes) -> None:
        """Answer from memory."""

    def response_file(self, status: int, headers: Headers, file: str) -> None:
        """Answer with a file."""

    def response_file_range(
        self, status: int, headers: Headers, file: str, start: int, end: int
    ) -> None:
        """Answer with the bytes of a file from ``start`` until before ``end``."""
