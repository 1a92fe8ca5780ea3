"""From text and reading to claims: every record of the model, and faults as values."""

import re
import shutil
from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parkgraph.claims import Claim, Concepts
from parkgraph.errors import Diagnostic, ParkgraphError, Severity
from parkgraph.extract import Extraction, extract
from parkgraph.names import Names
from parkgraph.pipeline import Checked, check
from parkgraph.publication import read_publication
from parkgraph.written import stated_value, written_number
from tests.conftest import ROOT

#: The records of the fact inventory (model.md §1) that are prose: id, start, end, standing.
RECORDS = """
S01 0 42 structural|S03 59 81 structural|T01 83 179 promotional|T02 184 245 self-described
T03 247 399 self-described|T03a 272 315 self-described|T03b 317 350 self-described
T03c 356 399 self-described|T04 401 459 self-reported-figure|T05 461 512 promotional
T06 515 580 checkable|T07 585 653 checkable|T08 659 686 self-reported-figure
T09 691 741 self-reported-figure|T10 743 818 self-reported-figure|T11 824 915 promotional
T11a 840 891 self-described|T11b 896 915 self-described|T12 918 977 promotional
T13 979 1024 self-described|T13a 1026 1046 self-described|T13b 1048 1076 self-described
T13c 1081 1101 self-described|T14 1103 1236 self-described|T14a 1152 1162 self-described
T14b 1164 1172 self-described|T14c 1174 1184 self-described|T14d 1186 1194 self-described
T14e 1196 1203 self-described|T14f 1205 1219 self-described|T14g 1221 1226 self-described
T14h 1231 1236 self-described|T15 1237 1310 self-described|T16 1315 1398 self-described
T17 1400 1483 self-described|T17a 1422 1449 self-described|T17b 1451 1466 self-described
T17c 1471 1483 self-described|T18 1485 1678 promotional|T18a 1513 1543 promotional
T18b 1545 1607 promotional|T18c 1609 1653 promotional|T18d 1659 1678 promotional
T19 1680 1764 promotional|T20 1772 1837 promotional|T21 1840 1902 checkable
T22 1903 2008 self-described|T22a 1948 1957 self-described|T22b 1959 1970 self-described
T22c 1972 1979 self-described|T22d 1981 1988 self-described|T22e 1993 2008 self-described
T23 2013 2056 self-described|T24 2062 2190 self-described|T24a 2109 2122 self-described
T24b 2124 2155 self-described|T24c 2160 2190 self-described
"""
PROSE = [tuple(r.split()) for r in RECORDS.replace("\n", "|").split("|") if r]


@pytest.fixture(scope="module")
def tuspark(checked: Checked) -> Extraction:
    return checked.extractions[0]


def claims_of(extraction: Extraction, reading: str) -> list[Claim]:
    """The claims that one reading yields."""
    return [c for c in extraction.claims if c.id == reading or c.id.startswith(f"{reading}-")]


def test_the_inventory_is_whole():
    """57 records of prose, 6 fields and their 2 parts, and the empty gallery: 66."""
    assert len(PROSE) + 6 + 2 + 1 == 66


@pytest.mark.parametrize(("record", "start", "end", "standing"), PROSE, ids=[p[0] for p in PROSE])
def test_record(tuspark: Extraction, record: str, start: str, end: str, standing: str):
    """Each record of the inventory is claimed at its offsets, with its standing."""
    claims = claims_of(tuspark, record)

    assert claims
    for claim in claims:
        assert (claim.span.start, claim.span.end) == (int(start), int(end))
        assert claim.standing.value.endswith(f"/standing/{standing}")


def test_quotes_are_the_text(checked: Checked):
    """For every claim with words, text[start:end] is the quote."""
    for extraction in checked.extractions:
        for claim in extraction.claims:
            if claim.span is not None:
                assert extraction.document.text.quote(claim.span) == claim.quote


