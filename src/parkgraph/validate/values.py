"""What SHACL asks of a single value node, as conditions in SPARQL (SHACL §4.1 to §4.4, §4.8).

Oxigraph and Python differ at the edges: dialects of regular expressions, numbers with very many
digits, equality of what is written differently. Beyond such an edge a condition is left open.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Final, TypeAlias

import rdflib
from rdflib.namespace import RDF, RDFS, SH, XSD
from rdflib.term import Node

from parkgraph.validate.conditions import OPEN, Failing, constant, exactly

#: From a value's variable and a parameter of the constraint to when the value fails.
Test: TypeAlias = Callable[[str, Node], Failing]

#: Every kind but sh:BlankNodeOrLiteral, which pySHACL 0.40 misspells.
_KINDS: Final[Mapping[Node, str]] = {
    SH.IRI: "!isIRI({0})",
    SH.BlankNode: "!isBlank({0})",
    SH.Literal: "!isLiteral({0})",
    SH.BlankNodeOrIRI: "isLiteral({0})",
    SH.IRIOrLiteral: "isBlank({0})",
}

#: Forms that Oxigraph and rdflib both take for valid; of other forms it is not said.
_WELL_FORMED: Final[Mapping[Node, str]] = {
    XSD.string: "",
    XSD.integer: "^[+-]?[0-9]{1,18}$",
    XSD.decimal: "^[+-]?[0-9]{1,18}([.][0-9]{1,18})?$",
    XSD.boolean: "^(true|false)$",
    XSD.date: "^[12][0-9]{3}-(0[1-9]|1[0-2])-(0[1-9]|1[0-9]|2[0-8])$",
}

#: Oxigraph compares these exactly, as Python does.
_EXACT: Final = (XSD.integer, XSD.decimal)

#: Patterns that Python and Rust read alike: no escapes but of signs, no look around, no possessive
#: quantifier, and in brackets nothing that Rust takes for an operation on sets.
_SHARED_PATTERN: Final = re.compile(
    r"(?:[^\\\[({*+?}]|\\[^\w\s<>]|\((?!\?)|\[\^?(?:[^\\\[\]&~^-]|\w-\w)+\]"
    r"|(?:[*+?]|\{[0-9]+(?:,[0-9]*)?\})(?![*+?{]))*"
)


def is_not_one_of(value: str, nodes: Iterable[Node]) -> Failing:
    """Fails where ``value`` is none of ``nodes``."""
    chosen = list(nodes)
    terms = [constant(node) for node in chosen]
    if None in terms:
        return OPEN
    other = f"(!({' || '.join(f'sameTerm({value}, {term})' for term in terms) or 'false'}))"
    # rdflib has a wider notion of equal literals: what is another term here may be equal there.
    plain = all(isinstance(node, rdflib.URIRef) for node in chosen)
    return Failing(other, other if plain else "false")


def is_not_in_language(value: str, languages: Iterable[Node]) -> Failing:
    """Fails where ``value`` has none of ``languages``, as a whole or before its first hyphen."""
    chosen = [language.lower() for language in languages if isinstance(language, rdflib.Literal)]
    if "*" in chosen:
        return OPEN
    tags = ", ".join(str(constant(rdflib.Literal(tag))) for tag in chosen)
    tag = f"LCASE(LANG({value}))"
    known = f'{tag} IN ({tags}) || STRBEFORE({tag}, "-") IN ({tags})'
    return exactly(f'(!(isLiteral({value}) && LANG({value}) != "" && ({known})))')


def _datatype(value: str, datatype: Node) -> Failing:
    if datatype == RDF.langString:
        return exactly(f'(!(isLiteral({value}) && LANG({value}) != ""))')
    form = _WELL_FORMED.get(datatype)
    if form is None:
        return OPEN
    other = f"!isLiteral({value}) || DATATYPE({value}) != <{datatype}>"
    return Failing(f'({other} || !REGEX(STR({value}), "{form}"))', f"({other})")


def _class(value: str, class_: Node) -> Failing:
    if not isinstance(class_, rdflib.URIRef):
        return OPEN
    # A literal is nobody's subject, and so an instance of nothing.
    return exactly(f"(NOT EXISTS {{ {value} <{RDF.type}>/<{RDFS.subClassOf}>* <{class_}> }})")


def _node_kind(value: str, kind: Node) -> Failing:
    test = _KINDS.get(kind)
    return exactly(f"({test.format(value)})") if test else OPEN


def _number(sign: str) -> Test:
    def test(value: str, bound: Node) -> Failing:
        limit = constant(bound)
        if not (limit and isinstance(bound, rdflib.Literal) and bound.datatype in _EXACT):
            return OPEN
        kinds = " || ".join(f"DATATYPE({value}) = <{kind}>" for kind in _EXACT)
        holds = f"isNumeric({value}) && ({kinds}) && {value} {sign} {limit}"
        return Failing(f"(!COALESCE({holds}, false))", f"(!isLiteral({value}))")

    return test


def _length(sign: str) -> Test:
    return lambda value, length: _text(value, f"STRLEN(STR({value})) {sign} {int(str(length))}")


def _pattern(value: str, pattern: Node) -> Failing:
    if not _SHARED_PATTERN.fullmatch(str(pattern)):
        return OPEN
    found = _text(value, f"REGEX(STR({value}), {constant(rdflib.Literal(str(pattern)))})")
    # To Python «$» also stands before a last line end.
    return Failing(found.may, "false") if "$" in str(pattern) else found


def _text(value: str, holds: str) -> Failing:
    """Fails where ``holds`` is not true of an IRI or a string; of other literals it is not said.

    Numbers and dates are written by Oxigraph and by rdflib each in its own way.
    """
    string = f"DATATYPE({value}) IN (<{XSD.string}>, <{RDF.langString}>)"
    text = f"(isIRI({value}) || (isLiteral({value}) && {string}))"
    return Failing(
        f"(!COALESCE({text} && {holds}, false))", f"COALESCE({text} && !({holds}), false)"
    )


#: The parameters whose every value is a condition on each value node.
TESTS: Final[Mapping[Node, Test]] = {
    SH.datatype: _datatype,
    SH["class"]: _class,
    SH.nodeKind: _node_kind,
    SH.minExclusive: _number(">"),
    SH.minInclusive: _number(">="),
    SH.maxExclusive: _number("<"),
    SH.maxInclusive: _number("<="),
    SH.minLength: _length(">="),
    SH.maxLength: _length("<="),
    SH.pattern: _pattern,
}
