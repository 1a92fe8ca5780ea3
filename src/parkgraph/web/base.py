"""The base of data that names none: where most of its IRIs begin."""

from collections import Counter
from os.path import commonprefix
from typing import Final
from urllib.parse import urlsplit

from parkgraph.query import QueryFailed, QueryService, Question
from parkgraph.query.solutions import solutions

_SPACES: Final = """
SELECT DISTINCT ?x { ?d <http://rdfs.org/ns/void#uriSpace> ?x FILTER(isLiteral(?x)) } LIMIT 2
"""
_ANY: Final = "{ ?s ?p ?o } UNION { GRAPH ?g { ?s ?p ?o } }"
#: Enough subjects to tell which host has most of them, whatever the size of the data.
_SOME: Final = f"SELECT DISTINCT ?x {{ {{ {_ANY} }} FILTER(isIRI(?s)) BIND(?s AS ?x) }} LIMIT"
#: The first and the last subject of a host share what all of them share.
_ENDS: Final = """
SELECT ?x {{
  {{ SELECT (MIN(STR(?s)) AS ?first) (MAX(STR(?s)) AS ?last)
    {{ {any} FILTER(isIRI(?s) && STRSTARTS(STR(?s), "{origin}")) }} }}
  VALUES ?end {{ 1 2 }} BIND(IF(?end = 1, ?first, ?last) AS ?x)
}}
"""


def find_base(queries: QueryService, otherwise: str, *, sample: int = 10_000) -> str:
    """The base of the data: its only ``void:uriSpace``, else what its subjects share.

    Args:
        queries: asks the data.
        otherwise: the base where it has no http(s) IRIs to go by.
        sample: how many subjects are looked at for their host.

    Raises:
        QueryFailed: the data cannot be asked.
    """
    spaces = _column(queries, _SPACES)
    if len(spaces) == 1 and spaces[0].endswith("/"):
        return spaces[0]
    hosts = Counter(filter(None, map(_origin, _column(queries, f"{_SOME} {sample}"))))
    if not hosts:
        return otherwise
    origin = hosts.most_common(1)[0][0]
    try:
        ends = _column(queries, _ENDS.format(any=_ANY, origin=origin))
    except QueryFailed:  # it takes too long to look at all
        return origin
    return common_base(origin, ends)


def common_base(origin: str, iris: list[str]) -> str:
    """The folder that ``iris`` share, all of which begin with ``origin``.

    What a publication has below ``id/`` answers there, so the base ends before it.

    >>> common_base("http://e.org/", ["http://e.org/id/a/1", "http://e.org/id/a/2"])
    'http://e.org/'
    >>> common_base("http://e.org/", ["http://e.org/x/ns#A", "http://e.org/x/y"])
    'http://e.org/x/'
    """
    shared = commonprefix([iri.partition("#")[0] for iri in iris])  # noqa: RUF071  # cut at a slash
    folder = f"{shared.rpartition('/')[0]}/" if len(shared) > len(origin) else origin
    before, thing, _ = folder.partition("/id/")
    return f"{before}/" if thing else folder


def _origin(iri: str) -> str:
    """Scheme and host of an http(s) IRI; empty for any other."""
    try:
        parts = urlsplit(iri)
    except ValueError:  # an IRI may have a host that no address has
        return ""
    return f"{parts.scheme}://{parts.netloc}/" if parts.scheme in {"http", "https"} else ""


def _column(queries: QueryService, query: str) -> list[str]:
    found = solutions(queries.ask(Question(query)).content())
    return [row["x"]["value"] for row in found if "x" in row]
