"""The search: a page for people, JSON for programs and for suggestions while one types."""

import json
import re
from typing import Final

from flask import Blueprint, Response, request

from parkgraph.negotiate import HTML, Representation, named, negotiate
from parkgraph.query import QueryFailed
from parkgraph.web import pages
from parkgraph.web.found import PAGE, Results, as_json, results
from parkgraph.web.http import answer
from parkgraph.web.problems import not_acceptable, problem
from parkgraph.web.reader import language, path
from parkgraph.web.state import site
from parkgraph.web.text import View

blueprint = Blueprint("searching", __name__)

JSON: Final = Representation("application/json", "json", "JSON")
#: What is found, as a page or as data.
FOUND: Final = (HTML, JSON)
_POSITIVE: Final = re.compile("[1-9][0-9]{0,5}")
#: The most results that a program may have at once.
_LARGEST: Final = 100


@blueprint.get("/search")
def search() -> Response:
    """What ``?q=`` finds; ``page`` and ``limit`` say which part of it."""
    wanted = request.args.get("format")
    accept = request.headers.get("Accept")
    form = named(wanted, FOUND) if wanted else negotiate(accept, FOUND)
    if form is None:
        return not_acceptable(FOUND)
    lang = language()
    try:
        found = _found(lang)
    except QueryFailed as error:
        return problem(503, error.findings[0])
    headers = {"Content-Language": lang}
    vary = ("Accept-Language",) if wanted else ("Accept", "Accept-Language")
    if form == JSON:
        text = json.dumps(as_json(found), ensure_ascii=False, indent=1)
        return answer(f"{text}\n", JSON.media_type, vary=vary, headers=headers)
    html = pages.search(site(), found, lang=lang, path=path())
    return answer(html, "text/html", vary=vary, headers=headers)


def _found(lang: str) -> Results:
    question = " ".join(request.args.get("q", "").split())
    size = min(_number("limit", PAGE), _LARGEST)
    return results(View(site(), lang, path()), question, page=_number("page", 1), size=size)


def _number(name: str, default: int) -> int:
    """A positive number of the query string; what is none counts as not given."""
    given = request.args.get(name, "")
    return (
        int(given) or default
        if given.isascii() and given.isdecimal() and len(given) < 7
        else default
    )
