"""What each request comes to: repeats are answered from bytes, most others without Flask's detour.

All of it runs on one event loop, where nothing may block: what Flask does is done by its threads.

What a release says at an address is a function of the address, the variant that was negotiated
and the release. So a 200 that bears an entity tag is kept, for as long as its release is served,
under the path, the query string and what the request's headers amount to: never under the
headers themselves, which a client may vary without end.
"""

import asyncio
import logging
from collections.abc import Coroutine
from dataclasses import dataclass
from typing import Final

from parkgraph.negotiate import (
    DESCRIBED,
    DOCUMENT,
    GRAPH,
    HTML,
    SOLUTIONS,
    negotiate,
    negotiate_language,
)
from parkgraph.query import SpoolFile
from parkgraph.recent import characters, of_short
from parkgraph.variants import DESCRIPTION, PARK, PROFILES, SCHEMA_ORG, Wish, choose, variants
from parkgraph.web.accesslog import AccessLog
from parkgraph.web.admission import Admission, unread
from parkgraph.web.app import ROUTE, create_app
from parkgraph.web.asked import PATHS
from parkgraph.web.atonce import in_task
from parkgraph.web.bridge import Bridge, File, Response
from parkgraph.web.brief import Brief
from parkgraph.web.coding import fitting, takes_identity, wanted
from parkgraph.web.connections import Connections
from parkgraph.web.direct import Plain, direct, plain
from parkgraph.web.history import COMPARED
from parkgraph.web.home import REPORTED
from parkgraph.web.http1 import Connection, Exchange, Port
from parkgraph.web.kept import LARGEST, Repeat
from parkgraph.web.limits import SPARE, Limits
from parkgraph.web.linksets import LINKSETS
from parkgraph.web.listing import LISTED
from parkgraph.web.live import Edition, Editions
from parkgraph.web.live import RepeatKey as Key
from parkgraph.web.mementos import TIMEMAPS
from parkgraph.web.operations import METRICS, OPERATIONS, READY, sendable, words
from parkgraph.web.peers import Peers, host
from parkgraph.web.quick import Quick
from parkgraph.web.repeats import OTHERS, SAFE, send, special
from parkgraph.web.request import Request
from parkgraph.web.searching import FOUND
from parkgraph.web.sending import Sender
from parkgraph.web.throttle import Throttle
from parkgraph.web.traffic import FAILED, LEFT
from parkgraph.web.watch import Watch
from parkgraph.web.wire import Fields, Variant, head
from parkgraph.web.words import languages

_LOG: Final = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Manner:
    """How a web process runs, and ends.

    Attributes:
        log: where each request is written, if anywhere.
        patience: seconds that requests under way have once the process is to end.
        process: tells it from others on the same port; empty if it is alone.
    """

    log: AccessLog | None = None
    patience: float = 10.0
    process: str = ""


#: The sets of forms that some route negotiates over.
_OFFERS: Final = (
    DOCUMENT,
    DESCRIBED,
    GRAPH,
    SOLUTIONS,
    (HTML, *SOLUTIONS, *GRAPH),
    (HTML, *GRAPH),
    FOUND,
    LISTED,
    LINKSETS,
    COMPARED,
    REPORTED,
    TIMEMAPS,
)
#: The same for sets of forms in several profiles.
_PROFILED: Final = (DESCRIPTION, variants(DOCUMENT, PARK, SCHEMA_ORG))
#: The headers that are negotiated by, the arguments of :func:`_variant`.
_AXES: Final = ("accept", "accept-profile", "accept-language", "accept-encoding")
#: The headers that Vary may name: a request that bears one of the others is never answered here.
_HEEDED: Final = frozenset((*_AXES, *OTHERS))
#: Seconds after which those are cut off whose queries were.
_TOLD: Final = 1.0


