"""The history of the archive's tables, run by `daybrief.adapters.archive.database`."""
