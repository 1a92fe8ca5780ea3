"""How many queries one client may have in flight: one that floods waits, and then is told so."""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager


class Throttle:
    """Grants each client a number of places.

    Args:
        places: queries in flight of one client.
        patience: seconds that a further one waits for a place before it is refused.
    """

    def __init__(self, places: int, patience: float) -> None:
        self._places = places
        self._patience = patience
        self._held: Counter[str] = Counter()
        self._freed = threading.Condition()

    @contextmanager
    def place(self, client: str) -> Iterator[bool]:
        """A place for ``client`` while the block runs; False if there was none in time."""
        granted = self._take(client)
        try:
            yield granted
        finally:
            if granted:
                self._give_back(client)

    def _take(self, client: str) -> bool:
        with self._freed:
            free = self._freed.wait_for(
                lambda: self._held[client] < self._places, timeout=self._patience
            )
            if free:
                self._held[client] += 1
            return free

    def _give_back(self, client: str) -> None:
        with self._freed:
            self._held[client] -= 1
            if not self._held[client]:
                del self._held[client]
            self._freed.notify_all()