def test_several_triples_make_several_claims(tuspark: Extraction):
    """A reading that asserts n yields n claims of one passage, numbered from 1."""
    counted = {
        reading: len(claims_of(tuspark, reading)) for reading in ("T21", "T13", "T14", "T24")
    }

    assert counted == {"T21": 2, "T13": 3, "T14": 8, "T24": 3}
    assert [c.id for c in claims_of(tuspark, "T21")] == ["T21-1", "T21-2"]
    assert len({c.span for c in claims_of(tuspark, "T14")}) == 1


def test_parts_lead_to_the_claim_that_asserts_the_same(tuspark: Extraction):
    """T14c is a part of T14-3, which asserts the same triple; T03b of the one claim T03."""
    by_id = {claim.id: claim for claim in tuspark.claims}

    assert by_id["T14c"].part_of == ("T14-3",)
    assert by_id["T03b"].part_of == ("T03",)


def test_promotional_claims_assert_nothing(checked: Checked):
    """Praise yields no triple and no figure."""
    for extraction in checked.extractions:
        for claim in extraction.claims:
            if claim.standing.value.endswith("/promotional"):
                assert claim.triple is None
                assert claim.quantity is None


FIGURES = [
    ("T04", "years-of-practice", "20", "ANN", "more-than", "twenty years"),
    ("T08", "building-area", "770000", "MTK", "as-stated", "770,000㎡"),
    ("T09", "resident-organizations", "1500", "C62", "more-than", "1,500"),
    ("T10", "tech-companies-and-rd-institutions", "1000", "C62", "more-than", "1,000"),
]


@pytest.mark.parametrize(("claim_id", "indicator", "value", "unit", "bound", "words"), FIGURES)
def test_figures(
    tuspark: Extraction,
    claim_id: str,
    indicator: str,
    value: str,
    unit: str,
    bound: str,
    words: str,
):
    """The four figures, each with its bound, its unit and the words."""
    (claim,) = claims_of(tuspark, claim_id)
    quantity = claim.quantity

    assert quantity.indicator.value.endswith(f"/indicator/{indicator}")
    assert (quantity.value, quantity.unit.code, quantity.verbatim) == (Decimal(value), unit, words)
    assert quantity.bound.value.endswith(f"/bound/{bound}")


def test_no_other_figures(tuspark: Extraction):
    """Nothing is added, subtracted or derived: four figures, no founding year."""
    assert [c.id for c in tuspark.claims if c.quantity] == ["T04", "T08", "T09", "T10"]


NUMBERS = [
    ("770,000㎡", 770000),
    ("1,500", 1500),
    ("twenty years", 20),
    ("twenty-five years", 25),
    ("12.50 ha", Decimal("12.5")),
    ("1.5 million", 1500000),
    ("two thousand five hundred", 2500),
    ("three hundred thousand", 300000),
    ("many", None),
]


@pytest.mark.parametrize(("words", "number"), NUMBERS)
def test_written_number(words: str, number: int | None):
    """A number is read from digits with separators, or from words; ㎡ adds no digit."""
    assert written_number(words) == number


