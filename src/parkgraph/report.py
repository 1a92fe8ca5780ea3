"""Findings and reports as text, JSON, SARIF and workflow commands: rendering only."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from parkgraph import __version__
from parkgraph.errors import Diagnostic, Severity
from parkgraph.pipeline import Checked
from parkgraph.rdf import NamedNode
from parkgraph.vocab import HOME

#: ``file:line:column``, as findings give it; the column may be missing.
_PLACE: Final = re.compile(r"(?P<file>[^:]+):(?P<line>\d+)(?::(?P<column>\d+))?")
_LEVELS: Final[Mapping[Severity, tuple[str, str]]] = {
    # severity: SARIF level (SARIF 2.1.0 §3.27.10), workflow command
    Severity.VIOLATION: ("error", "error"),
    Severity.WARNING: ("warning", "warning"),
    Severity.INFO: ("note", "notice"),
}


def as_text(findings: Sequence[Diagnostic]) -> str:
    """A paragraph for each finding, what stands in the way first, and a count."""
    lines = [_line(finding) for finding in by_severity(findings)]
    counts = [
        f"{number} {severity.value}{'s' * (number != 1)}"
        for severity in Severity
        if (number := sum(f.severity is severity for f in findings))
    ]
    return "\n".join([*lines, f"{', '.join(counts) or 'no findings'}"])


def _line(finding: Diagnostic) -> str:
    return f"{finding.severity.value:<9} {finding}"


def by_severity(findings: Sequence[Diagnostic]) -> list[Diagnostic]:
    """Violations, warnings, infos; in each the order of the pipeline."""
    order = list(Severity)
    return sorted(findings, key=lambda finding: order.index(finding.severity))


def as_json(findings: Sequence[Diagnostic]) -> str:
    """A JSON object with the findings and whether they stand in the way of a release."""
    rows = [
        {
            "code": finding.code,
            "severity": finding.severity.value,
            "message": finding.message,
            "where": finding.where,
            **_location(finding),
            "help": finding.help,
        }
        for finding in by_severity(findings)
    ]
    blocking = any(f.severity is Severity.VIOLATION for f in findings)
    return json.dumps({"blocking": blocking, "findings": rows}, indent=2, ensure_ascii=False)


def _location(finding: Diagnostic) -> dict[str, object]:
    place = _PLACE.fullmatch(finding.where)
    if place is None:
        return {}
    column = {"column": int(place["column"])} if place["column"] else {}
    return {"file": place["file"], "line": int(place["line"]), **column}


def as_github(findings: Sequence[Diagnostic]) -> str:
    """A workflow command for each finding, so that a forge shows it at its line."""
    return "\n".join(map(_command, by_severity(findings)))


def _command(finding: Diagnostic) -> str:
    location = _location(finding)
    names = {"file": "file", "line": "line", "column": "col"}
    parts = [f"{names[key]}={_escaped(str(value))}" for key, value in location.items()]
    title = ",".join([*parts, f"title={finding.code}"])
    place = "" if location else f"{finding.where}: "
    text = _escaped(f"{place}{finding.message}" + f"\nhelp: {finding.help}" * bool(finding.help))
    return f"::{_LEVELS[finding.severity][1]} {title}::{text}"


def _escaped(text: str) -> str:
    """Workflow commands end at a line end and use ``%`` to escape it."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def as_sarif(findings: Sequence[Diagnostic]) -> str:
    """A SARIF 2.1.0 log with one run."""
    run = {
        "tool": {
            "driver": {
                "name": "parkgraph",
                "version": __version__,
                "informationUri": HOME,
                "rules": [{"id": code} for code in sorted({f.code for f in findings})],
            }
        },
        "results": [_sarif_result(finding) for finding in by_severity(findings)],
    }
    log = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [run],
    }
    return json.dumps(log, indent=2, ensure_ascii=False)


def _sarif_result(finding: Diagnostic) -> dict[str, object]:
    text = finding.message + f" ({finding.help})" * bool(finding.help)
    result: dict[str, object] = {
        "ruleId": finding.code,
        "level": _LEVELS[finding.severity][0],
        "message": {"text": text},
    }
    location = _location(finding)
    if location:
        region = {"startLine": location["line"]}
        if "column" in location:
            region["startColumn"] = location["column"]
        artifact = {"artifactLocation": {"uri": location["file"]}, "region": region}
        result["locations"] = [{"physicalLocation": artifact}]
    elif finding.where:
        result["locations"] = [{"logicalLocations": [{"fullyQualifiedName": finding.where}]}]
    return result


#: How ``parkgraph check --format`` may say its findings.
RENDERERS: Final[Mapping[str, Callable[[Sequence[Diagnostic]], str]]] = {
    "text": as_text,
    "json": as_json,
    "github": as_github,
    "sarif": as_sarif,
}


def report_json(checked: Checked) -> bytes:
    """The validation report of a release: SHACL's words, and the line that caused each result."""
    results = [
        {
            "code": result.code,
            "severity": result.severity.value,
            "focusNode": _plain(result.focus_node),
            "resultPath": _plain(result.result_path),
            "value": _plain(result.value),
            "sourceShape": result.source_shape,
            "messages": dict(sorted(result.messages.items())),
        }
        for result in checked.report.results
    ]
    report = {
        "conforms": checked.report.conforms,
        "blocking": bool(checked.blocking),
        "results": results,
        "findings": json.loads(as_json(checked.findings))["findings"],
    }
    return (json.dumps(report, indent=2, ensure_ascii=False) + "\n").encode()


def _plain(term: object) -> str | None:
    if term is None:
        return None
    return term.value if isinstance(term, NamedNode) else str(term)
