"""Measures how soon ``parkgraph serve`` answers when the release is there, and what it holds.

``python -m benchmarks.start FOLDER``: FOLDER is a publication with a release; where there is none a
release of generated organisations is written first (``--organisations 40000`` for 1 million
triples). Each start is a process of its own; the page cache is warm, as after a build, and the
program is compiled, as pip leaves one that it installs.
"""

import argparse
import compileall
import re
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import Final

import parkgraph
from benchmarks import mix
from benchmarks.processes import fetched, free_port
from benchmarks.release import write_release
from parkgraph.release import open_release

_DOCUMENT: Final = "/doc/organization/o7"
#: What is asked first: the front door, a description, a point query.
ASKED: Final = {
    "/": ("/", "text/html"),
    "/doc": (_DOCUMENT, "text/turtle"),
    "/sparql": (mix.target("/sparql", mix.points(8, 1, 1)[0]), mix.SOLUTIONS),
}
#: Seconds between two tries, and until a start is given up.
_TRY: Final = 0.005
_LONGEST: Final = 300.0


def first_answer(folder: Path, name: str, *options: str) -> tuple[float, float]:
    """Seconds from the start to the first answer, and megabytes of the web process then."""
    port = free_port()
    command = [sys.executable, "-m", "parkgraph", "serve", str(folder), "--port", str(port)]
    with tempfile.TemporaryFile() as said:
        began = time.perf_counter()
        server = subprocess.Popen([*command, *options], stderr=said)  # noqa: S603  # ours
        try:
            while server.poll() is None and time.perf_counter() < began + _LONGEST:
                try:
                    fetched(port, *ASKED[name])
                except (OSError, RuntimeError):
                    time.sleep(_TRY)
                else:
                    return time.perf_counter() - began, resident(server.pid)
            said.seek(0)
            raise RuntimeError(said.read().decode())
        finally:
            server.terminate()
            server.wait(30)


def resident(server: int) -> float:
    """Megabytes that the web process holds: the largest child that runs no query."""
    found = 0
    for status in Path("/proc").glob("[0-9]*/status"):
        text = status.read_text() if status.exists() else ""
        if f"PPid:\t{server}\n" in text and (size := re.search(r"VmRSS:\s+(\d+)", text)):
            found = max(found, int(size[1]))
    return found / 1024


def main() -> None:
    """Print a line for each first request."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--organisations", type=int, default=40_000)
    parser.add_argument("--starts", type=int, default=5)
    parser.add_argument("--query-store", default="auto")
    chosen = parser.parse_args()
    if not (chosen.folder / "releases" / "current").exists():
        write_release(chosen.folder, chosen.organisations)
    compileall.compile_dir(Path(parkgraph.__path__[0]), quiet=1)
    quads = open_release(chosen.folder / "releases").manifest.quads
    sys.stdout.write(
        f"{quads:,} quads, {chosen.starts} starts each: median and slowest, web process\n"
    )
    for name in ASKED:
        options = ("--query-store", chosen.query_store)
        runs = [first_answer(chosen.folder, name, *options) for _ in range(chosen.starts)]
        seconds, sizes = zip(*runs, strict=True)
        figures = f"{median(seconds):6.2f} s {max(seconds):6.2f} s {median(sizes):6.0f} MB"
        sys.stdout.write(f"{name:8} {figures}\n")


if __name__ == "__main__":
    main()
