"""The archive: one SQLite file that remembers what was collected, printed and delivered."""

from daybrief.adapters.archive.library import SqlLibrary, open_library
from daybrief.adapters.archive.store import SqlArchive, open_archive

__all__ = ["SqlArchive", "SqlLibrary", "open_archive", "open_library"]
