"""The graphs: what follows from the claims, and nothing else."""

import random
from collections.abc import Sequence
from hashlib import sha256
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parkgraph.claims import Concepts
from parkgraph.extract import Extraction, extract
from parkgraph.graph import Dataset, current_view, dataset
from parkgraph.names import Names
from parkgraph.pipeline import Checked, check
from parkgraph.publication import read_publication
from parkgraph.rdf import Literal, NamedNode, Term, Triple, canonical_lines, digest
from parkgraph.statements import document_statements
from parkgraph.vocab import term

BASE = "https://w3id.org/parkgraph/"
PARK = NamedNode(f"{BASE}id/park/iasp-6112")
DOCUMENT = NamedNode(f"{BASE}document/iasp-6112")

#: Classes of the things whose every triple must be able to say why it is there.
DESCRIBED = [
    term(name)
    for name in (
        "park:Park",
        "org:Organization",
        "org:Site",
        "schema:Place",
        "park:Network",
        "schema:Service",
        "park:Strategy",
    )
]
STRUCTURAL = [
    term(name)
    for name in (
        "rdf:type",
        "park:hasFigure",
        "org:hasPrimarySite",
        "org:siteOf",
        "org:hasMembership",
        "org:member",
    )
]
NAMES = [term(name) for name in ("rdfs:label", "skos:prefLabel", "skos:altLabel")]


def values(triples: frozenset[Triple], subject: Term, name: str) -> list[Term]:
    return [t.object for t in triples if t.subject == subject and t.predicate == term(name)]


def unsupported(view: frozenset[Triple]) -> list[Triple]:  # noqa: C901  # one rule, read as a whole
    """The triples about described things that the rule of evidence does not allow.

    Written apart from the shape that checks the same (model.md §0.2).
    """
    described = {
        t.subject for t in view if t.predicate == term("rdf:type") and t.object in DESCRIBED
    }
    nodes: dict[Term, dict[str, list[Term]]] = {}
    for triple in view:
        nodes.setdefault(triple.subject, {}).setdefault(triple.predicate.value, []).append(
            triple.object
        )

    def get(node: dict[str, list[Term]], name: str) -> list[Term]:
        return node.get(term(name).value, [])

    asserted, words, aliases = set(), {}, set()
    for node in nodes.values():
        parts = [get(node, n) for n in ("rdf:subject", "rdf:predicate", "rdf:object")]
        judged = get(node, "park:evidence") or get(node, "prov:wasAttributedTo")
        if all(parts) and judged:
            asserted.add(tuple(part[0] for part in parts))
            aliases |= {
                (parts[0][0], term("skos:prefLabel"), label)
                for label in get(node, "park:targetLabel")
            }
        for thing in [*parts[0], *parts[2], *get(node, "park:about")]:
            words.setdefault(thing, []).extend(q.value for q in get(node, "park:quote"))

    def allowed(t: Triple) -> bool:
        if (t.subject, t.predicate, t.object) in asserted or t.predicate in STRUCTURAL:
            return True
        if t.predicate in NAMES:
            said = (t.subject, term("skos:prefLabel"), t.object) in asserted | aliases
            return said or any(t.object.value in quote for quote in words.get(t.subject, []))
        return False

    return [t for t in view if t.subject in described and not allowed(t)]


def test_every_triple_can_say_why(checked: Checked):
    """Each triple about a described thing is asserted by a claim or is structural."""
    assert unsupported(checked.dataset.default) == []


def test_the_rule_can_fail(checked: Checked):
    """The check above is no formality: an orphan triple is found by it."""
    orphan = Triple(PARK, term("schema:foundingDate"), Literal("1994"))

    assert unsupported(checked.dataset.default | {orphan}) == [orphan]


EXPECTED = [
    ("skos:prefLabel", {"Tsinghua University Science Park - TusPark"}),
    ("skos:altLabel", {"TusPark"}),
    ("park:operator", {"organization/tus-holdings"}),
    ("park:builder", {"organization/tus-holdings"}),
    ("park:affiliatedUniversity", {"organization/tsinghua-university"}),
    ("org:classification", {"concept/park-type/science-park"}),
    (
        "park:technologySector",
        {"concept/sector/ict-communications", "concept/sector/software-engineering"},
    ),
    (
        "park:hasStrategy",
        {
            "strategy/iasp-6112-internationalization",
            "strategy/iasp-6112-value-added-service-platform",
            "strategy/iasp-6112-sub-park-development",
        },
    ),
    (
        "park:integratesResourcesFrom",
        {
            f"concept/resource-source/{source}"
            for source in (
                "government",
                "industry",
                "university",
                "research",
                "finance",
                "intermediaries",
                "trade",
                "media",
            )
        },
    ),
    (
        "park:hosts",
        {
            "concept/resident-kind/national-company-rd-headquarters",
            "concept/resident-kind/multinational-company-rd-headquarters",
            "concept/resident-kind/innovative-startups",
        },
    ),
    ("foaf:homepage", set()),
    ("schema:foundingDate", set()),
    ("geo:sfWithin", set()),
    ("park:businessLine", set()),
    ("park:sharesResource", set()),
]


