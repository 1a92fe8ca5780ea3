"""Texts and links as HTML, each with its language where that is not the page's."""

from functools import lru_cache

from parkgraph.web.markup import escaped
from parkgraph.web.text import Link, Text


def spoken(lang: str, text: Text) -> str:
    """The attribute that says a text's language, where it is not ``lang``."""
    return f' lang="{escaped(text.lang)}"' if text.lang and text.lang != lang else ""


def said(lang: str, text: Text) -> str:
    """A text on a page in ``lang``."""
    attribute, told = spoken(lang, text), escaped(text.value)
    return f"<span{attribute}>{told}</span>" if attribute else told


def linked(lang: str, link: Link) -> str:
    """A link on a page in ``lang``; text alone where it leads nowhere."""
    return said(lang, link.text) if link.href is None else _anchor(lang, link)


@lru_cache(maxsize=4096)
def _anchor(lang: str, link: Link) -> str:
    """A link: pages lead to the same properties, classes and concepts as the next one."""
    rel = ' rel="noopener"' if link.external else ""
    told = f"{spoken(lang, link.text)}>{escaped(link.text.value)}"
    return f'<a href="{escaped(link.href)}"{rel}{told}</a>'
