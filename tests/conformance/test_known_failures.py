"""What is listed as the engine's failure is the engine's, and is a failure still."""

import pytest

from tests.conformance import alone
from tests.conformance.queries import (
    EVALUATION,
    POSITIVE,
    SOLUTIONS,
    ask,
    based,
    dataset,
    expected,
    lines,
    said,
)
from tests.conformance.results import Graph, Result, as_csv, by_value, result_of
from tests.conformance.suite import SUITE, Case, cases, known_failures, parameters
from tests.conftest import Server

LISTED = [case for case in cases("sparql") if case.name in known_failures()]


@pytest.mark.skipif(not SUITE.is_dir(), reason=f"the W3C suites are not at {SUITE}")
def test_every_entry_is_a_test():
    """Each entry names a test of query evaluation or query syntax, and gives a reason."""
    names = {case.name for case in LISTED}

    assert names == set(known_failures())
    assert all(reason.strip() for reason in known_failures().values())
    assert all(case.kind in EVALUATION or "Syntax" in case.kind for case in LISTED)


@pytest.mark.parametrize("case", parameters(LISTED))
def test_fails_in_the_engine_alone(case: Case):
    """The engine by itself, in this process, does not do what the suite wants."""
    if case.kind in EVALUATION:
        found = engine(case)
        assert found is None or wanted_of(case, found) != lines(case, by_value(expected(case)))
    else:
        assert alone.parses(case) != (case.kind in POSITIVE)


@pytest.mark.parametrize("case", parameters(LISTED))
def test_is_passed_on_as_it_is(endpoint: Server, case: Case):
    """What the server answers is what the engine by itself answers, no more and no less."""
    if case.kind not in EVALUATION:
        answer = ask(endpoint, case.text, [], "*/*")
        assert (answer.status == 200) == alone.parses(case), said(answer)
        return
    found = engine(case)
    assert not isinstance(found, Graph)
    answer = ask(endpoint, based(case), dataset(case), SOLUTIONS["json"])
    if found is None:
        assert answer.status == 400, said(answer)
    else:
        assert lines(case, result_of(answer.body, "json")) == lines(case, found)


def engine(case: Case) -> Result | None:
    """What the engine alone answers; None if it cannot read the query."""
    try:
        return alone.evaluated(case)
    except SyntaxError:
        return None


def wanted_of(case: Case, found: Result) -> list[str]:
    """An answer as the suite's file would say it."""
    csv = (case.result or "").endswith(".csv")
    return lines(case, as_csv(found) if csv else by_value(found))
