"""Writes a graph of made-up organisation profiles as N-Triples, the same for the same seed.

``python -m benchmarks.generate --organisations 40000 > graph.nt``: about 25 triples each.
"""

import argparse
import random
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Final

SPACE: Final = "https://bench.example/"
BASE: Final = f"{SPACE}id/"
SEED: Final = 6112

COUNTRIES: Final = 40
CITIES_EACH: Final = 10
TOP_SECTORS: Final = 10
#: Every sector but those at the bottom has this many narrower ones, on three levels.
NARROWER: Final = 4
SECTORS: Final = TOP_SECTORS * (1 + NARROWER + NARROWER * NARROWER)
#: Every tenth organisation is a park; the tenants of a park.
PARK_EVERY: Final = 10
TENANTS: Final = 8

_PARK: Final = "https://w3id.org/parkgraph/def#"
_ORG: Final = "http://www.w3.org/ns/org#"
_SCHEMA: Final = "https://schema.org/"
_SKOS: Final = "http://www.w3.org/2004/02/skos/core#"
_TYPE: Final = "<http://www.w3.org/1999/02/22-rdf-syntax-ns#type>"
_XSD: Final = "http://www.w3.org/2001/XMLSchema#"

_FIRST, _SECOND, _THIRD, _WORDS = (
    words.split()
    for words in (
        "Amber Birch Cedar Delta Ember Falcon Granite Harbour Indigo Juniper",
        "Bridge Field Gate Hill Lake Meadow Park Quay River Valley",
        "Alliance Campus Centre Foundry Hub Institute Laboratory Works",
        "brings together companies and laboratories that share workshops offices advice capital "
        "for research prototypes software medicine energy water materials sensors robots logistics "
        "with mentors investors universities and public partners across its region",
    )
)
_CHINESE: Final = "东西南北清华江河山海云光科技创新园区中心大学城港湾"
INDICATORS: Final = ("resident-organizations", "building-area")


def write_graph(organisations: int, seed: int, target: IO[str]) -> int:
    """Write the whole graph; how many triples it has."""
    written = 0
    for lines in graph(organisations, seed):
        target.write("".join(lines))
        written += len(lines)
    return written


def graph(organisations: int, seed: int) -> Iterator[list[str]]:
    """The lines of the graph: concepts and places first, then one list for each organisation."""
    chance = random.Random(seed)  # noqa: S311  # a generator of test data
    yield list(_sectors())
    yield list(_places())
    for number in range(organisations):
        yield list(_organisation(number, organisations, chance))


def organisation(number: int) -> str:
    """The IRI of an organisation, without brackets."""
    return f"{BASE}organization/o{number}"


def sector(number: int) -> str:
    """The IRI of a sector, the broad ones first."""
    return f"{BASE}concept/sector/s{number}"


def country(number: int) -> str:
    """The IRI of a country."""
    return f"{BASE}place/c{number}"


def _city(number: int) -> str:
    return f"{country(number // CITIES_EACH)}-{number % CITIES_EACH}"


def _line(subject: str, predicate: str, value: str) -> str:
    return f"<{subject}> <{predicate}> {value} .\n"


def _typed(subject: str, class_iri: str) -> str:
    return f"<{subject}> {_TYPE} <{class_iri}> .\n"


