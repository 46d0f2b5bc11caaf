"""The categorisers: each module files stories by a method of its own."""
