"""What a request works with: the edition that was current when it began."""

from typing import cast

from flask import current_app, g

from parkgraph.web.archive import Archive
from parkgraph.web.live import Edition, Editions
from parkgraph.web.site import Site
from parkgraph.web.throttle import Throttle


def live() -> Editions:
    """The holder of the current edition."""
    return cast("Editions", current_app.extensions["parkgraph"])


def throttle() -> Throttle:
    """What keeps one client from taking every place."""
    return cast("Throttle", current_app.extensions["parkgraph-throttle"])


def edition() -> Edition:
    """This request's edition: the same one from its first line to its last."""
    if "edition" not in g:
        g.edition = live().acquire()
    return cast("Edition", g.edition)


def site() -> Site:
    """This request's site: of the current release, unless the request looks back."""
    return cast("Site", g.site) if "site" in g else edition().site


def look_back(past: Site) -> None:
    """Answer the rest of this request from another release than the current one."""
    g.site = past


def archive() -> Archive:
    """The older releases."""
    return cast("Archive", current_app.extensions["parkgraph-archive"])


def site_of(name: str) -> Site | None:
    """The site of the release ``name``; None if there is no such release.

    Raises:
        ParkgraphError: it is broken (PG502, PG503), or has no index (PG513).
    """
    here = edition().site
    if not here.manifest.dataset:
        return None  # files that are served as they are have no releases
    if name == here.manifest.name:
        return here
    opened = archive().opened(name, here.public_url)
    return opened.site if opened else None


def give_back(_: BaseException | None) -> None:
    """Let go of the edition when the request ends."""
    if "edition" in g:
        live().release(g.pop("edition"))
