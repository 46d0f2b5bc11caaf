"""Whether a sentence over several stories keeps to what more than one of them says.

Numbers and names must stand in the sentences of two stories; of other words three in five, compared by their
beginnings, so that an inflected form counts. This is no proof of meaning. It keeps any one story from putting
words into a sentence about others: what one story alone says is no theme.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from daybrief.languages import LANGUAGES, either, letters

_WORD = re.compile(r"\d[\d.,]*\d|\d|[A-Za-z][A-Za-z0-9+\-]*|[\uac00-\ud7a3]+|[\u3040-\u9fff]+")
_PARTICLE = re.compile(either(*(one.rules.reading.particles for one in LANGUAGES)))
_WITHOUT_CAPITALS = re.compile(f"[{letters()}]")
_ROOTED = re.compile("|".join(f"[{one.letters}]" for one in LANGUAGES if one.root))
_LEAST_SHARE = 0.6
_LEAST_STORIES = 2
_FREE = frozenset(
    "a about across all also an and any are as at be been both but by can common different each for from has "
    "have in into is it its itself many more most new not of on or other paper papers present several share "
    "shared show some stories story studies study such than that the their them these they this those "
    "through to two under use used uses using various was well were which while with work works".split()
)
_FREE_BEGINNINGS = frozenset(word for one in LANGUAGES for word in one.rules.reading.common.split())


def shared(sentence: str, stories: Sequence[str], *, least: int = _LEAST_STORIES) -> bool:
    """Whether `least` of the stories' texts hold each number and name, and most words, of the sentence."""
    texts = [story.casefold() for story in stories]
    capitals = not _WITHOUT_CAPITALS.search(sentence)
    common: list[bool] = []
    for place, word in enumerate(_WORD.findall(sentence)):
        folded = _PARTICLE.sub("", word.casefold())
        if word[0].isdigit() or _is_name(word, place, capitals):
            whole = re.compile(rf"(?<!\w){re.escape(folded)}")
            if sum(bool(whole.search(text)) for text in texts) < least:
                return False
        elif not _is_free(folded):
            stems = _stems(folded)
            common.append(sum(any(s in text for s in stems) for text in texts) >= least)
    return not common or sum(common) >= _LEAST_SHARE * len(common)


def _is_name(word: str, place: int, capitals: bool) -> bool:
    """A capital inside an English sentence, or any longer Latin word beside letters without capitals."""
    if not word[0].isascii():
        return False
    return place > 0 and any(letter.isupper() for letter in word) if capitals else len(word) > 1


def _is_free(folded: str) -> bool:
    return folded in _FREE or folded[:2] in _FREE_BEGINNINGS or len(folded) == 1


def _stems(folded: str) -> tuple[str, ...]:
    if folded.isascii():
        return (folded[: max(4, len(folded) - 3)],)
    if _ROOTED.match(folded):
        return (folded[:2],)
    return tuple(folded[i : i + 2] for i in range(max(1, len(folded) - 1)))
