"""Turtle and TriG with a triple a line, so that what changed in a file is what changed in a graph.

A subject stands alone on its line, each of its triples on one of its own, all with the same
ending: a triple that comes or goes touches no other line.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Set
from functools import lru_cache
from itertools import islice
from typing import Final, TypeAlias

from parkgraph.description import Line, text_of
from parkgraph.graphfile import by_subject
from parkgraph.rdf import DEFAULT_GRAPH, Quad, Term, Triple, parse_bytes
from parkgraph.vocab import PREFIXES, term

_TYPE: Final = f"<{term('rdf:type').value}>"
_BY_NAMESPACE: Final = {namespace: prefix for prefix, namespace in PREFIXES.items()}
#: Local names that need no escape; Turtle allows more (PN_LOCAL).
_LOCAL: Final = re.compile(r"[A-Za-z0-9_](?:[A-Za-z0-9_.-]*[A-Za-z0-9_-])?")
#: Values that show their datatype by how they are written (Turtle §2.5.2).
_BARE: Final = {
    f"<{term(name).value}>": re.compile(form)
    for name, form in (
        ("xsd:integer", r"[+-]?[0-9]+"),
        ("xsd:decimal", r"[+-]?[0-9]*\.[0-9]+"),
        ("xsd:double", r"[+-]?(?:[0-9]+\.[0-9]*|\.?[0-9]+)[eE][+-]?[0-9]+"),
        ("xsd:boolean", r"true|false"),
    )
}

#: Lines that are written at a time.
_LINES: Final = 10_000
#: Terms whose short form is kept: properties and concepts come again and again.
_SHORT_KEPT: Final = 10_000

#: Graph, whether it is not the first subject, subject, whether it is no type, predicate, object.
_Row: TypeAlias = tuple[str, bool, str, bool, str, str]


def to_turtle(quads: Iterable[Quad], *, first: str | None = None, graphs: bool = False) -> bytes:
    """``quads`` as Turtle, or as TriG if ``graphs``: the same bytes whatever their order.

    Args:
        quads: what to write, each once or more often.
        first: the IRI of the subject that comes before all others.
        graphs: whether to write the names of graphs, and not all as one.
    """
    used: set[str] = set()
    return _written({_row(quad, f"<{first}>", graphs, used) for quad in quads}, used)


def turtle_of(lines: Iterable[Line], first: str) -> bytes:
    """Lines of N-Triples as :func:`to_turtle` writes their triples, without parsing them."""
    used: set[str] = set()
    about = ""
    types: list[str] = []
    others: list[str] = []
    blocks: dict[str, tuple[list[str], list[str]]] = {f"<{first}>": (types, others)}
    for subject, predicate, value in sorted(set(lines)):
        if value.startswith("<<("):
            return to_turtle(parse_bytes(text_of(lines), "nt"), first=first)
        if subject != about:
            about, (types, others) = subject, blocks.setdefault(subject, ([], []))
        named = predicate != _TYPE
        (others if named else types).append(_statement(predicate, value, used, named=named))
    told = [
        "\n".join([_short(subject, used), *types, *others, ".\n"])
        for subject, (types, others) in blocks.items()
        if types or others
    ]
    return "".join([_head(used), *told]).encode()


def _written(rows: Set[_Row], used: set[str]) -> bytes:
    body = "\n".join([*_statements(sorted(rows), used), ""])
    return (_head(used) + body).encode()


def write_turtle(batches: Iterable[list[bytes]], write: Callable[[bytes], object]) -> bytes:
    """Turtle or TriG of canonical N-Triples, as :func:`to_turtle` has it; its head is returned.

    Args:
        batches: canonical lines; those of a named graph behind the graph's name and a tab.
        write: takes what stands below the prefixes, which are known when all has been written.
    """
    used: set[str] = set()
    statements = _statements(_rows(batches, used), used)
    while lines := list(islice(statements, _LINES)):
        write("\n".join([*lines, ""]).encode())
    return _head(used).encode()


def _rows(batches: Iterable[list[bytes]], used: set[str]) -> Iterator[_Row]:
    for start, lines in by_subject(batches):
        graph, _, subject = start.decode().rpartition("\t")
        if any(b" <<(" in line for line in lines):
            text = b"".join(line.removeprefix(graph.encode() + b"\t") for line in lines)
            found = (_row(quad, "", False, used) for quad in parse_bytes(text, "nt"))
            yield from sorted((graph, *row[1:]) for row in found)
            continue
        others = []
        for line in lines:
            predicate, _, value = line[len(start) + 1 : -3].decode().partition(" ")
            if predicate == _TYPE:
                yield graph, True, subject, False, predicate, value
            else:
                others.append((graph, True, subject, True, predicate, value))
        yield from others


def _statements(rows: Iterable[_Row], used: set[str]) -> Iterator[str]:
    """The lines below the prefixes, without their ends; the prefixes that they use are noted."""
    graph = subject = ""
    for in_graph, _, about, named, predicate, value in rows:
        if in_graph != graph:
            yield from (*_end(subject, graph), f"{_short(in_graph, used)} {{")
            graph, subject = in_graph, ""
        if about != subject:
            yield from (*_end(subject), _short(about, used))
            subject = about
        yield _statement(predicate, value, used, named=named)
    yield from _end(subject, graph)


def _statement(predicate: str, value: str, used: set[str], *, named: bool) -> str:
    return f"  {_short(predicate, used) if named else 'a'} {_short(value, used)} ;"


def _head(used: Set[str]) -> str:
    """The prefixes that are used, and an empty line below them."""
    prefixes = [f"@prefix {p}: <{n}> .\n" for p, n in PREFIXES.items() if p in used]
    return "".join([*prefixes, "\n"]) if prefixes else ""


def _end(subject: str, graph: str = "") -> list[str]:
    return ["."] * bool(subject) + ["}"] * bool(graph)


def _row(quad: Quad, first: str, graphs: bool, used: set[str]) -> _Row:
    subject, predicate = str(quad.subject), str(quad.predicate)
    named = graphs and quad.graph_name != DEFAULT_GRAPH
    graph = str(quad.graph_name) if named else ""
    value = _quoted(quad.object, used)
    return graph, subject != first, subject, predicate != _TYPE, predicate, value


def _quoted(value: Term, used: set[str]) -> str:
    """The form in N-Triples; of a triple term (RDF 1.2) what is in it is short already."""
    if not isinstance(value, Triple):
        return str(value)
    parts = (str(value.subject), str(value.predicate), _quoted(value.object, used))
    return f"<<( {' '.join(_short(part, used) for part in parts)} )>>"


def _short(text: str, used: set[str]) -> str:
    """The shortest form of a term, by its form in N-Triples; its prefix is noted in ``used``."""
    if text[-1] != ">" or text.startswith("<<("):
        return text  # a triple term, a blank node, a text with or without a language
    name, prefix = _shortened(text)
    if prefix:
        used.add(prefix)
    return name


@lru_cache(_SHORT_KEPT)
def _shortened(text: str) -> tuple[str, str]:
    """The shortest form of an IRI or of a literal with a datatype, and the prefix that it takes."""
    if text[0] != "<":
        value, _, datatype = text.rpartition("^^")
        bare = _BARE.get(datatype)
        if bare and bare.fullmatch(value, 1, len(value) - 1):
            return value[1:-1], ""
        name, prefix = _shortened(datatype)
        return f"{value}^^{name}", prefix
    cut = max(text.rfind("#"), text.rfind("/")) + 1
    prefix = _BY_NAMESPACE.get(text[1:cut], "")
    if not prefix or not _LOCAL.fullmatch(text, cut, len(text) - 1):
        return text, ""
    return f"{prefix}:{text[cut:-1]}", prefix
