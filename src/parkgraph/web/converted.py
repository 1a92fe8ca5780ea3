"""Downloads of RDF files that are served as they are: each syntax is made when first asked for."""

import json
import subprocess
import sys
import threading
from functools import lru_cache
from pathlib import Path
from typing import Final

from flask import Blueprint, Response
from werkzeug.http import http_date

from parkgraph.errors import Diagnostic
from parkgraph.query.convert import UNSAYABLE
from parkgraph.rdf import FORMATS
from parkgraph.release import Distribution, file_sha256
from parkgraph.web.data import DataSite
from parkgraph.web.files import sent
from parkgraph.web.http import REVALIDATE
from parkgraph.web.problems import not_found, problem
from parkgraph.web.state import site

blueprint = Blueprint("converted", __name__)

#: One at a time: the others wait, and then find what was made.
_MAKING: Final = threading.Lock()


@blueprint.get("/download/data.<extension>")
def download(extension: str) -> Response:
    """All data in one file; ranges are honoured. Syntaxes for one graph hold the default graph."""
    here = site()
    if extension not in FORMATS or not isinstance(here, DataSite):
        return not_found()
    path = here.release.folder / f"data.{extension}"
    with _MAKING:
        if not path.is_file() and (fault := _make(here, extension, path)):
            return problem(500 if fault is _FAILED else 406, fault)
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


def _make(here: DataSite, extension: str, path: Path) -> Diagnostic | None:
    """Write the file; if that cannot be, why not: :data:`_FAILED`, or what has no form in it."""
    refused = path.with_suffix(f".{extension}.refused")
    if refused.is_file():
        return Diagnostic(*json.loads(refused.read_bytes()))
    # In a process of its own: a million triples would keep the other requests waiting.
    command = [sys.executable, "-P", "-m", "parkgraph.query.convert", extension, str(path)]
    done = subprocess.run([*command, *map(str, here.files)], capture_output=True, check=False)  # noqa: S603  # ourselves
    if done.returncode == UNSAYABLE:
        refused.write_bytes(done.stderr)
        return Diagnostic(*json.loads(done.stderr))
    return _FAILED if done.returncode else None
