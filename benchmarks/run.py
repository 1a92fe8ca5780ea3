"""Compares ours with each rival that is installed, on the same data, in one run.

``python -m benchmarks.run``: a table of medians and ratios; ``--json FILE`` keeps every figure.
"""

import argparse
import json
import os
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median
from typing import Final

from benchmarks import apart, generate, load, mix, rivals
from benchmarks.rivals import Running

OURS: Final = "parkgraph"
#: Above this load by others, figures are not worth much on few cores.
_BUSY: Final = 0.5
#: More point queries a second than any server here answers.
_FASTEST: Final = 60_000
_REPEATED: Final = 16


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is measured.

    Attributes:
        rounds: each asks every server once, in turn; the figure is the median of the rounds.
        seconds: of load, in each round.
        starts: how often each server is started.
    """

    organisations: int
    rounds: int
    seconds: float
    starts: int
    clients: int
    client: str


#: Figures of one server by name, one for each round.
Figures = dict[str, list[float]]

DISTINCT: Final = "distinct point queries"
REPEATED: Final = "repeated queries"
PROCESSOR: Final = "processor time of a point query"
MIX: Final = "the mix: sum of the medians"
START: Final = "file to first answer"
MEMORY: Final = "memory"

#: The lines of the table: name, unit, and what issue 3 asks (of the ratio, where it has no unit).
_LINES: Final = (
    (START, "s", "≤ 15 s at 1 M triples"),
    (DISTINCT, "/s", "≥ 0.5, aim 1.0"),
    (PROCESSOR, "µs", ""),
    (REPEATED, "/s", "≥ 2.0"),
    *((name, "ms", "") for name in mix.names()),
    (MIX, "ms", "≤ 1.0"),
    (MEMORY, "MB", ""),
)


def distinct(running: Running, plan: Plan, turn: int) -> Iterator[tuple[str, float]]:
    """Point queries of which no two are the same, and what one costs all processes together.

    The second figure moves less than the first when the machine has other work.
    """
    texts = mix.points(plan.organisations, turn, int(plan.seconds * _FASTEST))
    before = running.worked()
    measured = _load(running, plan, texts)
    yield DISTINCT, measured.rate
    yield PROCESSOR, 1e6 * (running.worked() - before) / measured.requests


def repeated(running: Running, plan: Plan, turn: int) -> Iterator[tuple[str, float]]:
    """The same few queries again and again."""
    texts = mix.points(plan.organisations, 1_000 + turn, _REPEATED)
    for text in texts:
        running.ask(text)
    yield REPEATED, _load(running, plan, texts).rate


def mixed(running: Running, plan: Plan, turn: int) -> Iterator[tuple[str, float]]:
    """Milliseconds of each query of the mix, whose text was never asked before."""
    for query in mix.draw(plan.organisations, turn):
        began = time.perf_counter()
        running.ask(query.text, query.accept)
        yield query.name, 1000 * (time.perf_counter() - began)


def _load(running: Running, plan: Plan, texts: Sequence[str]) -> load.Measured:
    targets = [mix.target(running.path, text) for text in texts]
    work = load.Load(running.port, targets, mix.SOLUTIONS, plan.clients, plan.seconds)
    measured = load.run(work, name=plan.client)
    if measured.errors or not measured.requests:
        message = f"{measured.errors} of {measured.requests} answers were errors"
        raise RuntimeError(message)
    return measured


def compare(plan: Plan, data: Path, folder: Path) -> tuple[dict[str, Figures], list[apart.Pair]]:
    """The figures of each server: starts in turn, then rounds in which all take their turn.

    At the end, what is measured apart from the rivals.
    """
    servers = {OURS: rivals.ours, **rivals.installed()}
    found: dict[str, Figures] = {name: {} for name in servers}
    with ExitStack() as stack:
        running = {}
        for turn in range(plan.starts):
            for name, start in servers.items():
                scratch = folder / f"{name}-{turn}"
                scratch.mkdir()
                last = turn == plan.starts - 1
                context = start(data, scratch)
                one = stack.enter_context(context) if last else _tried(context)
                running[name] = one
                _note(found[name], "prepared", one.prepared)
                _note(found[name], "started", one.started)
        _rounds(plan, running, found)
        for name, one in running.items():
            _note(found[name], MEMORY, one.memory())
        pairs = list(apart.apart(running[OURS], plan.seconds, plan.clients, folder))
    return found, pairs


def _tried(context: AbstractContextManager[Running]) -> Running:
    with context as running:
        return running


def _rounds(plan: Plan, running: Mapping[str, Running], found: Mapping[str, Figures]) -> None:
    order = list(running)
    for turn in range(plan.rounds + 1):
        for measure in (distinct, repeated, mixed):
            for name in order:
                for figure in measure(running[name], plan, turn):
                    if turn:  # the first round warms up
                        _note(found[name], *figure)
        _say(f"round {turn} of {plan.rounds}\n")
        order.reverse()


def _note(figures: Figures, name: str, figure: float) -> None:
    figures.setdefault(name, []).append(figure)


def table(found: Mapping[str, Figures]) -> str:
    """The medians, and the ratio of ours to each rival."""
    others = [name for name in found if name != OURS]
    head = ["", OURS, *(cell for name in others for cell in (name, "ratio")), "goal"]
    rows = [head, ["-" * max(3, len(cell)) for cell in head]]
    for name, unit, goal in _LINES:
        mine = _figure(found[OURS], name)
        cells = [f"{name}, {unit}", f"{mine:,.1f}"]
        for other in others:
            theirs = _figure(found[other], name)
            cells += [f"{theirs:,.1f}", f"{mine / theirs:.2f}" if theirs else "–"]
        rows.append([*cells, goal])
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = (" | ".join(map(str.ljust, row, widths)).rstrip() for row in rows)
    return "".join(f"{line}\n" for line in lines)


def _figure(figures: Figures, name: str) -> float:
    if name == START:
        return median(map(sum, zip(figures["prepared"], figures["started"], strict=True)))
    if name == MIX:
        return sum(median(figures[query]) for query in mix.names())
    return median(figures[name])


def _say(text: str) -> None:
    sys.stderr.write(text)
    sys.stderr.flush()


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--organisations", type=int, default=40_000, help="about 25 triples each")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=3.0, help="of load in each round")
    parser.add_argument("--starts", type=int, default=1)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--client", choices=("wrk", "python"), default=load.client())
    parser.add_argument("--json", type=Path, help="keep every figure in this file")
    return parser.parse_args()


def main() -> None:
    """Measure and print."""
    asked = vars(_asked())
    kept: Path | None = asked.pop("json")
    plan = Plan(**asked)
    busy = os.getloadavg()[0]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        triples = generate.write_file(plan.organisations, generate.SEED, folder / "graph.nt")
        found, pairs = compare(plan, folder / "graph.nt", folder)
    sys.stdout.write(table(found))
    sys.stdout.writelines(f"\n{pair}" for pair in pairs)
    sys.stdout.write("\n")
    note = f"{triples:,} triples, {plan.client}, {plan.clients} clients, {plan.rounds} rounds"
    if busy > _BUSY:
        note += f"; the machine was busy at the start (load {busy:.1f}): trust the ratios only"
    sys.stdout.write(f"\n{note}\n")
    if kept:
        said = {"triples": triples, "load": busy, **asked, "servers": found}
        kept.write_text(json.dumps({**said, "apart": [asdict(pair) for pair in pairs]}))


if __name__ == "__main__":
    main()
