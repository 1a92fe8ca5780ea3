"""How programs find what is here: robots.txt, sitemaps, llms.txt, the catalogue of APIs."""

import json
from typing import Final
from urllib.parse import urlsplit

from flask import Blueprint, Response

from parkgraph.web.http import answer
from parkgraph.web.llms import llms
from parkgraph.web.problems import not_found
from parkgraph.web.sitemap import Sitemap
from parkgraph.web.state import site

blueprint = Blueprint("discovery", __name__)

#: Addresses that compute, and so are not for crawlers.
_COMPUTED: Final = ("sparql?query=", "data?", "search?q=", "diff?from=")
#: Of the linkset: that it is a catalogue of APIs (RFC 9727 §4.2).
_CATALOG_TYPE: Final = 'application/linkset+json; profile="https://www.rfc-editor.org/info/rfc9727"'


@blueprint.get("/robots.txt")
def robots() -> Response:
    """Crawlers are welcome, but for addresses that compute (RFC 9309)."""
    url = site().public_url
    start = urlsplit(url).path
    refused = [f"Disallow: {start}{address}" for address in _COMPUTED]
    lines = ["User-agent: *", *refused, "", f"Sitemap: {url}sitemap.xml"]
    return answer("\n".join(lines) + "\n", "text/plain")


@blueprint.get("/sitemap.xml")
def sitemap() -> Response:
    """Every document; an index where there are more than one file may hold."""
    found = Sitemap(site())
    return answer(found.index() if found.files() > 1 else found.file(1), "application/xml")


@blueprint.get("/sitemap-<int:number>.xml")
def sitemap_file(number: int) -> Response:
    """One file of the sitemap."""
    found = Sitemap(site())
    if not 1 <= number <= found.files():
        return not_found()
    return answer(found.file(number), "application/xml")


@blueprint.get("/llms.txt")
def llms_txt() -> Response:
    """What a language model needs to know to make use of the site."""
    return answer(llms(site()), "text/plain")


@blueprint.get("/.well-known/api-catalog")
def api_catalog() -> Response:
    """The programming interfaces, as a linkset (RFC 9727)."""
    url = site().public_url
    catalog, endpoint = f"{url}.well-known/api-catalog", f"{url}sparql"
    described = {
        "service-desc": [{"href": f"{url}openapi.json", "type": "application/json"}],
        "service-meta": [{"href": f"{url}graph/catalog", "type": "text/turtle"}],
        "status": [{"href": f"{url}health", "type": "text/plain"}],
    }
    about = {"href": endpoint, "type": "text/turtle"}
    page = {"href": endpoint, "type": "text/html"}
    contexts = [
        {"anchor": catalog, "item": [{"href": endpoint}, {"href": f"{url}data"}, {"href": url}]},
        {
            "anchor": endpoint,
            **described,
            "service-desc": [about, *described["service-desc"]],
            "service-doc": [page],
        },
        {"anchor": f"{url}data", **described},
        {"anchor": url, **described, "service-doc": [{"href": url, "type": "text/html"}]},
    ]
    links = {"Link": '</.well-known/api-catalog>; rel="api-catalog"'}
    return answer(json.dumps({"linkset": contexts}, indent=2) + "\n", _CATALOG_TYPE, headers=links)
