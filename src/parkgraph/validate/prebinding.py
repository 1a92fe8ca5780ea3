"""Put a focus node into a query before it is evaluated (SHACL §5.3.2, appendix A).

SPARQL has no such thing: what is joined with a query from outside is not seen by the filters of
its inner groups.
"""

import re
from collections.abc import Iterator
from functools import lru_cache
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


#: What stands around an expression after these words and up to a group. That of SELECT has a name:
#: a fresh one where it is not the query's own.
_LISTS: Final = {"SELECT": ("(", " AS ?this{})"), "GROUP": ("(", ")"), "ORDER": ("(", ")")}
_BARE: Final = ("", "")

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
    return "".join(focus if piece is None else piece for piece in _cut(query))


@lru_cache
def _cut(query: str) -> tuple[str | None, ...]:
    """``query`` in pieces, None where the focus node goes."""
    pieces: list[str | None] = []
    done, around, depths = 0, _BARE, [0]
    for kind, text, end in tokens(query):
        if text == "{":
            around = _BARE
            depths.append(0)
        elif text == "}":
            depths.pop()
        elif kind == "word":
            around = _LISTS.get(text.upper(), around)
        depths[-1] += (text == "(") - (text == ")")
        if kind == "variable" and text[1:] == "this":
            before, after = _BARE if depths[-1] else around
            number = len(pieces) or ""
            pieces += query[done : end - len(text)] + before, None, after.format(number)
            done = end
    return (*pieces, query[done:])
