"""Serve RDF files as they are: an edition without a publication, a release or an index."""

import secrets
import tempfile
from asyncio import AbstractEventLoop
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from threading import get_ident
from typing import Final

from flask import current_app

from parkgraph import __version__
from parkgraph.graphfile import graph_of
from parkgraph.lists import Lists, write_lists
from parkgraph.query import Budget, QueryFailed, QueryService, Question, Source
from parkgraph.query.solutions import solutions
from parkgraph.rdf import Literal, NamedNode, Quad, Triple, parse_bytes, serialise
from parkgraph.release import DERIVED, Manifest, Release
from parkgraph.search import NAMES, Search, write_search
from parkgraph.vocab import PREFIXES, term
from parkgraph.web.base import find_base
from parkgraph.web.endpointindex import Silent
from parkgraph.web.iris import TAKEN, address
from parkgraph.web.live import Edition, Fixed
from parkgraph.web.queried import ANY, QueriedIndex
from parkgraph.web.site import Site

_COUNT: Final = "SELECT (COUNT(*) AS ?n) {{ {} }}"
_DEFAULT: Final = "?s ?p ?o"
_NAMED: Final = "GRAPH ?g { ?s ?p ?o }"


#: Names and types of everything that has an IRI: what a search without an index goes by.
_NAMES: Final = """
CONSTRUCT {{ ?s ?p ?o }}
WHERE {{
  VALUES ?p {{ {} }}
  {{ ?s ?p ?o }} UNION {{ GRAPH ?g {{ ?s ?p ?o }} }}
  FILTER(isIRI(?s))
}}
LIMIT {}
"""
#: What leads from one thing to another.
_LINKS: Final = """
CONSTRUCT {{ ?s ?p ?o }}
WHERE {{ {} FILTER(isIRI(?s) && isIRI(?o)) }}
LIMIT {}
"""
#: How many names and types are searched at most, and how many links are counted.
_MOST: Final = 200_000


@dataclass(frozen=True)
class DataSite(Site):
    """Files in the place of a release: every IRI in them has an address.

    Search and lists are made of names at first use.

    Attributes:
        queries: asks the data.
        files: where it comes from.
    """

    queries: QueryService
    queried: QueriedIndex
    files: tuple[Path, ...]

    def describe(self, iri: str) -> Sequence[Triple]:
        """The description of ``iri``, made where the data is; of fragments and uses too."""
        return self.queried.description(iri)

    def local(self, iri: str) -> str:
        """The address at which this server answers for ``iri``, whoever named it."""
        return address(self.base, iri, current_app.extensions[TAKEN])

    def quiet(self) -> "DataSite":
        """The same without asking for names, for which nobody may have time just now."""
        return replace(self, index=Silent(self.queries, ()))

    @cached_property
    def search(self) -> Search:
        """The search over names.

        Raises:
            QueryFailed: there are too many of them for the budget of a query.
        """
        path = self._fresh("search")
        with graph_of(self._named) as graph:
            write_search(path, graph.things(), (), whole=True)
        return Search(path)

    @cached_property
    def lists(self) -> Lists:
        """Lists of what has a name or a type.

        Raises:
            QueryFailed: there are too many of them for the budget of a query.
        """
        path = self._fresh("lists")
        with graph_of(self._named + self._links()) as graph:
            write_lists(path, graph, whole=True)
        return Lists(path)

    @cached_property
    def _named(self) -> list[Quad]:
        properties = " ".join(str(name) for name in (*NAMES, term("rdf:type")))
        return self._quads(_NAMES.format(properties, _MOST))

    def _links(self) -> list[Quad]:
        """All links between things; none where there are so many that some would be left out."""
        try:
            found = self._quads(_LINKS.format(ANY.format("?s ?p ?o"), _MOST + 1))
        except QueryFailed as error:
            if error.kind == "busy":
                raise
            return []
        return found if len(found) <= _MOST else []

    def _quads(self, query: str) -> list[Quad]:
        return list(parse_bytes(self.queries.ask(Question(query, graph="nt")).content(), "nt"))

    def _fresh(self, name: str) -> Path:
        """A file of this thread's own: threads that come at once do the work each for itself."""
        return self.release.derived / f"{name}-{get_ident()}.sqlite"


def open_data(
    files: Sequence[Path],
    base: str | None,
    public_url: str,
    budget: Budget,
    loop: AbstractEventLoop | None = None,
) -> Fixed:
    """An edition over RDF files; blank nodes and named graphs are kept.

    Args:
        files: any syntax that is read, told by its ending; ``.gz`` may follow.
        base: IRIs that begin with it have their own paths here; None finds it in the data.
        public_url: where clients reach the server.
        budget: what a query may use.
        loop: where queries are asked; without one they have a loop of their own.

    Raises:
        ParkgraphError: a file does not parse (PG301), with its line and column.
    """
    source = Source(
        tuple(str(path.resolve()) for path in files),
        describe="parkgraph.query.stored:describer",
        base=f"{public_url}sparql",
    )
    queries = QueryService(source, budget, loop=loop)
    folder = Path(tempfile.mkdtemp(prefix="parkgraph-"))
    release = _of_files(files, base or find_base(queries, public_url), queries, folder)
    # Blank nodes get other labels in every process, so no tag outlives it.
    salt = secrets.token_hex(16)
    index = QueriedIndex(queries)
    site = DataSite(release, index, public_url, salt, queries, index, tuple(files))
    return Fixed(Edition(site, queries), folder)


def _of_files(files: Sequence[Path], base: str, queries: QueryService, folder: Path) -> Release:
    triples, named = (_number(queries, pattern) for pattern in (_DEFAULT, _NAMED))
    title = ", ".join(path.name for path in files)
    newest = max(path.stat().st_mtime for path in files)
    found = stand_in(folder, base, title, newest)
    return replace(found, manifest=replace(found.manifest, triples=triples, quads=triples + named))


def stand_in(folder: Path, base: str, title: str, at: float) -> Release:
    """What takes the place of a release: nothing is published, only shown.

    Args:
        folder: where it is to be.
        base: the start of the IRIs that have paths of their own.
        title: of the dataset.
        at: how old it is, in seconds since 1970.
    """
    manifest = Manifest(
        dataset="",
        default="",
        base=base,
        issued=datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        previous=None,
        tool=f"parkgraph {__version__}",
        triples=0,
        quads=0,
        inputs={},
        distributions=(),
    )
    derived = folder / "derived" / DERIVED
    derived.mkdir(parents=True)
    (derived / "dataset.ttl").write_bytes(_dataset(base, title))
    (derived / "shapes.ttl").write_bytes(b"")
    return Release(folder, manifest)


def _number(queries: QueryService, pattern: str) -> int:
    (found,) = solutions(queries.ask(Question(_COUNT.format(pattern))).content())
    return int(found["n"]["value"])


def _dataset(base: str, title: str) -> bytes:
    """The dataset described by all that is known of it: a title, and where its IRIs begin."""
    dataset = NamedNode(f"{base}dataset")
    triples = [
        Triple(dataset, term("rdf:type"), term("dcat:Dataset")),
        Triple(dataset, term("rdf:type"), term("void:Dataset")),
        Triple(dataset, term("dcterms:title"), Literal(title, language="en")),
        Triple(dataset, term("void:uriSpace"), Literal(base)),
    ]
    quads = [Quad(t.subject, t.predicate, t.object) for t in triples]
    return serialise(quads, "ttl", PREFIXES)
