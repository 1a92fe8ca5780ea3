"""Releases: named by content, written whole or not at all, never changed."""

import json
import os
import random
import re
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from parkgraph.errors import ParkgraphError
from parkgraph.index import Index
from parkgraph.pipeline import Checked, check
from parkgraph.proof import verify_release
from parkgraph.publish import publish
from parkgraph.rdf import canonical_lines, digest, parse_bytes
from parkgraph.release import (
    Manifest,
    Release,
    changed_files,
    checksums,
    current_name,
    open_release,
)
from tests.conftest import ISSUED, ROOT

LATER = datetime(2027, 1, 1, tzinfo=UTC)
#: How often a build is killed at random; tests/faults has the same in greater number.
KILLS = 8


def tree(folder: Path) -> dict[str, bytes]:
    """Every file below a folder, but for the lock."""
    files = (p for p in folder.rglob("*") if p.is_file() and p.name != ".lock")
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in files}


def codes(error: pytest.ExceptionInfo[ParkgraphError]) -> set[str]:
    return {finding.code for finding in error.value.findings}


def test_release_is_whole(release: Release):
    """A new release verifies, is named by its digest, and is current."""
    assert list(verify_release(release)) == []
    assert release.folder.name == release.manifest.dataset[:12]
    assert current_name(release.folder.parent) == release.folder.name


def test_dumps_are_the_same_graph(release: Release):
    """Each dump gives the digest of the manifest: the dataset's or the default graph's."""
    found = {}
    for extension in ("nq", "trig", "ttl", "jsonld", "nt", "rdf"):
        data = (release.folder / f"parkgraph.{extension}").read_bytes()
        found[extension] = digest(canonical_lines(parse_bytes(data, extension)))

    whole, default = release.manifest.dataset, release.manifest.default
    assert found == {
        "nq": whole,
        "trig": whole,
        "ttl": default,
        "jsonld": default,
        "nt": default,
        "rdf": default,
    }


def test_line_based_dumps_are_canonical(release: Release):
    """The bytes of .nq and .nt hash to the two digests without any parsing."""
    files = {file.path: file for file in release.manifest.distributions}

    assert files["parkgraph.nq"].sha256 == release.manifest.dataset
    assert files["parkgraph.nt"].sha256 == release.manifest.default


def test_source_text_is_published_verbatim(release: Release):
    """The release carries the text byte for byte."""
    published = release.folder / "source/iasp-6112/8d0d83c6.txt"

    assert published.read_bytes() == (ROOT / "data/profiles/iasp-6112.txt").read_bytes()


def test_same_content_same_release(checked: Checked, tmp_path: Path):
    """Building twice gives one folder, and leaves the first untouched."""
    first = publish(checked, tmp_path, ISSUED)
    before = tree(first.folder)
    second = publish(checked, tmp_path, LATER)

    assert second.folder == first.folder
    assert tree(second.folder) == before
    assert second.manifest.issued == "2026-11-22T12:00:00Z"


def test_a_release_of_an_older_program_is_sealed(checked: Checked, releases: Path):
    """Where the checksums are lacking a build writes them, and touches nothing else."""
    first = open_release(releases)
    before = tree(first.folder)
    (first.folder / "SHA256SUMS").unlink()
    publish(checked, releases, LATER)

    assert tree(first.folder) == before


@pytest.mark.unmeasured
def test_hash_seed_does_not_matter(tmp_path: Path):
    """Two processes with other hash seeds write the same bytes, also of what is derived."""
    found = []
    for seed in ("1", "2"):
        root = tmp_path / seed
        command = [sys.executable, "-m", "parkgraph", "build", str(ROOT), "--releases", str(root)]
        subprocess.run(command, check=True, env={**os.environ, "PYTHONHASHSEED": seed})
        files = tree(open_release(root).folder)
        for timed in ("manifest.json", "SHA256SUMS"):
            del files[timed]
        found.append(files)

    assert found[0] == found[1]


