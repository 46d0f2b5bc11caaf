"""What other services know about items, one file a service."""
