"""A document in the form that a request asks for: negotiation, validators, links, bytes."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Final
from urllib.parse import urlencode

from flask import Response, request

from parkgraph.describe import INCOMING_GRAPH, MAX_INCOMING
from parkgraph.negotiate import DESCRIBED, DOCUMENT, GRAPH, HTML, JSON_LD, MARKDOWN, READ
from parkgraph.rdf import NamedNode, Triple
from parkgraph.schemaorg import class_of, schema_json
from parkgraph.variants import PARK, SCHEMA_ORG, Choice, Profile, Variant, Wish, choose, variants
from parkgraph.vocab import term
from parkgraph.web.http import Head, answer, deliver, tag_in
from parkgraph.web.links import ABOUT_PAGE, Place, TypedLink, always, described, forms, forms_field
from parkgraph.web.links import field as link_field
from parkgraph.web.linksets import LINKSETS, anchored, write_linkset
from parkgraph.web.problems import not_acceptable, not_found
from parkgraph.web.reader import form as wanted_form
from parkgraph.web.reader import path as page_path
from parkgraph.web.site import Site, quads
from parkgraph.web.state import site
from parkgraph.web.words import languages
from parkgraph.writing import write

#: label, local address and media type of another form of a page
Formats = Sequence[tuple[str, str, str]]
#: Renders a page: language, path with query, other formats.
Page = Callable[[str, str, Formats], str]
#: Gives triples when they are needed: not for a refusal, nor for a 304.
Triples = Callable[[], Sequence[Triple]]


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
    """

    path: str
    first: str
    triples: Triples
    page: Page | None
    markdown: Callable[[str, str], str] | None = None
    profiles: Mapping[Profile, Triples] = field(default_factory=dict)
    stem: str = ""
    vary: tuple[str, ...] = ()
    links: tuple[TypedLink, ...] = ()
    query: str = ""

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
    head = _head(document, place, choice.variant, choice)
    return deliver(head, lambda: _made(document, place, choice.variant or place.offered[0], choice))


def linkset(document: Document) -> Response:
    """All links of ``document`` and of its forms, as JSON or as a header has them."""
    form, vary = wanted_form(LINKSETS)
    if form is None:
        return not_acceptable(LINKSETS, vary=vary)
    here, place = site(), document.place
    triples = document.triples()
    own = _links(document, place, Variant(HTML, place.default), triples)
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


def _head(document: Document, place: Place, variant: Variant, choice: Choice) -> Head:
    here, form = site(), variant.form
    headers = {
        "Content-Location": place.address(variant, choice.language),
        "Content-Profile": f"<{variant.profile.iri}>",
    }
    if choice.language:
        headers["Content-Language"] = choice.language
    elif variant.profile != SCHEMA_ORG:
        # What is told in other terms, as a page is, changes with the program too.
        headers["Last-Modified"] = here.issued
    state = _tag(here, variant, choice.language)
    vary = (*choice.vary, *document.vary)
    return Head(form.media_type, tag_in(state, choice.coding), choice.coding, vary, headers)


def _tag(here: Site, variant: Variant, language: str) -> str:
    """Of all that decides on the bytes: the state of the site, the address, and what was chosen."""
    chosen = f"{variant.form.extension} {variant.profile.token} {language}"
    return sha256(f"{here.state} {chosen} {request.full_path}".encode()).hexdigest()[:32]


def _made(
    document: Document, place: Place, variant: Variant, choice: Choice
) -> tuple[bytes, Mapping[str, str]]:
    """The bytes of a representation, and its links, which need the triples."""
    triples = document.said(variant.profile)
    own = _links(document, place, variant, triples)
    others = forms_field(place, (variant, choice.language))
    more = {"Link": link_field(own, others)}
    if variant.form == HTML and document.page:
        shown = document.page(choice.language, page_path(), _formats(place))
        return shown.encode(), more
    if variant.form == MARKDOWN and document.markdown:
        return document.markdown(choice.language, page_path()).encode(), more
    return _written(document, variant, triples), more


def _written(document: Document, variant: Variant, triples: Sequence[Triple]) -> bytes:
    if variant.profile == SCHEMA_ORG and variant.form == JSON_LD:
        tree = schema_json(triples, document.first)
        return f"{json.dumps(tree, indent=2, ensure_ascii=False)}\n".encode()
    return write(quads(triples), variant.form.extension, first=document.first)


def _links(
    document: Document, place: Place, variant: Variant, triples: Sequence[Triple]
) -> list[TypedLink]:
    """What one form of a document leads to, but for the other forms."""
    here = site()
    links = [*always(place, here.licences), *document.links]
    if variant.form in READ:
        links += [TypedLink(ABOUT_PAGE, "type"), *described(place)]
    else:
        page = (("type", HTML.media_type),)
        links += [TypedLink(variant.profile.iri, "profile")]
        links += [TypedLink(place.whole, "describes", page)] if document.page else []
    return [*links, *_from_triples(here, document.first, triples)]


def _from_triples(here: Site, first: str, triples: Sequence[Triple]) -> list[TypedLink]:
    """The class of what a document is about, and the files that belong to it, or its collection."""
    about = NamedNode(first)
    classes, items = [], []
    for triple in triples:
        value = triple.object
        if triple.predicate == _TYPE and triple.subject == about and isinstance(value, NamedNode):
            classes.append(value.value)
        elif triple.predicate == _DOWNLOAD and isinstance(value, NamedNode):
            items.append(here.address(value.value))
    links = [TypedLink(class_of(classes), "type"), *_incoming(about, triples)]
    if about != here.dataset_iri:
        links.append(TypedLink("/", "collection", (("type", HTML.media_type),)))
    return [*links, *(TypedLink(item, "item") for item in items)]


def _incoming(about: NamedNode, triples: Sequence[Triple]) -> Iterator[TypedLink]:
    """Where all that leads to a thing is found, if a description holds the beginning alone."""
    if len(triples) < MAX_INCOMING:  # as nearly always
        return
    if sum(triple.object == about for triple in triples) >= MAX_INCOMING:
        yield TypedLink(f"/sparql?{urlencode({'query': INCOMING_GRAPH.format(about)})}", "related")


_TYPE: Final = term("rdf:type")
_DOWNLOAD: Final = term("dcat:downloadURL")


def _formats(place: Place) -> Formats:
    """The other forms that a page names, all of the default profile."""
    return [
        (variant.form.label, place.address(variant), variant.form.media_type)
        for variant in place.offered
        if variant.form != HTML and variant.profile == place.default
    ]
