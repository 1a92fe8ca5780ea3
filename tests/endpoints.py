"""SPARQL services that the tests put behind ours: real ones, and one that misbehaves on purpose."""

import re
import shutil
import socket
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from urllib.parse import parse_qs, urlencode

from tests.conftest import free_port, needs

#: What a service must not be heard to say by the clients of ours.
SECRET = "SECRET-7f3a"


def ask(address: str, query: str) -> bytes:
    """What a service says to a query, without ours between."""
    body = urlencode({"query": query}).encode()
    with urllib.request.urlopen(address, body, timeout=10) as response:
        return response.read()


@contextmanager
def oxigraph(data: str) -> Iterator[str]:
    """The address of an Oxigraph server that holds ``data``, in TriG."""
    port = free_port()
    program = Path(sys.executable).with_name("oxigraph")
    process = subprocess.Popen(
        [program, "serve", "--bind", f"127.0.0.1:{port}"], stderr=subprocess.DEVNULL
    )
    try:
        store = f"http://127.0.0.1:{port}"
        _wait(lambda: ask(f"{store}/query", "ASK {}"))
        request = urllib.request.Request(f"{store}/store", data.encode(), method="POST")
        request.add_header("Content-Type", "application/trig")
        urllib.request.urlopen(request, timeout=10).close()
        yield f"{store}/query"
    finally:
        process.terminate()
        process.wait(timeout=10)


VIRTUOSO = """
[Database]
DatabaseFile = virtuoso.db
ErrorLogFile = virtuoso.log
LockFile = virtuoso.lck
TransactionFile = virtuoso.trx
xa_persistent_file = virtuoso.pxa
FileExtend = 200
[TempDatabase]
DatabaseFile = virtuoso-temp.db
TransactionFile = virtuoso-temp.trx
[Parameters]
ServerPort = 127.0.0.1:{sql}
DisableUnixSocket = 1
CheckpointInterval = 0
NumberOfBuffers = 4000
MaxDirtyBuffers = 3000
ThreadsPerQuery = 2
[HTTPServer]
ServerPort = 127.0.0.1:{http}
ServerRoot = .
ServerThreads = 8
MaxKeepAlives = 8
KeepAliveTimeout = 10
[SPARQL]
ResultSetMaxRows = 1000
MaxQueryExecutionTime = 30
"""


@contextmanager
def virtuoso(folder: Path, *graphs: tuple[str, str]) -> Iterator[str]:
    """The address of a Virtuoso that holds ``graphs``, each a name and Turtle; it gives 1000 rows.

    It needs no rights: a folder of its own, and two free ports.
    """
    program, isql = shutil.which("virtuoso-t"), shutil.which("isql-vt")
    needs(bool(program and isql), "Virtuoso is not installed (Debian: virtuoso-opensource)")
    sql, http = free_port(), free_port()
    (folder / "virtuoso.ini").write_text(VIRTUOSO.format(sql=sql, http=http))
    command = [str(program), "+configfile", "virtuoso.ini", "+foreground"]
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
    process = subprocess.Popen(command, cwd=folder, **quiet)
    try:
        address = f"http://127.0.0.1:{http}/sparql"
        _wait(lambda: ask(address, "ASK {}"), 60)
        loads = "".join(f"DB.DBA.TTLP('{turtle}', '', '{name}');\n" for name, turtle in graphs)
        command = [str(isql), str(sql), "dba", "dba", "ERRORS=stdout"]
        subprocess.run(command, input=loads, text=True, check=True, **quiet)
        yield address
    finally:
        process.terminate()
        try:
            process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(step: Callable[[], object], seconds: float = 20) -> None:
    deadline = time.monotonic() + seconds
    while True:
        try:
            step()
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return


#: Answers a request, of which it gets head and parameters; whether another may follow on it.
Act = Callable[[socket.socket, str, dict[str, list[str]]], object]


@contextmanager
def service(act: Act) -> Iterator[int]:
    """The port of a server that hands each request to ``act``, whatever that makes of it."""
    ending = threading.Event()
    with closing(socket.create_server(("127.0.0.1", 0))) as listener:
        listener.settimeout(0.1)

        def serve() -> None:
            while not ending.is_set():
                with suppress(TimeoutError):
                    connection, _ = listener.accept()
                    threading.Thread(target=_attend, args=(connection, act), daemon=True).start()

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listener.getsockname()[1]
        ending.set()
        thread.join()


def _attend(connection: socket.socket, act: Act) -> None:
    connection.settimeout(30)
    # The other side gives up, as it should.
    with connection, suppress(OSError), connection.makefile("rb") as file:
        while head := b"".join(iter(file.readline, b"\r\n")).decode("latin-1"):
            length = re.search(r"(?i)^content-length: *(\d+)", head, re.MULTILINE)
            body = file.read(int(length[1]) if length else 0)
            if not act(connection, head, parse_qs(body.decode())):
                return
