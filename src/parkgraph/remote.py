"""Verify what a running server offers: download every file, and prove it."""

import io
import shutil
import tempfile
import urllib.error
import urllib.request
from collections import defaultdict
from collections.abc import Iterable, Iterator
from functools import partial
from pathlib import Path
from typing import IO, Final

from parkgraph.errors import Diagnostic, ParkgraphError
from parkgraph.jobs import Jobs
from parkgraph.proof import Looking, verify
from parkgraph.rdf import Literal, NamedNode, Triple, parse_bytes
from parkgraph.release import MANIFEST, RESTORE, Manifest
from parkgraph.vocab import term

#: Seconds to wait for the next bytes of a download.
_PATIENCE = 60


def verify_address(address: str) -> tuple[Manifest, list[Diagnostic]]:
    """The manifest that the server at ``address`` offers, and all that is wrong with its files.

    Raises:
        ParkgraphError: no server answers there, or it has no manifest (PG510).
    """
    where = f"{address}/download/{MANIFEST}"
    try:
        data, found_at = _fetch(where)
        manifest = Manifest.from_json(data)
    except (OSError, ValueError) as error:
        message = f"no manifest of a release: {error}"
        advice = "name the address of a parkgraph server, without a path"
        raise ParkgraphError(Diagnostic("PG510", message, where, advice)) from error
    place = found_at.removesuffix(f"/{MANIFEST}")
    if not place.endswith(f"/release/{manifest.name}"):
        message = f"the manifest is of release {manifest.name}"
        return manifest, [Diagnostic("PG502", message, found_at, RESTORE)]
    with tempfile.TemporaryDirectory() as folder, Jobs() as jobs:
        fetch = partial(_download, place, Path(folder))
        found = list(verify(Looking(manifest, fetch, place), Path(folder), jobs))
    return manifest, [*found, *_catalogue_faults(address, manifest)]


def _catalogue_faults(address: str, manifest: Manifest) -> Iterator[Diagnostic]:
    """Where the catalogue (DCAT) tells other sizes or checksums of the files than the manifest."""
    where = f"{address}/dataset.nt"
    try:
        triples = [quad.triple for quad in parse_bytes(_fetch(where)[0], "nt")]
    except (OSError, SyntaxError) as error:
        yield Diagnostic("PG505", f"the catalogue cannot be read: {error}", where, RESTORE)
        return
    told = _told(triples)
    for file in manifest.distributions:
        if file.path.startswith("source/"):
            continue  # the texts are described with their documents
        if told.get(f"release/{manifest.name}/{file.path}") != (str(file.byte_size), file.sha256):
            message = f"the catalogue does not tell the size and checksum of {file.path}"
            yield Diagnostic("PG505", message, where, RESTORE)


def _told(triples: Iterable[Triple]) -> dict[str, tuple[str, str]]:
    """The path of each download, with the size and the checksum that the catalogue tells."""
    said: dict[str, dict[str, str]] = defaultdict(dict)
    for triple in triples:
        value = triple.object
        if isinstance(value, NamedNode | Literal):
            said[str(triple.subject).strip("<>")][triple.predicate.value] = value.value
    told = {}
    for node in list(said.values()):
        if address := node.get(_AT):
            checksum = said.get(node.get(_SUMS, ""), {})
            path = "/".join(address.split("/")[-_DEPTH:])
            told[path] = node.get(_SIZE, ""), checksum.get(_VALUE, "")
    return told


_AT, _SIZE, _SUMS, _VALUE = (
    term(name).value
    for name in ("dcat:downloadURL", "dcat:byteSize", "spdx:checksum", "spdx:checksumValue")
)
#: Parts of ``release/{name}/{file}``, wherever the server is reached.
_DEPTH: Final = 3


def _fetch(url: str) -> tuple[bytes, str]:
    """The bytes at an http(s) address, and the address at which they were found in the end.

    Raises:
        OSError: they cannot be had, or come cut.
    """
    content = io.BytesIO()
    found_at = _fetch_into(content, url)
    return content.getvalue(), found_at


def _download(place: str, folder: Path, path: str) -> Path:
    """The file at ``path`` of a release, downloaded into ``folder`` unless it was before.

    Raises:
        OSError: as for :func:`_fetch`.
    """
    target = folder / "files" / path
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        part = target.with_name(f"{target.name}.part")
        with part.open("wb") as file:
            _fetch_into(file, f"{place}/{path}")
        part.rename(target)
    return target


def _fetch_into(file: IO[bytes], url: str) -> str:
    with urllib.request.urlopen(url, timeout=_PATIENCE) as response:  # noqa: S310  # http(s) only, checked by the caller
        shutil.copyfileobj(response, file)
        expected = response.headers["Content-Length"]
    if expected and int(expected) != file.tell():
        raise OSError(f"{file.tell():,} bytes came, not {int(expected):,}")
    return str(response.url)
