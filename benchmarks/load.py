"""A closed loop of clients on kept connections: wrk where it is installed, else processes of ours.

Both take the same list of request targets, so both ask the same. wrk (Debian's package of that
name) needs some 33 µs of processor time a request, the Python clients 56: on few cores, where
clients compete with the server, a figure of one is not to be compared with a figure of the other.
"""

import multiprocessing
import re
import selectors
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from itertools import cycle
from pathlib import Path
from statistics import median
from typing import Final, cast

_HOST: Final = "127.0.0.1"
_THREADS: Final = 2
_SCRIPT: Final = Path(__file__).with_name("load.lua")
_REPORT: Final = re.compile(
    r"^requests=(\d+) seconds=([\d.]+) errors=(\d+) median=(\d+)$", re.MULTILINE
)
_PIECE: Final = 256 * 1024


@dataclass(frozen=True, slots=True)
class Load:
    """What is asked, by how many clients, for how long.

    Attributes:
        targets: request targets, dealt to the clients in turn and begun again when they end.
        once: whether it is over then, be it before its time.
    """

    port: int
    targets: Sequence[str]
    accept: str
    clients: int = 8
    seconds: float = 3.0
    once: bool = False


@dataclass(frozen=True, slots=True)
class Measured:
    """What came of it.

    Attributes:
        median: milliseconds from a request to the end of its answer.
        errors: answers without status 200, and connections that broke.
    """

    requests: int
    seconds: float
    median: float
    errors: int

    @property
    def rate(self) -> float:
        """Answers a second."""
        return self.requests / self.seconds


def client() -> str:
    """Which client measures here: ``wrk`` or ``python``."""
    return "wrk" if shutil.which("wrk") else "python"


def run(load: Load, *, name: str | None = None) -> Measured:
    """Put the load on the server, and measure."""
    return _wrk(load) if (name or client()) == "wrk" else _python(load)


def _wrk(load: Load) -> Measured:
    with tempfile.NamedTemporaryFile("w", suffix=".txt", encoding="ascii") as file:
        file.writelines(f"{target}\n" for target in load.targets)
        file.flush()
        seconds = max(1, round(load.seconds))  # wrk knows whole seconds
        settings = [f"-t{min(_THREADS, load.clients)}", f"-c{load.clients}", f"-d{seconds}s"]
        settings += ["--timeout", "30s"]
        header, url = f"Accept: {load.accept}", f"http://{_HOST}:{load.port}/"
        command = ["wrk", *settings, "-s", str(_SCRIPT), "-H", header, url, "--", file.name]
        command += ["once"] * load.once
        done = subprocess.run(  # noqa: S603  # a fixed program
            command, check=True, capture_output=True, text=True, timeout=seconds + 60
        )
    match = _REPORT.search(done.stdout)
    if match is None:
        message = f"wrk said nothing of use: {done.stdout}{done.stderr}"
        raise RuntimeError(message)
    return Measured(int(match[1]), float(match[2]), int(match[4]) / 1000, int(match[3]))


def _python(load: Load) -> Measured:
    processes = min(_THREADS, load.clients)
    shares = [
        (load, tuple(load.targets[part::processes]), load.clients // processes)
        for part in range(processes)
    ]
    with ProcessPoolExecutor(processes, multiprocessing.get_context("spawn")) as pool:
        parts = list(pool.map(_share, *zip(*shares, strict=True)))
    times = [one for part in parts for one in part.times]
    seconds = max(part.seconds for part in parts)
    errors = sum(part.errors for part in parts)
    return Measured(len(times), seconds, 1000 * median(times or [0.0]), errors)


@dataclass(slots=True)
class _Part:
    """What one process measured."""

    times: list[float] = field(default_factory=list)
    errors: int = 0
    seconds: float = 0.0


def _share(load: Load, targets: Sequence[str], clients: int) -> _Part:
    """One process: its clients wait for their answers together."""
    requests = list(_requests(targets, load))
    waiting = iter(requests) if load.once else cycle(requests)
    part, began = _Part(), time.perf_counter()
    with selectors.DefaultSelector() as selector:
        connections = [_Connection(load.port) for _ in range(clients)]
        for one in connections:
            selector.register(one.socket, selectors.EVENT_READ, one)
            one.send(waiting)
        while (now := time.perf_counter()) < began + load.seconds:
            if load.once and len(part.times) >= len(targets):
                break
            for key, _ in selector.select(timeout=began + load.seconds - now):
                _take(cast("_Connection", key.data), waiting, part, selector)
        for one in connections:
            one.socket.close()
    part.seconds = time.perf_counter() - began
    return part


def _take(
    one: "_Connection", waiting: Iterator[bytes], part: _Part, selector: selectors.BaseSelector
) -> None:
    try:
        status = one.receive()
    except OSError:
        status = 0
    if status is None:
        return
    part.times.append(time.perf_counter() - one.began)
    if status != 200:
        part.errors += 1
    if status == 0:
        selector.unregister(one.socket)
        one.connect()
        selector.register(one.socket, selectors.EVENT_READ, one)
    one.send(waiting)


def _requests(targets: Iterable[str], load: Load) -> Iterable[bytes]:
    head = f"HTTP/1.1\r\nHost: {_HOST}:{load.port}\r\nAccept: {load.accept}\r\n\r\n"
    return (f"GET {target} {head}".encode("ascii") for target in targets)


class _Connection:
    """A connection that is kept; it knows where an answer ends."""

    def __init__(self, port: int) -> None:
        self._port = port
        self.began = 0.0
        self.connect()

    def connect(self) -> None:
        """Begin anew."""
        self.socket = socket.create_connection((_HOST, self._port), timeout=60)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._received = b""

    def send(self, waiting: Iterator[bytes]) -> None:
        """Send the next request, if there is one."""
        if (request := next(waiting, None)) is None:
            return
        self.began = time.perf_counter()
        self.socket.sendall(request)

    def receive(self) -> int | None:
        """The status of the answer if it is complete now.

        Raises:
            ConnectionError: the server has closed the connection.
        """
        piece = self.socket.recv(_PIECE)
        if not piece:
            raise ConnectionResetError
        self._received += piece
        head, found, body = self._received.partition(b"\r\n\r\n")
        if not found or not _complete(head.lower(), body):
            return None
        self._received = b""
        return int(head[9:12])


def _complete(head: bytes, body: bytes) -> bool:
    if b"\r\ntransfer-encoding: chunked" in head:
        return body.endswith(b"0\r\n\r\n")
    _, found, length = head.partition(b"\r\ncontent-length:")
    return not found or len(body) >= int(length.split(b"\r\n", 1)[0])
