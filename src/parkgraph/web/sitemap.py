"""Every document of the site, for crawlers (sitemaps.org protocol 0.9)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from html import escape
from itertools import islice
from typing import Final
from urllib.parse import quote

from parkgraph.vocab import HOME
from parkgraph.web.site import Site
from parkgraph.web.words import languages

#: Text of XML: the module for XML would bring a client for HTTP along.
_text = partial(escape, quote=False)

#: How many addresses a sitemap may hold (protocol: 50,000, and 50 MB).
LARGEST: Final = 50_000

#: Pages besides the documents.
_PAGES: Final = ("", "sparql")
#: Pages that only a publication has.
_PUBLISHED: Final = ("park", "organization", "def", "shapes", "releases", "report")
#: What may stand in an address as it is (RFC 3986 §2.2); ``%`` is already an escape in an IRI.
_SAFE: Final = "/%:@!$&'()*+,;=~-._?"

_NAMESPACE: Final = "http://www.sitemaps.org/schemas/sitemap/0.9"
_HEAD: Final = '<?xml version="1.0" encoding="UTF-8"?>\n'


@dataclass(frozen=True)
class Sitemap:
    """The addresses of a site, in files of ``largest`` at most."""

    site: Site
    largest: int = LARGEST

    def files(self) -> int:
        """How many files it takes."""
        total = len(self._pages()) + sum(map(self.site.index.document_count, self._starts()))
        return -(-total // self.largest)

    def index(self) -> str:
        """The index of the files."""
        maps = "".join(
            f"<sitemap><loc>{_text(self.site.public_url)}sitemap-{number}.xml</loc>"
            f"<lastmod>{self.site.manifest.issued}</lastmod></sitemap>\n"
            for number in range(1, self.files() + 1)
        )
        return f'{_HEAD}<sitemapindex xmlns="{_NAMESPACE}">\n{maps}</sitemapindex>\n'

    def file(self, number: int) -> str:
        """One file, counted from 1: each address with its date and its languages.

        The date is that of the release: what is read here may have changed with it, not since.
        """
        entries = "".join(map(self._entry, self._addresses((number - 1) * self.largest)))
        spaces = f'xmlns="{_NAMESPACE}" xmlns:xhtml="http://www.w3.org/1999/xhtml"'
        return f"{_HEAD}<urlset {spaces}>\n{entries}</urlset>\n"

    def _entry(self, address: str) -> str:
        told = _text(address)
        more = f"{told}{'&amp;' if '?' in told else '?'}lang="
        others = "".join(
            f'<xhtml:link rel="alternate" hreflang="{tag}" href="{more}{tag}"/>'
            for tag in languages()
        )
        dated = f"<lastmod>{self.site.manifest.issued}</lastmod>"
        return f"<url><loc>{told}</loc>{dated}{others}</url>\n"

    def _addresses(self, offset: int) -> Iterator[str]:
        """The addresses from ``offset`` on: pages, then documents in the order of their starts."""
        pages = self._pages()
        yield from (self.site.public_url + page for page in pages[offset : offset + self.largest])
        left = self.largest - len(pages[offset : offset + self.largest])
        offset = max(offset - len(pages), 0)
        yield from islice(self._documents(offset), left)

    def _documents(self, offset: int) -> Iterator[str]:
        for start in self._starts():
            for iri in self.site.index.documents(start, offset=offset, limit=self.largest):
                yield self.site.public_url + quote(document_path(self.site, iri)[1:], safe=_SAFE)
            offset = max(offset - self.site.index.document_count(start), 0)

    def _pages(self) -> Sequence[str]:
        return (*_PAGES, *_PUBLISHED) if self.site.manifest.dataset else _PAGES

    def _starts(self) -> Sequence[str]:
        """The starts of the IRIs that have documents: things, sources, and the shipped concepts."""
        base = self.site.base
        if not self.site.manifest.dataset:
            return (base,)
        things = dict.fromkeys((f"{base}id/", f"{HOME}id/"))
        return (*things, f"{base}document/")


def document_path(site: Site, iri: str, extension: str = "") -> str:
    """The local address of the document about ``iri``, in one form if ``extension`` names it.

    Files that are served as they are have things at any path; their documents are below /doc/.
    """
    local = site.local(iri) or "/"
    published = site.manifest.dataset or local.startswith("/doc")
    path, question, query = (local if published else f"/doc{local}").partition("?")
    return f"{path}{'.' if extension else ''}{extension}{question}{query}"
