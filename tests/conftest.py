"""One small release, built once; everything is real: the data, the files, the processes."""

import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from parkgraph.pipeline import Checked, check
from parkgraph.publish import publish
from parkgraph.release import Release

ROOT = Path(__file__).parent.parent
ISSUED = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
SHARED = ROOT.parent / "shared"


@pytest.fixture(scope="session")
def checked() -> Checked:
    """The publication of this repository, read and validated."""
    return check(ROOT)


@pytest.fixture(scope="session")
def release(checked: Checked, tmp_path_factory: pytest.TempPathFactory) -> Release:
    """A release of it; tests must not change it."""
    return publish(checked, tmp_path_factory.mktemp("releases"), ISSUED)


@pytest.fixture
def publication(tmp_path: Path) -> Path:
    """A copy of this repository's publication, to be spoiled."""
    folder = tmp_path / "publication"
    for name in ("data", "ontology", "shapes"):
        shutil.copytree(ROOT / name, folder / name)
    return folder


@pytest.fixture
def edit(publication: Path) -> Callable[[str, str, str], None]:
    """Replace words that occur exactly once in a file of the copy."""

    def replace(path: str, old: str, new: str) -> None:
        file = publication / path
        text = file.read_text("utf-8")
        assert text.count(old) == 1, f"{old!r} occurs {text.count(old)} times"
        file.write_text(text.replace(old, new), "utf-8")

    return replace
