"""Write a new publication to fill in: a dataset, an example profile, concepts and shapes."""

import shutil
from collections.abc import Iterator, Sequence
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Final

from parkgraph.errors import Diagnostic, ParkgraphError
from parkgraph.inputs import ADDRESSES, DATASET, packaged
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
    missing = [path for path in (folder, *folder.parents) if not path.exists()]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if any(folder.iterdir()):
            advice = "name a new folder: nothing is overwritten"
            raise ParkgraphError(
                Diagnostic("PG130", "the folder is not empty", str(folder), advice)
            )
        _write(folder, base, missing)
    except OSError as error:
        message = f"cannot be written: {error.strerror}"
        raise ParkgraphError(Diagnostic("PG131", message, str(error.filename or folder))) from error


def _write(folder: Path, base: str, missing: Sequence[Path]) -> None:
    """Write the files of a publication, or leave none of them, and no folder that was missing."""
    try:
        for name, data in _files(base):
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)
        (folder / "data" / "alignments").mkdir()
    except OSError:
        for path in folder.iterdir():
            shutil.rmtree(path, ignore_errors=True)
        with suppress(OSError):
            for path in missing:
                path.rmdir()
        raise


def _files(base: str) -> Iterator[tuple[str, bytes]]:
    """Every file of a new publication, by its path."""
    text = (_TEMPLATE / f"{_EXAMPLE}.txt").read_bytes()
    reading = (_TEMPLATE / f"{_EXAMPLE}.yaml").read_text("utf-8")
    dataset = (_TEMPLATE / "dataset.ttl").read_text("utf-8")
    yield f"data/profiles/{_EXAMPLE}.txt", text
    yield f"data/profiles/{_EXAMPLE}.yaml", reading.format(sha256=sha256(text).hexdigest()).encode()
    yield DATASET, dataset.replace("{base}", base).encode()
    yield ADDRESSES, (_TEMPLATE / "addresses.yaml").read_bytes()
    for name, place in (("concepts", "data/concepts"), ("shapes", "shapes")):
        for path in sorted(packaged(name).glob("*.ttl")):
            yield f"{place}/{path.name}", path.read_bytes()
