"""Questions that are sent to a worker which has one: none waits long, none is lost with another."""

import asyncio
import gc
import json
import math
import os
import socket
import tempfile
import threading
import time
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, asynccontextmanager, suppress
from dataclasses import replace
from hashlib import sha256
from io import FileIO
from itertools import islice
from pathlib import Path
from typing import cast

import pytest
import uvloop

from parkgraph.query import Answer, Budget, Inquiry, QueryFailed, QueryService, Question, Source
from parkgraph.query.evaluate import Evaluator, Opened
from parkgraph.query.line import Worker
from parkgraph.query.load import load_files
from parkgraph.query.protocol import (
    PIECE,
    SPOOLS,
    Gone,
    Incoming,
    Reply,
    begun_by,
    pack_question,
    questions,
    send_reply,
)
from parkgraph.query.values import INLINE, SpoolFile
from parkgraph.query.worker import serve
from tests.test_query_service import processes

ENDLESS = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }"
BUDGET = Budget(seconds=20, workers=2)
N = 600


@pytest.fixture(scope="module")
def numbers(tmp_path_factory: pytest.TempPathFactory) -> Source:
    """The numbers below N."""
    path = tmp_path_factory.mktemp("data") / "numbers.nt"
    path.write_text("".join(f'<urn:s{i}> <urn:n> "{i}" .\n' for i in range(N)))
    return Source(files=(str(path),))


@asynccontextmanager
async def asked(source: Source, workers: int) -> AsyncIterator[QueryService]:
    """A service on the running loop, all of whose workers are there."""
    loop, budget = asyncio.get_running_loop(), Budget(seconds=20, workers=workers)
    service = await asyncio.to_thread(QueryService, source, budget, loop=loop)
    try:
        await soon(lambda: service.stats().workers == workers)
        yield service
    finally:
        await asyncio.to_thread(service.close)


async def soon(holds: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not holds():
            await asyncio.sleep(0.01)


async def begun(task: "asyncio.Task[Answer]") -> "asyncio.Task[Answer]":
    """The task, which has put its question to a worker or a queue."""
    await asyncio.sleep(0)
    return task


def number(answer: Answer) -> str:
    assert isinstance(answer.body, bytes)
    (row,) = json.loads(answer.body)["results"]["bindings"]
    return str(row["o"]["value"])


def one(number: int) -> Question:
    return Question(f"SELECT ?o {{ <urn:s{number}> <urn:n> ?o }}")


async def kind(task: "asyncio.Task[Answer]") -> str:
    with pytest.raises(QueryFailed) as caught:
        await task
    return caught.value.kind


def test_who_waits_behind_a_long_query_is_answered_elsewhere(numbers):
    """It is sent to the worker that has just begun with another, and not held up by that."""

    async def main() -> None:
        async with asked(numbers, 2) as service:
            for _ in range(20):  # a machine with other work may take longer than a worker is brisk
                leaving = Inquiry()
                first = service.answer(Question(ENDLESS, seconds=2), leaving)
                long = await begun(asyncio.create_task(first))
                light = await begun(asyncio.create_task(service.answer(one(7))))
                stats = service.stats()
                if (stats.in_flight, stats.queued) == (1, 1):  # both are with one worker
                    break
                leaving.give_up()
                await asyncio.gather(long, light, return_exceptions=True)
                await soon(lambda: service.stats().workers == 2)
            assert (stats.in_flight, stats.queued) == (1, 1)

            assert number(await asyncio.wait_for(light, 1)) == "7"
            assert not long.done()
            assert await kind(long) == "time"

    asyncio.run(main())


def test_who_waits_behind_a_killed_query_is_answered(numbers):
    """The death of a worker is put down to the query that it had begun, and to no other."""

    async def main() -> None:
        async with asked(numbers, 1) as service:
            long = await begun(asyncio.create_task(service.answer(Question(ENDLESS, seconds=0.2))))
            behind = [await begun(asyncio.create_task(service.answer(one(n)))) for n in range(8)]

            assert await kind(long) == "time"
            assert [number(found) for found in await asyncio.gather(*behind)] == list("01234567")
            await soon(lambda: service.stats().workers == 1)
            assert service.stats().kills == {"time": 1}
            assert service.stats().queued == 0

    asyncio.run(main())


LARGE = "SELECT * { ?a ?b ?c . ?d ?e ?f } LIMIT 50000"
BUSY = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f FILTER(?c != ?f) }"


def ticks(process: int) -> int:
    """The processor time that a process has had, in ticks of the kernel."""
    return int(Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[11])


