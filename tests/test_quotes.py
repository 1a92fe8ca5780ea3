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


UNSPACED = [
    ("อุทยานวิทยาศาสตร์ประเทศไทยเป็นศูนย์กลางนวัตกรรม", "ศูนย์กลางนวัตกรรม"),
    ("ເຂດວິທະຍາສາດລາວ", "ວິທະຍາສາດ"),
    ("ឧទ្យានវិទ្យាសាស្ត្រនៃប្រទេសកម្ពុជា", "ប្រទេស"),
    ("သိပ္ပံပန်းခြံသည်မြန်မာနိုင်ငံ", "ပန်းခြံ"),
    ("東京ｻｲｴﾝｽﾊﾟｰｸ株式会社", "ﾊﾟｰｸ"),
]


@pytest.mark.parametrize(("text", "quote"), UNSPACED)
def test_scripts_without_blanks(text: str, quote: str):
    """Thai, Lao, Khmer, Burmese and halfwidth kana are quoted at any character."""
    assert find_quote(source(text), quote) == Span(
        text.index(quote), text.index(quote) + len(quote)
    )


@pytest.mark.parametrize(("text", "quote"), [("भारतीय उद्यान", "भारत"), ("the cafe\u0301s", "cafe")])
def test_a_mark_is_a_part_of_its_word(text: str, quote: str):
    """A vowel sign or an accent after the quote means that the word goes on."""
    assert isinstance(find_quote(source(text), quote), Diagnostic)


def test_line_ends_of_windows():
    """A quote whose line ends are not those of the text is told so."""
    found = find_quote(source("1. Name\r\n    A"), "1. Name\n    A")

    assert isinstance(found, Diagnostic)
    assert r"\r\n" in found.help
    assert find_quote(source("1. Name\r\n    A"), "1. Name\r\n    A") == Span(0, 14)


def test_blanks_are_no_words():
    """A quote of blanks that are not there is a finding too."""
    assert isinstance(find_quote(source(), "\n\u3000"), Diagnostic)


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
