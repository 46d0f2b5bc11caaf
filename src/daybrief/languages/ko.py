"""Korean: its letters, its two sets of numerals and its particles; its words stand in `ko.toml`.

The native numerals count things up to ninety-nine; the Sino-Korean ones carry the powers of ten and take 만,
억 and 조 behind them. Sino-Korean digits alone (이, 일, 사, 오) are words of the language as well and are not
read as numbers. Vague words (수백) are no numbers.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from functools import cache

from daybrief.languages.tables import Language, Numerals, Sound, Teller, fraction, place_value

_NATIVE_TENS = dict(
    zip(
        "열 스물 스무 서른 마흔 쉰 예순 일흔 여든 아흔".split(),
        (10, 20, 20, 30, 40, 50, 60, 70, 80, 90),
        strict=True,
    )
)
_NATIVE = dict(
    zip(
        "하나 한 둘 두 셋 세 넷 네 다섯 여섯 일곱 여덟 아홉".split(),
        (1, 1, 2, 2, 3, 3, 4, 4, 5, 6, 7, 8, 9),
        strict=True,
    )
)
_UNITS, _TENS = "|".join(_NATIVE), "|".join(_NATIVE_TENS)
# The numeral must be a word of its own, or stand right before its counter.
_AFTER_NATIVE = (
    r"(?=\s?(?:가지|개|배|번|명|편|단계|종|곳|쌍|시간|달|해|장|건|대|권|차례|살|마리)|\s+[가-힣A-Za-z])"
)
_NATIVE_RUN = rf"(?<![가-힣])(?:(?:{_TENS})(?:{_UNITS})?|(?:{_UNITS})){_AFTER_NATIVE}"

_DIGITS = {sign: value for value, sign in enumerate("일이삼사오육칠팔구십", 1)}
_POWERS = {"십": 10, "백": 100, "천": 1_000}
# At least a power of ten, then what is counted: 이백 명, 삼천 개, 백만 달러.
_COUNTED = (
    r"(?=\s?(?:[만억조]|개|명|원|달러|년|배|퍼센트|가지|건|번|시간|초|분|일\b|편|장|쌍|종|토큰|대|곳|유로))"
)
_SINO_RUN = (
    rf"(?<![가-힣\d])(?!백분[율위])(?:[일이삼사오육칠팔구]?[십백천]){{1,3}}[일이삼사오육칠팔구]?{_COUNTED}"
)
_ORDINALS = {word: value for value, word in enumerate("첫 두 세 네 다섯 여섯 일곱 여덟 아홉 열".split(), 1)}


def native(word: str) -> float:
    """The value of a native numeral: 스물한 is 21."""
    for ten, value in _NATIVE_TENS.items():
        if word.startswith(ten):
            return float(value + _NATIVE.get(word[len(ten) :], 0))
    return float(_NATIVE.get(word, 0))


def sino(word: str) -> float:
    """The value of a Sino-Korean numeral: 이백삼십 is 230."""
    return place_value(word, _DIGITS, _POWERS)


def _fraction(words: str) -> float:
    """3분의 1 is a third; 0 for what is no part of one."""
    return fraction(words, "분의", lambda word: float(_DIGITS.get(word, 0)))


_KIYEOK, _RIEUL, _PAST = 1, 8, 20  # places among the final consonants of a syllable
_SPOKEN_DIGITS = dict(zip("0123456789", "영일이삼사오육칠팔구", strict=True))
# How a Latin letter's Korean name ends, for words that are spelled out: 엘, 엠, 엔, 알.
_READ = re.compile("[a-z]ING$|[A-Z]{2}[AEIOU][PCK]$")  # OpenING, CLIP: not spelled, and closed
_SPELLED = {"L": "엘", "M": "엠", "N": "엔", "R": "알"}
# How a Latin word's last letter sounds; what the endings below do not tell is closed, as most are: Grok 그록.
_SOUNDED = {"l": _RIEUL, "m": 1, "n": 1}
_OPEN = frozenset("aeiouysrwxzvfdj")
# How longer endings of a Latin word sound: Net 넷, Track 트랙, Magic 매직; Agent 에이전트, Network 네트워크.
_ENDINGS = {
    "open": 0, "nasal": 4, "lateral": _RIEUL, "stop": 7, "open_after_all": 0, "stop_after_all": 7,
}  # fmt: skip
_ENDING = re.compile(
    r"(?P<stop_after_all>tt$)|(?P<open_after_all>(?:[nlrs]c|[aeou]h|awk|[\d-][a-kqo-z])$)|(?P<nasal>(?:ng|[aeiouy]ne|[aeiouy]me)$)|(?P<lateral>[a-z]le$)"
    r"|(?P<open>(?:[bcdfghjklmnpqrsvwxz]t|[aeou]{2}t|[ai]te|[rnls]k|[aeiou]{2}k|[bcdfgkpstvz]e|[sct]h|gh|ph|[rlmsx]p|[dgbq]"
    r"|[uio]te|[aeiou]te|ate)$)(?<![wl]eb)(?<!lab)(?<!pub)"
    r"|(?P<stop>(?:[aeiou]t|ck|[aeiou]p|[aeio]c|(?<=w)eb|lab|pub|ook)$)"
)
_FORMS = {form: pair for pair in ("은/는", "이/가", "을/를", "과/와", "으로/로") for form in pair.split("/")}
_BOTH = {
    "은(는)": "은/는",
    "이(가)": "이/가",
    "을(를)": "을/를",
    "과(와)": "과/와",
    "(으)로": "으로/로",
    "으로(로)": "으로/로",
}
_EITHER = re.compile("|".join(map(re.escape, _BOTH)))
_LONGEST_WORD = 40
_BEHIND_LATIN = re.compile(
    r"(?<![A-Za-z0-9.+\-])(?P<lead>[0-9.+\-]*+)(?P<word>[A-Za-z][A-Za-z0-9.+\-]*+)(?P<particle>으로|은|는|이|가|을|를|과|와|로)(?=[\s,.!?)\]]|$)"
)


def particle(word: str, forms: str) -> str:
    """The particle after a word: `forms` is `closed/open`, such as `을/를`, `이/가`, `으로/로`.

    Latin words in capitals are spelled out where they cannot be read as a word, others go by their last
    letters; behind another script both forms come, as `을(를)`.
    """
    closed, _, open_ = forms.partition("/")
    final = _final(word)
    if final is None:
        return f"{closed}({open_})"
    if closed == "으로" and final == _RIEUL:
        return open_
    return closed if final else open_


def _final(word: str) -> int | None:
    """The final consonant a word is spoken with: 0 for none, None when not sure."""
    if word.endswith("%"):
        return 0  # 퍼센트
    letters = re.sub(r"[^\w]+$", "", re.sub(r"\([^()]*\)$", "", word))  # ‘사람 동작’(Human motion)을
    if not letters:
        return None
    last = letters[-1]
    if last in _SPOKEN_DIGITS:
        last = _SPOKEN_DIGITS[last]
    elif last.isascii() and last.isupper():
        if _READ.search(letters):
            return _KIYEOK
        last = _SPELLED.get(last, "이")
    if "가" <= last <= "힣":
        return (ord(last) - ord("가")) % 28
    if ending := _ENDING.search(letters.lower()):
        return next(final for name, final in _ENDINGS.items() if ending[name])
    if last in _OPEN:
        return 0
    return _SOUNDED.get(last, _KIYEOK if last.isascii() else None)


def with_particles(text: str) -> str:
    """The text with the fitting particle behind each Latin word: `GPT-4o은` becomes `GPT-4o는`.

    Where the sound is not sure it stays.
    """
    return _BEHIND_LATIN.sub(_fitting, text)


def with_one_form(text: str) -> str:
    """The text with the fitting one of two forms of a particle: `성별을(를)` becomes `성별을`.

    Where the sound is not sure both stay.
    """
    return _EITHER.sub(_chosen, text)


def _chosen(match: re.Match[str]) -> str:
    before = match.string[max(0, match.start() - _LONGEST_WORD) : match.start()]
    words = before.split()
    right = particle(words[-1], _BOTH[match[0]]) if words and not before[-1].isspace() else "("
    return match[0] if "(" in right else right


def _fitting(match: re.Match[str]) -> str:
    right = particle(match["word"], _FORMS[match["particle"]])
    return match[0] if "(" in right else match["lead"] + match["word"] + right


def _teller() -> Teller:
    """The teller, imported when it is first asked for: its grammar asks this module for particles."""
    from daybrief.languages.korean_gist import KoreanTeller

    return KoreanTeller()


def _terms(text: str) -> tuple[tuple[str, str], ...]:
    from daybrief.languages.korean_words import terms_of

    return terms_of(text)


def _page_of(host: str) -> str:
    from daybrief.languages.korean_headlines import page_of

    return page_of(host)


def _ordinary(word: str) -> bool:
    """Whether a word is one of the English that the glossary tells."""
    from daybrief.languages.korean_slots import is_listed

    return is_listed(word)


def _originals(phrase: str) -> tuple[str, ...]:
    return _phrases_by_letters().get("".join(phrase.split()), ())


@cache
def _phrases_by_letters() -> dict[str, tuple[str, ...]]:
    """The English nouns of the glossary by their Korean without its spaces."""
    from daybrief.languages.korean_words import glossary

    table: dict[str, tuple[str, ...]] = {}
    for english, korean in glossary().noun.items():
        letters = "".join(korean.split())
        table[letters] = (*table.get(letters, ()), english)
    return table


def _meanings() -> Iterator[tuple[str, str]]:
    """The glossary's nouns, modifiers and verbs in one Korean word; a verb as its beginnings."""
    from daybrief.languages.korean_words import glossary

    words = glossary()
    for english, korean in (*words.noun.items(), *words.modifier.items()):
        yield from _part_by_part(korean, english)
    for english, korean in words.verb.items():
        if " " not in korean and korean[0] not in "에을를와과으로":
            for beginning in forms(korean):
                yield beginning, english


