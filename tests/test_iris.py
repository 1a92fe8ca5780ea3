"""Every IRI answers: of a release, of its catalogue and shapes; of any data, whatever its shape."""

import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import quote, urljoin

import pytest
from rdflib import Graph, URIRef

from parkgraph.rdf import NamedNode, Quad, Triple, canonical_lines, parse_bytes
from tests.conftest import Answer, Server, serving

BASE = "https://w3id.org/parkgraph/"
RDF = "application/n-triples, */*;q=0.1"


def iris(quads: Iterator[Quad]) -> set[str]:
    """Every IRI in ``quads``, wherever it stands."""
    found: set[str] = set()
    for quad in quads:
        parts = (*quad.triple, quad.graph_name, getattr(quad.object, "datatype", None))
        found |= {part.value for part in parts if isinstance(part, NamedNode)}
    return found


def follow(server: Server, path: str, **headers: str) -> tuple[str, Answer]:
    """Where a client ends up, and what it gets there."""
    answer = server.ask(path, **headers)
    for _ in range(3):
        if answer.status not in {301, 302, 303}:
            break
        path = urljoin(path, answer.headers["Location"])
        answer = server.ask(path, **headers)
    return path, answer


# A release


@pytest.fixture(scope="module")
def named(server: Server) -> set[str]:
    """Every IRI under the base, in every graph of the release, its catalogue and its shapes."""
    _, dump = follow(server, "/download/parkgraph.nq")
    catalogue = server.ask("/", Accept="application/n-triples").body
    shapes = server.ask("/shapes", Accept="application/n-triples").body
    found = iris(parse_bytes(dump.body, "nq"))
    found |= iris(parse_bytes(catalogue, "nt")) | iris(parse_bytes(shapes, "nt"))
    return {iri for iri in found if iri.startswith(BASE)}


def test_every_iri_of_a_release_answers(server: Server, named: set[str]):
    """Things by 303, documents by 200; each is said something of where its address leads."""
    kinds = set(re.findall(rf"{BASE}([a-z]+)", " ".join(named)))
    bodies: dict[str, bytes] = {}
    missing = []
    for iri in sorted(named):
        address = iri.partition("#")[0]
        if address not in bodies:
            path = f"/{address.removeprefix(BASE)}"
            first = server.ask(path, Accept=RDF)
            assert (first.status == 303) == path.startswith(("/id/", "/dataset")), path
            _, answer = follow(server, path, Accept=RDF)
            assert answer.status == 200, path
            bodies[address] = answer.body
        whole = address.startswith((f"{BASE}graph/", f"{BASE}source/", f"{BASE}download/"))
        if not whole and f"<{iri}>".encode() not in bodies[address]:
            missing.append(iri)

    assert {"def", "document", "graph", "id", "shapes", "source"} <= kinds
    assert len(named) > 500
    assert [iri for iri in missing if iri != f"{BASE}def#"] == []


def test_versions_that_never_were(server: Server):
    """404 for a version of the ontology or the shapes that is none, whatever its characters."""
    for path in ("/def/9.9.9", "/shapes/9.9.9", "/shapes/%5E%3E%20", "/def/%5E%3E%20"):
        assert server.ask(path).status == 404


def test_content_location(server: Server):
    """A document says which of its forms was sent, and that address gives the same bytes."""
    for path in ("/document/iasp-6112", "/document/iasp-6112/8d0d83c6", "/def", "/shapes"):
        for accept in ("text/turtle", "text/html"):
            got = server.ask(path, Accept=accept)
            fixed = server.ask(got.headers["Content-Location"])
            assert got.status == fixed.status == 200
            assert fixed.body == got.body or accept == "text/html"


# Any data

