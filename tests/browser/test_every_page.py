"""Each kind of page, in both languages, on a phone and on a desk, judged by three tools."""

import json
import shutil
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import DESKTOP, LOCALES, PHONE, Visit, Visitor
from tests.conftest import ROOT, Server, needs, node, serving

# All of it asks servers; of what this process runs, nothing is to be measured.
pytestmark = pytest.mark.unmeasured

MODULES = ROOT / "tests" / "browser" / "node_modules"
AXE = MODULES / "axe-core" / "axe.min.js"
VALIDATE = MODULES / "html-validate" / "bin" / "html-validate.mjs"
NU = MODULES / "vnu-jar" / "build" / "dist" / "vnu.jar"
FETCH = "axe-core, html-validate and vnu-jar are fetched by `make clients`"

#: A page of each kind.
PAGES = {
    "home": "/",
    "list": "/park",
    "sorted list": "/concept?sort=links&order=desc",
    "list by concept": "/park?with=concept/sector/software-engineering",
    "park": "/doc/park/iasp-6112.html",
    "organization": "/doc/organization/tsinghua-university.html",
    "place": "/doc/place/beijing.html",
    "scheme": "/doc/concept/sector.html",
    "concept": "/doc/concept/sector/software-engineering.html",
    "document": "/document/iasp-6112.html",
    "vocabulary": "/def",
    "rules": "/shapes",
    "report": "/report",
    "releases": "/releases",
    "difference": "/diff",
    "search": "/search?q=%E6%B8%85%E5%8D%8E",
    "results": "/search?q=a&page=2",
    "no result": "/search?q=tsingua",
    "query": "/sparql",
    "rows": "/sparql?query=SELECT%20*%20%7B%20%3Fs%20%3Fp%20%3Fo%20%7D%20LIMIT%2020",
    "graph": "/sparql?query=CONSTRUCT%20%7B%3Ca:b%3E%20%3Ca:c%3E%201%7D%20%7B%7D",
    "mistake": "/sparql?query=SELECT%20%3Fx%0AWHER%20%7B%7D",
    "missing": "/doc/park/iasp-6113",
}
#: What a browser says of a page that answers with an error.
ERRORS = ("mistake", "missing")


def refusals(faults: list[str]) -> list[str]:
    return [fault for fault in faults if "status of 40" in fault]


