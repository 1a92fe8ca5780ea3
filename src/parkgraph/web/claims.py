"""The claims among a page's triples, as a reader meets them: words, standing, what follows."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from parkgraph.description import Line, is_iri
from parkgraph.rdf import Literal, Term
from parkgraph.source import Span
from parkgraph.vocab import term
from parkgraph.web.text import Amount, Link, Text, View

#: The order in which standings are shown: what can be relied on most comes first.
STANDINGS: Final = (
    "checkable",
    "self-reported-figure",
    "self-described",
    "promotional",
    "structural",
)

#: The class of claims, as N-Triples writes it.
CLASS: Final = str(term("park:Claim"))
#: The start of a claim's fragment, before its id.
_CLAIM: Final = "#claim-"


@dataclass(frozen=True, slots=True)
class Statement:
    """The triple that a claim asserts, in words."""

    subject: Link
    property: Link
    object: Link


@dataclass(frozen=True, slots=True)
class Claim:
    """A claim to be shown.

    Attributes:
        id: what follows ``#claim-``; stable over versions of the text.
        href: the claim on its document's page.
        standing: the end of its standing's IRI, for style and order.
        quote: its words; None where it rests on the document's record, which ``record`` says.
        span: where the words are, in code points, in the text ``version``.
        amount: its figure, if it gives one.
        statement: its triple, if one follows.
        whole: the claims that it is a part of.
    """

    iri: str
    id: str
    href: str | None
    about: tuple[Link, ...]
    kind: Link | None
    standing: str
    standing_link: Link | None
    quote: Text | None
    record: Text | None
    span: Span | None
    version: str
    amount: Amount | None
    statement: Statement | None
    notes: tuple[Text, ...]
    topics: tuple[Link, ...]
    mentions: tuple[Link, ...]
    open_list: bool
    count: str
    whole: tuple[str, ...]

    @property
    def fragment(self) -> str:
        """Its anchor on its document's page."""
        return f"claim-{self.id}"


def claims(view: View, lines: Iterable[Line]) -> list[Claim]:
    """Every claim that is described in ``lines``, in the order of the text."""
    found = dict.fromkeys(s[1:-1] for s, _, value in lines if value == CLASS and is_iri(s))
    return sorted((claim_of(view, iri) for iri in found), key=_reading_order)


def _reading_order(claim: Claim) -> tuple[object, ...]:
    span = claim.span
    place = (0, span.start, -span.end) if span else (1, 0, 0)
    return (*place, natural(claim.id))


def natural(name: str) -> list[tuple[int, str]]:
    """A key that puts ``T2`` before ``T10``."""
    parts = re.split(r"(\d+)", name)
    return [(int(part) if part.isdigit() else -1, part) for part in parts]


def standing_order(standing: str) -> int:
    """The place of a standing; what is unknown comes last."""
    return STANDINGS.index(standing) if standing in STANDINGS else len(STANDINGS)


def claim_of(view: View, iri: str) -> Claim:
    """The claim ``iri``."""
    kind, standing, passage = (
        next(iter(view.iris(iri, name)), "")
        for name in ("park:claimKind", "park:standing", "park:evidence")
    )
    span, version = span_of(view, passage)
    return Claim(
        iri=iri,
        id=iri.rpartition(_CLAIM)[2] if _CLAIM in iri else view.short(iri),
        href=view.href(iri),
        about=_links(view, iri, "park:about"),
        kind=view.link(kind) if kind else None,
        standing=re.sub(r"[^a-z-]", "", standing.rpartition("/")[2]),
        standing_link=view.link(standing) if standing else None,
        quote=view.text(iri, "park:quote"),
        record=view.text(passage, "skos:note") if span is None else None,
        span=span,
        version=version,
        amount=view.amount(iri) if view.one(iri, "park:indicator") else None,
        statement=_statement(view, iri),
        notes=_notes(view, iri),
        topics=_links(view, iri, "dcterms:subject"),
        mentions=_links(view, iri, "schema:mentions"),
        open_list=_value(view.one(iri, "park:openList")) == "true",
        count=_value(view.one(iri, "park:statedCount")),
        whole=tuple(view.iris(iri, "dcterms:isPartOf")),
    )


def span_of(view: View, passage: str) -> tuple[Span | None, str]:
    """Where a passage is, and the IRI of the document version that it is in."""
    version = next(iter(view.iris(passage, "oa:hasSource")), "")
    for selector in view.iris(passage, "oa:hasSelector"):
        start, end = (_value(view.one(selector, name)) for name in ("oa:start", "oa:end"))
        if start.isdecimal() and end.isdecimal() and int(start) < int(end):
            return Span(int(start), int(end)), version
    return None, version


def _statement(view: View, iri: str) -> Statement | None:
    parts = [view.one(iri, name) for name in ("rdf:subject", "rdf:predicate", "rdf:object")]
    links = [view.value(part) for part in parts if part is not None]
    return Statement(*links) if len(links) == len(parts) else None


def _links(view: View, iri: str, name: str) -> tuple[Link, ...]:
    return tuple(view.value(value) for value in view.values(iri, name))


def _notes(view: View, iri: str) -> tuple[Text, ...]:
    notes = view.values(iri, "skos:note")
    return tuple(Text(n.value, n.language or "") for n in notes if isinstance(n, Literal))


def _value(value: Term | None) -> str:
    return value.value if isinstance(value, Literal) else ""


def by_standing(found: Sequence[Claim]) -> list[tuple[Link, str, list[Claim]]]:
    """Claims in groups of one standing: its label, its name, and its claims in text order."""
    groups: dict[str, list[Claim]] = {}
    for claim in found:
        if claim.standing_link is not None:
            groups.setdefault(claim.standing, []).append(claim)
    order = sorted(groups, key=lambda name: (standing_order(name), name))
    return [(_standing(groups[name][0]), name, groups[name]) for name in order]


def _standing(claim: Claim) -> Link:
    return claim.standing_link or Link(Text(claim.standing))


def by_words(found: Iterable[Claim]) -> list[list[Claim]]:
    """Claims in groups that rest on the same words."""
    groups: dict[tuple[Text | None, Text | None], list[Claim]] = {}
    for claim in found:
        groups.setdefault((claim.quote, claim.record), []).append(claim)
    return list(groups.values())
