"""From what is asked to a result, whatever serves it: Flask for all cases, or a shorter way."""

import os
from dataclasses import dataclass
from typing import Final, NamedTuple

from parkgraph.negotiate import GRAPH, HTML, SOLUTIONS, Representation, named, negotiate
from parkgraph.query import Answer, Budget, Inquiry, Question, SpoolFile
from parkgraph.query.point import Point
from parkgraph.recent import characters, of_short
from parkgraph.web.asked import Asked
from parkgraph.web.kept import Kept, Key, result_tag
from parkgraph.web.live import Edition
from parkgraph.web.site import Site
from parkgraph.web.throttle import Throttle

#: Query forms whose result is a graph.
GRAPH_FORMS: Final = frozenset({"construct", "describe"})


@dataclass(frozen=True, slots=True)
class Forms:
    """The forms that a client takes: of solutions, of a graph, and whether it wants a page.

    Attributes:
        vary: the headers that decided.
    """

    solutions: Representation | None
    graph: Representation | None
    page: bool
    vary: tuple[str, ...]

    @property
    def plain(self) -> bool:
        """Whether any result can be sent, and none as a page."""
        return not self.page and self.solutions is not None and self.graph is not None

    def of(self, form: str | None) -> Representation | None:
        """The form of the answer to a query of that ``form``; None if none is acceptable."""
        return self.graph if form in GRAPH_FORMS else self.solutions


@of_short(characters)
def forms(wanted: str, accept: str | None) -> Forms:
    """What ``format=`` says, or else what ``Accept`` amounts to."""
    if wanted:
        page = named(wanted, (HTML,)) is not None
        return Forms(named(wanted, SOLUTIONS), named(wanted, GRAPH), page, ())
    page = negotiate(accept, (HTML, *SOLUTIONS, *GRAPH)) == HTML
    return Forms(negotiate(accept, SOLUTIONS), negotiate(accept, GRAPH), page, ("Accept",))


def question(said: Asked, taken: Forms) -> Question:
    """The question to ask, of the only query that there is; a page is made from JSON and Turtle.

    Graphs that are named twice are one: to Oxigraph they would be two.
    """
    solutions, graph = taken.solutions, taken.graph
    return Question(
        said.queries[0],
        default_graphs=tuple(dict.fromkeys(said.default_graphs)) or None,
        named_graphs=tuple(dict.fromkeys(said.named_graphs)) or None,
        solutions="json" if taken.page or not solutions else solutions.extension,
        graph="ttl" if taken.page or not graph else graph.extension,
        seconds=said.seconds,
    )


class Found(NamedTuple):
    """A result: kept bytes with their tag, or a large one in a file of its own."""

    answer: Answer
    kept: Kept | None = None

    @staticmethod
    def of(answer: Answer) -> "Found":
        """An answer just given."""
        body = answer.body
        return Found(answer, None if isinstance(body, SpoolFile) else Kept.of(answer, body))

    @property
    def file(self) -> SpoolFile:
        """The file of a large result.

        Raises:
            TypeError: it is a small one, and kept.
        """
        if not isinstance(self.answer.body, SpoolFile):
            raise TypeError(self.answer.body)
        return self.answer.body

    @property
    def etag(self) -> str:
        """The strong entity tag of the result as it is, without quotes."""
        return self.kept.etag if self.kept else result_tag(self.answer, self.file.digest)

    def start(self, size: int) -> bytes:
        """The first bytes of the result."""
        if self.kept is not None:
            return self.kept.body[:size]
        return os.pread(self.file.fileno(), size, 0)


class Party(NamedTuple):
    """Who asks: a client that has only so many places, and may leave."""

    client: str
    gate: Throttle
    inquiry: Inquiry


def pointed(query: Point, site: Site, budget: Budget) -> Found | None:
    """The result of a point query as JSON, from the index; None if the engine is to answer.

    What it takes is bounded, so no process is needed that could be killed over it.
    """
    if (lines := site.text(query.thing)) is None:
        return None
    rows = query.rows(lines)
    if rows is None or rows.number > budget.rows or len(rows.body) > budget.result_bytes:
        return None
    return Found.of(Answer("select", "json", rows.body, rows.number, cacheable=True))


def find(asked: Question, here: Edition, gate: Throttle, client: str) -> Found | None:
    """The result, from what was kept or by evaluation; None if the client has no place free.

    It blocks its thread: an event loop awaits :func:`look`.

    Raises:
        QueryFailed: the query is refused or has no complete answer.
    """
    since = here.results.cleared
    if (kept := here.results.get(_key(asked))) is not None:
        return Found(kept.answer, kept)
    with gate.place(client) as granted:
        if not granted:
            return None
        found = Found.of(here.queries.ask(asked))
    keep(asked, here, found, since)
    return found


async def look(asked: Question, here: Edition, party: Party) -> Found | None:
    """The result as :func:`find` finds it; what is to be kept of it is left to the caller.

    Raises:
        QueryFailed: the query is refused or has no complete answer.
        asyncio.CancelledError: it was given up.
    """
    if (kept := here.results.get(_key(asked))) is not None:
        return Found(kept.answer, kept)
    if not await party.gate.enter(party.client):
        return None
    try:
        return Found.of(await here.queries.answer(asked, party.inquiry))
    finally:
        party.gate.leave(party.client)


def keep(asked: Question, here: Edition, found: Found, since: int) -> None:
    """Keep a result for whoever asks the same again, if that gives the same.

    Args:
        asked: the question.
        here: where it was asked.
        found: its result.
        since: how often the results had been cleared before it was asked.
    """
    if found.kept is not None and found.answer.cacheable:
        here.results.put(_key(asked), found.kept, since)


def _key(asked: Question) -> Key:
    default, names = asked.default_graphs or (), asked.named_graphs or ()
    return asked.text, default, names, asked.solutions, asked.graph
