"""The parks and the figures as CSV, with metadata that says what each column means (CSVW)."""

import csv
import json
import tempfile
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import lru_cache, partial
from pathlib import Path
from typing import Any, Final, TypeAlias

from parkgraph.graphfile import Described, GraphFile, Lookup, described
from parkgraph.rdf import Literal, NamedNode, Quad, Term
from parkgraph.vocab import term

#: The one file of metadata: where a CSVW processor looks in the folder of a table (tabular
#: metadata §5.3).
METADATA: Final = "csv-metadata.json"
METADATA_TYPE: Final = "application/csvm+json"


@dataclass(frozen=True, slots=True)
class Column:
    """What a table says of each row's thing.

    Attributes:
        name: the column's heading; a text has one column for each language, ``name_en``.
        path: the IRIs of the properties that lead to the values.
        titles: what the column is called for people, in English and Chinese.
        kind: «thing» (an IRI, with a column of labels beside it), «link» (an IRI alone), «text»,
            or a datatype of XML Schema.
    """

    name: str
    path: tuple[str, ...]
    titles: tuple[str, str]
    kind: str = "thing"


@dataclass(frozen=True, slots=True)
class Table:
    """A file with a row for each instance of a class."""

    path: str
    key: str
    row_class: str
    titles: tuple[str, str]
    columns: tuple[Column, ...]


def _column(name: str, path: str, titles: str, kind: str = "thing") -> Column:
    english, _, chinese = titles.partition(" | ")
    properties = tuple(term(curie).value for curie in path.split(" / "))
    return Column(name, properties, (english, chinese), kind)


#: The tables of a release.
TABLES: Final = (
    Table(
        "parks.csv",
        "park",
        "park:Park",
        ("Parks", "园区"),
        (
            _column("name", "skos:prefLabel", "Name | 名称", "text"),
            _column("other_name", "skos:altLabel", "Other name | 别名", "text"),
            _column("type", "org:classification", "Type | 类型"),
            _column(
                "locality", "schema:address / schema:addressLocality", "Locality | 城市", "text"
            ),
            _column("country", "schema:address / schema:addressCountry", "Country | 国家", "text"),
            _column("university", "park:affiliatedUniversity", "University | 大学"),
            _column("operator", "park:operator", "Operator | 运营方"),
            _column("builder", "park:builder", "Builder | 建设方"),
            _column("sector", "park:technologySector", "Technology sector | 技术领域"),
            _column("hosts", "park:hosts", "Kind of resident | 入驻机构类型"),
            _column("mission", "park:mission", "Mission | 使命", "text"),
            _column("same_as", "schema:sameAs", "The same elsewhere | 别处的同一事物", "link"),
        ),
    ),
    Table(
        "figures.csv",
        "figure",
        "park:Figure",
        ("Figures", "数字"),
        (
            _column("park", "park:about", "Of what | 对象"),
            _column("indicator", "park:indicator", "Indicator | 指标"),
            _column("bound", "park:bound", "Bound | 界限"),
            _column("value", "schema:value", "Value | 数值", "decimal"),
            _column("unit", "qudt:hasUnit", "Unit | 单位", "link"),
            _column("unit_code", "schema:unitCode", "UN/CEFACT code | 单位代码", "string"),
            _column("verbatim", "park:verbatimValue", "As written | 原文数值", "string"),
            _column("standing", "park:standing", "Standing | 陈述性质"),
            _column("quote", "park:quote", "Words of the source | 原文", "text"),
            _column("note", "skos:note", "Note | 说明", "text"),
            _column("evidence", "park:evidence", "Passage | 出处", "link"),
        ),
    ),
)

_LABELS: Final = tuple(map(term, ("rdfs:label", "skos:prefLabel")))
_TYPE: Final = term("rdf:type")
#: What may stand between several values: the first that occurs in none of them.
_SEPARATORS: Final = "|¦‖␟\x1f"
_SIGNS: Final = frozenset(_SEPARATORS)
#: Things whose label is kept: concepts are named again and again.
_LABELS_KEPT: Final = 10_000

#: The cells of a column in one row, by what the name of the field ends with.
_Cells: TypeAlias = dict[str, list[str]]
#: What is said of a thing, by property.
_Said: TypeAlias = Mapping[str, Set[Term]]


def write_tables(graph: GraphFile, folder: Path) -> None:
    """Write each table (RFC 4180) and the metadata to ``folder``: the same for the same graph.

    No value is left out: where a thing has several, they stand in one cell, apart by the
    separator that the metadata names. So a table is gone through twice.
    """
    described = []
    with graph.lookup() as lookup:
        labels = lru_cache(_LABELS_KEPT)(partial(_label, lookup))
        for table in TABLES:
            with tempfile.TemporaryFile(dir=folder) as file:
                fields = _Fields(table)
                for iri, quads in _instances(graph, term(table.row_class)):
                    said = _said(quads)
                    row = [_cells(column, said, lookup, labels) for column in table.columns]
                    fields.note(row)
                    file.write(json.dumps([iri, row]).encode() + b"\n")
                file.seek(0)
                _write_csv(folder / table.path, table.key, fields, map(json.loads, file))
                described.append(_described(table, fields))
    group = {"@context": ["http://www.w3.org/ns/csvw", {"@language": "en"}], "tables": described}
    text = json.dumps(group, indent=2, ensure_ascii=False)
    (folder / METADATA).write_bytes(f"{text}\n".encode())


def _instances(graph: GraphFile, class_: NamedNode) -> Iterator[Described]:
    """The instances of a class that have an IRI, in the order of those."""
    said = f"> {_TYPE} {class_} .".encode()
    texts = (text for _, text in graph.texts() if said in text)
    for iri, quads in described(texts):
        if any(quad.predicate == _TYPE and quad.object == class_ for quad in quads):
            yield iri, quads