def new_edition(publication: Path, number: int) -> None:
    """Change one note of the reading, and so the content."""
    path = publication / "data/profiles/iasp-6112.yaml"
    text = re.sub(
        r"note: core area.*", f"note: core area, edition {number}", path.read_text("utf-8")
    )
    path.write_text(text, "utf-8")


def test_a_change_makes_another_release(publication: Path, releases: Path):
    """New content is a new folder that knows its predecessor; the old one stays."""
    first = open_release(releases)
    new_edition(publication, 1)
    second = publish(check(publication), releases, LATER)

    assert second.folder != first.folder
    assert second.manifest.previous == first.manifest.dataset
    assert list(verify_release(first)) == []
    assert current_name(releases) == second.folder.name


def test_what_is_derived_follows_the_inputs(
    publication: Path, releases: Path, edit: Callable[[str, str, str], None]
):
    """A new title changes no digest, no published byte, and what is derived all the same."""
    first = open_release(releases)
    published = {p: d for p, d in tree(first.folder).items() if not p.startswith("derived")}
    edit("data/dataset.ttl", '"parkgraph: science parks in their own words"@en', '"Parks"@en')
    second = publish(check(publication), releases, LATER)

    assert second.folder == first.folder
    assert {
        p: d for p, d in tree(second.folder).items() if not p.startswith("derived")
    } == published
    assert b'"Parks"@en' in (second.derived / "dataset.ttl").read_bytes()


def test_keep(checked: Checked, publication: Path, tmp_path: Path):
    """``keep`` leaves the newest releases, the current one among them."""
    root = tmp_path / "releases"
    names = [publish(checked, root, ISSUED, keep=2).folder.name]
    for number in range(2):
        new_edition(publication, number)
        issued = datetime(2027, 1, 1 + number, tzinfo=UTC)
        names.append(publish(check(publication), root, issued, keep=2).folder.name)

    assert len(set(names)) == 3
    assert {p.name for p in root.iterdir() if p.is_dir()} == set(names[-2:])


def test_a_violation_writes_nothing(publication: Path, releases: Path):
    """With a Violation nothing is written, and the old release stays current."""
    before = tree(releases)
    (publication / "data/concepts/extra.ttl").write_text("<urn:a> <urn:b> [] .\n")
    with pytest.raises(ParkgraphError) as caught:
        publish(check(publication), releases, LATER)

    assert "PG302" in codes(caught)
    assert tree(releases) == before


BROKEN = [
    ("a changed byte", "parkgraph.ttl", lambda data: b"#" + data[1:], "PG504"),
    ("a cut file", "parkgraph.nt", lambda data: data[:-10], "PG504"),
    ("a changed source", "source/iasp-6112/8d0d83c6.txt", lambda data: data.upper(), "PG504"),
]


@pytest.mark.parametrize(("law", "path", "spoil", "code"), BROKEN, ids=[b[0] for b in BROKEN])
def test_corruption_is_named(
    release: Release,
    tmp_path: Path,
    law: str,
    path: str,
    spoil: Callable[[bytes], bytes],
    code: str,
):
    """One changed byte anywhere is found, and the file is named."""
    folder = tmp_path / release.folder.name
    shutil.copytree(release.folder, folder)
    (folder / path).write_bytes(spoil((folder / path).read_bytes()))
    spoiled = Release(folder, release.manifest)

    assert [(f.code, f.where) for f in verify_release(spoiled)] == [(code, f"{folder}/{path}")]
    assert [name for name, _ in changed_files(spoiled)] == [path]


def test_a_dump_of_another_graph_is_found(release: Release, tmp_path: Path):
    """A file that is as the manifest says, and holds another graph, is found by its digest."""
    folder = tmp_path / release.folder.name
    shutil.copytree(release.folder, folder)
    data = (folder / "parkgraph.ttl").read_bytes().replace(b'"TusPark"@en', b'"TusParq"@en')
    (folder / "parkgraph.ttl").write_bytes(data)
    manifest = json.loads((folder / "manifest.json").read_bytes())
    from hashlib import sha256

    for file in manifest["distributions"]:
        if file["path"] == "parkgraph.ttl":
            file["sha256"] = sha256(data).hexdigest()
            file["byte_size"] = len(data)
    spoiled = Manifest.from_json(json.dumps(manifest).encode())
    (folder / "manifest.json").write_bytes(spoiled.to_json())
    (folder / "SHA256SUMS").write_bytes(checksums(spoiled.to_json(), spoiled))

    assert [f.code for f in verify_release(open_release(tmp_path, folder.name))] == ["PG505"]


