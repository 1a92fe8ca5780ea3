"""What a page can say of anything: a label in the reader's language, and a safe link."""

from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import chain as chained
from itertools import starmap
from typing import Final, NamedTuple
from urllib.parse import parse_qsl, quote, urlencode

from parkgraph.description import Description, Line, Nodes, lines_in, named_in, nodes_in
from parkgraph.index import Node
from parkgraph.naming import COMPOSING, NAMING, Names
from parkgraph.negotiate import Representation
from parkgraph.rdf import Literal, NamedNode, Term, Triple
from parkgraph.vocab import UNITS, compact, registered, term
from parkgraph.web.site import Site
from parkgraph.web.unnamed import Unnamed, unnamed
from parkgraph.web.words import Words, chain, number, words

_LABEL: Final = term("rdfs:label").value
#: Properties by which something is named.
_TELLING: Final = frozenset((*NAMING, *COMPOSING))
#: Links that are kept for the next page, in a language.
_LINKS_KEPT: Final = 20_000
#: Characters of the tag of a language at most (RFC 5646 §4.4.1 has 35): every link has a copy.
_TAG: Final = 64
#: What may stand in the path of an address as it is.
_PATH: Final = "/%:@!$&'()*+,;=~-._"


class Text(NamedTuple):
    """Words and the language they are in; an empty tag says that none is known."""

    value: str
    lang: str = ""


class Link(NamedTuple):
    """Something named, and where it leads; without an address it is text alone."""

    text: Text
    href: str | None = None

    @property
    def external(self) -> bool:
        """Whether it leads to another host."""
        return not (self.href or "#").startswith(("/", "#"))


class Amount(NamedTuple):
    """A figure in words: never a number without its bound."""

    indicator: Link
    bound: Text | None
    number: str
    unit: str
    form: str

    def sentence(self) -> str:
        """Indicator, bound, number and unit as the language puts them."""
        bound = self.bound.value if self.bound else ""
        text = self.form.format(
            indicator=self.indicator.text.value, bound=bound, value=self.number, unit=self.unit
        )
        return " ".join(text.split())


def literal(value: Literal) -> Text:
    """A literal's words and their language."""
    return Text(value.value, value.language or "")


def iri_of(node: object) -> str:
    """The IRI that a term is; empty for any other term."""
    return node.value if isinstance(node, NamedNode) else ""


def pick(texts: Iterable[Text], lang: str) -> Text | None:
    """The text for a reader of ``lang``: that language, its chain, no language, then any.

    >>> pick([Text("清华大学", "zh"), Text("Tsinghua", "en")], "zh").value
    '清华大学'
    """
    found: dict[str, Text] = {}
    for text in texts:
        if text.lang == lang:
            return text
        found.setdefault(text.lang, text)
    for tag in (*chain(lang), ""):
        if tag in found:
            return found[tag]
        for other in sorted(found):
            if tag and other.startswith(f"{tag}-"):
                return found[other]
    return found[min(found)] if found else None


