"""Documents that were made before they are asked for: packed, in a few files, by their address.

The documents of a publication are much alike, so they are packed as if they came after some others
of them (a raw content dictionary, RFC 8878 §5): one of 5 kB takes 300 bytes then, and is unpacked
in 4 µs. There are several files (SQLite) so that several processes can write them.
"""

import sqlite3
import threading
from collections.abc import Iterable, Sequence
from contextlib import closing
from itertools import islice
from pathlib import Path
from typing import Final, NamedTuple
from zlib import crc32

import zstandard

from parkgraph.graphfile import BULK, finished

#: The numbers of the files.
FILES: Final = range(4)
#: Documents in all their forms that are enough for the others to come after.
SAMPLES: Final = 16
#: Bytes of these that count, and of each of them at most: a large one is like few others.
_BEFORE, _EACH = 128_000, 16_000

_SCHEMA: Final = """
create table made (program text not null, before blob not null);
create table body (address text primary key, packed blob not null);
"""
_BODY: Final = "select packed from body where address = ?"
#: Bytes of a body at most, with what is known of it: more was not written.
_MOST: Final = 64_000_000
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
    path: Path, program: str, samples: Sequence[bytes], bodies: Iterable[tuple[str, str, Body]]
) -> None:
    """Write one of the files.

    Args:
        path: of the file, which is not there; :func:`file_of` tells it.
        program: what tells this program from others, which make other bytes of the same data.
        samples: bodies that the others are like.
        bodies: local path, form and body, each path and form once; those of this file alone.

    Raises:
        sqlite3.Error: the file cannot be written.
    """
    before = b"".join(sample for sample in samples if len(sample) <= _EACH)[:_BEFORE]
    packer = zstandard.ZstdCompressor(_LEVEL, dict_data=_after(before), write_checksum=True)
    addressed = ((f"{path}.{form}", body) for path, form, body in bodies)
    framed = ((address, _framed(address, body)) for address, body in addressed)
    rows = ((address, packer.compress(frame)) for address, frame in framed if len(frame) <= _MOST)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executescript(BULK + _SCHEMA)
        connection.execute("insert into made values (?, ?)", (program, before))
        while batch := list(islice(rows, _BATCH)):
            connection.executemany("insert into body values (?, ?)", batch)


def file_of(folder: Path, number: int) -> Path:
    """The place of a file."""
    return folder / f"{number}.sqlite"


def _framed(address: str, body: Body) -> bytes:
    """All that is known of a body, for one checksum to hold it together."""
    told = address if body.classes is None else " ".join((address, *body.classes, ""))
    return f"{told}\n".encode() + body.data


def _unframed(address: str, frame: bytes) -> Body | None:
    head, _, data = frame.partition(b"\n")
    name, known, classes = head.decode().partition(" ")
    told = tuple(classes.split(" ")[:-1]) if known else None
    return Body(data, told) if name == address else None


def _after(before: bytes) -> zstandard.ZstdCompressionDict:
    # Not a trained one: that saves a twentieth, and training ends the process if samples are alike.
    return zstandard.ZstdCompressionDict(before, zstandard.DICT_TYPE_RAWCONTENT)


class Prerendered:
    """Reads what was written, for any number of threads, until it is closed.

    Raises:
        OSError: there is nothing, or not all of it is as ``program`` wrote it.
    """

    def __init__(self, folder: Path, program: str) -> None:
        self._files: Final[list[_Bodies]] = []
        try:
            for number in FILES:
                self._files.append(_Bodies(file_of(folder, number), program))
        except OSError:
            self.close()
            raise

    def get(self, path: str, form: str) -> Body | None:
        """The document at a local path; None if there is none, or it is not as it was written."""
        return self._files[number_of(path)].get(f"{path}.{form}")

    def close(self) -> None:
        """Let go of the files; there is no document any more."""
        for file in self._files:
            file.close()


class _Bodies:
    """One of the files: whatever goes wrong, it is not as it was written then."""

    def __init__(self, path: Path, program: str) -> None:
        self._lock = threading.Lock()  # held for microseconds
        try:
            self._connection = sqlite3.connect(finished(path), uri=True, check_same_thread=False)
        except sqlite3.Error as error:
            raise OSError(f"{path} holds no documents: {error}") from error
        try:
            made, before = self._connection.execute("select * from made").fetchone()
            self._unpacker = zstandard.ZstdDecompressor(_after(before))
        except Exception as error:
            self._connection.close()
            raise OSError(f"{path} holds no documents: {error}") from error
        if made != program:
            self._connection.close()
            raise OSError(f"{path} holds what another program made")

    def close(self) -> None:
        with self._lock:
            self._connection.close()

    def get(self, address: str) -> Body | None:
        try:
            with self._lock:
                row = self._connection.execute(_BODY, (address,)).fetchone()
                if row is None or not 0 < zstandard.frame_content_size(row[0]) <= _MOST:
                    return None
                return _unframed(address, self._unpacker.decompress(row[0]))
        except Exception:  # noqa: BLE001  # of what is damaged anything may come
            return None
