"""The wheel carries what parkgraph needs: nothing of the repository is looked for."""

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from tests.conftest import ROOT, free_port


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder into which the wheel was unpacked, as pip does."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation"]
    subprocess.run([*command, "--wheel-dir", str(folder), str(ROOT)], check=True)
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


def apart() -> dict[str, str]:
    """The environment without what measures coverage: this copy of the code is not the one."""
    return {name: value for name, value in os.environ.items() if "COVERAGE" not in name}


def run(site: Path, folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    env = {**apart(), "PYTHONPATH": str(site), "PARKGRAPH_PORT": str(free_port())}
    command = [sys.executable, "-m", "parkgraph", *arguments]
    return subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)


def test_init_and_build_elsewhere(installed: Path, tmp_path: Path):
    """Installed elsewhere, init and build work in an empty folder."""
    assert run(installed, tmp_path, "init", "mine").returncode == 0
    built = run(installed, tmp_path, "build", "mine")
    shown = run(installed, tmp_path, "explain", "mine", "/id/park/example-1")

    assert built.returncode == 0, built.stderr
    assert "«Example Park Ltd runs the park»" in shown.stdout


def test_the_package_is_the_installed_one(installed: Path, tmp_path: Path):
    """The test above runs the wheel's code, and the wheel has its resources, types and pages."""
    where = subprocess.run(
        [sys.executable, "-c", "import parkgraph; print(parkgraph.__file__)"],
        cwd=tmp_path,
        env={**apart(), "PYTHONPATH": str(installed)},
        capture_output=True,
        text=True,
        check=True,
    )
    package = installed / "parkgraph"

    assert Path(where.stdout.strip()).parent == package
    for path in (
        "py.typed",
        "resources/ontology/parkgraph.ttl",
        "resources/shapes/park.ttl",
        "resources/concepts/bound.ttl",
        "template/dataset.ttl",
        "web/templates/base.html",
        "web/static/parkgraph.css",
        "web/strings/zh.json",
    ):
        assert (package / path).is_file(), path
