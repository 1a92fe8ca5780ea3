"""Pictures: what is in them, that nothing overlaps, and that they are drawn from the data."""

from itertools import combinations

import pytest

from parkgraph.graphfile import graph_of
from parkgraph.outline import ClassLink, Outline, outline
from parkgraph.rdf import NamedNode, Quad
from parkgraph.release import Release
from parkgraph.vocab import term
from parkgraph.web.pictures import Picture, neighbourhood, schema
from parkgraph.web.site import Site, open_site
from parkgraph.web.text import View
from parkgraph.web.things import thing

PARK = "https://w3id.org/parkgraph/id/park/iasp-6112"


@pytest.fixture(scope="module")
def site(release: Release) -> Site:
    return open_site(release, "http://localhost/")


def around(site: Site, iri: str, lang: str = "en") -> Picture | None:
    view = View(site, lang, "/", site.describe(iri))
    return neighbourhood(view, thing(view, iri))


def overlapping(picture: Picture) -> list[tuple[str, str]]:
    return [
        (a.name, b.name)
        for a, b in combinations(picture.boxes, 2)
        if abs(a.place.x - b.place.x) < a.place.width
        and abs(a.place.y - b.place.y) < a.place.height
    ]


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_a_park_amid_its_neighbours(site: Site, lang: str):
    """The park in the middle, its operator at the right, its document at the left; all linked."""
    picture = around(site, PARK, lang)
    assert picture is not None
    (middle,) = (box for box in picture.boxes if box.middle)
    hrefs = {box.node.link.href: box.place.x for box in picture.boxes}

    assert hrefs["/doc/organization/tus-holdings"] > middle.place.x > hrefs["/document/iasp-6112"]
    assert overlapping(picture) == []
    assert len(picture.lines) == len(picture.boxes) - 1
    assert max(box.place.x + box.place.width for box in picture.boxes) == picture.width


def test_a_crowd_is_counted(site: Site):
    """A scheme of many concepts shows a few of them, and says how many are left out."""
    picture = around(site, "https://w3id.org/parkgraph/id/concept/sector")
    assert picture is not None
    assert picture.boxes[-1].name.startswith("and ")
    assert len(picture.boxes) < 20


def test_no_picture_of_next_to_nothing(site: Site):
    """What is linked to one other thing at most has no picture."""
    assert around(site, "https://w3id.org/parkgraph/id/concept/sector/electronics") is None


def test_the_schema_is_that_of_the_data(site: Site):
    """The kind with most properties in the middle; classes with the numbers that the index has."""
    assert site.outline is not None
    picture = schema(View(site, "en", "/"), site.outline)
    assert picture is not None
    (middle,) = (box for box in picture.boxes if box.middle)

    assert middle.name == "park · 1"
    claims = len(site.index.instances(term("park:Claim").value))
    figures = len(site.index.instances(term("park:Figure").value))
    assert f"claim · {claims - figures}" in {box.name for box in picture.boxes}
    assert overlapping(picture) == []


def test_an_outline_counts_each_thing_once():
    """Of several types the one that names a kind, else the rarest, stands for a thing."""
    park, organization = term("park:Park"), term("org:Organization")
    a, b, c = (NamedNode(f"urn:{name}") for name in "abc")
    kinds = [(a, park), (a, organization), (b, organization), (c, organization)]
    quads = [Quad(s, term("rdf:type"), o) for s, o in kinds]
    quads += [Quad(a, NamedNode("urn:p"), o) for o in (b, c)]

    with graph_of(quads) as graph:
        found = outline(graph)

    assert found.classes == {organization.value: 2, park.value: 1}
    assert found.links == (ClassLink(park.value, "urn:p", organization.value, 2),)
    assert Outline.from_json(found.to_json()) == found
