"""Asks questions from any thread of a web process: queueing, budgets, recovery."""

import threading
from collections import Counter
from itertools import chain, repeat
from types import TracebackType
from typing import Final, Self

from parkgraph.errors import Diagnostic, ParkgraphError
from parkgraph.query.engine import Ended, Engine, Worker
from parkgraph.query.parent import Setup
from parkgraph.query.pool import Pool
from parkgraph.query.protocol import Gone, Reply, pack_question
from parkgraph.query.scan import scan
from parkgraph.query.values import (
    Answer,
    Budget,
    Kind,
    QueryFailed,
    Question,
    Source,
    SpoolFile,
    Stats,
    failure,
)

#: How often a question is put to another worker when the one it went to was found dead.
_ATTEMPTS: Final = 5
#: Seconds before each attempt to start the query processes again; the last for all that follow.
_PAUSES: Final = (0.0, 0.2, 1.0, 5.0)
#: The shortest time that can be asked for, and how long even such a question queues, in seconds.
_SHORTEST: Final = 0.001
_QUEUE: Final = 1.0


class QueryService:
    """Answers questions about a source, in processes that hold to a budget.

    Any thread may ask, but no other process: a service does not survive a fork.
    With ``scan`` off nothing is refused beforehand, and no answer is known to be cacheable.

    Raises:
        ParkgraphError: the source cannot be opened.
    """

    def __init__(self, source: Source, budget: Budget | None = None, *, scan: bool = True) -> None:
        self._budget = budget or Budget()
        self._setup = Setup(source, self._budget)
        self._scan = scan
        self._pool = Pool(self._budget.queued)
        self._lock = threading.Lock()
        self._workers: dict[int, Worker] = {}
        self._kills: Counter[Kind] = Counter()
        self._closing = threading.Event()
        self._engine = self._start()
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
        cacheable = self._admit(question.text)
        wanted = self._budget.seconds if question.seconds is None else question.seconds
        seconds = max(_SHORTEST, min(self._budget.seconds, wanted))
        try:
            frame = pack_question(question, seconds)
        except UnicodeEncodeError as error:
            raise QueryFailed(failure("syntax", "the query text is not Unicode")) from error
        worker, reply = self._exchange(frame, seconds)
        if reply.failure is not None:
            self._give_back(worker, reply)
            raise QueryFailed(reply.failure)
        rows = None if reply.rows < 0 else reply.rows
        body: bytes | SpoolFile = worker.take_spool(reply.size) if reply.spooled else reply.body
        self._give_back(worker, reply)
        return Answer(reply.form, reply.extension, body, rows, cacheable)

    def stats(self) -> Stats:
        """How it is going."""
        with self._lock:
            workers = len(self._workers)
            in_flight = max(0, workers - self._pool.idle)
            return Stats(self._engine.pid, workers, in_flight, self._pool.queued, dict(self._kills))

    def close(self) -> None:
        """End all query processes; questions under way fail."""
        with self._lock:
            if self._closing.is_set():
                return
            self._closing.set()
        self._engine.stop()
        self._listener.join()
        self._pool.close()

    def _admit(self, text: str) -> bool:
        """Whether an answer may be kept; raises what the scan refuses."""
        if not self._scan:
            return False
        found = scan(text)
        if found.refusal is not None:
            raise QueryFailed(found.refusal)
        return not found.volatile

    def _exchange(self, frame: bytes, seconds: float) -> tuple[Worker, Reply]:
        """Put the question to a worker that is alive."""
        for _ in range(_ATTEMPTS):
            worker = self._pool.take(max(seconds, _QUEUE))
            try:
                return worker, worker.ask(frame)
            except Gone:
                ended = worker.await_end()
                worker.close()
                if not ended.idle:
                    raise QueryFailed(ended.failure(self._budget, seconds)) from None
            except TimeoutError:
                worker.abandon()
                late = Ended(abandoned=True).failure(self._budget, seconds)
                raise QueryFailed(late) from None
            except BaseException:
                # Its answer would be taken for the answer to the next question.
                worker.abandon()
                raise
        raise QueryFailed(failure("busy", "no query process is to be had", advice="ask again"))

    def _give_back(self, worker: Worker, reply: Reply) -> None:
        if reply.retires:
            worker.close()
        else:
            self._pool.give(worker)

    def _start(self) -> Engine:
        """Start the query processes and wait for the first worker."""
        self._engine = engine = Engine(self._setup)
        if self._closing.is_set():
            engine.stop()
        try:
            first = engine.next()
            if not isinstance(first, Worker):
                raise ParkgraphError(_NO_START)
        except BaseException:
            engine.close()
            raise
        self._welcome(first)
        return engine

    def _listen(self) -> None:
        """Follow what becomes of the workers, until the service is closed."""
        while not self._closing.is_set():
            self._follow()
            self._lose()
            self._engine.close()
            self._restart()
        # A restart may have come through while the service was being closed.
        self._engine.close()
        self._lose()

    def _follow(self) -> None:
        try:
            while (news := self._engine.next()) is not None:
                if isinstance(news, Worker):
                    self._welcome(news)
                else:
                    self._part(*news)
        except ParkgraphError:
            pass  # no worker can be had any more: like the end of all

    def _restart(self) -> None:
        for pause in chain(_PAUSES, repeat(_PAUSES[-1])):
            if self._closing.wait(pause):
                return
            try:
                self._start()
            except (ParkgraphError, OSError):
                continue  # a file may be on its way: tried again
            return

    def _welcome(self, worker: Worker) -> None:
        with self._lock:
            self._workers[worker.number] = worker
        self._pool.give(worker)

    def _part(self, number: int, ended: Ended) -> None:
        with self._lock:
            worker = self._workers.pop(number)
            if worker.abandoned:
                self._kills["time"] += 1
            elif not ended.idle:
                self._kills[ended.reason] += 1
        worker.end(ended)
        if ended.signal and ended.idle:
            self._pool.sweep()

    def _lose(self) -> None:
        with self._lock:
            workers = list(self._workers.values())
            self._workers.clear()
        for worker in workers:
            worker.end(Ended(lost=True))
        self._pool.sweep()


_NO_START: Final = Diagnostic(
    "PG615",
    "the query process ended before it had opened its source",
    help="there may be too little memory for the graph",
)
