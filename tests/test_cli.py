"""The command line: what goes to stdout, what to stderr, and the exit codes."""

import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from parkgraph.cli import main, serve
from parkgraph.release import Release
from parkgraph.web.server import settled
from tests.conftest import ROOT, Server, free_port, serving


def run(*arguments: str, stdin: str = "", **env: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "parkgraph", *arguments]
    return subprocess.run(
        command, input=stdin, capture_output=True, text=True, check=False, env={**os.environ, **env}
    )


def called(*arguments: str) -> subprocess.CompletedProcess[str]:
    """The same in this process, which spares the start of one: 1 s each."""
    done = CliRunner().invoke(main, arguments, prog_name="parkgraph")
    return subprocess.CompletedProcess(arguments, done.exit_code, done.stdout, done.stderr)


@pytest.fixture
def root(release: Release) -> str:
    return str(release.folder.parent)


def test_check_of_the_clean_profile():
    """The clean profile has no Violation and no Warning, only Infos: three fields, no website."""
    done = called("check", str(ROOT), "--format", "json")
    findings = json.loads(done.stdout)

    assert done.returncode == 0
    assert findings["blocking"] is False
    assert [(f["severity"], f["code"]) for f in findings["findings"]] == [
        ("Info", "PG405"),
        ("Info", "PG420"),
        ("Info", "PG420"),
        ("Info", "PG420"),
    ]
    assert {f["where"] for f in findings["findings"] if f["code"] == "PG420"} == {
        "data/profiles/iasp-6112.txt:3:1",
        "data/profiles/iasp-6112.txt:18:3",
        "data/profiles/iasp-6112.txt:24:3",
    }


@pytest.fixture
def spoiled(publication: Path, edit: Callable[[str, str, str], None]) -> Path:
    """A publication with an unknown unit at line 117 or so of its reading."""
    edit("data/profiles/iasp-6112.yaml", "unit: M2", "unit: M3")
    return publication


def place_of_unit(folder: Path) -> str:
    text = (folder / "data/profiles/iasp-6112.yaml").read_text("utf-8")
    start = text.index("M3")
    line, column = text.count("\n", 0, start) + 1, start - text.rfind("\n", 0, start)
    return f"data/profiles/iasp-6112.yaml:{line}:{column}"


def test_check_as_text(spoiled: Path):
    """``where: CODE what`` with the help below; exit 1."""
    done = run("check", str(spoiled))

    assert done.returncode == 1
    assert f"{place_of_unit(spoiled)}: PG216 unknown unit 'M3'" in done.stdout
    assert "help: did you mean 'M2'?" in done.stdout


def test_check_as_github(spoiled: Path):
    """A workflow command that a forge shows at its line."""
    done = called("check", str(spoiled), "--format", "github")
    file, line, column = place_of_unit(spoiled).split(":")

    assert f"::error file={file},line={line},col={column},title=PG216::unknown unit" in done.stdout
    assert "::notice " in done.stdout


def test_check_as_sarif(spoiled: Path):
    """A SARIF log whose results have a rule, a level and a region."""
    log = json.loads(called("check", str(spoiled), "--format", "sarif").stdout)
    results = log["runs"][0]["results"]
    found = next(r for r in results if r["ruleId"] == "PG216")
    region = found["locations"][0]["physicalLocation"]["region"]

    assert (log["version"], found["level"]) == ("2.1.0", "error")
    assert region["startLine"] == int(place_of_unit(spoiled).split(":")[1])
    assert {r["ruleId"] for r in results} == {
        r["id"] for r in log["runs"][0]["tool"]["driver"]["rules"]
    }


def test_build_stops_at_a_violation(spoiled: Path):
    """A Violation stops the build: exit 1, nothing written."""
    done = called("build", str(spoiled))

    assert (done.returncode, done.stdout) == (1, "")
    assert "PG216" in done.stderr
    assert not (spoiled / "releases").exists()


def test_build_prints_the_folder(publication: Path):
    """Stdout is the release's folder alone; the second time nothing is written."""
    first, second = run("build", str(publication)), run("build", str(publication))

    assert first.returncode == second.returncode == 0
    assert first.stdout == second.stdout
    assert Path(first.stdout.strip()).is_dir()
    assert ("written" in first.stderr, "unchanged" in second.stderr) == (True, True)


