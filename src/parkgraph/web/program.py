"""What decides on the bytes of an answer besides the data: this program, as it is installed."""

import sys
from functools import cache
from hashlib import sha256
from pathlib import Path
from typing import Final

import parkgraph

_PACKAGE: Final = Path(__file__).parent.parent
#: Libraries that write bytes of answers.
_WRITERS: Final = ("jinja2", "markupsafe", "pyoxigraph", "brotli", "zstandard")


@cache
def fingerprint() -> str:
    """A digest of the program's own files and of the versions of Python and what writes.

    So an entity tag can be told before anything is written, and is another one as soon as the
    program is, also between two versions (decision 0015).
    """
    # What Python knows of characters is that of its version.
    state = sha256(f"{parkgraph.__version__} {sys.version_info[:2]}".encode())
    for name in _WRITERS:
        state.update(f"{name} {_version(name)}\n".encode())
    for path in sorted(_PACKAGE.rglob("*")):
        if path.is_file() and "__pycache__" not in path.parts:
            state.update(f"{path.relative_to(_PACKAGE).as_posix()}\n".encode())
            state.update(sha256(path.read_bytes()).digest())
    return state.hexdigest()


def _version(name: str) -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(name)
    except PackageNotFoundError:  # installed without its record
        return ""
