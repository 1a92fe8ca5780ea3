"""How the processes speak: questions and answers in frames, control in messages.

Frames go between the web process and a worker, messages between the web process and the
parent of the workers. What a worker sends is only taken apart, never run: it has read a
stranger's query.
"""

import json
import socket
from collections.abc import Mapping, Sequence
from dataclasses import replace
from struct import Struct
from typing import Any, Final, NamedTuple, cast

from parkgraph.errors import Diagnostic
from parkgraph.query.values import CODES, EXTENSIONS, FORMS, Failure, Form, Kind, Question

#: Formats of a SELECT or ASK, and of a CONSTRUCT or DESCRIBE.
SOLUTIONS: Final = EXTENSIONS[:4]
GRAPHS: Final = EXTENSIONS[4:]

_NUMBERS: Final[Mapping[str, int]] = {name: n for n, name in enumerate(EXTENSIONS)}

#: Bytes of text, bytes of the rest, seconds, and the formats for solutions, graph, boolean.
_QUESTION: Final = Struct("<IIdBBB")
#: Outcome, form, format, whether the worker ends now, rows, bytes of the body.
_ANSWER: Final = Struct("<BBBBqQ")
_INLINE, _SPOOLED, _FAILED = range(3)

#: Most frames arrive in one piece of this size.
_PIECE: Final = 16 * 1024
#: A message has to fit the socket's buffer whole.
_MESSAGE: Final = 64 * 1024
_MOST_DESCRIPTORS: Final = 4


class Gone(Exception):  # noqa: N818  # not an error of the program: the other side has ended
    """The other side ended before its frame was complete."""


class Reply(NamedTuple):
    """What a worker answers; a tuple, since one is made for every question.

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
    formats = (question.solutions, question.graph, question.boolean or question.solutions)
    if formats[0] not in SOLUTIONS or formats[1] not in GRAPHS or formats[2] not in SOLUTIONS:
        message = f"no such formats: {formats}"
        raise ValueError(message)
    text = question.text.encode()
    rest = (question.default_graphs, question.named_graphs, question.base)
    more = b"" if rest == (None, None, None) else json.dumps(rest).encode()
    numbers = (_NUMBERS[name] for name in formats)
    return _QUESTION.pack(len(text), len(more), seconds, *numbers) + text + more


def receive_question(line: socket.socket) -> Question | None:
    """The next question, None if there will be none."""
    piece = line.recv(_PIECE)
    if not piece:
        return None
    piece = _at_least(line, piece, _QUESTION.size)
    length, more, seconds, *numbers = _QUESTION.unpack_from(piece)
    end = _QUESTION.size + length
    frame = _at_least(line, piece, end + more)
    solutions, graph, boolean = (EXTENSIONS[number] for number in numbers)
    text = frame[_QUESTION.size : end].decode()
    question = Question(
        text, solutions=solutions, graph=graph, boolean=boolean, seconds=float(seconds)
    )
    return _with_dataset(question, frame[end:]) if more else question


def _with_dataset(question: Question, rest: bytes) -> Question:
    default, named, base = json.loads(rest)
    return replace(
        question,
        default_graphs=None if default is None else tuple(default),
        named_graphs=None if named is None else tuple(named),
        base=base,
    )


def send_reply(line: socket.socket, reply: Reply) -> None:
    """Send an answer."""
    body, outcome = reply.body, _SPOOLED if reply.spooled else _INLINE
    size = reply.size
    if reply.failure is not None:
        body, outcome = _pack_failure(reply.failure), _FAILED
        size = len(body)
    numbers = FORMS.index(reply.form), _NUMBERS[reply.extension]
    line.sendall(_ANSWER.pack(outcome, *numbers, reply.retires, reply.rows, size) + body)


def receive_reply(line: socket.socket) -> Reply:
    """The answer to a question that was sent.

    Raises:
        Gone: the worker ended.
    """
    piece = _at_least(line, line.recv(_PIECE), _ANSWER.size)
    outcome, form, extension, retires, rows, size = _ANSWER.unpack_from(piece)
    if outcome == _SPOOLED:
        body = b""
    else:
        body = _at_least(line, piece, _ANSWER.size + size)[_ANSWER.size :]
    if outcome == _FAILED:
        return Reply(failure=_unpack_failure(body), retires=bool(retires))
    return Reply(
        FORMS[form], EXTENSIONS[extension], body, size, rows, outcome == _SPOOLED, bool(retires)
    )


def _pack_failure(why: Failure) -> bytes:
    finding = why.finding
    return json.dumps((why.kind, finding.message, finding.where, finding.help)).encode()


def _unpack_failure(data: bytes) -> Failure:
    kind, message, where, advice = json.loads(data)
    known = cast("Kind", kind)
    return Failure(known, Diagnostic(CODES[known], message, where, advice))


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
