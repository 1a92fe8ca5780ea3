"""The example for nginx, as it is, in a real nginx before a real server."""

import gzip
import hashlib
import json
import os
import shutil
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from parkgraph.release import Release
from tests.conftest import ROOT, Server, free_port, needs, serving
from tests.test_front import BOMB, FORM, QUERY, asking

# All of it asks servers; of what this process runs, nothing is to be measured.
pytestmark = pytest.mark.unmeasured

NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
#: What the machine gives otherwise: folders that nginx may write to, and no second process.
#: Started by root, its workers would be another user, to whom the folder of a test is closed.
AROUND = """\
daemon off;
{user}
pid {folder}/pid;
error_log {folder}/error.log warn;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    {example}
}}
"""


@pytest.fixture(scope="module")
def behind(release: Release, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The server itself, with an access log; one place for each client."""
    log = tmp_path_factory.mktemp("behind") / "access.log"
    options = ["--trusted-proxy", "127.0.0.1", "--client-queries", "1", "--client-patience", "0"]
    root = str(release.folder.parent)
    with serving(str(ROOT), "--releases", root, *options, "--access-log", str(log)) as running:
        yield running


@pytest.fixture(scope="module")
def proxy(behind: Server, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Nginx before it."""
    needs(NGINX is not None, "install nginx (Debian: nginx-light)")
    folder, port = tmp_path_factory.mktemp("nginx"), free_port()
    user = "user root;" if os.getuid() == 0 else ""
    example = (ROOT / "docs/examples/nginx.conf").read_text("utf-8")
    assert example.count("127.0.0.1:8000;") == example.count("listen 80;") == 1
    example = example.replace("127.0.0.1:8000;", f"127.0.0.1:{behind.port};")
    example = example.replace("listen 80;", f"listen 127.0.0.1:{port};")
    (folder / "nginx.conf").write_text(AROUND.format(folder=folder, example=example, user=user))
    process = subprocess.Popen([NGINX, "-c", folder / "nginx.conf", "-e", folder / "error.log"])
    try:
        yield from _listening(Server(port, process), folder)
    finally:
        process.terminate()
        process.wait(timeout=20)


def _listening(running: Server, folder: Path) -> Iterator[Server]:
    for _ in range(500):
        assert running.process.poll() is None, (folder / "error.log").read_text()
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", running.port)) == 0:
                break
        time.sleep(0.02)
    yield running


#: Headers that are of one connection or request alone.
OWN = {"date", "server", "connection", "transfer-encoding", "x-request-id", "keep-alive"}

ASKED = [
    ("/", {"Accept": "text/html", "Accept-Language": "zh"}),
    ("/doc/park/iasp-6112", {}),
    ("/doc/park/iasp-6112", {"Accept": "application/ld+json;profile=x, text/turtle;q=0.5"}),
    ("/doc/park/iasp-6112.ttl", {"Accept-Encoding": "gzip"}),
    ("/doc/park/iasp-6112.ttl", {"Accept-Encoding": "zstd, br;q=0.5"}),
    ("/doc/park/iasp-6112", {"Accept-Profile": "<https://schema.org/>"}),
    ("/id/park/iasp-6112", {}),
    ("/nothing", {}),
    (asking("SELECT * { ?s ?p ?o } LIMIT 5"), {"Accept": "text/csv"}),
    (asking("SELECT"), {}),
    ("/download/parkgraph.nt", {}),
    ("/search?q=%E6%B8%85%E5%8D%8E", {"Accept": "application/json"}),
]


@pytest.mark.parametrize(("path", "headers"), ASKED)
def test_it_changes_nothing(proxy: Server, behind: Server, path: str, headers: dict[str, str]):
    """Status, headers and bytes are those of the server; HEAD and conditions work through it."""
    direct = behind.ask(path, X_Request_Id="0" * 32, **headers)  # as long as nginx's
    through = proxy.ask(path, **headers)
    head = proxy.ask(path, "HEAD", **headers)

    def lasting(pairs: list[tuple[str, str]]) -> list[tuple[str, str]]:
        return sorted((name.lower(), said) for name, said in pairs if name.lower() not in OWN)

    assert (through.status, lasting(through.headers.items())) == (
        direct.status,
        lasting(direct.headers.items()),
    )
    if direct.status < 400:  # a problem has the id of its request
        assert through.body == direct.body
    assert (head.status, head.body) == (direct.status, b"")
    if tag := through.headers["ETag"]:
        unchanged = proxy.ask(path, If_None_Match=tag, **headers)
        assert (unchanged.status, unchanged.body) == (304, b"")
        assert unchanged.headers["ETag"] == tag
        assert unchanged.headers["Vary"] == through.headers["Vary"]


def test_files_come_whole_and_in_parts(proxy: Server, release: Release):
    """A dump comes whole, a part of it as that part, a packed one as it is."""
    address = f"/release/{release.folder.name}"
    whole = (release.folder / "parkgraph.nq").read_bytes()
    got = proxy.ask(f"{address}/parkgraph.nq")
    part = proxy.ask(f"{address}/parkgraph.nq", Range="bytes=1000-1999")
    tag = part.headers["ETag"]
    same = proxy.ask(f"{address}/parkgraph.nq", Range="bytes=-5", If_Range=tag)
    other = proxy.ask(f"{address}/parkgraph.nq", Range="bytes=-5", If_Range='"other"')
    packed = proxy.ask(f"{address}/parkgraph.nq.gz", Accept_Encoding="gzip")

    assert hashlib.sha256(got.body).digest() == hashlib.sha256(whole).digest()
    assert (part.status, part.body) == (206, whole[1000:2000])
    assert part.headers["Content-Range"] == f"bytes 1000-1999/{len(whole)}"
    assert (same.status, same.body) == (206, whole[-5:])
    assert (other.status, len(other.body)) == (200, len(whole))
    assert "Content-Encoding" not in packed.headers
    assert gzip.decompress(packed.body) == whole


def test_large_results(proxy: Server, behind: Server):
    """A result of many megabytes comes through, whole."""
    query = "SELECT * { ?a ?b ?c . ?d ?e ?f } LIMIT 60000"
    through = proxy.ask(asking(query, format="tsv"))

    assert through.status == 200
    assert len(through.body) > 10_000_000
    assert int(through.headers["Content-Length"]) == len(through.body)
    assert through.body.count(b"\n") == 60_001


@pytest.mark.parametrize("method", ["POST", "QUERY"])
@pytest.mark.parametrize(("kind", "body"), [(QUERY, b"ASK {}"), (FORM, b"query=ASK%7B%7D")])
def test_queries_in_bodies(proxy: Server, method: str, kind: str, body: bytes):
    """POST and QUERY come through with their bodies, and long queries in addresses."""
    got = proxy.ask("/sparql", method, body, Content_Type=kind)
    long = proxy.ask(asking(f"ASK {{}} # {'x' * 50_000}"))

    assert (got.status, json.loads(got.body)["boolean"]) == (200, True)
    assert long.status == 200


def test_clients_are_told_apart(proxy: Server, behind: Server):
    """Limits go by the client that nginx names; what a client says of itself is not believed."""
    slow = threading.Thread(target=proxy.ask, args=[asking(BOMB, timeout="2")])
    slow.start()
    time.sleep(0.5)
    posing = proxy.ask(asking("ASK {} # 1"), X_Forwarded_For="9.9.9.9")
    other = behind.ask(asking("ASK {} # 2"), X_Forwarded_For="9.9.9.9")
    slow.join()

    assert (posing.status, other.status) == (429, 200)


def test_one_id_for_both(proxy: Server):
    """Nginx names the request; what the client called it stays outside."""
    got = proxy.ask("/nothing", X_Request_Id="mine")
    name = got.headers["X-Request-Id"]

    assert len(name) == 32
    assert json.loads(got.body)["request"] == name


def test_metrics_stay_inside(proxy: Server, behind: Server):
    """The metrics are for those who reach the server itself."""
    assert [server.ask("/metrics").status for server in (proxy, behind)] == [404, 200]
    assert proxy.ask("/ready").status == 200


def test_a_body_too_long(proxy: Server):
    """A query over the limit is refused, and the connection is of use afterwards."""
    assert proxy.ask("/sparql", "POST", b"a" * 1_100_000, Content_Type=QUERY).status == 413
    assert proxy.ask("/health").status == 200
