"""Pictures as SVG that stands in a page: :mod:`parkgraph.web.pictures` says what is where."""

from markupsafe import Markup

from parkgraph.web.inline import spoken
from parkgraph.web.markup import escaped, marked
from parkgraph.web.pictures import Box, Picture

_DOCUMENT = """\
<div class="wide picture" role="group" aria-labelledby="{id}" tabindex="0">
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
        name: the start of its identifiers; with nothing added, the heading's.
        title: what it is called.
        text: what it shows, for who does not see it.
    """
    begin = escaped(name)
    lines = (
        f'<path class="edge" d="{path}" '
        f'marker-{"end" if outward else "start"}="url(#{begin}-to)"/>\n'
        for path, outward in found.lines
    )
    boxes = (_box(box, lang) for box in found.boxes)
    return marked(
        _DOCUMENT.format(
            id=begin,
            width=found.width + 4,
            height=found.height + 4,
            title=escaped(title),
            text=escaped(text),
            drawn="".join((*lines, *boxes)),
        )
    )


def _box(box: Box, lang: str) -> str:
    link, note = box.node.link, box.node.note
    begin, end = "<g>", "</g>"
    if link.href:
        rel = ' rel="noopener"' if link.external else ""
        begin, end = f'<a href="{escaped(link.href)}"{rel}>', "</a>"
    whole = f"{link.text.value} ({note})" if note else link.text.value
    below = ""
    if box.note:
        below = f'<text class="note" x="{box.x + 10}" y="{box.y + 36}">{escaped(box.note)}</text>'
    return (
        f"{begin}<title>{escaped(whole)}</title>"
        f'<rect class="box{" middle" if box.middle else ""}" x="{box.x}" y="{box.y}" '
        f'width="{box.width}" height="{box.height}" rx="5"/>'
        f'<text x="{box.x + 10}" y="{box.y + (19 if box.note else 28)}"{spoken(lang, link.text)}>'
        f"{escaped(box.name)}</text>{below}{end}\n"
    )
