"""Downloads: packed files, tables, RDF 1.2, checksums; each proved, each flipped byte found."""

import csv
import gzip
import http.server
import io
import json
import shutil
import subprocess
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import pytest
import zstandard
from click.testing import CliRunner
from hypothesis import given
from hypothesis import strategies as st

from parkgraph.cli import main
from parkgraph.graphfile import graph_of
from parkgraph.packed import PACKED, pack, unpack
from parkgraph.patch import difference, read_patch, write_patch
from parkgraph.pipeline import check
from parkgraph.proof import verify_derived
from parkgraph.publish import publish
from parkgraph.rdf import (
    Literal,
    NamedNode,
    Quad,
    canonical_lines,
    digest,
    parse_bytes,
)
from parkgraph.reified import to_rdf11, to_rdf12
from parkgraph.release import CHANGES, Release, open_release
from parkgraph.tables import METADATA, write_tables
from parkgraph.vocab import term
from tests.conftest import ISSUED, Server, serving

LATER = datetime(2027, 1, 1, tzinfo=UTC)


def default_graph(release: Release) -> list[Quad]:
    return list(parse_bytes((release.folder / "parkgraph.nt").read_bytes(), "nt"))


def test_packed_files_hold_the_plain_ones(release: Release):
    """Every dump and table is there as .gz and .zst too, and unpacks to the same bytes."""
    files = {file.path: file for file in release.manifest.distributions}
    plain = [path for path in files if path.endswith((".csv", ".ttl", ".nq", ".nt", ".rdf"))]
    plain += ["parkgraph.trig", "parkgraph.jsonld"]

    assert len(plain) == 9
    for path in plain:
        data = (release.folder / path).read_bytes()
        assert gzip.decompress((release.folder / f"{path}.gz").read_bytes()) == data
        packed = (release.folder / f"{path}.zst").read_bytes()
        assert zstandard.ZstdDecompressor().decompress(packed) == data
        assert files[f"{path}.gz"].media_type == "application/gzip"
        assert files[f"{path}.zst"].media_type == "application/zstd"
        assert files[f"{path}.gz"].unpacked == path


@given(st.binary(max_size=3000), st.sampled_from(sorted(PACKED)))
def test_packing_is_undone(data: bytes, ending: str):
    """What is packed comes out again, the same each time, and never more than is allowed."""
    packed = pack(data, ending)

    assert pack(data, ending) == packed
    assert unpack(packed, ending, len(data)) == data
    for wrong in (packed + b"x", packed[:-1]):
        with pytest.raises(ValueError, match=r".+"):
            unpack(wrong, ending, len(data))
    if data:
        with pytest.raises(ValueError, match="more than"):
            unpack(packed, ending, len(data) - 1)


def test_a_bomb_does_not_go_off():
    """A small file that would unpack into a gigabyte is refused after the first bytes too many."""
    for ending in PACKED:
        bomb = pack(bytes(50_000_000), ending)
        with pytest.raises(ValueError, match="more than"):
            unpack(bomb, ending, 1000)


