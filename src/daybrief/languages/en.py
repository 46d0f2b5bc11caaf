"""English: its numerals, fractions and months; its words stand in `en.toml`.

twenty-one, two hundred, a dozen. Vague words (several, hundreds) are no numbers.
"""

from __future__ import annotations

import re

from daybrief.languages.tables import Language, Numerals

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
_HUNDREDS = {"hundred": 100, "thousand": 1_000}
_NUMERALS = {**_SMALL, **_TENS, **_SINGLE, **_HUNDREDS}
_ONE = "|".join(sorted(_NUMERALS, key=len, reverse=True))
# Most words are no numeral: their first three letters tell, before every numeral is tried.
_BEGINS = "".join(f"[{''.join(sorted({word[at] for word in _NUMERALS}))}]" for at in range(3))
_RUN = rf"\b(?={_BEGINS})(?:{_ONE})(?:[ -](?:and )?(?:{_ONE})){{0,6}}\b"

_FRACTION = (
    r"\b(?:(?:a |one[- ])?half|halves|halved|halving|halve|"
    r"(?:(?:one|two|three|a)[- ])?(?:third|quarter|fifth)s?)\b"
)
_DENOMINATORS = {"half": 2, "hal": 2, "third": 3, "quarter": 4, "fifth": 5}
_ORDINALS = {
    word: value
    for value, word in enumerate(
        "first second third fourth fifth sixth seventh eighth ninth tenth".split(), 1
    )
}
_MONTHS = "january february march april may june july august september october november december".split()
_MONTH = (
    rf"\b(?:{'|'.join(_MONTHS)})\b(?! \w+ing)|\b(?:jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)\.?(?= \d)"
)


def numeral(words: str) -> float:
    """The value of a run of numerals: two hundred and five."""
    total = current = 0
    for word in re.split(r"[\s-]+", words.lower()):
        if word in _HUNDREDS:
            current = max(current, 1) * _HUNDREDS[word]
        elif word != "and":
            current = current * 12 if word == "dozen" and current else current + _NUMERALS.get(word, 0)
        if word == "thousand":
            total, current = total + current, 0
    return float(total + current)


def _fraction(run: str) -> float:
    words = re.split(r"[- ]", run.lower())
    below = next((n for name, n in _DENOMINATORS.items() if words[-1].startswith(name)), 2)
    return {"two": 2, "three": 3}.get(words[0], 1) / below


ENGLISH = Language(
    code="en",
    sample="The text presents a method that reaches 61.5%.",
    name="English",
    english="English",
    foreign=(
        *"Hiragana Katakana Cyrillic Thai Arabic Hebrew Devanagari Armenian Georgian Bengali".split(),
        *"Tamil Khmer Myanmar Han Hangul".split(),
    ),
    edges=(r"\b(?:", r")\b"),
    numerals=(Numerals(_RUN, numeral),),
    fractions=(Numerals(_FRACTION, _fraction),),
    factors=(
        Numerals(r"\b(?:twice|doubl(?:e[sd]?|ing)|two-?fold)\b", lambda _: 2.0),
        Numerals(r"\b(?:thrice|tripl(?:e[sd]|ing)|three-?fold)\b", lambda _: 3.0),
        Numerals(r"\b(?:quadrupl(?:e[sd]?|ing)|four-?fold)\b", lambda _: 4.0),
        Numerals(r"\b(?:(?:an|one) order of magnitude|ten-?fold)\b", lambda _: 10.0),
    ),
    ordinals=(Numerals(rf"\b(?:{'|'.join(_ORDINALS)})\b(?!s)", lambda run: float(_ORDINALS[run.lower()])),),
    months=(Numerals(_MONTH, lambda run: 1.0 + [month[:3] for month in _MONTHS].index(run[:3].lower())),),
)
