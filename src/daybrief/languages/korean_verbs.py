"""Korean verbs: a stem and the endings it takes, written from the rules of the script.

A syllable of Hangul is a number: initial consonant, vowel, final consonant. Endings open, close or contract
the last syllable of a stem: 탐지하 gives 탐지하는, 탐지합니다, 탐지해; 줄이 gives 줄여, 줄였습니다.
"""

from __future__ import annotations

_BASE, _FINALS = ord("가"), 28
_RIEUL, _BIEUP, _SSANG_SIOT, _NIEUN = 8, 17, 20, 4
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
        if irregular := next((form for end, form in _IRREGULAR.items() if self.endswith(end)), ""):
            cut = next(end for end in _IRREGULAR if self.endswith(end))
            return self[: -len(cut)] + irregular
        if final:
            return self + ("아" if vowel in "ㅏㅗ" else "어")
        contracted = {"ㅣ": "ㅕ", "ㅜ": "ㅝ", "ㅗ": "ㅘ", "ㅚ": "ㅙ", "ㅡ": "ㅓ"}.get(vowel, vowel)
        return self[:-1] + _joined(initial, contracted, 0)

    @property
    def past(self) -> str:
        """탐지했습니다."""
        return self._past + "습니다"

    @property
    def past_plainly(self) -> str:
        """탐지했다."""
        return self._past + "다"

    @property
    def _past(self) -> str:
        joined = self.joined
        initial, vowel, _ = _split(joined[-1])
        return joined[:-1] + _joined(initial, vowel, _SSANG_SIOT)

    @property
    def noun(self) -> str:
        """탐지, 줄이기."""
        return self[:-1] if self.endswith("하") and len(self) > 2 else self + "기"

    def _opened(self, final: int, after: str) -> str:
        if self.final == final:
            return str(self)
        return self.with_final(final) if not self.final else self + after


_IRREGULAR = {"돕": "도와", "잇": "이어", "하": "해"}
