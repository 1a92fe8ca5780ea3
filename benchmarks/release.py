"""A release of the generated graph, made as any publication's is: written, checked, built, kept.

Building takes minutes at a million triples and is measured elsewhere, so a release is kept below
``benchmarks/.data/`` for as long as its graph and the form of what is derived stay the same.
"""

import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from hashlib import file_digest
from pathlib import Path
from typing import Final

from benchmarks import generate
from parkgraph.errors import ParkgraphError
from parkgraph.release import DERIVED, Release, open_release

PARKGRAPH: Final = (sys.executable, "-m", "parkgraph")
_KEPT: Final = Path(__file__).parent / ".data"
_EXAMPLE: Final = "http://localhost:8000/"
_SHAPE: Final = f"""\
@prefix org: <http://www.w3.org/ns/org#> .
@prefix sh: <http://www.w3.org/ns/shacl#> .
@prefix skos: <http://www.w3.org/2004/02/skos/core#> .
<{generate.SPACE}shapes#named> a sh:PropertyShape ;
    sh:targetClass org:Organization ; sh:path skos:prefLabel ; sh:minCount 1 .
"""


@dataclass(frozen=True, slots=True)
class Made:
    """A publication whose release is built; ``seconds`` of building, 0 if it was kept."""

    publication: Path
    release: Release
    seconds: float


def made(data: Path) -> Made:
    """The release of the N-Triples file ``data``.

    Raises:
        CalledProcessError: it cannot be built.
    """
    with data.open("rb") as file:
        name = file_digest(file, "sha256").hexdigest()[:12]
    folder = _KEPT / f"{name}-{DERIVED}"
    try:
        return Made(folder, open_release(folder / "releases"), 0.0)
    except ParkgraphError:
        pass
    shutil.rmtree(folder, ignore_errors=True)
    _write(folder, data)
    began = time.perf_counter()
    subprocess.run([*PARKGRAPH, "build", str(folder)], check=True)  # noqa: S603  # ours
    return Made(folder, open_release(folder / "releases"), time.perf_counter() - began)


def _write(folder: Path, data: Path) -> None:
    """A new publication: its example, the graph among its concepts, and one shape."""
    folder.parent.mkdir(exist_ok=True)
    subprocess.run(  # noqa: S603  # ours
        [*PARKGRAPH, "init", str(folder)], check=True, capture_output=True
    )
    described = folder / "data/dataset.ttl"
    text = described.read_text("utf-8").replace(_EXAMPLE, generate.SPACE)
    described.write_text(text, "utf-8")
    shutil.copy(data, folder / "data/concepts/graph.ttl")
    for path in (folder / "shapes").glob("*.ttl"):
        path.unlink()
    (folder / "shapes/organisation.ttl").write_text(_SHAPE, "utf-8")
