"""Operations: is it well, is it ready, what does it do."""

from hashlib import sha256
from typing import Final

from flask import Blueprint, Response, request

from parkgraph.errors import Diagnostic
from parkgraph.web.coding import encoded, fitting
from parkgraph.web.http import DATA_POLICY, SAFE, coding_asked, digest_field
from parkgraph.web.live import Editions
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
#: What Prometheus takes for its text format 0.0.4.
_METRICS: Final = "text/plain; version=0.0.4; charset=utf-8"


@blueprint.get(HEALTH)
def health() -> Response:
    """The process answers; which release it serves."""
    return _told(HEALTH, words(live()))


@blueprint.get(READY)
def ready() -> Response:
    """A release is open and queries can be answered; 503 while that is not so."""
    if why := live().ledger.unready():
        finding = Diagnostic("PG691", why, help="ask again in a while")
        return problem(503, finding, headers={"Retry-After": "1"})
    if fault := site().fault():
        return problem(503, fault, headers={"Retry-After": "5"})
    return _told(READY, words(live()))


@blueprint.get(METRICS)
def metrics() -> Response:
    """What this web process did and does, for Prometheus."""
    from parkgraph.web.metrics import Metrics

    return _told(METRICS, Metrics(live()).text())


def words(editions: Editions) -> bytes:
    """What is said when all is well: the release that is served, if it is one."""
    name = editions.ledger.current.site.manifest.name
    return f"release {name}\n".encode() if name else b"no release: data as it is\n"


def sendable(path: str, body: bytes, coding: str) -> tuple[Headers, bytes]:
    """Such an answer in a coding, for whoever sends it."""
    sent = encoded(body, coding)
    headers = [
        ("Content-Type", _METRICS if path == METRICS else _TEXT),
        ("Content-Length", str(len(sent))),
        ("Content-Digest", digest_field(sha256(sent).digest())),
        ("Cache-Control", "no-store"),
        ("Vary", "Accept-Encoding"),
        *SAFE.items(),
        ("Content-Security-Policy", DATA_POLICY),
    ]
    return [*headers, *([("Content-Encoding", coding)] if coding != "identity" else [])], sent


def _told(path: str, body: bytes) -> Response:
    site()  # where nothing stands in front, this is what looks for a newer release
    taken = request.headers.get("Accept-Encoding")
    headers, sent = sendable(path, body, fitting(coding_asked(), len(body), taken))
    return Response(sent, headers=headers)
