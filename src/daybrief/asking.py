"""A question to the archive: found, read, checked and answered with footnotes, or honestly not answered."""
