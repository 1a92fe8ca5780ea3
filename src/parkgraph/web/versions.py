"""The pages about releases: their list, one of them, and what changed between two."""

from collections.abc import Sequence
from typing import Final, NamedTuple, Unpack

from parkgraph.diff import Change, Comparison
from parkgraph.rdf import NamedNode, Triple
from parkgraph.release import NAME_LENGTH, Manifest
from parkgraph.web.downloads import downloads
from parkgraph.web.feed import summary
from parkgraph.web.pages import Shown
from parkgraph.web.render import render
from parkgraph.web.site import Site
from parkgraph.web.text import Link, View

#: How many things, and values of a property, the page of a difference shows.
MAX_THINGS: Final = 200
MAX_VALUES: Final = 50


def releases(site: Site, listed: Sequence[Manifest], **shown: Unpack[Shown]) -> str:
    """All releases, newest first."""
    view = View(site, shown["lang"], shown["path"])
    names = {manifest.name for manifest in listed}
    rows = [(m, summary(view, m), _before(m, names)) for m in reversed(listed)]
    return render("releases.html", view, shown.get("formats", ()), releases=rows)


def release(
    site: Site, manifest: Manifest, listed: Sequence[Manifest], **shown: Unpack[Shown]
) -> str:
    """One release: its record and its files."""
    view = View(site, shown["lang"], shown["path"])
    names = {other.name for other in listed}
    listed_files, left = downloads(manifest, f"/release/{manifest.name}")
    after = next((m for m in listed if m.previous == manifest.dataset), None)
    return render(
        "release.html",
        view,
        shown.get("formats", ()),
        release=manifest,
        summary=summary(view, manifest),
        before=_before(manifest, names),
        after=after.name if after else None,
        is_current=manifest.name == site.manifest.name,
        downloads=listed_files,
        texts_left=left,
        public_url=site.public_url,
    )


def _before(manifest: Manifest, names: set[str]) -> str | None:
    """The name of the release before, if it is still there."""
    name = (manifest.previous or "")[:NAME_LENGTH]
    return name if name in names else None


class Difference(NamedTuple):
    """What changed of one thing, ready to be read."""

    thing: Link
    state: str
    changes: Sequence[tuple[Link, Sequence[Link], Sequence[Link], int]]


class _Compared(View):
    """A look at two releases: what the new one no longer knows is found in the old one.

    Attributes:
        old: the look at the release before.
    """

    def __init__(self, old: Site, new: Site, triples: Sequence[Triple], shown: Shown) -> None:
        super().__init__(new, shown["lang"], shown["path"], triples)
        self.old: Final = View(old, self.lang, self.path)

    def href(self, iri: str) -> str | None:
        """Where a reader finds ``iri``."""
        known = self.site.index.knows(iri) or not self.old.site.index.knows(iri)
        return super().href(iri) if known else self.old.href(iri)


def diff(sites: tuple[Site, Site], found: Comparison, **shown: Unpack[Shown]) -> str:
    """What changed from one release to another, thing by thing."""
    old, new = sites
    things = found.things[:MAX_THINGS]
    lost = _lost(old, new, found)
    view = _Compared(old.as_then(), new, lost, shown)
    told = [
        Difference(
            view.link(thing.iri), thing.state, [_change(view, change) for change in thing.changes]
        )
        for thing in things
    ]
    return render(
        "diff.html",
        view,
        shown.get("formats", ()),
        old=found.old,
        new=found.new,
        removed=len(found.patch.removed),
        added=len(found.patch.added),
        things=told,
        hidden=len(found.things) - len(things),
        graphs=_graphs(view, found),
    )


def _graphs(view: View, found: Comparison) -> list[tuple[Link, int, int]]:
    """The named graphs, and how much of each changed; of one that is gone no page is left."""
    there = view.site.index.graphs()
    named = ((view.link(iri), iri in there, counts) for iri, counts in found.graphs.items())
    return [(link if known else Link(link.text), *counts) for link, known, counts in named]


def _change(view: View, change: Change) -> tuple[Link, Sequence[Link], Sequence[Link], int]:
    removed, added = (
        [view.value(value) for value in side[:MAX_VALUES]]
        for side in (change.removed, change.added)
    )
    hidden = len(change.removed) + len(change.added) - len(removed) - len(added)
    return view.link(change.property), removed, added, hidden


def _lost(old: Site, new: Site, found: Comparison) -> list[Triple]:
    """What the old release says of that which the new one no longer knows: for its name."""
    named = {
        value.value
        for thing in found.things[:MAX_THINGS]
        for change in thing.changes
        for value in (NamedNode(thing.iri), *change.removed[:MAX_VALUES])
        if isinstance(value, NamedNode)
    }
    return [t for iri in sorted(named) if not new.index.knows(iri) for t in old.index.outgoing(iri)]
