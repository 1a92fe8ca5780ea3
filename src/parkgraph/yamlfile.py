"""Read YAML as plain data with the line of every key; refuses what a reading never needs."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from types import MappingProxyType
from typing import Final, cast

import yaml

from parkgraph.errors import Diagnostic, ParkgraphError

MAX_BYTES: Final = 1_000_000
MAX_NODES: Final = 10_000
MAX_DEPTH: Final = 32

#: The parser in C where PyYAML has it: the one in Python is twenty times slower.
_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_RESOLVER: Final = yaml.resolver.Resolver()
_PLAIN_NUMBER: Final = re.compile(r"[-+]?(0|[1-9][0-9]*)(\.[0-9]+)?", re.ASCII)
#: What is longer stays text, in characters: Python takes as many digits, however it is set up.
_LONGEST_NUMBER: Final = 640
_PLAIN: Final = "tag:yaml.org,2002:"

Path = tuple[str | int, ...]
_Container = list[object] | dict[str, object]


@dataclass(frozen=True, slots=True)
class YamlFile:
    """The data of a YAML file and the place of each of its values, by path of keys."""

    path: str
    value: object = field(repr=False)
    places: Mapping[Path, tuple[int, int]] = field(repr=False)

    def where(self, *path: str | int) -> str:
        """``file:line:column`` of the value at ``path``, or of the nearest one above it."""
        while path and path not in self.places:
            path = path[:-1]
        line, column = self.places.get(path, (1, 1))
        return f"{self.path}:{line}:{column}"


def parse_yaml(data: bytes, path: str) -> YamlFile:
    """Parse one YAML document of mappings, sequences and scalars.

    Whole numbers become ``int``, others with a point :class:`~decimal.Decimal`; dates stay text,
    and so do numbers of more than 640 characters.

    Raises:
        ParkgraphError: it does not parse or is not UTF-8 (PG110), is over 1 MB, 10,000 values
            or 32 levels (PG111), has an alias or a tag (PG112), or repeats a key (PG113).
    """
    if len(data) > MAX_BYTES:
        raise _refused("PG111", f"{len(data):,} bytes, the limit is {MAX_BYTES:,}", path)
    builder = _Builder(path)
    try:
        for event in yaml.parse(data, Loader=_LOADER):
            builder.take(event)
    except yaml.MarkedYAMLError as error:
        raise _unparsable(error, path) from error
    except yaml.reader.ReaderError as error:
        where = f"{path}:1:1"
        raise ParkgraphError(
            Diagnostic("PG110", f"is not YAML: {error.reason}", where, "save the file as UTF-8")
        ) from error
    return YamlFile(path, builder.root, MappingProxyType(builder.places))


def _refused(code: str, message: str, where: str, advice: str = "") -> ParkgraphError:
    return ParkgraphError(Diagnostic(code, message, where, advice))


def _unparsable(error: yaml.MarkedYAMLError, path: str) -> ParkgraphError:
    mark = error.problem_mark or error.context_mark
    where = f"{path}:{mark.line + 1}:{mark.column + 1}" if mark else f"{path}:1:1"
    return _refused("PG110", f"is not YAML: {error.problem or error.context}", where)


class _Builder:
    """Builds data from parser events with a stack of its own, so depth cannot overflow."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.root: object = None
        self.places: dict[Path, tuple[int, int]] = {}
        self._open: list[tuple[Path, _Container, list[str]]] = []
        self._nodes = 0

    def take(self, event: yaml.Event) -> None:
        """Handle one event of the parser."""
        if isinstance(event, yaml.AliasEvent):
            raise self._error("PG112", "aliases are not read", event, "write the value out")
        if isinstance(event, yaml.MappingEndEvent | yaml.SequenceEndEvent):
            self._open.pop()
        elif isinstance(event, yaml.ScalarEvent):
            self._add(event, self._scalar(event))
        elif isinstance(event, yaml.MappingStartEvent):
            self._enter(event, {})
        elif isinstance(event, yaml.SequenceStartEvent):
            self._enter(event, [])
        elif isinstance(event, yaml.DocumentStartEvent) and self._nodes:
            raise self._error("PG110", "a second document begins", event, "one file, one reading")

    def _enter(self, event: yaml.NodeEvent, container: _Container) -> None:
        self._check_tag(event)
        if len(self._open) >= MAX_DEPTH:
            raise self._error("PG111", f"nested deeper than {MAX_DEPTH} levels", event)
        path = self._add(event, container)
        self._open.append((path, container, []))

    def _add(self, event: yaml.NodeEvent, value: object) -> Path:
        self._nodes += 1
        if self._nodes > MAX_NODES:
            raise self._error("PG111", f"holds more than {MAX_NODES:,} values", event)
        path = self._attach(event, value)
        self.places.setdefault(path, _start(event))
        return path

    def _attach(self, event: yaml.NodeEvent, value: object) -> Path:
        if not self._open:
            self.root = value
            return ()
        path, container, pending = self._open[-1]
        if isinstance(container, list):
            container.append(value)
            return (*path, len(container) - 1)
        if not pending:
            pending.append(self._key(event, value, container))
            return (*path, pending[0], "")
        key = pending.pop()
        container[key] = value
        return (*path, key)

    def _key(self, event: yaml.NodeEvent, value: object, container: Mapping[str, object]) -> str:
        if not isinstance(value, str):
            raise self._error("PG110", f"a key is a word, got {value!r}", event)
        if value in container:
            raise self._error("PG113", f"key {value!r} stands twice", event, "keep one of them")
        return value

    def _scalar(self, event: yaml.ScalarEvent) -> object:
        self._check_tag(event)
        if not event.implicit[0]:
            return event.value
        tag = _RESOLVER.resolve(yaml.ScalarNode, event.value, (True, False))  # type: ignore[no-untyped-call]  # PyYAML's stubs leave it untyped
        return _construct(str(tag).removeprefix(_PLAIN), event.value)

    def _check_tag(self, event: yaml.NodeEvent) -> None:
        tag = getattr(event, "tag", None)
        if tag not in {None, "!"}:
            raise self._error("PG112", f"tag {tag!r} is not read", event, "leave the tag out")

    def _error(
        self, code: str, message: str, event: yaml.Event, advice: str = ""
    ) -> ParkgraphError:
        line, column = _start(event)
        return _refused(code, message, f"{self.path}:{line}:{column}", advice)


def _start(event: yaml.Event) -> tuple[int, int]:
    mark = cast("yaml.Mark", event.start_mark)  # every event of a parser has one
    return mark.line + 1, mark.column + 1


def _construct(tag: str, text: str) -> object:
    if tag == "null":
        return None
    if tag == "bool":
        return text.lower() in {"true", "yes", "on"}
    if tag in {"int", "float"}:
        return _number(text)
    return text


def _number(text: str) -> int | Decimal | str:
    """A number in plain decimal digits; octal, sexagesimal, ``007`` and the like stay text."""
    if len(text) > _LONGEST_NUMBER or not _PLAIN_NUMBER.fullmatch(text):
        return text
    return Decimal(text) if "." in text else int(text)