def test_verify(root: str, release: Release, tmp_path: Path):
    """A whole release verifies and prints its digests; a flipped byte is named, exit 1."""
    done = run("verify", "--releases", root)
    assert done.returncode == 0
    assert release.manifest.dataset in done.stdout

    copy = tmp_path / "releases"
    shutil.copytree(root, copy)
    path = copy / release.folder.name / "parkgraph.jsonld"
    data = bytearray(path.read_bytes())
    data[1000] ^= 1
    path.write_bytes(data)
    spoiled = run("verify", "--releases", str(copy))
    assert spoiled.returncode == 1
    assert f"{path}: PG504" in spoiled.stderr


def test_a_pointer_that_cannot_be_read(releases: Path):
    """A flipped bit, or a folder in its place, is said by what reads it; a build mends it."""
    pointer = releases / "current"
    good = pointer.read_bytes()
    for spoil in (lambda: pointer.write_bytes(bytes((good[0] ^ 128,)) + good[1:]), pointer.mkdir):
        pointer.unlink()
        spoil()
        for words in (["verify"], ["explain", "/id/park/iasp-6112"], ["query", "ASK {}"]):
            done = run(*words, "--releases", str(releases))
            assert (done.returncode, "PG501" in done.stderr) == (1, True), done.stderr
        assert run("build", str(ROOT), "--releases", str(releases)).returncode == 0
        assert pointer.read_bytes() == good


def test_verify_a_server(server: Server):
    """A running server's downloads are proved from afar; nobody there is an error."""
    assert run("verify", server.url).returncode == 0

    nobody = run("verify", "http://127.0.0.1:9")
    assert (nobody.returncode, "PG510" in nobody.stderr) == (1, True)


def test_explain(root: str):
    """Each triple comes with its words and their place; the place is that of the text."""
    done = run("explain", "/id/park/iasp-6112", "--releases", root)

    assert done.returncode == 0
    assert "park:operator  https://w3id.org/parkgraph/id/organization/tus-holdings" in done.stdout
    assert "«As the builder and operator of TusPark, Tus-Holdings Co., Ltd.»" in done.stdout
    assert "source/iasp-6112/8d0d83c6.txt:12:1  T21-2, checkable" in done.stdout
    assert "structural" in done.stdout


EXPLAINED = [
    ("https://w3id.org/parkgraph/id/park/iasp-6112", "park:hasFigure"),
    ("doc/organization/tsinghua-university", "reviewed alignment"),
    ("organization/iasp", "the record of"),
    ("/document/iasp-6112#claim-T09", "over 1,500"),
    ("/document/iasp-6112#claim-T21-1", "park:builder"),
    ("park:Park", "rdfs:label"),
]


@pytest.mark.parametrize(("name", "words"), EXPLAINED, ids=[e[0] for e in EXPLAINED])
def test_explain_takes_any_name(root: str, name: str, words: str):
    """A thing may be named by its IRI, its local path or a prefixed name."""
    assert words in called("explain", name, "--releases", root).stdout


def test_explain_of_nothing(root: str):
    """What is not known is said."""
    done = called("explain", "/id/park/none", "--releases", root)

    assert (done.returncode, "PG511" in done.stderr) == (1, True)


QUERY = """
PREFIX park: <https://w3id.org/parkgraph/def#> PREFIX schema: <https://schema.org/>
SELECT ?n ?written { ?f park:verbatimValue ?written ; schema:value ?n } ORDER BY ?n"""


def test_query_as_a_table(root: str):
    """The answer is a table with aligned columns."""
    assert run("query", QUERY, "--releases", root).stdout.splitlines() == [
        "n       written",
        "------  ------------",
        "20      twenty years",
        "1000    1,000",
        "1500    1,500",
        "770000  770,000㎡",
    ]


def test_query_in_formats(root: str):
    """JSON, CSV and Turtle go to stdout; «-» reads the question from stdin."""
    found = run("query", "-", "--releases", root, "--format", "json", stdin=QUERY)
    rows = run("query", ".", QUERY, "--releases", root, "--format", "csv")
    graph = run("query", "DESCRIBE <https://w3id.org/parkgraph/id/place/china>", "--releases", root)

    assert len(json.loads(found.stdout)["results"]["bindings"]) == 4
    assert rows.stdout.splitlines()[1] == "20,twenty years"
    assert "@prefix" in graph.stdout


def test_query_that_does_not_parse(root: str):
    """The place of the mistake and a caret; exit 1."""
    done = run("query", "SELECT * {", "--releases", root)

    assert (done.returncode, done.stdout) == (1, "")
    assert "query:1:11: PG601" in done.stderr


