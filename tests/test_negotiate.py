"""What real clients send, what the grammars allow, and what they do not."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parkgraph.negotiate import (
    DOCUMENT,
    GRAPH,
    HTML,
    LONGEST,
    SOLUTIONS,
    Representation,
    named,
    negotiate,
    negotiate_coding,
    negotiate_language,
)

PLACES = {"document": DOCUMENT, "graph": (HTML, *GRAPH), "solutions": (HTML, *SOLUTIONS)}


def chosen(accept: str | None, place: str = "document") -> str:
    """The extension of the form chosen, or 406."""
    form = negotiate(accept, PLACES[place])
    return form.extension if form else "406"


# What a client gets of a description, a graph and solutions; its name; its header.
CLIENTS = """
html html html, Firefox
  text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8
html html html, Chrome
  text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,
  */*;q=0.8,application/signed-exchange;v=b3;q=0.7
html html html, Java's HttpURLConnection
  text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2
ttl ttl json, curl or wget or requests or fetch
  */*
jsonld jsonld json, axios
  application/json, text/plain, */*
jsonld jsonld json, httpie --json
  application/json, */*;q=0.5
ttl ttl 406, rdflib
  application/rdf+xml, text/n3, text/turtle, application/n-triples, application/ld+json,
  application/n-quads, application/trix, application/trig
rdf rdf json, rdflib asked for xml
  application/rdf+xml, */*;q=0.1
ttl ttl json, rdflib asked for n3
  text/n3, */*;q=0.1
nt nt json, rdflib asked for nt
  text/plain, */*;q=0.1
ttl trig json, rdflib asked for trig
  application/trig, */*;q=0.1
jsonld jsonld json, rdflib asked for json-ld
  application/ld+json, application/json;q=0.9, */*;q=0.1
rdf rdf xml, rdflib's SPARQLStore
  application/rdf+xml, application/sparql-results+xml
406 406 xml, SPARQLWrapper
  application/sparql-results+xml
jsonld jsonld json, SPARQLWrapper asked for JSON
  application/sparql-results+json,application/json,text/javascript,application/javascript
ttl ttl 406, SPARQLWrapper asked for N3
  application/turtle,text/turtle,text/rdf+n3,application/n-triples,application/n3,text/n3
ttl ttl json, Jena for a graph
  text/turtle,application/n-triples;q=0.9,application/ld+json;q=0.8,application/rdf+xml;q=0.7,
  */*;q=0.3
jsonld trig json, Jena for a dataset
  application/trig,application/n-quads;q=0.9,application/ld+json;q=0.8,*/*;q=0.3
jsonld jsonld json, Jena for solutions
  application/sparql-results+json,application/sparql-results+xml;q=0.9,
  text/tab-separated-values;q=0.7,text/csv;q=0.5,application/json;q=0.2,application/xml;q=0.2,
  */*;q=0.1
ttl ttl 406, RDF4J for a graph
  application/x-binary-rdf, application/n-triples;q=0.8, text/turtle;q=0.8,
  application/rdf+xml;q=0.5, application/trig;q=0.8, application/n-quads;q=0.8
406 406 json, RDF4J for solutions
  application/x-binary-rdf-results-table, application/sparql-results+xml;q=0.8,
  application/sparql-results+json;q=0.8, text/csv;q=0.8, text/tab-separated-values;q=0.8
jsonld nq xml, Comunica
  application/n-quads,application/trig;q=0.95,application/ld+json;q=0.9,
  application/n-triples;q=0.8,text/turtle;q=0.6,application/rdf+xml;q=0.5,text/n3;q=0.35,
  application/xml;q=0.3,image/svg+xml;q=0.3,text/xml;q=0.3,text/html;q=0.2,
  application/xhtml+xml;q=0.18,application/json;q=0.135
