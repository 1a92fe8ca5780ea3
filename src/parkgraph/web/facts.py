"""What is known of one thing, in groups for a reader, each value with the words that say so."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from operator import itemgetter
from typing import Final, NamedTuple

from parkgraph.rdf import BlankNode, Literal, NamedNode, Term
from parkgraph.vocab import compact, term
from parkgraph.web.evidence import Evidence, Mark, Quotation, Said
from parkgraph.web.text import Link, Text, View, literal, pick

#: Groups of properties, in reading order; what is in none comes under ``more``.
GROUPS: Final[Mapping[str, tuple[str, ...]]] = {
    "is": (
        "skos:prefLabel",
        "skos:altLabel",
        "skos:hiddenLabel",
        "skos:notation",
        "skos:scopeNote",
        "skos:example",
        "org:classification",
        "park:affiliatedUniversity",
        "adms:identifier",
        "org:hasMembership",
        "org:member",
        "org:organization",
        "org:role",
        "skos:inScheme",
        "rdf:subject",
        "rdf:predicate",
        "rdf:object",
        "park:targetLabel",
        "dcterms:description",
        "prov:wasAttributedTo",
        "dcterms:date",
        "skos:hasTopConcept",
    ),
    "where": (
        "schema:address",
        "schema:addressLocality",
        "schema:addressCountry",
        "park:positionNote",
        "schema:containedInPlace",
        "org:hasPrimarySite",
        "org:siteOf",
        "foaf:homepage",
    ),
    "runs": ("park:builder", "park:operator", "schema:founder", "schema:provider"),
    "does": (
        "park:mission",
        "park:technologySector",
        "park:hosts",
        "park:hasStrategy",
        "park:integratesResourcesFrom",
        "park:businessLine",
        "park:sharesResource",
        "schema:audience",
    ),
    "elsewhere": (
        "schema:sameAs",
        "skos:exactMatch",
        "skos:closeMatch",
        "skos:broadMatch",
        "skos:narrowMatch",
        "skos:relatedMatch",
        "rdfs:seeAlso",
    ),
}
#: Where a property comes: the number of its group, and its own in that.
_PLACE: Final = {
    term(name).value: (group, number)
    for group, names in enumerate(GROUPS.values())
    for number, name in enumerate(names)
}
_NAMES: Final = (*GROUPS, "more")
_MORE: Final = (len(GROUPS), 0)
_WHERE: Final = _NAMES.index("where")
#: Members of a list that are shown.
_MEMBERS: Final = 100
#: Values shorter than this, in characters, can share a line.
_BRIEF: Final = 25
#: Leads from the site back to where the reader is.
_BACK: Final = term("org:siteOf").value
#: Said elsewhere on the page, or said twice by the model.
SKIPPED: Final = frozenset(
    term(name).value
    for name in (
        "rdf:type",
        "rdfs:label",
        "park:hasFigure",
        "rdfs:isDefinedBy",
        "skos:definition",
        "skos:topConceptOf",
    )
)
#: Their values in several languages say one thing: a reader needs one of them.
_TRANSLATED: Final = frozenset(
    term(name).value
    for name in ("skos:scopeNote", "skos:example", "dcterms:description", "dcterms:rights")
)


class Inner(NamedTuple):
    """What is known of a value that has no name: facts, or the members of a list.

    Attributes:
        left: how many members are left out.
    """

    facts: tuple["Fact", ...] = ()
    members: tuple["Value", ...] = ()
    left: int = 0


class Value(NamedTuple):
    """A value with its evidence, and what explains it, if that helps.

    Attributes:
        inner: what stands in the place of a name where there is none.
    """

    link: Link
    marks: tuple[Mark, ...]
    note: Text | None
    inner: Inner | None = None

    @property
    def source(self) -> bool:
        """Whether it is in the source's own words: a text that a claim gives."""
        return self.link.href is None and bool(self.marks)


class Fact(NamedTuple):
    """A property with all its values and the words behind them.

    Attributes:
        anchor: the fragment of the IRI that the values belong to, at the first such fact; empty
            for the thing itself.
        here: the fragment of the fact itself; empty where an earlier one has it.
    """

    name: Link
    values: tuple[Value, ...]
    quotations: tuple[Quotation, ...]
    anchor: str
    here: str

    @property
    def brief(self) -> bool:
        """Whether its values are single words, to be told in a line."""
        return all(map(_is_brief, self.values))


