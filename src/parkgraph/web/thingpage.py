"""The page of a thing as HTML.

Written by functions, and not by a template as the other pages are: it is asked for under as many
addresses as there are things, and a template takes ten times as long (decision 0034).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final
from urllib.parse import quote

from parkgraph.web.claims import Claim, by_words
from parkgraph.web.drawing import svg
from parkgraph.web.evidence import Mark, Quotation
from parkgraph.web.facts import Fact, Inner, Value
from parkgraph.web.inline import linked, said
from parkgraph.web.markup import escaped, marked
from parkgraph.web.pictures import Picture
from parkgraph.web.text import Amount, Link, Text, View
from parkgraph.web.things import Gap, Incoming, Others, Part, Thing
from parkgraph.web.words import day, fill, number, plural, words

#: Claims that are shown without being asked for, at most.
_FEW: Final = 8
_BRIEF: Final = ' class="brief"'

#: Parts of a page.
Html = Iterator[str]


@dataclass(frozen=True, slots=True)
class Beside:
    """What a page shows beside the thing itself.

    Attributes:
        lists: what is linked to a concept, each with how many that are.
        cite: where its citations are, but for their suffix.
    """

    lists: Sequence[tuple[Link, int]]
    picture: Picture | None
    cite: str | None


def main(view: View, thing: Thing, beside: Beside) -> str:
    """What stands between the top and the foot of the page."""
    return "\n".join(map("".join, _Page(view).parts(thing, beside)))


class _Page:
    def __init__(self, view: View) -> None:
        self._view = view
        self._lang = view.lang
        self._w: Any = view.words
        self._own: Any = view.words["thing"]

    def parts(self, thing: Thing, beside: Beside) -> Iterator[Html]:
        """The sections; one of which there is nothing to tell is empty."""
        yield self._opening(thing)
        yield self._figures(thing.figures)
        yield self._groups(thing.groups)
        yield self._picture(beside.picture, thing.name.value)
        if thing.parts:
            yield self._parts(thing.parts)
        yield self._own_words(thing.own_words)
        yield self._gaps(thing.gaps)
        yield self._lists(beside.lists)
        yield self._incoming(thing.incoming, thing.more_incoming)
        if thing.others.statements:
            yield self._others(thing.others)
        yield self._claims(thing)
        yield self._citing(thing, beside.cite)

    def _begin(self, name: str, title: str) -> str:
        return (
            f'<section aria-labelledby="section-{name}">\n'
            f'<h2 id="section-{name}">{escaped(title)}</h2>\n'
        )

    def _opening(self, thing: Thing) -> Html:
        yield f'<header class="opening">\n<p class="types">{self._links(thing.types)}</p>\n'
        yield f"<h1>{self._say(thing.name)}{self._marks(thing.name_marks)}</h1>\n"
        if thing.also:
            yield f'<p class="others">{self._say(thing.also)}</p>'
        if thing.tags:
            yield f'<p class="tags">{self._links(thing.tags)}</p>'
        if thing.lead:
            yield f'<p class="lead">{self._say(thing.lead)}</p>'
        yield f'<p class="permalink">{escaped(self._own["iri"])} '
        yield f'<code class="address">{escaped(thing.iri)}</code></p>\n</header>\n'

    def _figures(self, figures: Sequence[Claim]) -> Html:
        if not figures:
            return
        yield f'{self._begin("figures", self._own["figures"])}<ul class="figures">\n'
        for claim in figures:
            if amount := claim.amount:
                yield f'<li>\n<p class="amount">{self._amount(amount)}</p>\n'
                yield f'<p class="what">{self._link(amount.indicator)}</p>\n'
                if claim.quote:
                    yield self._quoted(claim.quote, claim.href, "words")
                for note in claim.notes:
                    yield f'<p class="note">{self._say(note)}</p>'
                yield "</li>\n"
        yield "</ul>\n</section>\n"

    def _groups(self, groups: Mapping[str, Iterable[Fact]]) -> Html:
        for name, group in groups.items():
            yield f"{self._begin(name, self._own[name])}{self._told(group)}</section>\n"

    def _told(self, facts: Iterable[Fact]) -> str:
        return f'<dl class="facts">\n{"".join(map(self._fact, facts))}</dl>\n'

    def _parts(self, parts: Iterable[Part]) -> Html:
        for part in parts:
            named = escaped(part.anchor)
            yield (
                f'<section aria-labelledby="{named}">\n<h2 id="{named}">'
                if named
                else "<section>\n<h2>"
            )
            yield f"{self._say(part.name)}</h2>\n"
            if part.types:
                yield f'<p class="types">{self._links(part.types)}</p>\n'
            if part.lead:
                yield f"<p>{self._say(part.lead)}</p>\n"
            if part.facts:
                yield self._told(part.facts)
            yield "</section>\n"

    def _picture(self, found: Picture | None, name: str) -> Html:
        if found is None:
            return
        own = self._w["picture"]
        text = fill(own["thingText"], name=name)
        yield self._begin("picture", own["thing"])
        yield f"{svg(self._lang, found, 'picture', own['thing'], text)}\n</section>\n"

    def _fact(self, fact: Fact) -> str:
        anchor = f' id="{escaped(fact.anchor)}"' if fact.anchor else ""
        quoted = "".join(map(self._quotation, fact.quotations))
        said = f'<dd class="said">\n{quoted}</dd>\n' if quoted else ""
        return (
            f"<div{anchor}>\n{_heading(self._lang, fact.name, fact.here)}\n"
            f'<dd class="value">\n<ul{_BRIEF if fact.brief else ""}>\n'
            f"{''.join(map(self._value, fact.values))}</ul>\n</dd>\n{said}</div>\n"
        )

    def _value(self, value: Value) -> str:
        told = linked(self._lang, value.link)
        if value.source:
            told = f'<span class="words">{told}</span>'
        marks = self._marks(value.marks) if value.marks else ""
        note = f' <span class="note">{self._say(value.note)}</span>' if value.note else ""
        inner = self._inner(value.inner) if value.inner else ""
        return f"<li>{told}{marks}{note}{inner}</li>\n"

    def _inner(self, inner: Inner) -> str:
        """What stands for a name: a list, or facts by themselves."""
        if inner.members:
            more = (
                f"<li>{plural(self._own['andMore'], inner.left, self._w)}</li>"
                if inner.left
                else ""
            )
            return f'<ol class="inner">\n{"".join(map(self._value, inner.members))}{more}</ol>'
        told = "".join(
            f"<div><dt>{self._link(fact.name)}</dt>\n"
            f"<dd><ul>\n{''.join(map(self._value, fact.values))}</ul></dd></div>\n"
            for fact in inner.facts
        )
        return f'<dl class="inner">\n{told}</dl>' if told else ""

    def _quotation(self, found: Quotation) -> str:
        source = found.sort == "quote"
        sort = "" if source else f" <span>{escaped(self._own[found.sort])}</span>"
        quoted = self._quoted(found.text, found.href, "words" if source else "reason")
        return (
            f'<div class="{found.sort}">\n<p class="n">{found.number}{sort}</p>\n{quoted}\n</div>\n'
        )

    def _own_words(self, found: Sequence[Claim]) -> Html:
        if not found:
            return
        yield self._begin("own-words", self._own["ownWords"])
        yield f'<p>{escaped(self._own["ownWordsText"])}</p>\n<ul class="own-words">\n'
        for claim in found:
            if claim.quote:
                yield f'<li class="{claim.standing}">\n'
                yield f"{self._quoted(claim.quote, claim.href, 'words')}\n"
                yield f'<p class="meta">{self._standing(claim)}</p>\n</li>\n'
        yield "</ul>\n</section>\n"

    def _standing(self, claim: Claim) -> str:
        standing = self._link(claim.standing_link) if claim.standing_link else ""
        kind = f" · {self._link(claim.kind)}" if claim.kind else ""
        return f'<span class="standing {claim.standing}">{standing}</span>{kind}'

    def _gaps(self, gaps: Sequence[Gap]) -> Html:
        if not gaps:
            return
        yield self._begin("gaps", self._own["gaps"])
        yield f'<p>{escaped(self._own["gapsText"])}</p>\n<ul class="gaps">\n'
        for gap in gaps:
            where = fill(self._own["gap"], document=marked(self._link(gap.document)))
            yield f'<li>{self._link(gap.field)} <span class="empty">{where}</span></li>\n'
        yield "</ul>\n</section>\n"

    def _lists(self, lists: Sequence[tuple[Link, int]]) -> Html:
        if not lists:
            return
        yield f'{self._begin("lists", self._own["lists"])}<ul class="brief">\n'
        for link, length in lists:
            yield f"<li>{self._link(link)} {self._count(length)}</li>\n"
        yield "</ul>\n</section>\n"

    def _incoming(self, rows: Sequence[Incoming], more: str) -> Html:
        if not rows:
            return
        yield self._begin("incoming", self._own["incoming"])
        yield f'<p>{escaped(self._own["incomingText"])}</p>\n<dl class="facts incoming">\n'
        for row in rows:
            by = fill(self._own["as"], property=marked(self._link(row.property)))
            yield f"<div>\n<dt>{by} {self._count(row.count) if row.count > 1 else ''}</dt>\n"
            yield '<dd class="value"><ul>\n'
            for link in row.links:
                yield f"<li>{self._link(link)}</li>\n"
            if left := row.count - len(row.links):
                yield f"<li>{plural(self._own['andMore'], left, self._w)}</li>"
            yield "</ul></dd>\n</div>\n"
        yield f"</dl>\n{self._more(more)}</section>\n"

    def _more(self, query: str) -> str:
        """Where a list goes on that the page does not hold."""
        if not query:
            return ""
        address = self._view.here(f"/sparql?query={quote(query)}")
        return f'<p><a href="{escaped(address)}">{escaped(self._own["incomplete"])}</a></p>'

    def _others(self, others: Others) -> Html:
        yield f'{self._begin("others", self._own["others"])}<ul class="statements">\n'
        for subject, by, value in others.statements:
            yield f"<li>{self._link(subject)} {self._link(by)} <ul>{self._value(value)}</ul></li>\n"
        yield "</ul>\n"
        if others.left:
            yield f"<p>{plural(self._own['othersMore'], others.left, self._w)}</p>\n"
        yield f"{self._more(others.more)}</section>\n"

    def _claims(self, thing: Thing) -> Html:
        if not thing.claim_count:
            return
        yield self._begin("claims", self._own["claims"])
        yield f"<p>{plural(self._own['claimsText'], thing.claim_count, self._w)}</p>\n"
        for standing, name, claims in thing.standings:
            yield f"<details{' open' if thing.claim_count <= _FEW else ''}>\n"
            yield f'<summary><span class="standing {name}">{self._say(standing.text)}</span> '
            yield f'{self._count(len(claims))}</summary>\n<ul class="claims">\n'
            for group in by_words(claims):
                yield f"<li>\n{self._basis(group[0])}"
                kind = f"{self._link(group[0].kind)} " if group[0].kind else ""
                named = "".join(map(_name, group))
                yield f'<span class="meta">{kind}{named}</span>\n</li>\n'
            yield "</ul>\n</details>\n"
        yield "</section>\n"

    def _basis(self, claim: Claim) -> str:
        if claim.quote:
            lang, told = escaped(claim.quote.lang or self._lang), escaped(claim.quote.value)
            return f'<q class="words" lang="{lang}">{told}</q>'
        return f'<span class="reason">{self._say(claim.record)}</span>' if claim.record else ""

    def _citing(self, thing: Thing, cite: str | None) -> Html:
        site = self._view.site
        citation = fill(
            self._own["citation" if site.manifest.name else "citationUnreleased"],
            name=thing.name.value,
            dataset=self._view.label(f"{site.base}dataset").value,
            release=site.manifest.name,
            day=day(site.manifest.issued, self._w),
            iri=thing.iri,
        )
        yield '<section aria-labelledby="section-cite" class="cite">\n'
        yield f'<h2 id="section-cite">{escaped(self._own["cite"])}</h2>\n<p>{citation}</p>\n'
        if cite:
            begin = f"{escaped(self._own['citeAs'])}{escaped(self._w['colon'])}"
            address = escaped(cite)
            yield f'<p>{begin}<a href="{address}.bib">BibTeX</a> · '
            yield f'<a href="{address}.json">CSL-JSON</a></p>'
        yield "</section>\n"

    def _say(self, text: Text) -> str:
        return said(self._lang, text)

    def _link(self, link: Link) -> str:
        return linked(self._lang, link)

    def _links(self, links: Iterable[Link]) -> str:
        return " · ".join(map(self._link, links))

    def _count(self, count: int) -> str:
        return f'<span class="count">{number(count, self._w)}</span>'

    def _amount(self, found: Amount) -> str:
        bound = f'<span class="bound">{self._say(found.bound)}</span> ' if found.bound else ""
        unit = f' <span class="unit">{escaped(found.unit)}</span>' if found.unit else ""
        return f"{bound}<strong>{escaped(found.number)}</strong>{unit}"

    def _quoted(self, text: Text, href: str | None, css: str) -> str:
        told = escaped(text.value)
        if href:
            told = f'<a href="{escaped(href)}">{told}</a>'
        lang = escaped(text.lang or self._lang)
        return f'<blockquote class="{css}" lang="{lang}">{told}</blockquote>'

    def _marks(self, marks: Iterable[Mark]) -> str:
        told = "".join(map(self._mark, marks))
        return f'<sup class="marks">{told}</sup>' if told else ""

    def _mark(self, mark: Mark) -> str:
        label = fill(self._own["evidence"], n=mark.number, name=mark.name)
        if mark.href:
            href = escaped(mark.href)
            named = f'href="{href}" title="{label}" aria-label="{label}"'
            return f'<a class="mark" {named}>{mark.number}</a>'
        return f'<span class="mark" title="{label}">{mark.number}</span>'


def _name(claim: Claim) -> str:
    if claim.href:
        return f'<a class="id" href="{escaped(claim.href)}">{escaped(claim.id)}</a> '
    return f'<span class="id">{escaped(claim.id)}</span> '


@lru_cache(maxsize=4096)
def _heading(lang: str, name: Link, here: str) -> str:
    """The name of a fact, and its address on the page: there are few of them, on many pages."""
    own = words(lang)["thing"]
    named = linked(lang, name)
    if not here:
        return f"<dt>{named}</dt>"
    label = fill(own["hereTo"], name=name.text.value)
    return (
        f'<dt id="{here}">{named} <a class="here" href="#{here}" '
        f'title="{escaped(own["here"])}" aria-label="{label}">#</a></dt>'
    )
