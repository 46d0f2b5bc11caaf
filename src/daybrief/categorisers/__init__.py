"""How stories are filed, one file a way."""
