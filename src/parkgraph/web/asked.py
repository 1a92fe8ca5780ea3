"""What a request asks of the SPARQL endpoint: its parameters, read once and strictly."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl

from flask import request

from parkgraph.errors import Diagnostic

FORM_TYPE: Final = "application/x-www-form-urlencoded"
QUERY_TYPE: Final = "application/sparql-query"
_UPDATE_TYPE: Final = "application/sparql-update"
#: The content types of a query, as Accept-Post says them and as Accept-Query does (RFC 10008 §3).
ACCEPT_POST: Final = f"{QUERY_TYPE}, {FORM_TYPE}"
ACCEPT_QUERY: Final = f'"{QUERY_TYPE}", "{FORM_TYPE}"'

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
    try:
        address = _pairs(request.query_string)
        if request.mimetype == FORM_TYPE:
            return _asked([*address, *_pairs(request.get_data())])
        if request.mimetype == QUERY_TYPE:
            return _asked([*address, ("query", request.get_data().decode("utf-8"))])
    except UnicodeDecodeError:
        return Refused(400, _NOT_UTF_8)
    except ValueError as error:
        return Refused(400, _unreadable(error))
    if request.mimetype == _UPDATE_TYPE:
        return Asked((), (), (), update=True)
    return Refused(415, _other_type())


def from_address(raw: bytes) -> Asked | Refused:
    """What the query string of a GET asks, or why it is refused."""
    try:
        return _asked(_pairs(raw))
    except UnicodeDecodeError:
        return Refused(400, _NOT_UTF_8)
    except ValueError as error:
        return Refused(400, _unreadable(error))


_NOT_UTF_8: Final = Diagnostic("PG631", "the query is not UTF-8", help="encode it so")


def _unreadable(error: ValueError) -> Diagnostic:
    return Diagnostic("PG633", f"the parameters cannot be read: {error}")


def _other_type() -> Diagnostic:
    got = repr(request.mimetype) if request.mimetype else "none"
    message = f"the content type of the body is {got}"
    return Diagnostic("PG624", message, help=f"send {QUERY_TYPE} or {FORM_TYPE}")


def _pairs(raw: bytes) -> list[tuple[str, str]]:
    text = raw.decode("utf-8")
    return parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=_MOST)


def _asked(pairs: Iterable[tuple[str, str]]) -> Asked:
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
