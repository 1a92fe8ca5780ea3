"""What clients see over HTTP: addresses, forms, headers, errors."""

import json
import re

import pytest
import rdflib

from parkgraph.rdf import canonical_lines, parse_bytes
from parkgraph.release import Release
from tests.conftest import Answer, Server

# All of it asks servers; of what this process runs, nothing is to be measured.
pytestmark = pytest.mark.unmeasured

BASE = "https://w3id.org/parkgraph/"
BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
TYPES = {
    "ttl": "text/turtle",
    "jsonld": "application/ld+json",
    "nt": "application/n-triples",
    "rdf": "application/rdf+xml",
}
DOCUMENTS = [
    "/doc/park/iasp-6112",
    "/doc/organization/tus-holdings",
    "/doc/organization/tsinghua-university",
    "/doc/organization/iasp",
    "/doc/site/iasp-6112",
    "/doc/place/beijing",
    "/doc/network/tus-holdings-innovation-network",
    "/doc/service/iasp-6112-value-added-service-package",
    "/doc/strategy/iasp-6112-sub-park-development",
    "/doc/membership/iasp-6112",
    "/doc/alignment/tuspark-wikidata",
    "/doc/concept/bound/more-than",
    "/doc/concept/bound",
    "/document/iasp-6112",
    "/document/iasp-6112/8d0d83c6",
    "/def",
]


def lasting(got: Answer) -> dict[str, str]:
    """The headers that do not depend on the moment."""
    named = {name.lower(): value for name, value in got.headers.items()}
    return {name: named[name] for name in named.keys() - {"date", "x-request-id"}}


def lines(body: bytes, extension: str) -> list[bytes]:
    return canonical_lines(parse_bytes(body, extension))


@pytest.mark.parametrize("path", DOCUMENTS)
def test_all_forms_hold_the_same_triples(server: Server, path: str):
    """Of one document, every RDF form is the same graph, by suffix and by negotiation."""
    reference = lines(server.ask(f"{path}.nt").body, "nt")

    assert len(reference) > 3
    for extension, media_type in TYPES.items():
        fixed = server.ask(f"{path}.{extension}")
        chosen = server.ask(path, Accept=media_type)
        assert (fixed.status, chosen.status) == (200, 200)
        assert fixed.headers["Content-Type"].partition(";")[0] == media_type
        assert chosen.headers["Content-Location"] == f"{path}.{extension}"
        assert lines(fixed.body, extension) == lines(chosen.body, extension) == reference


@pytest.mark.parametrize("path", DOCUMENTS)
def test_headers_of_a_document(server: Server, path: str):
    """GET and HEAD agree; each form has its own strong tag; a tag that matches gives 304."""
    tags = set()
    for extension in (*TYPES, "html"):
        got = server.ask(f"{path}.{extension}")
        head = server.ask(f"{path}.{extension}", "HEAD")
        assert lasting(got) == lasting(head)
        assert head.body == b""
        tag = got.headers["ETag"]
        assert re.fullmatch(r'"[0-9a-f]{32}"', tag)
        tags.add(tag)
        again = server.ask(f"{path}.{extension}", If_None_Match=tag)
        assert (again.status, again.body, again.headers["ETag"]) == (304, b"", tag)
        assert got.headers["Access-Control-Allow-Origin"] == "*"
        assert got.headers["X-Content-Type-Options"] == "nosniff"
        assert got.headers["Content-Security-Policy"]

    assert len(tags) == len(TYPES) + 1


NEGOTIATION = [
    ("no wish", None, "text/turtle"),
    ("anything", "*/*", "text/turtle"),
    ("a browser", BROWSER, "text/html"),
    (
        "json-ld with a profile",
        'application/ld+json;profile="http://www.w3.org/ns/json-ld#compacted"',
        "application/ld+json",
    ),
    ("refused", "text/turtle;q=0, application/n-triples;q=0.1", "application/n-triples"),
    ("a malformed range is ignored", "text/turtle;q=x, application/rdf+xml", "application/rdf+xml"),
]


@pytest.mark.parametrize(
    ("law", "accept", "media_type"), NEGOTIATION, ids=[n[0] for n in NEGOTIATION]
)
def test_negotiation(server: Server, law: str, accept: str | None, media_type: str):
    """Browsers get HTML, curl and rdflib get RDF; what the answer varies with is said."""
    headers = {} if accept is None else {"Accept": accept}
    got = server.ask("/doc/park/iasp-6112", **headers)

    assert got.headers["Content-Type"].partition(";")[0] == media_type
    assert "Accept" in got.headers["Vary"]


def test_not_acceptable(server: Server):
    """Nothing acceptable: 406 with the forms that there are."""
    got = server.ask("/doc/park/iasp-6112", Accept="image/png")

    assert got.status == 406
    assert "text/turtle" in json.loads(got.body)["alternates"]
    assert 'rel="alternate"' in got.headers["Link"]


def test_a_thing_is_not_a_document(server: Server):
    """/id answers 303 to /doc, whatever is asked for, with a relative address."""
    for accept in (BROWSER, "text/turtle", "*/*"):
        got = server.ask("/id/park/iasp-6112", Accept=accept)
        assert (got.status, got.headers["Location"]) == (303, "/doc/park/iasp-6112")
        assert got.headers["Cache-Control"] == "max-age=300"


