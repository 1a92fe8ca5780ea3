"""Reading a text: characters, offsets, labelled fields."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parkgraph.errors import ParkgraphError
from parkgraph.source import SourceText, fields, parse_text, repeated_fields
from tests.conftest import ROOT


def text(content: str) -> SourceText:
    return parse_text("x", "x.txt", content.encode())


def shown(content: str) -> list[tuple[str, int | None, list[str]]]:
    source = text(content)
    return [(f.label, f.number, [source.quote(v) for v in f.values]) for f in fields(source)]


def test_profile_is_verbatim():
    """The profile is the source's, byte for byte: its hash is the one that was read."""
    data = (ROOT / "data/profiles/iasp-6112.txt").read_bytes()
    source = parse_text("iasp-6112", "p", data)

    assert source.sha256 == "8d0d83c6b330e99b705d80c915803e5a51e260256c358be7ff8e0eaae181c7eb"
    assert (source.version, len(data), len(source.text)) == ("8d0d83c6", 2426, 2422)
    assert not source.text.endswith("\n")


def test_fields_of_the_profile():
    """Numbering restarts, values stand on several lines, three fields are empty, one at the end."""
    content = (ROOT / "data/profiles/iasp-6112.txt").read_text("utf-8")

    assert shown(content) == [
        ("Image gallery", None, []),
        ("Name", 1, ["Tsinghua University Science Park - TusPark"]),
        ("Location", 2, ["Beijing, China"]),
        ("Website", 1, []),
        ("Main technology sectors", 2, ["ICT & Communications", "Software Engineering"]),
        ("Type", 3, ["Science Park"]),
        ("Member category", 4, []),
    ]


def test_offsets_of_the_profile():
    """Blocks of fields lie where the fact inventory of the model says."""
    data = (ROOT / "data/profiles/iasp-6112.txt").read_bytes()
    found = fields(parse_text("iasp-6112", "p", data))

    assert [(f.block.start, f.block.end) for f in found] == [
        (44, 58),
        (2195, 2249),
        (2252, 2282),
        (2285, 2296),
        (2298, 2374),
        (2377, 2401),
        (2404, 2422),
    ]


CASES = [
    (
        "a heading is not the value of the one above",
        "Photos:\nHistory\n\nOld.",
        [("Photos", None, [])],
    ),
    ("a blank line closes a field", "Photos:\n\n    later", [("Photos", None, [])]),
    (
        "windows line ends",
        "1. Name\r\n    A B\r\n2. Type\r\n",
        [("Name", 1, ["A B"]), ("Type", 2, [])],
    ),
    ("trailing blanks are no value", "1. Name   \n    A   \n", [("Name", 1, ["A"])]),
    ("a tab indents", "1. Name\n\tA\n", [("Name", 1, ["A"])]),
    ("no-break spaces indent", "1.\u00a0Name\n\u00a0\u00a0 \u00a0A\u00a0\n", [("Name", 1, ["A"])]),
    ("two wide blanks indent", "1. Name\n\u3000\u3000A\u3000\n", [("Name", 1, ["A"])]),
    ("three blanks are no indent", "1. Name\n   A\n", [("Name", 1, [])]),
    ("a number in prose is no label", "We have 12. labs here", [("labs here", 12, [])][:0]),
    ("values keep their signs", "1. Name\n    ‹A› & B\n", [("Name", 1, ["‹A› & B"])]),
]


@pytest.mark.parametrize(("law", "content", "expected"), CASES, ids=[c[0] for c in CASES])
def test_fields(law: str, content: str, expected: list):
    """Labels stand alone on a line; values are the indented lines right below."""
    assert shown(content) == expected


def test_repeated_field_is_named_with_both_places():
    """A label that stands twice is a finding at the second place that names the first."""
    source = text("1. Name\n    A\n2. Name\n    B\n")
    (finding,) = repeated_fields(source, fields(source))

    assert (finding.code, finding.where) == ("PG203", "x.txt:3:1")
    assert "x.txt:1:1" in finding.help


def test_fields_in_other_scripts_are_told_apart():
    """Labels without the letters a-z are not one field; case alone tells no two."""
    source = text("1. 名称\n    甲\n2. 地址\n    乙\nC:\nC++:\nC++:\nc:\n")
    found = fields(source)

    assert [f.slug for f in found[:3]] == ["d44e9b3d", "37aac5b4", "c"]
    assert len({f.slug for f in found}) == 4
    assert [f.where for f in repeated_fields(source, found)] == ["x.txt:7:1", "x.txt:8:1"]


BAD = [
    (b"abc\n\xffd", "PG101", "x.txt:2:1"),
    ("ü\xa0\n".encode() + b"ab\xc3", "PG101", "x.txt:2:3"),
    (b"a\x00b", "PG102", "x.txt:1:2"),
    ("a\ufffe".encode(), "PG102", "x.txt:1:2"),
    (b"", "PG103", "x.txt"),
    (b" \n\t\n", "PG103", "x.txt"),
    ("\ufeff\n".encode(), "PG103", "x.txt"),
]


@pytest.mark.parametrize(("data", "code", "where"), BAD)
def test_unreadable_text(data: bytes, code: str, where: str):
    """What is not UTF-8, holds a control character, or is empty, is refused with its place."""
    with pytest.raises(ParkgraphError) as caught:
        parse_text("x", "x.txt", data)

    assert [(f.code, f.where) for f in caught.value.findings] == [(code, where)]


@given(st.text(alphabet=" \n\r.:1aé漢", max_size=60))
def test_fields_lie_in_the_text(content: str):
    """Whatever the text, blocks follow each other and values lie inside their block."""
    source = SourceText("x", "x.txt", content.encode(), content)
    found = fields(source)

    for before, after in pairwise(found):
        assert before.block.end <= after.block.start
    for field in found:
        assert 0 <= field.block.start < field.block.end <= len(content)
        for value in field.values:
            assert field.block.start < value.start < value.end <= field.block.end
            assert source.quote(value).strip() == source.quote(value) != ""