@pytest.mark.parametrize(("name", "expected"), EXPECTED, ids=[e[0] for e in EXPECTED])
def test_the_park(checked: Checked, name: str, expected: set[str]):
    """What follows about the park, and what does not."""
    found = values(checked.dataset.default, PARK, name)

    assert {getattr(v, "value", "").removeprefix(f"{BASE}id/") for v in found} == expected


def test_network_and_business_belong_to_the_operator(checked: Checked):
    """The network is founded by the operator; its three lines of business are its own."""
    view = checked.dataset.default
    holdings = NamedNode(f"{BASE}id/organization/tus-holdings")
    network = NamedNode(f"{BASE}id/network/tus-holdings-innovation-network")

    assert values(view, network, "schema:founder") == [holdings]
    assert len(values(view, network, "park:sharesResource")) == 4
    assert len(values(view, holdings, "park:businessLine")) == 3


def test_open_lists_say_so(checked: Checked):
    """The eight sources and the shared resources are open lists; «other» is no concept."""
    view = checked.dataset.default
    opened = {
        t.subject.value.rpartition("#claim-")[2]
        for t in view
        if t.predicate == term("park:openList")
    }

    assert opened == {*(f"T14-{n}" for n in range(1, 9)), "T22", "T22e"}
    assert not [t for t in view if "/shared-resource/other" in str(t.object)]


def test_empty_fields_are_empty(checked: Checked):
    """Three fields are empty: no value, no placeholder, nothing borrowed."""
    view = checked.dataset.default
    empty = NamedNode(f"{BASE}id/concept/field-state/empty")
    fields = [
        t.subject for t in view if t.predicate == term("park:fieldState") and t.object == empty
    ]

    assert sorted(f.value.rpartition("#")[2] for f in fields) == [
        "field-image-gallery",
        "field-member-category",
        "field-website",
    ]
    assert not [v for field in fields for v in values(view, field, "park:fieldValue")]


def test_published_graphs_have_no_blank_nodes_and_no_text(checked: Checked):
    """A release is canonical by sorting, and the source text is not in it."""
    lines = canonical_lines(checked.dataset.quads())

    assert not [line for line in lines if line.startswith(b"_:") or b" _:" in line.split(b'"')[0]]
    assert not [line for line in lines if b'sourceText> "' in line]
    assert len(checked.dataset.private) == 1


def test_named_graphs(checked: Checked):
    """A graph for the document version, and one each for alignments, concepts, ontology."""
    names = {name.value.removeprefix(f"{BASE}graph/") for name in checked.dataset.named}
    union = frozenset().union(
        *(g for n, g in checked.dataset.named.items() if not n.value.endswith("/def"))
    )

    assert names == {"document/iasp-6112/8d0d83c6", "alignments", "concepts", "def"}
    assert checked.dataset.default == union


def dataset_of(extractions: Sequence[Extraction]) -> Dataset:
    return dataset(Names(BASE), extractions, {}, {})


@settings(max_examples=15, deadline=None)
@given(seed=st.integers())
def test_order_does_not_matter(checked: Checked, seed: int):
    """Any order of claims and fields gives the same digest."""
    shuffled = []
    for extraction in checked.extractions:
        claims, fields = list(extraction.claims), list(extraction.fields)
        random.Random(seed).shuffle(claims)
        random.Random(seed).shuffle(fields)
        shuffled.append(
            Extraction(
                extraction.document,
                extraction.names,
                tuple(fields),
                extraction.things,
                tuple(claims),
            )
        )

    assert digest(canonical_lines(dataset_of(shuffled).quads())) == digest(
        canonical_lines(dataset_of(checked.extractions).quads())
    )


def test_correcting_the_text_renames_no_claim(publication: Path):
    """One more character moves offsets and the version, and keeps every claim's IRI."""
    before = claim_iris(publication)
    text = publication / "data/profiles/iasp-6112.txt"
    text.write_text(
        text.read_text("utf-8").replace("TusPark is the key", "TusPark  is the key"), "utf-8"
    )
    reading = publication / "data/profiles/iasp-6112.yaml"
    changed = reading.read_text("utf-8")
    changed = changed.replace("quote: TusPark is the key", "quote: TusPark  is the key")
    changed = changed.replace('suffix: " is the key', 'suffix: "  is the key')
    reading.write_text(changed, "utf-8")

    assert claim_iris(publication) == before


