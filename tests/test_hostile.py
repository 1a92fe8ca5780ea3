"""Hostile requests to a real server: a clean answer to each, and the server as well as before."""

import re
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from parkgraph.release import Release
from tests.conftest import ROOT, Server, eventually, serving
from tests.hostile import (
    ADDRESSES,
    FIELD,
    NOISE,
    PATH,
    READ,
    WIRE,
    addresses,
    asked,
    exchange,
    headers,
    parameters,
    sound,
    status,
)
from tests.test_bombs import BOMBS, zombies
from tests.test_hostile_data import REFUSED, REMOTE, TAKEN, YAML
from tests.test_lending import Asking, helped
from tests.test_limits import HEADS, SLOW, holds, quiet

# All of it asks servers; of what this process runs, nothing is to be measured.
pytestmark = pytest.mark.unmeasured

HURRIED = settings(
    max_examples=60, deadline=None, database=None, suppress_health_check=list(HealthCheck)
)
#: Every so manyth of the addresses and parameters is asked here; all of them by ``make faults``.
STRIDE = 11


@pytest.fixture(scope="module")
def target(release: Release) -> Iterator[Server]:
    """A server of this module's own; in the end it has no more open than before."""
    with serving(str(ROOT), "--releases", str(release.folder.parent)) as running:
        for path in ADDRESSES * 3:
            running.ask(path)
        Asking(running, release).until(lambda: helped(running) > 10)  # noise may start one, too
        before = holds(running)
        yield running
        assert running.ask("/health").status == 200
        assert eventually(lambda: quiet(before, holds(running)), 20), (before, holds(running))
        assert not zombies(running.process.pid)


@pytest.mark.parametrize("name", WIRE)
def test_bytes(target: Server, name: str):
    """Malformed and ambiguous requests have one answer, and nothing follows it."""
    expected, data = WIRE[name]
    answer = exchange(target, data)

    assert sound(answer, data)
    assert status(answer) == expected


def test_parts_of_addresses(target: Server):
    """Traversal, bad encodings, injections in every place of every address: never a fault."""
    for path in list(addresses())[::STRIDE]:
        assert sound(exchange(target, asked(path)), path.encode()), path


def test_values_of_parameters(target: Server):
    """The same in every parameter, for data and for people."""
    for path in list(parameters())[::STRIDE]:
        for accept in (b"Accept: text/html", b"Accept: */*"):
            assert sound(exchange(target, asked(path, accept)), path.encode()), path


def test_values_of_headers(target: Server):
    """Every header that is read takes what it should never have."""
    for path, name, value in headers():
        line = name.encode() + b": " + value
        assert sound(exchange(target, asked(path, line)), line), (path, name, value[:80])


@HURRIED
@given(noise=NOISE)
@example(b"")
def test_noise(target: Server, noise: bytes):
    """Any bytes at all."""
    assert sound(exchange(target, noise, half=True), noise)


@HURRIED
@given(path=st.sampled_from(ADDRESSES), name=st.sampled_from(READ), value=FIELD)
def test_any_header(target: Server, path: str, name: str, value: bytes):
    """Any value of a header that is read."""
    line = name.encode() + b": " + value
    assert sound(exchange(target, asked(path, line)), line)


@HURRIED
@given(path=PATH)
def test_any_path(target: Server, path: str):
    """Any path."""
    assert sound(exchange(target, asked("/" + path)), path.encode())


def test_the_page_is_true():
    """docs/hostile.md says how much of each was tried."""
    page = (ROOT / "docs" / "hostile.md").read_text("utf-8")
    said = [int(number.replace(",", "")) for number in re.findall(r" \| ([\d,]+) \| ", page)]
    lists = (WIRE, [*addresses()], [*parameters()], [*headers()], HEADS, SLOW)
    files = (REFUSED, TAKEN, REMOTE, YAML)

    assert said == [len(tried) for tried in (*lists, *files, BOMBS)]
