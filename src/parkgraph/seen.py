"""Whether sources are still those of a release, told by the times of their files where it can be.

To hash every source at each start would cost more the more there are. So the folder of releases
keeps what the files looked like when they were last known to be those of a release: while sizes
and times are the same, so are the files. Else they are hashed.
"""

import json
from collections.abc import Mapping
from contextlib import suppress
from hashlib import sha256
from pathlib import Path
from typing import Final, TypeAlias

from parkgraph.inputs import fingerprint, input_paths

#: The file in the folder of releases; it may be removed at any time.
SEEN: Final = ".sources.json"

#: By the path of a file: size, times of change of content and of entry, number of the entry.
Looks: TypeAlias = dict[str, list[int]]


def looks(folder: Path) -> Looks:
    """What the sources of a publication look like, unread; to be taken before they are read.

    Raises:
        ParkgraphError: there is no publication in ``folder`` (PG120).
    """
    found = {}
    for name, path in input_paths(folder, []).items():  # a build says what cannot be read
        with suppress(OSError):
            status = path.stat()
            times = status.st_mtime_ns, status.st_ctime_ns
            found[name] = [status.st_size, *times, status.st_ino]
    return found


def remember(root: Path, inputs: Mapping[str, str], now: Looks) -> None:
    """Note in the folder of releases that sources that look so are ``inputs``, if it can be."""
    temporary = root / f"{SEEN}.new"
    with suppress(OSError):
        temporary.write_text(json.dumps({"inputs": _digest(inputs), "looks": now}), "utf-8")
        temporary.rename(root / SEEN)


def unchanged(folder: Path, root: Path, inputs: Mapping[str, str]) -> bool:
    """Whether the sources in ``folder`` are those with the SHA-256 ``inputs``, by path.

    Raises:
        ParkgraphError: there is no publication in ``folder`` (PG120).
    """
    now = looks(folder)
    if _recorded(root) == {"inputs": _digest(inputs), "looks": now}:
        return True
    if inputs != fingerprint(folder):
        return False
    remember(root, inputs, now)
    return True


def _recorded(root: Path) -> object:
    try:
        return json.loads((root / SEEN).read_bytes())
    except (OSError, ValueError):
        return None


def _digest(inputs: Mapping[str, str]) -> str:
    return sha256(json.dumps(dict(sorted(inputs.items()))).encode()).hexdigest()
