"""Hostile files: what is served with --data and what is built from; an error with its place."""

import gzip
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from parkgraph.errors import ParkgraphError
from parkgraph.query.checked import MAX_ELEMENTS
from parkgraph.query.load import load_files
from parkgraph.rdf import parse_located
from parkgraph.yamlfile import parse_yaml
from tests.conftest import free_port
from tests.test_bombs import Listener, listener

__all__ = ["listener"]

RDF = 'xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:e="http://e/"'


def xml(subset: str, inside: str) -> bytes:
    return f"<!DOCTYPE r [{subset}]><rdf:RDF {RDF}>{inside}</rdf:RDF>".encode()


def text(value: str) -> str:
    return f'<rdf:Description rdf:about="http://e/a"><e:p>{value}</e:p></rdf:Description>'


LAUGHS = '<!ENTITY l0 "lol">' + "".join(f'<!ENTITY l{n + 1} "{f"&l{n};" * 10}">' for n in range(9))
QUADRATIC = f'<!ENTITY big "{"x" * 100_000}">'
DEEP = "<rdf:Description><e:p>"
BLANKS = b"#" + b" " * 10**6 + b"\n"
PREFIX = b"<http://e/a> <http://e/p> "


def packed(*pieces: tuple[bytes, int]) -> bytes:
    """Pieces, each so many times, as a member of gzip each."""
    return b"".join(gzip.compress(piece * times, 1) for piece, times in pieces)


