"""The files of a release, described: how to get each, what it is, and how to prove it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import Final

from parkgraph.rdf import FORMATS, Literal, NamedNode, Triple
from parkgraph.release import Distribution
from parkgraph.vocab import term
from parkgraph.web.saying import said, typed, worded
from parkgraph.web.site import Site

_IANA: Final = "https://www.iana.org/assignments/media-types/"
_FILE_TYPES: Final = "http://publications.europa.eu/resource/authority/file-type/"
_AVAILABILITY: Final = "http://data.europa.eu/r5r/availability"
_STABLE: Final = "http://publications.europa.eu/resource/authority/planned-availability/STABLE"

#: What a last file ending says of the packing: its media type and the name of its program.
_PACKINGS: Final = {".gz": ("application/gzip", "gzip"), ".zst": ("application/zstd", "zstd")}


@dataclass(frozen=True, slots=True)
class _Kind:
    """What is in a file, whatever it is packed in: its media type, EU file type and name."""

    media_type: str
    file_type: str
    label: str


def _rdf(extension: str, file_type: str) -> _Kind:
    return _Kind(FORMATS[extension].media_type, file_type, FORMATS[extension].label)


#: What file endings mean.
_KINDS: Final = {
    ".ttl": _rdf("ttl", "RDF_TURTLE"),
    ".jsonld": _rdf("jsonld", "JSON_LD"),
    ".nt": _rdf("nt", "RDF_N_TRIPLES"),
    ".rdf": _rdf("rdf", "RDF_XML"),
    ".nq": _rdf("nq", "RDF_N_QUADS"),
    ".trig": _rdf("trig", "RDF_TRIG"),
    ".csv": _Kind("text/csv", "CSV", "CSV"),
    ".json": _Kind("application/json", "JSON", "JSON"),
}
#: What is in a file, by the end of its name: a sentence of the catalogue.
_SCOPES: Final = (
    ("rdf12.ttl", "reified"),
    ("metadata.json", "columns"),
    (".csv", "table"),
    (".nq", "all"),
    (".trig", "all"),
    *((f".{extension}", "current") for extension in ("ttl", "jsonld", "nt", "rdf")),
    ("", "file"),
)


def distributions(site: Site, datasets: Sequence[NamedNode]) -> Iterator[Triple]:
    """Every published file as one of ``datasets``, with what all its forms are told of.

    The source texts are not among them: the licence of the data does not cover them.
    """
    for file in site.manifest.distributions:
        if not file.path.startswith("source/"):
            for dataset in datasets:
                yield from said(dataset, ("dcat:distribution", _node(site, file)))
            yield from _distribution(site, file)


def address(site: Site, path: str) -> NamedNode:
    """Where the very bytes of a published file are for ever."""
    return NamedNode(f"{site.public_url}release/{site.manifest.name}/{path}")


def checksum(node: NamedNode, name: NamedNode, sha256: str) -> Iterator[Triple]:
    """The SHA-256 of the file that ``node`` describes, as the checksum ``name``."""
    algorithm = term("spdx:checksumAlgorithm_sha256")
    yield from said(node, ("spdx:checksum", name))
    yield from said(
        name,
        ("rdf:type", term("spdx:Checksum")),
        ("spdx:algorithm", algorithm),
        ("spdx:checksumValue", typed(sha256, "xsd:hexBinary")),
    )
    yield from said(algorithm, ("rdf:type", term("spdx:ChecksumAlgorithm")))


def _node(site: Site, file: Distribution) -> NamedNode:
    slug = file.path.replace("/", "-").replace(".", "-")
    # Files of several releases may be told of together: each has its own name.
    whole = site.manifest.iri if site.archived else site.dataset_iri.value
    return NamedNode(f"{whole}#{slug}")


def _distribution(site: Site, file: Distribution) -> Iterator[Triple]:
    node = _node(site, file)
    plain, packing = _unpacked(file.path)
    kind = _KINDS.get(PurePosixPath(plain).suffix)
    yield from said(
        node,
        ("rdf:type", term("dcat:Distribution")),
        *_words(plain, kind, packing),
        ("dcat:accessURL", NamedNode(f"{site.public_url}download/{file.path}")),
        ("dcat:downloadURL", address(site, file.path)),
        ("dcat:mediaType", _media_type(site, plain, kind, file)),
        ("dcterms:format", NamedNode(_FILE_TYPES + kind.file_type) if kind else None),
        ("dcat:compressFormat", NamedNode(_IANA + packing[0]) if packing else None),
        ("dcat:byteSize", typed(file.byte_size, "xsd:nonNegativeInteger")),
        ("dcterms:issued", typed(site.manifest.issued, "xsd:dateTime")),
        (_AVAILABILITY, NamedNode(_STABLE)),
    )
    yield from checksum(node, NamedNode(f"{node.value}-checksum"), file.sha256)


def _unpacked(path: str) -> tuple[str, tuple[str, str] | None]:
    """The path without the ending of a packing, and that packing."""
    stem, ending = path.rpartition(".")[0], PurePosixPath(path).suffix
    return (stem, _PACKINGS[ending]) if ending in _PACKINGS else (path, None)


def _words(
    plain: str, kind: _Kind | None, packing: tuple[str, str] | None
) -> Iterator[tuple[str, Literal]]:
    label = {"en": kind.label if kind else plain}
    if packing:
        yield from worded("dcterms:title", "packed", label=label, packing={"en": packing[1]})
    else:
        yield "dcterms:title", Literal(label["en"], language="en")
    yield from worded("dcterms:description", next(k for end, k in _SCOPES if plain.endswith(end)))


def _media_type(site: Site, plain: str, kind: _Kind | None, file: Distribution) -> NamedNode:
    """The type of what is in the file, as IANA registers it: without parameters (DCAT 3 §6.8)."""
    itself = site.release.file(plain)
    stated = itself.media_type if itself else kind.media_type if kind else file.media_type
    return NamedNode(_IANA + stated.partition(";")[0])
