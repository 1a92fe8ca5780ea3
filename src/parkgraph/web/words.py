"""The interface's own words: one JSON file a language, English behind them all."""

import json
import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from functools import cache, lru_cache
from pathlib import Path
from string import Formatter
from typing import Any, Final

from markupsafe import Markup

from parkgraph.web.markup import escaped, marked

#: The language that stands in where another has no words.
FALLBACK: Final = "en"

#: A language's words: text, templates with ``{names}``, or tables of them.
Words = Mapping[str, Any]

_FOLDER: Final = Path(__file__).with_name("strings")
#: What is shown with its digits in groups; anything else is shown as it is written.
_DECIMAL: Final = re.compile(r"[+-]?[0-9]{1,60}(?:[.][0-9]{1,60})?")


@cache
def languages() -> tuple[str, ...]:
    """The languages of the interface, English first: a file in ``strings`` is a language."""
    found = sorted(path.stem for path in _FOLDER.glob("*.json"))
    return (FALLBACK, *(tag for tag in found if tag != FALLBACK))


@cache
def chain(lang: str) -> tuple[str, ...]:
    """The languages to look for a text in, best first.

    >>> chain("zh-Hant")
    ('zh-Hant', 'zh', 'en')
    """
    parts = lang.split("-")
    tags = ["-".join(parts[:size]) for size in range(len(parts), 0, -1)]
    return tuple(dict.fromkeys((*tags, FALLBACK)))


@cache
def words(lang: str) -> Words:
    """The words of ``lang``; what it has none for, in the next language of its chain."""
    merged: Words = {}
    for tag in reversed([tag for tag in chain(lang) if tag in languages()]):
        text = (_FOLDER / f"{tag}.json").read_text("utf-8")
        merged = _merged(merged, json.loads(text))
    return merged


def _merged(under: Words, over: Words) -> Words:
    both = {
        key: _merged(under[key], value)
        for key, value in over.items()
        if isinstance(value, dict) and isinstance(under.get(key), dict)
    }
    return {**under, **over, **both}


def fill(template: str, **parts: object) -> Markup:
    """A template with its ``{names}`` filled in; what is no markup is escaped.

    >>> fill("{n} in {place}", n=3, place="<b>")
    Markup('3 in &lt;b&gt;')
    """
    told = [text + (escaped(parts[name]) if name else "") for text, name in _parsed(template)]
    return marked("".join(told))


@lru_cache(maxsize=1024)
def _parsed(template: str) -> tuple[tuple[str, str], ...]:
    """The texts of a template, escaped, each with the name that follows it."""
    found = Formatter().parse(template)
    return tuple((escaped(text), name or "") for text, name, _, _ in found)


def plural(forms: str | Mapping[str, str], count: int, spoken: Words) -> Markup:
    """A count in words. A language without plural forms gives one template.

    >>> plural({"one": "{n} claim", "other": "{n} claims"}, 1500, words("en"))
    Markup('1,500 claims')
    """
    if not isinstance(forms, str):
        forms = forms["one" if count == 1 else "other"]
    return fill(forms, n=number(count, spoken))


def number(value: Decimal | int | str, spoken: Words) -> str:
    """A number as the language writes it.

    >>> number("770000", words("en")), number("12.5", words("zh")), number("NaN", words("en"))
    ('770,000', '12.5', 'NaN')
    """
    text = str(value)
    if not _DECIMAL.fullmatch(text):
        return text
    signs = spoken["number"]
    grouped = f"{Decimal(text):,f}".replace(",", "\0").replace(".", signs["decimal"])
    return grouped.replace("\0", signs["group"])


def day(text: str, spoken: Words) -> str:
    """The day of an xsd:date or xsd:dateTime, in words; ``text`` itself if it is none.

    >>> day("2026-11-22T20:33:15Z", words("en")), day("2026-11-22", words("zh"))
    ('22 November 2026', '2026年11月22日')
    """
    try:
        found = date.fromisoformat(text[:10])
    except ValueError:
        return text
    form = spoken["date"]
    month = form["months"][found.month - 1]
    return str(form["day"].format(day=found.day, month=month, year=found.year))


def size(count: int, spoken: Words) -> str:
    """A number of bytes, to three digits at most.

    >>> size(196698, words("en")), size(2426, words("en")), size(812, words("en"))
    ('197 kB', '2.4 kB', '812 B')
    """
    scaled, unit = Decimal(count), "B"
    for larger in ("kB", "MB", "GB"):
        if scaled >= 1000:
            scaled, unit = scaled / 1000, larger
    digits = Decimal("0.1") if scaled < 10 and unit != "B" else Decimal(1)
    return f"{number(scaled.quantize(digits), spoken)} {unit}"
