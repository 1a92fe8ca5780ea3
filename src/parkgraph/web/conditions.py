"""Preconditions: whether what a request asks for is to be sent, and all of it (RFC 9110 §13)."""

import re
from collections.abc import Callable
from typing import Final, TypeAlias

from werkzeug.http import parse_date, parse_etags

#: Gives the value of a header that was sent.
Said: TypeAlias = Callable[[str], str | None]

#: The methods of which something is asked that may be there already: QUERY is conditional like GET
#: (RFC 10008 §2). What a POST is answered is no state of its address, so no condition is about it.
CONDITIONAL: Final = frozenset({"GET", "HEAD", "QUERY"})


def precondition(said: Said, etag: str, modified: str | None, *, exact: bool = True) -> int | None:
    """412 or 304 where a precondition does not hold, in the order of RFC 9110 §13.2.2.

    A tag decides where one is sent, and the date beside it is not looked at.

    Args:
        said: gives the headers of a request for something that is there.
        etag: the strong tag of its representation, without its quotes.
        modified: its Last-Modified, if it has one.
        exact: whether no date but its own will do: after a step back it is older than what was,
            and a later date than its own is known for something else (as nginx has it).
    """
    if (tags := said("If-Match")) is not None:
        if not _listed(etag, tags, weakly=False):
            return 412
    elif _changed(modified, said("If-Unmodified-Since")):
        return 412
    if (tags := said("If-None-Match")) is not None:
        return 304 if _listed(etag, tags, weakly=True) else None
    return 304 if _dated(modified, said("If-Modified-Since"), exact=exact) else None


def in_part(said: Said, etag: str, modified: str) -> bool:
    """Whether a part will do for who has another one (RFC 9110 §13.1.5).

    The tag is compared strongly; a date is this one or another, be it earlier or later.
    """
    known = said("If-Range")
    return known is None or known in {f'"{etag}"', modified}


def heeded(asked: str, size: int) -> str | None:
    """The range that is sent of a file; None where all of it is.

    Several at once are not offered, and what is not in bytes is not understood: either may be
    ignored (RFC 9110 §14.2). The last bytes of a shorter file are all of it (§14.1.2).

    >>> heeded("bytes=-99999", 10), heeded("bytes=2-", 10), heeded("items=0-1", 10)
    ('bytes=0-', 'bytes=2-', None)
    """
    if not _RANGE.fullmatch(asked):
        return None
    last = asked.startswith(_LAST) and int(asked.removeprefix(_LAST)) >= size
    return "bytes=0-" if last else asked


_LAST: Final = "bytes=-"
_RANGE: Final = re.compile(r"bytes=(?:[0-9]{1,20}-[0-9]{0,20}|-[0-9]{1,20})")


def _listed(etag: str, tags: str, *, weakly: bool) -> bool:
    """Whether a tag is among those of a header, or any would do (RFC 9110 §8.8.3.2)."""
    found = parse_etags(tags)
    return found.star_tag or (found.contains_weak(etag) if weakly else found.is_strong(etag))


def _changed(modified: str | None, since: str | None) -> bool:
    """Whether something is known to have changed after a date."""
    at, then = parse_date(modified), parse_date(since)
    return bool(at and then and at > then)


def _dated(modified: str | None, known: str | None, *, exact: bool) -> bool:
    """Whether who has something of a date has what is there."""
    at, then = parse_date(modified), parse_date(known)
    return at is not None and then is not None and (at == then or (not exact and at < then))
