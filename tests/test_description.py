"""Descriptions are kept as lines: nothing is lost, and all that is made of them is equal."""

import gc
import weakref
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pyoxigraph import BaseDirection

from parkgraph.description import (
    Description,
    lines_from,
    lines_in,
    lines_of,
    named_in,
    nodes_in,
    term_of,
    text_of,
)
from parkgraph.query.stored import StoreFacts
from parkgraph.rdf import (
    BlankNode,
    Literal,
    NamedNode,
    Quad,
    Triple,
    canonical_lines,
    store_of,
)
from parkgraph.release import Release, open_index
from parkgraph.turtle import to_turtle, turtle_of
from parkgraph.vocab import PREFIXES, term
from parkgraph.web.site import Site, open_site
from parkgraph.web.text import View

#: Every character that a line, a literal or an IRI could be broken by.
WORDS = st.text(st.sampled_from("ab 清\"'\\\n\r\t.;<>@^\u0085\u2028\x0b\x1c😀")) | st.text()
IRIS = st.sampled_from(
    [
        *(f"http://e.org/{name}" for name in ("a", "b", "b#c", "x/y", "清")),
        *(f"{PREFIXES['skos']}{name}" for name in ("prefLabel", "note", "in-scheme")),
        term("rdf:type").value,
        "urn:x:y",
    ]
)
NODES = st.builds(NamedNode, IRIS)
BLANK = st.builds(BlankNode, st.sampled_from(["a", "b1"]))
NUMBERS = st.sampled_from(
    [
        *(("integer", digits) for digits in ("1", "-07", "+3", "1.5")),
        *(("decimal", digits) for digits in ("1.50", ".5", "5.")),
        *(("double", digits) for digits in ("1e3", "1.0E-2", "INF")),
        *(("boolean", word) for word in ("true", "1")),
    ]
)
LITERALS = (
    st.builds(Literal, WORDS)
    | st.builds(lambda w, tag: Literal(w, language=tag), WORDS, st.sampled_from(["en", "zh-hant"]))
    | st.builds(lambda w: Literal(w, language="ar", direction=BaseDirection.RTL), WORDS)
    | NUMBERS.map(lambda pair: Literal(pair[1], datatype=term(f"xsd:{pair[0]}")))
    | st.builds(lambda w, of: Literal(w, datatype=of), WORDS, NODES)
)
TERMS = NODES | BLANK | LITERALS
TRIPLES = st.builds(Triple, NODES | BLANK, NODES, TERMS)
#: A triple in a triple is an object of RDF 1.2.
NESTED = st.builds(Triple, NODES, NODES, TERMS | TRIPLES)
GRAPHS = st.lists(NESTED, max_size=12)


@pytest.fixture(scope="module")
def site(release: Release) -> Iterator[Site]:
    """The release of this repository, opened to be served."""
    opened = open_site(release, "http://localhost:8000/")
    yield opened
    opened.index.close()


@given(GRAPHS)
def test_nothing_is_lost(triples: list[Triple]):
    """Lines, text and triples say the same, each triple once and in its order."""
    once = list(dict.fromkeys(triples))
    found = Description(lines_from(triples))

    assert list(found) == once
    assert len(found) == len(once)
    assert found[:2] == once[:2]
    assert lines_in(found) == lines_in(once) == lines_of(text_of(found.lines))
    canonical = canonical_lines(Quad(t.subject, t.predicate, t.object) for t in triples)
    assert sorted(text_of(found.lines).splitlines(keepends=True)) == canonical


@given(GRAPHS)
def test_what_is_said_of_each_subject(triples: list[Triple]):
    """The same terms as a parser makes of the lines, in their order."""
    once = list(dict.fromkeys(triples))

    assert nodes_in(Description(lines_from(once))) == nodes_in(once)
    assert [term_of(str(t.object)) for t in once if not isinstance(t.object, Triple)] == [
        t.object for t in once if not isinstance(t.object, Triple)
    ]


def test_an_index_is_gone_with_its_last_user(release: Release):
    """What it keeps is much, and an older release is opened and let go of again."""
    index = open_index(release)
    iri = index.resources(f"{release.manifest.base}id/park/")[0]
    assert index.names([iri])
    assert index.nodes([iri])
    assert index.label_lines([term("park:about").value])
    gone = weakref.ref(index)
    index.close()
    gc.disable()
    try:
        del index
        assert gone() is None
    finally:
        gc.enable()


@given(GRAPHS)
def test_turtle_of_lines_is_that_of_triples(triples: list[Triple]):
    """Byte by byte, whatever the terms are and whichever subject comes first."""
    quads = [Quad(t.subject, t.predicate, t.object) for t in triples]
    for first in ("http://e.org/b", "http://e.org/none"):
        assert turtle_of(lines_from(triples), first) == to_turtle(quads, first=first)


@given(st.lists(TRIPLES, max_size=12))
def test_what_is_named(triples: list[Triple]):
    """Every IRI that is a term, each once; a datatype is none."""
    parts = {part for t in triples for part in (t.subject, t.predicate, t.object)}
    named = named_in(lines_from(triples))

    assert set(named) == {part.value for part in parts if isinstance(part, NamedNode)}
    assert len(named) == len(set(named))


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_what_is_mentioned_is_called_what_it_is(site: Site, lang: str):
    """By a few of its lines, as by all of them."""
    resources = site.index.resources(site.base)
    assert len(resources) > 400
    mentioned = Description(("<urn:x>", "<urn:p>", f"<{iri}>") for iri in resources)
    by_lines, whole = View(site, lang, "/", mentioned), View(site, lang, "/")

    assert [by_lines.label(iri) for iri in resources] == [whole.label(iri) for iri in resources]
    quick = site.index.names(resources).values()
    assert sum(bool(names) for names in quick) > 100
    assert None in quick


@given(WORDS, st.sampled_from(["", "en", "zh-hant"]))
def test_a_name_is_read_as_it_was_written(words: str, tag: str):
    """Whatever stands in a literal, and in whatever language."""
    label = Literal(words, language=tag) if tag else Literal(words)
    facts = StoreFacts(store_of([Triple(NamedNode("urn:a"), term("skos:prefLabel"), label)]))

    assert facts.names(["urn:a"]) == {"urn:a": ((words, tag),)}


def test_a_description_says_what_is_whole(site: Site):
    """A page asks no index for what its description has: it is all there, with the fragments."""
    iri = f"{site.base}id/site/iasp-6112"
    found = site.describe(iri)
    assert isinstance(found, Description)
    assert found.whole == iri

    view = View(site, "en", "/doc/site/iasp-6112", found)
    assert view.fragments(iri) == site.index.fragments(iri) != []
    known = site.index.nodes([iri])[iri]
    assert {name: set(values) for name, values in view.node(iri).items()} == {
        name: set(values) for name, values in known.items()
    }
