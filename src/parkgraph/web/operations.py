"""Operations: is it well, is it ready, what does it do."""

from typing import Final

from flask import Blueprint, Response

from parkgraph.errors import Diagnostic
from parkgraph.web.http import DATA_POLICY, SAFE, secured
from parkgraph.web.live import Editions
from parkgraph.web.metrics import MEDIA_TYPE, Metrics
from parkgraph.web.problems import problem
from parkgraph.web.state import live, site
from parkgraph.web.wire import Headers

blueprint = Blueprint("operations", __name__)

HEALTH: Final = "/health"
READY: Final = "/ready"
METRICS: Final = "/metrics"
#: What is answered without Flask where something stands in front of it.
OPERATIONS: Final = frozenset({HEALTH, READY, METRICS})

_TEXT: Final = "text/plain; charset=utf-8"


@blueprint.get(HEALTH)
def health() -> Response:
    """The process answers; which release it serves."""
    return _plain(words(live()), _TEXT)


@blueprint.get(READY)
def ready() -> Response:
    """A release is open and queries can be answered; 503 while that is not so."""
    if why := live().ledger.unready():
        finding = Diagnostic("PG691", why, help="ask again in a while")
        return problem(503, finding, headers={"Retry-After": "1"})
    if fault := site().fault():
        return problem(503, fault, headers={"Retry-After": "5"})
    return _plain(words(live()), _TEXT)


@blueprint.get(METRICS)
def metrics() -> Response:
    """What this web process did and does, for Prometheus."""
    return _plain(Metrics(live()).text(), MEDIA_TYPE)


def words(editions: Editions) -> bytes:
    """What is said when all is well."""
    return f"release {editions.ledger.current.site.manifest.name}\n".encode()


def headers(path: str, size: int) -> Headers:
    """The headers of such an answer, where Flask does not make it."""
    return [
        ("Content-Type", MEDIA_TYPE if path == METRICS else _TEXT),
        ("Content-Length", str(size)),
        ("Cache-Control", "no-store"),
        *SAFE.items(),
        ("Content-Security-Policy", DATA_POLICY),
    ]


def _plain(body: bytes, media_type: str) -> Response:
    site()  # where nothing stands in front, this is what looks for a newer release
    response = Response(body, content_type=media_type)
    response.headers["Cache-Control"] = "no-store"
    return secured(response)
