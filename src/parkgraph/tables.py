"""The parks and the figures as CSV, with metadata that says what each column means (CSVW)."""

import csv
import io
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from parkgraph.rdf import DEFAULT_GRAPH, Literal, NamedNode, Quad, Term
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
        path: the properties that lead to the values, by prefixed name.
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
    return Column(name, tuple(path.split(" / ")), (english, chinese), kind)


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

_Nodes = Mapping[str, Mapping[str, Sequence[Term]]]


def write_tables(quads: Iterable[Quad]) -> dict[str, bytes]:
    """Path to bytes of each table (RFC 4180) and of the metadata: the same for the same graph.

    Only the default graph is looked at. No value is left out: where a thing has several, they
    stand in one cell, apart by the separator that the metadata names.
    """
    nodes = _nodes(quads)
    written: dict[str, bytes] = {}
    described = []
    for table in TABLES:
        rows = sorted(iri for iri, said in nodes.items() if term(table.row_class) in _types(said))
        fields = [field for column in table.columns for field in _fields(column, rows, nodes)]
        written[table.path] = _csv(table, rows, fields)
        described.append(_described(table, fields))
    group = {"@context": ["http://www.w3.org/ns/csvw", {"@language": "en"}], "tables": described}
    text = json.dumps(group, indent=2, ensure_ascii=False)
    return {**written, METADATA: f"{text}\n".encode()}


def _nodes(quads: Iterable[Quad]) -> _Nodes:
    """What the tables need to know of each subject; a large graph holds much else."""
    paths = {name for table in TABLES for column in table.columns for name in column.path}
    needed = {*map(term, paths), *_LABELS, _TYPE}
    nodes: dict[str, dict[str, list[Term]]] = defaultdict(lambda: defaultdict(list))
    for quad in quads:
        if (
            quad.predicate in needed
            and quad.graph_name == DEFAULT_GRAPH
            and isinstance(quad.subject, NamedNode)
        ):
            nodes[quad.subject.value][quad.predicate.value].append(quad.object)
    return nodes


def _types(said: Mapping[str, Sequence[Term]]) -> Sequence[Term]:
    return said.get(_TYPE.value, ())


@dataclass(frozen=True, slots=True)
class _Field:
    """A column as it is written: its cells, one for each row, and what the metadata says of it."""

    name: str
    cells: list[str]
    described: dict[str, Any]


def _fields(column: Column, rows: Sequence[str], nodes: _Nodes) -> Iterator[_Field]:
    found = [sorted(_values(nodes, [row], column.path), key=str) for row in rows]
    if column.kind == "text":
        for tag in _languages(found):
            yield _field(column, f"_{tag}" if tag else "", [_texts(cell, tag) for cell in found])
    elif column.kind in {"thing", "link"}:
        things = [[v for v in cell if isinstance(v, NamedNode)] for cell in found]
        yield _field(column, "", [[v.value for v in cell] for cell in things])
        if column.kind == "thing":
            labels = [[_label(nodes, v) for v in cell] for cell in things]
            yield _field(column, "_label", labels)
    else:
        yield _field(column, "", [[v.value for v in c if isinstance(v, Literal)] for c in found])


def _values(nodes: _Nodes, starts: list[str], path: Sequence[str]) -> set[Term]:
    """The values at the end of a path of properties."""
    found = {v for iri in starts for v in nodes.get(iri, {}).get(term(path[0]).value, ())}
    if len(path) == 1:
        return found
    return _values(nodes, [v.value for v in found if isinstance(v, NamedNode)], path[1:])


def _languages(found: Iterable[Iterable[Term]]) -> list[str]:
    """The languages of the texts, sorted; one column without a tag where there is no text."""
    tags = {v.language or "" for cell in found for v in cell if isinstance(v, Literal)}
    return sorted(tags) or [""]


def _texts(cell: Iterable[Term], tag: str) -> list[str]:
    return [v.value for v in cell if isinstance(v, Literal) and (v.language or "") == tag]


def _label(nodes: _Nodes, value: NamedNode) -> str:
    """A name for people: English if there is one, else any, else the IRI."""
    said = nodes.get(value.value, {})
    found = [v for name in _LABELS for v in said.get(name.value, ()) if isinstance(v, Literal)]
    best = min(found, key=lambda v: (v.language != "en", str(v)), default=None)
    return best.value if best else value.value


def _field(column: Column, suffix: str, cells: list[list[str]]) -> _Field:
    several = any(len(cell) > 1 for cell in cells)
    separator = _separator(cells) if several else ""
    name = column.name + suffix.replace("-", "_")
    described = {"name": name, **_meaning(column, suffix, name, several=several)}
    if several:
        described["separator"] = separator
    return _Field(name, [separator.join(cell) for cell in cells], described)


def _separator(cells: Iterable[Iterable[str]]) -> str:
    taken = {character for cell in cells for value in cell for character in value}
    return next((sign for sign in _SEPARATORS if sign not in taken), _SEPARATORS[-1])


def _meaning(column: Column, suffix: str, name: str, *, several: bool) -> dict[str, Any]:
    """What the metadata says of a column: its triples, or that it has none of its own.

    A URI template makes one IRI of a whole cell, so a column of several has none (CSVW to RDF
    §4.6); nor have labels, which are told of other things, and what is at the end of a path.
    """
    said: dict[str, Any] = {"dc:description": dict(zip(("en", "zh"), column.titles, strict=True))}
    link = column.kind in {"thing", "link"}
    if len(column.path) > 1 or suffix == "_label" or (link and several):
        return {**said, "suppressOutput": True}
    said["propertyUrl"] = term(column.path[0]).value
    if link:
        return {**said, "datatype": "anyURI", "valueUrl": f"{{+{name}}}"}
    if column.kind == "text":
        return {**said, **({"lang": suffix.lstrip("_")} if suffix else {})}
    return {**said, "datatype": column.kind}


def _csv(table: Table, rows: Sequence[str], fields: Sequence[_Field]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([table.key, *(field.name for field in fields)])
    writer.writerows(zip(rows, *(field.cells for field in fields), strict=True))
    return text.getvalue().encode()


def _described(table: Table, fields: Sequence[_Field]) -> dict[str, Any]:
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
