"""The web interface as a table: each address with its forms, statuses and parameters (http.md §1).

It is what ``/openapi.json`` says; a test holds it against the routes that there are.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from parkgraph.lists import KEYS
from parkgraph.negotiate import DESCRIBED, DOCUMENT, GRAPH, HTML, SOLUTIONS, Representation
from parkgraph.variants import PROFILES
from parkgraph.web.history import COMPARED
from parkgraph.web.home import REPORTED
from parkgraph.web.linksets import LINKSETS
from parkgraph.web.listed import LISTS
from parkgraph.web.listing import LISTED
from parkgraph.web.mementos import TIMEMAPS

#: A schema of JSON Schema 2020-12, as OpenAPI 3.1 has it.
Schema = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Route:
    """An address, or a family of them.

    Attributes:
        path: its template; what stands in braces is one of :data:`PARAMETERS`.
        types: media types of a 200; empty where it only leads on.
        statuses: what it may answer besides.
        query: parameters of the query string, of :data:`PARAMETERS`.
        bodies: media types of a POST, if it takes one.
    """

    path: str
    types: tuple[str, ...]
    statuses: tuple[int, ...]
    query: tuple[str, ...] = ()
    bodies: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Parameter:
    """A part of an address that varies."""

    description: str
    schema: Schema


def _types(*forms: Sequence[Representation]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(row.media_type for rows in forms for row in rows))


def _text(description: str, pattern: str) -> Parameter:
    return Parameter(description, {"type": "string", "pattern": pattern})


def _choice(description: str, choices: Sequence[str]) -> Parameter:
    return Parameter(description, {"type": "string", "enum": list(choices)})


_SLUG: Final = "^[a-z0-9][a-z0-9-]*$"
_FORMS: Final = (
    "The form, by its short name or its media type; it wins over the header Accept.",
    sorted({row.extension for row in (*DESCRIBED, *GRAPH)}),
)
PARAMETERS: Final[Mapping[str, Parameter]] = {
    "kind": _text("The kind of a thing.", _SLUG),
    "slug": _text("The name of a thing among its kind.", _SLUG),
    "scheme": _text("The name of a concept scheme.", _SLUG),
    "concept": _text("The name of a concept in its scheme.", _SLUG),
    "document": _text("The name of a source document.", _SLUG),
    "version": _text("The start of the SHA-256 of a document's text.", "^[0-9a-f]{8}$"),
    "graph": _text("The name of a named graph.", "^[a-z0-9]+$"),
    "digest": _text("The name of a release.", "^[0-9a-f]{12}$"),
    "file": _text("The name of a file.", r"^[a-z0-9][a-z0-9.-]*$"),
    "asset": _text("A file of the interface.", r"^[a-z0-9][a-z0-9./-]*$"),
    "form": _choice("The form.", sorted(row.extension for row in DESCRIBED)),
    "extension": _choice("The form.", sorted(row.extension for row in DOCUMENT)),
    "syntax": _choice("The syntax.", sorted(row.extension for row in GRAPH)),
    "citation": _choice("BibTeX or CSL-JSON.", ("bib", "json")),
    "rules": _text("The version of the shapes.", r"^[0-9]+\.[0-9]+\.[0-9]+$"),
    "ontology": _text("The version of the ontology.", r"^[0-9]+\.[0-9]+\.[0-9]+$"),
    "number": Parameter("The number of the file.", {"type": "integer", "minimum": 1}),
    "lang": _choice("The language of a page; it wins over Accept-Language.", ("en", "zh")),
    "format": _choice(*_FORMS),
    "_mediatype": _choice(*_FORMS),
    "_profile": _choice(
        "The profile; it wins over Accept-Profile.", [profile.token for profile in PROFILES]
    ),
    "query": Parameter("The query, in SPARQL 1.1.", {"type": "string"}),
    "default-graph-uri": Parameter("A graph of the query's default graph.", {"type": "string"}),
    "named-graph-uri": Parameter("A named graph that the query sees.", {"type": "string"}),
    "timeout": Parameter(
        "Seconds, fewer than the server allows.", {"type": "number", "exclusiveMinimum": 0}
    ),
    "explain": _choice("Why a result is empty, in its place.", ("empty",)),
    "results": _choice(
        "The form of the result; it wins over the header Accept.",
        sorted({row.extension for row in (*SOLUTIONS, *GRAPH)}),
    ),
    "default": _choice("The default graph is meant.", ("",)),
    "graph-iri": Parameter("The IRI of the graph that is meant.", {"type": "string"}),
    "iri": Parameter("The IRI that is described.", {"type": "string", "format": "iri"}),
    "q": Parameter("The words that are looked for.", {"type": "string"}),
    "page": Parameter("Which part of what is found.", {"type": "integer", "minimum": 1}),
    "limit": Parameter("How much of it at once.", {"type": "integer", "minimum": 1}),
    "found": _choice("A page, or data.", ("html", "json")),
    "list": _choice("The kind of the things that are listed.", tuple(LISTS)),
    "of": Parameter("The class of the things that are listed.", {"type": "string"}),
    "with": Parameter("The concept that they are linked to.", {"type": "string"}),
    "sort": _choice("What they are ordered by.", sorted(KEYS)),
    "order": _choice("Upwards or downwards.", ("asc", "desc")),
    "listed": _choice("A page, or data.", sorted(row.extension for row in LISTED)),
    "from": _text("The name of the release that is compared.", "^[0-9a-f]{12}$"),
    "to": _text("The name of the release that it is compared with.", "^[0-9a-f]{12}$"),
    "compared": _choice("A page, data, or a patch.", sorted(row.extension for row in COMPARED)),
    "mapped": _choice("Links, or data.", sorted(row.extension for row in TIMEMAPS)),
    "save": _choice("To be kept, not shown.", ("",)),
    "v": Parameter("The state of the file, which may then be kept for ever.", {"type": "string"}),
}
#: Parameters whose name in an address is another's here.
NAMES: Final[Mapping[str, str]] = {
    "results": "format",
    "found": "format",
    "listed": "format",
    "compared": "format",
    "mapped": "format",
    "graph-iri": "graph",
}

_DESCRIPTION: Final = _types(DESCRIBED)
_DOCUMENT: Final = _types(DOCUMENT)
_GRAPH: Final = _types(GRAPH)
_LINKSETS: Final = _types(LINKSETS)
_CHOSEN: Final = ("format", "_mediatype", "_profile", "lang")
_IN_SUFFIX: Final = ("_profile", "lang")
_LISTING: Final = ("with", "sort", "order", "page", "listed", "lang")
_SEARCH: Final = ("q", "page", "limit", "found", "lang")
_QUERY_FORM: Final = "application/x-www-form-urlencoded"

#: What a document answers besides itself: moved, unchanged, unknown, in no such form, gone.
_DOCUMENTED: Final = (301, 304, 404, 406, 410)
#: A description leads on to how it was, if the moment is one (Memento).
_TIMED: Final = (*_DOCUMENTED, 302, 400)
_LED: Final = (301, 303, 404, 410)
_FOUND: Final = (304, 406)
_FIXED: Final = (304, 404)
_SUFFIXED: Final = (304, 404, 406)
_VARIANT: Final = (301, 304, 404, 406, 410)
_ASKED: Final = (304, 400, 403, 406, 413, 429, 503)

_CITATION: Final = ("text/plain", "application/vnd.citationstyles.csl+json")

ROUTES: Final = (
    Route("/", _DOCUMENT, _FOUND, _CHOSEN),
    Route("/dataset", (), (303,)),
    Route("/dataset.{extension}", _DOCUMENT, _SUFFIXED, _IN_SUFFIX),
    Route("/id/{kind}/{slug}", (), _LED),
    Route("/id/concept/{scheme}/{concept}", (), _LED),
    Route("/doc/{kind}/{slug}", _DESCRIPTION, _TIMED, _CHOSEN),
    Route("/doc/{kind}/{slug}.{form}", _DESCRIPTION, _VARIANT, _IN_SUFFIX),
    Route("/doc/concept/{scheme}/{concept}", _DESCRIPTION, _TIMED, _CHOSEN),
    Route("/doc/concept/{scheme}/{concept}.{form}", _DESCRIPTION, _VARIANT, _IN_SUFFIX),
    Route("/document/{document}", _DESCRIPTION, _DOCUMENTED, _CHOSEN),
    Route("/document/{document}.{form}", _DESCRIPTION, _VARIANT, _IN_SUFFIX),
    Route("/document/{document}/{version}", _DESCRIPTION, (*_DOCUMENTED, 302), _CHOSEN),
    Route("/document/{document}/{version}.{form}", _DESCRIPTION, (*_VARIANT, 302), _IN_SUFFIX),
    Route("/linkset/dataset", _LINKSETS, _DOCUMENTED),
    Route("/linkset/doc/{kind}/{slug}", _LINKSETS, _DOCUMENTED),
    Route("/linkset/document/{document}", _LINKSETS, _DOCUMENTED),
    Route("/linkset/document/{document}/{version}", _LINKSETS, _DOCUMENTED),
    Route("/source/{document}/{version}.txt", ("text/plain",), (*_FIXED, 302)),
    Route("/def", _DOCUMENT, _SUFFIXED, _CHOSEN),
    Route("/def.{extension}", _DOCUMENT, _SUFFIXED, _IN_SUFFIX),
    Route("/def/{ontology}", _DOCUMENT, _DOCUMENTED, _CHOSEN),
    Route("/shapes", _DOCUMENT, _SUFFIXED, _CHOSEN),
    Route("/shapes.{extension}", _DOCUMENT, _SUFFIXED, _IN_SUFFIX),
    Route("/shapes/{rules}", _DOCUMENT, _DOCUMENTED, _CHOSEN),
    Route("/graph/catalog", _GRAPH, _FOUND, _CHOSEN[:3]),
    Route("/graph/catalog.{syntax}", _GRAPH, _SUFFIXED, ("_profile",)),
    Route("/graph/{graph}", _GRAPH, _DOCUMENTED, _CHOSEN[:3]),
    Route("/graph/{graph}.{syntax}", _GRAPH, _SUFFIXED, ("_profile",)),
    Route("/graph/document/{document}/{version}", _GRAPH, _DOCUMENTED, _CHOSEN[:3]),
    Route("/graph/document/{document}/{version}.{syntax}", _GRAPH, _SUFFIXED, ("_profile",)),
    Route("/{list}", _types(LISTED), (304, 404, 406, 503), _LISTING),
    Route("/list", _types(LISTED), (304, 404, 406, 503), ("of", *_LISTING)),
    Route("/search", ("text/html", "application/json"), (304, 406, 503), _SEARCH),
    Route(
        "/report",
        _types(REPORTED),
        _SUFFIXED,
        ("format", "_mediatype", "lang"),
    ),
    Route(
        "/sparql",
        (*_types((HTML,), SOLUTIONS, GRAPH), "application/json"),
        _ASKED,
        ("query", "default-graph-uri", "named-graph-uri", "results", "timeout", "explain"),
        (_QUERY_FORM, "application/sparql-query"),
    ),
    Route("/sparql/terms.json", ("application/json",), (304,), ("lang",)),
    Route("/data", _GRAPH, (304, 400, 404, 406, 503), ("default", "graph-iri", "format")),
    Route("/download/{file}", (), (302, 404)),
    Route("/releases", _DOCUMENT, _SUFFIXED, _CHOSEN),
    Route("/releases.{extension}", _DOCUMENT, _SUFFIXED, _IN_SUFFIX),
    Route("/releases.json", ("application/json",), _FIXED),
    Route("/releases.atom", ("application/atom+xml",), _FIXED, ("lang",)),
    Route("/diff", _types(COMPARED), (*_SUFFIXED, 503), ("from", "to", "compared", "lang")),
    Route("/release/{digest}", _DOCUMENT, _DOCUMENTED, _CHOSEN),
    Route("/release/{digest}.{extension}", _DOCUMENT, _SUFFIXED, _IN_SUFFIX),
    Route("/release/{digest}/doc/{kind}/{slug}", _DESCRIPTION, _DOCUMENTED, _CHOSEN),
    Route("/release/{digest}/doc/{kind}/{slug}.{form}", _DESCRIPTION, _VARIANT, _IN_SUFFIX),
    Route("/release/{digest}/document/{document}", _DESCRIPTION, _DOCUMENTED, _CHOSEN),
    Route("/release/{digest}/document/{document}.{form}", _DESCRIPTION, _VARIANT, _IN_SUFFIX),
    Route("/release/{digest}/document/{document}/{version}", _DESCRIPTION, _DOCUMENTED, _CHOSEN),
    Route(
        "/release/{digest}/document/{document}/{version}.{form}", _DESCRIPTION, _VARIANT, _IN_SUFFIX
    ),
    Route("/timemap/doc/{kind}/{slug}", _types(TIMEMAPS), _SUFFIXED, ("mapped",)),
    Route("/release/{digest}/{file}", ("*/*",), (206, 304, 404, 416), ("save",)),
    Route(
        "/release/{digest}/source/{document}/{version}.txt", ("text/plain",), (206, 304, 404, 416)
    ),
    Route("/context/1.jsonld", ("application/ld+json",), (304,)),
    Route(
        "/cite/dataset.{citation}",
        _CITATION,
        _FIXED,
    ),
    Route(
        "/cite/release/{digest}.{citation}",
        _CITATION,
        _FIXED,
    ),
    Route(
        "/cite/{kind}/{slug}.{citation}",
        _CITATION,
        _FIXED,
    ),
    Route("/robots.txt", ("text/plain",), (304,)),
    Route("/sitemap.xml", ("application/xml",), (304,)),
    Route("/sitemap-{number}.xml", ("application/xml",), _FIXED),
    Route("/llms.txt", ("text/plain",), (304,)),
    Route("/openapi.json", ("application/json",), (304,)),
    Route("/.well-known/void", (), (303,)),
    Route("/.well-known/api-catalog", ("application/linkset+json",), (304,)),
    Route("/health", ("text/plain",), ()),
    Route("/ready", ("text/plain",), (503,)),
    Route("/metrics", ("text/plain",), ()),
    Route("/favicon.ico", ("image/svg+xml",), (304,)),
    Route("/static/{asset}", ("*/*",), _FIXED, ("v",)),
)

#: Those of them that are there whatever is served; all others are of a publication.
_ANYWHERE: Final = frozenset(
    (
        *("/", "/dataset", "/dataset.{extension}", "/linkset/dataset"),
        *("/graph/catalog", "/graph/catalog.{syntax}", "/{list}", "/list", "/search"),
        *("/sparql", "/sparql/terms.json", "/data", "/context/1.jsonld"),
        *("/robots.txt", "/sitemap.xml", "/sitemap-{number}.xml", "/llms.txt", "/openapi.json"),
        *("/.well-known/void", "/.well-known/api-catalog", "/health", "/ready", "/metrics"),
        *("/favicon.ico", "/static/{asset}"),
    )
)
#: What any IRI has that is served without a publication (docs/data-mode.md).
_OF_IRIS: Final = (
    Route("/doc", _DESCRIPTION, _SUFFIXED, ("iri", *_CHOSEN)),
    Route("/doc.{form}", _DESCRIPTION, _SUFFIXED, ("iri", *_IN_SUFFIX)),
    Route("/linkset/doc", _LINKSETS, _SUFFIXED, ("iri",)),
)
#: What files have that are served as they are.
_OF_FILES: Final = (
    Route("/download/data.{syntax}", _GRAPH, (206, 304, 404, 406, 416, 503), ("save",)),
)


def routes_of(*, publication: bool, files: bool) -> tuple[Route, ...]:
    """The addresses that there are, by what is served: a publication, RDF files, or a service."""
    if publication:
        return ROUTES
    anywhere = (route for route in ROUTES if route.path in _ANYWHERE)
    return (*anywhere, *_OF_IRIS, *(_OF_FILES if files else ()))
