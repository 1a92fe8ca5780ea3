"""Asks questions from any thread of a web process: queueing, budgets, recovery."""

import threading
from collections import Counter
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import Final, Self

from parkgraph.errors import Diagnostic, ParkgraphError
from parkgraph.query.engine import Ended, Engine, Worker
from parkgraph.query.parent import Setup
from parkgraph.query.protocol import Gone, Reply, pack_question
from parkgraph.query.scan import scan
from parkgraph.query.values import (
    Answer,
    Budget,
    Failure,
    Kind,
    QueryFailed,
    Question,
    Source,
    Stats,
    failure,
)

#: How often a question is put again to another worker when the first was found dead.
_ATTEMPTS: Final = 5
#: Seconds between attempts to start the query processes again, from the first to the last.
_PAUSES: Final = (0.0, 0.2, 1.0, 5.0)
#: The shortest time, in seconds, that can be asked for.
_SHORTEST: Final = 0.001


class QueryService:
    """Answers questions about a source, in processes that hold to a budget.

    With ``scan`` off nothing is refused beforehand; what is cacheable is not known then.

    Raises:
        ParkgraphError: the source cannot be opened.
    """

    def __init__(self, source: Source, budget: Budget | None = None, *, scan: bool = True) -> None:
        self._budget = budget or Budget()
        self._setup = Setup(source, self._budget)
        self._scan = scan
        self._idle: SimpleQueue[Worker | None] = SimpleQueue()
        self._lock = threading.Lock()
        self._workers: dict[int, Worker] = {}
        self._queued = 0
        self._kills: Counter[Kind] = Counter()
        self._closing = threading.Event()
        self._engine = self._started()
        self._listener = threading.Thread(target=self._listen, name="queries", daemon=True)
        self._listener.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def ready(self) -> bool:
        """Whether there are workers."""
        return bool(self._workers) and not self._closing.is_set()

    def ask(self, question: Question) -> Answer:
        """The answer to ``question``, complete.

        Raises:
            QueryFailed: it was refused, went over the budget, or makes no sense.
        """
        cacheable = self._admitted(question.text)
        seconds = self._seconds(question)
        try:
            frame = pack_question(question, seconds)
        except UnicodeEncodeError as error:
            raise QueryFailed(failure("syntax", "the query text is not Unicode")) from error
        for _ in range(_ATTEMPTS):
            worker = self._take(seconds)
            try:
                reply = worker.ask(frame)
            except Gone:
                self._bury(worker, seconds)
            except BaseException as error:
                raise self._abandoned(worker, error, seconds) from error
            else:
                return self._answer(worker, reply, cacheable=cacheable)
        raise QueryFailed(failure("busy", "no query process is to be had", advice="ask again"))

    def stats(self) -> Stats:
        """How it is going."""
        with self._lock:
            workers = len(self._workers)
            in_flight = max(0, workers - self._idle.qsize())
            return Stats(workers, in_flight, self._queued, dict(self._kills))

    def close(self) -> None:
        """End all query processes; questions under way fail."""
        if self._closing.is_set():
            return
        self._closing.set()
        self._engine.stop()
        self._listener.join()
        self._idle.put(None)

    def _admitted(self, text: str) -> bool:
        """Whether an answer may be kept; raises what the scan refuses."""
        if not self._scan:
            return False
        found = scan(text)
        if found.refusal is not None:
            raise QueryFailed(found.refusal)
        return not found.volatile

    def _seconds(self, question: Question) -> float:
        wanted = self._budget.seconds if question.seconds is None else question.seconds
        return max(_SHORTEST, min(self._budget.seconds, wanted))
