"""Turtle and TriG with a triple a line, so that what changed in a file is what changed in a graph.

A subject stands alone on its line, each of its triples on one of its own, all with the same
ending: a triple that comes or goes touches no other line.
"""

import re
from collections.abc import Iterable
from typing import Final, TypeAlias

from parkgraph.rdf import DEFAULT_GRAPH, Quad, Term, Triple
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

#: Graph, whether it is not the first subject, subject, whether it is no type, predicate, object.
_Row: TypeAlias = tuple[str, bool, str, bool, str, str]


def to_turtle(quads: Iterable[Quad], *, first: str | None = None, graphs: bool = False) -> bytes:
    """``quads`` as Turtle, or as TriG if ``graphs``: the same bytes whatever their order.

    Args:
        quads: what to write, each once or more often.
        first: the IRI of the subject that comes before all others.
        graphs: whether to write the names of graphs, and not all as one.
    """
    short = _Short()
    lines: list[str] = []
    graph = subject = ""
    for row in sorted({_row(quad, f"<{first}>", graphs, short) for quad in quads}):
        if row[0] != graph:
            lines += [*_end(subject, graph), f"{short[row[0]]} {{"]
            graph, subject = row[0], ""
        if row[2] != subject:
            lines += [*_end(subject), short[row[2]]]
            subject = row[2]
        lines.append(f"  {short[row[4]] if row[3] else 'a'} {short[row[5]]} ;")
    lines += _end(subject, graph)
    prefixes = [f"@prefix {p}: <{n}> ." for p, n in PREFIXES.items() if p in short.used]
    return "\n".join([*prefixes, *([""] if prefixes else []), *lines, ""]).encode()


def _end(subject: str, graph: str = "") -> list[str]:
    return ["."] * bool(subject) + ["}"] * bool(graph)


def _row(quad: Quad, first: str, graphs: bool, short: "_Short") -> _Row:  # private
    subject, predicate = str(quad.subject), str(quad.predicate)
    named = graphs and quad.graph_name != DEFAULT_GRAPH
    graph = str(quad.graph_name) if named else ""
    value = short.quoted(quad.object)
    return graph, subject != first, subject, predicate != _TYPE, predicate, value


class _Short(dict[str, str]):
    """The shortest form of each term of a file, by its form in N-Triples; made once."""

    def __init__(self) -> None:
        self.used: set[str] = set()

    def __missing__(self, text: str) -> str:
        return self.setdefault(text, self._shortened(text))

    def quoted(self, value: Term) -> str:
        """The form in N-Triples; of a triple term (RDF 1.2) what is in it is short already."""
        if not isinstance(value, Triple):
            return str(value)
        parts = (str(value.subject), str(value.predicate), self.quoted(value.object))
        return f"<<( {' '.join(self[part] for part in parts)} )>>"

    def _shortened(self, text: str) -> str:
        if text.startswith("<<(") or text[-1] != ">":
            return text  # a triple term, a blank node, a text with or without a language
        if text[0] == "<":
            return self._name(text)
        value, _, datatype = text.rpartition("^^")
        bare = _BARE.get(datatype)
        if bare and bare.fullmatch(value, 1, len(value) - 1):
            return value[1:-1]
        return f"{value}^^{self[datatype]}"

    def _name(self, text: str) -> str:
        cut = max(text.rfind("#"), text.rfind("/")) + 1
        prefix = _BY_NAMESPACE.get(text[1:cut])
        if prefix is None or not _LOCAL.fullmatch(text, cut, len(text) - 1):
            return text
        self.used.add(prefix)
        return f"{prefix}:{text[cut:-1]}"
