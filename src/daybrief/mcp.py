"""The archive for assistants: a Model Context Protocol server that searches, reads and cites."""
