"""Debian's chromium against a running server.

Nothing may be asked of another host, nothing may break the content security policy, nothing may
run that is not ours, and the console stays empty.
"""

import shutil
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Browser, ConsoleMessage, Dialog, Page, expect, sync_playwright

from tests.conftest import Server, needs

CHROMIUM = shutil.which("chromium")
#: No sandbox as root; nothing of the browser's own goes to any network.
SWITCHES = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    "--no-default-browser-check",
]
REPORT_VIOLATIONS = """
    addEventListener("securitypolicyviolation", (found) =>
      console.error(`policy: ${found.violatedDirective} ${found.blockedURI} ${found.sample}`));
"""
LOCALES = {"en": "en-GB", "zh": "zh-CN"}
PHONE = {"width": 360, "height": 740}
DESKTOP = {"width": 1280, "height": 900}

expect.set_options(timeout=15_000)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    needs(CHROMIUM is not None, "the browser tests need chromium (apt-get install chromium)")
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=SWITCHES)
        yield started
        started.close()


class Visitor:
    """Opens pages, each as a new reader, and notes what should not happen on them."""

    def __init__(self, browser: Browser, server: Server) -> None:
        self._browser, self._server = browser, server
        self.faults: list[str] = []

    def __call__(self, path: str, *, lang: str = "en", **options: object) -> Page:
        """A page; ``options`` are those of a browser context."""
        settings = {"locale": LOCALES[lang], "viewport": DESKTOP, **options}
        page = self._browser.new_context(**settings).new_page()
        page.set_default_timeout(15_000)
        page.on("console", self._heard)
        page.on("pageerror", lambda error: self.faults.append(f"error: {error}"))
        page.on("dialog", self._told)
        page.on("request", lambda request: self._asked(request.url))
        page.add_init_script(REPORT_VIOLATIONS)
        page.goto(path if path.startswith("http") else self._server.url + path)
        return page

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.faults.append(f"console: {message.text}")

    def _told(self, dialog: Dialog) -> None:
        self.faults.append(f"dialog: {dialog.message}")
        dialog.dismiss()

    def _asked(self, url: str) -> None:
        if not url.startswith(f"{self._server.url}/"):
            self.faults.append(f"foreign: {url}")


@pytest.fixture
def visit(browser: Browser, server: Server) -> Iterator[Visitor]:
    visitor = Visitor(browser, server)
    yield visitor
    for context in browser.contexts:
        context.close()
    assert visitor.faults == []


Visit = Callable[..., Page]
