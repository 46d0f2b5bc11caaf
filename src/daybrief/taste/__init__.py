"""Taste: learns from a reader's keywords and examples, and turns them into points for a day's stories."""
