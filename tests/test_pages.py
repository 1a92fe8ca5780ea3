"""Pages are well-formed, safe, bilingual, and lead from every fact to its words and back."""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path
from typing import cast
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markupsafe import escape

from parkgraph.errors import Diagnostic
from parkgraph.index import Index
from parkgraph.lists import Wanted
from parkgraph.rdf import BlankNode, Literal, NamedNode, Triple, parse_bytes
from parkgraph.release import Release, open_release
from parkgraph.source import Span
from parkgraph.vocab import HOME, term
from parkgraph.web import pages, versions
from parkgraph.web.assets import address
from parkgraph.web.catalogue import catalogue
from parkgraph.web.claims import claims
from parkgraph.web.listed import Entry, listing
from parkgraph.web.passages import blocks
from parkgraph.web.readings import MAX_LIT
from parkgraph.web.render import stylesheet
from parkgraph.web.results import excerpt
from parkgraph.web.site import Site, open_site
from parkgraph.web.text import Link, Text, View, pick
from parkgraph.web.words import chain, languages, words

WEB = Path(pages.__file__).parent
PARK = f"{HOME}id/park/iasp-6112"
DOCUMENT = f"{HOME}document/iasp-6112"
VERSION = f"{DOCUMENT}/8d0d83c6"
VOID = {"meta", "link", "br", "input", "hr", "img", "wbr"}
LANGUAGES = ("en", "zh")
FORMATS = [
    ("Turtle", "/here.ttl", "text/turtle"),
    ("JSON-LD", "/here.jsonld", "application/ld+json"),
]
THINGS = [
    "id/park/iasp-6112",
    "id/organization/tus-holdings",
    "id/organization/tsinghua-university",
    "id/organization/iasp",
    "id/site/iasp-6112",
    "id/place/beijing",
    "id/network/tus-holdings-innovation-network",
    "id/service/iasp-6112-value-added-service-package",
    "id/strategy/iasp-6112-internationalization",
    "id/membership/iasp-6112",
    "id/alignment/tsinghua-university-ror",
    "id/concept/bound/more-than",
    "id/concept/sector",
    "id/concept/standing/promotional",
]


def is_data(script: dict[str, str]) -> bool:
    """Whether a script holds data, which no browser runs."""
    return script.get("type") == "application/ld+json"


class Page(HTMLParser):
    """A page as a strict reader sees it: every tag closed in its place, every id once."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.html = html
        self.open: list[tuple[str, dict[str, str]]] = []
        self.tags: list[tuple[str, dict[str, str]]] = []
        self.texts: list[tuple[tuple[str, ...], str]] = []
        assert html.startswith("<!DOCTYPE html>\n")
        self.feed(html)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Open an element; an attribute is said once."""
        names = [name for name, _ in attrs]
        assert len(names) == len(set(names)), f"<{tag}> says an attribute twice"
        found = {name: value or "" for name, value in attrs}
        self.tags.append((tag, found))
        if tag not in VOID:
            self.open.append((tag, found))

    def handle_endtag(self, tag: str) -> None:
        """Close the innermost element, which must be of this name."""
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop()[0] == tag, f"</{tag}> is out of place at {self.getpos()}"

    def handle_data(self, data: str) -> None:
        """Take up text with the classes of all that it is in."""
        within = tuple(name for _, found in self.open for name in found.get("class", "").split())
        self.texts.append((within, data))

    def all(self, tag: str) -> list[dict[str, str]]:
        """The attributes of every element of a name."""
        return [found for name, found in self.tags if name == tag]

    def text(self, within: str = "") -> str:
        """All text, or the text inside elements of a class."""
        return "".join(data for names, data in self.texts if not within or within in names)

    @property
    def ids(self) -> list[str]:
        """Every id, in order."""
        return [found["id"] for _, found in self.tags if "id" in found]

    @property
    def hrefs(self) -> list[str]:
        """Where every link leads."""
        return [found["href"] for found in self.all("a")]


@pytest.fixture(scope="module")
def site(release: Release) -> Iterator[Site]:
    """The release of this repository, opened to be served."""
    opened = open_site(release, "http://localhost:8000/")
    yield opened
    opened.index.close()


Render = Callable[[Site, str], str]


def _thing(path: str) -> Render:
    def render(site: Site, lang: str) -> str:
        local = "/" + path.replace("id/", "doc/", 1)
        triples = site.describe(HOME + path)
        return pages.thing(site, HOME + path, triples, lang=lang, path=local, formats=FORMATS)

    return render


def _document(iri: str) -> Render:
    def render(site: Site, lang: str) -> str:
        path = "/" + iri.removeprefix(HOME)
        return pages.document(site, iri, site.describe(iri), lang=lang, path=path, formats=FORMATS)

    return render


def _vocabulary(site: Site, lang: str) -> str:
    graph = site.index.graph(f"{site.base}graph/def") or b""
    triples = [quad.triple for quad in parse_bytes(graph, "nq")]
    return pages.vocabulary(site, triples, lang=lang, path="/def", formats=FORMATS)


