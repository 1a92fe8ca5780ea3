"""An event loop in a thread of its own, for programs that have none."""

import asyncio
import threading


class OwnLoop:
    """Runs until :meth:`end`; what was begun by then is brought to its end."""

    def __init__(self) -> None:
        self.loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="query loop", daemon=True)
        self._thread.start()

    def end(self) -> None:
        """Finish what was begun, and give everything back."""
        self.loop.call_soon_threadsafe(self.loop.stop)
        self._thread.join()

    def _run(self) -> None:
        try:
            self.loop.run_forever()
            if tasks := asyncio.all_tasks(self.loop):
                self.loop.run_until_complete(asyncio.wait(tasks))
            # What was closed last lets go of its socket in the next round.
            self.loop.run_until_complete(asyncio.sleep(0))
        finally:
            self.loop.close()
