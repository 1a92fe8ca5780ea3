"""What docs/data-mode.md says of any RDF that is served as it is."""

import gzip
import json
import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest
from pyoxigraph import Literal, NamedNode

from parkgraph.errors import ParkgraphError
from parkgraph.query.convert import PART
from parkgraph.query.load import load_files
from tests.conftest import ROOT, Server, eventually, serving
from tests.test_faults import web_processes
from tests.test_front import asking
from tests.test_pages import Page

RDF_XML = (
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:u="urn:">'
    '<rdf:Description rdf:about="urn:a"><u:p>1</u:p></rdf:Description></rdf:RDF>'
)
XSD = "http://www.w3.org/2001/XMLSchema#"
ROW = re.compile(r'^\| `(".*?)` \| `(".*?)` \|', re.MULTILINE)
LITERALS = [
    tuple(re.sub(r"xsd:(\w+)", rf"<{XSD}\1>", term) for term in pair)
    for pair in ROW.findall((ROOT / "docs" / "data-mode.md").read_text("utf-8"))
]


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of two files: the literals of the page, and graphs with blank nodes."""
    folder: Path = tmp_path_factory.mktemp("data")
    lines = [f"<urn:s{n}> <urn:p> {literal} .\n" for n, (literal, _) in enumerate(LITERALS)]
    (folder / "literals.nt").write_text("".join(lines), "utf-8")
    (folder / "a graph.trig").write_text(
        "<#here> <urn:in> _:a . <urn:g> { _:a <urn:q> 1 } <urn:h> { _:a <urn:q> 1 . <x> a <y> }",
        "utf-8",
    )
    (folder / "odd.nt").write_text('<http://d.example/id/x> <http://e.example/1> "v" .', "utf-8")
    files = [str(folder / name) for name in ("literals.nt", "a graph.trig", "odd.nt")]
    with serving("--data", *files, "--base", "http://d.example/") as server:
        yield server


FILES = {
    "vocabulary.owl": RDF_XML,
    "more.rdfs": RDF_XML,
    "plain.xml": RDF_XML,
    "notation.n3": "<urn:a> <urn:p> '1' .",
    "UPPER.TTL": "<urn:a> <urn:p> '1' .",
    "tree.json": '{"@id": "urn:a", "urn:p": "1"}',
    "mark.ttl": "\ufeff<urn:a> <urn:p> '1' .",
    "mark.jsonld": '\ufeff{"@id": "urn:a", "urn:p": "1"}',
    "lines.nquads": '<urn:a> <urn:p> "1" .',
}


def test_iris_that_end_like_a_form(tmp_path: Path):
    """Each has its own description, whatever it ends in (docs/data-mode.md)."""
    base = "http://d.example/"
    names = ("rep", "rep.rdf", "rep.csv", "alone.ttl", "id/c", "id/c.ttl", "docs")
    triples = "".join(f'<{base}{name}> <urn:p> "{name}" .\n' for name in names)
    (tmp_path / "d.nt").write_text(triples)
    with serving("--data", str(tmp_path / "d.nt"), "--base", base) as server:
        for name in names:
            led = server.ask(f"/{name}")
            got = server.ask(led.headers["Location"], Accept="application/n-triples")
            assert (led.status, got.status) == (303, 200)
            assert got.body.decode() == f'<{base}{name}> <urn:p> "{name}" .\n'
        form = server.ask("/doc/rep.rdf")

    assert form.headers["Content-Type"] == "application/rdf+xml"
    assert b">rep<" in form.body


ENCODED = [
    "C%2B%2B",
    "C++",
    "urn%3Aisbn%3A1",
    "x%26y",
    "%7Euser",
    "Z%c3%bcrich",
    "北京%20大学",
    "a%2Fb",
]


def test_iris_in_percent_encoding(tmp_path: Path):
    """Each is another IRI (RFC 3986 §6.2.2 is not applied), and answers at its own path."""
    base = "http://d.example/"
    triples = "".join(f'<{base}{name}> <urn:p> "{name}" .\n' for name in ENCODED)
    (tmp_path / "d.nt").write_text(triples, "utf-8")
    with serving("--data", str(tmp_path / "d.nt"), "--base", base) as server:
        for name in ENCODED:
            led = server.ask(quote(f"/{name}", safe="/%+"))
            got = server.ask(led.headers["Location"], Accept="application/n-triples")
            assert (name, led.status, got.status) == (name, 303, 200)
            assert got.body.decode() == f'<{base}{name}> <urn:p> "{name}" .\n'
        assert server.ask(quote("/北京 大学")).status == 303


def test_a_page_while_nobody_has_time(tmp_path: Path):
    """People are told so on a page, and of a mistake as ever; nobody is asked for names."""
    (tmp_path / "d.nt").write_text("".join(f"<urn:{n}> <urn:p> <urn:o> .\n" for n in range(500)))
    bomb = "SELECT (COUNT(*) AS ?n) {{ ?a ?b ?c . ?d ?e ?f . ?g ?h ?i . ?j ?k ?l }} # {}"
    options = ["--query-workers", "1", "--query-queue", "1", "--client-queries", "9"]
    with (
        serving("--data", str(tmp_path / "d.nt"), *options) as server,
        ThreadPoolExecutor() as pool,
    ):
        busy = [pool.submit(server.ask, asking(bomb.format(n), timeout="4")) for n in range(3)]
        while sum(done.running() for done in busy) < 2:
            time.sleep(0.01)
        time.sleep(0.5)
        refused = server.ask(asking("ASK {}"), Accept="text/html")
        mistaken = server.ask(asking("DROP ALL"), Accept="text/html")
        form = server.ask("/sparql", Accept="text/html")
        assert {done.result().status for done in busy} == {503}

    assert (refused.status, refused.headers["Retry-After"]) == (503, "1")
    assert b"PG614" in refused.body
    assert (mistaken.status, form.status) == (400, 200)
    assert all(got.headers.get_content_type() == "text/html" for got in (refused, mistaken, form))


def test_what_is_no_graph(data: Server):
    """A name of a graph that is none is told of, and not the query."""
    got = data.ask(f"{asking('ASK {}')}&default-graph-uri=g")

    assert got.status == 400
    assert "'g' is not the name of a graph" in json.loads(got.body)["detail"]


@pytest.mark.parametrize("name", FILES)
def test_endings_and_byte_order_marks(tmp_path: Path, name: str):
    """A file is read by any ending that one syntax has, packed or not, with a mark or without."""
    (tmp_path / name).write_text(FILES[name], "utf-8")
    packed = tmp_path / f"{name}.gz"
    packed.write_bytes(gzip.compress(FILES[name].encode()))

    assert len(load_files((str(tmp_path / name), str(packed)))) == 1


FAULTS = [
    (
        "far.jsonld",
        '{"@context": "http://127.0.0.1:9/", "@id": "urn:a"}',
        "PG301",
        "none is fetched",
    ),
    ("long.nt", f'<urn:a> <urn:p> "{"x" * 17_000_000}" .', "PG600", "16 MiB"),
    ("none.txt", "", "PG600", "known endings"),
]


@pytest.mark.parametrize(("name", "text", "code", "said"), FAULTS, ids=[f[0] for f in FAULTS])
def test_what_cannot_be_read(tmp_path: Path, name: str, text: str, code: str, said: str):
    """What no parser takes is a finding that says what to do."""
    (tmp_path / name).write_text(text)

    with pytest.raises(ParkgraphError, match=rf"{name}.*{code}(.|\n)*{said}"):
        load_files((str(tmp_path / name),))


def rows(server: Server, query: str, *graphs: str) -> list[dict[str, dict[str, str]]]:
    """The solutions of a query over some default graphs."""
    pairs = [("query", query), *(("default-graph-uri", graph) for graph in graphs)]
    answer = server.ask(f"/sparql?{urlencode(pairs)}")
    assert answer.status == 200, answer.body
    return json.loads(answer.body)["results"]["bindings"]


def test_literals_come_back_as_the_page_says(data: Server):
    """Each row of the table is what happens, in a query and in the document."""
    found = {row["s"]["value"]: row["o"] for row in rows(data, "SELECT * { ?s <urn:p> ?o }")}
    whole = data.ask("/data?default", Accept="application/n-triples").body.decode()

    assert len(LITERALS) > 15
    for number, (_, wanted) in enumerate(LITERALS):
        term = found[f"urn:s{number}"]
        datatype = NamedNode(term["datatype"]) if "datatype" in term else None
        assert str(Literal(term["value"], datatype=datatype, language=term.get("xml:lang"))) == (
            wanted.replace(f"^^<{XSD}string>", "")
        )
        assert f"<urn:s{number}> <urn:p> {wanted} ." in whole


def test_graphs_and_names(data: Server):
    """The default graph is no union; a triple in two graphs is found in each; names are local."""
    here = quote("a graph.trig")

    assert rows(data, "SELECT * { ?s <urn:q> ?o }") == []
    assert len(rows(data, "SELECT * { ?s <urn:q> ?o }", "urn:g", "urn:h")) == 2
    assert len(rows(data, "SELECT DISTINCT * { ?s <urn:q> ?o }", "urn:g", "urn:h")) == 1
    assert len(rows(data, f"SELECT * {{ <file:///{here}#here> ?p ?o }}")) == 1
    assert len(rows(data, "SELECT * { ?s <urn:in> ?b . GRAPH <urn:g> { ?b ?p ?o } }")) == 1


def test_downloads_that_cannot_be(tmp_path: Path):
    """What a syntax has no form for is 406 with the reason, and no file that VoID names."""
    file = tmp_path / "new.ttl"
    file.write_text("<urn:a> <urn:p> <<( <urn:s> <urn:p> <urn:o> )>> .")
    with serving("--data", str(file)) as server:
        refused = [server.ask("/download/data.jsonld") for _ in range(2)]
        dumps = re.findall(rb"/download/(data\.\w+)", server.ask("/", Accept="text/turtle").body)

        assert [(got.status, json.loads(got.body)["code"]) for got in refused] == [
            (406, "PG390")
        ] * 2
        assert dumps
        assert {server.ask(f"/download/{name.decode()}").status for name in dumps} == {200}


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file that takes a while to be written in another syntax."""
    file: Path = tmp_path_factory.mktemp("many") / "many.nt"
    with file.open("w") as lines:
        lines.writelines(f'<urn:s{n // 5}> <urn:p{n % 5}> "value {n}" .\n' for n in range(300_000))
    return file


