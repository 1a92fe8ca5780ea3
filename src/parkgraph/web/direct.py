"""The shorter way for documents and files: no more of the server is passed than they need.

Flask takes about as long to bring a request to a document, and the document's headers back, as the
document takes to be made. What is out of the ordinary (an unknown or former address, parameters, a
form that there is not, a condition) is left to it; what comes from here has the same bytes and the
same headers.
"""

import re
from contextlib import suppress
from typing import Final, NamedTuple

from parkgraph.variants import Axes, Wish, choose
from parkgraph.web.bridge import Response
from parkgraph.web.files import whole
from parkgraph.web.http import complete
from parkgraph.web.kept import Repeat
from parkgraph.web.live import Edition
from parkgraph.web.represent import Picked, head_of, made
from parkgraph.web.request import Request
from parkgraph.web.resources import current_document, without_suffix
from parkgraph.web.site import Site

_DOCUMENT: Final = "/doc/{path}"
_FILE: Final = "/release/{name}/{path}"
#: The addresses of documents and of files that need no decoding.
_PLAIN: Final = re.compile(r"/(?:doc/|release/([0-9a-f]+)/)([A-Za-z0-9/_.-]+)")


class Plain(NamedTuple):
    """What a request is for, where it is for a document or a file and for nothing besides.

    Attributes:
        release: of the file; None for a document.
        path: of the file in the release, or of the document below ``/doc/``.
    """

    release: str | None
    path: str


def plain(request: Request) -> Plain | None:
    """What a plain request is for; None for any other."""
    besides = request.query or "if-none-match" in request.headers
    found = None if besides else _PLAIN.fullmatch(request.path)
    return Plain(*found.groups()) if found else None


def direct(request: Request, asked: Plain, here: Edition) -> Repeat | Response | None:
    """What a plain request asks for; None if Flask is to answer.

    It reads files and may take a while.
    """
    with suppress(Exception):  # Flask meets it again, and says what is wrong
        if asked.release is None:
            return document(asked.path, axes(request), here.site)
        request.route = _FILE
        return whole(asked.release, asked.path, here)
    return None


def axes(request: Request) -> Axes:
    """What the client of a request accepts."""
    said = request.headers.get
    return said("accept"), said("accept-profile"), said("accept-language"), said("accept-encoding")


def document(path: str, axes: Axes, here: Site) -> Repeat | None:
    """The document below ``/doc/`` in the form that suits a client; None if there is no such."""
    name, extension = without_suffix(path)
    found = current_document(here, name, extension) if here.manifest.dataset else None
    if found is None:
        return None
    place, wish = found.place, Wish(*axes, extension)
    choice = choose(wish, place.offered, place.languages)
    if choice.variant is None:
        return None
    picked = Picked(here, f"/doc/{path}?", found, place, choice.variant, choice)
    head = head_of(picked)
    body, sent = complete(head, *made(picked), wish.accept_encoding)
    return Repeat.of(_DOCUMENT, f'"{head.etag}"', sent, body, brief=True)
