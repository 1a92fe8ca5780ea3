"""Any IRI of served data and its address here: a path where it has one, else ``/doc?iri=``."""

import re
from collections.abc import Iterable, Iterator
from typing import Final
from urllib.parse import quote, unquote, urlencode

from parkgraph.rdf import is_absolute_iri

#: Where an application keeps the pattern of its own paths.
TAKEN: Final = "parkgraph-taken"
#: A path that comes back from a request as it was sent: nothing in it is decoded or merged.
_PLAIN: Final = re.compile(r"(?!.*(//|/\.))[A-Za-z0-9/_.~!$&'()*+,;=:@-]+")
#: What may be percent-encoded in a request and stands for itself in an IRI.
_KEPT: Final = "/:@!$&'()*+,;=~-._"
#: The end of an address that fixes the form of a description.
SUFFIX: Final = re.compile(r"(?P<path>.+)\.(?P<extension>[a-z]+)")


def address(base: str, iri: str, others: re.Pattern[str]) -> str:
    """The local address at which ``iri`` answers.

    Of what begins with ``{base}id/`` that is its document, as in a publication.

    Args:
        base: the start of the IRIs that have paths of their own.
        iri: any IRI.
        others: the paths at which the server answers something else.

    >>> address("http://e.org/", "http://e.org/ns#Thing", taken(["/data"]))
    '/ns#Thing'
    >>> address("http://e.org/", "http://e.org/id/a", taken(["/data"]))
    '/doc/a'
    >>> address("http://e.org/", "http://e.org/data", taken(["/data"]))
    '/doc?iri=http%3A%2F%2Fe.org%2Fdata'
    """
    rest = iri.removeprefix(base)
    path = rest.partition("#")[0]
    if rest == iri or not _PLAIN.fullmatch(path) or others.fullmatch(f"/{path}"):
        return named_address(iri)
    return f"/doc/{rest.removeprefix('id/')}" if path.startswith("id/") else f"/{rest}"


def taken(rules: Iterable[str]) -> re.Pattern[str]:
    """The paths that the rules of an application match, whatever their parts are.

    >>> bool(taken(["/doc/<path:path>"]).fullmatch("/doc/a/b"))
    True
    >>> others = taken(["/<any(park, organization):kind>"])
    >>> bool(others.fullmatch("/park")), bool(others.fullmatch("/parks"))
    (True, False)
    """
    patterns = (_PART.sub(_any, re.escape(rule)) for rule in sorted(rules))
    return re.compile("|".join(patterns))


#: A variable part of a rule, as it is escaped: any path, one of some words, or any segment.
_PART: Final = re.compile(r"<(?:(path)|any\\\((.*?)\\\))?[^>]*>")


def _any(part: re.Match[str]) -> str:
    if part[2]:
        return f"(?:{part[2].replace(',', '|').replace(chr(92) + ' ', '')})"
    return ".*" if part[1] else "[^/]*"


def named_address(iri: str) -> str:
    """The address that names ``iri`` whole."""
    return f"/doc?{urlencode({'iri': iri})}"


def candidates(base: str, path: str, query: str, raw: str = "") -> Iterator[str]:
    """The IRIs that a request for ``path`` may mean, the likeliest first.

    A client may write letters of an IRI in percent-encoding, and must write some so (RFC 3987
    §3.1): what was sent is tried first, then with its letters decoded, then all of it, and then
    nothing that an IRI could have; each with the query and without.

    Args:
        base: what the IRIs begin with.
        path: what follows it, decoded.
        query: of the request.
        raw: the path as it was sent; empty if nobody knows.

    >>> list(candidates("e:/", "北+%", "", "%E5%8C%97%2B%25"))
    ['e:/%E5%8C%97%2B%25', 'e:/北%2B%25', 'e:/%E5%8C%97+%25']
    """
    sent = (raw, _LETTERS.sub(_letters, raw)) if raw else ()
    for rest in dict.fromkeys((*sent, path, quote(path, safe=_KEPT))):
        for iri in (f"{base}{rest}?{query}", f"{base}{rest}") if query else (f"{base}{rest}",):
            if is_absolute_iri(iri):
                yield iri


#: Letters beyond ASCII as percent-encoded UTF-8.
_LETTERS: Final = re.compile("(?:%[89A-Fa-f][0-9A-Fa-f])+")


def _letters(encoded: re.Match[str]) -> str:
    try:
        return unquote(encoded[0], errors="strict")
    except UnicodeDecodeError:
        return encoded[0]
