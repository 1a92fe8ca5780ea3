"""Says why a query has no solution: which part of it matches nothing, where, and what would."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final, Literal, NamedTuple, TypeAlias

from parkgraph.errors import Diagnostic, Severity
from parkgraph.query import Question
from parkgraph.query.cursor import Cursor
from parkgraph.query.parts import Name, Outline, Pattern, Place, Step, joined, one_line
from parkgraph.query.patterns import outline
from parkgraph.vocab import PREFIXES, term
from parkgraph.web.known import LONG, Ask, Concept, Terms, hint, meant, nearest, read_terms, shown
from parkgraph.web.trial import Trial

__all__ = [
    "Ask",
    "Concept",
    "Explanation",
    "Reason",
    "Terms",
    "explain_empty",
    "hint",
    "read_terms",
]

#: What a name is in a query.
Role: TypeAlias = Literal["predicate", "class", "thing", "graph"]

#: Parts of a kind that are tried, graphs that are looked through for a name.
_PARTS: Final = 20
_GRAPHS: Final = 1_000
#: Variables of a filter that are looked at.
_VARIABLES: Final = 3

_NOWHERE: Final[Mapping[Role, str]] = {
    "predicate": "no triple has the predicate {}",
    "class": "nothing is of the class {}",
    "thing": "{} occurs nowhere in the data",
    "graph": "there is no graph {}",
}
_LEFT_OUT: Final[Mapping[Role, str]] = {
    "predicate": "no triple of these graphs has the predicate {}",
    "class": "nothing is of the class {} in these graphs",
    "thing": "{} does not occur in these graphs",
}
#: The triples that a name in its role would be in.
_USES: Final[Mapping[Role, tuple[str, ...]]] = {
    "predicate": ("?s {} ?o",),
    "class": ("?s a {}",),
    "thing": ("{} ?p ?o", "?s ?p {}"),
}
_ELSEWHERE: Final = "it occurs in graphs that this query is not asked of"
_RDF_TYPE: Final = term("rdf:type").value
#: Parts that cannot leave a query without solutions, and those that say nothing by themselves.
_HARMLESS: Final = frozenset(("optional", "bind"))
_DEPENDENT: Final = frozenset(("optional", "bind", "minus", "lateral"))


@dataclass(frozen=True, slots=True)
class Reason:
    """Why there is no solution.

    Attributes:
        code: PG640 a pattern has no match, PG641 patterns have none together, PG642 a term occurs
            nowhere, PG643 a filter leaves nothing.
        patterns: what it is about, as written; of PG641 all that were tried together.
        instead: what the data has in the place of an unknown term, as the query would write it.
    """

    code: str
    message: str
    place: Place
    help: str = ""
    patterns: tuple[str, ...] = ()
    instead: tuple[str, ...] = ()

    @property
    def finding(self) -> Diagnostic:
        """The reason in the shape of all findings."""
        return Diagnostic(self.code, self.message, str(self.place), self.help, Severity.INFO)

    def to_json(self) -> dict[str, Any]:
        """As a client gets it."""
        return {
            "code": self.code,
            "message": self.message,
            "where": str(self.place),
            "line": self.place.line,
            "column": self.place.column,
            "help": self.help,
            "patterns": list(self.patterns),
            "instead": list(self.instead),
        }


class Explanation(NamedTuple):
    """The reasons that were found; ``whole`` if nothing that was looked at was left unknown."""

    reasons: list[Reason]
    whole: bool


def explain_empty(
    ask: Ask,
    text: str,
    *,
    terms: Terms | None = None,
    like: Question | None = None,
    seconds: float = 5.0,
) -> Explanation:
    """Why the query ``text`` has no solution, as far as that can be told in ``seconds``.

    The first of these that there are: graphs that FROM names in vain; patterns that match nothing
    by themselves; the first that matches nothing together with those before it; the first filter
    that leaves nothing; HAVING, OFFSET or LIMIT. No reason is no proof that there are solutions.

    Args:
        ask: puts a question to the data.
        text: a query that parses; of a very long one nothing is told.
        terms: the terms of the data, from which a better name is suggested.
        like: the question that had no answer: its dataset and base are taken over.
        seconds: for everything.
    """
    found, question = outline(text if len(text) <= LONG else ""), like or Question(text)
    if question.default_graphs is not None or question.named_graphs is not None:
        found = replace(found, dataset="", graphs=())  # FROM counts for nothing then
    trial = Trial(ask, found, question, seconds)
    reasons = _Teacher(trial, found, terms or Terms()).reasons()
    return Explanation(reasons, trial.whole)


class _Teacher:
    """Looks for the reasons, the plainest first."""

    def __init__(self, trial: Trial, found: Outline, terms: Terms) -> None:
        self._trial = trial
        self._found = found
        self._names = _Names(trial, found, terms)

    def reasons(self) -> list[Reason]:
        """The reasons for the whole query."""
        found, names = self._found, self._names
        graphs = names.unknown("graph", found.graphs)
        reasons = graphs or self._of(found.steps) or self._modifiers()
        return reasons or ([] if found.steps else names.unknown("thing", found.described))

    def _of(self, steps: Sequence[Step]) -> list[Reason]:
        """Why a group of these steps has no solution."""
        parts = [step for step in steps if step.kind != "filter"]
        return self._alone(parts) or self._together(parts) or self._filters(steps)

    def _alone(self, parts: Iterable[Step]) -> list[Reason]:
        able = [part for part in parts if part.kind not in _DEPENDENT]
        missed = [part for part in able[:_PARTS] if self._trial.holds(joined([part])) is False]
        return [reason for part in missed for reason in self._missed(part)]

    def _missed(self, step: Step) -> list[Reason]:
        if step.pattern:
            return self._names.unknown_in(step.pattern) or [self._unmatched(step.pattern)]
        inner = [reason for branch in step.branches for reason in self._of(branch)]
        return inner or [_no_match(step.place, step.shown)]

    def _together(self, parts: Sequence[Step]) -> list[Reason]:
        most = len(parts)
        for number in dict.fromkeys((*range(1, min(most, _PARTS) + 1), most)):
            tried = parts[:number]
            able = tried and tried[-1].kind not in _HARMLESS
            if able and self._trial.holds(joined(tried)) is False:
                return [self._last(tried)]
        return []

    def _last(self, parts: Sequence[Step]) -> Reason:
        """What the last of some parts did to those before it."""
        last = parts[-1]
        if last.kind == "minus":
            return _nothing_left(last)
        return self._apart(parts) if len(parts) > 1 else _no_match(last.place, last.shown)

    def _apart(self, parts: Sequence[Step]) -> Reason:
        *others, last = parts
        pairs = (one for one in others if one.pattern and last.pattern)
        apart = (one for one in pairs if self._trial.holds(joined([one, last])) is False)
        other = others[0] if len(others) == 1 else next(apart, None)
        met = f"{other.shown} ({other.place})" if other else ""
        with_ = met if len(others) == 1 else f"the {len(others)} parts before it"
        advice = f"it has no match together with {met} alone" if met and others[1:] else ""
        message = f"{last.shown} matches, but not together with {with_}"
        return Reason("PG641", message, last.place, advice, tuple(p.shown for p in parts[-_PARTS:]))

    # A pattern

    def _unmatched(self, pattern: Pattern) -> Reason:
        ways = (self._elsewhere, self._otherwise, self._backwards, self._examples)
        advice = next((said for way in ways if (said := way(pattern))), "")
        return _no_match(pattern.place, pattern.shown, advice)

    def _elsewhere(self, pattern: Pattern) -> str:
        if pattern.graph and self._trial.holds(f"{{ {pattern.text} }}"):
            return "it matches in the default graph, without GRAPH"
        graph = self._found.variable
        names = self._trial.examples(graph, f"{{ GRAPH {graph} {{ {pattern.text} }} }}", 1)
        return f"it matches in a named graph: GRAPH {names[0]} {{ … }}" if names else ""

    def _otherwise(self, pattern: Pattern) -> str:
        """A value that reads or counts the same: in another language, of another datatype."""
        if pattern.object.kind != "literal":
            return ""
        values = self._objects(pattern, _alike(self._found.variable, pattern.object.text))
        return f"{pattern.object.shown} has no match, {values[0]} has" if values else ""

    def _backwards(self, pattern: Pattern) -> str:
        one, verb, other = pattern.parts
        if other.kind == "literal" or one.kind == other.kind == "variable":
            return ""
        turned = f"{other.text} {verb.text} {one.text}"
        found = self._trial.holds(_around(pattern, turned))
        return f"it matches the other way round: {one_line(turned)}" if found else ""

    def _examples(self, pattern: Pattern) -> str:
        """What could stand in the place of the object, or else of the predicate."""
        subject, verb, _ = pattern.parts
        if values := self._objects(pattern):
            return f"objects of {verb.shown} are such as {', '.join(values)}"
        if subject.kind != "iri":
            return ""
        variable = self._found.variable
        verbs = self._trial.examples(variable, _around(pattern, f"{subject.text} {variable} []"))
        return f"{subject.shown} has {', '.join(verbs)}, not {verb.shown}" if verbs else ""

    def _objects(self, pattern: Pattern, condition: str = "") -> list[str]:
        subject, verb, _ = pattern.parts
        variable = self._found.variable
        body = f"{subject.text} {verb.text} {variable} . {condition}"
        return self._trial.examples(variable, _around(pattern, body))

    # Filters

    def _filters(self, steps: Sequence[Step]) -> list[Reason]:
        filters = [step for step in steps if step.kind == "filter"]
        for number, last in enumerate(filters[:_PARTS], start=1):
            later = set(map(id, filters[number:]))
            kept = [step for step in steps if id(step) not in later]
            if self._trial.holds(joined(kept)) is False:
                before = [step for step in kept if step is not last]
                return [_nothing_left(last, self._advice(last, before)), *self._sides(last, before)]
        return []

    def _advice(self, last: Step, before: Sequence[Step]) -> str:
        """What the variables of a filter stand for without it."""
        group = joined(before)
        for variable, literal in _compared(last.source):
            alike = _alike(variable, literal)
            values = self._trial.examples(variable, f"{{ {group} {alike} }}")
            if values and literal not in values:
                return f"{literal} has no match, {values[0]} has"
        for variable in _variables(last.source):
            if values := self._trial.examples(variable, group):
                return f"without it {variable} is such as {', '.join(values)}"
        return ""

    def _sides(self, last: Step, before: Iterable[Step]) -> list[Reason]:
        """What an EXISTS, or an OPTIONAL that a filter may count on, has that matches nothing."""
        sides = [last, *(step for step in before if step.kind == "optional")]
        return [r for side in sides for branch in side.branches for r in self._alone(branch)]

    def _modifiers(self) -> list[Reason]:
        guilty = [
            modifier
            for modifier in self._found.modifiers
            if modifier.word in ("having", "offset") or modifier.text.split()[1:] == ["0"]
        ]
        if not guilty or not self._trial.holds(joined(self._found.steps)):
            return []
        return [
            Reason(
                "PG643", f"there are solutions, but {word.upper()} leaves none", place, "", (text,)
            )
            for word, text, place in guilty
        ]


class _Names:
    """Finds the names of a query that the data does not have, and what they are near to."""

    def __init__(self, trial: Trial, found: Outline, terms: Terms) -> None:
        self._trial = trial
        self._found = found
        self._terms = terms

    def unknown_in(self, pattern: Pattern) -> list[Reason]:
        """The names of a pattern that do not occur as it uses them."""
        subject, verb, what = pattern.parts
        verbs = [name for name in verb.names if name.text != "a"]
        typed = verb.text == "a" or self._found.iri(verb.text) == _RDF_TYPE
        return [
            *self.unknown("graph", pattern.graph.names if pattern.graph else (), pattern.shown),
            *self.unknown("thing", subject.names, pattern.shown),
            *self.unknown("predicate", verbs, pattern.shown),
            *self.unknown("class" if typed else "thing", what.names, pattern.shown),
        ]

    def unknown(self, role: Role, names: Iterable[Name], shown_in: str = "") -> list[Reason]:
        """Those of ``names`` that do not occur in this role, in whatever graph."""
        return [self._nowhere(n, role, shown_in) for n in names if not self._occurs(n, role)]

    def _occurs(self, name: Name, role: Role) -> bool:
        """Whether it does, or that could not be found out."""
        if role == "graph":
            return self._trial.has_graph(name) is not False
        return self._trial.holds(_anywhere(name, role)) is not False

    def _nowhere(self, name: Name, role: Role, shown_in: str) -> Reason:
        iri, patterns = self._found.iri(name.text), (one_line(shown_in),) if shown_in else ()
        if role != "graph" and self._trial.holds_elsewhere(_anywhere(name, role)):
            message = _LEFT_OUT[role].format(one_line(name.text))
            return Reason("PG642", message, name.place, _ELSEWHERE, patterns)
        known = self._candidates(role)
        near = nearest(iri, known) if iri and iri not in known else ""
        instead = shown(near, self._found.prefixes) if near else ""
        return Reason(
            "PG642",
            _NOWHERE[role].format(one_line(name.text)),
            name.place,
            _ELSEWHERE if iri in known else "; ".join(self._advice(name, iri, instead)),
            patterns,
            (instead,) if instead else (),
        )

    def _advice(self, name: Name, iri: str, instead: str) -> Iterator[str]:
        prefix = name.text.partition(":")[0]
        usual = PREFIXES.get(prefix, "")
        if usual and self._found.prefixes.get(prefix, usual) != usual:
            yield f"{prefix}: is declared as another namespace than the usual <{usual}>"
        elif iri in self._terms.declared:
            yield "it is defined, but not used"
        if instead:
            yield meant(instead, self._found.prefixes)

    def _candidates(self, role: Role) -> Sequence[str]:
        known = self._terms
        match role:
            case "predicate":
                return known.properties
            case "class":
                return known.classes
            case "thing":
                return [*(c.iri for c in known.concepts), *known.classes, *known.properties]
            case "graph":
                return self._trial.graphs(_GRAPHS)


def _anywhere(name: Name, role: Role) -> str:
    """A group that has a solution where ``name`` occurs in its role, in whatever graph."""
    triples = [use.format(name.text) for use in _USES[role]]
    named = [f"GRAPH ?g {{ {triple} }}" for triple in triples]
    union = " UNION ".join(f"{{ {one} }}" for one in (*triples, *named))
    return f"{{ {union} }}"


def _no_match(place: Place, pattern: str, advice: str = "") -> Reason:
    return Reason("PG640", f"nothing matches {pattern}", place, advice, (pattern,))


def _nothing_left(step: Step, advice: str = "") -> Reason:
    message = f"the patterns match, but {step.shown} leaves nothing"
    return Reason("PG643", message, step.place, advice, (step.shown,))


def _around(pattern: Pattern, body: str) -> str:
    """A group of ``body``, in the graph that the pattern is asked of."""
    return f"{{ GRAPH {pattern.graph.text} {{ {body} }} }}" if pattern.graph else f"{{ {body} }}"


def _alike(variable: str, literal: str) -> str:
    """That the value of ``variable`` reads or counts the same as ``literal``."""
    words = f"LCASE(STR({variable})) = LCASE(STR({literal}))"
    return f"FILTER(isLITERAL({variable}) && ({variable} = {literal} || {words}))"


def _compared(source: str) -> Iterator[tuple[str, str]]:
    """Each variable that a filter says is equal to a literal."""
    here = Cursor(source)
    before = ""
    while not here.ended():
        if before.startswith(("?", "$")) and here.take("="):
            part = here.term()
            if part and part.kind == "literal":
                yield before, part.text
        before = here.raw
        here.skip()


def _variables(source: str) -> list[str]:
    here = Cursor(source)
    found: dict[str, None] = {}
    while not here.ended():
        if here.kind == "variable":
            found[here.raw] = None
        here.skip()
    return list(found)[:_VARIABLES]
