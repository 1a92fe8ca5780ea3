"""Puts parts of a query to the data, inside a budget of their own."""

import time
from collections.abc import Mapping
from typing import Final

from parkgraph.query import Answer, QueryFailed, Question
from parkgraph.query.parts import Name, Outline, one_line
from parkgraph.query.solutions import solutions, truth
from parkgraph.vocab import PREFIXES
from parkgraph.web.known import Ask, shown

#: Questions that are asked at most, and how many of them may take as long as they like.
_QUESTIONS: Final = 80
_SLOW: Final = 8

_XSD: Final = PREFIXES["xsd"]
#: Datatypes that SPARQL writes without their name.
_PLAIN: Final = frozenset(f"{_XSD}{name}" for name in ("integer", "decimal", "boolean"))


class Trial:
    """Answers about the data that one query is asked of; all have one deadline.

    What could not be answered in time is not known, which is no answer.

    Attributes:
        whole: whether all that was asked so far had an answer.
    """

    def __init__(self, ask: Ask, found: Outline, like: Question, seconds: float) -> None:
        self._ask = ask
        self._found = found
        self._like = like._replace(solutions="json", boolean="json")
        self._until = time.monotonic() + seconds
        self._share = seconds / _SLOW
        self._left = _QUESTIONS
        self._answers: dict[str, bool | None] = {}
        self.whole = True

    def holds(self, group: str) -> bool | None:
        """Whether ``group`` has a solution in the dataset of the query."""
        return self._truth(f"ASK {self._found.dataset} {group}")

    def holds_elsewhere(self, group: str) -> bool:
        """Whether ``group`` has a solution in graphs that the dataset of the query leaves out."""
        like = self._like
        if not self._found.dataset and like.default_graphs is None and like.named_graphs is None:
            return False
        answer = self._answer(f"ASK {group}", like._replace(default_graphs=None, named_graphs=None))
        return answer is not None and truth(answer.content())

    def has_graph(self, graph: Name) -> bool | None:
        """Whether there is a triple in the graph of that name."""
        return self._truth(f"ASK {{ GRAPH {graph.text} {{ ?s ?p ?o }} }}")

    def graphs(self, most: int) -> list[str]:
        """The names of the graphs."""
        return [one["value"] for one in self._terms(f"SELECT ?g {{ GRAPH ?g {{}} }} LIMIT {most}")]

    def examples(self, variable: str, group: str, most: int = 3) -> list[str]:
        """Some terms that ``variable`` stands for in ``group``, as the query would write them."""
        select = f"SELECT DISTINCT {variable} {self._found.dataset} WHERE {group} LIMIT {most}"
        prefixes = self._found.prefixes
        return sorted(text for one in self._terms(select) if (text := _written(one, prefixes)))

    def _truth(self, text: str) -> bool | None:
        if text not in self._answers:
            answer = self._answer(text)
            self._answers[text] = None if answer is None else truth(answer.content())
        return self._answers[text]

    def _terms(self, text: str) -> list[Mapping[str, str]]:
        answer = self._answer(text)
        found = solutions(answer.content()) if answer else []
        return [term for row in found for term in row.values()]

    def _answer(self, text: str, like: Question | None = None) -> Answer | None:
        found = self._asked(f"{self._found.prologue}\n{text}", like or self._like)
        self.whole = self.whole and found is not None
        return found

    def _asked(self, text: str, like: Question) -> Answer | None:
        left = self._until - time.monotonic()
        if left <= 0 or not self._left:
            return None
        self._left -= 1
        try:
            return self._ask(like._replace(text=text, seconds=min(left, self._share)))
        except QueryFailed as error:
            if error.kind == "busy":  # nobody has time for this: no more is asked
                self._left = 0
            return None


def _written(value: Mapping[str, str], prefixes: Mapping[str, str]) -> str:
    """A term as a query writes it; nothing for what has no name (SPARQL Results JSON §3.2.2)."""
    text, tag, kind = value["value"], value.get("xml:lang"), value.get("datatype")
    if value["type"] == "uri":
        return shown(text, prefixes)
    if value["type"] != "literal":
        return ""
    if kind in _PLAIN:
        return text
    words = one_line(text).replace("\\", "\\\\").replace('"', '\\"')
    return f'"{words}"' + (f"@{tag}" if tag else f"^^{shown(kind, prefixes)}" if kind else "")
