"""The passage of a text that answers a search best, and where the words looked for stand in it."""

from __future__ import annotations

from collections.abc import Sequence

from daybrief.text.found import Marks
from daybrief.text.tokens import Token, wanted_tokens

LONGEST = 300  # code points of a passage
MOST_READ = 20_000  # code points of a text


def marks(text: str, wanted: frozenset[str]) -> Marks:
    """The (start, end) of each stretch of wanted tokens; pairs of letters that touch are one stretch."""
    return _joined(wanted_tokens(text, wanted))


def excerpt(texts: Sequence[str], wanted: frozenset[str]) -> tuple[str, Marks]:
    """The passage with the most different wanted tokens, of the first text that has it, with its marks."""
    best, place, size = "", 0, -1
    for text in texts:
        start, count = _densest(text[:MOST_READ], wanted)
        if count > size:
            best, place, size = text[:MOST_READ], start, count
    start, end = _cut(best, place)
    passage = best[start:end]
    return passage, marks(passage, wanted)


def _joined(found: Sequence[Token]) -> Marks:
    spans: list[tuple[int, int]] = []
    for token in found:
        if spans and token.start <= spans[-1][1]:
            spans[-1] = (spans[-1][0], max(spans[-1][1], token.end))
        else:
            spans.append((token.start, token.end))
    return tuple(spans)


def _densest(text: str, wanted: frozenset[str]) -> tuple[int, int]:
    """Where the window with the most different wanted tokens begins, and how many it has."""
    found = wanted_tokens(text, wanted)
    inside: dict[str, int] = {}
    best, count, first = 0, 0, 0
    for token in found:
        inside[token.word] = inside.get(token.word, 0) + 1
        while token.end - found[first].start > LONGEST:
            gone = found[first].word
            inside[gone] -= 1
            if not inside[gone]:
                del inside[gone]
            first += 1
        if len(inside) > count:
            best, count = found[first].start, len(inside)
    return best, count


def _cut(text: str, place: int) -> tuple[int, int]:
    """A stretch of at most LONGEST code points around a place, between borders of sentences or words."""
    if len(text) <= LONGEST:
        return 0, len(text)
    sentence = text.rfind(". ", 0, place) + 2 if ". " in text[:place] else 0
    lead = sentence if place - sentence <= LONGEST // 3 else text.rfind(" ", 0, max(0, place - 40)) + 1
    start = max(0, min(lead, place))
    end = min(len(text), start + LONGEST)
    if end < len(text) and (space := text.rfind(" ", place + 1, end)) > place:
        end = space
    return start, end
