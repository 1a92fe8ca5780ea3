"""What clients may take of a web process: numbers alone."""

from dataclasses import dataclass
from typing import Final

#: Connections that are taken up beyond the limit, until others have been closed for them.
SPARE: Final = 256


@dataclass(frozen=True, slots=True)
class Limits:
    """What one client may take, and all of them together; per web process.

    Attributes:
        places: queries that one client may have in flight.
        patience: seconds that a further one waits for a place.
        seconds: for a client to send a request, or to read on in an answer.
        connections: in all; beyond, those on which nothing happens are closed.
        client_connections: of one client, likewise.
        downloads: files that are being sent, in all.
        client_downloads: to one client.
        client_rate: requests of one client a second, in the long run; 0 for any number.
        waiting: requests that may wait for a thread.
    """

    places: int = 4
    patience: float = 0.25
    seconds: float = 30.0
    connections: int = 1024
    client_connections: int = 512
    downloads: int = 512
    client_downloads: int = 64
    client_rate: float = 0.0
    waiting: int = 128
