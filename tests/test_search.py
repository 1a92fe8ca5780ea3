"""The search: what is found, in which order, and that no question is anything but words."""

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parkgraph.graphfile import graph_of
from parkgraph.rdf import Literal, NamedNode, Quad
from parkgraph.release import Release
from parkgraph.search import MOST, Search, SourceLine, phrases, write_search
from parkgraph.vocab import term
from tests.conftest import Server, serving

THINGS = "https://w3id.org/parkgraph/id/"
PARK = f"{THINGS}park/iasp-6112"
UNIVERSITY = f"{THINGS}organization/tsinghua-university"
DOCUMENT = "https://w3id.org/parkgraph/document/iasp-6112"


@pytest.fixture(scope="module")
def search(release: Release) -> Search:
    return Search(release.derived / "search.sqlite")


def first(search: Search, question: str) -> list[str]:
    return [hit.iri for hit in search.find(question, limit=3).hits]


@pytest.mark.parametrize(
    ("question", "iri"),
    [
        ("清华", UNIVERSITY),
        ("华", UNIVERSITY),
        ("清华大学", UNIVERSITY),
        ("Tsinghua University", UNIVERSITY),
        ("university tsinghua", UNIVERSITY),
        ("tuspark", PARK),
        ("TUSP", PARK),
        ("iasp-6112", PARK),
        ("incubat", f"{THINGS}concept/activity/startup-incubation"),
        ("软件", f"{THINGS}concept/sector/software-engineering"),
        ("innovation strategy", DOCUMENT),
    ],
)
def test_what_is_found_first(search: Search, question: str, iri: str):
    """Names in any language, beginnings of words, words in any order, and the source's words."""
    exact = iri in (PARK, UNIVERSITY) and question != "university tsinghua"
    assert iri in first(search, question)[: 1 if exact else 3]


def test_what_matches_is_marked(search: Search):
    """A snippet gives the text as it is, with the matches marked, also amid Chinese."""
    (hit, *_) = search.find("清华", limit=1).hits
    assert [part for part in hit.names if part.match] == [("清华", True)]
    assert "".join(part.text for part in hit.names) == "清华大学"
    assert hit.lang == "zh"

    lines = [hit for hit in search.find("incubat", limit=10).hits if hit.place]
    (found,) = lines
    assert "successfully incubated companies" in "".join(part.text for part in found.about)
    assert [part.text for part in found.about if part.match] == ["incubated"]


def test_a_line_of_a_text_knows_its_place(search: Search, release: Release):
    """The offset of a match leads to the very characters in the source text."""
    hit = next(hit for hit in search.find("1,500", limit=10).hits if hit.place)
    version, start = hit.place.split(":")
    text = (release.folder / "source" / "iasp-6112" / f"{version}.txt").read_text("utf-8")

    assert text[int(start) + hit.offset :].startswith("1,500 enterprises")


def test_pages_do_not_overlap(search: Search):
    """The pages of a long answer, put together, are the answer, and no thing comes twice."""
    whole = search.find("a", limit=MOST)
    pages = [search.find("a", limit=50, offset=n).hits for n in range(0, whole.count, 50)]

    assert [hit for page in pages for hit in page] == list(whole.hits)
    assert len({(hit.iri, hit.place) for hit in whole.hits}) == whole.count > 50


def test_a_slip_is_corrected(search: Search):
    """Each word that nothing begins with gives way to the nearest known one."""
    assert search.corrected("Tsingua univresity") == "tsinghua university"
    assert search.corrected("tuspark") == "tuspark"
    assert search.corrected("zzzzzzzz") == "zzzzzzzz"


SYNTAX = ['"', "a OR b", "NEAR(a b)", "names:a", "a*", "^a", "-a", "a AND", "(", "{a}:b", "'", "\\"]


@pytest.mark.parametrize("question", [*SYNTAX, "", "  ", "<>", "\0", "a\0b", "\u200b"])
def test_no_question_is_syntax(search: Search, question: str):
    """What FTS5 or SQL would take for syntax is words, or nothing."""
    search.find(question, limit=5)
    search.corrected(question)


