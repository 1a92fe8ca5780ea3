"""What makes documents for a web process: ``python -m parkgraph.web.renderer PID ROOT NAME URL``.

Questions come in by the standard input, documents go out by the standard output. It ends with the
process PID.
"""

import gc
import os
import sys
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, Final

from parkgraph.query.confine import default_signals, die_with_parent
from parkgraph.release import open_release
from parkgraph.web.direct import document
from parkgraph.web.process import COLLECTED
from parkgraph.web.renderers import pack_answer, unpack_questions
from parkgraph.web.site import Site, open_site


def main(parent: str, root: str, name: str, public_url: str) -> int:
    """Make documents of a release until nobody asks any more."""
    default_signals()
    die_with_parent(int(parent))  # even where it cannot hear that nobody asks
    here = open_site(open_release(Path(root), name), public_url)
    gc.freeze()
    gc.set_threshold(*COLLECTED)
    with os.fdopen(os.dup(1), "wb") as out, suppress(BrokenPipeError):  # nobody asks any more
        os.dup2(2, 1)  # whatever else is printed goes where faults are told
        serve(0, out, here)
    return 0


def serve(line: int, out: BinaryIO, here: Site) -> None:
    """Say hello with an empty answer, then answer."""
    held = bytearray()
    out.write(pack_answer(None))
    out.flush()
    while piece := os.read(line, _PIECE):
        held += piece
        for path, axes in unpack_questions(held):
            made = None
            with suppress(Exception):  # who asked meets it again, and says what is wrong
                made = document(path, axes, here)
            out.write(pack_answer(made))
            out.flush()


#: Bytes of questions that are read at once.
_PIECE: Final = 64 * 1024


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
