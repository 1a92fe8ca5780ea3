"""A page that arrives piece by piece, as over a slow line or on a busy machine."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from playwright.sync_api import Browser

from tests.browser.conftest import DESKTOP, PHONE
from tests.conftest import Server

# All of it asks servers; of what this process runs, nothing is to be measured.
pytestmark = pytest.mark.unmeasured

#: Bytes of HTML in a piece, and the seconds between two.
PIECE, PAUSE = 64, 0.001


@contextmanager
def slow_line(server: Server) -> Iterator[str]:
    """The address of a line to the server that passes HTML on in pieces."""

    class Line(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            language = self.headers.get("Accept-Language", "en")
            accept = self.headers.get("Accept", "*/*")
            found = server.ask(self.path, Accept=accept, Accept_Language=language)
            self.send_response(found.status)
            for name in ("Content-Type", "Content-Security-Policy"):
                self.send_header(name, found.headers[name])
            self.end_headers()
            size = PIECE if "html" in found.headers["Content-Type"] else len(found.body)
            for start in range(0, len(found.body), size):
                self.wfile.write(found.body[start : start + size])
                time.sleep(PAUSE)

        def log_message(self, *_: object) -> None:
            """Nothing: stderr is for what goes wrong."""

    line = ThreadingHTTPServer(("127.0.0.1", 0), Line)
    thread = Thread(target=line.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{line.server_port}"
    finally:
        line.shutdown()
        thread.join()
        line.server_close()


#: How far the parts of the top moved, and that which is in it.
SHIFT = """
() => new Promise((done) => {
  let sum = 0;
  const inTop = (source) => source.node?.parentElement?.closest(".top");
  const add = (list) => list.getEntries().forEach((shift) => {
    if (shift.sources.some(inTop)) sum += shift.value;
  });
  new PerformanceObserver(add).observe({type: "layout-shift", buffered: true});
  setTimeout(() => done(sum), 50);
})"""


@pytest.mark.parametrize("path", ["/", "/doc/park/iasp-6112", "/doc/park/iasp-6113"])
def test_the_top_stands_still_while_a_page_arrives(browser: Browser, server: Server, path: str):
    """What has been drawn of it stays where it is, however slowly the rest comes."""
    with slow_line(server) as address:
        for viewport in (PHONE, DESKTOP):
            page = browser.new_context(viewport=viewport).new_page()
            page.goto(address + path)
            assert page.locator("footer").is_visible()
            assert page.evaluate(SHIFT) == 0
            page.context.close()
