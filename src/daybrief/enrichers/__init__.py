"""Asks other services about items, one file a service."""
