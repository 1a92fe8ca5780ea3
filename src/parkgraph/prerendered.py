"""Documents that were made before they are asked for: packed, in a few files, by their address.

The documents of a publication are much alike, so they are packed with a dictionary made of some of
them: a page of 9 kB takes 400 bytes then, and is unpacked in 5 µs. There are several files (SQLite)
so that several processes can write them.
"""

import sqlite3
import threading
from collections.abc import Iterable
from contextlib import closing
from itertools import chain, islice
from pathlib import Path
from typing import Final, NamedTuple
from zlib import crc32

import zstandard

from parkgraph.graphfile import BULK

#: The numbers of the files.
FILES: Final = range(4)

_SCHEMA: Final = """
create table made (program text not null, dictionary blob not null);
create table body (address text primary key, packed blob not null);
"""
_BODY: Final = "select packed from body where address = ?"
#: Bodies that a dictionary is made of, and bytes of it at most.
_SAMPLES: Final = 800
_DICTIONARY: Final = 64_000
#: Fewer make no dictionary, and need none.
_FEW: Final = 20
#: Bodies that are written at a time.
_BATCH: Final = 1_000
_LEVEL: Final = 3


class Body(NamedTuple):
    """A document in one form.

    Attributes:
        classes: of what it is about, as N-Triples writes them; None where more than these decide
            on what its header of links says.
    """

    data: bytes
    classes: tuple[str, ...] | None


def number_of(path: str) -> int:
    """The number of the file that has the document at a local path."""
    return crc32(path.encode()) % len(FILES)


def write_bodies(
    folder: Path, number: int, program: str, bodies: Iterable[tuple[str, str, Body]]
) -> None:
    """Write one of the files.

    Args:
        folder: is there; the file is not.
        number: of the file.
        program: what tells this program from others, which make other bytes of the same data.
        bodies: local path, form and body, each path and form once; all paths have that number.

    Raises:
        sqlite3.Error: the file cannot be written.
    """
    coming = iter(bodies)
    samples = list(islice(coming, _SAMPLES))
    dictionary = _dictionary([body.data for _, _, body in samples])
    packer = zstandard.ZstdCompressor(_LEVEL, dict_data=dictionary, write_checksum=True)
    addressed = ((_address(path, form), body) for path, form, body in chain(samples, coming))
    rows = ((address, packer.compress(_framed(address, body))) for address, body in addressed)
    with closing(sqlite3.connect(_file(folder, number))) as connection, connection:
        connection.executescript(BULK + _SCHEMA)
        connection.execute("insert into made values (?, ?)", (program, dictionary.as_bytes()))
        while batch := list(islice(rows, _BATCH)):
            connection.executemany("insert into body values (?, ?)", batch)


def _file(folder: Path, number: int) -> Path:
    return folder / f"{number}.sqlite"


def _address(path: str, form: str) -> str:
    return f"{path}.{form}"


def _framed(address: str, body: Body) -> bytes:
    """All that is known of a body, for one checksum to hold it together."""
    told = address if body.classes is None else " ".join((address, *body.classes, ""))
    return f"{told}\n".encode() + body.data


def _unframed(address: str, framed: bytes) -> Body | None:
    head, _, data = framed.partition(b"\n")
    name, known, classes = head.decode().partition(" ")
    return Body(data, tuple(classes.split()) if known else None) if name == address else None


def _dictionary(samples: list[bytes]) -> zstandard.ZstdCompressionDict:
    if len(samples) < _FEW:
        return zstandard.ZstdCompressionDict(b"")
    return zstandard.train_dictionary(_DICTIONARY, [*samples])


class Prerendered:
    """Reads what was written, from any number of threads.

    Attributes:
        program: what :func:`write_bodies` was told.

    Raises:
        OSError: there is nothing, or not all of it is of one program.
    """

    def __init__(self, folder: Path) -> None:
        self._files: Final = [_Bodies(_file(folder, number)) for number in FILES]
        self.program: Final = self._files[0].program
        if any(file.program != self.program for file in self._files):
            raise OSError(f"{folder} holds what several programs made")

    def get(self, path: str, form: str) -> Body | None:
        """The document at a local path; None if there is none, or it is not as it was written."""
        return self._files[number_of(path)].get(_address(path, form))


class _Reader(NamedTuple):
    """What a thread reads with; closed with the last one who has it."""

    connection: sqlite3.Connection
    unpacker: zstandard.ZstdDecompressor


class _Bodies:
    """One of the files."""

    def __init__(self, path: Path) -> None:
        self._uri = f"{path.resolve().as_uri()}?mode=ro&immutable=1"
        self._local = threading.local()
        try:
            with closing(self._connected()) as connection:
                made = connection.execute("select * from made").fetchone()
                self.program: str = made[0]
        except (sqlite3.Error, TypeError) as error:
            raise OSError(f"{path} holds no documents: {error}") from error
        self._dictionary = zstandard.ZstdCompressionDict(made[1])

    def get(self, address: str) -> Body | None:
        reader: _Reader | None = getattr(self._local, "reader", None)
        if reader is None:
            unpacker = zstandard.ZstdDecompressor(self._dictionary)
            self._local.reader = reader = _Reader(self._connected(), unpacker)
        try:
            row = reader.connection.execute(_BODY, (address,)).fetchone()
            return _unframed(address, reader.unpacker.decompress(row[0])) if row else None
        except (sqlite3.Error, zstandard.ZstdError):
            return None

    def _connected(self) -> sqlite3.Connection:
        return sqlite3.connect(self._uri, uri=True, check_same_thread=False)
