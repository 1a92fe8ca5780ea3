"""Ask whether a version that we lock is known to be vulnerable (make audit).

pip-audit ends with 1 for a finding as well as for a service that does not answer. The first is
to stop CI and the second is not, so they are told apart here:

- exit 1: a version is known to be vulnerable; it is named with what mends it;
- exit 0: none is, or the service did not answer in time, which is said;
- exit 2: the question itself failed.

Arguments go on to pip-audit: ``tools/audit.py --ignore-vuln PYSEC-2026-1 -r requirements.lock``.
"""

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

#: Seconds for each answer of the service, and for all of them.
_ANSWER = 5
_ALL = 120
#: How pip-audit and the libraries below it say that nobody answers.
_SILENT = re.compile(
    r"could not connect|ConnectionError|ConnectTimeout|ReadTimeout|SSLError|ProxyError|HTTPError",
    re.IGNORECASE,
)


def main(arguments: list[str]) -> int:
    """Audit, and say what came of it."""
    program = Path(sys.executable).with_name("pip-audit")
    command = [program, "--disable-pip", "--require-hashes", "--format", "json", "--desc", "off"]
    command += ["--progress-spinner", "off", "--timeout", str(_ANSWER), *arguments]
    try:
        done = subprocess.run(  # noqa: S603  # our own tool
            command, capture_output=True, text=True, timeout=_ALL, check=False
        )
    except subprocess.TimeoutExpired:
        return _say(0, f"audit: no answer within {_ALL} s, so nothing was audited")
    try:
        found: list[dict[str, Any]] = json.loads(done.stdout)["dependencies"]
    except ValueError:
        if _SILENT.search(done.stderr):
            return _say(0, "audit: the service does not answer, so nothing was audited")
        return _say(2, done.stderr)
    return _report(found)


def _report(found: list[dict[str, Any]]) -> int:
    for one in found:
        for known in one.get("vulns", ()):
            mends = ", ".join(known["fix_versions"]) or "no version yet"
            _say(1, f"audit: {one['name']} {one['version']}: {known['id']}, mended by {mends}")
    skipped = sum("skip_reason" in one for one in found)
    if found and skipped == len(found):  # some mirrors of the registry know nothing of the kind
        return _say(0, "audit: the service knows none of the packages, so nothing was audited")
    unknown = f", {skipped} of them unknown to the service" if skipped else ""
    vulnerable = sum(bool(one.get("vulns")) for one in found)
    return _say(
        int(vulnerable > 0), f"audit: {len(found)} packages{unknown}, {vulnerable} vulnerable"
    )


def _say(status: int, words: str) -> int:
    sys.stderr.write(f"{words.rstrip()}\n")
    return status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
