"""A soak: mixed load, bombs, slow clients and new releases, for minutes; every answer is checked.

``python -m benchmarks.soak --minutes 20``. What each release says was recorded before the soak
begins; an answer is right if the release that is served then says the same.
"""

import argparse
import itertools
import json
import os
import random
import re
import shutil
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import asdict, dataclass, field
from http.client import HTTPException
from pathlib import Path
from statistics import median
from typing import Final
from urllib.parse import quote
from urllib.request import urlopen

from benchmarks.oracle import Asked, Client, Oracle, Said, record, variants
from benchmarks.processes import family, free_port

_ROOT: Final = Path(__file__).parents[1]
_PUBLIC: Final = "http://soak.example/"
_CONTENTS: Final = 3
#: Clients that ask for light things, and seconds between two of their requests.
_CLIENTS: Final = 4
_PAUSE: Final = 0.02
#: Clients that come together, and seconds for which they do and do not.
_CROWD: Final = 6
_RUSH: Final = 2.0
_REST: Final = 6.0
#: Seconds within which a new release is taken up, on a busy machine.
_TAKEN_UP: Final = 20.0
#: Seconds between two looks at the server's processes.
_LOOK: Final = 2.0
#: Looks after which something is told.
_TELL: Final = 30
#: Longer than this no light request may take, in seconds.
_LATEST: Final = 30.0
_PRODUCT: Final = "?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l"
_BOMBS: Final = (
    f"SELECT (COUNT(*) AS ?n) {{ {_PRODUCT} }}",
    f"SELECT * {{ {_PRODUCT} }} ORDER BY ?c ?f ?i",
    f"CONSTRUCT {{ ?a ?e ?i }} WHERE {{ {_PRODUCT} }}",
    "SELECT (GROUP_CONCAT(CONCAT(STR(?c), STR(?f))) AS ?x) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }",
    f"SELECT ({'(' * 10_000}1{')' * 10_000} AS ?x) {{}}",
    'SELECT (STRLEN(REPLACE(STR(?c), "(.)", "$1$1$1$1$1$1$1$1")) AS ?n) { ?a ?b ?c . ?d ?e ?f }',
)


@dataclass(slots=True)
class Period:
    """A release may be what is served from the begin of its build until its successor is taken up.

    Attributes:
        built: when its build had ended; until then its predecessor is served too.
    """

    name: str
    begun: float
    built: float = float("inf")


@dataclass
class Soak:
    """What is under way, and what has been found."""

    port: int
    oracles: dict[str, Oracle]
    until: float
    served: list[Period]
    counts: Counter[str] = field(default_factory=Counter)
    failed: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    times: list[float] = field(default_factory=list)

    def __str__(self) -> str:
        return f"{self.counts.total():,} asked, {len(self.failed)} failed, {len(self.wrong)} wrong"

    def going_on(self) -> Iterator[int]:
        """Numbers, until the time is over."""
        yield from itertools.takewhile(lambda _: time.monotonic() < self.until, itertools.count())

    def right(self, asked: Asked, said: Said, began: float) -> bool:
        """Whether a release that may have been served since ``began`` says this."""
        built = [n for n, one in enumerate(self.served) if one.built + _TAKEN_UP < began]
        possible = {one.name for one in self.served[max(built, default=0) :]}
        return any(self.oracles[name].get(asked) == said for name in possible)

    def of(self, asked: Asked, said: Said) -> list[str]:
        """The releases that say this."""
        return [name for name, oracle in self.oracles.items() if oracle.get(asked) == said]


def light(soak: Soak, number: int) -> None:
    """Ask for documents, pages, searches, light queries, downloads; some with a tag."""
    chance = random.Random(number)  # noqa: S311  # the same each time
    requests = sorted(next(iter(soak.oracles.values())), key=str)
    with closing(Client(soak.port, f"10.0.0.{number}")) as client:
        for _ in soak.going_on():
            took = _once(soak, client, chance.choice(requests), conditional=chance.random() < 0.2)
            soak.times.append(took)
            time.sleep(_PAUSE)


def crowd(soak: Soak, number: int) -> None:
    """Now and then ask for documents without a pause, so that helpers have something to do."""
    chance = random.Random(f"crowd {number}")  # noqa: S311
    oracle = next(iter(soak.oracles.values()))
    requests = sorted((one for one in oracle if one.path.startswith("/doc/")), key=str)
    for _ in soak.going_on():
        with closing(Client(soak.port, f"10.0.2.{number}")) as client:
            until = time.monotonic() + _RUSH
            while time.monotonic() < until:
                _once(soak, client, chance.choice(requests), conditional=False, of="crowd")
        time.sleep(_REST)


