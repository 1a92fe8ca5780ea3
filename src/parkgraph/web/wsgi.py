"""The WSGI application for any server, over the releases that the environment names.

``PARKGRAPH_RELEASES=releases gunicorn 'parkgraph.web.wsgi:create()'``
"""

import os
from pathlib import Path
from typing import Final

from flask import Flask

from parkgraph.query import Budget
from parkgraph.web.app import create_app
from parkgraph.web.live import Live

RELEASES: Final = "PARKGRAPH_RELEASES"
PUBLIC_URL: Final = "PARKGRAPH_PUBLIC_URL"


def create() -> Flask:
    """The application over the folder of releases that the environment names.

    Raises:
        ParkgraphError: there is no release, or it is broken.
    """
    root = Path(os.environ.get(RELEASES, "releases"))
    public_url = os.environ.get(PUBLIC_URL, "http://localhost:8000/")
    return create_app(Live(root, f"{public_url.rstrip('/')}/", Budget()))
