"""Every representation of every kind of address: status, headers and body, header by header."""

import base64
import gzip
import hashlib
import http.client
import itertools
import json
import re
import urllib.parse
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from email.utils import parsedate_to_datetime

import brotli
import pytest
import zstandard

from parkgraph.negotiate import DESCRIBED, DOCUMENT, GRAPH, HTML, READ
from parkgraph.rdf import canonical_lines, parse_bytes
from parkgraph.release import Release
from parkgraph.variants import PARK, PLAIN, PROFILES, SCHEMA_ORG, Variant, variants
from tests.conftest import Server

# All of it asks servers; of what this process runs, nothing is to be measured.
pytestmark = pytest.mark.unmeasured

BROWSER = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
ALL = variants(DESCRIBED, *PROFILES)
PAGE = variants(DOCUMENT, PARK)
DATA = variants(GRAPH, PARK)


@dataclass(frozen=True)
class Address:
    """An address by which its forms are negotiated, with the stem of their own addresses."""

    path: str
    offered: tuple[Variant, ...]
    stem: str
    memento: bool = False

    def fixed(self, row: Variant) -> str:
        """Where one form has an address of its own."""
        query = "" if row.profile == PARK else f"?_profile={row.profile.token}"
        return f"{self.stem}.{row.form.extension}{query}"


ADDRESSES = {
    path: Address(path, offered, stem or path)
    for path, offered, stem in (
        ("/doc/park/iasp-6112", ALL, ""),
        ("/doc/place/beijing", ALL, ""),
        ("/doc/concept/bound/more-than", ALL, ""),
        ("/document/iasp-6112", ALL, ""),
        ("/document/iasp-6112/8d0d83c6", ALL, ""),
        ("/", variants(DOCUMENT, PARK, SCHEMA_ORG), "/dataset"),
        ("/def", PAGE, ""),
        ("/shapes", PAGE, ""),
        ("/graph/alignments", DATA, ""),
        ("/graph/catalog", DATA, ""),
    )
}
CODINGS = {
    "identity": bytes,
    "gzip": gzip.decompress,
    "br": brotli.decompress,
    "zstd": lambda data: zstandard.ZstdDecompressor().decompress(data, max_output_size=10**8),
}


@dataclass(frozen=True)
class Got:
    """An answer as it came."""

    status: int
    headers: Message
    body: bytes

    @property
    def lasting(self) -> list[tuple[str, str]]:
        """The headers that do not depend on the moment."""
        pairs = ((name.lower(), value) for name, value in self.headers.items())
        return sorted(pair for pair in pairs if pair[0] not in {"date", "x-request-id"})

    @property
    def vary(self) -> list[str]:
        """The names in Vary."""
        return [name.strip() for name in self.headers.get("Vary", "").split(",")]


