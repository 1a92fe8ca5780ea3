"""Takes from a process what a query must never use: network, files, memory, a life of its own.

The second of two locks on SERVICE: here nothing depends on how a query is read.
"""

import ctypes
import fcntl
import os
import resource
import select
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

_CLONE_NEWUSER: Final = 0x10000000
_CLONE_NEWNET: Final = 0x40000000
_PR_SET_PDEATHSIG: Final = 1
_PR_SET_NO_NEW_PRIVS: Final = 38

#: An endless recursion ends here, in bytes, also where the system sets no limit.
_STACK: Final = 8 * 1024 * 1024

_LIBC: Final = ctypes.CDLL(None, use_errno=True)


def default_signals() -> None:
    """Undo what was inherited: a blocked or ignored SIGALRM would make every deadline void."""
    signal.pthread_sigmask(signal.SIG_SETMASK, ())
    for number in (signal.SIGALRM, signal.SIGIO, signal.SIGCHLD, signal.SIGABRT):
        signal.signal(number, signal.SIG_DFL)
    # A key, a supervisor and a closed terminal tell every process of a server to end. That is for
    # the web process, which lets what is under way end first, and then closes the service.
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)


def leave_network() -> bool:
    """Move into a network without any interface, if the system lets us; the process is alone."""
    return any(
        _LIBC.unshare(flags) == 0 for flags in (_CLONE_NEWNET, _CLONE_NEWUSER | _CLONE_NEWNET)
    )


def end_with(control: socket.socket, *, ends: bool) -> None:
    """Let the kernel end this process when the other side of ``control`` does, even inside Rust.

    SIGIO comes with anything on the socket, so this is for times when no message can.
    """
    fcntl.fcntl(control, fcntl.F_SETOWN, os.getpid())
    flags = fcntl.fcntl(control, fcntl.F_GETFL)
    flags = flags | os.O_ASYNC if ends else flags & ~os.O_ASYNC
    fcntl.fcntl(control, fcntl.F_SETFL, flags)
    if ends:
        poll = select.poll()
        poll.register(control, 0)
        if poll.poll(0):  # it has ended already, and there will be no signal
            os._exit(0)


def die_with_parent(parent: int) -> None:
    """Be killed when ``parent`` ends, however it does."""
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:
        os._exit(0)


def keep_only(*descriptors: int) -> tuple[int, ...]:
    """Close every file but the first three and these, which get new numbers from 3 on."""
    above = [fcntl.fcntl(one, fcntl.F_DUPFD, 64 + len(descriptors)) for one in descriptors]
    kept = tuple(os.dup2(one, 3 + place) for place, one in enumerate(above))
    os.closerange(3 + len(kept), resource.getrlimit(resource.RLIMIT_NOFILE)[0])
    return kept


def limit(memory: int) -> None:
    """Allow ``memory`` bytes above what there is, a bounded stack, and no core file.

    RLIMIT_DATA counts private memory that can be written, and neither mapped files nor the
    stack: a stack overflow stays a SIGSEGV, and a refused allocation makes Rust abort.
    """
    most = _data() + memory
    resource.setrlimit(resource.RLIMIT_DATA, (most, most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    soft, hard = resource.getrlimit(resource.RLIMIT_STACK)
    if soft == resource.RLIM_INFINITY or soft > _STACK:
        resource.setrlimit(resource.RLIMIT_STACK, (_STACK, hard))
    # Where memory runs out all the same, the kernel is to take this process and no other.
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("1000")
    _LIBC.prctl(_PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0)


@contextmanager
def within_memory() -> Iterator[None]:
    """Let nothing in the block allocate more than is free now: it aborts, and harms nobody else."""
    before = resource.getrlimit(resource.RLIMIT_DATA)
    most = _data() + _available()
    if before[1] != resource.RLIM_INFINITY:
        most = min(most, before[1])
    resource.setrlimit(resource.RLIMIT_DATA, (most, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, before)


def _available() -> int:
    """Bytes of memory that the system can still give away."""
    lines = Path("/proc/meminfo").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("MemAvailable")) * 1024


def _data() -> int:
    """Bytes of private memory that this process has."""
    return int(Path("/proc/self/statm").read_text().split()[5]) * resource.getpagesize()


def seal(spare: int = 0) -> None:
    """Open no file and no socket any more, but for ``spare`` ones.

    A descriptor is always the lowest free number, so a limit closes the door only when there
    are no gaps below it.
    """
    last = max(int(entry.name) for entry in Path("/proc/self/fd").iterdir())
    while (filled := os.dup(0)) < last:
        pass
    os.close(filled)
    most = filled + spare
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
