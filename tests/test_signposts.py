"""Typed links as a client of FAIR Signposting finds them, and schema.org in every page."""

import json
import re
import warnings
from itertools import pairwise

import pytest
from pyld import jsonld

from parkgraph.description import lines_from
from parkgraph.rdf import Literal, NamedNode, Triple, canonical_lines, parse_bytes
from parkgraph.schemaorg import class_of, schema_json, schema_org
from parkgraph.vocab import PREFIXES, term
from parkgraph.web.links import LONGEST, TypedLink, field
from parkgraph.web.render import script_data
from tests.conftest import Server

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # it has its own with newer libraries
    import signposting

BASE = "https://w3id.org/parkgraph/"
PARK = f"{BASE}id/park/iasp-6112"
BROWSER = "text/html,*/*;q=0.8"


def targets(found: object) -> set[str]:
    return {one.target for one in found}


def test_level_1(server: Server):
    """The page of a park leads to its identifier, its class, its licence and its data."""
    path = f"{server.url}/doc/park/iasp-6112"
    found = signposting.find_signposting_http(f"{path}.html")

    assert found.citeAs.target == PARK
    assert targets(found.types) == {
        "https://schema.org/AboutPage",
        "https://schema.org/Organization",
    }
    assert found.license.target == "https://creativecommons.org/licenses/by/4.0/"
    assert {(one.target, str(one.type)) for one in found.describedBy} >= {
        (f"{path}.ttl", "text/turtle"),
        (f"{path}.jsonld", "application/ld+json"),
        (f"{path}.nt", "application/n-triples"),
        (f"{path}.rdf", "application/rdf+xml"),
    }
    assert targets(found.linksets) == {f"{server.url}/linkset/doc/park/iasp-6112"}
    assert found.collection.target == f"{server.url}/"


@pytest.mark.parametrize("media_type", ["application/linkset+json", "application/linkset"])
def test_level_2(server: Server, media_type: str):
    """The linkset has all links of the page and of its data, in both syntaxes."""
    origin = f"http://localhost:{server.port}"
    path = f"{origin}/doc/park/iasp-6112"
    header = signposting.find_signposting_http(f"{path}.html")
    found = signposting.find_signposting_linkset(f"{origin}/linkset/doc/park/iasp-6112", media_type)
    page = found.for_context(path)

    assert page.citeAs.target == header.citeAs.target
    assert {*targets(page.describedBy)} == {*targets(header.describedBy)}
    assert targets(page.types) == targets(header.types)
    assert f"{path}.ttl" in map(str, found.other_contexts)


def test_data_leads_back(server: Server):
    """A form of the data says what it describes, what profile it has, and where its links are."""
    said = server.ask("/doc/park/iasp-6112.ttl").headers["Link"]

    assert '</doc/park/iasp-6112>; rel="describes"; type="text/html"' in said
    assert f'<{BASE}profile/park>; rel="profile"' in said
    assert f'<{PARK}>; rel="cite-as"' in said
    assert '</linkset/doc/park/iasp-6112>; rel="linkset"' in said


def test_items(server: Server):
    """A document leads to its text, the dataset to its files; each item is there."""
    for path in ("/document/iasp-6112.html", "/dataset.html"):
        linkset = re.findall(r'<(/linkset/[^>]+)>; rel="linkset"', server.ask(path).headers["Link"])
        contexts = json.loads(server.ask(linkset[0]).body)["linkset"]
        items = [one["href"] for context in contexts for one in context.get("item", ())]
        assert items
        for href in items:
            assert href.startswith(f"{server.url}/".replace("127.0.0.1", "localhost"))
            found = server.ask("/" + href.split("/", 3)[3], "HEAD")
            assert found.status == 200
            assert 'rel="collection"' in found.headers["Link"]


@pytest.mark.parametrize(
    "path",
    [
        "doc/place/beijing",
        "document/iasp-6112",
        "def",
        "shapes",
        "dataset",
        "graph/alignments",
        "graph/catalog",
    ],
)
def test_every_document_has_a_linkset(server: Server, path: str):
    """What the header names is there, and every local address in it answers."""
    got = json.loads(server.ask(f"/linkset/{path}").body)
    origin = f"http://localhost:{server.port}/"

    anchors = {context["anchor"] for context in got["linkset"]}
    assert f"{origin}{'' if path == 'dataset' else path}" in anchors
    for context in got["linkset"]:
        assert context["anchor"].startswith(origin)
        for name, links in context.items():
            for link in links if name != "anchor" else ():
                if link["href"].startswith(origin):
                    address = link["href"].removeprefix(origin)
                    assert server.ask(f"/{address}", "HEAD").status == 200


def test_a_long_header_keeps_what_matters():
    """Over 4 kB only what no client can do without stays in the header."""
    links = [TypedLink(f"/doc/{n}", "alternate") for n in range(200)]
    kept = [
        TypedLink("/x", rel) for rel in ("linkset", "cite-as", "describedby", "type", "license")
    ]

    assert field([*links, *kept]) == ", ".join(map(str, kept))
    assert len(field(links[:100])) <= LONGEST


PAGES = [
    "/",
    "/park",
    "/report",
    "/shapes",
    "/def",
    "/sparql",
    "/doc/park/iasp-6112",
    "/doc/place/beijing",
    "/doc/concept/bound/more-than",
    "/document/iasp-6112",
    "/nothing",
    "/search?q=park",
]


def embedded(server: Server, path: str) -> dict[str, object]:
    """The one JSON-LD of a page."""
    text = server.ask(path, Accept=BROWSER).body.decode()
    [found] = re.findall(r'<script type="application/ld\+json">(.*?)</script>', text, re.DOTALL)
    assert not re.search("[<>&\u2028\u2029]", found)
    return json.loads(found)


