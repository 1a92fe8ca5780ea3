"""A web process: one event loop that answers clients, over what the environment names."""

import asyncio
import gc
import json
import os
import signal
import socket
from asyncio import AbstractEventLoop
from pathlib import Path
from typing import TYPE_CHECKING, Final

import uvloop

from parkgraph.errors import ParkgraphError
from parkgraph.query.confine import die_with_parent
from parkgraph.web.wsgi import limits, opened, trusted

if TYPE_CHECKING:
    from collections.abc import Iterator

    from parkgraph.web.front import Front, Manner
    from parkgraph.web.live import Editions

#: A file for the reason why nothing can be served, read by who started the server.
STATUS: Final = "PARKGRAPH_STATUS"

#: Where the access log goes: a file, or ``-`` for the standard error.
ACCESS_LOG: Final = "PARKGRAPH_ACCESS_LOG"
#: How many web processes share the port.
PROCESSES: Final = "PARKGRAPH_WEB_PROCESSES"
#: Seconds that requests under way have when the server is to end.
STOP: Final = "PARKGRAPH_STOP_SECONDS"

#: After how many new objects Python looks for cycles, and how often further among older ones. A
#: request makes a hundred objects and hardly a cycle; the default is to look at every seventh.
COLLECTED: Final = 10_000, 20, 50

#: Clients that wait to be taken up, before the kernel turns others away.
_BACKLOG: Final = 1024
#: The exit code of a process that has written down why it cannot serve.
TOLD: Final = 2


def ending() -> frozenset[signal.Signals]:
    """What ends a server: a supervisor's word, a key, a terminal that is closed.

    What whoever started it has ignored (``nohup``, a shell's ``&``) stays so.
    """
    known = signal.SIGTERM, signal.SIGINT, signal.SIGHUP
    return frozenset(one for one in known if signal.getsignal(one) is not signal.SIG_IGN)


def run(listening: socket.socket, parent: int) -> None:
    """Serve those who connect to a socket until a signal ends it.

    Args:
        listening: it is bound, and may be shared with other processes.
        parent: the process that started this one, and takes it along when it ends.
    """
    die_with_parent(parent)
    _end_at_once()
    loop = uvloop.new_event_loop()
    asyncio.set_event_loop(loop)
    front = _front(loop)
    try:
        loop.run_until_complete(_serve(front, listening))
    finally:
        loop.run_until_complete(loop.run_in_executor(None, front.close))
        loop.close()


def _front(loop: AbstractEventLoop) -> "Front":
    """What answers; what it serves is opened while the program for it is imported.

    Both take their time in processes of their own, so together they take half of it.
    """
    gc.disable()  # nothing of what is imported is garbage
    # Imported before the thread asks for it: so the query processes are on their way while
    # this one is busy with all the rest.
    from parkgraph.web import live  # noqa: F401

    opening = loop.run_in_executor(None, _opened, loop)
    from parkgraph.web.front import Front

    editions = loop.run_until_complete(_ready(opening))
    front = Front(editions, limits(), trusted(), _manner(), loop)
    gc.freeze()  # what is there now stays: it is not to be looked through again and again
    gc.set_threshold(*COLLECTED)
    gc.enable()
    return front


async def _serve(front: "Front", listening: socket.socket) -> None:
    loop, ended = asyncio.get_running_loop(), asyncio.Event()
    for number in ending():
        loop.add_signal_handler(number, ended.set)
    server = await loop.create_server(front.port.connection, sock=listening, backlog=_BACKLOG)
    await ended.wait()
    server.close()
    await front.end()


def _end_at_once() -> None:
    """Let signals end this process before it is ready: there is nothing under way.

    The loop hears of a signal only while it runs, and of what came before only with the next one.
    """
    for number in ending():
        signal.signal(number, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_SETMASK, ())


async def _ready(opening: "asyncio.Future[Editions]") -> "Editions":
    """What is served; while it is waited for, the first page is prepared, a step at a time."""
    await asyncio.sleep(0)  # it may be there already
    steps = _preparations()
    while not opening.done() and next(steps, None):
        await asyncio.sleep(0)
    return await opening


def _preparations() -> "Iterator[str]":
    """All that the first answer takes which later ones find done."""
    from parkgraph.web.program import fingerprint
    from parkgraph.web.render import compiling

    yield fingerprint()
    yield from compiling()


def _manner() -> "Manner":
    from parkgraph.web.accesslog import AccessLog
    from parkgraph.web.front import Manner

    path = os.environ.get(ACCESS_LOG)
    alone = os.environ.get(PROCESSES, "1") == "1"
    return Manner(
        log=AccessLog(path) if path else None,
        patience=float(os.environ.get(STOP, "10")),
        process="" if alone else str(os.getpid()),
    )


def _opened(loop: AbstractEventLoop) -> "Editions":
    try:
        return opened(loop)
    except ParkgraphError as error:
        if STATUS not in os.environ:
            raise
        Path(os.environ[STATUS]).write_text(
            json.dumps([[f.code, f.message, f.where, f.help] for f in error.findings]), "utf-8"
        )
        os._exit(TOLD)  # the starter says why; a traceback would only hide it
