"""Starts the servers that are compared: ours, and each rival that is installed.

A further rival is one more function that yields a :class:`Running`, and its row in ``RIVALS``.
"""

import http.client
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from benchmarks import generate, mix

#: Seconds that a server may take until its first answer: 10 million triples from a file.
_START: Final = 600.0
_HOST: Final = "127.0.0.1"


def fetched(port: int, path: str, accept: str) -> bytes:
    """What a server answers at ``path``, on a connection of its own.

    Raises:
        OSError: the server does not listen.
        RuntimeError: the status is not 200.
    """
    connection = http.client.HTTPConnection(_HOST, port, timeout=120)
    try:
        connection.request("GET", path, headers={"Accept": accept})
        response = connection.getresponse()
        body = response.read()
    finally:
        connection.close()
    if response.status != 200:
        message = f"{response.status} for {path[:1000]}: {body[:300]!r}"
        raise RuntimeError(message)
    return body


@dataclass(frozen=True, slots=True)
class Running:
    """A server that has given its first answer.

    Attributes:
        path: of its SPARQL endpoint.
        prepared: seconds of work on the data before the start, where a rival needs that.
        started: seconds from the start of the process to the first answer.
    """

    port: int
    path: str
    prepared: float
    started: float
    process: subprocess.Popen[bytes]

    def ask(self, query: str, accept: str = mix.SOLUTIONS) -> bytes:
        """The answer to one query, on a connection of its own.

        Raises:
            OSError: the server does not listen.
            RuntimeError: the status is not 200.
        """
        return fetched(self.port, mix.target(self.path, query), accept)

    def memory(self) -> int:
        """Megabytes of memory of the server and its children, shared pages counted once."""
        return sum(_proportional(pid) for pid in _family(self.process.pid)) // 1024

    def worked(self) -> float:
        """Seconds of processor time of the server and its children, those that ended too."""
        return sum(_ticks(pid) for pid in _family(self.process.pid)) / os.sysconf("SC_CLK_TCK")


#: Starts a server over an N-Triples file, with a scratch folder of its own.
Start = Callable[[Path, Path], AbstractContextManager[Running]]


@contextmanager
def ours(data: Path, folder: Path) -> Iterator[Running]:
    """``parkgraph serve --data``, as a user starts it."""
    port = free_port()
    command = [sys.executable, "-m", "parkgraph", "serve", "--base", generate.SPACE]
    command += ["--data", str(data)]
    with _serving([*command, "--port", str(port)], port, "/sparql", 0.0, folder) as running:
        yield running


@contextmanager
def oxigraph(data: Path, folder: Path) -> Iterator[Running]:
    """The Oxigraph server over its store on disk, loaded first."""
    program, store = _program("oxigraph"), str(folder / "store")
    port, began = free_port(), time.perf_counter()
    for command in (["load", "--location", store, "--file", str(data)], ["optimize", "-l", store]):
        subprocess.run([program, *command], check=True, capture_output=True)  # noqa: S603  # ours
    prepared = time.perf_counter() - began
    command = [program, "serve", "--location", store, "--bind", f"{_HOST}:{port}"]
    with _serving(command, port, "/query", prepared, folder) as running:
        yield running


RIVALS: Final[Mapping[str, Start]] = {"oxigraph": oxigraph}


def installed() -> dict[str, Start]:
    """The rivals whose program is here, by its name."""
    return {name: start for name, start in RIVALS.items() if _found(name)}


@contextmanager
def _serving(
    command: Sequence[str], port: int, path: str, prepared: float, folder: Path
) -> Iterator[Running]:
    with (folder / "log").open("w+b") as log:
        began = time.perf_counter()
        process = subprocess.Popen(command, stdout=log, stderr=log)  # noqa: S603  # ours, above
        try:
            running = Running(port, path, prepared, 0.0, process)
            _await(running, began + _START, log)
            started = time.perf_counter() - began
            yield Running(port, path, prepared, started, process)
        finally:
            process.terminate()
            _end(process)


def _await(running: Running, until: float, log: IO[bytes]) -> None:
    """Ask until there is an answer, every 10 ms."""
    (query,) = mix.points(1, 0, 1)
    while time.perf_counter() < until and running.process.poll() is None:
        try:
            running.ask(query)
        except (OSError, http.client.HTTPException, RuntimeError):
            time.sleep(0.01)
        else:
            return
    log.seek(0)
    message = f"the server did not start: {log.read()[-2000:].decode(errors='replace')}"
    raise RuntimeError(message)


def _end(process: subprocess.Popen[bytes]) -> None:
    try:
        process.wait(30)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind((_HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def _found(name: str) -> str | None:
    beside = Path(sys.executable).parent
    return shutil.which(name, path=str(beside)) or shutil.which(name)


def _program(name: str) -> str:
    found = _found(name)
    if found is None:
        message = f"{name} is not installed"
        raise RuntimeError(message)
    return found


def _family(pid: int) -> list[int]:
    """A process, its children and theirs."""
    found = [pid]
    for parent in found:
        for task in Path(f"/proc/{parent}/task").glob("*/children"):
            found.extend(int(child) for child in task.read_text().split())
    return found


def _proportional(pid: int) -> int:
    """Kilobytes of a process, each shared page divided by those who share it."""
    try:
        lines = Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines()
    except OSError:  # it has ended meanwhile
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)


def _ticks(pid: int) -> int:
    """Own time and that of children that have ended, in ticks of the kernel."""
    try:
        return sum(
            map(int, Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:15])
        )
    except OSError:
        return 0
