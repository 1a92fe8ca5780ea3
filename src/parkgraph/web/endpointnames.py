"""Search and lists of a service that nothing here is made of: by query, complete or an error."""

from collections.abc import Iterable, Sequence
from typing import Final

from parkgraph.lists import Listed, Lists, Wanted
from parkgraph.query import QueryService, Question
from parkgraph.query.solutions import Row, solutions
from parkgraph.rdf import Literal
from parkgraph.search import LONGEST, MAX_WORDS, MOST, NAMES, Found, Hit, Part, Search
from parkgraph.web.queried import ANY, written

_PROPERTIES: Final = " ".join(map(str, NAMES))
_NAMED: Final = f"VALUES ?p {{ {_PROPERTIES} }} ?x ?p ?name"
_FIND: Final = """
SELECT DISTINCT ?x ?name {{ {0} FILTER(isIRI(?x) && isLiteral(?name) && {1}) }} LIMIT {2}"""
_COUNT: Final = "SELECT (COUNT(DISTINCT ?x) AS ?n) {{ {} FILTER(isIRI(?x)) }}"
_PAGE: Final = """
SELECT ?x (MIN(LCASE(STR(?name))) AS ?key) {{
  {{ SELECT DISTINCT ?x {{ {0} FILTER(isIRI(?x)) }} }}
  OPTIONAL {{ {1} }}
}} GROUP BY ?x ORDER BY {2} ?x LIMIT {3} OFFSET {4}"""
_LINKS: Final = "SELECT ?x (COUNT(*) AS ?n) {{ VALUES ?x {{ {0} }} ?s ?p ?x }} GROUP BY ?x"
_LENGTHS: Final = """
SELECT ?c (COUNT(DISTINCT ?x) AS ?n) {{ VALUES ?c {{ {0} }} {1} }} GROUP BY ?c"""


class SearchByQuery(Search):
    """Looks through the names of things; a word is found wherever it stands in one."""

    def __init__(self, queries: QueryService) -> None:
        self._queries = queries

    def find(self, question: str, *, limit: int, offset: int = 0) -> Found:
        """What has every word of ``question`` in a name: equals first, then beginnings.

        Raises:
            QueryFailed: it takes more than a query may.
        """
        words = question[:LONGEST].lower().split()[:MAX_WORDS]
        if not any(map(str.isalnum, "".join(words))):
            return Found(0, ())
        tests = " && ".join(f"CONTAINS(LCASE(STR(?name)), {Literal(word)})" for word in words)
        rows = _rows(self._queries, _FIND.format(ANY.format(_NAMED), tests, MOST))
        hits: dict[str, Hit] = {}
        for row in sorted(rows, key=lambda row: _rank(row["name"]["value"], question)):
            hits.setdefault(row["x"]["value"], _hit(row, words))
        count = MOST if len(rows) == MOST else len(hits)
        return Found(count, tuple(hits.values())[offset : offset + limit])

    def corrected(self, question: str) -> str:  # noqa: ARG002
        """Nothing: which words there are is not known."""
        return ""


def _rank(name: str, question: str) -> tuple[bool, bool, int, str]:
    low, wanted = name.lower(), question.lower()
    return low != wanted, not low.startswith(wanted), len(name), name


def _hit(row: Row, words: Sequence[str]) -> Hit:
    name = row["name"]
    return Hit(row["x"]["value"], name.get("xml:lang", ""), "", _parts(name["value"], words), (), 0)


def _parts(name: str, words: Sequence[str]) -> tuple[Part, ...]:
    """A name cut at the first place of the first of ``words`` that is in it as it stands."""
    low = name.lower()
    word = next((word for word in words if word in low), "")
    start = low.find(word)
    if not word or len(low) != len(name):  # a letter may have another length in small
        return (Part(name, match=False),)
    cut = ((name[:start], False), (name[start : start + len(word)], True))
    rest = (name[start + len(word) :], False)
    return tuple(Part(text, match) for text, match in (*cut, rest) if text)


class ListsByQuery(Lists):
    """Lists of a class by name; the other orders of a list are not to be had."""

    def __init__(self, queries: QueryService) -> None:
        self._queries = queries

    def page(self, wanted: Wanted, *, limit: int, offset: int = 0) -> Listed:
        """A part of a list.

        Raises:
            QueryFailed: it takes more than a query may.
        """
        linked = f". ?x ?link {written(wanted.concept)}" if wanted.concept else ""
        members = ANY.format(f"?x a {written(wanted.of)} {linked}")
        (counted,) = _rows(self._queries, _COUNT.format(members))
        order = "DESC(?key)" if wanted.descending else "?key"
        names = ANY.format(_NAMED)
        query = _PAGE.format(members, names, order, limit, offset)
        iris = [row["x"]["value"] for row in _rows(self._queries, query)]
        links = self._links(iris)
        return Listed(int(counted["n"]["value"]), tuple((iri, links.get(iri, 0)) for iri in iris))

    def lengths(self, concept: str, classes: Iterable[str]) -> dict[str, int]:
        """How many instances of each class are linked to ``concept``; those of none left out."""
        names = " ".join(map(written, classes))
        members = ANY.format(f"?x a ?c ; ?link {written(concept)}")
        rows = _rows(self._queries, _LENGTHS.format(names, members))
        return {row["c"]["value"]: int(row["n"]["value"]) for row in rows if "c" in row}

    def _links(self, iris: Sequence[str]) -> dict[str, int]:
        rows = _rows(self._queries, _LINKS.format(" ".join(map(written, iris)))) if iris else []
        return {row["x"]["value"]: int(row["n"]["value"]) for row in rows if "x" in row}


def _rows(queries: QueryService, query: str) -> list[Row]:
    return solutions(queries.ask(Question(query)).content())
