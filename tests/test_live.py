"""A running server and its releases: start, swap, corruption, the end."""

import gc
import os
import re
import shutil
import threading
import time
import weakref
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import quote

import pytest

from parkgraph.pipeline import check
from parkgraph.publish import publish
from parkgraph.query import Budget
from parkgraph.release import Release, open_release
from parkgraph.web.live import Live
from tests.conftest import ROOT, Server, alive, descendants, serving
from tests.test_publish import LATER, new_edition


def test_the_first_request_is_answered_soon(release: Release):
    """With the release there, serve answers within ten seconds of its start on any machine.

    How soon is measured in benchmarks/.
    """
    begin = time.monotonic()
    with serving(str(ROOT), "--releases", str(release.folder.parent)) as running:
        assert running.ask("/doc/park/iasp-6112").status == 200
        took = time.monotonic() - begin

    assert took < 10


def test_nothing_outlives_the_server(release: Release):
    """When the server ends, its query processes end too."""
    with serving(str(ROOT), "--releases", str(release.folder.parent)) as running:
        started = descendants(running.process.pid)
        assert len(started) >= 3
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and any(map(alive, started)):
        time.sleep(0.05)

    assert not [pid for pid in started if alive(pid)]


def test_a_new_release_is_taken_up_without_a_failed_request(publication: Path, releases: Path):
    """While requests go on, the server moves to the new release, and none of them fails."""
    old = open_release(releases)
    with serving(str(publication), "--releases", str(releases)) as running:
        statuses: list[int] = []
        stop = threading.Event()

        def keep_asking() -> None:
            while not stop.is_set():
                statuses.append(running.ask("/doc/site/iasp-6112").status)
                statuses.append(running.ask("/sparql?query=ASK%20%7B%7D").status)

        client = threading.Thread(target=keep_asking)
        client.start()
        new_edition(publication, 7)
        new = publish(check(publication), releases, LATER)
        deadline = time.monotonic() + 20
        while new.folder.name not in health(running) and time.monotonic() < deadline:
            time.sleep(0.05)
        served, note = health(running), running.ask("/document/iasp-6112.nt").body
        stop.set()
        client.join()

    assert new.folder != old.folder
    assert new.folder.name in served
    assert b"edition 7" in note
    assert set(statuses) == {200}


def test_what_is_derived_anew_is_taken_up_without_a_failed_request(
    publication: Path, releases: Path
):
    """A build of the same content with another title and other rules is no fault of a file."""
    old, statuses = open_release(releases), Counter[tuple[str, int]]()
    paths = ("/", "/shapes.html", "/doc/park/iasp-6112", "/sparql?query=ASK%20%7B%7D")
    with serving(str(publication), "--releases", str(releases)) as running:
        title = publication / "data/dataset.ttl"
        title.write_text(title.read_text("utf-8").replace('"@en', ' anew"@en'), "utf-8")
        with (publication / "shapes/park.ttl").open("a", encoding="utf-8") as shapes:
            shapes.write("# A remark.\n")
        tagged = running.ask("/").headers["ETag"]
        time.sleep(2.5)  # its files have been looked at
        bomb = "SELECT (COUNT(*) AS ?n) { ?a ?b ?c . ?d ?e ?f . ?g ?h ?i }"
        with ThreadPoolExecutor() as pool:  # it holds what was served when it came
            held = pool.submit(running.ask, f"/sparql?timeout=8&query={quote(bomb)}")
            time.sleep(0.3)
            same = publish(check(publication), releases, LATER)
            deadline = time.monotonic() + 20
            while running.ask("/").headers["ETag"] == tagged and time.monotonic() < deadline:
                statuses.update((path, running.ask(path).status) for path in paths)
            assert held.result().status == 503
        told = running.ask("/metrics").body.decode()
        switches = re.search(r"^parkgraph_release_switches_total (\S+)", told, re.MULTILINE)
        page, rules = running.ask("/", Accept="text/html"), running.ask("/shapes.ttl")
        changed = running.ask("/", If_Modified_Since="Sun, 22 Nov 2026 12:00:00 GMT")

    assert same.folder == old.folder
    assert {status for _, status in statuses} == {200}
    assert b" anew" in page.body
    assert (page.status, rules.status, changed.status) == (200, 200, 200)
    assert switches
    assert float(switches[1]) <= 2  # by what is derived, and by the pointer


