"""Starts the servers that are compared: ours, and each rival that is installed.

A further rival is one more function that yields a :class:`Running`, and its row in ``RIVALS``.
"""

import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from benchmarks import generate, release
from benchmarks.processes import HOST, Running, Serving, free_port, serving

_HERE: Final = Path(__file__).parent
#: Where `make bench` puts the rivals of Python's index, each in an environment of its own.
_OWN: Final = _HERE / ".rivals"
_TRIFID: Final = _HERE / "trifid"

TURTLE: Final = "text/turtle"
HTML: Final = "text/html"

#: Starts a server over an N-Triples file, with a scratch folder of its own.
Start = Callable[[Path, Path], AbstractContextManager[Running]]


@contextmanager
def ours(made: release.Made, folder: Path, *options: str) -> Iterator[Running]:
    """``parkgraph serve`` over a release of the same data, as a user starts it."""
    port = free_port()
    command = [*release.PARKGRAPH, "serve", str(made.publication), "--port", str(port), *options]
    forms = (TURTLE, HTML)
    document = "/doc/organization/o1"
    with serving(Serving(command, port, "/sparql", 0.0, document, forms), folder) as running:
        yield running


@contextmanager
def data_mode(data: Path, folder: Path) -> Iterator[Running]:
    """``parkgraph serve --data``, as a user starts it."""
    port = free_port()
    command = [*release.PARKGRAPH, "serve", "--base", generate.SPACE, "--data", str(data)]
    command += ["--port", str(port)]
    document = "/doc/organization/o1"
    with serving(Serving(command, port, "/sparql", 0.0, document, (TURTLE,)), folder) as running:
        yield running


@contextmanager
def oxigraph(data: Path, folder: Path) -> Iterator[Running]:
    """The Oxigraph server over its store on disk, loaded first."""
    program, store = _program("oxigraph"), str(folder / "store")
    port, began = free_port(), time.perf_counter()
    for command in (["load", "--location", store, "--file", str(data)], ["optimize", "-l", store]):
        subprocess.run([program, *command], check=True, capture_output=True)  # noqa: S603  # ours
    prepared = time.perf_counter() - began
    command = [program, "serve", "--location", store, "--bind", f"{HOST}:{port}"]
    with serving(Serving(command, port, "/query", prepared), folder) as running:
        yield running


@contextmanager
def rdflib_endpoint(data: Path, folder: Path) -> Iterator[Running]:
    """rdflib-endpoint over the file, in rdflib's own store."""
    port = free_port()
    program = _program("rdflib-endpoint")
    command = [program, "serve", "--host", HOST, "--port", str(port), str(data)]
    with serving(Serving(command, port, "/"), folder) as running:
        yield running


@contextmanager
def trifid(data: Path, folder: Path) -> Iterator[Running]:
    """Trifid over the file, in its own store."""
    port = free_port()
    server = str(_TRIFID / "node_modules/trifid/server.js")
    command = [_program("node"), server, "-c", str(_TRIFID / "config.yaml"), "-p", str(port)]
    environment = {
        "FETCH_HANDLER_FILE": str(data),
        "FETCH_HANDLER_FILE_TYPE": "application/n-triples",
        "DATASET_BASE_URL": generate.SPACE,
        "NODE_OPTIONS": "--max-old-space-size=8192",
    }
    document = "/id/organization/o1"
    start = Serving(command, port, "/query", 0.0, document, (TURTLE, HTML), environment)
    with serving(start, folder) as running:
        yield running


