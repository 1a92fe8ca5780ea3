"""Content codings: bodies compressed as a request asks for it (RFC 9110 §8.4)."""

import gzip
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import Final

import brotli  # type: ignore[import-untyped]  # it has no types
import zstandard

from parkgraph.negotiate import CODINGS, negotiate_coding
from parkgraph.recent import characters, of_short

#: Bytes that fit into one packet beside the headers: less is not worth the work.
SMALL: Final = 1_000

#: zstd and gzip as they come; brotli where it is still about as quick as gzip.
_ZSTD_LEVEL: Final = 3
_GZIP_LEVEL: Final = 6
_BROTLI_QUALITY: Final = 4


def _zstd(body: bytes) -> bytes:
    return zstandard.ZstdCompressor(level=_ZSTD_LEVEL).compress(body)


def _brotli(body: bytes) -> bytes:
    compressed: bytes = brotli.compress(body, quality=_BROTLI_QUALITY)
    return compressed


def _gzip(body: bytes) -> bytes:
    # Without a time in it: the same bytes for the same body.
    return gzip.compress(body, _GZIP_LEVEL, mtime=0)


_WHOLE: Final[Mapping[str, Callable[[bytes], bytes]]] = MappingProxyType(
    {"zstd": _zstd, "br": _brotli, "gzip": _gzip}
)


@of_short(characters)
def wanted(accept_encoding: str | None) -> str | None:
    """The coding to answer in; None if not even ``identity`` will do."""
    return negotiate_coding(accept_encoding, CODINGS)


@of_short(characters)
def takes_identity(accept_encoding: str | None) -> bool:
    """Whether a body may go as it is."""
    return negotiate_coding(accept_encoding, ()) is not None


def fitting(coding: str, size: int, accept_encoding: str | None) -> str:
    """``coding``, or ``identity`` for a small body, if that will do."""
    return "identity" if size < SMALL and takes_identity(accept_encoding) else coding


def encoded(body: bytes, coding: str) -> bytes:
    """``body`` in ``coding``, one of :data:`parkgraph.negotiate.CODINGS` or ``identity``."""
    return body if coding == "identity" else _WHOLE[coding](body)


def encoded_stream(chunks: Iterable[bytes], coding: str) -> Iterator[bytes]:
    """The same for a body that comes in pieces and is never whole in memory."""
    if coding == "identity":
        yield from chunks
        return
    feed, finish = _stream(coding)
    for chunk in chunks:
        if piece := feed(chunk):
            yield piece
    yield finish()


def _stream(coding: str) -> tuple[Callable[[bytes], bytes], Callable[[], bytes]]:
    if coding == "zstd":
        state = zstandard.ZstdCompressor(level=_ZSTD_LEVEL).compressobj()
        return state.compress, state.flush
    if coding == "br":
        brotlied = brotli.Compressor(quality=_BROTLI_QUALITY)
        return brotlied.process, brotlied.finish
    gzipped = zlib.compressobj(_GZIP_LEVEL, wbits=31)  # 31: with gzip's header and trailer
    return gzipped.compress, gzipped.flush
