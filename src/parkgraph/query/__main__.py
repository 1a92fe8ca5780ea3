"""What the web process starts: ``python -m parkgraph.query DESCRIPTOR``, the setup on stdin."""

import sys

from parkgraph.query.parent import main
from parkgraph.query.setup import Setup

if __name__ == "__main__":
    setup = Setup.read(sys.stdin)
    sys.exit(main(int(sys.argv[1]), setup))
