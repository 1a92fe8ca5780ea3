"""What it is made of: a list of it that can be made again, and an audit that only findings fail."""

import json
import re
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

from tests.conftest import ROOT, free_port, needs

TOOLS = ROOT / ".venv" / "audit" / "bin"
LOCK = ROOT / "requirements.lock"


@pytest.fixture(autouse=True)
def _tools() -> None:
    needs((TOOLS / "pip-audit").exists(), "make .venv/audit/done")


def pins() -> dict[str, tuple[str, set[str]]]:
    """Each package of the lock with its version and its hashes."""
    found: dict[str, tuple[str, set[str]]] = {}
    for block in re.split(r"\n(?=\S)", LOCK.read_text("utf-8")):
        if match := re.match(r"([\w.-]+)(?:\[[\w,-]+\])?==(\S+)", block):
            found[match[1]] = match[2], set(re.findall(r"sha256:(\w{64})", block))
    return found


def test_the_list_of_dependencies(tmp_path: Path):
    """Made twice it is the same, byte for byte: every pin of the lock, with its hashes."""
    made = []
    for number in range(2):
        file = tmp_path / f"{number}.json"
        program = [TOOLS / "python", "-W", "ignore", TOOLS / "cyclonedx-py", "requirements", LOCK]
        options = ["--pyproject", "pyproject.toml", "--short-PURLs", "--output-reproducible"]
        done = subprocess.run(
            [*program, *options, "--output-file", file],
            cwd=ROOT,
            env={"PYTHONHASHSEED": str(number), "TZ": f"UTC+{number}"},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        made.append(file.read_bytes())
    listed = json.loads(made[0])
    components = {
        one["name"]: (
            one["version"],
            {h["content"] for reference in one["externalReferences"] for h in reference["hashes"]},
        )
        for one in listed["components"]
    }

    assert made[0] == made[1]
    assert listed["bomFormat"] == "CycloneDX"
    assert listed["metadata"]["component"]["name"] == "parkgraph"
    assert "serialNumber" not in listed
    assert "timestamp" not in listed["metadata"]
    assert components == pins()
    assert all(hashes for _, hashes in components.values())


KNOWN = {
    "id": "PYSEC-2026-1",
    "summary": "a planted one",
    "modified": "2026-01-01T00:00:00Z",
    "affected": [
        {
            "package": {"name": "flask", "ecosystem": "PyPI"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "999.0"}]}],
            "versions": [],
        }
    ],
}


@contextmanager
def service(*, silent: bool = False) -> Iterator[str]:
    """A vulnerability service that knows one of flask; a silent one never answers."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            if silent:
                time.sleep(60)
            known = [KNOWN] if asked["package"]["name"] == "flask" else []
            body = json.dumps({"vulns": known} if known else {}).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    running = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    running.daemon_threads, running.block_on_close = True, False
    Thread(target=running.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{running.server_port}/"
    running.shutdown()
    running.server_close()


def audit(lock: Path, url: str, *more: str) -> subprocess.CompletedProcess[str]:
    options = ["-s", "osv", "--osv-url", url, "-r", lock, *more]
    return subprocess.run(
        [TOOLS / "python", "tools/audit.py", *options],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_a_finding_fails():
    """A version that is known to be vulnerable is named, with what mends it."""
    with service() as url:
        done = audit(LOCK, url)
    version = pins()["flask"][0]

    assert done.returncode == 1
    assert f"flask {version}: PYSEC-2026-1, mended by 999.0" in done.stderr


def test_silence_is_no_finding():
    """Where nobody answers, or not in time, nothing fails, and that is said."""
    nobody = audit(LOCK, f"http://127.0.0.1:{free_port()}/")
    with service(silent=True) as url:
        late = audit(LOCK, url)

    for done in (nobody, late):
        assert (done.returncode, "nothing was audited" in done.stderr) == (0, True), done.stderr


def test_a_question_that_fails(tmp_path: Path):
    """A lock that cannot be read is neither fine nor a finding."""
    lock = tmp_path / "wrong.lock"
    lock.write_text("flask==3.1.0\n")
    done = audit(lock, "http://127.0.0.1:9/")

    assert done.returncode == 2
    assert "hash" in done.stderr


def test_a_service_that_answers():
    """Where all is well it ends with 0, and says how much was asked; findings can be set aside."""
    with service() as url:
        done = audit(LOCK, url, "--ignore-vuln", "PYSEC-2026-1")

    assert done.returncode == 0, done.stderr
    assert f"{len(pins())} packages, 0 vulnerable" in done.stderr
