"""The query page as a browser has it, with its editor and without."""

import csv
import io
import json
import subprocess
import sys
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from playwright.sync_api import Page, expect

from parkgraph.web.assets import has_editor
from tests.browser.conftest import LOCALES, Visit, Visitor
from tests.conftest import needs

# All of it asks servers; of what this process runs, nothing is to be measured.
pytestmark = pytest.mark.unmeasured

EDITOR = ".yasqe .CodeMirror"
HINTS = ".CodeMirror-hints li"
TITLES = "#answer tbody td:first-child"


@pytest.fixture(autouse=True)
def editor() -> None:
    needs(has_editor(), "the tests of the query page need the query editor (make assets)")


def type_query(page: Page, text: str) -> None:
    """Write ``text`` in place of what the editor holds."""
    page.locator(EDITOR).click()
    page.keyboard.press("Control+A")
    page.keyboard.type(text)


def written(page: Page) -> str:
    return page.locator(EDITOR).evaluate("(editor) => editor.CodeMirror.getValue()")


def focused(page: Page) -> str:
    return page.evaluate("document.activeElement.outerHTML.slice(0, 60)")


# Asking


@pytest.mark.parametrize("lang", LOCALES)
def test_an_example_is_one_click_away(visit: Visit, lang: str):
    """A click on an example puts it into the editor and shows its rows, without a new page."""
    page = visit("/sparql", lang=lang)
    page.evaluate("window.before = true")

    page.locator(".examples a").nth(1).click()

    expect(page.locator("#answer tbody tr")).to_have_count(1)
    expect(page.locator("#answer")).to_contain_text("is home to over 1,500 enterprises")
    assert "indicator:resident-organizations" in written(page)
    assert page.evaluate("window.before") is True


def test_a_query_is_asked_from_the_keyboard(visit: Visit):
    """Ctrl+Enter asks what the editor holds; the number of rows is said for who cannot see it."""
    page = visit("/sparql")

    type_query(page, "SELECT ?x { VALUES ?x { 1 2 3 } }")
    page.keyboard.press("Control+Enter")

    expect(page.locator("#answer tbody tr")).to_have_count(3)
    expect(page.get_by_role("status")).to_have_text("3 rows")
    assert "CodeMirror" in page.evaluate(
        "document.activeElement.closest('div').parentNode.className"
    )


def test_every_form_of_answer_is_shown(visit: Visit):
    """An ASK gives a word, a CONSTRUCT its Turtle, a query without solutions says so."""
    page = visit("/sparql")
    for text, answer in (
        ("ASK { ?s ?p ?o }", "Yes"),
        ("CONSTRUCT { <urn:a> <urn:b> 1 } {}", "<urn:a> <urn:b> 1 ; ."),
        ("SELECT * { <urn:a> ?p ?o }", "nothing matches it"),
    ):
        type_query(page, text)
        page.get_by_role("button", name="Ask").click()
        expect(page.locator("#answer")).to_contain_text(answer)


def test_numbers_stand_under_the_name_of_their_column(visit: Visit):
    """A column of numbers has its name at the same edge; one of mixed values, at the other."""
    values = "(1 2 'a') (22.5 'b' 'c') (UNDEF 3 'd')"
    text = f"SELECT ?n ?mixed ?text {{ VALUES (?n ?mixed ?text) {{ {values} }} }}"
    page = visit(f"/sparql?{urlencode({'query': text})}")

    heads = page.locator("#answer thead th")
    expect(heads).to_have_count(3)
    edges = heads.evaluate_all("(heads) => heads.map((head) => getComputedStyle(head).textAlign)")
    assert edges == ["right", "left", "left"]


def test_no_example_is_cut(visit: Visit):
    """All examples are on the page as a whole: nothing has to be scrolled within it."""
    page = visit("/sparql")
    cut = """(list) => [list, list.closest("section")].some((box) =>
      box.scrollHeight > box.clientHeight + 1 && getComputedStyle(box).overflowY !== "visible")"""

    assert page.locator(".examples li").count() >= 15
    assert page.locator(".examples").evaluate(cut) is False


