"""What the query editor needs: its terms, its files, its place in what is built."""

import gzip
import json
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from parkgraph.web.again import downloads, kept_parameters
from parkgraph.web.assets import address, has_editor
from tests.conftest import ROOT, Server, serving

VENDOR = Path("src/parkgraph/web/static/vendor")


@pytest.fixture(autouse=True, scope="module")
def bundle():
    if not has_editor():
        words = "the query editor is missing (make assets)"
        pytest.fail(words) if os.environ.get("CI") == "true" else pytest.skip(words)


def terms(server: Server, **headers: str) -> dict[str, tuple[str, str]]:
    got = server.ask("/sparql/terms.json", **headers)
    return {name: (kind, label) for kind, name, label in json.loads(got.body)["terms"]}


def test_terms_are_those_of_the_data(server: Server):
    """Classes, properties and concepts are there, each with a label in the reader's language."""
    english, chinese = terms(server), terms(server, Accept_Language="zh-CN,zh;q=0.9")

    assert english["park:operator"] == ("property", "operator")
    assert chinese["park:operator"] == ("property", "运营方")
    assert english["park:Park"][0] == "class"
    assert chinese["bound:more-than"] == ("concept", "多于")
    assert english["org:Organization"] == ("class", "organization")
    assert {kind for kind, _ in english.values()} == {"class", "property", "concept"}


def test_terms_are_sent_once(server: Server):
    """The terms of a release have a tag for each language; what is unchanged is not sent again."""
    got = server.ask("/sparql/terms.json")
    other = server.ask("/sparql/terms.json?lang=zh")
    again = server.ask("/sparql/terms.json", If_None_Match=got.headers["ETag"])

    assert got.headers["ETag"] != other.headers["ETag"]
    assert got.headers["Vary"] == "Accept-Language, Accept-Encoding"
    assert (again.status, again.body) == (304, b"")


def test_terms_of_any_data(tmp_path: Path):
    """Terms without a prefix or a label are offered too, when RDF files are served as they are."""
    data = tmp_path / "data.ttl"
    data.write_text("<urn:x> a <urn:Class> ; <urn:says> [ <urn:inner> 1 ] .", "utf-8")
    with serving("--data", str(data)) as server:
        found = terms(server)

    assert found["<urn:Class>"] == ("class", "")
    assert found["<urn:inner>"] == ("property", "")


@pytest.mark.parametrize("name", ["parkgraph.css", "query.js", "vendor/yasqe.min.js"])
def test_files_of_the_interface(server: Server, name: str):
    """A file is kept for ever under the address that names its content, and sent compressed."""
    data = (ROOT / "src/parkgraph/web/static" / name).read_bytes()
    got = server.ask(address(name))
    packed = server.ask(address(name), Accept_Encoding="gzip")

    assert got.body == gzip.decompress(packed.body) == data
    assert packed.headers["Content-Encoding"] == "gzip"
    assert len(packed.body) < len(data) / 2
    assert "immutable" in got.headers["Cache-Control"]
    assert got.headers["X-Content-Type-Options"] == "nosniff"
    assert got.headers["Vary"] == "Accept-Encoding"
    assert got.headers["ETag"] != packed.headers["ETag"]
    stale = server.ask(f"/static/{name}?v=000000000000")
    assert stale.headers["Cache-Control"] == "public, no-cache"


@pytest.mark.parametrize("path", ["/static/none.css", "/static/../app.py", "/static/%2e%2e/app.py"])
def test_no_other_file_is_served(server: Server, path: str):
    """Only what is in the folder is found."""
    assert server.ask(path).status == 404


def test_the_page_policy_is_not_relaxed(server: Server):
    """The editor works under the policy of every other page."""
    policies = {
        server.ask(path, Accept="text/html").headers["Content-Security-Policy"]
        for path in ("/", "/sparql", "/sparql?query=ASK%20%7B%7D")
    }

    assert len(policies) == 1
    assert "unsafe" not in policies.pop()


def test_licences_are_kept():
    """The licence of every package in the bundle goes with it."""
    text = (ROOT / VENDOR / "licences.txt").read_text("utf-8")

    for name in ("@zazuko/yasqe", "codemirror", "dompurify", "lodash-es"):
        assert f"{name} " in text
    assert text.count("Permission is hereby granted") > 5


def test_the_lock_names_no_registry():
    """The lock has versions and hashes of everything, and no address to fetch it from."""
    lock = json.loads((ROOT / "package-lock.json").read_text("utf-8"))
    packages = [found for name, found in lock["packages"].items() if name]

    assert packages
    assert all(found["integrity"].startswith("sha512-") for found in packages)
    assert not any("resolved" in found for found in packages)


def test_what_asking_again_repeats():
    """The graphs and the time limit of a question belong to its downloads too."""
    kept = kept_parameters("/sparql?query=ASK%7B%7D&default-graph-uri=urn:g&lang=zh&format=html")

    assert kept == [("default-graph-uri", "urn:g")]
    assert downloads("solutions", "ASK{}", kept)[2] == (
        "CSV",
        "/sparql?query=ASK%7B%7D&default-graph-uri=urn%3Ag&format=csv",
        "answer.csv",
    )


# What is built


@pytest.fixture
def sources(tmp_path: Path) -> Path:
    """What a build reads, without the bundle."""
    folder = tmp_path / "sources"
    for name in ("src", "ontology", "shapes", "data"):
        ignored = shutil.ignore_patterns("vendor", "__pycache__")
        shutil.copytree(ROOT / name, folder / name, ignore=ignored)
    for name in ("pyproject.toml", "hatch_build.py", "README.md", "LICENSE", ".gitignore"):
        shutil.copyfile(ROOT / name, folder / name)
    return folder


def build(folder: Path, call: str) -> subprocess.CompletedProcess[str]:
    """Call hatchling as a build front end does."""
    script = f"from hatchling.build import *; {call}('dist')"
    command = [sys.executable, "-c", script]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def test_nothing_is_built_without_the_editor(sources: Path):
    """A wheel or a source distribution without the bundle fails and says what to do."""
    for call in ("build_wheel", "build_sdist"):
        done = build(sources, call)
        assert done.returncode != 0
        assert "make assets" in done.stdout + done.stderr


def test_an_editable_install_does_without(sources: Path):
    """For work on the code nothing need be fetched."""
    assert build(sources, "build_editable").returncode == 0


def test_the_wheel_holds_the_editor(sources: Path):
    """The bundle is in what is built, though git ignores it, and so is its licence."""
    shutil.copytree(ROOT / VENDOR, sources / VENDOR)

    for call in ("build_wheel", "build_sdist"):
        assert build(sources, call).returncode == 0

    (wheel,) = (sources / "dist").glob("*.whl")
    (archive,) = (sources / "dist").glob("*.tar.gz")
    wanted = {"licences.txt", "yasqe.min.css", "yasqe.min.js"}
    with zipfile.ZipFile(wheel) as built:
        assert {Path(n).name for n in built.namelist() if "/vendor/" in n} == wanted
    with tarfile.open(archive) as built:
        assert {Path(n).name for n in built.getnames() if "/vendor/" in n} == wanted