@contextmanager
def virtuoso(data: Path, folder: Path) -> Iterator[Running]:
    """Virtuoso over its store on disk, loaded first."""
    console, port = free_port(), free_port()
    (folder / "virtuoso.ini").write_text(_VIRTUOSO.format(console=console, port=port, data=data))
    command = [_program("virtuoso-t"), "-f", "-c", "virtuoso.ini"]
    began = time.perf_counter()
    loading = subprocess.Popen(  # noqa: S603  # as above
        command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        while _isql(console, "select 1;"):
            time.sleep(0.2)
        asked = f"ld_dir('{data.parent}', '{data.name}', '{generate.SPACE}');"
        if _isql(console, f"{asked} rdf_loader_run(); checkpoint; shutdown;"):
            message = "Virtuoso did not load the data"
            raise RuntimeError(message)
        loading.wait(60)
    finally:
        loading.kill()
        loading.wait()
    prepared = time.perf_counter() - began
    with serving(Serving(command, port, "/sparql", prepared, folder=folder), folder) as running:
        yield running


def _isql(port: int, statements: str) -> int:
    """The status of Virtuoso's console; its name and password are those it is born with."""
    command = [_program("isql-vt"), f"{HOST}:{port}", "dba", "dba", f"exec={statements}"]
    return subprocess.run(command, capture_output=True, check=False).returncode  # noqa: S603  # ours


_VIRTUOSO: Final = """\
[Database]
DatabaseFile = virtuoso.db
ErrorLogFile = virtuoso.log
LockFile = virtuoso.lck
TransactionFile = virtuoso.trx
xa_persistent_file = virtuoso.pxa
MaxCheckpointRemap = 2000
[TempDatabase]
DatabaseFile = virtuoso-temp.db
TransactionFile = virtuoso-temp.trx
[Parameters]
ServerPort = 127.0.0.1:{console}
ServerThreads = 20
NumberOfBuffers = 170000
MaxDirtyBuffers = 130000
DirsAllowed = {data.parent}
[HTTPServer]
ServerPort = 127.0.0.1:{port}
ServerThreads = 16
MaxClientConnections = 16
[SPARQL]
ResultSetMaxRows = 1000000
"""


@dataclass(frozen=True, slots=True)
class Rival:
    """A server to compare with.

    Attributes:
        needs: the programs without which it cannot be started.
        source: where it comes from.
        slow: whether the mix takes it so long that it is asked once.
    """

    start: Start
    needs: tuple[str, ...]
    source: str
    slow: bool = False


RIVALS: Final[Mapping[str, Rival]] = {
    "Oxigraph": Rival(oxigraph, ("oxigraph",), "PyPI oxigraph, by make bench"),
    "Virtuoso": Rival(virtuoso, ("virtuoso-t", "isql-vt"), "Debian virtuoso-opensource"),
    "Trifid": Rival(trifid, ("node", "trifid"), "npm trifid, by make bench"),
    "rdflib-endpoint": Rival(
        rdflib_endpoint, ("rdflib-endpoint",), "PyPI rdflib-endpoint, by make bench", slow=True
    ),
}

#: What was tried and is not measured, and why.
UNMEASURED: Final[Mapping[str, str]] = {
    "Prez": "the index of Python packages has none that installs (Python 3.11 to 3.13)",
}


def missing() -> dict[str, str]:
    """What is left out here: by its name, the reason."""
    found = {
        name: f"{', '.join(lacking)} not found ({rival.source})"
        for name, rival in RIVALS.items()
        if (lacking := [program for program in rival.needs if _found(program) is None])
    }
    if shutil.which("nginx") is None:
        found["nginx"] = "nginx not found (Debian nginx-light)"
    if shutil.which("wrk") is None:
        found["wrk"] = "wrk not found (Debian wrk): the load comes from Python, which weighs more"
    return {**found, **UNMEASURED}


def _found(name: str) -> str | None:
    if name == "trifid":
        server = _TRIFID / "node_modules/trifid/server.js"
        return str(server) if server.is_file() else None
    beside = [str(_OWN / name / "bin"), str(Path(sys.executable).parent)]
    places = (shutil.which(name, path=place) for place in beside)
    return next(filter(None, places), None) or shutil.which(name)


def _program(name: str) -> str:
    found = _found(name)
    if found is None:
        message = f"{name} is not installed"
        raise RuntimeError(message)
    return found
