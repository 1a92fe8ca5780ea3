"""The pages as HTML: each a pure function of the site, the reader's language and the address."""

from collections.abc import Callable, Sequence
from typing import Final, NotRequired, Required, TypedDict, Unpack

from parkgraph.addresses import Tombstone
from parkgraph.errors import Diagnostic
from parkgraph.negotiate import GRAPH, SOLUTIONS
from parkgraph.rdf import FORMATS, Term, Triple
from parkgraph.vocab import term
from parkgraph.web.again import STARTER, address, downloads, kept_parameters
from parkgraph.web.claims import Claim, claim_of
from parkgraph.web.documents import page as document_page
from parkgraph.web.downloads import downloads as downloads_of
from parkgraph.web.found import Results
from parkgraph.web.listed import Listing, by_concept
from parkgraph.web.pictures import neighbourhood, schema
from parkgraph.web.render import Format, framed, render
from parkgraph.web.reports import report as report_of
from parkgraph.web.results import advice, excerpt, line, table
from parkgraph.web.site import Site
from parkgraph.web.teach import Reason
from parkgraph.web.terms import notes, parse_shapes, rules
from parkgraph.web.terms import vocabulary as vocabulary_of
from parkgraph.web.text import Link, Text, View, paged, pick
from parkgraph.web.thingpage import Beside
from parkgraph.web.thingpage import main as thing_main
from parkgraph.web.things import summary, types
from parkgraph.web.things import thing as thing_of
from parkgraph.web.void import SAY_ALL

#: How many parks the home page names.
MAX_PARKS: Final = 24
#: How many solutions the query page shows; a download holds all.
MAX_ROWS: Final = 1_000


class Shown(TypedDict):
    """What every page is told.

    Attributes:
        lang: the language to answer in, a tag of :func:`parkgraph.web.words.languages`.
        path: the page's own local path, with its query.
        formats: its other forms, as label, address and media type.
    """

    lang: Required[str]
    path: Required[str]
    formats: NotRequired[Sequence[Format]]


class Asked(Shown):
    """What the query page is told besides.

    Attributes:
        text: the query as it was sent; empty for a new one.
        columns: the variables of a SELECT, with its first ``rows`` and the ``count`` of all.
        boolean: the answer to an ASK.
        graph_text: the Turtle of a CONSTRUCT or DESCRIBE; only its beginning if it is ``cut``.
        reasons: why the answer has no row.
        problem: why there is no answer; ``where`` ends in ``line:column`` if the text is at fault.
        examples: title, description and text of queries to begin with.
        editor: whether the form grows into an editor where scripts run.
    """

    text: Required[str]
    columns: NotRequired[Sequence[str] | None]
    rows: NotRequired[Sequence[Sequence[Term | None]] | None]
    count: NotRequired[int]
    boolean: NotRequired[bool | None]
    graph_text: NotRequired[str | None]
    cut: NotRequired[bool]
    problem: NotRequired[Diagnostic | None]
    reasons: NotRequired[Sequence[Reason]]
    examples: NotRequired[Sequence[tuple[str, str, str]]]
    editor: NotRequired[bool]


class Fault(Shown):
    """What an error page is told besides.

    Attributes:
        suggestions: IRIs that the reader may have meant.
    """

    status: Required[int]
    title: Required[str]
    detail: Required[str]
    help: Required[str]
    suggestions: NotRequired[Sequence[str]]


def home(site: Site, triples: Sequence[Triple], **shown: Unpack[Shown]) -> str:
    """The dataset: what it is, what is in it, how to begin, what to download."""
    view = _view(site, shown, triples)
    parks = site.index.instances(term("park:Park").value, limit=MAX_PARKS)
    having = _having(site)
    park_count = having("park:Park") if len(parks) == MAX_PARKS else len(parks)
    dataset = f"{site.base}dataset"
    listed, texts_left = downloads_of(site.manifest)
    return render(
        "home.html",
        view,
        _formats(shown),
        dataset,
        description=view.text(dataset, "dcterms:description"),
        publishers=[
            (iri.partition("#")[2], view.label(iri))
            for iri in view.iris(dataset, "dcterms:publisher")
        ],
        counts=_counts(site, park_count, having),
        parks=[(view.link(iri), summary(view, iri)) for iri in parks],
        park_count=park_count,
        example=_example(view, dataset),
        picture=schema(view, site.outline) if site.outline else None,
        downloads=listed,
        texts_left=texts_left,
        public_url=site.public_url,
        base=site.base,
        files=[(f"data.{name}", FORMATS[name]) for name in SAY_ALL],
        published=not site.fleeting,
    )


def _counts(site: Site, parks: int, having: Callable[[str], int]) -> dict[str, int]:
    """How much there is of what; nothing where nobody counts."""
    if site.triples is None:
        return {}
    counts = {
        "parks": parks,
        "organizations": having("org:Organization") - parks,
        "documents": having("park:ProfileDocument"),
        "claims": having("park:Claim"),
        "figures": having("park:Figure"),
        "triples": site.triples,
    }
    # A publication tells that it has none; other data need not be about such things at all.
    return {name: n for name, n in counts.items() if n or site.manifest.dataset}


def _having(site: Site) -> Callable[[str], int]:
    """Tells how many instances a class has: by listing them only where nobody counted them."""
    counts = site.index.counts()

    def having(name: str) -> int:
        iri = term(name).value
        return counts.classes.get(iri, 0) if counts else len(site.index.instances(iri))

    return having


