"""Query results read from every format that they are sent in, and told apart up to blank nodes."""

import csv
import io
import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from pyoxigraph import (
    BaseDirection,
    BlankNode,
    CanonicalizationAlgorithm,
    Dataset,
    Literal,
    NamedNode,
    Quad,
    QueryBoolean,
    QuerySolutions,
    QueryTriples,
    RdfFormat,
    Store,
    Triple,
    parse,
)

Term = NamedNode | BlankNode | Literal | Triple
Row = Mapping[str, Term]

XSD = "http://www.w3.org/2001/XMLSchema#"
_RS = "http://www.w3.org/2001/sw/DataAccess/tests/result-set#"
_SR = "{http://www.w3.org/2005/sparql-results#}"
_ITS = "{http://www.w3.org/2005/11/its}"
_XML = "{http://www.w3.org/XML/1998/namespace}"
_TYPE = NamedNode("http://www.w3.org/1999/02/22-rdf-syntax-ns#type")


@dataclass(frozen=True)
class Solutions:
    """The answer to a SELECT."""

    variables: Sequence[str]
    rows: Sequence[Row]


@dataclass(frozen=True)
class Graph:
    """The answer to a CONSTRUCT or DESCRIBE."""

    triples: Sequence[Triple]


Result = Solutions | Graph | bool


# --- reading -------------------------------------------------------------------------------------


def from_json(data: bytes) -> Result:
    """SPARQL 1.1 Query Results JSON, and triple terms as 1.2 writes them."""
    document = json.loads(data)
    if "boolean" in document:
        return document["boolean"]
    rows = [
        {name: _json_term(value) for name, value in row.items()}
        for row in document["results"]["bindings"]
    ]
    return Solutions(document["head"].get("vars", []), rows)


def _json_term(value: Mapping[str, Any]) -> Term:
    match value["type"]:
        case "uri":
            return NamedNode(value["value"])
        case "bnode":
            return BlankNode(value["value"])
        case "triple":
            parts = value["value"]
            return Triple(*(_json_term(parts[name]) for name in ("subject", "predicate", "object")))
        case "literal" | "typed-literal":
            return _literal(
                value["value"], value.get("xml:lang"), value.get("its:dir"), value.get("datatype")
            )
    raise AssertionError(f"no such type of term: {value}")


def _literal(text: str, language: str | None, direction: str | None, datatype: str | None) -> Term:
    if language:
        towards = BaseDirection(direction) if direction else None
        return Literal(text, language=language, direction=towards)
    return Literal(text, datatype=NamedNode(datatype) if datatype else None)


def from_xml(data: bytes) -> Result:
    """SPARQL Query Results XML."""
    root = ET.fromstring(data)
    assert root.tag == f"{_SR}sparql"
    boolean = root.find(f"{_SR}boolean")
    if boolean is not None:
        assert boolean.text in {"true", "false"}
        return boolean.text == "true"
    rows = [
        {binding.get("name", ""): _xml_term(binding[0]) for binding in result}
        for result in root.iterfind(f"{_SR}results/{_SR}result")
    ]
    variables = [name.get("name", "") for name in root.iterfind(f"{_SR}head/{_SR}variable")]
    return Solutions(variables, rows)


def _xml_term(element: ET.Element) -> Term:
    text = element.text or ""
    match element.tag.removeprefix(_SR):
        case "uri":
            return NamedNode(text)
        case "bnode":
            return BlankNode(text)
        case "triple":
            return Triple(*(_xml_term(part[0]) for part in element))
        case "literal":
            language, direction = element.get(f"{_XML}lang"), element.get(f"{_ITS}dir")
            return _literal(text, language, direction, element.get("datatype"))
    raise AssertionError(f"no such element: {element.tag}")


def from_tsv(data: bytes) -> Result:
    """SPARQL 1.1 Query Results TSV: terms as Turtle writes them."""
    text = data.decode("utf-8")
    if text.strip() in {"true", "false"}:
        return text.strip() == "true"
    head, *lines = text.removesuffix("\n").split("\n")
    variables = [name.removeprefix("?") for name in head.split("\t") if name]
    return Solutions(variables, [_tsv_row(variables, line) for line in lines])


