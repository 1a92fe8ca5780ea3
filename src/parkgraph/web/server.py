"""Start a server as the command line says."""

import ctypes
import json
import os
import resource
import socket
import sys
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, Final

from parkgraph.errors import Diagnostic, ParkgraphError
from parkgraph.query import Budget
from parkgraph.web.crew import supervise
from parkgraph.web.limits import SPARE, Limits
from parkgraph.web.process import ACCESS_LOG, PROCESSES, STATUS, STOP
from parkgraph.web.wsgi import (
    BASE,
    BUDGET,
    DATA,
    ENDPOINT,
    ENDPOINT_CACHE,
    GRAPHS,
    HELPERS,
    LIMITS,
    PUBLIC_URL,
    RELEASES,
    TRUSTED,
)


@dataclass(frozen=True, slots=True)
class Binding:
    """Where a server listens, and where clients reach it.

    Attributes:
        processes: web processes that share the port; limits and metrics are per process.
        helpers: processes that answer besides each of them.
        trusted: proxies whose X-Forwarded-For is believed.
        limits: what clients may take.
        stop: seconds that requests under way have when the server is to end.
        log: the file of the access log, ``-`` for the standard error; empty for none.
    """

    host: str
    port: int
    public_url: str
    processes: int
    helpers: int
    trusted: tuple[str, ...]
    limits: Limits
    stop: float
    log: str


def settled(settings: Mapping[str, Any]) -> tuple[Binding, Budget]:
    """The settings of the command line as values; what is not set has a default."""
    host, port = settings["host"], settings["port"]
    address = settings["public_url"] or f"http://{_named(host)}:{port}"
    binding = Binding(
        host,
        port,
        f"{address.rstrip('/')}/",
        settings["web_processes"],
        _helpers(settings["helpers"], settings["web_processes"]),
        trusted=settings["trusted_proxy"],
        limits=_limits(settings),
        stop=settings["stop_seconds"],
        log=settings["access_log"] or "",
    )
    budget = Budget(
        seconds=settings["query_seconds"],
        memory=settings["query_memory"] * 1024**2,
        rows=settings["query_rows"],
        result_bytes=settings["query_megabytes"] * 1_000_000,
        queued=settings["query_queue"],
        graph=_graph(settings["query_store"], binding.processes),
    )
    workers = settings["query_workers"]
    return binding, replace(budget, workers=workers) if workers else budget


def _named(host: str) -> str:
    """How an address names a host: one of IPv6 in brackets, without its zone (RFC 3986 §3.2.2)."""
    if host in _HERE:
        return "localhost"
    return f"[{host.partition('%')[0]}]" if ":" in host else host


#: Addresses of this machine, which people know as localhost.
_HERE: Final = frozenset({"127.0.0.1", "0.0.0.0", "::", "::1"})  # noqa: S104  # shown, not bound