NOT_FOUND = [
    "/id/park/iasp-9999",
    "/id/park/IASP-6112",
    "/doc/park/iasp-6112.xyz",
    "/doc/park",
    "/doc/park/../park/iasp-6112%2e",
    "/document/iasp-6112/00000000",
    "/source/iasp-6112/00000000.txt",
    "/source/iasp-6112/..%2f..%2fmanifest.txt",
    "/graph/none",
    "/download/none.ttl",
    "/release/000000000000/parkgraph.ttl",
    "/release/..%2f..%2fetc/passwd",
    "/nothing",
]


@pytest.mark.parametrize("path", NOT_FOUND)
def test_not_found(server: Server, path: str):
    """What is not known is 404, a problem for programs and a page for people."""
    problem = server.ask(path)
    page = server.ask(path, Accept=BROWSER)

    assert (problem.status, page.status) == (404, 404)
    assert problem.headers["Content-Type"] == "application/problem+json"
    assert json.loads(problem.body)["status"] == 404
    assert page.headers["Content-Type"].startswith("text/html")
    assert problem.headers["Cache-Control"] == "max-age=60"


def test_every_iri_of_the_base_answers(server: Server, release: Release):
    """Every IRI under the base that occurs in the data leads to a document or a file."""
    text = (release.folder / "parkgraph.nq").read_text("utf-8")
    found = set(re.findall(rf"<{BASE}([^>#]*)(?:#[^>]*)?>", text))

    assert len(found) > 200
    wrong = [path for path in sorted(found) if not _answers(server, f"/{path}")]
    assert wrong == []


def _answers(server: Server, path: str) -> bool:
    got = server.ask(path)
    if got.status in {302, 303}:
        got = server.ask(got.headers["Location"])
    return got.status == 200


def test_source_text_is_served_verbatim(server: Server, release: Release):
    """The source text goes out byte for byte, as text that no browser takes for a page."""
    got = server.ask("/source/iasp-6112/8d0d83c6.txt")

    assert got.body == (release.folder / "source/iasp-6112/8d0d83c6.txt").read_bytes()
    assert got.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert got.headers["Content-Security-Policy"] == "sandbox"


def test_downloads_are_the_published_bytes(server: Server, release: Release):
    """Each download leads to the immutable file; ranges and tags work."""
    for file in release.manifest.distributions:
        redirect = server.ask(f"/download/{file.path}")
        assert redirect.status == 302
        got = server.ask(redirect.headers["Location"])
        assert got.body == (release.folder / file.path).read_bytes()
        assert "immutable" in got.headers["Cache-Control"]
        part = server.ask(redirect.headers["Location"], Range="bytes=10-19")
        assert (part.status, part.body) == (206, got.body[10:20])
        tag = got.headers["ETag"]
        assert server.ask(redirect.headers["Location"], If_None_Match=tag).status == 304


def test_named_graphs_are_served(server: Server, release: Release):
    """Each named graph answers with exactly its triples."""
    quads = list(parse_bytes((release.folder / "parkgraph.nq").read_bytes(), "nq"))
    names = {q.graph_name.value for q in quads if hasattr(q.graph_name, "value")}

    assert len(names) == 4
    for name in names:
        got = server.ask(f"/{name.removeprefix(BASE)}", Accept="application/n-triples")
        own = [q.triple for q in quads if getattr(q.graph_name, "value", "") == name]
        assert got.body.count(b"\n") == len(own)


def test_rdflib_reads_the_park(server: Server):
    """``Graph().parse(url)`` follows the 303 and gets the park with its figures."""
    graph = rdflib.Graph().parse(f"{server.url}/id/park/iasp-6112")
    park = rdflib.URIRef(f"{BASE}id/park/iasp-6112")
    figures = list(graph.objects(park, rdflib.URIRef(f"{BASE}def#hasFigure")))

    assert len(figures) == 4


PAGES = ["/", "/park", "/organization", "/report", "/shapes", "/sparql", *DOCUMENTS]


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_pages(server: Server, path: str, lang: str):
    """Each page comes in both languages, says which, and asks no other host for anything."""
    got = server.ask(path, Accept=BROWSER, Accept_Language=lang)
    text = got.body.decode()

    assert got.status == 200
    assert got.headers["Content-Language"] == lang
    assert re.search(rf'<html[^>]* lang="{lang}', text)
    assert "Accept-Language" in got.headers["Vary"]
    assert not re.findall(r'<(?:script|img|iframe)[^>]* src="(?:https?:)?//', text)
    assert not re.findall(r'<link[^>]*rel="stylesheet"[^>]*href="(?:https?:)?//', text)
    assert len(got.body) < 250_000


def test_method_not_allowed(server: Server):
    """A method that is not offered is 405 and names those that are."""
    got = server.ask("/doc/park/iasp-6112", "DELETE")

    assert got.status == 405
    assert "GET" in got.headers["Allow"]


def test_json_ld_is_compact(server: Server):
    """JSON-LD carries its context, and names and quotes are plain to a developer."""
    document = json.loads(server.ask("/doc/park/iasp-6112.jsonld").body)

    assert "@context" in document
    assert document["id"].endswith("id/park/iasp-6112")
    assert {figure["value"] for figure in document["hasFigure"]} == {"1000", "1500", "20", "770000"}
    assert document["prefLabel"] == {"en": "Tsinghua University Science Park - TusPark"}
