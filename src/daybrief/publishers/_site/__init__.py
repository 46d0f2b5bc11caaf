"""A whole site from an archive: pure pages, for any host and any sub-path.

    catalogue  what the days hold, gathered one after the other; the search index as static shards
    pages      each day's files, front page, archive, months, categories, search page, feeds, sitemap, 404

Nothing here reads or writes: `daybrief.app.outputs` walks the archive and puts the files in place.
"""