def claim_iris(folder: Path) -> set[str]:
    findings: list = []
    publication = read_publication(folder, findings)
    concepts = Concepts.of(q.quad for file in publication.concepts for q in file.quads)
    extraction = extract(publication.documents[0], concepts, Names(publication.base), findings)
    return {
        t.subject.value
        for t, _ in document_statements(extraction)
        if t.predicate == term("rdf:type") and t.object == term("park:Claim")
    }


def test_a_byte_order_mark_is_no_part_of_the_title(publication: Path):
    """A text that was saved with a byte order mark has the title that one reads."""
    text = publication / "data/profiles/iasp-6112.txt"
    text.write_bytes(b"\xef\xbb\xbf" + text.read_bytes())
    titles = values(check(publication).dataset.default, DOCUMENT, "dcterms:title")

    assert [t.value for t in titles] == ["Tsinghua University Science Park - TusPark"]


def test_the_best_ranked_document_names_a_park():
    """Of two documents on one park the first gives name and type; figures of both are kept."""

    def t(name: str, value: str) -> Triple:
        return Triple(PARK, term(name), Literal(value, language="en"))

    first = frozenset({t("skos:prefLabel", "A"), t("rdfs:label", "A"), t("park:mission", "m")})
    second = frozenset({t("skos:prefLabel", "B"), t("rdfs:label", "B"), t("park:mission", "n")})

    assert current_view([first, second]) == first | {
        t("park:mission", "n"),
        t("skos:altLabel", "B"),
    }
    assert current_view([second, first]) == second | {
        t("park:mission", "m"),
        t("skos:altLabel", "A"),
    }


SECOND = """Tsinghua University Science Park - TusPark
1. Name
    Tsinghua University Science Park - TusPark
2. Location
    {location}
3. Type
    Science Park
4. Main technology sectors
    Software Engineering
5. Member category
    Full
"""
READING = """document:
  about: {about}
  address: https://directory.example.org/7
  publisher: organization/example-directory
  publisherName: Example Directory
  language: {language}
  sha256: "{sha256}"
  rights: The text belongs to its owner.
  places: {{Pekín: beijing, Chine: china}}
"""


def with_second(folder: Path, about: str, language: str, location: str) -> Dataset:
    """The graphs with another document, to which there is no objection."""
    text = SECOND.format(location=location)
    found = {"about": about, "language": language, "sha256": sha256(text.encode()).hexdigest()}
    (folder / "data/profiles/other-7.txt").write_text(text, "utf-8")
    (folder / "data/profiles/other-7.yaml").write_text(READING.format(**found), "utf-8")
    checked = check(folder)

    assert checked.blocking == ()
    assert unsupported(checked.dataset.default) == []
    return checked.dataset


def test_one_place_has_names_in_two_languages(publication: Path):
    """Two pages name one place, each in its language: the second name is an alternative."""
    view = with_second(publication, "park/other-7", "fr", "Pekín, Chine").default
    beijing = NamedNode(f"{BASE}id/place/beijing")

    assert values(view, beijing, "skos:prefLabel") == [Literal("Beijing", language="en")]
    assert Literal("Pekín", language="fr") in values(view, beijing, "skos:altLabel")


def test_each_directory_has_a_membership(publication: Path):
    """Of two directories that have a park, each has a membership, with its own category only."""
    view = with_second(publication, "park/iasp-6112", "en", "Haidian, Beijing, China").default
    memberships = {m.value for m in values(view, PARK, "org:hasMembership")}
    first, second = (
        {
            value.value.rpartition("/")[2]
            for name in ("org:organization", "org:role")
            for value in values(view, NamedNode(f"{BASE}id/membership/{slug}"), name)
        }
        for slug in ("iasp-6112", "other-7")
    )

    assert memberships == {f"{BASE}id/membership/{slug}" for slug in ("iasp-6112", "other-7")}
    assert first == {"iasp"}
    assert second == {"example-directory", "full-member"}


def test_an_address_is_that_of_the_best_document(publication: Path):
    """A lower-ranked document adds nothing to the address, and its places all the same."""
    view = with_second(publication, "park/iasp-6112", "en", "Haidian, Beijing, China").default
    site = NamedNode(f"{BASE}id/site/iasp-6112")
    (address,) = values(view, PARK, "schema:address")

    assert [v.value for v in values(view, address, "schema:addressLocality")] == ["Beijing"]
    assert NamedNode(f"{BASE}id/place/haidian") in values(view, site, "schema:containedInPlace")
