"""Read a publication folder: who publishes, the profiles, the concepts, the shapes."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

from parkgraph.addresses import Addresses
from parkgraph.addressfile import read_addresses
from parkgraph.errors import Diagnostic, ParkgraphError, Severity
from parkgraph.extract import SourceDocument, unfounded
from parkgraph.inputs import ADDRESSES, DATASET, input_paths, listed, unreadable
from parkgraph.jsonld import check_object
from parkgraph.keys import SLUG
from parkgraph.names import base_fault
from parkgraph.rdf import (
    BlankNode,
    Literal,
    Located,
    NamedNode,
    Quad,
    canonical_literal,
    parse_located,
)
from parkgraph.rdfxml import check_characters, sayable
from parkgraph.reading import Nameless, read_reading
from parkgraph.source import parse_text
from parkgraph.vocab import term
from parkgraph.yamlfile import parse_yaml

#: A profile is a page of text: what is larger is something else.
MAX_TEXT: Final = 5_000_000


@dataclass(frozen=True, slots=True)
class TurtleFile:
    """A Turtle file of the publication: its bytes, and its quads with their lines."""

    path: str
    data: bytes
    quads: tuple[Located, ...]


@dataclass(frozen=True, slots=True)
class Publication:
    """Everything a release is made from.

    Attributes:
        folder: where it was read from.
        base: ``void:uriSpace``, the start of every IRI of its own; ends in a slash.
        dataset: the description of the dataset (``data/dataset.ttl``).
        ranks: document slug to rank (``park:sourceRank``).
        queries: the example queries, by file name.
        addresses: what became of former addresses (``data/addresses.yaml``).
        inputs: every file read, by its path, with the SHA-256 of its bytes.
    """

    folder: Path
    base: str
    dataset: TurtleFile
    ranks: Mapping[str, int]
    documents: tuple[SourceDocument, ...]
    concepts: tuple[TurtleFile, ...]
    alignments: tuple[TurtleFile, ...]
    ontology: tuple[TurtleFile, ...]
    shapes: tuple[TurtleFile, ...]
    queries: Mapping[str, bytes]
    addresses: Addresses
    inputs: Mapping[str, str]


def read_publication(folder: Path, findings: list[Diagnostic]) -> Publication:
    """The publication in ``folder``; what is wrong with its files is added to ``findings``.

    A file that cannot be used is left out, and the others are read all the same.

    Raises:
        ParkgraphError: without a dataset description there is nothing to go by.
    """
    data: dict[str, bytes] = {}
    for name, path in input_paths(folder, findings).items():
        try:
            data[name] = path.read_bytes()
        except OSError as error:
            findings.append(unreadable(name, error))
    findings.extend(_strays(listed(folder, "data", ".ttl", findings)))
    dataset = _turtle(DATASET, data.get(DATASET, b""), findings)
    base = _base(dataset, findings)
    return Publication(
        folder=folder,
        base=base,
        dataset=dataset,
        ranks=_ranks(dataset, base),
        documents=tuple(_documents(data, findings)),
        concepts=_turtles(data, "data/concepts/", findings),
        alignments=_turtles(data, "data/alignments/", findings),
        ontology=_turtles(data, "ontology/", findings),
        shapes=tuple(_shapes(data, findings)),
        queries={
            name.rpartition("/")[2]: content
            for name, content in data.items()
            if name.startswith("data/queries/")
        },
        addresses=_addresses(data.get(ADDRESSES), findings),
        inputs={name: sha256(content).hexdigest() for name, content in data.items()},
    )


def _addresses(data: bytes | None, findings: list[Diagnostic]) -> Addresses:
    if data is None:
        return Addresses()
    try:
        return read_addresses(parse_yaml(data, ADDRESSES), findings)
    except ParkgraphError as error:
        findings.extend(error.findings)
        return Addresses()


def _strays(paths: Sequence[Path]) -> Iterator[Diagnostic]:
    """Files in ``data`` that look as if they should be read, and are not."""
    for path in paths:
        if f"data/{path.name}" != DATASET:
            yield Diagnostic(
                "PG124",
                "is not read: it is in no folder of a publication",
                f"data/{path.name}",
                "concepts go to data/concepts/, links to data/alignments/",
                Severity.WARNING,
            )


def _turtles(
    data: Mapping[str, bytes], prefix: str, findings: list[Diagnostic]
) -> tuple[TurtleFile, ...]:
    return tuple(
        _turtle(name, data[name], findings) for name in sorted(data) if name.startswith(prefix)
    )


def _turtle(path: str, data: bytes, findings: list[Diagnostic]) -> TurtleFile:
    quads: list[Located] = []
    try:
        for located in parse_located(data, path):
            quads.append(located)  # noqa: PERF402  # what was read before a fault is kept
    except ParkgraphError as error:
        findings.extend(error.findings)
    for located in quads:
        findings.extend(_not_publishable(located, path))
    return TurtleFile(path, data, tuple(quads))


def _shapes(data: Mapping[str, bytes], findings: list[Diagnostic]) -> Iterator[TurtleFile]:
    """The files of shapes, which may hold blank nodes; half a file would be other rules."""
    for path in sorted(data):
        if path.startswith("shapes/"):
            try:
                yield TurtleFile(path, data[path], tuple(parse_located(data[path], path)))
            except ParkgraphError as error:
                findings.extend(error.findings)


def _not_publishable(located: Located, path: str) -> Iterator[Diagnostic]:
    triple, where = located.quad.triple, f"{path}:{located.line}"
    if isinstance(triple.subject, BlankNode) or isinstance(triple.object, BlankNode):
        yield Diagnostic(
            "PG302",
            "a blank node: published data names everything",
            where,
            "give the node an IRI",
        )
    if isinstance(triple.object, Literal):
        kept = canonical_literal(triple.object)
        if kept != triple.object:
            message = f"literal {triple.object} is not in the form that the store keeps"
            yield Diagnostic("PG303", message, where, f"write {kept}")
    if reason := _unsayable(located.quad):
        yield Diagnostic("PG304", f"not every syntax of a release can say it: {reason}", where)


def _unsayable(quad: Quad) -> str | None:
    try:
        for one in sayable([quad]):
            check_object(one.object)
            if isinstance(one.object, Literal):
                check_characters(one.object.value.encode())
    except ParkgraphError as error:
        return error.findings[0].message
    return None


def _base(dataset: TurtleFile, findings: list[Diagnostic]) -> str:
    found = [item for item in dataset.quads if item.quad.predicate == term("void:uriSpace")]
    if len(found) != 1:
        findings.append(
            Diagnostic(
                "PG125",
                f"one void:uriSpace is needed, got {len(found)}",
                f"{dataset.path}:{found[1].line if found else 1}",
                'state the base address: void:uriSpace "https://example.org/parks/"',
            )
        )
        raise ParkgraphError(*findings)
    base = str(getattr(found[0].quad.object, "value", ""))
    where = f"{dataset.path}:{found[0].line}"
    if fault := base_fault(base):
        findings.append(Diagnostic("PG126", fault, where))
        raise ParkgraphError(*findings)
    if base.startswith(("http://localhost", "http://127.")):
        findings.append(
            Diagnostic(
                "PG127",
                f"base {base!r} works on this machine only",
                where,
                "choose a lasting address before others use the data",
                Severity.WARNING,
            )
        )
    return base


def _ranks(dataset: TurtleFile, base: str) -> dict[str, int]:
    prefix = f"{base}document/"
    return {
        item.quad.subject.value.removeprefix(prefix): int(item.quad.object.value)
        for item in dataset.quads
        if item.quad.predicate == term("park:sourceRank")
        and isinstance(item.quad.subject, NamedNode)
        and isinstance(item.quad.object, Literal)
        and item.quad.object.value.isdecimal()
    }


def _documents(data: Mapping[str, bytes], findings: list[Diagnostic]) -> Iterator[SourceDocument]:
    stems = {name.rpartition(".")[0] for name in data if name.startswith("data/profiles/")}
    if not stems:
        findings.append(
            Diagnostic("PG128", "no profile: nothing to publish", "data/profiles", "add NAME.txt")
        )
    for stem in sorted(stems):
        if (fault := _unpaired(stem, data)) is not None:
            findings.append(fault)
            continue
        try:
            yield _document(stem, data, findings)
        except ParkgraphError as error:
            findings.extend(f for f in error.findings if f not in findings)


def _unpaired(stem: str, data: Mapping[str, bytes]) -> Diagnostic | None:
    slug = stem.rpartition("/")[2]
    if not SLUG.fullmatch(slug):
        message = f"{slug!r} cannot be part of an address"
        return Diagnostic("PG129", message, stem, "name it with a-z, 0-9 and single hyphens")
    for ending, what in ((".txt", "its text"), (".yaml", "its reading")):
        if f"{stem}{ending}" not in data:
            other = ".yaml" if ending == ".txt" else ".txt"
            message = f"{what} is missing: {slug}{ending}"
            return Diagnostic("PG121", message, f"{stem}{other}", f"put {slug}{ending} beside it")
    return None


def _document(stem: str, data: Mapping[str, bytes], findings: list[Diagnostic]) -> SourceDocument:
    faults: list[Diagnostic] = []
    text = yaml = None
    if len(data[f"{stem}.txt"]) > MAX_TEXT:
        message = f"{len(data[f'{stem}.txt']):,} bytes, the limit is {MAX_TEXT:,}"
        faults.append(Diagnostic("PG104", message, f"{stem}.txt"))
    else:
        try:
            text = parse_text(stem.rpartition("/")[2], f"{stem}.txt", data[f"{stem}.txt"])
        except ParkgraphError as error:
            faults.extend(error.findings)
    try:
        yaml = parse_yaml(data[f"{stem}.yaml"], f"{stem}.yaml")
    except ParkgraphError as error:
        faults.extend(error.findings)
    findings.extend(faults)
    if text is None or yaml is None:
        raise ParkgraphError(*faults)
    try:
        return SourceDocument(text, read_reading(yaml, findings))
    except Nameless as error:
        findings.extend(unfounded(text, error.claims))
        raise