ttl ttl xml, Protégé (abridged)
  application/ld+json; q=1.0, application/x-trig; q=1.0, application/owl+xml; q=1.0,
  text/turtle; q=1.0, application/xhtml+xml; q=1.0, text/n3; q=1.0, text/plain; q=1.0,
  application/xml; q=0.5, text/html; q=0.3, */*; q=0.09
"""


@pytest.mark.parametrize(("expected", "accept"), re.findall(r"(.+), .+\n((?:  .+\n)+)", CLIENTS))
def test_clients(expected, accept):
    """Each client known to us gets what it can use: people pages, programs data."""
    header = accept.replace("\n", "")
    assert " ".join(chosen(header, place) for place in PLACES) == expected


RULES = [
    (None, "ttl"),
    (", ", "ttl"),
    # HTML only where it is named.
    ("text/*", "ttl"),
    ("*/*, text/html;q=0.5", "ttl"),
    ("text/html;q=0, */*;q=0.001", "ttl"),
    ("text/html, text/turtle", "html"),
    # Weights; none is 1, 0 refuses.
    ("text/turtle;q=0.5, application/n-triples", "nt"),
    ("text/turtle;q=0", "406"),
    ("text/turtle;q=0, */*;q=0.1", "jsonld"),
    ("text/turtle;q=0.9;q=0, application/n-triples;q=0.5", "ttl"),
    # The most specific range decides; among equal weights it wins; then the row.
    ("*/*, text/turtle;q=0.1, application/*;q=0.2", "jsonld"),
    ("application/rdf+xml, application/n-triples", "nt"),
    # An alias weighs less than a type's own name, and cannot refuse it.
    ("application/json, application/rdf+xml", "rdf"),
    ("application/json;q=0, application/*;q=0.5", "jsonld"),
    ("application/ld+json;q=0.1, application/json, text/turtle;q=0.2", "ttl"),
    # Parameters never break a match; commas and semicolons in quotes separate nothing.
    ("application/ld+json;profile=http://www.w3.org/ns/json-ld#compacted", "jsonld"),
    ('application/ld+json;profile="a, text/html;q=0;\\"b"', "jsonld"),
    ('application/ld+json;profile="a;q=0";q=0.5, text/turtle;q=0.4', "jsonld"),
    ("TEXT/Turtle ; Q=0.5\t,application/rdf+xml;q=0.4", "ttl"),
    ('application/rdf+xml;a="b, text/html', "rdf"),
    ('application/rdf+xml;a="b\\', "rdf"),
    # A malformed range is ignored.
    ("*, application/rdf+xml;q=0.1", "rdf"),
    ("*/turtle, application/rdf+xml;q=0.1", "rdf"),
    ("text/mar\N{KELVIN SIGN}down, application/rdf+xml;q=0.1", "rdf"),
    ("nonsense", "ttl"),
]


@pytest.mark.parametrize(("accept", "expected"), RULES)
def test_rules(accept, expected):
    """Weights, specificity and parameters count as RFC 9110 §12.5.1 says."""
    assert chosen(accept) == expected


BAD = ["nan", "inf", "1e3", "-1", "+1", "1.0000", "0.1234", "1.1", "2", ".5", "", "٠", '"1"']
GOOD = ["1", "1.", "1.0", "1.000", "0.002", "0.02", "0.2"]


@pytest.mark.parametrize("weight", BAD + GOOD)
def test_weights(weight):
    """A range whose weight is not of the grammar is ignored (RFC 9110 §12.4.2)."""
    header = f"application/n-triples;q={weight}, application/rdf+xml;q=0.001"

    assert chosen(header) == ("nt" if weight in GOOD else "rdf")


def test_other_offers():
    """Any form can be offered; where a page is all there is, a wildcard gets it."""
    problem = Representation("application/problem+json", "json", "Problem")

    assert negotiate("text/html, */*;q=0.8", [HTML, problem]) is HTML
    assert negotiate("*/*", [HTML, problem]) is problem
    assert negotiate("*/*", [HTML]) is HTML
    assert negotiate("text/turtle", [HTML]) is None
    assert negotiate("*/*", []) is None


NAMES = [
    ("document", "ttl turtle n3 text/turtle TURTLE application/x-turtle text/turtle;charset=utf-8"),
    ("document", "jsonld json-ld json application/ld+json application/json"),
    ("document", "nt ntriples n-triples application/n-triples"),
    ("document", "rdf xml rdf+xml application/rdf+xml"),
    ("document", "html text/html application/xhtml+xml"),
    ("graph", "nq nquads n-quads application/n-quads"),
    ("graph", "trig application/trig"),
    ("solutions", "json srj application/sparql-results+json application/json"),
    ("solutions", "xml srx application/sparql-results+xml"),
    ("solutions", "tsv text/tab-separated-values"),
]


@pytest.mark.parametrize(("place", "words"), NAMES)
def test_names(place, words):
    """A form is named shortly or by its media type, also with the plus lost on the way."""
    [first, *others] = words.split()

    for word in (first, *others, *(word.replace("+", " ") for word in others)):
        form = named(word, PLACES[place])
        assert form is not None
        assert form.extension == first


