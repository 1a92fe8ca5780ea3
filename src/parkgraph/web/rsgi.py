"""The RSGI application for granian, over what the environment names."""

import json
import os
from asyncio import AbstractEventLoop
from pathlib import Path
from typing import Final

from parkgraph.errors import ParkgraphError
from parkgraph.web.accesslog import AccessLog
from parkgraph.web.front import Front, Manner
from parkgraph.web.live import Editions
from parkgraph.web.wsgi import gate, opened, trusted

#: A file for the reason why nothing can be served, read by who started the server.
STATUS: Final = "PARKGRAPH_STATUS"

#: Where the access log goes: a file, or ``-`` for the standard error.
ACCESS_LOG: Final = "PARKGRAPH_ACCESS_LOG"
#: How many web processes share the port.
PROCESSES: Final = "PARKGRAPH_WEB_PROCESSES"
#: Seconds that requests under way have when the server is to end.
STOP: Final = "PARKGRAPH_STOP_SECONDS"


def create() -> Front:
    """The application; what it serves is opened when its loop is there."""
    return Front(_opened, gate(), trusted(), _manner())


def _manner() -> Manner:
    path = os.environ.get(ACCESS_LOG)
    alone = os.environ.get(PROCESSES, "1") == "1"
    return Manner(
        log=AccessLog(path) if path else None,
        patience=float(os.environ.get(STOP, "10")),
        process="" if alone else str(os.getpid()),
    )


def _opened(loop: AbstractEventLoop) -> Editions:
    try:
        return opened(loop)
    except ParkgraphError as error:
        if STATUS not in os.environ:
            raise
        Path(os.environ[STATUS]).write_text(
            json.dumps([[f.code, f.message, f.where, f.help] for f in error.findings]), "utf-8"
        )
        os._exit(2)  # the starter says why; a traceback would only hide it
