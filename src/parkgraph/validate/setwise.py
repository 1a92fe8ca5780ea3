"""A SPARQL constraint that speaks of one focus node, asked of all of them at once.

SHACL binds ``$this`` before it evaluates (SHACL §5.3.1). A query that begins with the targets of
the shape gives the same focus nodes, as long as every mention of ``$this`` sees what the targets
bound: SPARQL evaluates a nested group by itself and joins later. This module tells from the words
of a query whether they do; of what it cannot tell, it says that they do not.
"""

from dataclasses import dataclass, field
from enum import Enum, auto
from typing import Final

from parkgraph.validate.prebinding import tokens

#: What changes which solutions there are, or where they are looked for.
_REFUSED: Final = frozenset(
    {"VALUES", "MINUS", "SERVICE", "GRAPH", "LATERAL", "FROM", "LIMIT", "OFFSET"}
)
_AGGREGATES: Final = frozenset(
    {"COUNT", "SUM", "MIN", "MAX", "AVG", "SAMPLE", "GROUP_CONCAT", "HAVING"}
)


class _Group(Enum):
    """What a mention of ``$this`` sees in a group."""

    TOP = auto()  # the targets, which come first
    OPTIONAL = auto()  # the targets, in a filter: that is evaluated on what both sides bind
    BRANCH = auto()  # itself alone: a triple pattern is joined with the targets, a filter lost
    EXISTS = auto()  # each solution in turn
    APART = auto()  # nothing that could be relied upon


_INSIDE: Final = {
    ("OPTIONAL", _Group.TOP): _Group.OPTIONAL,
    ("EXISTS", _Group.TOP): _Group.EXISTS,
    ("EXISTS", _Group.OPTIONAL): _Group.EXISTS,
    ("", _Group.TOP): _Group.BRANCH,
    ("", _Group.BRANCH): _Group.BRANCH,
}


def with_targets(query: str, target: str) -> str | None:
    """``query`` over all nodes that match the pattern ``target``; None if it may miss any.

    >>> with_targets("SELECT $this WHERE { $this ex:p ?value }", "?this a ex:C")
    'SELECT $this WHERE { ?this a ex:C . $this ex:p ?value }'
    >>> with_targets("SELECT $this WHERE { { FILTER ($this = ex:a) } }", "?this a ex:C")
    """
    start = _Reader().opening(query)
    return f"{query[:start]} {target} .{query[start:]}" if start else None


@dataclass(slots=True)
class _Reader:
    """Goes over the tokens of one query."""

    groups: list[_Group] = field(default_factory=list)
    depths: list[int] = field(default_factory=lambda: [0])
    before: str = ""
    start: int = 0
    projected: bool = False
    grouped: bool = False
    aggregates: bool = False
    clause: str = ""
    inner: bool = False  # between the SELECT of a subquery and its group

    def opening(self, query: str) -> int:
        """Where the WHERE group begins, 0 if the query cannot be asked of all nodes at once."""
        for kind, text, end in tokens(query):
            if not self._takes(kind, text, end):
                return 0
            self.before = text.upper() if kind == "word" else text
        sound = self.projected and (self.grouped or not (self.aggregates or self.clause == "GROUP"))
        return self.start if sound and not self.groups else 0

    def _takes(self, kind: str, text: str, end: int) -> bool:
        if kind == "word":
            return self._word(text.upper())
        if kind == "variable":
            return text[1:] != "this" or self._mention()
        if kind == "sign":
            return self._sign(text, end)
        return True

    def _word(self, word: str) -> bool:
        if not self.groups:
            self.aggregates |= word in _AGGREGATES
            if word in {"SELECT", "GROUP", "HAVING", "ORDER"}:
                again = bool(self.clause) and word == "SELECT"
                self.clause = word
                return not again
        within = self._within()
        if word == "SELECT":
            self.inner = True
            return within is _Group.BRANCH
        # Within OPTIONAL, BIND is evaluated before the targets are seen.
        return word not in _REFUSED and not (word == "BIND" and within is _Group.OPTIONAL)

    def _mention(self) -> bool:
        if self.inner:  # what a subquery hands on but does not bind is joined as if not there
            return self.depths[-1] == 0
        match self._within():
            case None:
                self.projected |= self.clause == "SELECT" and self.depths[-1] == 0
                self.grouped |= self.clause == "GROUP" and self.depths[-1] == 0
                return True
            case _Group.APART:
                return False
            case _Group.BRANCH:
                return self.depths[-1] == 0
            case _Group.TOP | _Group.OPTIONAL | _Group.EXISTS:
                return True

    def _sign(self, sign: str, end: int) -> bool:
        if sign == "{":
            self._enter(end)
        elif sign == "}":
            if not self.groups:
                return False
            self.groups.pop()
            self.depths.pop()
        elif sign in "()":
            self.depths[-1] += 1 if sign == "(" else -1
        elif sign == "*" and not self.groups and self.depths[-1] == 0:
            self.projected = True
        return True

    def _enter(self, end: int) -> None:
        within = self._within()
        if within is None:
            group = _Group.APART if self.start else _Group.TOP
            self.start = self.start or end
        elif within is _Group.EXISTS:
            group = within
        elif self.inner:
            group = _Group.APART
        else:
            word = self.before if self.before in {"OPTIONAL", "EXISTS"} else ""
            group = _INSIDE.get((word, within), _Group.APART)
        self.inner = False
        self.groups.append(group)
        self.depths.append(0)

    def _within(self) -> _Group | None:
        return self.groups[-1] if self.groups else None
