"""The validation report and the completeness of the sources, as data for their page."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from parkgraph.errors import Severity
from parkgraph.vocab import HOME, term
from parkgraph.web.text import Link, Text, View, pick

_EMPTY: Final = term("field-state:empty").value
#: How many documents a cell of the completeness table names.
MAX_NAMED: Final = 5


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
class Cell:
    """The documents that treat a field in one way: the first few, and how many in all."""

    documents: tuple[Link, ...]
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
    """What the check of a release found, and what its sources state."""

    blocking: bool
    findings: tuple[Finding, ...]
    counts: tuple[tuple[str, int], ...]
    rows: tuple[Row, ...]


def report(view: View) -> Report:
    """The report of the view's release."""
    data = _read(view)
    findings = tuple(_finding(view, found, data) for found in data.get("findings", ()))
    counts = [(s.value, sum(f.severity == s.value for f in findings)) for s in Severity]
    return Report(
        bool(data.get("blocking")),
        findings,
        tuple((name, count) for name, count in counts if count),
        _completeness(view),
    )


def _read(view: View) -> dict[str, Any]:
    path = view.site.release.derived / "report.json"
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
    documents = view.site.index.instances(term("park:ProfileDocument").value)
    states = {document: _states(view, document) for document in documents}
    asked = [Text(name, view.lang) for name in view.words["report"]["often"]]
    names = dict.fromkeys([name for fields in states.values() for name in fields] + asked)
    return tuple(
        Row(name, *(_cell(view, states, name, how) for how in ("stated", "empty", "")))
        for name in names
    )


def _states(view: View, document: str) -> dict[Text, str]:
    """Each field of a document version: stated or empty."""
    found = {}
    for field in view.iris(document, "park:hasField"):
        name = view.text(field, "park:fieldName") or view.label(field)
        empty = _EMPTY in view.iris(field, "park:fieldState")
        found[name] = "empty" if empty else "stated"
    return found


def _cell(view: View, states: Mapping[str, Mapping[Text, str]], name: Text, how: str) -> Cell:
    found: Sequence[str] = [d for d, fields in states.items() if fields.get(name, "") == how]
    return Cell(tuple(view.link(document) for document in found[:MAX_NAMED]), len(found))
