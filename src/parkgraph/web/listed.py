"""A list of things as data for its page and for programs."""

import csv
import io
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlencode

from parkgraph.lists import KEYS, Key, Wanted
from parkgraph.vocab import KINDS, term
from parkgraph.web.text import Link, Text, View, without
from parkgraph.web.things import summary

#: Entries on a page.
PAGE: Final = 50
#: Kinds of things that have a list by their name: the class of its entries.
LISTS: Final[Mapping[str, str]] = {
    **{kind: classes[0] for kind, classes in KINDS.items()},
    "concept": "skos:ConceptScheme",
}
#: Kinds whose lists a concept leads to.
_BY_CONCEPT: Final = ("park", "organization", "service", "strategy")


@dataclass(frozen=True, slots=True)
class Entry:
    """A thing in a list."""

    iri: str
    link: Link
    types: tuple[Link, ...]
    place: Text | None
    gist: Text | None
    links: int


@dataclass(frozen=True, slots=True)
class Column:
    """A column and how it is sorted: the address that sorts by it, and the order it has now."""

    key: Key
    href: str
    order: str


@dataclass(frozen=True, slots=True)
class Listing:
    """A page of a list.

    Attributes:
        heading: what its entries are.
        concept: what each of them is linked to, if that is asked for.
        everything: the address of the list without that.
    """

    heading: Text
    concept: Link | None
    everything: str
    count: int
    page: int
    pages: int
    entries: tuple[Entry, ...]
    columns: tuple[Column, ...]


def listing(view: View, kind: str, wanted: Wanted, *, page: int = 1) -> Listing:
    """A page of the list of a kind, or of a class where ``kind`` is empty."""
    found = view.site.lists.page(wanted, limit=PAGE, offset=(page - 1) * PAGE)
    headings = view.words["listing"]["headings"]
    entries = tuple(_entry(view, iri, links) for iri, links in found.entries)
    shown = [key for key in KEYS if key == wanted.sort or _filled(entries, key)]
    return Listing(
        heading=Text(headings[kind], view.lang) if kind in headings else view.label(wanted.of),
        concept=view.link(wanted.concept) if wanted.concept else None,
        everything=without(view.path, "with", "page"),
        count=found.count,
        page=page,
        pages=max(1, -(-found.count // PAGE)),
        entries=entries,
        columns=tuple(_column(view.path, key, wanted) for key in shown),
    )


def _entry(view: View, iri: str, links: int) -> Entry:
    kinds = tuple(view.link(name) for name in view.iris(iri, "org:classification"))
    places = [link.text for link in summary(view, iri) if link not in kinds]
    gist = view.text(iri, "skos:definition", "dcterms:description")
    return Entry(iri, view.link(iri), kinds, places[0] if places else None, gist, links)


def _filled(entries: tuple[Entry, ...], key: Key) -> bool:
    """Whether a column says anything of any entry."""
    if key == "type":
        return any(entry.types for entry in entries)
    return key != "place" or any(entry.place for entry in entries)


def _column(path: str, key: Key, wanted: Wanted) -> Column:
    """Names go up at first, numbers down; a second choice turns the order round."""
    now = key == wanted.sort
    down = not wanted.descending if now else key == "links"
    address = without(path, "sort", "order", "page")
    query = urlencode({"sort": key, **({"order": "desc"} if down else {})})
    href = f"{address}{'&' if '?' in address else '?'}{query}"
    return Column(key, href, ("descending" if wanted.descending else "ascending") if now else "")


def by_concept(view: View, concept: str) -> tuple[tuple[Link, int], ...]:
    """The lists of what is linked to a concept, with their lengths; none for other things."""
    start = f"{view.site.base}id/"
    if not concept.startswith(f"{start}concept/"):
        return ()
    classes = {term(LISTS[kind]).value: kind for kind in _BY_CONCEPT}
    lengths = view.site.lists.lengths(concept, classes)
    local = concept.removeprefix(start)
    headings = view.words["listing"]["headings"]
    return tuple(
        (Link(Text(headings[kind], view.lang), view.here(f"/{kind}?with={local}")), lengths[name])
        for name, kind in classes.items()
        if name in lengths
    )


def as_json(found: Listing) -> dict[str, object]:
    """A page of a list for programs."""
    return {
        "of": found.heading.value,
        "count": found.count,
        "page": found.page,
        "pages": found.pages,
        "entries": [_row(entry) for entry in found.entries],
    }


def as_csv(found: Listing) -> str:
    """A page of a list as a table (RFC 4180)."""
    text = io.StringIO()
    names = ("iri", "name", "lang", "type", "place", "links")
    writer = csv.DictWriter(text, names, extrasaction="ignore")
    writer.writeheader()
    writer.writerows(_row(entry) for entry in found.entries)
    return text.getvalue()


def _row(entry: Entry) -> dict[str, object]:
    return {
        "iri": entry.iri,
        "href": entry.link.href,
        "name": entry.link.text.value,
        "lang": entry.link.text.lang,
        "type": ", ".join(link.text.value for link in entry.types),
        "place": entry.place.value if entry.place else "",
        "links": entry.links,
    }
