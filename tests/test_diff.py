"""What changed between two releases: in words, as JSON, as a patch from one to the other."""

import json
import shutil
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from parkgraph.cli import main
from parkgraph.diff import patch_between
from parkgraph.pipeline import check
from parkgraph.publish import publish
from parkgraph.rdf import digest
from parkgraph.release import CHANGES, Release, open_release
from tests.conftest import ROOT

STEPS = [
    ("data/profiles/iasp-6112.yaml", "note: core area", "note: heart of the area"),
    ("data/concepts/sector.ttl", '"Software Engineering"@en', '"Software engineering"@en'),
]


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> list[Release]:
    """Three releases, each with a change of its own."""
    folder = tmp_path_factory.mktemp("history")
    for name in ("data", "ontology", "shapes"):
        shutil.copytree(ROOT / name, folder / name)
    root = folder / "releases"
    found = [publish(check(folder), root, datetime(2026, 1, 1, tzinfo=UTC))]
    for month, (path, old, new) in enumerate(STEPS, start=2):
        text = (folder / path).read_text("utf-8")
        assert old in text
        (folder / path).write_text(text.replace(old, new), "utf-8")
        found.append(publish(check(folder), root, datetime(2026, month, 1, tzinfo=UTC)))
    return found


def diff(history: Sequence[Release], *arguments: str):
    root = str(history[0].folder.parent)
    return CliRunner().invoke(main, ["diff", *arguments, "--releases", root])


def apply(patch: bytes, release: Release) -> str:
    """The digest of a release's quads after a patch: as anyone could apply it, by lines."""
    lines = set((release.folder / "parkgraph.nq").read_bytes().splitlines(keepends=True))
    for line in patch.splitlines(keepends=True):
        if line.startswith(b"D "):
            lines.remove(line[2:])
        elif line.startswith(b"A "):
            assert line[2:] not in lines
            lines.add(line[2:])
    return digest(sorted(lines))


@pytest.mark.parametrize("way", [(0, 1), (1, 0), (1, 2), (0, 2), (2, 0), (1, 1)])
def test_a_patch_leads_from_one_to_the_other(history: list[Release], way: tuple[int, int]):
    """Applied to one release, neighbour or not, the patch gives the other, by its digest."""
    old, new = (history[index] for index in way)
    done = diff(history, old.manifest.dataset, new.manifest.name, "--format", "patch")

    assert done.exit_code == 0
    assert apply(done.stdout_bytes, old) == new.manifest.dataset
    head = done.stdout_bytes.splitlines()[:2]
    assert head == [
        f"H id <{new.manifest.iri}> .".encode(),
        f"H prev <{old.manifest.iri}> .".encode(),
    ]


def test_neighbours_have_a_file(history: list[Release]):
    """What the build wrote is what a comparison of both datasets gives."""
    old, new, newest = history
    done = diff(history, old.folder.name, new.folder.name, "--format", "patch")

    assert (new.folder / CHANGES).read_bytes() == done.stdout_bytes
    assert len(patch_between(old, newest)) == len(patch_between(old, new)) + len(
        patch_between(new, newest)
    )


def test_in_plain_words(history: list[Release]):
    """Which thing, by its name; which property; what the value was and is."""
    done = diff(history, history[0].folder.name)

    assert "6 statements removed, 6 added" in done.stdout
    assert "Software engineering  <https://w3id.org/parkgraph/id/concept/sector/" in done.stdout
    assert "  skos:prefLabel: was «Software Engineering», is «Software engineering»" in done.stdout
    assert "  skos:note: was «core area», is «heart of the area»" in done.stdout
    assert "graph/concepts>: 2 removed, 2 added" in done.stdout
    # Things come before documents and claims.
    assert done.stdout.index("sector/") < done.stdout.index("#claim-")


def test_as_json(history: list[Release]):
    """The same as data, terms as in SPARQL results, each with its name."""
    tree = json.loads(diff(history, history[1].folder.name, "--format", "json").stdout)
    thing = tree["things"][0]

    assert (tree["from"]["name"], tree["to"]["name"]) == tuple(r.folder.name for r in history[1:])
    assert (tree["removed"], tree["added"]) == (4, 4)
    assert (thing["label"], thing["state"]) == ("Software engineering", "changed")
    assert thing["changes"][1] == {
        "property": "http://www.w3.org/2004/02/skos/core#prefLabel",
        "label": "skos:prefLabel",
        "removed": [{"type": "literal", "value": "Software Engineering", "xml:lang": "en"}],
        "added": [{"type": "literal", "value": "Software engineering", "xml:lang": "en"}],
    }


def test_new_and_gone(history: list[Release], tmp_path: Path):
    """A thing that was not there is new, and on the way back it is gone."""
    folder = tmp_path / "publication"
    shutil.copytree(history[0].folder.parent.parent, folder)
    concepts = folder / "data/concepts/sector.ttl"
    text = concepts.read_text("utf-8")
    block = text[text.index("\nsector:software-engineering") :].partition("\n\n")[0]
    block = block.replace("software-engineering", "robotics").replace("Software eng", "Robot eng")
    concepts.write_text(f"{text}{block}\n".replace("软件工程", "机器人工程"), "utf-8")
    newest = publish(check(folder), folder / "releases", datetime(2026, 9, 1, tzinfo=UTC))
    old = history[-1].folder.name

    assert " is new  <" in diff([newest], old).stdout
    assert " is gone  <" in diff([newest], newest.folder.name, old).stdout


def test_what_cannot_be_compared(history: list[Release], tmp_path: Path):
    """No such release, a spoiled dataset, an index that is lost: each is said by its code."""
    assert "PG501" in diff(history, "000000000000").stderr
    root = tmp_path / "releases"
    shutil.copytree(history[0].folder.parent, root)
    first, _, last = (open_release(root, release.folder.name) for release in history)
    (first.derived / "index.sqlite").unlink()
    assert "PG513" in diff([first], first.folder.name).stderr
    data = bytearray((last.folder / CHANGES).read_bytes())
    data[-30] ^= 1
    (last.folder / CHANGES).write_bytes(data)
    spoiled = diff([last], history[1].folder.name)
    assert (spoiled.exit_code, f"{CHANGES}: PG504" in spoiled.stderr) == (1, True)


def test_a_build_completes_older_releases(history: list[Release], tmp_path: Path):
    """A release whose derived files are of another format gets its index by the next build."""
    folder = tmp_path / "publication"
    shutil.copytree(history[0].folder.parent.parent, folder)
    first = open_release(folder / "releases", history[0].folder.name)
    shutil.rmtree(first.derived)
    publish(check(folder), folder / "releases", datetime(2026, 9, 1, tzinfo=UTC))

    assert diff([first], first.folder.name).exit_code == 0