@pytest.mark.parametrize("path", PAGES)
def test_every_page_is_told_in_schema_org(server: Server, path: str):
    """Each page embeds JSON-LD that a processor reads without any other file."""
    data = embedded(server, path)
    lines = jsonld.to_rdf(data, {"format": "application/n-quads"})

    assert "https://schema.org/" in lines
    assert lines.count("\n") > 3


@pytest.mark.parametrize(("page", "data"), [("/", "/dataset"), ("/doc/park/iasp-6112", "")])
def test_a_page_and_the_profile_say_the_same(server: Server, page: str, data: str):
    """What a page embeds is the schema.org profile of what it shows."""
    told = canonical_lines(parse_bytes(json.dumps(embedded(server, page)).encode(), "jsonld"))
    for extension in ("nt", "jsonld", "ttl", "rdf"):
        got = server.ask(f"{data or page}.{extension}?_profile=schema.org")
        assert canonical_lines(parse_bytes(got.body, extension)) == told


def test_a_park_and_its_figures(server: Server):
    """A park is an Organization; a figure that is a lower bound has a least value, no value."""
    data = json.loads(server.ask("/doc/park/iasp-6112.jsonld?_profile=schema.org").body)
    park, *figures = data["@graph"]

    assert (park["@id"], park["@type"]) == (PARK, "Organization")
    assert park["address"]["@type"] == "PostalAddress"
    assert all("QuantitativeValue" in one["@type"] for one in figures)
    values = {one.get("minValue", one.get("value")): one for one in figures}
    assert set(values) == {20, 770000, 1500, 1000}
    assert "value" not in values[1500]
    assert values[1500]["observationAbout"] == {"@id": PARK}
    assert {"@language": "en", "@value": "resident organizations"} in values[1500]["name"]


def test_the_dataset(server: Server):
    """The front page tells the dataset with its licence and its downloads."""
    data = embedded(server, "/")
    dataset = data.get("@graph", [data])[0]

    assert (dataset["@id"], dataset["@type"]) == (f"{BASE}dataset", "Dataset")
    assert dataset["license"] == "https://creativecommons.org/licenses/by/4.0/"
    files = [one for one in dataset["distribution"] if one["@type"] == "DataDownload"]
    assert all(one["contentUrl"] and one["encodingFormat"] for one in files)
    assert len(files) > 5


NUMBERS = [
    ("1500", "xsd:decimal", 1500),
    ("12.5", "xsd:decimal", 12.5),
    ("-0.001", "xsd:decimal", -0.001),
    ("0", "xsd:integer", 0),
    ("100000000000000000", "xsd:integer", 10**17),
    ("+5.", "xsd:decimal", 5),
    ("many", "xsd:integer", "many"),
    ("1_000", "xsd:nonNegativeInteger", "1_000"),
]


@pytest.mark.parametrize(("digits", "datatype", "number"), NUMBERS)
def test_numbers_are_the_same_in_every_form(digits: str, datatype: str, number: float | str):
    """A number goes as one of JSON, and is the same literal in the other forms; else as text."""
    value = Literal(digits, datatype=term(datatype))
    given = lines_from([Triple(NamedNode("urn:x"), term("schema:value"), value)])
    said = schema_org(given, "urn:x")
    tree = schema_json(said, "urn:x")

    assert tree["value"] == number
    read = [quad.triple for quad in parse_bytes(json.dumps(tree).encode(), "jsonld")]
    assert lines_from(read) == said


def test_a_long_chain_is_told_whole():
    """What leads on from one thing to the next, however often, is not nested without an end."""
    chain = [NamedNode(f"urn:x#{n}") for n in range(1000)]
    given = lines_from([Triple(a, term("schema:nextItem"), b) for a, b in pairwise(chain)])
    text = json.dumps(schema_json(schema_org(given, "urn:x#0"), "urn:x#0"))

    read = [quad.triple for quad in parse_bytes(text.encode(), "jsonld")]
    assert sorted(lines_from(read)) == sorted(given)


@pytest.mark.parametrize(
    ("bound", "name"),
    [
        ("more-than", "minValue"),
        ("at-least", "minValue"),
        ("at-most", "maxValue"),
        ("fewer-than", "maxValue"),
        ("as-stated", "value"),
        ("about", "value"),
    ],
)
def test_bounds(bound: str, name: str):
    """A bound decides what the number is."""
    park, figure = NamedNode("urn:park"), NamedNode("urn:figure")
    said = [
        Triple(park, term("park:hasFigure"), figure),
        Triple(figure, term("park:bound"), term(f"bound:{bound}")),
        Triple(figure, term("schema:value"), Literal("7", datatype=term("xsd:decimal"))),
    ]
    found = schema_org(lines_from(said), "urn:park")
    names = {by[1:-1].removeprefix(PREFIXES["schema"]) for _, by, _ in found}

    assert names & {"value", "minValue", "maxValue"} == {name}


def test_classes():
    """What has no counterpart is a Thing."""
    assert class_of(["urn:x"]) == class_of([]) == "https://schema.org/Thing"
    assert class_of(["https://schema.org/Service", "urn:x"]) == "https://schema.org/Service"


def test_nothing_ends_a_script():
    """No text can end the element that the data stands in."""
    evil = {"a": "</script><!--&\u2028\u2029"}
    text = str(script_data(evil))

    assert not re.search("[<>&\u2028\u2029]", text)
    assert json.loads(text) == evil