#: Name of a file, its content, and what the finding says.
REFUSED: dict[str, tuple[str, Callable[[], bytes], str]] = {
    "a billion laughs": ("a.rdf", lambda: xml(LAUGHS, text("&l9;")), "PG301 .*amplification"),
    "an entity, very often": (
        "a.rdf",
        lambda: xml(QUADRATIC, text("&big;" * 5000)),
        "PG301 .*amplification",
    ),
    "an entity of a file": (
        "a.rdf",
        lambda: xml('<!ENTITY x SYSTEM "file:///etc/passwd">', text("&x;")),
        "PG301",
    ),
    "an entity in itself": ("a.rdf", lambda: xml('<!ENTITY x "&x;">', text("&x;")), "PG301"),
    "deep XML": (
        "a.rdf",
        lambda: xml("", DEEP * 100_000 + "</e:p></rdf:Description>" * 100_000),
        f"PG301 .*more than {MAX_ELEMENTS:,} elements",
    ),
    "XML that is none": ("a.rdf", lambda: xml("", "<a></b>"), r"a\.rdf:1:\d+: PG301"),
    "deep arrays": ("a.jsonld", lambda: b"[" * 10**6 + b"]" * 10**6, "PG301 .*more than 250"),
    "deep objects": (
        "a.jsonld",
        lambda: b'{"http://e/p":' * 10_000 + b"1" + b"}" * 10_000,
        "PG301 .*more than 250",
    ),
    "deep objects behind a string": (
        "a.jsonld",
        lambda: rb'{"\\": "}}]]\"}}", "http://e/p":' * 300 + b"1" + b"}" * 300,
        "PG301 .*more than 250",
    ),
    "JSON-LD cut off": ("a.jsonld", lambda: b'{"a":' * 1000, "PG301"),
    "a literal of 20 MB": (
        "a.ttl",
        lambda: PREFIX + b'"' + b"x" * 20_000_000 + b'" .',
        "PG600 .*16 MiB",
    ),
    "a literal of 100 MB, packed": (
        "a.ttl.gz",
        lambda: packed((PREFIX + b'"', 1), (b"x" * 10**6, 100), (b'" .', 1)),
        "PG600 .*16 MiB",
    ),
    "gzip that is none": ("a.nt.gz", lambda: b"\x1f\x8b nonsense", "PG600"),
    "gzip cut off": ("a.nt.gz", lambda: packed((PREFIX + b"<b> .\n", 1000))[:-9], "PG600|PG301"),
    "no UTF-8": ("a.ttl", lambda: PREFIX + b'"\xff\xfe" .', "PG301"),
    "NUL bytes": ("a.ttl", lambda: bytes(1_000_000), "PG301"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_files_that_are_refused(tmp_path: Path, name: str):
    """What would take all memory or time is refused, with the file and what is wrong."""
    called, content, finding = REFUSED[name]
    path = tmp_path / called
    path.write_bytes(content())
    began, memory = time.monotonic(), _memory()

    with pytest.raises(ParkgraphError, match=finding) as caught:
        load_files((str(path),))
    assert str(path) in str(caught.value)
    assert time.monotonic() - began < 60
    assert _memory() - memory < 600_000


def _memory() -> int:
    """The most that this process has held, in kB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


#: What looks bad and is not: name of a file, its content, and how many quads it has.
TAKEN: dict[str, tuple[str, Callable[[], bytes], int]] = {
    "a prefix by an entity": (
        "a.rdf",
        lambda: xml('<!ENTITY e "http://e/">', text("&e;x &amp; &#65;")),
        1,
    ),
    "objects, deep enough": (
        "a.jsonld",
        lambda: b'{"http://e/p": ["{[\\\\", "\\"[[{{", ' * 120 + b"1" + b"]}" * 120,
        360,
    ),
    "a deep list": ("a.ttl", lambda: PREFIX + b"(" * 20_000 + b"1" + b")" * 20_000 + b" .", 40_001),
    "deep blank nodes": (
        "a.ttl",
        lambda: PREFIX + b"[ <http://e/p> " * 20_000 + b"1" + b"]" * 20_000 + b" .",
        20_001,
    ),
    "200 MB of blanks, packed": (
        "a.nt.gz",
        lambda: packed(*[(BLANKS, 50)] * 4, (PREFIX + b"<http://e/b> .\n", 1)),
        1,
    ),
}


@pytest.mark.parametrize("name", TAKEN)
def test_files_that_are_read(tmp_path: Path, name: str):
    """What can be read is read, in memory that goes by what it says."""
    called, content, quads = TAKEN[name]
    path = tmp_path / called
    path.write_bytes(content())
    memory = _memory()

    assert len(load_files((str(path),))) == quads
    assert _memory() - memory < 300_000


#: Files that name what is elsewhere.
REMOTE = {
    "a context": ("a.jsonld", '{{"@context": "{0}", "@id": "http://e/a", "n": 1}}'),
    "a context among others": ("a.jsonld", '{{"@context": [{{}}, "{0}"], "n": 1}}'),
    "a context within": ("a.jsonld", '{{"http://e/p": {{"@context": "{0}", "n": 1}}}}'),
    "an imported context": (
        "a.jsonld",
        '{{"@context": {{"@version": 1.1, "@import": "{0}"}}, "n": 1}}',
    ),
    "a document type": ("a.rdf", f'<!DOCTYPE r SYSTEM "{{0}}"><rdf:RDF {RDF}/>'),
    "an external entity": (
        "a.rdf",
        f'<!DOCTYPE r [<!ENTITY x SYSTEM "{{0}}">]><rdf:RDF {RDF}>{text("&x;")}</rdf:RDF>',
    ),
    "a parameter entity": (
        "a.rdf",
        f'<!DOCTYPE r [<!ENTITY % x SYSTEM "{{0}}"> %x;]><rdf:RDF {RDF}/>',
    ),
    "owl:imports": ("a.ttl", "<> <http://www.w3.org/2002/07/owl#imports> <{0}> ."),
}


@pytest.mark.parametrize("name", REMOTE)
def test_nothing_is_fetched(tmp_path: Path, listener: Listener, name: str):
    """Contexts, document types and entities of elsewhere are errors or ignored, never fetched."""
    called, content = REMOTE[name]
    path = tmp_path / called
    path.write_text(content.format(f"http://127.0.0.1:{listener.port}/x"), "utf-8")
    with suppress(ParkgraphError):
        load_files((str(path),))

    assert not listener.reached()


#: What ends the parser itself: it goes too deep for its stack.
FATAL = PREFIX + b"<<( <a:a> <a:b> " * 200_000 + b"1" + b")>>" * 200_000 + b" ."


def test_a_parser_that_dies(tmp_path: Path):
    """Where the parser cannot be held back its process ends alone, and the server says so."""
    path = tmp_path / "a.ttl"
    path.write_bytes(FATAL)
    command = [sys.executable, "-m", "parkgraph", "serve", "--data", str(path)]
    done = subprocess.run(
        [*command, "--port", str(free_port())],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )

    assert done.returncode == 2
    assert "PG615" in done.stderr
    assert "nested too deeply" in done.stderr


def test_memory_that_is_not_there(tmp_path: Path):
    """A graph that does not fit into memory ends with words, not with the machine."""
    path = tmp_path / "many.nt"
    path.write_bytes(b"".join(b'<a:%d> <a:p> "%d" .\n' % (n, n) for n in range(400_000)))
    command = [sys.executable, "-m", "parkgraph", "serve", "--data", str(path)]
    done = subprocess.run(
        [*command, "--port", str(free_port())],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_DATA, (10**8, 10**8)),
    )

    assert done.returncode == 2
    assert "too little memory" in done.stderr


def test_turtle_of_a_publication():
    """A file of a publication is read in the build's own process: nothing in it may end that."""
    huge = PREFIX + b'"' + b"x" * 20_000_000 + b'" .'
    long = PREFIX + b'"' + b"x" * 100_000 + b'" .'

    assert [found.line for found in parse_located(long + b"\n" + long, "data/a.ttl")] == [1, 2]
    for data in (FATAL, huge):
        with pytest.raises(ParkgraphError, match="PG301"):
            list(parse_located(data, "data/a.ttl"))


YAML = {
    "deep lists": b"[" * 900_000,
    "deep mappings": b"{" * 900_000,
    "deep blocks": b"- " * 450_000,
    "keys in keys": b"? " * 450_000,
    "mappings in a line": b"a: " * 300_000,
    "very many values": b"- 1\n" * 200_000,
    "aliases of aliases": b"a: &a [x]\nb: &b [" + b"*a," * 9 + b"]\nc: [" + b"*b," * 9 + b"]\n",
    "an alias of itself": b"a: &a [*a]\n",
    "a tag that makes objects": b"!!python/object/apply:os.system ['true']\n",
    "a merge": b"a: &a {b: 1}\nc: {<<: *a}\n",
    "over a megabyte": b"a: " + b"x" * 1_000_001,
    "no UTF-8": b"a: \xff\xfe\n",
    "anchors alone": b"".join(b"- &a%d x\n" % n for n in range(60_000)),
    "an endless quote": b'a: "' + b"x" * 900_000,
    "comments alone, then a tab": b"#\n" * 400_000 + b"\ta",
}


@pytest.mark.parametrize("name", YAML)
def test_yaml(name: str):
    """YAML that is deep, long or clever is refused soon, with its place."""
    began = time.monotonic()

    with pytest.raises(ParkgraphError, match=r"a\.yaml.*PG11[0-3]"):
        parse_yaml(YAML[name], "a.yaml")
    assert time.monotonic() - began < 20