def test_init_makes_a_publication_that_builds(tmp_path: Path):
    """What init writes builds as it is, with a warning for the local base alone."""
    folder = tmp_path / "mine"
    assert run("init", str(folder)).returncode == 0
    done = called("check", str(folder), "--format", "json")
    severities = {f["severity"] for f in json.loads(done.stdout)["findings"]}

    assert done.returncode == 0
    assert severities <= {"Warning", "Info"}
    assert [
        f["code"] for f in json.loads(done.stdout)["findings"] if f["severity"] == "Warning"
    ] == ["PG127"]
    assert run("build", str(folder)).returncode == 0
    assert "Example Park Ltd" in called("explain", str(folder), "/id/park/example-1").stdout


def test_init_with_a_base(tmp_path: Path):
    """With a base of one's own there is no warning, and the IRIs begin with it."""
    folder = tmp_path / "mine"
    assert run("init", str(folder), "--base", "https://data.example.org/").returncode == 0

    assert called("check", str(folder), "--format", "json").stdout.count("PG127") == 0
    assert "https://data.example.org/dataset" in (folder / "data/dataset.ttl").read_text()


USAGE = [
    ("an empty folder", ["check", "{empty}"], 2, "PG120"),
    ("a folder that is not there", ["check", "{empty}/none"], 2, "does not exist"),
    ("init into a full folder", ["init", "{full}"], 2, "PG130"),
    ("init with a base that is no address", ["init", "{empty}/x", "--base", "parks"], 2, "PG126"),
    ("init with a space in the base", ["init", "{empty}/x", "--base", "http://a b/"], 2, "PG126"),
    ("init with a base that is no IRI", ["init", "{empty}/x", "--base", "http://[/"], 2, "PG126"),
    ("init where nobody may write", ["init", "/proc/none"], 1, "PG131"),
    ("verify without a release", ["verify", "{empty}"], 1, "PG501"),
    ("three words for a query", ["query", "a", "b", "c"], 2, "takes a folder"),
    ("a public address without a scheme", ["serve", "--public-url", "e.org"], 2, "scheme, host"),
    ("one with a path", ["serve", "--public-url", "https://e.org/lod"], 2, "below a path"),
    ("one with a query", ["serve", "--public-url", "https://e.org/?a"], 2, "scheme, host"),
    ("no end of seconds", ["serve", "--query-seconds", "inf"], 2, "no finite number"),
    ("a rate that is none", ["serve", "--client-rate", "nan"], 2, "no finite number"),
    ("seconds that are none", ["serve", "--stop-seconds", "nan"], 2, "no finite number"),
    ("an unknown command", ["biuld"], 2, "No such command"),
]


@pytest.mark.parametrize(("law", "arguments", "status", "words"), USAGE, ids=[u[0] for u in USAGE])
def test_wrong_calls(tmp_path: Path, law: str, arguments: list[str], status: int, words: str):
    """A call that cannot work says why, on stderr, and leaves nothing behind."""
    (tmp_path / "full").mkdir()
    (tmp_path / "full/x").touch()
    (tmp_path / "empty").mkdir()
    places = {"empty": str(tmp_path / "empty"), "full": str(tmp_path / "full")}
    done = called(*(argument.format(**places) for argument in arguments))

    assert (done.returncode, words in done.stderr) == (status, True), done.stderr
    assert list((tmp_path / "empty").iterdir()) == []


def test_a_base_in_a_file_is_a_finding(publication: Path, edit: Callable[[str, str, str], None]):
    """What a file says wrong is no wrong call: exit code 1, of check, build and serve."""
    edit("data/dataset.ttl", '"https://w3id.org/parkgraph/"', '"https://w3id.org/<>/"')
    for command in (["check"], ["build"], ["serve", "--port", str(free_port())]):
        done = run(*command, str(publication))

        assert (done.returncode, "PG126" in done.stdout + done.stderr) == (1, True), command


