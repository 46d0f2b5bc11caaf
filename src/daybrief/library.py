"""What the archive can tell: the pages of the reader, the API and assistants ask here, and only here."""
