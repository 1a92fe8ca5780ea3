"""Point queries: what one thing says, told from its own lines in bounded time, without an engine.

Most of what an endpoint is asked is ``SELECT ?p ?o { <thing> ?p ?o }`` and its like. One look-up
finds the lines of the thing, and what they give is a product of lists: how many rows that has is
known before any of them is made, so there is nothing that might have to be killed. Only what is
understood to the last character is answered; all else is the engine's.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import islice, product
from math import prod
from typing import Final, NamedTuple, TypeAlias

from parkgraph.rdf import is_absolute_iri
from parkgraph.vocab import term

#: Rows that an answer may have, its patterns, its characters, and those of a query.
_MOST: Final = 1_000
_WIDEST: Final = 16
_LARGEST: Final = 200_000
_LONGEST: Final = 2_000

_IRI: Final = r'[A-Za-z][A-Za-z0-9+.-]*+:[^\x00-\x20<>"{}|^`\\]*+'
#: All before the thing, the thing, all up to the closing bracket, and the limit.
_QUERY: Final = re.compile(
    rf"([^{{}}\\]*+\{{[ \t\r\n]*+)<({_IRI})>([^{{}}\\]*+\}})[ \t\r\n]*+"
    r"(?:[Ll][Ii][Mm][Ii][Tt][ \t\r\n]++([0-9]{1,9}+)[ \t\r\n]*+)?"
)
#: Tokens, each a part of what SPARQL 1.1 §19.8 gives its name.
_TOKEN: Final = re.compile(
    r"[ \t\r\n]*+(?:#[^\r\n]*+[ \t\r\n]*+)*+(?:"
    rf"<(?P<iri>{_IRI})>"
    r"|[?$](?P<variable>[A-Za-z0-9_]++)"
    r"|(?P<name>(?:[A-Za-z][A-Za-z0-9_]*+)?+:(?:[A-Za-z0-9_][A-Za-z0-9_-]*+)?+)(?![.:%\\\x80-\U0010ffff])"
    r"|(?P<word>[A-Za-z]++)(?![0-9_:.\x80-\U0010ffff-])"
    r"|(?P<mark>[{};,.*])"
    r"|(?P<end>\Z))"
)
#: A literal of canonical N-Triples, whose escapes are JSON's as well: its text, language, datatype.
_LITERAL: Final = re.compile(
    r'("(?:[^"\\\x00-\x1f\x7f]++|\\[bfnrt"\\])*+")'
    r"(?:@([A-Za-z]++(?:-[A-Za-z0-9]++)*+)|\^\^<([^>]*+)>)?+"
)
_TYPE: Final = term("rdf:type").value
#: A segment of a path that is resolved, as in ``/../``.
_DOTS: Final = re.compile(r"[:/]\.")
#: Where the thing stands while the rest of a query is read.
_THING: Final = "thing:"


#: A property and a value, the value as JSON.
_Pair: TypeAlias = tuple[str, str]


class Rows(NamedTuple):
    """A result as SPARQL's JSON has it, and how many rows it has."""

    body: bytes
    number: int


class Column(NamedTuple):
    """A triple pattern of the thing: what its property is, and what of it is wanted.

    Attributes:
        predicate: the property, its bytes as Latin-1; empty if it is any.
        named: how the member that tells the property begins; empty if that is not wanted.
        valued: the same of the value.
    """

    predicate: str
    named: str
    valued: str


class Point(NamedTuple):
    """A point query.

    Attributes:
        thing: its IRI.
        limit: rows that are wanted at most.
        start: the result up to its first row.
        columns: its triple patterns.
    """

    thing: str
    limit: int
    start: str
    columns: Sequence[Column]

    def rows(self, lines: bytes) -> Rows | None:
        r"""What the thing's lines give; None if the engine is to answer.

        >>> point("SELECT ?v { <urn:a> <urn:b> ?v }").rows(b'<urn:a> <urn:b> "c" .\n').number
        1

        Args:
            lines: all triples of the thing, as canonical N-Triples has them.
        """
        # As Latin-1 a text is the same bytes, and far sooner read and written.
        found = _values(lines.decode("latin-1"), len(self.thing.encode()) + 3)
        if found is None or not self._fits(found):
            return None
        lists = [_members(column, found) for column in self.columns]
        if not all(lists):  # of an IRI that is not met only the engine can say whether it is one
            return None
        joined = map(",".join, product(*lists)) if len(lists) > 1 else lists[0]
        rows = list(islice(joined, self.limit))
        members = f"{{{'},{'.join(rows)}}}" if rows else ""
        return Rows(f"{self.start}{members}]}}}}".encode("latin-1"), len(rows))

    def _fits(self, found: Sequence[_Pair]) -> bool:
        """Whether the rows are not too many nor too long: told before one of them is made."""
        if len(self.columns) == 1 or not found:
            return len(found) <= _MOST
        each = Counter(predicate for predicate, _ in found)
        counts = (each[by] if (by := column.predicate) else len(found) for column in self.columns)
        widest = max(len(predicate) + len(said) for predicate, said in found)
        rows = prod(counts)
        return 0 < rows <= _MOST and rows * len(self.columns) * widest <= _LARGEST


def point(text: str) -> Point | None:
    """The point query that a text is; None if it is anything else.

    >>> point("SELECT * { <urn:a> ?p ?o } LIMIT 5").limit
    5
    >>> point("SELECT * { ?s ?p <urn:a> }")
    """
    found = _QUERY.fullmatch(text) if len(text) <= _LONGEST else None
    if found is None:
        return None
    before, thing, after, limit = found.groups()
    read = None if _DOTS.search(thing) else _read(before, after)
    return Point(thing, int(limit) if limit else _MOST, *read) if read else None


