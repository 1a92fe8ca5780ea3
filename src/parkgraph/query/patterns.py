"""The triple patterns of a query and the groups they stand in, read from tokens alone.

Nothing is parsed: tokens are passed from the first to the last, nothing is raised, and what is not
understood is left out.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final, NamedTuple

from parkgraph.query.cursor import Cursor
from parkgraph.query.parts import (
    Modifier,
    Name,
    Outline,
    Part,
    Pattern,
    Step,
    StepKind,
    Wrapper,
    resolved,
)
from parkgraph.query.scan import DEEPEST

_FORMS: Final = frozenset(("select", "ask", "construct", "describe"))
_MODIFIERS: Final = ("group", "having", "order", "limit", "offset", "values")
#: What is kept as it is written, and the bracket that it ends with.
_KEPT: Final[Mapping[str, tuple[StepKind, str]]] = {
    "bind": ("bind", "("),
    "lateral": ("lateral", "{"),
    "service": ("other", "{"),
    "values": ("values", "{"),
}


def outline(text: str) -> Outline:
    """What can be told of a query from its tokens.

    >>> found = outline("PREFIX e: <http://e/> SELECT * { ?s e:p 1 ; e:q/e:r [ a e:C ] }")
    >>> [pattern.shown for pattern in found.patterns]
    ['?s e:p 1', '?s e:q/e:r []', '[] a e:C']
    """
    return _Reader(text).read()


@dataclass(frozen=True, slots=True)
class _Context:
    """What is around the part of a query that is being read."""

    inside: tuple[Wrapper, ...] = ()
    graph: Part | None = None
    optional: bool = False

    def within(self, wrapper: Wrapper) -> "_Context":
        return _Context((*self.inside, wrapper), self.graph, self.optional)


class _Head(NamedTuple):
    """What stands before a WHERE: FROM clauses, the graphs in them, and what is to be described."""

    clauses: list[str]
    graphs: list[Name]
    described: list[Name]


class _Reader:
    """Reads a query from its first token to its last."""

    def __init__(self, text: str) -> None:
        self._here = Cursor(text)
        self._labels = self._here.unused("_:b")
        self._depth = 0
        self._complete = True

    def read(self) -> Outline:
        """Everything."""
        here = self._here
        base, prefixes = self._prologue()
        prologue = here.since(0)
        if here.word not in _FORMS:
            return Outline(prologue, base, prefixes, complete=False)
        head = self._head()
        steps = self._braces(_Context()) if here.word == "{" else []
        modifiers = tuple(self._modifiers())
        # VALUES after the WHERE is joined with it (SPARQL 1.1 §10.2).
        steps += [Step("values", m.place, (), source=m.text) for m in modifiers if _joins(m)]
        return Outline(
            prologue,
            base,
            prefixes,
            dataset=" ".join(head.clauses),
            graphs=tuple(head.graphs),
            described=tuple(head.described),
            steps=tuple(steps),
            modifiers=modifiers,
            variable=next(here.unused("?x")),
            complete=self._complete and here.ended(),
        )

    def _give_up(self) -> None:
        self._complete = False
        self._here.balanced()

    def _close(self, *brackets: str) -> None:
        self._complete &= self._here.take(*brackets)

    # Around the WHERE

    def _prologue(self) -> tuple[str, Mapping[str, str]]:
        here, base = self._here, ""
        prefixes: dict[str, str] = {}
        while (word := here.word) in ("base", "prefix", "version"):
            here.skip()
            name = here.raw.partition(":")[0]
            if word == "prefix":
                here.skip()
            if here.kind == "iri" and word == "base":
                base = resolved(here.raw, base)
            elif here.kind == "iri":
                prefixes[name] = resolved(here.raw, base)
            here.skip()
        return base, prefixes

    def _head(self) -> _Head:
        """Pass what stands before the WHERE."""
        here, head = self._here, _Head([], [], [])
        word = here.word
        here.skip()
        if word == "construct" and here.word == "{":
            here.balanced()
        while not here.ended() and here.word not in ("{", "}"):
            if here.word == "from":
                self._from(head)
            elif word == "describe" and (name := here.name()):
                head.described.append(name)
            else:
                here.balanced()
        return head

    def _from(self, head: _Head) -> None:
        here, start = self._here, self._here.at
        here.skip()
        here.take("named")
        if name := here.name():
            head.clauses.append(here.since(start))
            head.graphs.append(name)

    def _modifiers(self) -> Iterator[Modifier]:
        here = self._here
        while not here.ended() and here.word != "}":
            start, place, word = here.at, here.place(), here.word
            here.balanced()
            here.until(*_MODIFIERS, "}")
            yield Modifier(word, here.since(start), place)

    # Groups

    def _braces(self, context: _Context, opening: str = "") -> list[Step]:
        """The steps of a group, whose bracket is the next token; ``opening`` stands before it."""
        here, start = self._here, self._here.at
        if self._depth == DEEPEST:
            self._give_up()
            return [self._step("other", start, context, opening=opening)]
        self._depth += 1
        here.skip()
        if here.word == "select":
            steps = [self._subquery(start, context, opening)]
        else:
            steps = self._group(context.within(Wrapper(here.offset(start), f"{opening}{{")))
            self._close("}")
        self._depth -= 1
        return steps

    def _group(self, context: _Context) -> list[Step]:
        steps: list[Step] = []
        while not self._here.ended() and self._here.word != "}":
            start = self._here.at
            steps += self._part(context)
            if self._here.at == start:
                self._give_up()
        return steps

    def _part(self, context: _Context) -> list[Step]:
        match self._here.word:
            case ".":
                self._here.skip()
                return []
            case "{":
                return self._union(context)
            case "graph":
                return self._graph(context)
            case "optional" | "minus":
                return [self._side(context)]
            case "filter":
                return [self._filter(context)]
            case word if word in _KEPT:
                return [self._kept(*_KEPT[word], context)]
            case _:
                return self._triples(context)

    def _step(
        self,
        kind: StepKind,
        start: int,
        context: _Context,
        *branches: list[Step],
        opening: str = "",
    ) -> Step:
        """What was read since ``start``, as it was written."""
        return Step(
            kind,
            self._here.place(start),
            context.inside,
            source=opening + self._here.since(start),
            branches=tuple(tuple(branch) for branch in branches),
        )

    def _union(self, context: _Context) -> list[Step]:
        start = self._here.at
        branches = [self._braces(context)]
        while self._here.take("union"):
            if self._here.word == "{":
                branches.append(self._braces(context))
            else:
                self._complete = False
        if len(branches) == 1:
            return branches[0]
        return [self._step("union", start, context, *branches)]

    def _graph(self, context: _Context) -> list[Step]:
        start = self._here.at
        self._here.skip()
        graph = self._here.term()
        if graph is None or self._here.word != "{":
            self._give_up()
            return []
        around = _Context(context.inside, graph, context.optional)
        # An empty group asks whether the graph is there.
        return self._braces(around, f"GRAPH {graph.text} ") or [self._step("other", start, context)]

    def _side(self, context: _Context) -> Step:
        """OPTIONAL or MINUS; what is taken away has no patterns that are to be matched."""
        here, start = self._here, self._here.at
        optional = here.take("optional")
        if optional and here.word == "{":
            around = _Context(context.inside, context.graph, optional=True)
            inner = self._braces(around)
            return self._step("optional", start, context, inner)
        if optional or not (here.take("minus") and here.word == "{"):
            self._complete = False
        here.balanced()
        return self._step("optional" if optional else "minus", start, context)

    def _filter(self, context: _Context) -> Step:
        here, start = self._here, self._here.at
        here.skip()
        if here.take("exists") and here.word == "{":
            return self._step("filter", start, context, self._braces(context))
        self._ending("(", "{")
        return self._step("filter", start, context)

    def _kept(self, kind: StepKind, ending: str, context: _Context) -> Step:
        here, start = self._here, self._here.at
        here.skip()
        self._ending(ending)
        return self._step(kind, start, context)

    def _ending(self, *brackets: str) -> None:
        """Pass what stands before the first of ``brackets``, and what that holds."""
        self._here.until(*brackets, "}")
        if self._here.word in brackets:
            self._here.balanced()
        else:
            self._complete = False

    def _subquery(self, start: int, context: _Context, opening: str) -> Step:
        here = self._here
        self._head()
        around = context.within(Wrapper(here.offset(start), f"{opening}{{"))
        inner = self._braces(around) if here.word == "{" else []
        here.until("}")
        self._close("}")
        return self._step("subquery", start, context, inner, opening=opening)

    # Triples

    def _triples(self, context: _Context) -> list[Step]:
        found: list[Pattern] = []
        start = self._here.at
        subject = self._node(context, found)
        if subject is not None:
            self._properties(subject, start, context, found)
        self._complete &= bool(found)
        return [Step("triple", p.place, context.inside, pattern=p) for p in found]

    def _properties(
        self, subject: Part, start: int, context: _Context, found: list[Pattern]
    ) -> None:
        """The predicates and objects of a subject; the first pattern begins at ``start``."""
        here = self._here
        while (verb := here.verb()) is not None:
            self._objects((subject, verb), start, context, found)
            if here.word != ";":
                return
            while here.take(";"):
                pass
            start = here.at

    def _objects(
        self, before: tuple[Part, Part], start: int, context: _Context, found: list[Pattern]
    ) -> None:
        while True:
            number, place = len(found), self._here.place(start)
            what = self._node(context, found)
            if what is None:
                self._complete = False
                return
            pattern = Pattern(*before, what, context.graph, context.optional, place)
            found.insert(number, pattern)  # before those of a blank node that is its object
            self._annotations()
            if not self._here.take(","):
                return
            start = self._here.at

    def _annotations(self) -> None:
        """Pass what is said about a triple (SPARQL 1.2); its patterns are not looked for."""
        here = self._here
        while here.word == "~" or (here.word == "{" and here.after[1] == "|"):
            self._complete = False
            if here.take("~"):
                here.term()
            else:
                here.balanced()

    def _node(self, context: _Context, found: list[Pattern]) -> Part | None:
        """A term; the patterns in the brackets of a blank node are added to ``found``."""
        here = self._here
        if here.word != "[":
            return here.term()
        node = Part(next(self._labels), "blank", here.place(), anonymous=True)
        if self._depth == DEEPEST:
            self._give_up()
            return node
        self._depth += 1
        here.skip()
        self._properties(node, here.at, context, found)
        self._depth -= 1
        while not here.ended() and here.word not in ("]", "}"):
            self._give_up()
        self._close("]")
        return node


def _joins(modifier: Modifier) -> bool:
    return modifier.word == "values"
