"""Which files a publication is made from, and whether they are the same still; none is parsed."""

import os
from hashlib import sha256
from pathlib import Path
from typing import Final

from parkgraph.errors import Diagnostic, ParkgraphError

#: Who publishes what, and under which base: what makes a folder a publication.
DATASET: Final = "data/dataset.ttl"
#: Where former addresses are written down, inside a publication.
ADDRESSES: Final = "data/addresses.yaml"

_PACKAGE: Final = Path(__file__).parent
_ROOT: Final = _PACKAGE.parent.parent


def packaged(name: str) -> Path:
    """The folder of ``ontology``, ``shapes`` or ``concepts`` that the program brings along.

    An installed package carries copies; a checkout has the originals at its root.
    """
    inside = _PACKAGE / "resources" / name
    if inside.is_dir():
        return inside
    return _ROOT / ("data/concepts" if name == "concepts" else name)


def input_paths(folder: Path, findings: list[Diagnostic]) -> dict[str, Path]:
    """Every file that a publication is made from, by the path that is shown for it.

    Ontology, shapes and concepts come from the program where the folder has none of its own.
    A folder that cannot be read is added to ``findings`` (PG123).

    Raises:
        ParkgraphError: there is no publication in ``folder`` (PG120).
    """
    if not _is_there(folder / DATASET):
        raise ParkgraphError(
            Diagnostic(
                "PG120",
                f"no publication here: {DATASET} is missing",
                str(folder),
                f"parkgraph init {folder} writes one to fill in",
            )
        )
    found = {name: folder / name for name in (DATASET, ADDRESSES) if _is_there(folder / name)}
    for place, ending in (
        ("data/profiles", ".txt"),
        ("data/profiles", ".yaml"),
        ("data/alignments", ".ttl"),
        ("data/queries", ".rq"),
    ):
        found |= {f"{place}/{p.name}": p for p in listed(folder, place, ending, findings)}
    for name, place in (
        ("concepts", "data/concepts"),
        ("ontology", "ontology"),
        ("shapes", "shapes"),
    ):
        own = listed(folder, place, ".ttl", findings)
        paths = own or list(packaged(name).glob("*.ttl"))
        found |= {f"{place}/{path.name}": path for path in paths}
    return dict(sorted(found.items()))


def listed(folder: Path, place: str, ending: str, findings: list[Diagnostic]) -> list[Path]:
    """The files at ``place`` in a publication with an ending, in order; none if it is not there.

    ``Path.glob`` would leave out in silence what it may not read.
    """
    try:
        with os.scandir(folder / place) as entries:
            return sorted(Path(entry.path) for entry in entries if entry.name.endswith(ending))
    except FileNotFoundError:
        return []
    except OSError as error:
        fault = unreadable(place, error)
        if fault not in findings:
            findings.append(fault)
        return []


def unreadable(name: str, error: OSError) -> Diagnostic:
    """The finding that the system refuses to read a file or a folder."""
    return Diagnostic("PG123", f"cannot be read: {error.strerror or error}", name)


def _is_there(path: Path) -> bool:
    """Whether there is a file, be it one that cannot be read: that is said when it is."""
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True
    return True


def fingerprint(folder: Path) -> dict[str, str] | None:
    """The SHA-256 of every input, to see whether a release is still of these sources.

    None if one of them cannot be read.
    """
    findings: list[Diagnostic] = []
    paths = input_paths(folder, findings)
    try:
        hashed = {name: sha256(path.read_bytes()).hexdigest() for name, path in paths.items()}
    except OSError:
        return None
    return None if findings else hashed
