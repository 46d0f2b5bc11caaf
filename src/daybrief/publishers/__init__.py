"""How an edition is told, one file a form."""
