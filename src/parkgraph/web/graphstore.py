"""The Graph Store HTTP Protocol, the half that reads: one graph by its name."""

from flask import Blueprint, Response, request

from parkgraph.errors import Diagnostic
from parkgraph.negotiate import GRAPH, Representation
from parkgraph.query import Question
from parkgraph.rdf import is_absolute_iri, parse_bytes
from parkgraph.web.asked import Refused, parameters
from parkgraph.web.http import answer
from parkgraph.web.problems import not_acceptable, problem
from parkgraph.web.reader import form as wanted_form
from parkgraph.web.state import edition, site
from parkgraph.writing import write

blueprint = Blueprint("graphstore", __name__)

_EVERYTHING = "CONSTRUCT { ?s ?p ?o } { ?s ?p ?o }"


@blueprint.get("/data")
def graph() -> Response:
    """The default graph for ``?default``, a named one for ``?graph=IRI`` (GSP §4.1, §5.2)."""
    said = parameters(request.query_string)
    if isinstance(said, Refused):
        return problem(said.status, said.finding)
    names = [value for name, value in said if name == "graph"]
    default = any(name == "default" for name, _ in said)
    if default == bool(names) or len(names) > 1:
        finding = Diagnostic(
            "PG635",
            "one graph is to be named",
            help="ask for /data?default or /data?graph=IRI",
        )
        return problem(400, finding)
    form, vary = wanted_form(GRAPH)
    if form is None:
        return not_acceptable(GRAPH, vary=vary)
    if names and not is_absolute_iri(names[0]):
        message = f"{names[0]!r} is no absolute IRI"
        finding = Diagnostic("PG635", message, help="name a graph by its IRI")
        return problem(400, finding)
    return _named(names[0], form, vary) if names else _default(form, vary)


def _named(name: str, form: Representation, vary: tuple[str, ...]) -> Response:
    if not site().serves(name):
        return problem(403, Diagnostic("PG660", f"the graph <{name}> is not served here"))
    lines = site().index.graph(name)
    if lines is None:
        advice = "SELECT DISTINCT ?g { GRAPH ?g {} } at /sparql lists the graphs there are"
        return problem(404, Diagnostic("PG636", f"there is no graph {name!r}", help=advice))
    data = write(parse_bytes(lines, "nt"), form.extension)
    return _whole(data, form, vary)


def _default(form: Representation, vary: tuple[str, ...]) -> Response:
    """The default graph: the dump of the release, or what a query finds where there is none."""
    # N-Triples is N-Quads and TriG as well; their dumps hold the named graphs too.
    extension = "nt" if form.extension in {"nq", "trig"} else form.extension
    path = f"parkgraph.{extension}"
    if site().release.file(path) is not None:
        data = (site().release.folder / path).read_bytes()
        return _whole(data, form, vary)
    data = edition().queries.ask(Question(_EVERYTHING, graph=form.extension)).content()
    return _whole(data, form, vary)


def _whole(data: bytes, form: Representation, vary: tuple[str, ...]) -> Response:
    headers = {} if site().fleeting else {"Last-Modified": site().issued}
    return answer(data, form.media_type, vary=vary, headers=headers)
