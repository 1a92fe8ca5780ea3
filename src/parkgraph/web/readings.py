"""A source text in blocks, each beside the cards that tell what became of its passages."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from parkgraph.source import Span
from parkgraph.web.claims import Claim, natural
from parkgraph.web.passages import Block, Segment, blocks
from parkgraph.web.text import Link, Text

#: How many passages of one block the stylesheet can light up together with their claims.
MAX_LIT: Final = 64


@dataclass(frozen=True, slots=True)
class Field:
    """A labelled field of the document; without values it is empty."""

    anchor: str
    name: Text
    state: Link | None
    values: tuple[Text, ...]
    span: Span | None


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of the text as it is shown.

    Attributes:
        anchors: the passages that begin here, each with its number in the block.
        lights: the numbers of the passages that it lies in.
        href: the claim or field that its narrowest passage leads to.
        standing: of that claim, for its style.
    """

    text: str
    anchors: tuple[tuple[str, int], ...]
    lights: tuple[int, ...]
    href: str
    standing: str


@dataclass(frozen=True, slots=True)
class Row:
    """A claim, where its words are, and the claims that are parts of it.

    Attributes:
        passage: the fragment of its passage.
        light: the passage's number in the block; 0 beyond what the stylesheet can light up.
        repeats: whether it asserts what the claim says that it is a part of.
    """

    claim: Claim
    passage: str
    light: int
    parts: tuple["Row", ...] = ()
    repeats: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """Claims of one passage that differ in the object of their statement alone."""

    rows: tuple[Row, ...]

    @property
    def claim(self) -> Claim:
        """The first, which tells what all share."""
        return self.rows[0].claim


@dataclass(frozen=True, slots=True)
class Card:
    """What became of a passage: the claims and the field that rest on it."""

    passage: str
    light: int
    depth: int
    quote: Text
    groups: tuple[Group, ...]
    field: Field | None

    @property
    def shared(self) -> Claim | None:
        """The claim that tells kind and standing for all; None if they differ."""
        claims = [row.claim for group in self.groups for row in group.rows]
        alike = {(claim.kind, claim.standing) for claim in claims}
        return claims[0] if len(alike) == 1 else None


@dataclass(frozen=True, slots=True)
class Reading:
    """Whole lines of the text beside what became of them."""

    pieces: tuple[Piece, ...]
    cards: tuple[Card, ...]


def readings(text: Text, claims: Iterable[Claim], fields: Sequence[Field]) -> tuple[Reading, ...]:
    """The whole text with every claim that quotes it and every field that it has."""
    claims_at: dict[Span, list[Claim]] = {}
    for claim in sorted(claims, key=lambda claim: natural(claim.id)):
        if claim.span:
            claims_at.setdefault(claim.span, []).append(claim)
    fields_at = {field.span: field for field in fields if field.span}
    cut = blocks(text.value, (*claims_at, *fields_at))
    return tuple(_Shelf(block, text, claims_at, fields_at).reading() for block in cut)


@dataclass(frozen=True)
class _Shelf:
    """One block with all that rests on it."""

    block: Block
    text: Text
    claims_at: Mapping[Span, Sequence[Claim]]
    fields_at: Mapping[Span, Field]

    def reading(self) -> Reading:
        cards = map(self._card, self.block.passages)
        return Reading(
            tuple(map(self._piece, self.block.segments)),
            tuple(card for card in cards if card.groups or card.field),
        )

    @cached_property
    def _lights(self) -> Mapping[Span, int]:
        numbered = enumerate(self.block.passages, start=1)
        return {span: number if number <= MAX_LIT else 0 for number, span in numbered}

    @cached_property
    def _parts(self) -> Mapping[str, Sequence[Claim]]:
        """Claim to the claims of this block that are parts of it: they are shown with it."""
        here = [claim for span in self._lights for claim in self.claims_at.get(span, ())]
        known = {claim.iri: claim for claim in here}
        parts: dict[str, list[Claim]] = {}
        for claim in here:
            root = _root(claim, known)
            if root != claim.iri:
                parts.setdefault(root, []).append(claim)
        return parts

    def _card(self, span: Span) -> Card:
        folded = {part.iri for parts in self._parts.values() for part in parts}
        groups: dict[object, list[Row]] = {}
        for claim in self.claims_at.get(span, ()):
            if claim.iri not in folded:
                groups.setdefault(_alike(claim), []).append(self._row(claim))
        return Card(
            passage=_anchor(span),
            light=self._lights[span],
            depth=self.block.depth(span),
            quote=Text(self.text.value[span.start : span.end], self.text.lang),
            groups=tuple(Group(tuple(rows)) for rows in groups.values()),
            field=self.fields_at.get(span),
        )

    def _row(self, claim: Claim) -> Row:
        parts = (self._part(part, claim) for part in self._parts.get(claim.iri, ()))
        span = claim.span or self.block.span
        return Row(claim, _anchor(span), self._lights[span], tuple(parts))

    def _part(self, part: Claim, whole: Claim) -> Row:
        span = part.span or self.block.span
        repeats = part.statement == whole.statement
        return Row(part, _anchor(span), self._lights[span], repeats=repeats)

    def _piece(self, segment: Segment) -> Piece:
        claim = field = None
        if segment.covers:
            claim = next(iter(self.claims_at.get(segment.covers[-1], ())), None)
            field = self.fields_at.get(segment.covers[-1])
        anchor = claim.fragment if claim else field.anchor if field else ""
        return Piece(
            segment.text,
            tuple((_anchor(span), self._lights[span]) for span in segment.begins),
            tuple(self._lights[span] for span in segment.covers),
            f"#{anchor}" if anchor and segment.text.strip() else "",
            claim.standing if claim else "field" if field else "",
        )


def _root(claim: Claim, known: Mapping[str, Claim]) -> str:
    """The widest claim that ``claim`` is a part of; itself if there is none, or no end."""
    seen = {claim.iri}
    found = claim
    while whole := next((iri for iri in found.whole if iri in known), ""):
        if whole in seen:
            return claim.iri
        seen.add(whole)
        found = known[whole]
    return found.iri


def _alike(claim: Claim) -> object:
    """What claims of one passage share, to be told once; a claim of its own shares nothing."""
    if claim.statement is None:
        return claim.iri
    said = (claim.statement.subject, claim.statement.property)
    return (*said, claim.notes, claim.topics, claim.mentions, claim.open_list, claim.count)


def _anchor(span: Span) -> str:
    """The passage's fragment, as in its IRI."""
    return f"passage-{span.start}-{span.end}"