ODD = """
@prefix : <http://e.org/ns#> .
@prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
:Class rdfs:label "A class"@en .
:part rdfs:label "part"@en ; rdfs:domain :Class .
<http://e.org/id/one> a :Class ; :part <http://e.org/id/two> ; rdfs:label "One"@en .
<http://e.org/id/two> a :Class ; :part [ rdfs:label "nameless" ] .
<http://e.org/slash/three> :part <http://e.org/id/one> , <http://other.example/x?y=1#z> .
<http://e.org/slash/> :part <http://e.org/slash/three> .
<http://e.org/slash/three#it> :part 3 .
<http://e.org/with.dots/a.ttl> :part 4 .
<http://e.org/q?a=b&c=d> :part <http://e.org/q> .
<http://e.org/q> :part 5 .
<http://e.org/北京> :part <http://e.org/%E4%B8%8A%E6%B5%B7> .
<http://e.org/%E4%B8%8A%E6%B5%B7> :part "上海"@zh .
<http://e.org/a%2Fb> :part 6 .
<http://e.org/a//b> :part 7 .
<http://e.org/sparql> :part 8 .
<http://e.org/data/x> :part 9 .
<http://e.org/doc/x> :part 10 .
<http://e.org/one> :part 11 .
<http://e.org/> :part <urn:isbn:1> .
<urn:isbn:1> :part <mailto:a@e.org> .
<http://other.example/thing> :part <http://e.org/id/one> .
"""
GRAPHS = "<http://e.org/graph/g> { <http://e.org/id/two> <http://e.org/ns#part> 'in a graph' } "
GRAPHS += "<urn:g> { <http://e.org/only/here> <http://e.org/ns#part> 1 }"


@pytest.fixture(scope="module")
def odd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Two files of odd IRIs; the base is found in them."""
    folder: Path = tmp_path_factory.mktemp("odd")
    (folder / "odd.ttl").write_text(ODD, "utf-8")
    (folder / "graphs.trig").write_text(GRAPHS, "utf-8")
    with serving("--data", str(folder / "odd.ttl"), str(folder / "graphs.trig")) as server:
        yield server


def all_iris() -> list[str]:
    found = iris(parse_bytes(ODD.encode(), "ttl")) | iris(parse_bytes(GRAPHS.encode(), "trig"))
    return sorted(iri for iri in found if not iri.startswith("http://www.w3.org/"))


@pytest.mark.parametrize("iri", all_iris())
def test_every_iri_of_data_has_a_document(odd: Server, iri: str):
    """By ``/doc?iri=`` any IRI of the data is described, the same in every form, and as a page."""
    path = f"/doc?iri={quote(iri, safe='')}"
    got = odd.ask(path, Accept="application/n-triples")
    page = odd.ask(path, Accept="text/html")
    turtle = odd.ask(path, Accept="text/turtle")

    assert (got.status, page.status, turtle.status) == (200, 200, 200)
    assert f"<{iri}>".encode() in got.body or iri.endswith("g")
    assert urn_or(iri) in page.body.decode()
    if b"_:" not in got.body:
        same = canonical_lines(parse_bytes(turtle.body, "ttl"))
        assert same == canonical_lines(parse_bytes(got.body, "nt"))
    located = odd.ask(got.headers["Content-Location"])
    assert (located.status, located.body) == (200, got.body)
    assert got.headers["Link"].isascii()
    assert f'<{quote(iri, safe=ASCII)}>; rel="cite-as"' in got.headers["Link"]


def test_other_forms_are_of_the_same_thing(odd: Server):
    """Each link to one leads to it, for a document that its query tells from others too."""
    for iri in ("http://e.org/北京", "http://e.org/id/one"):
        got = odd.ask(f"/doc?iri={quote(iri, safe='')}", Accept="application/n-triples")
        found = re.findall(r'<([^>]+)>; rel="alternate"; type="([^"]+)"', got.headers["Link"])
        assert len(found) > 4
        for address, media_type in found:
            answer = odd.ask(address)
            assert answer.status == 200, address
            assert answer.headers.get_content_type() == media_type
            assert iri in answer.body.decode()


ASCII = bytes(range(128))


def urn_or(iri: str) -> str:
    return iri.replace("&", "&amp;")


UNDER = [iri for iri in all_iris() if iri.startswith("http://e.org/")]
#: Paths at which the server itself answers, and one that HTTP libraries take together.
ELSEWHERE = {"http://e.org/", "http://e.org/sparql", "http://e.org/doc/x", "http://e.org/a//b"}


@pytest.mark.parametrize("iri", [iri for iri in UNDER if iri not in ELSEWHERE])
def test_an_iri_under_the_base_answers_by_itself(odd: Server, iri: str):
    """Its path, with its query, percent-encoded or not, leads to a document that names it."""
    path = quote(iri.removeprefix("http://e.org").partition("#")[0], safe="/?&=%")
    end, answer = follow(odd, path, Accept="application/n-triples")

    if "%2F" in path:
        return  # WSGI hands it on decoded: such an IRI has its document by name
    assert answer.status == 200, end
    assert f"<{iri}>".encode() in answer.body or iri.endswith("/g")


def test_things_and_documents(odd: Server):
    """A thing answers 303, a document of hash IRIs 200; what is nowhere in the data 404."""
    assert (odd.ask("/ns").status, odd.ask("/id/one").status) == (200, 303)
    assert odd.ask("/id/one").headers["Location"] == "/doc/one"
    assert odd.ask("/one").headers["Location"] == "/doc?iri=http%3A%2F%2Fe.org%2Fone"
    assert odd.ask("/slash/three").headers["Location"] == "/doc/slash/three"
    for path in (
        "/nothing",
        "/doc/nothing",
        "/id/none",
        "/doc?iri=urn:none",
        "/doc",
        "/doc?iri=%20",
    ):
        assert odd.ask(path).status == 404


class Anchors(HTMLParser):
    """The addresses that a page links to."""

    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep what an anchor leads to."""
        if tag == "a" and (href := dict(attrs).get("href")):
            self.found.add(href)