def _is_brief(value: Value) -> bool:
    (text, href), marks, _, inner = value
    return href is None and not marks and inner is None and len(text.value) < _BRIEF


def facts(
    view: View, evidence: Evidence, subjects: Iterable[str], near: Iterable[str]
) -> dict[str, list[Fact]]:
    """Group to facts, both in reading order, of all that is said of ``subjects``.

    Args:
        view: the reader's view.
        evidence: what stands behind the page's triples.
        subjects: the thing and its fragments.
        near: things that tell where it is.
    """
    found = [row for subject in subjects for row in _own(view, subject)]
    for subject in near:
        found += [row for row in _own(view, subject) if row[0][0] == _WHERE and row[1] != _BACK]
    groups: dict[str, list[Fact]] = {}
    anchored, told = {""}, {""}
    for (group, _), by, triples in sorted(found, key=itemgetter(0)):
        anchor = triples[0][0].partition("#")[2]
        here = _anchor(by)
        anchors = "" if anchor in anchored else anchor, "" if here in told else here
        groups.setdefault(_NAMES[group], []).append(_fact(view, evidence, triples, anchors))
        anchored.add(anchor)
        told.add(here)
    return groups


def _own(view: View, subject: str) -> Iterator[tuple[tuple[int, int], str, list[Said]]]:
    """What is said of ``subject`` itself: by each property, with its place."""
    for predicate, values in view.node(subject).items():
        if predicate in SKIPPED:
            said: Sequence[Term] = [value for value in values if isinstance(value, BlankNode)]
        else:
            said = _one_language(view, values) if predicate in _TRANSLATED else values
        if said:
            triples = [(subject, predicate, value) for value in said]
            yield _PLACE.get(predicate, _MORE), predicate, triples


def _one_language(view: View, values: Sequence[Term]) -> Sequence[Term]:
    best = pick((literal(v) for v in values if isinstance(v, Literal)), view.lang)
    if best is None:
        return values
    return [v for v in values if isinstance(v, Literal) and (v.language or "") == best.lang]


def _fact(
    view: View, evidence: Evidence, triples: Sequence[Said], anchors: tuple[str, str]
) -> Fact:
    name, ordered = view.link(triples[0][1]), triples
    if evidence.silent:
        found = [_value(view, said, ()) for said in triples]
        if len(found) > 1:
            found.sort(key=lambda value: value.link.text)
        return Fact(name, tuple(found), (), *anchors)
    if len(triples) > 1:
        ordered = sorted(triples, key=lambda said: (evidence.first(said), view.value(said[2]).text))
    shown = evidence.widest(ordered)
    quotations = evidence.quotations(shown)
    values = tuple(_value(view, triple, evidence.marks(triple, shown)) for triple in ordered)
    return Fact(name, values, quotations, *anchors)


@lru_cache(maxsize=1024)
def _anchor(predicate: str) -> str:
    return "fact-" + re.sub("[^A-Za-z0-9]+", "-", compact(predicate)).strip("-")


def _value(view: View, said: Said, marks: tuple[Mark, ...]) -> Value:
    _, predicate, value = said
    if isinstance(value, BlankNode):
        return told(view, value)
    note = None
    if predicate == _TOP and isinstance(value, NamedNode):
        note = view.text(value.value, "skos:definition")
    return Value(view.value(value), marks, note)


_TOP: Final = term("skos:hasTopConcept").value


def told(view: View, value: Term) -> Value:
    """Any term as a value without evidence; a blank node by what is said of it, if only here."""
    label = str(value)
    if not isinstance(value, BlankNode) or label not in view.unnamed.nested:
        return Value(view.value(value), (), None)
    node = view.unnamed.nodes.get(label, {})
    if members := view.unnamed.members(label):
        some = tuple(told(view, member) for member in members[:_MEMBERS])
        inner = Inner(members=some, left=len(members) - len(some))
    else:
        inner = Inner(tuple(_inner(view, by, values) for by, values in node.items()))
    return Value(Link(Text("")) if node else view.value(value), (), None, inner)


def _inner(view: View, predicate: str, values: Iterable[Term]) -> Fact:
    return Fact(view.link(predicate), tuple(told(view, value) for value in values), (), "", "")
