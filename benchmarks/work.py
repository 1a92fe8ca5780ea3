"""The work that servers are measured by: each function gives figures of one turn, by name."""

import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Final

from benchmarks import generate, load, mix
from benchmarks.processes import Running
from benchmarks.rivals import HTML, TURTLE

#: More answers a second than any server here gives, with what is made anew each time.
_FASTEST: Final = 30_000
_REPEATED: Final = 16
#: Seconds for which documents are asked for before they are measured. Who compiles what is done
#: often needs them: Trifid, asked for nothing else, gives twice as many after ten as at first.
_WARMING: Final = 10.0

DISTINCT: Final = "distinct point queries"
REPEATED: Final = "repeated queries"
PROCESSOR: Final = "processor time of a point query"
DESCRIBE: Final = "DESCRIBE, distinct resources"
AS_TURTLE: Final = "a resource as Turtle, distinct addresses"
AS_HTML: Final = "a resource as HTML, distinct addresses"


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is measured.

    Attributes:
        works: by their names in :data:`WORKS`.
        rounds: each asks every server once, in turn; the figure is the median of the rounds.
        seconds: of load, in each round.
    """

    organisations: int
    rounds: int
    seconds: float
    clients: int
    client: str
    works: Sequence[str]


#: What is measured of a server in turn ``number``: names and figures.
Work = Callable[[Running, Plan, int], Iterator[tuple[str, float]]]


def distinct(running: Running, plan: Plan, turn: int) -> Iterator[tuple[str, float]]:
    """Point queries of which no two are the same, and what one costs all processes together.

    The second figure moves less than the first when the machine has other work.
    """
    texts = mix.points(plan.organisations, turn, int(plan.seconds * _FASTEST))
    before = running.worked()
    measured = _asked(running, plan, texts, mix.SOLUTIONS)
    yield DISTINCT, measured.rate
    yield PROCESSOR, 1e6 * (running.worked() - before) / max(1, measured.requests)


def repeated(running: Running, plan: Plan, turn: int) -> Iterator[tuple[str, float]]:
    """The same few queries again and again."""
    texts = mix.points(plan.organisations, 1_000 + turn, _REPEATED)
    for text in texts:
        running.ask(text)
    yield REPEATED, _asked(running, plan, texts, mix.SOLUTIONS).rate


def mixed(running: Running, plan: Plan, turn: int) -> Iterator[tuple[str, float]]:
    """Milliseconds of each query of the mix, whose text was never asked before."""
    for query in mix.draw(plan.organisations, turn):
        began = time.perf_counter()
        running.ask(query.text, query.accept)
        yield query.name, 1000 * (time.perf_counter() - began)


def described(running: Running, plan: Plan, turn: int) -> Iterator[tuple[str, float]]:
    """DESCRIBE of resources that were not asked for before."""
    texts = [f"DESCRIBE <{generate.organisation(n)}>" for n in _numbers(plan, turn, "describe")]
    yield DESCRIBE, _asked(running, plan, texts, TURTLE).rate


def documents(
    name: str, form: str, running: Running, plan: Plan, turn: int
) -> Iterator[tuple[str, float]]:
    """Documents at addresses that were not asked for before, in one form."""
    if form in running.forms:
        start = running.document.removesuffix("1")
        targets = [f"{start}{number}" for number in _numbers(plan, turn, form)]
        # Half as long, for a fast server is through with its addresses by then, and none is asked
        # for twice.
        seconds = plan.seconds / 2 if turn else _WARMING
        work = load.Load(running.port, targets, form, plan.clients, seconds, once=turn > 0)
        yield name, _measured(work, plan).rate


WORKS: Final[Mapping[str, Work]] = {
    "point": distinct,
    "repeated": repeated,
    "mix": mixed,
    "describe": described,
    "turtle": partial(documents, AS_TURTLE, TURTLE),
    "html": partial(documents, AS_HTML, HTML),
}


def _numbers(plan: Plan, turn: int, of: str) -> list[int]:
    """This turn's share of all organisations, in no order: each turn has others.

    The first, which warms up, has a tenth of them.
    """
    numbers = list(range(plan.organisations))
    random.Random(of).shuffle(numbers)  # noqa: S311  # a choice of test data
    few = max(1, plan.organisations // 10)
    return numbers[few + turn - 1 :: plan.rounds] if turn else numbers[:few]


def _asked(running: Running, plan: Plan, texts: Sequence[str], accept: str) -> load.Measured:
    targets = [mix.target(running.path, text) for text in texts]
    work = load.Load(running.port, targets, accept, plan.clients, plan.seconds)
    return _measured(work, plan)


def _measured(work: load.Load, plan: Plan) -> load.Measured:
    measured = load.run(work, name=plan.client)
    if measured.errors:
        message = f"{measured.errors} of {measured.requests} answers were errors"
        raise RuntimeError(message)
    return measured
