"""The reading of a profile: its YAML file as typed values, each with the place it came from."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final, TypeVar

from parkgraph.errors import Diagnostic, ParkgraphError, did_you_mean
from parkgraph.vocab import KINDS
from parkgraph.yamlfile import YamlFile

T = TypeVar("T")

#: What a name in an IRI may look like (model.md §3).
SLUG: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")
#: A reference to a thing or a concept: kind or scheme, and slug.
REFERENCE: Final = re.compile(rf"{SLUG.pattern}/{SLUG.pattern}")
#: Claim ids become part of an IRI; a letter first, so that fragments stay XML names.
CLAIM_ID: Final = re.compile(r"[A-Za-z][A-Za-z0-9]*")
LANGUAGE: Final = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8})*")
SHA256: Final = re.compile(r"[0-9a-f]{64}")
DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
HTTP: Final = re.compile(r"https?://[^\s<>\"{}|\\^`]+")


@dataclass(frozen=True, slots=True)
class DocumentRecord:
    """What is known of a document besides its text (the ``document:`` part of a reading).

    Attributes:
        places: slugs of places whose names give none, by name: ``{北京: beijing}``.
    """

    about: str
    address: str
    publisher: str
    publisher_name: str
    number: str | None
    language: str
    sha256: str
    rights: str
    retrieved: str | None
    places: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Assertion:
    """The one triple that a claim asserts: to a thing or concept, or to a text of its words."""

    property: str
    subject: str | None
    object: str | None
    text: str | None
    where: str


@dataclass(frozen=True, slots=True)
class FigureReading:
    """A quantity as read: nothing is filled in, so that a shape can say what is missing."""

    indicator: str | None
    value: Decimal | None
    unit: str | None
    bound: str | None
    verbatim: str | None
    feature: str | None


@dataclass(frozen=True, slots=True)
class Annotation:
    """A claim as a curator reads it: the words, their standing, and what they assert."""

    id: str
    quote: str
    prefix: str
    suffix: str
    kind: str
    standing: str | None
    about: str | None
    part_of: str | None
    note: str | None
    count: int | None
    open_list: bool
    topics: tuple[str, ...]
    mentions: tuple[str, ...]
    asserts: tuple[Assertion, ...]
    figure: FigureReading | None
    places: "Places"


@dataclass(frozen=True, slots=True)
class Places:
    """Where the keys of one claim stand in the YAML file."""

    file: YamlFile
    path: tuple[str | int, ...]

    def __getitem__(self, key: str) -> str:
        """``file:line:column`` of ``key`` (``figure.bound`` for a key one level down)."""
        return self.file.where(*self.path, *key.split(".")) if key else self.file.where(*self.path)


@dataclass(frozen=True, slots=True)
class Thing:
    """Something that the text names besides its subject."""

    reference: str
    label: str
    where: str


@dataclass(frozen=True, slots=True)
class Reading:
    """A whole reading: the document record, the things named, and the claims in file order."""

    document: DocumentRecord
    things: Mapping[str, Thing]
    claims: tuple[Annotation, ...]
    file: YamlFile

    def where(self, *path: str | int) -> str:
        """``file:line:column`` of the value at ``path``."""
        return self.file.where(*path)


def read_reading(file: YamlFile, findings: list[Diagnostic]) -> Reading:
    """The reading in ``file``; what cannot be used is left out and added to ``findings``.

    Raises:
        ParkgraphError: there is no usable document record, so nothing can be named.
    """
    top = _Keys(file, (), file.value, findings)
    document = _document(top.section("document"))
    things = dict(_things(top.section("things", required=False)))
    claims = tuple(_claims(top))
    top.end()
    if document is None:
        raise ParkgraphError(*findings)
    return Reading(document, things, claims, file)


class _Keys:
    """Takes typed values out of one mapping, gathers what is wrong, and knows every place."""

    def __init__(
        self, file: YamlFile, path: tuple[str | int, ...], value: object, findings: list[Diagnostic]
    ) -> None:
        self.file, self.path, self.findings = file, path, findings
        self._taken: set[str] = set()
        self.values: dict[str, Any] = value if isinstance(value, dict) else {}
        if not isinstance(value, dict):
            self.fault("PG210", f"expected keys and values, got {value!r}")

    def fault(self, code: str, message: str, key: str | None = None, advice: str = "") -> None:
        """Add a finding at ``key``, or at this mapping."""
        where = self.file.where(*self.path, *([key] if key is not None else []))
        self.findings.append(Diagnostic(code, message, where, advice))

    def take(self, key: str, kind: type[T], *, required: bool = False) -> T | None:
        """The value of ``key`` if it is a ``kind``; None, and a finding where due, if not."""
        self._taken.add(key)
        value = self.values.get(key)
        if value is None:
            if required:
                self.fault("PG211", f"{key!r} is missing", None, f"add {key}: …")
            return None
        if not isinstance(value, kind) or (kind is int and isinstance(value, bool)):
            self.fault("PG210", f"{key!r} takes {_NAMES[kind]}, got {value!r}", key)
            return None
        return value

    def word(self, key: str, pattern: re.Pattern[str], *, required: bool = False) -> str | None:
        """The text at ``key`` if it has the form of ``pattern``."""
        value = self.take(key, str, required=required)
        if value is not None and not pattern.fullmatch(value):
            self.fault("PG212", f"{key!r} has not the form of {_FORMS[pattern]}: {value!r}", key)
            return None
        return value

    def words(self, key: str) -> tuple[str, ...]:
        """A list of references."""
        listed = self.take(key, list) or []
        for value in listed:
            if not isinstance(value, str) or not REFERENCE.fullmatch(value):
                self.fault("PG212", f"{key!r} lists {_FORMS[REFERENCE]}, got {value!r}", key)
        return tuple(v for v in listed if isinstance(v, str) and REFERENCE.fullmatch(v))

    def section(self, key: str, *, required: bool = True) -> "_Keys":
        """The mapping at ``key``."""
        self._taken.add(key)
        value = self.values.get(key, None if required else {})
        if value is None and required:
            self.fault("PG211", f"{key!r} is missing", None, f"add {key}: …")
            value = {}
        return _Keys(self.file, (*self.path, key), value, self.findings)

    def sections(self, key: str) -> Iterator["_Keys"]:
        """The mappings listed at ``key``."""
        for number, value in enumerate(self.take(key, list) or []):
            yield _Keys(self.file, (*self.path, key, number), value, self.findings)

    def end(self) -> None:
        """Every key has been asked for: what is left is unknown."""
        for key in self.values.keys() - self._taken:
            advice = did_you_mean(key, self._taken)
            self.fault("PG213", f"unknown key {key!r}", key, advice)


_NAMES: Final[Mapping[type, str]] = {
    str: "text",
    int: "a whole number",
    bool: "true or false",
    list: "a list",
    dict: "keys and values",
    Decimal: "a number",
}
_FORMS: Final[Mapping[re.Pattern[str], str]] = {
    REFERENCE: "kind/slug (lower-case letters, digits, single hyphens)",
    SLUG: "a slug (lower-case letters, digits, single hyphens)",
    CLAIM_ID: "a claim id (a letter, then letters and digits)",
    LANGUAGE: "a language tag",
    SHA256: "a SHA-256 (64 hex digits)",
    DATE: "a date YYYY-MM-DD",
    HTTP: "an http(s) address without spaces",
}


def _document(keys: _Keys) -> DocumentRecord | None:
    before = len(keys.findings)
    record = DocumentRecord(
        about=keys.word("about", REFERENCE, required=True) or "",
        address=keys.word("address", HTTP, required=True) or "",
        publisher=keys.word("publisher", REFERENCE, required=True) or "",
        publisher_name=keys.take("publisherName", str, required=True) or "",
        number=keys.take("number", str),
        language=keys.word("language", LANGUAGE, required=True) or "",
        sha256=keys.word("sha256", SHA256, required=True) or "",
        rights=keys.take("rights", str, required=True) or "",
        retrieved=keys.word("retrieved", DATE),
        places=dict(_places(keys.section("places", required=False))),
    )
    usable = len(keys.findings) == before
    keys.end()
    return record if usable else None


def _places(keys: _Keys) -> Iterator[tuple[str, str]]:
    for name in keys.values:
        if (slug := keys.word(name, SLUG)) is not None:
            yield name, slug
    keys.end()


def _things(keys: _Keys) -> Iterator[tuple[str, Thing]]:
    for reference in keys.values:
        entry = keys.section(reference)
        label = entry.take("label", str, required=True)
        entry.end()
        kind = reference.partition("/")[0]
        if not REFERENCE.fullmatch(reference):
            keys.fault("PG212", f"{reference!r} has not the form of {_FORMS[REFERENCE]}", reference)
        elif kind not in KINDS:
            keys.fault("PG222", f"unknown kind {kind!r}", reference, did_you_mean(kind, KINDS))
        elif label is not None:
            where = keys.file.where(*keys.path, reference, "label")
            yield reference, Thing(reference, label, where)


def _claims(top: _Keys) -> Iterator[Annotation]:
    seen: dict[str, _Keys] = {}
    for keys in top.sections("claims"):
        claim = _claim(keys)
        if claim is None:
            continue
        if first := seen.get(claim.id):
            place = first.file.where(*first.path, "id")
            keys.fault("PG214", f"claim id {claim.id!r} stands twice", "id", f"first at {place}")
            continue
        seen[claim.id] = keys
        yield claim


def _claim(keys: _Keys) -> Annotation | None:
    id_ = keys.word("id", CLAIM_ID, required=True)
    quote = keys.take("quote", str, required=True)
    kind = keys.take("kind", str, required=True)
    annotation = Annotation(
        id=id_ or "",
        quote=quote or "",
        prefix=keys.take("prefix", str) or "",
        suffix=keys.take("suffix", str) or "",
        kind=kind or "",
        standing=keys.take("standing", str),
        about=keys.take("about", str),
        part_of=keys.word("part_of", CLAIM_ID),
        note=keys.take("note", str),
        count=keys.take("count", int),
        open_list=keys.take("open_list", bool) or False,
        topics=keys.words("topics"),
        mentions=keys.words("mentions"),
        asserts=tuple(_present(map(_assertion, keys.sections("asserts")))),
        figure=_figure(keys.section("figure")) if "figure" in keys.values else None,
        places=Places(keys.file, keys.path),
    )
    keys.take("figure", dict)
    keys.end()
    return annotation if id_ and quote and kind else None


def _present(values: Iterator[T | None]) -> Iterator[T]:
    return (value for value in values if value is not None)


def _assertion(keys: _Keys) -> Assertion | None:
    property_ = keys.take("property", str, required=True)
    assertion = Assertion(
        property=property_ or "",
        subject=keys.word("subject", REFERENCE),
        object=keys.word("object", REFERENCE),
        text=keys.take("text", str),
        where=keys.file.where(*keys.path),
    )
    keys.end()
    if property_ and (assertion.object is None) == (assertion.text is None):
        keys.fault("PG211", "an assertion takes either an object or a text")
        return None
    return assertion if property_ else None


def _figure(keys: _Keys) -> FigureReading:
    figure = FigureReading(
        indicator=keys.take("indicator", str),
        value=_decimal(keys),
        unit=keys.take("unit", str),
        bound=keys.take("bound", str),
        verbatim=keys.take("verbatim", str),
        feature=keys.word("feature", REFERENCE),
    )
    keys.end()
    return figure


def _decimal(keys: _Keys) -> Decimal | None:
    value = keys.values.get("value")
    if isinstance(value, Decimal):
        keys.take("value", Decimal)
        return value
    number = keys.take("value", int)
    return None if number is None else Decimal(number)
