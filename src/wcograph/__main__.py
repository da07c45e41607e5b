"""``python -m wcograph``: the command line."""

import sys

from wcograph.cli import main

if __name__ == "__main__":
    sys.exit(main())
