"""Work that is brief, as a rule: done on the event loop itself, for as long as it is.

The way to a thread and back takes longer than a description.
"""

import asyncio
import time
from collections.abc import Callable
from typing import Final, TypeVar, TypeVarTuple

T = TypeVar("T")
_Given = TypeVarTuple("_Given")

#: Seconds that nobody else is answered for, at most.
_LONG: Final = 0.05
#: Seconds for which nothing is done here once something took longer.
_A_WHILE: Final = 1.0
#: Seconds of such work in one round of the loop: whoever comes then lets others be answered first.
_A_ROUND: Final = 0.001


class Brief:
    """Does work at once, in what room the loop has for that; for the thread of the loop.

    Once something took too long, a disk may be slow or the things large: threads are to do such
    work for a while. The ``clock`` counts seconds; the loop's own may count them by thousandths.
    """

    def __init__(
        self, loop: asyncio.AbstractEventLoop, clock: Callable[[], float] = time.perf_counter
    ) -> None:
        self._loop = loop
        self._clock = clock
        self._slow_until = 0.0
        self._this_round = 0.0

    @property
    def slow(self) -> bool:
        """Whether threads are to do it for now."""
        return self._clock() < self._slow_until

    def room(self) -> bool:
        """Whether this round of the loop has room for one more."""
        return self._this_round < _A_ROUND and not self.slow

    def do(self, work: Callable[[*_Given], T], *given: *_Given) -> T:
        """What ``work`` makes of what it is given."""
        began = self._clock()
        try:
            return work(*given)
        finally:
            ended = self._clock()
            took = ended - began
            if took > _LONG:
                self._slow_until = ended + _A_WHILE
            if not self._this_round:
                self._loop.call_soon(self._next_round)
            self._this_round += took

    def _next_round(self) -> None:
        self._this_round = 0.0
