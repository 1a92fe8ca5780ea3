"""One small release, built once; everything is real: the data, the files, the processes."""

import http.client
import importlib
import os
import pkgutil
import shutil
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import Message
from pathlib import Path
from typing import IO, Final

import pytest
from benchmarks.processes import family
from coverage import Coverage
from hypothesis import settings

import parkgraph
from parkgraph.pipeline import Checked, check
from parkgraph.publish import publish
from parkgraph.release import Release

# Laws are tested here, not how long they take on a machine that has other work.
settings.register_profile("parkgraph", deadline=None)
settings.load_profile("parkgraph")

ROOT = Path(__file__).parent.parent
ISSUED = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
SHARED = ROOT.parent / "shared"


#: How coverage tells the processes that are started that they are to be measured.
MEASURING = "COVERAGE_PROCESS_CONFIG"


@contextmanager
def unmeasured() -> Iterator[None]:
    """Run at full speed, with what is started meanwhile.

    Python traces every line or none, be it rdflib's, so measuring takes twice the time.
    """
    measured = Coverage.current()
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv(MEASURING, raising=False)
        if measured:
            measured.stop()
        try:
            yield
        finally:
            if measured:
                measured.start()


@pytest.hookimpl(wrapper=True)
def pytest_collection() -> Iterator[None]:
    """Find the tests unmeasured: tables of them are made of whole suites. Our imports count."""
    for module in pkgutil.walk_packages(parkgraph.__path__, "parkgraph."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)
    with unmeasured():
        return (yield)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Iterator[None]:
    """Let what is marked ``unmeasured`` be so."""
    with unmeasured() if item.get_closest_marker("unmeasured") else nullcontext():
        return (yield)


@pytest.fixture(scope="session")
def checked() -> Checked:
    """The publication of this repository, read and validated."""
    return check(ROOT)


@pytest.fixture(scope="session")
def release(checked: Checked, tmp_path_factory: pytest.TempPathFactory) -> Release:
    """A release of it; tests must not change it."""
    return publish(checked, tmp_path_factory.mktemp("releases"), ISSUED)


@pytest.fixture
def releases(release: Release, tmp_path: Path) -> Path:
    """A folder with a copy of it, for more releases or to be spoiled."""
    return shutil.copytree(release.folder.parent, tmp_path / "releases")


@pytest.fixture
def publication(tmp_path: Path) -> Path:
    """A copy of this repository's publication, to be spoiled."""
    folder = tmp_path / "publication"
    for name in ("data", "ontology", "shapes"):
        shutil.copytree(ROOT / name, folder / name)
    return folder


@pytest.fixture
def edit(publication: Path) -> Callable[[str, str, str], None]:
    """Replace words that occur exactly once in a file of the copy."""

    def replace(path: str, old: str, new: str) -> None:
        file = publication / path
        text = file.read_text("utf-8")
        assert text.count(old) == 1, f"{old!r} occurs {text.count(old)} times"
        file.write_text(text.replace(old, new), "utf-8")

    return replace


def needs(found: bool, words: str) -> None:
    """Go without a program that is missing, but never in CI."""
    if not found:
        pytest.fail(words) if os.environ.get("CI") == "true" else pytest.skip(words)


def node() -> str | None:
    """Node.js: playwright brings one that is new enough for our tools; else the machine's."""
    try:
        import playwright
    except ImportError:
        return shutil.which("node")
    brought = Path(playwright.__file__).parent / "driver" / "node"
    return str(brought) if brought.exists() else shutil.which("node")


def eventually(holds: Callable[[], bool], seconds: float = 40) -> bool:
    """Whether something comes to hold in so many seconds."""
    end = time.monotonic() + seconds
    while not holds() and time.monotonic() < end:
        time.sleep(0.02)
    return holds()


def alive(pid: int) -> bool:
    """Whether a process runs: one that has ended, and is still listed, does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] not in "ZX"
    except OSError:
        return False


def descendants(pid: int) -> set[int]:
    """The processes that a process has started, and theirs."""
    return {*family(pid)} - {pid}


def free_port() -> int:
    """A port that nobody listens on just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@dataclass(frozen=True)
class Answer:
    """What a client got: nothing is followed, decoded or guessed."""

    status: int
    headers: Message
    body: bytes


#: Bytes that a client takes in which is slow to read.
SIPS: Final = 4096


@dataclass(frozen=True)
class Server:
    """A running server, and how to ask it."""

    port: int
    process: subprocess.Popen[str]

    @property
    def url(self) -> str:
        """The address of the front door, without its slash."""
        return f"http://127.0.0.1:{self.port}"

    def ask(
        self, path: str, method: str = "GET", body: bytes | None = None, **headers: str
    ) -> Answer:
        """One request; underscores in the names of headers stand for hyphens."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        with closing(connection):
            connection.request(method, path, body, named)
            with connection.getresponse() as response:  # closed, even where its end does not come
                return Answer(response.status, response.headers, response.read())

    def connect(
        self, request: bytes = b"", *, buffer: int = 0, host: str = "127.0.0.1"
    ) -> socket.socket:
        """A connection of a client at ``host`` that has sent ``request``.

        ``buffer`` is how many bytes it takes in before it is read from, if not as many as others.
        """
        line = socket.socket()
        if buffer:
            line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        line.settimeout(20)
        line.bind((host, 0))
        line.connect(("127.0.0.1", self.port))
        line.sendall(request)
        return line


@contextmanager
def serving(*arguments: str) -> Iterator[Server]:
    """``parkgraph serve`` as a user starts it, on a free port, until the block ends."""
    port = free_port()
    command = [sys.executable, "-m", "parkgraph", "serve", *arguments, "--port", str(port)]
    # A file, not a pipe: nobody reads along, and a full pipe would stop the server.
    with tempfile.TemporaryFile("w+") as said:
        process = subprocess.Popen(command, stderr=said, text=True)
        server = Server(port, process)
        try:
            _wait(server, said)
            yield server
        finally:
            process.terminate()
            process.wait(timeout=30)


def _wait(server: Server, said: IO[str]) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        try:
            if server.ask("/health").status == 200:
                return
        except OSError:
            time.sleep(0.02)
        if server.process.poll() is not None:
            break
    said.seek(0)
    raise AssertionError(f"the server did not start: {said.read()}")


@pytest.fixture(scope="session")
def server(release: Release) -> Iterator[Server]:
    """The release of this repository, served; tests must not change it."""
    with serving(str(ROOT), "--releases", str(release.folder.parent)) as running:
        yield running


@pytest.fixture(scope="module")
def whole(upstream: str) -> Iterator[Server]:
    """A server over the service that a module starts as ``upstream``."""
    with serving("--endpoint", upstream, "--base", "http://e.example/") as server:
        yield server


@pytest.fixture(scope="module")
def confined(upstream: str) -> Iterator[Server]:
    """The same over one graph of it alone."""
    only = ("--graphs", "http://e.example/x/open", "--base", "http://e.example/")
    with serving("--endpoint", upstream, *only) as server:
        yield server