def test_opening_what_is_not_whole(release: Release, tmp_path: Path):
    """No release, a missing file, a spoiled manifest: each has its own code."""
    with pytest.raises(ParkgraphError) as none:
        open_release(tmp_path)
    folder = tmp_path / release.folder.name
    shutil.copytree(release.folder, folder)
    (folder / "parkgraph.rdf").unlink()
    with pytest.raises(ParkgraphError) as missing:
        open_release(tmp_path, folder.name)
    (folder / "manifest.json").write_text("{}")
    with pytest.raises(ParkgraphError) as manifest:
        open_release(tmp_path, folder.name)

    assert [codes(error) for error in (none, missing, manifest)] == [
        {"PG501"},
        {"PG503"},
        {"PG502"},
    ]
    assert "parkgraph.rdf" in missing.value.findings[0].where


def test_the_folder_cannot_be_written(checked: Checked, tmp_path: Path):
    """A file in the place of the folder is said clearly."""
    (tmp_path / "releases").write_text("")
    with pytest.raises(ParkgraphError) as caught:
        publish(checked, tmp_path / "releases", ISSUED)

    assert codes(caught) == {"PG507"}


def test_two_builds_at_once(checked: Checked, tmp_path: Path):
    """While one build holds the lock, a second is told which process it waits for."""
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert holder.stdout is not None
    holder.stdout.readline()
    try:
        with pytest.raises(ParkgraphError) as caught:
            publish(checked, tmp_path, ISSUED)
    finally:
        holder.kill()
        holder.wait()
        holder.stdout.close()

    assert codes(caught) == {"PG506"}
    assert f"process {holder.pid}" in caught.value.findings[0].message
    assert publish(checked, tmp_path, ISSUED)


HOLD = """
import sys, time
from pathlib import Path
from parkgraph.staging import lock
with lock(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to mount a small disk")
def test_full_disk(checked: Checked, tmp_path: Path):
    """A disk that fills up is said clearly, and nothing half-written stays behind."""
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)]
    if subprocess.run(mount, check=False, capture_output=True).returncode != 0:
        pytest.skip("this system lets nobody mount")
    try:
        with pytest.raises(ParkgraphError) as caught:
            publish(checked, disk, ISSUED)
        left = [p.name for p in disk.iterdir() if p.name != ".lock"]
    finally:
        subprocess.run(["umount", str(disk)], check=True)

    assert codes(caught) == {"PG508"}
    assert left == []


@pytest.mark.parametrize("first", [True, False], ids=["the first release", "a further one"])
def test_an_error_leaves_nothing(checked: Checked, publication: Path, tmp_path: Path, first: bool):
    """Whatever fails while files are derived: no release, no folder stays that is not current."""
    root = tmp_path / "releases"
    before = {} if first else tree(publish(checked, root, ISSUED).folder.parent)
    new_edition(publication, 1)
    checked = check(publication)
    unwritable = replace(checked.publication, queries={f"{'long' * 99}.rq": b""})
    with pytest.raises(ParkgraphError) as caught:
        publish(replace(checked, publication=unwritable), root, LATER)

    assert codes(caught) == {"PG509"}
    assert tree(root) == before
    assert [p.name for p in root.glob(".staging*")] == []


# What is killed says nothing of the lines that it ran.
@pytest.mark.unmeasured
def test_kill_at_any_moment(checked: Checked, publication: Path, tmp_path: Path):
    """A kill during build, at many moments: the old release is intact, the next build works."""
    builds_are_killed(checked, publication, tmp_path / "releases", KILLS)


def builds_are_killed(checked: Checked, publication: Path, root: Path, times: int) -> None:
    """Kill a build at some moment, again and again, and look at the release that is served."""
    old = publish(checked, root, ISSUED)
    before = tree(old.folder)
    new_edition(publication, 1)
    command = [
        sys.executable,
        "-m",
        "parkgraph",
        "build",
        str(publication),
        "--releases",
        str(root),
    ]
    moments = random.Random(6112)
    killed = 0
    for _ in range(times):
        process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(moments.uniform(0.2, 1.6))
        process.send_signal(signal.SIGKILL)
        killed += process.wait() == -signal.SIGKILL
        served = open_release(root)
        assert list(verify_release(served)) == []
        assert tree(old.folder) == before

    assert killed >= times // 4
    subprocess.run(command, check=True, capture_output=True)
    newest = open_release(root)
    assert newest.folder != old.folder
    assert [p.name for p in root.iterdir() if p.name.startswith(".staging")] == []


@pytest.mark.unmeasured
@pytest.mark.parametrize("others", [[], [ROOT]], ids=["built again", "other sources next"])
def test_killed_at_every_step(
    checked: Checked, publication: Path, tmp_path: Path, others: list[Path]
):
    """Killed right before each rename or file, a build leaves the old release, and no other."""
    root = tmp_path / "releases"
    old = publish(checked, root, ISSUED)
    new_edition(publication, 1)
    driver = subprocess.run(
        [sys.executable, "-c", KILL_AT, publication, root, *others],
        check=False,
        capture_output=True,
        text=True,
    )

    assert driver.returncode == 0, driver.stderr
    assert int(driver.stdout) >= 12
    assert open_release(root).folder != old.folder
    assert not old.folder.exists()
    assert [p.name for p in root.iterdir() if p.name.startswith(".staging")] == []


#: Reads the publication once; each build is a fork of it, killed one step later than the last.
KILL_AT = """
import os, signal, sys
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from parkgraph.pipeline import check
from parkgraph.proof import verify_release
from parkgraph.publish import publish
from parkgraph.release import changed_files, current_name, open_release, releases

