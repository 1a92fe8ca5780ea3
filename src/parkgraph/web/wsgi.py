"""The WSGI application for any server, over what the environment names.

``PARKGRAPH_RELEASES=releases gunicorn 'parkgraph.web.wsgi:create()'``

The application is imported when it is made: whoever only starts a server needs none of it.
"""

import json
import os
from asyncio import AbstractEventLoop
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Final

from parkgraph.query import Budget
from parkgraph.web.ids import HEADER, VARIABLE, request_id
from parkgraph.web.limits import Limits
from parkgraph.web.peers import Peers
from parkgraph.web.throttle import Throttle
from parkgraph.web.wire import Headers

if TYPE_CHECKING:
    from _typeshed import OptExcInfo
    from _typeshed.wsgi import StartResponse, WSGIEnvironment
    from flask import Flask

    from parkgraph.web.live import Editions

#: The folder of releases.
RELEASES: Final = "PARKGRAPH_RELEASES"
#: RDF files to serve instead, as a JSON list, and the base of the IRIs that have documents.
DATA: Final = "PARKGRAPH_DATA"
BASE: Final = "PARKGRAPH_BASE"
#: The address of a SPARQL service to serve instead, those of its graphs that are served, between
#: spaces, and seconds for which its answers may be given again.
ENDPOINT: Final = "PARKGRAPH_ENDPOINT"
GRAPHS: Final = "PARKGRAPH_GRAPHS"
ENDPOINT_CACHE: Final = "PARKGRAPH_ENDPOINT_CACHE"
#: Where clients reach the server.
PUBLIC_URL: Final = "PARKGRAPH_PUBLIC_URL"
#: What a query may use: the fields of :class:`parkgraph.query.Budget` as a JSON object.
BUDGET: Final = "PARKGRAPH_BUDGET"
#: What clients may take: the fields of :class:`parkgraph.web.limits.Limits`, likewise.
LIMITS: Final = "PARKGRAPH_LIMITS"
#: How many processes answer besides each web process.
HELPERS: Final = "PARKGRAPH_HELPERS"
#: Proxies whose X-Forwarded-For is believed: addresses or networks, between spaces.
TRUSTED: Final = "PARKGRAPH_TRUSTED_PROXY"


def create() -> "Flask":
    """The application over what the environment names.

    Raises:
        ParkgraphError: there is no release, it is broken, or a file does not parse.
    """
    from parkgraph.web.app import create_app

    peers = trusted()
    app = create_app(opened(), gate(limits()))
    inner = app.wsgi_app

    def identified(environ: "WSGIEnvironment", start: "StartResponse") -> Iterable[bytes]:
        forwarded = environ.get("HTTP_X_FORWARDED_FOR", "")
        environ["REMOTE_ADDR"] = peers.client(environ.get("REMOTE_ADDR", ""), forwarded)
        environ[VARIABLE] = name = request_id(environ.get("HTTP_X_REQUEST_ID"))

        def named(
            status: str, headers: Headers, exc_info: "OptExcInfo | None" = None
        ) -> Callable[[bytes], object]:
            return start(status, [*headers, (HEADER, name)], exc_info)

        return inner(environ, named)

    app.wsgi_app = identified  # type: ignore[assignment,method-assign]  # Flask's own way
    return app


def opened(loop: AbstractEventLoop | None = None) -> "Editions":
    """What is served; its queries are asked on ``loop``, or else on loops of their own.

    Raises:
        ParkgraphError: there is no release, it is broken, or a file does not parse.
    """
    public_url = f"{os.environ.get(PUBLIC_URL, 'http://localhost:8000').rstrip('/')}/"
    budget = Budget(**json.loads(os.environ.get(BUDGET, "{}")))
    if DATA in os.environ:
        from parkgraph.web.data import open_data

        files = [Path(name) for name in json.loads(os.environ[DATA])]
        return open_data(files, os.environ.get(BASE), public_url, budget, loop)
    if ENDPOINT in os.environ:
        from parkgraph.web.endpoint import Endpoint, open_endpoint

        graphs, kept = os.environ.get(GRAPHS, "").split(), os.environ.get(ENDPOINT_CACHE, "0")
        known = Endpoint(os.environ[ENDPOINT], tuple(graphs), os.environ.get(BASE), float(kept))
        return open_endpoint(known, public_url, budget, loop)
    from parkgraph.web.live import Live

    root = Path(os.environ.get(RELEASES, "releases"))
    helpers = int(os.environ.get(HELPERS, "0"))
    return Live(root, public_url, budget, loop, helpers)


def limits() -> Limits:
    """What clients may take."""
    return Limits(**json.loads(os.environ.get(LIMITS, "{}")))


def gate(limits: Limits) -> Throttle:
    """What keeps one client from taking every place."""
    return Throttle(limits.places, limits.patience)


def trusted() -> Peers:
    """The proxies that are believed about whom they speak for."""
    return Peers(os.environ.get(TRUSTED, "").split())
