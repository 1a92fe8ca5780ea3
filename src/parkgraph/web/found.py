"""What a search found, as data for its page and for programs."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final

from parkgraph.rdf import Triple
from parkgraph.search import MOST, Hit, Part, Search
from parkgraph.web.text import Link, Text, View, iri_of
from parkgraph.web.things import types

#: Results on a page.
PAGE: Final = 20
#: Parks that a result names beside itself, and links to it that are looked at for them.
_BESIDE: Final = 3
_LINKS: Final = 200


@dataclass(frozen=True, slots=True)
class Result:
    """A thing, or a passage of a source text.

    Attributes:
        named: the name that matches, where it is another than the one shown.
        told: what tells of it, with the matches marked.
        beside: the parks that it belongs to.
        passage: whether it is a passage of the source text that the link leads to.
    """

    iri: str
    link: Link
    types: tuple[Link, ...]
    named: tuple[Part, ...]
    told: tuple[Part, ...]
    lang: str
    beside: tuple[Link, ...]
    passage: bool


@dataclass(frozen=True, slots=True)
class Results:
    """A page of results.

    Attributes:
        count: of all results; ``complete`` says whether there may be more of them.
        instead: another question that finds something, where this one finds nothing.
    """

    question: str
    count: int
    complete: bool
    page: int
    pages: int
    entries: tuple[Result, ...]
    instead: str = ""


def results(view: View, question: str, *, page: int = 1, size: int = PAGE) -> Results:
    """A page of what ``question`` finds, the best first."""
    search = view.site.search
    found = search.find(question, limit=size, offset=(page - 1) * size)
    entries = tuple(_result(view, hit) for hit in found.hits)
    pages = max(1, -(-found.count // size))
    instead = "" if found.count else _instead(search, question)
    return Results(question, found.count, found.count < MOST, page, pages, entries, instead)


def _instead(search: Search, question: str) -> str:
    other = search.corrected(question)
    differs = other and other != question.casefold()
    return other if differs and search.find(other, limit=1).count else ""


def _result(view: View, hit: Hit) -> Result:
    link = view.link(hit.iri)
    return Result(
        iri=hit.iri,
        link=Link(link.text, _passage(view, hit)) if hit.place else link,
        types=types(view, hit.iri),
        named=() if _shown(hit.names, link.text) else hit.names,
        told=hit.about,
        lang=hit.lang,
        beside=tuple(_beside(view, hit.iri)),
        passage=bool(hit.place),
    )


def _shown(names: Sequence[Part], label: Text) -> bool:
    """Whether the name that is shown has the match in it."""
    return any(p.match and p.text.casefold() in label.value.casefold() for p in names) or not names


def _passage(view: View, hit: Hit) -> str | None:
    """Where the document's page has the match: its narrowest passage there, else the page."""
    version, _, start = hit.place.partition(":")
    at = int(start) + hit.offset
    spans = map(_span, view.site.index.fragments(f"{hit.iri}/{version}"))
    around = [span for span in spans if span and span[0] <= at < span[1]]
    if not around:
        return view.href(hit.iri)
    first, last = min(around, key=lambda span: span[1] - span[0])
    return view.href(f"{hit.iri}#passage-{first}-{last}")


def _span(iri: str) -> tuple[int, int] | None:
    _, _, name = iri.partition("#passage-")
    start, _, end = name.partition("-")
    return (int(start), int(end)) if start.isdecimal() and end.isdecimal() else None


def _beside(view: View, iri: str) -> Iterable[Link]:
    """The parks that it leads to, or that lead to it."""
    start = f"{view.site.base}id/park/"
    if iri.startswith(start):
        return ()
    leading: Iterable[Triple] = view.site.index.incoming(iri, limit=_LINKS)
    led = (iri_of(value) for values in view.node(iri).values() for value in values)
    parks = dict.fromkeys([*led, *(iri_of(triple.subject) for triple in leading)])
    return [view.link(park) for park in parks if _is_park(park, start)][:_BESIDE]


def _is_park(iri: str, start: str) -> bool:
    return iri.startswith(start) and "#" not in iri


def as_json(found: Results) -> dict[str, object]:
    """A page of results for programs."""
    return {
        "query": found.question,
        "count": found.count,
        "complete": found.complete,
        "page": found.page,
        "pages": found.pages,
        "results": [_entry(result) for result in found.entries],
        **({"instead": found.instead} if found.instead else {}),
    }


def _entry(result: Result) -> dict[str, object]:
    entry: dict[str, object] = {
        "iri": result.iri,
        "href": result.link.href,
        "label": result.link.text.value,
        "lang": result.link.text.lang,
        "types": [link.text.value for link in result.types],
        "snippet": [part._asdict() for part in (result.named or ()) + result.told],
        "snippetLang": result.lang,
        "passage": result.passage,
        "parks": [{"href": link.href, "label": link.text.value} for link in result.beside],
    }
    return entry