def test_port_in_use(root: str):
    """A port that is taken is said before anything is started."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = str(taken.getsockname()[1])
        done = run("serve", str(ROOT), "--releases", root, "--port", port)

    assert (done.returncode, "PG512" in done.stderr) == (1, True)


@pytest.mark.unmeasured  # what is measured could not be written down either
def test_no_temporary_folder(root: str):
    """Where no temporary file can be written, that is said before anything is started."""
    words = [sys.executable, "-m", "parkgraph", "serve", str(ROOT), "--releases", root]
    command = ["sh", "-c", 'ulimit -f 0; exec "$@"', "sh", *words, "--port", str(free_port())]
    done = subprocess.run(command, capture_output=True, text=True, check=False)

    assert (done.returncode, "PG517" in done.stderr) == (1, True), done.stderr
    assert "Traceback" not in done.stderr


HOSTS = [
    ("0:0:0:0:0:0:0:1", "http://[0:0:0:0:0:0:0:1]:8000/"),
    ("fe80::1%eth0", "http://[fe80::1]:8000/"),
    ("::", "http://localhost:8000/"),
    ("192.0.2.7", "http://192.0.2.7:8000/"),
]


@pytest.mark.parametrize(("host", "url"), HOSTS)
def test_the_address_of_a_host(host: str, url: str):
    """Where nobody says how clients reach the server, it is an address that they can use."""
    context = serve.make_context("serve", ["--host", host])
    binding, _ = settled(context.params)

    assert binding.public_url == url


def test_settings_from_the_environment(root: str, release: Release):
    """Options can be set by PARKGRAPH_* variables too."""
    done = run("verify", PARKGRAPH_RELEASES=root)

    assert release.manifest.dataset in done.stdout


#: Takes from root what lets it read whatever it wants.
ANYBODY = ("setpriv", "--bounding-set", "-dac_override,-dac_read_search", "--inh-caps", "-all")


def as_anybody(*arguments: str) -> subprocess.CompletedProcess[str]:
    """A command whose user may read only what the rights of the files say."""
    command = (*(ANYBODY if os.geteuid() == 0 else ()), sys.executable, "-m", "parkgraph")
    try:
        subprocess.run([*command, "--version"], check=True, capture_output=True)
    except (OSError, subprocess.CalledProcessError):
        pytest.skip("this system lets nobody give up a right")
    return subprocess.run([*command, *arguments], check=False, capture_output=True, text=True)


UNREADABLE = ["data", "data/dataset.ttl", "data/alignments", "data/profiles", "shapes"]


@pytest.mark.parametrize("name", UNREADABLE)
def test_what_cannot_be_read_is_not_left_out(publication: Path, name: str):
    """A folder or a file that the user may not read is a finding, and nothing is built."""
    path = publication / name
    mode = path.stat().st_mode
    path.chmod(0o311 if name == "data" else 0)
    try:
        done = as_anybody("build", str(publication))
    finally:
        path.chmod(mode)

    assert f"{name}: PG123 cannot be read: Permission denied" in done.stderr
    assert (done.returncode, done.stdout) == (1, "")
    assert not (publication / "releases").exists()


def test_a_source_that_cannot_be_read_leaves_the_old_release(publication: Path):
    """What was released before is served, whatever the system refuses to read now."""
    assert called("build", str(publication)).returncode == 0
    (publication / "data/concepts/extra.ttl").mkdir()  # reading it is refused to any user
    with serving(str(publication)) as running:
        assert running.ask("/doc/park/iasp-6112").status == 200


PRINTING = [
    ["--help"],
    ["check", "{0}"],
    ["build", "{0}"],
    ["verify", "{0}"],
    ["query", "{0}", "ASK {{}}"],
]


@pytest.mark.parametrize("arguments", PRINTING, ids=[p[0] for p in PRINTING])
def test_output_that_is_refused(arguments: list[str], root: str):
    """What cannot be printed is said in one line, and is no success."""
    words = [argument.format(ROOT) for argument in arguments]
    command = [sys.executable, "-m", "parkgraph", *words]
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            command,
            check=False,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, "PARKGRAPH_RELEASES": root},
        )

    assert done.returncode == 1
    assert done.stderr.splitlines()[-1] == (
        "standard output: PG515 cannot be written: No space left on device"
    )
    assert "Traceback" not in done.stderr


def limited(size: int, *arguments: str) -> subprocess.CompletedProcess[str]:
    """A command that may write no file of more than ``size`` bytes."""
    return subprocess.run(
        ["prlimit", f"--fsize={size}", sys.executable, "-m", "parkgraph", *arguments],
        check=False,
        capture_output=True,
        text=True,
    )


def test_init_that_ends_half_way(tmp_path: Path):
    """What could not be written as a whole is not there, and no file of the program is named."""
    (tmp_path / "old").mkdir()
    for folder in (tmp_path / "new/deep", tmp_path / "old"):
        done = limited(4096, "init", str(folder))

        assert (done.returncode, f"{folder}: PG131" in done.stderr) == (1, True), done.stderr
    assert [path.name for path in tmp_path.rglob("*")] == ["old"]


def test_build_whose_index_is_refused(tmp_path: Path):
    """SQLite's own word for a refusal is a finding too, and nothing half-written stays."""
    done = limited(1_700_000, "build", str(ROOT), "--releases", str(tmp_path))

    assert (done.returncode, "PG509" in done.stderr) == (1, True), done.stderr
    assert [path.name for path in tmp_path.iterdir()] == [".lock"]