def test_a_mistake_is_shown_where_it_is(visit: Visitor):
    """The answer says what is wrong, the line is marked, and the mark's words keep the policy."""
    page = visit("/sparql")

    type_query(page, "SELECT ?x\nWHER { ?x ?y ?z }")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Ask").click()

    expect(page.locator("#answer")).to_contain_text("PG601")
    expect(page.locator(".CodeMirror-linebackground.fault")).to_have_count(1)
    page.locator(".parseErrorIcon").hover()
    assert page.locator(".parseErrorIcon").get_attribute("title")
    assert [fault for fault in visit.faults if "status of 400" not in fault] == []
    visit.faults.clear()


def test_back_and_forward(visit: Visit):
    """Each question is a step of the browser's history, with its answer."""
    page = visit("/sparql")
    for n in (1, 2):
        type_query(page, f"SELECT ('answer {n}' AS ?x) {{}}")
        page.keyboard.press("Control+Enter")
        expect(page.locator(TITLES)).to_have_text(f"answer {n}")

    page.go_back()
    expect(page.locator(TITLES)).to_have_text("answer 1")
    assert "answer 1" in written(page)
    page.go_forward()
    expect(page.locator(TITLES)).to_have_text("answer 2")


def test_back_to_where_nothing_was_asked(visit: Visit):
    """The page without a question has the text that it began with, be it loaded for another one."""
    page = visit("/sparql")
    began = written(page)
    type_query(page, "SELECT ('answer' AS ?x) {}")
    page.keyboard.press("Control+Enter")
    expect(page.locator(TITLES)).to_have_text("answer")
    page.reload()
    expect(page.locator(TITLES)).to_have_text("answer")

    page.go_back()

    expect(page.locator(TITLES)).to_have_count(0)
    assert written(page) == began


def test_a_query_too_long_for_an_address(visit: Visit):
    """A query that no address can carry is asked all the same; the address stays as it was."""
    page = visit("/sparql?lang=zh")
    long = f"SELECT ('x' AS ?x) {{}} #{'-' * 9000}"

    page.locator(EDITOR).evaluate("(editor, text) => editor.CodeMirror.setValue(text)", long)
    page.locator("#ask button[type=submit]").click()

    expect(page.locator(TITLES)).to_have_text("x")
    expect(page.locator("#answer")).to_contain_text("下载")
    assert urlsplit(page.url).query == "lang=zh"


# Links, downloads, programs


def test_a_link_reproduces_query_and_answer(visit: Visit):
    """The address of an answer gives another reader the same query with the same answer."""
    page = visit("/sparql")
    text = '# 100% «清华» + more\nSELECT ("a+b&c=d#e" AS ?x) {}'
    type_query(page, text)
    page.keyboard.press("Control+Enter")
    expect(page.locator(TITLES)).to_have_text("a+b&c=d#e")

    other = visit(page.url)

    assert written(other) == text
    expect(other.locator(TITLES)).to_have_text("a+b&c=d#e")
    assert parse_qs(urlsplit(page.url).query) == {"query": [text]}


def test_the_link_is_copied(visit: Visit):
    """«Copy link» gives the address of what the editor holds, asked or not."""
    page = visit("/sparql", permissions=["clipboard-read", "clipboard-write"])
    type_query(page, "ASK {}")

    page.get_by_role("button", name="Copy link").click()

    expect(page.get_by_role("status")).to_contain_text("copied")
    copied = page.evaluate("navigator.clipboard.readText()")
    assert parse_qs(urlsplit(copied).query) == {"query": ["ASK {}"]}


def test_nothing_is_kept_in_the_browser(visit: Visit):
    """What was written before never stands in for the query of a link, nor for a new start."""
    page = visit("/sparql")
    start = written(page)
    type_query(page, "ASK { <urn:mine> ?p ?o }")
    page.keyboard.press("Control+Enter")
    expect(page.locator("#answer")).to_contain_text("No")

    page.goto(page.url.partition("?")[0] + "?query=ASK%20%7B%7D")

    assert written(page) == "ASK {}"
    page.goto(page.url.partition("?")[0])
    assert written(page) == start
    assert page.evaluate("localStorage.length + sessionStorage.length") == 0
    assert page.context.cookies() == []


