"""The files of a release as a page lists them."""

from collections.abc import Sequence
from typing import Final, NamedTuple

from parkgraph.dumps import RDF12
from parkgraph.rdf import FORMATS
from parkgraph.release import CHANGES, Distribution, Manifest
from parkgraph.tables import METADATA

#: Source texts that are listed: there are as many as documents.
MAX_TEXTS: Final = 24


class Download(NamedTuple):
    """A published file, what it is called, and its packed forms as label and file."""

    href: str
    file: Distribution
    form: str
    packed: Sequence[tuple[str, str, Distribution]]


def downloads(manifest: Manifest, folder: str = "") -> tuple[list[Download], int]:
    """The published files, each with its packed forms beside it, and how many texts are left out.

    Args:
        manifest: of the release that they are of.
        folder: where they are found; of the newest release if it is left out.
    """
    texts = [file for file in manifest.distributions if _is_text(file)]
    hidden = frozenset(file.path for file in texts[MAX_TEXTS:])
    files = [file for file in manifest.distributions if file.path not in hidden]
    found = [
        Download(
            _address(file, folder),
            file,
            _form(file),
            [
                (f".{p.path.rpartition('.')[2]}", _address(p, folder), p)
                for p in files
                if _packs(p, file)
            ],
        )
        for file in files
        if file.unpacked == file.path
    ]
    return found, len(hidden)


def _is_text(file: Distribution) -> bool:
    return file.path.startswith("source/")


def _packs(packed: Distribution, file: Distribution) -> bool:
    return packed is not file and packed.unpacked == file.path


def _address(file: Distribution, folder: str) -> str:
    if folder:
        return f"{folder}/{file.path}"
    return f"/{file.path}" if _is_text(file) else f"/download/{file.path}"


def _form(file: Distribution) -> str:
    """The key of what a file is, among the interface's words, else its own name."""
    named = {RDF12: "rdf12", CHANGES: "changes", METADATA: "csvw"}.get(file.path)
    ending = file.path.rpartition(".")[2]
    syntax = FORMATS[ending].label if ending in FORMATS else ending.upper()
    return named or ("sourceText" if _is_text(file) else syntax)
