"""Page processes: what they make is what the web process would, and nothing hangs on one."""

import asyncio
import os
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from functools import partial
from itertools import product
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import cast

import pytest
import uvloop
from hypothesis import given
from hypothesis import strategies as st

from parkgraph.index import Index
from parkgraph.pipeline import check
from parkgraph.publish import publish
from parkgraph.release import DERIVED, Release
from parkgraph.web.brief import Brief
from parkgraph.web.direct import document
from parkgraph.web.kept import Repeat
from parkgraph.web.renderers import PAUSE, Coming, Renderers, pack_answer, unpack_answers
from parkgraph.web.site import Site, open_site
from tests.conftest import ROOT, Answer, Server, descendants, eventually, serving
from tests.test_atonce import Clock, run
from tests.test_direct import LONG, NAMED, shown
from tests.test_faults import flip, gone, web_processes
from tests.test_operations import told, value
from tests.test_publish import LATER, new_edition

#: Each is another answer; so many, that a fast machine has not made all of them before a test ends.
CODINGS = ("identity", "gzip", "br", "zstd")
ALONE = ("gzip, identity;q=0", "br, identity;q=0", "zstd, identity;q=0")
#: Forms, languages and codings of which each is another answer.
AXES = [
    {"Accept": form, "Accept-Language": language, "Accept-Encoding": coding}
    for coding, language, form in product(
        (*CODINGS, *ALONE),
        ("en", "zh"),
        ("text/html", "text/turtle", "application/ld+json", "text/markdown"),
    )
]
CLIENTS = 8
WORDS = st.text(st.characters(exclude_characters="\n:", exclude_categories=["Cs"]), min_size=1)
MADE = st.builds(
    Repeat,
    route=WORDS,
    etag=WORDS,
    head=st.binary(min_size=1),
    body=st.binary(),
)


@given(answers=st.lists(st.none() | MADE, max_size=4), size=st.integers(1, 50))
def test_answers_come_in_pieces(answers: list[Repeat | None], size: int):
    """Whatever they are cut into, they are what was sent."""
    sent = b"".join(map(pack_answer, answers))
    held, found = bytearray(), []
    for start in range(0, len(sent), size):
        held += sent[start : start + size]
        found += unpack_answers(held)

    assert (found, held) == (answers, b"")


@pytest.fixture
def number() -> str:
    """How many page processes there may be."""
    return "2"


@pytest.fixture
def running(releases: Path, number: str) -> Iterator[Server]:
    """A server of its own, whose releases may be spoiled."""
    with serving(str(ROOT), "--releases", str(releases), "--page-processes", number) as server:
        yield server


def documents(release: Release) -> list[str]:
    """The addresses of all things."""
    base = release.manifest.base
    index = Index(release.folder / "derived" / DERIVED / "index.sqlite")
    found = index.documents(f"{base}id/", offset=0, limit=1000)
    index.close()
    return [iri.replace(f"{base}id/", "/doc/") for iri in found]


class Asking:
    """Clients that ask at once for answers that nobody has asked for before."""

    def __init__(self, server: Server, release: Release) -> None:
        self.answers: list[tuple[str, dict[str, str], Answer]] = []
        self._server, self._left = server, SimpleQueue[tuple[str, dict[str, str]]]()
        for axes, path in product(AXES, documents(release)):
            self._left.put((path, axes))

    def until(self, holds, clients: int = CLIENTS) -> bool:
        """Ask until something holds; False if all was asked for by then."""
        done = threading.Event()
        threads = [threading.Thread(target=self._ask, args=[done]) for _ in range(clients)]
        for thread in threads:
            thread.start()
        held = eventually(lambda: holds() or not any(t.is_alive() for t in threads)) and holds()
        done.set()
        for thread in threads:
            thread.join()
        return held

    def _ask(self, done: threading.Event) -> None:
        while not done.is_set():
            try:
                path, axes = self._left.get_nowait()
            except Empty:
                return
            self.answers.append((path, axes, self._server.ask(path, **axes, **NAMED)))


def made(server: Server) -> float:
    """How many documents page processes were asked for."""
    return value(told(server), "page_process_documents_total")


def renderers(server: Server) -> set[int]:
    """The page processes."""
    (web,) = web_processes(server)
    return {pid for pid in descendants(web) if b"parkgraph.web.renderer" in command(pid)}


def command(pid: int) -> bytes:
    """What a process was started with; nothing of one that has ended meanwhile."""
    with suppress(OSError):
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    return b""


@pytest.mark.parametrize("clients", [CLIENTS, 4 * CLIENTS])  # some documents wait, of so many
def test_they_make_what_flask_would(running: Server, release: Release, clients: int):
    """Every answer has the status, the bytes and the headers that it has by the longer way."""
    asking = Asking(running, release)
    assert asking.until(lambda: made(running) > 400 and len(renderers(running)) == 2, clients)

    assert value(told(running), "page_processes") == 2
    for path, axes, short in asking.answers:
        long = running.ask(path, **axes, **NAMED, **LONG)
        assert (short.status, short.body) == (200, long.body), (path, axes)
        assert sorted(shown(short.headers)) == sorted(shown(long.headers)), (path, axes)


