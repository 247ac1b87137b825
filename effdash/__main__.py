"""`python -m effdash`: the command line."""

import sys

from effdash.cli import main

sys.exit(main())