def _shapes(site: Site, lang: str) -> str:
    turtle = (site.release.derived / "shapes.ttl").read_text("utf-8")
    return pages.shapes(site, turtle, lang=lang, path="/shapes", formats=FORMATS)


def _listing(site: Site, lang: str) -> str:
    view = View(site, lang, "/organization")
    found = listing(view, "organization", Wanted(term("org:Organization").value, lang))
    return pages.listing(site, found, lang=lang, path="/organization")


def _query(**answer: object) -> Render:
    def render(site: Site, lang: str) -> str:
        text = "SELECT * WHERE { ?s ?p ?o }"
        examples = [("All & everything", "What there is", "SELECT * WHERE { ?s ?p '+%' }")]
        said = {"text": text, "examples": examples} | answer
        return pages.query(site, lang=lang, path="/sparql?query=x", **said)  # type: ignore[arg-type]

    return render


def _problem(site: Site, lang: str) -> str:
    return pages.problem(
        site,
        lang=lang,
        path="/doc/park/nowhere",
        status=404,
        title="Not Found",
        detail="nothing is known by this address",
        help="look it up at / or ask /sparql",
        suggestions=[PARK],
    )


PAGES: dict[str, Render] = {
    "home": lambda site, lang: pages.home(site, catalogue(site), lang=lang, path="/"),
    **{path: _thing(path) for path in THINGS},
    "document": _document(DOCUMENT),
    "version": _document(VERSION),
    "vocabulary": _vocabulary,
    "shapes": _shapes,
    "report": lambda site, lang: pages.report(site, lang=lang, path="/report"),
    "query": _query(text=""),
    "rows": _query(
        columns=["s", "n", "x"],
        rows=[
            [NamedNode(PARK), Literal("1500", datatype=term("xsd:decimal")), None],
            [BlankNode("b"), Literal("词", language="zh"), Literal("d", datatype=term("xsd:date"))],
        ],
    ),
    "no rows": _query(columns=["s"], rows=[]),
    "ask": _query(boolean=False),
    "graph": _query(graph_text="<a> <b> 'c & d' ."),
    "fault": _query(problem=Diagnostic("PG601", "expected '}'", "query:1:27", "close the group")),
    "listing": _listing,
    "problem": _problem,
}
EVERY = [
    pytest.param(PAGES[name], lang, id=f"{name}-{lang}") for name in PAGES for lang in LANGUAGES
]


