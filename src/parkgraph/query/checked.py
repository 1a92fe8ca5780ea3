"""RDF/XML and JSON-LD checked while they are read: what Oxigraph would take for good is refused.

Oxigraph puts entities of XML in for as long as there is memory («a billion laughs»); the time that
it takes for XML, and the memory for JSON-LD, grow with the square of the depth, and very deep
JSON-LD ends its process. Neither parser opens what an entity or a document type names.
"""

import re
from itertools import accumulate
from typing import IO, Final
from xml.parsers import expat  # it only looks on: Oxigraph reads

from parkgraph.errors import Diagnostic, ParkgraphError

#: How many elements of XML may stand in one another, and how many objects and arrays of JSON.
MAX_ELEMENTS: Final = 1000
MAX_BRACKETS: Final = 250

#: An escape in JSON, and a backslash that begins one.
_ESCAPE: Final = re.compile(rb"\\.", re.DOTALL)
_BEGUN: Final = re.compile(rb"(?<!\\)(?:\\\\)*\\$")
_STEPS: Final = {ord("{"): 1, ord("["): 1, ord("}"): -1, ord("]"): -1}
_OTHERS: Final = bytes(set(range(256)) - set(_STEPS))


def checked(file: IO[bytes], path: str, extension: str) -> "IO[bytes] | CheckedXml | CheckedJson":
    """The bytes of a file of any syntax, handed on when they have been looked at."""
    if extension == "rdf":
        return CheckedXml(file, path)
    return CheckedJson(file, path) if extension == "jsonld" else file


class CheckedXml:
    """RDF/XML: Expat gives up where entities make a hundred times as much of a document.

    Args:
        file: where the bytes come from.
        path: what a finding calls it.
    """

    def __init__(self, file: IO[bytes], path: str) -> None:
        self._file, self._path = file, path
        self._depth = 0
        self._parser: Final = expat.ParserCreate()
        self._parser.ordered_attributes = True
        self._parser.StartElementHandler = self._open
        self._parser.EndElementHandler = self._close

    def read(self, size: int = -1) -> bytes:
        """The next bytes.

        Raises:
            ParkgraphError: the XML is not well-formed, nested too deeply, or would grow without
                end (PG301).
        """
        data = self._file.read(size)
        try:
            self._parser.Parse(data, not data)
        except expat.ExpatError as error:
            place = f"{error.lineno}:{error.offset + 1}"
            raise _refused(self._path, place, expat.ErrorString(error.code)) from error
        return data

    def _open(self, _name: str, _attributes: object) -> None:
        self._depth += 1
        if self._depth > MAX_ELEMENTS:
            place = f"{self._parser.CurrentLineNumber}:{self._parser.CurrentColumnNumber + 1}"
            raise _refused(self._path, place, f"more than {MAX_ELEMENTS:,} elements in one another")

    def _close(self, _name: str) -> None:
        self._depth -= 1


class CheckedJson:
    """JSON-LD: brackets are counted, but for those in strings.

    Args:
        file: where the bytes come from.
        path: what a finding calls it.
    """

    def __init__(self, file: IO[bytes], path: str) -> None:
        self._file, self._path = file, path
        self._depth, self._line = 0, 1
        self._quoted = False
        self._begun = b""

    def read(self, size: int = -1) -> bytes:
        """The next bytes.

        Raises:
            ParkgraphError: objects and arrays are nested too deeply (PG301).
        """
        data = self._file.read(size)
        brackets = self._outside(data).translate(None, delete=_OTHERS)
        depths = [*accumulate(map(_STEPS.__getitem__, brackets), initial=self._depth)]
        if max(depths) > MAX_BRACKETS:
            reason = f"more than {MAX_BRACKETS:,} objects or arrays in one another"
            raise _refused(self._path, f"{self._line}:1", reason)
        self._depth = depths[-1]
        self._line += data.count(b"\n")
        return data

    def _outside(self, data: bytes) -> bytes:
        """What of ``data`` stands in no string."""
        text = self._begun + data
        self._begun = b"\\" if _BEGUN.search(text) else b""
        text = text[: len(text) - len(self._begun)]
        parts = _ESCAPE.sub(b"", text).split(b'"')
        outside = parts[self._quoted :: 2]
        self._quoted ^= len(parts) % 2 == 0
        return b"".join(outside)


def _refused(path: str, place: str, reason: str) -> ParkgraphError:
    return ParkgraphError(Diagnostic("PG301", f"does not parse: {reason}", f"{path}:{place}"))