def _tsv_row(variables: Sequence[str], line: str) -> Row:
    cells = line.split("\t") if variables else []
    assert len(cells) == len(variables)
    return {name: _turtle_term(cell) for name, cell in zip(variables, cells, strict=True) if cell}


def _turtle_term(cell: str) -> Term:
    (quad,) = parse(f"<urn:s> <urn:p> {cell} .".encode(), RdfFormat.TURTLE)
    return quad.object


def from_csv(data: bytes) -> Result:
    """SPARQL 1.1 Query Results CSV: what is left of terms when kinds and types are lost."""
    text = data.decode("utf-8")
    if text.strip() in {"true", "false"}:
        return text.strip() == "true"
    variables, *lines = csv.reader(io.StringIO(text, newline=""), strict=True)
    blank = [""] * len(variables)  # a line of one empty cell, or of none
    rows = [dict(zip(variables, map(_cell, line or blank), strict=True)) for line in lines]
    return Solutions(variables, rows)


def _cell(text: str) -> Term:
    return BlankNode(text[2:]) if text.startswith("_:") else Literal(text)


def as_csv(result: Result) -> Result:
    """What CSV leaves of a result: no kinds, no types, and nothing apart from the empty string."""
    if not isinstance(result, Solutions):
        return result
    rows = [{name: _plain(row.get(name)) for name in result.variables} for row in result.rows]
    return Solutions(result.variables, rows)


def _plain(term: Term | None) -> Term:
    match term:
        case None:
            return Literal("")
        case BlankNode():
            return term
        case _:
            return Literal(term.value)


def has_triple_terms(result: Result) -> bool:
    """Whether some term is a triple, for which CSV and JSON-LD 1.1 have no words."""
    if isinstance(result, Solutions):
        return any(isinstance(term, Triple) for row in result.rows for term in row.values())
    return isinstance(result, Graph) and any(isinstance(t.object, Triple) for t in result.triples)


def in_xml(text: str) -> bool:
    """Whether XML 1.0 can hold a text at all (§2.2)."""
    return all(
        letter in "\t\n\r"
        or " " <= letter <= "\ud7ff"
        or "\ue000" <= letter <= "\ufffd"
        or letter >= "\U00010000"
        for letter in text
    )


_GRAPHS = {
    "ttl": RdfFormat.TURTLE,
    "jsonld": RdfFormat.JSON_LD,
    "nt": RdfFormat.N_TRIPLES,
    "rdf": RdfFormat.RDF_XML,
    "nq": RdfFormat.N_QUADS,
    "trig": RdfFormat.TRIG,
}
_SOLUTIONS: Mapping[str, Callable[[bytes], Result]] = {
    "csv": from_csv,
    "json": from_json,
    "srj": from_json,
    "srx": from_xml,
    "tsv": from_tsv,
    "xml": from_xml,
}


def result_of(data: bytes, extension: str, base: str | None = None) -> Result:
    """A result in the format that ``extension`` names; DAWG result sets are solutions too."""
    if extension in _SOLUTIONS:
        return _SOLUTIONS[extension](data)
    quads = list(parse(data, _GRAPHS[extension], base_iri=base))
    store = Store()
    store.extend(quads)
    if any(store.quads_for_pattern(None, _TYPE, NamedNode(f"{_RS}ResultSet"))):
        return _from_rdf(store)
    return Graph([quad.triple for quad in quads])


def _from_rdf(store: Store) -> Result:
    def values(subject: object, name: str) -> Iterator[Any]:
        for quad in store.quads_for_pattern(subject, NamedNode(_RS + name), None):
            yield quad.object

    root = next(store.quads_for_pattern(None, _TYPE, NamedNode(f"{_RS}ResultSet"))).subject
    if boolean := next(values(root, "boolean"), None):
        return boolean.value == "true"
    places: dict[object, int] = {}
    rows: dict[object, Row] = {}
    for solution in values(root, "solution"):
        places[solution] = int(next(values(solution, "index"), Literal("0")).value)
        rows[solution] = {
            next(values(binding, "variable")).value: next(values(binding, "value"))
            for binding in values(solution, "binding")
        }
    variables = sorted(value.value for value in values(root, "resultVariable"))
    return Solutions(variables, [rows[solution] for solution in sorted(rows, key=places.get)])


