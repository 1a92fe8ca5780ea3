"""Hostile requests: bytes, addresses, headers; and what must be true of every answer to them."""

import re
import socket
from collections.abc import Iterator
from contextlib import suppress
from itertools import product
from typing import Final

from hypothesis import strategies as st

from parkgraph.web.routes import NAMES, ROUTES
from tests.conftest import Server

#: A Host that lies: it is never used, so it is in no answer.
H: Final = b"Host: evil.example\r\n"
GET: Final = b"GET /health HTTP/1.1\r\n" + H
POST: Final = b"POST /sparql HTTP/1.1\r\n" + H
ASK: Final = b"Content-Type: application/sparql-query\r\n"
CHUNKED: Final = b"Transfer-Encoding: chunked\r\n"
#: A second request, where a reader of bytes that reads otherwise than we do would find one.
INNER: Final = b"GET /smuggled HTTP/1.1\r\n" + H + b"\r\n"
END: Final = b"Connection: close\r\n\r\n"
#: An offer of another protocol, by who wants one answer alone.
OFFER: Final = b"Connection: upgrade, close\r\nUpgrade: h2c\r\n"
#: A body that is a query, and one that is a request.
WELL: Final = b"ASK {}"
ILL: Final = b"GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"


def length(number: object) -> bytes:
    return f"Content-Length: {number}\r\n".encode()


def chunk(body: bytes) -> bytes:
    return b"%x\r\n%b\r\n0\r\n\r\n" % (len(body), body)


