"""The web interface described for programs: OpenAPI 3.1, from the table of routes."""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from http import HTTPStatus
from typing import Final

from flask import Blueprint, Flask, Response, current_app
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Rule

import parkgraph
from parkgraph.rdf import Literal, NamedNode
from parkgraph.vocab import HOME, term
from parkgraph.web.http import answer
from parkgraph.web.routes import NAMES, PARAMETERS, ROUTES, Route, routes_of
from parkgraph.web.saying import values
from parkgraph.web.site import Site
from parkgraph.web.state import site

blueprint = Blueprint("openapi", __name__)

Json = dict[str, object]

_NAMED: Final = re.compile(r"\{([a-z-]+)\}")
#: What every method of an address has in common, and so is said once.
_ABOUT: Final = (
    "HEAD and OPTIONS work everywhere. The form of an answer is negotiated by the headers Accept, "
    "Accept-Language and Accept-Encoding, if the address does not name it. Errors are problem "
    "details (RFC 9457), or a page where HTML is asked for. At /sparql the method QUERY "
    "(RFC 10008), for which OpenAPI 3.1 has no word, takes what POST takes."
)
_PROBLEM: Final[Json] = {
    "type": "object",
    "required": ["type", "title", "status", "detail", "instance", "code"],
    "properties": {
        "type": {"type": "string", "format": "uri"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string"},
        "code": {"type": "string"},
        "request": {"type": "string"},
        "help": {"type": "string"},
        "where": {"type": "string"},
    },
}


@blueprint.get("/openapi.json")
def openapi() -> Response:
    """This description of the web interface."""
    document = description(current_app, site())
    return answer(json.dumps(document, indent=2, ensure_ascii=False) + "\n", "application/json")


def description(app: Flask, here: Site) -> Json:
    """The whole interface of ``app``, with examples from the data that is served."""
    known = examples(here)
    publication = bool(here.manifest.dataset)
    routes = routes_of(publication=publication, files=not (publication or here.fleeting))
    return {
        "openapi": "3.1.0",
        "info": {"title": _title(here), "version": parkgraph.__version__, "description": _ABOUT},
        "servers": [{"url": here.public_url.rstrip("/")}],
        "paths": {route.path: _operations(app, route, known) for route in routes},
        "components": {"schemas": {"problem": _PROBLEM}},
    }


def rule_of(app: Flask, route: Route, known: Mapping[str, str]) -> Rule | None:
    """The rule of ``app`` that answers at a route's address, once examples fill it in."""
    path = _NAMED.sub(lambda match: str(known.get(match[1], match[1])), route.path)
    try:
        rule, _ = app.url_map.bind("localhost").match(path, "GET", return_rule=True)
    except HTTPException:
        return None
    return rule


def examples(here: Site) -> dict[str, str]:
    """For each part of an address that varies, what it is in the data that is served."""
    fixed = {
        "extension": "ttl",
        "form": "md",
        "list": "park",
        "syntax": "ttl",
        "citation": "bib",
        "number": "1",
        "file": "manifest.json",
        "asset": "icon.svg",
        "digest": here.manifest.name,
    }
    return {**fixed, **dict(_things(here)), **dict(_documents(here)), **dict(_graphs(here))}


def _things(here: Site) -> Iterator[tuple[str, str]]:
    for park in here.index.instances(term("park:Park").value, limit=1):
        yield "kind", "park"
        yield "slug", park.rpartition("/")[2]
    for concept in here.index.instances(term("skos:Concept").value, limit=1):
        yield from zip(("scheme", "concept"), concept.split("/")[-2:], strict=True)


def _documents(here: Site) -> Iterator[tuple[str, str]]:
    for file in here.manifest.distributions:
        if file.path.startswith("source/"):
            document, _, name = file.path.removeprefix("source/").partition("/")
            yield "document", document
            yield "version", name.removesuffix(".txt")


def _graphs(here: Site) -> Iterator[tuple[str, str]]:
    for name in here.index.graphs():
        local = name.removeprefix(f"{here.base}graph/")
        if local.isalnum():
            yield "graph", local
    versions = [("ontology", here.index.outgoing(f"{HOME}def")), ("rules", here.shapes)]
    for name, triples in versions:
        for triple in triples:
            if triple.predicate == term("owl:versionIRI") and isinstance(triple.object, NamedNode):
                yield name, triple.object.value.rpartition("/")[2]


def _title(here: Site) -> str:
    titles = values(here.dataset, NamedNode(f"{here.base}dataset"), "dcterms:title")
    return next((t.value for t in titles if isinstance(t, Literal)), here.base)


def _operations(app: Flask, route: Route, known: Mapping[str, str]) -> Json:
    rule = rule_of(app, route, known)
    view = app.view_functions[rule.endpoint] if rule else None
    operations: Json = {"get": _operation(route, view, known)}
    if route.bodies:
        operations["post"] = {
            **_operation(route, view, known, asked=False),
            "requestBody": {"required": True, "content": dict(map(_body, route.bodies))},
        }
    return operations


def _operation(
    route: Route,
    view: Callable[..., object] | None,
    known: Mapping[str, str],
    *,
    asked: bool = True,
) -> Json:
    path = [_parameter(name, "path", known) for name in _NAMED.findall(route.path)]
    query = [_parameter(name, "query", {}) for name in route.query] if asked else []
    statuses = [*([200] if route.types else []), *route.statuses, *([] if asked else [415])]
    operation: Json = {
        "summary": (view.__doc__ or "").partition("\n")[0] if view else "",
        "responses": {str(status): _response(route, status) for status in statuses},
    }
    return {**operation, "parameters": [*path, *query]} if path or query else operation


def _parameter(name: str, place: str, known: Mapping[str, str]) -> Json:
    parameter = PARAMETERS[name]
    told: Json = {
        "name": NAMES.get(name, name),
        "in": place,
        "required": place == "path",
        "description": parameter.description,
        "schema": dict(parameter.schema),
    }
    whole = parameter.schema.get("type") == "integer"
    return (
        {**told, "example": int(known[name]) if whole else known[name]} if name in known else told
    )


def _response(route: Route, status: int) -> Json:
    said: Json = {"description": HTTPStatus(status).phrase}
    if status in {200, 206}:
        return {**said, "content": {name: {} for name in route.types}}
    if status < 400:
        return said
    problem = {"schema": {"$ref": "#/components/schemas/problem"}}
    return {**said, "content": {"application/problem+json": problem, "text/html": {}}}


def _body(media_type: str) -> tuple[str, Json]:
    """What a POST holds: a query as it is, or as a form."""
    if media_type == "application/sparql-query":
        return media_type, {"schema": {"type": "string"}}
    (fields,) = [route.query for route in ROUTES if media_type in route.bodies]
    properties = {NAMES.get(name, name): dict(PARAMETERS[name].schema) for name in fields}
    schema = {"type": "object", "required": ["query"], "properties": properties}
    return media_type, {"schema": schema}
