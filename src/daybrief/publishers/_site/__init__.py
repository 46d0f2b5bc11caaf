"""A whole site from an archive: pure pages, for any host and any sub-path.

    catalogue     what the archive's days hold, gathered one day after the other
    pages         each day's files, front page, archive, months, categories, search page, feeds, sitemap, 404
    search_index  the search index as static shards

Nothing here reads or writes: `daybrief.app.outputs` walks the archive and puts the files in place.
"""
