"""A worker: evaluates one question at a time and is killed rather than asked to stop.

The kernel keeps the deadline: a timer whose signal ends the process, also inside Rust, where
nothing else would be heard. What a worker was doing it writes into a page shared with its parent.
"""

import os
import resource
import signal
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from io import FileIO
from mmap import mmap
from pathlib import Path
from typing import Final, NoReturn, TypeAlias

from parkgraph.errors import ParkgraphError
from parkgraph.query import confine
from parkgraph.query.evaluate import Evaluator, Opened
from parkgraph.query.load import open_describe, open_folder
from parkgraph.query.protocol import questions, send_reply, send_skipped
from parkgraph.query.setup import Phase
from parkgraph.query.values import Budget, Source

#: Exit status of a worker that was refused memory by Python; Rust aborts instead.
OUT_OF_MEMORY: Final = 12
#: What a worker says when it is ready for questions.
HELLO: Final = b"!"

#: Seconds that opening the store and the describing function may take.
_OPENING: Final = 120.0
#: After this many seconds of work, a look at how much memory it took.
_BRIEF: Final = 0.02
#: Files that asking an endpoint takes: a connection, and what finds its address.
_TALKING: Final = 16
#: Kilobytes that a worker may keep from earlier questions: what it has taken it never gives back.
_FAT: Final = 64 * 1024


#: Shows what is being done; plain numbers, since it is called for every question.
Enter: TypeAlias = Callable[[int], None]
_IDLE, _PARSING, _EVALUATING = int(Phase.IDLE), int(Phase.PARSING), int(Phase.EVALUATING)


@dataclass(frozen=True, slots=True)
class Station:
    """What a worker is born with: its line to the web process, spools, and its place to be seen."""

    line: int
    spools: tuple[int, ...]
    errors: int
    phases: mmap
    seat: int


def run(station: Station, source: Source, budget: Budget, loaded: Opened | None) -> NoReturn:
    """Be a worker, in a process just forked; never returns to the parent's code."""
    status = 1
    try:
        _work(station, source, budget, loaded)
        status = 0
    except MemoryError:
        status = OUT_OF_MEMORY
    except BaseException as error:  # noqa: BLE001  # the last word of this process, whatever it is
        name = "" if isinstance(error, ParkgraphError) else f"{type(error).__name__}: "
        os.write(2, f"{name}{error}".encode(errors="replace"))
    finally:
        os._exit(status)


def _work(station: Station, source: Source, budget: Budget, loaded: Opened | None) -> None:
    enter: Enter = partial(station.phases.__setitem__, station.seat)
    enter(Phase.STARTING)
    os.dup2(station.errors, 2)
    line, *spools = confine.keep_only(station.line, *station.spools)
    signal.setitimer(signal.ITIMER_REAL, _OPENING)
    opened = _opened(source, loaded)
    confine.limit(budget.memory)
    confine.seal(_spare(source))
    signal.setitimer(signal.ITIMER_REAL, 0)
    files = [FileIO(spool, "wb") for spool in spools]
    with socket.socket(fileno=line) as web:
        enter(Phase.IDLE)
        web.sendall(HELLO)
        if source.endpoint:
            from parkgraph.query.relay import Relay  # by now the parent has imported it

            serve(web, Relay(source, budget, files), enter)
        else:
            serve(web, Evaluator(opened, budget, files, source.base), enter)


def _opened(source: Source, loaded: Opened | None) -> Opened:
    """The store and the describing function: what is shared, else a worker's own."""
    opened = loaded or Opened(open_folder(source.store or ""))
    if opened.describe or not source.describe:
        return opened
    return replace(opened, describe=open_describe(source.describe, opened.store))


def _spare(source: Source) -> int:
    """How many files are yet to be opened: a large store on disk does so when it needs them."""
    if source.endpoint:
        return _TALKING
    if source.store is None:
        return 0
    opened = [entry.readlink() for entry in Path("/proc/self/fd").iterdir() if entry.is_symlink()]
    tables = [path for path in Path(source.store).glob("*.sst") if path.resolve() not in opened]
    return len(tables)


def serve(line: socket.socket, evaluator: Evaluator, enter: Enter) -> None:
    """Answer questions until there are no more, or this worker has to be replaced.

    Later than the deadline there is no answer.
    """
    lean = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    parsed = partial(enter, _EVALUATING)
    for asked in questions(line):
        if asked.begin_by < time.monotonic():
            send_skipped(line)
            continue
        enter(_PARSING)
        signal.setitimer(signal.ITIMER_REAL, asked.seconds)
        reply = evaluator.answer(asked, parsed)
        left, _ = signal.setitimer(signal.ITIMER_REAL, 0)
        enter(_IDLE)
        retires = evaluator.spent or (asked.seconds - left > _BRIEF and _grown(lean))
        send_reply(line, reply._replace(retires=True) if retires else reply)
        if retires:
            return


def _grown(lean: int) -> bool:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - lean > _FAT
