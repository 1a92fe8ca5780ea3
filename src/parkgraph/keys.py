"""Typed values out of a YAML mapping; what is wrong with them is a finding at its place."""

import re
from collections.abc import Iterator, Mapping
from datetime import date
from decimal import Decimal
from typing import Any, Final, TypeVar

from parkgraph.errors import Diagnostic, did_you_mean
from parkgraph.rdf import Literal, NamedNode
from parkgraph.yamlfile import YamlFile

T = TypeVar("T")

#: What a name in an IRI may look like (model.md §3).
SLUG: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
#: A reference to a thing or a concept: kind or scheme, and slug.
REFERENCE: Final = re.compile(rf"{SLUG.pattern}/{SLUG.pattern}")
#: Claim ids become part of an IRI; a letter first, so that fragments stay XML names.
CLAIM_ID: Final = re.compile(r"[A-Za-z][A-Za-z0-9]*")
LANGUAGE: Final = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
SHA256: Final = re.compile(r"[0-9a-f]{64}")
DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
HTTP: Final = re.compile(r"https?://[^\s<>\"{}|\\^`]+")
#: What XML 1.0 §2.2 leaves out.
CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
#: The address of a thing or a document, without the base.
ADDRESS: Final = re.compile(r"(?:id|document)(?:/[A-Za-z0-9_-]+)+")


class Keys:
    """Takes typed values out of one mapping, gathers what is wrong, and knows every place."""

    def __init__(
        self, file: YamlFile, path: tuple[str | int, ...], value: object, findings: list[Diagnostic]
    ) -> None:
        self.file, self.path, self.findings = file, path, findings
        self._taken: set[str] = set()
        self.values: dict[str, Any] = value if isinstance(value, dict) else {}
        if not isinstance(value, dict):
            self.fault("PG210", f"expected keys and values, got {value!r}")

    def fault(self, code: str, message: str, key: str | None = None, advice: str = "") -> None:
        """Add a finding at ``key``, or at this mapping."""
        where = self.file.where(*self.path, *([key] if key is not None else []))
        self.findings.append(Diagnostic(code, message, where, advice))

    def take(self, key: str, kind: type[T], *, required: bool = False) -> T | None:
        """The value of ``key`` if it is a ``kind``; None, and a finding where due, if not."""
        self._taken.add(key)
        value = self.values.get(key)
        if value is None:
            if required:
                self.fault("PG211", f"{key!r} is missing", None, f"add {key}: …")
            return None
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            self.fault("PG210", f"{key!r} takes {_NAMES[kind]}, got {value!r}", key)
            return None
        if isinstance(value, str) and (control := CONTROL.search(value)):
            message = f"{key!r} holds the control character {control[0]!r}, which XML cannot carry"
            self.fault("PG102", message, key, "take the character out")
            return None
        return value

    def text(self, key: str, *, required: bool = False) -> str | None:
        """The text at ``key``, which says something: blanks alone are a finding, and None."""
        value = self.take(key, str, required=required)
        if value is not None and not value.strip():
            advice = f"write {key}: …{'' if required else ', or leave the key out'}"
            self.fault("PG211", f"{key!r} is empty", key, advice)
            return None
        return value

    def word(self, key: str, pattern: re.Pattern[str], *, required: bool = False) -> str | None:
        """The text at ``key`` if it has the form of ``pattern``."""
        value = self.take(key, str, required=required)
        if value is not None and not has_form(value, pattern):
            self.fault("PG212", f"{key!r} has not the form of {FORMS[pattern]}: {value!r}", key)
            return None
        return value

    def words(self, key: str) -> tuple[str, ...]:
        """A list of references."""
        listed = self.take(key, list) or []
        for value in listed:
            if not isinstance(value, str) or not REFERENCE.fullmatch(value):
                self.fault("PG212", f"{key!r} lists {FORMS[REFERENCE]}, got {value!r}", key)
        return tuple(v for v in listed if isinstance(v, str) and REFERENCE.fullmatch(v))

    def section(self, key: str, *, required: bool = True) -> "Keys":
        """The mapping at ``key``."""
        self._taken.add(key)
        value = self.values.get(key, None if required else {})
        if value is None and required:
            self.fault("PG211", f"{key!r} is missing", None, f"add {key}: …")
            value = {}
        return Keys(self.file, (*self.path, key), value, self.findings)

    def sections(self, key: str) -> Iterator["Keys"]:
        """The mappings listed at ``key``."""
        for number, value in enumerate(self.take(key, list) or []):
            yield Keys(self.file, (*self.path, key, number), value, self.findings)

    def end(self) -> None:
        """Every key has been asked for: what is left is unknown."""
        for key in [key for key in self.values if key not in self._taken]:
            advice = did_you_mean(key, self._taken)
            self.fault("PG213", f"unknown key {key!r}", key, advice)


def has_form(value: str, pattern: re.Pattern[str]) -> bool:
    """Whether a value has the form of ``pattern``, and is one: an IRI, a language tag, a day.

    >>> has_form("https://example.org/50%off", HTTP), has_form("2026-02-29", DATE)
    (False, False)
    """
    try:
        if pattern is HTTP:
            NamedNode(value)
        elif pattern is LANGUAGE:
            Literal("", language=value)
        elif pattern is DATE:
            date.fromisoformat(value)
    except ValueError:
        return False
    return pattern.fullmatch(value) is not None


_NAMES: Final[Mapping[type, str]] = {
    str: "text",
    int: "a whole number",
    bool: "true or false",
    list: "a list",
    dict: "keys and values",
    Decimal: "a number",
}
FORMS: Final[Mapping[re.Pattern[str], str]] = {
    REFERENCE: "kind/slug (lower-case letters, digits, single hyphens)",
    SLUG: "a slug (lower-case letters, digits, single hyphens)",
    CLAIM_ID: "a claim id (a letter, then letters and digits)",
    LANGUAGE: "a language tag",
    SHA256: "a SHA-256 (64 hex digits)",
    DATE: "a date YYYY-MM-DD",
    ADDRESS: "id/… or document/… (an address without the base)",
    HTTP: "an http(s) address without spaces (%5B for [, %25 for a % of its own)",
}
