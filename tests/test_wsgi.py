"""The same laws under another WSGI server: the application needs nothing of the one we ship."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from werkzeug.serving import make_server

from parkgraph.query import Budget
from parkgraph.release import Release
from parkgraph.web.app import create_app
from parkgraph.web.data import open_data
from parkgraph.web.live import Live
from tests import test_protocol, test_sparql, test_web
from tests.conftest import Server, free_port

#: Laws that start servers of their own, or that hold without any.
ELSEWHERE = {
    "test_a_place_is_given_back",
    "test_budgets_are_options",
    "test_data_mode",
    "test_data_that_does_not_parse",
    "test_every_example_is_tested",
    "test_kept_results_are_bounded",
}


@dataclass(frozen=True)
class Threaded(Server):
    """A server in a thread of this process."""


@pytest.fixture(scope="module")
def server(release: Release) -> Iterator[Server]:
    """The application under werkzeug's own server."""
    port = free_port()
    live = Live(release.folder.parent, f"http://127.0.0.1:{port}/", Budget())
    running = make_server("127.0.0.1", port, create_app(live), threaded=True)
    thread = threading.Thread(target=running.serve_forever)
    thread.start()
    yield Threaded(port, None)
    running.shutdown()
    thread.join()
    running.server_close()
    live.close()


globals().update(
    {
        name: law
        for module in (test_web, test_sparql, test_protocol)
        for name, law in vars(module).items()
        if name.startswith("test_") and name not in ELSEWHERE
    }
)


def test_data_without_a_publication(tmp_path: Path):
    """RDF files are served by the same application: pages, graphs, descriptions, queries."""
    (tmp_path / "a.ttl").write_text(
        "@prefix : <http://e.org/id/> . :a a :Thing ; :p [ :q 1 ] . :b :p :a .\n"
        "<http://e.org/id/a#x> :q 2 ."
    )
    (tmp_path / "b.trig").write_text("<http://e.org/graph/g> { <http://e.org/id/b> a <urn:C> }")
    files = [tmp_path / "a.ttl", tmp_path / "b.trig"]
    data = open_data(files, "http://e.org/", "http://localhost/", Budget(workers=1))
    edition = data.acquire()
    client = create_app(data).test_client()
    try:
        statuses = {
            path: client.get(path, headers={"Accept": accept}).status_code
            for path, accept in (
                ("/", "text/html"),
                ("/doc/a", "text/turtle"),
                ("/doc/a", "text/html"),
                ("/doc/none", "text/turtle"),
                ("/graph/g", "text/turtle"),
                ("/data?default", "application/n-triples"),
                ("/data?graph=http%3A%2F%2Fe.org%2Fgraph%2Fg", "text/turtle"),
                ("/data?graph=urn:none", "text/turtle"),
                ("/sparql?query=ASK%7B%7D", "*/*"),
                ("/sparql", "text/turtle"),
            )
        }
        index = edition.site.index
        assert [t.object.value for t in index.incoming("http://e.org/id/a", limit=9)] == [
            "http://e.org/id/a"
        ]
        assert index.fragments("http://e.org/id/a") == ["http://e.org/id/a#x"]
        assert index.instances("http://e.org/id/Thing") == ["http://e.org/id/a"]
        assert index.instances("http://e.org/id/Thing", limit=0) == []
        assert list(index.graphs()) == ["http://e.org/graph/g"]
    finally:
        edition.close()

    assert [path for path, status in statuses.items() if status != 200] == [
        "/doc/none",
        "/data?graph=urn:none",
    ]
