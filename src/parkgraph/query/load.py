"""Opens what is queried: RDF files into memory, or a store on disk; and the describing function."""

import gzip
import zlib
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import IO, Final, cast
from urllib.parse import quote

from pyoxigraph import RdfFormat, Store

from parkgraph.errors import Diagnostic, ParkgraphError
from parkgraph.query.evaluate import Describe
from parkgraph.query.values import Source
from parkgraph.rdf import FORMATS, syntax_finding

_GZIP: Final = ".gz"


@dataclass(frozen=True, slots=True)
class Loaded:
    """What is opened once, before workers are forked, and shared by them."""

    store: Store
    describe: Describe | None


def load(source: Source) -> Loaded:
    """The files of ``source`` in memory, and what describes from them alone.

    Raises:
        ParkgraphError: a file cannot be read (PG600) or does not parse (PG301).
    """
    store = load_files(source.files)
    # What has an argument opens a file of its own: each worker does so for itself.
    shared = source.describe and " " not in source.describe
    return Loaded(store, open_describe(source.describe or "", store) if shared else None)


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
    place, _, argument = name.partition(" ")
    module, _, function = place.partition(":")
    factory = getattr(import_module(module), function)
    return cast("Describe", factory(argument or store))


def _load(store: Store, path: str) -> None:
    extension = syntax_of(path)
    if extension not in FORMATS:
        raise ParkgraphError(_unknown(path))
    try:
        with opened(path) as file:
            syntax = RdfFormat.from_extension(extension)
            store.bulk_load(file, format=syntax, base_iri=base_of(path))
    except SyntaxError as error:
        raise ParkgraphError(syntax_finding(error, path)) from error
    except (OSError, EOFError, ValueError, zlib.error) as error:
        raise _unreadable(path, error) from error


def syntax_of(path: str) -> str:
    """The ending of a file that tells its syntax."""
    return Path(path.removesuffix(_GZIP)).suffix[1:].lower()


def opened(path: str) -> IO[bytes]:
    """The content of a file, unpacked."""
    return cast("IO[bytes]", gzip.open(path)) if path.endswith(_GZIP) else Path(path).open("rb")


def base_of(path: str) -> str:
    """What relative IRIs in a file stand against: its name, and nothing of where it lies."""
    return f"file:///{quote(Path(path.removesuffix(_GZIP)).name)}"


def _unknown(path: str) -> Diagnostic:
    endings = ", ".join(f".{extension}" for extension in FORMATS)
    advice = f"known endings: {endings}, each also with {_GZIP}"
    return Diagnostic("PG600", "the ending tells no RDF syntax", path, advice)


def _unreadable(path: str, error: Exception) -> ParkgraphError:
    reason = getattr(error, "strerror", None) or str(error)
    return ParkgraphError(Diagnostic("PG600", f"cannot be read: {reason}", path))