def _helpers(wanted: int | None, processes: int) -> int:
    """How many answer besides each web process: one for each core that has none."""
    if wanted is not None:
        return wanted
    return max(0, min(_HELPERS, len(os.sched_getaffinity(0)) // processes - 1))


#: Beyond this the web process has its hands full with what others make.
_HELPERS: Final = 6


def _graph(where: str, processes: int) -> int | None:
    """Bytes that a graph in memory may take: each web process has its own.

    A third of all: while a release is taken up there may be two, and queries need memory too.
    """
    if where == "auto":
        return _memory() // (3 * processes)
    return 0 if where == "disk" else None


def _memory() -> int:
    """Bytes of memory that this process may use: the machine's, or what a container is given."""
    found = [os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")]
    for name in _CONTAINED:
        with suppress(OSError, ValueError):  # another kernel, or «max»
            found.append(int(Path(name).read_text()))
    return min(found)


#: Where the kernel says what a container may use, in its second and its first way.
_CONTAINED: Final = (
    "/sys/fs/cgroup/memory.max",
    "/sys/fs/cgroup/memory/memory.limit_in_bytes",
)


def _limits(settings: Mapping[str, Any]) -> Limits:
    return Limits(
        places=settings["client_queries"],
        patience=settings["client_patience"],
        seconds=settings["client_seconds"],
        connections=settings["connections"],
        client_connections=settings["client_connections"],
        downloads=settings["downloads"],
        client_downloads=settings["client_downloads"],
        client_rate=settings["client_rate"],
        waiting=settings["request_queue"],
    )


def claim(binding: Binding) -> socket.socket:
    """Take the address, so that it fails early where somebody else has it.

    Raises:
        ParkgraphError: the address cannot be bound (PG512).
    """
    taken = socket.socket(socket.AF_INET6 if ":" in binding.host else socket.AF_INET)
    taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        taken.bind((binding.host, binding.port))
    except OSError as error:
        taken.close()
        message = f"{binding.host}:{binding.port} cannot be bound: {error.strerror}"
        advice = f"choose another port: parkgraph serve --port {binding.port + 1}"
        raise ParkgraphError(Diagnostic("PG512", message, help=advice)) from error
    return taken


def serve_releases(root: Path, address: socket.socket, binding: Binding, budget: Budget) -> None:
    """Serve the releases in ``root`` until a signal ends it.

    Raises:
        ParkgraphError: a web process could not open the current release, or there is no temporary
            folder (PG517).
    """
    _serve({RELEASES: str(root.resolve())}, address, binding, budget)


def serve_data(
    files: list[Path], base: str | None, address: socket.socket, binding: Binding, budget: Budget
) -> None:
    """Serve RDF files as they are until a signal ends it.

    Raises:
        ParkgraphError: a file does not parse (PG301), or there is no temporary folder (PG517).
    """
    names = json.dumps([str(path.resolve()) for path in files])
    _serve({DATA: names, **({BASE: base} if base else {})}, address, binding, budget)


def serve_endpoint(
    settings: Mapping[str, Any],
    base: str | None,
    address: socket.socket,
    binding: Binding,
    budget: Budget,
) -> None:
    """Serve a SPARQL service until a signal ends it; it need not answer yet.

    Raises:
        ParkgraphError: there is no temporary folder (PG517).
    """
    what = {
        ENDPOINT: settings["endpoint"],
        GRAPHS: " ".join(settings["graphs"]),
        ENDPOINT_CACHE: str(settings["endpoint_cache"]),
    }
    _serve({**what, **({BASE: base} if base else {})}, address, binding, budget)


def _serve(
    what: Mapping[str, str], address: socket.socket, binding: Binding, budget: Budget
) -> None:
    # Web processes are started afresh and find their settings where any WSGI server's would.
    status = _status_file()
    settings = {
        PUBLIC_URL: binding.public_url,
        BUDGET: json.dumps(asdict(budget)),
        LIMITS: json.dumps(asdict(binding.limits)),
        TRUSTED: " ".join(binding.trusted),
        STATUS: status,
        STOP: str(binding.stop),
        PROCESSES: str(binding.processes),
        HELPERS: str(binding.helpers),
        ACCESS_LOG: binding.log,
    }
    os.environ.update({**what, **settings})
    _raise_open_files(2 * (binding.limits.connections + SPARE) + _FILES)
    _one_heap()
    try:
        if supervise(address, binding.processes, binding.stop):
            return
        if text := Path(status).read_text("utf-8"):
            raise ParkgraphError(*(Diagnostic(*finding) for finding in json.loads(text)))
        sys.exit(1)
    finally:
        Path(status).unlink()


def _status_file() -> str:
    try:
        descriptor, status = tempfile.mkstemp(prefix="parkgraph-", suffix=".json")
    except OSError as error:
        message = f"there is no temporary folder to write to: {error.strerror or error}"
        advice = "name one that this user may write to, and that has room, in TMPDIR"
        raise ParkgraphError(Diagnostic("PG517", message, help=advice)) from error
    os.close(descriptor)
    return status


#: Files that are open besides one for each connection and one for what it is sent.
_FILES: Final = 512
#: The parameter of mallopt(3) for the number of heaps, in glibc's malloc.h.
_M_ARENA_MAX: Final = -8


def _one_heap() -> None:
    """Have all threads of the processes that follow take their memory from one heap.

    glibc gives threads heaps of their own, and what one has freed serves no other: a process that
    holds 30 MB grew past 130 in minutes. Python runs one thread at a time, so they hardly meet.
    """
    if mallopt := getattr(ctypes.CDLL(None), "mallopt", None):  # another libc has no such heaps
        mallopt(_M_ARENA_MAX, 1)


def _raise_open_files(needed: int) -> None:
    """Let this process and those it starts have as many files open, as far as it may say so."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < needed:
        most = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
