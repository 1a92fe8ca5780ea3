"""The search: a page for people, JSON for programs and for suggestions while one types."""

import json
from typing import Final

from flask import Blueprint, Response, request

from parkgraph.negotiate import HTML, JSON
from parkgraph.web import pages
from parkgraph.web.found import PAGE, Results, as_json, results
from parkgraph.web.http import answer
from parkgraph.web.problems import not_acceptable
from parkgraph.web.reader import form, language, path, positive
from parkgraph.web.state import site
from parkgraph.web.text import View

blueprint = Blueprint("searching", __name__)

#: What is found, as a page or as data.
FOUND: Final = (HTML, JSON)
#: The most results that a program may have at once.
_LARGEST: Final = 100


@blueprint.get("/search")
def search() -> Response:
    """What ``?q=`` finds; ``page`` and ``limit`` say which part of it."""
    chosen, looked = form(FOUND)
    if chosen is None:
        return not_acceptable(FOUND)
    lang = language()
    found = _found(lang)
    headers = {"Content-Language": lang}
    vary = (*looked, "Accept-Language")
    if chosen == JSON:
        text = json.dumps(as_json(found), ensure_ascii=False, indent=1)
        return answer(f"{text}\n", JSON.media_type, vary=vary, headers=headers)
    html = pages.search(site(), found, lang=lang, path=path())
    return answer(html, "text/html", vary=vary, headers=headers)


def _found(lang: str) -> Results:
    question = " ".join(request.args.get("q", "").split())
    size = min(positive("limit", PAGE), _LARGEST)
    return results(View(site(), lang, path()), question, page=positive("page", 1), size=size)