def _once(
    soak: Soak, client: Client, asked: Asked, *, conditional: bool, of: str = "light"
) -> float:
    """Ask once, and judge the answer; the seconds that it took."""
    known = soak.oracles[soak.served[-1].name][asked]
    began = time.monotonic()
    try:
        said = client.ask(asked, tag=known.etag if conditional and known.status == 200 else None)
    except (OSError, HTTPException) as error:
        soak.failed.append(f"{asked.path}: {error!r}")
        return time.monotonic() - began
    took = time.monotonic() - began
    soak.counts[f"{of} {said.status}"] += 1
    if said.status == 304 and conditional and said.etag == known.etag:
        return took
    if said.status >= 500 or said.status == 429 or took > _LATEST:
        soak.failed.append(f"{asked.path}: {said.status} after {took:.1f} s")
    elif not soak.right(asked, said, began):
        moment = time.monotonic() - soak.served[-1].begun
        soak.wrong.append(f"{asked} {moment:.1f} s: {soak.of(asked, said) or said}")
    return took


def bombs(soak: Soak, number: int) -> None:
    """Ask what would take all of the machine, one after the other."""
    with closing(Client(soak.port, f"10.0.1.{number}")) as client:
        for turn in soak.going_on():
            query = f"{_BOMBS[turn % len(_BOMBS)]} # {number} {turn}"
            try:
                said = client.ask(Asked(f"/sparql?timeout=1&query={quote(query)}"))
            except (OSError, HTTPException) as error:
                soak.failed.append(f"a bomb: {error!r}")
                continue
            soak.counts[f"bomb {said.status}"] += 1
            if said.status not in {200, 400, 503}:
                soak.wrong.append(f"{query}: {said}")
            time.sleep(1)


def rude(soak: Soak, _: int) -> None:
    """Half requests, downloads that nobody reads, and what is no HTTP at all."""
    name = soak.served[0].name
    dump = f"GET /release/{name}/parkgraph.nq HTTP/1.1\r\nHost: x\r\n\r\n".encode()
    pieces = (b"GET /hea", b"POST /sparql HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n", dump)
    for turn in soak.going_on():
        with ExitStack() as stack, suppress(OSError):
            for piece in (*pieces, os.urandom(500)) * 3:
                line = stack.enter_context(socket.create_connection(("127.0.0.1", soak.port), 30))
                line.sendall(piece)
            time.sleep(2 if turn % 5 else 12)
            soak.counts["rude"] += 12


def switch(soak: Soak, publication: Path, releases: Path, every: float) -> None:
    """Change the publication and build it again, in turn."""
    change = variants(_ROOT, publication, _CONTENTS)
    for turn in soak.going_on():
        next(change)
        period = Period(list(soak.oracles)[turn % _CONTENTS], time.monotonic())
        soak.served.append(period)
        if _build(publication, releases) != period.name:
            soak.failed.append("a build made another release than it had made before")
        period.built = time.monotonic()
        soak.counts["releases"] += 1
        end = min(time.monotonic() + every, soak.until)
        time.sleep(max(0.0, end - time.monotonic()))


@dataclass(frozen=True, slots=True)
class Look:
    """The server's processes at a moment: memory in MB with shared pages counted once."""

    at: float
    memory: float
    files: int
    threads: int
    zombies: int


def watch(soak: Soak, pid: int, looks: list[Look]) -> None:
    """Look at the server's processes, again and again."""
    for _ in soak.going_on():
        looks.append(_look(pid))
        if len(looks) % _TELL == 0:
            print(soak, f"{looks[-1].memory:.0f} MB", file=sys.stderr, flush=True)  # noqa: T201
        time.sleep(_LOOK)


def _look(pid: int) -> Look:
    memory = files = threads = zombies = 0
    for one in family(pid):
        with suppress(OSError):
            path = Path(f"/proc/{one}")
            zombies += ") Z " in (path / "stat").read_text()
            files += len(list((path / "fd").iterdir()))
            threads += len(list((path / "task").iterdir()))
            rollup = (path / "smaps_rollup").read_text().splitlines()
            memory += next(int(line.split()[1]) for line in rollup if line.startswith("Pss:"))
    return Look(time.monotonic(), memory / 1000, files, threads, zombies)


def _build(publication: Path, releases: Path) -> str:
    command = [sys.executable, "-m", "parkgraph", "build", str(publication)]
    command += ["--releases", str(releases)]
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603
    return Path(done.stdout.strip()).name


