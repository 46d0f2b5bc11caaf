"""Names in Latin letters: models, acronyms, people, products; and their Korean transliterations.

Names are compared folded: GPT-4o = gpt4o, Transformers = Transformer, Deep Mind = DeepMind, naïve = naive.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from difflib import SequenceMatcher
from functools import lru_cache
from itertools import islice

import msgspec
from rapidfuzz.distance import DamerauLevenshtein

MOST_CHARACTERS = 100_000
_MOST_NAMES = 200
_MOST_SENTENCE = 1_500
_LATIN = "A-Za-zÀ-ÖØ-öø-ɏ"
_WORD = re.compile(rf"[{_LATIN}0-9]+(?:[-.'’/&+_][{_LATIN}0-9]+)*\+*")
_PART = re.compile(rf"[{_LATIN}0-9]+")
_FORMULA = re.compile(r"(?:[A-Za-z]|\d+)(?:[/+_&](?:[A-Za-z]|\d+))+")
_POSSESSIVE = re.compile(r"['’]s$")
_SENTENCE_START = re.compile(r"(?:^|[.!?:;。]['\")\]”’]*\s+|\n\s*|[-•*]\s+)[\"'“‘(\[]*$")
_LITTLE = frozenset("of and the for a an in on to with by from at as or via is".split())

GLOSSARY = frozenset(
    """ai ml dl nlp gpu cpu tpu npu api ceo cto it ict iot ui ux vs etc id url pdf os pc html http json
    sql sdk saas usb ram ssd web app data model transformer benchmark token prompt agent chatbot
    framework pipeline deep machine learning artificial intelligence open source""".split()
)
"""Terms a writer may use of any text in this field."""

# Words that begin an English sentence without being a name; what ends like an adverb or verb is none either.
_STARTERS = frozenset(
    """the this that these those a an in on at by for from with without to as it its we our they their he she
    his her you your i my one two three four five many most some several few all both each every any no
    not while when where whereas although though because since if unless until after before during
    through using given despite unlike like however moreover furthermore additionally also thus
    therefore hence instead rather overall finally first second third next then here there such and but
    or so yet still even only just more less fewer researchers scientists authors results experiments
    paper work study studies method methods approach model models system systems framework new recent
    current compared based experiment evaluation analysis findings tests training performance code data
    users people companies across among under over between beyond what how why who which whether another
    other others today now once further later earlier early key main large small high low it's can may
    will would could should is are was were do does did has have had be being been developers engineers
    evidence theory theoretical empirical extensive together meanwhile nevertheless nonetheless
    otherwise""".split()
)
_COMMON_ENDING = re.compile(r"(?:ly|ing|ed|tion|tions|ment|ity|ness|ous|ive|able|al)$")

# What Korean writers call them → any of these must stand in the source, folded.
TRANSLITERATED = {
    "오픈AI": "openai",
    "오픈에이아이": "openai",
    "구글": "google alphabet",
    "딥마인드": "deepmind",
    "메타(?!데이터|인지|러닝|학습|휴리|물질|분석|버스|버싱|렌즈|프롬|언어|물리|표|모|적|강)": "meta facebook",
    "마이크로소프트": "microsoft",
    "엔비디아": "nvidia",
    "앤트로픽|앤스로픽": "anthropic",
    "애플(?!리케)": "apple",
    "아마존": "amazon aws",
    "테슬라": "tesla",
    "인텔(?!리)": "intel",
    "삼성전자": "samsung",
    "네이버": "naver",
    "카카오": "kakao",
    "바이두": "baidu",
    "알리바바": "alibaba qwen",
    "텐센트": "tencent",
    "바이트댄스": "bytedance",
    "딥시크": "deepseek",
    "허깅 ?페이스": "huggingface",
    "미스트랄": "mistral",
    "스탠퍼드|스탠포드": "stanford",
    "하버드": "harvard",
    "옥스퍼드": "oxford",
    "케임브리지": "cambridge",
    "챗GPT|챗지피티": "chatgpt",
    "제미나이": "gemini",
    "클로드": "claude",
    "코파일럿": "copilot",
    "머스크": "musk",
    "올트먼|알트만": "altman",
    "위키피디아|위키백과": "wikipedia",
    "트위터": "twitter x",
    "유튜브": "youtube",
    "깃허브": "github",
    "아이폰": "iphone",
    "안드로이드": "android",
    "화웨이": "huawei",
    "퀄컴": "qualcomm",
    "스페이스X|스페이스엑스": "spacex",
    "넷플릭스": "netflix",
    "우버": "uber",
}
_KOREAN_NAMES = [
    (re.compile(rf"(?<![가-힣])(?:{name})"), words.split()) for name, words in TRANSLITERATED.items()
]


class Known(msgspec.Struct, frozen=True, kw_only=True):
    """What the sources call things: every word folded, runs of words joined, initials, words as written."""

    words: frozenset[str]
    initials: tuple[str, ...]
    written: tuple[str, ...]
    korean: str


def folded(word: str) -> str:
    """One spelling of a name: no case, accents, hyphens, possessive or plural."""
    if not (word.isascii() and word.isalnum()):  # hardly any word of an abstract is anything else
        word = unicodedata.normalize("NFKD", _POSSESSIVE.sub("", word))
        word = "".join(sign for sign in word if sign.isalnum() and not unicodedata.combining(sign))
    word = word.lower()
    if len(word) > 4 and word.endswith("ies"):
        return word[:-3] + "y"
    return word[:-1] if len(word) > 2 and word.endswith("s") and not word.endswith("ss") else word


@lru_cache(maxsize=256)
def known(text: str) -> Known:
    """The names and words of a source."""
    text = text[:MOST_CHARACTERS]
    written = _WORD.findall(text)
    parts = [part for word in written for part in _PART.findall(_POSSESSIVE.sub("", word))]
    words = {folded(word) for word in written}
    for length in (1, 2, 3, 4):
        words.update(folded("".join(parts[at : at + length])) for at in range(len(parts) - length + 1))
    words.update(folded(piece) for part in set(parts) for piece in _humps(part))
    starts = [part[0].lower() if not part.isdigit() else part for part in parts]
    solid = [start for start, part in zip(starts, parts, strict=True) if part.lower() not in _LITTLE]
    return Known(
        words=frozenset(words),
        initials=("".join(starts), "".join(solid)),
        written=tuple(dict.fromkeys(written)),
        korean="".join(re.findall("[가-힣A-Za-z]+", text)),
    )


def _humps(word: str) -> list[str]:
    """The parts of CamelCase, where there are several."""
    humps = re.findall(r"[A-Z]?[a-z]{2,}|[A-Z]{2,}(?![a-z])", word)
    return humps if len(humps) > 1 else []


def unknown(text: str, source: Known) -> tuple[str, ...]:
    """The names of `text` that the source does not have, in order, each once."""
    text = text[:MOST_CHARACTERS]
    korean = bool(re.search("[가-힣]", text))
    found: dict[str, None] = {}
    for match in islice(_WORD.finditer(text), _MOST_NAMES * 20):
        word = _POSSESSIVE.sub("", match[0])
        if len(found) >= _MOST_NAMES:
            break
        if not _named(text, match.start(), word, korean) or _has(word, source):
            continue
        if not _spelled_out(text, match.start(), source) or (len(word) > 4 and nearest(word, source)):
            found.setdefault(word)
    return (*found, *_unknown_korean(text, source))


def exchanged(text: str, sentence: str) -> Iterator[tuple[str, str]]:
    """(a name of the text, the name that stands in its place in a sentence of the same wording).

    Only names the sentence does not have, for names the text does not have, one run of words for another.
    """
    ours, theirs = (_WORD.findall(part[:_MOST_SENTENCE]) for part in (text, sentence))
    here, there = {folded(word) for word in ours}, {folded(word) for word in theirs}
    left, right = [folded(word) for word in ours], [folded(word) for word in theirs]
    for tag, a, b, c, d in SequenceMatcher(None, left, right, autojunk=False).get_opcodes():
        if tag != "replace" or d - c > 3 * (b - a):
            continue
        new = [w for w in ours[a:b] if _capital(w) and folded(w) not in there and not _within(w, theirs)]
        old = [w for w in theirs[c:d] if _capital(w) and folded(w) not in here and not _within(w, ours)]
        if new and old and not _initials(new[0], known(sentence)) and not _initials(old[0], known(text)):
            yield new[0], old[0]


def _capital(word: str) -> bool:
    return any(sign.isupper() for sign in word) and word.lower() not in _STARTERS and len(word) > 1


def _within(word: str, words: list[str]) -> bool:
    """Whether the name is a part of one there, or one there a part of it: LLM and LLM-based."""
    want = folded(word)
    return any(want in (other := folded(w)) or (len(other) > 2 and other in want) for w in words)


def nearest(name: str, source: Known) -> str:
    """The name of the source this one is a misspelling of: at most a quarter of its letters away; or ""."""
    want = folded(name)
    most = max(1, len(want) // 4)
    near = [
        (DamerauLevenshtein.distance(want, folded(word), score_cutoff=most), word)
        for word in source.written[:5_000]
        if len(word) > 2 and (any(sign.isupper() for sign in word) or word[0].isdigit())
    ]
    best = min(near, default=(most + 1, ""))
    return best[1] if 0 < best[0] <= most else ""


def _named(text: str, start: int, word: str, korean: bool) -> bool:
    """Whether a word is written as a name."""
    letters = [sign for sign in word if sign.isalpha()]
    if len(letters) < 2 and not (letters and letters[0].isupper() and len(word) > 1):
        return False
    if (word[0].isdigit() and len(letters) < 3) or _FORMULA.fullmatch(word):
        return False  # 7B, 3D, 4K: numbers; N/2, K+1: formulas
    if any(sign.isupper() for sign in word[1:]) or (any(map(str.isdigit, word)) and letters[0].isupper()):
        return True
    if not word[0].isupper():
        return False
    if korean or not _SENTENCE_START.search(text[max(0, start - 8) : start]):
        return True
    return len(word) > 3 and word.lower() not in _STARTERS and not _COMMON_ENDING.search(word.lower())


def _has(word: str, source: Known) -> bool:
    want = folded(word)
    if want in source.words or want in GLOSSARY:
        return True
    parts = [part for part in re.split(r"[-./&+_]", word) if part]
    if len(parts) > 1 and all(not p.isdigit() and _has(p, source) for p in parts if len(p) > 1):
        return not any(sign.isdigit() for sign in word)
    return _initials(word, source)


def _initials(word: str, source: Known) -> bool:
    """Whether an acronym (EHR) is made of the first letters of the source's words."""
    capital = re.fullmatch(r"([A-Z]{2,8})s?|([A-Z]+[a-z]?[A-Z]+)", word)
    if not capital:
        return False
    letters = (capital[1] or capital[2]).lower()
    return any(letters in run for run in source.initials)


