"""Searching from any page: suggestions while one types, the keyboard, and without scripts."""

from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import Visit

# All of it asks servers; of what this process runs, nothing is to be measured.
pytestmark = pytest.mark.unmeasured

OPTIONS = ".suggestions li"


@pytest.mark.parametrize(
    ("typed", "lang", "name"),
    [
        ("清华", "en", "Tsinghua University"),
        ("华", "zh", "清华大学"),
        ("tusp", "zh", "Tsinghua University Science Park - TusPark"),
        ("incubat", "en", "Business Incubator"),
    ],
)
def test_suggestions(visit: Visit, typed: str, lang: str, name: str):
    """What is typed brings up names in the reader's language; a click leads to the thing."""
    page = visit("/report", lang=lang)

    page.get_by_role("combobox").fill(typed)
    option = page.locator(OPTIONS, has_text=name).first
    expect(option).to_be_visible()
    option.click()

    expect(page.locator("h1")).to_contain_text(name)


@pytest.mark.parametrize("button", ["right", "middle"])
def test_other_buttons_lead_nowhere(visit: Visit, button: str):
    """Only the main button of a mouse chooses a suggestion."""
    page = visit("/report")
    page.get_by_role("combobox").fill("tuspark")
    expect(page.locator(OPTIONS).first).to_be_visible()

    page.locator(OPTIONS).first.click(button=button)
    page.wait_for_timeout(300)

    assert urlsplit(page.url).path == "/report"


def test_the_keyboard(visit: Visit):
    """Arrows choose, Enter opens, Escape closes; Enter without a choice searches."""
    page = visit("/def")
    field = page.get_by_role("combobox")

    field.press_sequentially("tuspark")
    expect(page.locator(OPTIONS).first).to_be_visible()
    field.press("Escape")
    expect(page.locator(OPTIONS).first).to_be_hidden()
    assert field.get_attribute("aria-expanded") == "false"
    field.press("Enter")
    expect(page.locator("ol.found > li").first).to_contain_text("Tsinghua University Science Park")
    assert urlsplit(page.url).query == "q=tuspark"

    field = page.get_by_role("combobox")
    field.fill("tuspar")
    expect(page.locator(OPTIONS).first).to_be_visible()
    field.press("ArrowDown")
    assert page.locator(OPTIONS).first.get_attribute("aria-selected") == "true"
    field.press("Enter")
    page.wait_for_url("**/doc/park/iasp-6112")


def test_what_is_closed_stays_closed(visit: Visit):
    """An answer that was under way when the list was closed does not open it again."""
    page = visit("/def")
    field = page.get_by_role("combobox")
    field.press_sequentially("tus")
    expect(page.locator(OPTIONS).first).to_be_visible()

    page.evaluate(
        "() => { const now = fetch; fetch = (...asked) =>"
        " new Promise(then => setTimeout(then, 500)).then(() => now(...asked)) }"
    )
    field.press_sequentially("park")
    page.wait_for_timeout(300)
    field.press("Escape")
    page.wait_for_timeout(800)
    expect(page.locator(OPTIONS).first).to_be_hidden()
    assert field.get_attribute("aria-expanded") == "false"


@pytest.mark.parametrize("lang", ["en", "zh"])
def test_without_scripts(visit: Visit, lang: str):
    """The form searches, the results lead on, to a thing and to the words of a text."""
    page = visit("/?lang=" + lang, java_script_enabled=False)

    page.locator("#find").fill("incubated")
    page.locator(".find button").click()
    expect(page.locator("ol.found mark").first).to_have_text("incubated")
    passage = page.locator("ol.found li", has=page.locator(".words"))
    passage.get_by_role("link").first.click()

    assert urlsplit(page.url).path == "/document/iasp-6112"
    expect(page.locator(f"#{urlsplit(page.url).fragment}")).to_be_in_viewport()
    assert page.locator("html").get_attribute("lang") == lang
