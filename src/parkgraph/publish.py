"""Write a release: staged, flushed, read back, put in its place; a kill leaves the old one."""

import json
import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from hashlib import sha256
from itertools import chain
from pathlib import Path
from typing import Final, Protocol

from parkgraph import __version__
from parkgraph.content import SECONDS as ORDER_SECONDS
from parkgraph.content import Content, write_content
from parkgraph.derived import SECONDS as DERIVED_SECONDS
from parkgraph.derived import derived_jobs
from parkgraph.dumps import SECONDS as DUMP_SECONDS
from parkgraph.dumps import Source, dump_jobs, publish_file
from parkgraph.errors import ParkgraphError
from parkgraph.index import write_index
from parkgraph.jobs import Job, Jobs
from parkgraph.patch import write_difference
from parkgraph.pipeline import Checked, accept
from parkgraph.proof import SECONDS as PROOF_SECONDS
from parkgraph.proof import verify_derived, verify_release
from parkgraph.rdf import parse_file
from parkgraph.release import (
    CHANGES,
    DERIVED,
    INDEX,
    MANIFEST,
    NAME_LENGTH,
    SUMS,
    Distribution,
    Manifest,
    Release,
    checksums,
    current_name,
    file_sha256,
    open_release,
    release_iri,
    releases,
)
from parkgraph.report import report_json
from parkgraph.search import SourceLine, source_lines
from parkgraph.sorting import lines_of
from parkgraph.staging import (
    STAGING,
    flush,
    flush_all,
    lock,
    os_faults,
    place,
    point,
    put,
    remove_folder,
    replace_folder,
    swept,
)
from parkgraph.store import WORTHWHILE


class Prerender(Protocol):
    """Makes documents at build that a server would make when it is asked for them."""

    def seconds(self, quads: int) -> float:
        """How many seconds of one process that takes of so many quads, about."""

    def jobs(self, release: Release) -> Sequence[Job[None]]:
        """What writes it beside all else that is derived from ``release``."""

    def written(self, release: Release) -> bool:
        """Whether it is there as this program writes it."""


def publish(  # noqa: PLR0913  # half of them are seldom told
    checked: Checked,
    root: Path,
    issued: datetime,
    *,
    keep: int | None = None,
    jobs: Jobs | None = None,
    prerender: Prerender | None = None,
) -> Release:
    """Make ``checked`` the current release in ``root``.

    The same content gives the same digest: then nothing that is published is written again,
    only what is derived follows the newest inputs.

    Args:
        checked: a publication without a Violation.
        root: the folder of releases; made if it is not there.
        issued: the time that a new release bears.
        keep: how many releases to keep, the current one included; None keeps all.
        jobs: does what can be done in several processes.
        prerender: makes documents of a large release; those of a small one a server soon has all.

    Raises:
        ParkgraphError: a Violation stands in the way, the folder cannot be written (PG507), the
            disk is full (PG508), another build is at work (PG506), or what was there before
            under this digest is broken (PG502 to PG505).
    """
    accept(checked)
    with os_faults(root), lock(root), swept(root), jobs or Jobs() as jobs:
        scratch = root / f"{STAGING}{os.getpid()}-scratch"
        content = write_content(scratch / "content", checked.dataset.quads())
        large = prerender if content.quads >= WORTHWHILE else None
        more = large.seconds(content.quads) if large else 0.0
        jobs.watcher.plan(content.quads / 1e6 * _SECONDS + more)
        jobs.run(content.order_jobs())
        release = _existing_or_new(checked, root, issued, (content, jobs))
        _derive(checked, release, (content, jobs), large)
        _complete(root, release, checked, scratch)
        release = _current(root, release)
        _prune(root, release, keep)
        return release


#: What is done for a million quads of a new release, in seconds of one process, about.
_SECONDS: Final = ORDER_SECONDS + DUMP_SECONDS + PROOF_SECONDS + DERIVED_SECONDS


def _existing_or_new(
    checked: Checked, root: Path, issued: datetime, made: tuple[Content, Jobs]
) -> Release:
    """The release of this content, proven; a new one lies in a staging folder as yet."""
    content, jobs = made
    name = content.dataset[:NAME_LENGTH]
    if (root / name).exists():
        release = open_release(root, name)
        _seal(release)
    else:
        release = _write(checked, root, issued, made)
    findings = list(verify_release(release, jobs, content.folder))
    if findings:
        raise ParkgraphError(*findings)
    return release


def _seal(release: Release) -> None:
    """Give the release of an older program the checksums that it lacks; nothing else is added."""
    if (release.folder / SUMS).exists():
        return
    temporary = release.folder.parent / f"{STAGING}{SUMS}"
    put(temporary, checksums((release.folder / MANIFEST).read_bytes(), release.manifest))
    temporary.rename(release.folder / SUMS)
    flush(release.folder)


