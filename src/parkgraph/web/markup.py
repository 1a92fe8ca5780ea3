"""Texts in HTML: most of them hold nothing to escape, and a ``Markup`` for each takes its time."""

from markupsafe import Markup, escape


def escaped(value: object) -> str:
    """What ``markupsafe.escape`` makes of ``value``, as a text.

    >>> escaped("Tsinghua"), str(escaped("<b>"))
    ('Tsinghua', '&lt;b&gt;')
    """
    # Five such looks take less time than one of a regular expression.
    if type(value) is str and not (
        "&" in value or "<" in value or ">" in value or "'" in value or '"' in value
    ):
        return value
    return escape(value)


def marked(text: str) -> Markup:
    """Markup of a text that is safe already: ``Markup.format`` takes ten times as long."""
    return Markup(text)  # noqa: S704  # whoever calls it has escaped what is not markup