@pytest.mark.parametrize(
    ("query", "labels"),
    [
        ("SELECT ?x { VALUES ?x { 'a,b' 'c' } }", ["JSON", "XML", "CSV", "TSV"]),
        (
            "CONSTRUCT { <urn:a> <urn:b> 'c' } {}",
            ["Turtle", "JSON-LD", "N-Triples", "RDF/XML", "N-Quads", "TriG"],
        ),
    ],
)
def test_downloads(visit: Visit, query: str, labels: list[str]):
    """The answer can be had in each format of its kind, as a file with a fitting name."""
    page = visit("/sparql")
    type_query(page, query)
    page.keyboard.press("Control+Enter")
    links = page.locator(".downloads a")
    expect(links).to_have_text(labels)

    for link in links.all():
        with page.expect_download() as waiting:
            link.click()
        name, text = waiting.value.suggested_filename, waiting.value.path().read_text("utf-8")
        assert name == f"answer.{urlsplit(link.get_attribute('href')).query.rpartition('=')[2]}"
        if name == "answer.csv":
            assert list(csv.reader(io.StringIO(text))) == [["x"], ["a,b"], ["c"]]


def test_the_form_downloads_too(visit: Visit):
    """Another form of answer than the table is what the browser gets from the server."""
    page = visit("/sparql")
    page.get_by_label("Answer as").select_option("csv")
    type_query(page, "SELECT (1 AS ?x) {}")

    with page.expect_download() as waiting:
        page.get_by_role("button", name="Ask").click()

    assert waiting.value.path().read_text("utf-8").split() == ["x", "1"]


def test_code_samples_run(visit: Visit):
    """The samples ask what the editor holds just now, whatever characters it has."""
    page = visit("/sparql")
    type_query(page, 'SELECT (REPLACE("a.b", "\\\\.", """+""") AS ?x) {}  # \'$HOME\' `id`')
    shell, python = (sample.text_content() for sample in page.locator(".code pre").all())
    port = page.url.rpartition(":")[2].partition("/")[0]

    for command, sample in (["bash", "-c"], shell), ([sys.executable, "-c"], python):
        local = sample.replace("localhost:8000", f"127.0.0.1:{port}")
        done = subprocess.run([*command, local], capture_output=True, text=True, check=False)
        assert done.stdout.split() == ["x", "a+b"], done.stderr


def test_the_editor_is_a_client_of_the_protocol(visit: Visit):
    """YASQE's own request goes to the endpoint of this origin and gets SPARQL JSON."""
    page = visit("/sparql?query=SELECT%20(1%20AS%20%3Fx)%20%7B%7D")

    got = page.locator(EDITOR).evaluate(
        "async (editor) => (await editor.CodeMirror.query()).content"
    )

    assert json.loads(got)["results"]["bindings"][0]["x"]["value"] == "1"


# The editor


def test_escape_leaves_the_editor(visit: Visit):
    """Tab indents inside the editor; Escape leads out of it, to the button (WCAG 2.1.2)."""
    page = visit("/sparql")
    type_query(page, "")
    page.keyboard.press("Delete")

    page.keyboard.press("Tab")
    page.keyboard.type("?x")
    assert written(page) == "  ?x"
    assert "textarea" in focused(page)
    page.keyboard.press("Escape")
    assert '<button type="submit"' in focused(page)
    page.keyboard.press("Tab")
    assert 'id="format"' in focused(page)
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Shift+Tab")
    assert "textarea" in focused(page)


def test_escape_closes_suggestions_first(visit: Visit):
    """While suggestions are open, Escape closes them and stays."""
    page = visit("/sparql")
    type_query(page, "SELECT * { ?park park:op")
    expect(page.locator(HINTS).first).to_be_visible()
    page.wait_for_timeout(500)  # suggestions that are drawn anew are closed for a moment

    page.keyboard.press("Escape")

    expect(page.locator(HINTS)).to_have_count(0)
    assert "textarea" in focused(page)


