"""What a server is asked in a soak, and what each release says to it: recorded before."""

import http.client
import json
import random
from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, TypeAlias
from urllib.parse import quote

#: Headers that are of an answer, and not of the moment.
_ESSENTIAL: Final = (
    "content-type",
    "etag",
    "vary",
    "cache-control",
    "content-language",
    "content-location",
    "content-digest",
    "content-encoding",
    "location",
)
_FORMS: Final = ("ttl", "jsonld", "nt", "rdf", "html", "md")
_TYPES: Final = ("text/html", "text/turtle", "application/ld+json", "*/*")
_WORDS: Final = ("park", "tsinghua", "清华", "incubator", "energy", "zzz")
_QUERIES: Final = (
    "SELECT * {{ <{0}> ?p ?o }} ORDER BY ?p ?o",
    "ASK {{ <{0}> a ?type }}",
    "SELECT (COUNT(*) AS ?n) {{ ?s ?p <{0}> }}",
    "CONSTRUCT {{ <{0}> ?p ?o }} WHERE {{ <{0}> ?p ?o }}",
)
_SECONDS: Final = 60.0


@dataclass(frozen=True, slots=True)
class Asked:
    """A request: a target, and the headers that are sent."""

    path: str
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Said:
    """An answer: its status, what is essential of its headers, and the hash of its body."""

    status: int
    headers: tuple[tuple[str, str], ...]
    body: str

    @property
    def etag(self) -> str | None:
        """Its entity tag."""
        return dict(self.headers).get("etag")


#: What one release says to each request.
Oracle: TypeAlias = Mapping[Asked, Said]


class Client:
    """A kept connection of one client, known by its address behind a proxy."""

    def __init__(self, port: int, name: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", port, timeout=_SECONDS)
        self._name = name

    def ask(self, asked: Asked, *, tag: str | None = None) -> Said:
        """One request; once more if the kept connection had been closed meanwhile.

        Args:
            asked: the request.
            tag: sent as If-None-Match.
        """
        # A problem names its request: here all have one name.
        headers = {"X-Forwarded-For": self._name, "X-Request-Id": "soak", **dict(asked.headers)}
        if tag:
            headers["If-None-Match"] = tag
        try:
            return self._once(asked.path, headers)
        except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
            self._connection.close()
            return self._once(asked.path, headers)

    def close(self) -> None:
        """End the connection."""
        self._connection.close()

    def _once(self, path: str, headers: dict[str, str]) -> Said:
        try:
            self._connection.request("GET", path, headers=headers)
            response = self._connection.getresponse()
            body = response.read()
        except BaseException:
            self._connection.close()
            raise
        said = {name.lower(): value for name, value in response.getheaders()}
        kept = tuple((name, said[name]) for name in _ESSENTIAL if name in said)
        return Said(response.status, kept, sha256(body).hexdigest())


def record(port: int) -> Oracle:
    """What the server says now to all that a soak asks."""
    with closing(Client(port, "10.1.0.1")) as client:
        return {asked: client.ask(asked) for asked in requests(port)}


def requests(port: int) -> list[Asked]:
    """Documents in all forms, pages, searches, light queries, downloads; in a fixed order."""
    documents = list(_documents(port))
    found = [
        *_of_documents(documents),
        *_pages(),
        *_searches(),
        *_queries(documents),
        *_downloads(port),
    ]
    random.Random(1).shuffle(found)  # noqa: S311  # the same order each time
    return found


def _of_documents(documents: list[str]) -> Iterator[Asked]:
    for path in documents:
        yield from (Asked(f"{path}.{form}") for form in _FORMS)
        yield from (Asked(path, (("Accept", accept),)) for accept in _TYPES)
        yield Asked(path, (("Accept", "text/html"), ("Accept-Language", "zh")))
        yield Asked(f"{path}.ttl", (("Accept-Encoding", "gzip"),))
        yield Asked(path.replace("/doc/", "/id/", 1))


def _pages() -> Iterator[Asked]:
    for path in ("/", "/def", "/shapes", "/report", "/sparql"):
        for language in ("en", "zh"):
            yield Asked(f"{path}?lang={language}", (("Accept", "text/html"),))
    yield from (Asked(path) for path in ("/openapi.json", "/sitemap.xml", "/llms.txt"))
    yield from (Asked(path) for path in ("/doc/no/such-thing", "/nothing", "/data?default"))


def _searches() -> Iterator[Asked]:
    for word in _WORDS:
        for form in ("html", "json"):
            yield Asked(f"/search?q={quote(word)}&format={form}", (("Accept", "*/*"),))


def _queries(documents: list[str]) -> Iterator[Asked]:
    for path in documents[::4]:
        iri = f"https://w3id.org/parkgraph{path.replace('/doc/', '/id/', 1)}"
        for query in _QUERIES:
            yield Asked(f"/sparql?query={quote(query.format(iri))}")


def _downloads(port: int) -> Iterator[Asked]:
    for file in ("parkgraph.ttl", "parkgraph.nq", "parkgraph.nt.gz", "parks.csv"):
        yield Asked(f"/download/{file}")
    for name in _json(port, "/releases.json")["releases"]:
        for file in ("parkgraph.nq", "parkgraph.trig.zst", "manifest.json"):
            yield Asked(f"/release/{name['name']}/{file}")
        yield Asked(f"/release/{name['name']}/parkgraph.nt", (("Range", "bytes=1000-1999"),))


def _documents(port: int) -> Iterator[str]:
    base = "https://w3id.org/parkgraph"
    query = (
        f'SELECT DISTINCT ?s {{ ?s ?p ?o FILTER(STRSTARTS(STR(?s), "{base}/id/")) }} ORDER BY ?s'
    )
    found = _json(port, f"/sparql?query={quote(query)}")["results"]["bindings"]
    for row in found[::5]:
        yield row["s"]["value"].removeprefix(base).replace("/id/", "/doc/", 1)


def _json(port: int, path: str) -> Any:  # noqa: ANN401  # it is JSON
    with closing(http.client.HTTPConnection("127.0.0.1", port, timeout=_SECONDS)) as connection:
        connection.request("GET", path)
        return json.loads(connection.getresponse().read())


def variants(source: Path, folder: Path, count: int) -> Iterator[None]:
    """A publication in ``folder`` that changes: each step makes the next of ``count`` contents."""
    file = folder / "data" / "concepts" / "activity.ttl"
    text = (source / "data" / "concepts" / "activity.ttl").read_text("utf-8")
    turn = 0
    while True:
        more = f'activity:technology-transfer skos:altLabel "soak {turn % count}"@en .\n'
        file.write_text(f"{text}\n{more}", "utf-8")
        yield
        turn += 1
