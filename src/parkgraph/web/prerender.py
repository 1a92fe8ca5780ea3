"""Documents of things, made at build for whoever asks for them later (decision 0042)."""

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from typing import Final

from parkgraph.index import Index
from parkgraph.jobs import Job
from parkgraph.prerendered import FILES, SAMPLES, Body, file_of, number_of, write_bodies
from parkgraph.release import PRERENDERED, Release, file_sha256, open_index
from parkgraph.web.program import fingerprint
from parkgraph.web.represent import in_advance
from parkgraph.web.resources import current_document
from parkgraph.web.site import Site, open_prerendered

#: Seconds for the documents of a million quads, about.
_MILLION: Final = 80.0
#: The end of an address that is asked for as it is, and not for another that stands for it.
_PLAIN: Final = re.compile("[A-Za-z0-9/_-]+")


def seconds(quads: int) -> float:
    """How many seconds of one process the documents of so many quads take, about."""
    return _MILLION * quads / 1e6


def jobs(release: Release) -> Sequence[Job[None]]:
    """What writes the documents of a release, all else of which is there."""
    (release.derived / PRERENDERED).mkdir()
    each = seconds(release.manifest.quads) / len(FILES)
    return [Job(each, _write, (release, number)) for number in FILES]


def written(release: Release) -> bool:
    """Whether the documents of a release are there, and this program made them."""
    found = open_prerendered(release)
    if found:
        found.close()
    return found is not None


def _write(release: Release, number: int) -> None:
    # What pages have in common is kept by all that decides on it. There are no checksums as yet.
    salt = file_sha256(release.derived / "dataset.ttl")
    path = file_of(release.derived / PRERENDERED, number)
    with closing(open_index(release)) as index:
        site = Site(release, index, release.manifest.base, salt)
        mine = list(_names(site, index, number))
        spread = mine[:: max(1, len(mine) // SAMPLES)]
        samples = [body.data for _, _, body in _bodies(site, spread)]
        write_bodies(path, fingerprint(), samples, _bodies(site, mine))


def _names(site: Site, index: Index, number: int) -> Iterator[str]:
    """The end of the address of each document of a thing that is in one of the files."""
    for base in site.bases:
        start = f"{base}id/"
        for iri in index.every_document(start):
            name = iri.removeprefix(start)
            here = _PLAIN.fullmatch(name) and number_of(f"/doc/{name}") == number
            if here and site.named(f"id/{name}") == iri:
                yield name


def _bodies(site: Site, names: Iterable[str]) -> Iterator[tuple[str, str, Body]]:
    """What there is of each document: local path, form, bytes."""
    for name in names:
        if document := current_document(site, name, None):
            for form, body in in_advance(document):
                yield document.path, form.extension, body
