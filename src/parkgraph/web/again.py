"""What a query page offers besides the answer: a start, downloads, the query inside a program."""

from collections.abc import Sequence
from typing import Final
from urllib.parse import parse_qsl, urlencode

from parkgraph.negotiate import GRAPH, SOLUTIONS
from parkgraph.web.text import split_path

#: The query of a page that nobody has asked anything yet: it answers for any data.
STARTER: Final = """\
SELECT ?class (COUNT(?thing) AS ?things) WHERE {
  ?thing a ?class .
}
GROUP BY ?class
ORDER BY DESC(?things)"""

#: What belongs to a question besides its text (SPARQL 1.1 Protocol §2.1), and our time limit.
_BELONGS: Final = frozenset({"default-graph-uri", "named-graph-uri", "timeout"})

Parameters = Sequence[tuple[str, str]]


def kept_parameters(path: str) -> Parameters:
    """The parameters of a page's address that asking again must repeat.

    >>> kept_parameters("/sparql?query=ASK{}&timeout=2&lang=zh")
    [('timeout', '2')]
    """
    pairs = parse_qsl(split_path(path)[1])
    return [pair for pair in pairs if pair[0] in _BELONGS]


def downloads(kind: str, text: str, kept: Parameters) -> list[tuple[str, str, str]]:
    """Each form of an answer: its label, its address, and a name for the file.

    Args:
        kind: ``graph`` or ``solutions``.
        text: the query.
        kept: the other parameters of the question.
    """
    return [
        (
            form.label,
            f"/sparql?{urlencode([('query', text), *kept, ('format', form.extension)])}",
            f"answer.{form.extension}",
        )
        for form in (GRAPH if kind == "graph" else SOLUTIONS)
    ]


def address(endpoint: str, kept: Parameters) -> str:
    """Where the same question is asked by POST.

    >>> address("http://e.org/sparql", [("timeout", "2")])
    'http://e.org/sparql?timeout=2'
    """
    return f"{endpoint}?{urlencode(kept)}" if kept else endpoint


def shell_text(text: str) -> str:
    r"""``text`` as it stands between single quotes in a shell (POSIX.1-2024, 2.2.2).

    >>> print(shell_text("ASK { ?s ?p 'x' }"))
    ASK { ?s ?p '\''x'\'' }
    """
    return text.replace("'", r"'\''")


def python_text(text: str) -> str:
    r'''``text`` as it stands between triple quotes in Python.

    >>> print(python_text(r'FILTER regex(?s, """\d""")'))
    FILTER regex(?s, \"\"\"\\d\"\"\")
    '''
    return text.replace("\\", "\\\\").replace('"""', '\\"\\"\\"')