def test_checksums_by_coreutils(release: Release):
    """``sha256sum -c`` proves a release without this program."""
    done = subprocess.run(
        ["sha256sum", "--check", "--strict", "SHA256SUMS"],
        cwd=release.folder,
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout.count(": OK\n") == len(release.manifest.distributions) + 1


def test_rdf12_is_the_same_graph(release: Release):
    """Claims reify their triple; written out they are the default graph again."""
    quads = list(parse_bytes((release.folder / "parkgraph-rdf12.ttl").read_bytes(), "ttl"))
    claims = [q for q in quads if q.predicate == term("rdf:reifies")]

    assert len(claims) > 60
    assert digest(canonical_lines(to_rdf11(quads))) == release.manifest.default
    operator = [q for q in claims if q.object.predicate == term("park:operator")]
    evidence = {q.subject for q in quads if q.predicate == term("park:evidence")}
    assert {q.subject for q in operator} <= evidence
    assert not [q for q in quads if q.predicate == term("rdf:predicate")]


NODES = [NamedNode(f"urn:{name}") for name in "abc"]
PARTS = [term(f"rdf:{part}") for part in ("subject", "predicate", "object")]


@given(
    st.sets(
        st.builds(
            Quad,
            st.sampled_from(NODES),
            st.sampled_from([*NODES[:1], *PARTS]),
            st.one_of(st.sampled_from(NODES), st.just(Literal("x"))),
        ),
        max_size=14,
    )
)
def test_reification_and_back(quads: set[Quad]):
    """Whatever is half reified or twice stays as it is: nothing is lost on the way back."""
    assert set(to_rdf11(to_rdf12(quads))) == quads


def test_tables_mean_what_the_graph_says(release: Release):
    """The triples that the metadata makes of each table are those of the graph, all of them."""
    said = set(default_graph(release))
    described = json.loads((release.folder / METADATA).read_bytes())

    assert [table["url"] for table in described["tables"]] == ["parks.csv", "figures.csv"]
    for table in described["tables"]:
        text = (release.folder / table["url"]).read_bytes().decode()
        made = _triples(table["tableSchema"], text)
        rows = {quad.subject for quad in made}
        properties = {quad.predicate for quad in made} - {term("rdf:type")}
        assert made <= said
        assert {q for q in said if q.subject in rows and q.predicate in properties} <= made


def _triples(schema: dict, text: str) -> set[Quad]:
    """A table to RDF, as far as ours use it (Generating RDF from Tabular Data on the Web §4)."""
    reader = csv.DictReader(io.StringIO(text, newline=""))
    named = [column["name"] for column in schema["columns"] if "name" in column]
    assert reader.fieldnames == named
    made = set()
    for row in reader:
        subject = NamedNode(row[schema["aboutUrl"][2:-1]])
        for column in schema["columns"]:
            if column.get("virtual"):
                made.add(Quad(subject, term("rdf:type"), NamedNode(column["valueUrl"])))
            elif not column.get("suppressOutput") and row[column["name"]]:
                cell = row[column["name"]]
                cells = cell.split(column["separator"]) if "separator" in column else [cell]
                property_ = NamedNode(column["propertyUrl"])
                made |= {Quad(subject, property_, _value(column, value)) for value in cells}
    return made


def _value(column: dict, cell: str) -> NamedNode | Literal:
    if "valueUrl" in column:
        return NamedNode(cell)
    if "lang" in column:
        return Literal(cell, language=column["lang"])
    return Literal(cell, datatype=term(f"xsd:{column.get('datatype', 'string')}"))


def tables_of(quads: list[Quad], folder: Path) -> dict[str, bytes]:
    with graph_of(quads) as graph:
        write_tables(graph, folder)
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_tables_of_several_values_and_languages(tmp_path: Path):
    """No value is left out: languages have columns, several values one cell, apart by a sign."""
    park = NamedNode("urn:park")
    name = term("skos:prefLabel")
    quads = [
        Quad(park, term("rdf:type"), term("park:Park")),
        Quad(park, name, Literal("a|b", language="en")),
        Quad(park, name, Literal("c", language="en")),
        Quad(park, name, Literal("甲", language="zh-hant")),
        Quad(park, term("park:operator"), NamedNode("urn:x")),
        Quad(park, term("park:operator"), NamedNode("urn:y")),
    ]
    tables = tables_of(quads, tmp_path)
    row = next(csv.DictReader(io.StringIO(tables["parks.csv"].decode())))
    columns = {
        column.get("name"): column
        for column in json.loads(tables[METADATA])["tables"][0]["tableSchema"]["columns"]
    }

    assert row["name_en"] == "a|b¦c"
    assert columns["name_en"]["separator"] == "¦"
    assert (row["name_zh_hant"], columns["name_zh_hant"]["lang"]) == ("甲", "zh-hant")
    assert row["operator"] == "urn:x|urn:y"
    assert columns["operator"]["suppressOutput"] is True


LINES = st.frozensets(st.sampled_from([f"<urn:{n}> <urn:p> <urn:o> .\n" for n in range(9)]))


@given(LINES, LINES)
def test_a_patch_leads_from_one_to_the_other(old: frozenset[str], new: frozenset[str]):
    """Written, read and applied, a patch gives the other dataset; taken back, the first."""
    before, after = (sorted(line.encode() for line in lines) for lines in (old, new))
    patch = read_patch(write_patch(difference(before, after), "urn:old", "urn:new"))

    assert list(patch.apply(before)) == after
    assert list(patch.reversed().apply(after)) == before
    assert len(patch) == len(old ^ new)
    if len(patch):
        with pytest.raises(ValueError, match=r"there"):
            list(patch.apply(after))


def test_changes_lead_to_the_release(
    publication: Path, tmp_path: Path, edit: Callable[[str, str, str], None]
):
    """A release holds the patch from the one before; applied by hand it gives the digest."""
    root = tmp_path / "releases"
    first = publish(check(publication), root, ISSUED)
    edit("data/profiles/iasp-6112.yaml", "note: core area", "note: heart of the area")
    second = publish(check(publication), root, LATER)
    lines = set((first.folder / "parkgraph.nq").read_bytes().splitlines(keepends=True))
    changes = (second.folder / CHANGES).read_bytes().splitlines(keepends=True)

    assert changes[0] == f"H id <{second.manifest.iri}> .\n".encode()
    assert changes[1] == f"H prev <{first.manifest.iri}> .\n".encode()
    lines -= {line[2:] for line in changes if line.startswith(b"D ")}
    lines |= {line[2:] for line in changes if line.startswith(b"A ")}
    assert digest(sorted(lines)) == second.manifest.dataset
    assert first.file(CHANGES) is None
    found = verify_run(root)
    assert found.exit_code == 0, found.stderr


@pytest.fixture(scope="module")
def two(release: Release, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The release and, current, one with changes: a copy to be spoiled and mended."""
    folder = tmp_path_factory.mktemp("two")
    source = Path(__file__).parent.parent
    for name in ("data", "ontology", "shapes"):
        shutil.copytree(source / name, folder / name)
    reading = folder / "data/profiles/iasp-6112.yaml"
    text = reading.read_text("utf-8").replace("note: core area", "note: heart of the area")
    reading.write_text(text, "utf-8")
    root = folder / "releases"
    shutil.copytree(release.folder.parent, root)
    publish(check(folder), root, LATER)
    return root


def verify_run(root: Path):
    return CliRunner().invoke(main, ["verify", "--releases", str(root)])


def flip(path: Path) -> bytes:
    """Change one bit in the middle of a file; what it was is given back."""
    before = path.read_bytes()
    data = bytearray(before)
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    return before


@pytest.mark.unmeasured
def test_one_flipped_byte_anywhere_is_named(two: Path):
    """In each file of the release in turn: verify fails, names that file, and no other one."""
    release = open_release(two)
    published = [file.path for file in release.manifest.distributions]
    assert CHANGES in published
    for path in ["manifest.json", "SHA256SUMS", *published]:
        before = flip(release.folder / path)
        done = verify_run(two)
        (release.folder / path).write_bytes(before)
        named = [p for p in published if f"{release.folder}/{p}: PG" in done.stderr]
        assert done.exit_code == 1, path
        assert path in done.stderr
        assert named == ([path] if path in published else [])
    assert verify_run(two).exit_code == 0


def test_a_flipped_byte_of_what_is_derived_or_points(two: Path):
    """Derived files and the pointer are found too, and a build writes what is derived anew."""
    release = open_release(two)
    derived = [p for p in release.derived.rglob("*") if p.is_file()]
    assert len(derived) > 20
    for path in derived:
        before = flip(path)
        found = list(verify_derived(release))
        path.write_bytes(before)
        assert found
        assert path.name == "SHA256SUMS" or [f.where for f in found] == [str(path)]
    for spoiled in (b"b", b"0" * 60):
        before = (two / "current").read_bytes()
        (two / "current").write_bytes(before[: -len(spoiled) - 1] + spoiled + b"\n")
        done = verify_run(two)
        (two / "current").write_bytes(before)
        assert (done.exit_code, str(two) in done.stderr) == (1, True)

    flip(release.derived / "report.json")
    publish(check(two.parent), two, LATER)
    assert verify_run(two).exit_code == 0


def test_flipped_bytes_are_named_from_afar(two: Path, tmp_path: Path):
    """A server whose files change while it runs: each is named, whatever it is."""
    root = tmp_path / "releases"
    shutil.copytree(two, root)
    release = open_release(root)
    with serving(str(two.parent), "--releases", str(root)) as server:
        whole = CliRunner().invoke(main, ["verify", server.url])
        assert whole.exit_code == 0, whole.stderr
        assert f"{len(release.manifest.distributions)} files" in whole.stdout
        for file in release.manifest.distributions:
            flip(release.folder / file.path)
        place = f"{server.url}/release/{release.folder.name}"
        said = CliRunner().invoke(main, ["verify", server.url]).stderr
        named = [f for f in release.manifest.distributions if f"{place}/{f.path}: PG" in said]
        assert named == list(release.manifest.distributions)
        for path in ("SHA256SUMS", "manifest.json"):
            flip(release.folder / path)
            done = CliRunner().invoke(main, ["verify", server.url])
            assert (done.exit_code, f"/{path}" in done.stderr) == (1, True)


class Told(http.server.SimpleHTTPRequestHandler):
    """Sends a folder, and leads to a release as our server does; says nothing."""

    def do_GET(self):
        """One redirect, else files."""
        if self.path == "/download/manifest.json":
            self.send_response(302)
            self.send_header("Location", (Path(self.directory) / "leads-to").read_text())
            self.send_header("Content-Length", "0")
            self.end_headers()
        else:
            super().do_GET()

    def log_message(self, *_: object):
        """Nobody reads along."""


def test_a_catalogue_that_tells_something_else(server: Server, release: Release, tmp_path: Path):
    """Where the catalogue gives another checksum than the manifest, verify says of which file."""
    name = release.folder.name
    shutil.copytree(release.folder, tmp_path / "release" / name)
    (tmp_path / "leads-to").write_text(f"/release/{name}/manifest.json")
    told = server.ask("/dataset.nt").body
    checksum = release.file("parks.csv").sha256.encode()
    handler = partial(Told, directory=str(tmp_path))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as other:
        threading.Thread(target=other.serve_forever, daemon=True).start()
        found = []
        for catalogue in (told, told.replace(checksum, b"0" * 64)):
            (tmp_path / "dataset.nt").write_bytes(catalogue)
            address = f"http://127.0.0.1:{other.server_port}"
            found.append(CliRunner().invoke(main, ["verify", address]))
        other.shutdown()

    assert [done.exit_code for done in found] == [0, 1]
    assert "the size and checksum of parks.csv" in found[1].stderr
    assert found[1].stderr.count("PG505") == 1


def test_headers_of_files(server: Server, release: Release):
    """Each file has its registered type, no coding, its digest on parts too, and is for ever."""
    types = {
        "parkgraph.ttl": "text/turtle; charset=utf-8",
        "parkgraph-rdf12.ttl": "text/turtle; version=1.2; charset=utf-8",
        "parkgraph.nq": "application/n-quads",
        "parkgraph.ttl.gz": "application/gzip",
        "parks.csv": "text/csv; charset=utf-8",
        "parks.csv.zst": "application/zstd",
        METADATA: "application/csvm+json",
        "manifest.json": "application/json",
        "SHA256SUMS": "text/plain; charset=utf-8",
    }
    for path, media_type in types.items():
        address = server.ask(f"/download/{path}").headers["Location"]
        got = server.ask(address, Accept_Encoding="gzip, br, zstd")
        head = server.ask(address, "HEAD")
        part = server.ask(address, Range="bytes=3-9", If_Range=got.headers["ETag"])
        changed = server.ask(address, Range="bytes=3-9", If_Range='"another"')
        assert got.headers["Content-Type"] == media_type
        assert got.headers["Content-Encoding"] is None
        assert got.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert (head.status, head.body) == (200, b"")
        assert head.headers["Content-Length"] == str(len(got.body))
        assert (part.status, part.body) == (206, got.body[3:10])
        assert (changed.status, changed.body) == (200, got.body)
        digests = {answer.headers["Repr-Digest"] for answer in (got, head, part)}
        assert len(digests) == 1
        assert not release.file(path) or digests == {release.file(path).repr_digest}
        assert server.ask(address, Range="bytes=99999999-").status == 416
        saved = server.ask(f"{address}?save").headers["Content-Disposition"]
        assert saved == f'attachment; filename="{path}"'


def test_a_table_leads_to_its_metadata(server: Server):
    """A CSVW processor finds the metadata by the Link header, beside the table."""
    address = server.ask("/download/figures.csv.gz").headers["Location"]
    got = server.ask(address)

    described = f'<{METADATA}>; rel="describedby"; type="application/csvm+json"'
    assert got.headers["Link"] == f'{described}, </>; rel="collection"; type="text/html"'
    assert server.ask(f"{address.rpartition('/')[0]}/{METADATA}").status == 200


def test_curl_resumes(server: Server, release: Release, tmp_path: Path):
    """``curl -C -`` goes on where a download broke off, and the file is whole."""
    whole = (release.folder / "parkgraph.nq").read_bytes()
    target = tmp_path / "parkgraph.nq"
    target.write_bytes(whole[:100_000])
    url = f"{server.url}/download/parkgraph.nq"
    done = subprocess.run(
        ["curl", "-sSfL", "-C", "-", "-w", "%{http_code} %{size_download}", "-o", target, url],
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout == f"206 {len(whole) - 100_000}"
    assert target.read_bytes() == whole


def test_broken_and_absent_releases(two: Path):
    """No such release is 404; one that was spoiled is 500 and says which file."""
    root = two.parent / "spoiled"
    shutil.copytree(two, root)
    release = open_release(root)
    older = next(p for p in root.iterdir() if p.is_dir() and p.name != release.folder.name)
    with serving(str(two.parent), "--releases", str(root)) as server:
        assert server.ask("/release/000000000000/parkgraph.ttl").status == 404
        assert server.ask("/release/../current").status == 404
        manifest = (older / "manifest.json").read_bytes()
        (older / "manifest.json").write_text("{}")
        spoiled = server.ask(f"/release/{older.name}/parkgraph.ttl")
        assert spoiled.status == 500
        assert json.loads(spoiled.body)["code"] == "PG502"
        assert json.loads(spoiled.body)["where"].endswith("manifest.json")
        (older / "manifest.json").write_bytes(manifest)
        assert server.ask(f"/release/{older.name}/parkgraph.ttl").status == 200
        assert server.ask(f"/release/{older.name}/none.ttl").status == 404


def test_default_graph_is_what_the_tables_are_of(release: Release, tmp_path: Path):
    """A table is made of the default graph alone, whatever other graphs say."""
    for path, data in tables_of(default_graph(release), tmp_path).items():
        assert (release.folder / path).read_bytes() == data