@pytest.mark.parametrize(("render", "lang"), EVERY)
class TestEveryPage:
    """What holds of each page in each language."""

    def test_is_one_document_in_one_language(self, site: Site, render: Render, lang: str):
        """A page is well-formed, says its language, and has each id once and one heading."""
        page = Page(render(site, lang))

        assert page.all("html") == [{"lang": lang}]
        assert len(page.ids) == len(set(page.ids))
        assert len(page.all("h1")) == len(page.all("main")) == 1
        assert [tag for tag, _ in page.tags][:8].count("title") == 1  # the others are a picture's

    def test_what_names_an_element_finds_it(self, site: Site, render: Render, lang: str):
        """Each reference from one element to another leads to one that is there."""
        page = Page(render(site, lang))
        names = ("aria-labelledby", "aria-describedby", "aria-controls", "for")

        named = {i for _, found in page.tags for n in names for i in found.get(n, "").split()}
        assert named <= {*page.ids}

    def test_headings_go_down_in_steps(self, site: Site, render: Render, lang: str):
        """No heading is more than one level below the one before it."""
        found = [
            int(tag[1]) for tag, _ in Page(render(site, lang)).tags if re.fullmatch("h[1-6]", tag)
        ]

        assert found[0] == 1
        assert all(after <= before + 1 for before, after in pairwise(found))

    def test_keeps_the_content_security_policy(self, site: Site, render: Render, lang: str):
        """Nothing is scripted, styled in place, or fetched from another host."""
        page = Page(render(site, lang))

        assert {"style", "iframe", "object", "base"}.isdisjoint(t for t, _ in page.tags)
        names = {name for _, found in page.tags for name in found}
        assert "style" not in names
        assert not [name for name in names if name.startswith("on")]
        fetched = [f["href"] for f in page.all("link") if f["rel"] == "stylesheet"]
        fetched += [found["src"] for _, found in page.tags if "src" in found]
        assert set(fetched) == {stylesheet(), address("search.js")}
        assert len([found for found in page.all("script") if not is_data(found)]) == 1
        assert {form["action"] for form in page.all("form")} <= {"/sparql", "/search"}

    def test_links_lead_somewhere_safe(self, site: Site, render: Render, lang: str):
        """Links are local or http(s), fragments are on the page, other hosts get no opener."""
        page = Page(render(site, lang))

        for found in page.all("a"):
            href = found["href"]
            if href.startswith("#"):
                assert unquote(href[1:]) in page.ids
            elif not href.startswith("/"):
                assert urlsplit(href).scheme in {"http", "https"}
                assert found["rel"] == "noopener"
            assert not href.startswith("//")

    def test_offers_each_language_and_its_other_forms(self, site: Site, render: Render, lang: str):
        """The other languages and formats are one link away, and told to machines."""
        page = Page(render(site, lang))
        alternates = [f for f in page.all("link") if f["rel"] == "alternate"]

        told = [f["hreflang"] for f in alternates if "hreflang" in f]
        assert told == [*languages(), "x-default"]
        for label, href, media_type in FORMATS if "/here.ttl" in page.html else []:
            assert {
                "rel": "alternate",
                "type": media_type,
                "href": href,
                "title": label,
            } in alternates
            assert href in page.hrefs

    def test_is_light(self, site: Site, render: Render, lang: str):
        """A page is under 60 kB; the text with all its claims may have half as much again."""
        html = render(site, lang)

        assert len(html.encode()) < (90_000 if "readings" in html else 60_000)

    def test_shows_labels_where_there_are_any(self, site: Site, render: Render, lang: str):
        """No link to a thing of ours bears its bare IRI."""
        page = Page(render(site, lang))

        anchors = re.findall(r"<a [^>]*>([^<]*)</a>", page.html)
        assert not [text for text in anchors if text.startswith(f"{HOME}id/")]


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("iri", [DOCUMENT, VERSION])
class TestDocument:
    """The text, and what became of each passage."""

    def test_text_is_whole(self, site: Site, iri: str, lang: str):
        """The segments, put together, give exactly the source text."""
        page = Page(_document(iri)(site, lang))

        assert page.text("source") == site.source("iasp-6112", "8d0d83c6")

    def test_every_claim_is_there_with_its_words(self, site: Site, iri: str, lang: str):
        """Each claim has its anchor, and its quote stands on the page outside the text too."""
        page = Page(_document(iri)(site, lang))
        view = View(site, lang, "/", site.describe(iri))
        found = claims(view, view.lines)
        beside = "".join(data for names, data in page.texts if "source" not in names)

        assert len(found) > 60
        for claim in found:
            assert claim.fragment in page.ids
            assert claim.quote is None or claim.quote.value in beside

    def test_every_passage_and_field_has_its_anchor(self, site: Site, iri: str, lang: str):
        """The fragments of the version's and the document's IRIs are found on the page."""
        page = Page(_document(iri)(site, lang))
        view = View(site, lang, "/", site.describe(iri))
        passages = {claim.span for claim in claims(view, view.lines) if claim.span}

        for span in passages:
            assert f"passage-{span.start}-{span.end}" in page.ids
        for field in ("name", "location", "website", "type", "member-category", "image-gallery"):
            assert f"field-{field}" in page.ids

    def test_words_and_claims_lead_to_each_other(self, site: Site, iri: str, lang: str):
        """The words of T09 link to its claim, and the claim to its passage."""
        html = _document(iri)(site, lang)

        words = (
            'href="#claim-T09"><mark>is home to over 1,500 enterprises and institutions</mark></a>'
        )
        assert words in html
        assert re.search(r'<span id="passage-691-741" class="k\d+"></span><a class="seg', html)
        assert re.search(r'<a href="#passage-691-741"[^>]*>is home to over 1,500', html)

    def test_nested_words_belong_to_all_their_passages(self, site: Site, iri: str, lang: str):
        """«government» is a claim of its own and lights up with the sentence that it is in."""
        html = _document(iri)(site, lang)
        number = re.search(r'<span id="passage-1152-1162" class="k(\d+)">', html)
        whole = re.search(r'<span id="passage-1103-1236" class="k(\d+)">', html)

        assert number
        assert whole
        lights = f's{whole[1]} s{number[1]}" href="#claim-T14a"><mark>government</mark></a>'
        assert lights in html

    def test_empty_fields_are_shown_as_empty(self, site: Site, iri: str, lang: str):
        """Website, Member category and Image gallery have a row with no value."""
        html = _document(iri)(site, lang)
        rows = re.findall(r'<tr id="(field-[a-z-]+)" class="empty">.*?<td></td>', html, re.DOTALL)

        assert set(rows) == {"field-website", "field-member-category", "field-image-gallery"}

    def test_says_what_it_is_a_copy_of(self, site: Site, iri: str, lang: str):
        """Address, publisher, checksum, rights and the raw text are at hand."""
        page = Page(_document(iri)(site, lang))

        assert "https://www.iasp.ws/our-members/directory/@6112" in page.hrefs
        assert "/source/iasp-6112/8d0d83c6.txt" in page.hrefs
        assert "8d0d83c6b330e99b705d80c915803e5a51e260256c358be7ff8e0eaae181c7eb" in page.text()
        assert "The text belongs to its owner." in page.text()
        assert "International Association of Science Parks" in page.text()


