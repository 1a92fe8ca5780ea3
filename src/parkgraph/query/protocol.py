"""How the processes speak: questions and answers in frames, control in messages.

Frames go between the web process and a worker, messages between the web process and the
parent of the workers. What a worker sends is only taken apart, never run: it has read a
stranger's query.
"""

import json
import socket
from collections.abc import Mapping, Sequence
from struct import Struct
from typing import Any, Final, NamedTuple, cast

from parkgraph.errors import Diagnostic
from parkgraph.query.values import CODES, EXTENSIONS, FORMS, INLINE, Failure, Form, Kind, Question

#: Formats of a SELECT or ASK, and of a CONSTRUCT or DESCRIBE.
SOLUTIONS: Final = EXTENSIONS[:4]
GRAPHS: Final = EXTENSIONS[4:]

_NUMBERS: Final[Mapping[str, int]] = {name: n for n, name in enumerate(EXTENSIONS)}
_FORMATS: Final[Mapping[tuple[str, str, str | None], bytes]] = {
    (one, graph, other): bytes((_NUMBERS[one], _NUMBERS[graph], _NUMBERS[other or one]))
    for one in SOLUTIONS
    for graph in GRAPHS
    for other in (None, *SOLUTIONS)
}

#: Bytes of text, bytes of the rest, seconds, and the formats for solutions, graph, boolean.
_QUESTION: Final = Struct("<IId3s")
#: Outcome, form, format, whether the worker ends now, rows, bytes of the body.
_ANSWER: Final = Struct("<BBBBqQ")
_INLINE, _SPOOLED, _FAILED = range(3)

#: Nearly every question is smaller. A greater piece costs the allocator more than the rest of it.
_QUESTION_SIZE: Final = 4 * 1024
#: Most answers arrive in one piece of this size.
PIECE: Final = 64 * 1024
#: A message has to fit the socket's buffer whole.
_MESSAGE: Final = 64 * 1024
_MOST_DESCRIPTORS: Final = 4


class Gone(Exception):  # noqa: N818  # not an error of the program: the other side has ended
    """The other side ended before its frame was complete."""


class Asked(NamedTuple):
    """A question as a worker has it; these are tuples, since one is made for every question.

    Attributes:
        formats: the numbers of the formats for solutions, graph and boolean.
        dataset: default graphs, named graphs, and the base IRI.
    """

    text: str
    seconds: float
    formats: bytes
    dataset: tuple[list[str] | None, list[str] | None, str | None] = (None, None, None)


class Reply(NamedTuple):
    """What a worker answers.

    Attributes:
        body: the result, or nothing where it is in the spool.
        size: bytes of the result, wherever it is.
        rows: -1 for an ASK.
        retires: whether the worker ends after this answer.
    """

    form: Form = "select"
    extension: str = "json"
    body: bytes = b""
    size: int = 0
    rows: int = -1
    spooled: bool = False
    retires: bool = False
    failure: Failure | None = None


def pack_question(question: Question, seconds: float) -> bytes:
    """The frame of a question that has ``seconds``.

    Raises:
        ValueError: there is no such format, or the text is not Unicode.
    """
    formats = _FORMATS.get((question.solutions, question.graph, question.boolean))
    if formats is None:
        message = f"no such formats: {question.solutions}, {question.graph}, {question.boolean}"
        raise ValueError(message)
    text = question.text.encode()
    more = b""
    if question.default_graphs is not None or question.named_graphs is not None or question.base:
        rest = (question.default_graphs, question.named_graphs, question.base)
        more = json.dumps(rest).encode()
    return _QUESTION.pack(len(text), len(more), seconds, formats) + text + more


def receive_question(line: socket.socket) -> Asked | None:
    """The next question, None if there will be none."""
    piece = line.recv(_QUESTION_SIZE)
    if not piece:
        return None
    piece = _at_least(line, piece, _QUESTION.size)
    length, more, seconds, formats = _QUESTION.unpack_from(piece)
    end = _QUESTION.size + length
    frame = _at_least(line, piece, end + more)
    asked = Asked(frame[_QUESTION.size : end].decode(), seconds, formats)
    return asked._replace(dataset=json.loads(frame[end:])) if more else asked


def send_reply(line: socket.socket, reply: Reply) -> None:
    """Send an answer."""
    form, extension, body, size, rows, spooled, retires, why = reply
    outcome = _SPOOLED if spooled else _INLINE
    if why is not None:
        body, outcome = _pack_failure(why), _FAILED
        size = len(body)
    numbers = FORMS.index(form), _NUMBERS[extension]
    line.sendall(_ANSWER.pack(outcome, *numbers, retires, rows, size) + body)


class Incoming:
    """An answer on its way, taken up piece by piece."""

    __slots__ = ("_buffer",)

    def __init__(self) -> None:
        self._buffer = b""

    def feed(self, piece: bytes) -> Reply | None:
        """The answer, if ``piece`` was the last of it.

        Raises:
            Gone: this is no answer: no worker in its right mind says that much, or such a thing.
        """
        if self._buffer:
            piece = self._buffer + piece
        if len(piece) < _ANSWER.size:
            self._buffer = piece
            return None
        outcome, form, extension, retires, rows, size = _ANSWER.unpack_from(piece)
        inline = 0 if outcome == _SPOOLED else size
        missing = _ANSWER.size + inline - len(piece)
        if inline > INLINE or missing < 0:
            raise Gone  # it is not to cost this process its memory
        if missing:
            self._buffer = piece
            return None
        self._buffer = b""
        body = piece[_ANSWER.size :]
        if outcome == _FAILED:
            return Reply(failure=_unpack_failure(body), retires=bool(retires))
        spooled = outcome == _SPOOLED
        return Reply(FORMS[form], EXTENSIONS[extension], body, size, rows, spooled, bool(retires))


def _pack_failure(why: Failure) -> bytes:
    finding = why.finding
    said = why.kind, finding.message, finding.where, finding.help, why.retry_after
    return json.dumps(said).encode()


def _unpack_failure(data: bytes) -> Failure:
    kind, message, where, advice, retry_after = json.loads(data)
    known = cast("Kind", kind)
    return Failure(known, Diagnostic(CODES[known], message, where, advice), int(retry_after))


def _at_least(line: socket.socket, piece: bytes, size: int) -> bytes:
    """``piece`` and what follows it, ``size`` bytes in all if it has not as many."""
    if len(piece) >= size:
        return piece
    buffer = bytearray(size)
    buffer[: len(piece)] = piece
    view, filled = memoryview(buffer), len(piece)
    while filled < size:
        received = line.recv_into(view[filled:])
        if not received:
            raise Gone
        filled += received
    return bytes(buffer)


def tell(
    control: socket.socket, message: Mapping[str, Any], descriptors: Sequence[int] = ()
) -> None:
    """Send a control message, and open files with it."""
    socket.send_fds(control, [json.dumps(message).encode()], list(descriptors))


def hear(control: socket.socket) -> tuple[dict[str, Any], list[int]] | None:
    """The next control message and the files that came with it; None if the other side ended."""
    data, descriptors, _, _ = socket.recv_fds(
        control, _MESSAGE, _MOST_DESCRIPTORS, socket.MSG_CMSG_CLOEXEC
    )
    return (json.loads(data), list(descriptors)) if data else None
