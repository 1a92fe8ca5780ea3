"""Planted faults: each is caught by the right rule, at the line that caused it."""

from collections.abc import Callable
from pathlib import Path

import pytest

from parkgraph.errors import Severity
from parkgraph.pipeline import check

READING = "data/profiles/iasp-6112.yaml"
TEXT = "data/profiles/iasp-6112.txt"
EXTRA = "data/concepts/extra.ttl"
T09 = 'figure: {indicator: resident-organizations, value: 1500, unit: NUM, bound: more-than, verbatim: "1,500"}'
HEAD = """@prefix park: <https://w3id.org/parkgraph/def#> .
@prefix rdf: <http://www.w3.org/1999/02/22-rdf-syntax-ns#> .
@prefix schema: <https://schema.org/> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .

"""

IN_THE_READING = [
    (
        "a bound dropped",
        T09,
        T09.replace(" bound: more-than,", ""),
        "PG411",
        "figure: {indicator: resident",
    ),
    (
        "a bound lost",
        T09,
        T09.replace("more-than", "as-stated"),
        "PG412",
        'as-stated, verbatim: "1,500"',
    ),
    (
        "a bound that no word says",
        "unit: M2, bound: as-stated",
        "unit: M2, bound: more-than",
        "PG412",
        'more-than, verbatim: "770',
    ),
    ("hectares for square metres", "unit: M2", "unit: HA", "PG413", "HA, bound"),
    ("half a company", "value: 1000,", "value: 1000.5,", "PG220", "1000.5"),
    (
        "m2 for ㎡ in a quote",
        "quote: a building area of 770,000㎡",
        "quote: a building area of 770,000m2",
        "PG201",
        "a building area of 770,000m2",
    ),
    (
        "praise that asserts",
        "    quote: it has become a world-class university science park\n    kind: self-assessment\n    standing: promotional\n",
        "    quote: it has become a world-class university science park\n    kind: self-assessment\n    standing: promotional\n    asserts:\n      - {property: skos:altLabel, text: world-class}\n",
        "PG421",
        "- {property: skos:altLabel, text: world-class}",
    ),
    (
        "two strategies of three",
        "      - {property: park:hasStrategy, object: strategy/iasp-6112-sub-park-development}\n  - id: T13a",
        "  - id: T13a",
        "PG429",
        "3\n    asserts:\n      - {property: park:hasStrategy",
    ),
]


@pytest.mark.parametrize(
    ("law", "old", "new", "code", "at"), IN_THE_READING, ids=[r[0] for r in IN_THE_READING]
)
def test_in_the_reading(
    publication: Path,
    edit: Callable[[str, str, str], None],
    law: str,
    old: str,
    new: str,
    code: str,
    at: str,
):
    """A fault in the reading is told at its line there."""
    edit(READING, old, new)
    text = (publication / READING).read_text("utf-8")
    line = text.count("\n", 0, text.index(at)) + 1
    found = [f for f in check(publication).findings if f.code == code]

    assert found
    assert found[0].where.startswith(f"{READING}:{line}:"), found[0]


BASE = "<https://w3id.org/parkgraph/"
IN_TURTLE = [
    (
        "a value in an empty field",
        f'{BASE}document/iasp-6112#field-website> park:fieldValue "http://example.org/" .',
        "PG419",
        {6},
    ),
    (
        "a claim without evidence",
        f"{BASE}document/iasp-6112#claim-X1> a park:Claim ;\n  park:about {BASE}id/park/iasp-6112> ;\n  park:standing {BASE}id/concept/standing/checkable> .",
        "PG407",
        {6},
    ),
    ("an orphan triple", f'{BASE}id/park/iasp-6112> schema:foundingDate "1994" .', "PG422", {6}),
    (
        "an orphan triple below others",
        f'{BASE}id/concept/sector/energy> skos:note "x"@en .\n\n{BASE}id/park/iasp-6112>\n  schema:numberOfEmployees 7 .',
        "PG422",
        {9},
    ),
    (
        "a link without a judgement",
        f"{BASE}id/park/iasp-6112> schema:sameAs <http://www.wikidata.org/entity/Q1> .",
        "PG426",
        {6},
    ),
    ("a person", "<http://example.org/p> a <http://xmlns.com/foaf/0.1/Person> .", "PG425", {6}),
    (
        "a misspelt namespace",
        f'{BASE}id/concept/sector/energy> <http://schema.org/name> "x"@en .',
        "PG428",
        {6},
    ),
]


@pytest.mark.parametrize(
    ("law", "turtle", "code", "lines"), IN_TURTLE, ids=[r[0] for r in IN_TURTLE]
)
def test_in_turtle(publication: Path, law: str, turtle: str, code: str, lines: set[int]):
    """A fault in a Turtle file is told at its line there."""
    (publication / EXTRA).write_text(HEAD + turtle + "\n", "utf-8")
    places = {f.where for f in check(publication).findings if f.code == code}

    # An empty field is told where the source leaves it empty, a triple where it is written.
    allowed = {f"{EXTRA}:{line}" for line in lines} | (
        {f"{TEXT}:18:3"} if code == "PG419" else set()
    )
    assert places & allowed, places


@pytest.mark.parametrize("day", ["2026-02-30", "2026-13-01", "0000-00-00", "soon"])
def test_an_alignment_on_no_day(publication: Path, day: str):
    """The date of a judgement is a day of the calendar."""
    path = publication / "data/alignments/tuspark.ttl"
    path.write_text(path.read_text("utf-8").replace("2026-11-22", day, 1), "utf-8")
    found = [f for f in check(publication).findings if f.code == "PG426"]

    assert [day in f.message for f in found] == [True]
    assert found[0].where.startswith("data/alignments/tuspark.ttl:")


def test_an_alignment_without_a_date(publication: Path, edit: Callable[[str, str, str], None]):
    """A link needs a judge, a date and a reason."""
    path = publication / "data/alignments/tuspark.ttl"
    text = path.read_text("utf-8")
    path.write_text(text.replace(' ;\n    dcterms:date "2026-11-22"^^xsd:date .', " .", 1), "utf-8")
    found = [f for f in check(publication).findings if f.code == "PG426"]

    assert [f.message for f in found] == ["the alignment has no dcterms:date"]
    assert found[0].where.startswith("data/alignments/tuspark.ttl:")


@pytest.mark.parametrize(
    "words", ["Link", "https://harbour.example.org/50%off", "https://[harbour/"]
)
def test_a_website_that_is_no_address(
    publication: Path, edit: Callable[[str, str, str], None], words: str
):
    """The value of the field Website is a home page only if it is an address."""
    edit(TEXT, "  1. Website\n", f"  1. Website\n    {words}\n")
    found = [f for f in check(publication).findings if f.code == "PG406"]

    assert [f.where for f in found] == [f"{TEXT}:19:5"]


def test_the_clean_publication(publication: Path):
    """Without a fault there are only Infos."""
    assert {f.severity for f in check(publication).findings} == {Severity.INFO}
