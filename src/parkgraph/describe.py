"""What is said of one thing: its triples, its claims with their words, labels, incoming links."""

from collections.abc import Callable, Container, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Final

from parkgraph.description import Description, Line, bare, is_iri, named_in, text_of
from parkgraph.index import Index, Lines
from parkgraph.vocab import term

#: How many incoming links a description holds at most.
MAX_INCOMING: Final = 500
#: Queries for all links to a thing, as a graph and as a table: a description has the first alone.
INCOMING_GRAPH: Final = (
    "CONSTRUCT {{ ?s ?p {0} }} WHERE {{ {{ ?s ?p {0} }} UNION {{ GRAPH ?g {{ ?s ?p {0} }} }} }}"
)
INCOMING_TABLE: Final = (
    "SELECT DISTINCT ?property ?thing WHERE {{\n"
    "  {{ ?thing ?property {0} }} UNION {{ GRAPH ?graph {{ ?thing ?property {0} }} }}\n"
    "}}\nORDER BY ?property ?thing"
)
#: The same for all uses of a property.
USES_TABLE: Final = (
    "SELECT DISTINCT ?thing ?value WHERE {{\n"
    "  {{ ?thing {0} ?value }} UNION {{ GRAPH ?graph {{ ?thing {0} ?value }} }}\n"
    "}}\nORDER BY ?thing ?value"
)
#: How many claims a description holds at most.
MAX_CLAIMS: Final = 2_000

_EVIDENCE: Final = str(term("park:evidence"))
_SELECTOR: Final = str(term("oa:hasSelector"))
_FIGURE: Final = str(term("park:hasFigure"))
#: Lead from a claim to what it is about, or asserts something of.
_CONCERNS: Final = tuple(str(term(name)) for name in ("park:about", "rdf:subject"))


def _names(*names: str) -> frozenset[str]:
    return frozenset(str(term(name)) for name in names)


#: The classes of what stands behind a statement.
_BEHIND: Final = _names(
    "park:Claim", "oa:SpecificResource", "oa:TextPositionSelector", "oa:TextQuoteSelector"
)
#: What a figure says, apart from whose claim it is.
_OF_FIGURES: Final = _names(
    "park:bound",
    "park:indicator",
    "park:verbatimValue",
    "qudt:hasUnit",
    "schema:unitCode",
    "schema:value",
)
_FOLLOWED: Final = _names("dcterms:hasVersion", "park:hasField")


def describe(index: Lines, iri: str) -> Description:
    """The description of ``iri``: the same triples in every format, for DESCRIBE too.

    Its own triples and those of its fragments; every claim about it, or that asserts a triple of
    it, with the passages; the links that lead to it; and the label of all that is named.

    Of the links ``MAX_INCOMING`` at most. Of a property of which nothing else is known, triples
    that use it. Empty if nothing is known of ``iri``.
    """
    led = index.incoming_lines(iri, limit=MAX_INCOMING)
    own = _own(index, iri)
    found = [*own, *_with_evidence(index, _claims(index, iri, own, led)), *led]
    found = found or index.use_lines(iri, limit=MAX_INCOMING)
    return Description([*found, *index.label_lines(named_in(found))], whole=iri)


def describe_plainly(index: Lines, iri: str) -> Description:
    """What is said of ``iri``, without who says so: no claims, passages and incoming links.

    Its own triples and those of its parts, the numbers of its figures, and the labels of all that
    is named.
    """
    found = list(_without_claims(_own(index, iri)))
    figures = index.lines(*_objects(found, {_FIGURE}))
    found += [line for line in figures if line[1] in _OF_FIGURES]
    return Description([*found, *index.label_lines(named_in(found))])


def _without_claims(lines: Sequence[Line]) -> Iterator[Line]:
    behind = {subject for subject, _, value in lines if value in _BEHIND}
    for line in lines:
        if line[0] not in behind and line[2] not in behind:
            yield line


def describer(path: str) -> Callable[[list[str]], bytes]:
    """What a query process asks for the answer to DESCRIBE, over the index at ``path``."""
    index = Index(Path(path))

    def descriptions(iris: list[str]) -> bytes:
        found = (line for iri in iris for line in describe(index, iri).lines)
        return text_of(dict.fromkeys(found))

    return descriptions


def _own(index: Lines, iri: str) -> list[Line]:
    """What is said of it and its parts."""
    found = index.lines_within(iri)
    parts = [iri]
    while followed := [part for part in _objects(found, _FOLLOWED) if part not in parts]:
        parts += followed
        for part in followed:
            found += index.lines_within(part)
    return found


def _claims(index: Lines, iri: str, own: Iterable[Line], led: Sequence[Line]) -> list[str]:
    """The claims about a thing, those that assert of it, and those read from a version of it.

    Args:
        index: where to look.
        iri: of the thing.
        own: what is said of it and its fragments.
        led: the lines that lead to it, the first ``MAX_INCOMING`` at least.
    """
    start = f"<{iri}#"
    passages = dict.fromkeys(line[0] for line in own if line[0].startswith(start))
    links: list[Line] = []
    for by in _CONCERNS:
        if len(led) < MAX_INCOMING:  # that is all of them
            links += [line for line in led if line[1] == by]
        else:
            links += index.incoming_lines(iri, limit=MAX_CLAIMS, predicate=bare(by))
    for passage in passages:
        links += index.incoming_lines(bare(passage), limit=MAX_CLAIMS, predicate=bare(_EVIDENCE))
    return list(dict.fromkeys(bare(line[0]) for line in links if is_iri(line[0])))


def _with_evidence(index: Lines, claims: Sequence[str]) -> list[Line]:
    """All that is said of claims, of their passages, and of what picks those out."""
    if not claims:
        return []
    lines = found = index.lines(*claims)
    for property_ in (_EVIDENCE, _SELECTOR):
        found = index.lines(*_objects(found, {property_}))
        lines += found
    return lines


def _objects(lines: Iterable[Line], predicates: Container[str]) -> list[str]:
    """The IRIs that are objects of these predicates, each once."""
    found = (value for _, by, value in lines if by in predicates and is_iri(value))
    return [bare(value) for value in dict.fromkeys(found)]