STATED = [
    ("1 500 entreprises", "NUM", "fr", None),
    ("1 500", "NUM", "fr", 1500),
    ("1\u00a0500", "NUM", "fr", 1500),
    ("1\u202f500", "NUM", "fr", 1500),
    ("1'500", "NUM", "de-CH", 1500),
    ("1.500.000", "NUM", "de", 1500000),
    ("1.500 Unternehmen", "NUM", "de", None),
    ("1,500", "NUM", "de", None),
    ("٣٬٥٠٠", "NUM", "ar", 3500),
    ("1,50,000 companies", "NUM", "en", 150000),
    ("1,5,0 companies", "NUM", "en", None),
    ("1.500 companies", "NUM", "en", None),
    ("3万家企业", "NUM", "zh", 30000),
    ("1.5 million人", "NUM", "zh", 1500000),
    ("2打", "NUM", "zh", None),
    ("3 millions of users", "NUM", "en", 3000000),
    ("3 tens of thousands", "NUM", "en", None),
    ("200 kEUR", "NUM", "en", None),
    ("2 years, six months", "YR", "en", None),
    ("30+ years", "YR", "en", 30),
    ("770,000 sq.m of offices", "M2", "en", 770000),
    ("1.2亿", "NUM", "zh", 120000000),
    ("約1万5千社", "NUM", "ja", None),
    ("3만", "NUM", "ko", None),
    ("5 mille", "NUM", "fr", None),
    ("six cents", "NUM", "fr", None),
    ("1½ million", "NUM", "en", None),
    ("1.5k companies", "NUM", "en", None),
    ("1.5 bn", "NUM", "en", None),
    ("half of 20 companies", "NUM", "en", None),
    ("20-30 companies", "NUM", "en", None),
    ("twenty to thirty companies", "NUM", "en", None),
    ("one and a half million", "NUM", "en", None),
    ("a hundred and five", "NUM", "en", None),
    ("one thousand and one companies", "NUM", "en", 1001),
    ("nineteen ninety", "NUM", "en", None),
    ("two decades", "YR", "en", None),
    ("one in five", "PERCENT", "en", None),
    ("20 per cent", "PERCENT", "en", 20),
    ("100 acres", "M2", "en", None),
    ("100,000 sq ft", "M2", "en", None),
    ("5 sq km", "M2", "en", 5000000),
    ("50 hectare site", "M2", "en", 500000),
    ("770,000 m²", "M2", "en", 770000),
    ("770,000 m2", "HA", "en", None),
    ("1.5 sq km", "KiloM2", "en", Decimal("1.5")),
    ("77 ha", "HA", "en", 77),
    ("1.5 million square metres", "M2", "en", 1500000),
    ("12 Hektar", "M2", "de", None),
    ("1,5 Millionen m²", "M2", "de", None),
    ("2,5 km²", "M2", "fr", 2500000),
    ("77万平方米", "M2", "zh", 770000),
    ("5平方公里", "M2", "zh", 5000000),
    ("50公顷", "M2", "zh", 500000),
    ("30亩", "M2", "zh", None),
    ("770,000", "M2", "en", None),
]


@pytest.mark.parametrize(("words", "unit", "language", "value"), STATED, ids=[s[0] for s in STATED])
def test_what_is_not_certain_is_not_compared(
    words: str, unit: str, language: str, value: int | None
):
    """Words write a value in a language and a unit, or it is unclear which, and none is refused."""
    assert stated_value(words, unit, language) == value


@given(
    st.text(alphabet="1a 0.,5½万千²m-家twohundredand", max_size=20), st.sampled_from(["en", "zh"])
)
def test_any_words_are_a_number_or_unclear(words: str, language: str):
    """Whatever the words, a number of them is above or at zero."""
    for unit in ("NUM", "M2", None):
        assert (stated_value(words, unit, language) or 0) >= 0


@given(st.integers(0, 10**9))
def test_written_number_reads_separators(number: int):
    """Thousands separators change nothing."""
    assert written_number(f"over {number:,} people") == number


