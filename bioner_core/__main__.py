"""``python -m bioner_core``: the command line."""

import sys

from bioner_core.cli import main

if __name__ == "__main__":
    sys.exit(main())
