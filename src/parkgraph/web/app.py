"""The Flask application: blueprints over the release that is live."""

from flask import Flask

from parkgraph.web import files, home, resources, sparql
from parkgraph.web.live import Editions
from parkgraph.web.problems import register
from parkgraph.web.state import give_back

#: The largest request body, in bytes: a query text of 256 kB, urlencoded.
MAX_BODY = 1_000_000


def create_app(live: Editions) -> Flask:
    """The application that serves what ``live`` holds."""
    app = Flask("parkgraph.web", static_folder="static")
    app.config["MAX_CONTENT_LENGTH"] = MAX_BODY
    app.extensions["parkgraph"] = live
    for module in (home, resources, files, sparql):
        app.register_blueprint(module.blueprint)
    app.teardown_request(give_back)
    register(app)
    return app