FAULTS = [
    (
        "a quote that does not occur",
        "quote: a building area of 770,000㎡",
        "quote: a building area of 770,000m2",
        "PG201",
        "quote: a building",
    ),
    ("an ambiguous quote", "quote: talents", "quote: innovation", "PG202", "quote: innovation,"),
    (
        "an unknown indicator",
        "indicator: building-area",
        "indicator: bilding-area",
        "PG217",
        "bilding-area",
    ),
    ("an unknown unit", "unit: M2", "unit: M3", "PG216", "M3"),
    (
        "an unknown bound",
        "value: 20, unit: YR, bound: more-than",
        "value: 20, unit: YR, bound: more-then",
        "PG217",
        "more-then",
    ),
    (
        "an unknown concept",
        "object: resource-source/trade}\n",
        "object: resource-source/trades}\n",
        "PG218",
        "{property: park:integratesResourcesFrom, object: resource-source/trades",
    ),
    (
        "an unknown thing",
        "- {property: park:builder, object: organization/tus-holdings}",
        "- {property: park:builder, object: organization/tus-holding}",
        "PG218",
        "{property: park:builder",
    ),
    (
        "an unknown property",
        "property: park:builder",
        "property: park:bilder",
        "PG208",
        "{property: park:bilder",
    ),
    (
        "a text where a thing is due",
        "- {property: park:builder, object: organization/tus-holdings}",
        "- {property: park:builder, text: Tus-Holdings}",
        "PG209",
        "{property: park:builder",
    ),
    (
        "a text that is not in the quote",
        "- {property: skos:altLabel, text: TusPark}",
        "- {property: skos:altLabel, text: Tuspark}",
        "PG215",
        "{property: skos:altLabel",
    ),
    ("a duplicate claim id", "- id: T05", "- id: T06", "PG214", None),
    ("an id of another form", "- id: T05", "- id: T-05", "PG212", "T-05"),
    ("an address with a bracket", "directory/@6112", "?a[b]=c", "PG212", "https:"),
    ("an address with a lone percent sign", "directory/@6112", "100%", "PG212", "https:"),
    ("subtags in another order", "language: en", "language: zh-CN-Hans", "PG212", "zh-CN-Hans"),
    (
        "a control character in a value",
        'number: "6112"',
        r'number: "61\x0112"',
        "PG102",
        '"61',
    ),
    ("a number without end", "value: 770000", f"value: {'7' * 4301}", "PG210", "7" * 4301),
    ("a value against its words", "value: 770000", "value: 77000", "PG220", "77000"),
    (
        "a written value not in the quote",
        'verbatim: "770,000㎡"',
        'verbatim: "770 000㎡"',
        "PG219",
        '"770 000㎡"',
    ),
    (
        "a part of nothing",
        "about: network/tus-holdings-innovation-network, part_of: T22, open_list",
        "about: network/tus-holdings-innovation-network, part_of: T99, open_list",
        "PG221",
        "T99",
    ),
    (
        "an unknown key",
        "    count: 3\n    asserts:\n      - {property: park:hasStrategy",
        "    cuont: 3\n    asserts:\n      - {property: park:hasStrategy",
        "PG213",
        "3\n    asserts:\n      - {property: park:hasStrategy",
    ),
    (
        "a missing key",
        "    quote: it has become a world-class university science park\n",
        "",
        "PG211",
        None,
    ),
    (
        "an unknown standing",
        "about: document\n    asserts",
        "about: dokument\n    asserts",
        "PG218",
        "dokument",
    ),
]


@pytest.mark.parametrize(("law", "old", "new", "code", "at"), FAULTS, ids=[f[0] for f in FAULTS])
def test_fault_in_the_reading(
    publication: Path,
    edit: Callable[[str, str, str], None],
    law: str,
    old: str,
    new: str,
    code: str,
    at: str | None,
):
    """A fault in a reading is found at its line and column, and no other claim is lost."""
    path = "data/profiles/iasp-6112.yaml"
    edit(path, old, new)
    findings = read(publication)

    assert code in {f.code for f in findings}
    finding = next(f for f in findings if f.code == code)
    assert finding.severity is Severity.VIOLATION
    if at is not None:
        text = (publication / path).read_text("utf-8")
        start = text.index(at) + (len("quote: ") if at.startswith("quote: ") else 0)
        line = text.count("\n", 0, start) + 1
        assert finding.where == f"{path}:{line}:{start - text.rfind(chr(10), 0, start)}"


