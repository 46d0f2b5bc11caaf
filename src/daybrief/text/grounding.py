"""Whether a sentence over several stories keeps to what more than one of them says.

Numbers and names must stand in the sentences of two stories; of other words three in five, compared by their
beginnings, so that an inflected form counts. This is no proof of meaning. It keeps any one story from putting
words into a sentence about others: what one story alone says is no theme.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_WORD = re.compile(r"\d[\d.,]*\d|\d|[A-Za-z][A-Za-z0-9+\-]*|[가-힣]+|[\u3040-\u9fff]+")
_PARTICLE = re.compile(r"(?<=[가-힣])(?:으로|에서|에게|까지|부터|은|는|이|가|을|를|의|에|도|과|와|로|들)$")
_LEAST_SHARE = 0.6
_LEAST_STORIES = 2
_FREE = frozenset(
    "a about across all also an and any are as at be been both but by can common different each for from has "
    "have in into is it its itself many more most new not of on or other paper papers present several share "
    "shared show some stories story studies study such than that the their them these they this those "
    "through to two under use used uses using various was well were which while with work works".split()
)
_FREE_HANGUL = frozenset(
    "가운 각각 공통 글들 기사 논문 다루 다룹 다양 대한 대해 두고 두드 따라 또한 모두 방법 보여 소개 여러 "
    "연구 등을 오늘 위한 위해 이들 이러 있습 제시 제안 주제 중심 중점 통해 하나 함께 합니 했습 흐름".split()
)


def shared(sentence: str, stories: Sequence[str], *, least: int = _LEAST_STORIES) -> bool:
    """Whether `least` of the stories' texts hold each number and name, and most words, of the sentence."""
    texts = [story.casefold() for story in stories]
    hangul = any("가" <= letter <= "힣" for letter in sentence)
    common: list[bool] = []
    for place, word in enumerate(_WORD.findall(sentence)):
        folded = _PARTICLE.sub("", word.casefold())
        if word[0].isdigit() or _is_name(word, place, hangul):
            whole = re.compile(rf"(?<!\w){re.escape(folded)}")
            if sum(bool(whole.search(text)) for text in texts) < least:
                return False
        elif not _is_free(folded):
            stems = _stems(folded)
            common.append(sum(any(s in text for s in stems) for text in texts) >= least)
    return not common or sum(common) >= _LEAST_SHARE * len(common)


def _is_name(word: str, place: int, hangul: bool) -> bool:
    """A capital inside an English sentence, or any longer Latin word inside a Korean one."""
    if not word[0].isascii():
        return False
    return len(word) > 1 if hangul else place > 0 and any(letter.isupper() for letter in word)


def _is_free(folded: str) -> bool:
    return folded in _FREE or folded[:2] in _FREE_HANGUL or len(folded) == 1


def _stems(folded: str) -> tuple[str, ...]:
    if folded.isascii():
        return (folded[: max(4, len(folded) - 3)],)
    if "가" <= folded[0] <= "힣":
        return (folded[:2],)
    return tuple(folded[i : i + 2] for i in range(max(1, len(folded) - 1)))
