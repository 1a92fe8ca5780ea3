"""RDF/XML checked while it is read: what Oxigraph's parser would take for good is refused.

Oxigraph puts entities in for as long as there is memory («a billion laughs»), and its time grows
with the square of the depth. Expat, which Python brings along, holds both back: it gives up where
entities make a hundred times as much of a document, and it tells where an element begins. Neither
of them ever opens what an entity or a document type names.
"""

from typing import IO, Final
from xml.parsers import expat  # it only looks on: Oxigraph reads

from parkgraph.errors import Diagnostic, ParkgraphError

#: How many elements may stand in one another.
MAX_DEPTH: Final = 1000


class Checked:
    """The bytes of an RDF/XML file, handed on when they have been looked at.

    Args:
        file: where they come from.
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
            reason = expat.ErrorString(error.code)
            raise self._refused(reason, error.lineno, error.offset) from error
        return data

    def _open(self, _name: str, _attributes: object) -> None:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            reason = f"elements stand deeper than {MAX_DEPTH:,} in one another"
            parser = self._parser
            raise self._refused(reason, parser.CurrentLineNumber, parser.CurrentColumnNumber)

    def _close(self, _name: str) -> None:
        self._depth -= 1

    def _refused(self, reason: str, line: int, column: int) -> ParkgraphError:
        where = f"{self._path}:{line}:{column + 1}"
        return ParkgraphError(Diagnostic("PG301", f"does not parse: {reason}", where))
