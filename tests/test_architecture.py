"""The drawing of the layers is kept by a tool."""

import subprocess
import sys
from pathlib import Path

from tests.conftest import ROOT


def test_layers_and_doors():
    """Every stage knows only those below it, and each library enters by its one door."""
    lint = Path(sys.executable).with_name("lint-imports")
    done = subprocess.run(
        [lint, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False
    )

    assert done.returncode == 0, done.stdout