source, root, *more = map(Path, sys.argv[1:])
checked = check(source)
others = [check(folder) for folder in more]
old = current_name(root)

def build(left):
    opened = 0
    def hook(event, arguments):
        nonlocal left, opened
        opening = event == "open" and "w" in str(arguments[1])
        made = event == "os.mkdir" and not os.path.isdir(arguments[0])  # or it does nothing
        if event == "os.rename" or made or opening:
            if ".staging" in str(arguments[0]) or "releases" in str(arguments[0]):
                opened += opening
                if opening and opened % 5:
                    return  # one file is like another: every fifth is enough
                if left == 0:
                    os.kill(os.getpid(), signal.SIGKILL)
                left -= 1
    sys.addaudithook(hook)
    publish(checked, root, datetime(2027, 1, 1, tzinfo=UTC), keep=1)

for step in count():
    child = os.fork()
    if child == 0:
        build(step)
        os._exit(0)
    code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    served = open_release(root)
    assert list(changed_files(served)) == [], step
    if code != -signal.SIGKILL:
        assert code == 0
        assert list(verify_release(served)) == []
        break
    if others and served.folder.name == old:
        publish(*others, root, datetime(2027, 1, 1, tzinfo=UTC))
        assert [release.folder.name for release in releases(root)] == [old], step
        assert not list(root.glob("**/.staging*")), step
print(step)
"""


def test_index_answers_without_a_query(release: Release):
    """Who a thing is and who points at it is read from the index of the release."""
    index = Index(release.derived / "index.sqlite")
    park = "https://w3id.org/parkgraph/id/park/iasp-6112"
    try:
        assert index.knows(park)
        assert not index.knows(f"{park}0")
        assert len(index.outgoing(park)) == len({str(t) for t in index.outgoing(park)}) > 30
        assert index.incoming(park, limit=3) == index.incoming(park, limit=100)[:3]
        assert index.fragments("https://w3id.org/parkgraph/id/site/iasp-6112") == [
            "https://w3id.org/parkgraph/id/site/iasp-6112#address"
        ]
        assert index.graph("https://w3id.org/parkgraph/graph/none") is None
        assert len(index.graphs()) == 4
    finally:
        index.close()
