"""Files packed as .gz and .zst: the same bytes for the same content, and unpacked within bounds."""

import gzip
import io
import zlib
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Final

import zstandard

#: The endings of packed files and their registered media types (RFC 6713, RFC 8878).
PACKED: Final[Mapping[str, str]] = {"gz": "application/gzip", "zst": "application/zstd"}

_GZIP_LEVEL: Final = 6
_ZSTD_LEVEL: Final = 9
#: zlib's sign for a gzip header and trailer.
_GZIP_WINDOW: Final = 31


def unpacked_path(path: str) -> str:
    """The path of the file that the one at ``path`` packs; ``path`` itself if it packs none.

    >>> unpacked_path("parkgraph.ttl.gz"), unpacked_path("parkgraph.ttl")
    ('parkgraph.ttl', 'parkgraph.ttl')
    """
    stem, _, ending = path.rpartition(".")
    return stem if ending in PACKED and PurePosixPath(stem).suffix else path


def pack(data: bytes, ending: str) -> bytes:
    """``data`` packed as ``ending`` says; no time and no name goes in, so equal gives equal."""
    if ending == "zst":
        return zstandard.ZstdCompressor(level=_ZSTD_LEVEL).compress(data)
    packed = io.BytesIO()
    with gzip.GzipFile("", "wb", _GZIP_LEVEL, packed, mtime=0) as file:
        file.write(data)
    return packed.getvalue()


def unpack(data: bytes, ending: str, limit: int) -> bytes:
    """What ``data`` packs.

    Args:
        data: a whole file.
        ending: a key of :data:`PACKED`.
        limit: bytes that may come out at most; a small file can hold very many.

    Raises:
        ValueError: it is no such file, more follows it, or more than ``limit`` would come out.
    """
    try:
        if ending == "zst":
            return _unpack_zstd(data, limit)
        return _unpack_gzip(data, limit)
    except (zlib.error, zstandard.ZstdError) as error:
        raise ValueError(str(error)) from error


def _unpack_zstd(data: bytes, limit: int) -> bytes:
    unpacker = zstandard.ZstdDecompressor().decompressobj()
    with zstandard.ZstdDecompressor().stream_reader(data) as reader:
        found = reader.read(limit + 1)
    if len(found) > limit:
        raise ValueError(f"more than {limit:,} bytes come out")
    if unpacker.decompress(data) != found or not unpacker.eof or unpacker.unused_data:
        raise ValueError("the file does not end where it should")
    return found


def _unpack_gzip(data: bytes, limit: int) -> bytes:
    unpacker = zlib.decompressobj(_GZIP_WINDOW)
    found = unpacker.decompress(data, limit + 1)
    if len(found) > limit:
        raise ValueError(f"more than {limit:,} bytes come out")
    if not unpacker.eof or unpacker.unused_data:
        raise ValueError("the file does not end where it should")
    return found
