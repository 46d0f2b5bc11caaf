"""Where the sentences of a text begin and end.

The rules are syntok's (English abbreviations, references, decimals; Korean endings), with three repairs that
abstracts and Korean news taught us: a formula between dollar signs is never cut, a full stop without a space
is, and a text is read in chunks so that one broken page cannot take more than linear time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise

import msgspec
from syntok import segmenter

MOST_CHARACTERS = 1_000_000
"""How much of a text is read; what comes after is left out."""

_CHUNK = 20_000  # characters given to the segmenter at once
_FORMULA = 600  # characters a sentence may grow to when a cut inside a formula is mended
_GLUED = re.compile(r"(?<=[\uac00-\ud7a3][.!?])(?=[\uac00-\ud7a3])")
_NUMBER = re.compile(
    r"\(?(?:\d{1,2}|[ivx]{1,4}|[a-h])\)\s+(?=\w)|(?:[1-9]|[ivx]{2,4})\.\s+(?=[A-Z\uac00-\ud7a3])"
)
_DOLLAR = re.compile(r"(?<!\\)\$")
_BREAK = re.compile(r"\n\s*\n|(?<=[.!?。])\s+")


class Sentence(msgspec.Struct, frozen=True, kw_only=True):
    """A run of a text: `text` equals `source[start:end]`, offsets in code points, no space at its ends."""

    start: int
    end: int
    text: str


@lru_cache(maxsize=64)  # a story's text is split by its chooser and again by its writer
def sentences(text: str) -> tuple[Sentence, ...]:
    """The sentences of `text` in order, none empty, none overlapping; white space between them is left out.

    Reads at most `MOST_CHARACTERS`, in time linear in the length.
    """
    starts = sorted(
        {start for chunk, base in _chunks(text[:MOST_CHARACTERS]) for start in _starts(chunk, base)}
    )
    cuts = [*starts, min(len(text), MOST_CHARACTERS)]
    pieces = (trimmed(text, start, end) for start, end in pairwise(cuts))
    return tuple(_mended(text, [piece for piece in pieces if piece.text]))


def trimmed(text: str, start: int, end: int) -> Sentence:
    """The sentence text[start:end] without white space at its ends."""
    run = text[start:end]
    start += len(run) - len(run.lstrip())
    run = run.strip()
    return Sentence(start=start, end=start + len(run), text=run)


def unnumbered(sentence: Sentence) -> Sentence:
    """The sentence without the number that a list in the running text gave it: `2) `, `(iii) `, `3. `."""
    mark = _NUMBER.match(sentence.text)
    if mark is None:
        return sentence
    return Sentence(start=sentence.start + mark.end(), end=sentence.end, text=sentence.text[mark.end() :])


def _chunks(text: str) -> Iterator[tuple[str, int]]:
    """Cut a long text at paragraph or sentence ends where there are any, and anywhere else where not."""
    base = 0
    while base < len(text):
        chunk = text[base : base + _CHUNK]
        if base + _CHUNK < len(text):
            cut = max((found.end() for found in _BREAK.finditer(chunk)), default=0)
            chunk = chunk[: cut or _CHUNK]
        yield chunk, base
        base += len(chunk)


def _starts(chunk: str, base: int) -> Iterator[int]:
    for paragraph in segmenter.analyze(chunk):
        for tokens in paragraph:
            yield base + tokens[0].offset
    for glued in _GLUED.finditer(chunk):
        yield base + glued.start()


def _mended(text: str, pieces: list[Sentence]) -> Iterator[Sentence]:
    """Join again what a full stop inside `$...$` has cut; an unpaired dollar joins nothing beyond a bound."""
    held: Sentence | None = None
    for piece in pieces:
        if held is not None and _open(held.text) and "$" in piece.text and piece.end - held.start <= _FORMULA:
            held = trimmed(text, held.start, piece.end)
            continue
        if held is not None:
            yield held
        held = piece
    if held is not None:
        yield held


def _open(run: str) -> bool:
    return len(run) <= _FORMULA and len(_DOLLAR.findall(run)) % 2 == 1
