"""Lists of things: pages that have addresses, and what is on them as JSON and CSV."""

import json
from typing import Final

from flask import Blueprint, Response, request

from parkgraph.lists import KEYS, Wanted
from parkgraph.negotiate import HTML, JSON, Representation
from parkgraph.rdf import is_absolute_iri
from parkgraph.vocab import PREFIXES, term
from parkgraph.web import pages
from parkgraph.web.http import answer
from parkgraph.web.listed import LISTS, Listing, as_csv, as_json, listing
from parkgraph.web.problems import not_acceptable, not_found
from parkgraph.web.reader import form, language, path, positive
from parkgraph.web.state import site
from parkgraph.web.text import View, in_forms

blueprint = Blueprint("listing", __name__)

CSV: Final = Representation("text/csv", "csv", "CSV")
#: What is listed, as a page or as data.
LISTED: Final = (HTML, JSON, CSV)


@blueprint.get("/list", defaults={"kind": ""})
@blueprint.get(f"/<any({', '.join(LISTS)}):kind>")
def things(kind: str) -> Response:
    """The things of a kind, or at ``/list`` of the class ``of``.

    ``with`` asks for those that are linked to a concept, ``sort`` and ``order`` for their order,
    ``page`` for a part of them.
    """
    wanted = _wanted(kind)
    if wanted is None:
        return not_found()
    chosen, looked = form(LISTED)
    if chosen is None:
        return not_acceptable(LISTED)
    found = listing(View(site(), wanted.lang, path()), kind, wanted, page=positive("page", 1))
    return _answer(found, chosen, wanted.lang, (*looked, "Accept-Language"))


def _wanted(kind: str) -> Wanted | None:
    """What is asked for; None if it is of no class or no concept that is known."""
    of, concept = request.args.get("of", ""), request.args.get("with", "")
    iri = term(LISTS[kind]).value if kind else _expanded(of)
    linked = (site().named(f"id/{concept}") or "") if concept else ""
    if not is_absolute_iri(iri) or (concept and not linked):
        return None
    sort = request.args.get("sort", "name")
    return Wanted(
        iri,
        language(),
        linked,
        sort if sort in KEYS else "name",
        request.args.get("order") == "desc",
    )


def _expanded(name: str) -> str:
    """A prefixed name, or an IRI, as an IRI."""
    prefix, _, local = name.partition(":")
    return f"{PREFIXES[prefix]}{local}" if prefix in PREFIXES else name


def _answer(found: Listing, chosen: Representation, lang: str, vary: tuple[str, ...]) -> Response:
    headers = {"Content-Language": lang}
    if chosen == HTML:
        formats = in_forms(path(), (f for f in LISTED if f != HTML))
        text = pages.listing(site(), found, lang=lang, path=path(), formats=formats)
    elif chosen == CSV:
        text = as_csv(found)
    else:
        text = json.dumps(as_json(found), ensure_ascii=False, indent=1) + "\n"
    return answer(text, chosen.media_type, vary=vary, headers=headers)
