"""Every IRI of a publication, minted in one place (model.md §3)."""

import re
from dataclasses import dataclass
from typing import Final

from parkgraph.rdf import NamedNode
from parkgraph.source import Span

#: What a path can be written behind: a query or a fragment would swallow it.
_BASE: Final = re.compile(r"https?://[^/?#]+/([^?#]*/)?")


def base_fault(base: str) -> str | None:
    """What is wrong with the start of every IRI; None if nothing is."""
    if not _BASE.fullmatch(base):
        return f"base {base!r} is not http(s)://…/ with a final slash"
    try:
        NamedNode(base)
    except ValueError as error:
        return f"base {base!r} is no IRI: {str(error)!r}"
    return None


@dataclass(frozen=True, slots=True)
class Names:
    """Mints the IRIs of a publication.

    Attributes:
        base: ``void:uriSpace`` of the publication; ends in a slash.
    """

    base: str

    def thing(self, reference: str) -> NamedNode:
        """``{kind}/{slug}`` as the IRI of a thing."""
        return NamedNode(f"{self.base}id/{reference}")

    def document(self, slug: str, fragment: str = "") -> NamedNode:
        """A source document, or a part of it that outlives its versions."""
        return NamedNode(f"{self.base}document/{slug}{'#' * bool(fragment)}{fragment}")

    def version(self, slug: str, version: str, fragment: str = "") -> NamedNode:
        """One version of a document, or a part of it."""
        return self.document(f"{slug}/{version}", fragment)

    def passage(self, slug: str, version: str, span: Span) -> NamedNode:
        """The characters of a version that carry a claim."""
        return self.version(slug, version, f"passage-{span.start}-{span.end}")

    def selector(self, slug: str, version: str, span: Span) -> NamedNode:
        """What picks a passage out of its version."""
        return self.version(slug, version, f"selector-{span.start}-{span.end}")

    def graph(self, name: str) -> NamedNode:
        """A named graph."""
        return NamedNode(f"{self.base}graph/{name}")

    def source(self, slug: str, version: str) -> NamedNode:
        """The address of a version's verbatim text."""
        return NamedNode(f"{self.base}source/{slug}/{version}.txt")
