"""Pictures as SVG that stands in a page: :mod:`parkgraph.web.pictures` says what is where."""

from functools import lru_cache

from markupsafe import Markup

from parkgraph.web.inline import spoken
from parkgraph.web.markup import escaped, marked
from parkgraph.web.pictures import Box, Picture, Place

_DOCUMENT = """\
<div class="wide picture" role="group" aria-labelledby="{id}-title" tabindex="0">
<span class="centre"></span>
<svg viewBox="-2 -2 {width} {height}" role="group" aria-labelledby="{id}-title {id}-text">
<title id="{id}-title">{title}</title>
<desc id="{id}-text">{text}</desc>
<defs><marker id="{id}-to" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="7" markerHeight="7" \
orient="auto-start-reverse"><path d="M0 0 8 4 0 8Z"/></marker></defs>
{drawn}</svg>
</div>
"""


def svg(lang: str, found: Picture, name: str, title: str, text: str) -> Markup:
    """A picture.

    Args:
        lang: the page's language.
        found: what is drawn.
        name: the start of its identifiers.
        title: what it is called.
        text: what it shows, for who does not see it.
    """
    begin = escaped(name)
    ends = [f'marker-{end}="url(#{begin}-to)"/>\n' for end in ("start", "end")]
    lines = [f'<path class="edge" d="{path}" {ends[outward]}' for path, outward in found.lines]
    boxes = [_box(box, lang) for box in found.boxes]
    return marked(
        _DOCUMENT.format(
            id=begin,
            width=found.width + 4,
            height=found.height + 4,
            title=escaped(title),
            text=escaped(text),
            drawn="".join([*lines, *boxes]),
        )
    )


def _box(box: Box, lang: str) -> str:
    (link, note, *_), place, name, short, middle = box
    begin, end = "<g>", "</g>"
    if link.href:
        rel = ' rel="noopener"' if link.external else ""
        begin, end = f'<a href="{escaped(link.href)}"{rel}>', "</a>"
    whole = f"{link.text.value} ({note})" if note else link.text.value
    drawn, below = _drawn(place, middle=middle, noted=bool(short))
    told = f"{spoken(lang, link.text)}>{escaped(name)}</text>"
    noted = f"{below}{escaped(short)}</text>" if short else ""
    return f"{begin}<title>{escaped(whole)}</title>{drawn}{told}{noted}{end}\n"


@lru_cache(maxsize=1024)
def _drawn(place: Place, *, middle: bool, noted: bool) -> tuple[str, str]:
    """A box up to its name, and what stands before its note: the same in many pictures."""
    x, y, width, height = place
    return (
        f'<rect class="box{" middle" if middle else ""}" x="{x}" y="{y}" '
        f'width="{width}" height="{height}" rx="5"/>'
        f'<text x="{x + 10}" y="{y + (19 if noted else 28)}"',
        f'<text class="note" x="{x + 10}" y="{y + 36}">',
    )
