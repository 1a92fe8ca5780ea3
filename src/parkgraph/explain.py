"""Why a triple is there: the claims that say so, and their words in the source."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass

from parkgraph.index import Index
from parkgraph.rdf import Literal, NamedNode, Term, Triple
from parkgraph.release import Release, open_index
from parkgraph.source import SourceText, parse_text
from parkgraph.vocab import compact, term


@dataclass(frozen=True, slots=True)
class Evidence:
    """One claim behind a triple: its words, where they stand, and what kind of words they are."""

    claim: str
    standing: str
    quote: str
    where: str


@dataclass(frozen=True, slots=True)
class Reason:
    """A triple and what supports it; without evidence it is structural (model.md §0.2)."""

    triple: Triple
    evidence: tuple[Evidence, ...]


def explain(release: Release, iri: str) -> list[Reason]:
    """Each triple of ``iri`` with its evidence; of a claim, the claim itself.

    Empty if nothing is known of ``iri``.

    Raises:
        ParkgraphError: the release has no index (PG513).
    """
    with closing(open_index(release)) as index:
        found = index.outgoing(iri)
        if term("park:Claim") in _values(found, "rdf:type"):
            own = _evidence(release, index, iri)
            return [Reason(triple, (own,)) for triple in _asserted(found)]
        return [Reason(t, tuple(_supports(release, index, t))) for t in found]


def _asserted(claim: list[Triple]) -> list[Triple]:
    """The triple a claim asserts, or, where it asserts none, what it is about."""
    parts = [_values(claim, name) for name in ("rdf:subject", "rdf:predicate", "rdf:object")]
    if all(parts):
        (subject, *_), (predicate, *_), (value, *_) = parts
        if isinstance(subject, NamedNode) and isinstance(predicate, NamedNode):
            return [Triple(subject, predicate, value)]
    return [triple for triple in claim if triple.predicate == term("park:about")]


def _supports(release: Release, index: Index, triple: Triple) -> Iterator[Evidence]:
    if not isinstance(triple.subject, NamedNode):
        return
    if triple.predicate == term("park:hasFigure") and isinstance(triple.object, NamedNode):
        yield _evidence(release, index, triple.object.value)
        return
    links = index.incoming(triple.subject.value, limit=10_000, predicate=term("rdf:subject").value)
    for link in links:
        claim = link.subject
        if not isinstance(claim, NamedNode):
            continue
        said = index.outgoing(claim.value)
        if triple in _asserted(said):
            yield _evidence(release, index, claim.value)


def _evidence(release: Release, index: Index, claim: str) -> Evidence:
    said = index.outgoing(claim)
    standing = _first(said, "park:standing").rpartition("/")[2]
    if judged := _first(said, "prov:wasAttributedTo"):
        words = _first(said, "dcterms:description")
        return Evidence(claim, "reviewed alignment", words, judged)
    passage = index.outgoing(_first(said, "park:evidence"))
    quote = _first(said, "park:quote") or _first(passage, "skos:note")
    return Evidence(claim, standing, quote, _where(release, index, passage))


def _where(release: Release, index: Index, passage: list[Triple]) -> str:
    """``file:line:column`` of a passage in the release's copy of the text."""
    version = _first(passage, "oa:hasSource")
    selector = index.outgoing(_first(passage, "oa:hasSelector"))
    start = _first(selector, "oa:start")
    if not start:
        return f"the record of {version}"
    slug, _, digest = version.rpartition("/document/")[2].partition("/")
    return _text(release, slug, digest).where(int(start))


def _text(release: Release, slug: str, version: str) -> SourceText:
    path = f"source/{slug}/{version}.txt"
    return parse_text(slug, path, (release.folder / path).read_bytes())


def _values(triples: list[Triple], name: str) -> list[Term]:
    return [triple.object for triple in triples if triple.predicate == term(name)]


def _first(triples: list[Triple], name: str) -> str:
    """The value of a property as text, English first; empty if it has none."""
    values = _values(triples, name)
    english = [v for v in values if isinstance(v, Literal) and v.language == "en"]
    for value in [*english, *values]:
        if isinstance(value, NamedNode | Literal):
            return value.value
    return ""


def as_text(reasons: list[Reason]) -> str:
    """Reasons for a terminal: the triple, then each claim with its words and their place."""
    lines = []
    for reason in reasons:
        lines.append(f"{compact(reason.triple.predicate.value)}  {_shown(reason.triple.object)}")
        if not reason.evidence:
            lines.append("    structural: follows from the claims by the rules of the model")
        for item in reason.evidence:
            lines.append(f"    «{item.quote}»")
            name = item.claim.rpartition("#claim-")[2]
            lines.append(f"    {item.where}  {name}, {item.standing}")
    return "\n".join(lines)


def _shown(value: Term) -> str:
    return compact(value.value) if isinstance(value, NamedNode) else str(value)
