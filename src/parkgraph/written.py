"""The number that words write; None wherever that is not certain, for then nothing is refused."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final

from parkgraph.vocab import (
    MULTIPLIERS,
    NUMBER_WORDS,
    SIGNS_OF_TEN_THOUSANDS,
    UNCERTAIN_WORDS,
    WRITTEN_UNITS,
)

#: Digits with single signs between them: what they write together is one number, or unclear.
_DIGITS: Final = re.compile(r"\d+(?:[\W_]\d+)*")
_PLAIN: Final = re.compile(r"\d+|0\.\d+|\d+\.(?:\d{1,2}|\d{4,})|\d{4,}\.\d+")
#: Thousands that no decimal fraction is written like; U+066C is the Arabic separator.
_BLANKS: Final = re.compile("\\d{1,3}(?:[ \u00a0\u2009\u202f'\u2019\u066c]\\d{3})+")
_COMMAS: Final = re.compile(r"\d{1,3}(?:,\d{3}){2,}(?:\.\d+)?|\d{1,3},\d{3}\.\d+")
_POINTS: Final = re.compile(r"\d{1,3}(?:\.\d{3}){2,}(?:,\d+)?|\d{1,3}\.\d{3},\d+")
#: What a comma means by the language: thousands here, and lakhs; a fraction there.
_COMMA_OF_THOUSANDS: Final = re.compile(r"\d{1,3},\d{3}|\d{1,2}(?:,\d{2})+,\d{3}")
_COMMA_OF_A_FRACTION: Final = re.compile(r"\d+,(?:\d{1,2}|\d{4,})|0,\d+")
#: Languages that write the decimals behind a point; in all others a comma may stand there.
_POINT_LANGUAGES: Final = frozenset({"en", "hi", "ja", "ko", "th", "zh"})

_WORD: Final = "|".join([*NUMBER_WORDS, *MULTIPLIERS])
_WORDS: Final = re.compile(rf"\b(?:{_WORD})(?:[\s-]+(?:and\s+)?(?:{_WORD}))*\b")
_MULTIPLIED: Final = re.compile(rf"[\s-]+({'|'.join(MULTIPLIERS)})s?(?![a-z])")
#: Behind a number these may go on with it: «2 or 3», «1.5 bn», «3 M», «200 kEUR».
_JOINED: Final = re.compile(
    r"[\s-]*(?:(?:and|or|to|tens|hundreds|k|m|b|bn|mn|tn|mio|mln|mrd|[km](?:eur|usd|gbp|cny|rmb))"
    r"(?![a-z0-9²³^])|[打成])"
)


def written_number(words: str, language: str = "en") -> Decimal | None:
    """The number that ``words`` write, in digits or in English words; None if unclear.

    >>> written_number("770,000㎡"), written_number("1.5 million"), written_number("3万家", "zh")
    (Decimal('770000'), Decimal('1500000.0'), Decimal('30000'))
    >>> written_number("two thousand five hundred"), written_number("1½ million")
    (Decimal('2500'), None)
    """
    return stated_value(words, "NUM", language)


def stated_value(words: str, unit: str | None, language: str) -> Decimal | None:
    """The value that ``words`` write, counted in ``unit``; None if unclear.

    >>> stated_value("77 hectares", "M2", "en"), stated_value("100 acres", "M2", "en")
    (Decimal('770000'), None)
    """
    found = _number(words.lower(), language)
    if found is None:
        return None
    number, rest = found
    factor = _factor(rest, unit, language)
    return None if factor is None else number * factor


def _number(words: str, language: str) -> tuple[Decimal, str] | None:
    """The one number in ``words``, and what follows it."""
    if UNCERTAIN_WORDS & set(re.findall(r"[^\W\d_]+", words)):
        return None
    english = _is(language, {"en"})
    plain = "".join(str(unicodedata.decimal(c, c)) for c in words)
    digits = _DIGITS.search(plain)
    if digits is None:
        return _in_words(plain) if english else None
    before, rest = plain[: digits.start()], plain[digits.end() :]
    if re.search(r"[.,\w]$", before) and not _ideograph(before[-1]):
        return None
    if _numeric(before) or (english and _WORDS.search(before)):
        return None
    number = _in_digits(digits[0], language)
    if number is None:
        return None
    # A Chinese text that says «million» says it in English; a German one may mean another number.
    return _multiplied(number, rest, english=_is(language, {"en", "zh"}))


def _in_digits(digits: str, language: str) -> Decimal | None:
    """The number that digits and the signs between them write in a language."""
    point = _is(language, _POINT_LANGUAGES)
    if _BLANKS.fullmatch(digits):
        return Decimal(re.sub(r"\D", "", digits))
    if any(form.fullmatch(digits) for form in (_PLAIN, _COMMAS)):
        return Decimal(digits.replace(",", ""))
    if point and _COMMA_OF_THOUSANDS.fullmatch(digits):
        return Decimal(digits.replace(",", ""))
    if _POINTS.fullmatch(digits) or (not point and _COMMA_OF_A_FRACTION.fullmatch(digits)):
        return Decimal(digits.replace(".", "").replace(",", "."))
    return None


def _multiplied(number: Decimal, rest: str, *, english: bool) -> tuple[Decimal, str]:
    """A number with the «million» or 万 that follows it, and what follows that."""
    if rest[:1] in SIGNS_OF_TEN_THOUSANDS:
        return number * SIGNS_OF_TEN_THOUSANDS[rest[0]], rest[1:]
    while english and (word := _MULTIPLIED.match(rest)):
        number, rest = number * MULTIPLIERS[word[1]], rest[word.end() :]
    return number, rest


def _in_words(words: str) -> tuple[Decimal, str] | None:
    """A number in English words; None unless they are one number alone."""
    found = list(_WORDS.finditer(words))
    if len(found) != 1:
        return None
    number = _sum([word for word in re.findall(r"[a-z]+", found[0][0]) if word != "and"])
    return None if number is None else (number, words[found[0].end() :])


def _sum(words: Sequence[str]) -> Decimal | None:
    """Number words as one number; None where they are several, as in «nineteen ninety»."""
    total = group = 0
    for word in words:
        if word not in NUMBER_WORDS:
            if group == 0:
                return None
            total, group = _grouped(word, total, group)
        elif NUMBER_WORDS[word] < _room(group):
            group += NUMBER_WORDS[word]
        else:
            return None
    return Decimal(total + group)


def _grouped(word: str, total: int, group: int) -> tuple[int, int]:
    if word == "hundred":
        return total, group * MULTIPLIERS[word]
    return total + group * MULTIPLIERS[word], 0


def _room(group: int) -> int:
    """What may be added to a number in words is less than this: «twenty» takes up to nine."""
    if group % 100 == 0:
        return 100
    return 10 if group % 10 == 0 and group % 100 >= 20 else 0


def _factor(rest: str, unit: str | None, language: str) -> int | None:
    """What a number is multiplied with for ``unit``, by what follows it; None if unclear."""
    if _JOINED.match(rest):
        return None
    known = WRITTEN_UNITS.get(unit or "NUM")
    if known is not None:
        folded = " ".join(unicodedata.normalize("NFKC", rest).lower().lstrip(" -+\t\n\r").split())
        name = _unit(folded, known)
        left = folded[len(name or "") :]
        if name is None or _numeric(left) or _WORDS.search(left):
            return None
        return known[name]
    return 1 if _counts(rest, language) else None


def _unit(words: str, known: Mapping[str, int]) -> str | None:
    """The longest name of a unit that ``words`` begin with."""
    for name in sorted(known, key=len, reverse=True):
        if re.match(rf"{re.escape(name)}(?![a-z0-9])", words):
            return name
    return None


def _counts(rest: str, language: str) -> bool:
    """Whether what follows a number goes on with no further part of it.

    Only an English or Chinese word is known to be none: «1,5 Millionen», «2 mille».
    """
    if _numeric(rest):
        return False
    if rest[:1].isalpha():
        return _ideograph(rest[0])
    return _is(language, {"en", "zh"}) or not re.search(r"[^\W\d_]", rest)


def _numeric(words: str) -> bool:
    """Whether any sign is a number: a digit, a fraction, a Chinese numeral."""
    # The exponent of a unit is none: «m²».
    return any(unicodedata.numeric(c, None) is not None for c in re.sub("(?<=m)[²³]", "", words))


def _ideograph(character: str) -> bool:
    return unicodedata.name(character, "").startswith("CJK ")


def _is(language: str, among: frozenset[str] | set[str]) -> bool:
    return language.partition("-")[0].lower() in among
