"""What a client wants: a form, a language, and the way back to this very page."""

import re
from collections.abc import Sequence
from typing import Final

from flask import request

from parkgraph.negotiate import Representation, named, negotiate, negotiate_language
from parkgraph.web.words import languages

_POSITIVE: Final = re.compile("[1-9][0-9]{0,5}")


def language() -> str:
    """The language of a page: ``?lang=``, then ``Accept-Language``."""
    wanted = request.args.get("lang", "")
    if wanted in languages():
        return wanted
    return negotiate_language(request.headers.get("Accept-Language"), languages())


def heard(lang: str) -> tuple[str, ...]:
    """The header that decided on ``lang``, for Vary; none where ``?lang=`` did."""
    return () if request.args.get("lang") == lang else ("Accept-Language",)


def path() -> str:
    """The local path of this page, with its query."""
    return request.full_path.rstrip("?")


def form(offered: Sequence[Representation]) -> tuple[Representation | None, tuple[str, ...]]:
    """The form that ``?_mediatype=`` or ``?format=`` names, else the one that ``Accept`` likes.

    With it the headers that were looked at. None: none of them will do.
    """
    wanted = request.args.get("_mediatype") or request.args.get("format")
    if wanted:
        return named(wanted, offered), ()
    return negotiate(request.headers.get("Accept"), offered), ("Accept",)


def positive(name: str, default: int) -> int:
    """A positive number of the query string; what is none counts as not given."""
    given = request.args.get(name, "")
    return int(given) if _POSITIVE.fullmatch(given) else default