class View:
    """One reader's look at a page's triples; what they do not hold, the index adds.

    Attributes:
        path: the page's own local path with its query; an explicit ``lang`` in it is carried
            on by every link to another page.
        words: the interface's words in the reader's language.
        chosen: the language that the page's own address asks for; empty if none.
    """

    def __init__(self, site: Site, lang: str, path: str, triples: Sequence[Triple] = ()) -> None:
        self.site: Final = site
        self.lang: Final = lang
        self.path: Final = path
        self.triples: Final = triples
        self.words: Final[Words] = words(lang)
        self.chosen: Final = _chosen(path)
        #: The IRI of which nothing is known but what the triples say; empty if none is.
        self._whole: Final = triples.whole if isinstance(triples, Description) else ""
        self._links: Final = self._kept_links()
        self._seen: Final[dict[str, Node]] = {}
        self._names: Final[dict[str, Names]] = {}

    @cached_property
    def lines(self) -> Sequence[Line]:
        """The page's triples as N-Triples writes them."""
        return lines_in(self.triples)

    @cached_property
    def _own(self) -> Nodes:
        return nodes_in(self.triples)

    @cached_property
    def _page(self) -> Nodes:
        always, found = self.site.dataset_nodes, dict(self._own)
        for iri in always.keys() & found.keys():
            both = (always[iri], found[iri])
            found[iri] = {
                of: [value for node in both for value in node.get(of, ())]
                for of in dict.fromkeys(chained.from_iterable(both))
            }
        return {**always, **found}

    @cached_property
    def unnamed(self) -> Unnamed:
        """The blank nodes of the page's triples."""
        return unnamed(self.triples)

    def fragments(self, iri: str) -> list[str]:
        """Every ``iri#…`` that something is said of, sorted."""
        if iri != self._whole:
            return self.site.index.fragments(iri)
        return sorted(name for name in self._page if name.startswith(f"{iri}#"))

    def node(self, iri: str) -> Node:
        """All that is known of ``iri``: property to values."""
        if iri not in self._seen:
            if iri and iri == self._whole:
                return self._page.get(iri, {})
            self._look(iri)
        return self._seen[iri]

    def _look(self, iri: str) -> None:
        """Take up what the index says of ``iri``, and of all the page describes, in one look-up."""
        said = (name for name, node in self._own.items() if len(node) > 1 and name != self._whole)
        asked = [name for name in dict.fromkeys((iri, *said)) if name not in self._seen]
        for name, told in self.site.index.nodes(asked).items():
            here = self._page.get(name, {})
            both = {
                of: tuple(dict.fromkeys((*found, *told.get(of, ())))) for of, found in here.items()
            }
            self._seen[name] = {**told, **both} if here else told

    def _names_of(self, iri: str) -> Names:
        """What the index calls ``iri``."""
        index = self.site.index
        if not index.remote:
            return index.names((iri,))[iri]
        if iri not in self._names:
            self._names.update(index.names(dict.fromkeys((iri, *self._unnamed()))))
        return self._names[iri]

    def _unnamed(self) -> Iterator[str]:
        """What the page's triples mention and give no label."""
        return (iri for iri in named_in(self.lines) if _LABEL not in self._page.get(iri, {}))

    def values(self, iri: str, name: str) -> Sequence[Term]:
        """The values of a property, by its prefixed name."""
        return self.node(iri).get(term(name).value, ())

    def one(self, iri: str, name: str) -> Term | None:
        """The first value of a property."""
        return next(iter(self.values(iri, name)), None)

    def iris(self, iri: str, name: str) -> list[str]:
        """The values of a property that are IRIs."""
        return [value.value for value in self.values(iri, name) if isinstance(value, NamedNode)]

    def text(self, iri: str, *names: str) -> Text | None:
        """The first of these properties that has words, in the reader's language."""
        for name in names:
            found = [literal(v) for v in self.values(iri, name) if isinstance(v, Literal)]
            if found:
                return pick(found, self.lang)
        return None

    def label(self, iri: str) -> Text:
        """A name for people: label, the interface's word, a name composed or prefixed, IRI."""
        return self.link(iri).text

    def _label(self, iri: str) -> Text:
        here, own = self._page.get(iri, {}), None
        if labels := here.get(_LABEL):
            own = pick((literal(v) for v in labels if isinstance(v, Literal)), self.lang)
        if own and (own.lang == self.lang or compact(iri) not in self.words["terms"]):
            return own
        if word := self.words["terms"].get(compact(iri)):
            return Text(word, self.lang)
        names = self._names_of(iri) if _TELLING.isdisjoint(here) else None
        if names is None:
            found = self._composed(iri) or self._named(iri)
        else:
            found = pick(starmap(Text, names), self.lang)
        return found or Text(registered(iri) or self.short(iri))

    def short(self, iri: str) -> str:
        """The prefixed name of ``iri``, else ``iri`` itself."""
        return compact(iri)

    def _named(self, iri: str) -> Text | None:
        node = self.node(iri)
        for name in NAMING:
            if found := [literal(v) for v in node.get(name, ()) if isinstance(v, Literal)]:
                return pick(found, self.lang)
        for selector in self.iris(iri, "oa:hasSelector"):
            return self.text(selector, "oa:exact")
        return None

    def _composed(self, iri: str) -> Text | None:
        """A name for what has none of its own: a figure, an address, an identifier."""
        if self.one(iri, "park:indicator"):
            return Text(self.amount(iri).sentence(), self.lang)
        if country := self.text(iri, "schema:addressCountry"):
            town = self.text(iri, "schema:addressLocality")
            return Text(f"{town.value}, {country.value}" if town else country.value, country.lang)
        code = self.one(iri, "skos:notation")
        for creator in self.iris(iri, "dcterms:creator"):
            if isinstance(code, Literal) and (name := self._named(creator)):
                return Text(f"{name.value}: {code.value}", name.lang)
        return None

    def amount(self, iri: str) -> Amount:
        """A figure's value with its bound and unit."""
        value, verbatim = self.one(iri, "schema:value"), self.text(iri, "park:verbatimValue")
        digits = value.value if isinstance(value, Literal) else verbatim.value if verbatim else "?"
        bound, indicator, unit = (
            next(iter(self.iris(iri, name)), "")
            for name in ("park:bound", "park:indicator", "qudt:hasUnit")
        )
        code = unit.removeprefix(term("unit:").value)
        symbol = UNITS[code].symbol if code in UNITS else compact(unit)
        forms = self.words["figure"]
        return Amount(
            self.link(indicator),
            None if bound in ("", _AS_STATED) else self.label(bound),
            number(digits, self.words),
            self.words["units"].get(code, symbol),
            forms["counted" if code == "NUM" else "measured"],
        )

    def href(self, iri: str) -> str | None:
        """Where a reader finds ``iri``: here, or at its own http(s) address; else nowhere."""
        local = self.site.local(iri)
        if local is not None and not local.startswith("//"):
            return self.here(local)
        return iri if iri.startswith(("http://", "https://")) else None

    def here(self, address: str) -> str:
        """A local address, in the language that the reader chose by hand."""
        if not self.chosen or address.startswith(_UNSPOKEN):
            return address
        path, hash_, fragment = address.partition("#")
        return f"{path}{'&' if '?' in path else '?'}lang={quote(self.chosen)}{hash_}{fragment}"

    def _kept_links(self) -> dict[str, Link]:
        """The links made so far; by all pages alike that say nothing the index does not know."""
        if not self._whole or self.chosen:
            return {}
        kept: dict[str, Link] = self.site.links.setdefault(self.lang, {})
        if len(kept) > _LINKS_KEPT:
            kept.clear()
        return kept

    def link(self, iri: str) -> Link:
        """``iri`` by its label, leading to its page."""
        found = self._links.get(iri)
        if found is None:
            found = self._links[iri] = Link(self._label(iri), self.href(iri))
        return found

    def value(self, value: Term) -> Link:
        """Any RDF term for a reader."""
        if isinstance(value, NamedNode):
            return self.link(value.value)
        if isinstance(value, Literal):
            return Link(literal(value))
        return Link(Text(str(value)))

    def switched(self, lang: str) -> str:
        """This very page in another language."""
        return switched_to(self.path, "lang", lang)


