"""The scan of a query text for an event loop, which a long text would hold up."""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from parkgraph.query.scan import Scan, brief, scan

#: One at a time: scans are Python, and several would only get in the way of the loop more often.
_THREAD: Final = ThreadPoolExecutor(1, "scan")


async def scanned(text: str) -> Scan:
    """What :func:`~parkgraph.query.scan.scan` finds; a text that takes long is left to a thread."""
    if brief(text):
        return scan(text)
    return await asyncio.get_running_loop().run_in_executor(_THREAD, scan, text)
