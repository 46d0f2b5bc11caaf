"""The archive: one database that remembers what was collected, printed and delivered."""

from daybrief.adapters.archive.database import ArchiveAddress, archive_address
from daybrief.adapters.archive.repository import SqlArchive, archive_exists, open_archive

__all__ = ["ArchiveAddress", "SqlArchive", "archive_address", "archive_exists", "open_archive"]