def from_engine(answer: QuerySolutions | QueryBoolean | QueryTriples) -> Result:
    """What the engine answers in process."""
    if isinstance(answer, QueryBoolean):
        return bool(answer)
    if isinstance(answer, QueryTriples):
        return Graph(list(answer))
    variables = [variable.value for variable in answer.variables]
    rows = [
        {name: solution[name] for name in variables if solution[name] is not None}
        for solution in answer
    ]
    return Solutions(variables, rows)


# --- comparing -----------------------------------------------------------------------------------


def shown(result: Result, *, ordered: bool = False, lax: bool = False) -> list[str]:
    """Lines that are equal exactly where two results are equal but for names of blank nodes.

    Solutions keep their order where it is ``ordered``; ``lax`` counts equal ones once.
    """
    if isinstance(result, bool):
        return [str(result)]
    if isinstance(result, Graph):
        return sorted(str(quad) for quad in _canonical(_quad(triple) for triple in result.triples))
    rows = list({frozenset(row.items()): row for row in result.rows}.values()) if lax else None
    return [
        " ".join(f"?{name}" for name in sorted(result.variables)),
        *_lines(result.rows if rows is None else rows, ordered=ordered),
    ]


def by_value(result: Result) -> Result:
    """The result with each number, date and truth value written in one way."""
    if isinstance(result, Solutions):
        rows = [{name: _valued(term) for name, term in row.items()} for row in result.rows]
        return Solutions(result.variables, rows)
    if isinstance(result, Graph):
        return Graph([_valued(triple) for triple in result.triples])
    return result


def _quad(triple: Triple) -> Quad:
    return Quad(triple.subject, triple.predicate, triple.object)


def _canonical(quads: Iterable[Quad]) -> Dataset:
    dataset = Dataset(quads)
    dataset.canonicalize(CanonicalizationAlgorithm.RDFC_1_0)
    return dataset


def _lines(rows: Sequence[Row], *, ordered: bool) -> list[str]:
    """Each solution a line; the solutions are made a graph, whose blank nodes get fixed names."""
    place = NamedNode("urn:place:")
    quads = []
    for number, row in enumerate(rows):
        solution = BlankNode()
        quads.append(Quad(solution, place, Literal(f"{number:09}" if ordered else "")))
        quads += [Quad(solution, NamedNode(f"urn:v:{name}"), row[name]) for name in row]
    lines: dict[object, list[str]] = {}
    for quad in _canonical(quads):
        name = quad.predicate.value.rpartition(":")[2]
        words = f"?{name}={quad.object}" if name else quad.object.value
        lines.setdefault(quad.subject, []).append(words)
    return sorted(" ".join(sorted(words)) for words in lines.values())


def _valued(term: Any) -> Any:
    if isinstance(term, Triple):
        return Triple(_valued(term.subject), term.predicate, _valued(term.object))
    if not isinstance(term, Literal) or not term.datatype.value.startswith(XSD):
        return term
    write = _VALUES.get(term.datatype.value.removeprefix(XSD))
    try:
        return Literal(write(term.value), datatype=term.datatype) if write else term
    except (ValueError, ArithmeticError):
        return term  # no value of its type: what is written is all there is


def _decimal(text: str) -> str:
    if not re.fullmatch(r"[+-]?(\d+(\.\d*)?|\.\d+)", text):
        raise ValueError(text)
    return format(Decimal(text).normalize(), "f")


def _integer(text: str) -> str:
    if not re.fullmatch(r"[+-]?\d+", text):
        raise ValueError(text)
    return str(int(text))


def _double(text: str) -> str:
    return repr(float(text.replace("INF", "inf")))


def _boolean(text: str) -> str:
    return {"1": "true", "0": "false"}.get(text, text)


def _moment(text: str) -> str:
    return datetime.fromisoformat(text).isoformat()


_VALUES: Mapping[str, Callable[[str], str]] = {
    "boolean": _boolean,
    "dateTime": _moment,
    "decimal": _decimal,
    "double": _double,
    "float": _double,
    "integer": _integer,
}