@pytest.mark.parametrize("word", ["", "nq", "srj", "text", "*/*", "text/*", "exe"])
def test_unknown_names(word):
    """What names no offered form gives none."""
    assert named(word, DOCUMENT) is None


def test_each_name_means_one_form():
    """No two forms of one place share a name."""
    for place in PLACES.values():
        words = [w for f in place for w in {f.extension, f.media_type, *f.names, *f.aliases}]
        assert len(words) == len(set(words))


LANGUAGES = [
    (None, "en"),
    ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),  # Chrome in Beijing
    ("zh-Hans-CN", "zh"),
    ("zh-Hant-TW, en;q=0.5", "zh"),
    ("de, fr;q=0.9", "en"),
    ("en;q=0.1, ZH;q=0.2", "zh"),
    ("en;q=0, zh;q=0", "en"),
    ("*, zh;q=0.1", "zh"),
    ("en;q=0, *", "zh"),
    ("zh-x-y", "zh"),
    ("zh-" + "a-" * 20 + "a, en", "en"),
]


@pytest.mark.parametrize(("accept", "expected"), LANGUAGES)
def test_languages(accept, expected):
    """Languages are found by lookup: the range is shortened until one fits (RFC 4647 §3.4)."""
    assert negotiate_language(accept) == expected


def test_languages_with_regions():
    """An offered tag is found by itself or a longer range, and answered as it is spelled."""
    assert negotiate_language("zh-hans-cn", ["en", "zh-Hans"]) == "zh-Hans"
    assert negotiate_language("zh", ["en", "zh-Hans"]) == "en"
    assert negotiate_language("zh;q=0", ["zh-Hans", "en"]) == "en"


CODINGS = [
    (None, "identity"),
    ("gzip, deflate, br, zstd", "zstd"),  # Chrome
    ("X-GZIP", "gzip"),
    ("br;q=0.5, gzip", "gzip"),
    ("gzip;q=0", "identity"),
    ("*", "zstd"),
    ("*, zstd;q=0", "br"),
    ("identity, gzip;q=0.5", "identity"),
    ("gzip;q=0.1, *;q=0", "gzip"),
    ("*;q=0", None),
    ("*;q=0, identity", "identity"),
    ("identity;q=0, deflate", None),
    ("identity;q=0, gzip;q=0.001", "gzip"),
    ("gzip;q=1.0000", "identity"),
]


@pytest.mark.parametrize(("accept", "expected"), CODINGS)
def test_codings(accept, expected):
    """Codings count as RFC 9110 §12.5.3 says: identity is the last resort, unless refused."""
    assert negotiate_coding(accept, ["zstd", "br", "gzip"]) == expected


PIECES = ["text/html", "text/turtle", "*/*", "text/*", "en", "zh", "gzip", "identity", "*", "q="]
SCRAPS = st.sampled_from([*PIECES, ";q=", ",", ";", '"', "\\", " ", "\t", "0", "1", ".", "-", "é"])
HEADERS = st.one_of(
    st.none(),
    st.text(),
    st.binary().map(lambda data: data.decode("latin-1")),
    st.lists(SCRAPS).map("".join),
)


@given(header=HEADERS)
def test_any_header_has_an_answer(header):
    """Whatever is sent, the answer is one of those offered, or none."""
    assert negotiate(header, DOCUMENT) in (None, *DOCUMENT)
    assert negotiate_language(header) in ("en", "zh")
    assert negotiate_coding(header, ["gzip"]) in (None, "gzip", "identity")
    assert named(header or "", DOCUMENT) in (None, *DOCUMENT)


@given(header=HEADERS)
def test_html_is_for_those_who_name_it(header):
    """No header without the name of HTML gets HTML."""
    text = (header or "").lower()
    assert chosen(header) != "html" or "text/html" in text or "application/xhtml+xml" in text


@pytest.mark.parametrize(
    "scrap", ['"', '\\"', '"\\', ",", ";", "a-", "a,", ";q=", "*/*,", '";"', "a;"]
)
def test_time_grows_with_length_alone(scrap):
    """A hostile header costs no more than a few milliseconds, however long."""
    before = time.process_time()

    for header in (scrap * 1_000_000, '"' + scrap * 1_000_000):
        negotiate(header, DOCUMENT)
        negotiate_language(header)
        negotiate_coding(header, ["gzip"])

    assert time.process_time() - before < 0.5


def test_headers_are_read_to_a_limit():
    """What lies beyond the limit is not read."""
    assert chosen("text/turtle;q=0.5," + " " * LONGEST + "application/rdf+xml") == "ttl"