EMPTY = [
    ("quote", "quote: Background information", 'quote: ""'),
    ("quote", "quote: Background information", 'quote: "\\n\\u3000"'),
    ("kind", "kind: affiliation", 'kind: ""'),
    ("property", "property: park:builder", 'property: ""'),
    ("text", "text: TusPark}", 'text: ""}'),
    (
        "publisherName",
        "Name: International Association of Science Parks and Areas of Innovation",
        "Name: ''",
    ),
    ("number", 'number: "6112"', 'number: ""'),
    ("label", "label: Tsinghua University}", 'label: " "}'),
    ("unit", "unit: M2", "unit: ''"),
    ("verbatim", 'verbatim: "770,000㎡"', "verbatim: ''"),
]


@pytest.mark.parametrize(("key", "old", "new"), EMPTY)
def test_an_empty_text_is_missing(
    publication: Path, edit: Callable[[str, str, str], None], key: str, old: str, new: str
):
    """A text that says nothing is a finding, and nothing is dropped in silence."""
    edit("data/profiles/iasp-6112.yaml", old, new)
    found = [f for f in read(publication) if f.code == "PG211"]

    assert [f.message for f in found] == [f"{key!r} is empty"]


NO_FIGURES = [("five", "PG210"), ("[5]", "PG210"), ("", "PG211")]


@pytest.mark.parametrize(("figure", "code"), NO_FIGURES)
def test_no_figure_is_told_once(
    publication: Path, edit: Callable[[str, str, str], None], figure: str, code: str
):
    """A figure that is no mapping is one finding, and its parts are not told to be missing."""
    path = "data/profiles/iasp-6112.yaml"
    (whole,) = re.findall(
        "figure: {indicator: years-of-practice.*}", (publication / path).read_text()
    )
    edit(path, whole, f"figure: {figure}")

    assert [f.code for f in check(publication).blocking] == [code]


def read(folder: Path) -> list[Diagnostic]:
    findings: list[Diagnostic] = []
    publication = read_publication(folder, findings)
    concepts = Concepts.of(q.quad for file in publication.concepts for q in file.quads)
    for document in publication.documents:
        extract(document, concepts, Names(publication.base), findings)
    return findings


TEXT_FAULTS = [
    ("an unknown sector", "Software Engineering", "Sofware Engineering", "PG205", "21:5"),
    ("an unknown type", "    Science Park\n", "    Sience Park\n", "PG205", "23:5"),
    ("an unknown field", "  1. Website", "  1. Web site", "PG204", "18:3"),
    (
        "two names",
        "    Tsinghua University Science Park - TusPark\n",
        "    A\n    B\n",
        "PG207",
        "16:5",
    ),
    ("a field that repeats", "  3. Type", "  3. Name", "PG203", "22:3"),
    ("another text than was read", "TusPark is the key", "TusPark was the key", "PG410", None),
]


@pytest.mark.parametrize(
    ("law", "old", "new", "code", "at"), TEXT_FAULTS, ids=[f[0] for f in TEXT_FAULTS]
)
def test_fault_in_the_text(
    publication: Path,
    edit: Callable[[str, str, str], None],
    law: str,
    old: str,
    new: str,
    code: str,
    at: str | None,
):
    """A fault in a labelled field is found at its line in the text, with a suggestion."""
    edit("data/profiles/iasp-6112.txt", old, new)
    findings = [f for f in read(publication) if f.code == code]

    assert findings
    if at is not None:
        assert findings[0].where == f"data/profiles/iasp-6112.txt:{at}"
    if code == "PG205":
        assert "did you mean" in findings[0].help


def test_all_findings_at_once(publication: Path, edit: Callable[[str, str, str], None]):
    """Three faults in two files are three findings of one run."""
    edit("data/profiles/iasp-6112.txt", "Software Engineering", "Sofware Engineering")
    edit("data/profiles/iasp-6112.yaml", "unit: M2", "unit: M3")
    edit("data/profiles/iasp-6112.yaml", "property: park:builder", "property: park:bilder")

    assert {"PG205", "PG208", "PG216"} <= {f.code for f in read(publication)}


