"""Descriptions in Markdown: the facts with their words, and links that lead on."""

import re
from urllib.parse import urlsplit

import pytest
import rdflib
from hypothesis import example, given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from parkgraph.web.markdown import escaped, quoted
from tests.conftest import Server

BASE = "https://w3id.org/parkgraph/"
PARK = "/doc/park/iasp-6112"
DOCUMENT = "/document/iasp-6112"
PAGES = [PARK, DOCUMENT, f"{DOCUMENT}/8d0d83c6", "/doc/concept/bound/more-than"]
DEF = rdflib.Namespace(f"{BASE}def#")


def words(text: str) -> str:
    """What a reader sees of a text in Markdown, on one line."""
    blocks = (token.children or () for token in MarkdownIt().parse(text))
    shown = ("".join(part.content for part in block if "text" in part.type) for block in blocks)
    return " ".join(" ".join(shown).split())


def described(server: Server, path: str) -> rdflib.Graph:
    return rdflib.Graph().parse(data=server.ask(f"{path}.ttl").body, format="turtle")


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("lang", ["en", "zh"])
def test_forms(server: Server, path: str, lang: str):
    """Each description has a form in Markdown, in both languages, by suffix and by Accept."""
    by_suffix = server.ask(f"{path}.md?lang={lang}")
    by_accept = server.ask(path, Accept="text/markdown", Accept_Language=lang)
    (title, *_) = MarkdownIt().parse(by_suffix.body.decode())

    assert (by_suffix.status, title.tag) == (200, "h1")
    assert by_suffix.headers["Content-Type"] == "text/markdown; charset=utf-8"
    assert by_suffix.headers["Content-Language"] == by_accept.headers["Content-Language"] == lang
    assert by_accept.headers["Content-Location"] == f"{path}.md?lang={lang}"
    assert {"Accept", "Accept-Language"} <= set(by_accept.headers["Vary"].split(", "))


def test_others_get_what_they_got(server: Server):
    """No wildcard asks for Markdown, and every other form leads to it."""
    for accept in ("*/*", "text/*", "text/html", "text/turtle"):
        got = server.ask(PARK, Accept=accept)
        assert "markdown" not in got.headers["Content-Type"]
    assert f'<{PARK}.md?lang=en>; rel="alternate"; type="text/markdown"' in got.headers["Link"]
    assert server.ask("/def.md").status == 404


def test_all_that_is_said_of_the_park(server: Server):
    """The words of each claim that yields a triple of the park are there, and each figure's."""
    graph, text = described(server, PARK), words(server.ask(f"{PARK}.md").body.decode())
    park = rdflib.URIRef(f"{BASE}id/park/iasp-6112")
    claims = [*graph.subjects(rdflib.RDF.subject, park), *graph.objects(park, DEF.hasFigure)]
    quotes = {str(q) for claim in claims for q in graph.objects(claim, DEF.quote)}

    assert len(quotes) > 15
    for quote in quotes:
        assert " ".join(quote.split()) in text
    assert "more than 1,500 resident organizations" in text
    assert str(park) in text


def test_all_that_the_document_says(server: Server):
    """The words of every claim are on the document's page, with its fields, filled or empty."""
    graph, text = described(server, DOCUMENT), words(server.ask(f"{DOCUMENT}.md").body.decode())
    quotes = {" ".join(str(quote).split()) for quote in graph.objects(None, DEF.quote)}

    assert len(quotes) > 60
    assert [quote for quote in quotes if quote not in text] == []
    assert "Website: empty" in text
    assert "Location: “Beijing, China”" in text


@pytest.mark.parametrize("path", PAGES[:2])
def test_links(server: Server, path: str):
    """Links are absolute; those to descriptions lead to Markdown, and each one answers."""
    text = server.ask(f"{path}.md").body.decode()
    links = set(re.findall(r"\]\(([^)\s]+)\)", text))
    here = [urlsplit(link) for link in links if f"//localhost:{server.port}/" in link]

    assert len(here) > 10
    assert all(link.startswith("http") for link in links)
    for address in {link.path for link in here}:
        assert server.ask(address).status == 200
        assert address.endswith((".md", ".txt", "/def"))


def seen(markdown: str) -> list[tuple[str, str]]:
    tokens = MarkdownIt().parse(markdown)
    kinds = [token.type for token in tokens if token.nesting >= 0 and token.type != "inline"]
    return [(", ".join(kinds), words(markdown))]


@given(st.text(max_size=40))
@example("1. one")
@example("12) &amp; <b>*x*</b> [a](b) `c`")
@example("---")
@example("# =\n===")
@example("~~~\n\\")
@example("R&D: 770,000㎡ — ’x_y_z’")
def test_words_survive(text: str):
    """Whatever a source says, Markdown shows just that: no list, heading, link or code."""
    plain = " ".join(text.split())
    if plain.isprintable() and plain:
        quote = "\n".join(quoted(plain))
        assert seen(quote) == [("blockquote_open, paragraph_open", plain)]
        assert words(f"- **{escaped(plain)}**: x") == f"{plain}: x"
