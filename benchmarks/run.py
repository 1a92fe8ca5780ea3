"""Compares ours with each rival that is installed, on the same data, in one run.

``python -m benchmarks.run``: a table of medians and ratios; ``--json FILE`` keeps every figure.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Final

from benchmarks import apart, generate, load, release, rivals, table
from benchmarks.processes import Running
from benchmarks.table import DATA_MODE, EACH_CORE, MEMORY, OURS, PREPARED, STARTED, Figures
from benchmarks.work import WORKS, Plan, mixed

#: Above this load by others, figures are not worth much on few cores.
_BUSY: Final = 0.5
#: The file that all but ours load.
GRAPH: Final = "graph.nt"


@dataclass(slots=True)
class Found:
    """All that a run found out.

    Attributes:
        servers: by name, the figures of each kind of work.
        left_out: what could not be measured, and why.
        loads: what the kernel said of the machine's load before each round.
    """

    servers: dict[str, Figures] = field(default_factory=dict)
    pairs: list[apart.Pair] = field(default_factory=list)
    left_out: dict[str, str] = field(default_factory=dict)
    loads: list[float] = field(default_factory=list)


def compare(plan: Plan, made: release.Made, folder: Path, only: Sequence[str]) -> Found:
    """The figures of each server: starts in turn, then rounds in which all take their turn.

    At the end, what is measured apart from the rivals.
    """
    found, data = Found(left_out=rivals.missing()), folder / GRAPH
    cores = str(os.cpu_count() or 1)
    own = {
        OURS: _over(made),
        EACH_CORE: _over(made, "--web-processes", cores),
        DATA_MODE: rivals.data_mode,
    }
    started = own | {
        name: rival.start
        for name, rival in rivals.RIVALS.items()
        if name not in found.left_out and (not only or name in only)
    }
    with ExitStack() as stack:
        running: dict[str, Running] = {}
        for name, start in started.items():
            scratch = folder / name
            scratch.mkdir()
            try:
                one = stack.enter_context(start(data, scratch))
            except RuntimeError as error:
                found.left_out[name] = f"did not start: {error}"
                continue
            _say(f"{name}: {one.prepared:.1f} s + {one.started:.1f} s\n")
            running[name] = one
            found.servers[name] = {PREPARED: [one.prepared], STARTED: [one.started]}
            _note(found.servers[name], f"{MEMORY} at the start", one.memory())
        _rounds(plan, running, found)
        for name, one in running.items():
            _note(found.servers[name], MEMORY, one.memory())
        for name in (OURS, EACH_CORE):
            pairs = apart.apart(running[name], plan, made.release, folder / name)
            found.pairs += (replace(pair, name=f"{name}: {pair.name}") for pair in pairs)
    return found


def _over(made: release.Made, *options: str) -> rivals.Start:
    return lambda _, folder: rivals.ours(made, folder, *options)


def _rounds(plan: Plan, running: Mapping[str, Running], found: Found) -> None:
    order = list(running)
    for turn in range(plan.rounds + 1):
        began = time.perf_counter()
        found.loads.append(os.getloadavg()[0])
        for measure in (WORKS[name] for name in plan.works):
            for name in order:
                if measure is mixed and turn != 1 and _slow(name):
                    continue
                for figure in measure(running[name], plan, turn):
                    if turn:  # the first round warms up
                        _note(found.servers[name], *figure)
        _say(f"round {turn} of {plan.rounds}: {time.perf_counter() - began:.0f} s\n")
        order.reverse()


def _slow(name: str) -> bool:
    return name in rivals.RIVALS and rivals.RIVALS[name].slow


def _note(figures: Figures, name: str, figure: float) -> None:
    figures.setdefault(name, []).append(figure)


def _say(text: str) -> None:
    sys.stderr.write(text)
    sys.stderr.flush()


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--organisations", type=int, default=40_000, help="about 25 triples each")
    parser.add_argument("--rounds", type=int, default=3, help="besides the one that warms up")
    parser.add_argument("--seconds", type=float, default=2.0, help="of load in each round")
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--client", choices=("wrk", "python"), default=load.client())
    parser.add_argument("--only", nargs="*", default=[], choices=rivals.RIVALS, help="rivals")
    parser.add_argument("--works", nargs="*", default=list(WORKS), choices=WORKS)
    parser.add_argument("--json", type=Path, help="keep every figure in this file")
    return parser.parse_args()


def main() -> None:
    """Measure and print."""
    asked = vars(_asked())
    kept: Path | None = asked.pop("json")
    only: list[str] = asked.pop("only")
    plan = Plan(**asked)
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        triples = generate.write_file(plan.organisations, generate.SEED, folder / GRAPH)
        made = release.made(plan.organisations)
        found = compare(plan, made, folder, only)
    said = {
        "triples": triples,
        "python": " ".join(sys.version.split()),
        **asdict(plan),
        "building": made.seconds,
        "took": time.perf_counter() - began,
        **asdict(found),
    }
    sys.stdout.write(table.text(said))
    if max(found.loads[:1], default=0) > _BUSY:
        sys.stdout.write("\nThe machine was busy at the start: trust the ratios only.\n")
    if kept:
        kept.write_text(f"{json.dumps(said, indent=1, ensure_ascii=False)}\n", "utf-8")


if __name__ == "__main__":
    main()
