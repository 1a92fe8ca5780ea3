"""The catalogue holds what it says: each file fetched, each count made again, each shape asked."""

import gzip
import hashlib
import json
import urllib.parse
import urllib.request
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pyoxigraph
import pyshacl
import pytest
import rdflib
import zstandard
from rdflib import DCAT, DCTERMS, FOAF, PROV, RDF, SH, VOID, Namespace, URIRef

from parkgraph.counts import Counts, count
from parkgraph.graphfile import graph_of
from parkgraph.init import write_publication
from parkgraph.pipeline import check
from parkgraph.publish import publish
from parkgraph.rdf import parse_bytes
from parkgraph.release import Release
from parkgraph.web.catalogue import catalogue
from parkgraph.web.site import open_site, quads
from parkgraph.writing import write
from tests.conftest import ISSUED, SHARED, Server, serving

BASE = "https://w3id.org/parkgraph/"
DATASET = URIRef(f"{BASE}dataset")
SPDX = Namespace("http://spdx.org/rdf/terms#")
SHAPES = SHARED / "suites/dcat-ap/releases/3.0.1"
#: What of DCAT-AP 3.0.1 a catalogue can be held to; html/shacl holds the same rules in other words.
RULES = [
    ["shacl/dcat-ap-SHACL.ttl"],
    ["shacl/ranges.ttl"],
    ["html/shacl/shapes.ttl", "html/shacl/range.ttl"],
    ["html/shacl/mdr-vocabularies.shape.ttl"],
    ["html/shacl/deprecateduris.ttl"],
]


def harvest(url: str) -> rdflib.Graph:
    return rdflib.Graph().parse(url)


@pytest.fixture(scope="module")
def graph(server: Server) -> rdflib.Graph:
    """The catalogue as rdflib gets it from the front door."""
    return harvest(f"{server.url}/")


def shapes(names: list[str]) -> rdflib.Graph:
    found = rdflib.Graph()
    for name in names:
        found.parse(SHAPES / name)
    # The generated file refers to two property shapes that it does not hold.
    for shape, missing in list(found.subject_objects(SH.property)):
        if (missing, SH.path, None) not in found:
            found.remove((shape, SH.property, missing))
    return found


def violations(graph: rdflib.Graph, names: list[str]) -> list[tuple[object, ...]]:
    _, report, _ = pyshacl.validate(graph, shacl_graph=shapes(names))
    return [
        tuple(report.value(r, p) for p in (SH.focusNode, SH.resultPath, SH.value))
        for r in report.objects(None, SH.result)
        if report.value(r, SH.resultSeverity) == SH.Violation
        # mdr-vocabularies wants https://spdx.org/…, while the range that it names, and SPDX
        # itself, have http://spdx.org/…: nothing can satisfy both.
        and report.value(r, SH.resultPath) != SPDX.algorithm
    ]


@pytest.mark.unmeasured
@pytest.mark.skipif(not SHAPES.exists(), reason="the DCAT-AP shapes are not here")
@pytest.mark.parametrize("names", RULES, ids=lambda names: names[0])
def test_dcat_ap(graph: rdflib.Graph, names: list[str]):
    """No violation of DCAT-AP 3.0.1, and the rules are at work: what is broken is found."""
    assert violations(graph, names) == []


@pytest.mark.unmeasured
@pytest.mark.skipif(not SHAPES.exists(), reason="the DCAT-AP shapes are not here")
@pytest.mark.parametrize(
    ("subject", "property_"),
    [
        (DATASET, DCTERMS.title),
        (DATASET, DCTERMS.description),
        (URIRef(f"{BASE}dataset#sparql"), DCAT.endpointURL),
        (URIRef(f"{BASE}dataset#parkgraph-ttl"), DCAT.accessURL),
        (URIRef(f"{BASE}dataset#publisher"), FOAF.name),
    ],
)
def test_dcat_ap_finds_faults(graph: rdflib.Graph, subject: URIRef, property_: URIRef):
    """The rules are at work: without a mandatory property there is a violation."""
    spoiled = rdflib.Graph() + graph
    spoiled.remove((subject, property_, None))

    assert violations(spoiled, RULES[0]) != []


