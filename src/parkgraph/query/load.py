"""Opens what is queried: RDF files into memory, or a store on disk; and the describing function."""

import gzip
import zlib
from contextlib import suppress
from dataclasses import replace
from importlib import import_module
from io import BufferedReader
from pathlib import Path
from typing import IO, Final, cast
from urllib.parse import quote

from pyoxigraph import Literal, QuerySolutions, RdfFormat, Store

from parkgraph.errors import Diagnostic, ParkgraphError
from parkgraph.query.checked import checked
from parkgraph.query.evaluate import Describe, Opened
from parkgraph.query.values import Source
from parkgraph.rdf import FORMATS, syntax_finding

_GZIP: Final = ".gz"


def prepare(source: Source) -> None:
    """Import what workers need for ``source``: they share it, and open no file for it."""
    if source.endpoint:
        import_module("parkgraph.query.relay")
    if source.describe:
        with suppress(ImportError):  # a worker will say so
            import_module(_factory(source.describe)[0])


def load(source: Source) -> Opened:
    """The files of ``source`` in memory, counted, and what describes from them alone.

    Workers share it. The engine counts, for it has values that are equal once (``1`` and ``01``).

    Raises:
        ParkgraphError: a file cannot be read (PG600) or does not parse (PG301).
    """
    store = load_files(source.files)
    # What has an argument opens a file of its own: each worker does so for itself.
    shared = source.describe and " " not in source.describe
    describe = open_describe(source.describe or "", store) if shared else None
    return Opened(store, describe, _count(store))


def _count(store: Store) -> int:
    solutions = cast("QuerySolutions", store.query("SELECT (COUNT(*) AS ?n) { ?s ?p ?o }"))
    return int(cast("Literal", next(solutions)["n"]).value)


def load_files(paths: tuple[str, ...]) -> Store:
    """All files in one store in memory; the blank nodes of each stay its own.

    Raises:
        ParkgraphError: a file cannot be read (PG600) or does not parse (PG301).
    """
    store = Store()
    for path in paths:
        _load(store, path)
    return store


def open_folder(folder: str) -> Store:
    """The store on disk, for reading only; several processes may have it open.

    Raises:
        ParkgraphError: there is none (PG600).
    """
    try:
        return Store.read_only(folder)
    except (OSError, ValueError) as error:
        raise _unreadable(folder, error) from error


def open_describe(name: str, store: Store) -> Describe:
    """What the factory gives that ``name`` says: ``module:function``, a space, an argument.

    Without an argument it is called with the store.
    """
    module, function, argument = _factory(name)
    factory = getattr(import_module(module), function)
    return cast("Describe", factory(argument or store))


def _factory(name: str) -> tuple[str, str, str]:
    """Module, function and argument that ``name`` says."""
    place, _, argument = name.partition(" ")
    module, _, function = place.partition(":")
    return module, function, argument


def _load(store: Store, path: str) -> None:
    extension = syntax_of(path)
    if extension not in FORMATS:
        raise ParkgraphError(_unknown(path))
    try:
        with opened(path) as file:
            syntax = RdfFormat.from_extension(extension)
            looked_at = cast("IO[bytes]", checked(file, path, extension))
            store.bulk_load(looked_at, format=syntax, base_iri=base_of(path))
    except SyntaxError as error:
        raise ParkgraphError(_syntax(error, path)) from error
    except MemoryError as error:  # the parser's own: it holds a statement of a file up to a size
        raise ParkgraphError(Diagnostic("PG600", _TOO_LONG, path)) from error
    except (OSError, EOFError, ValueError, zlib.error) as error:
        raise _unreadable(path, error) from error


_TOO_LONG: Final = "cannot be read: it holds a value of more than 16 MiB"


def _syntax(error: SyntaxError, path: str) -> Diagnostic:
    finding = syntax_finding(error, path)
    if _NO_LOADER not in finding.message:
        return finding
    message = "does not parse: its @context, or an @import, lies elsewhere"
    return replace(
        finding, message=message, help="write the context into the file: none is fetched"
    )


#: What the parser says of JSON-LD whose context is an address.
_NO_LOADER: Final = "LoadDocumentCallback"


def syntax_of(path: str) -> str:
    """The ending that tells the syntax of a file, of those that one syntax has."""
    ending = Path(path.lower().removesuffix(_GZIP)).suffix[1:]
    return _ENDINGS.get(ending, ending)


#: Further endings of RDF files, each for the one it stands for; most ontologies are RDF/XML.
_ENDINGS: Final = {
    "json": "jsonld",
    "n3": "ttl",
    "nquads": "nq",
    "ntriples": "nt",
    "owl": "rdf",
    "rdfs": "rdf",
    "turtle": "ttl",
    "xml": "rdf",
}
_BYTE_ORDER_MARK: Final = b"\xef\xbb\xbf"


def opened(path: str) -> IO[bytes]:
    """The content of a file, unpacked, after its byte order mark if there is one."""
    file = _unpacked(path)
    # Looked at rather than read: a pipe does not go back.
    if file.peek(len(_BYTE_ORDER_MARK)).startswith(_BYTE_ORDER_MARK):
        file.read(len(_BYTE_ORDER_MARK))
    return cast("IO[bytes]", file)


def _unpacked(path: str) -> gzip.GzipFile | BufferedReader:
    packed = path.lower().endswith(_GZIP)
    return gzip.GzipFile(path) if packed else Path(path).open("rb")


def base_of(path: str) -> str:
    """What relative IRIs in a file stand against: its name, and nothing of where it lies."""
    name = Path(path).name
    return f"file:///{quote(name[: -len(_GZIP)] if name.lower().endswith(_GZIP) else name)}"


def _unknown(path: str) -> Diagnostic:
    endings = ", ".join(f".{extension}" for extension in FORMATS)
    advice = f"known endings: {endings}, each also with {_GZIP}"
    return Diagnostic("PG600", "the ending tells no RDF syntax", path, advice)


def _unreadable(path: str, error: Exception) -> ParkgraphError:
    reason = getattr(error, "strerror", None) or str(error)
    return ParkgraphError(Diagnostic("PG600", f"cannot be read: {reason}", path))
