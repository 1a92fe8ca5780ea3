"""Builds a release of many triples, beside what Oxigraph takes to load and to dump the same.

``python -m benchmarks.build --organisations 40000``: seconds from an N-Triples file to a release
that is current, proved and derived from, all dumps packed; the peak memory of all its processes;
the same of ``oxigraph load`` and of ``oxigraph dump`` in each format. About 25 triples each.
"""

import argparse
import json
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from benchmarks import generate

#: What Oxigraph writes, by file ending.
FORMATS: Final = ("ttl", "jsonld", "nt", "rdf", "nq", "trig")
#: Seconds between two looks at the memory.
_LOOK: Final = 0.1


@dataclass(frozen=True, slots=True)
class Measured:
    """What a piece of work took.

    Attributes:
        processor: seconds of processor time of all its processes.
        megabytes: the peaks of the processes that ran at a time, added up.
    """

    work: str
    seconds: float
    processor: float
    megabytes: int


def build(file: Path, root: Path) -> None:
    """Publish the triples of ``file`` in the default graph of a publication of their base."""
    # Here, for the processes that a build starts import this module and do not need it.
    from benchmarks.release import publish_file

    publish_file(file, root.parent / "publication", root)


def measured(work: str, command: Sequence[str]) -> Measured:
    """Run a command and look at it while it runs."""
    peaks: dict[int, int] = {}
    most, began, worked = 0, time.perf_counter(), _worked()
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE) as process:  # noqa: S603  # ours
        while process.poll() is None:
            running = dict(_peaks(process.pid))
            peaks = {pid: max(size, peaks.get(pid, 0)) for pid, size in running.items()}
            most = max(most, sum(peaks.values()))
            time.sleep(_LOOK)
        seconds = time.perf_counter() - began
        if process.returncode:
            message = process.stderr.read().decode() if process.stderr else ""
            raise RuntimeError(message[-2000:])
    return Measured(work, seconds, _worked() - worked, most // 1024)


def _worked() -> float:
    """Seconds of processor time of all processes that have ended below this one."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _peaks(pid: int) -> Iterator[tuple[int, int]]:
    """The peak memory of a process and of all below it, in KiB (VmHWM)."""
    try:
        status = Path(f"/proc/{pid}/status").read_text("ascii")
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text("ascii").split()
    except OSError:
        return
    for line in status.splitlines():
        if line.startswith("VmHWM:"):
            yield pid, int(line.split()[1])
    for child in children:
        yield from _peaks(int(child))


def rival(file: Path, folder: Path) -> Iterator[Measured]:
    """What Oxigraph takes to load a file and to dump it in each format."""
    program = shutil.which("oxigraph", path=str(Path(sys.executable).parent)) or "oxigraph"
    store = str(folder / "store")
    yield measured("oxigraph load", [program, "load", "--location", store, "--file", str(file)])
    for form in FORMATS:
        target = folder / f"dump.{form}"
        command = [program, "dump", "--location", store, "--graph", "default"]
        yield measured(f"oxigraph dump {form}", [*command, "--file", str(target)])
        target.unlink()


def compare(file: Path, triples: int, folder: Path) -> dict[str, object]:
    """Measure both and print a table."""
    command = [sys.executable, "-m", "benchmarks.build", "--publish"]
    command += [str(file), str(folder / "releases")]
    ours = measured("parkgraph", command)
    theirs = list(rival(file, folder))
    rival_ = Measured(
        "Oxigraph in all",
        sum(one.seconds for one in theirs),
        sum(one.processor for one in theirs),
        max(one.megabytes for one in theirs),
    )
    sys.stdout.write(f"{triples:,} triples{'time':>20}{'processor':>12}{'memory':>12}\n")
    for one in (ours, *theirs, rival_):
        figures = f"{one.seconds:11.1f} s{one.processor:10.1f} s{one.megabytes:9,} MB"
        sys.stdout.write(f"{one.work:22}{figures}\n")
    ratio, work = ours.seconds / rival_.seconds, ours.processor / rival_.processor
    sys.stdout.write(f"{'ratio':22}{ratio:11.2f}  {work:10.2f}\n")
    sys.stdout.flush()
    measured_ = [asdict(one) for one in (ours, *theirs)]
    return {"triples": triples, "ratio": ratio, "processor": work, "measured": measured_}


def main() -> None:
    """Measure a build of made-up organisations."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--organisations", type=int, nargs="+", default=[40_000])
    parser.add_argument("--seed", type=int, default=generate.SEED)
    parser.add_argument("--json", type=Path, help="write the results here")
    parser.add_argument("--folder", type=Path, help="where the work is done: some disk with room")
    parser.add_argument("--publish", nargs=2, type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.publish:
        build(*asked.publish)
        return
    results = []
    for organisations in asked.organisations:
        with tempfile.TemporaryDirectory(dir=asked.folder) as name:
            folder = Path(name)
            file = folder / "graph.nt"
            triples = generate.write_file(organisations, asked.seed, file)
            results.append(compare(file, triples, folder))
    if asked.json:
        asked.json.write_text(json.dumps(results, indent=2) + "\n")


if __name__ == "__main__":
    main()