def test_the_label_leads_into_the_editor(visit: Visit):
    """The editor has the field's label: a click on it is a way in, and readers hear it."""
    page = visit("/sparql")

    page.locator("#query-label").click()

    assert "textarea" in focused(page)
    assert page.get_by_role("textbox", name="Query").count() == 1


COMPLETIONS = [
    ("en", "SELECT * { ?park park:op", "park:operator"),
    ("en", "SELECT * { ?park oper", "park:operator"),
    ("zh", "SELECT * { ?park 运营", "park:operator"),
    ("en", "SELECT * { ?park a par", "park:Park"),
    ("en", "SELECT * { ?f park:bound bound:mor", "bound:more-than"),
    ("en", "SELECT * { ?f park:bound more", "bound:more-than"),
    ("en", "PREFIX sko", "skos: <http://www.w3.org/2004/02/skos/core#>"),
]


@pytest.mark.parametrize(("lang", "text", "expected"), COMPLETIONS, ids=[c[1] for c in COMPLETIONS])
def test_completion(visit: Visit, lang: str, text: str, expected: str):
    """Classes, properties, concepts and prefixes of the data come up, by name and by label."""
    page = visit("/sparql", lang=lang)

    type_query(page, text)

    expect(page.locator(HINTS).filter(has_text=expected).first).to_be_visible()


def test_a_picked_name_declares_its_prefix(visit: Visit):
    """What is picked makes a query that runs as it is, with each prefix declared once."""
    page = visit("/sparql")
    type_query(page, "SELECT ?o { ?park oper")
    expect(page.locator(HINTS).first).to_contain_text("park:operator")

    page.keyboard.press("Enter")
    page.keyboard.type(" ?o . ?o park:operator ?none }")

    assert written(page).count("PREFIX park: <https://w3id.org/parkgraph/def#>\n") == 1
    assert written(page).endswith("SELECT ?o { ?park park:operator ?o . ?o park:operator ?none }")


def test_a_pasted_query_gets_its_prefixes(visit: Visit):
    """Known prefixes that are not declared are; those in texts, addresses and comments are not."""
    page = visit("/sparql", permissions=["clipboard-read", "clipboard-write"])
    pasted = """PREFIX schema: <https://schema.org/>
SELECT ?v { # dcterms:title
  ?f schema:value ?v ; park:bound bound:more-than ; ?p "skos:x", <urn:org:x>, none:x }"""
    page.evaluate("(text) => navigator.clipboard.writeText(text)", pasted)
    type_query(page, "")
    page.keyboard.press("Delete")

    page.keyboard.press("Control+V")

    expect(page.locator(EDITOR)).to_contain_text("PREFIX bound:")
    assert [line.split()[1] for line in written(page).splitlines() if "PREFIX" in line] == [
        "schema:",
        "park:",
        "bound:",
    ]
    assert written(page).endswith(pasted.partition("\n")[2])


def test_variables_complete_each_other(visit: Visit):
    """A variable that the query has already is offered."""
    page = visit("/sparql")

    type_query(page, "SELECT ?park { ?pa")

    expect(page.locator(HINTS)).to_have_text(["?park"])


# Without scripts


@pytest.mark.parametrize("lang", LOCALES)
def test_without_scripts_the_form_does_it_all(visit: Visit, lang: str):
    """The plain form asks, shows the table and offers the downloads; nothing dead is shown."""
    page = visit("/sparql", lang=lang, java_script_enabled=False)

    page.locator("textarea").fill("SELECT ?x { VALUES ?x { 'one' 'two' } }")
    page.locator("#ask button[type=submit]").click()

    expect(page.locator("#answer tbody tr")).to_have_count(2)
    expect(page.locator(".downloads a")).to_have_count(4)
    expect(page.locator("#copy")).to_be_hidden()
    expect(page.locator(".code pre").first).to_contain_text(r"VALUES ?x { '\''one'\'' ")