def test_every_link_of_a_page_leads_somewhere(odd: Server):
    """From the pages of things, each local link answers, external IRIs of the data included."""
    seen: set[str] = set()
    for iri in ("http://e.org/id/one", "http://e.org/slash/three", "http://e.org/q", "urn:isbn:1"):
        parser = Anchors()
        path = f"/doc?iri={quote(iri, safe='')}"
        parser.feed(odd.ask(path, Accept="text/html").body.decode())
        seen |= {urljoin(path, href).partition("#")[0] for href in parser.found}
    local = {href for href in seen if href.startswith("/")}

    assert any("other.example" in href for href in local)
    assert [h for h in local if follow(odd, h, Accept="text/html")[1].status != 200] == []


def test_foreign_client_follows_hash_and_slash(odd: Server):
    """Rdflib parses what the addresses give, and finds the things in it."""
    for path, iri in (("/ns", "ns#Class"), ("/id/one", "id/one"), ("/slash/three", "slash/three")):
        assert (URIRef(f"http://e.org/{iri}"), None, None) in Graph().parse(odd.url + path)


@pytest.mark.parametrize("extension", ["ttl", "nt", "rdf", "jsonld", "nq", "trig"])
def test_downloads_of_data(odd: Server, extension: str):
    """All data in each syntax; ranges, entity tags; a syntax for one graph has the default one."""
    whole = odd.ask(f"/download/data.{extension}")
    part = odd.ask(f"/download/data.{extension}", Range="bytes=10-19")
    triples: list[Triple] = list(parse_bytes(whole.body, extension))

    assert (whole.status, part.status, part.body) == (200, 206, whole.body[10:20])
    assert len(triples) == (29 if extension in {"nq", "trig"} else 27)
    assert odd.ask("/download/data.xyz").status == 404


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A thing that 600 others lead to, from two graphs."""
    lines = [f"<http://h.org/{n}> <http://h.org/p> <http://h.org/hub>" for n in range(600)]
    file: Path = tmp_path_factory.mktemp("hub") / "hub.nq"
    text = [f"{line}{' <http://h.org/g>' * (n % 2)} .\n" for n, line in enumerate(lines)]
    file.write_text("".join(text), "utf-8")
    with serving("--data", str(file)) as server:
        yield server


def test_the_rest_of_the_links(hub: Server):
    """Where more leads to a thing than its description holds, a typed link gives all of it."""
    address, whole = follow(hub, "/hub", Accept="application/n-triples")
    linked = re.findall(r'<([^>]*)>; rel="related"', whole.headers["Link"])
    page = hub.ask("/doc/hub.html").body.decode()
    shown = re.findall(r'href="(/sparql\?query=SELECT[^"]*)"', page)
    few = follow(hub, "/1", Accept="application/n-triples")[1]

    assert address == "/doc/hub"
    assert whole.body.count(b"\n") == 500
    assert len(linked) == len(shown) == 1
    assert hub.ask(linked[0], Accept="application/n-triples").body.count(b"\n") == 600
    assert hub.ask(shown[0], Accept="text/csv").body.count(b"\n") == 601
    assert linked[0] in hub.ask("/linkset/doc/hub").body.decode()
    assert 'rel="related"' not in few.headers["Link"]
