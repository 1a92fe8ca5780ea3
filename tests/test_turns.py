"""Turns: who is quick goes alone, who is slow holds nobody up."""

import asyncio
import time
from itertools import pairwise

import pytest

from parkgraph.web.turns import BRIEF, Turns


async def worked(turns: Turns, seconds: float, told: list[tuple[float, float]]) -> None:
    async with turns.turn():
        began = time.perf_counter()
        await asyncio.to_thread(time.sleep, seconds)
        told.append((began, time.perf_counter()))


@pytest.mark.alone
def test_quick_ones_follow_each_other():
    """None begins before the one ahead has ended, and they keep their order."""

    async def main() -> list[tuple[float, float]]:
        turns, told = Turns(), []
        await asyncio.gather(*(worked(turns, BRIEF / 10, told) for _ in range(20)))
        return told

    told = asyncio.run(main())
    # One that the machine held up for longer than a turn is no quick one.
    pairs = [(a, b) for a, b in pairwise(told) if a[1] - a[0] < BRIEF]
    assert len(told) == 20
    assert pairs
    assert all(before[1] <= after[0] for before, after in pairs)


@pytest.mark.alone
def test_a_slow_one_holds_nobody_up():
    """Those behind it begin while it is still at work: the first after a turn, all in the end."""

    async def main() -> float:
        turns, told = Turns(), []
        slow = asyncio.create_task(worked(turns, 1, told))
        await asyncio.sleep(0)
        began = time.perf_counter()
        await asyncio.gather(*(worked(turns, BRIEF / 10, told) for _ in range(10)))
        took = time.perf_counter() - began
        assert not slow.done()
        await slow
        return took

    assert BRIEF / 2 < asyncio.run(main()) < 0.8


@pytest.mark.parametrize("granted", [False, True])
def test_who_gives_up_keeps_no_turn(granted):
    """Whether it still waits or has just been let in, the others go on."""

    async def main() -> list[tuple[float, float]]:
        turns, told = Turns(), []
        first = asyncio.create_task(worked(turns, BRIEF / 4, told))
        await asyncio.sleep(0)
        leaving = asyncio.create_task(worked(turns, 1, told))
        others = [asyncio.create_task(worked(turns, BRIEF / 10, told)) for _ in range(3)]
        await asyncio.sleep(0)
        if granted:
            first.add_done_callback(lambda _: leaving.cancel())
        else:
            leaving.cancel()
        await asyncio.wait_for(asyncio.gather(first, *others), 5)
        await asyncio.gather(leaving, return_exceptions=True)
        return told

    assert len(asyncio.run(main())) == 4


def test_what_fails_gives_its_turn_back():
    """An error in the block is no reason to wait for the next."""

    async def main() -> None:
        turns = Turns()
        for _ in range(3):
            with pytest.raises(ValueError, match="wrong"):
                async with turns.turn():
                    raise ValueError("wrong")
        following = asyncio.create_task(begun(turns))
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert following.done()  # in a round of the loop, without any timer

    asyncio.run(main())


async def begun(turns: Turns) -> None:
    async with turns.turn():
        pass