def test_without_a_record_the_words_are_looked_for(
    publication: Path, edit: Callable[[str, str, str], None]
):
    """A missing key of the document record hides neither a wrong quote nor a field that repeats."""
    edit("data/profiles/iasp-6112.yaml", "  language: en\n", "")
    edit("data/profiles/iasp-6112.yaml", "quote: Background information", "quote: no such words")
    edit("data/profiles/iasp-6112.txt", "  3. Type", "  3. Name")
    findings = read(publication)

    assert {"PG211", "PG201", "PG203"} <= {f.code for f in findings}
    assert len(set(findings)) == len(findings)


def test_no_reading(publication: Path):
    """A text without its reading is named."""
    (publication / "data/profiles/iasp-6112.yaml").unlink()

    assert "PG121" in {f.code for f in read(publication)}


def test_nothing_there(tmp_path: Path):
    """An empty folder is no publication, and the help says how to make one."""
    with pytest.raises(ParkgraphError) as caught:
        read_publication(tmp_path, [])

    assert caught.value.findings[0].code == "PG120"
    assert "parkgraph init" in caught.value.findings[0].help


TURTLE = [
    ("does not parse", "<urn:a> <urn:b> .\n", "PG301", 1),
    ("an IRI with spaces", "<urn:a> <urn:b> <urn:c d> .\n", "PG301", 1),
    ("a blank node", "<urn:a> <urn:b>\n  [ <urn:c> 1 ] .\n", "PG302", 2),
    ("not canonical", "\n<urn:a> <urn:b> 12.50 .\n", "PG303", 2),
    (
        "a datatype that is not kept",
        '<urn:a> <urn:b>\n\n "3"^^<http://www.w3.org/2001/XMLSchema#nonNegativeInteger> .\n',
        "PG303",
        3,
    ),
    ("a control character", r'<urn:a> <urn:b> "\u0001"@en .', "PG304", 1),
    ("a property without a name", "<urn:a>\n <http://x/1> 1 .", "PG304", 2),
    ("a triple term", "<urn:a> <urn:b> <<( <urn:a> <urn:b> 1 )>> .", "PG304", 1),
    ("a base direction", '<urn:a> <urn:b> "b"@en--ltr .', "PG304", 1),
]


@pytest.mark.parametrize(("law", "turtle", "code", "line"), TURTLE, ids=[t[0] for t in TURTLE])
def test_fault_in_turtle(publication: Path, law: str, turtle: str, code: str, line: int):
    """A fault in a Turtle file is found at its line, with the fix where there is one."""
    (publication / "data/concepts/extra.ttl").write_text(turtle)
    finding = next(f for f in read(publication) if f.code == code)

    assert finding.where.startswith(f"data/concepts/extra.ttl:{line}")
    if code == "PG303":
        assert finding.help.startswith("write ")


def test_unknown_keys_are_named_in_their_order(publication: Path, edit: Callable):
    """Whatever the seed of hashes: runs can be compared."""
    edit(
        "data/profiles/iasp-6112.yaml",
        "  language: en\n",
        "  language: en\n  b: 1\n  c: 1\n  a: 1\n",
    )
    unknown = [f.message for f in read(publication) if f.code == "PG213"]

    assert unknown == [f"unknown key {key!r}" for key in "bca"]


def test_stray_turtle_is_a_warning(publication: Path):
    """A Turtle file that nobody reads is mentioned."""
    shutil.copy(ROOT / "data/concepts/bound.ttl", publication / "data/bound.ttl")

    assert [(f.code, f.where) for f in read(publication)] == [("PG124", "data/bound.ttl")]