def _part_by_part(korean: str, english: str) -> Iterator[tuple[str, str]]:
    """A term of one word, or of as many in both languages, word by word."""
    ours, theirs = korean.split(), english.split()
    yield from zip(ours, theirs, strict=False) if len(ours) == len(theirs) else ()
    if len(ours) == 1 < len(theirs):
        yield korean, english


# ── Latin names by their sound ─────────────────────────────────────────────────────────────────────

# Letters that a Hangul one may stand for in the spelling of a name, as alternatives of a pattern.
_INITIAL_SPELLINGS = (
    "g{1,2}h?|[kcq]{1,2}h?",  # ㄱ
    "g{1,2}|[kcq]{1,2}u?",  # ㄲ
    "n{1,2}|kn|gn",  # ㄴ
    "d{1,2}h?|th?",  # ㄷ
    "t{1,2}|d",  # ㄸ
    "l{1,2}|r{1,2}h?|wr",  # ㄹ
    "m{1,2}",  # ㅁ
    "b{1,2}h?|v{1,2}|w|p",  # ㅂ
    "p{1,2}|b",  # ㅃ
    "s{1,2}[hc]?|c|sch|th|x|z|ps",  # ㅅ
    "s{1,2}|c",  # ㅆ
    "",  # ㅇ
    "j|z{1,2}h?|dg|g|s|dj|zs?|dz",  # ㅈ
    "zz?|tz|ts|c",  # ㅉ
    "t?ch|cz?|tsch|tz?s?|j|q|zh",  # ㅊ
    "[kcq]{1,2}h?|ch|x",  # ㅋ
    "t{1,2}h?|d",  # ㅌ
    "p{1,2}h?|f{1,2}|v",  # ㅍ
    "h|wh|ch|j|x",  # ㅎ
)
_VOWEL_SPELLINGS = (
    "a{1,2}|u|o|ea",  # ㅏ
    "a{1,2}|e{1,2}|ae|ai|ay|ea",  # ㅐ
    "ya|ia|ja|a",  # ㅑ
    "ya|ye|ia",  # ㅒ
    "u|o|eo|e|a|ou|ea|oa|i|aw|au",  # ㅓ
    "e{1,2}|a|ae|ai|ea|ei|ie",  # ㅔ
    "yeo|yo|yu|ye|io|you|eo|yuh|u|iu|e",  # ㅕ
    "ye|ie|je|e|ya",  # ㅖ
    "o{1,2}|oa|au|aw|ow|ou|a|eau",  # ㅗ
    "wa|oa|ua|oi|wha|a",  # ㅘ
    "we|wa|oe|ue|wai",  # ㅙ
    "oe|o|eu|we|oi|ue",  # ㅚ
    "yo|io|jo|o|eo",  # ㅛ
    "u{1,2}|oo|ou|w|ue|o|ew|wu|eu|wo",  # ㅜ
    "wo|wa|uo|we|wo?u|ua|wha|o",  # ㅝ
    "we|ue|whe|oe",  # ㅞ
    "wi|ui|u|ue|y|vi|oui|we|whi|wy|i",  # ㅟ
    "yu|u|ew|iu|ju|eu|you|ue|iew|eau|",  # ㅠ
    "|e|eu|u|a|o|i|y",  # ㅡ
    "ui|eui|i|e|ee",  # ㅢ
    "i{1,2}|y|e{1,2}|ea|ie|ey|yi|ih|ei|ji",  # ㅣ
)
_CODAS = {
    **dict.fromkeys((1, 2, 3, 24), "[kcgq]{1,2}h?|x|ck"),
    **dict.fromkeys((4, 5, 6), "n{1,2}|gn|nn"),
    **dict.fromkeys((7, 19, 20, 22, 23, 25), "t{1,2}h?|d{1,2}|s|dt"),
    **dict.fromkeys((8, 9, 10, 11, 12, 13, 14, 15), "l{1,2}|r{1,2}|rl|le"),
    **dict.fromkeys((16,), "m{1,2}|mb|mn|n"),
    **dict.fromkeys((17, 18, 26), "p{1,2}|b{1,2}|v|f"),
    21: "ng|n|nk|nc|nh|m",
    27: "h",
}
_INITIAL_RIEUL, _IEUNG, _SIOT = 5, 11, 9
_YEO, _YU, _EU, _I = 6, 17, 18, 20
_SILENT_BEHIND = (_SIOT, 12, 14)  # a vowel that only carries s, j or ch at the end
_Syllable = tuple[int, int, int]
_LONG_SOUNDS = {
    (0, 20): "i|ai|ay|y|ie|igh|ei|ye|eye",
    (5, 20): "a|ai|ay|ei|ey|e|eigh|ae",
    (8, 13): "o|ow|oa|ou|oe",
    (0, 13): "ow|ou|au",
    (1, 20): "a|ai|ay|ei",
    (4, 20): "oi|oy|a|ea|ei|er",
    (8, 20): "oi|oy|o",
}
_LIQUIDS = frozenset({8, 9, 11, 12, 13, 15})
_MOST_SYLLABLES = 12
_AS_WRITTEN = (  # the plainest spelling of each initial, vowel and final
    "g kk n d tt r m b pp s ss  j jj ch k t p h".replace("  ", " _ ").split(" "),
    "a e ya ye e e yeo ye o wa we oe yo u wo we ui yu _ ui i".split(" "),
    "_ k k k n n n t l l m l l l l l m p p t t ng t t k t p h".split(" "),
)


