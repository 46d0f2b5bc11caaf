"""A whole site from an archive: pure pages, for any host and any sub-path.

    shelf   what the archive's days hold, gathered one day after the other
    days    the files of one day
    pages   front page, archive and months, categories with their trend, search page, 404
    words   the search index as static shards
    extras  feeds, sitemap, robots, web manifest, icons, list of days

Nothing here reads or writes: `daybrief.site` walks the archive and puts the files in place.
"""

from daybrief.publishers._site.days import day_files
from daybrief.publishers._site.extras import extra_files
from daybrief.publishers._site.frame import FORMAT, SiteOptions
from daybrief.publishers._site.pages import page_files
from daybrief.publishers._site.shelf import Shelf
from daybrief.publishers._site.words import Words

__all__ = ["FORMAT", "Shelf", "SiteOptions", "Words", "day_files", "extra_files", "page_files"]
