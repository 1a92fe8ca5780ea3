"""Faults in numbers that take minutes: `make faults`, beside which nothing else should run."""

import resource
import selectors
import socket
import threading
import time
from contextlib import ExitStack
from pathlib import Path

import pytest

from parkgraph import derived
from parkgraph.pipeline import Checked
from parkgraph.publish import publish
from tests.conftest import ISSUED, SIPS, Server, serving
from tests.test_faults import (
    Crowd,
    queries_are_killed,
    switches_leave_nothing,
    web_processes,
)
from tests.test_publish import builds_are_killed

BUILDS = 50
KILLS = 100
SWITCHES = 100
READERS = 1000
#: Seconds for which the readers read on, and organisations in what they read.
READING = 20
ORGANISATIONS = 1500

TRIED = {
    "test_fifty_killed_builds": BUILDS,
    "test_a_hundred_kills": KILLS,
    "test_a_hundred_switches": SWITCHES,
    "test_a_thousand_slow_readers": READERS,
}


@pytest.mark.timeout(1800)
def test_fifty_killed_builds(checked: Checked, publication: Path, tmp_path: Path):
    """A build is killed at any moment: the old release is whole, the next build works."""
    builds_are_killed(checked, publication, tmp_path / "releases", BUILDS)


def test_a_hundred_kills(checked: Checked, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Query workers and their parent are killed in turn; light requests never notice."""
    monkeypatch.setattr(derived, "WORTHWHILE", 0)
    publish(checked, tmp_path, ISSUED)
    queries_are_killed(tmp_path, KILLS)


@pytest.mark.timeout(1800)
def test_a_hundred_switches(checked: Checked, publication: Path, tmp_path: Path):
    """From release to release and back, under load: no request fails, nothing stays open."""
    switches_leave_nothing(checked, publication, tmp_path / "releases", SWITCHES)


def figures(running: Server) -> tuple[int, int]:
    """Megabytes and threads of the web process."""
    (web,) = web_processes(running)
    said = dict(line.split(":", 1) for line in Path(f"/proc/{web}/status").read_text().splitlines())
    return int(said["VmRSS"].split()[0]) // 1024, int(said["Threads"])


@pytest.mark.timeout(1800)
def test_a_thousand_slow_readers(tmp_path: Path):
    """While a thousand clients read a dump in drops, others are answered; memory stays flat."""
    from benchmarks.start import write_release  # `make faults` runs where it is found

    folder = tmp_path / "publication"
    write_release(folder, ORGANISATIONS)
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(limit[0], 4 * READERS), limit[1]))
    room = str(2 * READERS)  # all of them are one client here
    names = (
        "client-connections",
        "client-downloads",
        "connections",
        "downloads",
        "request-queue",
    )
    options = [word for name in names for word in (f"--{name}", room)]
    document = "/doc/organization/o7.ttl"
    # The answer to such a condition is not kept, so no cache fills meanwhile.
    unkept = {"If_Unmodified_Since": "Fri, 01 Jan 2100 00:00:00 GMT"}
    with serving(str(folder), *options) as running, Crowd(running, document, **unkept) as light:
        time.sleep(3)
        before, count = figures(running), len(light.statuses)
        name = running.ask("/download/parkgraph.nq").headers["Location"]
        received, early, late = read_slowly(running, name)
    resource.setrlimit(resource.RLIMIT_NOFILE, limit)

    assert min(received) > 0
    assert set(light.statuses) == {200}
    assert len(light.statuses) > count + READING
    # A download under way takes no buffer of this process (decision 0032), and no more with time.
    assert early[0] < before[0] + 0.12 * READERS
    assert late[0] < early[0] * 1.1
    assert late[1] <= before[1] + 40


def read_slowly(running: Server, path: str) -> tuple[list[int], tuple[int, int], tuple[int, int]]:
    """What each reader got, a kilobyte at a time; figures at half time and when it was over."""
    request = f"GET {path} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
    with ExitStack() as opened, selectors.DefaultSelector() as selector:
        received = {}
        for _ in range(READERS):
            reader = opened.enter_context(running.connect(request, buffer=SIPS))
            received[reader] = 0
            selector.register(reader, selectors.EVENT_READ)
        pause, end = threading.Event(), time.monotonic() + READING
        early = (0, 0)
        while (now := time.monotonic()) < end:
            if not early[0] and now > end - READING / 2:
                early = figures(running)
            for key, _ in selector.select(0.1):
                reader = key.fileobj
                assert isinstance(reader, socket.socket)
                received[reader] += len(reader.recv(1024))
            pause.wait(0.2)
        return list(received.values()), early, figures(running)
