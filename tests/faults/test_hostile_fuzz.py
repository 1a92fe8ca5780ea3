"""Hostile requests at length: every address and parameter, and thousands that are made up."""

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.conftest import Server
from tests.hostile import (
    ADDRESSES,
    FIELD,
    NOISE,
    PATH,
    READ,
    addresses,
    asked,
    exchange,
    parameters,
    sound,
)
from tests.test_hostile import target

__all__ = ["target"]

LONG = settings(
    max_examples=2000,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
    phases=[Phase.generate, Phase.shrink],
)

pytestmark = [pytest.mark.timeout(1800)]


def test_every_address(target: Server):
    """Every hostile part in every place of every address."""
    for path in addresses():
        assert sound(exchange(target, asked(path)), path.encode()), path


def test_every_parameter(target: Server):
    """Every hostile value in every parameter of every address."""
    for path in parameters():
        for accept in (b"Accept: text/html", b"Accept: */*"):
            assert sound(exchange(target, asked(path, accept)), path.encode()), path


@LONG
@given(noise=NOISE)
def test_noise(target: Server, noise: bytes):
    """Any bytes at all."""
    assert sound(exchange(target, noise, half=True), noise)


@LONG
@given(path=st.sampled_from(ADDRESSES), name=st.sampled_from(READ), value=FIELD)
def test_any_header(target: Server, path: str, name: str, value: bytes):
    """Any value of a header that is read."""
    line = name.encode() + b": " + value
    assert sound(exchange(target, asked(path, line)), line)


@LONG
@given(path=PATH)
def test_any_path(target: Server, path: str):
    """Any path."""
    assert sound(exchange(target, asked("/" + path)), path.encode())
