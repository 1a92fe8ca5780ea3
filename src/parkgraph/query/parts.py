"""What a query consists of, as values: triple patterns, groups, what follows the WHERE."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, NamedTuple, TypeAlias
from urllib.parse import urljoin

PartKind: TypeAlias = Literal["variable", "iri", "literal", "blank", "path", "other"]
StepKind: TypeAlias = Literal[
    "triple",
    "optional",
    "union",
    "subquery",
    "minus",
    "filter",
    "bind",
    "values",
    "lateral",
    "other",
]

#: Characters of a part that are shown.
_SHOWN: Final = 120
_CODEPOINT: Final = re.compile(r"\\u([0-9A-Fa-f]{4})|\\U([0-9A-Fa-f]{8})")


class Place(NamedTuple):
    """Where something stands in the text of a query, both counted from 1."""

    line: int
    column: int

    def __str__(self) -> str:
        """As findings say it."""
        return f"query:{self.line}:{self.column}"


@dataclass(frozen=True, slots=True)
class Name:
    """An IRI or a prefixed name, as written."""

    text: str
    place: Place


@dataclass(frozen=True, slots=True)
class Part:
    """A subject, predicate or object.

    Attributes:
        text: as written, or a label of our own for the node that ``[ … ]`` stands for.
        names: the IRIs in it: itself, or the steps of a path; those of a collection are not.
    """

    text: str
    kind: PartKind
    place: Place
    names: tuple[Name, ...] = ()
    anonymous: bool = False

    @property
    def shown(self) -> str:
        """The part on one line, in which a node without a name is ``[]``."""
        return "[]" if self.anonymous else one_line(self.text)


@dataclass(frozen=True, slots=True)
class Pattern:
    """A triple pattern; ``;``, ``,`` and ``[ … ]`` are written out.

    Attributes:
        graph: the GRAPH that it is asked of.
        optional: whether an OPTIONAL is around it.
        place: where it begins to be a pattern of its own.
    """

    subject: Part
    predicate: Part
    object: Part
    graph: Part | None
    optional: bool
    place: Place

    @property
    def parts(self) -> tuple[Part, Part, Part]:
        """Subject, predicate and object."""
        return self.subject, self.predicate, self.object

    @property
    def text(self) -> str:
        """As SPARQL asks it."""
        return " ".join(part.text for part in self.parts)

    @property
    def shown(self) -> str:
        """As a message shows it."""
        return " ".join(part.shown for part in self.parts)


class Wrapper(NamedTuple):
    """An open group: where its bracket stands, and what opens it (``{``, ``GRAPH ?g {``)."""

    offset: int
    opening: str


@dataclass(frozen=True, slots=True)
class Step:
    """What stands in a group: a triple pattern, or something that is kept as it was written.

    Attributes:
        inside: the groups around it that it is joined with.
        pattern: the triple pattern, if it is one.
        source: the words of the query, if it is none.
        branches: the groups within it: of a UNION each; of OPTIONAL, EXISTS, a subquery the one.
    """

    kind: StepKind
    place: Place
    inside: tuple[Wrapper, ...]
    pattern: Pattern | None = None
    source: str = ""
    branches: tuple[tuple["Step", ...], ...] = ()

    @property
    def text(self) -> str:
        """As SPARQL asks it."""
        return f"{self.pattern.text} ." if self.pattern else self.source

    @property
    def shown(self) -> str:
        """As a message shows it."""
        return self.pattern.shown if self.pattern else one_line(self.source)


class Modifier(NamedTuple):
    """What follows the WHERE: GROUP BY, HAVING, ORDER BY, LIMIT, OFFSET or VALUES."""

    word: str
    text: str
    place: Place


@dataclass(frozen=True, slots=True)
class Outline:
    """What was understood of a query.

    Attributes:
        prologue: BASE and PREFIX, as written.
        prefixes: the namespace of each declared prefix, as an absolute IRI where BASE is one.
        dataset: FROM and FROM NAMED, as written.
        graphs: the names in it.
        described: the IRIs that DESCRIBE names.
        steps: what its WHERE consists of, groups and GRAPHs opened up; VALUES after it too.
        variable: one that the query does not have.
        complete: whether nothing was passed over.
    """

    prologue: str = ""
    base: str = ""
    prefixes: Mapping[str, str] = field(default_factory=dict)
    dataset: str = ""
    graphs: tuple[Name, ...] = ()
    described: tuple[Name, ...] = ()
    steps: tuple[Step, ...] = ()
    modifiers: tuple[Modifier, ...] = ()
    variable: str = "?x1"
    complete: bool = True

    @property
    def patterns(self) -> list[Pattern]:
        """Every triple pattern, in the order of the text."""
        return list(_patterns(self.steps))

    def iri(self, written: str) -> str:
        """The IRI that ``<…>`` or a prefixed name stands for; empty if that is not known."""
        if written.startswith("<"):
            return resolved(written, self.base)
        prefix, colon, local = written.partition(":")
        if not colon or prefix not in self.prefixes:
            return ""
        return self.prefixes[prefix] + re.sub(r"\\(.)", r"\1", local)


def joined(steps: Iterable[Step]) -> str:
    """A group of ``steps`` and nothing else, each within the groups that it stood in."""
    pieces: list[str] = []
    opened: tuple[Wrapper, ...] = ()
    for step in steps:
        common = _common(opened, step.inside)
        pieces += ["}"] * (len(opened) - common)
        pieces += [wrapper.opening for wrapper in step.inside[common:]]
        pieces.append(step.text)
        opened = step.inside
    return " ".join([*pieces, *["}"] * len(opened)])


def one_line(text: str) -> str:
    """``text`` without line breaks, cut if it is long."""
    line = " ".join(text[: 4 * _SHOWN].split())
    return line if len(line) <= _SHOWN else f"{line[: _SHOWN - 1]}…"


def decoded(text: str) -> str:
    """``text`` with its codepoint escapes undone (SPARQL 1.1 §19.2)."""
    return _CODEPOINT.sub(_character, text)


def resolved(written: str, base: str) -> str:
    """The IRI in angle brackets, against ``base`` (RFC 3986 §5)."""
    iri = decoded(written[1:-1])
    try:
        whole = urljoin(base, iri) if base else iri
    except ValueError:
        return iri
    # An empty fragment, as in <#>, would be lost.
    return f"{whole}#" if iri.endswith("#") and not whole.endswith("#") else whole


def _common(one: tuple[Wrapper, ...], other: tuple[Wrapper, ...]) -> int:
    pairs = zip(one, other, strict=False)
    return next((n for n, (a, b) in enumerate(pairs) if a != b), min(len(one), len(other)))


def _patterns(steps: Iterable[Step]) -> Iterator[Pattern]:
    for step in steps:
        if step.pattern:
            yield step.pattern
        for branch in step.branches:
            yield from _patterns(branch)


def _character(escape: re.Match[str]) -> str:
    code = int(escape[1] or escape[2], 16)
    return chr(code) if code <= 0x10FFFF else escape[0]
