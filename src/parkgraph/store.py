"""The store of a release: its quads as Oxigraph keeps them on disk, asked from the first moment.

It is made from the canonical quads and never read back into them: the store rewrites what is not
in canonical form, and is no record.
"""

from contextlib import suppress
from pathlib import Path
from typing import Final

from pyoxigraph import RdfFormat, Store

from parkgraph.sorting import batches_of

#: The folder among the derived files.
STORE: Final = "store"
#: Quads from which a store pays: fewer are in memory within half a second. From there on documents
#: are made at build too.
WORTHWHILE: Final = 100_000
#: Bytes of N-Quads that are loaded at a time.
_PART: Final = 32_000_000
#: What the engine logs when it writes; it says where that was, and nobody needs it.
_LOG: Final = "LOG"


def write_store(folder: Path, quads: Path) -> None:
    """Write the N-Quads file ``quads`` as a store into ``folder``, which is made.

    Memory: some 300 MB, since it is loaded in parts; at once it was 0.6 to 0.9 KB a quad.

    Raises:
        OSError: it cannot be written.
    """
    store = Store(str(folder))
    for lines in batches_of(quads, _PART):
        store.bulk_load(input=b"".join(lines), format=RdfFormat.N_QUADS)
    store.optimize()
    store.flush()
    del store  # closes its files
    with suppress(FileNotFoundError):
        (folder / _LOG).unlink()
