"""A fence around foreign text that the text itself cannot close.

The mark is made from the SHA-256 of the text. A text that held its own mark would have to hold its own hash,
so nothing in it can end the fence, whatever it claims; and the same text always gets the same fence.
"""

from __future__ import annotations

import hashlib
import re

_FENCED = re.compile(
    r"<<<(?P<label>[A-Z]+) (?P<mark>[0-9a-f]{16})\n(?P<text>.*?)\n(?P=label) (?P=mark)>>>", re.DOTALL
)


def fenced(label: str, text: str) -> str:
    """The text between two lines with its label and its mark."""
    mark = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:16]
    return f"<<<{label} {mark}\n{text}\n{label} {mark}>>>"


def unfenced(prompt: str) -> tuple[tuple[str, str], ...]:
    """The (label, text) of every fence in a prompt whose mark is right, in order."""
    found = []
    position = 0
    while match := _FENCED.search(prompt, position):
        whole = fenced(match["label"], match["text"]) == match[0]
        if whole:
            found.append((match["label"], match["text"]))
        position = match.end() if whole else match.start() + 1
    return tuple(found)
