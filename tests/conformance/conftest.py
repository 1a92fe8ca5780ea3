"""The servers that are asked; each serves what a whole suite needs."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import pytest
from pyoxigraph import Quad, RdfFormat, serialize

from tests.conformance.queries import bundle
from tests.conformance.suite import cases
from tests.conftest import Server, serving


@pytest.fixture(scope="session")
def suite_data() -> list[Quad]:
    """The data of every query test."""
    return bundle(cases("sparql"))


@pytest.fixture(scope="session")
def quads(suite_data: list[Quad]) -> int:
    """How many quads that is."""
    return len(set(suite_data))


@pytest.fixture(scope="session")
def endpoint(suite_data: list[Quad], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of it: each file is a graph that is called as the file is."""
    with serving_quads(suite_data, tmp_path_factory) as server:
        yield server


@contextmanager
def serving_quads(
    served: Iterable[Quad], tmp_path_factory: pytest.TempPathFactory, *arguments: str
) -> Iterator[Server]:
    """A server of some quads."""
    file = tmp_path_factory.mktemp("conformance") / "data.nq"
    file.write_bytes(serialize(served, format=RdfFormat.N_QUADS))
    with serving("--data", str(file), *arguments) as server:
        yield server
