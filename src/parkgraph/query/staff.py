"""The workers of a service: started, started again when lost, moved to memory when that is loaded.

Threads wait for what the parents tell; whatever follows from it is done on the event loop.
"""

import asyncio
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from itertools import chain, repeat
from typing import Final

from parkgraph.errors import Diagnostic, ParkgraphError
from parkgraph.query.engine import Engine
from parkgraph.query.line import Ended, Worker
from parkgraph.query.pool import Pool
from parkgraph.query.protocol import Reply
from parkgraph.query.setup import Setup
from parkgraph.query.values import Budget, Outcome, Source, Stats

#: Seconds before each attempt to start the query processes again; the last for all that follow.
_PAUSES: Final = (0.0, 0.2, 1.0, 5.0)
#: Seconds until a graph begins to be loaded: by then a server that was just started has answered.
_FIRST: Final = 1.0
#: Seconds before a graph is loaded again whose processes were lost: there may be too little
#: memory for it, and then each attempt takes that from all others.
_AGAIN: Final = (60.0, 600.0, 3600.0)


class Staff:
    """Keeps as many workers as the budget says, all of one engine but while another takes over.

    A store on disk answers from the start. Where the graph is to be in memory, a second engine
    loads it meanwhile; then its workers take the places of the first one's, each when it has no
    question any more, so there are never more questions under way than before.

    Raises:
        ParkgraphError: the source cannot be opened.
    """

    def __init__(
        self, source: Source, budget: Budget, pool: Pool, loop: asyncio.AbstractEventLoop
    ) -> None:
        self._source, self._budget, self._pool, self._loop = source, budget, pool, loop
        self._kills: Counter[Outcome] = Counter()
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._engines: set[Engine] = set()
        self._threads: list[threading.Thread] = []
        self._losses = chain(_AGAIN, repeat(_AGAIN[-1]))
        # Of an engine that another took over from: those that still have a question.
        self._leaving: set[Worker] = set()
        # Of the one that took over: those that wait for the place of one that leaves.
        self._waiting: list[Worker] = []
        self._current, first = self._begin(source.first)
        self._post(self._welcome, self._current, first)
        self._in_thread(self._follow, self._current)
        self._load_after(_FIRST)

    @property
    def ready(self) -> bool:
        """Whether there are workers."""
        return bool(self._current.workers) and not self._closing.is_set()

    def give_back(self, worker: Worker, reply: Reply) -> None:
        """Let the next question have ``worker``, unless its time is over."""
        leaves = worker in self._leaving
        if reply.retires or (leaves and not worker.asked):
            self._pool.drop(worker)
            worker.close()
            self._vacate(worker)
        elif not leaves:
            self._pool.give(worker)

    def stats(self) -> Stats:
        """How it is going."""
        current = self._current
        asked = [w for w in (*current.workers.values(), *self._leaving) if w.asked]
        workers = len(current.workers) + len(self._leaving) - len(self._waiting)
        return Stats(
            process=current.pid,
            workers=workers,
            in_flight=len(asked),
            queued=self._pool.queued,
            kills=dict(self._kills),
            outcomes={},
            in_memory=current.in_memory,
        )

    def close(self) -> None:
        """End all query processes; questions under way fail."""
        with self._lock:
            self._closing.set()
            engines = list(self._engines)
        for engine in engines:
            engine.stop()
        while self._threads:
            self._threads.pop().join()

    def _begin(self, source: Source) -> tuple[Engine, Worker]:
        """Start query processes and wait for the first worker."""
        engine = Engine(Setup(source, self._budget))
        with self._lock:
            self._engines.add(engine)
            if self._closing.is_set():
                engine.stop()
        try:
            first = engine.next()
            if not isinstance(first, Worker):
                raise ParkgraphError(_NO_START)
        except BaseException:
            self._end(engine)
            raise
        return engine, first

    def _end(self, engine: Engine) -> None:
        engine.close()
        with self._lock:
            self._engines.discard(engine)

    def _follow(self, engine: Engine) -> None:
        """Follow what becomes of an engine, and of the one in its place if it is lost."""
        while True:
            self._listen(engine)
            self._post(self._lose, engine)
            self._end(engine)
            if engine.retired:
                return
            again = self._restarted()
            if again is None:
                return
            if engine.in_memory:
                self._load_after(next(self._losses))
            engine = again

    def _listen(self, engine: Engine) -> None:
        try:
            while (news := engine.next()) is not None:
                if isinstance(news, Worker):
                    self._post(self._welcome, engine, news)
                else:
                    self._post(self._part, engine, *news)
        except ParkgraphError:
            pass  # no worker can be had any more: like the end of all

    def _restarted(self) -> Engine | None:
        for pause in chain(_PAUSES, repeat(_PAUSES[-1])):
            if self._closing.wait(pause):
                return None
            try:
                engine, first = self._begin(self._source.first)
            except (ParkgraphError, OSError):
                continue  # a file may be on its way: tried again
            self._post(self._stand_in, engine, first)
            return engine
        return None

    def _load_after(self, pause: float) -> None:
        """Have the graph loaded into memory, where it is to be there."""
        if (source := self._source.second) is not None:
            self._in_thread(self._load, source, pause)

    def _load(self, source: Source, pause: float) -> None:
        if self._closing.wait(pause):
            return
        try:
            engine, first = self._begin(source)
        except (ParkgraphError, OSError):
            return  # the store on disk goes on
        self._post(self._take_over, engine, first)
        self._follow(engine)

    def _in_thread(self, work: Callable[..., None], *arguments: object) -> None:
        thread = threading.Thread(target=work, args=arguments, name="queries", daemon=True)
        self._threads.append(thread)
        thread.start()

    def _post(self, step: Callable[..., object], *arguments: object) -> None:
        """Let the loop do ``step``; what has ended needs nothing done any more."""
        with suppress(RuntimeError):
            self._loop.call_soon_threadsafe(step, *arguments)

    # All that follows is for the thread of the loop.

    def _take_over(self, engine: Engine, first: Worker) -> None:
        """Let ``engine`` answer from now on; what is under way ends where it is."""
        older, self._current = self._current, engine
        older.retire()
        self._leaving |= {w for w in older.workers.values() if not self._pool.drop(w)}
        self._welcome(engine, first)

    def _stand_in(self, engine: Engine, first: Worker) -> None:
        """Let ``engine`` answer in the place of one that was lost, if nothing has by now."""
        if self._current.workers:
            engine.retire()
        else:
            self._current = engine
        self._welcome(engine, first)

    def _welcome(self, engine: Engine, worker: Worker) -> None:
        if engine.retired:
            worker.close()
            return
        engine.workers[worker.number] = worker
        worker.attach(self._loop)
        worker.dropped = self.give_back
        if len(self._waiting) < len(self._leaving):
            self._waiting.append(worker)
        else:
            self._pool.welcome(worker)

    def _part(self, engine: Engine, number: int, ended: Ended) -> None:
        worker = engine.workers.pop(number, None)
        if worker is None:  # it came when its engine was retired already
            return
        if worker.abandoned:
            self._kills["given-up" if worker.unwanted else "time"] += 1
        elif not ended.idle:
            self._kills[ended.reason] += 1
        self._gone(worker, ended)

    def _lose(self, engine: Engine) -> None:
        while engine.workers:
            _, worker = engine.workers.popitem()
            self._gone(worker, Ended(lost=True))

    def _gone(self, worker: Worker, ended: Ended) -> None:
        worker.end(ended)
        self._pool.drop(worker)
        if worker in self._waiting:
            self._waiting.remove(worker)
            worker.close()
        self._vacate(worker)

    def _vacate(self, worker: Worker) -> None:
        """Give the place of one that leaves to one that waits for it."""
        if worker in self._leaving:
            self._leaving.remove(worker)
            if self._waiting:
                self._pool.welcome(self._waiting.pop())


_NO_START: Final = Diagnostic(
    "PG615",
    "the query process ended before it had opened its source",
    help="there is too little memory for the graph, or something in it is nested too deeply",
)
