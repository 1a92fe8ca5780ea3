"""Lists: what is in them, how they are sorted and cut, and the same as JSON and CSV."""

import csv
import io
import json
from pathlib import Path

import pytest

from parkgraph.graphfile import graph_of
from parkgraph.lists import Lists, Wanted, write_lists
from parkgraph.rdf import Literal, NamedNode, Quad
from parkgraph.vocab import term
from tests.conftest import Server

ZOO = "urn:Zoo"
CONCEPT = NamedNode("urn:concept")
NAMES = ["Zebra house", "aviary", "Éland"]


@pytest.fixture(scope="module")
def lists(tmp_path_factory: pytest.TempPathFactory) -> Lists:
    path: Path = tmp_path_factory.mktemp("lists") / "lists.sqlite"
    quads = [Quad(CONCEPT, term("rdf:type"), term("skos:Concept"))]
    for n, name in enumerate(NAMES):
        zoo = NamedNode(f"urn:{n}")
        quads += [
            Quad(zoo, term("rdf:type"), NamedNode(ZOO)),
            Quad(zoo, term("rdfs:label"), Literal(name, language="en")),
            Quad(zoo, term("rdfs:label"), Literal(f"{3 - n}号", language="zh")),
            *(Quad(NamedNode(f"urn:{m}"), NamedNode("urn:near"), zoo) for m in range(n)),
        ]
    quads.append(Quad(NamedNode("urn:1"), NamedNode("urn:with"), CONCEPT))
    with graph_of(quads) as graph:
        write_lists(path, graph)
    return Lists(path)


@pytest.mark.parametrize(
    ("sort", "descending", "lang", "order"),
    [
        ("name", False, "en", "102"),
        ("name", True, "en", "201"),
        ("name", False, "zh", "210"),
        ("name", False, "fr", "102"),
        ("links", True, "en", "210"),
        ("place", False, "en", "102"),
    ],
)
def test_order(lists: Lists, sort: str, descending: bool, lang: str, order: str):
    """Sorted by what is asked for, names without regard to case, in the reader's language."""
    wanted = Wanted(ZOO, lang, sort=sort, descending=descending)
    found = lists.page(wanted, limit=10)

    assert "".join(iri[-1] for iri, _ in found.entries) == order
    assert dict(found.entries) == {"urn:0": 0, "urn:1": 1, "urn:2": 2}


def test_parts(lists: Lists):
    """Pages are parts of the whole; those linked to a concept are a part of it too."""
    whole = lists.page(Wanted(ZOO, "en"), limit=10)

    assert lists.page(Wanted(ZOO, "en"), limit=2, offset=2).entries == whole.entries[2:]
    assert lists.page(Wanted(ZOO, "en", CONCEPT.value), limit=10).entries == (("urn:1", 1),)
    assert lists.page(Wanted("urn:none", "en"), limit=10).count == 0
    assert lists.lengths(CONCEPT.value, [ZOO]) == {ZOO: 1}


# Over HTTP


def get(server: Server, path: str, accept: str = "application/json", lang: str = "en") -> str:
    answer = server.ask(path, Accept=accept, Accept_Language=lang)
    assert answer.status == 200
    return answer.body.decode()


def test_what_is_on_screen_as_data(server: Server):
    """Page, JSON and CSV hold the same entries in the same order."""
    path = "/organization?sort=links&order=desc"
    entries = json.loads(get(server, path))["entries"]
    rows = list(csv.DictReader(io.StringIO(get(server, f"{path}&format=csv"))))
    page = get(server, path, "text/html")

    assert len(entries) == 4
    assert [row["iri"] for row in rows] == [entry["iri"] for entry in entries]
    assert [row["links"] for row in rows] == [str(entry["links"]) for entry in entries]
    assert entries[0]["links"] == max(entry["links"] for entry in entries)
    places = [page.index(f'href="{entry["href"]}"') for entry in entries]
    assert places == sorted(places)
    assert 'href="/organization?sort=links&amp;order=desc&amp;format=csv"' in page
    assert 'aria-sort="descending"' in page


def test_each_kind_and_class_has_a_list(server: Server):
    """By the name of a kind, or by any class; in the reader's language."""
    for kind in ("park", "site", "place", "network", "service", "strategy", "concept"):
        assert json.loads(get(server, f"/{kind}"))["count"] > 0
    assert json.loads(get(server, "/list?of=skos:ConceptScheme")) | {"of": ""} == json.loads(
        get(server, "/concept")
    ) | {"of": ""}
    names = [entry["name"] for entry in json.loads(get(server, "/concept", lang="zh"))["entries"]]
    assert "技术领域" in names


def test_by_concept(server: Server):
    """A concept leads to the lists of what is linked to it."""
    concept = "concept/sector/software-engineering"
    page = get(server, f"/doc/{concept}", "text/html")
    assert f'href="/park?with={concept}"' in page

    found = json.loads(get(server, f"/park?with={concept}"))
    assert [entry["iri"][-9:] for entry in found["entries"]] == ["iasp-6112"]
    assert json.loads(get(server, "/park?with=concept/sector/electronics"))["count"] == 0


def test_what_is_none(server: Server):
    """A concept that is unknown is 404; an order that is unknown is the usual one."""
    assert server.ask("/park?with=concept/sector/none").status == 404
    assert server.ask("/list").status == 404
    assert server.ask("/park", Accept="image/png").status == 406
    assert json.loads(get(server, "/park?sort=none&order=none&page=-1"))["page"] == 1
