"""Take the pictures of docs/screenshots: each kind of page as a reader has it.

Serves the publication of this repository from a folder of its own, and needs chromium.
`python tools/screenshots.py` writes them anew; nothing else changes them.
"""

import shutil
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from base64 import b64decode
from pathlib import Path
from typing import Final, NamedTuple

from playwright.sync_api import Browser, sync_playwright

ROOT: Final = Path(__file__).parent.parent
FOLDER: Final = ROOT / "docs" / "screenshots"
PORT: Final = 8099
#: Of WebP, of 100: text has no visible seam.
QUALITY: Final = 80


class Shot(NamedTuple):
    """A page as it is shown: address, size in CSS pixels, colours, language."""

    path: str
    width: int = 1280
    height: int = 860
    scheme: str = "light"
    lang: str = "en-GB"


SHOTS: Final = {
    "home": Shot("/"),
    "home-phone": Shot("/", 360, 740, lang="zh-CN"),
    "park": Shot("/doc/park/iasp-6112.html", height=1100),
    "park-dark": Shot("/doc/park/iasp-6112.html#section-does", scheme="dark", lang="zh-CN"),
    "neighbourhood": Shot("/doc/park/iasp-6112.html#section-picture", height=640),
    "document": Shot("/document/iasp-6112.html#claim-T08", height=760),
    "search": Shot("/search?q=%E6%B8%85%E5%8D%8E", height=720),
    "list": Shot("/concept?sort=links&order=desc", height=720),
    "vocabulary": Shot("/def#Park", height=760),
    "rules": Shot("/shapes", height=760),
    "report": Shot("/report", height=760),
    "query": Shot("/sparql"),
    "missing": Shot("/doc/park/iasp-6113", height=720),
}


def main() -> None:
    """Serve, visit each page, write each picture."""
    chromium = shutil.which("chromium") or sys.exit("chromium is missing")
    FOLDER.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as releases, sync_playwright() as playwright:
        command = [sys.executable, "-m", "parkgraph", "serve", str(ROOT), "--releases", releases]
        server = subprocess.Popen([*command, "--port", str(PORT)])  # noqa: S603  # no input
        try:
            wait()
            browser = playwright.chromium.launch(
                executable_path=chromium, args=["--no-sandbox", "--disable-gpu"]
            )
            for name, shot in SHOTS.items():
                take(browser, shot, FOLDER / f"{name}.webp")
            browser.close()
        finally:
            server.terminate()
            server.wait()


def wait() -> None:
    """Until the server answers, a minute at most."""
    for _ in range(600):
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{PORT}/health").close()
        except urllib.error.URLError:
            time.sleep(0.1)
        else:
            return
    sys.exit("the server did not start")


def take(browser: Browser, shot: Shot, path: Path) -> None:
    """Write the picture of a page, as it is when it has settled."""
    context = browser.new_context(
        viewport={"width": shot.width, "height": shot.height},
        color_scheme=shot.scheme,
        locale=shot.lang,
        reduced_motion="reduce",
    )
    page = context.new_page()
    page.goto(f"http://127.0.0.1:{PORT}{shot.path}", wait_until="networkidle")
    # Playwright itself writes PNG and JPEG alone.
    session = context.new_cdp_session(page)
    taken = session.send("Page.captureScreenshot", {"format": "webp", "quality": QUALITY})
    path.write_bytes(b64decode(taken["data"]))
    context.close()


if __name__ == "__main__":
    main()