def _write(checked: Checked, root: Path, issued: datetime, made: tuple[Content, Jobs]) -> Release:
    content, jobs = made
    staging = root / f"{STAGING}{os.getpid()}"
    staging.mkdir()
    previous = _previous(root)
    dumps = jobs.run(dump_jobs(content, staging))
    files = (
        *chain.from_iterable(dumps),
        *_sources(checked, staging),
        *_changes(checked, previous, content, staging),
    )
    manifest = Manifest(
        dataset=content.dataset,
        default=content.default,
        base=checked.names.base,
        issued=issued.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        previous=previous.manifest.dataset if previous else None,
        tool=f"parkgraph {__version__}",
        triples=content.triples,
        quads=content.quads,
        inputs=checked.publication.inputs,
        distributions=files,
    )
    data = manifest.to_json()
    put(staging / MANIFEST, data)
    put(staging / SUMS, checksums(data, manifest))
    return Release(staging, manifest)


def _sources(checked: Checked, folder: Path) -> Iterator[Distribution]:
    for document in checked.publication.documents:
        text = document.text
        path = f"source/{text.slug}/{text.version}.txt"
        put(folder / path, text.data)
        digest = sha256(text.data).hexdigest()
        yield Distribution(path, "text/plain", len(text.data), digest)


def _changes(
    checked: Checked, previous: Release | None, content: Content, folder: Path
) -> Sequence[Distribution]:
    """The patch that leads here from the release before, if that can still be read."""
    if previous is None:
        return ()
    before, path = previous.folder / "parkgraph.nq", content.folder / CHANGES
    with suppress(OSError):
        if file_sha256(before) != previous.manifest.dataset:
            return ()
        old = previous.manifest.iri, lines_of(before)
        new = release_iri(checked.names.base, content.dataset), lines_of(content.lines)
        source = Source(write_difference(path, old, new), path)
        return publish_file(folder, CHANGES, "text/plain", source)
    return ()


def _previous(root: Path) -> Release | None:
    name = current_name(root)
    if name is None:
        return None
    try:
        return open_release(root, name)
    except ParkgraphError:
        return None  # a broken predecessor is no reason not to publish


def _derive(
    checked: Checked, release: Release, made: tuple[Content, Jobs], prerender: Prerender | None
) -> None:
    """Write what is derived, unless it is there, whole and of the same inputs."""
    same = release.inputs() == checked.publication.inputs and not any(verify_derived(release))
    if same and (prerender is None or prerender.written(release)):
        return
    content, jobs = made
    folder = release.folder / "derived"
    staging = folder / f"{STAGING}{os.getpid()}"
    put(staging / "report.ttl", checked.report.turtle)
    put(staging / "report.json", report_json(checked))
    put(staging / "shapes.ttl", b"\n".join(file.data for file in checked.publication.shapes))
    for name, data in checked.publication.queries.items():
        put(staging / "queries" / name, data)
    put(staging / "addresses.json", checked.publication.addresses.to_json())
    put(staging / "dataset.ttl", checked.publication.dataset.data)
    jobs.run(derived_jobs(content, staging, checked.names.graph("def"), _lines(checked)))
    if prerender:
        jobs.run(prerender.jobs(release.deriving(staging)))
    inputs = json.dumps(dict(checked.publication.inputs), indent=2)
    put(staging / "inputs.json", inputs.encode())
    put(staging / SUMS, _sums(staging))
    flush_all(staging)
    replace_folder(staging, folder / DERIVED)


def _complete(root: Path, current: Release, checked: Checked, scratch: Path) -> None:
    """Give older releases the index that this program reads: their documents are served too."""
    for release in releases(root):
        if release.derived.exists() or release.folder == current.folder:
            continue
        staging = release.folder / "derived" / f"{STAGING}{os.getpid()}"
        put(staging / "dataset.ttl", checked.publication.dataset.data)
        with suppress(OSError, SyntaxError):  # one that is broken is named when it is verified
            quads = parse_file(release.folder / "parkgraph.nq", "nq")
            content = write_content(scratch / release.folder.name, quads)
            for job in content.order_jobs():
                job()
            write_index(staging / INDEX, content, checked.names.graph("def"))
            flush_all(staging)
            replace_folder(staging, release.derived)


def _sums(folder: Path) -> bytes:
    """The checksums of all files in a folder."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    hashed = ((file_sha256(path), path.relative_to(folder).as_posix()) for path in files)
    return "".join(f"{digest_}  {path}\n" for digest_, path in hashed).encode()


def _lines(checked: Checked) -> Iterator[SourceLine]:
    for document in checked.publication.documents:
        text, lang = document.text, document.reading.document.language
        iri = checked.names.document(text.slug).value
        yield from source_lines(iri, lang, text.version, text.text)


def _current(root: Path, release: Release) -> Release:
    """Make a release current, with all that is derived from it."""
    digest = release.manifest.dataset
    if release.folder.name == release.manifest.name:
        point(root, digest)
        return release
    flush(release.folder)
    return Release(place(release.folder, root, digest), release.manifest)


def _prune(root: Path, current: Release, keep: int | None) -> None:
    if keep is None:
        return
    others = [r for r in releases(root) if r.folder.name != current.folder.name]
    for release in others[: max(len(others) - (keep - 1), 0)]:
        remove_folder(release.folder)
