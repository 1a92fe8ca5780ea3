"""Former addresses as a publication writes them down; apart, since no server reads YAML."""

from collections.abc import Mapping

from parkgraph.addresses import Addresses, Move, Tombstone
from parkgraph.errors import Diagnostic
from parkgraph.keys import ADDRESS, DATE, LANGUAGE, Keys, has_form
from parkgraph.yamlfile import YamlFile


def read_addresses(file: YamlFile, findings: list[Diagnostic]) -> Addresses:
    """The addresses in ``file``; what cannot be used is left out and added to ``findings``."""
    top = Keys(file, (), file.value or {}, findings)
    withdrawn: dict[str, Tombstone] = {}
    moved: dict[str, Move] = {}
    for keys in top.sections("withdrawn"):
        address, tombstone = _tombstone(keys)
        if address and _first(keys, "address", address, withdrawn, moved):
            withdrawn[address] = tombstone
    for keys in top.sections("moved"):
        source = keys.word("from", ADDRESS, required=True)
        target = keys.word("to", ADDRESS, required=True)
        keys.end()
        if source and target and _first(keys, "from", source, withdrawn, moved):
            moved[source] = Move(target, file.where(*keys.path, "from"))
    top.end()
    return Addresses(withdrawn, moved)


def _tombstone(keys: Keys) -> tuple[str | None, Tombstone]:
    address = keys.word("address", ADDRESS, required=True)
    tombstone = Tombstone(
        date=keys.word("date", DATE, required=True) or "",
        reasons=_reasons(keys.section("reason")),
        replaced_by=keys.word("replacedBy", ADDRESS),
        where=keys.file.where(*keys.path, "address"),
    )
    keys.end()
    return address, tombstone


def _reasons(keys: Keys) -> dict[str, str]:
    found = {}
    for tag in keys.values:
        reason = keys.text(tag)
        if not has_form(tag, LANGUAGE):
            keys.fault("PG212", f"{tag!r} is no language tag", tag)
        elif reason:
            found[tag] = reason
    keys.take("en", str, required=True)
    return found


def _first(keys: Keys, key: str, address: str, *known: Mapping[str, object]) -> bool:
    if any(address in one for one in known):
        keys.fault("PG140", f"{address!r} stands twice", key, "keep one of the two")
        return False
    return True