def test_a_new_worker_is_asked_last(numbers):
    """Those before it have read of the graph already, and have those pages for themselves."""

    async def main() -> None:
        async with asked(numbers, 2) as service:
            parent = service.stats().process
            before = processes(parent).keys()

            def replaced() -> bool:
                now = processes(parent).keys()
                return len(now) == 2 and len(now - before) == 1

            for _ in range(SPOOLS):  # after so many large results the worker that gave them ends
                assert not replaced()
                large = await service.answer(Question(LARGE))
                assert isinstance(large.body, SpoolFile)
                large.body.close()
            await soon(replaced)
            await soon(lambda: service.stats().workers == 2)

            (new,), (older,) = processes(parent).keys() - before, processes(parent).keys() & before
            began = ticks(new), ticks(older)
            for turn in range(5):
                await service.answer(Question(f"{BUSY} # {turn}"))
            assert ticks(new) - began[0] <= 1 < ticks(older) - began[1]

    asyncio.run(main())


@pytest.mark.parametrize("left", [(), (0,), (1, 2), (0, 1, 3, 4, 6)])
def test_large_results_are_each_their_own(numbers, left):
    """Also beside those that nobody waits for any more, and small ones."""
    often = " ".join(map(str, range(20)))
    text = "SELECT * {{ <urn:s{}> ?b ?c . ?d ?e ?f VALUES ?g {{ {} }} }}"
    questions = [Question(text.format(number_, often)) for number_ in range(8)]

    async def main() -> None:
        async with asked(numbers, 1) as service:
            inquiries = [Inquiry() for _ in questions]
            tasks = [
                await begun(asyncio.create_task(service.answer(question, inquiry)))
                for question, inquiry in zip(questions, inquiries, strict=True)
            ]
            small = [await begun(asyncio.create_task(service.answer(one(n)))) for n in range(3)]
            await asyncio.sleep(0.05 * (len(left) % 2))
            for number_ in left:
                inquiries[number_].give_up()
            found = await asyncio.gather(*tasks, return_exceptions=True)
            assert [number(answer) for answer in await asyncio.gather(*small)] == list("012")
            for place, answer in enumerate(found):
                if place in left and isinstance(answer, asyncio.CancelledError):
                    continue
                assert isinstance(answer, Answer), answer
                content = answer.content()
                assert len(content) > INLINE
                assert isinstance(answer.body, SpoolFile)
                assert sha256(content).digest() == answer.body.digest
                rows = json.loads(content)["results"]["bindings"]
                assert {row["c"]["value"] for row in rows} == {str(place)}
                answer.body.close()

    asyncio.run(main())


@pytest.mark.parametrize("first", [False, True])
def test_who_leaves_takes_nobody_along(numbers, first):
    """A question that is given up costs others no answer, whether it was begun or waits."""

    async def main() -> None:
        async with asked(numbers, 2) as service:
            leaving = Inquiry()
            texts = [Question(ENDLESS, seconds=5), one(1)]
            mine, other = texts if first else reversed(texts)
            tasks = [service.answer(mine, leaving), service.answer(other)]
            if not first:
                tasks.reverse()
            begun_tasks = [await begun(asyncio.create_task(task)) for task in tasks]
            given_up, stays = begun_tasks if first else reversed(begun_tasks)
            leaving.give_up()

            with pytest.raises(asyncio.CancelledError):
                await given_up
            if first:
                assert number(await asyncio.wait_for(stays, 2)) == "1"
                await soon(lambda: service.stats().kills == {"given-up": 1})
            else:
                stays.cancel()
                with suppress(asyncio.CancelledError):
                    await stays
            assert number(await asyncio.wait_for(service.answer(one(2)), 5)) == "2"

    asyncio.run(main())


def test_many_at_once_are_each_answered_their_own(numbers):
    """However they are sent together, each gets the answer to what it asked."""

    async def main() -> None:
        async with asked(numbers, 2) as service:
            for start in range(0, N, 50):
                many = range(start, start + 50)
                found = await asyncio.gather(*(service.answer(one(n)) for n in many))
                assert [number(answer) for answer in found] == [str(n) for n in many]

    asyncio.run(main())


def test_what_comes_too_late_is_not_begun(numbers):
    """A worker skips what its asker has asked elsewhere by then, and goes on with the next."""
    frame = pack_question(one(3), 10)
    frames = [begun_by(frame, time.monotonic() - 1), begun_by(frame, math.inf), frame]
    web, line = socket.socketpair()
    with web, line, tempfile.TemporaryFile(buffering=0) as spool:
        evaluator = Evaluator(Opened(load_files(numbers.files)), BUDGET, [cast("FileIO", spool)])
        worker = threading.Thread(target=serve, args=(line, evaluator, [].append))
        worker.start()
        web.sendall(b"".join(frames))
        incoming, replies = Incoming(), []
        while len(replies) < len(frames):
            replies += incoming.feed(web.recv(PIECE))
        web.shutdown(socket.SHUT_WR)
        worker.join()

    assert [reply.skipped for reply in replies] == [True, False, False]
    assert replies[1].body == replies[2].body != b""


