"""The checks of a claim, one file each."""
