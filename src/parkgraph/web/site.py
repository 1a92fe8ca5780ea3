"""What the web process serves: one release, its index, and how IRIs and local paths relate."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from email.utils import format_datetime
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any, Final, cast

from parkgraph.addresses import Addresses
from parkgraph.describe import describe
from parkgraph.description import Line, Nodes, bare, is_iri, lines_of, nodes_in
from parkgraph.errors import Diagnostic, ParkgraphError
from parkgraph.index import Index, Lookup
from parkgraph.lists import Lists
from parkgraph.names import Names
from parkgraph.outline import Outline
from parkgraph.prerendered import Prerendered
from parkgraph.rdf import NamedNode, Quad, Triple, parse_bytes, relabelled
from parkgraph.release import INDEX, PRERENDERED, Manifest, Release, open_index
from parkgraph.schemaorg import schema_org
from parkgraph.search import Search
from parkgraph.vocab import HOME, term
from parkgraph.web.integrity import Refusing, refused
from parkgraph.web.program import fingerprint

#: Leads to what belongs to a thing though it is described by itself.
_NEAR: Final = frozenset((str(term("schema:address")), str(term("org:hasPrimarySite"))))
#: The spaces of names in which a release can be looked back at.
_AS_THEN: Final = ("doc/", "document/", "source/")
#: Bytes of lines that are looked through at once.
_MOST: Final = 30_000
#: Derived files that pages are made from; the index follows the release.
_STATEFUL: Final = frozenset({".ttl", ".json", ".rq"})


@dataclass(frozen=True)
class Site:
    """A release, opened to be served.

    Attributes:
        public_url: where clients reach this server, with a final slash; for addresses that
            must resolve, never for naming things.
        salt: makes the entity tags of data that no digest is known of other ones; empty for a
            release.
        archived: whether it is looked back at: its things lead to their documents of then, and its
            claims to the words of then.
        prerendered: documents that this very program made at build, if it did.
        faults: what is wrong with derived files, by their names.
    """

    release: Release
    index: Lookup
    public_url: str
    salt: str
    archived: bool = field(default=False, kw_only=True)
    prerendered: Prerendered | None = field(default=None, kw_only=True)
    faults: Mapping[str, Diagnostic] = field(default_factory=dict, kw_only=True)

    def derived(self, name: str) -> Path:
        """The place of a derived file or folder.

        Raises:
            ParkgraphError: it was found wrong (PG503, PG504).
        """
        if wrong := refused(self.faults, name):
            raise ParkgraphError(wrong)
        return self.release.derived / name

    @cached_property
    def state(self) -> str:
        """All that decides on the bytes of an answer, but the request: in every entity tag.

        The release, what is derived from it, the address of the server and the program itself.
        """
        state = sha256(f"{fingerprint()} {self.public_url} {self.salt}\n".encode())
        state.update(self.manifest.to_json())
        for path, digest in sorted(self.release.derived_sums().items()):
            if Path(path).suffix in _STATEFUL:
                state.update(f"{path} {digest}\n".encode())
        return state.hexdigest()

    @property
    def fleeting(self) -> bool:
        """Whether what it says may change while it is served, so that only bytes can tell."""
        return False

    @property
    def triples(self) -> int | None:
        """How many triples the default graph has; None where nobody counts them."""
        return self.manifest.triples

    def serves(self, graph: str) -> bool:  # noqa: ARG002  # a release serves all of its graphs
        """Whether the named graph ``graph``, if there is one, may be asked."""
        return True

    def fault(self) -> Diagnostic | None:
        """Why nothing can be answered just now, if so."""
        return None

    def quiet(self) -> "Site":
        """The same for a page that must come whatever happened: nothing is waited for."""
        return self

    @cached_property
    def issued(self) -> str:
        """When the release was issued, as HTTP writes a date (RFC 9110 §5.6.7)."""
        return format_datetime(datetime.fromisoformat(self.manifest.issued), usegmt=True)

    @cached_property
    def dataset_iri(self) -> NamedNode:
        """The IRI of the dataset."""
        return NamedNode(f"{self.base}dataset")

    @cached_property
    def licences(self) -> tuple[str, ...]:
        """The IRIs of the licences of the dataset."""
        licence, dataset = term("dcterms:license"), self.dataset_iri
        said = [t for t in self.dataset if t.subject == dataset and t.predicate == licence]
        return tuple(t.object.value for t in said if isinstance(t.object, NamedNode))

    def as_then(self) -> "Site":
        """The same, looked back at."""
        return self if self.archived else replace(self, archived=True, prerendered=None)

    def close(self) -> None:
        """Let go of the files that are read for each document."""
        if self.prerendered:
            self.prerendered.close()
        self.index.close()

    def address(self, iri: str) -> str:
        """Where a file is found: the local path where it is one of this server's."""
        if iri.startswith(self.public_url):
            return "/" + iri.removeprefix(self.public_url)
        return self.local(iri) or iri

    @property
    def manifest(self) -> Manifest:
        """What the release promises."""
        return self.release.manifest

    @property
    def base(self) -> str:
        """The start of the publication's IRIs."""
        return self.release.manifest.base

    @cached_property
    def dataset(self) -> tuple[Triple, ...]:
        """The description of the dataset as its publisher wrote it."""
        data = self.derived("dataset.ttl").read_bytes()
        return tuple(quad.triple for quad in parse_bytes(data, "ttl"))

    @cached_property
    def dataset_nodes(self) -> Nodes:
        """The same by subject and property."""
        return nodes_in(self.dataset)

    @cached_property
    def search(self) -> Search:
        """The full-text search."""
        return Search(self.derived("search.sqlite"))

    @cached_property
    def addresses(self) -> Addresses:
        """What became of former addresses."""
        path = self.derived("addresses.json")
        return Addresses.from_json(path.read_bytes()) if path.is_file() else Addresses()

    @cached_property
    def links(self) -> dict[str, dict[str, Any]]:
        """By language, what things are called and where they lead: for pages to keep."""
        return {}

    @cached_property
    def link_fields(self) -> dict[tuple[object, ...], str]:
        """The links that documents of a kind have in common: for documents to keep."""
        return {}

    @cached_property
    def lists(self) -> Lists:
        """Lists of things by class and concept."""
        return Lists(self.derived("lists.sqlite"))

    @cached_property
    def shapes(self) -> tuple[Triple, ...]:
        """The shapes that the release was checked against.

        A parser makes up labels for blank nodes; canonical ones give the same bytes each time.
        """
        data = self.derived("shapes.ttl").read_bytes()
        return tuple(quad.triple for quad in relabelled(parse_bytes(data, "ttl")))

    @cached_property
    def outline(self) -> Outline | None:
        """The classes and the links between them; None where nobody counted them."""
        path = self.derived("outline.json")
        return Outline.from_json(path.read_bytes()) if path.is_file() else None

    @cached_property
    def bases(self) -> tuple[str, ...]:
        """The starts of IRIs that are answered for here, the publication's own first."""
        return tuple(dict.fromkeys((self.base, HOME)))

    def local(self, iri: str) -> str | None:
        """The path at which this server answers for ``iri``; None if it does not.

        A thing is led to its document at once, which saves the reader a redirect.
        """
        for base in self.bases:
            if iri.startswith(base):
                path = iri.removeprefix(base)
                if path.startswith("id/"):
                    path = f"doc/{path.removeprefix('id/')}"
                then = self.archived and path.startswith(_AS_THEN)
                return f"/release/{self.manifest.name}/{path}" if then else f"/{path}"
        return None

    def named(self, path: str) -> str | None:
        """The IRI that ``path`` (``id/park/…``, no leading slash) stands for, if it is known.

        The publication's own names come first; the vocabulary and the concept schemes keep
        their address whoever publishes (model.md §3).
        """
        for base in self.bases:
            if self.index.knows(base + path):
                return base + path
        return None

    def describe(self, iri: str) -> Sequence[Triple]:
        """The description of ``iri``, as every format of its document holds it."""
        return describe(self.index, iri)

    def text(self, iri: str) -> bytes | None:
        """What the default graph says of ``iri``, as N-Triples; None if it is not known at once."""
        if not isinstance(self.index, Index) or iri in self._defined:
            return None
        return self.index.text(iri, most=_MOST)

    @property
    def indexed(self) -> bool:
        """Whether there is an index that was not found wrong."""
        return isinstance(self.index, Index)

    @cached_property
    def _defined(self) -> frozenset[str]:
        """What the ontology's graph tells of: the index has its lines among the others."""
        lines = lines_of(self.index.graph(Names(self.base).graph("def").value) or b"")
        return frozenset(bare(subject) for subject, _, _ in lines)

    def in_schema_org(self, iri: str, described: Sequence[Line]) -> list[Line]:
        """A description of ``iri`` in the terms of schema.org, with its address and its site."""
        near = [bare(value) for _, by, value in described if by in _NEAR and is_iri(value)]
        lines = [*described, *self.index.lines(*near)] if near else described
        return schema_org(lines, iri)

    def source(self, slug: str, version: str) -> str:
        """The verbatim text of a document version."""
        path = self.release.folder / "source" / slug / f"{version}.txt"
        return path.read_bytes().decode("utf-8")