class Client:
    """Asks over one connection that stays open."""

    def __init__(self, server: Server) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)

    def __call__(self, path: str, method: str = "GET", **headers: str) -> Got:
        """One request; underscores in the names of headers stand for hyphens."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self._connection.putrequest(method, path, skip_accept_encoding=True)
        for name, value in named.items():
            self._connection.putheader(name, value)
        self._connection.endheaders()
        response = self._connection.getresponse()
        return Got(response.status, response.headers, response.read())

    def close(self) -> None:
        """Ask no more."""
        self._connection.close()


@pytest.fixture(scope="module")
def ask(server: Server) -> Iterator[Client]:
    client = Client(server)
    yield client
    client.close()


def lines(body: bytes, extension: str) -> list[bytes]:
    return canonical_lines(quad.triple for quad in parse_bytes(body, extension))


def digest(body: bytes) -> str:
    return f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode()}:"


def links(value: str) -> list[tuple[str, dict[str, str]]]:
    """A Link header as targets with their attributes."""
    found = re.findall(r'<([^>]*)>((?:; [a-z*]+=(?:"[^"]*"|[a-z]+))*)(?:, |$)', value)
    assert ", ".join(f"<{href}>{said}" for href, said in found) == value
    return [(href, dict(re.findall(r'; ([a-z*]+)="?([^";]*)"?', said))) for href, said in found]


def rows() -> Iterator[tuple[str, Variant]]:
    for path, address in ADDRESSES.items():
        for row in address.offered:
            yield path, row


EACH = pytest.mark.parametrize(
    ("path", "row"),
    list(rows()),
    ids=[f"{path} {row.form.extension} {row.profile.token}" for path, row in rows()],
)


@EACH
def test_each_form_each_way(ask: Client, path: str, row: Variant):
    """A form is got by suffix, by name and by headers: the same, with all that is said of it."""
    address = ADDRESSES[path]
    several = len({other.profile for other in address.offered}) > 1
    media_type, token = row.form.media_type, row.profile.token
    profile = {"Accept_Profile": f"<{row.profile.iri}>"} if several else {}
    ways = {
        "suffix": (address.fixed(row), {}, []),
        "name": (
            f"{path}?_mediatype={media_type.replace('+', '%2B')}&_profile={token}",
            {},
            [],
        ),
        "headers": (path, {"Accept": media_type, **profile}, ["Accept"]),
    }
    found = {}
    for way, (asked, headers, vary) in ways.items():
        got = found[way] = ask(asked, **headers)
        vary = [*vary, *(["Accept-Profile"] if several and way == "headers" else [])]
        vary += ["Accept-Language"] if row.form in READ else []
        assert got.status == 200
        assert got.headers["Content-Type"].partition(";")[0] == media_type
        assert got.headers["Content-Profile"] == f"<{row.profile.iri}>"
        assert [n for n in got.vary if n != "Accept-Datetime"] == [*vary, "Accept-Encoding"]
        assert got.headers["Content-Digest"] == digest(got.body)
        assert re.fullmatch(r'"[0-9a-f]{32}"', got.headers["ETag"])
        lang = "?lang=en" if row.form in READ else ""
        assert got.headers["Content-Location"] == address.fixed(row) + lang
        assert got.headers["Cache-Control"] == "public, no-cache"
        assert got.headers["Access-Control-Allow-Origin"] == "*"
        assert "Access-Control-Allow-Credentials" not in got.headers
        assert got.headers["X-Content-Type-Options"] == "nosniff"
        policy = got.headers["Content-Security-Policy"]
        assert policy == "sandbox" if row.form != HTML else "default-src 'none'" in policy
    if row.form not in READ:
        assert len({got.body for got in found.values()}) == 1
        assert lines(found["suffix"].body, row.form.extension)


@pytest.mark.parametrize("path", ADDRESSES)
def test_forms_of_a_profile_are_one_graph(ask: Client, path: str):
    """In each profile every form is the same graph; each profile is another one."""
    address = ADDRESSES[path]
    graphs: dict[str, set[tuple[bytes, ...]]] = {}
    for row in address.offered:
        if row.form not in READ:
            body = ask(address.fixed(row)).body
            graphs.setdefault(row.profile.token, set()).add(tuple(lines(body, row.form.extension)))
    assert all(len(found) == 1 for found in graphs.values())
    assert len(set.union(*graphs.values())) == len(graphs)


@pytest.mark.parametrize("path", ADDRESSES)
def test_tags_codings_methods_conditions(ask: Client, path: str):
    """Over forms, languages and codings: a tag for each, HEAD like GET, and what conditions do."""
    address = ADDRESSES[path]
    tags = []
    for row in address.offered:
        asked = address.fixed(row)
        langs = ("en", "zh") if row.form in READ else ("",)
        for lang, (coding, decode) in itertools.product(langs, CODINGS.items()):
            headers = {"Accept_Encoding": coding, "Accept_Language": lang}
            got = ask(asked, **headers)
            if coding == "identity":  # the first
                plain = got.body
            tag = got.headers["ETag"]
            tags.append((asked, lang, tag))
            small = len(got.body) < 1000 and "Content-Encoding" not in got.headers
            assert got.headers.get("Content-Encoding", "identity") == coding or small
            assert (got.body if small else decode(got.body)) == plain
            assert got.headers["Content-Digest"] == digest(got.body)
            head = ask(asked, "HEAD", **headers)
            assert (head.status, head.body, head.lasting) == (200, b"", got.lasting)
            if coding in ("identity", "zstd"):
                _conditions(ask, asked, got, headers)

    assert len({tag for _, _, tag in tags}) == len(tags)


def _conditions(ask: Client, asked: str, got: Got, headers: dict[str, str]) -> None:
    tag = got.headers["ETag"]
    for match in (tag, f'"x", W/{tag}'):
        again = ask(asked, If_None_Match=match, **headers)
        assert (again.status, again.body) == (304, b"")
        for name in ("ETag", "Vary", "Cache-Control", "Content-Location"):
            assert again.headers[name] == got.headers[name]
        assert "Content-Digest" not in again.headers
    assert ask(asked, If_None_Match='"x"', **headers).status == 200
    assert ask(asked, If_Match='"x"', **headers).status == 412


#: Made from what is derived too, or from other releases: they change while a release stays.
CHANGING = {"/", "/shapes", "/graph/catalog", "/releases"}


@pytest.mark.parametrize("path", ADDRESSES)
def test_last_modified(ask: Client, release: Release, path: str):
    """Data is as old as its release, by an HTTP-date; all else relies on its tag alone."""
    address = ADDRESSES[path]
    for row in address.offered:
        asked = address.fixed(row)
        said = ask(asked).headers["Last-Modified"]
        if row.form in READ or row.profile == SCHEMA_ORG or path in CHANGING:
            assert said is None
            continue
        assert re.fullmatch(r"[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d GMT", said)
        issued = parsedate_to_datetime(said).strftime("%Y-%m-%dT%H:%M:%SZ")
        assert issued == release.manifest.issued
        assert ask(asked, If_Modified_Since=said).status == 304
        assert ask(asked, If_Modified_Since="Sat, 01 Jan 2000 00:00:00 GMT").status == 200
        both = ask(asked, If_Modified_Since=said, If_None_Match='"x"')
        assert both.status == 200  # the tag decides


REFUSED = [
    ({"Accept": "image/png"}, "", ["Accept", "Accept-Profile", "Accept-Encoding"]),
    ({"Accept": "text/turtle;q=0"}, "?_profile=plain", ["Accept", "Accept-Encoding"]),
    ({}, "?_mediatype=image/png", ["Accept", "Accept-Profile", "Accept-Encoding"]),
    ({}, "?_profile=none", ["Accept", "Accept-Encoding"]),
    ({"Accept_Profile": "<urn:none>"}, "", ["Accept", "Accept-Profile", "Accept-Encoding"]),
    ({"Accept_Encoding": "identity;q=0"}, "", ["Accept", "Accept-Profile", "Accept-Encoding"]),
]


@pytest.mark.parametrize(("headers", "query", "vary"), REFUSED)
def test_not_acceptable(ask: Client, headers: dict[str, str], query: str, vary: list[str]):
    """Nothing acceptable: 406 with every form as a Link and in the body, each of which is there."""
    got = ask(f"/doc/place/beijing{query}", **headers)
    listed = [(href, said) for href, said in links(got.headers["Link"])]

    assert got.status == 406
    assert got.headers["Cache-Control"] == "no-store"
    assert [n for n in got.vary if n != "Accept-Datetime"] == vary
    body = json.loads(got.body)
    assert [one["href"] for one in body["links"]] == [href for href, _ in listed]
    for href, said in listed:
        assert said["rel"] == "alternate"
        found = ask(href)
        assert found.status == 200
        assert found.headers["Content-Type"].partition(";")[0] == said["type"]
        assert found.headers["Content-Profile"] == f"<{said['profile']}>"
    assert len(listed) == len(ALL) + len(READ)  # what people read, in each of two languages


@pytest.mark.parametrize("path", ADDRESSES)
def test_every_form_is_linked(ask: Client, path: str):
    """Each form leads to every other one; the address of the default profile is canonical."""
    address = ADDRESSES[path]
    for row in address.offered:
        got = ask(address.fixed(row))
        found = links(got.headers["Link"])
        assert len(got.headers["Link"]) <= 4096
        alternates = {href for href, said in found if said["rel"] == "alternate"}
        others = {address.fixed(other) for other in address.offered if other.form not in READ}
        for form in {other.form for other in address.offered} & set(READ):
            others |= {f"{address.stem}.{form.extension}?lang={tag}" for tag in ("en", "zh")}
        assert alternates == others - {got.headers["Content-Location"]}
        canonical = [(href, said) for href, said in found if said["rel"] == "canonical"]
        assert [(h, s["profile"]) for h, s in canonical] == [(path, PARK.iri)]
        assert {"linkset", "cite-as", "type", "license"} <= {said["rel"] for _, said in found}


# Every other kind of route: path, what is asked, status, and headers that must be so.
OTHERS = [
    (
        "/id/park/iasp-6112",
        {},
        303,
        {"Location": "/doc/park/iasp-6112", "Cache-Control": "max-age=300"},
    ),
    ("/dataset", {}, 303, {"Location": "/", "Cache-Control": "max-age=300"}),
    ("/.well-known/void", {}, 303, {"Location": "/", "Cache-Control": "max-age=300"}),
    (
        "/doc/park/none",
        {},
        404,
        {"Cache-Control": "max-age=60", "Content-Type": "application/problem+json"},
    ),
    (
        "/doc/park/none",
        {"Accept": BROWSER},
        404,
        {"Vary": "Accept, Accept-Language, Accept-Datetime"},
    ),
    ("/doc/park/iasp-6112.xyz", {}, 404, {"Cache-Control": "max-age=60"}),
    (
        "/source/iasp-6112/8d0d83c6.txt",
        {},
        200,
        {"Content-Type": "text/plain; charset=utf-8", "Content-Security-Policy": "sandbox"},
    ),
    (
        "/context/1.jsonld",
        {},
        200,
        {
            "Cache-Control": "public, max-age=31536000, immutable",
            "Content-Type": "application/ld+json",
        },
    ),
    (
        "/linkset/doc/park/iasp-6112",
        {},
        200,
        {"Content-Type": "application/linkset+json", "Vary": "Accept, Accept-Encoding"},
    ),
    (
        "/linkset/doc/park/iasp-6112?format=txt",
        {},
        200,
        {"Content-Type": "application/linkset", "Vary": "Accept-Encoding"},
    ),
    ("/linkset/doc/park/none", {}, 404, {"Cache-Control": "max-age=60"}),
    ("/linkset/nothing", {}, 404, {}),
    (
        "/report",
        {"Accept": "application/json"},
        200,
        {"Content-Type": "application/json", "Vary": "Accept, Accept-Encoding"},
    ),
    (
        "/report?format=ttl",
        {},
        200,
        {"Content-Type": "text/turtle; charset=utf-8", "Vary": "Accept-Encoding"},
    ),
    ("/report?format=html&lang=zh", {}, 200, {"Content-Language": "zh", "Vary": "Accept-Encoding"}),
    ("/report", {"Accept": "image/png"}, 406, {"Cache-Control": "no-store"}),
    ("/data?default", {"Accept": "text/turtle"}, 200, {"Vary": "Accept, Accept-Encoding"}),
    (
        "/data?default&format=nt",
        {},
        200,
        {"Content-Type": "application/n-triples", "Vary": "Accept-Encoding"},
    ),
    ("/data?default", {"Accept": "image/png"}, 406, {}),
    ("/data", {}, 400, {"Cache-Control": "no-store"}),
    ("/sparql", {}, 200, {"Content-Type": "text/turtle; charset=utf-8"}),
    ("/sparql", {"Accept": "image/png"}, 406, {}),
    ("/timemap/doc/park/none", {"Accept": "text/turtle"}, 404, {"Cache-Control": "max-age=60"}),
    ("/sparql", {"Accept": "text/turtle"}, 200, {"Vary": "Accept, Accept-Encoding"}),
    ("/sparql", {"Accept": "image/png"}, 406, {"Vary": "Accept"}),
    ("/data?default", {"Accept": "text/html"}, 406, {"Vary": "Accept, Accept-Language"}),
    ("/sparql?query=ASK%7B%7D", {}, 200, {"Vary": "Accept, Accept-Encoding"}),
    (
        "/sparql?query=ASK%7B%7D&format=xml",
        {"Accept": "text/csv"},
        200,
        {"Content-Type": "application/sparql-results+xml", "Vary": "Accept-Encoding"},
    ),
    ("/sparql?query=x", {}, 400, {"Cache-Control": "no-store"}),
    ("/health", {}, 200, {"Cache-Control": "no-store"}),
    ("/nothing", {}, 404, {"Cache-Control": "max-age=60"}),
]


@pytest.mark.parametrize(("path", "asked", "status", "headers"), OTHERS)
def test_other_routes(
    ask: Client, path: str, asked: dict[str, str], status: int, headers: dict[str, str]
):
    """What each of the other routes answers, and that HEAD says the same without a body."""
    got, head = ask(path, **asked), ask(path, "HEAD", **asked)

    assert got.status == status
    assert {name: got.headers[name] for name in headers} == headers
    assert (head.status, head.body, head.lasting) == (status, b"", got.lasting)
    assert got.headers["Access-Control-Allow-Origin"] == "*"
    assert got.headers["X-Content-Type-Options"] == "nosniff"
    assert got.headers["Content-Security-Policy"]
    assert got.headers["Referrer-Policy"]
    if status == 200:
        assert got.headers["Content-Digest"] == digest(got.body)
        coded = ask(path, Accept_Encoding="gzip, identity;q=0", **asked)
        assert gzip.decompress(coded.body) == got.body
        assert "Accept-Encoding" in coded.vary
    if status >= 400:
        assert got.headers["Content-Type"].partition(";")[0] in (
            "application/problem+json",
            "text/html",
        )


@pytest.mark.parametrize(
    "path", [*ADDRESSES, "/id/park/iasp-6112", "/data?default", "/sparql", "/release/x/y"]
)
def test_preflight(ask: Client, path: str):
    """A browser may ask from anywhere, without credentials, and send what is negotiated by."""
    got = ask(path, "OPTIONS", Origin="https://example.org", Access_Control_Request_Method="GET")

    assert got.status in (200, 204)
    assert got.headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in got.headers
    allowed = got.headers["Access-Control-Allow-Headers"]
    assert {"Accept", "Accept-Profile"} <= set(allowed.split(", "))
    assert "GET" in got.headers["Access-Control-Allow-Methods"]


@pytest.mark.parametrize("path", ADDRESSES)
@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
def test_other_methods(ask: Client, path: str, method: str):
    """What is published is read: another method is 405 and hears which there are."""
    got = ask(path, method)

    assert got.status == 405
    assert {"GET", "HEAD", "OPTIONS"} <= set(got.headers["Allow"].split(", "))


def test_small_bodies_are_left_alone(ask: Client):
    """What fits into a packet is not compressed, unless nothing else is taken."""
    asked = "/sparql?query=ASK%7B%7D&format=json"

    assert "Content-Encoding" not in ask(asked, Accept_Encoding="gzip").headers
    refused = ask(asked, Accept_Encoding="gzip, identity;q=0")
    assert refused.headers["Content-Encoding"] == "gzip"
    assert json.loads(gzip.decompress(refused.body))["boolean"] is True


@pytest.mark.parametrize("coding", ["gzip", "br", "zstd"])
def test_large_results_can_be_compressed(ask: Client, coding: str):
    """A result that comes from a file is compressed for who takes nothing else."""
    triples = "SELECT * { { ?s ?p ?o } UNION { GRAPH ?g { ?s ?p ?o } } }"
    asked = f"/sparql?format=json&query={urllib.parse.quote(triples)}"
    plain = ask(asked, Accept_Encoding=coding)
    coded = ask(asked, Accept_Encoding=f"{coding}, identity;q=0")

    assert coded.headers["Content-Encoding"] == coding
    rows = json.loads(_decoded(coded.body, coding))["results"]["bindings"]
    kept = plain.headers.get("Content-Encoding", "identity")
    assert len(rows) == len(json.loads(_decoded(plain.body, kept))["results"]["bindings"]) > 5_000


def _decoded(body: bytes, coding: str) -> bytes:
    if coding == "zstd":  # a stream does not say how long it is
        return zstandard.ZstdDecompressor().decompressobj().decompress(body)
    return CODINGS[coding](body)


def test_plain_is_without_claims(ask: Client):
    """The plain profile says what the thing is like; who says so is in the other one."""
    plain = ask("/doc/park/iasp-6112.nt?_profile=plain").body.decode()
    park = ask("/doc/park/iasp-6112.nt").body.decode()

    assert "claimKind" in park
    for name in ("claimKind", "def#evidence", "def#quote", "oa#", "rdf-syntax-ns#subject"):
        assert name not in plain.replace("22-rdf-syntax-ns#type", "")
    assert set(plain.splitlines()) <= set(park.splitlines())
    assert '"1500"' in plain
    assert PLAIN.iri in ask("/doc/park/iasp-6112.ttl").headers["Link"]
