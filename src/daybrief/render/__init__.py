"""Render: an edition before it has a form, its content as plain text and its chart as a picture.

Publishers write files of it, channels messages, the reader pages; none of them knows another.
"""
