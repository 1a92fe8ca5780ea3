"""What others write never runs: labels, literals, addresses, file names, searches, queries."""

from collections.abc import Iterator
from urllib.parse import quote

import pytest
from playwright.sync_api import Browser

from tests.browser.conftest import Visitor
from tests.conftest import Server, serving

# All of it asks servers; of what this process runs, nothing is to be measured.
pytestmark = pytest.mark.unmeasured

BASE = "https://example.org/"
#: Each would call alert, tell the console, or ask another host, if it ran.
EVIL = [
    "<script>alert(1)</script>",
    "\"'><img src=x onerror=alert(2)>",
    "</title></script><svg onload=alert(3)>",
    "{{7*7}}<iframe src=https://evil.example/>",
    "]]>--><style>@import 'https://evil.example/'</style>",
]
FILE = '"><img src=x onerror=alert(4)>.ttl'


def literal(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A graph by somebody who means ill, in a file whose name does too."""
    labels = ", ".join(literal(text) for text in EVIL)
    turtle = f"""
        @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
        @prefix skos: <http://www.w3.org/2004/02/skos/core#> .
        @prefix foaf: <http://xmlns.com/foaf/0.1/> .
        @prefix dcterms: <http://purl.org/dc/terms/> .
        @prefix : <{BASE}> .
        <{BASE}id/thing/a> a :Zoo, <javascript:alert(5)> ; rdfs:label {labels} ;
          skos:definition {labels} ; dcterms:description {labels} ;
          foaf:homepage <javascript:alert(6)>, <data:text/html,x>, "javascript:alert(7)" ;
          rdfs:seeAlso <{BASE}id/thing/b>, <//evil.example/>, <javascript:alert(8)> ;
          <javascript:alert(9)> {labels}, <{BASE}id/thing/b> .
        <{BASE}id/thing/b> a :Zoo ; rdfs:label {literal(EVIL[0])}@en-x-evil ;
          rdfs:seeAlso <{BASE}id/thing/a> .
        :Zoo rdfs:label {literal(EVIL[1])} .
        <javascript:alert(9)> rdfs:label {literal(EVIL[2])} .
    """.replace("<//evil.example/>", f"<{BASE}/evil.example>")
    path = tmp_path_factory.mktemp("hostile") / FILE
    path.write_text(turtle, "utf-8")
    with serving("--data", str(path), "--base", BASE) as running:
        yield running


@pytest.fixture
def visitor(browser: Browser, hostile: Server) -> Iterator[Visitor]:
    visitor = Visitor(browser, hostile)
    yield visitor
    for context in browser.contexts:
        context.close()
    refused = [fault for fault in visitor.faults if "status of 40" in fault]
    assert [fault for fault in visitor.faults if fault not in refused] == []


PAGES = [
    "/",
    "/doc/thing/a",
    "/doc/thing/b",
    f"/list?of={quote(BASE)}Zoo",
    "/list?of=javascript:alert(5)",
    "/sparql?query=SELECT%20*%20%7B%20%3Fs%20%3Fp%20%3Fo%20%7D",
    "/sparql?query=CONSTRUCT%20WHERE%20%7B%20%3Fs%20%3Fp%20%3Fo%20%7D",
    "/search?q=script",
]


@pytest.mark.parametrize("path", PAGES)
def test_data(visitor: Visitor, path: str):
    """No value of a graph becomes markup, and no IRI that is not http(s) becomes a link."""
    page = visitor(path)

    assert page.locator("body").count() == 1
    assert page.locator("main :is(script, img, iframe, style)").count() == 0
    links = page.locator("a").evaluate_all("(links) => links.map((link) => link.protocol)")
    assert set(links) <= {"http:", "https:"}
    assert visitor.faults == []


@pytest.mark.parametrize("text", EVIL)
def test_requests(visitor: Visitor, hostile: Server, text: str):
    """What is searched, asked or looked up comes back as text."""
    encoded = quote(text, safe="")
    page = visitor("/")
    for path in (
        f"/search?q={encoded}&lang={encoded}&page={encoded}",
        f"/sparql?query={encoded}",
        f"/sparql?query=SELECT%20({quote(literal(text), safe='')}%20AS%20%3Fx)%20%7B%7D",
        f"/park?sort={encoded}&order={encoded}",
        f"/doc/thing/{encoded}",
        f"/{encoded}",
    ):
        page.goto(hostile.url + path)
        assert page.locator("main :is(script, img, iframe, style)").count() == 0


def test_suggestions(visitor: Visitor):
    """What is suggested while one types is text too."""
    page = visitor("/")

    page.get_by_role("combobox").fill("alert")
    page.locator(".suggestions li").first.wait_for()

    assert page.locator(".suggestions li").first.text_content()
    assert page.locator(".suggestions :is(script, img, iframe, style, svg)").count() == 0
