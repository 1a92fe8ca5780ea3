"""Put a focus node into a query before it is evaluated (SHACL §5.3.2, appendix A).

SPARQL has no such thing: what is joined with a query from outside is not seen by the filters of
its inner groups.
"""

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

_TOKEN: Final = re.compile(
    r'''(?P<blank>\s+|\#[^\n]*)
      | (?P<iri><[^<>"{}|^`\\\s]*>)
      | (?P<string>"""(?:[^"\\]|\\.|"(?!""))*"""|\'\'\'(?:[^'\\]|\\.|'(?!\'\'))*\'\'\'
          |"(?:[^"\\\n]|\\.)*"|'(?:[^'\\\n]|\\.)*')
      | (?P<variable>[?$]\w+)
      | (?P<name>[\w.-]*:[\w.:%-]*)
      | (?P<word>[A-Za-z_]\w*)
      | (?P<sign>.)''',
    re.VERBOSE | re.DOTALL,
)


#: After these words and up to a group, an expression stands in brackets, of SELECT with a name:
#: a fresh one where it is not the query's own.
_LISTS: Final = {"SELECT": "({0} AS ?this{1})", "GROUP": "({0})", "ORDER": "({0})"}

_ASKED_FOR: Final = re.compile(r"BOUND\s*\(\s*[?$]this", re.IGNORECASE)


class Token(NamedTuple):
    """A token of a query."""

    kind: str
    text: str
    end: int


def tokens(query: str) -> Iterator[Token]:
    """The tokens of ``query``, blanks and comments left out."""
    for match in _TOKEN.finditer(query):
        if match.lastgroup != "blank":
            yield Token(str(match.lastgroup), match[0], match.end())


def prebound(query: str, focus: str) -> str | None:
    """``query`` with the IRI ``focus`` for ``$this``; None where only a variable can stand.

    >>> prebound("SELECT $this WHERE { $this ex:p ?value }", "<urn:x>")
    'SELECT (<urn:x> AS ?this) WHERE { <urn:x> ex:p ?value }'
    """
    if _ASKED_FOR.search(query):
        return None
    parts: list[str] = []
    done, form, depth = 0, "{0}", 0
    for kind, text, end in tokens(query):
        if text == "{":
            form = "{0}"
        elif kind == "word":
            form = _LISTS.get(text.upper(), form)
        depth += (text == "(") - (text == ")")
        if kind == "variable" and text[1:] == "this":
            number = len(parts) or ""
            parts += (
                query[done : end - len(text)],
                (form if depth == 0 else "{0}").format(focus, number),
            )
            done = end
    return "".join([*parts, query[done:]])
