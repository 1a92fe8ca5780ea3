"""The Flask application: blueprints over the release that is live."""

from dataclasses import dataclass

from flask import Flask, Response, request

from parkgraph.web import (
    assets,
    cite,
    editor,
    files,
    gone,
    graphstore,
    home,
    listing,
    resources,
    searching,
    signposts,
    sparql,
)
from parkgraph.web.asked import ACCEPT_QUERY
from parkgraph.web.front import Front
from parkgraph.web.live import Editions
from parkgraph.web.problems import register
from parkgraph.web.state import give_back
from parkgraph.web.throttle import Throttle

#: The largest request body, in bytes: a query text of 256 kB, urlencoded.
MAX_BODY = 1_000_000

#: Each answers for some of the addresses.
_MODULES = (
    assets,
    cite,
    editor,
    files,
    gone,
    graphstore,
    home,
    listing,
    resources,
    searching,
    signposts,
    sparql,
)


@dataclass(frozen=True, slots=True)
class Limits:
    """What one client may take.

    Attributes:
        per_client: queries in flight.
        patience: seconds that a further one waits for a place before it is refused.
    """

    per_client: int = 4
    patience: float = 0.25


def create_app(live: Editions, limits: Limits | None = None) -> Flask:
    """The application that serves what ``live`` holds."""
    limits = limits or Limits()
    app = Flask("parkgraph.web", static_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY
    app.extensions["parkgraph"] = live
    gate = Throttle(limits.per_client, limits.patience)
    app.extensions["parkgraph-throttle"] = gate
    for module in _MODULES:
        app.register_blueprint(module.blueprint)
    app.teardown_request(give_back)
    app.after_request(_preflight)
    register(app)
    app.wsgi_app = Front(app.wsgi_app, live, gate)  # type: ignore[method-assign]  # Flask's own way
    return app


def _preflight(response: Response) -> Response:
    """What a browser may send from another origin: everything that is allowed here, no cookies."""
    if request.method == "OPTIONS" and response.allow:
        response.headers["Access-Control-Allow-Origin"] = "*"
        response.headers["Access-Control-Allow-Methods"] = ", ".join(sorted(response.allow))
        response.headers["Access-Control-Allow-Headers"] = _MAY_SEND
        response.headers["Access-Control-Max-Age"] = "86400"
        if request.path == "/sparql":
            response.headers["Accept-Query"] = ACCEPT_QUERY
    return response


_MAY_SEND = (
    "Accept, Accept-Language, Accept-Profile, Authorization, Content-Type, If-Modified-Since, "
    "If-None-Match, Prefer, Range"
)
