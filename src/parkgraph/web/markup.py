"""Texts in HTML: most of them hold nothing to escape, and a ``Markup`` for each takes its time."""

import re
from typing import Final

from markupsafe import escape

#: What markup would take for its own.
_SPECIAL: Final = re.compile("[&<>'\"]")


def escaped(value: object) -> str:
    """What ``markupsafe.escape`` makes of ``value``, as a text.

    >>> escaped("Tsinghua"), str(escaped("<b>"))
    ('Tsinghua', '&lt;b&gt;')
    """
    return value if type(value) is str and not _SPECIAL.search(value) else escape(value)
