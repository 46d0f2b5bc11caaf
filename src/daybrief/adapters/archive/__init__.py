"""The archive: one SQLite file that remembers what was collected, printed and delivered."""

from daybrief.adapters.archive.store import SqlArchive, open_archive

__all__ = ["SqlArchive", "open_archive"]
