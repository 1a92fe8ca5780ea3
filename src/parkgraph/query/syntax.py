"""Says in plain words why a query does not parse, and where.

Oxigraph reports the furthest place that its grammar looked at, which for a keyword lies beyond
the word that is wrong, and lists every token that could stand there, a page of them.
"""

import re
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias

from parkgraph.errors import did_you_mean
from parkgraph.query.scan import Token, code_tokens, position, tokens
from parkgraph.query.values import Failure, failure
from parkgraph.vocab import PREFIXES

#: Parses a text and gives Oxigraph's message, or None if it parses.
Parse: TypeAlias = Callable[[str], str | None]

#: Wider than any keyword, so that looking for one never reaches beyond the next token.
_GAP: Final = " " * 32
#: Beyond this, in characters, a text is not parsed a second time.
_LONG: Final = 20_000
#: How many possibilities are named, and how much of a line is shown.
_MOST: Final = 6
_WINDOW: Final = 96

_REPORT: Final = re.compile(r"error at (\d+):(\d+): expected (?:one of )?(.*)", re.DOTALL)
_ITEM: Final = re.compile(r'"(?:[^"\\]|\\.)*"|\[(?:[^]\']|\'(?:\\.|[^\\])[^\']*\')*\]|[^,\s][^,]*')
_KEYWORD: Final = re.compile(r"\w+")
_KEYWORDS: Final = """
    ask as asc base bind bound by coalesce concat construct contains count desc describe distinct
    exists filter from graph group group_concat having lang limit minus named not offset optional
    order prefix reduced regex select str union values where"""
_FORMS: Final = ["SELECT", "ASK", "CONSTRUCT", "DESCRIBE"]
_OPERATORS: Final = frozenset(f'"{sign}"' for sign in ("&&", "||", "*", "=", "!=", "<=", ">", ">="))
_SIGNS: Final = frozenset(f'"{sign}"' for sign in "+-/<.")

#: What Oxigraph expects, in words; of the keywords that could begin something it names one.
_WORDS: Final[Mapping[str, str]] = {
    **dict.fromkeys(('"?"', '"$"'), "a variable"),
    **dict.fromkeys(('"<"', '":"'), "an IRI"),
    **dict.fromkeys(('"_:"', '"["'), "a blank node"),
    **dict.fromkeys(('"\'"', "\"'''\"", r'"\""', r'"\"\"\""', '"+"', '"-"'), "a literal"),
    **dict.fromkeys(('"true"', '"false"'), "a literal"),
    **dict.fromkeys(("ENCODE_FOR_URI", "STRLANGDIR", "hasLangDir"), "an expression"),
    **dict.fromkeys(('"<<"', '"<<("', '"{|"', '"~"', "[_]"), ""),
    **{f'"{bracket}"': f"a closing '{bracket}'" for bracket in "})]"},
    "['0'..='9']": "a number",
    "NOT": "an operator",
}
_SENTENCES: Final[Mapping[str, str]] = {
    "IRI parsing failed": "this is not a valid IRI",
    "<unreported>": "this blank node label is used in two groups, or something else is misplaced",
}


@dataclass(frozen=True, slots=True)
class _Report:
    offset: int
    expected: tuple[str, ...]

    @property
    def looked_ahead(self) -> int:
        """How far beyond the wrong token the report lies: a keyword's length, if it was that."""
        words = [item for item in self.expected if item != "[_]"]
        return max(map(len, words), default=0) if all(map(_KEYWORD.fullmatch, words)) else 0


@dataclass(frozen=True, slots=True)
class _Spread:
    """A text with its tokens far apart, and for each place of it the place in the original."""

    text: str
    starts: Sequence[int]
    origins: Sequence[int]

    def origin(self, report: _Report) -> tuple[int, int]:
        """Where the token that ``report`` is about stands here, and where it stood before."""
        index = max(0, bisect_right(self.starts, report.offset) - 1)
        start, origin = self.starts[index], self.origins[index]
        length = len(self.text[start:].partition(_GAP)[0])
        within = report.offset - start - report.looked_ahead
        within = within if 0 < within < length else 0
        return start + within, origin + within


def explain(text: str, message: str, parse: Parse) -> Failure:
    """The failure of a ``text`` that Oxigraph refused with ``message``."""
    return (
        _empty(text)
        or _unknown_prefix(text)
        or _open_string(text)
        or _misplaced(text, parse)
        or failure("syntax", message.partition("\n")[0][:200])
    )


def _failure(text: str, offset: int, wrong: str, hint: str) -> Failure:
    advice = f"{hint or 'here'}:\n{_shown(text, offset)}"
    return failure("syntax", wrong, where=position(text, offset), advice=advice)


