"""A section that is no report at all: letters lost, loops, foreign script, orders or junk told as news.

Each fault has a short code and the words that show it. The rules are for texts in Korean and English; where a
character or word stands in a source of the section it is no fault.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Literal

import regex

from daybrief.model import Value

Code = Literal["lost letters", "loop", "foreign script", "heading", "echo", "talk", "junk"]

MOST_CHARACTERS = 40_000
LEAST_HANGUL = 100  # letters: the shortest real Korean section has three times as many
LEAST_SHARE = 0.3  # of Hangul among Hangul and Latin letters
MOST_REPEATED = 0.35  # share of words that begin an eight-word run which stood before
RUN = 8

_HANGUL = re.compile(r"[가-힣]")
_LATIN = re.compile(r"[A-Za-z]")
_MARKS = re.compile(r"(?:[,.;]\s*){6,}")
_HEADING = re.compile(r"^#{1,2} .+", re.M)
_SCRIPT = regex.compile(
    r"[\p{Hiragana}\p{Katakana}\p{Han}\p{Cyrillic}\p{Thai}\p{Arabic}\p{Hebrew}\p{Devanagari}\p{Bengali}\p{Tamil}]+"
    r"|\p{Greek}{2,}|[\u2500-\u257f]"
)
_OF_LANGUAGE = {
    "ja": regex.compile(r"[\p{Hiragana}\p{Katakana}\p{Han}ー]+"),
    "zh": regex.compile(r"\p{Han}+"),
    "ru": regex.compile(r"\p{Cyrillic}+"),
}
_ACCENTED = re.compile(r"(?<![\w-])[a-z]*[à-öø-ɏḁ-ỹ][a-zà-öø-ɏḁ-ỹ]*")
_LOAN = frozenset("café cafés naïve naïvely naïveté résumé façade déjà à cliché fiancé rôle über".split())
_GLOSS = re.compile(r"\([^()]{1,12}\)")
_FENCE = re.compile(r"```.*?```|https?://\S+", re.S)

_ECHO = (
    re.compile(r"^[^\w\n]*(?:입력|출력|input|output)\s*+\**+\s*+:", re.I | re.M),
    re.compile(r"\A[^\n]{0,60}(?:\bin Korean\b|\(Korean\))", re.I),
    re.compile(r"^[^\w\n]*(?:snippet|요약/요약본|요약/추출|snippet/abstract)\W{0,4}:", re.I | re.M),
)
_TALK = (
    re.compile(r"(?:제공|입력|알려|추가)해\s?주시면|작성하겠습니다|작성해\s?드리|도와\s?드리"),
    re.compile(r"\A[^\n]{0,40}(?:바탕으로 (?:한|작성된)|요청하신)[^\n]{0,30}(?:보고서|요약)입니다"),
    re.compile(r"정보가 (?:충분하지 않|부족)[^.\n]{0,60}(?:제공|요약|작성)"),
    re.compile(r"(?:요약이|정보를 제공하기) 어렵습니다"),
    re.compile(r"다루고 있을 (?:가능성이|것으로)|추가(?:적인)? (?:자세한 )?정보가 (?:공개|제공)된다면"),
    re.compile(r"\bas an AI(?: language)? model|\bI(?:'m| am) sorry, but\b", re.I),
    re.compile(r"\bI can(?:no|')t (?:access|provide|summari[sz]e)", re.I),
    re.compile(r"\A\W*(?:sure|certainly|of course|here (?:is|are|'s) (?:the|a|your))\b[^\n]{0,80}[:!]", re.I),
    re.compile(r"\bplease (?:provide|share|let me know)\b", re.I),
)
_JUNK = (
    re.compile(r"쿠키 (?:사용에 동의|동의|정책|설정)"),
    re.compile(r"\b(?:accept|we use) cookies\b|\bcookie policy\b", re.I),
    re.compile(r"구독 (?:정보|요금제|요금|모델)[^.\n]{0,80}(?:혼재|디지털|할인)"),
    re.compile(r"\bsubscribe to (?:read|continue)\b|\bplease enable (?:JS|javascript)\b", re.I),
    re.compile(r"보안 (?:확인 절차|점검의)|로봇이 아님|자바스크립트를 (?:활성화|켜)"),
    re.compile(r"verify(?:ing)? (?:that )?you are (?:a )?human|checking your browser", re.I),
    re.compile(
        r"(?:요청|시스템|기술적|과정에서)[^.\n]{0,24}(?:문제|장애|오류|에러)[^.\n]{0,60}"
        r"해결(?:하|을|\s|하려|하기|[^.\n]{0,10})[^.\n]{0,16}(?:중(?:이|임|입)|노력)"
    ),
    re.compile(r"(?:문제|장애|오류|에러)[^.\n]{0,24}(?:내용[은이] )(?:제공|공개)되지 않"),
    re.compile(r"문제를 해결 중이라고 하여|something went wrong", re.I),
)


class Fault(Value, frozen=True, kw_only=True):
    """One reason why a text is no report, and the characters (at most 80) that show it."""

    code: Code
    words: str


def faults(text: str, *, language: str = "ko", sources: str = "") -> tuple[Fault, ...]:
    """Every fault of a section's text, which should be in `language`; none means it can be read.

    `sources` are the titles and texts of the section's sources: what stands there may be repeated.
    Looks at 40,000 characters at most.
    """
    shown = text[:MOST_CHARACTERS]
    rules: tuple[Callable[[], Iterator[Fault]], ...] = (
        lambda: _lost(shown, language),
        lambda: _loop(shown),
        lambda: _foreign(shown, language, sources),
        lambda: (_fault("heading", found[0]) for found in _HEADING.finditer(shown)),
        lambda: _first("echo", _ECHO, shown),
        lambda: _first("talk", _TALK, shown),
        lambda: _first("junk", _JUNK, shown),
    )
    return tuple(found for rule in rules for found in list(rule())[:3])


def _lost(text: str, language: str) -> Iterator[Fault]:
    if found := _MARKS.search(text):
        yield _fault("lost letters", found[0])
    if language != "ko":
        return
    hangul, latin = len(_HANGUL.findall(text)), len(_LATIN.findall(text))
    long_enough = len(text) >= LEAST_HANGUL * 2
    if long_enough and (hangul < LEAST_HANGUL or hangul / (hangul + latin) < LEAST_SHARE):
        yield _fault("lost letters", f"{hangul} Hangul and {latin} Latin letters")


def _loop(text: str) -> Iterator[Fault]:
    words = text.split()
    runs = Counter(tuple(words[i : i + RUN]) for i in range(len(words) - RUN + 1))
    repeated = sum(n - 1 for n in runs.values())
    if words and repeated / len(words) > MOST_REPEATED:
        yield _fault("loop", " ".join(runs.most_common(1)[0][0]))


def _foreign(text: str, language: str, sources: str) -> Iterator[Fault]:
    """Script that is neither the text's nor its sources'; glosses in brackets after a word are good style."""
    bare = _FENCE.sub(" ", text)
    unbracketed = _GLOSS.sub(" ", bare)
    own = _OF_LANGUAGE.get(language)
    for found in _SCRIPT.finditer(unbracketed):
        if not (own and own.fullmatch(found[0])) and found[0] not in sources:
            yield _fault("foreign script", found[0])
    if language != "ko":
        return
    for word in _ACCENTED.findall(bare):
        if word not in _LOAN and word not in sources.lower():
            yield _fault("foreign script", word)


def _first(code: Code, rules: tuple[re.Pattern[str], ...], text: str) -> Iterator[Fault]:
    for rule in rules:
        if found := rule.search(text):
            yield _fault(code, found[0])


def _fault(code: Code, words: str) -> Fault:
    return Fault(code=code, words=" ".join(words.split())[:80])
