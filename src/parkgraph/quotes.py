"""Find a quote in its text, whole words only, and say what is wrong when it is not there once."""

import re
import unicodedata
from collections.abc import Iterator
from difflib import SequenceMatcher
from typing import Final

from parkgraph.errors import Diagnostic
from parkgraph.source import SourceText, Span

#: Characters of scripts that write no blanks between words: any place may end a word there. They
#: are Thai and Lao, Tibetan, Burmese, Khmer, Chinese, Japanese, Korean, and halfwidth kana.
_UNSPACED: Final = re.compile(
    "[\u0e00-\u0eff\u0f00-\u0fff\u1000-\u109f\u1780-\u17ff\u19e0-\u19ff\ua9e0-\ua9ff\uaa60-\uaa7f"
    "\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\uff66-\uff9f\U00020000-\U0003ffff]"
)


def find_quote(
    source: SourceText, quote: str, *, prefix: str = "", suffix: str = "", where: str = ""
) -> Span | Diagnostic:
    """The one place of ``quote`` between ``prefix`` and ``suffix``.

    Returns a finding where the quote does not occur (PG201) or occurs more than once (PG202).
    Words are whole: «media» is not found inside «intermediaries».
    """
    spans = list(_occurrences(source.text, quote, prefix, suffix))
    if len(spans) == 1:
        return spans[0]
    if not spans:
        return _absent(source, quote, prefix + suffix, where)
    places = ", ".join(source.where(span.start) for span in spans[:5])
    return Diagnostic(
        "PG202",
        f"quote {_short(quote)} occurs {len(spans)} times",
        where,
        f"say which with prefix: or suffix:, the text right before or after; it stands at {places}",
    )


def _occurrences(text: str, quote: str, prefix: str, suffix: str) -> Iterator[Span]:
    start = text.find(quote)
    while start >= 0:
        span = Span(start, start + len(quote))
        if (
            text.endswith(prefix, 0, start)
            and text.startswith(suffix, span.end)
            and _whole(text, span)
        ):
            yield span
        start = text.find(quote, start + 1)


def _whole(text: str, span: Span) -> bool:
    return not (_inside_word(text, span.start) or _inside_word(text, span.end))


def _inside_word(text: str, offset: int) -> bool:
    """Whether the characters on both sides of ``offset`` belong to one word."""
    pair = text[max(offset - 1, 0) : offset + 1]
    return len(pair) == 2 and offset > 0 and all(map(_is_letter, pair))


def _is_letter(character: str) -> bool:
    """Whether a character is a part of a word: a mark is one of the letter before it."""
    part = character.isalnum() or character == "_" or unicodedata.category(character)[0] == "M"
    return part and not _UNSPACED.match(character)


def _absent(source: SourceText, quote: str, context: str, where: str) -> Diagnostic:
    message = f"quote {_short(quote)} does not occur in {source.path}"
    return Diagnostic("PG201", message, where, _advice(source, quote, context))


def _advice(source: SourceText, quote: str, context: str) -> str:
    text = source.text
    if "\r\n" in text and "\n" in (quote + context).replace("\r\n", ""):
        return r"the lines of the text end in \r\n: write that, in double quotes, where a line ends"
    if quote in text and context:
        return "the words occur, but not with this prefix and suffix"
    if quote in text:
        return "the letters occur only inside longer words: quote whole words"
    near = _nearest(text, quote)
    if near is None:
        return "copy the words from the text, character by character"
    strange = [c for c in near if c not in quote and not c.isascii()]
    signs = ", ".join(f"{c} is U+{ord(c):04X}" for c in dict.fromkeys(strange))
    return f"the text has {_short(near)} at {source.where(text.find(near))}" + (
        f" ({signs})" if signs else ""
    )


def _nearest(text: str, quote: str) -> str | None:
    """The passage of the text that the quote most likely means."""
    folded = unicodedata.normalize("NFKC", quote).casefold()
    best, score = None, 0.6
    for candidate in _windows(text, quote) if quote.strip() else ():
        matcher = SequenceMatcher(
            None, unicodedata.normalize("NFKC", candidate).casefold(), folded, autojunk=False
        )
        if matcher.real_quick_ratio() > score and matcher.ratio() > score:
            best, score = candidate, matcher.ratio()
    return best


def _windows(text: str, quote: str) -> Iterator[str]:
    """Runs of as many words as the quote has, that begin or end like it."""
    words = list(re.finditer(r"\S+", text))
    size = len(quote.split())
    first, last = quote.split()[0], quote.split()[-1]
    for start, end in zip(words, words[size - 1 :], strict=False):
        if first in start[0] or last in end[0] or size == 1:
            yield text[start.start() : end.end()]


def _short(words: str) -> str:
    return f"«{words if len(words) <= 60 else words[:57] + '…'}»"
