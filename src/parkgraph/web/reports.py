"""The validation report and the completeness of the sources, as data for their page."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from parkgraph.errors import Severity
from parkgraph.rdf import Literal
from parkgraph.vocab import HOME, term
from parkgraph.web.text import Link, Text, View, pick

_EMPTY: Final = term("field-state:empty").value
#: How many documents a cell of the completeness table tells of.
MAX_NAMED: Final = 5
#: How many findings are written out; the data holds all.
MAX_FINDINGS: Final = 100


@dataclass(frozen=True, slots=True)
class Finding:
    """A finding in words, with the rule it comes from."""

    code: str
    severity: str
    message: Text
    where: str
    help: str
    rule: str | None


@dataclass(frozen=True, slots=True)
class State:
    """How a document treats a field, leading to the place; its words where it states any."""

    link: Link
    stated: bool


@dataclass(frozen=True, slots=True)
class Cell:
    """The documents that treat a field in one way: the first few, and how many in all."""

    links: tuple[State, ...]
    count: int


@dataclass(frozen=True, slots=True)
class Row:
    """How the documents treat one field: stated, empty, not a field of it."""

    name: Text
    stated: Cell
    empty: Cell
    absent: Cell


@dataclass(frozen=True, slots=True)
class Report:
    """What the check of a release found, and what its sources state.

    Attributes:
        left: how many findings are counted and not written out.
    """

    blocking: bool
    findings: tuple[Finding, ...]
    left: int
    counts: tuple[tuple[str, int], ...]
    rows: tuple[Row, ...]


def report(view: View) -> Report:
    """The report of the view's release."""
    data = _read(view)
    found = data.get("findings", ())
    findings = tuple(_finding(view, one, data) for one in found[:MAX_FINDINGS])
    counts = [(s.value, sum(one["severity"] == s.value for one in found)) for s in Severity]
    return Report(
        bool(data.get("blocking")),
        findings,
        len(found) - len(findings),
        tuple((name, count) for name, count in counts if count),
        _completeness(view),
    )


def _read(view: View) -> dict[str, Any]:
    path = view.site.derived("report.json")
    try:
        data: dict[str, Any] = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return data


def _finding(view: View, found: Mapping[str, str], data: Mapping[str, Any]) -> Finding:
    return Finding(
        found["code"],
        found["severity"],
        pick(_messages(found, data), view.lang) or Text(found["message"], "en"),
        found.get("where", ""),
        found.get("help", ""),
        _rule(view, found, data),
    )


def _messages(found: Mapping[str, str], data: Mapping[str, Any]) -> list[Text]:
    """The finding's message in every language that its shape speaks."""
    for result in data.get("results", ()):
        said = result["messages"]
        if result["code"] == found["code"] and said.get("en") == found["message"]:
            return [Text(message, lang) for lang, message in said.items()]
    return []


def _rule(view: View, found: Mapping[str, str], data: Mapping[str, Any]) -> str | None:
    shapes = [r["sourceShape"] for r in data.get("results", ()) if r["code"] == found["code"]]
    named = [shape for shape in shapes if shape.startswith(f"{HOME}shapes#")]
    return view.href(named[0]) if named else None


def _completeness(view: View) -> tuple[Row, ...]:
    versions = view.site.index.instances(term("park:ProfileDocument").value)
    found = {version: _fields(view, version) for version in versions}
    asked = [Text(name, view.lang) for name in view.words["report"]["often"]]
    names = dict.fromkeys([name for fields in found.values() for name in fields] + asked)
    return tuple(_row(view, name, found) for name in names)


def _fields(view: View, version: str) -> dict[Text, str]:
    """The fields of a document version by name."""
    fields = view.iris(version, "park:hasField")
    return {view.text(iri, "park:fieldName") or view.label(iri): iri for iri in fields}


def _row(view: View, name: Text, found: Mapping[str, Mapping[Text, str]]) -> Row:
    fields = [fields[name] for fields in found.values() if name in fields]
    empty = [iri for iri in fields if _EMPTY in view.iris(iri, "park:fieldState")]
    stated = [iri for iri in fields if iri not in empty]
    absent = [version for version, fields in found.items() if name not in fields]
    return Row(
        name,
        Cell(tuple(_stated(view, iri) for iri in stated[:MAX_NAMED]), len(stated)),
        Cell(tuple(_short(view, iri) for iri in empty[:MAX_NAMED]), len(empty)),
        Cell(tuple(_short(view, iri) for iri in absent[:MAX_NAMED]), len(absent)),
    )


def _stated(view: View, field: str) -> State:
    values = view.values(field, "park:fieldValue")
    words = ", ".join(value.value for value in values if isinstance(value, Literal))
    return State(Link(Text(words, _language(view, field)), view.href(field)), stated=True)


def _language(view: View, field: str) -> str:
    language = view.text(field.partition("#")[0], "schema:inLanguage")
    return language.value if language else ""


def _short(view: View, iri: str) -> State:
    """A document by its slug: its title would be the park's name in every row."""
    document = iri.partition("#")[0].removeprefix(f"{view.site.base}document/")
    return State(Link(Text(document.partition("/")[0]), view.href(iri)), stated=False)
