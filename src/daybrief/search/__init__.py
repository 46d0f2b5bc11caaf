"""Search: an index derived from the archive, deletable and made again at any time."""

from daybrief.search.searcher import ArchiveSearcher

__all__ = ["ArchiveSearcher"]
