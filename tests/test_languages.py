"""Languages of the interface: one file each; what every page says of them; how little it weighs."""

import gzip
import json
import re
import shutil
from collections.abc import Iterator

import pytest

from parkgraph.release import Release
from tests.conftest import ROOT, Server, serving

PACKAGE = ROOT / "src" / "parkgraph"
PAGES = ["/", "/doc/park/iasp-6112.html", "/park", "/def", "/shapes", "/report", "/search?q=a"]


@pytest.fixture(scope="module")
def polyglot(release: Release, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A copy of the program to which a file of words was added, and nothing else."""
    folder = tmp_path_factory.mktemp("program")
    shutil.copytree(PACKAGE, folder / "parkgraph", ignore=shutil.ignore_patterns("vendor"))
    words = {
        "name": "Esperanto",
        "search": {"title": "Serĉo", "go": "Trovu"},
        "nav": {"parks": "Parkoj"},
        "terms": {"org:Organization": "organizo"},
    }
    strings = folder / "parkgraph" / "web" / "strings"
    (strings / "eo.json").write_text(json.dumps(words), "utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(folder))
        with serving(str(ROOT), "--releases", str(release.folder.parent)) as running:
            yield running


def page(server: Server, path: str, lang: str) -> str:
    answer = server.ask(path, Accept="text/html", Accept_Language=lang)
    assert answer.status == 200
    assert answer.headers["Content-Language"] == lang
    return answer.body.decode()


def test_a_language_is_a_file(polyglot: Server):
    """Its words are shown where it has them, else English; it is offered on every page."""
    found = page(polyglot, "/search?q=tuspark", "eo")

    assert '<html lang="eo">' in found
    assert "<h1>Serĉo</h1>" in found
    assert ">Parkoj</a>" in found
    assert ">Vocabulary</a>" in found
    assert 'hreflang="eo" lang="eo"' in page(polyglot, "/def", "zh")
    assert "organizo" in page(polyglot, "/doc/organization/iasp.html", "eo")


@pytest.mark.parametrize("path", PAGES)
def test_hreflang(server: Server, path: str):
    """A page names itself in each language, and for everyone else."""
    found = re.findall(
        r'<link rel="alternate" hreflang="(.*?)" href="(.*?)">', page(server, path, "en")
    )
    joint = "&amp;" if "?" in path else "?"

    assert dict(found) == {
        "en": f"{path}{joint}lang=en",
        "zh": f"{path}{joint}lang=zh",
        "x-default": path,
    }


@pytest.mark.parametrize("path", ["/", "/doc/park/iasp-6112.html"])
def test_weight(server: Server, path: str):
    """A page with all that it loads is less than 60 kB on the wire."""
    asked = {"Accept": "text/html", "Accept_Encoding": "gzip"}
    answer = server.ask(path, **asked)
    assert answer.headers["Content-Encoding"] == "gzip"
    loaded = re.findall(r'(?:href|src)="(/static/[^"]+)"', gzip.decompress(answer.body).decode())
    files = [server.ask(name, Accept_Encoding="gzip") for name in loaded]

    assert len(files) == 3
    assert len(answer.body) + sum(len(file.body) for file in files) < 60_000
