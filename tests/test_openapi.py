"""The description of the web interface is true: the same routes, and no answer that it lacks."""

import json
import re
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

import openapi_spec_validator
import pytest
import schemathesis
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from parkgraph.query import Budget
from parkgraph.release import Release
from parkgraph.web.app import create_app
from parkgraph.web.live import Live
from parkgraph.web.openapi import description, examples, rule_of
from parkgraph.web.routes import ROUTES
from tests.conftest import Server, serving
from tests.endpoints import oxigraph

#: What the framework adds to each route by itself, and what OpenAPI 3.1 has no word for.
UNSAID = {"HEAD", "OPTIONS", "QUERY"}
#: What answers nothing unless it is asked for something.
NEEDY = {"/data", "/list"}
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]


@schemathesis.serializer("application/sparql-query")
def as_it_is(_: Any, value: Any) -> Any:
    """A query goes as it is."""
    return str(value).encode("utf-8", "replace")


@pytest.fixture(scope="module")
def live(release: Release) -> Iterator[Live]:
    """The release as the application has it, without a server around it."""
    running = Live(release.folder.parent, "http://localhost:8000/", Budget())
    yield running
    running.close()


@pytest.fixture(scope="module")
def app(live: Live) -> Flask:
    return create_app(live)


def test_document(app: Flask, live: Live):
    """It is OpenAPI 3.1; each operation says in a line what it is for."""
    document = description(app, live.acquire().site)
    operations = [op for path in document["paths"].values() for op in path.values()]

    openapi_spec_validator.validate(document)
    assert all(operation["summary"] for operation in operations)


@pytest.mark.parametrize("name", ["files", "service"])
def test_what_is_served_without_a_publication(tmp_path: Path, name: str):
    """Only what is there is described, and the addresses that any IRI has."""
    data, iri = tmp_path / "data.ttl", "http://d.example/a"
    data.write_text(f"<{iri}> a <http://d.example/C> .")
    with ExitStack() as stack:
        store = stack.enter_context(oxigraph(data.read_text())) if name == "service" else ""
        given = ("--endpoint", store) if store else ("--data", str(data))
        server = stack.enter_context(serving(*given, "--base", "http://d.example/"))
        paths = json.loads(server.ask("/openapi.json").body)["paths"]
        filled = {"{extension}": "ttl", "{syntax}": "ttl", "{form}": "md", "{list}": "park"}
        filled |= {"{number}": "1", "{asset}": "icon.svg"}
        statuses = {}
        for path in paths:
            asked = re.sub(r"\{\w+\}", lambda part: filled[part[0]], path)
            more = {"/data": "?default", "/list": f"?of={quote('http://d.example/C')}"}
            more |= dict.fromkeys(("/doc", "/doc.{form}", "/linkset/doc"), f"?iri={quote(iri)}")
            statuses[path] = server.ask(f"{asked}{more.get(path, '')}").status

    assert {path: status for path, status in statuses.items() if status >= 400} == {}
    assert ("/download/data.{syntax}" in paths) is (name == "files")


def test_every_route(app: Flask, live: Live):
    """Each route of the application is described, with its methods, and nothing else is."""
    here = live.acquire().site
    known = examples(here)
    document = description(app, here)
    described: dict[str, set[str]] = {}
    for route in ROUTES:
        rule = rule_of(app, route, known)
        assert rule is not None, f"no route answers at {route.path}"
        methods = {method.upper() for method in document["paths"][route.path]}
        described.setdefault(str(rule), set()).update(methods)

    routed = {str(rule): set(rule.methods or ()) - UNSAID for rule in app.url_map.iter_rules()}
    assert described == routed, "web/routes.py lists the addresses, with forms and statuses"


@pytest.fixture(scope="module")
def operations(server: Server) -> list[Any]:
    """The operations as a client finds them in the description."""
    schema = schemathesis.openapi.from_url(f"{server.url}/openapi.json")
    schema.config.update(base_url=server.url)
    return [found.ok() for found in schema.get_all_operations()]


def known(operation: Any) -> dict[str, object]:
    """The examples of an address's varying parts."""
    return {p.name: p.definition["example"] for p in operation.path_parameters}


@pytest.mark.unmeasured
def test_examples(operations: list[Any]):
    """Each address with its own examples is there, and answers as described."""
    for operation in operations:
        case = operation.Case(path_parameters=known(operation))
        if operation.method == "post":
            case.body, case.media_type = {"query": "ASK {}"}, "application/x-www-form-urlencoded"
        got = case.call_and_validate(checks=CHECKS, timeout=30, allow_redirects=False)

        assert got.status_code in {200, 302, 303} or operation.path in NEEDY, operation.path


@pytest.mark.unmeasured
@pytest.mark.parametrize(
    ("mode", "there"),
    [(GenerationMode.POSITIVE, True), (GenerationMode.NEGATIVE, False)],
    ids=["what is there", "anything"],
)
def test_fuzzed(operations: list[Any], mode: GenerationMode, *, there: bool):
    """Whatever is asked, no 500, no status and no media type that the description lacks."""
    for operation in operations:
        with suppress(Unsatisfiable):  # nothing can be wrong where nothing can be said
            fuzz(operation, mode, there=there)()


def fuzz(operation: Any, mode: GenerationMode, *, there: bool) -> Any:
    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(
        max_examples=3,
        deadline=None,
        database=None,
        derandomize=True,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate],
    )
    def ask(case: Any) -> None:
        if there:
            case.path_parameters = known(operation)
        case.call_and_validate(checks=CHECKS, timeout=30, allow_redirects=False)

    return ask


@pytest.mark.parametrize("path", ["/linkset/doc/park/iasp-6112", "/doc/park/iasp-6112", "/report"])
def test_repeats_keep_forms_apart(server: Server, path: str):
    """What was kept for one media type is not the answer for another."""
    document = json.loads(server.ask("/openapi.json").body)
    template = path.replace("park/iasp-6112", "{kind}/{slug}")
    types = document["paths"][template]["get"]["responses"]["200"]["content"]
    for media_type in [*types, *reversed(types)]:
        got = server.ask(path, Accept=media_type)
        assert got.headers["Content-Type"].partition(";")[0] == media_type
    assert server.ask(path, Accept="image/png").status == 406


#: Addresses that the framework would put right, with a host that nobody asked for.
CROOKED = ["//doc//park/iasp-6112", "/release//manifest.json", "/static/icon.svg", "/dataset.None"]


@pytest.mark.parametrize("path", CROOKED)
def test_no_redirect_by_host(server: Server, path: str):
    """No redirect names the host of the request, which anybody may write."""
    got = server.ask(path, Host="evil.example")

    assert got.status in {200, 404}
    assert got.headers["Location"] is None


def test_files_as_they_are(tmp_path: Path):
    """Where RDF files are served, each address that needs no name answers as described."""
    path = tmp_path / "two.ttl"
    path.write_text("@prefix : <http://example.org/> . :a a :C ; :p 'x', :b . :b a :C .")
    with serving("--data", str(path), "--base", "http://example.org/") as as_it_is:
        document = json.loads(as_it_is.ask("/openapi.json").body)
        for address, operations in document["paths"].items():
            if "{" not in address:
                told = operations["get"]["responses"]
                assert str(as_it_is.ask(address).status) in told, address
