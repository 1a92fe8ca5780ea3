"""How the processes speak: questions and answers in frames, control in messages.

Frames go between the web process and a worker, messages between the web process and the
parent of the workers. What a worker sends is only taken apart, never run: it has read a
stranger's query.
"""

import json
import socket
from array import array
from collections.abc import Iterator, Mapping, Sequence
from struct import Struct
from typing import Any, Final, NamedTuple, cast

from parkgraph.errors import Diagnostic
from parkgraph.query.values import (
    CODES,
    EXTENSIONS,
    FORMS,
    INLINE,
    Failure,
    Form,
    Kind,
    Question,
    SpoolFile,
)

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

#: By when it is to begin; bytes of text, bytes of the rest, seconds, and the formats for solutions,
#: graph, boolean.
_QUESTION: Final = Struct("<dIId3s")
_MOMENT: Final = Struct("<d")
_ANY_TIME: Final = float("inf")
#: Outcome, form, format, whether the worker ends now, rows, bytes of the body.
_ANSWER: Final = Struct("<BBBBqQ")
_INLINE, _SPOOLED, _FAILED, _SKIPPED = range(4)

#: Bytes of a SHA-256.
_DIGEST: Final = 32

#: Nearly every question is smaller. A greater piece costs the allocator more than the rest of it.
_QUESTION_SIZE: Final = 4 * 1024
#: Most answers arrive in one piece of this size.
PIECE: Final = 64 * 1024
#: A message has to fit the socket's buffer whole.
_MESSAGE: Final = 64 * 1024
_MOST_DESCRIPTORS: Final = 8
#: Large results that a worker can give, each in a file that is the result's from then on; after the
#: last one another worker takes its place.
SPOOLS: Final = 4


class Gone(Exception):  # noqa: N818  # not an error of the program: the other side has ended
    """The other side ended before its frame was complete."""


class Asked(NamedTuple):
    """A question as a worker has it; these are tuples, since one is made for every question.

    Attributes:
        formats: the numbers of the formats for solutions, graph and boolean.
        dataset: default graphs, named graphs, and the base IRI.
        begin_by: when whoever asked does not want it begun any more, by the system's monotonic
            clock, which all processes share.
    """

    text: str
    seconds: float
    formats: bytes
    dataset: tuple[list[str] | None, list[str] | None, str | None] = (None, None, None)
    begin_by: float = _ANY_TIME


class Reply(NamedTuple):
    """What a worker answers.

    Attributes:
        body: the result, or its SHA-256 where it is in the spool.
        size: bytes of the result, wherever it is.
        rows: -1 for an ASK.
        spooled: whether it is in the next spool, as the worker says.
        spool: the same, as the web process has it; closed if nobody takes it.
        retires: whether the worker ends after this answer.
        skipped: whether it was not begun, since it was too late for that.
    """

    form: Form = "select"
    extension: str = "json"
    body: bytes = b""
    size: int = 0
    rows: int = -1
    spooled: bool = False
    retires: bool = False
    failure: Failure | None = None
    skipped: bool = False
    spool: SpoolFile | None = None


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
    return _QUESTION.pack(_ANY_TIME, len(text), len(more), seconds, formats) + text + more


def begun_by(frame: bytes, moment: float) -> bytes:
    """The frame of the same question, not to be begun after ``moment`` (``time.monotonic()``)."""
    return _MOMENT.pack(moment) + frame[_MOMENT.size :]


def questions(line: socket.socket) -> Iterator[Asked]:
    """The questions that come in, until there will be none."""
    piece = b""
    while piece := piece or line.recv(_QUESTION_SIZE):
        piece = _at_least(line, piece, _QUESTION.size)
        begin_by, length, more, seconds, formats = _QUESTION.unpack_from(piece)
        text = _QUESTION.size + length
        end = text + more
        frame = _at_least(line, piece, end)
        asked = Asked(frame[_QUESTION.size : text].decode(), seconds, formats, begin_by=begin_by)
        yield asked._replace(dataset=json.loads(frame[text:end])) if more else asked
        piece = frame[end:]


def send_skipped(line: socket.socket) -> None:
    """Say that a question was not begun."""
    line.sendall(_ANSWER.pack(_SKIPPED, 0, 0, False, -1, 0))


def send_reply(line: socket.socket, reply: Reply) -> None:
    """Send an answer."""
    form, extension, body, size, rows, spooled, retires, why, *_ = reply
    outcome = _SPOOLED if spooled else _INLINE
    if why is not None:
        body, outcome = _pack_failure(why), _FAILED
        size = len(body)
    numbers = FORMS.index(form), _NUMBERS[extension]
    line.sendall(_ANSWER.pack(outcome, *numbers, retires, rows, size) + body)


class Incoming:
    """Answers on their way, taken up piece by piece."""

    __slots__ = ("_buffer",)

    def __init__(self) -> None:
        self._buffer = b""

    def feed(self, piece: bytes) -> Iterator[Reply]:
        """The answers that ``piece`` completes.

        Raises:
            Gone: this is no answer: no worker in its right mind says that much, or such a thing.
        """
        data = self._buffer + piece if self._buffer else piece
        self._buffer = b""
        start = 0
        while len(data) - start >= _ANSWER.size:
            outcome, form, extension, retires, rows, size = _ANSWER.unpack_from(data, start)
            inline = _DIGEST if outcome == _SPOOLED else size
            if inline > INLINE:
                raise Gone  # it is not to cost this process its memory
            body = start + _ANSWER.size
            end = body + inline
            if end > len(data):
                break
            if outcome == _FAILED:
                yield Reply(failure=_unpack_failure(data[body:end]), retires=bool(retires))
            else:
                yield Reply(
                    FORMS[form],
                    EXTENSIONS[extension],
                    data[body:end],
                    size,
                    rows,
                    spooled=outcome == _SPOOLED,
                    retires=bool(retires),
                    skipped=outcome == _SKIPPED,
                )
            start = end
        if start < len(data):
            self._buffer = data[start:]


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
    descriptors = array("i")
    # Not by ``socket.recv_fds``: it leaves its flags out, and each process that is started from
    # then on would hold the files open.
    space = socket.CMSG_SPACE(_MOST_DESCRIPTORS * descriptors.itemsize)
    data, ancillary, _, _ = control.recvmsg(_MESSAGE, space, socket.MSG_CMSG_CLOEXEC)
    for level, kind, sent in ancillary:
        if (level, kind) == (socket.SOL_SOCKET, socket.SCM_RIGHTS):
            descriptors.frombytes(sent[: len(sent) // descriptors.itemsize * descriptors.itemsize])
    return (json.loads(data), list(descriptors)) if data else None
