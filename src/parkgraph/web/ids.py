"""What a request is called, in the answer, in a problem and in the log: its id."""

import re
import secrets
from itertools import count
from typing import Final

#: The header that an id comes in and goes back in.
HEADER: Final = "X-Request-Id"
#: Where the rest of the program finds it in a WSGI environment.
VARIABLE: Final = "parkgraph.request"

#: What another may call a request: bounded, and nothing that ends a header or a line.
_GOOD: Final = re.compile(r"[A-Za-z0-9._:/+=-]{1,128}")
_numbers: Final = count(1)
#: Of this process alone: a counter costs a tenth of what randomness does.
_process = secrets.token_hex(6)


def request_id(said: str | None) -> str:
    """The id that a request came with, if it is well formed; else a new one.

    >>> request_id("4bf92f3577b34da6a3ce929d0e0e4736")
    '4bf92f3577b34da6a3ce929d0e0e4736'
    >>> request_id("two words") == request_id("two words")
    False
    """
    if said is not None and _GOOD.fullmatch(said):
        return said
    return f"{_process}-{next(_numbers):010x}"
