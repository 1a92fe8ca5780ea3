"""The terms that the data uses, and which of them is meant by a name that it does not use."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher, get_close_matches
from itertools import islice, pairwise
from typing import Any, Final, TypeAlias

from parkgraph.errors import Diagnostic
from parkgraph.query import Answer, QueryFailed, Question
from parkgraph.query.patterns import outline
from parkgraph.query.scan import code_tokens, position
from parkgraph.query.solutions import Row, solutions
from parkgraph.vocab import PREFIXES, compact

#: Puts a question to the data.
Ask: TypeAlias = Callable[[Question], Answer]

#: Terms of a kind that are read at most, labels of concepts in all, and seconds for everything.
_MOST: Final = 5_000
_LABELS: Final = 20_000
_SECONDS: Final = 15.0
#: How alike two names are that may be confused: in one namespace, and across two.
_NEAR, _FAR = 0.65, 0.85
#: Longer IRIs are not compared, and so many names of a query are.
_LONGEST: Final = 300
_NAMES: Final = 20
_HINTS: Final = 3
#: Characters of a query; a longer one is not gone through a second time.
LONG: Final = 32_000

_USED: Final = """
    SELECT DISTINCT ?x {{ {{ {0} }} UNION {{ GRAPH ?g {{ {0} }} }} FILTER(isIRI(?x)) }} LIMIT {1}"""
_CLASS: Final = "?s a ?x"
_PROPERTY: Final = "?s ?x ?o"
_DECLARED: Final = """
    VALUES ?kind { rdfs:Class owl:Class rdf:Property owl:ObjectProperty owl:DatatypeProperty }
    ?x a ?kind"""
_CONCEPT: Final = "?x a skos:Concept"
_LABELLED: Final = """
    SELECT DISTINCT ?x ?label {{
      {{ {0} }} {{ ?x skos:prefLabel ?label }} UNION {{ GRAPH ?g {{ ?x skos:prefLabel ?label }} }}
    }} LIMIT {1}"""
_PROLOGUE: Final = "".join(
    f"PREFIX {prefix}: <{PREFIXES[prefix]}> " for prefix in ("owl", "rdf", "rdfs", "skos")
)


@dataclass(frozen=True, slots=True)
class Concept:
    """A ``skos:Concept`` with its preferred labels: language and words."""

    iri: str
    labels: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Terms:
    """The IRIs that a query may name, as the data has them.

    Attributes:
        classes: those that something is of.
        properties: the predicates of all triples.
        declared: classes and properties that an ontology in the data defines, used or not.
    """

    classes: tuple[str, ...] = ()
    properties: tuple[str, ...] = ()
    concepts: tuple[Concept, ...] = ()
    declared: tuple[str, ...] = ()

    @property
    def everything(self) -> frozenset[str]:
        """All of them."""
        concepts = (concept.iri for concept in self.concepts)
        return frozenset((*self.classes, *self.properties, *concepts, *self.declared))

    def to_json(self) -> dict[str, Any]:
        """As a client gets it."""
        return {
            "classes": list(self.classes),
            "properties": list(self.properties),
            "concepts": [{"iri": c.iri, "labels": dict(c.labels)} for c in self.concepts],
        }


def read_terms(ask: Ask) -> Terms:
    """The terms of the data, from its default graph and its named ones.

    A kind that is not to be had inside the budget is empty.

    Raises:
        QueryFailed: nobody had time to answer; another time somebody may.
    """
    share = Question("", seconds=_SECONDS / 5)
    classes, properties, declared, concepts = (
        _used(ask, share, found) for found in (_CLASS, _PROPERTY, _DECLARED, _CONCEPT)
    )
    labels: dict[str, list[tuple[str, str]]] = {iri: [] for iri in concepts}
    select = _USED.format(_CONCEPT, _MOST)
    for row in _rows(ask, share._replace(text=_PROLOGUE + _LABELLED.format(select, _LABELS))):
        label = row["label"]
        if row["x"]["value"] in labels:
            labels[row["x"]["value"]].append((label.get("xml:lang", ""), label["value"]))
    named = tuple(Concept(iri, tuple(sorted(said))) for iri, said in labels.items())
    return Terms(classes, properties, named, declared)


def nearest(iri: str, known: Iterable[str]) -> str:
    """The known IRI that was meant by one that is not known; empty if none is near.

    The same name in another case or namespace comes before a similar one.

    >>> nearest("http://e/oprator", ["http://e/operator", "http://e/order"])
    'http://e/operator'
    >>> nearest("http://schema.org/name", ["http://foaf/name", "https://schema.org/name"])
    'https://schema.org/name'
    """
    space, name = _split(iri)
    word = name.lower()
    if not word or len(iri) > _LONGEST:
        return ""
    here: dict[str, list[str]] = {}
    there: dict[str, list[str]] = {}
    for other in known:
        its_space, its_name = _split(other)
        names = here if its_space == space else there
        names.setdefault(its_name.lower(), []).append(other)
    if word in here or word in there:
        return _likest(iri, here.get(word) or there[word])
    for names, cutoff in ((here, _NEAR), (there, _FAR)):
        if near := get_close_matches(word, names, n=1, cutoff=cutoff):
            return _likest(iri, names[near[0]])
    return ""


def shown(iri: str, prefixes: Mapping[str, str]) -> str:
    """An IRI as a query with these prefixes writes it, or could with one of ours.

    >>> shown("http://e/a", {"e": "http://e/"}), shown("http://e/a", {})
    ('e:a', '<http://e/a>')
    >>> shown("https://schema.org/name", {})
    'schema:name'
    """
    for prefix, space in prefixes.items():
        name = iri.removeprefix(space)
        if space and name != iri and name.replace("-", "").replace("_", "").isalnum():
            return f"{prefix}:{name}"
    ours = compact(iri)
    return f"<{iri}>" if ours == iri or ours.partition(":")[0] in prefixes else ours


def meant(written: str, prefixes: Mapping[str, str]) -> str:
    """The question whether a term was meant, and how its prefix is declared if it is not.

    >>> meant("schema:name", {})
    'did you mean schema:name (PREFIX schema: <https://schema.org/>)?'
    """
    prefix = written.partition(":")[0]
    known = written.startswith("<") or prefix in prefixes
    return f"did you mean {written}{'' if known else f' (PREFIX {prefix}: <{PREFIXES[prefix]}>)'}?"


def hint(text: str, finding: Diagnostic, terms: Terms) -> str:
    """The advice of a ``finding`` about a query, and which terms its names are near to.

    Only names that are no terms of the data but resemble one of the same namespace are told of:
    what else they name may be a thing of the data.
    """
    if len(text) > LONG:
        return finding.help
    prefixes = {**PREFIXES, **outline(text).prefixes}
    guesses = islice(_guesses(text, prefixes, terms.everything), _HINTS)
    return "\n".join(filter(None, (finding.help, *guesses)))


def _guesses(text: str, prefixes: Mapping[str, str], known: frozenset[str]) -> Iterator[str]:
    for name, offset in islice(_names(text).items(), _NAMES):
        prefix, _, local = name.partition(":")
        space = prefixes.get(prefix)
        if space is None or space + local in known:
            continue
        near = nearest(space + local, [iri for iri in known if _split(iri)[0] == space])
        if near:
            one = shown(near, {prefix: space})
            yield f"did you mean {one}? nothing is named {name} ({position(text, offset)})"


def _names(text: str) -> dict[str, int]:
    """Where each prefixed name is first used."""
    code = code_tokens(text)
    found: dict[str, int] = {}
    for before, (kind, word, offset) in pairwise([("mark", "", 0), *code]):
        if kind == "name" and before[1].lower() != "prefix":
            found.setdefault(word, offset)
    return found


def _used(ask: Ask, share: Question, found: str) -> tuple[str, ...]:
    text = _PROLOGUE + _USED.format(found, _MOST)
    return tuple(sorted(row["x"]["value"] for row in _rows(ask, share._replace(text=text))))


def _rows(ask: Ask, question: Question) -> list[Row]:
    try:
        return solutions(ask(question).content())
    except QueryFailed as error:
        if error.kind == "busy":
            raise
        return []


def _split(iri: str) -> tuple[str, str]:
    """Namespace and name."""
    end = max(iri.rfind("#"), iri.rfind("/")) + 1 or iri.rfind(":") + 1
    return iri[:end], iri[end:]


def _likest(iri: str, others: Iterable[str]) -> str:
    few = islice(sorted(others, key=len), _NAMES)
    return max(few, key=lambda other: SequenceMatcher(None, other[:_LONGEST], iri).ratio())
