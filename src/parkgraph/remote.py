"""Verify what a running server offers: download every file, and prove it."""

import urllib.error
import urllib.request

from parkgraph.errors import Diagnostic, ParkgraphError
from parkgraph.proof import verify
from parkgraph.release import MANIFEST, RESTORE, Manifest

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
    found = verify(manifest, lambda path: _fetch(f"{place}/{path}")[0], place)
    return manifest, list(found)


def _fetch(url: str) -> tuple[bytes, str]:
    """The bytes at an http(s) address, and the address at which they were found in the end.

    Raises:
        OSError: they cannot be had, or come cut.
    """
    with urllib.request.urlopen(url, timeout=_PATIENCE) as response:  # noqa: S310  # http(s) only, checked by the caller
        content: bytes = response.read()
        expected = response.headers["Content-Length"]
    if expected and int(expected) != len(content):
        raise OSError(f"{len(content):,} bytes came, not {int(expected):,}")
    return content, str(response.url)
