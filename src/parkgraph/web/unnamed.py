"""What a page's triples say of blank nodes, and which of them are told where they are led to."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, NamedTuple

from parkgraph.description import Nodes
from parkgraph.rdf import BlankNode, Term, Triple
from parkgraph.vocab import term

#: How deep they stand in one another; what lies deeper is told by itself.
_DEEPEST: Final = 8
_FIRST: Final = term("rdf:first").value
_REST: Final = term("rdf:rest").value
_TYPE: Final = term("rdf:type").value
_NIL: Final = term("rdf:nil")


class Unnamed(NamedTuple):
    """The blank nodes of a page.

    Attributes:
        nodes: label to property to values.
        nested: those that one triple alone leads to, so that they can be told as its value.
    """

    nodes: Nodes
    nested: frozenset[str]

    def members(self, label: str) -> list[Term]:
        """Those of the list that begins there (RDF Schema §5.2); empty if none does.

        Of one that does not end as lists do, what stands in the place of its end is the last.
        """
        found: list[Term] = []
        end: Term = _NIL
        while label in self.nested and _is_cell(node := self.nodes.get(label, {})):
            found.append(node[_FIRST][0])
            end = node[_REST][0]
            label = str(end)
        return found if end == _NIL else [*found, end]


def _is_cell(node: Mapping[str, Sequence[Term]]) -> bool:
    """Whether a node is a cell of a list, and nothing else is said of it but that."""
    alone = all(len(values) == 1 for values in node.values())
    return alone and node.keys() - {_TYPE} == {_FIRST, _REST}


def unnamed(triples: Iterable[Triple]) -> Unnamed:
    """The blank nodes in ``triples``."""
    nodes: Nodes = {}
    led: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    for triple in triples:
        subject, by = str(triple.subject), triple.predicate.value
        if isinstance(triple.subject, BlankNode):
            nodes.setdefault(subject, {}).setdefault(by, []).append(triple.object)
        if isinstance(triple.object, BlankNode):
            led[subject].append((by, str(triple.object)))
    return Unnamed(nodes, frozenset(_nested(nodes, led)))


def _nested(nodes: Nodes, led: Mapping[str, Sequence[tuple[str, str]]]) -> Iterator[str]:
    """Those that one triple alone leads to, from elsewhere: of a circle none is."""
    often = Counter(label for links in led.values() for _, label in links)
    waiting = [(subject, 0) for subject in led if often[subject] != 1]
    while waiting:
        subject, depth = waiting.pop()
        cell = _is_cell(nodes.get(subject, {}))
        for by, label in led.get(subject, ()):
            deeper = depth if cell and by == _REST else depth + 1
            if often[label] == 1:
                told = deeper <= _DEEPEST
                waiting.append((label, deeper if told else 0))
                if told:
                    yield label
