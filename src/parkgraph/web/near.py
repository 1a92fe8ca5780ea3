"""What a reader may have meant by an address that is none."""

import re
from typing import Final

from parkgraph.query import QueryFailed
from parkgraph.search import Search
from parkgraph.web.site import Site

#: Suggestions at most.
_MOST: Final = 5
#: What is no part of a name in the last segment of an address: a suffix, and what joins words.
_JOINTS: Final = re.compile(r"\.[a-z]{2,6}$|[^\w]+|_")


def near(site: Site, path: str) -> list[str]:
    """The IRIs of things whose names are like the end of ``path``; none if nothing is."""
    words = _JOINTS.sub(" ", path.rstrip("/").rpartition("/")[2]).strip()
    if not words:
        return []
    if site.fleeting:
        return []  # for what may not be there no service is asked to look through all its names
    try:
        search = site.search
    except QueryFailed:
        return []
    return _things(search, words) or _things(search, search.corrected(words))


def _things(search: Search, words: str) -> list[str]:
    hits = search.find(words, limit=4 * _MOST).hits
    return list(dict.fromkeys(hit.iri for hit in hits if not hit.place))[:_MOST]