def test_downloads_that_are_being_written(many: Path):
    """One at a time is written, whoever asks for more comes again; no thread waits long for it."""
    request = b"GET /download/data.rdf HTTP/1.1\r\nHost: x\r\n\r\n"
    with serving("--data", str(many)) as server, server.connect(request):
        assert eventually(lambda: writers(many) != [])
        refused = server.ask("/download/data.jsonld")
        still = writers(many) != []

        assert still
        assert (refused.status, refused.headers["Retry-After"]) == (503, "2")
        assert eventually(lambda: server.ask("/download/data.ttl").status == 200)


def test_nothing_writes_for_a_server_that_is_gone(many: Path):
    """What writes a download ends with the web process that wants it, however that ends."""
    request = b"GET /download/data.rdf HTTP/1.1\r\nHost: x\r\n\r\n"
    with serving("--data", str(many)) as server, server.connect(request):
        # One that only starts has yet to tell the kernel whom it ends with.
        assert eventually(lambda: any(map(writing, writers(many))))
        (web,) = web_processes(server)
        os.kill(web, signal.SIGKILL)

        assert eventually(lambda: writers(many) == [], 1)


def writing(pid: int) -> bool:
    """Whether a process has opened a file that is not whole yet."""
    with suppress(OSError):
        opened = [str(one.readlink()) for one in Path(f"/proc/{pid}/fd").iterdir()]
        return any(name.endswith(PART) for name in opened)
    return False


