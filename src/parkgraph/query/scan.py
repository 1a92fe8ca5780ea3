"""What a query text may not do, found in one linear pass before anything parses it.

The pass reads SPARQL's tokens (SPARQL 1.1 §19.8) as Oxigraph's grammar does, and where a text
could be read in two ways it believes the worse one. It is the first of two locks on SERVICE:
the second is a process that can open no socket (:mod:`parkgraph.query.confine`).
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from typing import Final, Literal, TypeAlias

from parkgraph.query.parts import decoded
from parkgraph.query.values import FORMS, Failure, Form, failure

#: Bytes of UTF-8 that a query text may have.
LONGEST: Final = 256 * 1024

#: Characters whose tokens are told apart in a millisecond or two.
_BRIEF: Final = 1_000

#: How deep brackets may nest; Oxigraph's parser needs minutes or its whole stack far below 10,000.
DEEPEST: Final = 64

#: Kind, characters, and offset in the text.
Token: TypeAlias = tuple[str, str, int]

_FIRST_WORDS: Final[Mapping[str, Form | Literal["update"]]] = {
    **{form: form for form in FORMS},
    **dict.fromkeys(
        ("insert", "delete", "load", "clear", "create", "drop", "copy", "move", "add", "with"),
        "update",
    ),
}
_PROLOGUE: Final = frozenset(("base", "prefix", "version"))
_VOLATILE: Final = ("rand", "now", "uuid", "bnode")
_OPENING: Final = frozenset(("(", "[", "{", "<<"))
_CLOSING: Final = frozenset((")", "]", "}", ">>"))
#: Closing brackets with those that they close; the others are no brackets in SPARQL 1.1.
_PAIRS: Final = {")": "(", "]": "[", "}": "{"}
#: After these, and after another one, a «<» may mean less-than or the first half of «<<».
_OPERANDS: Final = frozenset(("variable", "string", "language", "number", "name", "iri"))


def _all(pattern: str) -> str:
    """As much as there is of a pattern, once and for all.

    An atomic group, for a possessive one of several parts is wrong before Python 3.11.5: where its
    last round fails half-way, what comes next begins there.
    """
    return f"(?>(?:{pattern})*)"


def _maybe(pattern: str) -> str:
    """The pattern if it is there, once and for all."""
    return f"(?>(?:{pattern})?)"


_START: Final = (
    "A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02ff\u0370-\u037d\u037f-\u1fff\u200c\u200d"
    "\u2070-\u218f\u2c00-\u2fef\u3001-\ud7ff\uf900-\ufdcf\ufdf0-\ufffd\U00010000-\U000effff"
)
_VARIABLE: Final = _START + "_0-9\u00b7\u0300-\u036f\u203f\u2040"
_NAME: Final = _VARIABLE + r"\-"
_CODEPOINT: Final = r"\\u[0-9A-Fa-f]{4}|\\U[0-9A-Fa-f]{8}"
_ESCAPE: Final = rf"""\\[tbnrf"'\\]|{_CODEPOINT}"""
_DOTTED: Final = rf"\.*+[{_NAME}]++"
_RUN: Final = f"[{_START}]{_all(_DOTTED)}"
_IRI: Final = "<" + _all(rf'[^<>"{{}}|^`\\\x00-\x20]++|{_CODEPOINT}') + ">"
_FRACTION: Final = r"\.[0-9]++"
_LOCAL: Final = rf"[{_NAME}:]|%[0-9A-Fa-f]{{2}}|\\[_~.\-!$&'()*+,;=/?#@%]"

# What was read is never read again, so the pass is linear.
_TOKEN: Final = (
    r"[ \t\r\n]*+(?:"
    + "|".join(
        f"(?P<{kind}>{pattern})"
        for kind, pattern in {
            "variable": rf"[?$][{_VARIABLE}]++",
            "comment": r"#[^\r\n]*+",
            "iri": _IRI,
            "string": "|".join(
                (
                    "'''" + _all(rf"'{{0,2}}+(?:[^'\\]++|{_ESCAPE})") + "'''",
                    '"""' + _all(rf'"{{0,2}}+(?:[^"\\]++|{_ESCAPE})') + '"""',
                    "'" + _all(rf"[^'\\\r\n]++|{_ESCAPE}") + "'",
                    '"' + _all(rf'[^"\\\r\n]++|{_ESCAPE}') + '"',
                )
            ),
            "blank": f"_:[{_VARIABLE}]{_all(_DOTTED)}",
            "language": "@[A-Za-z]++" + _all("-[A-Za-z0-9]++"),
            "name": _maybe(_RUN) + ":" + _all(rf"\.*+(?:{_LOCAL})"),
            "word": _RUN,
            "number": rf"(?:[0-9]++{_maybe(_FRACTION)}|{_FRACTION})" + _maybe("[eE][+-]?+[0-9]++"),
            "mark": rf"<(?={_IRI})|<<|>>|&&|\|\||\^\^|[<>!]=|[\s\S]",
            "end": r"\Z",
        }.items()
    )
    + ")"
)

#: A prologue without surprises and the form that follows it: nearly every query.
PLAIN: Final = re.compile(
    _all(
        r"[ \t\r\n]++|#[^\r\n]*+|PREFIX[ \t\r\n]++[^\s:<#]*+:[ \t\r\n]*+<[^>]*+>"
        r"|BASE[ \t\r\n]++<[^>]*+>"
    )
    + "(SELECT|ASK|CONSTRUCT|DESCRIBE)",
    re.IGNORECASE,
)
_CALL: Final = re.compile(r"(?:rand|now|uuid|bnode)[ \t\r\n]*+[(#]")


@dataclass(frozen=True, slots=True)
class Scan:
    """What a query text is.

    Attributes:
        form: the query form, ``update`` for an update, None if neither can be told.
        volatile: whether it calls RAND, NOW, UUID, STRUUID or BNODE.
        refusal: why it is not to be evaluated, if so.
    """

    form: Form | Literal["update"] | None
    volatile: bool
    refusal: Failure | None = None


_HARMLESS: Final[Mapping[str, Scan]] = {form: Scan(form, volatile=False) for form in FORMS}


@lru_cache(maxsize=16)  # asked for more than once in the way of one query
def scan(text: str) -> Scan:
    """Look through ``text``; it need not be SPARQL, and nothing is raised."""
    if plain := _plain(text):
        return plain
    if len(text) * 3 > LONGEST and (size := len(text.encode(errors="replace"))) > LONGEST:
        return Scan(None, volatile=False, refusal=_too_long(size))
    found = _view(text)
    return _decoded(found, text) if "\\" in text and decoded(text) != text else found


def brief(text: str) -> bool:
    """Whether the scan of ``text`` takes no longer than an event loop can spare."""
    return len(text) <= _BRIEF or _plain(text) is not None


@lru_cache(maxsize=16)
def _plain(text: str) -> Scan | None:
    """What nearly every query is; None where its tokens have to be told apart."""
    found = PLAIN.match(text)
    return _HARMLESS[found[1].lower()] if found and _harmless(text) else None


@cache
def token() -> re.Pattern[str]:
    """What a token is; nearly no text is looked at so closely, and this takes its time."""
    return re.compile(_TOKEN)


def tokens(text: str) -> list[Token]:
    """The tokens of ``text``, comments among them; between two is white space and no more."""
    found = [
        (kind := match.lastgroup or "end", match[kind], match.start(kind))
        for match in token().finditer(text)
    ]
    return [token for token in found if token[0] != "end"]


def code_tokens(text: str) -> list[Token]:
    """The tokens of ``text`` but for its comments."""
    return without_comments(tokens(text))


def without_comments(everything: Iterable[Token]) -> list[Token]:
    """Tokens but for the comments among them."""
    return [token for token in everything if token[0] != "comment"]


def position(text: str, offset: int) -> str:
    """``query:line:column`` of an offset, both counted from 1."""
    line = text.count("\n", 0, offset) + 1
    column = offset - text.rfind("\n", 0, offset)
    return f"query:{line}:{column}"


def _harmless(text: str) -> bool:
    """Whether there is nothing in ``text`` that would need its tokens to be told apart."""
    if len(text) * 3 > LONGEST:
        return False
    if text.count("(") + text.count("[") + text.count("{") + text.count("<<") > DEEPEST:
        return False
    lower = text.lower()
    if "service" in lower or "\\" in lower:
        return False
    return not (any(word in lower for word in _VOLATILE) and _CALL.search(lower))


def _decoded(found: Scan, text: str) -> Scan:
    r"""Both readings of ``\u0053ERVICE``.

    By SPARQL 1.1 §19.2 such escapes stand for their character anywhere and before parsing.
    Oxigraph reads them in strings and IRIs only; other engines follow the letter.
    """
    other = _view(decoded(text))
    volatile = found.volatile or other.volatile
    return replace(found, volatile=volatile, refusal=found.refusal or other.refusal)


def _view(text: str) -> Scan:
    everything = tokens(text)
    code = without_comments(everything)
    hidden = bracketed = ""
    if doubtful(code):
        hidden = _joined(everything, "string", "comment")
        bracketed = hidden + _joined(everything, "iri")
    form = _first_word(code)
    return Scan(
        form,
        volatile=_volatile(code) or any(word in bracketed for word in _VOLATILE),
        refusal=_update(form) or _service(text, code, hidden) or _nesting(text, code, bracketed),
    )


def _first_word(code: Iterable[Token]) -> Form | Literal["update"] | None:
    words = (word.lower() for kind, word, _ in code if kind == "word")
    return _FIRST_WORDS.get(next((word for word in words if word not in _PROLOGUE), ""))


def _volatile(code: Iterable[Token]) -> bool:
    # Oxigraph wants no space between keywords: ORDER BYRAND() is a call.
    return any(kind == "word" and word.lower().endswith(_VOLATILE) for kind, word, _ in code)


def doubtful(code: Sequence[Token]) -> bool:
    """Whether some ``<…>`` could be a less-than, and its rest not the end of an IRI.

    ``?a <#b> '…`` is either an IRI and a string, or a comparison and a comment. Nothing in a
    scheme's ``://`` can be an expression, so ordinary IRIs are never in doubt; nor is what stands
    in no parentheses, for comparisons do.
    """
    inside = [""]
    for index in range(1, len(code)):
        kind, word, _ = code[index]
        if word in _PAIRS and kind == "mark" and inside.pop() != _PAIRS[word]:
            return True
        if word in _PAIRS.values() and kind == "mark":
            inside.append(word)
        if kind == "iri" and "://" not in word and any(mark in word for mark in "#'("):
            before = code[index - 1]
            if before[1] == "<" or (inside[-1] == "(" and _operand(before)):
                return True
    return False


def _operand(token: Token) -> bool:
    kind, word, _ = token
    return kind in _OPERANDS or word.lower() in (")", "<", "true", "false")


def _joined(everything: Iterable[Token], *kinds: str) -> str:
    return " ".join(word for kind, word, _ in everything if kind in kinds).lower()


def _update(form: str | None) -> Failure | None:
    if form != "update":
        return None
    return failure(
        "update",
        "this is an update, and queries only are answered here",
        advice="the data changes by publishing a release; send SELECT, ASK, CONSTRUCT or DESCRIBE",
    )


def _service(text: str, code: Sequence[Token], hidden: str) -> Failure | None:
    if "service" not in text.lower():
        return None
    named = [
        index
        for index, (kind, word, _) in enumerate(code)
        if kind in ("word", "name") and "service" in word.lower()
    ]
    declared = _declared(code)
    offset = next((code[index][2] for index in named if _calls(code, index, declared)), None)
    if offset is None and "service" not in hidden:
        return None
    return failure(
        "service",
        "SERVICE is refused: a query here never opens a connection",
        where=position(text, offset or 0),
        advice="ask the other endpoint yourself and bring its results as VALUES",
    )


def _declared(code: Iterable[Token]) -> frozenset[str]:
    """What may be declared as a prefix: ``p:`` of its own, and in ``PREFIXp:``."""
    names = {word[:-1].lower() for kind, word, _ in code if kind == "name" and word.endswith(":")}
    return frozenset(names | {name.removeprefix("prefix") for name in names})


def _calls(code: Sequence[Token], index: int, declared: Collection[str]) -> bool:
    """Whether this word or name with «service» in it is a call, or may be read as one.

    Oxigraph wants no space after the keyword: ``SERVICEex:a {…}`` is a call where a prefix
    ``ex`` is declared and none ``SERVICEex``. A name that is no call follows a keyword (GRAPH,
    FROM …).
    """
    kind, word, _ = code[index]
    if kind == "word":
        return True
    prefix, _, local = word.lower().partition(":")
    before = code[index - 1] if index else ("mark", "", 0)
    # The verb «a» is no such keyword: after its object a call may follow, with no space before it.
    named = before[0] == "word" and not _operand(before) and not before[1].endswith("a")
    following = [token[1].lower() for token in code[index + 1 : index + 4]]  # SILENT, whom, and {
    if named or not following:
        return False
    _, keyword, rest = local.partition(".service")
    if _names(prefix, declared) or (keyword and ":" in rest):  # whom it calls is in the name
        return following[0] == "{"
    return bool(keyword) and following[following[0] == "silent" :][1:2] == ["{"]


def _names(prefix: str, declared: Collection[str]) -> bool:
    """Whether a prefix ends with the keyword and one that is declared."""
    _, keyword, rest = prefix.partition("service")
    return bool(keyword) and any(one in declared for one in (rest, rest.removeprefix("silent")))


def _nesting(text: str, code: Iterable[Token], hidden: str) -> Failure | None:
    depth = sum(hidden.count(bracket) for bracket in "([{")
    for kind, word, offset in code:
        if kind == "mark":
            depth += (word in _OPENING) - (word in _CLOSING and depth > 0)
            if depth > DEEPEST:
                return failure(
                    "nesting",
                    f"brackets nest deeper than {DEEPEST}",
                    where=position(text, offset),
                    advice="flatten the query: VALUES for long lists, fewer groups",
                )
    return None


def _too_long(size: int) -> Failure:
    return failure(
        "too-long",
        f"the query text has {size} bytes, more than {LONGEST}",
        advice="shorten lists of values, or ask in several queries",
    )
