"""A Korean sentence that denies its own predicate, held against English sentences that may or may not.

    제안한 방법은 성능을 개선하지 못했습니다.   needs an outright denial where the source speaks of improving
    아직 알려지지 않았습니다.                  may render "remains unknown" or "little is known"

A denial inside a clause (없이, 않고) may render nearly anything (-free, instead of); one that ends the
sentence turns the whole claim, so the source has to deny something near what the claim speaks of.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right

from daybrief.languages.terms import spoken, stem

_MOST_CHARACTERS = 2_000
_BEFORE, _BEHIND = 60, 30  # characters between a denial and what it denies
_LEAST_LETTERS = 3

_END = r"(?=[가-힣]{0,6}[\s.!?\"'”’)\]]*$)"
_FINAL = re.compile(
    rf"(?<![가-힣])(?P<verb>[가-힣]+)지(?:는|도|를)? ?(?:않|못){_END}"
    rf"|(?:못[한했하합함])[가-힣]{{0,3}}[.!\s]*$"
    rf"|(?:이|가|은|는|도|것)? ?아[니닙닌]{_END}|(?<![가-힣A-Za-z0-9])[가-힣A-Za-z0-9]++ 없{_END}"
)
# What ends in a denial and asserts: two denials, only, no different from, without doubt.
_ASSERTS = re.compile(
    r"않을 수 ?없|지 않으면 안|없지 ?(?:는 )?않|못할 (?:것|리)도? ?없|수밖에 ?없|"
    r"다름 ?없|틀림 ?없|의심의 여지가 ?없|손색이? ?없|아닐 수 ?없|빼놓을 수 ?없"
)
# Predicates that English states without a denial: unclear, hard, rare, underexplored, free, independent.
_STATES = re.compile(
    r"(?:알려|밝혀|충분하|쉽|많|좋|크|명확하|분명하|적합하|적절하|정확하|"
    r"안정적이|필요하|필요로 하|요구하|요구되|의존하|연구되|탐구되|탐색되|"
    r"다뤄|다루어|완전하|효율적이|효과적이|일관되|투명하|원활하|이루어|이뤄|해결되|고려하|고려되)$"
)
_CUE = re.compile(
    r"\b(?:not|cannot|never|neither|nor|no|none|without|fail\w*|unable|lack\w*|impossible|infeasible|rarely|"
    r"hardly|barely|un(?:clear|known|explored|available|aware|able|likely|suitable|solved|certain|necessary)|"
    r"in(?:capable|accessible|valid|sufficient|adequate|effective)|ineffective\w*|impractical|free|"
    r"prevent\w*|avoid\w*|ignor\w*|neglect\w*|overlook\w*|eliminat\w*|struggl\w*|"
    r"fall(?:s|ing)? short|little|few|limited|independent\w*|regardless|underexplored|insensitive)\b"
    r"|n['’]t\b|-free\b|않|없|못|아니|불가",
    re.I,
)


def final_denial(claim: str) -> str:
    """The denial that ends a Korean sentence; "" when there is none."""
    found = _FINAL.search(claim[:_MOST_CHARACTERS])
    return found[0].strip() if found else ""


def undoubled(claim: str) -> str:
    """A text without the denials that assert: 않을 수 없다, 수밖에 없다."""
    return _ASSERTS.sub(" ", claim)


def states(denial: str) -> bool:
    """Whether what is denied is mostly told without a denial in English: 알려지지 않았다, unknown."""
    verb, _, _ = denial.partition("지")
    return bool(_STATES.search(verb)) or verb.endswith(("알려", "밝혀"))


def denied_near(claim: str, source: str) -> bool:
    """Whether the source denies anything near a word that the claim shares with it, across languages.

    Where the two share no word, any denial will do.
    """
    source = source[:_MOST_CHARACTERS]
    cues = [found.start() for found in _CUE.finditer(source)]
    if not cues:
        return False
    wanted = spoken(claim[:_MOST_CHARACTERS])
    places = [
        found.start()
        for found in re.finditer(r"[A-Za-z][A-Za-z0-9]*|\d[\d.,]*", source)
        if len(found[0]) >= _LEAST_LETTERS and stem(found[0].lower()) in wanted
    ]
    return not places or any(
        bisect_left(places, cue - _BEHIND) < bisect_right(places, cue + _BEFORE) for cue in cues
    )
