"""Requests begin at once, and go on in a task of their own as soon as they wait for anything."""

import asyncio
import threading
from functools import partial
from types import SimpleNamespace
from typing import Any

import pytest
import uvloop

from parkgraph.web.atonce import begin, in_task
from parkgraph.web.bridge import Bridge
from parkgraph.web.brief import Brief

LOOPS = (asyncio.new_event_loop, uvloop.new_event_loop)


class Clock:
    """Goes on by what it is told: how busy the machine is does not count."""

    def __init__(self) -> None:
        self._now = 0.0

    def __call__(self) -> float:
        """Seconds until now."""
        return self._now

    def go_on(self, seconds: float) -> None:
        """Work that takes so many seconds."""
        self._now += seconds


def run(make_loop: Any, main: Any) -> Any:
    loop = make_loop()
    try:
        return loop.run_until_complete(main(loop))
    finally:
        loop.close()


@pytest.mark.parametrize("make_loop", LOOPS)
def test_what_does_not_wait_is_done_at_once(make_loop: Any):
    """Before whoever asked for it goes on; without a task, and what it raises is raised there."""

    async def main(loop: asyncio.AbstractEventLoop) -> None:
        done: list[object] = []

        async def work() -> None:
            done.append(asyncio.current_task())

        async def wrong() -> None:
            raise LookupError

        assert begin(loop, work()) is None
        assert done == [asyncio.current_task()]
        with pytest.raises(LookupError):
            begin(loop, wrong())

    run(make_loop, main)


@pytest.mark.parametrize("make_loop", LOOPS)
def test_what_waits_has_a_task(make_loop: Any):
    """One that can be cancelled, and that a time-out knows."""

    async def main(loop: asyncio.AbstractEventLoop) -> None:
        told: list[object] = []

        async def work() -> None:
            told.append("begun")
            await in_task()
            told.append(asyncio.current_task())
            try:
                async with asyncio.timeout(60):
                    await asyncio.sleep(60)
            except asyncio.CancelledError:
                told.append("cancelled")
                raise

        made = begin(loop, work())
        assert made
        assert told == ["begun"]
        await asyncio.sleep(0.01)
        assert told == ["begun", made]
        made.cancel()
        with pytest.raises(asyncio.CancelledError):
            await made
        assert told[2:] == ["cancelled"]

    run(make_loop, main)


@pytest.mark.parametrize("make_loop", LOOPS)
def test_work_that_is_long_goes_to_threads(make_loop: Any):
    """For a while: whoever else is to be answered waits for nothing."""
    clock = Clock()

    def work(seconds: float) -> str:
        clock.go_on(seconds)
        return threading.current_thread().name

    async def main(loop: asyncio.AbstractEventLoop) -> list[str]:
        bridge, brief = Bridge(SimpleNamespace()), Brief(loop, clock)  # type: ignore[arg-type]  # no application is asked
        try:
            run_briefly = partial(bridge.run_briefly, brief, work)
            return [await run_briefly(seconds) for seconds in (0, 0, 0.1, 0.6, 0.6, 0)]
        finally:
            bridge.close()

    here = threading.current_thread().name
    names = run(make_loop, main)
    assert [name == here for name in names] == [True, True, True, False, False, True]
    assert all(name.startswith("request") for name in names[3:5])


@pytest.mark.parametrize("make_loop", LOOPS)
def test_a_round_of_the_loop_has_room_for_a_millisecond(make_loop: Any):
    """The others come when whoever else is there has been answered."""

    async def main(loop: asyncio.AbstractEventLoop) -> list[tuple[bool, bool]]:
        clock = Clock()
        brief, told = Brief(loop, clock), []
        for seconds in (0.0001, 0.002, 0.1):
            brief.do(clock.go_on, seconds)
            told.append((brief.room(), brief.slow))
            await asyncio.sleep(0)
            await asyncio.sleep(0)
            told.append((brief.room(), brief.slow))
        return told

    assert run(make_loop, main) == [
        (True, False),
        (True, False),
        (False, False),
        (True, False),
        (False, True),
        (False, True),
    ]
