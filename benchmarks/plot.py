"""Draws a run that was kept as JSON: answers a second of every server, on a logarithmic scale.

``python -m benchmarks.plot FILE > docs/benchmarks.svg``
"""

import json
import math
import sys
from collections.abc import Iterator, Mapping
from html import escape
from pathlib import Path
from typing import Any, Final

from benchmarks.table import DATA_MODE, EACH_CORE, OURS, Figures, figure
from benchmarks.work import AS_HTML, AS_TURTLE, DESCRIBE, DISTINCT, REPEATED

_WORKS: Final = (REPEATED, DISTINCT, DESCRIBE, AS_TURTLE, AS_HTML)
#: A shape and a colour for each server, told apart without colour too.
_MARKS: Final[Mapping[str, tuple[str, str]]] = {
    OURS: ("M-7 0L0 -7L7 0L0 7Z", "#0b6e4f"),
    EACH_CORE: ("M-9 0L0 -9L9 0L0 9Z", "#0b6e4f"),
    DATA_MODE: ("M-7 0L0 -7L7 0L0 7ZM-4 0L0 4L4 0L0 -4Z", "#0b6e4f"),
    "Oxigraph": ("M-5 -5H5V5H-5Z", "#c2571a"),
    "Virtuoso": ("M0 -6L6 5H-6Z", "#3567b0"),
    "Trifid": ("M0 6L6 -5H-6Z", "#8a4fa3"),
    "rdflib-endpoint": ("M-6 -2H-2V-6H2V-2H6V2H2V6H-2V2H-6Z", "#7a7a7a"),
}
_LEFT: Final = 270
_RIGHT: Final = 740
_TOP: Final = 84
_ROW: Final = 44
_STYLE: Final = """\
text{font:14px system-ui,sans-serif;fill:#222}.n{font-size:12px;fill:#555}line{stroke:#ccc}
@media(prefers-color-scheme:dark){text{fill:#eee}.n{fill:#bbb}line{stroke:#555}
path{filter:brightness(1.5)}}"""


def svg(run: Mapping[str, Any]) -> str:
    """The picture."""
    servers: Mapping[str, Figures] = run["servers"]
    rates = [rate for s in servers.values() for w in _WORKS if (rate := figure(s, w))]
    low, high = math.floor(math.log10(min(rates))), math.ceil(math.log10(max(rates)))
    height = _TOP + _ROW * len(_WORKS) + 34
    said = f"Answers a second over {run['triples']:,} triples; further right is faster."
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 780 {height}" role="img" '
        f'aria-labelledby="t"><title id="t">{said}</title><style>{_STYLE}</style>',
        *_legend(servers),
        *_scale(low, high),
        *_rows(servers, low, high),
        f'<text class="n" x="{_LEFT}" y="{height - 6}">answers a second, 8 clients</text></svg>',
    ]
    return "\n".join(parts) + "\n"


def _x(rate: float, low: int, high: int) -> float:
    return _LEFT + (_RIGHT - _LEFT) * (math.log10(rate) - low) / (high - low)


def _legend(servers: Mapping[str, Figures]) -> Iterator[str]:
    x, y = 12, 18
    for name in servers:
        width = 36 + round(7.4 * len(name))
        if x + width > _RIGHT:
            x, y = 12, y + 22
        yield _mark(name, x, y, name)
        yield f'<text x="{x + 12}" y="{y + 5}">{escape(name)}</text>'
        x += width


def _scale(low: int, high: int) -> Iterator[str]:
    bottom = _TOP + _ROW * len(_WORKS) - 12
    for power in range(low, high + 1):
        x = _x(10**power, low, high)
        yield f'<line x1="{x:g}" x2="{x:g}" y1="{_TOP - 18}" y2="{bottom}"/>'
        said = f'x="{x:g}" y="{bottom + 16}" text-anchor="middle"'
        yield f'<text class="n" {said}>{10**power:,}</text>'


def _rows(servers: Mapping[str, Figures], low: int, high: int) -> Iterator[str]:
    for number, work in enumerate(_WORKS):
        y = _TOP + _ROW * number
        yield f'<text x="0" y="{y + 5}">{escape(work.removesuffix(", distinct addresses"))}</text>'
        yield f'<line x1="{_LEFT}" x2="{_RIGHT}" y1="{y}" y2="{y}"/>'
        for name, figures in reversed(list(servers.items())):
            if rate := figure(figures, work):
                yield _mark(name, _x(rate, low, high), y, f"{name}: {rate:,.0f}/s")


def _mark(name: str, x: float, y: float, said: str) -> str:
    shape, colour = _MARKS[name]
    told = f"<title>{escape(said)}</title>"
    return (
        f'<path transform="translate({x:.1f} {y:g})" fill="{colour}" fill-rule="evenodd" '
        f'd="{shape}">{told}</path>'
    )


if __name__ == "__main__":
    sys.stdout.write(svg(json.loads(Path(sys.argv[1]).read_text("utf-8"))))