#: Bytes that are sent, and the status of the one answer; 0 where the connection just ends.
WIRE: Final[dict[str, tuple[int, bytes]]] = {
    "length and chunks": (400, POST + length(5) + CHUNKED + b"\r\n0\r\n\r\n" + INNER),
    "chunks and length": (400, POST + CHUNKED + length(5) + b"\r\n0\r\n\r\n" + INNER),
    "two lengths": (400, POST + length(5) + length(6) + b"\r\nhello" + INNER),
    "a list of lengths": (400, POST + length("5, 5") + b"\r\nhello" + INNER),
    "a signed length": (400, POST + length("+5") + b"\r\nhello" + INNER),
    "a negative length": (400, POST + length(-5) + b"\r\nhello" + INNER),
    "a length in hex": (400, POST + length("0x5") + b"\r\nhello" + INNER),
    "a length beyond 64 bits": (400, POST + length(10**30) + b"\r\n"),
    "an unknown coding": (400, POST + b"Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n" + INNER),
    "chunked not last": (400, POST + b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n"),
    "chunked with a tab": (400, POST + b"Transfer-Encoding:\x0bchunked\r\n\r\n0\r\n\r\n" + INNER),
    "a chunk size that is none": (400, POST + ASK + CHUNKED + b"\r\nZZ\r\nabc\r\n0\r\n\r\n"),
    "a chunk size beyond 64 bits": (400, POST + ASK + CHUNKED + b"\r\n" + b"f" * 17 + b"\r\nabc"),
    "a negative chunk": (400, POST + ASK + CHUNKED + b"\r\n-1\r\nabc\r\n0\r\n\r\n"),
    "a chunk without its end": (400, POST + ASK + CHUNKED + b"\r\n3\r\nabcdef\r\n0\r\n\r\n"),
    "an endless chunk extension": (
        400,
        POST + ASK + CHUNKED + b"\r\n6;" + b"a" * 100_000 + b"\r\nASK {}\r\n0\r\n\r\n",
    ),
    "a space before the colon": (400, b"GET /health HTTP/1.1\r\nHost : x\r\n" + END),
    "a space before a name": (400, b"GET /health HTTP/1.1\r\n Host: x\r\n" + END),
    "a folded header": (400, GET + b"X: a\r\n b\r\n" + END),
    "a header without a name": (400, GET + b": a\r\n" + END),
    "a header without a colon": (400, GET + b"nonsense\r\n" + END),
    "a NUL in a header": (400, GET + b"X: a\0b\r\n" + END),
    "a bare CR in a header": (400, GET + b"X: a\rY: b\r\n" + END),
    "no Host": (400, b"GET /health HTTP/1.1\r\n" + END),
    "two Hosts": (400, GET + H + END),
    "a kept answer without Host": (400, b"GET /doc/park/iasp-6112.ttl HTTP/1.1\r\n" + END),
    "a Host that lies": (303, b"GET /id/park/iasp-6112 HTTP/1.1\r\n" + H + END),
    "a Host that is no text": (400, b"GET /health HTTP/1.1\r\nHost: \xff <>\r\n" + END),
    "an absolute address": (
        303,
        b"GET http://evil.example/id/park/iasp-6112 HTTP/1.1\r\n" + H + END,
    ),
    "an absolute address without a path": (200, b"GET http://evil.example HTTP/1.1\r\n" + H + END),
    "an absolute address that is odd": (400, b"GET http://[::1/ HTTP/1.1\r\n" + H + END),
    "an unknown method": (501, b"FOO /health HTTP/1.1\r\n" + H + END),
    "a method of 50 kB": (400, b"F" * 50_000 + b" /health HTTP/1.1\r\n" + H + END),
    "a method in lower case": (400, b"get /health HTTP/1.1\r\n" + H + END),
    "TRACE": (405, b"TRACE /health HTTP/1.1\r\n" + H + END),
    "CONNECT": (400, b"CONNECT x:443 HTTP/1.1\r\n" + H + END),
    "OPTIONS of all": (400, b"OPTIONS * HTTP/1.1\r\n" + H + END),
    "HTTP/0.9": (400, b"GET /health\r\n\r\n"),
    "HTTP/1.0": (200, b"GET /health HTTP/1.0\r\n\r\n"),
    "HTTP/2 begun": (400, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(9)),
    "HTTP/3.7": (400, b"GET /health HTTP/3.7\r\n" + H + END),
    "an upgrade to HTTP/2": (
        200,
        GET + b"Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA\r\n" + END,
    ),
    "an upgrade to WebSocket": (
        200,
        GET + b"Upgrade: websocket\r\nSec-WebSocket-Key: dGhlIHNhbXBsZQ==\r\n" + END,
    ),
    "an upgrade with a body": (200, POST + ASK + OFFER + length(len(WELL)) + b"\r\n" + WELL),
    "an upgrade with chunks": (200, POST + ASK + OFFER + CHUNKED + b"\r\n" + chunk(WELL)),
    "an upgrade, its body a request": (
        400,
        POST + ASK + OFFER + length(len(ILL)) + b"\r\n" + ILL,
    ),
    "an upgrade, its chunk a request": (400, POST + ASK + OFFER + CHUNKED + b"\r\n" + chunk(ILL)),
    "an upgrade with both": (400, POST + OFFER + CHUNKED + length(5) + b"\r\n" + chunk(ILL)),
    "an upgrade with an unknown coding": (
        400,
        POST + OFFER + b"Transfer-Encoding: gzip\r\n\r\n" + INNER,
    ),
    "an upgrade from HTTP/1.0": (
        400,
        b"POST /sparql HTTP/1.0\r\n" + ASK + OFFER + length(len(ILL)) + b"\r\n" + ILL,
    ),
    "a tunnel with a body": (400, b"CONNECT x:443 HTTP/1.1\r\n" + H + length(5) + END + INNER),
    "a tunnel to a path": (405, b"CONNECT /health HTTP/1.1\r\n" + H + b"\r\n" + INNER),
    "chunks of what is packed": (
        501,
        POST + ASK + b"Transfer-Encoding: gzip, chunked\r\n\r\n" + chunk(WELL) + INNER,
    ),
    "chunks of what is packed, on two lines": (
        501,
        POST + ASK + b"Transfer-Encoding: gzip\r\n" + CHUNKED + b"\r\n" + chunk(WELL) + INNER,
    ),
    "chunks in HTTP/1.0": (
        200,
        b"POST /sparql HTTP/1.0\r\nConnection: keep-alive\r\n"
        + (ASK + CHUNKED + b"\r\n" + chunk(WELL) + INNER),
    ),
    "RTSP/1.0": (400, b"OPTIONS /sparql RTSP/1.0\r\n" + H + END),
    "RTSP/1.1": (400, b"GET /health RTSP/1.1\r\n" + H + END),
    "ICE/1.0": (400, b"SOURCE /health ICE/1.0\r\n" + H + END),
    "TLS": (400, bytes.fromhex("1603010200010001fc0303") + bytes(64)),
    "every byte": (400, bytes(range(256)) * 4),
    "a path that is no UTF-8": (400, b"GET /\xff\xfe HTTP/1.1\r\n" + H + END),
    "a path without its slash": (400, b"GET health HTTP/1.1\r\n" + H + END),
    "spaces in the path": (400, b"GET /a b HTTP/1.1\r\n" + H + END),
    "a compressed body": (
        415,
        POST + ASK + b"Content-Encoding: gzip\r\n" + length(6) + b"Connection: close\r\n\r\nASK {}",
    ),
    "a body where none belongs": (200, GET + length(6) + b"Connection: close\r\n\r\nASK {}"),
    "an expectation": (
        200,
        POST + ASK + b"Expect: magic\r\n" + length(6) + b"Connection: close\r\n\r\nASK {}",
    ),
}

#: What stands in the place of a part of an address.
PARTS: Final = (
    "..",
    "%2e%2e",
    "..%2f..%2f..%2f..%2f..%2fetc%2fpasswd",
    "../../../../../../etc/passwd",
    "..%5c..%5cetc%5cpasswd",
    "%2fetc%2fpasswd",
    "....//....//etc/passwd",
    "%252e%252e%252fetc%252fpasswd",
    "%c0%ae%c0%ae%c0%afetc",
    "..;/etc/passwd",
    "a%00",
    "a%00.txt",
    "%ff%fe",
    "%zz%f",
    "a%0d%0aX-Injected:%20yes%0d%0a%0d%0a",
    "%e2%80%a8",
    "a%20b",
    "%F0%9F%92%A9",
    "'%22%3E%3Cscript%3E",
    "%7B%7B7*7%7D%7D",
    "a" * 8000,
    "1" * 400,
    "-1",
    "",
)
#: Values of parameters; those of PARTS besides.
VALUES: Final = ("0", "1e400", "NaN", "99999999999999999999", "true", "[]", "\u202e", "a&a=b")

#: Names of headers that are read, and values that none of them should have.
READ: Final = (
    "Accept",
    "Accept-Profile",
    "Accept-Language",
    "Accept-Encoding",
    "Accept-Datetime",
    "Range",
    "If-Range",
    "If-Match",
    "If-None-Match",
    "If-Modified-Since",
    "If-Unmodified-Since",
    "Content-Type",
    "X-Forwarded-For",
    "Cookie",
    "Prefer",
    "Origin",
    "X-HTTP-Method-Override",
    "Proxy",
)
BAD: Final = (
    b"",
    b",",
    b";;;,,,",
    b"*/*;q=",
    b"*/*;q=nan",
    b"text/html;q=1e999",
    b"text/turtle;q=-1, */*;q=2",
    b"\xff\xfe\xfd",
    b"\xe6\xb8\x85",
    b'"' * 300,
    b"a/b;c=" + b'"\\' * 200,
    b"bytes=-",
    b"bytes=9-1",
    b"bytes=0-99999999999999999999999999",
    b"bytes=" + b"0-0," * 2000,
    b"bytes=a-b",
    b"items=0-1",
    b'W/"a", "b, "c"',
    b"*",
    b"Sun, 99 Nov 99999 99:99:99 GMT",
    b"Thu, 01 Jan 0001 00:00:00 GMT",
    b"Sun Nov  6 08:49:37 1994",
    b"<http://[::1>",
    b"<" * 500,
    b"en;q=0, *;q=0",
    b"gzip;q=0, identity;q=0, *;q=0",
    b"x" * 60_000,
    b"text/html, " * 5000,
    b"text/" + b"html;" * 2000 + b"q=0.1",
    b"application/sparql-query; charset=" + b"utf-7",
)
#: Addresses of each kind that headers are tried on.
ADDRESSES: Final = (
    "/",
    "/doc/park/iasp-6112",
    "/doc/park/iasp-6112.ttl",
    "/id/park/iasp-6112",
    "/document/iasp-6112",
    "/search?q=park",
    "/sparql?query=ASK%20%7B%7D",
    "/download/parkgraph.nq",
    "/source/iasp-6112/8d0d83c6.txt",
    "/releases",
    "/timemap/doc/park/iasp-6112",
    "/data?default",
    "/openapi.json",
    "/static/icon.svg",
)


def addresses() -> Iterator[str]:
    """Every address of the interface with each hostile part in each of its places."""
    for route in ROUTES:
        places = re.findall(r"\{(\w+)\}", route.path)
        for place, part in product(places, PARTS):
            filled = route.path.replace(f"{{{place}}}", part)
            yield re.sub(r"\{\w+\}", "iasp-6112", filled)


def parameters() -> Iterator[str]:
    """Every parameter of every address with each hostile value."""
    for route in ROUTES:
        path = re.sub(r"\{\w+\}", "iasp-6112", route.path)
        for name, value in product(route.query, (*PARTS, *VALUES)):
            yield f"{path}?{NAMES.get(name, name)}={value}"


def headers() -> Iterator[tuple[str, str, bytes]]:
    """Every header with each value that none should have; in turn on each kind of address."""
    for number, (name, value) in enumerate(product(READ, BAD)):
        yield ADDRESSES[number % len(ADDRESSES)], name, value


#: Bytes as they might stand in a request: some that mean something, and any.
MARKS: Final = st.sampled_from(
    b"\r\n|\r\n\r\n|: |GET |POST |/|?|%|HTTP/1.1|Host: x|\0|\xff|chunked|0".split(b"|")
)
NOISE: Final = st.lists(MARKS | st.binary(max_size=12), max_size=40).map(b"".join)
#: A value of a header, whatever may stand in one.
FIELD: Final = st.binary(max_size=200).map(lambda value: re.sub(rb"[\0\r\n]", b"", value))
_PIECES: Final = ["/", "..", ".", "%", "%2f", "%00", "id", "doc", "release", "%e6", "?", "&", "="]
#: A path of any characters, percent-encoded as a client would or worse.
PATH: Final = st.lists(
    st.sampled_from(_PIECES)
    | st.text(st.characters(codec="ascii", min_codepoint=33, max_codepoint=126), max_size=8),
    max_size=12,
).map("".join)


def exchange(server: Server, data: bytes, *, half: bool = False) -> bytes:
    """All that comes for some bytes until the server ends the connection.

    With ``half`` it is told that no more will come.
    """
    found = b""
    with socket.create_connection(("127.0.0.1", server.port), timeout=30) as line:
        with suppress(ConnectionError):
            line.sendall(data)
            if half:
                line.shutdown(socket.SHUT_WR)
        with suppress(ConnectionError):
            while piece := line.recv(65536):
                found += piece
    return found


def asked(path: str, *lines: bytes, method: str = "GET") -> bytes:
    """A request for ``path`` with further lines in its head."""
    head = f"{method} {path} HTTP/1.1\r\n".encode("utf-8", "surrogateescape")
    return head + H + b"".join(line + b"\r\n" for line in lines) + END


def status(answer: bytes) -> int:
    return int(answer.split(b" ", 2)[1]) if answer else 0


def sound(answer: bytes, request: bytes) -> bool:
    """No fault of the server, one answer alone, and nothing in it that was not to be told."""
    head, _, body = answer.partition(b"\r\n\r\n")
    told = status(answer) == 501 or b"\r\nretry-after:" in head.lower()
    fault = status(answer) >= 500 and not told
    injected = re.search(rb"\r\nx-injected:", head, re.IGNORECASE) or b"evil.example" in answer
    second = re.search(rb"\r\n\r\nHTTP/1\.[01] \d\d\d ", answer)
    leaked = b"root:x:0" in body or b"Traceback" in body
    return not (fault or injected or second or leaked)