@pytest.mark.unmeasured
@pytest.mark.skipif(not SHAPES.exists(), reason="the DCAT-AP shapes are not here")
def test_a_new_publication_is_valid(tmp_path: Path):
    """What ``parkgraph init`` writes has a valid catalogue from its first build."""
    write_publication(tmp_path / "new", "https://example.org/data/")
    release = publish(check(tmp_path / "new"), tmp_path / "releases", ISSUED)
    site = open_site(release, "https://example.org/")
    graph = rdflib.Graph().parse(data=write(quads(catalogue(site)), "nt"), format="nt")
    site.index.close()

    assert [found for names in RULES for found in violations(graph, names)] == []


def path_of(address: object) -> str:
    return urllib.parse.urlsplit(str(address)).path


def unpacked(body: bytes, packing: object) -> bytes:
    name = str(packing).rpartition("/")[2]
    if name == "gzip":
        return gzip.decompress(body)
    return zstandard.ZstdDecompressor().stream_reader(body).read() if name == "zstd" else body


def test_every_file(server: Server, release: Release, graph: rdflib.Graph):
    """Each published file is described once; what is said of it is so."""
    described = list(graph.subject_objects(DCAT.downloadURL))
    published = {
        f"/release/{release.manifest.name}/{f.path}" for f in release.manifest.distributions
    }

    assert Counter(path_of(address) for _, address in described) == Counter(published)
    for node, address in described:
        assert str(address).startswith(f"http://localhost:{server.port}/")
        got = server.ask(path_of(address))
        checksum = graph.value(node, SPDX.checksum)
        assert (got.status, len(got.body)) == (200, int(graph.value(node, DCAT.byteSize)))
        assert (
            str(graph.value(checksum, SPDX.checksumValue)) == hashlib.sha256(got.body).hexdigest()
        )


def test_every_distribution(server: Server, graph: rdflib.Graph):
    """The access address leads to the download; media type and packing are what arrives."""
    nodes = list(graph.objects(DATASET, DCAT.distribution))

    assert len(nodes) >= 6
    for node in nodes:
        address = graph.value(node, DCAT.downloadURL)
        access = server.ask(path_of(graph.value(node, DCAT.accessURL)))
        got = server.ask(path_of(address))
        packing = graph.value(node, DCAT.compressFormat)
        sent = got.headers["Content-Type"].partition(";")[0]
        stated = str(packing or graph.value(node, DCAT.mediaType))
        assert (access.status, access.headers["Location"]) == (302, path_of(address))
        assert stated == f"https://www.iana.org/assignments/media-types/{sent}"
        assert graph.value(node, DCTERMS.license) is not None
        plain = path_of(address).removesuffix(".gz").removesuffix(".zst")
        assert unpacked(got.body, packing) == server.ask(plain).body


@pytest.fixture(scope="module")
def dump(server: Server, graph: rdflib.Graph) -> list[pyoxigraph.Triple]:
    """The triples of a dump that the catalogue names, read without our code."""
    address = next(a for a in graph.objects(DATASET, VOID.dataDump) if str(a).endswith(".nt"))
    body = urllib.request.urlopen(str(address), timeout=60).read()
    return list(pyoxigraph.parse(body, format=pyoxigraph.RdfFormat.N_TRIPLES))


def numbers(graph: rdflib.Graph, node: object, *names: str) -> tuple[int, ...]:
    return tuple(int(graph.value(node, VOID[name])) for name in names)


def test_counts(graph: rdflib.Graph, dump: list[pyoxigraph.Triple]):
    """Each number of VoID is the one that counting the dump gives."""
    subjects = {t.subject for t in dump}
    instances = {(t.object.value, t.subject) for t in dump if t.predicate.value == str(RDF.type)}

    assert numbers(graph, DATASET, "triples", "distinctSubjects", "distinctObjects") == (
        len(dump),
        len(subjects),
        len({t.object for t in dump}),
    )
    assert numbers(graph, DATASET, "entities", "classes", "properties") == (
        len([s for s in subjects if isinstance(s, pyoxigraph.NamedNode)]),
        len({class_ for class_, _ in instances}),
        len({t.predicate for t in dump}),
    )


