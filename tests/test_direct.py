"""What is answered without Flask's detour: nothing tells it from what Flask answers."""

import pytest

from parkgraph.release import Release
from tests.conftest import Server

# All of it asks servers; of what this process runs, nothing is to be measured.
pytestmark = pytest.mark.unmeasured

#: A condition that always holds: what bears one is answered by Flask.
LONG = {"If-Unmodified-Since": "Fri, 01 Jan 2100 00:00:00 GMT"}
#: A problem repeats the name of its request.
NAMED = {"X-Request-ID": "test-direct"}
FORMS = (
    "text/html",
    "text/turtle",
    "application/ld+json",
    "application/n-triples",
    "application/rdf+xml",
    "text/markdown",
    "text/turtle;q=0.5, text/html;q=0.4",
    "*/*",
)
#: Each asks for something else than the default of one axis.
OTHERS = (
    {},
    {"Accept-Language": "zh"},
    {"Accept-Encoding": "zstd"},
    {"Accept-Encoding": "br, gzip;q=0.5"},
    {"Accept-Profile": "<https://schema.org/>"},
)
PATHS = (
    "/doc/park/iasp-6112",
    "/doc/park/iasp-6112.ttl",
    "/doc/park/iasp-6112.html",
    "/doc/concept/sector/software-engineering",
)


def axes(path: str, form: str) -> list[dict[str, str]]:
    """All on the first path; on the others one besides the defaults, each in its turn."""
    turn = PATHS.index(path) + FORMS.index(form)
    return [*OTHERS] if path == PATHS[0] else [OTHERS[0], OTHERS[1 + turn % (len(OTHERS) - 1)]]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("form", FORMS)
def test_the_same_as_by_flask(server: Server, path: str, form: str):
    """Status, headers and bytes, in every form, and with each other axis besides."""
    for others in axes(path, form):
        asked = {"Accept": form, **others, **NAMED}
        short = server.ask(path, **asked)
        long = server.ask(path, **asked, **LONG)

        assert (short.status, short.body) == (long.status, long.body), asked
        assert sorted(shown(short.headers)) == sorted(shown(long.headers)), asked


@pytest.mark.parametrize(
    "path",
    ["/doc/park/none", "/doc/park/iasp-6112.none", "/doc/", "/doc//x", "/doc/park/iasp-6112/"],
)
def test_a_mistake_is_told_as_ever(server: Server, path: str):
    """What there is no document for is Flask's to answer: a problem, with its status."""
    short = server.ask(path, Accept="text/turtle", **NAMED)
    long = server.ask(path, Accept="text/turtle", **NAMED, **LONG)

    assert (short.status, short.body) == (long.status, long.body)
    assert short.headers["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_files_are_the_same_as_by_flask(server: Server, release: Release, method: str):
    """All that the release lists, large and small, packed and plain."""
    sizes = set()
    for file in release.manifest.distributions:
        path = f"/release/{release.manifest.name}/{file.path}"
        short = server.ask(path, method=method, **NAMED)
        long = server.ask(path, method=method, **NAMED, **LONG)
        sizes.add(len(short.body))

        assert (short.status, short.body) == (200, long.body), path
        assert sorted(shown(short.headers)) == sorted(shown(long.headers)), path
    assert sizes == {0} if method == "HEAD" else max(sizes) > 256_000 > min(sizes) > 0


@pytest.mark.parametrize("path", ["manifest.json", "none.nt", "../current", "", "a%00b"])
def test_other_files_are_told_as_ever(server: Server, release: Release, path: str):
    """What the manifest does not list is Flask's to answer, and so are mistakes."""
    for name in (release.manifest.name, "0" * 12):
        address = f"/release/{name}/{path}"
        short, long = server.ask(address, **NAMED), server.ask(address, **NAMED, **LONG)

        assert (short.status, short.body) == (long.status, long.body)
        assert (short.status == 200) is (path == "manifest.json" and name != "0" * 12)


def shown(headers: object) -> list[tuple[str, str]]:
    """All headers but the time of the answer."""
    return [(k.lower(), v) for k, v in headers.items() if k.lower() != "date"]
