"""What went wrong, where, and what to do: the one shape of every finding and error."""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum


class Severity(StrEnum):
    """How much a finding matters, in SHACL's words (SHACL §2.1.4)."""

    VIOLATION = "Violation"
    WARNING = "Warning"
    INFO = "Info"


@dataclass(frozen=True, slots=True)
class Diagnostic:
    """A finding about data or a request: data faults are values, so that all can be listed.

    Attributes:
        code: ``PG`` and three digits, a heading of ``docs/errors.md``.
        message: what is wrong; lower case, no full stop, the offending value quoted.
        where: ``file:line:column`` if text caused it, else a path or an IRI.
        help: what to do; empty if the message says it all.
    """

    code: str
    message: str
    where: str = ""
    help: str = ""
    severity: Severity = Severity.VIOLATION

    def __str__(self) -> str:
        """``where: CODE what``, and the advice on a line of its own."""
        place = f"{self.where}: " if self.where else ""
        advice = f"\n  help: {self.help}" if self.help else ""
        return f"{place}{self.code} {self.message}{advice}"


class ParkgraphError(Exception):
    """A promise that could not be kept; carries every finding that explains it."""

    def __init__(self, *findings: Diagnostic) -> None:
        super().__init__("\n".join(str(finding) for finding in findings))
        self.findings = findings


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Advice for an unknown ``word``: the nearest known one, and all of them if they are few.

    >>> did_you_mean("more-then", ["more-than", "at-most"])
    "did you mean 'more-than'? known: at-most, more-than"
    """
    names = sorted(known)
    near = get_close_matches(word, names, n=1, cutoff=0.5)
    guess = f"did you mean {near[0]!r}? " if near else ""
    listing = f"known: {', '.join(names)}" if names and len(names) <= 40 else ""
    return (guess + listing).strip()
