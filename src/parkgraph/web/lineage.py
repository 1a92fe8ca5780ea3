"""Where a release comes from, in PROV-O: its documents, their sources, and the build."""

from collections.abc import Iterator
from typing import Final

from parkgraph.rdf import Literal, NamedNode, Triple
from parkgraph.release import Distribution
from parkgraph.vocab import term
from parkgraph.web.distributions import address, checksum
from parkgraph.web.saying import said, typed
from parkgraph.web.site import Site

#: What the catalogue repeats of a document and of its version, for harvesters that stop here.
_REPEATED: Final = frozenset(
    map(
        term,
        (
            "dcterms:created",
            "dcterms:isVersionOf",
            "dcterms:publisher",
            "dcterms:rights",
            "dcterms:source",
            "dcterms:title",
            "foaf:primaryTopic",
            "prov:wasDerivedFrom",
            "rdf:type",
            "rdfs:label",
        ),
    )
)


def lineage(site: Site, dataset: NamedNode, release: NamedNode) -> Iterator[Triple]:
    """The source texts that the release was made of, and the activity that made it."""
    build, tool = (NamedNode(f"{release.value}#{name}") for name in ("build", "tool"))
    yield from said(release, ("rdf:type", term("prov:Entity")), ("prov:wasGeneratedBy", build))
    yield from said(
        build,
        ("rdf:type", term("prov:Activity")),
        ("prov:endedAtTime", typed(site.manifest.issued, "xsd:dateTime")),
        ("prov:wasAssociatedWith", tool),
    )
    yield from said(
        tool,
        ("rdf:type", term("prov:SoftwareAgent")),
        ("rdfs:label", Literal(site.manifest.tool, language="en")),
    )
    for file in site.manifest.distributions:
        if file.path.startswith("source/"):
            version = _version(site, file)
            yield from said(build, ("prov:used", version))
            for made in (dataset, release):
                yield from said(made, ("prov:wasDerivedFrom", version))
            yield from _text(site, version, file)


def _version(site: Site, file: Distribution) -> NamedNode:
    """The document version whose text a file is: ``source/{slug}/{version}.txt``."""
    name = file.path.removeprefix("source/").removesuffix(".txt")
    return NamedNode(f"{site.base}document/{name}")


def _text(site: Site, version: NamedNode, file: Distribution) -> Iterator[Triple]:
    """A source text: its record, its bytes here, and how to prove them."""
    document = NamedNode(version.value.rpartition("/")[0])
    for iri in (version.value, document.value):
        yield from (t for t in site.index.outgoing(iri) if t.predicate in _REPEATED)
        yield from _publishers(site, iri)
    yield from said(
        version,
        ("dcat:downloadURL", address(site, file.path)),
        ("dcat:byteSize", typed(file.byte_size, "xsd:nonNegativeInteger")),
    )
    yield from checksum(version, NamedNode(f"{version.value}#checksum"), file.sha256)


def _publishers(site: Site, iri: str) -> Iterator[Triple]:
    """The names of those who published a document; an agent of DCAT-AP must have one."""
    label, publisher = term("rdfs:label"), term("dcterms:publisher")
    for agent in (t.object for t in site.index.outgoing(iri) if t.predicate == publisher):
        if isinstance(agent, NamedNode):
            known = site.index.outgoing(agent.value)
            yield from said(
                agent, *(("foaf:name", t.object) for t in known if t.predicate == label)
            )