def test_one_client_is_served_by_the_web_process(running: Server, release: Release):
    """Who asks for one thing after the other needs no other process, and none is started."""
    asking = Asking(running, release)
    assert asking.until(lambda: len(asking.answers) > 300, clients=1)

    assert not renderers(running)


PARK, TURTLE = "park/iasp-6112", ("text/turtle", None, None, None)
MANY = 40


def test_what_waits_is_made_by_whoever_is_free(release: Release):
    """One process and this one make what is asked for at once; threads, where that takes long."""
    site = open_site(release, "http://127.0.0.1/")
    try:
        whole, made, slow, full = run(uvloop.new_event_loop, partial(_asked, site))
    finally:
        site.index.close()

    assert set(made) == {whole}
    assert full is None
    assert whole in slow
    assert set(slow) == {whole, None}


async def _asked(site: Site, loop: asyncio.AbstractEventLoop) -> tuple[object, ...]:
    """A document; asked for many times; again, while one takes long; and once more then."""
    clock = Clock()
    brief = Brief(loop, clock)
    here = Renderers(site.release, site.public_url, 1, loop)
    ask = partial(here.document, PARK, TURTLE, partial(document, here=site), brief)
    try:
        brief.do(clock.go_on, 0.0001)
        while ask() is None:  # until there is a process that says hello
            await asyncio.sleep(0.001)
            brief.do(clock.go_on, 0.0001)
        made = await asyncio.gather(*(cast("Coming", ask()) for _ in range(MANY)))
        asked = here.asked
        assert ask() is None  # nothing else was asked for just now
        several = [cast("Coming", ask()) for _ in range(MANY)]
        brief.do(clock.go_on, 1.0)
        full = ask()
        async with asyncio.timeout(10):
            slow = await asyncio.gather(*several)
        assert 0 < asked < MANY + 2
        return document(PARK, TURTLE, site), made, slow, full
    finally:
        here.end()
        while here.running:
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("number", ["1"])  # which is ready then, and has questions
@pytest.mark.parametrize("sent", [signal.SIGKILL, signal.SIGSTOP])
def test_nothing_hangs_on_one(running: Server, release: Release, sent: signal.Signals):
    """Killed or stopped, they are ended and others come; every request has its answer."""
    asking = Asking(running, release)
    assert asking.until(lambda: made(running) > 10)
    first = renderers(running)
    for pid in first:
        os.kill(pid, sent)
    assert asking.until(lambda: gone(first))
    time.sleep(PAUSE)  # or all would have been asked for by then
    before = made(running)

    assert asking.until(lambda: made(running) > before + 100)
    assert not first & renderers(running)
    assert {answer.status for _, _, answer in asking.answers} == {200}


def test_none_tells_what_was_found_wrong(running: Server, release: Release, releases: Path):
    """They end with the index that they read; once it is mended there are others."""
    index = releases / release.folder.name / "derived" / DERIVED / "index.sqlite"
    good, asking = index.read_bytes(), Asking(running, release)
    assert asking.until(lambda: made(running) > 10)
    flip(index)
    assert eventually(lambda: not renderers(running))
    meanwhile = Asking(running, release)  # faults come fast, and are not kept
    assert meanwhile.until(lambda: len(meanwhile.answers) > 50)
    assert not {answer.status for _, _, answer in meanwhile.answers} & {200}
    assert not renderers(running)

    index.write_bytes(good)
    assert eventually(lambda: running.ask("/doc/park/iasp-6112.md").status == 200)
    time.sleep(PAUSE)  # or all would have been asked for by then
    before, after = made(running), Asking(running, release)
    assert after.until(lambda: made(running) > before + 10)
    assert {answer.status for _, _, answer in after.answers} == {200}


def test_they_leave_with_their_release(
    running: Server, release: Release, releases: Path, publication: Path
):
    """Another release has processes of its own; the end of the server leaves none."""
    asking = Asking(running, release)
    assert asking.until(lambda: made(running) > 10)
    first = renderers(running)
    os.kill(min(first), signal.SIGSTOP)  # what does not end by itself is made to
    new_edition(publication, 3)
    second = publish(check(publication), releases, LATER)
    assert eventually(lambda: second.folder.name in running.ask("/health").body.decode())
    assert eventually(lambda: gone(first))

    again = Asking(running, second)
    before = made(running)
    assert again.until(lambda: made(running) > before + 10)
    others = renderers(running)
    os.kill(min(others), signal.SIGSTOP)
    (web,) = web_processes(running)
    os.kill(web, signal.SIGKILL)
    assert eventually(lambda: gone(others))
