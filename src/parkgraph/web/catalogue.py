"""The dataset described for machines: DCAT 3 and VoID, from the manifest and dataset.ttl."""

from collections.abc import Iterator

from parkgraph.rdf import FORMATS, Literal, NamedNode, Term, Triple
from parkgraph.release import Distribution
from parkgraph.vocab import term
from parkgraph.web.site import Site

_IANA = "https://www.iana.org/assignments/media-types/"


def catalogue(site: Site) -> list[Triple]:
    """Who publishes what, where and since when: addresses that resolve are this server's."""
    dataset = NamedNode(f"{site.base}dataset")
    return [
        *site.dataset,
        *_dataset(site, dataset),
        *_service(site, dataset),
        *(
            triple
            for file in site.manifest.distributions
            if file.path.startswith("parkgraph.")
            for triple in _distribution(site, dataset, file)
        ),
    ]


def _said(subject: NamedNode, *values: tuple[str, Term]) -> Iterator[Triple]:
    for property_, value in values:
        yield Triple(subject, term(property_), value)


def _typed(value: object, datatype: str) -> Literal:
    return Literal(str(value), datatype=term(datatype))


def _dataset(site: Site, dataset: NamedNode) -> Iterator[Triple]:
    manifest = site.manifest
    yield from _said(
        dataset,
        ("dcat:version", Literal(manifest.name)),
        ("dcterms:identifier", Literal(manifest.dataset)),
        ("dcterms:issued", _typed(manifest.issued, "xsd:dateTime")),
        ("void:triples", _typed(manifest.triples, "xsd:integer")),
        ("void:sparqlEndpoint", NamedNode(f"{site.public_url}sparql")),
        ("void:vocabulary", term("park:")),
    )
    for slug in FORMATS:
        dump = NamedNode(f"{site.public_url}download/parkgraph.{slug}")
        yield from _said(dataset, ("void:dataDump", dump))


def _service(site: Site, dataset: NamedNode) -> Iterator[Triple]:
    service = NamedNode(f"{site.base}dataset#sparql")
    endpoint = NamedNode(f"{site.public_url}sparql")
    yield from _said(
        service,
        ("rdf:type", term("dcat:DataService")),
        ("dcterms:title", Literal("SPARQL 1.1 endpoint", language="en")),
        ("dcterms:title", Literal("SPARQL 1.1 查询端点", language="zh")),
        ("dcat:endpointURL", endpoint),
        ("dcat:endpointDescription", endpoint),
        ("dcat:servesDataset", dataset),
    )


def _distribution(site: Site, dataset: NamedNode, file: Distribution) -> Iterator[Triple]:
    node = NamedNode(f"{site.base}dataset#{file.path.replace('.', '-')}")
    checksum = NamedNode(f"{node.value}-checksum")
    address = f"{site.public_url}release/{site.manifest.name}/{file.path}"
    label = FORMATS[file.path.rpartition(".")[2]].label
    yield from _said(
        dataset,
        ("dcat:distribution", node),
    )
    yield from _said(
        node,
        ("rdf:type", term("dcat:Distribution")),
        ("dcterms:title", Literal(label, language="en")),
        ("dcat:accessURL", NamedNode(f"{site.public_url}download/{file.path}")),
        ("dcat:downloadURL", NamedNode(address)),
        ("dcat:mediaType", NamedNode(f"{_IANA}{file.media_type}")),
        ("dcat:byteSize", _typed(file.byte_size, "xsd:nonNegativeInteger")),
        ("spdx:checksum", checksum),
    )
    yield from _said(
        checksum,
        ("rdf:type", term("spdx:Checksum")),
        ("spdx:algorithm", term("spdx:checksumAlgorithm_sha256")),
        ("spdx:checksumValue", _typed(file.sha256, "xsd:hexBinary")),
    )
