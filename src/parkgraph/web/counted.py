"""A graph in numbers by query, for data that was not counted at build."""

from collections.abc import Callable, Mapping
from typing import Final

from parkgraph.counts import LINKS, Counts, LinkCount, Use
from parkgraph.query.solutions import solutions

_ALL: Final = """
SELECT (COUNT(*) AS ?triples) (COUNT(DISTINCT ?s) AS ?subjects) (COUNT(DISTINCT ?o) AS ?objects)
{ ?s ?p ?o }"""
_ENTITIES: Final = "SELECT (COUNT(DISTINCT ?s) AS ?entities) { ?s ?p ?o FILTER(isIRI(?s)) }"
_CLASSES: Final = """
SELECT ?iri (COUNT(DISTINCT ?s) AS ?entities) { ?s a ?iri FILTER(isIRI(?iri)) }
GROUP BY ?iri ORDER BY ?iri"""
_PROPERTIES: Final = """
SELECT ?iri
  (COUNT(*) AS ?triples) (COUNT(DISTINCT ?s) AS ?subjects) (COUNT(DISTINCT ?o) AS ?objects)
{ ?s ?iri ?o } GROUP BY ?iri ORDER BY ?iri"""
_LINKS: Final = f"""
SELECT ?iri ?origin (COUNT(*) AS ?triples) {{
  VALUES ?iri {{ {" ".join(map(str, LINKS))} }}
  ?s ?iri ?o
  FILTER(isIRI(?o) && REGEX(STR(?o), "^https?://[^/?#]+/") && NOT EXISTS {{ ?o ?x ?y }})
  BIND(REPLACE(STR(?o), "^(https?://[^/?#]+/).*$", "$1") AS ?origin)
}} GROUP BY ?iri ?origin ORDER BY ?iri ?origin"""

#: Asks a query and gives its JSON results.
Ask = Callable[[str], bytes]
Row = Mapping[str, str]


def counted(ask: Ask) -> Counts:
    """The same numbers as :func:`parkgraph.counts.count`, of the graph that ``ask`` sees.

    Raises:
        QueryFailed: counting takes more than a query may.
    """
    (whole,), (entities,) = _rows(ask, _ALL), _rows(ask, _ENTITIES)
    return Counts(
        **_numbers(whole),
        **_numbers(entities),
        classes={row["iri"]: int(row["entities"]) for row in _rows(ask, _CLASSES)},
        properties={row["iri"]: Use(**_numbers(row)) for row in _rows(ask, _PROPERTIES)},
        links=tuple(
            LinkCount(row["iri"], row["origin"], int(row["triples"])) for row in _rows(ask, _LINKS)
        ),
    )


def _numbers(row: Row) -> dict[str, int]:
    return {name: int(value) for name, value in row.items() if name != "iri"}


def _rows(ask: Ask, query: str) -> list[Row]:
    found = solutions(ask(query))
    return [{name: cell["value"] for name, cell in row.items()} for row in found]
