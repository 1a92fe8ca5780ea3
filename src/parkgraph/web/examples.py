"""Example queries: ``data/queries/*.rq``, each with its titles and descriptions at its head."""

import re
from dataclasses import dataclass
from typing import Final

from parkgraph.web.site import Site

_HEAD: Final = re.compile(r"^# (title|description)@(\w+): (.+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Example:
    """A query to start from; titles and descriptions by language."""

    name: str
    titles: dict[str, str]
    descriptions: dict[str, str]
    text: str


def examples(site: Site) -> list[Example]:
    """The example queries of the publication, in the order of their names."""
    folder = site.derived("queries")
    return [_example(path.stem, path.read_text("utf-8")) for path in sorted(folder.glob("*.rq"))]


def _example(name: str, text: str) -> Example:
    said: dict[str, dict[str, str]] = {"title": {}, "description": {}}
    for what, language, words in _HEAD.findall(text):
        said[what][language] = words
    return Example(name, said["title"], said["description"], text)


def titled(site: Site, lang: str) -> list[tuple[str, str, str]]:
    """Title, description and text of each example, in a language or else in English."""
    return [_titled(found, lang) for found in examples(site)]


def _titled(found: Example, lang: str) -> tuple[str, str, str]:
    """The text has the title at its head in place of all languages' titles and descriptions."""
    title = _said(found.titles, lang) or found.name
    text = f"# {title}\n{_HEAD.sub('', found.text).lstrip()}"
    return title, _said(found.descriptions, lang), text


def _said(texts: dict[str, str], lang: str) -> str:
    return texts.get(lang) or texts.get("en", "")
