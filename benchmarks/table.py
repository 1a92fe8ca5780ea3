"""What a run found, as tables in Markdown: medians, and the ratio of ours to each rival.

``python -m benchmarks.table FILE`` prints the tables of a run that was kept as JSON.
"""

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from statistics import median
from typing import Any, Final

from benchmarks import mix
from benchmarks.work import AS_HTML, AS_TURTLE, DESCRIBE, DISTINCT, PROCESSOR, REPEATED

OURS: Final = "parkgraph"
#: Ours with a web process for each core: the others are as their makers start them.
EACH_CORE: Final = "parkgraph, each core"
DATA_MODE: Final = "parkgraph --data"

PREPARED: Final = "prepared"
STARTED: Final = "started"
MEMORY: Final = "memory"
MIX: Final = "the mix: sum of the medians"

#: Figures of one server by name, one for each round.
Figures = dict[str, list[float]]

#: The lines of the first table: name, unit, digits.
LINES: Final = (
    (DISTINCT, "/s", 0),
    (PROCESSOR, "µs", 0),
    (REPEATED, "/s", 0),
    (DESCRIBE, "/s", 0),
    (AS_TURTLE, "/s", 0),
    (AS_HTML, "/s", 0),
    (MIX, "ms", 0),
    (PREPARED, "s", 1),
    (STARTED, "s", 2),
    (f"{MEMORY} at the start", "MB", 0),
    (MEMORY, "MB", 0),
)


def figure(figures: Mapping[str, Sequence[float]], name: str) -> float | None:
    """The median of one kind of work; None where it was not measured."""
    if name == MIX:
        parts = [figure(figures, query) for query in mix.names()]
        return None if None in parts else sum(part for part in parts if part is not None)
    return median(figures[name]) if figures.get(name) else None


def text(run: Mapping[str, Any]) -> str:
    """The tables of a run, and what stands below them."""
    servers: Mapping[str, Figures] = run["servers"]
    lines = [(f"{name}, {unit}", name, digits) for name, unit, digits in LINES]
    queries = [(f"{name}, ms", name, 1) for name in mix.names()]
    parts = [
        _table(servers, lines),
        *(_ratios(servers, name) for name in (OURS, EACH_CORE)),
        _table(servers, queries),
        "\n".join(map(_pair, run["pairs"])),
        "\n".join(f"left out: {name}: {why}" for name, why in run["left_out"].items()),
        f"{run['triples']:,} triples, {run['client']}, {run['clients']} clients, "
        f"{run['rounds']} rounds of {run['seconds']:g} s; {run['took']:.0f} s in all; "
        f"load of the machine before each: {', '.join(f'{one:.1f}' for one in run['loads'])}; "
        f"Python {run.get('python', 'not noted')}",
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _table(servers: Mapping[str, Figures], lines: Sequence[tuple[str, str, int]]) -> str:
    rows = [
        [said, *(_number(figure(figures, name), digits) for figures in servers.values())]
        for said, name, digits in lines
    ]
    return _markdown(["", *servers], rows)


def _ratios(servers: Mapping[str, Figures], which: str) -> str:
    """One of ours, from a release, by each other server."""
    others = [name for name in servers if name != which]
    mine = servers[which]
    rows = []
    for name in (DISTINCT, REPEATED, DESCRIBE, AS_TURTLE, AS_HTML, MIX, MEMORY):
        ours, theirs = figure(mine, name), [figure(servers[other], name) for other in others]
        ratios = [ours / one if ours and one else None for one in theirs]
        rows.append([name, *(_number(ratio, 2) for ratio in ratios)])
    return _markdown([f"{which} ÷", *others], rows)


def _pair(pair: Mapping[str, Any]) -> str:
    ratio = pair["figure"] / pair["against"] if pair["against"] else float("nan")
    return (
        f"{pair['name']}: {pair['figure']:,.1f} {pair['unit']}, "
        f"{pair['what']} {pair['against']:,.1f} {pair['unit']}; "
        f"ratio {ratio:.2f} (goal {pair['goal']})"
    )


def _number(value: float | None, digits: int) -> str:
    return "–" if value is None else f"{value:,.{digits}f}"


def _markdown(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---", *["--:"] * (len(head) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


if __name__ == "__main__":
    sys.stdout.write(text(json.loads(Path(sys.argv[1]).read_text("utf-8"))))
