"""The dataset described for machines: DCAT 3 as DCAT-AP 3.0.1 wants it, VoID and PROV."""

from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from typing import Final

from parkgraph.rdf import Literal, NamedNode, Term, Triple
from parkgraph.release import Manifest, release_iri
from parkgraph.vocab import term
from parkgraph.web.authorities import closed, language
from parkgraph.web.distributions import distributions
from parkgraph.web.lineage import lineage
from parkgraph.web.saying import said, typed, values, worded
from parkgraph.web.site import Site
from parkgraph.web.void import void

_THEMES: Final = NamedNode("http://publications.europa.eu/resource/authority/data-theme")
_RESULTS: Final = NamedNode("http://publications.europa.eu/resource/authority/file-type/SPARQLQRES")
_PROTOCOL: Final = NamedNode("https://www.w3.org/TR/sparql11-protocol/")
_GEONAMES: Final = "https://sws.geonames.org/"
#: How many places are looked at for what the data covers: with more of them it is the world.
_MOST_PLACES: Final = 1_000

#: What of the dataset holds for its catalogue, its releases, its service and its files too.
_SHARED: Final = ("dcterms:license", "dcterms:publisher")
_OF_RELEASE: Final = (*_SHARED, "dcat:contactPoint", "dcat:keyword", "dcat:theme")
_OF_SERVICE: Final = (*_OF_RELEASE, "dcterms:accessRights")
_OF_CATALOGUE: Final = (*_SHARED, "dcterms:language")


def catalogue(site: Site) -> list[Triple]:
    """Who publishes what, where, of what and since when.

    IRIs are canonical; what must resolve to be of use bears the address of this server: files,
    endpoints, front page. Everything that is named says what it is, so nothing need be fetched.
    """
    dataset = NamedNode(f"{site.base}dataset")
    found = [
        *_stated(site, dataset),
        *_catalogue(site, dataset),
        *_service(site, dataset),
        *void(site, dataset),
        *_places(site, (dataset, NamedNode(f"{site.base}graph/catalog"))),
    ]
    if site.manifest.dataset:
        found += _published(site, dataset)
    return closed(found)


def _stated(site: Site, dataset: NamedNode) -> Iterator[Triple]:
    """What the publisher says, where it is plain text as the things that DCAT wants there."""
    rights = NamedNode(f"{dataset.value}#rights")
    for triple in site.dataset:
        value = triple.object
        if not isinstance(value, Literal) or triple.subject != dataset:
            yield triple
        elif triple.predicate == term("dcterms:rights"):
            yield from said(dataset, ("dcterms:rights", rights))
            yield from said(rights, ("rdfs:label", value))
        elif triple.predicate == term("dcterms:language"):
            yield from said(dataset, ("dcterms:language", language(value.value) or value))
        else:
            yield triple


def described(site: Site) -> list[Triple]:
    """The release of ``site`` alone: what it is, its files, and where it comes from."""
    return closed(list(_published(site, site.dataset_iri)))


def _published(site: Site, dataset: NamedNode) -> Iterator[Triple]:
    """What only a publication has: a release with its files and its sources."""
    release = NamedNode(site.manifest.iri)
    yield from current(site, dataset)
    yield from version(site, site.manifest)
    yield from lineage(site, dataset, release)
    yield from _places(site, (release,))
    licences = values(site.dataset, dataset, "dcterms:license")
    of = (release,) if site.archived else (dataset, release)
    for triple in distributions(site, of):
        yield triple
        if triple.object == term("dcat:Distribution") and isinstance(triple.subject, NamedNode):
            yield from said(triple.subject, *(("dcterms:license", each) for each in licences))


def _shared(site: Site, dataset: NamedNode, names: tuple[str, ...]) -> Iterator[tuple[str, Term]]:
    stated = tuple(_stated(site, dataset))
    for name in names:
        yield from ((name, value) for value in values(stated, dataset, name))


def _titles(site: Site, dataset: NamedNode) -> Mapping[str, str]:
    found = values(site.dataset, dataset, "dcterms:title")
    return {value.language or "en": value.value for value in found if isinstance(value, Literal)}


