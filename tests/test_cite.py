"""Citations as reference managers read them: BibTeX and CSL-JSON, parsed and set."""

import json
import warnings
from pathlib import Path

import bibtexparser
import pytest

from parkgraph.release import Release
from parkgraph.web.citation import Citation, bibtex, cite_dataset, cite_thing, csl, line
from parkgraph.web.site import open_site
from tests.conftest import ISSUED, Server

with warnings.catch_warnings():  # its own regular expressions warn, on import only
    warnings.simplefilter("ignore")
    import citeproc
    from citeproc import Citation as Cluster
    from citeproc import CitationItem, CitationStylesBibliography, CitationStylesStyle, formatter
    from citeproc.source.json import CiteProcJSON

#: The variables and types that CSL knows.
CSL = "".join(
    (Path(citeproc.__file__).parent / f"data/schema/schemas/styles/csl-{name}.rnc").read_text()
    for name in ("variables", "types")
)
BASE = "https://w3id.org/parkgraph/"
TITLE = "parkgraph: science parks in their own words"
PARK = "Tsinghua University Science Park - TusPark"
FOUNDERS = "The parkgraph founders"


def cited(release: Release) -> list[tuple[str, str, str, str]]:
    """Address, IRI, title and CSL type of each kind of citation."""
    name = release.manifest.name
    return [
        ("dataset", f"{BASE}dataset", TITLE, "dataset"),
        (f"release/{name}", f"{BASE}release/{name}", TITLE, "dataset"),
        ("park/iasp-6112", f"{BASE}id/park/iasp-6112", PARK, "entry"),
    ]


@pytest.mark.parametrize("number", range(3), ids=["dataset", "release", "park"])
def test_bibtex(server: Server, release: Release, number: int):
    """A BibTeX parser reads one entry with author, title, date, release and persistent address."""
    path, iri, title, _ = cited(release)[number]
    got = server.ask(f"/cite/{path}.bib")
    library = bibtexparser.parse_string(got.body.decode())
    (entry,) = library.entries
    fields = {field.key: field.value for field in entry.fields}

    assert got.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert got.headers["Content-Disposition"] == f'inline; filename="{entry.key}.bib"'
    assert (library.failed_blocks, entry.entry_type) == ([], "misc")
    assert fields["title"] == f"{{{title}}}"
    assert fields["author"] == f"{{{FOUNDERS}}}"
    assert (fields["year"], fields["month"], fields["url"]) == ("2026", "11", iri)
    assert release.manifest.name in fields["howpublished"]


@pytest.mark.parametrize("number", range(3), ids=["dataset", "release", "park"])
def test_csl_json(server: Server, release: Release, number: int):
    """A CSL processor reads the item and sets it."""
    path, iri, title, kind = cited(release)[number]
    got = server.ask(f"/cite/{path}.json")
    (item,) = json.loads(got.body)

    assert got.headers["Content-Type"] == "application/vnd.citationstyles.csl+json"
    assert (item["type"], item["title"], item["URL"]) == (kind, title, iri)
    assert item["author"] == [{"literal": FOUNDERS}]
    assert item["issued"] == {"date-parts": [[ISSUED.year, ISSUED.month, ISSUED.day]]}
    assert item["version"] == release.manifest.name
    assert item.get("container-title") == (TITLE if kind == "entry" else None)
    for word in (*item, kind):
        assert word in {"id", "type"} or f'"{word}"' in CSL
    with warnings.catch_warnings():  # styles of CSL 1.0.2 are newer than its schema
        warnings.simplefilter("ignore")
        set_ = processed([item])
    assert title in set_
    assert "2026" in set_


def processed(items: list[dict[str, object]]) -> str:
    style = CitationStylesStyle("harvard-cite-them-right", validate=False)
    source = CiteProcJSON(items)
    bibliography = CitationStylesBibliography(style, source, formatter.plain)
    bibliography.register(Cluster([CitationItem(str(items[0]["id"]).lower())]))
    return "".join(str(part) for part in bibliography.bibliography()[0])


UNKNOWN = [
    "park/none.bib",
    "release/000000000000.json",
    "release/..%2F..%2Fetc.bib",
    "dataset.ris",
    "dataset",
    "concept.bib",
]


@pytest.mark.parametrize("path", UNKNOWN)
def test_nothing_to_cite(server: Server, path: str):
    """What is not there cannot be cited."""
    assert server.ask(f"/cite/{path}").status == 404


def test_repeats_and_heads(server: Server):
    """A citation has validators like every answer."""
    path = "/cite/park/iasp-6112.bib"
    got, head = server.ask(path), server.ask(path, "HEAD")
    again = server.ask(path, If_None_Match=got.headers["ETag"])

    assert (head.status, head.body, head.headers["ETag"]) == (200, b"", got.headers["ETag"])
    assert (again.status, again.body) == (304, b"")


NASTY = "A {B} C} & 50% of $1_000 #1 ~x^2 \\end{document}\n 清华 ö"


def test_special_characters():
    """Whatever a title holds, the entry stays one entry, and nothing in it is a command."""
    citation = Citation(
        "key", NASTY, NASTY, NASTY, "0123456789ab", ISSUED.date(), "https://example.org/a%20b_c#d"
    )
    library = bibtexparser.parse_string(bibtex(citation) + bibtex(citation).replace("key", "k2"))
    fields = {field.key: field.value for field in library.entries[0].fields}
    (item,) = json.loads(csl(citation))

    assert (len(library.entries), library.failed_blocks) == (2, [])
    assert fields["title"] == (
        r"{A \textbraceleft{}B\textbraceright{} C\textbraceright{} \& 50\% of \$1\_000 \#1 "
        r"\textasciitilde{}x\textasciicircum{}2 "
        r"\textbackslash{}end\textbraceleft{}document\textbraceright{} 清华 ö}"
    )
    assert fields["url"] == "https://example.org/a%20b_c#d"
    assert item["title"] == NASTY


def test_line(release: Release):
    """A line for people says who, when, what, which release and where."""
    site = open_site(release, "http://localhost/")
    said = [line(cite_dataset(site)), line(cite_thing(site, f"{BASE}id/park/iasp-6112"))]
    site.index.close()

    end = f"Release {release.manifest.name}. {BASE}"
    assert said == [
        f"{FOUNDERS} (2026). {TITLE}. {end}dataset",
        f"{FOUNDERS} (2026). {PARK}. In: {TITLE}. {end}id/park/iasp-6112",
    ]


@pytest.mark.parametrize(
    ("path", "cited"), [("/", "dataset"), ("/doc/park/iasp-6112", "park/iasp-6112")]
)
@pytest.mark.parametrize("accept", ["text/html", "text/turtle", "text/markdown"])
def test_links_lead_to_citations(server: Server, path: str, cited: str, accept: str):
    """The dataset and each thing lead to their citations, in every form."""
    links = server.ask(path, Accept=f"{accept}, */*;q=0.1").headers["Link"]

    for extension in ("bib", "json"):
        sent = server.ask(f"/cite/{cited}.{extension}").headers["Content-Type"].partition(";")[0]
        assert f'</cite/{cited}.{extension}>; rel="describedby"; type="{sent}"' in links