class _Other(Exception):  # noqa: N818  # nothing is wrong: it is the engine's
    """It is no point query."""


@lru_cache(maxsize=256)
def _read(before: str, after: str) -> tuple[str, tuple[Column, ...]] | None:
    """How the result begins, and the patterns, of a query without its thing."""
    try:
        return _Reader(f"{before}<{_THING}>{after}").read()
    except _Other:
        return None


class _Reader:
    """Reads a query from its first token to its last.

    Raises:
        _Other: it is no point query.
    """

    def __init__(self, text: str) -> None:
        self._tokens = _tokens(text)
        self._kind, self._said = next(self._tokens)
        self._prefixes: dict[str, str] = {}

    def read(self) -> tuple[str, tuple[Column, ...]]:
        while self._met("word", "prefix"):
            name, iri = self._take("name"), self._take("iri")
            prefix, _, local = name.partition(":")
            self._expect(not local and is_absolute_iri(iri))
            self._prefixes[prefix] = iri
        self._expect(self._met("word", "select"))
        wanted = self._wanted()
        self._met("word", "where")
        self._expect(self._met("mark", "{") and self._take("iri") == _THING)
        patterns = list(islice(self._patterns(), _WIDEST + 1))
        self._expect(len(patterns) <= _WIDEST)
        self._expect(self._met("mark", "}") and self._kind == "end")
        variables = [name for _, *names in patterns for name in names if name]
        shown = wanted or variables
        self._expect(len(set(variables)) == len(variables) and len(set(shown)) == len(shown))
        self._expect(set(shown) <= set(variables))
        columns = tuple(
            Column(
                _as_bytes(predicate), *(_opening(name) if name in shown else "" for name in names)
            )
            for predicate, *names in patterns
        )
        self._expect(all(column.named or column.valued for column in columns))
        heads = ",".join(f'"{name}"' for name in shown)
        return f'{{"head":{{"vars":[{heads}]}},"results":{{"bindings":[', columns

    def _wanted(self) -> list[str]:
        """The variables after SELECT; none for all."""
        if self._met("mark", "*"):
            return []
        names = [self._take("variable")]
        while self._kind == "variable":
            names.append(self._take("variable"))
        return names

    def _patterns(self) -> Iterator[tuple[str, str, str]]:
        """The patterns of the thing: property, and the names of its variables."""
        while True:
            predicate, name = self._predicate()
            yield predicate, name, self._take("variable")
            while self._met("mark", ","):
                self._expect(bool(predicate))  # one variable would stand in two patterns
                yield predicate, name, self._take("variable")
            if not self._met("mark", ";"):
                break
            if self._said in {".", "}"}:
                break
        self._met("mark", ".")

    def _predicate(self) -> tuple[str, str]:
        """A property, or else the name of a variable."""
        match self._kind:
            case "variable":
                return "", self._take("variable")
            case "iri":
                iri = self._take("iri")
            case "name":
                prefix, _, local = self._take("name").partition(":")
                self._expect(prefix in self._prefixes)
                iri = self._prefixes[prefix] + local
            case _:
                self._expect(self._said == "a")
                self._take("word")
                iri = _TYPE
        self._expect(not _DOTS.search(iri))
        return iri, ""

    def _take(self, kind: str) -> str:
        """The token that is next, which is of this kind."""
        self._expect(self._kind == kind)
        said = self._said
        self._kind, self._said = next(self._tokens)
        return said

    def _met(self, kind: str, said: str) -> bool:
        """Take the token if it is next."""
        met = self._kind == kind and self._said.lower() == said
        if met:
            self._take(kind)
        return met

    def _expect(self, met: bool) -> None:
        if not met:
            raise _Other


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    """Kind and text of each token; the last one is the end."""
    at = 0
    while found := _TOKEN.match(text, at):
        kind = found.lastgroup or ""
        yield kind, found[kind]
        at = found.end()
        if kind == "end":
            return
    raise _Other


def _as_bytes(text: str) -> str:
    """The bytes of a text, read as Latin-1."""
    return text.encode().decode("latin-1")


def _opening(name: str) -> str:
    return f'"{name}":{{"type":'


def _values(lines: str, skipped: int) -> list[_Pair] | None:
    """Property and value of each line, the value as JSON; None if one of them is no ordinary one.

    Args:
        lines: canonical N-Triples, their bytes as Latin-1.
        skipped: the characters of a line up to its property.
    """
    found = []
    for line in lines.split(" .\n")[:-1]:
        predicate, _, value = line[skipped:].partition(" ")
        if value[0] == "<" != value[1]:
            said = f'"uri","value":"{value[1:-1]}"}}'
        elif literal := _LITERAL.fullmatch(value):
            text, language, datatype = literal.groups()
            kind = f',"xml:lang":"{language}"' if language else ""
            kind = f',"datatype":"{datatype}"' if datatype else kind
            said = f'"literal","value":{text}{kind}}}'
        else:
            return None
        found.append((predicate[1:-1], said))
    return found


def _members(column: Column, found: Sequence[_Pair]) -> list[str]:
    """What a pattern adds to a row, for each of its solutions."""
    any_, named, valued = not column.predicate, column.named, column.valued
    met = found if any_ else [pair for pair in found if pair[0] == column.predicate]
    if not named:
        return [f"{valued}{said}" for _, said in met]
    if not valued:
        return [f'{named}"uri","value":"{predicate}"}}' for predicate, _ in met]
    return [f'{named}"uri","value":"{predicate}"}},{valued}{said}' for predicate, said in met]
