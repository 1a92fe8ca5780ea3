"""What the query editor completes: the prefixes, classes, properties and concepts of the data."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Final
from weakref import WeakKeyDictionary

from flask import Blueprint, Response

from parkgraph.query import QueryFailed, Question
from parkgraph.query.solutions import solutions
from parkgraph.rdf import NamedNode
from parkgraph.vocab import PREFIXES, compact
from parkgraph.web.http import answer
from parkgraph.web.live import Edition
from parkgraph.web.reader import language
from parkgraph.web.state import edition
from parkgraph.web.text import Text, pick
from parkgraph.web.words import words

blueprint = Blueprint("editor", __name__)

#: Classes and properties whose labels are looked up at most, and seconds for it.
_MOST: Final = 2_000
_SECONDS: Final = 5.0
_PROLOGUE: Final = f"PREFIX rdfs: <{PREFIXES['rdfs']}> PREFIX skos: <{PREFIXES['skos']}>"
#: Labels stand beside a term in the default graph, or in the graph of its ontology.
_LABELS: Final = """
    SELECT DISTINCT ?x ?label {{
      VALUES ?x {{ {} }}
      {{ ?x rdfs:label|skos:prefLabel ?label }}
      UNION {{ GRAPH ?g {{ ?x rdfs:label|skos:prefLabel ?label }} }}
    }}"""

#: A term's labels in every language.
Labels = Mapping[str, Sequence[Text]]

#: The labels of each edition: they change with a release and never before.
_known: WeakKeyDictionary[Edition, Labels] = WeakKeyDictionary()


@blueprint.get("/sparql/terms.json")
def terms() -> Response:
    """The terms of the data, labelled in the reader's language."""
    here, lang = edition(), language()
    offered = {"prefixes": dict(PREFIXES), "terms": list(_offers(here, lang))}
    data = json.dumps(offered, ensure_ascii=False, separators=(",", ":"))
    headers = {"Content-Language": lang}
    return answer(data, "application/json", vary=("Accept-Language",), headers=headers)


def _offers(here: Edition, lang: str) -> Iterator[tuple[str, str, str]]:
    """Kind, name as a query writes it, and label; a full IRI stands in angle brackets."""
    labels = _labels(here)
    for kind, iris in (("class", here.terms().classes), ("property", here.terms().properties)):
        yield from ((kind, *_named(iri, labels.get(iri, ()), lang)) for iri in iris)
    for concept in here.terms().concepts:
        said = [Text(value, tag) for tag, value in concept.labels]
        yield ("concept", *_named(concept.iri, said, lang))


def _named(iri: str, labels: Sequence[Text], lang: str) -> tuple[str, str]:
    """Name and label; a term of others has the interface's word before a foreign label."""
    short = compact(iri)
    said, word = pick(labels, lang), str(words(lang)["terms"].get(short, ""))
    label = said.value if said and (said.lang == lang or not word) else word
    return short if short != iri else f"<{iri}>", label


def _labels(here: Edition) -> Labels:
    """The labels of classes and properties; none if nobody had time to look."""
    if here not in _known:
        iris = [*here.terms().classes, *here.terms().properties][:_MOST]
        query = _PROLOGUE + _LABELS.format(" ".join(str(NamedNode(iri)) for iri in iris))
        try:
            found = solutions(here.queries.ask(Question(query, seconds=_SECONDS)).content())
        except QueryFailed:
            return {}
        labels: dict[str, list[Text]] = {}
        for row in found:
            label = row["label"]
            text = Text(label["value"], label.get("xml:lang", ""))
            labels.setdefault(row["x"]["value"], []).append(text)
        _known[here] = labels
    return _known[here]
