"""llms.txt: what a language model needs to know of the site, in Markdown (llmstxt.org)."""

from collections.abc import Iterator
from typing import Final

from parkgraph.rdf import Literal, NamedNode
from parkgraph.vocab import term
from parkgraph.web.markdown import escaped
from parkgraph.web.saying import values
from parkgraph.web.site import Site
from parkgraph.web.sitemap import document_path
from parkgraph.web.text import View

#: How many parks, or other documents, are named; the sitemap has all.
MOST: Final = 100

_EXAMPLE: Final = """```sparql
PREFIX park: <https://w3id.org/parkgraph/def#>
PREFIX rdfs: <http://www.w3.org/2000/01/rdf-schema#>
SELECT ?park ?name ?quote {
  ?park a park:Park ; rdfs:label ?name .
  ?claim park:about ?park ; park:quote ?quote .
} LIMIT 10
```"""

#: The same of data of which nothing is known.
_ANY_EXAMPLE: Final = """```sparql
SELECT ?class (COUNT(?thing) AS ?things) {
  ?thing a ?class .
} GROUP BY ?class ORDER BY DESC(?things) LIMIT 10
```"""


def llms(site: Site) -> str:
    """The file; its addresses are this server's."""
    return "\n".join(_lines(site)) + "\n"


def _lines(site: Site) -> Iterator[str]:
    dataset, url = NamedNode(f"{site.base}dataset"), site.public_url
    yield f"# {escaped(_said(site, dataset, 'dcterms:title'))}\n"
    if about := _said(site, dataset, "dcterms:description"):
        yield f"> {escaped(about)}\n"
    yield from _of_release(site) if site.manifest.dataset else _of_data(site)
    yield f"## {'Parks' if site.manifest.dataset else 'Documents'}\n"
    yield from _documents(site)
    yield "\n## Data\n"
    yield from _data(site)
    yield f"\n{_EXAMPLE if site.manifest.dataset else _ANY_EXAMPLE}"
    yield "\n## Optional\n"
    yield f"- [All documents]({url}sitemap.xml): every address here"
    yield f"- [The web interface]({url}openapi.json): OpenAPI 3.1"


def _of_release(site: Site) -> Iterator[str]:
    start = f"{site.public_url}doc/"
    yield f"The IRI of a thing, `{site.base}id/…`, names it; its description is at `{start}…`."
    yield "Add `.md` for Markdown, `.ttl` for Turtle, `.jsonld` for JSON-LD, `.html` for a page."
    yield "Every statement comes with the words of its source; a figure comes with its bound:"
    yield "«more than 1,500» is not 1,500.\n"


def _of_data(site: Site) -> Iterator[str]:
    start = f"{site.public_url}doc"
    yield f"Any IRI of the data, percent-encoded, is described at `{start}.md?iri=…` in Markdown;"
    yield f"`{start}.ttl?iri=…` is Turtle, `{start}.jsonld?iri=…` JSON-LD.\n"


def _documents(site: Site) -> Iterator[str]:
    view = View(site, "en", "/")
    if site.manifest.dataset:
        iris = site.index.instances(term("park:Park").value, limit=MOST)
    else:
        iris = site.index.documents(site.base, offset=0, limit=MOST)
    for iri in iris:
        address = f"{site.public_url}{document_path(site, iri, 'md')[1:]}"
        yield f"- [{escaped(view.label(iri).value)}]({address})"


def _data(site: Site) -> Iterator[str]:
    url = site.public_url
    yield f"- [SPARQL endpoint]({url}sparql): SPARQL 1.1, as GET or POST, JSON or CSV results"
    yield f"- [Catalogue]({url}graph/catalog.ttl): DCAT, VoID and PROV in Turtle"
    if site.manifest.dataset:
        yield f"- [Vocabulary]({url}def.ttl): the classes and properties"
        yield f"- [All triples]({url}download/parkgraph.ttl): Turtle"
        yield f"- [All triples]({url}download/parkgraph.jsonld): JSON-LD"
    elif not site.fleeting:
        yield f"- [All triples]({url}download/data.ttl): Turtle"


def _said(site: Site, subject: NamedNode, name: str) -> str:
    found = [v for v in values(site.dataset, subject, name) if isinstance(v, Literal)]
    english = [v.value for v in found if v.language == "en"]
    return next(iter([*english, *(v.value for v in found)]), "")
