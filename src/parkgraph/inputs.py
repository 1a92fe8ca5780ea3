"""Which files a publication is made from, and whether they are the same still; none is parsed."""

from hashlib import sha256
from pathlib import Path
from typing import Final

from parkgraph.errors import Diagnostic, ParkgraphError

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


def input_paths(folder: Path) -> dict[str, Path]:
    """Every file that a publication is made from, by the path that is shown for it.

    Ontology, shapes and concepts come from the program where the folder has none of its own.

    Raises:
        ParkgraphError: there is no publication in ``folder`` (PG120).
    """
    if not (folder / "data" / "dataset.ttl").is_file():
        raise ParkgraphError(
            Diagnostic(
                "PG120",
                "no publication here: data/dataset.ttl is missing",
                str(folder),
                f"parkgraph init {folder} writes one to fill in",
            )
        )
    found = {"data/dataset.ttl": folder / "data" / "dataset.ttl"}
    for pattern in (
        ADDRESSES,
        "data/profiles/*.txt",
        "data/profiles/*.yaml",
        "data/alignments/*.ttl",
        "data/queries/*.rq",
    ):
        found |= {path.relative_to(folder).as_posix(): path for path in folder.glob(pattern)}
    for name, place in (
        ("concepts", "data/concepts"),
        ("ontology", "ontology"),
        ("shapes", "shapes"),
    ):
        own = list((folder / place).glob("*.ttl"))
        paths = own or list(packaged(name).glob("*.ttl"))
        found |= {f"{place}/{path.name}": path for path in paths}
    return dict(sorted(found.items()))


def fingerprint(folder: Path) -> dict[str, str]:
    """The SHA-256 of every input, to see whether a release is still of these sources."""
    return {
        name: sha256(path.read_bytes()).hexdigest() for name, path in input_paths(folder).items()
    }