class TestPark:
    """The page of a park."""

    @pytest.mark.parametrize(
        ("lang", "amount", "indicator"),
        [
            ("en", "more than 1,500", "resident organizations"),
            ("zh", "多于 1,500", "入驻机构数"),
            ("en", "770,000 m²", "building area"),
            ("zh", "770,000 平方米", "建筑面积"),
            ("en", "more than 20 years", "years of practice"),
        ],
    )
    def test_figures_keep_bound_and_unit(self, site: Site, lang: str, amount: str, indicator: str):
        """A number never stands without its bound, and has its unit in words."""
        page = Page(_thing("id/park/iasp-6112")(site, lang))

        assert amount in " ".join(page.text("amount").split())
        assert indicator in page.text("figures")

    @pytest.mark.parametrize("lang", LANGUAGES)
    def test_marks_lead_to_claims(self, site: Site, lang: str):
        """Each mark leads to a claim on the document's page, or to a reviewed link."""
        page = Page(_thing("id/park/iasp-6112")(site, lang))
        document = Page(_document(DOCUMENT)(site, lang))
        marks = [found["href"] for found in page.all("a") if found.get("class") == "mark"]

        assert len(marks) > 25
        for href in marks:
            path, _, fragment = href.partition("#")
            judged = path.startswith("/doc/alignment/")
            assert judged or (path == "/document/iasp-6112" and fragment in document.ids)

    def test_each_number_stands_for_one_quotation(self, site: Site):
        """The numbers of the marks are those of the quotations, counted through the page."""
        page = Page(_thing("id/park/iasp-6112")(site, "en"))
        numbers = re.findall(r'<p class="n">(\d+)', page.html)
        marks = re.findall(r'class="mark"[^>]*>(\d+)</a>', page.html)

        assert list(dict.fromkeys(numbers)) == [str(n) for n in range(1, len(set(numbers)) + 1)]
        assert set(marks) <= set(numbers)

    def test_promotion_is_shown_as_the_documents_words(self, site: Site):
        """«world-class» is quoted with its standing, and is no fact about the park."""
        page = Page(_thing("id/park/iasp-6112")(site, "en"))

        assert "it has become a world-class university science park" in page.text("own-words")
        assert "world-class" not in page.text("facts")
        assert "promotional" in page.text("own-words")

    def test_gaps_are_told(self, site: Site):
        """What the source leaves empty is told as empty, and nothing is put there."""
        page = Page(_thing("id/park/iasp-6112")(site, "en"))

        for field in ("Website", "Member category", "Image gallery"):
            assert field in page.text("gaps")
        assert page.text("gaps").count("empty in") == 3

    def test_tells_where_the_site_is(self, site: Site):
        """What is known of the site is told on the page of the park, with its words."""
        page = Page(_thing("id/park/iasp-6112")(site, "en"))

        assert "the southeast corner of Tsinghua University" in page.text("value")
        assert "TusPark is located in the southeast corner" in page.text("said")

    def test_counts_what_leads_to_it(self, site: Site):
        """A concept tells how many figures use it, in words."""
        page = Page(_thing("id/concept/bound/more-than")(site, "en"))
        figures = (
            "more than 1,500 resident organizations",
            "years of practice: more than 20 years",
        )

        assert all(words in page.text("incoming") for words in figures)
        assert "3" in page.text("count").split()


