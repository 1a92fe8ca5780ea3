"""The shorter way for plain queries: a GET whose result can be sent in any form it may have.

Flask takes several times as long to answer a point query as the store takes to evaluate it. What
is out of the ordinary (a page, a mistake, a large result) goes on to Flask, with what was found
so far: nothing is evaluated twice.
"""

import re
from typing import TYPE_CHECKING, Final

from parkgraph.query import QueryFailed
from parkgraph.web.answering import Forms, Found, find, forms, question
from parkgraph.web.asked import ACCEPT_QUERY, Asked, from_address
from parkgraph.web.http import DATA_POLICY, REVALIDATE, SAFE, charset
from parkgraph.web.live import Edition
from parkgraph.web.throttle import Throttle

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

#: Where what was found so far is handed on to Flask.
FOUND: Final = "parkgraph.found"

#: What every result bears, as :func:`parkgraph.web.http.secured` says it.
_HEADERS: Final = [
    *SAFE.items(),
    ("Content-Security-Policy", DATA_POLICY),
    ("Accept-Query", ACCEPT_QUERY),
]

#: Without these words a query has solutions; with them it may, and Flask looks closer.
_GRAPH_WORDS: Final = re.compile("construct|describe", re.IGNORECASE)

Headers = list[tuple[str, str]]


def quick(
    environ: "WSGIEnvironment", edition: Edition, gate: Throttle
) -> tuple[Headers, bytes] | None:
    """The headers and the body of a 200; None if Flask is to answer."""
    if environ["PATH_INFO"] != "/sparql" or environ["REQUEST_METHOD"] != "GET":
        return None
    said = from_address(environ.get("QUERY_STRING", "").encode("latin-1"))
    if not isinstance(said, Asked) or not _ordinary(said):
        return None
    taken = forms(said.wanted, environ.get("HTTP_ACCEPT"))
    if not (taken.plain or _of_solutions(said.queries[0], taken)):
        return None
    asked = question(said.queries[0], said, taken, f"{edition.site.public_url}sparql")
    try:
        found = find(asked, edition, gate, environ.get("REMOTE_ADDR", ""))
    except QueryFailed as error:
        environ[FOUND] = error
        return None
    environ[FOUND] = found
    return _sent(found, taken) if found and found.kept and found.answer.cacheable else None


def _of_solutions(text: str, taken: Forms) -> bool:
    """Whether a client that takes solutions alone asks a query that can give nothing else."""
    return not taken.page and taken.solutions is not None and not _GRAPH_WORDS.search(text)


def _ordinary(said: Asked) -> bool:
    one = len(said.queries) == 1 and bool(said.queries[0].strip())
    return one and not said.update and not said.explain


def _sent(found: Found, taken: Forms) -> tuple[Headers, bytes] | None:
    form, kept = taken.of(found.answer.form), found.kept
    if form is None or kept is None:
        return None
    headers = [
        ("Content-Type", charset(form.media_type)),
        ("Content-Length", str(len(kept.body))),
        ("Cache-Control", REVALIDATE),
        ("ETag", f'"{kept.etag}"'),
        *_HEADERS,
    ]
    if taken.vary:
        headers.append(("Vary", ", ".join(taken.vary)))
    return headers, kept.body