def test_partitions(graph: rdflib.Graph, dump: list[pyoxigraph.Triple]):
    """Each class and each property has its partition, and its numbers are true."""
    instances = {(t.object.value, t.subject) for t in dump if t.predicate.value == str(RDF.type)}
    classes = {
        str(graph.value(node, VOID["class"])): numbers(graph, node, "entities")
        for node in graph.objects(DATASET, VOID.classPartition)
    }
    properties = {
        str(graph.value(node, VOID.property)): numbers(
            graph, node, "triples", "distinctSubjects", "distinctObjects"
        )
        for node in graph.objects(DATASET, VOID.propertyPartition)
    }

    assert classes == {c: (n,) for c, n in Counter(c for c, _ in instances).items()}
    for iri in {t.predicate.value for t in dump} | set(properties):
        used = [t for t in dump if t.predicate.value == iri]
        expected = (len(used), len({t.subject for t in used}), len({t.object for t in used}))
        assert properties[iri] == expected


def test_linksets(graph: rdflib.Graph, dump: list[pyoxigraph.Triple]):
    """The links to Wikidata, ROR and GeoNames are counted, and no other linkset is claimed."""
    found = {}
    for node in graph.objects(DATASET, VOID.subset):
        target = graph.value(node, VOID.objectsTarget)
        space, property_ = graph.value(target, VOID.uriSpace), graph.value(node, VOID.linkPredicate)
        found[str(space), str(property_)] = int(graph.value(node, VOID.triples))
        assert graph.value(node, VOID.subjectsTarget) == DATASET

    assert {space for space, _ in found} == {
        "http://www.wikidata.org/",
        "https://ror.org/",
        "https://sws.geonames.org/",
    }
    for (space, property_), triples in found.items():
        links = [t for t in dump if t.predicate.value == property_]
        assert triples == len(
            [t for t in links if getattr(t.object, "value", "").startswith(space)]
        )


def test_vocabularies_and_examples(server: Server, graph: rdflib.Graph, dump: list):
    """Each vocabulary is used by a term; each example is a thing that this server describes."""
    terms = {t.predicate.value for t in dump} | {
        t.object.value for t in dump if t.predicate.value == str(RDF.type)
    }
    vocabularies = list(map(str, graph.objects(DATASET, VOID.vocabulary)))
    examples = list(graph.objects(DATASET, VOID.exampleResource))

    assert all(any(term.startswith(v) for term in terms) for v in vocabularies)
    assert all(any(term.startswith(v) for v in vocabularies) for term in terms)
    assert examples
    for example in examples:
        known = harvest(server.url + "/" + str(example).removeprefix(BASE))
        assert (example, None, None) in known


def test_data_service(server: Server, graph: rdflib.Graph):
    """The endpoint answers, describes itself, and serves what the catalogue says it serves."""
    service = graph.value(None, DCAT.servesDataset, DATASET)
    endpoint = graph.value(service, DCAT.endpointURL)
    query = urllib.parse.urlencode({"query": "SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"})
    answer = json.load(urllib.request.urlopen(f"{endpoint}?{query}", timeout=60))
    described = list(graph.objects(service, DCAT.endpointDescription))

    found = int(answer["results"]["bindings"][0]["n"]["value"])
    assert numbers(graph, DATASET, "triples") == (found,)
    assert endpoint in described
    assert (endpoint, RDF.type, None) in harvest(str(endpoint))


def test_provenance(server: Server, graph: rdflib.Graph):
    """Each release says from which texts it was made, and each text where it was found."""
    release = graph.value(DATASET, URIRef(f"{DCAT}hasCurrentVersion"))
    build = graph.value(release, PROV.wasGeneratedBy)
    texts = set(graph.objects(release, PROV.wasDerivedFrom))

    assert (
        texts
        == set(graph.objects(build, PROV.used))
        == {URIRef(f"{BASE}document/iasp-6112/8d0d83c6")}
    )
    assert str(graph.value(build, PROV.endedAtTime)) == "2026-11-22T12:00:00+00:00"
    for text in texts:
        assert str(graph.value(text, PROV.wasDerivedFrom)).startswith("https://www.iasp.ws/")
        assert server.ask("/" + str(text).removeprefix(BASE)).status == 200


ADDRESSES = [
    "/",
    "/dataset.rdf",
    "/.well-known/void",
    "/graph/catalog",
    "/graph/catalog.ttl",
    "/dataset",
]


@pytest.mark.parametrize("path", ADDRESSES)
def test_addresses(server: Server, graph: rdflib.Graph, path: str):
    """The same catalogue everywhere, under its canonical IRIs."""
    found = harvest(server.url + path)

    assert set(found) == set(graph)
    catalogue = found.value(None, DCAT.dataset, DATASET)
    assert catalogue == URIRef(f"{BASE}graph/catalog")
    assert found.value(catalogue, FOAF.primaryTopic) == DATASET


