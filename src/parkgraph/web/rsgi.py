"""The RSGI application for granian, over what the environment names."""

import asyncio
import gc
import json
import os
import signal
from asyncio import AbstractEventLoop
from pathlib import Path
from typing import TYPE_CHECKING, Final

from parkgraph.errors import ParkgraphError
from parkgraph.web.wsgi import limits, opened, trusted

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterator

    from parkgraph.web.front import Front, Manner
    from parkgraph.web.live import Editions
    from parkgraph.web.wire import Scope, Wire

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


class Application:
    """What granian calls; what is served is opened while the program for it is imported.

    Both take their time in processes of their own, so together they take half of it.
    """

    _front: "Front"

    def __rsgi_init__(self, loop: AbstractEventLoop) -> None:
        """Open, import, and be ready."""
        _end_at_once()
        gc.disable()  # nothing of what is imported is garbage
        # Imported before the thread asks for it: so the query processes are on their way while
        # this one is busy with all the rest.
        from parkgraph.web import live  # noqa: F401

        opening = loop.run_in_executor(None, _opened, loop)
        from parkgraph.web.front import Front

        def opened_by_then(_: AbstractEventLoop) -> "Editions":
            return loop.run_until_complete(_ready(opening))

        self._front = Front(opened_by_then, limits(), trusted(), _manner())
        self._front.__rsgi_init__(loop)
        gc.freeze()  # what is there now stays: it is not to be looked through again and again
        gc.set_threshold(*COLLECTED)
        gc.enable()

    def __rsgi_del__(self, loop: AbstractEventLoop) -> None:
        """End the query processes, and with them all that waits for an answer."""
        self._front.__rsgi_del__(loop)

    def __rsgi__(self, scope: "Scope", protocol: "Wire") -> "Coroutine[None, None, None]":
        """Serve one request."""
        return self._front.__rsgi__(scope, protocol)


def _end_at_once() -> None:
    """Let SIGTERM end this process before it is ready: there is nothing under way.

    The loop hears of a signal only while it runs, and of what came before only with the next one;
    :class:`parkgraph.web.front.Front` listens as soon as it runs.
    """
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})


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


def create() -> Application:
    """The application."""
    return Application()


def _opened(loop: AbstractEventLoop) -> "Editions":
    try:
        return opened(loop)
    except ParkgraphError as error:
        if STATUS not in os.environ:
            raise
        Path(os.environ[STATUS]).write_text(
            json.dumps([[f.code, f.message, f.where, f.help] for f in error.findings]), "utf-8"
        )
        os._exit(2)  # the starter says why; a traceback would only hide it
