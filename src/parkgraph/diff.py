"""What changed between two releases: as a patch, and thing by thing."""

import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from parkgraph.errors import Diagnostic, ParkgraphError
from parkgraph.index import Lookup
from parkgraph.patch import Patch, difference, read_patch, write_patch
from parkgraph.rdf import DEFAULT_GRAPH, Literal, NamedNode, Quad, Term, parse_bytes
from parkgraph.release import CHANGES, RESTORE, Manifest, Release, changed_files
from parkgraph.vocab import compact, term

#: Says a term in words.
Namer = Callable[[Term], str]

_TYPE: Final = term("rdf:type")


@dataclass(frozen=True, slots=True)
class Change:
    """The values of one property of one thing that went and that came."""

    property: str
    removed: tuple[Term, ...]
    added: tuple[Term, ...]


@dataclass(frozen=True, slots=True)
class Thing:
    """What changed of one thing in the current view.

    Attributes:
        state: «new», «gone», or «changed».
    """

    iri: str
    state: str
    changes: tuple[Change, ...]


@dataclass(frozen=True, slots=True)
class Comparison:
    """The difference of two releases.

    Attributes:
        patch: line by line, of all graphs.
        things: of the current view (the default graph): things first, then documents and claims.
        graphs: named graph to how many of its triples went and came.
    """

    old: Manifest
    new: Manifest
    patch: Patch
    things: Sequence[Thing]
    graphs: Mapping[str, tuple[int, int]]

    def rdf_patch(self) -> bytes:
        """The difference as RDF Patch: applied to the old dataset it gives the new one."""
        return write_patch(self.patch, self.old.iri, self.new.iri)


def compare(old: Release, new: Release, indexes: tuple[Lookup, Lookup]) -> Comparison:
    """What changed from ``old`` to ``new``, whose ``indexes`` these are.

    Raises:
        ParkgraphError: the quads of a release cannot be read (PG503) or were changed (PG504).
    """
    patch = patch_between(old, new)
    removed, added = (_quads(lines) for lines in (patch.removed, patch.added))
    things = [_thing(iri, said, indexes) for iri, said in _sides(removed, added).items()]
    return Comparison(
        old.manifest,
        new.manifest,
        patch,
        sorted(things, key=_order),
        _graphs(removed, added),
    )


def patch_between(old: Release, new: Release) -> Patch:
    """The patch from ``old`` to ``new``; of neighbours it is read from the file of the build.

    Raises:
        ParkgraphError: as for :func:`compare`.
    """
    if old.manifest.dataset == new.manifest.previous and new.file(CHANGES):
        return read_patch(_bytes(new, CHANGES))
    if new.manifest.dataset == old.manifest.previous and old.file(CHANGES):
        return read_patch(_bytes(old, CHANGES)).reversed()
    before, after = (_bytes(release, "parkgraph.nq") for release in (old, new))
    return difference(before.splitlines(keepends=True), after.splitlines(keepends=True))


def _bytes(release: Release, path: str) -> bytes:
    """A published file, if it is as it was published."""
    for _, finding in changed_files(release, path):
        raise ParkgraphError(finding)
    try:
        return (release.folder / path).read_bytes()
    except OSError as error:
        where = str(release.folder / path)
        finding = Diagnostic("PG503", f"cannot be read: {error.strerror}", where, RESTORE)
        raise ParkgraphError(finding) from error


def _quads(lines: Iterable[bytes]) -> list[Quad]:
    return list(parse_bytes(b"".join(lines), "nq"))


#: Property to the values that went and those that came.
_Said = Mapping[str, tuple[list[Term], list[Term]]]


def _sides(removed: Iterable[Quad], added: Iterable[Quad]) -> Mapping[str, _Said]:
    """The changes of the default graph by thing."""
    sides: dict[str, dict[str, tuple[list[Term], list[Term]]]] = defaultdict(
        lambda: defaultdict(lambda: ([], []))
    )
    for side, quads in enumerate((removed, added)):
        for quad in quads:
            if quad.graph_name == DEFAULT_GRAPH and isinstance(quad.subject, NamedNode):
                sides[quad.subject.value][quad.predicate.value][side].append(quad.object)
    return sides


def _thing(iri: str, said: _Said, indexes: tuple[Lookup, Lookup]) -> Thing:
    before, after = (index.knows(iri) for index in indexes)
    state = "changed" if before and after else "new" if after else "gone"
    names = sorted(said, key=lambda name: (name != _TYPE.value, name))
    return Thing(iri, state, tuple(Change(n, tuple(said[n][0]), tuple(said[n][1])) for n in names))


