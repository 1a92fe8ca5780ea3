"""What the reader of a page wants: a language, and the way back to this very page."""

from flask import request

from parkgraph.negotiate import negotiate_language
from parkgraph.web.words import languages


def language() -> str:
    """The language of a page: ``?lang=``, then ``Accept-Language``."""
    wanted = request.args.get("lang", "")
    if wanted in languages():
        return wanted
    return negotiate_language(request.headers.get("Accept-Language"), languages())


def path() -> str:
    """The local path of this page, with its query."""
    return request.full_path.rstrip("?")
