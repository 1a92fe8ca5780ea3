"""The documentation is true: commands give the output shown, examples hold, lists are complete.

A ``console`` block holds commands after ``$`` and their output. In output, ``…`` stands for any
part of a line, and alone on a line for any lines. A block whose info string goes on with a path
is the content of that file, and is written before the commands that follow it are run.
"""

import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pytest

from parkgraph import __version__
from parkgraph.addressfile import read_addresses
from parkgraph.ask import source
from parkgraph.errors import Diagnostic
from parkgraph.index import Index
from parkgraph.query import Budget, QueryService, Question
from parkgraph.rdf import Quad, canonical_lines, parse_bytes
from parkgraph.release import Release
from parkgraph.vocab import HOME, KINDS, PREFIXES, PROPERTIES, UNITS
from parkgraph.web.http import problem_type
from parkgraph.yamlfile import parse_yaml
from tests.conftest import ROOT, Server

PAGES: Final = (ROOT / "README.md", ROOT / "CHANGELOG.md", *sorted((ROOT / "docs").rglob("*.md")))
DECISIONS: Final = sorted((ROOT / "docs" / "decisions").glob("*.md"))
SOURCES: Final = sorted((ROOT / "src" / "parkgraph").rglob("*.py"))

#: The page whose commands begin in an empty folder; those of the others run in a checkout.
TUTORIAL: Final = ROOT / "docs" / "tutorial.md"

_FENCE: Final = re.compile(
    r"^```(?P<language>\w+)(?: (?P<more>[^\n`]+))?\n(?P<text>.*?)^```$", re.MULTILINE | re.DOTALL
)


@dataclass(frozen=True)
class Block:
    """A fenced block: its language, what else its info string says, its text, its line."""

    page: Path
    language: str
    more: str
    text: str
    line: int

    @property
    def name(self) -> str:
        """Where it stands: ``page:line``."""
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def blocks(page: Path) -> Iterator[Block]:
    text = page.read_text("utf-8")
    for match in _FENCE.finditer(text):
        line = text.count("\n", 0, match.start()) + 1
        yield Block(page, match["language"], match["more"] or "", match["text"], line)


def prose(page: Path) -> str:
    """A page without its fenced blocks."""
    return _FENCE.sub("", page.read_text("utf-8"))


def section(page: str, heading: str) -> str:
    """What stands under a heading, up to the next one of its level."""
    text = (ROOT / "docs" / page).read_text("utf-8")
    _, _, rest = text.partition(f"\n{heading}\n")
    assert rest, f"{page} has no heading {heading!r}"
    return rest.partition(f"\n{heading.partition(' ')[0]} ")[0]


def rows(text: str) -> set[str]:
    """The code in the first column of each row of the tables in ``text``."""
    cells = re.findall(r"^\| ([^|]+) \|", text, re.MULTILINE)
    return {name for cell in cells for name in re.findall(r"`([^`]+)`", cell)}


def ids(items: list[Block]) -> dict[str, object]:
    return {"argvalues": items, "ids": [item.name for item in items]}


# Commands and their output


def commands(text: str) -> Iterator[tuple[str, str]]:
    """Each command of a console block with the output that is shown for it."""
    for part in re.split(r"^\$ ", text, flags=re.MULTILINE)[1:]:
        command = re.match(r"(?:[^\n]*\\\n)*[^\n]*\n", part)
        assert command is not None
        yield command[0].rstrip("\n"), part[command.end() :]


def pattern(shown: str) -> re.Pattern[str]:
    lines = (
        "(?:.*\n)*?" if line == "…" else ".*?".join(map(re.escape, line.split("…"))) + "\n"
        for line in shown.splitlines()
    )
    return re.compile("".join(lines))


def tidy(output: str) -> str:
    """Output as a page can show it: no carriage returns, tabs, or blanks at the end of lines."""
    lines = output.replace("\r\n", "\n").expandtabs(4).splitlines()
    return "".join(f"{line.rstrip()}\n" for line in lines)


