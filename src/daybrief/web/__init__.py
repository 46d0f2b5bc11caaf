"""The reader: the archive as web pages, as JSON, and nothing that a page without script could not do."""