def _syllables(word: str) -> list[_Syllable]:
    """The numbers of the initial, the vowel and the final of each syllable."""
    codes = [ord(letter) - _BASE for letter in word]
    return [(code // 588, code % 588 // 28, code % 28) for code in codes]


def _sound(word: str) -> Sound | None:
    """The Latin spellings that a word of whole syllables may stand for; None for a shorter or longer one."""
    if not 2 <= len(word) <= _MOST_SYLLABLES or not re.fullmatch("[가-힣]+", word):
        return None
    syllables = _syllables(word)
    parts: list[str] = []
    at = 0
    while at < len(syllables):
        size = 2 if _is_long(syllables[at : at + 2]) else 1
        ends = at + size == len(syllables)
        after_liquid = at > 0 and syllables[at - 1][2] in _LIQUIDS
        parts.append(_spellings(syllables[at : at + size], after_liquid=after_liquid, ends=ends))
        at += size
    return Sound(
        pattern="".join(parts),
        begins=_begins(*syllables[:2]),
        spelled=_romanised(syllables),
        length=len(word),
    )


def _is_long(two: Sequence[_Syllable]) -> bool:
    """Whether a syllable and the next are written as one vowel: 나이 in Gemini."""
    return len(two) == 2 and not two[0][2] and two[1][0] == _IEUNG and (two[0][1], two[1][1]) in _LONG_SOUNDS


def _spellings(syllables: Sequence[_Syllable], *, after_liquid: bool, ends: bool) -> str:
    """A pattern of the spellings of a syllable, or of two with a long vowel."""
    initial, vowel, _ = syllables[0]
    final = syllables[-1][2]
    if (initial, vowel, final) == (_SIOT, _YEO, _NIEUN):
        return "(?:[stc]{1,2}ion|sh?[eiou]n|ssion|cean|cian)"
    before = "" if after_liquid and initial == _INITIAL_RIEUL else f"(?:{_INITIAL_SPELLINGS[initial]})"
    if len(syllables) == 2:
        middle = f"(?:{_LONG_SOUNDS[vowel, syllables[1][1]]})r?"
    else:
        silent = "?" if ends and initial in _SILENT_BEHIND and vowel == _I and not final else ""
        middle = f"(?:{_VOWEL_SPELLINGS[vowel]}){silent}h?r?"
    return before + middle + (f"(?:{_CODAS[final]})e?" if final else "")


def _begins(first: _Syllable, second: _Syllable) -> tuple[str, ...]:
    """The first letters of the spellings that a word of these first syllables may have: two, or one alone."""
    initial, vowel, _ = first
    firsts = _first_letters(_INITIAL_SPELLINGS[initial])
    vowels = _LONG_SOUNDS[vowel, second[1]] if _is_long((first, second)) else _VOWEL_SPELLINGS[vowel]
    seconds = sorted({letter for spelled in _first_letters(vowels) for letter in spelled[:1]})
    both = {
        first[:2] if len(first) > 1 else first + second
        for first in firsts
        for second in (*seconds, "h", first)
    }
    further = (
        {f"{first}{letter}" for first in firsts for letter in "lrwnmtpkcs"} if vowel in (_EU, _YU) else set()
    )
    return tuple(sorted(both | further)) if initial != _IEUNG else tuple(seconds)


@cache
def _first_letters(pattern: str) -> tuple[str, ...]:
    """The first letters of the alternatives of a pattern, without repeats and options."""
    letters: set[str] = set()
    for part in pattern.split("|"):
        if part.startswith("["):
            letters |= set(part[1 : part.index("]")])
        elif part:
            letters.add(re.sub(r"[^a-z].*", "", part)[:2] if part[1:2].isalpha() else part[0])
    return tuple(sorted(letters))


def _romanised(syllables: Sequence[_Syllable]) -> str:
    spelled = (
        kinds[number] for syllable in syllables for kinds, number in zip(_AS_WRITTEN, syllable, strict=True)
    )
    return "".join(part for part in spelled if part != "_").replace("lr", "l")


# ── verbs ──────────────────────────────────────────────────────────────────────────────────────────

_BASE, _FINALS = ord("가"), 28
_NIEUN, _RIEUL_MIEUM, _MIEUM, _SSANG_SIOT = 4, 10, 16, 20
_VOWELS = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"


def _split(syllable: str) -> tuple[int, str, int]:
    code = ord(syllable) - _BASE
    return code // 588, _VOWELS[code % 588 // _FINALS], code % _FINALS


def _joined(initial: int, vowel: str, final: int) -> str:
    return chr(_BASE + initial * 588 + _VOWELS.index(vowel) * _FINALS + final)


class Stem(str):
    """A verb's stem, 탐지하 or 줄이, with the endings it takes."""

    __slots__ = ()

    def with_final(self, final: int) -> str:
        """The stem closed by a consonant where it ends in a vowel."""
        initial, vowel, _ = _split(self[-1])
        return self[:-1] + _joined(initial, vowel, final)

    @property
    def final(self) -> int:
        """The final consonant, 0 for none."""
        return _split(self[-1])[2]

    @property
    def which(self) -> str:
        """탐지하는: before a noun."""
        return (self.with_final(0) if self.final == _RIEUL else self) + "는"

    @property
    def able(self) -> str:
        """탐지할 수 있는: before a noun."""
        return self._opened(_RIEUL, "을") + " 수 있는"

    @property
    def coming(self) -> str:
        """탐지할: before 예정."""
        return self._opened(_RIEUL, "을")

    @property
    def can(self) -> str:
        """탐지할 수 있: a stem again."""
        return self._opened(_RIEUL, "을") + " 수 있"

    @property
    def plainly(self) -> str:
        """탐지한다: inside a quotation."""
        if self.endswith("있"):
            return self + "다"
        return self.with_final(_NIEUN) + "다" if self.final in {0, _RIEUL} else self + "는다"

    @property
    def politely(self) -> str:
        """탐지합니다."""
        return self.with_final(_BIEUP) + "니다" if self.final in {0, _RIEUL} else self + "습니다"

    @property
    def joined(self) -> str:
        """탐지해: before another verb."""
        initial, vowel, final = _split(self[-1])
        if self[-1] in _IRREGULAR:
            return self[:-1] + _IRREGULAR[self[-1]]
        if self[-1] == "르" and not self.endswith(_REGULAR_REU):
            return Stem(self[:-1]).with_final(_RIEUL) + ("라" if _split(self[-2])[1] in "ㅏㅗ" else "러")
        if final:
            return self + ("아" if vowel in "ㅏㅗ" else "어")
        contracted = {"ㅣ": "ㅕ", "ㅜ": "ㅝ", "ㅗ": "ㅘ", "ㅚ": "ㅙ", "ㅡ": "ㅓ"}.get(vowel, vowel)
        return self[:-1] + _joined(initial, contracted, 0)

    @property
    def past(self) -> str:
        """탐지했습니다."""
        return Stem(self.joined).with_final(_SSANG_SIOT) + "습니다"

    @property
    def did(self) -> str:
        """탐지한, 만든: before a noun, of what is past."""
        return self.with_final(_NIEUN) if self.final == _RIEUL else self._opened(_NIEUN, "은")

    @property
    def did_plainly(self) -> str:
        """탐지했다: inside a quotation."""
        return Stem(self.joined).with_final(_SSANG_SIOT) + "다"

    @property
    def nominal(self) -> str:
        """탐지함, 만듦: what is found."""
        return self.with_final(_RIEUL_MIEUM) if self.final == _RIEUL else self._opened(_MIEUM, "음")

    @property
    def noun(self) -> str:
        """탐지, 줄이기."""
        return self[:-1] if self.endswith("하") and len(self) > 2 else self + "기"

    def _opened(self, final: int, after: str) -> str:
        if self.final == final:
            return str(self)
        if self[-1] in _SOFTENED:
            return Stem(self[:-1] + _SOFTENED[self[-1]]).with_final(final)
        return self.with_final(final) if not self.final else self + after


_IRREGULAR = {"돕": "도와", "잇": "이어", "짓": "지어", "하": "해"}
_REGULAR_REU = ("따르", "이르", "치르", "들르")  # 따라, not 딸라
_SOFTENED = {"돕": "도우", "잇": "이으", "짓": "지으"}  # before a vowel: 도울, 도움


_VERB_ENDINGS = "는 고 며 면 지 다 도 거 게 던 기 느 니 은 을 음 어 아 었 았 습 서".split()
_BIEUP, _SIOS, _CLOSING = 17, 19, (0, 4, _RIEUL, 16, 17)  # what a stem that ends in a vowel is closed with
_REGULAR = frozenset("좁 뽑 잡 입 씹 접 꼽 업 굽 집 씻 벗 솟 빗".split())  # keep ㅂ and ㅅ before a vowel


def forms(stem: str) -> Iterator[str]:
    """The beginnings of a verb's forms: 줄이 gives 줄이, 줄인, 줄일, 줄임, 줄입, 줄여, 줄였.

    Of a verb in 하 what stands before it, as 되 and 시키 stand there too. Of one in a single syllable with a
    letter of the ending as well, since that syllable alone says little.
    """
    if stem.endswith("하") and len(stem) > len("뜻하"):
        yield stem[:-1]
        return
    for beginning in dict.fromkeys(_beginnings(stem)):
        yield beginning
        if len(beginning) == 1:
            yield from (beginning + ending for ending in _VERB_ENDINGS)


def _beginnings(stem: str) -> Iterator[str]:
    def closed(start: str, finals: Iterable[int] = _CLOSING) -> Iterator[str]:
        return (Stem(start).with_final(final) for final in finals)

    yield stem
    verb = Stem(stem)
    opened = verb.with_final(0)
    if verb.final == _BIEUP and stem[-1] not in _REGULAR:
        yield from (opened + ending for ending in ("우", "운", "울", "움", "워", "웠", "와", "왔"))
    elif verb.final == _SIOS and stem[-1] not in _REGULAR:
        yield from (opened + ending for ending in ("은", "을", "음", "아", "았", "어", "었"))
    elif verb.final in {0, _RIEUL}:
        yield from closed(opened)
    if not verb.final:
        yield from closed(verb.joined, (0, _PAST))
    if stem.endswith("르") and len(stem) > 1:
        before = Stem(stem[:-1]).with_final(_RIEUL)
        yield from (before + ending for ending in ("라", "랐", "러", "렀"))


KOREAN = Language(
    code="ko",
    name="한국어",
    english="Korean",
    zone="Asia/Seoul",
    letters="가-힣",
    scripts=("Hangul",),
    word="[가-힣]+",
    foreign=(
        *"Hiragana Katakana Cyrillic Thai Arabic Hebrew Devanagari Armenian Georgian Bengali".split(),
        *"Tamil Khmer Myanmar Han".split(),
    ),
    must_prevail=True,
    root=2,
    numerals=(Numerals(_NATIVE_RUN, native), Numerals(_SINO_RUN, sino)),
    fractions=(
        Numerals(r"절반|(?<![가-힣])반(?=으로| 이상| 이하)", lambda _: 0.5),
        Numerals(r"(?:\d{1,3}|[일이삼사오육칠팔구십])\s?분의\s?(?:\d{1,3}|[일이삼사오육칠팔구])", _fraction),
    ),
    ordinals=(
        Numerals(
            rf"(?<![가-힣])(?:{'|'.join(_ORDINALS)}) ?번째",
            lambda run: float(_ORDINALS[run.removesuffix("번째").strip()]),
        ),
    ),
    particle=particle,
    mended=with_particles,
    one_form=with_one_form,
    teller=_teller,
    terms=_terms,
    originals=_originals,
    sound=_sound,
    meanings=_meanings,
    forms=forms,
    ordinary=_ordinary,
    page_of=_page_of,
    none="없음",
    sample="이 글은 61.5%에 이르는 방법을 제시합니다.",
)


_SUM = re.compile(
    r"(?P<sign>[$€£])(?P<number>\d[\d,.]*)\s?(?P<scale>bn|[bmk]|billion|million|thousand)?", re.IGNORECASE
)
_CURRENCIES = {"$": "달러", "€": "유로", "£": "파운드"}
_SCALES = {"b": 10**9, "m": 10**6, "k": 10**3, "t": 10**3}


def money(text: str) -> str:
    """$4B → 40억 달러; "" for what is no sum."""
    match = _SUM.fullmatch(text)
    if match is None:
        return ""
    return f"{in_steps(match['number'], match['scale'] or '')} {_CURRENCIES[match['sign']]}"


def in_steps(number: str, scale: str) -> str:
    """3만, 12억 5,000만: a number with the steps of Korean."""
    value = round(float(number.replace(",", "").rstrip(".")) * _SCALES.get(scale.strip()[:1].lower(), 1))
    parts = [(value // 10**8, "억"), (value % 10**8 // 10**4, "만"), (value % 10**4, "")]
    return " ".join(f"{part:,}{name}" for part, name in parts if part)


def undoubled(text: str) -> str:
    """인도계 언어 성능, not 인도계 언어 언어 성능: each of two terms brings its noun."""
    words = text.split(" ")
    return " ".join(word for number, word in enumerate(words) if not number or word != words[number - 1])


_JOINED = {
    "로운": "롭고", "려운": "렵고", "벼운": "볍고", "쉬운": "쉽고", "적인": "적이고", "한": "하고",
    "는": "고", "된": "되고", "른": "르고", "은": "고", "큰": "크고",
}  # fmt: skip


_DENYING = ("불", "비", "미")  # 완전한, 불완전한


def modifiers(first: str, second: str) -> str:
    """효율적이고 확장 가능한, 세밀한 이진, 긍정적·부정적: two modifiers of one noun.

    Only what ends as an adjective does takes "and"; a noun that qualifies stands next to its head.
    """
    end, other = (
        next((end for end in _JOINED if modifier.endswith(end)), "") for modifier in (first, second)
    )
    if end and other and second[:1] in _DENYING and second[1:] == first:
        return (
            f"{first[: -len(end)]}{_JOINED[end].removesuffix('고')}거나 {second}"  # some are this, some that
        )
    if end and other:
        return f"{first[: -len(end)]}{_JOINED[end]} {second}"
    if end or first.endswith("의"):
        return f"{first} {second}"
    return f"{second} {first}" if other else f"{first}·{second}"


def listed(texts: Sequence[str], joint: str) -> str:
    """가와 나; 가, 나 및 다; 가 또는 나."""
    if joint == "or":
        return ", ".join(texts[:-1]) + " 또는 " + texts[-1]
    if len(texts) == 2:
        return texts[0] + particle(texts[0], "과/와") + " " + texts[1]
    return ", ".join(texts[:-1]) + " 및 " + texts[-1]


_FOR_VERB = {  # what hangs on a noun → the same said of what the noun does
    " 위한 ": " 위해 ",
    "에 기반한 ": "에 기반해 ",  # but what is principled stays so
    "에서 착안한 ": "에서 착안해 ",
    " 이용한 ": " 이용해 ",
    " 통한 ": " 통해 ",
    "에서의 ": "에서 ",
}
_HUNG = re.compile("(?<!원칙)(?:" + "|".join(_FOR_VERB) + ")")


def doing(thing: str, deed: str) -> str:
    """편집을 위해 이미지를 생성하는 모델: what hangs on a thing alone is said of what it does."""
    marks = _HUNG.findall(thing)
    if len(marks) != 1:
        return f"{deed} {thing}"
    before, mark, head = thing.partition(marks[0])
    return f"{before}{_FOR_VERB[mark]}{deed} {head}"


def last_word(korean: str) -> str:
    """The last word of a Korean phrase: its head."""
    return korean.rsplit(" ", 1)[-1]


def stated(nominal: str) -> str:
    """A noun of what holds as a predicate: 강건함, 강건합니다; 높음, 높습니다."""
    if nominal.endswith("음"):
        return f"{nominal[:-1]}습니다"
    return f"{nominal[:-1]}{chr(ord(nominal[-1]) + 1)}니다"  # the next final consonant


def for_use(text: str) -> str:
    """분할을 위해 증류 for 분할을 위한 증류, where a verb follows: it is used for that."""
    front, mark, rest = text.partition(" 위한 ")
    return f"{front} 위해 {rest}" if mark and " 위한 " not in rest else text
