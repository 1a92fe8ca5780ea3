"""Write a new publication to fill in: a dataset, an example profile, concepts and shapes."""

import shutil
from hashlib import sha256
from pathlib import Path
from typing import Final

from parkgraph.errors import Diagnostic, ParkgraphError
from parkgraph.inputs import packaged
from parkgraph.names import base_fault

_TEMPLATE: Final = Path(__file__).parent / "template"
_EXAMPLE: Final = "example-1"


def write_publication(folder: Path, base: str) -> None:
    """Write a publication that builds as it is into ``folder``, which is new or empty.

    Args:
        folder: where; made if it is not there.
        base: the start of its IRIs, with a final slash.

    Raises:
        ParkgraphError: the folder holds something (PG130), cannot be written (PG131), or the
            base is no http(s) address that ends in a slash, or no IRI (PG126).
    """
    if fault := base_fault(base):
        raise ParkgraphError(Diagnostic("PG126", fault))
    try:
        _write(folder, base)
    except OSError as error:
        message = f"cannot be written: {error.strerror}"
        raise ParkgraphError(Diagnostic("PG131", message, str(error.filename or folder))) from error


def _write(folder: Path, base: str) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    if any(folder.iterdir()):
        advice = "name a new folder: nothing is overwritten"
        raise ParkgraphError(Diagnostic("PG130", "the folder is not empty", str(folder), advice))
    profiles = folder / "data" / "profiles"
    profiles.mkdir(parents=True)
    text = (_TEMPLATE / f"{_EXAMPLE}.txt").read_bytes()
    reading = (_TEMPLATE / f"{_EXAMPLE}.yaml").read_text("utf-8")
    dataset = (_TEMPLATE / "dataset.ttl").read_text("utf-8")
    (profiles / f"{_EXAMPLE}.txt").write_bytes(text)
    filled = reading.format(sha256=sha256(text).hexdigest())
    (profiles / f"{_EXAMPLE}.yaml").write_text(filled, "utf-8")
    (folder / "data" / "dataset.ttl").write_text(dataset.replace("{base}", base), "utf-8")
    shutil.copyfile(_TEMPLATE / "addresses.yaml", folder / "data" / "addresses.yaml")
    (folder / "data" / "alignments").mkdir()
    for name, place in (("concepts", "data/concepts"), ("shapes", "shapes")):
        _copy(packaged(name), folder / place)


def _copy(source: Path, target: Path) -> None:
    target.mkdir(parents=True)
    for path in sorted(source.glob("*.ttl")):
        shutil.copyfile(path, target / path.name)
