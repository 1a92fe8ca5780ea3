"""What the query editor completes: the prefixes, classes, properties and concepts of the data."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final
from weakref import WeakKeyDictionary

from flask import Blueprint, Response

from parkgraph.query import QueryFailed, Question, SpoolFile
from parkgraph.vocab import PREFIXES, compact
from parkgraph.web.http import answer
from parkgraph.web.live import Edition
from parkgraph.web.problems import problem
from parkgraph.web.reader import language
from parkgraph.web.state import edition
from parkgraph.web.text import Text, pick
from parkgraph.web.words import words

blueprint = Blueprint("editor", __name__)

#: Terms of a kind that are offered at most.
_MOST: Final = 5_000
#: Where the terms of each kind are found: what is used, and what an ontology in a graph defines.
_KINDS: Final = {
    "class": "{ ?s a ?x } UNION { GRAPH ?g { ?x a owl:Class } } UNION { ?x a rdfs:Class }",
    "property": """{ ?s ?x ?o } UNION { GRAPH ?g { ?x a owl:ObjectProperty } }
        UNION { GRAPH ?g { ?x a owl:DatatypeProperty } } UNION { ?x a rdf:Property }""",
    "concept": "?x a skos:Concept",
}
_PROLOGUE: Final = "".join(
    f"PREFIX {prefix}: <{PREFIXES[prefix]}>\n" for prefix in ("owl", "rdf", "rdfs", "skos")
)
#: Labels stand beside a term in the default graph, or in the graph of its ontology.
_TERMS: Final = """
    SELECT ?x ?label {{
      {{ SELECT DISTINCT ?x {{ {found} FILTER(isIRI(?x)) }} ORDER BY ?x LIMIT {most} }}
      OPTIONAL {{
        {{ ?x rdfs:label|skos:prefLabel ?label }}
        UNION {{ GRAPH ?g {{ ?x rdfs:label|skos:prefLabel ?label }} }}
      }}
    }} ORDER BY ?x"""


@dataclass(frozen=True, slots=True)
class Term:
    """A name that a query may use, with its labels in every language."""

    kind: str
    iri: str
    labels: tuple[Text, ...]


#: The terms of each edition: they change with a release and never before.
_known: WeakKeyDictionary[Edition, tuple[Term, ...]] = WeakKeyDictionary()


@blueprint.get("/sparql/terms.json")
def terms() -> Response:
    """The terms of the data, labelled in the reader's language."""
    here, lang = edition(), language()
    try:
        found = _known.get(here) or _known.setdefault(here, tuple(_terms(here)))
    except QueryFailed as error:
        return problem(503, error.findings[0], headers={"Retry-After": "1"})
    offered = {"prefixes": dict(PREFIXES), "terms": [_offer(term, lang) for term in found]}
    data = json.dumps(offered, ensure_ascii=False, separators=(",", ":"))
    headers = {"Content-Language": lang}
    return answer(data, "application/json", vary=("Accept-Language",), headers=headers)


def _terms(here: Edition) -> Iterator[Term]:
    for kind, found in _KINDS.items():
        labels: dict[str, list[Text]] = {}
        for row in _rows(here, _PROLOGUE + _TERMS.format(found=found, most=_MOST)):
            known = labels.setdefault(row["x"]["value"], [])
            if label := row.get("label"):
                known.append(Text(label["value"], label.get("xml:lang", "")))
        yield from (Term(kind, iri, tuple(known)) for iri, known in labels.items())


def _rows(here: Edition, query: str) -> list[Mapping[str, Any]]:
    found = here.queries.ask(Question(query)).body
    body = found.read() if isinstance(found, SpoolFile) else found
    rows: list[Mapping[str, Any]] = json.loads(body)["results"]["bindings"]
    return rows


def _offer(term: Term, lang: str) -> list[str]:
    """Kind, name as a query writes it, and label; a full IRI stands in angle brackets."""
    short = compact(term.iri)
    return [term.kind, short if short != term.iri else f"<{short}>", _label(term, short, lang)]


def _label(term: Term, short: str, lang: str) -> str:
    """A label in the reader's language; for terms of others, the interface's word."""
    said = pick(term.labels, lang)
    word: str = words(lang)["terms"].get(short, "")
    return said.value if said and (said.lang == lang or not word) else word
