"""Text that goes in circles, as a model does that has lost its thread."""

from __future__ import annotations

import re
from collections import Counter

_WORD = re.compile(r"\w+")
_RUNS = ((12, 2), (5, 3))  # so many words in a row, so many times: more than honest prose repeats in a claim
_SAME_SIGN = re.compile(r"([^\s\d.=_*#~-])\1{7,}|([.,;:!?…·])(?:\s*\2){5,}")
_ROW = re.compile(r"\b(\w{1,40})(?:\W{1,3}\1\b){3,}", re.I)
_MOST_CHARACTERS = 100_000


def loop(text: str) -> str:
    """What is repeated: a sign eight times, a word four times in a row, a long run of words again; or ""."""
    text = text[:_MOST_CHARACTERS]
    if found := _SAME_SIGN.search(text):
        return found[0][:12]
    if found := _ROW.search(text):
        return found[1]
    words = [word.lower() for word in _WORD.findall(text)]
    for length, most in _RUNS:
        runs = Counter(tuple(words[at : at + length]) for at in range(len(words) - length + 1))
        if again := next((run for run, times in runs.items() if times >= most), None):
            return " ".join(again)
    return _short_circle(words)


def _short_circle(words: list[str]) -> str:
    """Two to five words told four times one after the other."""
    for length in range(2, 6):
        same = 0
        for at in range(length, len(words)):
            same = same + 1 if words[at] == words[at - length] else 0
            if same >= 3 * length:
                return " ".join(words[at - length + 1 : at + 1])
    return ""
