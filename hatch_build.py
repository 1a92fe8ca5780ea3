"""What is built to be handed on holds the query editor; an editable install can do without."""

from pathlib import Path
from typing import Any, Final

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

_BUNDLE: Final = Path("src", "parkgraph", "web", "static", "vendor", "licences.txt")


class Editor(BuildHookInterface):
    """Refuses to build a wheel or a source distribution without the editor's bundle."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002  # hatchling's
        """Called before a target is built; ``version`` is ``standard`` or ``editable``."""
        if version != "editable" and not (Path(self.root) / _BUNDLE).is_file():
            self.app.abort("the query editor is missing: run `make assets` before you build")