def writers(file: Path) -> list[int]:
    """The processes that write ``file`` in another syntax."""
    found = []
    for line in Path("/proc").glob("[0-9]*/cmdline"):
        with suppress(OSError):
            words = line.read_bytes().split(b"\0")
            if b"parkgraph.query.convert" in words and str(file).encode() in words:
                found.append(int(line.parent.name))
    return found


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to mount a small disk")
def test_no_room_for_a_download(many: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Where the temporary folder is full a download is 503, and nothing of it stays there."""
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(tmp_path)]
    if subprocess.run(mount, check=False, capture_output=True).returncode != 0:
        pytest.skip("this system lets nobody mount")
    try:
        monkeypatch.setenv("TMPDIR", str(tmp_path))
        with serving("--data", str(many)) as server:
            refused = [server.ask(f"/download/data.{syntax}") for syntax in ("nt", "rdf")]
            left = list(tmp_path.rglob("data.*"))
    finally:
        subprocess.run(["umount", str(tmp_path)], check=True)

    assert [(got.status, json.loads(got.body)["code"]) for got in refused] == [(503, "PG614")] * 2
    assert left == []


def test_what_a_format_cannot_say_is_refused_in_that_format(data: Server):
    """A property without a name in XML is 406 in RDF/XML, as a document and as a result."""
    query = urlencode({"query": "DESCRIBE <http://d.example/id/x>", "format": "rdf"})
    document, described = data.ask("/doc/x.rdf"), data.ask(f"/sparql?{query}")

    assert [(got.status, json.loads(got.body)["code"]) for got in (document, described)] == [
        (406, "PG391"),
        (406, "PG606"),
    ]
    assert data.ask("/doc/x.ttl").status == 200


def test_a_list_of_what_is_no_iri_is_not_found(data: Server):
    """A class that no IRI names has no list."""
    assert data.ask("/list?of=no%20iri").status == 404


ABSENT = ["/def", "/def.ttl", "/def/1.0.0", "/shapes", "/shapes.ttl", "/report", "/releases"]


@pytest.mark.parametrize("path", [*ABSENT, "/linkset/def", "/linkset/shapes", "/linkset/releases"])
def test_what_a_publication_alone_has(data: Server, path: str):
    """Files have no vocabulary, rules, report or releases of their own, and say so by 404."""
    taken = "application/linkset+json" if path.startswith("/linkset") else "*/*"
    assert data.ask(path, Accept=taken).status == 404


@pytest.mark.parametrize("path", ["/", "/sparql", "/search?q=x", "/doc?iri=urn:s0", "/search"])
def test_pages_lead_to_what_is_there(data: Server, path: str):
    """Every address here that a page of files names is answered; no release is named."""
    page = Page(data.ask(path, Accept="text/html").body.decode())
    local = {href for href in page.hrefs if href.startswith("/")}

    assert len(local) > 5
    for href in local:
        assert data.ask(href, Accept="text/html, */*;q=0.5").status < 400, href
    assert "Release " not in page.html


def test_the_front_page_of_files(data: Server):
    """It lists the files that there are, and says nothing of parks or of a release."""
    page = Page(data.ask("/", Accept="text/html").body.decode())
    thing = Page(data.ask("/doc?iri=urn:s0", Accept="text/html").body.decode())

    assert {f"/download/data.{ending}" for ending in ("ttl", "nt", "nq", "trig")} <= set(page.hrefs)
    assert not {"parks", "section-parks"} & set(page.ids)
    said = page.text() + thing.text("cite")
    assert [word for word in ("SHA256SUMS", "Three", "evidence", "release") if word in said] == []


def test_health_of_files(data: Server):
    """A server of files names no release."""
    assert data.ask("/health").body == data.ask("/ready").body == b"no release: data as it is\n"


def test_paths_that_a_publication_would_have(tmp_path: Path):
    """What begins with the base has its path, be it one that means something in a publication."""
    file = tmp_path / "own.nt"
    lines = ["<http://e.example/def#A> <urn:p> <http://e.example/shapes> ."]
    file.write_text("".join(f"{line}\n" for line in lines))
    with serving("--data", str(file), "--base", "http://e.example/") as server:
        vocabulary = server.ask("/def", Accept="application/n-triples")
        shapes = server.ask("/shapes")
        page = server.ask("/doc/shapes", Accept="text/html").body.decode()

    assert vocabulary.body.decode() == "".join(f"{line}\n" for line in lines)
    assert (shapes.status, shapes.headers["Location"]) == (303, "/doc/shapes")
    assert 'href="/def#A"' in page


PARTS = """
@base <http://e.example/> . @prefix foaf: <http://xmlns.com/foaf/0.1/> .
<card> <http://www.w3.org/2000/01/rdf-schema#label> "Card of Tim" .
<card#me> a foaf:Person ; foaf:name "Tim" ; foaf:age 60 .
<card#ann> foaf:name "Ann" ; foaf:age 20 .
<card#main> foaf:name "Main" . <card#section-more> foaf:name "More" .
"""


def test_fragments_are_things_of_their_own(tmp_path: Path):
    """What is said of a fragment stands under its name, where its address leads, in each form."""
    (tmp_path / "card.ttl").write_text(PARTS)
    with serving("--data", str(tmp_path / "card.ttl"), "--base", "http://e.example/") as server:
        page = Page(server.ask("/doc/card", Accept="text/html").body.decode())
        told = server.ask("/doc/card.md").body.decode()

    assert len(page.ids) == len(set(page.ids))
    assert {"me", "ann"} <= set(page.ids)
    by_name = dict(re.findall(r"^## (\w+)\n([^#]*)", told, re.MULTILINE))
    assert {"Tim", "Ann", "Main", "More"} <= set(by_name)
    assert "**foaf:age**: 60" in by_name["Tim"]
    assert "age**: 20" not in by_name["Tim"]


UNNAMED = """
@base <http://e.example/> . @prefix : <http://e.example/> .
<quay> :address [ :street "1 Quay Street" ; :geo [ :lat 3.5 ] ] ; :list ( "one" [ :name "two" ] ) .
<long> :next _:0 . <twice> :a _:t ; :b _:t . _:t :name "told once" .
<round> :p _:r . _:r :p _:s . _:s :p _:r ; :name "in a circle" .
<g> { <a> :knows [ :name "in a graph" ] }
"""


SAID = {
    "quay": ["1 Quay Street", "3.5", "one", "two"],
    "long": ["Statements about other things", "next"],
    "twice": ["told once"],
    "round": ["in a circle"],
    "g": ["in a graph"],
    "many": ["99", "and 1,900 more"],
    "used": ["400 more are in the other forms"],
}


def test_all_that_is_said_is_on_the_page(tmp_path: Path):
    """Blank nodes, lists, graphs and uses of a property stand on the page and in Markdown."""
    chain = "".join(f"_:{n} <http://e.example/next> _:{n + 1} .\n" for n in range(2000))
    used = "".join(f"<http://e.example/s{n}> <http://e.example/used> {n} .\n" for n in range(700))
    many = f"<http://e.example/many> <http://e.example/list> ( {' '.join(map(str, range(2000)))} )."
    (tmp_path / "data.trig").write_text(UNNAMED + chain + used + many)
    with serving("--data", str(tmp_path / "data.trig"), "--base", "http://e.example/") as server:
        for name, said in SAID.items():
            page = Page(server.ask(f"/doc/{name}", Accept="text/html").body.decode()).text()
            told = server.ask(f"/doc/{name}.md").body.decode().replace("\\", "")
            assert [words for words in said if words not in page or words not in told] == [], name
            assert page.count("told once") < 2


def test_what_has_a_fragment_is_listed_and_found(tmp_path: Path):
    """Lists and search know hash IRIs; what has no name is in the list of its class too."""
    (tmp_path / "zoo.ttl").write_text(
        "@base <http://e.example/> . @prefix rdfs: <http://www.w3.org/2000/01/rdf-schema#> ."
        '<ns#Animal> a rdfs:Class ; rdfs:label "Animal" .'
        "<leo> a <ns#Animal> . <#t> a <ns#Animal> ."
    )
    with serving("--data", str(tmp_path / "zoo.ttl"), "--base", "http://e.example/") as server:
        lists = [
            json.loads(server.ask(f"/list?of={name}&format=json").body)["entries"]
            for name in ("rdfs:Class", quote("http://e.example/ns#Animal"))
        ]
        found = json.loads(server.ask("/search?q=animal&format=json").body)["results"]

    assert [
        [entry["iri"].removeprefix("http://e.example/") for entry in some] for some in lists
    ] == [
        ["ns#Animal"],
        ["#t", "leo"],
    ]
    assert [result["iri"] for result in found] == ["http://e.example/ns#Animal"]


def test_a_list_counts_what_leads_to_each(tmp_path: Path):
    """Links are counted in all graphs, and a list can be sorted by them."""
    (tmp_path / "zoo.trig").write_text(
        "PREFIX e: <http://e.example/> e:leo a e:Animal ; e:eats e:kim . e:zed a e:Animal ."
        "e:kim a e:Animal . e:day { e:leo e:fears e:zed . e:kim e:fears e:zed }"
    )
    with serving("--data", str(tmp_path / "zoo.trig"), "--base", "http://e.example/") as server:
        listed = f"/list?of={quote('http://e.example/Animal')}&format=json"
        entries = json.loads(server.ask(f"{listed}&sort=links&order=desc").body)["entries"]

    assert [(entry["iri"][-3:], entry["links"]) for entry in entries] == [
        ("zed", 2),
        ("kim", 1),
        ("leo", 0),
    ]
