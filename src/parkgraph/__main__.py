"""``python -m parkgraph`` is the command ``parkgraph``."""

from parkgraph.cli import main

main(prog_name="parkgraph")
