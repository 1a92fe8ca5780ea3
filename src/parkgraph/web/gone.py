"""Former addresses: what has moved is led on by 301, what was withdrawn is told of by 410.

Each is still the TimeGate of what was described there (RFC 7089 §4.1).
"""

import re
from collections.abc import Callable
from functools import partial
from typing import Final

from flask import Blueprint, Response, request

from parkgraph.addresses import Tombstone
from parkgraph.errors import Diagnostic
from parkgraph.web import pages
from parkgraph.web.http import secured
from parkgraph.web.links import field
from parkgraph.web.problems import problem
from parkgraph.web.reader import language, path
from parkgraph.web.state import site
from parkgraph.web.timegate import gate, mementos, time_links

blueprint = Blueprint("gone", __name__)

#: An address of a thing or a document, of its description, or of what is told about that.
_ADDRESS: Final = re.compile(
    r"/(?P<before>(?:[a-z]+/)?)(?P<space>id|doc|document)/(?P<path>[A-Za-z0-9/_-]+)(?P<suffix>(?:\.[a-z]+)?)"
)


@blueprint.before_app_request
def former() -> Response | None:
    """The answer for an address that is no longer that of anything; None for every other."""
    match = _ADDRESS.fullmatch(request.path)
    if match is None or request.method not in {"GET", "HEAD"}:
        return None
    addresses = site().addresses
    space = "id" if match["space"] == "doc" else match["space"]
    name = f"{space}/{match['path']}"
    target = addresses.destination(name)
    if target is not None:
        return _in_time(match, partial(_moved, match, target))
    if stone := addresses.withdrawn.get(name):
        return _in_time(match, partial(_withdrawn, f"{site().base}{name}", stone))
    return None


def _in_time(match: re.Match[str], make: Callable[[], Response]) -> Response | None:
    """What ``make`` says of today, unless what was described here is asked for as it was."""
    path = match["path"]
    if match["before"] == "timemap/" and any(mementos(path)):
        return None
    if match[0] != f"/doc/{path}":
        return make()
    response = gate(path)
    if response is None:
        response = make()
        response.vary.add("Accept-Datetime")
        if any(mementos(path)):
            response.headers["Link"] = field(time_links(site(), path))
    return response


def _moved(match: re.Match[str], target: str) -> Response:
    """301 to the same of the new address: its description, in the same form, with its query."""
    space, _, path = target.partition("/")
    described = match["space"] == "doc" and space == "id"
    address = f"/{match['before']}{'doc' if described else space}/{path}{match['suffix']}"
    if query := request.query_string.decode("ascii", "replace"):
        address += f"?{query}"
    headers = {"Location": address, "Cache-Control": "max-age=300"}
    return secured(Response(status=301, headers=headers))


def _withdrawn(iri: str, stone: Tombstone) -> Response:
    replaced = f"{site().base}{stone.replaced_by}" if stone.replaced_by else None
    said = {
        "iri": iri,
        "date": stone.date,
        "reason": dict(stone.reasons),
        **({"replacedBy": replaced} if replaced else {}),
    }
    finding = Diagnostic("PG626", f"withdrawn on {stone.date}: {stone.reasons['en']}")
    here, lang, shown = site(), language(), path()
    return problem(
        410,
        finding,
        more={"withdrawn": said},
        page=lambda: pages.tombstone(here, stone, replaced, lang=lang, path=shown),
    )
