"""How a section is written, one file a way."""