@dataclass
class Shell:
    """Runs commands one after the other in a folder, against a server."""

    folder: Path
    port: int
    status: int = 0

    def run(self, command: str) -> str:
        """What a terminal would show; ``$?`` is the status of the command before."""
        script = (
            f'parkgraph() {{ "{sys.executable}" -m parkgraph "$@"; }}\n(exit {self.status})\n'
            + command.replace("localhost:8000", f"localhost:{self.port}")
        )
        done = subprocess.run(
            ["bash", "-c", script],
            cwd=self.folder,
            env={**os.environ, "COLUMNS": "100", "LC_ALL": "C.UTF-8"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            check=False,
        )
        self.status = done.returncode
        return tidy(done.stdout.replace(f"localhost:{self.port}", "localhost:8000"))


@pytest.fixture(scope="module")
def checkout(release: Release, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of this repository's publication, with its release."""
    folder = tmp_path_factory.mktemp("checkout")
    for name in ("data", "ontology", "shapes"):
        shutil.copytree(ROOT / name, folder / name)
    shutil.copytree(release.folder.parent, folder / "releases")
    return folder


CONSOLES: Final = [page for page in PAGES if any(b.language == "console" for b in blocks(page))]


@pytest.mark.unmeasured
@pytest.mark.skipif(not shutil.which("curl"), reason="the commands shown use curl")
@pytest.mark.parametrize("page", CONSOLES, ids=lambda page: str(page.relative_to(ROOT)))
def test_commands_give_the_output_shown(
    page: Path, checkout: Path, tmp_path: Path, server: Server
) -> None:
    """Each command on a page, run in the page's order, prints what the page says it prints."""
    shell = Shell(tmp_path if page == TUTORIAL else checkout, server.port)
    for block in blocks(page):
        if block.language == "console":
            for command, shown in commands(block.text):
                output = shell.run(command)
                if not pattern(shown).fullmatch(output):
                    pytest.fail(f"{block.name}: $ {command}\n{output}", pytrace=False)
        elif "/" in block.more:
            file = shell.folder / block.more
            file.parent.mkdir(exist_ok=True)
            file.write_text(block.text, "utf-8")


def test_the_demo_is_shown() -> None:
    """README asks by curl, by SPARQL, and with the commands ``explain`` and ``check``."""
    shown = [b.text for b in blocks(ROOT / "README.md") if b.language == "console"]
    asked = [command for text in shown for command, _ in commands(text)]

    for words in ("curl -sL localhost:8000/id/", "sparql", "parkgraph explain", "parkgraph check"):
        assert any(words in command for command in asked), words


def test_every_command_has_its_help_shown() -> None:
    """docs/cli.md has a heading for each command, and shows its help."""
    from parkgraph.cli import main

    text = (ROOT / "docs" / "cli.md").read_text("utf-8")
    found = re.findall(r"^## parkgraph (\w+)$", text, re.MULTILINE)

    assert sorted(found) == sorted(main.commands)
    for name in found:
        assert f"$ parkgraph {name} --help\n" in text


def test_every_variable_is_named() -> None:
    """docs/cli.md names each variable that stands for an option or a credential, and no others."""
    from parkgraph.cli import main
    from parkgraph.query.upstream import PASSWORD, TOKEN, USER

    text = (ROOT / "docs" / "cli.md").read_text("utf-8")
    options = [option for command in main.commands.values() for option in command.params]

    assert set(re.findall(r"PARKGRAPH_[A-Z_]+", text)) == {
        *(option.envvar for option in options if option.envvar),
        *(PASSWORD, TOKEN, USER),
    }


# Lists


def codes_in_use() -> set[str]:
    """Every code that the program names, and every number of a shape."""
    named = {
        code for path in SOURCES for code in re.findall(r"\bPG[1-9]\d\d\b", path.read_text("utf-8"))
    }
    shapes = "".join(path.read_text("utf-8") for path in (ROOT / "shapes").glob("*.ttl"))
    return named | {
        f"PG4{number}" for number in re.findall(r"^psh:shape-(\d\d)-", shapes, re.MULTILINE)
    }


def test_every_error_has_a_heading() -> None:
    """docs/errors.md has one heading for each code in use, in order, and no others."""
    text = (ROOT / "docs" / "errors.md").read_text("utf-8")
    headings = re.findall(r"^## (PG\d+) \S", text, re.MULTILINE)

    assert headings == sorted(set(headings))
    assert set(headings) == codes_in_use()


def test_errors_say_what_why_and_how_to_mend() -> None:
    """Each entry has its three parts, and the anchor that problem details name."""
    text = (ROOT / "docs" / "errors.md").read_text("utf-8")
    entry = re.compile(
        r'^<a id="(?P<anchor>.+)"></a>\n## (?P<code>PG\d+) .+\n'
        r"\n\*\*What\.\*\* (?:.+\n)+\n\*\*Why\.\*\* (?:.+\n)+\n\*\*Mend\.\*\* (?:.+\n)+",
        re.MULTILINE,
    )
    found = {match["code"]: match["anchor"] for match in entry.finditer(text)}

    assert found == {code: problem_type(code).partition("#")[2] for code in codes_in_use()}


def modules() -> set[str]:
    """Every module, by its dotted name inside the package."""
    folder = ROOT / "src" / "parkgraph"
    names = (path.relative_to(folder).with_suffix("").parts for path in SOURCES)
    return {".".join(parts) for parts in names if parts[-1] != "__init__"}


def test_every_module_is_in_the_architecture() -> None:
    """docs/architecture.md tells of each module, and of none that there is not."""
    assert rows(section("architecture.md", "## Modules")) == modules()


def test_layers_are_those_that_are_checked() -> None:
    """The layers on the page are the contract's, from top to bottom, and so are the doors."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))
    contracts = {c["id"]: c for c in settings["tool"]["importlinter"]["contracts"]}
    shown = next(b for b in blocks(ROOT / "docs/architecture.md") if b.more == "layers")
    doors = section("architecture.md", "## Doors")

    assert [line.split("  ")[0] for line in shown.text.splitlines()] == contracts["stages"][
        "layers"
    ]
    protected = [c for c in contracts.values() if c["type"] == "protected"]
    assert rows(doors) == {name for c in protected for name in c["protected_modules"]}


def test_every_key_of_a_reading_is_explained() -> None:
    """docs/reading.md has a row for each key that the program asks for, and no others."""
    text = (ROOT / "src/parkgraph/reading.py").read_text("utf-8")
    asking = r"(?:\.(?:take|text|word|words|section|sections)\(|_subject\(keys, )"
    asked = set(re.findall(rf'{asking}\s*"(\w+)"', text))

    assert rows(section("reading.md", "## Keys")) == asked


def test_tables_of_a_reading_are_the_programs() -> None:
    """The properties, units and kinds on the page are those that a reading may use."""
    assert rows(section("reading.md", "## Properties")) == set(PROPERTIES)
    assert rows(section("reading.md", "## Units")) == set(UNITS)
    assert rows(section("reading.md", "## Kinds of things")) == set(KINDS)


def test_every_field_that_is_read_is_explained() -> None:
    """docs/reading.md tells of each labelled field that the program understands."""
    text = (ROOT / "src/parkgraph/fieldclaims.py").read_text("utf-8")
    known = set(re.findall(r'^    "([a-z-]+)": _', text, re.MULTILINE))
    told = {name.lower().replace(" ", "-") for name in rows(section("reading.md", "## Fields"))}

    assert told == known


def test_every_class_is_in_the_glossary() -> None:
    """The glossary tells the standard term behind each class of the ontology."""
    text = (ROOT / "ontology" / "parkgraph.ttl").read_text("utf-8")
    classes = re.findall(r"^(park:\w+)\n    a owl:Class", text, re.MULTILINE)

    assert len(classes) == 7
    page = (ROOT / "docs" / "glossary.md").read_text("utf-8")
    assert [name for name in classes if f"`{name}`" not in page] == []


# Examples


def examples(language: str) -> list[Block]:
    return [block for page in PAGES for block in blocks(page) if block.language == language]


@pytest.fixture(scope="module")
def service(release: Release) -> Iterator[QueryService]:
    with QueryService(source(release), Budget(workers=1)) as running:
        yield running


@pytest.mark.parametrize("block", **ids(examples("sparql")))
def test_queries_have_an_answer(block: Block, service: QueryService) -> None:
    """Each query in the documentation parses, and the shipped data answers it."""
    found = service.ask(Question(block.text, solutions="json", graph="nt"))

    if found.form == "ask":
        assert json.loads(bytes(found.body))["boolean"] is True
    else:
        assert found.rows


@pytest.mark.parametrize("block", **ids(examples("turtle")))
def test_turtle_parses(block: Block, release: Release) -> None:
    """Each Turtle example parses; every triple of an excerpt is in the current view."""
    head = "".join(f"@prefix {name}: <{space}> .\n" for name, space in PREFIXES.items())
    quads = list(parse_bytes((head + block.text).encode(), "ttl", base=HOME))

    assert quads
    if block.more == "excerpt":
        view = set((release.folder / "parkgraph.nt").read_bytes().splitlines(keepends=True))
        lines = canonical_lines(Quad(*quad.triple) for quad in quads)
        assert [line for line in lines if line not in view] == []


@pytest.mark.parametrize("block", **ids(examples("yaml")))
def test_yaml_is_of_the_shipped_reading(block: Block) -> None:
    """Each YAML example parses; an excerpt stands, key by key, in the reading of TusPark.

    Former addresses are read without a finding.
    """
    found = parse_yaml(block.text.encode(), block.name).value

    assert isinstance(found, dict)
    if block.more == "addresses":
        findings: list[Diagnostic] = []
        assert read_addresses(parse_yaml(block.text.encode(), block.name), findings).moved
        assert findings == []
    if block.more == "excerpt":
        path = ROOT / "data/profiles/iasp-6112.yaml"
        whole = parse_yaml(path.read_bytes(), path.name).value
        for key, part in found.items():
            items = part if isinstance(part, list) else part.items()
            known = whole[key] if isinstance(part, list) else whole[key].items()
            assert [item for item in items if item not in known] == []


def test_terms_that_are_named_exist(release: Release) -> None:
    """Each prefixed name of our own on a page is a term or a concept of the release."""
    index = Index(release.derived / "index.sqlite")
    own = {name: space for name, space in PREFIXES.items() if space.startswith(HOME)}
    named = re.compile(rf"(?<![\w:/@-])({'|'.join(own)}):(\w[\w-]*)")
    found = {
        (page.name, match[0]): own[match[1]] + match[2]
        for page in PAGES
        for match in named.finditer(page.read_text("utf-8"))
    }
    unknown = [where for where, iri in found.items() if not index.knows(iri)]
    index.close()

    assert len(found) > 50
    assert unknown == []


def addresses() -> list[str]:
    """Every local address that a page gives in full; one with «=» has a part to fill in."""
    named = re.compile(r"`(/[a-z.][\w./?-]*)`")
    return sorted({path for page in PAGES for path in named.findall(prose(page))} | {"/"})


@pytest.mark.parametrize("path", addresses())
def test_addresses_answer(path: str, server: Server) -> None:
    """Each address that the documentation names is answered."""
    assert server.ask(path).status in {200, 302, 303}


# Form


def anchors(page: Path) -> set[str]:
    """The anchors of a page: of its headings, as forges make them, and those set by hand."""
    text = prose(page)
    headings = re.findall(r"^#+ (.+)$", text, re.MULTILINE)
    words = (re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings)
    return {*words, *re.findall(r'<a id="([^"]+)"></a>', text)}


def links() -> list[tuple[str, str]]:
    return [
        (str(page.relative_to(ROOT)), target)
        for page in PAGES
        for target in re.findall(r"\]\(([^)\s]+)\)", prose(page))
        if not target.startswith(("http://", "https://"))
    ]


@pytest.mark.parametrize(("page", "target"), links())
def test_links_lead_somewhere(page: str, target: str) -> None:
    """Each relative link leads to a file of the repository, and to an anchor that it has."""
    path, _, anchor = target.partition("#")
    file = (ROOT / page).parent / path if path else ROOT / page

    assert file.exists()
    assert not anchor or anchor in anchors(file)


def test_every_page_is_linked() -> None:
    """Each page of docs/ can be reached from README or from a page next to it."""
    reached = {(ROOT / page, target.partition("#")[0]) for page, target in links()}
    files = {(page.parent / target).resolve() for page, target in reached}

    assert [page for page in PAGES if page.parent != ROOT and page.resolve() not in files] == []


def test_readme_is_short() -> None:
    """README has at most 140 lines."""
    assert len((ROOT / "README.md").read_text("utf-8").splitlines()) <= 140


@pytest.mark.parametrize("path", DECISIONS, ids=lambda path: path.stem)
def test_decisions_have_their_form(path: Path) -> None:
    """A decision has a number of its own, a date, at most 40 lines, and three parts."""
    lines = path.read_text("utf-8").splitlines()
    number = path.name.partition("-")[0]

    assert len(lines) <= 40
    assert re.fullmatch(r"\d{4}", number)
    assert [other.name.partition("-")[0] for other in DECISIONS].count(number) == 1
    assert lines[0].startswith(f"# {number} ")
    assert re.fullmatch(r"\d{4}-\d\d", lines[2])
    assert [line for line in lines if line.startswith("## ")] == [
        "## Context",
        "## Decision",
        "## Consequence",
    ]


def test_changelog_knows_the_version() -> None:
    """The newest entry of the changelog is of the program's version."""
    text = (ROOT / "CHANGELOG.md").read_text("utf-8")
    newest = re.search(r"^## \[([^\]]+)\]", text, re.MULTILINE)

    assert newest is not None
    assert newest[1] == __version__
