"""Goes through the tokens of a query once, from term to term and from bracket to bracket."""

import re
from bisect import bisect_right
from collections.abc import Iterator, Mapping
from itertools import count
from typing import Final

from parkgraph.query.parts import Name, Part, PartKind, Place
from parkgraph.query.scan import Token, code_tokens

_CLOSING: Final[Mapping[str, str]] = {"(": ")", "[": "]", "{": "}"}
#: Kinds of tokens that are a term by themselves.
_TERMS: Final[Mapping[str, PartKind]] = {
    "variable": "variable",
    "iri": "iri",
    "name": "iri",
    "blank": "blank",
    "number": "literal",
}


class Cursor:
    """A place among the tokens of a text, comments left out.

    Attributes:
        at: the number of the next token; the last one is the end, which is never passed.
    """

    def __init__(self, text: str) -> None:
        self._text = text
        code = code_tokens(text)
        self._tokens: list[Token] = [*code, ("end", "", len(text))]
        self._lines = [0, *(match.end() for match in re.finditer("\n", text))]
        self._used = frozenset(word[1:] for kind, word, _ in code if kind in ("variable", "blank"))
        self.at = 0

    @property
    def kind(self) -> str:
        """The kind of the next token."""
        return self._tokens[self.at][0]

    @property
    def raw(self) -> str:
        """The next token as written."""
        return self._tokens[self.at][1]

    @property
    def word(self) -> str:
        """A keyword in small letters, or a mark; nothing for what is neither."""
        kind, word, _ = self._tokens[self.at]
        return word.lower() if kind == "word" else word if kind == "mark" else ""

    @property
    def after(self) -> Token:
        """The token after the next."""
        return self._tokens[min(self.at + 1, len(self._tokens) - 1)]

    def unused(self, start: str) -> Iterator[str]:
        """Labels or variables that the text does not have: ``start`` and a number."""
        names = (f"{start}{number}" for number in count(1))
        return (name for name in names if name[1:] not in self._used)

    def ended(self) -> bool:
        """Whether there is no further token."""
        return self.kind == "end"

    def offset(self, at: int) -> int:
        """Where a token begins in the text."""
        return self._tokens[at][2]

    def place(self, at: int | None = None) -> Place:
        """Where a token stands, the next if none is named."""
        offset = self.offset(self.at if at is None else at)
        line = bisect_right(self._lines, offset)
        return Place(line, offset - self._lines[line - 1] + 1)

    def since(self, start: int) -> str:
        """The text from one token to the last that was passed."""
        if start >= self.at:
            return ""
        _, word, offset = self._tokens[self.at - 1]
        return self._text[self.offset(start) : offset + len(word)]

    def skip(self) -> None:
        """Pass the next token."""
        self.at += not self.ended()

    def take(self, *words: str) -> bool:
        """Whether the next token is one of ``words``, which is then passed."""
        found = self.word in words
        if found:
            self.skip()
        return found

    def until(self, *words: str) -> None:
        """Pass everything before one of ``words``, whole brackets at a time."""
        while not self.ended() and self.word not in words:
            self.balanced()

    def balanced(self) -> None:
        """Pass a token, with all that its bracket holds."""
        closing: list[str] = []
        while not self.ended():
            word = self.word
            self.skip()
            if word in _CLOSING:
                closing.append(_CLOSING[word])
            elif closing and word == closing[-1]:
                closing.pop()
            if not closing:
                return

    def term(self) -> Part | None:
        """Pass a term; a collection is one, and stays whole. None if there is none."""
        start, place = self.at, self.place()
        kind = _TERMS.get(self.kind) or self._literal() or self._bracketed()
        if kind is None:
            return None
        if self.at == start:
            self.skip()
        text = self.since(start)
        return Part(text, kind, place, (Name(text, place),) if kind == "iri" else ())

    def name(self) -> Name | None:
        """Pass an IRI or a prefixed name. None if there is none."""
        if self.kind not in ("iri", "name"):
            return None
        found = Name(self.raw, self.place())
        self.skip()
        return found

    def _literal(self) -> PartKind | None:
        signed = self.word in ("+", "-") and self.after[0] == "number"
        if not (signed or self.kind == "string" or self.word in ("true", "false")):
            return None
        self.skip()
        if signed or self.kind == "language" or self.take("^^"):
            self.skip()
        return "literal"

    def _bracketed(self) -> PartKind | None:
        """A collection, or a triple that is itself a term (SPARQL 1.2)."""
        if self.word == "(":
            self.balanced()
        elif self.word == "<<":
            self._quoted()
        else:
            return None
        return "other"

    def _quoted(self) -> None:
        depth = 0
        while not self.ended() and self.word not in ("{", "}"):
            depth += (self.word == "<<") - (self.word == ">>")
            self.skip()
            if not depth:
                return

    def verb(self) -> Part | None:
        """Pass a variable, an IRI, ``a`` or a property path. None if there is none."""
        start, place = self.at, self.place()
        if self.kind == "variable":
            return self.term()
        names = tuple(self._path())
        kind: PartKind = "iri" if self.at == start + 1 else "path"
        whole = names and self._tokens[self.at - 1][1] not in ("^", "!", "/", "|")
        return Part(self.since(start), kind, place, names) if whole else None

    def _path(self) -> Iterator[Name]:
        """Pass a property path (SPARQL 1.1 §9.1), giving the IRIs in it."""
        while True:
            while self.take("^", "!"):
                pass
            start = self.at
            if not (self.word == "(" or self._named()):
                return
            self.balanced()
            end, self.at = self.at, start
            while self.at < end:
                if self._named():
                    yield Name(self.raw, self.place())
                self.skip()
            self.take("*", "+", "?")
            if not self.take("/", "|"):
                return

    def _named(self) -> bool:
        return self.kind in ("iri", "name") or self.raw == "a"
