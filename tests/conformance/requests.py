"""HTTP requests as the suite's manifests write them, and what they are to be answered with."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from tests.conformance.suite import MF, Manifest, Node, manifests, name_of
from tests.conftest import Answer, Server

_HT = "http://www.w3.org/2011/http#"
_CNT = "http://www.w3.org/2011/content#"

#: What the suite calls status codes, and which they are.
_STATUS = {
    "OK": range(200, 201),
    "Created": range(201, 202),
    "NoContent": range(204, 205),
    "NotFound": range(404, 405),
    "StatusCode2xx": range(200, 300),
    "StatusCode3xx": range(300, 400),
    "StatusCode4xx": range(400, 500),
}


@dataclass(frozen=True)
class Wanted:
    """The answer that a request is to have.

    Attributes:
        statuses: each one will do.
        boolean: of an ASK.
        form: boolean, tabular, RDF or none of these.
        graph: the graph in the body, as Turtle.
    """

    statuses: frozenset[int]
    boolean: bool | None
    form: str | None
    graph: str | None


@dataclass(frozen=True)
class Request:
    """One request."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes | None
    wanted: Wanted

    @property
    def updates(self) -> bool:
        """Whether it is one that would change the data."""
        kind = self.headers.get("content-type", "").partition(";")[0]
        return (
            self.method not in {"GET", "HEAD", "POST"}
            or kind == "application/sparql-update"
            or (self.body or b"").startswith(b"update=")
        )

    def sent(self, server: Server, start: str, path: str) -> Answer:
        """The answer, with ``path`` in place of the suite's ``start``."""
        assert self.path.startswith(start)
        address = path + self.path.removeprefix(start)
        return server.ask(address, self.method, self.body, **self.headers)


@dataclass(frozen=True)
class Dialogue:
    """A test: requests one after the other."""

    name: str
    requests: tuple[Request, ...] = field(repr=False)
    features: frozenset[str] = frozenset()

    @property
    def updates(self) -> bool:
        """Whether some request would change the data."""
        return any(request.updates for request in self.requests)


def dialogues(folder: str, kind: str) -> list[Dialogue]:
    """The tests of a kind in the manifests of ``folder`` that are written as requests."""
    found = [
        Dialogue(
            name_of(manifest, test), tuple(_requests(manifest, test)), _features(manifest, test)
        )
        for manifest in manifests(folder)
        for test in manifest.of_kind(kind)
        if manifest.one(test, f"{MF}action")
    ]
    return sorted(found, key=lambda dialogue: dialogue.name)


def _features(manifest: Manifest, test: Node) -> frozenset[str]:
    needed = manifest.all(test, f"{MF}requires")
    return frozenset(value.value.rpartition("#")[2] for value in needed)


def _requests(manifest: Manifest, test: Node) -> Iterator[Request]:
    connection = manifest.one(test, f"{MF}action")
    for request in manifest.items(manifest.one(connection, f"{_HT}requests")):
        said = manifest.items(manifest.one(request, f"{_HT}headers"))
        yield Request(
            manifest.text(request, f"{_HT}methodName") or "",
            manifest.text(request, f"{_HT}absolutePath") or "",
            {
                (manifest.text(header, f"{_HT}fieldName") or ""): (
                    manifest.text(header, f"{_HT}fieldValue") or ""
                )
                for header in said
            },
            _body(manifest, request),
            _wanted(manifest, manifest.one(request, f"{_HT}resp")),
        )


def _body(manifest: Manifest, message: Node) -> bytes | None:
    content = manifest.one(message, f"{_HT}body")
    if content is None:
        return None
    coding = manifest.text(content, f"{_CNT}characterEncoding") or "UTF-8"
    return (manifest.text(content, f"{_CNT}chars") or "").encode(coding)


def _wanted(manifest: Manifest, response: Node) -> Wanted:
    names = [v.value.rpartition("#")[2] for v in manifest.all(response, f"{MF}expectedStatus")]
    boolean = manifest.text(response, f"{MF}expectedBoolean")
    body = _body(manifest, response)
    return Wanted(
        frozenset(code for name in names for code in _STATUS[name]),
        None if boolean is None else boolean == "true",
        manifest.text(response, f"{MF}expectedFormat"),
        None if body is None else body.decode(),
    )
