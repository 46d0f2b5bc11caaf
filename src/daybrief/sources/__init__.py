"""The sources of items, one file each."""
