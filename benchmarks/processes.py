"""Servers as processes: started on a free port, awaited, weighed, and ended."""

import http.client
import os
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import IO, Final

from benchmarks import mix

#: Seconds that a server may take until its first answer: 10 million triples from a file.
_START: Final = 600.0
HOST: Final = "127.0.0.1"


def fetched(port: int, path: str, accept: str) -> bytes:
    """What a server answers at ``path``, on a connection of its own.

    Raises:
        OSError: the server does not listen.
        RuntimeError: the status is not 200.
    """
    connection = http.client.HTTPConnection(HOST, port, timeout=120)
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
        prepared: seconds of work on the data before the start, where it needs that.
        started: seconds from the start of the process to the first answer.
        document: where it answers for ``organization/o1`` with a document; empty if nowhere.
        forms: the media types that it has documents in.
    """

    port: int
    path: str
    prepared: float
    started: float
    process: subprocess.Popen[bytes]
    document: str = ""
    forms: tuple[str, ...] = ()

    def ask(self, query: str, accept: str = mix.SOLUTIONS) -> bytes:
        """The answer to one query, on a connection of its own.

        Raises:
            OSError: the server does not listen.
            RuntimeError: the status is not 200.
        """
        return fetched(self.port, mix.target(self.path, query), accept)

    def memory(self) -> int:
        """Megabytes of memory of the server and its children, shared pages counted once."""
        return sum(_proportional(pid) for pid in family(self.process.pid)) // 1024

    def worked(self) -> float:
        """Seconds of processor time of the server and its children, those that ended too."""
        return sum(_ticks(pid) for pid in family(self.process.pid)) / os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class Serving:
    """How a server is started, and where it then answers.

    Attributes:
        path, prepared, document, forms: as of :class:`Running`.
        environment: variables besides those that are set.
    """

    command: Sequence[str]
    port: int
    path: str
    prepared: float = 0.0
    document: str = ""
    forms: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    folder: Path | None = None


@contextmanager
def serving(start: Serving, folder: Path) -> Iterator[Running]:
    """Start a server with its log in ``folder``; it is ended afterwards.

    Raises:
        RuntimeError: it gives no answer.
    """
    with (folder / "log").open("w+b") as log:
        began = time.perf_counter()
        process = subprocess.Popen(  # noqa: S603  # a rival that is listed here
            start.command,
            stdout=log,
            stderr=log,
            env={**os.environ, **start.environment},
            cwd=start.folder,
        )
        where = (start.document, start.forms)
        running = Running(start.port, start.path, start.prepared, 0.0, process, *where)
        try:
            _await(running, began + _START, log)
            yield replace(running, started=time.perf_counter() - began)
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
        probe.bind((HOST, 0))
        port: int = probe.getsockname()[1]
        return port


def family(pid: int) -> list[int]:
    """A process, its children and theirs; zombies among them."""
    found = [pid]
    for parent in found:
        for task in Path(f"/proc/{parent}/task").glob("*/children"):
            with suppress(OSError):  # it has ended meanwhile
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
