"""What a request works with: the edition that was current when it began."""

from typing import cast

from flask import current_app, g

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
    """This request's site."""
    return edition().site


def give_back(_: BaseException | None) -> None:
    """Let go of the edition when the request ends."""
    if "edition" in g:
        live().release(g.pop("edition"))
