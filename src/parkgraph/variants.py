"""Which representation of a resource a request gets: media type, profile, language and coding.

One table for each kind of resource, and one pure function over it (http.md §2).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final, TypeAlias

from parkgraph.negotiate import (
    CODINGS,
    DESCRIBED,
    LANGUAGES,
    READ,
    Representation,
    likings,
    named,
    negotiate_coding,
    negotiate_language,
    profile_weights,
)
from parkgraph.recent import characters, of_short
from parkgraph.vocab import HOME, PREFIXES


@dataclass(frozen=True, slots=True, eq=False)
class Profile:
    """What a description says, and in which terms (DX-PROF-CONNEG §3).

    Attributes:
        token: its name in ``?_profile=``.
        iri: its name in headers.
        alias: another IRI that it is asked for by.
    """

    token: str
    iri: str
    alias: str = ""


#: The model with its evidence.
PARK: Final = Profile("park", f"{HOME}profile/park")
#: The triples about the thing, without the claims behind them.
PLAIN: Final = Profile("plain", f"{HOME}profile/plain")
#: The thing in the terms of schema.org.
SCHEMA_ORG: Final = Profile("schema.org", PREFIXES["schema"], "http://schema.org/")
PROFILES: Final = (PARK, PLAIN, SCHEMA_ORG)


@dataclass(frozen=True, slots=True, eq=False)
class Variant:
    """A form of a resource in one profile; the language and the coding are settled besides."""

    form: Representation
    profile: Profile


@cache
def variants(forms: tuple[Representation, ...], *profiles: Profile) -> tuple[Variant, ...]:
    """Each form in each profile; what people read shows the first profile alone."""
    return tuple(
        Variant(form, profile)
        for profile in profiles
        for form in forms
        if form not in READ or profile == profiles[0]
    )


#: A thing or a document, described.
DESCRIPTION: Final = variants(DESCRIBED, *PROFILES)


#: What a client accepts: the headers for type, profile, language and coding.
Axes: TypeAlias = tuple[str | None, str | None, str | None, str | None]


@dataclass(frozen=True, slots=True)
class Wish:
    """All that a request says of the representation it wants; None and empty: nothing.

    Attributes:
        accept: the header, as are the three that follow.
        suffix: ``ttl`` of ``/doc/park/iasp-6112.ttl``.
        media_type: ``?_mediatype=`` or ``?format=``; the next two are ``?_profile=``, ``?lang=``.
    """

    accept: str | None = None
    accept_profile: str | None = None
    accept_language: str | None = None
    accept_encoding: str | None = None
    suffix: str | None = None
    media_type: str = ""
    profile: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """The representation that a request likes best, and why.

    Attributes:
        variant: None if none is acceptable, which is 406.
        language: of a page; empty for data.
        coding: ``identity`` is one.
        vary: the headers that the choice hangs on (RFC 9110 §12.5.5), whatever they said.
    """

    variant: Variant | None
    language: str
    coding: str
    vary: tuple[str, ...]


def _size(wish: Wish, *_: object) -> int:
    """The characters of a wish."""
    headers = wish.accept, wish.accept_profile, wish.accept_language, wish.accept_encoding
    return characters(*headers, wish.suffix, wish.media_type, wish.profile, wish.language)


@of_short(_size)
def choose(
    wish: Wish, offered: tuple[Variant, ...], languages: tuple[str, ...] = LANGUAGES
) -> Choice:
    """The representation that ``wish`` likes best among ``offered`` (http.md §2).

    A suffix decides on the form, then a media type that is named, then ``Accept``; a profile that
    is named, then ``Accept-Profile``; a language that is named, then ``Accept-Language``. A suffix
    without a profile is of the first one. The weights of form and profile multiply; of what is
    liked equally the more specific range wins, then the earlier row.

    >>> choose(Wish(accept="text/*;q=0.1, application/ld+json"), DESCRIPTION).variant.form.label
    'JSON-LD'
    """
    forms, vary = _forms_liked(wish, offered)
    profiles, by_profile = _profiles_liked(wish, offered)
    coding = negotiate_coding(wish.accept_encoding, CODINGS)

    def liking(row: Variant) -> tuple[float, int]:
        weight, specificity = forms[row.form]
        return weight * profiles[row.profile], specificity

    best: Variant | None = max(offered, key=liking)
    vary += by_profile
    if coding is None or best is None or liking(best)[0] <= 0:
        return Choice(None, "", "identity", (*vary, "Accept-Encoding"))
    language = ""
    if best.form in READ:
        language, by_language = _language_liked(wish, languages)
        vary += by_language
    return Choice(best, language, coding, (*vary, "Accept-Encoding"))


_Axis = tuple[str, ...]


def _forms_liked(
    wish: Wish, offered: Sequence[Variant]
) -> tuple[dict[Representation, tuple[float, int]], _Axis]:
    """How each form is liked, and the header that was looked at for it."""
    rows = tuple(dict.fromkeys(row.form for row in offered))
    if wish.suffix is not None:
        return {row: (float(row.extension == wish.suffix), 0) for row in rows}, ()
    if wish.media_type:
        asked = named(wish.media_type, rows)
        return {row: (float(row == asked), 0) for row in rows}, ()
    return likings(wish.accept, rows), ("Accept",)


def _profiles_liked(wish: Wish, offered: Sequence[Variant]) -> tuple[dict[Profile, float], _Axis]:
    """How each profile is liked; the header is looked at where there is a choice."""
    rows = tuple(dict.fromkeys(row.profile for row in offered))
    if wish.profile:
        return {row: float(wish.profile in (row.token, row.iri, row.alias)) for row in rows}, ()
    if wish.suffix is not None or len(rows) == 1:
        return {row: float(row == rows[0]) for row in rows}, ()
    weights = profile_weights(wish.accept_profile)
    others = weights.get("*", 0.0) if weights else 1.0
    liked = {row: weights.get(row.iri, weights.get(row.alias, others)) for row in rows}
    return liked, ("Accept-Profile",)


def _language_liked(wish: Wish, languages: tuple[str, ...]) -> tuple[str, _Axis]:
    if wish.language in languages:
        return wish.language, ()
    return negotiate_language(wish.accept_language, languages), ("Accept-Language",)
