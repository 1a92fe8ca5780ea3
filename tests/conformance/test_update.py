"""Updates: every one of the suite is refused, with the reason, and nothing changes."""

import json
from urllib.parse import urlencode

import pytest

from tests.conformance.queries import FORM, ask, said
from tests.conformance.suite import cases, parameters
from tests.conftest import Answer, Server

UPDATES = [case for case in cases("sparql") if (case.action or "").endswith(".ru")]


@pytest.mark.parametrize("case", parameters(UPDATES))
def test_update_is_refused(endpoint: Server, quads: int, case):
    """An update is 403, by its content type and by its parameter, whether it parses or not."""
    direct = endpoint.ask(
        "/sparql", "POST", case.text.encode(), Content_Type="application/sparql-update"
    )
    form = endpoint.ask(
        "/sparql", "POST", urlencode({"update": case.text}).encode(), Content_Type=FORM
    )

    assert [refusal(direct), refusal(form)] == [(403, "PG632")] * 2
    assert counted(endpoint, case.name) == quads


@pytest.mark.parametrize("case", parameters(UPDATES))
def test_update_is_no_query(endpoint: Server, quads: int, case):
    """The text of an update sent as a query is 400."""
    answer = ask(endpoint, case.text, [], "*/*", "form")

    assert answer.status == 400, said(answer)
    assert counted(endpoint, case.name) == quads


def refusal(answer: Answer) -> tuple[int, str]:
    """The status and the code of a refusal."""
    return answer.status, json.loads(answer.body)["code"]


def counted(server: Server, name: str) -> int:
    """How many quads are served now; the comment keeps an earlier answer from being given again."""
    text = (
        f"SELECT (COUNT(*) AS ?n) {{ {{ ?s ?p ?o }} UNION {{ GRAPH ?g {{ ?s ?p ?o }} }} }} # {name}"
    )
    answer = json.loads(ask(server, text, [], "application/json").body)
    return int(answer["results"]["bindings"][0]["n"]["value"])
