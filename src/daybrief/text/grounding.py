"""Whether a sentence keeps to the words of the sentences it rests on.

Numbers and names must all be there; of other words three in five, compared by their beginnings, so that an
inflected form counts. This is no proof of meaning. It keeps a sentence that sums up others from saying what
none of them speaks of.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_WORD = re.compile(r"\d[\d.,]*\d|\d|[A-Za-z][A-Za-z0-9+\-]*|[가-힣]+|[\u3040-\u9fff]+")
_LEAST_SHARE = 0.6
_FREE = frozenset(
    "a about across all also an and any are as at be been both but by can common different each for from has "
    "have in into is it its itself many more most new not of on or other paper papers present several share "
    "shared show some stories story studies study such than that the their them these they this those "
    "through to two under use used uses using various was well were which while with work works".split()
)
_FREE_HANGUL = frozenset(
    "가운 각각 공통 글들 기사 논문 다루 다룹 다양 대한 대해 두고 두드 따라 또한 모두 방법 보여 소개 여러 "
    "연구 오늘 위한 위해 이들 이러 있습 제시 제안 주제 중심 중점 통해 하나 함께 합니 했습 흐름".split()
)


def grounded(sentence: str, sources: Sequence[str]) -> bool:
    """Whether the sentence's numbers, names and most of its words stand in the sources."""
    text = " ".join(sources).casefold()
    hangul = any("가" <= letter <= "힣" for letter in sentence)
    common: list[bool] = []
    for place, word in enumerate(_WORD.findall(sentence)):
        folded = word.casefold()
        if word[0].isdigit() or _is_name(word, place, hangul):
            if not re.search(rf"(?<![\w]){re.escape(folded)}", text):
                return False
        elif not _is_free(folded):
            common.append(any(stem in text for stem in _stems(folded)))
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
