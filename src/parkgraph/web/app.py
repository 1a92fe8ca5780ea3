"""The Flask application: blueprints over the release that is live."""

import re
from functools import cache
from typing import Final

from flask import Blueprint, Flask, Response, request

from parkgraph.web import (
    assets,
    cite,
    discovery,
    editor,
    files,
    gone,
    graphstore,
    history,
    home,
    listing,
    mementos,
    openapi,
    operations,
    resources,
    searching,
    signposts,
    sparql,
)
from parkgraph.web.archive import Archive
from parkgraph.web.asked import ACCEPT_QUERY, PATHS
from parkgraph.web.live import Editions, Fixed
from parkgraph.web.problems import register
from parkgraph.web.request import MAX_BODY
from parkgraph.web.state import give_back
from parkgraph.web.throttle import Throttle

#: Where a WSGI environment tells the template of the address, once it was answered.
ROUTE: Final = "parkgraph.route"

#: Each answers for some of the addresses, whatever is served.
_ALWAYS = (
    assets.blueprint,
    cite.blueprint,
    editor.blueprint,
    files.blueprint,
    graphstore.blueprint,
    home.blueprint,
    listing.blueprint,
    resources.graphs,
    searching.blueprint,
    signposts.blueprint,
    sparql.blueprint,
    discovery.blueprint,
    history.blueprint,
    mementos.blueprint,
    openapi.blueprint,
    operations.blueprint,
)
#: What answers for the names of a publication.
_OF_RELEASES = (gone.blueprint, resources.blueprint)


def create_app(live: Editions, gate: Throttle | None = None, *, sendfile: bool = False) -> Flask:
    """The application that serves what ``live`` holds.

    With ``sendfile`` it names files in ``X-Sendfile``, and the server sends them.
    """
    app = Flask("parkgraph.web", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY
    app.config["USE_X_SENDFILE"] = sendfile
    # An address is what it is: the framework leads to no other one, which it would name by Host.
    app.url_map.redirect_defaults = app.url_map.merge_slashes = False
    app.extensions["parkgraph"] = live
    app.extensions["parkgraph-throttle"] = gate or Throttle()
    app.extensions["parkgraph-archive"] = Archive(live.root)
    for blueprint in (*_ALWAYS, *(_of_data() if isinstance(live, Fixed) else _OF_RELEASES)):
        app.register_blueprint(blueprint)
    app.teardown_request(give_back)
    app.after_request(_preflight)
    app.after_request(_named)
    register(app)
    return app


def _of_data() -> tuple[Blueprint, ...]:
    """What answers for the names of any data; no release needs it."""
    from parkgraph.web import anything, converted

    return converted.blueprint, anything.blueprint


def _named(response: Response) -> Response:
    """Leave the template of the address to whoever counts requests."""
    if rule := request.url_rule:
        request.environ[ROUTE] = template(rule.rule)
    return response


@cache
def template(rule: str) -> str:
    """A rule of the framework's, as addresses are written everywhere else.

    >>> template("/release/<name>/<path:path>")
    '/release/{name}/{path}'
    """
    return _PART.sub(r"{\1}", rule)


_PART: Final = re.compile(r"<(?:[a-z]+(?:\([^)]*\))?:)?(\w+)>")


def _preflight(response: Response) -> Response:
    """What a browser may send from another origin: everything that is allowed here, no cookies."""
    if request.method == "OPTIONS" and response.allow:
        response.headers["Access-Control-Allow-Origin"] = "*"
        response.headers["Access-Control-Allow-Methods"] = ", ".join(sorted(response.allow))
        response.headers["Access-Control-Allow-Headers"] = _MAY_SEND
        response.headers["Access-Control-Max-Age"] = "86400"
        if request.path in PATHS:
            response.headers["Accept-Query"] = ACCEPT_QUERY
    return response


_MAY_SEND = (
    "Accept, Accept-Datetime, Accept-Language, Accept-Profile, Authorization, Content-Type, "
    "If-Match, If-Modified-Since, If-None-Match, If-Range, If-Unmodified-Since, Prefer, Range, "
    "X-Request-Id"
)