class Front:
    """Answers the requests of a web process, on its event loop.

    Attributes:
        port: takes up the connections of clients.
    """

    def __init__(
        self,
        editions: Editions,
        limits: Limits,
        peers: Peers,
        manner: Manner,
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        self._editions, self._peers, self._manner = editions, peers, manner
        self._watch = Watch(peers, manner.log)
        gate = Throttle(limits.places, limits.patience)
        self._brief = Brief(loop)
        self._quick = Quick(gate, self._brief, loop)
        self._bridge = Bridge(create_app(editions, gate, sendfile=True))
        self._connections = Connections(limits, peers)
        self._admission = Admission(limits, self._connections)
        self._sender = Sender()
        most = limits.connections + SPARE
        self.port: Final = Port(self.serve, self._refuse, self._connections.open, most, loop)
        if not self._admission.rated:  # one process alone counts what a client asks for
            self.port.offer = self._offer
        self._connections.start()

    def close(self) -> None:
        """End the query processes, and with them all that waits for an answer; it blocks."""
        self._connections.close()
        self._sender.close()
        self._editions.close()
        self._bridge.close()
        if self._manner.log:
            self._manner.log.close()

    async def end(self) -> None:
        """Let what is under way end, for as long as it may."""
        self._editions.ledger.stopping = True
        loop = asyncio.get_running_loop()
        loop.call_later(self._manner.patience, loop.run_in_executor, None, self._cut)
        await self.port.end(self._manner.patience + _TOLD)
        for edition in self._editions.ledger.opened:
            if edition.lending:
                await edition.lending.left()

    def _cut(self) -> None:
        """Answer the queries that are still under way: 503."""
        for edition in self._editions.ledger.opened:
            edition.queries.close()

    def serve(self, exchange: Exchange) -> Coroutine[None, None, None] | None:
        """Answer a request from what is kept, or what is to be done for it."""
        began, request = self._watch.begin(), Request(exchange)
        key = _key(request)
        refused = self._overdone(request) if self._admission.rated else None
        edition = self._editions.acquire()
        found = edition.repeats.get(key) if key and not refused else None
        if found is None:
            return self._work(request, key, refused, edition, began)
        self._editions.release(edition)
        request.repeat = True
        self._watch.end(began, request, send(found, request), edition.site.manifest.name)
        return None

    def _offer(self, connection: Connection) -> None:
        """Have a connection lent, if somebody answers faster what comes on it."""
        edition, crowding = self._editions.ledger.current, self._connections.crowding
        crowds = crowding and host(connection.peer) in crowding  # and is to be told so
        if edition.lending and not (edition.faults or crowds):
            edition.lending.offer(connection)

    def _refuse(self, exchange: Exchange, status: int) -> None:
        """Answer what is no request, or comes to too many others."""
        began, request = self._watch.begin(), Request(exchange)
        said = _whole(unread(request, status), request)
        release = self._editions.ledger.current.site.manifest.name
        self._watch.end(began, request, said, release)

    async def _work(
        self,
        request: Request,
        key: Key | None,
        refused: Response | None,
        edition: Edition,
        began: float,
    ) -> None:
        """Answer a request that was not asked before."""
        exchange, outcome = request.exchange, FAILED
        try:
            try:
                answer = refused or await self._fresh(request, key, edition)
            finally:
                self._editions.release(edition)  # a release does not stay open for slow clients
            if isinstance(answer, Repeat):
                outcome = send(answer, request)
            elif isinstance(answer.body, bytes) or request.method == "HEAD":
                outcome = _whole(answer, request)
            else:
                outcome = await self._file(answer, answer.body, request)
        except (asyncio.CancelledError, ConnectionError):
            outcome = LEFT  # nobody is there any more
        except Exception:  # noqa: BLE001  # a fault of ours
            _LOG.exception("%s %s", request.method, request.path)
            exchange.respond(head(500, ()), request.id)
        finally:
            if not exchange.done:
                exchange.drop()
            self._watch.end(began, request, outcome, edition.site.manifest.name)

    async def _file(
        self, answer: Response, body: File | SpoolFile, request: Request
    ) -> tuple[int, int]:
        """Send an answer that is a file; its status and size.

        Raises:
            ConnectionError: the client has left.
        """
        file = File(body.path, body.size) if isinstance(body, SpoolFile) else body
        try:
            if answer.large:
                sent = await self._sender.send(request.exchange, request.id, answer.head, file)
                return LEFT[0] if sent.left else answer.status, sent.size
            read = await asyncio.get_running_loop().run_in_executor(None, file.read)
            went = request.exchange.respond(answer.head, request.id, read)
            return (answer.status, answer.size) if went else LEFT
        finally:
            self._connections.downloads.sent(request.peer)
            if isinstance(body, SpoolFile):
                body.close()

    def _overdone(self, request: Request) -> Response | None:
        request.identify(self._peers)
        return self._admission.overdone(request)

    async def _fresh(
        self, request: Request, key: Key | None, edition: Edition
    ) -> Repeat | Response:
        request.identify(self._peers)
        since = edition.repeats.cleared
        asked = plain(request) if key else None
        answer: Repeat | Response | None = None
        if key and request.path in PATHS and not self._admission.refused(request):
            answer = self._quick.at_once(request, edition)
        elif asked and self._brief.room() and not self._admission.refused(request):
            answer = self._brief.do(direct, request, asked, edition)
            asked = None
        if not isinstance(answer, Repeat):
            await in_task()
            answer = answer or await self._answered(request, edition, asked)
            if isinstance(answer, Response):
                answer = await self._admission.sent(request, answer)
        if key and isinstance(answer, Repeat):
            edition.repeats.put(key, answer, since)
        return answer

    async def _answered(
        self, request: Request, edition: Edition, asked: Plain | None
    ) -> Repeat | Response:
        if refused := self._admission.refused(request):
            return refused
        if request.path in OPERATIONS and (told := await self._operation(request)):
            return told
        if request.embodied and (late := await self._admission.body(request)):
            return late
        answer = await self._quick.answer(request, edition)
        return answer or await self._threaded(request, edition, asked)

    async def _threaded(
        self, request: Request, edition: Edition, asked: Plain | None
    ) -> Repeat | Response:
        with self._admission.thread(request) as refused:
            if refused:
                return refused
            if asked:
                made = await self._bridge.run_briefly(self._brief, direct, request, asked, edition)
                if made is not None:
                    return made
            environ = request.environ()
            answer = await self._bridge.answer(environ)
        request.route = environ.get(ROUTE, "")
        return (_repeat(answer, request.route) if request.method == "GET" else None) or answer

    async def _operation(self, request: Request) -> Response | None:
        """How it goes; on the loop, so it is answered while Flask's threads are all taken."""
        path, ledger = request.path, self._editions.ledger
        taken = request.headers.get("accept-encoding")
        coding = wanted(taken)
        asked = path == READY and (ledger.unready() or ledger.current.site.fleeting)
        if request.method not in SAFE or not coding or asked:
            return None
        if path == METRICS:
            loop = asyncio.get_running_loop()
            for edition in ledger.opened:
                if edition.lending:
                    await edition.lending.settle()
            body = await loop.run_in_executor(None, self._metrics)
        else:
            body = words(self._editions)
        request.route = path
        said, sent = sendable(path, body, fitting(coding, len(body), taken))
        return Response(200, said, sent)

    def _metrics(self) -> bytes:
        from parkgraph.web.metrics import Metrics  # takes its time, and many never ask for it

        told = self._watch.traffic, self._watch.log, self._manner.process
        return Metrics(self._editions, *told).text()


def _key(request: Request) -> Key | None:
    """What the request amounts to; None if its answer is not to be kept."""
    if request.method not in SAFE or request.crooked():
        return None
    headers = request.headers
    if (variant := headers.noted) is None:
        headers.noted = variant = _amount(headers)
    return (request.path, request.query, variant) if variant else None


def _amount(headers: Fields) -> Variant:
    """What the headers amount to; nothing if they ask for something that is not kept."""
    if special(headers):
        return ()
    return _variant(*map(headers.get, _AXES))


@of_short(characters)
def _variant(
    accept: str | None, profile: str | None, language: str | None, encoding: str | None
) -> tuple[str, ...]:
    """What the headers amount to: the choice from each set, the language and the coding.

    The query string, which is in the key too, may settle the form or the profile; the headers
    then choose the other one.
    """
    wishes = (
        Wish(accept, profile),
        *(Wish(accept_profile=profile, media_type=named) for named in ("ttl", "html")),
        *(Wish(accept, profile=named.token) for named in PROFILES),
    )
    forms = (negotiate(accept, offered) for offered in _OFFERS)
    rows = (choose(wish, offered).variant for wish in wishes for offered in _PROFILED)
    return (
        *(form.media_type if form else "" for form in forms),
        *(f"{row.form.extension} {row.profile.token}" if row else "" for row in rows),
        negotiate_language(language, languages()),
        wanted(encoding) or "",
        str(takes_identity(encoding)),
    )


def _repeat(answer: Response, route: str) -> Repeat | None:
    """An answer that may be kept; None if it may not."""
    said = {name.lower(): value for name, value in answer.headers}
    axes = {name.strip() for name in said.get("vary", "").lower().split(",") if name.strip()}
    lasting = "no-store" not in said.get("cache-control", "") and axes <= _HEEDED
    # A published file is no bytes here: it is read each time, so a change of it is not hidden.
    if answer.status != 200 or not isinstance(answer.body, bytes) or not lasting:
        return None
    if len(answer.body) > LARGEST or "etag" not in said:
        return None
    return Repeat.of(route, said["etag"], answer.headers, answer.body)


def _whole(answer: Response, request: Request) -> tuple[int, int]:
    """Send an answer from memory, or that to a HEAD; its status, and the bytes of its body."""
    body = answer.body if isinstance(answer.body, bytes) and request.method != "HEAD" else b""
    went = request.exchange.respond(answer.head, request.id, body, close=answer.close)
    return (answer.status, len(body)) if went else LEFT