def _cells(
    column: Column, said: _Said, lookup: Lookup, label: Callable[[NamedNode], str]
) -> _Cells:
    found = sorted(_values(said, column.path, lookup), key=str)
    texts = [value for value in found if isinstance(value, Literal)]
    if column.kind == "text":
        cells: _Cells = defaultdict(list)
        for value in texts:
            cells[f"_{value.language}" if value.language else ""].append(value.value)
        return cells
    if column.kind not in {"thing", "link"}:
        return {"": [value.value for value in texts]}
    things = [value for value in found if isinstance(value, NamedNode)]
    names = {"_label": list(map(label, things))} if column.kind == "thing" else {}
    return {"": [thing.value for thing in things], **names}


def _said(quads: Iterable[Quad]) -> _Said:
    """What triples of one subject say, by property."""
    said: dict[str, set[Term]] = defaultdict(set)
    for quad in quads:
        said[quad.predicate.value].add(quad.object)
    return said


def _values(said: _Said, path: Sequence[str], lookup: Lookup) -> Set[Term]:
    """The values at the end of a path of properties."""
    found = said.get(path[0], frozenset())
    if len(path) == 1:
        return found
    things = (value.value for value in found if isinstance(value, NamedNode))
    return {v for iri in things for v in _values(_said(lookup(iri)), path[1:], lookup)}


def _label(lookup: Lookup, thing: NamedNode) -> str:
    """A name for people: English if there is one, else any, else the IRI."""
    found = [
        quad.object
        for quad in lookup(thing.value)
        if quad.predicate in _LABELS and isinstance(quad.object, Literal)
    ]
    best = min(found, key=lambda v: (v.language != "en", str(v)), default=None)
    return best.value if best else thing.value


class _Fields:
    """What is known of the fields of a table when all its rows have been seen."""

    def __init__(self, table: Table) -> None:
        self._columns = table.columns
        self._several: set[tuple[int, str]] = set()
        self._taken: dict[tuple[int, str], set[str]] = defaultdict(set)

    def note(self, row: list[_Cells]) -> None:
        """See a row."""
        for place, cells in enumerate(row):
            for suffix, values in cells.items():
                self._taken[place, suffix].update(*(_SIGNS.intersection(v) for v in values))
                if len(values) > 1:
                    self._several.add((place, suffix))

    def __iter__(self) -> "Iterator[_Field]":
        """Each field, in order: a text has one for each language, one at least."""
        for place, column in enumerate(self._columns):
            seen = sorted(suffix for at, suffix in self._taken if at == place)
            fixed = {"thing": ["", "_label"], "text": seen or [""]}
            for suffix in fixed.get(column.kind, [""]):
                yield self._field(place, column, suffix)

    def _field(self, place: int, column: Column, suffix: str) -> "_Field":
        several = (place, suffix) in self._several
        taken = self._taken[place, suffix]
        separator = next((sign for sign in _SEPARATORS if sign not in taken), _SEPARATORS[-1])
        name = column.name + suffix.replace("-", "_")
        described = {"name": name, **_meaning(column, suffix, name, several=several)}
        if several:
            described["separator"] = separator
        return _Field(name, place, suffix, separator, described)


@dataclass(frozen=True, slots=True)
class _Field:
    """A column as it is written, and what the metadata says of it.

    Attributes:
        place: of its column in the table.
        suffix: what its name ends with behind the column's.
    """

    name: str
    place: int
    suffix: str
    separator: str
    described: dict[str, Any]

    def cell(self, row: Sequence[Mapping[str, list[str]]]) -> str:
        """What it says in a row."""
        return self.separator.join(row[self.place].get(self.suffix, ()))


def _meaning(column: Column, suffix: str, name: str, *, several: bool) -> dict[str, Any]:
    """What the metadata says of a column: its triples, or that it has none of its own.

    A URI template makes one IRI of a whole cell, so a column of several has none (CSVW to RDF
    §4.6); nor have labels, which are told of other things, and what is at the end of a path.
    """
    said: dict[str, Any] = {"dc:description": dict(zip(("en", "zh"), column.titles, strict=True))}
    link = column.kind in {"thing", "link"}
    if len(column.path) > 1 or suffix == "_label" or (link and several):
        return {**said, "suppressOutput": True}
    said["propertyUrl"] = column.path[0]
    if link:
        return {**said, "datatype": "anyURI", "valueUrl": f"{{+{name}}}"}
    if column.kind == "text":
        return {**said, **({"lang": suffix.lstrip("_")} if suffix else {})}
    return {**said, "datatype": column.kind}


def _write_csv(path: Path, key: str, seen: _Fields, rows: Iterable[tuple[str, Any]]) -> None:
    fields = tuple(seen)
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow([key, *(field.name for field in fields)])
        for iri, row in rows:
            writer.writerow([iri, *(field.cell(row) for field in fields)])


def _described(table: Table, fields: Iterable[_Field]) -> dict[str, Any]:
    """A table's metadata (Metadata Vocabulary for Tabular Data §5.4 to §5.6)."""
    key = {"name": table.key, "datatype": "anyURI", "suppressOutput": True}
    row_type = {
        "virtual": True,
        "propertyUrl": "rdf:type",
        "valueUrl": term(table.row_class).value,
    }
    return {
        "url": table.path,
        "dc:title": dict(zip(("en", "zh"), table.titles, strict=True)),
        "tableSchema": {
            "aboutUrl": f"{{+{table.key}}}",
            "primaryKey": table.key,
            "columns": [key, *(field.described for field in fields), row_type],
        },
    }
