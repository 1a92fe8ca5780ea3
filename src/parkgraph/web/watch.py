"""Notes what becomes of each request: in numbers always, in a log where one is wanted."""

import time
from typing import Final

from parkgraph.web.accesslog import AccessLog, noted
from parkgraph.web.peers import Peers
from parkgraph.web.request import Request
from parkgraph.web.traffic import Traffic


class Watch:
    """What a web process answers, counted and logged; for its event loop.

    Args:
        peers: tells who a client is.
        log: where each request is written, if anywhere.
    """

    def __init__(self, peers: Peers, log: AccessLog | None = None) -> None:
        self._peers = peers
        self.traffic: Final = Traffic()
        self.log: Final = log
        self._note = self.traffic.note

    def begin(self) -> float:
        """A request has come; give what this returns to :meth:`end`."""
        self.traffic.under_way += 1
        return time.perf_counter()

    def end(self, began: float, request: Request, outcome: tuple[int, int], release: str) -> None:
        """The request has an answer of a release: its status, and the bytes of its body."""
        seconds = time.perf_counter() - began
        status, size = outcome
        self.traffic.under_way -= 1
        self._note((request.route, request.method, status), size, seconds)
        if self.log:
            if not request.client:
                request.identify(self._peers)
            began = time.time() - seconds
            self.log.put(noted(request, began, outcome, seconds, release))
