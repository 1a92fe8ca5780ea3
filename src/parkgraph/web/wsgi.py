"""The WSGI application for any server, over what the environment names.

``PARKGRAPH_RELEASES=releases gunicorn 'parkgraph.web.wsgi:create()'``
"""

import json
import os
from pathlib import Path
from typing import Final

from flask import Flask

from parkgraph.errors import ParkgraphError
from parkgraph.query import Budget
from parkgraph.web.app import create_app
from parkgraph.web.data import open_data
from parkgraph.web.live import Editions, Live

#: The folder of releases.
RELEASES: Final = "PARKGRAPH_RELEASES"
#: RDF files to serve instead, as a JSON list, and the base of the IRIs that have documents.
DATA: Final = "PARKGRAPH_DATA"
BASE: Final = "PARKGRAPH_BASE"
#: Where clients reach the server.
PUBLIC_URL: Final = "PARKGRAPH_PUBLIC_URL"
#: What a query may use: the fields of :class:`parkgraph.query.Budget` as a JSON object.
BUDGET: Final = "PARKGRAPH_BUDGET"
#: A file for the reason why the application could not be made, read by who started it.
STATUS: Final = "PARKGRAPH_STATUS"


def create() -> Flask:
    """The application over what the environment names.

    Raises:
        ParkgraphError: there is no release, it is broken, or a file does not parse.
    """
    try:
        return create_app(_editions())
    except ParkgraphError as error:
        if STATUS not in os.environ:
            raise
        Path(os.environ[STATUS]).write_text(
            json.dumps([[f.code, f.message, f.where, f.help] for f in error.findings]), "utf-8"
        )
        os._exit(2)  # the starter says why; a traceback would only hide it


def _editions() -> Editions:
    public_url = f"{os.environ.get(PUBLIC_URL, 'http://localhost:8000').rstrip('/')}/"
    budget = Budget(**json.loads(os.environ.get(BUDGET, "{}")))
    if DATA in os.environ:
        files = [Path(name) for name in json.loads(os.environ[DATA])]
        return open_data(files, os.environ.get(BASE, public_url), public_url, budget)
    return Live(Path(os.environ.get(RELEASES, "releases")), public_url, budget)
