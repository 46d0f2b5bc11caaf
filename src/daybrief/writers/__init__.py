"""The writers: each module writes sections by a method of its own."""
