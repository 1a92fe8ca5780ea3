"""Finding quotes: whole words, once."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from parkgraph.errors import Diagnostic
from parkgraph.quotes import find_quote
from parkgraph.source import SourceText, Span

TEXT = "TusPark, the park. Intermediaries, trade and media. An area of 770,000㎡. the park"


def source(text: str = TEXT) -> SourceText:
    return SourceText("x", "x.txt", text.encode(), text)


def test_whole_words():
    """«media» is not found inside «Intermediaries»."""
    found = find_quote(source(), "media")

    assert isinstance(found, Span)
    assert TEXT[found.start - 4 : found.end + 1] == "and media."


def test_context_decides():
    """A quote that occurs twice is found by what stands before or after it."""
    first = find_quote(source(), "the park", suffix=". Inter")
    second = find_quote(source(), "the park", prefix="㎡. ")

    assert (first, second) == (Span(9, 17), Span(73, 81))


CASES = [
    ("ambiguous", "the park", "", "PG202", "x.txt:1:10, x.txt:1:74"),
    ("inside a word", "ntermediaries", "", "PG201", "whole words"),
    ("another character", "An area of 770,000m2", "", "PG201", "㎡ is U+33A1"),
    ("not there", "a lake", "", "PG201", "character by character"),
    ("wrong context", "media", "trade ", "PG201", "prefix and suffix"),
]


@pytest.mark.parametrize(
    ("law", "quote", "prefix", "code", "advice"), CASES, ids=[c[0] for c in CASES]
)
def test_not_found_once(law: str, quote: str, prefix: str, code: str, advice: str):
    """A quote that is not there once is a finding at its place in the reading, with advice."""
    found = find_quote(source(), quote, prefix=prefix, where="x.yaml:3:7")

    assert isinstance(found, Diagnostic)
    assert (found.code, found.where) == (code, "x.yaml:3:7")
    assert advice in found.help


def test_chinese_has_no_word_ends():
    """Scripts without blanks are quoted at any character."""
    assert find_quote(source("清华科技园位于北京"), "科技园") == Span(2, 5)


@given(st.text(alphabet="ab 漢.", min_size=1, max_size=30), st.data())
def test_what_is_found_is_the_quote(text: str, data: st.DataObject):
    """A span that is found always holds exactly the words that were asked for."""
    start = data.draw(st.integers(0, len(text) - 1))
    end = data.draw(st.integers(start + 1, len(text)))
    quote = text[start:end]
    assume(quote.strip())
    found = find_quote(source(text), quote, prefix=text[:start], suffix=text[end:])

    if isinstance(found, Span):
        assert (found, text[found.start : found.end]) == (Span(start, end), quote)