@pytest.mark.parametrize("size", [1, 2, 3, 7, 50])
def test_frames_may_be_cut_anywhere(numbers, size):
    """Questions that come in pieces of any size are put together, and so are answers."""
    frames = b"".join(pack_question(one(n), 10) for n in range(20))
    web, line = socket.socketpair()
    with web, line, tempfile.TemporaryFile(buffering=0) as spool:
        evaluator = Evaluator(Opened(load_files(numbers.files)), BUDGET, [cast("FileIO", spool)])
        worker = threading.Thread(target=serve, args=(line, evaluator, [].append))
        worker.start()
        for start in range(0, len(frames), size):
            web.sendall(frames[start : start + size])
        incoming, replies = Incoming(), []
        while len(replies) < 20:
            replies += incoming.feed(web.recv(size))
        web.shutdown(socket.SHUT_WR)
        worker.join()

    found = [json.loads(reply.body)["results"]["bindings"][0]["o"]["value"] for reply in replies]
    assert found == [str(n) for n in range(20)]


def test_a_long_text_behind_a_short_one(tmp_path: Path):
    """A question that is larger than a worker reads at once is whole, wherever it begins."""
    path = tmp_path / "one.nt"
    path.write_text('<urn:a> <urn:b> "c" .\n')

    async def main() -> None:
        async with asked(Source(files=(str(path),)), 1) as service:
            texts = [f"ASK {{}} # {'x' * size}" for size in (1, 200_000, 5, 4_096, 60_000, 0)]
            found = await asyncio.gather(*(service.answer(Question(text)) for text in texts))
            assert all(b"true" in cast("bytes", answer.body) for answer in found)

    asyncio.run(main())


def test_an_unwanted_result_takes_its_file_along():
    """The next one has the next file, and not the one that nobody waited for."""

    async def main() -> None:
        line, other_end = socket.socketpair()
        control, parent = socket.socketpair()
        spools = [os.memfd_create(f"spool {n}") for n in range(3)]
        for n, spool in enumerate(spools):
            os.write(spool, bytes([n]) * (n + 1))
        worker = Worker(1, (line.detach(), *spools), control, late=10)
        worker.attach(asyncio.get_running_loop())
        answers = [worker.ask(pack_question(one(n), 10)) for n in range(3)]
        answers[0].cancel()
        for n in (0, 1, 2):
            digest = sha256(bytes([n]) * (n + 1)).digest()
            size = 7 if n == 2 else n + 1  # of the last one it says what is not so
            send_reply(other_end, Reply(body=digest, size=size, spooled=True))
        second = await asyncio.wait_for(answers[1], 5)
        with pytest.raises(Gone):
            await asyncio.wait_for(answers[2], 5)

        assert second.spool is not None
        assert second.spool.read() == b"\1\1"
        for spool in (spools[0], spools[2]):
            with pytest.raises(OSError, match="Bad file descriptor"):
                os.fstat(spool)
        second.spool.close()
        worker.close()
        for end in (other_end, control, parent):
            end.close()
        await asyncio.sleep(0.01)

    asyncio.run(main())


def test_a_failed_result_leaves_its_file_to_the_next(numbers):
    """What was spilled of it is gone; each that becomes complete has a file of its own."""
    wide = "SELECT * { ?a ?b ?c . ?d ?e ?f } LIMIT "
    with ExitStack() as stack:
        spools = [stack.enter_context(tempfile.TemporaryFile(buffering=0)) for _ in range(2)]
        kept = [os.dup(spool.fileno()) for spool in spools]
        budget = replace(BUDGET, rows=30_000)
        files = cast("list[FileIO]", spools)
        evaluator = Evaluator(Opened(load_files(numbers.files)), budget, files)
        web, line = (stack.enter_context(end) for end in socket.socketpair())
        for rows in (40_000, 20_000, 40_000, 25_000):
            web.sendall(pack_question(Question(f"{wide}{rows}"), 10))
        heard = islice(questions(line), 4)
        replies = [evaluator.answer(question, lambda: None) for question in heard]

    assert [reply.failure is None for reply in replies] == [False, True, False, True]
    assert evaluator.spent
    for reply, file in zip(replies[1::2], kept, strict=True):
        with SpoolFile(file, reply.size, reply.body) as spool:
            assert os.fstat(file).st_size == reply.size
            assert sha256(spool.read()).digest() == reply.body
    assert (replies[1].rows, replies[3].rows) == (20_000, 25_000)


@pytest.mark.parametrize("steps", range(6))
def test_a_line_is_closed_once(steps):
    """Whenever a worker is let go of, nothing is closed that has the number of its line by then."""

    async def main() -> None:
        line, other_end = socket.socketpair()
        control, parent = socket.socketpair()
        worker = Worker(1, (line.detach(), os.memfd_create("spool")), control, late=10)
        worker.attach(asyncio.get_running_loop())
        for _ in range(steps):
            await asyncio.sleep(0)
        worker.close()
        for _ in range(3):
            await asyncio.sleep(0)
        others = [os.memfd_create("other") for _ in range(20)]
        del worker
        for _ in range(10):
            await asyncio.sleep(0)
        gc.collect()
        for one in (other_end, control, parent):
            one.close()
        for other in others:
            os.fstat(other)  # would fail if it had been closed
            os.close(other)

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main())
