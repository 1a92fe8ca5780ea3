"""What is measured apart from the rivals: documents beside nginx, light queries beside bombs."""

import http.client
import random
import shutil
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
from benchmarks.rivals import Running, fetched, free_port

_HOST: Final = "127.0.0.1"
_TURTLE: Final = "text/turtle"
#: Works until its time is over.
_BOMB: Final = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i FILTER(?c != ?i) }"
_BOMBS: Final = 3
#: Light queries of each kind of moment, idle and beside bombs.
_LIGHT: Final = 100
_TURNS: Final = 3

#: The folder is told by ``-p``; what nginx keeps for requests with bodies goes there too.
_NGINX: Final = """\
daemon off; master_process off; pid nginx.pid; error_log stderr;
events {{}}
http {{
  access_log off; default_type text/turtle; keepalive_requests 100000000; sendfile on;
  client_body_temp_path body; proxy_temp_path proxy; fastcgi_temp_path fastcgi;
  uwsgi_temp_path uwsgi; scgi_temp_path scgi;
  server {{ listen 127.0.0.1:{port}; root {root}; }}
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

    def __str__(self) -> str:
        ratio = self.figure / self.against
        return (
            f"{self.name}: {self.figure:,.1f} {self.unit}, "
            f"{self.what} {self.against:,.1f} {self.unit}; ratio {ratio:.2f} (goal {self.goal})"
        )


def apart(running: Running, seconds: float, clients: int, folder: Path) -> Iterator[Pair]:
    """Each comparison; that with nginx where it is installed."""
    if shutil.which("nginx"):
        yield _document(running, seconds, clients, folder)
    yield _beside(running)


def _document(running: Running, seconds: float, clients: int, folder: Path) -> Pair:
    """A document asked for again and again, and nginx with the same bytes in a file."""
    path = "/doc/organization/o1.ttl"
    body = fetched(running.port, path, _TURTLE)
    file = folder / "nginx" / path.removeprefix("/")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(body)
    mine: list[float] = []
    theirs: list[float] = []
    with _nginx(folder / "nginx") as port:
        for _ in range(_TURNS):
            for port_asked, rates in ((running.port, mine), (port, theirs)):
                work = load.Load(port_asked, [path], _TURTLE, clients, seconds)
                rates.append(load.run(work).rate)
    figures = median(mine), median(theirs)
    return Pair("a document, repeated", "/s", *figures, "nginx with its bytes", "≥ 0.45")


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
                fetched(port, "/nginx.conf", _TURTLE)
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
    connection = http.client.HTTPConnection(_HOST, running.port, timeout=60)
    connection.request("GET", f"{target}&timeout=5")
    connection.getresponse().read()
    connection.close()
