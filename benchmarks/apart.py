"""What is measured apart from the rivals: bytes beside nginx, light queries beside bombs."""

import http.client
import random
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Final

from benchmarks import generate, load, mix
from benchmarks.processes import HOST, Running, fetched, free_port
from benchmarks.rivals import HTML, TURTLE
from benchmarks.work import Plan
from parkgraph.release import Release

#: Works until its time is over.
_BOMB: Final = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i FILTER(?c != ?i) }"
_BOMBS: Final = 3
#: Light queries of each kind of moment, idle and beside bombs.
_LIGHT: Final = 100
_TURNS: Final = 3
_PIECE: Final = 1_000_000

#: The folder is told by ``-p``; what nginx keeps for requests with bodies goes there too.
_NGINX: Final = """\
daemon off; master_process off; pid nginx.pid; error_log stderr;
events {{}}
http {{
  access_log off; default_type text/turtle; keepalive_requests 100000000; sendfile on;
  client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi; scgi_temp_path scgi;
  server {{ listen 127.0.0.1:{port}; root "{root}"; }}
}}
"""


@dataclass(frozen=True, slots=True)
class Pair:
    """A figure and what it is held against; their ratio is what counts."""

    name: str
    unit: str
    figure: float
    against: float
    what: str
    goal: str


def apart(running: Running, plan: Plan, published: Release, folder: Path) -> Iterator[Pair]:
    """Each comparison; those with nginx where it is installed."""
    if shutil.which("nginx"):
        root = folder / "nginx"
        root.mkdir()
        with _nginx(root) as port:
            yield _document(running, plan, TURTLE, root, port)
            yield _document(running, plan, HTML, root, port)
            yield from _dump(running, published, root, port)
    yield _beside(running)


def _document(running: Running, plan: Plan, form: str, root: Path, port: int) -> Pair:
    """A document asked for again and again, and nginx with the same bytes in a file."""
    file = form.rpartition("/")[2]
    (root / file).write_bytes(fetched(running.port, running.document, form))
    mine: list[float] = []
    theirs: list[float] = []
    for _ in range(_TURNS):
        for where, path, rates in (
            (running.port, running.document, mine),
            (port, f"/{file}", theirs),
        ):
            work = load.Load(where, [path], form, plan.clients, plan.seconds)
            rates.append(load.run(work, name=plan.client).rate)
    figures = median(mine), median(theirs)
    return Pair(f"a document, repeated, {file}", "/s", *figures, "nginx with its bytes", "≥ 0.45")


def _dump(running: Running, published: Release, root: Path, port: int) -> Iterator[Pair]:
    """The N-Triples of the release as a download, and nginx with the same file."""
    file = "parkgraph.nt"
    shutil.copy(published.folder / file, root / file)
    path, size = f"/release/{published.manifest.name}/{file}", (root / file).stat().st_size
    before = most = running.memory()
    mine: list[float] = []
    theirs: list[float] = []
    for _ in range(2 * _TURNS):
        for where, address, rates in ((running.port, path, mine), (port, f"/{file}", theirs)):
            rates.append(size / _downloaded(where, address, size) / 1e6)
        most = max(most, running.memory())
    figures = median(mine), median(theirs)
    yield Pair("a dump, downloaded", "MB/s", *figures, "nginx with its bytes", "≥ 0.9")
    yield Pair("memory beside downloads", "MB", most, before, "before them", "flat")


def _downloaded(port: int, path: str, size: int) -> float:
    """Seconds from a request to the last byte of its answer, which are thrown away."""
    began, got, room = time.perf_counter(), 0, bytearray(_PIECE)
    with socket.create_connection((HOST, port), timeout=60) as connection:
        asked = f"GET {path} HTTP/1.1\r\nHost: {HOST}:{port}\r\nConnection: close\r\n\r\n"
        connection.sendall(asked.encode("ascii"))
        head = connection.recv(_PIECE)
        if not head.startswith(b"HTTP/1.1 200"):
            message = f"no download: {head[:100]!r}"
            raise RuntimeError(message)
        got = len(head)
        while piece := connection.recv_into(room):
            got += piece
    if got < size:
        message = f"{got} of {size} bytes arrived"
        raise RuntimeError(message)
    return time.perf_counter() - began


@contextmanager
def _nginx(root: Path) -> Iterator[int]:
    port = free_port()
    (root / "nginx.conf").write_text(_NGINX.format(port=port, root=root))
    command = ["nginx", "-p", str(root), "-c", "nginx.conf"]
    with (root / "log").open("wb") as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)  # noqa: S603  # a fixed program
    try:
        while process.poll() is None:
            try:
                fetched(port, "/nginx.conf", TURTLE)
            except OSError:
                time.sleep(0.01)
            else:
                break
        yield port
    finally:
        process.terminate()
        process.wait()


def _beside(running: Running) -> Pair:
    """Light queries of one client, idle and while three bombs run."""
    idle: list[float] = []
    beside: list[float] = []
    for turn in range(_TURNS):
        idle += _light(running, 2 * turn)
        bombs = [threading.Thread(target=_bomb, args=[running, turn, n]) for n in range(_BOMBS)]
        for bomb in bombs:
            bomb.start()
        time.sleep(0.5)
        beside += _light(running, 2 * turn + 1)
        for bomb in bombs:
            bomb.join()
    figures = 1000 * median(beside), 1000 * median(idle)
    return Pair("a light query beside three bombs", "ms", *figures, "idle", "≤ 3")


def _light(running: Running, turn: int) -> list[float]:
    """Seconds that each of some light queries took, until there were enough or the time was up."""
    times = []
    chance = random.Random(turn)  # noqa: S311  # a choice of test data
    until = time.perf_counter() + 3
    for number in range(_LIGHT):
        iri = generate.organisation(chance.randrange(100))
        began = time.perf_counter()
        running.ask(f"SELECT * {{ <{iri}> ?p ?o }} # {turn} {number}")
        times.append(time.perf_counter() - began)
        if began > until:
            break
    return times


def _bomb(running: Running, turn: int, number: int) -> None:
    target = mix.target(running.path, f"{_BOMB} # {turn} {number}")
    connection = http.client.HTTPConnection(HOST, running.port, timeout=60)
    connection.request("GET", f"{target}&timeout=5")
    connection.getresponse().read()
    connection.close()
