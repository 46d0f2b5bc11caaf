"""Ask: a question is answered from the archive, each sentence with its source."""
