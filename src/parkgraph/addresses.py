"""Addresses that no longer lead to data: what was withdrawn, and what has another address now.

An address that was published once is never simply forgotten: who follows it learns what became
of it (http.md §1).
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass, field

from parkgraph.errors import Diagnostic, Severity


@dataclass(frozen=True, slots=True)
class Tombstone:
    """What is left of something that was withdrawn.

    Attributes:
        date: when it was withdrawn, an xsd:date.
        reasons: why, by language.
        replaced_by: the address of what took its place, if anything did.
    """

    date: str
    reasons: Mapping[str, str]
    replaced_by: str | None
    where: str


@dataclass(frozen=True, slots=True)
class Move:
    """The address that took the place of another one."""

    to: str
    where: str


@dataclass(frozen=True, slots=True)
class Addresses:
    """What became of former addresses, each without the base: ``id/…`` or ``document/…``."""

    withdrawn: Mapping[str, Tombstone] = field(default_factory=dict)
    moved: Mapping[str, Move] = field(default_factory=dict)

    def destination(self, address: str) -> str | None:
        """Where a chain of moves from ``address`` ends; None if it has not moved or goes round."""
        seen = {address}
        while (move := self.moved.get(address)) is not None:
            address = move.to
            if address in seen:
                return None
            seen.add(address)
        return address if len(seen) > 1 else None

    def to_json(self) -> bytes:
        """As they are kept beside a release."""
        return f"{json.dumps(asdict(self), indent=2, ensure_ascii=False)}\n".encode()

    @staticmethod
    def from_json(data: bytes) -> "Addresses":
        """Read them back."""
        values = json.loads(data)
        return Addresses(
            {address: Tombstone(**said) for address, said in values["withdrawn"].items()},
            {address: Move(**said) for address, said in values["moved"].items()},
        )


def check_addresses(
    addresses: Addresses, described: Mapping[str, str], linked: frozenset[str]
) -> Iterator[Diagnostic]:
    """What is wrong with them, given the data.

    Args:
        addresses: the former addresses.
        described: the address of everything that the data describes, with the place in the
            sources that does.
        linked: every address that the data names.
    """
    for address, stone in addresses.withdrawn.items():
        if address in described:
            message = f"{address!r} is withdrawn and still described"
            yield Diagnostic("PG141", message, stone.where, _by(described[address]))
        elif address in linked:
            message = f"{address!r} is withdrawn and the data still names it"
            yield Diagnostic("PG141", message, stone.where, "", Severity.WARNING)
        yield from _unknown(addresses, described, stone.replaced_by, stone.where)
    for address, move in addresses.moved.items():
        if address in described:
            message = f"{address!r} has moved and is still described"
            yield Diagnostic("PG142", message, move.where, _by(described[address]))
        if addresses.destination(address) is None:
            message = f"{address!r} moves in a circle"
            yield Diagnostic("PG143", message, move.where, "name the address that there is now")
        else:
            yield from _unknown(addresses, described, move.to, move.where)


def _unknown(
    addresses: Addresses, described: Mapping[str, str], target: str | None, where: str
) -> Iterator[Diagnostic]:
    known = (described, addresses.withdrawn, addresses.moved)
    if target is not None and not any(target in one for one in known):
        advice = "name something that the data describes"
        yield Diagnostic("PG144", f"there is no {target!r}", where, advice)


def _by(place: str) -> str:
    return f"described by {place}" if place else ""