class TestLanguages:
    """Two languages, and room for a third."""

    def test_files_say_the_same_things(self):
        """Every language has every word of English, with the same places to fill in."""

        def holes(value: object, path: str = "") -> Iterator[tuple[str, frozenset[str]]]:
            if isinstance(value, dict) and set(value) != {"one", "other"}:
                for key, inner in value.items():
                    yield from holes(inner, f"{path}/{key}")
            elif isinstance(value, list):
                yield path, frozenset({str(len(value))})
            else:
                text = value["other"] if isinstance(value, dict) else str(value)
                yield path, frozenset(re.findall(r"\{\w+\}", text))

        english, *others = (
            {
                path: names
                for path, names in holes(
                    json.loads((WEB / f"strings/{tag}.json").read_text("utf-8"))
                )
                if not path.startswith(("/problem/titles", "/problem/details", "/date"))
            }
            for tag in languages()
        )
        free = {"/home/counts/parks"} | {p for p in english if p.startswith("/home/counts/")}
        for other in others:
            assert set(other) == set(english)
            assert {p: n for p, n in other.items() if n != english[p] and p not in free} == {}

    def test_what_has_no_words_falls_back(self):
        """A text is sought in the language, its wider tags, English, no language, then any."""
        cases = [
            ("zh-Hant", [Text("a", "en"), Text("b", "zh")], "b"),
            ("zh", [Text("a", "en"), Text("b", "zh-Hans")], "b"),
            ("de", [Text("a", "en"), Text("b", "")], "a"),
            ("de", [Text("a", ""), Text("b", "zh")], "a"),
            ("de", [Text("b", "zh"), Text("a", "fr")], "a"),
        ]

        for lang, texts, expected in cases:
            found = pick(texts, lang)
            assert found is not None
            assert found.value == expected
        assert pick([], "en") is None
        assert words("zh-Hant")["nav"]["parks"] == "园区"
        assert words("de") == words("en")
        assert chain("en-GB") == ("en-GB", "en")

    def test_text_in_another_language_says_so(self, site: Site):
        """On a Chinese page, the English words of a source are marked as English."""
        page = Page(_thing("id/park/iasp-6112")(site, "zh"))
        quotations = [found for tag, found in page.tags if tag in {"blockquote", "q"}]

        assert len(quotations) > 20
        said = [f for f in quotations if "words" in f["class"]]
        assert {found["lang"] for found in said} == {"en"}
        assert '<span lang="en">Tsinghua University Science Park - TusPark</span>' in page.html

    def test_a_language_chosen_by_hand_is_carried_on(self, site: Site):
        """Links keep ``lang=`` if the address has it, and only then; data has no language."""
        triples = site.describe(PARK)

        chosen = Page(pages.thing(site, PARK, triples, lang="zh", path="/doc/x?lang=zh"))
        negotiated = Page(pages.thing(site, PARK, triples, lang="zh", path="/doc/x"))

        assert "/doc/organization/tus-holdings?lang=zh" in chosen.hrefs
        assert "/document/iasp-6112?lang=zh#claim-T09" in chosen.hrefs
        assert "/#downloads" in negotiated.hrefs
        assert not [h for h in negotiated.hrefs if "lang=" in h and not h.startswith("/doc/x?")]
        home = Page(pages.home(site, catalogue(site), lang="zh", path="/?lang=zh"))
        assert "/download/parkgraph.ttl" in home.hrefs

    def test_what_can_be_no_language_is_not_carried_on(self, site: Site):
        """Each link would have a copy of it, and links are kept for other pages."""
        assert View(site, "en", f"/?lang={'n' * 64}").here("/park") == f"/park?lang={'n' * 64}"
        assert View(site, "en", f"/?lang={'n' * 65}").here("/park") == "/park"

    @pytest.mark.parametrize(
        ("path", "expected"),
        [
            ("/doc/park/x", "/doc/park/x?lang=zh"),
            ("/doc/park/x?lang=en", "/doc/park/x?lang=zh"),
            ("/sparql?query=a%2Bb%26c&lang=en", "/sparql?query=a%2Bb%26c&lang=zh"),
            ("//evil.example/", "/evil.example/?lang=zh"),
            ("/\\evil.example", "/evil.example?lang=zh"),
            ('/"><script>', "/%22%3E%3Cscript%3E?lang=zh"),
        ],
    )
    def test_switch_leads_to_this_very_page(self, site: Site, path: str, expected: str):
        """The switch keeps path and query, drops the old language, and stays on this host."""
        assert View(site, "en", path).switched("zh") == expected


@pytest.mark.parametrize("lang", LANGUAGES)
@pytest.mark.parametrize("path", ["/doc/park/iasp-6112", "/doc/park/a&amp'b", "/doc/park/%22x%3C"])
def test_the_frame_is_the_layout(site: Site, lang: str, path: str):
    """A page in the frame that is made once is the page whose layout is made for it."""
    triples = site.describe(PARK)

    def page(stem: str) -> str:
        formats = [("Turtle", f"{stem}.ttl", "text/turtle")]
        return pages.thing(site, PARK, triples, lang=lang, path=path, formats=formats)

    whole = page("/elsewhere").replace("/elsewhere.ttl", f"{escape(path)}.ttl")
    assert page(path) == whole
    assert f'href="{escape(path)}?lang=zh"' in whole


