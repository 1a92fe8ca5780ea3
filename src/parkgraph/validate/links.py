"""Links to other registries, which only a reviewed alignment may make."""

from collections.abc import Iterator
from itertools import chain
from typing import Final

from parkgraph.errors import Diagnostic
from parkgraph.graph import Dataset
from parkgraph.keys import DATE, has_form
from parkgraph.names import Names
from parkgraph.rdf import Literal, Term, Triple
from parkgraph.vocab import term

#: Links to other registries that only a reviewed alignment may make (model.md §0.10).
_LINKS: Final = frozenset(
    map(
        term,
        (
            "schema:sameAs",
            "skos:exactMatch",
            "skos:closeMatch",
            "skos:broadMatch",
            "skos:narrowMatch",
            "skos:relatedMatch",
            "owl:sameAs",
        ),
    )
)
_ENTRY: Final = ("rdf:subject", "rdf:predicate", "rdf:object")
_JUDGEMENT: Final = ("prov:wasAttributedTo", "dcterms:date", "dcterms:description")


def check_links(dataset: Dataset, names: Names) -> Iterator[Diagnostic]:
    """Findings about links that no reviewed alignment makes (PG426)."""
    aligned: dict[Term, dict[Term, Term]] = {}
    for triple in dataset.named.get(names.graph("alignments"), frozenset()):
        aligned.setdefault(triple.subject, {})[triple.predicate] = triple.object
    made = set()
    for node, values in sorted(aligned.items(), key=lambda entry: str(entry[0])):
        if values.keys().isdisjoint(map(term, _ENTRY)):
            continue
        made.add(tuple(values.get(term(part)) for part in _ENTRY))
        for missing in (p for p in (*_ENTRY, *_JUDGEMENT) if term(p) not in values):
            message = f"the alignment has no {missing}"
            yield _link_fault(message, dataset.origins.where(node))
        date = values.get(term("dcterms:date"))
        if date is not None and not (isinstance(date, Literal) and has_form(date.value, DATE)):
            where = dataset.origins.where(node, term("dcterms:date"))
            yield _link_fault(f"the date {date} is no day of the calendar", where)
    for triple in sorted(_links(dataset, names), key=str):
        if triple.predicate == term("owl:sameAs") or _parts(triple) not in made:
            message = f"{triple} is a link that no reviewed alignment makes"
            where = dataset.origins.where(triple.subject, triple.predicate, triple.object)
            yield _link_fault(message, where)


def _links(dataset: Dataset, names: Names) -> Iterator[Triple]:
    """Every link in the published graphs; the ontology's own alignments are part of it."""
    graphs = (t for name, t in dataset.named.items() if name != names.graph("def"))
    return (triple for triple in chain.from_iterable(graphs) if triple.predicate in _LINKS)


def _parts(triple: Triple) -> tuple[object, ...]:
    return (triple.subject, triple.predicate, triple.object)


def _link_fault(message: str, where: str) -> Diagnostic:
    advice = "links are entries of data/alignments/, each with a judge, a date and a reason"
    return Diagnostic("PG426", message, where, advice)