def test_harvest(server: Server):
    """A harvester that knows the address alone gets from the catalogue to the triples."""
    known = rdflib.Graph().parse(server.url)
    (catalogue,) = known.subjects(RDF.type, DCAT.Catalog)
    (dataset,) = known.objects(catalogue, DCAT.dataset)
    got = rdflib.Graph()
    for distribution in known.objects(dataset, DCAT.distribution):
        media_type = known.value(distribution, DCAT.mediaType)
        plain = known.value(distribution, DCAT.compressFormat) is None
        if plain and str(media_type).endswith("n-triples"):
            got.parse(str(known.value(distribution, DCAT.downloadURL)), format="nt")

    assert len(got) == int(known.value(dataset, VOID.triples))
    # every hash IRI of the catalogue under the base is described by the catalogue itself
    named = {o for o in known.objects() if str(o).startswith(f"{BASE}dataset#")}
    assert named <= set(known.subjects())


def test_every_name(server: Server, graph: rdflib.Graph):
    """Each name of the publication that occurs in the catalogue leads to its own description."""
    names = {str(t) for row in graph for t in row if str(t).startswith(BASE)} - {BASE}
    parts: dict[str, set[str]] = {}
    for name in names:
        parts.setdefault(name.partition("#")[0], set()).add(name)

    for document, found in parts.items():
        address = f"{server.url}/{document.removeprefix(BASE)}"
        subjects = set(map(str, harvest(address).subjects()))
        assert found - {f"{BASE}def#"} <= subjects, document


ODD = b"""
PREFIX : <http://example.org/>
PREFIX owl: <http://www.w3.org/2002/07/owl#>
PREFIX skos: <http://www.w3.org/2004/02/skos/core#>
:a a :C, :D ; :p 1, "1", _:b ; owl:sameAs <https://ror.org/x>, <https://other.org/a?b#c>, :b .
:b a :C ; :p :a ; skos:exactMatch <urn:x:1>, <http://example.org> .
_:b a :D ; :q :a, [ :p 2 ] .
"""


@pytest.fixture(scope="module")
def as_it_is(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server over a file that is no publication."""
    path = tmp_path_factory.mktemp("data") / "odd.ttl"
    path.write_bytes(ODD)
    with serving("--data", str(path), "--base", "http://example.org/") as running:
        yield running


def counts_of(graph: rdflib.Graph, dataset: URIRef) -> Counts:
    return Counts(
        *numbers(graph, dataset, "triples", "entities", "distinctSubjects", "distinctObjects"),
        {
            str(graph.value(n, VOID["class"])): int(graph.value(n, VOID.entities))
            for n in graph.objects(dataset, VOID.classPartition)
        },
        {
            str(graph.value(n, VOID.property)): numbers(
                graph, n, "triples", "distinctSubjects", "distinctObjects"
            )
            for n in graph.objects(dataset, VOID.propertyPartition)
        },
        (),
    )


def test_files_as_they_are(as_it_is: Server):
    """Files that are served as they are get their numbers by query: the same as by counting."""
    graph = harvest(f"{as_it_is.url}/.well-known/void")
    dataset = URIRef("http://example.org/dataset")
    with graph_of(parse_bytes(ODD, "ttl")) as counted:
        expected = count(counted)
    found = counts_of(graph, dataset)
    service = graph.value(None, DCAT.servesDataset, dataset)

    assert (found.triples, found.entities, found.subjects, found.objects) == (16, 2, 4, 13)
    assert (found.triples, found.entities) == (expected.triples, expected.entities)
    assert (found.subjects, found.objects) == (expected.subjects, expected.objects)
    assert found.classes == expected.classes
    assert found.properties == {
        iri: (use.triples, use.subjects, use.objects) for iri, use in expected.properties.items()
    }
    assert len(list(graph.objects(dataset, VOID.subset))) == len(expected.links) == 2
    assert not list(graph.objects(dataset, DCAT.distribution))
    assert harvest(str(graph.value(service, DCAT.endpointURL)))


def test_counts_are_read_as_written():
    """The numbers come back from their stored form."""
    with graph_of(parse_bytes(ODD, "ttl")) as graph:
        counts = count(graph)

    assert Counts.from_json(counts.to_json()) == counts
