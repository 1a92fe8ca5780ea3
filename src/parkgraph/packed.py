"""Files packed as .gz and .zst: the same bytes for the same content, and unpacked within bounds."""

import gzip
import io
import zlib
from collections.abc import Iterator, Mapping
from contextlib import closing
from pathlib import PurePosixPath
from typing import IO, Final, Protocol, cast

import zstandard

from parkgraph.rdf import Target

#: The endings of packed files and their registered media types (RFC 6713, RFC 8878).
PACKED: Final[Mapping[str, str]] = {"gz": "application/gzip", "zst": "application/zstd"}

_GZIP_LEVEL: Final = 6
_ZSTD_LEVEL: Final = 9
#: zlib's sign for a gzip header and trailer.
_GZIP_WINDOW: Final = 31
#: Bytes that are unpacked at a time.
_PART: Final = 1 << 20
#: Bytes of a zstd file that are looked at together: four of them can say 128 KiB.
_ZSTD_READ: Final = 1 << 10


def unpacked_path(path: str) -> str:
    """The path of the file that the one at ``path`` packs; ``path`` itself if it packs none.

    >>> unpacked_path("parkgraph.ttl.gz"), unpacked_path("parkgraph.ttl")
    ('parkgraph.ttl', 'parkgraph.ttl')
    """
    stem, _, ending = path.rpartition(".")
    return stem if ending in PACKED and PurePosixPath(stem).suffix else path


def pack(data: bytes, ending: str) -> bytes:
    """``data`` packed as ``ending`` says; no time and no name goes in, so equal gives equal."""
    packed = io.BytesIO()
    with closing(packing(packed, ending, len(data))) as target:
        target.write(data)
    return packed.getvalue()


def packing(file: Target, ending: str, size: int) -> "Packing":
    """Packs the ``size`` bytes that are written to it into ``file``, as :func:`pack` does.

    The same parts give the same bytes; closing it writes the end, and leaves ``file`` open.
    """
    if ending == "zst":
        packer = zstandard.ZstdCompressor(level=_ZSTD_LEVEL)
        return packer.stream_writer(cast("IO[bytes]", file), size=size, closefd=False)
    return gzip.GzipFile("", "wb", _GZIP_LEVEL, cast("IO[bytes]", file), mtime=0)


class Packing(Protocol):
    """Takes the bytes of a file in parts."""

    def write(self, part: bytes, /) -> int:
        """Take the next part."""

    def close(self) -> None:
        """Write the end."""


def unpack(data: bytes, ending: str, limit: int) -> bytes:
    """What ``data`` packs; arguments and errors are those of :func:`unpacked`."""
    return b"".join(unpacked(io.BytesIO(data), ending, limit))


def unpacked(file: IO[bytes], ending: str, limit: int) -> Iterator[bytes]:
    """What a file packs, in parts.

    Args:
        file: from its beginning to its end.
        ending: a key of :data:`PACKED`.
        limit: bytes that may come out at most; a small file can hold very many.

    Raises:
        ValueError: it is no such file, more follows it, or more than ``limit`` would come out.
    """
    left = limit
    try:
        for part in _unpacked_zstd(file) if ending == "zst" else _unpacked_gzip(file):
            left -= len(part)
            if left < 0:
                raise ValueError(f"more than {limit:,} bytes come out")
            yield part
    except (zlib.error, zstandard.ZstdError) as error:
        raise ValueError(str(error)) from error


def _unpacked_zstd(file: IO[bytes]) -> Iterator[bytes]:
    unpacker = zstandard.ZstdDecompressor().decompressobj()
    while not unpacker.eof and (data := file.read(_ZSTD_READ)):
        yield unpacker.decompress(data)
    _check_end(file, unpacker.unused_data, ended=unpacker.eof)


def _unpacked_gzip(file: IO[bytes]) -> Iterator[bytes]:
    unpacker = zlib.decompressobj(_GZIP_WINDOW)
    while not unpacker.eof and (data := unpacker.unconsumed_tail or file.read(_PART)):
        yield unpacker.decompress(data, _PART)
    _check_end(file, unpacker.unused_data, ended=unpacker.eof)


def _check_end(file: IO[bytes], unused: bytes, *, ended: bool) -> None:
    if not ended or unused or file.read(1):
        raise ValueError("the file does not end where it should")