class TestHostility:
    """What others write is text, never markup."""

    EVIL = "<script>alert(1)</script>\"'&amp;<img src=x onerror=alert(1)>"

    def _safe(self, html: str) -> None:
        page = Page(html)
        assert "img" not in {tag for tag, _ in page.tags}
        scripts = [found.get("src") for found in page.all("script") if not is_data(found)]
        assert scripts == [address("search.js")]
        assert not [n for _, found in page.tags for n in found if n.startswith("on")]
        assert not [h for h in page.hrefs if not h.startswith(("/", "#", "http://", "https://"))]
        assert not [h for h in page.hrefs if h.startswith("//")]

    @pytest.mark.parametrize("lang", LANGUAGES)
    def test_literals_and_iris(self, site: Site, lang: str):
        """Markup in literals is shown as it is; an IRI that is not http(s) is no link."""
        iri = f"{HOME}id/park/evil"
        values = [
            ("rdf:type", NamedNode("javascript:alert(1)")),
            ("rdfs:label", Literal(self.EVIL, language="en")),
            ("skos:altLabel", Literal(self.EVIL)),
            ("schema:sameAs", NamedNode("javascript:alert(1)")),
            ("rdfs:seeAlso", NamedNode("data:text/html,<b>".replace("<b>", "x"))),
            ("park:operator", NamedNode(f"{HOME}/evil.example/")),
            ("foaf:homepage", NamedNode("https://example.com/'onclick='x")),
            ("dcterms:date", BlankNode("b")),
        ]
        triples = [Triple(NamedNode(iri), term(name), value) for name, value in values]
        claim = NamedNode(f"{HOME}document/x#claim-T'1")
        triples += [
            Triple(claim, term("rdf:type"), term("park:Claim")),
            Triple(claim, term("park:about"), NamedNode(iri)),
            Triple(claim, term("park:standing"), NamedNode("javascript:alert(1)/x")),
            Triple(claim, term("park:quote"), Literal(self.EVIL, language="en")),
        ]

        html = pages.thing(site, iri, triples, lang=lang, path="/doc/park/evil")

        self._safe(html)
        assert "&lt;script&gt;alert(1)" in html
        assert "javascript:alert(1)" in html
        assert 'href="javascript' not in html

    def test_requests(self, site: Site):
        """Query texts, error messages, headings and addresses come back as text."""
        finding = Diagnostic("PG601", self.EVIL, "query:1:3", self.EVIL)
        path = f"/sparql?query={self.EVIL}&lang={self.EVIL}"
        common = {"lang": "en", "path": path}

        self._safe(pages.query(site, text=self.EVIL, problem=finding, **common))
        self._safe(pages.query(site, text="", graph_text=self.EVIL, **common))
        self._safe(
            pages.query(site, text="", examples=[(self.EVIL, self.EVIL, self.EVIL)], **common)
        )
        rows = [[Literal(self.EVIL), NamedNode("javascript:x"), NamedNode(f"{HOME}/evil.example")]]
        self._safe(pages.query(site, text="", columns=[self.EVIL] * 3, rows=rows, **common))
        entry = Entry(
            "javascript:x", Link(Text(self.EVIL)), (), Text(self.EVIL), Text(self.EVIL), 1
        )
        view = View(site, "en", f"/organization?with={self.EVIL}&sort={self.EVIL}")
        empty = listing(view, "", Wanted(self.EVIL, "en", self.EVIL))
        self._safe(pages.listing(site, replace(empty, entries=(entry,)), **common))
        said = {"title": self.EVIL, "detail": self.EVIL, "help": self.EVIL}
        self._safe(pages.problem(site, status=400, suggestions=["javascript:x"], **said, **common))

    def test_the_form_gives_back_the_query(self, site: Site):
        """A query with markup and line ends at its start is in the form as it was sent."""
        text = "\n\n</textarea><b>SELECT"

        page = Page(pages.query(site, lang="en", path="/sparql", text=text))

        source = page.html.partition("required>")[2].partition("</textarea>")[0]
        assert source == "\n\n\n&lt;/textarea&gt;&lt;b&gt;SELECT"

    @pytest.mark.parametrize("digits", ["1e999999999", "NaN", "", "１２", "9" * 5000, "-0.50"])
    def test_numbers_that_are_none(self, site: Site, digits: str):
        """A figure whose value is no plain decimal is shown as it is written."""
        iri, claim = NamedNode(f"{HOME}id/park/evil"), NamedNode(f"{HOME}document/x#claim-T1")
        triples = [
            Triple(iri, term("park:hasFigure"), claim),
            Triple(claim, term("rdf:type"), term("park:Claim")),
            Triple(claim, term("park:about"), iri),
            Triple(claim, term("park:indicator"), term("indicator:building-area")),
            Triple(claim, term("schema:value"), Literal(digits)),
        ]

        page = Page(pages.thing(site, iri.value, triples, lang="en", path="/"))

        assert digits in page.text("figures")


SPANS = st.tuples(st.integers(0, 40), st.integers(0, 12)).map(lambda p: Span(p[0], p[0] + p[1]))


class TestPassages:
    """Cutting a text."""

    @given(st.text(alphabet="ab \n\r㎡", max_size=40), st.lists(SPANS, max_size=12))
    def test_nothing_is_lost(self, text: str, spans: list[Span]):
        """However passages nest, overlap or overreach, the segments give the text again."""
        found = blocks(text, spans)

        assert "".join(s.text for block in found for s in block.segments) == text

    @given(st.text(alphabet="ab \n", max_size=40), st.lists(SPANS, max_size=12))
    def test_each_segment_knows_its_passages(self, text: str, spans: list[Span]):
        """A segment lies in exactly the passages that it says, and no passage is torn."""
        position = 0
        begun = []
        valid = {span for span in spans if 0 <= span.start < span.end <= len(text)}
        for block in blocks(text, spans):
            for segment in block.segments:
                start, position = position, position + len(segment.text)
                covering = {p for p in valid if p.start < position and start < p.end}
                assert set(segment.covers) == covering
                assert all(p.start <= start and position <= p.end for p in covering)
                begun += segment.begins
            assert all(
                block.span.start <= p.start <= p.end <= block.span.end for p in block.passages
            )

        assert sorted(begun) == sorted(valid)

    def test_overlapping_passages(self):
        """Where two passages cross, the words between belong to both."""
        (block,) = blocks("one two three", [Span(0, 7), Span(4, 13)])

        assert [(s.text, len(s.covers), len(s.begins)) for s in block.segments] == [
            ("one ", 1, 1),
            ("two", 2, 1),
            (" three", 1, 0),
        ]

    def test_a_passage_over_two_lines_keeps_them_together(self):
        """Blocks end at line ends that no passage runs through."""
        text = "Title\n\n  1. Name\n    X\nlast"

        found = blocks(text, [Span(9, 22), Span(0, 5)])

        assert [text[b.span.start : b.span.end] for b in found] == [
            "Title\n\n",
            "  1. Name\n    X\n",
            "last",
        ]


