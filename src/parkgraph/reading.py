"""The reading of a profile: its YAML file as typed values, each with the place it came from."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from typing import TypeVar

from parkgraph.errors import Diagnostic, ParkgraphError, did_you_mean
from parkgraph.keys import (
    CLAIM_ID,
    DATE,
    FORMS,
    HTTP,
    LANGUAGE,
    REFERENCE,
    SHA256,
    SLUG,
    Keys,
)
from parkgraph.vocab import KINDS
from parkgraph.yamlfile import YamlFile

T = TypeVar("T")


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


class Nameless(ParkgraphError):  # noqa: N818  # what the reading is
    """A reading without a usable document record.

    Attributes:
        claims: what it says all the same, so that its quotes can be looked for in the text.
    """

    def __init__(self, claims: tuple[Annotation, ...], *findings: Diagnostic) -> None:
        super().__init__(*findings)
        self.claims = claims


def read_reading(file: YamlFile, findings: list[Diagnostic]) -> Reading:
    """The reading in ``file``; what cannot be used is left out and added to ``findings``.

    Raises:
        Nameless: there is no usable document record, so nothing can be named.
    """
    top = Keys(file, (), file.value, findings)
    document = _document(top.section("document"))
    things = dict(_things(top.section("things", required=False)))
    claims = tuple(_claims(top))
    top.end()
    if document is None:
        raise Nameless(claims, *findings)
    return Reading(document, things, claims, file)


def _document(keys: Keys) -> DocumentRecord | None:
    before = len(keys.findings)
    record = DocumentRecord(
        about=_subject(keys, "about") or "",
        address=keys.word("address", HTTP, required=True) or "",
        publisher=_subject(keys, "publisher") or "",
        publisher_name=keys.text("publisherName", required=True) or "",
        number=keys.text("number"),
        language=keys.word("language", LANGUAGE, required=True) or "",
        sha256=keys.word("sha256", SHA256, required=True) or "",
        rights=keys.text("rights", required=True) or "",
        retrieved=keys.word("retrieved", DATE),
        places=dict(_places(keys.section("places", required=False))),
    )
    usable = len(keys.findings) == before
    keys.end()
    return record if usable else None


def _subject(keys: Keys, key: str) -> str | None:
    """The thing at ``key``, of a kind that there is."""
    reference = keys.word(key, REFERENCE, required=True)
    kind = (reference or "").partition("/")[0]
    if reference is not None and kind not in KINDS:
        keys.fault("PG222", f"unknown kind {kind!r}", key, did_you_mean(kind, KINDS))
        return None
    return reference


def _places(keys: Keys) -> Iterator[tuple[str, str]]:
    for name in keys.values:
        if (slug := keys.word(name, SLUG)) is not None:
            yield name, slug
    keys.end()


def _things(keys: Keys) -> Iterator[tuple[str, Thing]]:
    for reference in keys.values:
        entry = keys.section(reference)
        label = entry.text("label", required=True)
        entry.end()
        kind = reference.partition("/")[0]
        if not REFERENCE.fullmatch(reference):
            keys.fault("PG212", f"{reference!r} has not the form of {FORMS[REFERENCE]}", reference)
        elif kind not in KINDS:
            keys.fault("PG222", f"unknown kind {kind!r}", reference, did_you_mean(kind, KINDS))
        elif label is not None:
            where = keys.file.where(*keys.path, reference, "label")
            yield reference, Thing(reference, label, where)


def _claims(top: Keys) -> Iterator[Annotation]:
    seen: dict[str, Keys] = {}
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


def _claim(keys: Keys) -> Annotation | None:
    id_ = keys.word("id", CLAIM_ID, required=True)
    quote = keys.text("quote", required=True)
    kind = keys.text("kind", required=True)
    annotation = Annotation(
        id=id_ or "",
        quote=quote or "",
        prefix=keys.take("prefix", str) or "",
        suffix=keys.take("suffix", str) or "",
        kind=kind or "",
        standing=keys.text("standing"),
        about=keys.text("about"),
        part_of=keys.word("part_of", CLAIM_ID),
        note=keys.text("note"),
        count=keys.take("count", int),
        open_list=keys.take("open_list", bool) or False,
        topics=keys.words("topics"),
        mentions=keys.words("mentions"),
        asserts=tuple(_present(map(_assertion, keys.sections("asserts")))),
        figure=_figure(keys),
        places=Places(keys.file, keys.path),
    )
    keys.end()
    return annotation if id_ and quote and kind else None


def _present(values: Iterator[T | None]) -> Iterator[T]:
    return (value for value in values if value is not None)


def _assertion(keys: Keys) -> Assertion | None:
    property_ = keys.text("property", required=True)
    assertion = Assertion(
        property=property_ or "",
        subject=keys.word("subject", REFERENCE),
        object=keys.word("object", REFERENCE),
        text=keys.text("text"),
        where=keys.file.where(*keys.path),
    )
    keys.end()
    given = [key for key in ("object", "text") if keys.values.get(key) is not None]
    if property_ and len(given) != 1:
        keys.fault("PG211", "an assertion takes either an object or a text")
        return None
    # What is given and not understood was told above.
    return assertion if property_ and (assertion.object or assertion.text) else None


def _figure(claim: Keys) -> FigureReading | None:
    if claim.take("figure", dict, required="figure" in claim.values) is None:
        return None
    keys = claim.section("figure")
    figure = FigureReading(
        indicator=keys.text("indicator"),
        value=_decimal(keys),
        unit=keys.text("unit"),
        bound=keys.text("bound"),
        verbatim=keys.text("verbatim"),
        feature=keys.word("feature", REFERENCE),
    )
    keys.end()
    return figure


def _decimal(keys: Keys) -> Decimal | None:
    value = keys.values.get("value")
    if isinstance(value, Decimal):
        keys.take("value", Decimal)
        return value
    number = keys.take("value", int)
    return None if number is None else Decimal(number)