def _example(view: View, dataset: str) -> tuple[Link, Claim, Text | None] | None:
    """The dataset's own example and a figure of it, best a count whose bound says something."""
    for iri in view.iris(dataset, "void:exampleResource"):
        figures = [claim_of(view, claim) for claim in view.iris(iri, "park:hasFigure")]
        told = [(c.amount.unit != "", not c.amount.bound, c) for c in figures if c.amount]
        for *_, claim in sorted(told, key=lambda row: row[:2]):
            standings = view.iris(claim.iri, "park:standing")
            meanings = (view.text(standing, "skos:definition") for standing in standings)
            return view.link(iri), claim, next(meanings, None)
    return None


def thing(site: Site, iri: str, triples: Sequence[Triple], **shown: Unpack[Shown]) -> str:
    """A thing: park, organization, site, place, network, concept …, each fact with its words."""
    view = _view(site, shown, triples)
    found = thing_of(view, iri)
    beside = Beside(by_concept(view, iri), neighbourhood(view, found), _cite(site, iri))
    main = thing_main(view, found, beside)
    return framed(view, _formats(shown), iri, title=found.name.value, main=main)


def _cite(site: Site, iri: str) -> str | None:
    """Where the citations of a thing are, but for their suffix; files as they are have none."""
    local = site.local(iri) or ""
    cited = local.startswith("/doc/") and site.manifest.dataset
    return f"/cite/{local.removeprefix('/doc/')}" if cited else None


def document(site: Site, iri: str, triples: Sequence[Triple], **shown: Unpack[Shown]) -> str:
    """A source document or one version of it: the text, and what became of each passage."""
    view = _view(site, shown, triples)
    return render("document.html", view, _formats(shown), iri, page=document_page(view, iri))


def vocabulary(site: Site, triples: Sequence[Triple], **shown: Unpack[Shown]) -> str:
    """The ontology as documentation."""
    view = _view(site, shown, triples)
    return render("vocabulary.html", view, _formats(shown), vocabulary=vocabulary_of(view))


def shapes(site: Site, turtle: str, **shown: Unpack[Shown]) -> str:
    """The rules that a release is checked against, in sentences."""
    view = _view(site, shown, parse_shapes(turtle))
    return render("shapes.html", view, _formats(shown), rules=rules(view), notes=notes(view))


def report(site: Site, **shown: Unpack[Shown]) -> str:
    """What the check of the release found, and what its sources state."""
    view = _view(site, shown)
    return render("report.html", view, _formats(shown), report=report_of(view))


def query(site: Site, **shown: Unpack[Asked]) -> str:
    """The form for a query, with its answer or the reason why there is none."""
    view = _view(site, shown)
    rows, problem, text = shown.get("rows"), shown.get("problem"), shown["text"] or STARTER
    graph_text, boolean = shown.get("graph_text"), shown.get("boolean")
    kept = kept_parameters(view.path)
    answered = "graph" if graph_text is not None else "solutions"
    return render(
        "query.html",
        view,
        _formats(shown),
        text=text,
        kept=kept,
        endpoint=address(f"{site.public_url}sparql", kept),
        answers=[(form.extension, form.label) for form in (*SOLUTIONS, *GRAPH)],
        downloads=() if problem or not shown["text"] else downloads(answered, text, kept),
        columns=shown.get("columns") or (),
        rows=None if rows is None else table(view, rows[:MAX_ROWS]),
        count=shown.get("count", len(rows or ())),
        boolean=boolean,
        graph_text=graph_text,
        cut=shown.get("cut", False),
        problem=problem,
        excerpt=excerpt(text, problem.where) if problem else "",
        line=line(problem.where) if problem else 0,
        advice=advice(problem.help) if problem else (),
        examples=shown.get("examples", ()),
        reasons=[reason.finding for reason in shown.get("reasons", ())],
        editor=shown.get("editor", False),
    )


def search(site: Site, found: Results, **shown: Unpack[Shown]) -> str:
    """The search with what it found."""
    view = _view(site, shown)
    others = paged(view.path, found.page, found.pages)
    return render("search.html", view, _formats(shown), found=found, others=others)


def listing(site: Site, found: Listing, **shown: Unpack[Shown]) -> str:
    """A page of a list."""
    view = _view(site, shown)
    others = paged(view.path, found.page, found.pages)
    return render("listing.html", view, _formats(shown), found=found, others=others)


def problem(site: Site, **shown: Unpack[Fault]) -> str:
    """An error, and the way on."""
    view = _view(site, shown)
    said = view.words["problem"]
    status = str(shown["status"])
    titled = status in said["titles"]
    return render(
        "problem.html",
        view,
        _formats(shown),
        status=status,
        title=Text(said["titles"][status], view.lang) if titled else Text(shown["title"], "en"),
        detail=_translated(view, shown["detail"]),
        help=_translated(view, shown["help"]),
        suggestions=[(view.link(i), types(view, i)) for i in shown.get("suggestions", ())],
    )


def tombstone(site: Site, stone: Tombstone, replaced_by: str | None, **shown: Unpack[Shown]) -> str:
    """What is left of something that was withdrawn: since when, why, and what replaces it."""
    view = _view(site, shown)
    reason = pick((Text(words, tag) for tag, words in stone.reasons.items()), view.lang)
    return render(
        "tombstone.html",
        view,
        _formats(shown),
        day=stone.date,
        reason=reason,
        replaced_by=view.link(replaced_by) if replaced_by else None,
    )


def _translated(view: View, message: str) -> Text:
    """A message in the reader's language where it has one; messages are English."""
    known = view.words["problem"]["details"].get(message)
    return Text(known, view.lang) if known else Text(message, "en")


def _view(site: Site, shown: Shown, triples: Sequence[Triple] = ()) -> View:
    return View(site, shown["lang"], shown["path"], triples)


def _formats(shown: Shown) -> Sequence[Format]:
    return shown.get("formats", ())
