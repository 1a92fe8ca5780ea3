"""Descriptions as Markdown: the facts of a page with their words, for models and people."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from parkgraph.rdf import Triple
from parkgraph.web.citation import cite_thing, line
from parkgraph.web.claims import Claim, by_standing, by_words, claims
from parkgraph.web.documents import page as document_page
from parkgraph.web.facts import Fact, Inner, Value
from parkgraph.web.readings import Field
from parkgraph.web.site import Site
from parkgraph.web.text import Link, Text, View
from parkgraph.web.things import Others, Part, Thing
from parkgraph.web.things import thing as thing_of
from parkgraph.web.words import Words, fill, plural

#: What CommonMark takes for markup anywhere in a line (CommonMark §2.4).
_MARKUP: Final = re.compile(r"[\\`*_\[\]<>~|]|&(?=#?\w+;)")
#: What it takes for the start of a list, a heading or a rule at the start of a line.
_START: Final = re.compile(r"^(\d*)(?=[-+=#.)])")
#: Pages that have a form in Markdown too.
_DESCRIBED: Final = ("/doc/", "/doc?", "/document/")

Lines = Iterator[str]
#: Writes a page: site, IRI, its triples, language, path with query.
Writer = Callable[[Site, str, Sequence[Triple], str, str], str]


def thing(site: Site, iri: str, triples: Sequence[Triple], lang: str, path: str) -> str:
    """The description of a thing."""
    page = _Page(View(site, lang, path, triples))
    return _text(page.thing(thing_of(page.view, iri)))


def document(site: Site, iri: str, triples: Sequence[Triple], lang: str, path: str) -> str:
    """The description of a source document, or of one version of it."""
    page = _Page(View(site, lang, path, triples))
    return _text(page.document(iri))


def _text(lines: Iterable[str]) -> str:
    """The lines with single blank ones between blocks, and one line feed at the end."""
    text = "\n".join(lines).strip("\n")
    return re.sub(r"\n{3,}", "\n\n", text) + "\n"


def escaped(text: str) -> str:
    r"""``text`` on one line, where nothing of it is markup.

    >>> print(escaped("R&D *at* [home]\n&amp; 1,500"))
    R&D \*at\* \[home\] \&amp; 1,500
    """
    return _START.sub(r"\1\\", _MARKUP.sub(r"\\\g<0>", " ".join(text.split())))


def quoted(text: str, indent: str = "") -> Lines:
    """A block quote of ``text``; its own line ends are kept."""
    for row in text.strip("\n").split("\n"):
        yield f"{indent}> {escaped(row)}".rstrip()


@dataclass(frozen=True)
class _Page:
    view: View

    @property
    def words(self) -> Words:
        """The interface's words."""
        return self.view.words

    def thing(self, page: Thing) -> Lines:
        yield f"# {escaped(page.name.value)}"
        yield ""
        if page.also:
            yield f"{escaped(page.also.value)}\n"
        yield from self._links(page.types)
        if page.lead:
            yield f"\n{escaped(page.lead.value)}\n"
        yield f"{self.words['thing']['iri']}: <{page.iri}>"
        yield from self._figures(page.figures)
        for name, group in page.groups.items():
            yield from self._section(self.words["thing"][name], self._facts(group))
        for part in page.parts:
            yield from self._section(part.name.value, self._part(part))
        yield from self._section(self.words["thing"]["ownWords"], self._own_words(page))
        yield from self._section(self.words["thing"]["gaps"], self._gaps(page))
        yield from self._section(self.words["thing"]["incoming"], self._incoming(page))
        yield from self._section(self.words["thing"]["others"], self._others(page.others))
        yield from self._section(self.words["thing"]["cite"], self._citation(page.iri))

    def document(self, iri: str) -> Lines:
        page = document_page(self.view, iri)
        words = self.words["document"]
        yield f"# {escaped(page.title.value)}\n"
        for name, links in (
            ("about", page.about),
            ("publisher", page.publisher),
            ("address", page.address),
            ("identifier", tuple(link for _, link in page.identifiers)),
            ("version", (page.shown.link,) if page.shown else ()),
        ):
            if links:
                yield f"- {words[name]}: {', '.join(map(self.link, links))}"
        if page.rights:
            yield f"- {words['rights']}: {escaped(page.rights.value)}"
        if page.shown and page.shown.source:
            source = Link(Text(words["verbatim"]), page.shown.source)
            yield f"- {words['text']}: {self.link(source)}"
        yield from self._section(words["fields"], map(self._field, page.fields))
        for standing, _, found in by_standing(claims(self.view, self.view.lines)):
            yield from self._section(standing.text.value, self._claims(found))

    def link(self, link: Link) -> str:
        """A link, to the Markdown of what is described here, else as pages have it."""
        if link.href is None:
            return escaped(link.text.value)
        return f"[{escaped(link.text.value)}]({self._address(link.href)})"

    def _address(self, href: str) -> str:
        address, hash_, fragment = href.partition("#")
        if href.startswith(_DESCRIBED):
            path, question, query = address.partition("?")
            address = f"{path}.md{question}{query}"
        start = self.view.site.public_url.rstrip("/") if href.startswith("/") else ""
        # what would end the link early is percent-encoded (RFC 3986 §2.1)
        told = f"{start}{address}{hash_}{fragment}"
        return told.replace("(", "%28").replace(")", "%29").replace(" ", "%20")

    def _section(self, title: str, lines: Iterable[str]) -> Lines:
        found = list(lines)
        if found:
            yield f"\n## {escaped(title)}\n"
            yield from found

    def _links(self, links: Sequence[Link]) -> Lines:
        if links:
            yield " · ".join(map(self.link, links)) + "\n"

    def _figures(self, figures: Sequence[Claim]) -> Lines:
        yield from self._section(self.words["thing"]["figures"], map(self._figure, figures))

    def _figure(self, claim: Claim) -> str:
        said = claim.amount.sentence() if claim.amount else claim.id
        words = quoted(claim.quote.value, "  ") if claim.quote else ()
        return "\n".join([f"- **{escaped(said)}** {self._named(claim)}", "", *words, ""])

    def _named(self, claim: Claim) -> str:
        return f"({self.link(Link(Text(claim.id), claim.href))})"

    def _facts(self, facts: Sequence[Fact]) -> Lines:
        for fact in facts:
            yield from self._fact(fact)
            for quotation in fact.quotations:
                yield ""
                if quotation.sort != "quote":
                    yield f"  {escaped(self.words['thing'][quotation.sort])}:\n"
                yield from quoted(quotation.text.value, "  ")
            if fact.quotations:
                yield ""

    def _fact(self, fact: Fact, indent: str = "") -> Lines:
        values = "; ".join(filter(None, map(self._value, fact.values)))
        yield f"{indent}- **{escaped(fact.name.text.value)}**: {values}".rstrip()
        for value in fact.values:
            yield from self._inner(value, f"{indent}  ")

    def _inner(self, value: Value, indent: str) -> Lines:
        """What stands for the name of a value, below it."""
        inner = value.inner or Inner()
        for fact in inner.facts:
            yield from self._fact(fact, indent)
        for number, member in enumerate(inner.members, 1):
            yield f"{indent}{number}. {self._value(member)}".rstrip()
            yield from self._inner(member, f"{indent}{' ' * len(f'{number}. ')}")
        if inner.left:
            yield f"{indent}- {plural(self.words['thing']['andMore'], inner.left, self.words)}"

    def _others(self, others: Others) -> Lines:
        for subject, by, value in others.statements:
            yield f"- {self.link(subject)} · {self.link(by)} · {self._value(value)}".rstrip()
            yield from self._inner(value, "  ")
        if others.left:
            yield f"\n{plural(self.words['thing']['othersMore'], others.left, self.words)}"

    def _part(self, part: Part) -> Lines:
        yield from self._links(part.types)
        if part.lead:
            yield f"{escaped(part.lead.value)}\n"
        yield from self._facts(part.facts)

    def _value(self, value: Value) -> str:
        told = self.link(value.link)
        return f"“{told}”" if value.source else told

    def _own_words(self, page: Thing) -> Lines:
        for claim in page.own_words:
            standing = claim.standing_link.text.value if claim.standing_link else claim.standing
            yield f"- {escaped(standing)} {self._named(claim)}\n"
            yield from quoted(claim.quote.value if claim.quote else "", "  ")
            yield ""

    def _gaps(self, page: Thing) -> Lines:
        for gap in page.gaps:
            where = fill(self.words["thing"]["gap"], document="\0").replace("\0", "{}")
            yield f"- {self.link(gap.field)}: {str(where).format(self.link(gap.document))}"

    def _incoming(self, page: Thing) -> Lines:
        for row in page.incoming:
            named = self.words["thing"]["as"].format(property=self.link(row.property))
            links = ", ".join(map(self.link, row.links))
            left = row.count - len(row.links)
            more = f" {plural(self.words['thing']['andMore'], left, self.words)}" if left else ""
            yield f"- {named}: {links}{more}"

    def _citation(self, iri: str) -> Lines:
        if self.view.site.manifest.dataset:
            yield escaped(line(cite_thing(self.view.site, iri)))

    def _field(self, field: Field) -> str:
        values = "; ".join(f"“{escaped(value.value)}”" for value in field.values)
        told = values or self.words["document"]["empty"]
        return f"- **{escaped(field.name.value)}**: {told}"

    def _claims(self, found: Sequence[Claim]) -> Lines:
        for group in by_words(found):
            first = group[0]
            words = first.quote or first.record
            kind = escaped(first.kind.text.value) if first.kind else ""
            yield f"- {kind} {', '.join(map(self._named, group))}".replace("-  ", "- ") + "\n"
            yield from quoted(words.value if words else "", "  ")
            for claim in group:
                yield from self._follows(claim)
            yield ""

    def _follows(self, claim: Claim) -> Lines:
        if claim.amount:
            yield f"\n  → {escaped(claim.amount.sentence())}"
        elif claim.statement:
            said = (claim.statement.subject, claim.statement.property, claim.statement.object)
            yield f"\n  → {' · '.join(map(self.link, said))}"
