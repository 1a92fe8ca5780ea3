"""All links of a document and of its forms in one answer (RFC 9264)."""

import json
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from parkgraph.negotiate import HTML, Representation
from parkgraph.web.links import LINKSET_JSON, Place, TypedLink, described, forms

#: A linkset goes as JSON, or in the syntax of the header.
LINKSETS: Final = (
    Representation(LINKSET_JSON, "json", "JSON", aliases=("application/json",)),
    Representation("application/linkset", "txt", "Link"),
)

#: Links with what they lead from, both as they stand in headers.
Anchored = Sequence[tuple[str, TypedLink]]


def anchored(place: Place, own: Iterable[TypedLink]) -> Anchored:
    """The links of a document, of the data behind its page, and of its items.

    Args:
        place: the document.
        own: the links of its page, but for those to its other forms.
    """
    page = (("type", HTML.media_type),)
    found = [(place.whole, link) for link in (*own, *forms(place))]
    back = [(link.href, TypedLink(place.whole, "describes", page)) for link in described(place)]
    items = [(link.href, link) for _, link in found if link.rel == "item"]
    kept = [(item, TypedLink(place.whole, "collection", page)) for item, _ in items]
    return [*found, *back, *kept]


def write_linkset(links: Anchored, extension: str, origin: str) -> str:
    """The set as JSON (§4.2), or for ``txt`` as a header has it (§4.1), a link a line.

    Args:
        links: what to write.
        extension: of a row of :data:`LINKSETS`.
        origin: where the server is reached, with a final slash: addresses are absolute, for a
            set that is stored says nothing about where it came from.
    """
    whole = [(_absolute(origin, anchor), _reached(origin, link)) for anchor, link in links]
    if extension == "json":
        return json.dumps({"linkset": _contexts(whole)}, indent=2, ensure_ascii=False) + "\n"
    return ",\n".join(f'{link}; anchor="{anchor}"' for anchor, link in whole) + "\n"


def _contexts(links: Anchored) -> list[dict[str, object]]:
    contexts: dict[str, dict[str, list[Mapping[str, object]]]] = {}
    for anchor, link in links:
        contexts.setdefault(anchor, {}).setdefault(link.rel, []).append(_target(link))
    return [{"anchor": anchor, **relations} for anchor, relations in contexts.items()]


def _target(link: TypedLink) -> Mapping[str, object]:
    """A target object: a type is one text, the languages and other attributes are arrays."""
    said = {name: value if name == "type" else [value] for name, value in link.attributes}
    return {"href": link.href, **said}


def _reached(origin: str, link: TypedLink) -> TypedLink:
    return link._replace(href=_absolute(origin, link.href))


def _absolute(origin: str, href: str) -> str:
    return origin + href[1:] if href.startswith("/") else href
