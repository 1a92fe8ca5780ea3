"""Opens what is queried: RDF files into memory, or a store on disk; and the describing function."""

import gzip
import zlib
from importlib import import_module
from pathlib import Path
from typing import IO, Final, cast
from urllib.parse import quote

from pyoxigraph import RdfFormat, Store

from parkgraph.errors import Diagnostic, ParkgraphError
from parkgraph.query.evaluate import Describe
from parkgraph.rdf import FORMATS, syntax_finding

_GZIP: Final = ".gz"


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


def open_describe(name: str) -> Describe:
    """What the factory gives that ``name`` says: ``module:function``, a space, an argument."""
    place, _, argument = name.partition(" ")
    module, _, function = place.partition(":")
    factory = getattr(import_module(module), function)
    return cast("Describe", factory(argument) if argument else factory())


def _load(store: Store, path: str) -> None:
    extension = Path(path.removesuffix(_GZIP)).suffix[1:].lower()
    if extension not in FORMATS:
        raise ParkgraphError(_unknown(path))
    try:
        with _opened(path) as file:
            store.bulk_load(file, format=RdfFormat.from_extension(extension), base_iri=_base(path))
    except SyntaxError as error:
        raise ParkgraphError(syntax_finding(error, path)) from error
    except (OSError, EOFError, ValueError, zlib.error) as error:
        raise _unreadable(path, error) from error


def _opened(path: str) -> IO[bytes]:
    return cast("IO[bytes]", gzip.open(path)) if path.endswith(_GZIP) else Path(path).open("rb")


def _base(path: str) -> str:
    """What relative IRIs in a file stand against: its name, and nothing of where it lies."""
    return f"file:///{quote(Path(path.removesuffix(_GZIP)).name)}"


def _unknown(path: str) -> Diagnostic:
    endings = ", ".join(f".{extension}" for extension in FORMATS)
    advice = f"known endings: {endings}, each also with {_GZIP}"
    return Diagnostic("PG600", "the ending tells no RDF syntax", path, advice)


def _unreadable(path: str, error: Exception) -> ParkgraphError:
    reason = getattr(error, "strerror", None) or str(error)
    return ParkgraphError(Diagnostic("PG600", f"cannot be read: {reason}", path))
