"""Run the web application under granian."""

import os
from pathlib import Path

from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from parkgraph.web.wsgi import PUBLIC_URL, RELEASES


def serve(root: Path, host: str, port: int, public_url: str, processes: int) -> None:
    """Serve the releases in ``root`` until a signal ends it.

    Args:
        root: the folder of releases; each web process opens the current one for itself.
        host: the address to bind.
        port: the port to bind.
        public_url: where clients reach the server.
        processes: web processes; limits and metrics are per process.
    """
    # Worker processes are started afresh and find their settings where any WSGI server's would.
    os.environ[RELEASES] = str(root.resolve())
    os.environ[PUBLIC_URL] = public_url
    Granian(
        "parkgraph.web.wsgi:create",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        factory=True,
        workers=processes,
        blocking_threads=16,
        log_level=LogLevels.warning,
        websockets=False,
        workers_kill_timeout=10,
    ).serve()