def _chosen(path: str) -> str:
    """The language that an address asks for; empty if none, or if it can be no tag."""
    lang = dict(parse_qsl(split_path(path)[1])).get("lang", "") if "?" in path else ""
    return lang if len(lang) <= _TAG else ""


def switched_to(path: str, name: str, value: str) -> str:
    """A local address with another value for one parameter of its query.

    >>> switched_to("/search?q=a&page=2", "page", "3")
    '/search?q=a&page=3'
    """
    path, query = split_path(path)
    kept = [pair for pair in parse_qsl(query, keep_blank_values=True) if pair[0] != name]
    return f"{path}?{urlencode([*kept, (name, value)])}"


def in_forms(path: str, forms: Iterable[Representation]) -> list[tuple[str, str, str]]:
    """Other forms of a page: label, address, media type."""
    return [(f.label, switched_to(path, "format", f.extension), f.media_type) for f in forms]


def without(path: str, *names: str) -> str:
    """A local address without some parameters of its query.

    >>> without("/search?q=a&page=2&lang=zh", "page", "lang")
    '/search?q=a'
    """
    before, query = split_path(path)
    kept = [pair for pair in parse_qsl(query, keep_blank_values=True) if pair[0] not in names]
    return f"{before}?{urlencode(kept)}" if kept else before


def paged(path: str, page: int, pages: int) -> dict[str, str]:
    """The addresses of the pages before and after one, as ``prev`` and ``next``, if there are.

    >>> paged("/search?q=a&page=2", 2, 2), paged("/search?q=a&page=9", 9, 2)
    ({'prev': '/search?q=a&page=1'}, {'prev': '/search?q=a&page=2'})
    """
    near = {"prev": min(page - 1, pages), "next": page + 1}
    return {name: switched_to(path, "page", str(n)) for name, n in near.items() if 1 <= n <= pages}


_AS_STATED: Final = term("bound:as-stated").value
#: Local addresses whose answer is in no language of the interface.
_UNSPOKEN: Final = ("/source/", "/download/", "/static/", "/graph/")


def split_path(path: str) -> tuple[str, str]:
    r"""Path and query of a local address, safe to be linked: one leading slash, nothing raw.

    >>> split_path("//evil.example/\\x?q=1")
    ('/evil.example/%5Cx', 'q=1')
    """
    before, _, query = path.partition("#")[0].partition("?")
    return "/" + quote(before.lstrip("/\\"), safe=_PATH), query
