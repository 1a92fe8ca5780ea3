"""Which form, language and coding a request likes best: tables and pure functions (RFC 9110 §12).

Each function settles one of them; :mod:`parkgraph.variants` settles all together.

Nothing here fails on any header, and the time taken grows with its length alone.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from parkgraph.rdf import FORMATS

#: Characters of a header that are read; the longest that a known client sends has 700.
LONGEST: Final = 8192


@dataclass(frozen=True, slots=True, eq=False)
class Representation:
    """A form in which something can be sent (RFC 9110 §3.2).

    There is one of each, so they are told apart by identity, which is quick to hash.

    Attributes:
        names: short names for ``?format=``, besides the extension and the media types.
        aliases: types whose readers can read this form too: former and unregistered names of
            the type, and wider languages (N3 has all Turtle, JSON all JSON-LD).
        if_named: no wildcard asks for it, unless nothing else is offered.
    """

    media_type: str
    extension: str
    label: str
    names: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    if_named: bool = False


def _rdf(extension: str, names: str = "", aliases: str = "") -> Representation:
    syntax = FORMATS[extension]
    words, types = tuple(names.split()), tuple(aliases.split())
    return Representation(syntax.media_type, extension, syntax.label, words, types)


_JSON: Final = "application/json text/json"
_XML: Final = "application/xml text/xml"

# http.md §2: people's pages go to browsers, which name HTML; curl and rdflib get data.
HTML: Final = Representation(
    "text/html", "html", "HTML", aliases=("application/xhtml+xml",), if_named=True
)
MARKDOWN: Final = Representation(
    "text/markdown", "md", "Markdown", ("markdown",), ("text/x-markdown",), if_named=True
)
#: Forms that are read by people, each in their language.
READ: Final = (HTML, MARKDOWN)
TURTLE: Final = _rdf(
    "ttl", "turtle n3", "application/turtle application/x-turtle text/n3 text/rdf+n3"
)
JSON_LD: Final = _rdf("jsonld", "json-ld json", f"{_JSON} application/x-json+ld")
# rdflib asks for N-Triples as text/plain, its name of 2004.
N_TRIPLES: Final = _rdf("nt", "ntriples n-triples", "text/plain")
RDF_XML: Final = _rdf("rdf", "xml rdfxml rdf+xml", _XML)
N_QUADS: Final = _rdf("nq", "nquads n-quads", "text/x-nquads")
TRIG: Final = _rdf("trig", "", "application/x-trig")

#: Plain JSON, of what is no RDF.
JSON: Final = Representation("application/json", "json", "JSON")

#: A description: what has no better wish gets the first that is not for people.
DOCUMENT: Final = (HTML, TURTLE, JSON_LD, N_TRIPLES, RDF_XML)
#: The description of a thing or of a source document.
DESCRIBED: Final = (*DOCUMENT, MARKDOWN)
#: A graph: the answer to CONSTRUCT and DESCRIBE, a named graph, a dump.
GRAPH: Final = (TURTLE, JSON_LD, N_TRIPLES, RDF_XML, N_QUADS, TRIG)
#: Solutions: the answer to SELECT and ASK (SPARQL 1.1 Results in JSON, XML, CSV and TSV).
SOLUTIONS: Final = (
    Representation(
        "application/sparql-results+json", "json", "JSON", ("srj",), tuple(_JSON.split())
    ),
    Representation("application/sparql-results+xml", "xml", "XML", ("srx",), tuple(_XML.split())),
    Representation("text/csv", "csv", "CSV"),
    Representation("text/tab-separated-values", "tsv", "TSV"),
)


#: The languages of pages, the first for who has no wish.
LANGUAGES: Final = ("en", "zh")

#: Content codings, the cheapest to make first: a document takes zstd a third of gzip's time.
CODINGS: Final = ("zstd", "br", "gzip")


def named(name: str, offered: Sequence[Representation]) -> Representation | None:
    """The offered form that ``?format=`` or ``?_mediatype=`` names: shortly, or by media type.

    Of several, as SPARQLWrapper sends them, the first that is offered. A ``+`` sent unescaped in a
    query string arrives as a space, and is taken as the ``+`` it was.

    >>> named("application/rdf xml", DOCUMENT).extension
    'rdf'
    >>> named("image/png, application/ld+json", DOCUMENT).extension
    'jsonld'
    """
    for part in name.split(","):
        wanted = part.partition(";")[0].strip().replace(" ", "+").lower()
        for row in offered:
            if wanted in (row.extension, row.media_type, *row.names, *row.aliases):
                return row
    return None


def negotiate(accept: str | None, offered: Sequence[Representation]) -> Representation | None:
    """The offered form that ``accept`` likes best; None if it likes none: a 406 (RFC 9110 §12.5.1).

    The greater ``q`` wins, then the more specific range, then the earlier row. The most
    specific range that covers a form decides on it, in the order: its type, one of its aliases,
    ``type/*``, ``*/*``. A header without a valid range is as good as none.

    >>> negotiate("text/*;q=0.5, application/ld+json", DOCUMENT).extension
    'jsonld'
    """
    liked = likings(accept, offered)
    best = max(liked, key=liked.__getitem__, default=None)
    return best if best and liked[best][0] > 0 else None


def likings(
    accept: str | None, offered: Sequence[Representation]
) -> dict[Representation, tuple[float, int]]:
    """The weight of each row, and how specific the range is that gives it, in the same order."""
    ranges = _media_ranges(accept) or {"*/*": 1.0}
    exact = {name: weight for name, weight in ranges.items() if not name.endswith("/*")}
    for_all = any(not row.if_named for row in offered)
    return {row: _liking(row, exact if row.if_named and for_all else ranges) for row in offered}


def _liking(row: Representation, ranges: dict[str, float]) -> tuple[float, int]:
    """The weight of ``row``, and how specific the range is that gives it."""
    if row.media_type in ranges:
        return ranges[row.media_type], 3
    # A range of weight 0 refuses what it names, not what could pass for it.
    if alias := max((ranges.get(name, 0.0) for name in row.aliases), default=0.0):
        return alias, 2
    kind = row.media_type.partition("/")[0] + "/*"
    return (ranges[kind], 1) if kind in ranges else (ranges.get("*/*", 0.0), 0)


_NAME: Final = r"[!#$%&'*+.^_`|~0-9a-z-]+"  # a token, RFC 9110 §5.6.2
_MEDIA_RANGE: Final = re.compile(rf"\*/\*|(?!\*/){_NAME}/{_NAME}")


def _media_ranges(accept: str | None) -> dict[str, float]:
    """Media ranges, parameters left out, each with the best weight that it is given."""
    ranges: dict[str, float] = {}
    for name, weight in _weighted(accept):
        if _MEDIA_RANGE.fullmatch(name):
            ranges[name] = max(weight, ranges.get(name, 0.0))
    return ranges


_PROFILE: Final = re.compile(r"<([^<>]+)>|(\*)")


def profile_weights(accept_profile: str | None) -> dict[str, float]:
    """Profiles by IRI, each with the best weight that it is given; ``*`` is all the others.

    Source: DX-PROF-CONNEG §7.1: IRIs in angle brackets, which keep their case and their commas.

    >>> profile_weights("<https://schema.org/>;q=0.9, *;q=0.1")
    {'https://schema.org/': 0.9, '*': 0.1}
    """
    weights: dict[str, float] = {}
    for name, weight in _weighted(accept_profile, fold=False):
        if match := _PROFILE.fullmatch(name):
            iri = match[1] or match[2]
            weights[iri] = max(weight, weights.get(iri, 0.0))
    return weights


_SUBTAGS: Final = re.compile(r"[a-z]{1,8}(?:-[a-z0-9]{1,8}){0,15}")  # RFC 4647 §2.1, capped


def negotiate_language(accept_language: str | None, offered: Sequence[str] = LANGUAGES) -> str:
    """The offered language that is liked best, by lookup (RFC 4647 §3.4); the first if none is.

    >>> negotiate_language("fr, zh-Hans-CN;q=0.9, en;q=0.8")
    'zh'
    """
    liked = [item for item in _weighted(accept_language) if _SUBTAGS.fullmatch(item[0])]
    refused = {tag for tag, weight in liked if weight == 0}
    left = {
        tag.lower(): tag for tag in offered if refused.isdisjoint(_shorter_and_shorter(tag.lower()))
    }
    for tag, weight in sorted(liked, key=lambda item: -item[1]):
        found = next((part for part in _shorter_and_shorter(tag) if part in left), None)
        if found and weight:
            return left[found]
    return next(iter(left.values()), offered[0])


def _shorter_and_shorter(tag: str) -> Iterator[str]:
    """``zh-Hans-CN``, ``zh-Hans``, ``zh``; never ending in a single letter, as ``zh-x`` does."""
    while tag:
        yield tag
        tag = tag.rpartition("-")[0]
        if tag[-2:-1] == "-":
            tag = tag[:-2]


def negotiate_coding(accept_encoding: str | None, offered: Sequence[str]) -> str | None:
    """The content coding that is liked best, ``identity`` included (RFC 9110 §12.5.3).

    Of codings liked equally the earlier in ``offered`` wins. None: not even ``identity`` will do.

    >>> negotiate_coding("gzip, br;q=0.5", ["br", "gzip"])
    'gzip'
    """
    weights = {name.removeprefix("x-"): weight for name, weight in _weighted(accept_encoding)}
    # Unless refused, identity will do, but less than all that is asked for.
    unnamed = {"identity": weights.get("*", _LEAST)}

    def liking(coding: str) -> float:
        return weights.get(coding, unnamed.get(coding, weights.get("*", 0.0)))

    best = max([*offered, "identity"], key=liking)
    return best if liking(best) > 0 else None


_LEAST: Final = 0.0005  # less than the smallest weight that a header can say

_PARTS: Final = {
    separator: re.compile(rf'(?:[^"<{separator}]|"(?:[^"\\]|\\.|\\\Z)*+"?|<[^<>]*+>?)++', re.DOTALL)
    for separator in ",;"
}
_QVALUE: Final = re.compile(r"0(?:\.[0-9]{0,3})?|1(?:\.0{0,3})?")  # RFC 9110 §12.4.2
_SPACE: Final = " \t"


def _weighted(header: str | None, *, fold: bool = True) -> Iterator[tuple[str, float]]:
    """The elements of a list, in lower case and without parameters, each with its weight.

    Separators in quoted strings and in angle brackets separate nothing; an element whose weight
    is malformed is left out.

    Args:
        header: its value.
        fold: whether to put names in lower case.
    """
    for element in _PARTS[","].findall((header or "")[:LONGEST]):
        name, *parameters = _PARTS[";"].findall(element) or [""]
        weight = _weight(parameters)
        if weight is not None and name.isascii():
            yield name.strip(_SPACE).lower() if fold else name.strip(_SPACE), weight


def _weight(parameters: list[str]) -> float | None:
    """``q``, 1 if there is none, None if it is malformed (RFC 9110 §12.4.2)."""
    for parameter in parameters:
        name, _, value = parameter.partition("=")
        if name.strip(_SPACE).lower() == "q":
            value = value.strip(_SPACE)
            return float(value) if _QVALUE.fullmatch(value) else None
    return 1.0