def _shown(text: str, offset: int) -> str:
    """The line of ``offset``, the part around it if it is long, and a caret under it."""
    start = text.rfind("\n", 0, offset) + 1
    line = text[start:].partition("\n")[0].rstrip()
    column = min(offset - start, len(line))
    left = max(0, column - _WINDOW // 2)
    part = "".join(char if char.isprintable() else " " for char in line[left : left + _WINDOW])
    return f"    {part}\n    {' ' * (column - left)}^"


def _empty(text: str) -> Failure | None:
    return None if code_tokens(text) else failure("syntax", "the query is empty")


def _unknown_prefix(text: str) -> Failure | None:
    code = code_tokens(text)
    before = [("mark", "", -1), *code]
    declared = {token[1] for last, token in zip(before, code, strict=False) if _declares(last)}
    for last, (kind, word, offset) in zip(before, code, strict=False):
        prefix = f"{word.partition(':')[0]}:"
        in_iri = last[1] == "<" and last[2] + 1 == offset
        if kind == "name" and prefix not in declared and not in_iri:
            wrong = f"the prefix {prefix!r} is not declared"
            return _failure(text, offset, wrong, _prefix_hint(prefix, declared))
    return None


def _declares(before: Token) -> bool:
    return before[1].lower() == "prefix"


def _prefix_hint(prefix: str, declared: set[str]) -> str:
    name = prefix[:-1]
    if name in PREFIXES:
        return f"begin the query with PREFIX {prefix} <{PREFIXES[name]}>"
    near = _nearest(name, {one[:-1] for one in declared} | set(PREFIXES))
    return near or f"begin the query with PREFIX {prefix} and its IRI in angle brackets"


def _nearest(word: str, known: set[str]) -> str:
    advice = did_you_mean(word, known)
    return advice.partition("?")[0] if "?" in advice else ""


def _open_string(text: str) -> Failure | None:
    quotes = (offset for kind, word, offset in tokens(text) if kind == "mark" and word in "\"'")
    offset = next(quotes, None)
    if offset is None:
        return None
    wrong = "this string is not closed on its line, or has an escape that SPARQL does not know"
    return _failure(text, offset, wrong, r"close it; escapes are \t \b \n \r \f \" \' \\ \uXXXX")


def _misplaced(text: str, parse: Parse) -> Failure | None:
    if len(text) > _LONG:
        return None
    spread = _spread(text)
    report = _report(spread.text, parse)
    if report is None:
        return None
    start, offset = spread.origin(report)
    # Cut before the wrong token, the parser names what else than a keyword could follow.
    cut = _report(spread.text[:start], parse) if report.looked_ahead else None
    wrong = _wrong(text[offset:], [*report.expected, *(cut.expected if cut else ())])
    return _failure(text, offset, wrong, _hint(wrong, text[offset:]))


def _spread(text: str) -> _Spread:
    pieces: list[str] = []
    starts: list[int] = []
    origins: list[int] = []
    length = end = 0
    for _, word, offset in code_tokens(text):
        if offset > end or word in "{},;" or not pieces or pieces[-1] in "{},;":
            pieces.append(_GAP)
            length += len(_GAP)
            starts.append(length)
            origins.append(offset)
        pieces.append(word)
        length += len(word)
        end = offset + len(word)
    # The end is a place of its own: what is missing is missing there.
    return _Spread(
        "".join((*pieces, _GAP)), (*starts, length + len(_GAP)), (*origins, len(text.rstrip()))
    )


def _report(text: str, parse: Parse) -> _Report | None:
    match = _REPORT.fullmatch(parse(text) or "")
    if match is None:
        return None
    start = 0
    for _ in range(int(match[1]) - 1):
        start = text.find("\n", start) + 1
    items = tuple(item.strip() for item in _ITEM.findall(match[3]))
    return _Report(start + int(match[2]) - 1, tuple(item for item in items if item))


def _wrong(rest: str, expected: list[str]) -> str:
    """What is wrong, in a line; ``rest`` is the text from where it is wrong."""
    word = next((word for _, word, _ in tokens(rest[:200])), "")
    found = f"{word[:40]!r}" if word else "the end of the query"
    sentence = next((item for item in expected if _is_sentence(item)), None)
    if sentence:
        said = sentence if sentence[1:2].isupper() else sentence[0].lower() + sentence[1:]
        return _SENTENCES.get(sentence, said)
    names = _names(expected)
    return f"expected {_listing(names)}, got {found}" if names else f"{found} cannot stand here"


def _is_sentence(item: str) -> bool:
    return item[0] not in "\"['" and (" " in item or item == "<unreported>")


def _names(expected: list[str]) -> list[str]:
    """What could stand there, without repetition, the most telling first."""
    items = list(dict.fromkeys(expected))
    if "CONSTRUCT" in items:
        return _FORMS
    if '":"' in items and '"<"' not in items:
        return ["a prefix and ':'"]
    if _OPERATORS.intersection(items):
        items = [item for item in items if item not in _OPERATORS | _SIGNS] + ["NOT"]
    elif '";"' not in items:
        items = [item for item in items if item != '"."']
    names = dict.fromkeys(name for item in items if (name := _name(item)))
    return sorted(names, key=lambda name: (not name.startswith("a closing"), name.isupper()))


def _name(item: str) -> str:
    if item in _WORDS:
        return _WORDS[item]
    if item.startswith("["):
        return ""  # a class of characters: the rest of a name
    return f"'{item[1:-1]}'" if item.startswith('"') else item.upper()


def _listing(names: list[str]) -> str:
    if len(names) > _MOST:
        names = [*names[: _MOST - 1], "something else"]
    head = ", ".join(names[:-1])
    return f"{head} or {names[-1]}" if head else names[-1]


def _hint(wrong: str, rest: str) -> str:
    """Advice on what stands at the beginning of ``rest``."""
    if "valid IRI" in wrong:
        return "write the IRI in full, or declare BASE" if "://" not in rest[:40] else ""
    kind, word, _ = next(iter(tokens(rest[:200])), ("end", "", 0))
    if kind == "end":
        return "the query ends too early" if wrong.startswith("expected") else ""
    known = set(_KEYWORDS.upper().split())
    return _nearest(word.upper(), known) if kind == "word" and word.upper() not in known else ""