@pytest.mark.parametrize("lang", LOCALES)
@pytest.mark.parametrize("kind", PAGES)
def test_a_page(visit: Visit, kind: str, lang: str):
    """A page speaks the reader's language, fits every screen, and axe finds nothing to mend.

    In light and in dark: the colours change, and no contrast is lost.
    """
    page = visit(PAGES[kind], lang=lang, viewport=PHONE)

    assert page.locator("html").get_attribute("lang") == lang
    assert page.locator("h1").count() == 1
    assert page.evaluate(WIDTH) <= PHONE["width"]
    # A busy machine may draw a page that has come in part, and what moves then is seen twice.
    if again := page.evaluate(SHIFT) > 0:
        page.reload()
    # The query page grows an editor below the first screen of text.
    assert page.evaluate(SHIFT) <= (0.01 if "/sparql" in PAGES[kind] else 0)
    assert page.evaluate(UNMARKED) == []
    page.set_viewport_size(DESKTOP)
    assert page.evaluate(WIDTH) <= DESKTOP["width"]
    # The markup is the same in each language, so it is judged once.
    if lang == "en":
        judged(page)
    for scheme in ("dark", "light"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        assert (lightness(page.locator("body").evaluate(COLOUR)) > 0.5) == (scheme == "light")
        assert lang != "en" or violations(page) == []
    if kind in ERRORS:
        assert len(refusals(visit.faults)) == 1 + again
        visit.faults.clear()


WIDTH = "document.documentElement.scrollWidth"
#: How far what is on screen moved while the page loaded (Cumulative Layout Shift).
SHIFT = """
() => new Promise((done) => {
  let sum = 0;
  const add = (list) => list.getEntries().forEach((shift) => { sum += shift.value; });
  new PerformanceObserver(add).observe({type: "layout-shift", buffered: true});
  setTimeout(() => done(sum), 50);
})"""
#: Texts that are Chinese for the most part, and are said to be English.
UNMARKED = """
() => {
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  const found = [];
  while (texts.nextNode()) {
    const text = texts.currentNode;
    if (text.parentElement.localName === "mark") continue;  // a part of a text that may be English
    const han = text.data.match(/\\p{Script=Han}/gu)?.length ?? 0;
    if (han > text.data.trim().length / 2 && text.parentElement.closest("[lang]").lang === "en")
      found.push(text.data);
  }
  return found;
}"""
COLOUR = "(element) => getComputedStyle(element).backgroundColor"


def lightness(colour: str) -> float:
    parts = colour.partition("(")[2].rstrip(")").split(",")
    return sum(map(float, parts[:3])) / 3 / 255


def judged(page: Page) -> None:
    """Give the page axe-core; the debugger evaluates it, which no policy of the page hinders."""
    needs(AXE.exists(), FETCH)
    page.evaluate(AXE.read_text("utf-8"))


#: All rules that axe has on, and that of WCAG 2.2 for the size of what is clicked.
RUN = "axe.run({rules: {'target-size': {enabled: true}}}).then((done) => done.violations)"


def violations(page: Page) -> list[str]:
    found = page.evaluate(RUN)
    return [f"{rule['id']}: {node['html']}" for rule in found for node in rule["nodes"]]


@pytest.fixture(scope="module")
def saved(server: Server, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with every page in each language."""
    folder = tmp_path_factory.mktemp("pages")
    for kind, path in PAGES.items():
        for lang in LOCALES:
            page = server.ask(path, Accept="text/html", Accept_Language=lang)
            (folder / f"{kind}.{lang}.html").write_bytes(page.body)
    return folder


def test_every_page_is_valid_html(saved: Path):
    """html-validate's rules of the standard find no error in any page, in either language."""
    program = node()
    needs(program is not None and VALIDATE.exists(), FETCH)
    config = saved / ".htmlvalidate.json"
    config.write_text(json.dumps({"root": True, "extends": ["html-validate:standard"]}))

    command = [str(program), str(VALIDATE), "-c", str(config), str(saved / "*.html")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)

    assert done.returncode == 0, done.stdout + done.stderr


def test_every_page_is_valid_to_the_nu_checker(saved: Path):
    """The Nu HTML checker, which is a program in Java, finds no error either."""
    java = shutil.which("java")
    if java is None:
        pytest.skip("the Nu HTML checker needs Java")
    needs(NU.exists(), FETCH)

    command = [java, "-jar", str(NU), "--errors-only", *map(str, sorted(saved.glob("*.html")))]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)

    assert done.returncode == 0, done.stderr


def test_paper_has_the_text_and_no_controls(visit: Visit):
    """Printed, a page is its text on white: no navigation, no search, every claim unfolded."""
    page = visit("/doc/park/iasp-6112.html")

    page.emulate_media(media="print", color_scheme="dark")

    for hidden in (".top nav", ".find", ".here"):
        expect(page.locator(hidden).first).to_be_hidden()
    expect(page.locator("h1")).to_be_visible()
    expect(page.locator("details .claims li").first).to_be_visible()
    assert lightness(page.locator("body").evaluate(COLOUR)) == 1


def test_paper_has_the_whole_picture(visit: Visit):
    """On paper nothing can be scrolled, so a picture is as wide as a page of A4."""
    page = visit("/doc/park/iasp-6112.html", viewport={"width": 718, "height": 1000})

    page.emulate_media(media="print")

    assert page.evaluate(WIDTH) <= 718
    right = "(picture) => picture.getBoundingClientRect().right"
    frame = page.locator(".picture").evaluate(right)
    assert page.locator(".picture svg").evaluate(right) <= frame <= 718


def test_what_is_lit_up_can_be_read_in_the_dark(visit: Visit):
    """The claim that an address leads to keeps its contrast, as all that is quiet in it does."""
    page = visit("/document/iasp-6112.html#claim-T21-2")
    judged(page)

    page.emulate_media(color_scheme="dark", reduced_motion="reduce")

    assert violations(page) == []


def test_other_scripts_go_their_own_way(browser: Browser, tmp_path: Path):
    """A label that is written from right to left begins at the right, on an English page."""
    label = "\u05e9\u05dc\u05d5\u05dd, (abc) 12!"
    (tmp_path / "data.ttl").write_text(f'<urn:a> <urn:p> "{label}"@he, "{label}" .', "utf-8")
    first = """(value) => {
      const text = document.createTreeWalker(value, NodeFilter.SHOW_TEXT).nextNode();
      const one = document.createRange(), left = (at) => {
        one.setStart(text, at);
        one.setEnd(text, at + 1);
        return one.getBoundingClientRect().left;
      };
      return left(0) > left(7) && left(7) > left(text.length - 1);
    }"""
    with serving("--data", str(tmp_path / "data.ttl")) as server:
        page = Visitor(browser, server)("/doc?iri=urn:a")

        values = page.locator(".facts .value li")
        assert values.count() == 2
        assert values.evaluate_all(f"(values) => values.every({first})")


def test_a_fact_has_a_link_of_its_own(visit: Visit):
    """The link of a fact leads to it, and sets it off from the others."""
    page = visit("/doc/park/iasp-6112.html")
    fact = page.locator(".facts > div", has=page.locator("#fact-park-operator"))

    fact.hover()
    fact.locator(".here").click()

    assert urlsplit(page.url).fragment == "fact-park-operator"
    assert fact.evaluate(COLOUR) != page.locator("body").evaluate(COLOUR) != "rgba(0, 0, 0, 0)"


def test_browsing_without_scripts(visit: Visit):
    """From the front door to a park, along the picture to its operator, on to a list and a term."""
    page = visit("/", lang="zh", java_script_enabled=False)

    page.locator(".entries a").first.click()
    expect(page.locator("h1")).to_contain_text("Tsinghua University Science Park - TusPark")
    page.locator(".picture a", has_text="Tus-Holdings").first.click()
    assert urlsplit(page.url).path == "/doc/organization/tus-holdings"
    page.locator("nav a", has_text="园区").first.click()
    page.locator("thead a").first.click()
    assert urlsplit(page.url).query == "sort=name&order=desc"
    page.locator("nav a", has_text="词汇表").first.click()
    page.locator(".contents a").first.click()
    expect(page.locator(f"#{urlsplit(page.url).fragment}")).to_be_in_viewport()


def test_a_fact_leads_to_its_words_and_back(visit: Visit):
    """From a fact by its mark to its claim, on to the words in the text, and back to the fact."""
    page = visit("/doc/park/iasp-6112.html")

    page.locator('a.mark[href="/document/iasp-6112#claim-T21-2"]').first.click()
    expect(page.locator("#claim-T21-2")).to_be_in_viewport()
    words = page.locator("li.card", has=page.locator("#claim-T21-2")).locator("q.words a").first
    quote = words.text_content()
    passage = words.get_attribute("href")
    words.click()

    expect(page.locator(passage)).to_be_in_viewport()
    lit = page.locator(f"{passage} + a.seg")
    assert lit.locator("mark").count() == 1
    assert lit.text_content().startswith(quote[:20])
    assert lit.evaluate(COLOUR) != page.locator("body").evaluate(COLOUR) != "rgba(0, 0, 0, 0)"
    lit.click()
    expect(page.locator(lit.get_attribute("href"))).to_be_in_viewport()
    for _ in range(3):
        page.go_back()
    assert urlsplit(page.url).path == "/doc/park/iasp-6112.html"


def test_on_a_phone(visit: Visit):
    """A picture wider than the screen begins at its middle, and a fact keeps its mark beside it."""
    page = visit("/doc/park/iasp-6112.html", lang="zh", viewport=PHONE)
    page.locator(".picture").scroll_into_view_if_needed()
    expect(page.locator(".picture .middle")).to_be_in_viewport(ratio=1)
    beside = """marks => marks.every(mark => {
      const value = document.createRange();
      value.selectNodeContents(mark.parentElement.previousElementSibling);
      const last = [...value.getClientRects()].at(-1), box = mark.getBoundingClientRect();
      return box.left >= last.right - 1 && box.left - last.right < 8;
    })"""
    assert page.locator(".facts .value .mark:first-child").evaluate_all(beside)


def test_the_title_in_chinese_breaks_at_its_signs(visit: Visit):
    """No line of a heading begins within a word."""
    title = visit("/", lang="zh", viewport=PHONE).locator("h1")
    lines = """title => {
      const text = title.firstChild, found = [];
      for (let at = 0; at < text.length; at++) {
        const one = document.createRange();
        one.setStart(text, at);
        one.setEnd(text, at + 1);
        const { top } = one.getBoundingClientRect();
        if (found.at(-1)?.top !== top) found.push({ top, words: "" });
        found.at(-1).words += text.data[at];
      }
      return found.map(line => line.words);
    }"""
    # Where the machine has no Chinese font, all of it may fit into one line.
    assert title.evaluate(lines)[1:] in ([], ["科技园区自述数据"])
