"""Read a profile's text: its characters with offsets, and its labelled fields."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from hashlib import sha256
from typing import Final

from parkgraph.errors import Diagnostic, ParkgraphError

#: A numbered label: up to three blanks, a number, the label alone on its line.
_NUMBERED: Final = re.compile("[ \u00a0]{0,3}(?P<number>\\d{1,4})\\.\\s+(?P<label>\\S.*)")
#: A heading that asks for a value: at the margin, and it ends in a colon.
_HEADED: Final = re.compile(r"(?P<label>[^\s:][^:]{0,38}):")
#: What XML 1.0 §2.2 cannot carry, and what no text should hold.
_CONTROL: Final = r"[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]"
#: A value line is indented further than any label: by this many columns.
_INDENT: Final = 4
#: How many columns a blank is wide, if not one: a tab is an indent, U+3000 a Chinese character.
_WIDE: Final = {"\t": _INDENT, "\u3000": 2}


@dataclass(frozen=True, slots=True, order=True)
class Span:
    """Characters ``start`` to ``end`` of a text, in code points (oa:TextPositionSelector)."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Field:
    """A labelled field: the whole block, its label, its number if any, and its values.

    Attributes:
        twin: whether another label before it makes the same slug, as «C» does for «C++».
    """

    label: str
    number: int | None
    block: Span
    values: tuple[Span, ...]
    twin: bool = False

    @property
    def slug(self) -> str:
        """The label as part of an IRI; with its hash where the letters a-z do not tell it apart.

        >>> Field("Main technology sectors", 2, Span(0, 0), ()).slug
        'main-technology-sectors'
        >>> Field("名称", 1, Span(0, 0), ()).slug
        'd44e9b3d'
        """
        slug = slugify(self.label)
        mark = sha256(self.label.casefold().encode()).hexdigest()[:8]
        return f"{slug}-{mark}" if slug and self.twin else slug or mark


@dataclass(frozen=True)
class SourceText:
    """The verbatim text of one document version, named by the hash of its bytes."""

    slug: str
    path: str
    data: bytes
    text: str

    @cached_property
    def sha256(self) -> str:
        """SHA-256 of the bytes, in hex."""
        return sha256(self.data).hexdigest()

    @property
    def version(self) -> str:
        """The version's name: the first 8 hex digits of the hash."""
        return self.sha256[:8]

    def quote(self, span: Span) -> str:
        """The words at ``span``."""
        return self.text[span.start : span.end]

    def where(self, offset: int) -> str:
        """``file:line:column`` of a character, both counted from 1."""
        line = self.text.count("\n", 0, offset) + 1
        column = offset - self.text.rfind("\n", 0, offset)
        return f"{self.path}:{line}:{column}"


def slugify(words: str) -> str:
    """Words as a slug ``[a-z0-9]+(-[a-z0-9]+)*``; empty if nothing is left.

    >>> slugify("ICT & Communications")
    'ict-communications'
    """
    return re.sub(r"[^a-z0-9]+", "-", words.lower()).strip("-")


def parse_text(slug: str, path: str, data: bytes) -> SourceText:
    """The text of a profile.

    Raises:
        ParkgraphError: the bytes are not UTF-8 (PG101), hold a control character (PG102),
            or nothing at all (PG103).
    """
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        column = len(data[data.rfind(b"\n", 0, error.start) + 1 : error.start].decode()) + 1
        message = f"byte {error.start} is not UTF-8"
        raise _fault(
            "PG101", message, f"{path}:{line}:{column}", "save the file as UTF-8"
        ) from error
    source = SourceText(slug, path, data, text)
    if not text.replace("\ufeff", "").strip():
        raise _fault("PG103", "the profile is empty", path, "put the page's text there, unchanged")
    if control := re.search(_CONTROL, text):
        message = f"control character {control[0]!r}, which XML cannot carry"
        raise _fault("PG102", message, source.where(control.start()), "take the character out")
    return source


def fields(source: SourceText) -> tuple[Field, ...]:
    """The labelled fields of a text, in its order; numbers may restart, values may be absent.

    A field's values are the indented lines right below its label. The next label, a line at
    the margin, or the end of the text closes it.
    """
    found: list[Field] = []
    for line, span in _lines(source.text):
        label = _NUMBERED.fullmatch(line) or _HEADED.fullmatch(line)
        value = _value(line, span)
        if label:
            found.append(_field(label, span))
        elif value and found and _touches(source.text, found[-1].block.end, span.start):
            found[-1] = _with_value(found[-1], value)
    return _told_apart(_closed(field, source.text) for field in found)


def repeated_fields(source: SourceText, found: tuple[Field, ...]) -> Iterator[Diagnostic]:
    """A finding for each field whose label stood before (PG203)."""
    for field in found:
        first = next(other for other in found if other.slug == field.slug)
        if first is not field:
            yield Diagnostic(
                "PG203",
                f"field {field.label!r} repeats",
                source.where(field.block.start),
                f"it first stands at {source.where(first.block.start)}: keep one",
            )


def _lines(text: str) -> Iterator[tuple[str, Span]]:
    """The lines without the blanks that they end in, each with the place of all of it."""
    start = 0
    for line in text.split("\n"):
        yield line.rstrip(), Span(start, start + len(line))
        start += len(line) + 1


def _field(label: re.Match[str], line: Span) -> Field:
    number = label.groupdict().get("number")
    begin = line.start + label.start("number" if number else "label")
    end = line.start + len(label[0])
    return Field(label["label"], int(number) if number else None, Span(begin, end), ())


def _value(line: str, place: Span) -> Span | None:
    """The words of a line that is indented as values are."""
    blanks = len(line) - len(line.lstrip())
    if sum(_WIDE.get(blank, 1) for blank in line[:blanks]) < _INDENT:
        return None
    return Span(place.start + blanks, place.start + len(line))


def _with_value(field: Field, span: Span) -> Field:
    return replace(field, block=Span(field.block.start, span.end), values=(*field.values, span))


def _closed(field: Field, text: str) -> Field:
    """A numbered label with nothing below takes in its line end: that shows it is empty."""
    block = field.block
    if field.values or field.number is None or text[block.end : block.end + 1] != "\n":
        return field
    return replace(field, block=Span(block.start, block.end + 1))


def _told_apart(found: Iterable[Field]) -> tuple[Field, ...]:
    """Fields of different labels, each with a slug of its own."""
    labels: dict[str, str] = {}
    return tuple(
        replace(field, twin=labels.setdefault(field.slug, label) != label)
        for field, label in ((field, field.label.casefold()) for field in found)
    )


def _touches(text: str, end: int, start: int) -> bool:
    """Whether only one line end lies between a field and a line: a blank line closes a field."""
    return Counter(text[end:start])["\n"] == 1


def _fault(code: str, message: str, where: str, advice: str) -> ParkgraphError:
    return ParkgraphError(Diagnostic(code, message, where, advice))
