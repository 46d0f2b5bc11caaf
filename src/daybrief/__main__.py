"""`python -m daybrief`."""

from daybrief.cli import main

main()