class TestOthers:
    """The remaining pages."""

    def test_home_lists_every_file(self, site: Site):
        """Each published file is linked, with its size."""
        page = Page(pages.home(site, catalogue(site), lang="en", path="/"))

        for file in site.manifest.distributions:
            source = file.path.startswith("source/")
            assert (f"/{file.path}" if source else f"/download/{file.path}") in page.hrefs
        assert site.manifest.dataset in page.text()
        assert "is home to over 1,500 enterprises and institutions" in page.text("how")

    def test_pages_do_not_grow_with_the_sources(self, site: Site):
        """Of many texts the first are listed, the others counted, with where they are."""
        manifest = site.manifest
        (text,) = (f for f in manifest.distributions if f.path.startswith("source/"))
        texts = [replace(text, path=f"source/iasp-{n}/8d0d83c6.txt") for n in range(300)]
        many = replace(manifest, distributions=(*manifest.distributions, *texts))
        grown = replace(site, release=replace(site.release, manifest=many))
        for page in (
            Page(pages.home(grown, catalogue(site), lang="en", path="/")),
            Page(versions.release(grown, many, [many], lang="en", path="/release/x")),
        ):
            listed = [href for href in page.hrefs if "/iasp-" in href and href.endswith(".txt")]
            assert len(listed) == 24
            assert "277 more source texts" in page.text()
            assert f"/release/{manifest.name}/manifest.json" in page.hrefs

    def test_the_report_writes_out_the_first_findings(self, releases: Path):
        """All findings are counted; those that are not written out are said to be in the data."""
        copy = open_release(releases)
        path = copy.derived / "report.json"
        told = json.loads(path.read_bytes())
        told["findings"] = [told["findings"][0]] * 300
        path.write_text(json.dumps(told))
        opened = open_site(copy, "http://localhost/")
        page = Page(pages.report(opened, lang="en", path="/report"))
        opened.index.close()

        assert len([found for found in page.all("code") if found.get("class") == "place"]) == 100
        assert "200 more are in the other forms" in page.text()
        assert re.search(r"300 (violations|warnings|infos)", page.text())

    def test_home_lists_only_what_it_shows(self, site: Site):
        """Nothing is listed to be counted, so the page costs as much for any number of things."""
        asked: list[str] = []
        index = cast(Index, site.index)
        index._connection.set_trace_callback(asked.append)
        try:
            pages.home(site, catalogue(site), lang="en", path="/")
        finally:
            index._connection.set_trace_callback(None)

        listed = [sql for sql in asked if "from incoming" in sql or "from resource" in sql]
        assert len(listed) > 10
        assert not [sql for sql in listed if "limit -1" in sql or "iri >=" in sql]

    def test_home_counts_what_the_index_lists(self, site: Site):
        """The numbers that were counted at build are those of the things that are there."""
        page = Page(pages.home(site, catalogue(site), lang="en", path="/"))

        for name, what in {"park:Claim": "claims", "park:Figure": "figures"}.items():
            there = len(site.index.instances(term(name).value))
            assert f"{there} {what}" in page.text("tally")

    def test_vocabulary_anchors(self, site: Site):
        """Every own term has its anchor, definition and label."""
        page = Page(_vocabulary(site, "en"))

        graph = (site.index.graph(f"{site.base}graph/def") or b"").decode()
        own = set(re.findall(r"^<https://w3id.org/parkgraph/def#(\w+)>", graph, re.MULTILINE))
        assert {"Park", "Claim", "Figure", "hasFigure", "standing", "targetLabel"} <= own
        assert own <= set(page.ids)
        assert "A claim that gives a quantity." in page.text("definition")
        assert "used 4 times in this release" in page.text("count")

    @pytest.mark.parametrize(("lang", "anything"), [("en", "anything"), ("zh", "任何事物")])
    def test_each_class_has_its_diagram(self, site: Site, lang: str, anything: str):
        """A class is drawn amid what it is a kind of, and what properties lead to and from."""
        html = _vocabulary(site, lang)
        pictures = dict(re.findall(r'id="(\w+)-picture-title"(.*?)</svg>', html, re.DOTALL))
        links = {name: re.findall(r'<a href="([^"]+)"', drawn) for name, drawn in pictures.items()}

        assert set(pictures) == {
            *("Claim", "Figure", "Network", "Park", "ProfileDocument", "ProfileField", "Strategy")
        }
        assert {"#Figure", "http://www.w3.org/ns/oa#SpecificResource"} <= set(links["Claim"])
        assert "#ProfileDocument" in links["ProfileField"]
        assert f">{anything}</text>" in pictures["Figure"]

    @pytest.mark.parametrize("lang", LANGUAGES)
    def test_shapes_in_sentences(self, site: Site, lang: str):
        """A rule has its anchor, its sentence and its message in the reader's language."""
        turtle = f"""
            @prefix sh: <http://www.w3.org/ns/shacl#> .
            @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> .
            <{HOME}shapes#shape-07-claim> a sh:NodeShape ; sh:targetClass <{HOME}def#Claim> ;
                sh:severity sh:Violation ; sh:property [ sh:minCount 1 ] ;
                sh:message "no standing"@en , "没有性质"@zh ;
                rdfs:comment "A claim has a standing."@en , "陈述有性质。"@zh ."""

        page = Page(pages.shapes(site, turtle, lang=lang, path="/shapes"))

        assert {"PG407", "shape-07-claim"} <= set(page.ids)
        expected = {
            "en": ("A claim has a standing.", "no standing"),
            "zh": ("陈述有性质。", "没有性质"),
        }
        assert all(words in page.text() for words in expected[lang])
        assert "/def#Claim" in page.hrefs

    @pytest.mark.parametrize("turtle", ["", "<a:a> <a:b> <a:c> ."])
    def test_no_shapes(self, site: Site, turtle: str):
        """A publication without shapes has a page that says so."""
        page = Page(pages.shapes(site, turtle, lang="en", path="/shapes"))

        assert "This publication has no rules." in page.text("lead")

    def test_report_tells_stated_empty_and_absent_apart(self, site: Site):
        """Website is empty in this source, a telephone number is not a field of it."""
        html = pages.report(site, lang="en", path="/report")
        cells = dict(re.findall(r'<tr><th scope="row">([^<]+)</th>(.*?)</tr>', html))

        assert re.match(r"<td>.+Beijing, China.+</td><td></td><td></td>", cells["Location"])
        assert re.match(r"<td></td><td><a.+</a></td><td></td>", cells["Website"])
        assert re.match(r"<td></td><td></td><td><a.+</a></td>", cells["Telephone"])

    def test_report_speaks_the_readers_language(self, site: Site):
        """Findings of shapes are told in Chinese to a Chinese reader, with the place."""
        page = Page(pages.report(site, lang="zh", path="/report"))

        assert "空缺" in page.text()
        assert "data/profiles/iasp-6112.txt:18:3" in page.text("place")

    def test_a_near_name_says_what_it_is(self, site: Site):
        """Names that are alike are told apart by their kinds; what is said is a sentence."""
        page = Page(_problem(site, "en"))

        assert "park" in page.text("types")
        assert "Nothing is known by this address." in page.text("lead")

    @pytest.mark.parametrize(
        ("path", "name"),
        [
            ("id/park/iasp-6112", "Wikidata Q17028810"),
            ("id/place/beijing", "GeoNames 1816670"),
            ("id/organization/tsinghua-university", "ROR 03cve4549"),
        ],
    )
    def test_entries_of_registries_are_named(self, site: Site, path: str, name: str):
        """What is elsewhere is shown by its registry and number, not by a bare address."""
        assert name in Page(_thing(path)(site, "en")).text("value")

    def test_results_are_linked_and_typed(self, site: Site):
        """Own things lead to their pages, others to their own; an unbound value says so."""
        page = Page(PAGES["rows"](site, "en"))

        assert "/doc/park/iasp-6112" in page.hrefs
        assert "<id/park/iasp-6112>" in page.text("iri")
        assert page.text("number").strip() == "1500"
        assert "no value" in page.text("none")
        assert "xsd:date" in page.text("tag")

    def test_examples_are_one_click_away(self, site: Site):
        """An example is a link whose query comes through decoding once as it was written."""
        page = Page(PAGES["query"](site, "en"))
        (href,) = [h for h in page.hrefs if h.startswith("/sparql?query=S")]

        assert unquote(href.partition("=")[2]) == "SELECT * WHERE { ?s ?p '+%' }"

    @pytest.mark.parametrize(
        ("text", "where", "expected"),
        [
            ("ASK {", "query:1:6", "1 │ ASK {\n  │      ^"),
            ("a\nb\nc\nd", "4:1", "2 │ b\n3 │ c\n4 │ d\n  │ ^"),
            ("\tx y", "query:1:4", "1 │ \tx y\n  │ \t  ^"),
            ("ASK", "query", ""),
            ("ASK", "query:9:1", ""),
            ("ASK", "", ""),
        ],
    )
    def test_the_caret_is_under_the_fault(self, text: str, where: str, expected: str):
        """The lines around a fault are shown with a caret under its column, if it has a place."""
        assert excerpt(text, where) == expected

    def test_errors_speak_the_readers_language(self, site: Site):
        """A page for a missing address says so in Chinese, and suggests near names."""
        page = Page(_problem(site, "zh"))

        assert "找不到" in page.text()
        assert "此网址没有对应的内容" in page.text()
        assert "/doc/park/iasp-6112" in page.hrefs

    def test_the_stylesheet_lights_up_what_the_pages_number(self):
        """One rule for each number that a page may use, no request to anywhere else."""
        css = (WEB / "static/parkgraph.css").read_text("utf-8")
        numbers = {int(n) for n in re.findall(r"\.k(\d+)\b", css)}

        assert numbers == set(range(1, MAX_LIT + 1))
        assert {int(n) for n in re.findall(r"\.s(\d+)\b", css)} == numbers
        assert "url(" not in css
        assert "@import" not in css