@contextmanager
def _serving(publication: Path, releases: Path) -> Iterator[tuple[int, int]]:
    """The port and the process of a server."""
    port = free_port()
    options = ("--public-url", _PUBLIC, "--trusted-proxy", "127.0.0.1", "--client-seconds", "10")
    command = [sys.executable, "-m", "parkgraph", "serve", str(publication)]
    command += ["--releases", str(releases), "--port", str(port), *options]
    process = subprocess.Popen(command)  # noqa: S603
    try:
        _await(port)
        yield port, process.pid
    finally:
        process.terminate()
        process.wait(60)


def _await(port: int) -> None:
    for _ in range(600):
        with suppress(OSError), closing(Client(port, "10.1.0.1")) as client:
            if client.ask(Asked("/ready")).status == 200:
                return
        time.sleep(0.1)
    raise RuntimeError("the server did not start")


def run(minutes: float, every: float, folder: Path) -> dict[str, object]:
    """The whole of it; what was found."""
    publication, releases = folder / "publication", folder / "releases"
    for name in ("data", "ontology", "shapes"):
        shutil.copytree(_ROOT / name, publication / name)
    change = variants(_ROOT, publication, _CONTENTS)
    for _ in itertools.islice(change, _CONTENTS):
        _build(publication, releases)  # so that all are there before any is asked
    oracles: dict[str, Oracle] = {}
    for _ in itertools.islice(change, _CONTENTS):
        name = _build(publication, releases)
        with _serving(publication, releases) as (port, _pid):
            oracles[name] = record(port)
    with _serving(publication, releases) as (port, pid):
        began = time.monotonic()
        soak = Soak(port, oracles, began + minutes * 60, [Period(name, 0, 0)])
        looks: list[Look] = []
        before = _look(pid)
        _go(soak, pid, looks, (publication, releases, every))
        time.sleep(_TAKEN_UP)
        soak.counts["by helpers"] = _helped(port)
        return _result(soak, minutes, looks, (before, _look(pid)))


def _helped(port: int) -> int:
    """How many requests helpers answered."""
    with urlopen(f"http://127.0.0.1:{port}/metrics", timeout=30) as answer:
        text = answer.read().decode()
    (told,) = re.findall(r"^parkgraph_helper_requests_total (\S+)$", text, re.MULTILINE)
    return int(float(told))


def _go(soak: Soak, pid: int, looks: list[Look], release: tuple[Path, Path, float]) -> None:
    threads = [threading.Thread(target=light, args=(soak, n)) for n in range(_CLIENTS)]
    threads += [threading.Thread(target=crowd, args=(soak, n)) for n in range(_CROWD)]
    threads += [threading.Thread(target=bombs, args=(soak, n)) for n in range(2)]
    threads.append(threading.Thread(target=rude, args=(soak, 0)))
    threads.append(threading.Thread(target=switch, args=(soak, *release)))
    threads.append(threading.Thread(target=watch, args=(soak, pid, looks)))
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _result(
    soak: Soak, minutes: float, looks: list[Look], ends: tuple[Look, Look]
) -> dict[str, object]:
    quarter = max(1, len(looks) // 4)
    memory = [median(look.memory for look in looks[n * quarter :][:quarter]) for n in range(4)]
    times = sorted(soak.times)
    return {
        "minutes": minutes,
        "releases": soak.counts.pop("releases"),
        "asked": dict(sorted(soak.counts.items())),
        "failed": len(soak.failed),
        "wrong": len(soak.wrong),
        "examples": [*soak.failed[:5], *soak.wrong[:5]],
        "median_ms": round(median(times) * 1000, 1),
        "99th_ms": round(times[len(times) * 99 // 100] * 1000, 1),
        "memory_by_quarter_mb": [round(one, 1) for one in memory],
        "last_to_second": round(memory[3] / memory[1], 3),
        "before": asdict(ends[0]),
        "after": asdict(ends[1]),
        "most_files": max(look.files for look in looks),
        "zombies_seen": max(look.zombies for look in looks),
        "load_average": os.getloadavg()[2],
        "requests_known": len(next(iter(soak.oracles.values()))),
    }


def main() -> None:
    """The command line; exit 1 if anything failed or was wrong, or memory grew."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--minutes", type=float, default=20)
    parser.add_argument("--every", type=float, default=45, help="seconds between two releases")
    parser.add_argument("--json", type=Path, help="a file for the result")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        result = run(options.minutes, options.every, Path(folder))
    text = json.dumps(result, indent=2)
    print(text)  # noqa: T201
    if options.json:
        options.json.write_text(f"{text}\n", "utf-8")
    flat = abs(float(str(result["last_to_second"])) - 1) <= 0.1
    sys.exit(bool(result["failed"] or result["wrong"] or not flat))


if __name__ == "__main__":
    main()
