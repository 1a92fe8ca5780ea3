"""How to cite the dataset, a release or a thing: BibTeX, CSL-JSON, and a line for people."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Final

from parkgraph.rdf import Literal, NamedNode, Term
from parkgraph.release import Manifest
from parkgraph.vocab import term
from parkgraph.web.saying import values
from parkgraph.web.site import Site

#: What is special in BibTeX, or in the LaTeX that it goes into. BibTeX counts braces even
#: behind a backslash, so these go by name.
_SPECIAL: Final = {
    "\\": r"\textbackslash{}",
    "{": r"\textbraceleft{}",
    "}": r"\textbraceright{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{sign: f"\\{sign}" for sign in "&%$#_"},
}
#: What a citation key is made of; all else could end it.
_NO_KEY: Final = re.compile(r"[^A-Za-z0-9]+")


@dataclass(frozen=True, slots=True)
class Citation:
    """What is told of a work that is cited.

    Attributes:
        key: what a text calls it by.
        title: what is cited.
        container: the dataset that it is a part of; None for the dataset itself.
        publisher: who publishes the dataset; empty if nobody is named.
        version: the name of the release.
        issued: the day of the release.
        address: its IRI, which outlives servers.
    """

    key: str
    title: str
    container: str | None
    publisher: str
    version: str
    issued: date
    address: str


def cite_dataset(site: Site) -> Citation:
    """The dataset, in the release that is served."""
    return _citation(site, site.manifest, f"{site.base}dataset", _title(site), None)


def cite_release(site: Site, manifest: Manifest) -> Citation:
    """One release of the dataset."""
    address = f"{site.base}release/{manifest.name}"
    return _citation(site, manifest, address, _title(site), None)


def cite_thing(site: Site, iri: str) -> Citation:
    """What the dataset says of a thing, in the release that is served."""
    label = term("rdfs:label")
    names = [t.object for t in site.index.outgoing(iri) if t.predicate == label]
    return _citation(site, site.manifest, iri, _english(names) or iri, _title(site))


def _citation(
    site: Site, manifest: Manifest, address: str, title: str, container: str | None
) -> Citation:
    local = address.removeprefix(site.base)
    name = site.base.rstrip("/").rpartition("/")[2]
    return Citation(
        key=_NO_KEY.sub("-", f"{name} {local.removeprefix('id/')}").strip("-"),
        title=title,
        container=container,
        publisher=_publisher(site),
        version=manifest.name,
        issued=date.fromisoformat(manifest.issued[:10]),
        address=address,
    )


def _title(site: Site) -> str:
    dataset = NamedNode(f"{site.base}dataset")
    return _english(list(values(site.dataset, dataset, "dcterms:title"))) or dataset.value


def _publisher(site: Site) -> str:
    for agent in values(site.dataset, NamedNode(f"{site.base}dataset"), "dcterms:publisher"):
        if isinstance(agent, NamedNode):
            return _english(list(values(site.dataset, agent, "foaf:name"))) or agent.value
    return ""


def _english(found: list[Term]) -> str:
    """The English text, or the first of another language; empty if there is none."""
    texts = [(v.language != "en", v.value) for v in found if isinstance(v, Literal)]
    return min(texts, key=lambda text: text[0])[1] if texts else ""


def bibtex(citation: Citation) -> str:
    """An entry for BibTeX and BibLaTeX: ``@misc``, which both know.

    Titles and names are in double braces, so that no style changes their case or takes them apart.
    """
    part = f"In: {citation.container}, release" if citation.container else "Release"
    fields = {
        "author": _braced(citation.publisher),
        "title": _braced(citation.title),
        "howpublished": _escaped(f"{part} {citation.version}"),
        "year": str(citation.issued.year),
        "month": str(citation.issued.month),
        "url": citation.address,
    }
    lines = [f"  {name} = {{{value}}}," for name, value in fields.items() if value]
    return "\n".join([f"@misc{{{citation.key},", *lines, "}"]) + "\n"


def _braced(text: str) -> str:
    return f"{{{_escaped(text)}}}" if text else ""


def _escaped(text: str) -> str:
    r"""``text`` as BibTeX wants it, on one line.

    >>> print(_escaped("R&D at 100% {sic}"))
    R\&D at 100\% \textbraceleft{}sic\textbraceright{}
    """
    return "".join(_SPECIAL.get(sign, sign) for sign in " ".join(text.split()))


def csl(citation: Citation) -> str:
    """A list of one item in CSL-JSON (Citation Style Language 1.0.2)."""
    day = citation.issued
    item: dict[str, object] = {
        "id": citation.key,
        "type": "entry" if citation.container else "dataset",
        "title": citation.title,
        "container-title": citation.container,
        "author": _names(citation.publisher),
        "publisher": citation.publisher,
        "version": citation.version,
        "issued": {"date-parts": [[day.year, day.month, day.day]]},
        "URL": citation.address,
    }
    told = {name: value for name, value in item.items() if value}
    return json.dumps([told], indent=2, ensure_ascii=False) + "\n"


def _names(publisher: str) -> list[Mapping[str, str]]:
    """A name that is no person's goes as it is (CSL-JSON, ``literal``)."""
    return [{"literal": publisher}] if publisher else []


def line(citation: Citation) -> str:
    """The citation in a line, for people to copy."""
    who = f"{citation.publisher} " if citation.publisher else ""
    part = f" In: {citation.container}." if citation.container else ""
    title = citation.title.rstrip(".")
    return (
        f"{who}({citation.issued.year}). {title}.{part} "
        f"Release {citation.version}. {citation.address}"
    )
