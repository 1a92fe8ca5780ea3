"""When the focus node of a shape has results: from shapes to conditions (SHACL §4)."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from typing import Final, TypeAlias, TypeVar, cast

import rdflib
from pyshacl import Shape as PyshaclShape
from pyshacl.constraints import CONSTRAINT_PARAMETERS_MAP
from pyshacl.constraints.sparql.sparql_based_constraints import SPARQLBasedConstraint
from rdflib.namespace import RDF, RDFS, SH
from rdflib.term import Node

from parkgraph.validate.conditions import (
    ALWAYS,
    NEVER,
    OPEN,
    Failing,
    all_of,
    any_of,
    but_one_conforms,
    constant,
    exactly,
    exists,
)
from parkgraph.validate.engine import MALFORMED, Shape
from parkgraph.validate.paths import path_steps
from parkgraph.validate.setwise import with_targets
from parkgraph.validate.values import TESTS, is_not_in_language, is_not_one_of

#: How deep shapes may refer to shapes; pySHACL stops at 15.
_DEPTH: Final = 6
#: How long a condition may grow, in characters.
_LENGTH: Final = 20_000
#: Of a greatest count above this it is only said that there are more values than this.
_COUNTED: Final = 3

_FOCUS: Final = "?this"

_Parameter = TypeVar("_Parameter")


@dataclass(frozen=True, slots=True)
class Use:
    """A shape where it is used: on which node, and through which shapes.

    Attributes:
        node: the variable of its focus node.
        path: the steps from there to its value nodes; none for a node shape.
        above: the shapes on the way, this one last.
        plain: whether each failure here is a result on the focus node that all began with.
    """

    shape: Shape
    node: str
    path: tuple[str, ...]
    above: tuple[Shape, ...]
    plain: bool

    def values(self, parameter: Node) -> list[Node]:
        """The values of a parameter."""
        return list(self.shape.sg.graph.objects(self.shape.node, parameter))

    def items(self, parameter: Node) -> Iterator[list[Node]]:
        """The lists that are values of a parameter."""
        for head in self.values(parameter):
            yield list(self.shape.sg.graph.items(head))


class Walk:
    """A way through one shape with targets and the shapes that it refers to.

    Attributes:
        queries: the SPARQL constraints on the focus node; whatever one selects may fail.
    """

    def __init__(self) -> None:
        self.queries: list[str] = []
        self._numbers = count()

    def fails(self, shape: Shape) -> Failing:
        """When the focus node ``?this`` has a result, apart from :attr:`queries`."""
        return self.used(shape, _FOCUS, (), plain=True)

    def used(
        self, shape: Shape | None, node: str, above: tuple[Shape, ...], *, plain: bool
    ) -> Failing:
        """When ``node`` fails ``shape``, which ``above`` led to."""
        if shape is None or shape in above or len(above) == _DEPTH:
            return OPEN
        if shape.deactivated:
            return NEVER
        path = path_steps(shape.sg.graph, shape.path()) if shape.is_property_shape else ()
        if path is None or shape.find_custom_constraints():
            return OPEN
        use = Use(shape, node, path, (*above, shape), plain)
        whole = any_of(_component(self, use, parameter) for parameter in _parameters(use))
        return whole if len(whole.may) + len(whole.must) < _LENGTH else OPEN

    def each(
        self, use: Use, test: Callable[[str, _Parameter], Failing], parameter: _Parameter
    ) -> Failing:
        """Fails where a value node fails ``test`` with ``parameter``."""
        if not use.path:
            return test(use.node, parameter)
        value = self.fresh()
        return self.reach(use.node, use.path, value, test(value, parameter))

    def reach(
        self, node: str, path: Sequence[str], value: str, failing: Failing = ALWAYS
    ) -> Failing:
        """Fails where ``path`` leads from ``node`` to a ``value`` that fails.

        Each step is asked by itself: of several patterns in one group Oxigraph may look for all
        solutions, for each node anew.
        """
        nodes = [node, *(self.fresh() for _ in path[1:]), value]
        for start, step, end in reversed([*zip(nodes, path, nodes[1:], strict=False)]):
            failing = exists(f"{start} {step} {end}", failing)
        return failing

    def other(self, use: Use, shape: Node, value: str, *, plain: bool) -> Failing:
        """Fails where ``value`` does not conform to another shape."""
        plain = plain and use.plain and value == _FOCUS
        return self.used(use.shape.get_other_shape(shape), value, use.above, plain=plain)

    def fresh(self) -> str:
        """A variable that is not used yet."""
        return f"?v{next(self._numbers)}"


def _parameters(use: Use) -> set[Node]:
    """The first parameter of each component that the shape has."""
    given = set(use.shape.sg.graph.predicates(use.shape.node))
    found = (CONSTRAINT_PARAMETERS_MAP[p] for p in given if p in CONSTRAINT_PARAMETERS_MAP)
    return {component.constraint_parameters()[0] for component in found}


def _component(walk: Walk, use: Use, parameter: Node) -> Failing:
    """When a node fails one constraint component; open where pySHACL would find it malformed."""
    try:
        CONSTRAINT_PARAMETERS_MAP[parameter](_pyshacl(use.shape))
        if parameter == SH.pattern and use.values(SH.flags):
            return OPEN  # flags make another pattern of it, to Python and to Rust each its own
        if test := TESTS.get(parameter):
            return any_of(walk.each(use, test, bound) for bound in use.values(parameter))
        component = _COMPONENTS.get(parameter)
        return component(walk, use) if component else OPEN
    except MALFORMED:  # it shall raise it itself
        return OPEN


def _pyshacl(shape: Shape) -> PyshaclShape:
    return cast("PyshaclShape", shape)


# Components that refer to other shapes (SHACL §4.6, §4.7).


def _of_shapes(parameter: Node) -> "_Component":
    """Fails where a value node does not conform to a shape."""

    def component(walk: Walk, use: Use) -> Failing:
        def test(value: str, shape: Node) -> Failing:
            return walk.other(use, shape, value, plain=True)

        shapes = use.values(parameter)
        others = [use.shape.get_other_shape(shape) for shape in shapes]
        if any(o is None or o.is_property_shape != (parameter == SH.property) for o in others):
            return OPEN
        return any_of(walk.each(use, test, shape) for shape in shapes)

    return component


def _not(walk: Walk, use: Use) -> Failing:
    def test(value: str, shape: Node) -> Failing:
        return walk.other(use, shape, value, plain=False).conforming

    return any_of(walk.each(use, test, shape) for shape in use.values(SH["not"]))


def _of_list(parameter: Node, combined: Callable[[Iterable[Failing]], Failing]) -> "_Component":
    """Fails where a value node fails the shapes of a list as ``combined`` says."""

    def component(walk: Walk, use: Use) -> Failing:
        def test(value: str, shapes: list[Node]) -> Failing:
            plain = combined is any_of
            return combined([walk.other(use, shape, value, plain=plain) for shape in shapes])

        return any_of(walk.each(use, test, shapes) for shapes in use.items(parameter))

    return component


# Components that look at the value nodes together (SHACL §4.2, §4.4.5, §4.5.1, §4.8).


def _min_count(walk: Walk, use: Use) -> Failing:
    (least,) = (int(str(value)) for value in use.values(SH.minCount))
    if least == 0:
        return NEVER
    none = walk.reach(use.node, use.path, "[]").conforming
    return none if least == 1 else Failing("true", none.must)


def _max_count(walk: Walk, use: Use) -> Failing:
    (most,) = (int(str(value)) for value in use.values(SH.maxCount))
    values = [walk.fresh() for _ in range(min(most, _COUNTED) + 1)]
    # Terms that are two to the store may be one to rdflib, such as "1" and " 1" of xsd:integer.
    failing = Failing("true", "false" if most else "true")
    for number, value in reversed([*enumerate(values)]):
        different = (exactly(f"(!sameTerm({value}, {one}))") for one in values[:number])
        failing = walk.reach(use.node, use.path, value, all_of([*different, failing]))
    return failing


def _unique_language(walk: Walk, use: Use) -> Failing:
    if use.values(SH.uniqueLang) != [rdflib.Literal(True)]:
        return NEVER
    one, two = walk.fresh(), walk.fresh()
    tags = f"LCASE(LANG({one})) = LCASE(LANG({two}))"
    same = f'(!sameTerm({one}, {two}) && LANG({one}) != "" && {tags})'
    other = walk.reach(use.node, use.path, two, exactly(same))
    return walk.reach(use.node, use.path, one, other)


def _has_value(walk: Walk, use: Use) -> Failing:
    return any_of(_lacks(walk, use, value) for value in use.values(SH.hasValue))


def _lacks(walk: Walk, use: Use, value: Node) -> Failing:
    if not use.path:
        return is_not_one_of(use.node, [value])
    term = constant(value)
    if term is None:
        return OPEN
    lacking = walk.reach(use.node, use.path, term).conforming
    return lacking if isinstance(value, rdflib.URIRef) else Failing(lacking.may, "false")


def _in(walk: Walk, use: Use) -> Failing:
    (allowed,) = use.items(SH["in"])
    return walk.each(use, is_not_one_of, allowed)


def _language_in(walk: Walk, use: Use) -> Failing:
    (languages,) = use.items(SH.languageIn)
    return walk.each(use, is_not_in_language, languages)


def _equals(walk: Walk, use: Use) -> Failing:
    if not use.path:
        return OPEN
    value = walk.fresh()
    sides = [(use.path, (f"<{other}>",)) for other in use.values(SH.equals)]
    lacking = (
        walk.reach(use.node, one, value, walk.reach(use.node, two, value).conforming)
        for pair in sides
        for one, two in (pair, pair[::-1])
    )
    return any_of(Failing(failing.may, "false") for failing in lacking)


def _closed(walk: Walk, use: Use) -> Failing:
    if use.values(SH.closed) != [rdflib.Literal(True)]:
        return NEVER
    shapes = [use.shape.get_other_shape(shape) for shape in use.values(SH.property)]
    known = {shape.path() for shape in shapes if shape}
    known.update(item for items in use.items(SH.ignoredProperties) for item in items)
    allowed = ", ".join(f"<{item}>" for item in known if isinstance(item, rdflib.URIRef))
    key, value = walk.fresh(), walk.fresh()
    harmless = f"{key} = <{RDF.type}> && {value} = <{RDFS.Resource}>"
    unknown = exactly(f"({key} NOT IN ({allowed}) && !({harmless}))")

    def test(node: str, failing: Failing) -> Failing:
        return exists(f"{node} {key} {value}", failing)

    return walk.each(use, test, unknown)


# Constraints in SPARQL (SHACL §5).


def _sparql(walk: Walk, use: Use) -> Failing:
    texts = list(_selects(use.shape))
    if not use.plain or any(with_targets(text or "", "") is None for text in texts):
        return OPEN
    walk.queries.extend(text for text in texts if text)
    return NEVER


def _selects(shape: Shape) -> Iterator[str | None]:
    """The queries as pySHACL asks them; None where it binds more than the focus node."""
    for constraint in SPARQLBasedConstraint(_pyshacl(shape)).sparql_constraints:
        if not constraint.deactivated:
            bound, text = constraint.pre_bind_variables(RDF.nil)
            yield constraint.apply_prefixes(text) if bound.keys() == {"this"} else None


_Component: TypeAlias = Callable[[Walk, Use], Failing]

_COMPONENTS: Final[Mapping[Node, _Component]] = {
    SH.node: _of_shapes(SH.node),
    SH.property: _of_shapes(SH.property),
    SH["not"]: _not,
    SH["and"]: _of_list(SH["and"], any_of),
    SH["or"]: _of_list(SH["or"], all_of),
    SH.xone: _of_list(SH.xone, but_one_conforms),
    SH.minCount: _min_count,
    SH.maxCount: _max_count,
    SH.uniqueLang: _unique_language,
    SH.hasValue: _has_value,
    SH["in"]: _in,
    SH.languageIn: _language_in,
    SH.equals: _equals,
    SH.closed: _closed,
    SH.sparql: _sparql,
}
