"""Downloads of RDF files that are served as they are: each syntax is made when first asked for."""

import json
import os
import subprocess
import sys
import threading
from functools import lru_cache
from pathlib import Path
from typing import Final

from flask import Blueprint, Response
from werkzeug.http import http_date

from parkgraph.errors import Diagnostic
from parkgraph.query.convert import NO_ROOM, PART, UNSAYABLE
from parkgraph.rdf import FORMATS
from parkgraph.release import Distribution, file_sha256
from parkgraph.web.data import DataSite
from parkgraph.web.files import sent
from parkgraph.web.http import REVALIDATE
from parkgraph.web.problems import not_found, problem
from parkgraph.web.state import site

blueprint = Blueprint("converted", __name__)

#: One at a time. The others come again: if they waited long, one client could take every thread.
_MAKING: Final = threading.Lock()
#: Seconds in which a small file is written.
_BRIEF: Final = 0.3


@blueprint.get("/download/data.<extension>")
def download(extension: str) -> Response:
    """All data in one file; ranges are honoured. Syntaxes for one graph hold the default graph."""
    here = site()
    if extension not in FORMATS or not isinstance(here, DataSite):
        return not_found()
    path = here.release.folder / f"data.{extension}"
    if not path.is_file() and (fault := _made(here, extension, path)):
        return _unmade(fault)
    made = path.stat()
    digest = _digest(path, made.st_mtime_ns)
    known = {
        "Cache-Control": REVALIDATE,
        "ETag": f'"{digest[:32]}"',
        "Last-Modified": http_date(made.st_mtime),
    }
    file = Distribution(path.name, FORMATS[extension].media_type, made.st_size, digest)
    return sent(path, file, known)


@lru_cache(maxsize=64)
def _digest(path: Path, _made: int) -> str:
    return file_sha256(path)


_FAILED: Final = Diagnostic("PG690", "the file could not be written", help="try another syntax")
_NO_ROOM: Final = Diagnostic(
    "PG614", "there is no room for a file of this size", help="ask again in a while"
)
_LATER: Final = Diagnostic(
    "PG653", "another file is just being written", help="ask again after the time in Retry-After"
)
#: The status of each; of all others 406.
_STATUSES: Final = {_FAILED: 500, _NO_ROOM: 503, _LATER: 503}
#: Seconds after which to come again.
_SOON: Final = "2"


def _unmade(fault: Diagnostic) -> Response:
    status = _STATUSES.get(fault, 406)
    return problem(status, fault, headers={"Retry-After": _SOON} if status == 503 else {})


def _made(here: DataSite, extension: str, path: Path) -> Diagnostic | None:
    """Write the file; if that cannot be, why not: one of ours, or what has no form in it."""
    refused = path.with_suffix(f".{extension}.refused")
    if refused.is_file():
        return Diagnostic(*json.loads(refused.read_bytes()))
    if not _MAKING.acquire(timeout=_BRIEF):
        return _LATER
    try:
        return None if path.is_file() else _make(here, extension, path)
    finally:
        Path(f"{path}{PART}").unlink(missing_ok=True)
        _MAKING.release()


def _make(here: DataSite, extension: str, path: Path) -> Diagnostic | None:
    # In a process of its own: a million triples would keep the other requests waiting.
    program = [sys.executable, "-P", "-m", "parkgraph.query.convert", str(os.getpid())]
    command = [*program, extension, str(path), *map(str, here.files)]
    done = subprocess.run(command, capture_output=True, check=False)  # noqa: S603  # ourselves
    if done.returncode == UNSAYABLE:
        _keep(path.with_suffix(f".{extension}.refused"), done.stderr)
        return Diagnostic(*json.loads(done.stderr))
    if done.returncode == NO_ROOM:
        return _NO_ROOM
    return _FAILED if done.returncode else None


def _keep(path: Path, reason: bytes) -> None:
    try:
        path.write_bytes(reason)
    except OSError:  # no room: it is found out anew each time
        path.unlink(missing_ok=True)
