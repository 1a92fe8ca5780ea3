"""What a request asks of the SPARQL endpoint: its parameters, read once and strictly."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import inf
from typing import Final, NamedTuple, TypeAlias
from urllib.parse import parse_qsl, unquote_to_bytes

from flask import request

from parkgraph.errors import Diagnostic

FORM_TYPE: Final = "application/x-www-form-urlencoded"
QUERY_TYPE: Final = "application/sparql-query"
_UPDATE_TYPE: Final = "application/sparql-update"
#: The content types of a query, as Accept-Post says them and as Accept-Query does (RFC 10008 §3).
ACCEPT_POST: Final = f"{QUERY_TYPE}, {FORM_TYPE}"
ACCEPT_QUERY: Final = f'"{QUERY_TYPE}", "{FORM_TYPE}"'

#: Where queries are asked; many write a slash behind, as the W3C's protocol tests do.
PATHS: Final = frozenset({"/sparql", "/sparql/"})

#: Names with their values, as they come.
Pairs: TypeAlias = Sequence[tuple[str, str]]

#: How many parameters are read; a query names graphs, not hundreds of them.
_MOST: Final = 200


class Asked(NamedTuple):
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


@dataclass(frozen=True, slots=True)
class Body:
    """The body of a request: its type, how it is encoded, its bytes."""

    media_type: str
    coding: str
    data: bytes


def asked() -> Asked | Refused:
    """What this request asks, or why it is refused."""
    if request.method in {"GET", "HEAD"}:
        return from_address(request.query_string)
    body = request.get_data() if request.mimetype in {FORM_TYPE, QUERY_TYPE} else b""
    said = Body(request.mimetype, request.content_encoding or "", body)
    return from_body(request.query_string, said)


def from_address(raw: bytes) -> Asked | Refused:
    """What the query string of a GET asks, or why it is refused."""
    if not raw.startswith(_ALONE) or b"&" in raw:
        return _all_of(raw)
    try:  # most say nothing else
        return Asked((_unquoted(raw[len(_ALONE) :]),), (), ())
    except UnicodeDecodeError:
        return Refused(400, _NOT_UTF_8)


def from_body(raw: bytes, body: Body) -> Asked | Refused:
    """What a POST or QUERY asks: a form, or the query as the body and the rest in the address.

    Percent-encoding is undone once, and must give UTF-8.
    """
    if body.coding:
        return Refused(415, _encoded(body.coding))
    if body.media_type == _UPDATE_TYPE:
        return Asked((), (), (), update=True)
    if body.media_type == FORM_TYPE:
        return _all_of(raw, body.data)
    if body.media_type != QUERY_TYPE:
        return Refused(415, _other_type(body.media_type))
    return _with_text(raw, body.data)


#: How a query string begins that has the query first.
_ALONE: Final = b"query="


def _unquoted(raw: bytes) -> str:
    """A value without its percent-encoding, which the standard library undoes byte by byte."""
    spaced = raw.replace(b"+", b" ")
    try:
        escaped = spaced.replace(b"\\", rb"\\").replace(b"%", rb"\x")
        return escaped.decode("unicode_escape").encode("latin-1").decode("utf-8")
    except UnicodeError:  # a percent sign without digits stands for itself
        return unquote_to_bytes(spaced).decode("utf-8")


def _with_text(raw: bytes, text: bytes) -> Asked | Refused:
    try:
        return _all_of(raw, more=[("query", text.decode("utf-8"))])
    except UnicodeDecodeError:
        return Refused(400, _NOT_UTF_8)


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


def _other_type(media_type: str) -> Diagnostic:
    got = repr(media_type) if media_type else "none"
    message = f"the content type of the body is {got}"
    return Diagnostic("PG624", message, help=f"send {QUERY_TYPE} or {FORM_TYPE}")


def _asked(pairs: Pairs) -> Asked | Refused:
    values: dict[str, list[str]] = {}
    for name, value in pairs:
        values.setdefault(name, []).append(value)

    def last(*names: str) -> str:
        return next((values[name][-1] for name in names if name in values), "")

    granted = last("timeout")
    seconds = _seconds(granted)
    if granted and seconds is None:
        return Refused(400, _no_seconds(granted))
    return Asked(
        queries=tuple(values.get("query", ())),
        default_graphs=tuple(values.get("default-graph-uri", ())),
        named_graphs=tuple(values.get("named-graph-uri", ())),
        update="update" in values,
        wanted=last("format", "_mediatype", "output"),
        seconds=seconds or None,  # 0 is no wish, as other endpoints have it
        explain=last("explain"),
    )


def _seconds(text: str) -> float | None:
    """The time that is asked for; None for what is no number."""
    seconds = float(text) if _NUMBER.fullmatch(text) else inf
    return seconds if seconds < inf else None


_NUMBER: Final = re.compile(r"([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]+)?")


def _no_seconds(text: str) -> Diagnostic:
    shown = text if len(text) <= _SHOWN else f"{text[:_SHOWN]}…"
    message = f"timeout is a number of seconds, got {shown!r}"
    return Diagnostic("PG637", message, help="leave it out, or say for instance timeout=2.5")


#: Characters of a value that are said again.
_SHOWN: Final = 40
