"""Asks questions from an event loop or from any thread: queueing, budgets, recovery."""

import asyncio
import threading
from collections import Counter
from contextlib import suppress
from dataclasses import replace
from types import TracebackType
from typing import Any, Final, Self, TypeVar, cast

from parkgraph.query.line import Ended, Unasked, Worker
from parkgraph.query.ownloop import OwnLoop
from parkgraph.query.pool import CLOSED, Pool
from parkgraph.query.protocol import Gone, Reply, pack_question
from parkgraph.query.scanned import scanned
from parkgraph.query.staff import Staff
from parkgraph.query.values import (
    CODES,
    Answer,
    Budget,
    Failure,
    Outcome,
    QueryFailed,
    Question,
    Source,
    Stats,
    failure,
)

T = TypeVar("T")

#: How often a question is put to another worker when the one it went to was found dead.
_ATTEMPTS: Final = 5
#: The shortest time that can be asked for, and how long even such a question queues, in seconds.
_SHORTEST: Final = 0.001
_QUEUE: Final = 1.0


class Inquiry:
    """A question under way, for whoever may have to give it up; a worker that has it is killed."""

    __slots__ = ("_given_up", "_waits")

    def __init__(self) -> None:
        self._waits: asyncio.Future[Any] | None = None
        self._given_up = False

    def on(self, waits: "asyncio.Future[T]") -> "asyncio.Future[T]":
        """Note what it waits for just now."""
        self._waits = waits
        if self._given_up:
            waits.cancel()
        return waits

    def give_up(self) -> None:
        """Cancel it: whoever waits for its answer gets ``asyncio.CancelledError``."""
        self._given_up = True
        if self._waits is not None:
            self._waits.cancel()


class QueryService:
    """Answers questions about a source, in processes that hold to a budget.

    Everything is done by one event loop: the one that is given, or one in a thread of its own.
    What runs on it awaits :meth:`answer`; any other thread may call :meth:`ask`. No other process
    may: a service does not survive a fork.
    With ``scan`` off nothing is refused beforehand, and no answer is known to be cacheable.

    Raises:
        ParkgraphError: the source cannot be opened.
    """

    def __init__(
        self,
        source: Source,
        budget: Budget | None = None,
        *,
        scan: bool = True,
        loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        self.budget: Final = budget or Budget()
        self._scan = scan
        self._lock = threading.Lock()
        self._closed = False
        self._refusal: Failure | None = None
        self._outcomes: Counter[Outcome] = Counter(dict.fromkeys(_OUTCOMES, 0))
        self._own = None if loop else OwnLoop()
        self._loop = self._own.loop if self._own else cast("asyncio.AbstractEventLoop", loop)
        self._pool = Pool(self.budget.queued, self._loop, joins=source.endpoint is None)
        try:
            self._staff = Staff(source, self.budget, self._pool, self._loop)
        except BaseException:
            self._end()
            raise

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
        return self._staff.ready and not self._closed

    def ask(self, question: Question) -> Answer:
        """The answer to ``question``, complete; not for the thread of the event loop.

        Raises:
            QueryFailed: it was refused, went over the budget, or makes no sense.
        """
        with self._lock:
            if self._closed:
                raise QueryFailed(CLOSED)
            answer = asyncio.run_coroutine_threadsafe(self.answer(question), self._loop)
        return answer.result()

    async def answer(self, question: Question, inquiry: Inquiry | None = None) -> Answer:
        """The answer to ``question``, complete.

        Raises:
            QueryFailed: it was refused, went over the budget, or makes no sense.
        """
        outcome: Outcome = "given-up"
        try:
            answer = await self._answer(question, inquiry)
            outcome = "answered"
        except QueryFailed as error:
            outcome = error.kind
            raise
        finally:
            self._outcomes[outcome] += 1
        return answer

    async def _answer(self, question: Question, inquiry: Inquiry | None) -> Answer:
        if self._refusal is not None:
            raise QueryFailed(self._refusal)
        cacheable = await self._admit(question.text)
        wanted = self.budget.seconds if question.seconds is None else question.seconds
        seconds = max(_SHORTEST, min(self.budget.seconds, wanted))
        try:
            frame = pack_question(question, seconds)
        except UnicodeEncodeError as error:
            raise QueryFailed(failure("syntax", "the query text is not Unicode")) from error
        worker, reply = await self._exchange(frame, seconds, inquiry or Inquiry())
        if reply.failure is not None:
            self._staff.give_back(worker, reply)
            raise QueryFailed(reply.failure)
        rows = None if reply.rows < 0 else reply.rows
        body = reply.body if reply.spool is None else reply.spool
        self._staff.give_back(worker, reply)
        return Answer(reply.form, reply.extension, body, rows, cacheable)

    def refuse(self, why: Failure | None) -> None:
        """Answer no question from now on; None: go on."""
        self._refusal = why

    @property
    def refusal(self) -> Failure | None:
        """Why no question is answered, if so."""
        return self._refusal

    def stats(self) -> Stats:
        """How it is going."""
        return replace(self._staff.stats(), outcomes=dict(self._outcomes))

    def close(self) -> None:
        """End all query processes; questions under way fail."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
        self._staff.close()
        self._end()

    def _end(self) -> None:
        with suppress(RuntimeError):  # the loop may have ended already
            self._loop.call_soon_threadsafe(self._pool.close)
        if self._own is not None:
            self._own.end()

    async def _admit(self, text: str) -> bool:
        """Whether an answer may be kept; raises what the scan refuses."""
        if not self._scan:
            return False
        found = await scanned(text)
        if found.refusal is not None:
            raise QueryFailed(found.refusal)
        return not found.volatile

    async def _exchange(
        self, frame: bytes, seconds: float, inquiry: Inquiry
    ) -> tuple[Worker, Reply]:
        """Put the question to a worker that is alive."""
        attempts, alone = 0, False
        while attempts < _ATTEMPTS:
            worker = None if alone else self._pool.take()
            if worker is None:
                waiting = self._pool.wait(max(seconds, _QUEUE), alone=alone)
                worker = await inquiry.on(waiting)
            answer = worker.ask(frame)
            try:
                return worker, await inquiry.on(answer)
            except Unasked:
                alone = True
            except Gone:
                attempts += 1
                worker.close()
                ended = worker.ended or Ended(lost=True)
                if not ended.idle:
                    raise QueryFailed(ended.failure(self.budget, seconds)) from None
            except TimeoutError:
                worker.abandon()
                late = Ended(abandoned=True).failure(self.budget, seconds)
                raise QueryFailed(late) from None
            except BaseException:
                worker.give_up(answer)
                raise
        raise QueryFailed(failure("busy", "no query process is to be had", advice="ask again"))


_OUTCOMES: Final[tuple[Outcome, ...]] = ("answered", "given-up", *CODES)
