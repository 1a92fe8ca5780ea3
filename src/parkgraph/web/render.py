"""Templates to HTML: the one door to Jinja, and the layout that all pages share."""

import json
import re
import secrets
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final, TypeAlias

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template, pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

from parkgraph.description import lines_from
from parkgraph.schemaorg import schema_json
from parkgraph.web import assets
from parkgraph.web.again import python_text, shell_text
from parkgraph.web.drawing import svg
from parkgraph.web.inline import linked, said
from parkgraph.web.markup import escaped, marked
from parkgraph.web.site import Site
from parkgraph.web.text import Link, Text, View, split_path, without
from parkgraph.web.words import day, fill, languages, number, plural, size, words

#: Another form of a page: label, local address, media type.
Format = tuple[str, str, str]

_FOLDER: Final = Path(__file__).parent
#: The pages that every page leads to: name among the interface's words, and address.
_NAVIGATION: Final = (
    ("home", "/"),
    ("parks", "/park"),
    ("query", "/sparql"),
    ("vocabulary", "/def"),
    ("shapes", "/shapes"),
    ("report", "/report"),
    ("downloads", "/#downloads"),
)


#: Characters of a title at most, and what is left of one that is cut: a browser's tab has room for
#: fewer.
_TITLE, _CUT = 60, 54
#: Marks the holes of a frame; nobody can have it in a text.
_HOLE: Final = secrets.token_hex(16)
#: Pieces of a page, and the places among them that are holes, each with the name of its filling.
_Frame: TypeAlias = tuple[list[str], list[tuple[int, str]]]
#: The frames of the releases that are served: state, language, other forms.
_FRAMES: Final[dict[tuple[str, str, tuple[Format, ...]], _Frame]] = {}
_FRAMES_KEPT: Final = 64


def stylesheet() -> str:
    """The address of the stylesheet that every page has."""
    return assets.address("parkgraph.css")


def render(
    template: str, view: View, formats: Sequence[Format], about: str = "", **data: object
) -> str:
    """A page in the shared layout.

    Args:
        template: its name.
        view: what it is made from.
        formats: the page's other forms.
        about: the IRI that the page describes, to be told in schema.org's terms; the dataset
            where it is none.
        data: what the template is told.
    """
    layout = _layout(view, formats)
    embedded = script_data(_embedded(view, about))
    return _environment().get_template(template).render(**layout, embedded=embedded, **data)


def framed(view: View, formats: Sequence[Format], about: str, *, title: str, main: str) -> str:
    """The page of a thing, whose main part is there already, as :func:`render` makes others.

    All around that is the same on each page of a language, but for the page's own address: it is
    made once, with holes.
    """
    if len(title) > _TITLE:
        title = f"{title[:_CUT]}…"
    embedded = script_data(_embedded(view, about))
    path, query = split_path(view.path)
    whole = query or view.site.archived or not view.site.manifest.dataset
    if whole or not all(href.startswith(path) for _, href, _ in formats):
        told = {"title": title, "main": marked(main), "embedded": embedded}
        return _thing(view, formats, told)
    forms = tuple((label, href.removeprefix(path), form) for label, href, form in formats)
    frame = _frame(view, forms)
    filled = {"path": escaped(path), "title": escaped(title), "main": main, "embedded": embedded}
    pieces, holes = frame
    page = list(pieces)
    for at, name in holes:
        page[at] = filled[name]
    return "".join(page)


def _frame(view: View, forms: tuple[Format, ...]) -> _Frame:
    """The layout in pieces, and which of them are to be filled with what."""
    key = (view.site.state, view.lang, forms)
    if key not in _FRAMES:
        empty = View(view.site, view.lang, f"/{_HOLE}path")
        formats = [(label, f"{empty.path}{ending}", form) for label, ending, form in forms]
        told = {name: marked(_HOLE + name) for name in ("title", "main", "embedded")}
        text = _thing(empty, formats, told)
        if len(_FRAMES) > _FRAMES_KEPT:
            _FRAMES.clear()
        pieces = re.split(f"/?({_HOLE}(?:path|title|main|embedded))", text)
        names = (piece.removeprefix(_HOLE) for piece in pieces[1::2])
        _FRAMES[key] = pieces, [*zip(range(1, len(pieces), 2), names, strict=True)]
    return _FRAMES[key]


def _thing(view: View, formats: Sequence[Format], told: Mapping[str, object]) -> str:
    return _environment().get_template("thing.html").render(**_layout(view, formats), **told)


