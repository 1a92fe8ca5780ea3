"""The dataset in VoID: numbers, partitions, links to other datasets, vocabularies, examples."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from hashlib import sha256
from typing import Final

from parkgraph.counts import Counts, LinkCount
from parkgraph.rdf import FORMATS, Literal, NamedNode, Triple
from parkgraph.vocab import compact, term
from parkgraph.web.saying import integer, said, values
from parkgraph.web.site import Site

#: How many examples are named where the publisher names none.
_EXAMPLES: Final = 3
#: The datasets that links are known to lead to: name and front page.
_TARGETS: Final = {
    "http://www.wikidata.org/": ("Wikidata", "https://www.wikidata.org/"),
    "https://ror.org/": ("Research Organization Registry (ROR)", "https://ror.org/"),
    "https://sws.geonames.org/": ("GeoNames", "https://www.geonames.org/"),
    "http://dbpedia.org/": ("DBpedia", "https://www.dbpedia.org/"),
}


def void(site: Site, dataset: NamedNode) -> Iterator[Triple]:
    """What VoID says of the dataset: of its default graph, which the dumps in Turtle hold."""
    counts = site.index.counts()
    yield from said(
        dataset,
        ("rdf:type", term("void:Dataset")),
        ("void:triples", None if site.triples is None else integer(site.triples)),
        ("void:sparqlEndpoint", NamedNode(f"{site.public_url}sparql")),
        *(("void:dataDump", dump) for dump in _dumps(site)),
        *(("void:feature", NamedNode(_FORMATS + name)) for name in _FEATURES),
    )
    yield from _examples(site, dataset)
    if counts:
        yield from _numbers(dataset, counts)
        yield from _classes(dataset, counts)
        yield from _properties(dataset, counts)
        yield from _linksets(dataset, counts.links)


_FORMATS: Final = "http://www.w3.org/ns/formats/"
#: The syntaxes in which each description is served (VoID §3.3).
_FEATURES: Final = ("Turtle", "JSON-LD", "N-Triples", "RDF_XML")


def _dumps(site: Site) -> Iterator[NamedNode]:
    if not (site.manifest.dataset or site.fleeting):
        yield from (NamedNode(f"{site.public_url}download/data.{slug}") for slug in SAY_ALL)
    for slug in FORMATS:
        if site.release.file(f"parkgraph.{slug}"):
            yield NamedNode(f"{site.public_url}download/parkgraph.{slug}")


#: The syntaxes that have a form for any RDF there is.
SAY_ALL: Final = ("ttl", "nt", "nq", "trig")


def _examples(site: Site, dataset: NamedNode) -> Iterator[Triple]:
    if not values(site.dataset, dataset, "void:exampleResource"):
        found = site.index.documents(site.base, offset=0, limit=_EXAMPLES)
        # What is all fragments of one address has nothing else to show.
        for iri in found or site.index.resources(site.base)[:_EXAMPLES]:
            yield from said(dataset, ("void:exampleResource", NamedNode(iri)))


def _numbers(dataset: NamedNode, counts: Counts) -> Iterator[Triple]:
    names = dict.fromkeys(map(_namespace, (*counts.properties, *counts.classes)))
    yield from said(
        dataset,
        ("void:entities", integer(counts.entities)),
        ("void:distinctSubjects", integer(counts.subjects)),
        ("void:distinctObjects", integer(counts.objects)),
        ("void:classes", integer(len(counts.classes))),
        ("void:properties", integer(len(counts.properties))),
        *(("void:vocabulary", NamedNode(name)) for name in sorted(names)),
    )


def _classes(dataset: NamedNode, counts: Counts) -> Iterator[Triple]:
    for iri, entities in counts.classes.items():
        node = NamedNode(f"{dataset.value}#class-{_slug(iri)}")
        yield from said(dataset, ("void:classPartition", node))
        yield from said(
            node,
            ("void:class", NamedNode(iri)),
            ("void:entities", integer(entities)),
        )


def _properties(dataset: NamedNode, counts: Counts) -> Iterator[Triple]:
    for iri, use in counts.properties.items():
        node = NamedNode(f"{dataset.value}#property-{_slug(iri)}")
        yield from said(dataset, ("void:propertyPartition", node))
        yield from said(
            node,
            ("void:property", NamedNode(iri)),
            ("void:triples", integer(use.triples)),
            ("void:distinctSubjects", integer(use.subjects)),
            ("void:distinctObjects", integer(use.objects)),
        )


def _linksets(dataset: NamedNode, links: Sequence[LinkCount]) -> Iterator[Triple]:
    targets: dict[str, list[LinkCount]] = defaultdict(list)
    for link in links:
        targets[link.origin].append(link)
    for origin, found in targets.items():
        target = NamedNode(f"{dataset.value}#target-{_slug(origin)}")
        name, homepage = _TARGETS.get(origin, (origin, None))
        yield from said(
            target,
            ("rdf:type", term("void:Dataset")),
            ("dcterms:title", Literal(name, language="en")),
            ("foaf:homepage", NamedNode(homepage) if homepage else None),
            ("void:uriSpace", Literal(origin)),
        )
        for link in found:
            yield from _linkset(dataset, target, link)


def _linkset(dataset: NamedNode, target: NamedNode, link: LinkCount) -> Iterator[Triple]:
    """The links by one property to one dataset: a linkset has one predicate (VoID §5.1)."""
    node = NamedNode(f"{dataset.value}#links-{_slug(link.property)}-{_slug(link.origin)}")
    yield from said(dataset, ("void:subset", node))
    yield from said(
        node,
        ("rdf:type", term("void:Linkset")),
        ("void:subjectsTarget", dataset),
        ("void:objectsTarget", target),
        ("void:linkPredicate", NamedNode(link.property)),
        ("void:triples", integer(link.triples)),
    )


def _namespace(iri: str) -> str:
    """The vocabulary of a term: all before its local name.

    >>> _namespace("http://www.w3.org/ns/org#Site"), _namespace("http://purl.org/dc/terms/title")
    ('http://www.w3.org/ns/org#', 'http://purl.org/dc/terms/')
    """
    end = max(iri.rfind(sign) for sign in "#/:")
    return iri[: end + 1]


def _slug(iri: str) -> str:
    """A fragment's share for a term: its prefixed name if it has one.

    >>> _slug("http://www.w3.org/ns/org#Site"), _slug("https://ror.org/")
    ('org-Site', 'ror-org')
    """
    name = compact(iri)
    if name != iri:
        return name.replace(":", "-")
    host = iri.partition("://")[2].strip("/")
    plain = host.replace(".", "-")
    return plain if plain.replace("-", "").isalnum() else sha256(iri.encode()).hexdigest()[:8]
