"""Templates to HTML: the one door to Jinja, and the layout that all pages share."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined, Template, pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

from parkgraph.schemaorg import schema_json
from parkgraph.web import assets
from parkgraph.web.again import python_text
from parkgraph.web.claims import by_words
from parkgraph.web.drawing import svg
from parkgraph.web.markup import escaped
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


def _embedded(view: View, about: str) -> Mapping[str, object]:
    triples = view.triples if about else view.site.dataset
    iri = about or f"{view.site.base}dataset"
    return schema_json(view.site.in_schema_org(iri, triples), iri)


#: What would end a script or a line in it; JSON may write any character so (RFC 8259 §7).
_ESCAPES: Final = {ord(c): f"\\u{ord(c):04x}" for c in "<>&\u2028\u2029"}


def script_data(data: Mapping[str, object]) -> Markup:
    r"""JSON that may stand in a script element.

    >>> print(script_data({"name": "</script>"}))
    {"name": "\u003c/script\u003e"}
    """
    return Markup(json.dumps(data, ensure_ascii=False).translate(_ESCAPES))  # noqa: S704  # no markup is left in it


def _layout(view: View, formats: Sequence[Format]) -> Mapping[str, object]:
    dataset = f"{view.site.base}dataset"
    path = split_path(view.path)[0]
    spoken = view.words
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
            if name != "report" or view.site.manifest.dataset  # files as they are have none
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
        "by_words": by_words,
    }
    environment.globals |= {"fill": fill, "asset": assets.address, "svg": svg}
    return environment


def verbatim(text: str) -> Markup:
    r"""Text whose every character survives: a parser of HTML would turn a raw CR into a line feed.

    >>> verbatim("a < b\r\n")
    Markup('a &lt; b&#13;\n')
    """
    return escape(text).replace("\r", Markup("&#13;"))


def _spoken(context: Context, text: Text) -> str:
    """The attribute that says a text's language, where it is not the page's."""
    foreign = text.lang and text.lang != context["lang"]
    return f' lang="{escaped(text.lang)}"' if foreign else ""


def _marked(text: str) -> Markup:
    """Markup of a text that is safe already: ``Markup.format`` takes ten times as long."""
    return Markup(text)  # noqa: S704  # whoever calls it has escaped what is not markup


@pass_context
def _say(context: Context, text: Text) -> Markup:
    attribute = _spoken(context, text)
    said = escaped(text.value)
    return _marked(f"<span{attribute}>{said}</span>" if attribute else said)


@pass_context
def _link(context: Context, link: Link) -> Markup:
    if link.href is None:
        return _say(context, link.text)
    rel = ' rel="noopener"' if link.external else ""
    spoken = _spoken(context, link.text)
    return _marked(f'<a href="{escaped(link.href)}"{rel}{spoken}>{escaped(link.text.value)}</a>')


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