@given(st.text(max_size=60))
@settings(max_examples=150, deadline=None)
def test_any_text_is_a_question(search: Search, question: str):
    """No text fails."""
    assert search.find(question, limit=1).count <= MOST


def test_a_long_question_is_cut():
    """Only the first words are looked for, whatever is sent."""
    assert len(phrases("ab " * 5_000).split()) == 12


def test_diacritics_and_rare_characters(tmp_path: Path):
    """«zurich» finds Zürich; a character beyond the first plane is found like any other."""
    quads = [
        Quad(NamedNode(f"urn:{n}"), term("rdfs:label"), Literal(name))
        for n, name in enumerate(["Zürich Park", "𠮷野科学园", "ひらがなパーク"])
    ]
    path = tmp_path / "search.sqlite"
    with graph_of(quads) as graph:
        lines = [SourceLine("urn:d", "zh", "v:0", "在𠮷野的园区")]
        write_search(path, graph.things(), lines)
    small = Search(path)

    assert first(small, "zurich") == ["urn:0"]
    assert first(small, "𠮷野") == ["urn:1", "urn:d"]
    assert first(small, "がなパ") == ["urn:2"]


NUMBERS = [
    ("1500", ["urn:0", "urn:1"]),
    ("1,500", ["urn:0", "urn:1"]),
    ("1500 firms", ["urn:0", "urn:1"]),
    ("1,500 1500", ["urn:0", "urn:1"]),
    ("1234567", ["urn:2"]),
    ("1,234,567", ["urn:2"]),
    ("1234,567", ["urn:2"]),
    ("150", ["urn:1"]),  # the beginning of a number
    ("2.7182", ["urn:3"]),
    ("15", ["urn:1"]),
    ("1,5", ["urn:0"]),
    ("500,1", []),
    (",500", ["urn:0"]),
    ("0150", ["urn:4"]),
    ("9" * 199, []),
]


@pytest.fixture(scope="module")
def numbers(tmp_path_factory: pytest.TempPathFactory) -> Search:
    names = ["over 1,500 firms", "1500 firms", "1 234 567 m", "2.7182", "0150"]
    path = tmp_path_factory.mktemp("numbers") / "search.sqlite"
    label = term("rdfs:label")
    quads = [Quad(NamedNode(f"urn:{n}"), label, Literal(name)) for n, name in enumerate(names)]
    with graph_of(quads) as graph:
        write_search(path, graph.things(), ())
    return Search(path)


@pytest.mark.parametrize(("question", "found"), NUMBERS)
def test_numbers(numbers: Search, question: str, found: list[str]):
    """A number is found with its digits in groups or without, however it is asked for."""
    hits = numbers.find(question, limit=10).hits

    assert sorted(hit.iri for hit in hits) == found
    for hit in hits:
        assert any(part.match for part in hit.names)


# Over HTTP


def found(server: Server, question: str, **more: str) -> dict[str, object]:
    query = "".join(f"&{name}={value}" for name, value in more.items())
    answer = server.ask(f"/search?q={quote(question)}{query}", Accept="application/json")
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "application/json"
    return json.loads(answer.body)


def test_the_park_beside_what_belongs_to_it(server: Server):
    """A result names the park that it belongs to; programs get what people get."""
    (university, *_) = found(server, "清华")["results"]

    assert university["iri"] == UNIVERSITY
    assert university["label"] == "Tsinghua University"
    assert university["types"] == ["organization"]
    assert university["parks"] == [
        {"href": "/doc/park/iasp-6112", "label": "Tsinghua University Science Park - TusPark"}
    ]
    (sector, *_) = found(server, "software engineering", lang="zh")["results"]
    assert sector["label"] == "软件工程"
    assert sector["parks"][0]["href"] == "/doc/park/iasp-6112?lang=zh"


def test_a_passage_leads_to_its_words(server: Server):
    """A line of the source text leads to the narrowest passage that holds the match."""
    results = found(server, "1500 enterprises")["results"]
    assert results == found(server, "1,500 enterprises")["results"]
    passage = next(result for result in results if result["passage"])
    page = server.ask("/document/iasp-6112.html").body.decode()

    path, _, fragment = passage["href"].partition("#")
    assert path == "/document/iasp-6112"
    assert f'id="{fragment}"' in page


