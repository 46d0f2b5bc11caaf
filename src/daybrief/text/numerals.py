"""Numbers written as words, in English and Korean.

    twenty-one, two hundred, a dozen            한, 두, 열두, 스물한        삼백, 이십오, 삼천

Korean has two sets: the native numerals count things up to ninety-nine, the Sino-Korean ones carry the
powers of ten and take 만, 억 and 조 behind them. Sino-Korean digits alone (이, 일, 사, 오) are words of the
language as well and are not read as numbers. Vague words (several, 수백, hundreds) are no numbers.
"""

from __future__ import annotations

import re

_SMALL = {
    word: value
    for value, word in enumerate(
        "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen "
        "sixteen seventeen eighteen nineteen".split()
    )
}
_TENS = {
    word: value * 10
    for value, word in enumerate("twenty thirty forty fifty sixty seventy eighty ninety".split(), 2)
}
_SINGLE = {"dozen": 12, "both": 2, "dual": 2, "pair": 2, "triple": 3, "single": 1}
SETS = frozenset(("both", "dual", "pair", "single"))  # they count even where no plural follows
_HUNDREDS = {"hundred": 100, "thousand": 1_000}
_ENGLISH = {**_SMALL, **_TENS, **_SINGLE, **_HUNDREDS}
_ONE = "|".join(sorted(_ENGLISH, key=len, reverse=True))
# Most words are no numeral: their first three letters tell, before every numeral is tried.
_BEGINS = "".join(f"[{''.join(sorted({word[at] for word in _ENGLISH}))}]" for at in range(3))
ENGLISH = rf"\b(?={_BEGINS})(?:{_ONE})(?:[ -](?:and )?(?:{_ONE})){{0,6}}\b"

_NATIVE_TENS = {
    "열": 10,
    "스물": 20,
    "스무": 20,
    "서른": 30,
    "마흔": 40,
    "쉰": 50,
    "예순": 60,
    "일흔": 70,
    "여든": 80,
    "아흔": 90,
}
_NATIVE = {
    "하나": 1,
    "한": 1,
    "둘": 2,
    "두": 2,
    "셋": 3,
    "세": 3,
    "넷": 4,
    "네": 4,
    "다섯": 5,
    "여섯": 6,
    "일곱": 7,
    "여덟": 8,
    "아홉": 9,
}
_NATIVE_UNITS = "|".join(_NATIVE)
_NATIVE_FIRST = "|".join(_NATIVE_TENS)
# The numeral must be a word of its own, or stand right before its counter.
_AFTER_NATIVE = (
    r"(?=\s?(?:가지|개|배|번|명|편|단계|종|곳|쌍|시간|달|해|장|건|대|권|차례|살|마리)|\s+[가-힣A-Za-z])"
)
NATIVE = rf"(?<![가-힣])(?:(?:{_NATIVE_FIRST})(?:{_NATIVE_UNITS})?|(?:{_NATIVE_UNITS})){_AFTER_NATIVE}"

_DIGITS = {d: v for v, d in enumerate("일이삼사오육칠팔구", 1)}
_POWERS = {"십": 10, "백": 100, "천": 1_000}
# At least a power of ten, then what is counted: 이백 명, 삼천 개, 백만 달러.
_COUNTED = (
    r"(?=\s?(?:[만억조]|개|명|원|달러|년|배|퍼센트|가지|건|번|시간|초|분|일\b|편|장|쌍|종|토큰|대|곳|유로))"
)
SINO = rf"(?<![가-힣\d])(?:[일이삼사오육칠팔구]?[십백천]){{1,3}}[일이삼사오육칠팔구]?{_COUNTED}"


def english(words: str) -> float:
    """The value of a run that `ENGLISH` matches."""
    total = current = 0
    for word in re.split(r"[\s-]+", words.lower()):
        if word in _HUNDREDS:
            current = max(current, 1) * _HUNDREDS[word]
        elif word != "and":
            current = current * 12 if word == "dozen" and current else current + _ENGLISH.get(word, 0)
        if word == "thousand":
            total, current = total + current, 0
    return float(total + current)


def native(word: str) -> float:
    """The value of a run that `NATIVE` matches."""
    for ten, value in _NATIVE_TENS.items():
        if word.startswith(ten):
            return float(value + _NATIVE.get(word[len(ten) :], 0))
    return float(_NATIVE.get(word, 0))


def sino(word: str) -> float:
    """The value of a run that `SINO` matches."""
    total, digit = 0, 0
    for sign in word:
        if sign in _DIGITS:
            digit = _DIGITS[sign]
        else:
            total, digit = total + (digit or 1) * _POWERS.get(sign, 0), 0
    return float(total + digit)
