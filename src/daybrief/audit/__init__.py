"""Audit: reads any digest and judges its statements against their sources; `daybrief verify` calls it."""