def test_limits_and_pages(server: Server):
    """``limit`` and ``page`` choose a part; nonsense counts as not given."""
    everything = found(server, "a", limit="100")
    assert len(everything["results"]) == 100
    assert found(server, "a", limit="7", page="2")["results"] == everything["results"][7:14]
    for nonsense in ("0", "-1", "x", "1e9", "9" * 30):
        assert found(server, "a", page=nonsense)["page"] == 1
    assert found(server, "a", page="999999")["results"] == []


def test_the_page(server: Server):
    """People get a page in their language, with the question in the form and a way on."""
    answer = server.ask("/search?q=a&page=2", Accept="text/html", Accept_Language="zh")
    page = answer.body.decode()

    assert answer.headers["Content-Language"] == "zh"
    assert 'value="a"' in page
    assert 'href="/search?q=a&amp;page=3" rel="next"' in page
    assert 'href="/search?q=a&amp;page=1" rel="prev"' in page
    assert (
        "您要找的是不是"
        in server.ask("/search?q=tsingua&lang=zh", Accept="text/html").body.decode()
    )
    assert server.ask("/search", Accept="image/png").status == 406


def test_kept_answers_are_told_apart(server: Server):
    """A page, JSON, and another language at one address are never taken for each other."""
    kinds = [("text/html", "en"), ("application/json", "en"), ("text/html", "zh")] * 2
    path = f"/search?q={quote('华')}"
    bodies = [server.ask(path, Accept=a, Accept_Language=x).body for a, x in kinds]

    assert bodies[:3] == bodies[3:]
    assert len(set(bodies)) == 3


@pytest.mark.parametrize(
    ("path", "href"),
    [
        ("/doc/park/iasp-6113", "/doc/park/iasp-6112"),
        ("/id/organization/tsingua", "/doc/organization/tsinghua-university"),
        ("/doc/place/%E6%B8%85%E5%8D%8E", "/doc/organization/tsinghua-university"),
        ("/tuspark.html", "/doc/park/iasp-6112"),
    ],
)
def test_an_address_that_is_none_suggests_near_names(server: Server, path: str, href: str):
    """A browser gets a page that leads on; a program gets the problem alone."""
    answer = server.ask(path, Accept="text/html")

    assert answer.status == 404
    assert f'<a href="{href}"' in answer.body.decode()
    assert server.ask(path).headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("path", ["/", "/...", "/doc/%00", "/doc/%22%27%3Cb%3E", "/" + "a-" * 2000])
def test_any_address_has_an_answer(server: Server, path: str):
    """Nothing in an address makes the suggestions fail."""
    assert server.ask(path, Accept="text/html").status in {200, 400, 404, 414}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    file = tmp_path_factory.mktemp("data") / "some.trig"
    file.write_text(
        "@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> ."
        "<https://example.org/a> a <https://example.org/Zoo> ; rdfs:label '北京动物园'@zh, 'Zoo' ."
        "<urn:graph> { <https://example.org/b> a <https://example.org/Zoo> ; rdfs:label 'Aviary' }",
        "utf-8",
    )
    with serving("--data", str(file)) as running:
        yield running


def test_names_in_any_files(data: Server):
    """``serve --data`` searches the names of what it serves."""
    (zoo,) = found(data, "动物")["results"]

    assert zoo["iri"] == "https://example.org/a"
    assert zoo["label"] == "Zoo"
    assert found(data, "nothing")["results"] == []
    assert found(data, "aviary")["results"][0]["iri"] == "https://example.org/b"
    listed = json.loads(data.ask("/list?of=https://example.org/Zoo").body)
    assert [entry["name"] for entry in listed["entries"]] == ["Aviary", "Zoo"]


@pytest.mark.parametrize("path", ["/search?q=tuspark&page=99", "/park?page=99"])
def test_beyond_the_last_page(server: Server, path: str):
    """A page that there is not leads back to the last one that there is."""
    page = server.ask(path, Accept="text/html").body.decode()

    assert 'rel="prev"' in page
    assert "page=98" not in page
    assert "Try fewer words" not in page