def _catalogue(site: Site, dataset: NamedNode) -> Iterator[Triple]:
    catalog = NamedNode(f"{site.base}graph/catalog")
    front, shared = NamedNode(site.public_url), partial(_shared, site, dataset)
    yield from said(
        catalog,
        ("rdf:type", term("dcat:Catalog")),
        ("rdf:type", term("void:DatasetDescription")),
        *worded("dcterms:title", "title", title=_titles(site, dataset)),
        *worded("dcterms:description", "description"),
        *shared(_OF_CATALOGUE),
        ("dcterms:modified", typed(site.manifest.issued, "xsd:dateTime")),
        ("foaf:primaryTopic", dataset),
        ("foaf:homepage", front),
        ("dcat:themeTaxonomy", _THEMES if values(site.dataset, dataset, "dcat:theme") else None),
        ("dcat:dataset", dataset),
        ("dcat:service", NamedNode(f"{dataset.value}#sparql")),
    )
    yield from said(dataset, ("dcat:landingPage", front))


def current(site: Site, dataset: NamedNode) -> Iterator[Triple]:
    """What the dataset is said to be now: nothing of it when the release is looked back at."""
    if site.archived:
        return
    release = NamedNode(site.manifest.iri)
    yield from said(
        dataset,
        ("dcat:version", Literal(site.manifest.name)),
        ("dcat:hasCurrentVersion", release),
        ("dcat:hasVersion", release),
        ("dcterms:identifier", Literal(dataset.value)),
        ("dcterms:modified", typed(site.manifest.issued, "xsd:dateTime")),
    )


def version(site: Site, manifest: Manifest) -> Iterator[Triple]:
    """A release as a version of the dataset (DCAT 3 §11), in words of ``site``."""
    dataset = site.dataset_iri
    before = release_iri(site.base, manifest.previous) if manifest.previous else None
    titles = _titles(site, dataset)
    yield from said(
        NamedNode(manifest.iri),
        ("rdf:type", term("dcat:Dataset")),
        *worded("dcterms:title", "release", title=titles, name={"en": manifest.name}),
        *worded("dcterms:description", "released"),
        *_shared(site, dataset, _OF_RELEASE),
        ("dcat:version", Literal(manifest.name)),
        ("dcat:isVersionOf", dataset),
        ("dcat:previousVersion", NamedNode(before) if before else None),
        ("prov:wasRevisionOf", NamedNode(before) if before else None),
        ("dcterms:identifier", Literal(manifest.dataset)),
        ("dcterms:issued", typed(manifest.issued, "xsd:dateTime")),
    )


def _service(site: Site, dataset: NamedNode) -> Iterator[Triple]:
    endpoint, openapi = (NamedNode(site.public_url + path) for path in ("sparql", "openapi.json"))
    yield from said(
        NamedNode(f"{dataset.value}#sparql"),
        ("rdf:type", term("dcat:DataService")),
        *worded("dcterms:title", "service", title=_titles(site, dataset)),
        *worded("dcterms:description", "serves"),
        *_shared(site, dataset, _OF_SERVICE),
        ("dcat:endpointURL", endpoint),
        ("dcat:endpointDescription", endpoint),
        ("dcat:endpointDescription", openapi),
        ("dcat:landingPage", endpoint),
        ("dcat:servesDataset", dataset),
        ("dcterms:conformsTo", _PROTOCOL),
        ("dcterms:format", _RESULTS),
    )


def _places(site: Site, covering: Sequence[NamedNode]) -> Iterator[Triple]:
    """What the data covers in space: the places in it that GeoNames knows, by GeoNames' IRIs."""
    same, label = term("schema:sameAs"), term("rdfs:label")
    for place in site.index.instances(term("schema:Place").value, limit=_MOST_PLACES):
        known = site.index.outgoing(place)
        for link in (t.object for t in known if t.predicate == same):
            if isinstance(link, NamedNode) and link.value.startswith(_GEONAMES):
                names = (("rdfs:label", t.object) for t in known if t.predicate == label)
                yield from said(link, *names)
                for each in covering:
                    yield from said(each, ("dcterms:spatial", link))
