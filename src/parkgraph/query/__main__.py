"""What the web process starts: ``python -m parkgraph.query DESCRIPTOR``, the setup on stdin."""

import sys

from parkgraph.query.parent import Setup, main

if __name__ == "__main__":
    setup = Setup.read(sys.stdin)
    sys.exit(main(int(sys.argv[1]), setup))
