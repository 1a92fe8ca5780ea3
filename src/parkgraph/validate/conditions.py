"""When a node fails a constraint, said in SPARQL; what SPARQL cannot say is left open."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

import rdflib
from rdflib.term import Node

from parkgraph.rdf import Literal, canonical_literal
from parkgraph.validate.data import oxigraph


@dataclass(frozen=True, slots=True)
class Failing:
    """When a node fails, between two bounds: SPARQL expressions that raise no error.

    Attributes:
        may: true of every node that fails, and perhaps of others.
        must: true only of nodes that fail.
    """

    may: str
    must: str

    @property
    def conforming(self) -> "Failing":
        """When a node does not fail."""
        return Failing(_negated(self.must), _negated(self.may))


#: Nothing is known: any node may fail, and none need.
OPEN: Final = Failing("true", "false")
NEVER: Final = Failing("false", "false")
ALWAYS: Final = Failing("true", "true")


def exactly(expression: str) -> Failing:
    """Fails if and only if ``expression`` is true."""
    return Failing(expression, expression)


def any_of(parts: Iterable[Failing]) -> Failing:
    """Fails where one of ``parts`` does."""
    chosen = tuple(parts)
    return Failing(
        _joined("||", "true", "false", [part.may for part in chosen]),
        _joined("||", "true", "false", [part.must for part in chosen]),
    )


def all_of(parts: Iterable[Failing]) -> Failing:
    """Fails where all of ``parts`` do."""
    chosen = tuple(parts)
    return Failing(
        _joined("&&", "false", "true", [part.may for part in chosen]),
        _joined("&&", "false", "true", [part.must for part in chosen]),
    )


def but_one_conforms(parts: Iterable[Failing]) -> Failing:
    """Fails where not exactly one of ``parts`` conforms (SHACL §4.6.4)."""
    chosen = tuple(parts)
    alone = [
        all_of(other if at != one else other.conforming for at, other in enumerate(chosen))
        for one in range(len(chosen))
    ]
    return any_of(alone).conforming


def exists(pattern: str, failing: Failing) -> Failing:
    """Fails where ``pattern`` has a solution that fails."""
    return Failing(_exists(pattern, failing.may), _exists(pattern, failing.must))


def constant(node: Node) -> str | None:
    """``node`` as SPARQL writes it; None if the store would not keep it as it is written."""
    term = oxigraph(node)
    if isinstance(node, rdflib.BNode):
        return None
    if isinstance(term, Literal) and canonical_literal(term) != term:
        return None
    return str(term)


def _exists(pattern: str, condition: str) -> str:
    if condition == "false":
        return "false"
    return f"EXISTS {{ {pattern}{'' if condition == 'true' else f' FILTER ({condition})'} }}"


def _negated(expression: str) -> str:
    constants = {"true": "false", "false": "true"}
    return constants.get(expression) or f"(!{expression})"


def _joined(sign: str, decisive: str, neutral: str, parts: Iterable[str]) -> str:
    chosen = [part for part in dict.fromkeys(parts) if part != neutral]
    if decisive in chosen:
        return decisive
    return f"({f' {sign} '.join(chosen)})" if chosen else neutral