def _embedded(view: View, about: str) -> Mapping[str, object]:
    lines = view.lines if about else lines_from(view.site.dataset)
    iri = about or f"{view.site.base}dataset"
    return schema_json(view.site.in_schema_org(iri, lines), iri)


#: What would end a script or a line in it; JSON may write any character so (RFC 8259 §7).
_ESCAPES: Final = tuple((c, f"\\u{ord(c):04x}") for c in "<>&\u2028\u2029")


_JSON: Final = json.JSONEncoder(ensure_ascii=False)


def script_data(data: Mapping[str, object]) -> Markup:
    r"""JSON that may stand in a script element.

    >>> print(script_data({"name": "</script>"}))
    {"name": "\u003c/script\u003e"}
    """
    text = _JSON.encode(data)
    for character, escape_ in _ESCAPES:
        if character in text:
            text = text.replace(character, escape_)
    return marked(text)


def _layout(view: View, formats: Sequence[Format]) -> Mapping[str, object]:
    dataset = f"{view.site.base}dataset"
    path = split_path(view.path)[0]
    spoken, missing = view.words, _missing(view.site)
    return {
        "w": spoken,
        "lang": view.lang,
        "here": view.here,
        "chosen": view.chosen,
        "manifest": view.site.manifest,
        "fleeting": view.site.fleeting,
        "dataset": view.label(dataset),
        # A title often goes on after a colon; a browser's tab has room for what is before it.
        "brand": re.split("[:：]", view.label(dataset).value)[0],
        "rights": view.text(dataset, "dcterms:rights"),
        "licences": [view.link(iri) for iri in view.iris(dataset, "dcterms:license")],
        "navigation": [
            (view.here(href), spoken["nav"][name], href == path)
            for name, href in _NAVIGATION
            if name not in missing
        ],
        "languages": [
            (tag, words(tag)["name"], view.switched(tag), tag == view.lang) for tag in languages()
        ],
        "anyone": without(view.path, "lang"),
        "formats": formats,
        # A page of the past leads to the same page of today.
        "today": path.partition(view.site.manifest.name)[2] if view.site.archived else "",
        "stylesheet": stylesheet(),
    }


def _missing(site: Site) -> frozenset[str]:
    """The pages that there are not: only a publication has all of them."""
    if site.manifest.dataset:
        return frozenset()
    own = {"vocabulary", "shapes", "report"}
    return frozenset(own | {"downloads"} if site.fleeting else own)


def compiling() -> Iterator[str]:
    """Compile a template at each step, those of the front page first.

    A page compiles what it needs, so this is for times when there is nothing else to do.
    """
    environment = _environment()
    for name in sorted(environment.list_templates(), key=lambda name: (name not in _FIRST, name)):
        environment.get_template(name)
        yield name


#: The templates of the front page.
_FIRST: Final = frozenset(("base.html", "home.html", "macros.html"))


class _Template(Template):
    """A template whose code puts texts together, which is all that it does with what it escapes."""

    @classmethod
    def from_code(cls, *args: Any, **named: Any) -> Template:  # noqa: ANN401  # as Jinja calls it
        """A template of compiled code."""
        made = super().from_code(*args, **named)
        made.root_render_func.__globals__["escape"] = escaped
        return made


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(_FOLDER / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.template_class = _Template
    environment.filters |= {
        "say": _say,
        "link": _link,
        "number": _number,
        "day": _day,
        "size": _size,
        "plural": _plural,
        "verbatim": verbatim,
        "python": python_text,
        "shell": shell_text,
    }
    environment.globals |= {"fill": fill, "asset": assets.address, "svg": svg}
    return environment


def verbatim(text: str) -> Markup:
    r"""Text whose every character survives: a parser of HTML would turn a raw CR into a line feed.

    >>> verbatim("a < b\r\n")
    Markup('a &lt; b&#13;\n')
    """
    return escape(text).replace("\r", Markup("&#13;"))


@pass_context
def _say(context: Context, text: Text) -> Markup:
    return marked(said(context["lang"], text))


@pass_context
def _link(context: Context, link: Link) -> Markup:
    return marked(linked(context["lang"], link))


@pass_context
def _number(context: Context, value: int) -> str:
    return number(value, context["w"])


@pass_context
def _day(context: Context, value: str) -> str:
    return day(value, context["w"])


@pass_context
def _size(context: Context, value: int | str) -> str:
    return size(int(value), context["w"]) if str(value).isdecimal() else str(value)


@pass_context
def _plural(context: Context, count: int, forms: Any) -> Markup:  # noqa: ANN401  # words are JSON
    return plural(forms, count, context["w"])
