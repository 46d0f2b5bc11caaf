"""Search: finds editions, stories, items and claims in an index derived from the archive.

    entries   what an edition or an item is to the index
    lexical   the index of words, and the query that asks it
    vectors   the index of meanings, when an embedder is set
    searcher  asks both, fuses their ranks and marks what was found

The index can be deleted and made again at any time.
"""
