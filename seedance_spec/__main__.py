"""`python -m seedance_spec` is the console script; nothing else may live here."""

import sys

from seedance_spec.cli import main

if __name__ == "__main__":
    sys.exit(main())
