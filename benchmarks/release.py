"""A release of the generated graph, as ``parkgraph serve`` has any other; made once and kept.

Making it takes minutes at a million triples and is measured elsewhere, so it stays below
``benchmarks/.data/`` for as long as the generator and the form of what is derived are the same, and
what is prerendered is of this very program.
"""

import shutil
import sys
import tempfile
import time
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Final

from benchmarks import generate
from benchmarks.streamed import with_triples
from parkgraph.errors import ParkgraphError
from parkgraph.init import write_publication
from parkgraph.pipeline import check
from parkgraph.publish import publish
from parkgraph.release import DERIVED, Release, open_release
from parkgraph.web import prerender

PARKGRAPH: Final = (sys.executable, "-m", "parkgraph")
_KEPT: Final = Path(__file__).parent / ".data"
_ISSUED: Final = datetime(2026, 11, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Made:
    """A publication whose release is built; ``seconds`` of building, 0 if it was kept."""

    publication: Path
    release: Release
    seconds: float


def made(organisations: int) -> Made:
    """The release of the generated graph with so many organisations."""
    generator = sha256(Path(generate.__file__).read_bytes()).hexdigest()[:8]
    folder = _KEPT / f"{organisations}-{generator}-{DERIVED}"
    try:
        release = open_release(folder / "releases")
    except ParkgraphError:
        pass
    else:
        if prerender.written(release):  # by this very program
            return Made(folder, release, 0.0)
    shutil.rmtree(folder, ignore_errors=True)
    folder.parent.mkdir(exist_ok=True)
    began = time.perf_counter()
    write_release(folder, organisations)
    return Made(folder, open_release(folder / "releases"), time.perf_counter() - began)


def write_release(folder: Path, organisations: int) -> None:
    """Write a publication, and a release of it with the generated graph in its default graph."""
    with tempfile.NamedTemporaryFile("w", suffix=".nt", encoding="utf-8") as file:
        for lines in generate.graph(organisations, generate.SEED):
            file.writelines(lines)
        file.flush()
        publish_file(Path(file.name), folder, folder / "releases")


def publish_file(file: Path, publication: Path, releases: Path) -> None:
    """Write a publication, and a release of it with the triples of ``file`` besides."""
    write_publication(publication, generate.SPACE)
    checked = check(publication)
    whole = with_triples(checked.dataset, file)
    publish(replace(checked, dataset=whole), releases, _ISSUED, prerender=prerender)