def test_a_closed_edition_is_let_go_of(publication: Path, releases: Path):
    """With another release goes all that was kept of the one before, though a circle holds it."""
    live = Live(releases, "http://127.0.0.1/", Budget(workers=1))
    gc.disable()  # nothing but the switch is to collect it
    try:
        first = live.acquire()
        circle: list[object] = [first]
        circle.append(circle)
        gone = weakref.ref(first)
        live.release(first)
        del first, circle
        new_edition(publication, 7)
        new = publish(check(publication), releases, LATER)
        deadline = time.monotonic() + 20
        while gone() is not None and time.monotonic() < deadline:
            live.release(live.acquire())
            time.sleep(0.05)
        assert live.acquire().site.release.folder == new.folder
        assert gone() is None
    finally:
        gc.enable()
        live.close()


def health(running: Server) -> str:
    return running.ask("/health").body.decode()


def test_a_broken_new_release_is_not_taken_up(publication: Path, releases: Path):
    """A pointer to a release that cannot be opened leaves the old one served."""
    old = open_release(releases)
    with serving(str(publication), "--releases", str(releases)) as running:
        (releases / "new").write_text("0" * 64 + "\n")
        (releases / "new").rename(releases / "current")
        time.sleep(1)
        running.ask("/health")

        assert old.folder.name in health(running)
        assert running.ask("/doc/park/iasp-6112").status == 200


def test_files_that_come_after_their_pointer(
    publication: Path, releases: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    """A release whose pointer is there first is taken up with its files; why not is said once."""
    new_edition(publication, 9)
    elsewhere = shutil.copytree(releases, tmp_path / "elsewhere")
    new = publish(check(publication), elsewhere, LATER).folder
    live = Live(releases, "http://127.0.0.1/", Budget(workers=1))

    def name() -> str:
        live.release(edition := live.acquire())
        return edition.site.manifest.name

    def served(name_: str, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while name() != name_ and time.monotonic() < deadline:
            time.sleep(0.05)
        return name() == name_

    try:
        shutil.copy(elsewhere / "current", releases)
        early = served(new.name, 3)
        shutil.copytree(new, releases / new.name)
        late = served(new.name, 20)
    finally:
        live.close()

    assert (early, late) == (False, True)
    assert [f"no release {new.name} here" in said for said in caplog.messages] == [True]


def test_a_file_found_wrong_is_not_served(publication: Path, releases: Path):
    """A file that changed under a release answers 500 and is named; the others go on."""
    old = open_release(releases)
    with serving(str(publication), "--releases", str(releases)) as running:
        assert running.ask(f"/release/{old.folder.name}/parkgraph.nt").status == 200
        new_edition(publication, 8)
        new = publish(check(publication), releases, LATER)
        wrong = new.folder / "parkgraph.ttl"
        wrong.write_bytes(wrong.read_bytes().replace(b"TusPark", b"TusParq"))
        deadline = time.monotonic() + 20
        status = 200
        while status != 500 and time.monotonic() < deadline:
            time.sleep(0.05)
            status = running.ask(f"/release/{new.folder.name}/parkgraph.ttl").status
        problem = running.ask(f"/release/{new.folder.name}/parkgraph.ttl").body

        assert status == 500
        assert b"PG504" in problem
        assert running.ask(f"/release/{new.folder.name}/parkgraph.nt").status == 200


def test_old_sources_go_on_being_served(publication: Path, releases: Path):
    """Sources that do not build any more leave the release of before served."""
    old = open_release(releases)
    (publication / "data/concepts/extra.ttl").write_text("<urn:a> <urn:b> [] .\n")
    with serving(str(publication), "--releases", str(releases)) as running:
        assert old.folder.name in health(running)


@pytest.mark.skipif(os.geteuid() != 0, reason="files of another user need root")
def test_serving_needs_no_right_to_write(releases: Path):
    """A release in a folder that cannot be written is served all the same."""
    for path in [releases, *releases.rglob("*")]:
        path.chmod(0o555 if path.is_dir() else 0o444)
    with serving(str(ROOT), "--releases", str(releases)) as running:
        assert running.ask("/doc/park/iasp-6112").status == 200