def _sectors() -> Iterator[str]:
    for number in range(SECTORS):
        here = sector(number)
        yield _typed(here, f"{_SKOS}Concept")
        yield _line(here, f"{_SKOS}prefLabel", f'"Sector {number}"@en')
        yield _line(here, f"{_SKOS}prefLabel", f'"领域 {number}"@zh')
        if number >= TOP_SECTORS:
            broader = sector((number - TOP_SECTORS) // NARROWER)
            yield _line(here, f"{_SKOS}broader", f"<{broader}>")


def _places() -> Iterator[str]:
    for number in range(COUNTRIES):
        yield _typed(country(number), f"{_SCHEMA}Country")
        yield _line(country(number), f"{_SKOS}prefLabel", f'"Country {number}"@en')
    for number in range(COUNTRIES * CITIES_EACH):
        yield _typed(_city(number), f"{_SCHEMA}City")
        yield _line(_city(number), f"{_SKOS}prefLabel", f'"City {number}"@en')


def _organisation(number: int, organisations: int, chance: random.Random) -> Iterator[str]:
    here, city = organisation(number), chance.randrange(COUNTRIES * CITIES_EACH)
    yield _typed(here, f"{_ORG}Organization")
    yield from _words(here, number, chance)
    for chosen in chance.sample(range(SECTORS), 2):
        yield _line(here, f"{_PARK}technologySector", f"<{sector(chosen)}>")
    yield _line(here, f"{_SCHEMA}addressCountry", f"<{country(city // CITIES_EACH)}>")
    yield _line(here, f"{_SCHEMA}location", f"<{_city(city)}>")
    for name, most in (("latitude", 60), ("longitude", 170)):
        degrees = f"{chance.uniform(-most, most):.3f}".rstrip("0").rstrip(".")
        yield _line(here, f"{_SCHEMA}{name}", f'"{degrees}"^^<{_XSD}double>')
    founded = f'"{chance.randrange(1950, 2026)}"^^<{_XSD}gYear>'
    yield _line(here, f"{_SCHEMA}foundingDate", founded)
    yield from _figures(here, chance)
    yield from _relations(here, number, organisations, chance)


def _words(here: str, number: int, chance: random.Random) -> Iterator[str]:
    name = f"{chance.choice(_FIRST)} {chance.choice(_SECOND)} {chance.choice(_THIRD)} {number}"
    chinese = "".join(chance.choices(_CHINESE, k=6))
    sentence = f"{name} {' '.join(chance.choices(_WORDS, k=24))}."
    yield _line(here, f"{_SKOS}prefLabel", f'"{name}"@en')
    yield _line(here, f"{_SKOS}prefLabel", f'"{chinese}"@zh')
    yield _line(here, "http://purl.org/dc/terms/description", f'"{sentence}"@en')


def _figures(here: str, chance: random.Random) -> Iterator[str]:
    for indicator in INDICATORS:
        figure = f"{here}/{indicator}"
        value = chance.randrange(1, 1_000_000)
        yield _line(here, f"{_PARK}hasFigure", f"<{figure}>")
        yield _typed(figure, f"{_PARK}Figure")
        yield _line(figure, f"{_PARK}indicator", f"<{BASE}concept/indicator/{indicator}>")
        yield _line(figure, f"{_SCHEMA}value", f'"{value}"^^<{_XSD}integer>')
        yield _line(figure, f"{_PARK}bound", f"<{BASE}concept/bound/{chance.choice('ab')}>")


def _relations(here: str, number: int, organisations: int, chance: random.Random) -> Iterator[str]:
    membership = f"{here}/membership"
    yield _line(here, f"{_PARK}operator", f"<{organisation(chance.randrange(organisations))}>")
    yield _line(here, f"{_ORG}hasMembership", f"<{membership}>")
    yield _line(membership, f"{_ORG}organization", f"<{BASE}organization/network>")
    if number % PARK_EVERY == 0:
        yield _typed(here, f"{_PARK}Park")
        for tenant in chance.sample(range(organisations), min(TENANTS, organisations)):
            yield _line(here, f"{_PARK}tenant", f"<{organisation(tenant)}>")


def write_file(organisations: int, seed: int, path: Path) -> int:
    """Write the graph to ``path``, all of it or nothing; how many triples it has."""
    staging = path.with_suffix(".part")
    with staging.open("w", encoding="utf-8") as file:
        written = write_graph(organisations, seed, file)
    staging.replace(path)
    return written


def main() -> None:
    """Write a graph to standard output."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--organisations", type=int, default=40_000)
    parser.add_argument("--seed", type=int, default=SEED)
    asked = parser.parse_args()
    written = write_graph(asked.organisations, asked.seed, sys.stdout)
    sys.stderr.write(f"{written:,} triples\n")


if __name__ == "__main__":
    main()
