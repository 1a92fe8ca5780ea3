"""The W3C suites as they lie in ``../shared``: manifests read into cases."""

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from urllib.parse import unquote

import pytest
from pyoxigraph import BlankNode, Literal, NamedNode, Quad, RdfFormat, Store, parse

from tests.conftest import SHARED

SUITE = SHARED / "suites" / "rdf-tests"
#: What every file of the suite is called by.
HOME = "https://w3c.github.io/rdf-tests/"

MF = "http://www.w3.org/2001/sw/DataAccess/tests/test-manifest#"
QT = "http://www.w3.org/2001/sw/DataAccess/tests/test-query#"
UT = "http://www.w3.org/2009/sparql/tests/test-update#"
RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
RDFS = "http://www.w3.org/2000/01/rdf-schema#"

Node = NamedNode | BlankNode
Value = Node | Literal


class Manifest:
    """One manifest file, and short ways to ask it."""

    def __init__(self, path: Path) -> None:
        self.iri = HOME + path.relative_to(SUITE).as_posix()
        self._store = Store()
        self._store.extend(parse(path.read_bytes(), RdfFormat.TURTLE, base_iri=self.iri))

    def all(self, subject: Node, predicate: str) -> list[Value]:
        """Every value of a property."""
        found = self._store.quads_for_pattern(subject, NamedNode(predicate), None, None)
        return [quad.object for quad in found]

    def one(self, subject: Node, predicate: str) -> Value | None:
        """The value of a property, None if it has none."""
        return next(iter(self.all(subject, predicate)), None)

    def text(self, subject: Node, predicate: str) -> str | None:
        """The IRI or the words that a property has for a value."""
        value = self.one(subject, predicate)
        return None if value is None else value.value

    def items(self, head: Value | None) -> Iterator[Value]:
        """The items of a list."""
        while head is not None and head.value != f"{RDF}nil":
            yield self.one(head, f"{RDF}first")
            head = self.one(head, f"{RDF}rest")

    def tests(self) -> Iterator[tuple[Node, str]]:
        """Every test that the manifest lists, and the local name of its kind."""
        for entries in self._store.quads_for_pattern(None, NamedNode(f"{MF}entries"), None, None):
            for test in self.items(entries.object):
                yield test, self.kind(test)

    def kind(self, test: Node) -> str:
        """The local name of the class of a test."""
        return (self.text(test, f"{RDF}type") or "").rpartition("#")[2]

    def of_kind(self, kind: str) -> list[Node]:
        """Every test of a kind, listed or not."""
        found = self._store.quads_for_pattern(None, NamedNode(f"{RDF}type"), NamedNode(MF + kind))
        return [quad.subject for quad in found]


@dataclass(frozen=True)
class Case:
    """A test of a manifest.

    Attributes:
        name: suite, folder and name of the test.
        kind: the local name of its class.
        action: the IRI of the text that is asked or of the file that is read.
        data: the IRIs of the files that make up the default graph.
        graphs: the name of each named graph, and the IRI of its file.
        result: the IRI of the file with the expected result.
        lax: of equal solutions, one is enough.
    """

    name: str
    kind: str
    action: str | None
    data: tuple[str, ...] = ()
    graphs: tuple[tuple[str, str], ...] = ()
    result: str | None = None
    lax: bool = False

    @property
    def text(self) -> str:
        """The text that is asked."""
        return read(self.action or "").decode()

    def __str__(self) -> str:
        return self.name


def local(iri: str) -> Path:
    """Where a file of the suite lies."""
    assert iri.startswith(HOME), f"{iri} is no file of the suite"
    return SUITE / unquote(iri.removeprefix(HOME))


@cache
def read(iri: str) -> bytes:
    """The bytes of a file of the suite."""
    return local(iri).read_bytes()


def quads(iri: str) -> list[Quad]:
    """The quads of a file of the suite; its blank nodes get names that nobody else uses."""
    syntax = RdfFormat.from_extension(local(iri).suffix[1:])
    return list(parse(read(iri), syntax, base_iri=iri, rename_blank_nodes=True))


@cache
def manifests(part: str) -> tuple[Manifest, ...]:
    """The manifests below a folder of the suite; none where the suite is absent."""
    return tuple(Manifest(path) for path in sorted((SUITE / part).rglob("manifest*.ttl")))


@cache
def cases(part: str) -> tuple[Case, ...]:
    """The tests below a folder of the suite, by name."""
    found = [
        _case(manifest, test, kind)
        for manifest in manifests(part)
        for test, kind in manifest.tests()
    ]
    return tuple(sorted(found, key=lambda case: case.name))


def parameters(found: Iterable[Case]) -> list[object]:
    """Parameters of a test: its cases, or one that says why there are none."""
    listed = [pytest.param(case, id=case.name) for case in found]
    return listed or [absent()]


def absent() -> object:
    """The parameter of a test that has no suite to run."""
    reason = f"the W3C suites are not at {SUITE}" if not SUITE.is_dir() else "no such tests here"
    return pytest.param(None, id="absent", marks=pytest.mark.skip(reason=reason))


@cache
def known_failures() -> Mapping[str, str]:
    """The tests that the engine fails, each with the reason."""
    listed = tomllib.loads((Path(__file__).parent / "known_failures.toml").read_text("utf-8"))
    return {name: group["reason"] for group in listed["group"] for name in group["tests"]}


def name_of(manifest: Manifest, test: Node) -> str:
    """The name of a test: where its manifest lies, and its own."""
    folder = manifest.iri.removeprefix(HOME).rpartition("/")[0]
    return f"{folder.partition('/')[2]}/{test.value.rpartition('#')[2]}"


def _case(manifest: Manifest, test: Node, kind: str) -> Case:
    action = manifest.one(test, f"{MF}action")
    result = manifest.one(test, f"{MF}result")
    case = Case(
        name_of(manifest, test),
        kind,
        action.value if isinstance(action, NamedNode) else None,
        result=result.value if isinstance(result, NamedNode) else None,
        lax=manifest.text(test, f"{MF}resultCardinality") == f"{MF}LaxCardinality",
    )
    return _with_data(manifest, case, action) if isinstance(action, BlankNode) else case


def _with_data(manifest: Manifest, case: Case, action: BlankNode) -> Case:
    text = manifest.text(action, f"{QT}query") or manifest.text(action, f"{UT}request")
    data = sorted(value.value for value in manifest.all(action, f"{QT}data"))
    graphs = sorted(_named(manifest, value) for value in manifest.all(action, f"{QT}graphData"))
    return Case(case.name, case.kind, text, tuple(data), tuple(graphs), case.result, case.lax)


def _named(manifest: Manifest, graph: Value) -> tuple[str, str]:
    """A named graph is called as its file is, or as its label says."""
    if isinstance(graph, NamedNode):
        return graph.value, graph.value
    file = manifest.text(graph, f"{QT}graph") or manifest.text(graph, f"{UT}graph") or ""
    return manifest.text(graph, f"{RDFS}label") or file, file
