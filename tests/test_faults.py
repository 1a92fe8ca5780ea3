"""What goes wrong around a running server: its files and its processes; docs/faults.md lists it."""

import os
import re
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote

import pytest

from parkgraph import derived
from parkgraph.pipeline import Checked, check
from parkgraph.publish import publish
from parkgraph.release import DERIVED
from parkgraph.web import prerender
from tests.conftest import ISSUED, ROOT, SIPS, Server, descendants, eventually, serving
from tests.test_operations import in_background
from tests.test_publish import KILLS as KILLED_BUILDS
from tests.test_publish import LATER, new_edition

#: How often in `make test`; tests/faults has the same in greater number.
KILLS = 5
SWITCHES = 6
POINTERS = [None, "", "no digest", "0" * 64, "../../etc\n", "\0" * 4096]

ASK = f"/sparql?query={quote('ASK { ?s ?p ?o }')}"
DOCUMENT = "/doc/park/iasp-6112.ttl"


@pytest.fixture(scope="module")
def root(checked: Checked, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of releases to be spoiled and mended; the release has a store on disk."""
    folder = tmp_path_factory.mktemp("spoiled")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(derived, "WORTHWHILE", 0)
        publish(checked, folder, ISSUED)
    return folder


@pytest.fixture(scope="module")
def spoiled(root: Path) -> Iterator[Server]:
    """A server whose queries are asked on disk alone."""
    with serving(str(ROOT), "--releases", str(root), "--query-store", "disk") as running:
        yield running


def release_of(root: Path) -> Path:
    return root / (root / "current").read_text()[:12]


def status(running: Server, path: str, **headers: str) -> int:
    """0 where there was no answer."""
    try:
        return running.ask(path, **headers).status
    except OSError:
        return 0


def fresh(path: str) -> str:
    """The same address in a form that no cache has met."""
    return f"{path}{'&' if '?' in path else '?'}n={time.monotonic_ns()}"


#: A file of a release, and an address that is made from it; «…» is the release.
FILES = [
    ("parkgraph.nt", "/release/…/parkgraph.nt"),
    ("parkgraph.ttl.gz", "/release/…/parkgraph.ttl.gz"),
    ("source/iasp-6112/8d0d83c6.txt", "/source/iasp-6112/8d0d83c6.txt"),
    ("manifest.json", "/release/…/manifest.json"),
    ("SHA256SUMS", "/release/…/SHA256SUMS"),
    (f"derived/{DERIVED}/index.sqlite", DOCUMENT),
    (f"derived/{DERIVED}/search.sqlite", "/search?q=park"),
    (f"derived/{DERIVED}/lists.sqlite", "/park"),
    (f"derived/{DERIVED}/report.ttl", "/report?format=ttl"),
    (f"derived/{DERIVED}/shapes.ttl", "/shapes.ttl"),
    (f"derived/{DERIVED}/dataset.ttl", "/dataset.ttl"),
    (f"derived/{DERIVED}/store/CURRENT", ASK),
]
#: Files that nearly everything is read from.
CENTRAL = {f"derived/{DERIVED}/index.sqlite", f"derived/{DERIVED}/dataset.ttl"}
OTHERS = [file for file in FILES if file[0] not in CENTRAL]
#: Files that are spoiled at once, for each look at them takes the server a second.
TOGETHER = [OTHERS[::2], OTHERS[1::2], *([file] for file in FILES if file[0] in CENTRAL)]


@pytest.mark.parametrize("together", TOGETHER, ids=lambda files: files[0][0])
def test_what_is_found_wrong_is_not_served(
    spoiled: Server, root: Path, together: list[tuple[str, str]]
):
    """Changed or removed, files are refused by name; all else goes on; restored, they are served.

    What is not spoiled in one turn is in another, so each file goes on while another is wrong.
    """
    folder = release_of(root)
    addresses = {path: address.replace("…", folder.name) for path, address in FILES}
    wrong = {path: addresses.pop(path) for path, _ in together}
    good = {folder / path: (folder / path).read_bytes() for path in wrong}
    assert eventually(lambda: served(spoiled, [*addresses.values(), *wrong.values()]))

    for spoil in (flip, Path.unlink):
        for file in good:
            spoil(file)
        refused = eventually(lambda: all(named(spoiled, wrong[path], path) for path in wrong))
        others = [] if CENTRAL & {*wrong} else [*addresses.values()]
        went_on = served(spoiled, others)
        well = status(spoiled, "/health")
        for file, data in good.items():
            file.write_bytes(data)

        assert refused
        assert went_on
        assert well == 200
        assert eventually(lambda: served(spoiled, [*wrong.values()]))


def test_an_index_is_damaged_before_that_is_noticed(spoiled: Server, root: Path):
    """A query of one thing goes to the store then, and is refused with a reason once it is."""
    index = release_of(root) / f"derived/{DERIVED}/index.sqlite"
    query = "SELECT ?p ?o { <https://w3id.org/parkgraph/id/park/iasp-6112> ?p ?o } LIMIT "
    good, said = index.read_bytes(), []
    assert eventually(lambda: served(spoiled, [DOCUMENT]))
    index.write_bytes(good[:4096] + bytes(len(good) - 4096))
    try:
        for number in range(40):
            got = spoiled.ask(f"/sparql?query={quote(query)}{50 + number}")
            said.append((got.status, b"PG504" in got.body))
            time.sleep(0.05)
    finally:
        index.write_bytes(good)

    assert eventually(lambda: served(spoiled, [DOCUMENT]))
    assert said[0] == (200, False)
    assert set(said) == {(200, False), (500, True)}


def test_a_dump_that_is_cut_short_while_it_is_sent(spoiled: Server, root: Path):
    """The connection ends with what was there: what comes next is not taken for the rest."""
    file = release_of(root) / "parkgraph.nq"
    address, good = f"/release/{file.parent.name}/{file.name}", file.read_bytes()
    assert eventually(lambda: served(spoiled, [address]))
    request = f"GET {address} HTTP/1.1\r\nHost: x\r\n\r\n".encode()
    with spoiled.connect(request, buffer=SIPS) as line:
        got = line.recv(2048)
        os.truncate(file, 0)
        line.sendall(b"GET /health HTTP/1.1\r\nHost: x\r\n\r\n")
        with suppress(ConnectionResetError):
            while piece := line.recv(65536):
                got += piece
    file.write_bytes(good)
    head, _, body = got.partition(b"\r\n\r\n")

    assert head.startswith(b"HTTP/1.1 200")
    assert b"connection: close" not in head
    assert 0 < len(body) < len(good)
    assert good.startswith(body)
    assert eventually(lambda: served(spoiled, [address]))


#: Of a server with one web process, at rest on two cores.
PROCESSES = 6
#: How the SHA-256 of no bytes begins.
EMPTY = sha256().hexdigest()[:12]

#: Takes a few seconds, and may be kept.
SLOW = "SELECT (COUNT(*) AS ?n) { { SELECT * { ?a ?b ?c . ?d ?e ?f } LIMIT 8000000 } }"


def test_what_was_begun_before_a_finding_is_not_kept(root: Path):
    """An answer that is being made when a file is found wrong is given once, and not again.

    One that is being made while the file is found wrong in another way is kept. The server is a new
    one: what is kept goes with a release that is taken up once more, as after other tests.
    """
    file = release_of(root) / f"derived/{DERIVED}/search.sqlite"
    good, asked = file.read_bytes(), f"/sparql?query={quote(SLOW)}"
    options = ("--releases", str(root), "--query-store", "disk")
    with serving(str(ROOT), *options) as running:
        assert eventually(lambda: served(running, ["/search?q=park"]))

        thread, got = in_background(running, asked)
        flip(file)
        found = eventually(lambda: named(running, "/search?q=park"))
        under_way = not got
        thread.join()
        before = hits(running)
        thread, again = in_background(running, asked)
        file.write_bytes(b"")
        worse = eventually(lambda: named(running, "/search?q=park", f"SHA-256 {EMPTY}"))
        still = not again
        thread.join()
        after = hits(running)
        kept = running.ask(asked).status, hits(running)
        file.write_bytes(good)

        assert (found, under_way) == (True, True)
        assert (worse, still) == (True, True)
        assert [answer.status for answer in (*got, *again)] == [200, 200]
        assert (after, kept) == (before, (200, before + 1))
        assert eventually(lambda: served(running, ["/search?q=park"]))


def hits(running: Server) -> int:
    """How often something was answered from a cache."""
    said = running.ask("/metrics").body.decode()
    return sum(map(int, re.findall(r"^parkgraph_cache_hits_total\{.*\} (\d+)", said, re.MULTILINE)))


def flip(file: Path) -> None:
    """Change one bit."""
    data = file.read_bytes()
    file.write_bytes(data[:-9] + bytes((data[-9] ^ 1,)) + data[-8:])


def served(running: Server, paths: list[str]) -> bool:
    return all(status(running, fresh(path)) == 200 for path in paths)


def named(running: Server, address: str, file: str = "") -> bool:
    """Whether an address is refused, and the finding named, with its file."""
    answer = running.ask(fresh(address), Accept="application/json")
    code = b"pg503" in answer.body or b"pg504" in answer.body
    return answer.status == 500 and code and file.encode() in answer.body


def test_the_folder_of_a_release_is_lost(spoiled: Server, root: Path):
    """Without its folder every address of a release is refused; the server recovers."""
    folder = release_of(root)
    lost = root / "lost"
    folder.rename(lost)
    files = [DOCUMENT, ASK, f"/release/{folder.name}/parkgraph.nt"]
    refused = eventually(lambda: all(named(spoiled, path) for path in files))
    well = status(spoiled, "/health")
    lost.rename(folder)

    assert refused
    assert well == 200
    assert eventually(lambda: [status(spoiled, fresh(path)) for path in files] == [200] * 3)


@pytest.mark.parametrize("text", POINTERS)
def test_a_pointer_that_leads_nowhere(spoiled: Server, root: Path, text: str | None):
    """The release that is served goes on, whatever becomes of the pointer."""
    pointer, good = root / "current", (root / "current").read_bytes()
    pointer.unlink()
    if text is not None:
        pointer.write_text(text)
    time.sleep(1.2)
    served = [status(spoiled, fresh(path)) for path in (DOCUMENT, ASK)]
    pointer.unlink(missing_ok=True)
    pointer.write_bytes(good)

    assert served == [200, 200]
    assert eventually(lambda: [status(spoiled, fresh(path)) for path in (DOCUMENT, ASK)] == served)


def web_processes(running: Server) -> list[int]:
    """The children of the starter."""
    tasks = Path(f"/proc/{running.process.pid}/task").glob("*/children")
    return [int(pid) for task in tasks for pid in task.read_text().split()]


def gone(pids: set[int]) -> bool:
    return not any(Path(f"/proc/{pid}").exists() for pid in pids)


@pytest.mark.parametrize("pointer", [None, "0" * 64])
def test_one_of_two_that_does_not_last(releases: Path, pointer: str | None):
    """While another one runs, a web process that dies at once or cannot start is tried again."""
    current, good = releases / "current", (releases / "current").read_text()
    options = ("--releases", str(releases), "--web-processes", "2", "--query-workers", "1")
    with serving(str(ROOT), *options) as running:
        assert eventually(lambda: len(web_processes(running)) == 2)
        first, other = web_processes(running)
        current.write_text(pointer or good)
        os.kill(first, signal.SIGKILL)
        if pointer is None:
            assert eventually(lambda: len({first, other, *web_processes(running)}) == 3)
            os.kill(*({*web_processes(running)} - {first, other}), signal.SIGKILL)
        else:
            time.sleep(2)
        assert eventually(lambda: web_processes(running) == [other])
        assert status(running, fresh(DOCUMENT)) == 200
        current.write_text(good)
        assert eventually(lambda: len(web_processes(running)) == 2)
        assert eventually(lambda: [status(running, fresh(DOCUMENT)) for _ in "12345"] == [200] * 5)


@pytest.mark.parametrize("number", ["1", "2"])
def test_a_killed_web_process_is_started_again(root: Path, number: str):
    """With its query processes it is gone; another answers, and the end leaves nothing."""
    options = ("--releases", str(root), "--web-processes", number)
    with serving(str(ROOT), *options) as running:
        assert eventually(lambda: len(web_processes(running)) == int(number))
        victim = web_processes(running)[0]
        family = {victim, *descendants(victim)}
        os.kill(victim, signal.SIGKILL)
        assert eventually(lambda: gone(family))
        assert status(running, fresh(DOCUMENT)) == 200  # who comes meanwhile waits in a line
        assert eventually(lambda: len(web_processes(running)) == int(number))
        assert eventually(lambda: [status(running, fresh(DOCUMENT)) for _ in "12345"] == [200] * 5)
        assert eventually(lambda: status(running, fresh(ASK)) == 200)
        left = descendants(running.process.pid)

    assert eventually(lambda: gone(left))


def test_killed_query_processes_are_back_within_a_second(root: Path):
    """Light requests go on while workers and their parent are killed; queries fail cleanly."""
    queries_are_killed(root, KILLS)


def queries_are_killed(root: Path, times: int) -> None:
    """Kill workers, and every second time their parent, under load."""
    with serving(str(ROOT), "--releases", str(root)) as running:
        light, asked = Crowd(running, DOCUMENT), Crowd(running, ASK)
        with light, asked:
            for turn in range(times):
                (web,) = web_processes(running)
                for pid in sorted(descendants(web))[turn % 2 :]:
                    with suppress(ProcessLookupError):  # it has ended with its parent
                        os.kill(pid, signal.SIGKILL)
                assert eventually(lambda: status(running, fresh(ASK)) == 200, 10)

        assert set(light.statuses) == {200}
        assert set(asked.statuses) <= {200, 503}


class Crowd:
    """Clients that ask for an address on and on, never the same twice."""

    def __init__(self, running: Server, path: str, clients: int = 2, **headers: str) -> None:
        self.statuses: list[int] = []
        self._running, self._path, self._headers = running, path, headers
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._go_on) for _ in range(clients)]

    def _go_on(self) -> None:
        while not self._stop.is_set():
            self.statuses.append(status(self._running, fresh(self._path), **self._headers))

    def __enter__(self) -> "Crowd":
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()


def held(running: Server) -> tuple[int, int]:
    """Open files of the web process, and how many processes it has."""
    (web,) = web_processes(running)
    files = [entry.readlink() for entry in Path(f"/proc/{web}/fd").iterdir() if entry.is_symlink()]
    return len([path for path in files if "socket" not in str(path)]), len(descendants(web))


def switched(running: Server, root: Path, names: list[str], times: int) -> set[int]:
    """Point at one release after the other, under load; the statuses that clients saw."""
    with Crowd(running, DOCUMENT) as light, Crowd(running, ASK) as asked:
        for turn in range(times):
            name = names[turn % len(names)]
            (root / "new").write_text(f"{name}\n")
            (root / "new").rename(root / "current")
            assert eventually(lambda n=name: n in running.ask("/health").body.decode())
    return {*light.statuses, *asked.statuses}


def two_releases(checked: Checked, publication: Path, root: Path) -> list[str]:
    """The names of two releases of slightly different content, both as large ones are."""
    new_edition(publication, 3)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(derived, "WORTHWHILE", 0)
        patch.setattr("parkgraph.publish.WORTHWHILE", 0)
        first = publish(checked, root, ISSUED, prerender=prerender)
        second = publish(check(publication), root, LATER, prerender=prerender)
    return [first.folder.name, second.folder.name]


# The switch itself is measured by tests/test_live.py.
@pytest.mark.unmeasured
def test_switches_leave_nothing_behind(checked: Checked, publication: Path, tmp_path: Path):
    """Under load from release to release and back: no request fails, no file or process stays."""
    switches_leave_nothing(checked, publication, tmp_path / "releases", SWITCHES)


def switches_leave_nothing(checked: Checked, publication: Path, root: Path, times: int) -> None:
    """Switch under load, and hold files and processes against those of before."""
    names = two_releases(checked, publication, root)
    with serving(str(publication), "--releases", str(root)) as running:
        switched(running, root, names, 2)
        assert eventually(lambda: held(running)[1] == PROCESSES)
        before = held(running)[0]
        statuses = switched(running, root, names, times)

        assert statuses == {200}
        assert eventually(lambda: held(running)[1] <= PROCESSES)
        assert eventually(lambda: held(running)[0] <= before + 4)


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to mount a small disk")
def test_no_room_for_large_results(root: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Where the temporary folder is full a large result is refused, the small ones go on."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(disk)]
    if subprocess.run(mount, check=False, capture_output=True).returncode != 0:
        pytest.skip("this system lets nobody mount")
    large = f"/sparql?query={quote('SELECT * { ?a ?b ?c . ?d ?e ?f } LIMIT 40000')}"
    try:
        monkeypatch.setenv("TMPDIR", str(disk))
        with serving(str(ROOT), "--releases", str(root)) as running:
            refused = [running.ask(fresh(large), Accept="text/csv") for _ in range(3)]
            others = [status(running, fresh(path)) for path in (ASK, DOCUMENT)]
        left = [path for path in disk.iterdir() if path.stat().st_size > 0]
    finally:
        subprocess.run(["umount", str(disk)], check=True)

    assert [answer.status for answer in refused] == [503] * 3
    assert b"no room" in refused[0].body
    assert others == [200, 200]
    assert left == []


#: Where the program looks at a clock that may jump: for the time of a build, of a log's line, and
#: of what an endpoint is taken to be issued at.
CLOCKS = {"cli.py", "endpoint.py", "watch.py"}


def test_no_deadline_hangs_on_the_time_of_day():
    """Budgets, pauses and intervals are of the clock that only goes forward."""
    found = {
        path.name
        for path in (ROOT / "src/parkgraph").rglob("*.py")
        if re.search(r"\btime\.time(_ns)?\(|datetime\.now|utcnow", path.read_text("utf-8"))
    }

    assert found == CLOCKS


#: How often each fault is tried, by its test, as docs/faults.md says.
TRIED = {
    "test_what_is_found_wrong_is_not_served": 2 * len(FILES),
    "test_the_folder_of_a_release_is_lost": 1,
    "test_a_pointer_that_leads_nowhere": len(POINTERS),
    "test_a_killed_web_process_is_started_again": 2,
    "test_one_of_two_that_does_not_last": 2,
    "test_killed_query_processes_are_back_within_a_second": KILLS,
    "test_switches_leave_nothing_behind": SWITCHES,
    "test_no_room_for_large_results": 3,
    "test_no_deadline_hangs_on_the_time_of_day": 1,
    "test_kill_at_any_moment": KILLED_BUILDS,
}


def test_the_list_of_faults_is_true():
    """Each row of docs/faults.md names a test that is there, and how often it tries."""
    from tests.faults.test_processes import TRIED as LONGER

    text = (ROOT / "docs/faults.md").read_text("utf-8")
    rows = re.findall(r"\| ([\d,]+) \| `tests/([\w/]+\.py)::(\w+)` \|", text)
    counts = {name: int(count.replace(",", "")) for count, _, name in rows}
    sources = {file: (ROOT / "tests" / file).read_text("utf-8") for _, file, _ in rows}

    assert {**TRIED, **LONGER}.items() <= counts.items()
    assert all(f"def {name}(" in sources[file] for _, file, name in rows)
