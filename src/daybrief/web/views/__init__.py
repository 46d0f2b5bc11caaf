"""One module a page of the reader; each gives its routes."""
