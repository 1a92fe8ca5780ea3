"""What a request asks of the SPARQL endpoint: its parameters, read once and strictly."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, TypeAlias
from urllib.parse import parse_qsl

from flask import request

from parkgraph.errors import Diagnostic

FORM_TYPE: Final = "application/x-www-form-urlencoded"
QUERY_TYPE: Final = "application/sparql-query"
_UPDATE_TYPE: Final = "application/sparql-update"
#: The content types of a query, as Accept-Post says them and as Accept-Query does (RFC 10008 §3).
ACCEPT_POST: Final = f"{QUERY_TYPE}, {FORM_TYPE}"
ACCEPT_QUERY: Final = f'"{QUERY_TYPE}", "{FORM_TYPE}"'

#: Names with their values, as they come.
Pairs: TypeAlias = Sequence[tuple[str, str]]

#: How many parameters are read; a query names graphs, not hundreds of them.
_MOST: Final = 200


@dataclass(frozen=True, slots=True)
class Asked:
    """The parameters of SPARQL 1.1 Protocol §2.1, and ours.

    Attributes:
        wanted: ``format=``, which wins over Accept.
        seconds: ``timeout=``, the time that the client grants.
        explain: ``explain=``, what is to be explained.
    """

    queries: tuple[str, ...]
    default_graphs: tuple[str, ...]
    named_graphs: tuple[str, ...]
    update: bool = False
    wanted: str = ""
    seconds: float | None = None
    explain: str = ""


@dataclass(frozen=True, slots=True)
class Refused:
    """Why a request is not even looked into."""

    status: int
    finding: Diagnostic


def asked() -> Asked | Refused:
    """What this request asks, or why it is refused.

    GET has everything in its address. POST and QUERY have it in a form, or the query as the body
    and the rest in the address. Percent-encoding is undone once, and must give UTF-8.
    """
    if request.method in {"GET", "HEAD"}:
        return from_address(request.query_string)
    if request.content_encoding:
        return Refused(415, _encoded(request.content_encoding))
    if request.mimetype == _UPDATE_TYPE:
        return Asked((), (), (), update=True)
    if request.mimetype == FORM_TYPE:
        return _all_of(request.query_string, request.get_data())
    if request.mimetype != QUERY_TYPE:
        return Refused(415, _other_type())
    try:
        text = request.get_data().decode("utf-8")
    except UnicodeDecodeError:
        return Refused(400, _NOT_UTF_8)
    return _all_of(request.query_string, more=[("query", text)])


def from_address(raw: bytes) -> Asked | Refused:
    """What the query string of a GET asks, or why it is refused."""
    return _all_of(raw)


def parameters(raw: bytes) -> Pairs | Refused:
    """The parameters of a query string or a form, or why they are refused."""
    try:
        text = raw.decode("utf-8")
        return parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=_MOST)
    except UnicodeDecodeError:
        return Refused(400, _NOT_UTF_8)
    except ValueError:
        return Refused(400, _TOO_MANY)


def _all_of(*raw: bytes, more: Pairs = ()) -> Asked | Refused:
    """What several query strings or forms ask together, and ``more``."""
    pairs = list(more)
    for part in raw:
        said = parameters(part)
        if isinstance(said, Refused):
            return said
        pairs += said
    return _asked(pairs)


_NOT_UTF_8: Final = Diagnostic(
    "PG631", "the query or another parameter is not UTF-8", help="encode it so"
)
_TOO_MANY: Final = Diagnostic(
    "PG633",
    f"there are more than {_MOST} parameters",
    help="name graphs in the query by FROM, or take the default ones",
)


def _encoded(coding: str) -> Diagnostic:
    message = f"the body is encoded as {coding!r}"
    return Diagnostic("PG624", message, help="send it without Content-Encoding")


def _other_type() -> Diagnostic:
    got = repr(request.mimetype) if request.mimetype else "none"
    message = f"the content type of the body is {got}"
    return Diagnostic("PG624", message, help=f"send {QUERY_TYPE} or {FORM_TYPE}")


def _asked(pairs: Pairs) -> Asked:
    values: dict[str, list[str]] = {}
    for name, value in pairs:
        values.setdefault(name, []).append(value)

    def last(*names: str) -> str:
        return next((values[name][-1] for name in names if name in values), "")

    return Asked(
        queries=tuple(values.get("query", ())),
        default_graphs=tuple(values.get("default-graph-uri", ())),
        named_graphs=tuple(values.get("named-graph-uri", ())),
        update="update" in values,
        wanted=last("format", "_mediatype", "output"),
        seconds=_seconds(last("timeout")),
        explain=last("explain"),
    )


def _seconds(text: str) -> float | None:
    """The time that is asked for; what is no positive number is as if it were not there."""
    try:
        seconds = float(text)
    except ValueError:
        return None
    return seconds if 0 < seconds < float("inf") else None
