"""The releases as a feed (Atom, RFC 4287)."""

from collections.abc import Sequence
from typing import Final
from xml.etree.ElementTree import Element, SubElement, indent, register_namespace, tostring

from parkgraph.release import CHANGES, Manifest
from parkgraph.web.site import Site
from parkgraph.web.text import View
from parkgraph.web.words import plural

_ATOM: Final = "http://www.w3.org/2005/Atom"
_LANG: Final = "{http://www.w3.org/XML/1998/namespace}lang"


def feed(site: Site, listed: Sequence[Manifest], lang: str) -> bytes:
    """The feed of the releases ``listed``, oldest first, newest at its top."""
    register_namespace("", _ATOM)
    view = View(site, lang, "/releases.atom")
    dataset, start = site.dataset_iri.value, site.public_url
    root = Element(f"{{{_ATOM}}}feed", {_LANG: lang})
    _add(root, "id", f"{site.base}releases")
    _add(root, "title", view.label(dataset).value)
    _add(root, "updated", max(manifest.issued for manifest in listed))
    SubElement(root, f"{{{_ATOM}}}link", rel="self", href=f"{start}releases.atom")
    SubElement(root, f"{{{_ATOM}}}link", rel="alternate", type="text/html", href=f"{start}releases")
    for iri in view.iris(dataset, "dcterms:publisher") or [dataset]:
        _add(SubElement(root, f"{{{_ATOM}}}author"), "name", view.label(iri).value)
    for manifest in reversed(listed):
        _entry(root, view, manifest)
    indent(root)
    data: bytes = tostring(root, encoding="utf-8", xml_declaration=True)
    return data + b"\n"


def _entry(root: Element, view: View, manifest: Manifest) -> None:
    said, start = view.words["releases"], view.site.public_url
    entry = SubElement(root, f"{{{_ATOM}}}entry")
    _add(entry, "id", manifest.iri)
    _add(entry, "title", said["named"].format(name=manifest.name))
    _add(entry, "updated", manifest.issued)
    _add(entry, "published", manifest.issued)
    link = f"{start}release/{manifest.name}"
    SubElement(entry, f"{{{_ATOM}}}link", rel="alternate", type="text/html", href=link)
    _add(entry, "summary", summary(view, manifest))


def summary(view: View, manifest: Manifest) -> str:
    """A release in a sentence: how much it holds, and how much of it is new."""
    said = view.words["releases"]
    words = [str(plural(said["holds"], manifest.quads, view.words))]
    changes = [file.statements for file in manifest.distributions if file.path == CHANGES]
    words += [str(plural(said["changed"], count, view.words)) for count in changes]
    return str(said["and"]).join(words)


def _add(parent: Element, name: str, text: str) -> None:
    SubElement(parent, f"{{{_ATOM}}}{name}").text = text