def open_site(release: Release, public_url: str) -> Site:
    """Open ``release`` for serving.

    Raises:
        ParkgraphError: it has no index (PG513).
    """
    index = open_index(release)
    return Site(release, index, public_url, salt="", prerendered=open_prerendered(release))


def open_prerendered(release: Release) -> Prerendered | None:
    """The documents of a release that were made at build, if this very program made them."""
    folder = release.derived / PRERENDERED
    if not folder.is_dir():  # as small releases: the digest of the program is not needed yet
        return None
    try:
        return Prerendered(folder, fingerprint())
    except OSError:
        return None


def refusing(site: Site, faults: Mapping[str, Diagnostic]) -> Site:
    """The site without the derived files that were found wrong: what needs them is refused."""
    index: object = site.index
    if INDEX in faults:
        index = Refusing(faults[INDEX])
    elif isinstance(index, Refusing):
        index = open_index(site.release)
    ready = site.prerendered
    if refused(faults, PRERENDERED):
        ready = None
    elif ready is None and not site.archived:  # it may be right again
        ready = open_prerendered(site.release)
    return replace(site, index=cast("Lookup", index), prerendered=ready, faults=faults)


def quads(triples: Iterable[Triple]) -> list[Quad]:
    """Triples as quads of the default graph."""
    return [Quad(triple.subject, triple.predicate, triple.object) for triple in triples]
