"""A document in the form that a request asks for: negotiation, validators, links, bytes."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from hashlib import sha256
from typing import Final, TypeAlias
from urllib.parse import urlencode

from flask import Response, request

from parkgraph.describe import INCOMING_GRAPH, MAX_INCOMING
from parkgraph.description import Line, bare, is_iri, lines_in
from parkgraph.negotiate import (
    DESCRIBED,
    DOCUMENT,
    GRAPH,
    HTML,
    JSON_LD,
    MARKDOWN,
    READ,
    TURTLE,
    Representation,
)
from parkgraph.prerendered import Body
from parkgraph.rdf import Triple
from parkgraph.schemaorg import class_of, schema_json
from parkgraph.turtle import turtle_of
from parkgraph.variants import PARK, SCHEMA_ORG, Choice, Profile, Variant, Wish, choose, variants
from parkgraph.vocab import term
from parkgraph.web.http import Head, answer, deliver, tag, tag_in
from parkgraph.web.links import (
    ABOUT_PAGE,
    LONGEST,
    Place,
    TypedLink,
    always,
    described,
    forms,
    forms_field,
)
from parkgraph.web.links import field as link_field
from parkgraph.web.linksets import LINKSETS, anchored, write_linkset
from parkgraph.web.problems import not_acceptable, not_found
from parkgraph.web.reader import form as wanted_form
from parkgraph.web.site import Site, quads
from parkgraph.web.state import site
from parkgraph.web.wire import as_uri
from parkgraph.web.words import FALLBACK, languages
from parkgraph.writing import write

#: label, local address and media type of another form of a page
Formats = Sequence[tuple[str, str, str]]
#: Renders a page: language, path with query, other formats.
Page = Callable[[str, str, Formats], str]
#: Gives triples when they are needed: not for a refusal, nor for a 304.
Triples = Callable[[], Sequence[Triple]]


#: What a document of a name leads to besides: of one kind of documents.
Leads: TypeAlias = Callable[[Site, str], tuple[TypedLink, ...]]


def nowhere(_: Site, __: str) -> tuple[TypedLink, ...]:
    """No further links."""
    return ()


@dataclass(frozen=True, slots=True)
class Document:
    """A document in all its forms: of one profile, the same triples in each.

    Attributes:
        path: the local path without a suffix.
        first: the IRI that it is about.
        triples: what it says.
        page: shows it to a person; None for data that has no page.
        markdown: tells it in Markdown: by language, and path with query; None if it does not.
        profiles: what it says in other profiles than the model's own.
        stem: the local path before a suffix, where it is not ``path``.
        query: what tells it from other documents at the same path.
        vary: further headers that decide which document this is.
        links: what it leads to besides, in the header of every form.
        name: the end of ``path`` that tells it from others of its kind; empty if it is alone.
        lasting: whether it is of the content alone, so that the date of the release is its own.
    """

    path: str
    first: str
    triples: Triples
    page: Page | None
    markdown: Callable[[str, str], str] | None = None
    profiles: Mapping[Profile, Triples] = field(default_factory=dict)
    stem: str = ""
    vary: tuple[str, ...] = ()
    links: Leads = nowhere
    query: str = ""
    name: str = ""
    lasting: bool = True

    @property
    def place(self) -> Place:
        """Where its forms are found."""
        forms = DESCRIBED if self.markdown else DOCUMENT if self.page else GRAPH
        offered = variants(forms, PARK, *self.profiles)
        return Place(
            self.path, self.stem or self.path, self.first, offered, languages(), self.query
        )

    def said(self, profile: Profile) -> Sequence[Triple]:
        """What it says in ``profile``."""
        return self.profiles.get(profile, self.triples)()


@dataclass(frozen=True, slots=True)
class Picked:
    """The representation that a request gets, before it is made.

    Attributes:
        address: the path and the query of the request, a question mark between them always.
    """

    site: Site
    address: str
    document: Document
    place: Place
    variant: Variant
    choice: Choice

    @property
    def language(self) -> str:
        """The language that it is in; empty for data."""
        return self.choice.language


def represent(document: Document, extension: str | None) -> Response:
    """The representation of ``document`` that the request asks for (http.md §2).

    The entity tag is known before anything is made (decision 0015), so a 304 costs a hash.
    """
    place = document.place
    choice = choose(_wish(extension), place.offered, place.languages)
    if choice.variant is None:
        known = {variant.form.extension for variant in place.offered}
        if extension and extension not in known:
            return not_found()
        rows = [variant.form for variant in place.offered]
        return not_acceptable(rows, forms(place), (*choice.vary, *document.vary))
    picked = Picked(site(), request.full_path, document, place, choice.variant, choice)
    if picked.site.fleeting:
        return _delivered(picked)
    return deliver(head_of(picked), lambda: made(picked))


def _delivered(picked: Picked) -> Response:
    """A representation whose entity tag is of its bytes: nothing else tells if they changed."""
    done = made(picked)
    state = tag(picked.variant.form.media_type, picked.language, done[0])
    return deliver(head_of(picked, state), lambda: done)


def linkset(document: Document) -> Response:
    """All links of ``document`` and of its forms, as JSON or as a header has them."""
    form, vary = wanted_form(LINKSETS)
    if form is None:
        return not_acceptable(LINKSETS, vary=vary)
    here, place = site(), document.place
    triples = document.triples()
    own = _links(here, document, Variant(HTML, place.default), lines_in(triples))
    text = write_linkset(anchored(place, own), form.extension, here.public_url)
    return answer(text, form.media_type, vary=vary)


def _wish(extension: str | None) -> Wish:
    headers, asked = request.headers, request.args
    return Wish(
        headers.get("Accept"),
        headers.get("Accept-Profile"),
        headers.get("Accept-Language"),
        headers.get("Accept-Encoding"),
        extension,
        asked.get("_mediatype") or asked.get("format") or "",
        asked.get("_profile", ""),
        asked.get("lang", ""),
    )


def head_of(picked: Picked, state: str = "") -> Head:
    """All that is known of a representation before its bytes are made, or else its ``state``."""
    here, variant, choice = picked.site, picked.variant, picked.choice
    headers = {
        "Content-Location": picked.place.address(variant, picked.language),
        "Content-Profile": f"<{variant.profile.iri}>",
    }
    if picked.language:
        headers["Content-Language"] = picked.language
    elif picked.document.lasting and variant.profile != SCHEMA_ORG and not here.fleeting:
        # What is told in other terms, as a page is, changes with the program too.
        headers["Last-Modified"] = here.issued
    coded = tag_in(state or _tag(picked), choice.coding)
    vary = (*choice.vary, *picked.document.vary)
    return Head(variant.form.media_type, coded, choice.coding, vary, headers)


def _tag(picked: Picked) -> str:
    """Of all that decides on the bytes: the state of the site, the address, and what was chosen."""
    variant = picked.variant
    chosen = f"{variant.form.extension} {variant.profile.token} {picked.language}"
    said = f"{picked.site.state} {chosen} {picked.address}"
    return sha256(said.encode()).hexdigest()[:32]


def made(picked: Picked) -> tuple[bytes, Mapping[str, str]]:
    """The bytes of a representation, and its links, which need the triples."""
    document, variant, language = picked.document, picked.variant, picked.language
    shown = picked.address.rstrip("?")
    ready = _ready(picked, shown)
    if ready and ready.classes is not None:
        about = f"<{document.first}>"
        links = _link_field(picked, [(about, _TYPE, one) for one in ready.classes])
        return ready.data, {"Link": links}
    triples = document.said(variant.profile)
    lines = lines_in(triples)
    more = {"Link": _link_field(picked, lines)}
    if ready:
        return ready.data, more
    if variant.form == HTML and document.page:
        return document.page(language, shown, _formats(picked.place)).encode(), more
    if variant.form == MARKDOWN and document.markdown:
        return document.markdown(language, shown).encode(), more
    if variant.form == TURTLE:
        return turtle_of(lines, document.first), more
    return _written(document, variant, triples), more


def _ready(picked: Picked, shown: str) -> Body | None:
    """The representation as it was made at build; None if it is to be made now."""
    variant, found = picked.variant, picked.site.prerendered
    if found is None or variant.profile != PARK or (variant.form, picked.language) not in _READY:
        return None
    # A page tells its own address, which may have a suffix or a query.
    path = shown if variant.form == HTML else picked.document.path
    return found.get(path, variant.form.extension)


#: What is made at build: what is asked for most, and by those who ask for everything.
_READY: Final = ((HTML, FALLBACK), (TURTLE, ""))


def in_advance(document: Document) -> Iterator[tuple[Representation, Body]]:
    """What is made at build of a document, as :func:`made` gives it wherever it is served."""
    lines = lines_in(document.triples())
    classes = _deciding(document, lines)
    if document.page:
        page = document.page(FALLBACK, document.path, _formats(document.place))
        yield HTML, Body(page.encode(), classes)
    yield TURTLE, Body(turtle_of(lines, document.first), classes)


def _written(document: Document, variant: Variant, triples: Sequence[Triple]) -> bytes:
    if variant.profile == SCHEMA_ORG and variant.form == JSON_LD:
        tree = schema_json(lines_in(triples), document.first)
        return f"{json.dumps(tree, indent=2, ensure_ascii=False)}\n".encode()
    return write(quads(triples), variant.form.extension, first=document.first)


def _link_field(picked: Picked, lines: Sequence[Line]) -> str:
    """The value of ``Link``: written once for all documents of a kind, but for their names."""
    here, document = picked.site, picked.document
    classes = _deciding(document, lines)
    if classes is None:
        return _written_links(picked, document, lines)
    start = document.path.removesuffix(document.name)
    key = (document.links, start, picked.variant, picked.language, classes)
    pattern = here.link_fields.get(key)
    if pattern is None:
        kind = replace(document, path=f"{start}{_NAME}", first=_IRI, stem="", name=_NAME)
        pattern = _written_links(picked, kind, [(f"<{_IRI}>", _TYPE, one) for one in classes])
        if len(here.link_fields) >= _FIELDS_KEPT:
            here.link_fields.clear()
        here.link_fields[key] = pattern
    found = pattern.replace(_NAME, as_uri(document.name)).replace(_IRI, as_uri(document.first))
    return found if len(found) <= LONGEST else _written_links(picked, document, lines)


def _deciding(document: Document, lines: Sequence[Line]) -> tuple[str, ...] | None:
    """The classes of what a document is about; None where its links tell of more than these."""
    special = not document.name or len(lines) >= MAX_INCOMING
    if special or _DOWNLOAD in {p for _, p, _ in lines}:
        return None
    about = f"<{document.first}>"
    return tuple(o for s, p, o in lines if p == _TYPE and s == about)


#: Values of ``Link`` that are kept: there are few classes, or combinations of them.
_FIELDS_KEPT: Final = 512
#: Stand for a name and an IRI, in neither of which they can occur.
_NAME, _IRI = "\0", "\1"


def _written_links(picked: Picked, document: Document, lines: Sequence[Line]) -> str:
    own = _links(picked.site, document, picked.variant, lines)
    return link_field(own, forms_field(document.place, (picked.variant, picked.language)))


def _links(
    here: Site, document: Document, variant: Variant, lines: Sequence[Line]
) -> list[TypedLink]:
    """What one form of a document leads to, but for the other forms."""
    place = document.place
    links = [*always(place, here.licences), *document.links(here, document.name)]
    if variant.form in READ:
        links += [TypedLink(ABOUT_PAGE, "type"), *described(place)]
    else:
        page = (("type", HTML.media_type),)
        links += [TypedLink(variant.profile.iri, "profile")]
        links += [TypedLink(place.whole, "describes", page)] if document.page else []
    return [*links, *_by_lines(here, document.first, lines)]


def _by_lines(here: Site, first: str, lines: Sequence[Line]) -> list[TypedLink]:
    """The class of what a document is about, and the files that belong to it, or its collection."""
    about = f"<{first}>"
    classes = (o for s, p, o in lines if p == _TYPE and s == about)
    items = (o for _, p, o in lines if p == _DOWNLOAD and is_iri(o))
    links = [TypedLink(class_of(map(bare, classes)), "type"), *_incoming(about, lines)]
    if first != here.dataset_iri.value:
        links.append(TypedLink("/", "collection", (("type", HTML.media_type),)))
    return [*links, *(TypedLink(here.address(bare(item)), "item") for item in items)]


def _incoming(about: str, lines: Sequence[Line]) -> Iterator[TypedLink]:
    """Where all that leads to a thing is found, if a description holds the beginning alone."""
    if len(lines) < MAX_INCOMING:  # as nearly always
        return
    if sum(value == about for _, _, value in lines) >= MAX_INCOMING:
        yield TypedLink(f"/sparql?{urlencode({'query': INCOMING_GRAPH.format(about)})}", "related")


_TYPE: Final = str(term("rdf:type"))
_DOWNLOAD: Final = str(term("dcat:downloadURL"))


def _formats(place: Place) -> Formats:
    """The other forms that a page names, all of the default profile."""
    return [
        (variant.form.label, place.address(variant), variant.form.media_type)
        for variant in _named(place.offered)
    ]


@lru_cache(maxsize=256)
def _named(offered: tuple[Variant, ...]) -> tuple[Variant, ...]:
    first = offered[0].profile
    return tuple(one for one in offered if one.form != HTML and one.profile == first)
