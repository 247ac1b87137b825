"""`python -m effdash`: the command line."""

from effdash.cli import main

main()