_RUN = re.compile(rf"(?<![{_LATIN}])[{_LATIN}]++(?:(?:[- ]| (?:of|and|for|the) )[{_LATIN}]++){{1,7}}")


def _spelled_out(text: str, start: int, source: Known) -> bool:
    """Whether the word is part of an acronym of the source spelled out: Large Language Model for LLM."""
    for run in _RUN.finditer(text, max(0, start - 80), start + 120):
        if not run.start() <= start < run.end():
            continue
        words = re.findall(rf"[{_LATIN}]+", run[0])
        ours = [
            i
            for i, w in enumerate(re.finditer(rf"[{_LATIN}]+", run[0]))
            if run.start() + w.start() <= start < run.start() + w.end()
        ]
        return bool(ours) and _acronym_of(words, ours[0], source)
    return False


def _acronym_of(words: list[str], at: int, source: Known) -> bool:
    for first in range(max(0, at - 6), at + 1):
        for last in range(max(at + 1, first + 2), min(len(words), first + 8) + 1):
            letters = "".join(w[0] for w in words[first:last] if w.lower() not in _LITTLE).lower()
            if len(letters) > 1 and letters in source.words:
                return True
    return False


def _unknown_korean(text: str, source: Known) -> tuple[str, ...]:
    found = []
    for name, words in _KOREAN_NAMES:
        match = name.search(text)
        if match and match[0] not in source.korean and not any(w in source.words for w in words):
            found.append(match[0])
    return tuple(found)
