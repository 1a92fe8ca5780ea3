"""Serve what a SPARQL service elsewhere has: documents, pages, queries, and nothing kept long."""

import tempfile
import threading
import time
from asyncio import AbstractEventLoop
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from os import environ
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit

from flask import current_app

from parkgraph.errors import Diagnostic
from parkgraph.lists import Lists
from parkgraph.query import Budget, QueryFailed, QueryService, Question, Source
from parkgraph.query.upstream import authorization, checked_address
from parkgraph.rdf import Triple
from parkgraph.release import Release
from parkgraph.search import Search
from parkgraph.web.base import find_base
from parkgraph.web.data import stand_in
from parkgraph.web.endpointindex import EndpointIndex, Silent
from parkgraph.web.endpointnames import ListsByQuery, SearchByQuery
from parkgraph.web.iris import TAKEN, address, named_address
from parkgraph.web.known import Terms
from parkgraph.web.live import Edition, Fixed
from parkgraph.web.site import Site

#: Subjects that the base is looked for in, of a service that may give few rows.
_SAMPLE: Final = 1_000
#: Seconds until the base is looked for again where the service did not answer.
_AGAIN: Final = 10.0
#: Seconds for which the terms of the data are believed, which only hints are made of.
_TERMS: Final = 600.0
#: Seconds that the service may take to show that it is there.
_READY: Final = 3.0


@dataclass(frozen=True)
class Endpoint:
    """Which service is served, and how.

    Attributes:
        url: its address.
        graphs: those of its graphs that are served; empty for all.
        base: IRIs that begin with it have their own paths here; None finds it in the data.
        kept: seconds for which an answer may be given again.
    """

    url: str
    graphs: tuple[str, ...] = ()
    base: str | None = None
    kept: float = 0.0


@dataclass(frozen=True)
class EndpointSite(Site):
    """A service in the place of a release: every IRI in it has an address.

    Attributes:
        queries: asks the service.
        endpoint: what is served of it.
    """

    index: EndpointIndex
    queries: QueryService
    endpoint: Endpoint

    @property
    def fleeting(self) -> bool:
        """It may change at any time."""
        return True

    @property
    def triples(self) -> int | None:
        """Nobody counts them."""
        return None

    def serves(self, graph: str) -> bool:
        """Whether ``graph`` may be asked."""
        return not self.endpoint.graphs or graph in self.endpoint.graphs

    def describe(self, iri: str) -> Sequence[Triple]:
        """The description of ``iri``, by queries."""
        return self.index.description(iri)

    def local(self, iri: str) -> str:
        """The address at which this server answers for ``iri``, whoever named it.

        What has a fragment is named whole: whether its document says something is not known.
        """
        if "#" in iri:
            return named_address(iri)
        return address(self.base, iri, current_app.extensions[TAKEN])

    def quiet(self) -> "EndpointSite":
        """The same without asking the service for names."""
        return replace(self, index=Silent(self.queries, ()))

    def fault(self) -> Diagnostic | None:
        """Why the service cannot be asked just now, if so."""
        try:
            self.queries.ask(Question("ASK {}", seconds=_READY))
        except QueryFailed as error:
            return error.findings[0]
        return None

    @cached_property
    def search(self) -> Search:
        """The search over names, by query."""
        return SearchByQuery(self.queries)

    @cached_property
    def lists(self) -> Lists:
        """Lists by class, by query."""
        return ListsByQuery(self.queries)


class Renewed(Fixed):
    """One service for as long as the process lives, and an edition of it for a short time each.

    With an edition ends all that is kept of it. The queries are the same for all.
    """

    def __init__(self, endpoint: Endpoint, public_url: str, queries: QueryService) -> None:
        self._endpoint, self._queries = endpoint, queries
        self._public_url = public_url
        self._folder = Path(tempfile.mkdtemp(prefix="parkgraph-"))
        self._release = self._stand_in(endpoint.base or public_url)
        self._closing = threading.Event()
        super().__init__(self._renewed(), self._folder)
        self._until = time.monotonic() + endpoint.kept
        self._terms_until = time.monotonic() + _TERMS
        if endpoint.base is None:
            threading.Thread(target=self._find_base, name="base", daemon=True).start()

    def acquire(self) -> Edition:
        """An edition that is not too old."""
        now = time.monotonic()
        if now >= self._until:
            self._until = now + self._endpoint.kept
            terms = self._edition.known if now < self._terms_until else None
            self._terms_until = self._terms_until if terms else now + _TERMS
            self._edition = self._renewed(terms)
            self.ledger.renew(self._edition)
        return self._edition

    def close(self) -> None:
        """Stop serving."""
        self._closing.set()
        super().close()

    def _renewed(self, terms: Terms | None = None) -> Edition:
        index = EndpointIndex(self._queries, self._endpoint.graphs)
        site = EndpointSite(
            self._release, index, self._public_url, "", self._queries, self._endpoint
        )
        return Edition(site, self._queries, known=terms)

    def _find_base(self) -> None:
        """Look for the base until it is found; until then no IRI has a path of its own."""
        while True:
            try:
                base = find_base(self._queries, self._public_url, sample=_SAMPLE)
            except QueryFailed:
                if self._closing.wait(_AGAIN):
                    return
            else:
                self._release = self._stand_in(base)
                self._until = 0.0
                return

    def _stand_in(self, base: str) -> Release:
        """What takes the place of a release: nothing is published, only shown."""
        folder = Path(tempfile.mkdtemp(dir=self._folder))
        return stand_in(folder, base, urlsplit(base).netloc, time.time())


def open_endpoint(
    endpoint: Endpoint,
    public_url: str,
    budget: Budget,
    loop: AbstractEventLoop | None = None,
) -> Renewed:
    """Editions over a service, which need not answer yet.

    Args:
        endpoint: the service.
        public_url: where clients reach the server.
        budget: what a query may use.
        loop: where queries are asked; without one they have a loop of their own.

    Raises:
        ParkgraphError: the address, or the credentials in the environment, will not do (PG516).
    """
    authorization(environ)
    source = Source(
        endpoint=checked_address(endpoint.url), graphs=endpoint.graphs, base=f"{public_url}sparql"
    )
    return Renewed(endpoint, public_url, QueryService(source, budget, loop=loop))