def _order(thing: Thing) -> tuple[bool, bool, str]:
    """Parks, places and concepts before documents, those before their claims and passages."""
    return "/id/" not in thing.iri, "#" in thing.iri, thing.iri


def _graphs(removed: Iterable[Quad], added: Iterable[Quad]) -> dict[str, tuple[int, int]]:
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for side, quads in enumerate((removed, added)):
        for quad in quads:
            if isinstance(quad.graph_name, NamedNode):
                counts[quad.graph_name.value][side] += 1
    return {name: (went, came) for name, (went, came) in sorted(counts.items())}


#: Properties whose value can stand for a thing, best first.
_NAMING: Final = tuple(map(term, ("rdfs:label", "skos:prefLabel", "park:quote", "oa:exact")))


def namer(indexes: Sequence[Lookup]) -> Namer:
    """Names things in English by what the first index that knows them says."""

    def name(value: Term) -> str:
        if isinstance(value, Literal):
            return value.value
        if not isinstance(value, NamedNode):
            return str(value)
        found = (_named(index, value.value) for index in indexes)
        return next(filter(None, found), compact(value.value))

    return name


def _named(index: Lookup, iri: str) -> str:
    said = index.outgoing(iri)
    for property_ in _NAMING:
        texts = [t.object for t in said if t.predicate == property_]
        literals = [text for text in texts if isinstance(text, Literal)]
        if literals:
            return min(literals, key=lambda text: (text.language != "en", str(text))).value
    return ""


def as_json(comparison: Comparison, name: Namer) -> bytes:
    """The comparison as data, terms as in SPARQL results (SPARQL 1.1 Results in JSON §3.2.2)."""
    patch = comparison.patch
    tree = {
        "from": _release(comparison.old),
        "to": _release(comparison.new),
        "removed": len(patch.removed),
        "added": len(patch.added),
        "things": [
            {
                "iri": thing.iri,
                "label": name(NamedNode(thing.iri)),
                "state": thing.state,
                "changes": [_change(change, name) for change in thing.changes],
            }
            for thing in comparison.things
        ],
        "graphs": [
            {"graph": graph, "removed": went, "added": came}
            for graph, (went, came) in comparison.graphs.items()
        ],
    }
    return f"{json.dumps(tree, indent=2, ensure_ascii=False)}\n".encode()


def _release(manifest: Manifest) -> dict[str, str]:
    return {
        "name": manifest.name,
        "iri": manifest.iri,
        "dataset": manifest.dataset,
        "issued": manifest.issued,
    }


def _change(change: Change, name: Namer) -> dict[str, object]:
    return {
        "property": change.property,
        "label": name(NamedNode(change.property)),
        "removed": [_term(value, name) for value in change.removed],
        "added": [_term(value, name) for value in change.added],
    }


def _term(value: Term, name: Namer) -> dict[str, str]:
    if not isinstance(value, Literal):
        return {"type": "uri", "value": str(value).strip("<>"), "label": name(value)}
    said = {"type": "literal", "value": value.value}
    if value.language:
        return {**said, "xml:lang": value.language}
    return {**said, "datatype": value.datatype.value}


def as_text(comparison: Comparison, name: Namer) -> str:
    """The comparison in plain words, for a terminal."""
    old, new, patch = comparison.old, comparison.new, comparison.patch
    lines = [
        f"from release {old.name} of {old.issued[:10]} to release {new.name} of {new.issued[:10]}",
        f"{len(patch.removed):,} statements removed, {len(patch.added):,} added",
    ]
    for thing in comparison.things:
        lines += ["", f"{name(NamedNode(thing.iri))}{_STATES[thing.state]}  <{thing.iri}>"]
        lines += [f"  {sentence}" for change in thing.changes for sentence in _said(change, name)]
    if comparison.graphs:
        lines += ["", "in the named graphs:"]
    for graph, (went, came) in comparison.graphs.items():
        lines.append(f"  <{graph}>: {went:,} removed, {came:,} added")
    return "\n".join(lines)


_STATES: Final = {"new": " is new", "gone": " is gone", "changed": ""}


def _said(change: Change, name: Namer) -> Iterator[str]:
    """One value for one is a change; else what went and what came."""
    what = name(NamedNode(change.property))
    removed, added = ([name(value) for value in side] for side in (change.removed, change.added))
    if len(removed) == len(added) == 1:
        yield f"{what}: was «{removed[0]}», is «{added[0]}»"
        return
    yield from (f"{what}: no longer «{value}»" for value in removed)
    yield from (f"{what}: now «{value}»" for value in added)
