"""YAML with places: plain data, or a clear refusal."""

from contextlib import suppress
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parkgraph.errors import ParkgraphError
from parkgraph.yamlfile import parse_yaml


def test_values_and_places():
    """Every value has its line and column; numbers are exact; the rest is text."""
    file = parse_yaml(b"a: 1\nb:\n  - {c: 1.50, d: 007}\n  - 2026-01-01\ne: yes\nf: ~\n", "x.yaml")

    assert file.value == {
        "a": 1,
        "b": [{"c": Decimal("1.50"), "d": "007"}, "2026-01-01"],
        "e": True,
        "f": None,
    }
    assert file.where("b", 0, "d") == "x.yaml:3:18"
    assert file.where("b", 1) == "x.yaml:4:5"
    assert file.where("b", 0, "absent") == "x.yaml:3:5"


BAD = [
    ("does not parse", b"a: 1\n b: 2", "PG110", "x.yaml:2:3"),
    ("not UTF-8", b"a: \xff", "PG110", "x.yaml:1:1"),
    ("a key that is no word", b"? [1]\n: 2", "PG110", "x.yaml:1:3"),
    ("two documents", b"a: 1\n---\nb: 2", "PG110", "x.yaml:2:1"),
    ("huge", b"a: " + b"x" * 1_000_001, "PG111", "x.yaml"),
    ("many values", b"[" + b"1," * 10_000 + b"1]", "PG111", "x.yaml:1:20000"),
    ("deep", b"[" * 40, "PG111", "x.yaml:1:33"),
    ("an alias", b"a: &x 1\nb: *x", "PG112", "x.yaml:2:4"),
    ("a billion laughs", b"a: &a [1]\nb: &b [*a,*a]\nc: [*b,*b]", "PG112", "x.yaml:2:8"),
    ("a tag", b"a: !!python/name:os.system x", "PG112", "x.yaml:1:4"),
    ("a key twice", b"a: 1\na: 2", "PG113", "x.yaml:2:1"),
]


@pytest.mark.parametrize(("law", "data", "code", "where"), BAD, ids=[b[0] for b in BAD])
def test_refused(law: str, data: bytes, code: str, where: str):
    """What a reading never needs is refused, with its place."""
    with pytest.raises(ParkgraphError) as caught:
        parse_yaml(data, "x.yaml")

    assert [(f.code, f.where) for f in caught.value.findings] == [(code, where)]


@given(st.binary(max_size=200))
def test_any_bytes(data: bytes):
    """Any bytes are data or a refusal with a code, never another exception."""
    with suppress(ParkgraphError):
        parse_yaml(data, "x.yaml")
