"""A fence around foreign text that the text itself cannot close.

The mark is made from the SHA-256 of the text. A text that held its own mark would have to hold its own hash,
so nothing in it can end the fence, whatever it claims; and the same text always gets the same fence.
"""

from __future__ import annotations

import hashlib
import re

_OPENING = re.compile(r"<<<([A-Z]{1,40}) ([0-9a-f]{16})\n")


def fenced(label: str, text: str) -> str:
    """The text between two lines with its label and its mark."""
    mark = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:16]
    return f"<<<{label} {mark}\n{text}\n{label} {mark}>>>"


def unfenced(prompt: str) -> tuple[tuple[str, str], ...]:
    """The (label, text) of every fence in a prompt whose mark is right, in order."""
    found = []
    position = 0
    for opening in _OPENING.finditer(prompt):
        if opening.start() < position:
            continue  # inside a fence that holds
        label, mark = opening.groups()
        closing = f"\n{label} {mark}>>>"
        end = prompt.find(closing, opening.end())
        text = prompt[opening.end() : end]
        if end >= 0 and fenced(label, text) == opening[0] + text + closing:
            found.append((label, text))
            position = end + len(closing)
    return tuple(found)
