"""The columns of ``SELECT *`` in the order in which the text first names them.

SPARQL gives them none, and Oxigraph's is the alphabet's: ``o, p, s``.
"""

import re
from typing import Any, Final

from pyoxigraph import QuerySolutions, Store

from parkgraph.query.scan import PLAIN, code_tokens

#: Where queries are only parsed.
EMPTY: Final = Store()
_ALL: Final = re.compile(r"(?:[ \t\r\n]++(?:DISTINCT|REDUCED))?[ \t\r\n]*+\*", re.IGNORECASE)


def in_order(text: str, options: dict[str, Any]) -> str:
    """``text``, with the variables that its ``SELECT *`` stands for named in their order.

    >>> in_order("SELECT * { ?s ?p ?o }", {})
    'SELECT  ?s ?p ?o  { ?s ?p ?o }'

    Raises:
        SyntaxError: it does not parse.
        RuntimeError: it calls a function that is unknown.
    """
    start = PLAIN.match(text) if "*" in text else None
    star = _ALL.match(text, start.end()) if start else None
    if star is None:
        return text
    results = EMPTY.query(text, **options)
    if not isinstance(results, QuerySolutions):
        return text
    said = [name[1:] for kind, name, _ in code_tokens(text[star.end() :]) if kind == "variable"]
    order = {name: at for at, name in enumerate(dict.fromkeys(said))}
    names = sorted((v.value for v in results.variables), key=lambda n: order.get(n, len(order)))
    listed = " ".join(f"?{name}" for name in names)
    # What stands before and behind the asterisk may touch it: «SELECT*WHERE».
    return f"{text[: star.end() - 1]} {listed} {text[star.end() :]}" if names else text
