"""Typed links between a document, its forms and what it is about (RFC 8288, FAIR Signposting)."""

from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache
from typing import Final, NamedTuple

from parkgraph.negotiate import JSON_LD, READ
from parkgraph.variants import Profile, Variant
from parkgraph.web.wire import as_uri

#: Bytes that a header of links may have: more is too much for some proxies.
LONGEST: Final = 4096
#: What stays in the header when it would be longer; the linkset has all.
_ESSENTIAL: Final = frozenset(
    {
        *("linkset", "cite-as", "describedby", "type", "license", "related"),
        *("original timegate", "timemap", "memento"),
    }
)

LINKSET_JSON: Final = "application/linkset+json"
#: The type of a page about a thing.
ABOUT_PAGE: Final = "https://schema.org/AboutPage"


class TypedLink(NamedTuple):
    """A link: where it leads, how, and the attributes of its target."""

    href: str
    rel: str
    attributes: tuple[tuple[str, str], ...] = ()

    def __str__(self) -> str:
        """As it stands in a header."""
        said = "".join(f'; {name}="{value}"' for name, value in self.attributes)
        return f'<{as_uri(self.href)}>; rel="{self.rel}"{said}'


def field(links: Sequence[TypedLink], others: str = "") -> str:
    """The value of ``Link``; only what is essential where that would be too long.

    Args:
        links: what leads on.
        others: links that are written already, none of them essential.
    """
    whole = ", ".join(map(str, links))
    if others:
        whole = f"{whole}, {others}" if whole else others
    if len(whole) <= LONGEST:
        return whole
    return ", ".join(str(link) for link in links if link.rel in _ESSENTIAL)


class Place(NamedTuple):
    """A document as far as links know it.

    Attributes:
        path: its local address, by which its form is negotiated.
        stem: its local address before a suffix.
        iri: what it is about.
        offered: its forms.
        languages: of its pages.
        query: what tells it from other documents at the same path; empty if nothing has to.
    """

    path: str
    stem: str
    iri: str
    offered: tuple[Variant, ...]
    languages: tuple[str, ...]
    query: str = ""

    @property
    def whole(self) -> str:
        """Its local address, with its query."""
        return _with(self.path, self.query)

    @property
    def default(self) -> Profile:
        """The profile that who has no wish gets."""
        return self.offered[0].profile

    def address(self, variant: Variant, language: str = "") -> str:
        """Where one form is found, whatever the headers of a request say."""
        address = f"{self.stem}.{variant.form.extension}"
        if variant.profile != self.default:
            return _with(address, self.query, f"_profile={variant.profile.token}")
        return _with(address, self.query, f"lang={language}" if language else "")

    def linkset(self) -> str:
        """Where all its links are found."""
        return _with(f"/linkset{self.stem}", self.query)


def _with(path: str, *parts: str) -> str:
    query = "&".join(part for part in parts if part)
    return f"{path}?{query}" if query else path


def forms(place: Place, *, but: tuple[Variant, str] | None = None) -> Iterator[TypedLink]:
    """A link to each form, what is read in each language, all but the one that is sent."""
    several = len({variant.profile for variant in place.offered}) > 1
    for variant in place.offered:
        for language in place.languages if variant.form in READ else ("",):
            if (variant, language) != but:
                said = [("type", variant.form.media_type)]
                if language:
                    said.append(("hreflang", language))
                if several:
                    said.append(("profile", variant.profile.iri))
                yield TypedLink(place.address(variant, language), "alternate", tuple(said))


def forms_field(place: Place, but: tuple[Variant, str]) -> str:
    """The links of :func:`forms` as they stand in a header."""
    if place.query:
        return _told(place, but)
    return _pattern(place.offered, place.languages, but).replace(_STEM, place.stem)


@lru_cache(maxsize=256)
def _pattern(
    offered: tuple[Variant, ...], languages: tuple[str, ...], but: tuple[Variant, str]
) -> str:
    """The same for any document: there are far fewer sets of forms than documents."""
    return _told(Place(_STEM, _STEM, "", offered, languages), but)


def _told(place: Place, but: tuple[Variant, str]) -> str:
    told = ", ".join(map(str, forms(place, but=but)))
    return told.replace(_QUOTED, _UNQUOTED) if but[0].form is JSON_LD else told


#: A relation may stand without quotes too (RFC 8288 §3). It does beside JSON-LD, whose readers look
#: for the quoted one: rdflib would leave what it has for the next profile, PyLD fails on several.
_QUOTED: Final = 'rel="alternate"'
_UNQUOTED: Final = "rel=alternate"


#: Stands for the stem of an address, in which it cannot occur.
_STEM: Final = "\2"


def always(place: Place, licences: Iterable[str]) -> Iterator[TypedLink]:
    """What every form of a document leads to; the address of the default profile is canonical."""
    profile = (("profile", place.default.iri),)
    yield TypedLink(place.whole, "canonical", profile)
    yield TypedLink(place.iri, "cite-as")
    yield TypedLink(place.linkset(), "linkset", (("type", LINKSET_JSON),))
    for licence in licences:
        yield TypedLink(licence, "license")


def described(place: Place) -> Iterator[TypedLink]:
    """The data behind a page."""
    for variant in place.offered:
        if variant.form not in READ and variant.profile == place.default:
            said = (("type", variant.form.media_type),)
            yield TypedLink(place.address(variant), "describedby", said)
