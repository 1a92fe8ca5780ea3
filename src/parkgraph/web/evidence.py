"""Why a page may say what it says: the claims and the reviewed links behind each triple."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Final, TypeAlias

from parkgraph.description import Line, bare
from parkgraph.rdf import NamedNode, Term
from parkgraph.vocab import term
from parkgraph.web.claims import Claim, claims
from parkgraph.web.text import Text, View

_PARTS: Final = ("rdf:subject", "rdf:predicate", "rdf:object")
#: The class of alignments, as N-Triples writes it.
_STATEMENT: Final = str(term("rdf:Statement"))
#: A triple that a page tells: the IRIs of its subject and property, and its value.
Said: TypeAlias = tuple[str, str, Term]
#: Sorts after every place in a text.
_NOWHERE: Final = ("\U0010ffff", 0, 0)


@dataclass(frozen=True, slots=True)
class Quotation:
    """Words that carry a fact: a source's, or the reason of whoever made a link.

    Attributes:
        number: by which marks on this page name it.
        sort: ``quote``, ``record`` or ``judgement``.
    """

    number: int
    text: Text
    href: str | None
    sort: str
    standing: str = ""


@dataclass(frozen=True, slots=True)
class Mark:
    """Leads from a value to the claim behind it; its number is the quotation's."""

    number: int
    name: str
    href: str | None


@dataclass(frozen=True, slots=True)
class Support:
    """What makes a triple said: a claim, or a reviewed alignment.

    Attributes:
        place: text, start and end of its words; sorts last where it rests on no text.
        whole: the claims that it is a part of.
    """

    iri: str
    name: str
    words: Quotation
    place: tuple[str, int, int] = _NOWHERE
    whole: tuple[str, ...] = ()

    def within(self, other: "Support") -> bool:
        """Whether its words are a part of the other's, at the same place."""
        (text, start, end), (text_, start_, end_) = self.place, other.place
        return text == text_ and start_ <= start and end <= end_ and self.place != _NOWHERE


@dataclass
class Evidence:
    """Which claims and judgements stand behind each triple of a page."""

    claims: Sequence[Claim]
    _supports: dict[Said, list[Support]] = field(default_factory=dict)
    _numbers: dict[tuple[str, tuple[str, int, int]], int] = field(default_factory=dict)

    @property
    def silent(self) -> bool:
        """Whether nothing is behind any triple, as of most of what is read from no text."""
        return not self._supports

    def of(self, triple: Said) -> Sequence[Support]:
        """All that supports ``triple``."""
        return self._supports.get(triple, ())

    def widest(self, triples: Iterable[Said]) -> list[Support]:
        """What supports ``triples``, in the order of the text.

        Words that are a part of another's are left out: the longer ones say both.
        """
        found = [support for triple in triples for support in self.of(triple)]
        kept = [s for s in found if not any(_inside(s, other) for other in found)]
        return sorted(kept, key=lambda s: s.place)

    def quotations(self, shown: Iterable[Support]) -> tuple[Quotation, ...]:
        """The words of supports, numbered; the same words at one place are told once."""
        found = {self._number(s): replace(s.words, number=self._number(s)) for s in shown}
        return tuple(found.values())

    def marks(self, triple: Said, shown: Sequence[Support]) -> tuple[Mark, ...]:
        """A mark for each support but the wholes of those parts that support it too.

        Its number is that of the words among ``shown`` that hold its own.
        """
        found = self.of(triple)
        wholes = {iri for support in found for iri in support.whole}
        return tuple(self._mark(s, shown) for s in found if s.iri not in wholes)

    def first(self, triple: Said) -> tuple[str, int, int]:
        """The first place at which ``triple`` is said, for the order of values."""
        found = self.of(triple)
        wholes = {iri for support in found for iri in support.whole}
        return min((s.place for s in found if s.iri not in wholes), default=_NOWHERE)

    def add(self, parts: Sequence[Term | None], support: Support) -> None:
        """Take up a support for the triple of these parts; none if a part is missing."""
        subject, predicate, value = parts
        if (
            isinstance(subject, NamedNode)
            and isinstance(predicate, NamedNode)
            and value is not None
        ):
            said = subject.value, predicate.value, value
            self._supports.setdefault(said, []).append(support)

    def _number(self, support: Support) -> int:
        key = (support.words.text.value, support.place)
        return self._numbers.setdefault(key, len(self._numbers) + 1)

    def _mark(self, support: Support, shown: Sequence[Support]) -> Mark:
        words = next((s for s in shown if support.within(s)), support)
        return Mark(self._number(words), support.name, support.words.href)


def _inside(support: Support, other: Support) -> bool:
    return support.place != other.place and support.within(other)


def evidence(view: View, lines: Sequence[Line]) -> Evidence:
    """All evidence in the lines of a page."""
    found = Evidence(claims(view, lines))
    for claim in found.claims:
        if support := _from_claim(claim):
            found.add([view.one(claim.iri, part) for part in _PARTS], support)
    for subject, _, value in lines:
        if value == _STATEMENT:
            _add_alignment(found, view, bare(subject))
    return found


def _from_claim(claim: Claim) -> Support | None:
    words = claim.quote or claim.record
    if words is None:
        return None
    sort = "quote" if claim.quote else "record"
    quotation = Quotation(0, words, claim.href, sort, claim.standing)
    span = claim.span
    place = (claim.version, span.start, span.end) if span else _NOWHERE
    return Support(claim.iri, claim.id, quotation, place, claim.whole)


def _add_alignment(found: Evidence, view: View, iri: str) -> None:
    subject, predicate, value = (view.one(iri, part) for part in _PARTS)
    name = view.label(iri)
    reason = view.text(iri, "dcterms:description") or name
    support = Support(iri, name.value, Quotation(0, reason, view.href(iri), "judgement"))
    found.add((subject, predicate, value), support)
    found.add((subject, term("skos:altLabel"), view.one(iri, "park:targetLabel")), support)
