"""The sentences that say what a story is and what it found, chosen without any service.

Split the text, list the runs that may be quoted (`clips`), guess for each word how likely a reader's
one-sentence summary holds it, and take the run with the highest expected ROUGE-1. The weights are learned
from SciTLDR (docs/cards/salience.md); a text that is not English is scored by what needs no language
(`neutral`).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from daybrief.text.salience.clips import clips
from daybrief.text.salience.features import (
    Abstract,
    Run,
    Table,
    abstract,
    candidate_table,
    expected_rouge,
    tokens,
    word_table,
)
from daybrief.text.salience.neutral import neutral_scores
from daybrief.text.salience.roles import Role, roles
from daybrief.text.salience.weights import weights
from daybrief.text.sentences import Sentence, sentences

__all__ = ["MOST_SENTENCES", "Role", "candidates", "choose", "rank", "roles", "whole"]

MOST_SENTENCES = 60
"""How many sentences of a text are considered: an abstract has about seven."""

_GLANCE = 320  # characters
_SECOND = 1.0  # a second sentence must raise the expected score at least by this factor
_LETTER = re.compile(r"[^\W\d_]")
_LATIN = re.compile(r"[A-Za-z]")


def choose(title: str, text: str, *, most: int = 2, language: str = "en") -> tuple[Sentence, ...]:
    """The one to `most` runs of `text` that tell best what it is about, in the order of the text.

    Each run is an exact substring: a sentence, perhaps without an opening ("In this paper,") or a closing
    clause. A second one is given only where it is expected to add more than it lengthens. An empty text
    gives ().
    """
    found = sentences(text)[:MOST_SENTENCES]
    if not found or most < 1:
        return ()
    if not _english(text, language):
        return _leading(title, found, most)
    runs, places = candidates(found)
    doc, chance = _read(title, found)
    best = int(np.argmax(weights().scores(candidate_table(doc, runs, chance))))
    chosen = _joined(runs, best, chance, most)
    return tuple(places[index] for index in sorted(chosen, key=lambda index: places[index].start))


def rank(
    title: str, found: Sequence[Sentence], *, language: str = "en", only: Sequence[int] | None = None
) -> tuple[float, ...]:
    """One score for each whole sentence, or for those at `only`; higher tells more, within one text only."""
    wanted = range(len(found)) if only is None else only
    if not found or not wanted:
        return ()
    if not _english(" ".join(sentence.text for sentence in found), language):
        scores = neutral_scores(title, [sentence.text for sentence in found]).tolist()
        return tuple(scores[number] for number in wanted)
    doc, chance = _read(title, tuple(found))
    runs = [Run(sentence=number, text=found[number].text) for number in wanted]
    return tuple(weights().scores(candidate_table(doc, runs, chance)).tolist())


def whole(run: Sentence, found: Sequence[Sentence]) -> Sentence:
    """The sentence around a chosen run, unless it is too long to read at a glance: then the run itself."""
    around = next((s for s in found if s.start <= run.start and run.end <= s.end), run)
    return around if len(around.text) <= _GLANCE else run


def candidates(found: Sequence[Sentence]) -> tuple[list[Run], list[Sentence]]:
    """The runs that may be chosen, and the place in the text of each."""
    runs, places = [], []
    for number, sentence in enumerate(found):
        for start, end in clips(sentence.text):
            text = sentence.text[start:end]
            runs.append(Run(sentence=number, text=text, front=start > 0, back=end < len(sentence.text)))
            places.append(Sentence(start=sentence.start + start, end=sentence.start + end, text=text))
    return runs, places


@lru_cache(maxsize=64)  # `choose` and `rank` read the same story one after the other
def _read(title: str, found: tuple[Sentence, ...]) -> tuple[Abstract, dict[str, float]]:
    model = weights()
    doc = abstract(title, [sentence.text for sentence in found], model.rarity)
    return doc, model.chances(doc.words, word_table(doc))


def _joined(runs: Sequence[Run], best: int, chance: dict[str, float], most: int) -> list[int]:
    """The best run, and whole other sentences as long as each raises the expected score."""
    chosen, words = [best], set(tokens(runs[best].text))
    length = len(tokens(runs[best].text))
    score = expected_rouge(words, length, chance)
    while len(chosen) < most:
        taken = {runs[index].sentence for index in chosen}
        options = [
            (expected_rouge(words | set(line), length + len(line), chance), -index)
            for index, run in enumerate(runs)
            if run.sentence not in taken and not run.back and (line := tokens(run.text))
        ]
        gain, index = max(options, default=(0.0, 0))
        if gain <= score * _SECOND:
            break
        chosen.append(-index)
        words |= set(tokens(runs[-index].text))
        length += len(tokens(runs[-index].text))
        score = gain
    return chosen


def _leading(title: str, found: Sequence[Sentence], most: int) -> tuple[Sentence, ...]:
    scores: Table = neutral_scores(title, [sentence.text for sentence in found])
    order = np.argsort(-scores, kind="stable")[:most].tolist()
    return tuple(found[index] for index in sorted(order))


def _english(text: str, language: str) -> bool:
    """Whether the trained weights apply: said to be English, and at least half its letters are Latin ones."""
    sample = text[:1_000]
    return language == "en" and 2 * len(_LATIN.findall(sample)) >= len(_LETTER.findall(sample))