@pytest.mark.parametrize("sign", ["<", "[", r"\t", "#/", "?a=/", "%zz"])
def test_base_behind_which_no_path_can_be_written(
    publication: Path, edit: Callable[[str, str, str], None], sign: str
):
    """Every address begins with the base, so it is an IRI that ends in the slash of a path."""
    edit("data/dataset.ttl", '"https://w3id.org/parkgraph/"', f'"https://w3id.org/{sign}/"')
    with pytest.raises(ParkgraphError) as caught:
        read(publication)

    (fault,) = caught.value.findings
    assert (fault.code, fault.where.partition(":")[0]) == ("PG126", "data/dataset.ttl")


KINDS_OF_VALUES = [
    (
        "a concept of another scheme",
        "object: resident-kind/innovative-startups",
        "object: sector/energy",
        "PG209",
    ),
    (
        "a concept for a thing",
        "{property: park:operator, object: organization/tus-holdings}",
        "{property: park:operator, object: bound/about}",
        "PG209",
    ),
    (
        "a thing for words",
        "- {property: skos:altLabel, text: TusPark}",
        "- {property: skos:altLabel, object: organization/tus-holdings}",
        "PG209",
    ),
    ("an address that no IRI holds", "/directory/@6112", "/directory/50%off", "PG212"),
    ("an unknown kind of subject", "  about: park/", "  about: prak/", "PG222"),
    ("a concept as subject", "  about: park/", "  about: activity/", "PG222"),
    ("an unknown kind of publisher", "r: organization/iasp", "r: organisation/iasp", "PG222"),
    *(
        (
            f"retrieved on {day}",
            "  language: en\n",
            f"  language: en\n  retrieved: {day}\n",
            "PG212",
        )
        for day in ("2026-02-30", "2026-13-45", "0000-00-00", "٢٠٢٦-٠١-٠١", "2026-W01-1")
    ),
    (
        "an unknown kind of thing",
        "organization/tsinghua-university: {label",
        "organisation/tsinghua-university: {label",
        "PG222",
    ),
]


@pytest.mark.parametrize(
    ("law", "old", "new", "code"), KINDS_OF_VALUES, ids=[k[0] for k in KINDS_OF_VALUES]
)
def test_values_are_of_their_kind(
    publication: Path,
    edit: Callable[[str, str, str], None],
    law: str,
    old: str,
    new: str,
    code: str,
):
    """A property takes what it is for: a concept of its scheme, or a thing of a known kind."""
    edit("data/profiles/iasp-6112.yaml", old, new)

    assert code in {f.code for f in read(publication)}


LOCATIONS = [
    ("only a comma", "    ,\n", {"PG206"}),
    ("a name without Latin letters", "    北京, China\n", {"PG206"}),
    ("a country alone", "    China\n", set()),
]


@pytest.mark.parametrize(("law", "line", "codes"), LOCATIONS, ids=[k[0] for k in LOCATIONS])
def test_locations(
    publication: Path, edit: Callable[[str, str, str], None], law: str, line: str, codes: set[str]
):
    """A place whose name gives no address is a finding; the reading can give it one."""
    edit("data/profiles/iasp-6112.txt", "    Beijing, China\n", line)
    assert {f.code for f in read(publication)} & {"PG206"} == codes

    edit(
        "data/profiles/iasp-6112.yaml",
        "  language: en\n",
        "  language: en\n  places: {北京: beijing}\n",
    )
    again = {f.code for f in read(publication)} & {"PG206"}
    assert again == (codes if law == "only a comma" else set())


def test_areas_are_converted(publication: Path, edit: Callable[[str, str, str], None]):
    """An area in hectares is read in square metres: ten thousand times the words."""
    edit("data/profiles/iasp-6112.txt", "770,000㎡", "77 hectares")
    reading = publication / "data/profiles/iasp-6112.yaml"
    reading.write_text(reading.read_text("utf-8").replace("770,000㎡", "77 hectares"), "utf-8")
    assert {f.code for f in read(publication)} == {"PG410"}

    edit("data/profiles/iasp-6112.yaml", "value: 770000", "value: 77")
    assert "PG220" in {f.code for f in read(publication)}
