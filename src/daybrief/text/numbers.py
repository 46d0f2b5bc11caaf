"""Every number of a text with its value and unit, whatever the notation or the language.

    1.2 million, 120만, 1,200,000, 1.2M, $1.2 \\times 10^6$      → 1 200 000
    $50 billion, 500억 달러                                       → 5e10 usd
    a half, 절반, 3분의 1, two-thirds, 1/3                         → fractions
    twice, doubled, 두 배, 2x, three-fold                          → factors (class x)

A number that is part of a name (GPT-4, ResNet50, 3D, top-5) is given the class `name`, one that follows a
name in capitals (CoVoST 2, CommonsenseQA 2.0) the class `version`; list marks (1., (2)) are left out. Reads
at most `MOST_CHARACTERS`, in linear time.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from itertools import islice

import msgspec

from daybrief.text import numerals, units
from daybrief.text.latex import readable

MOST_CHARACTERS = 100_000
MOST_NUMBERS = 2_000


class Number(msgspec.Struct, frozen=True, kw_only=True):
    """A number as written in `text`.

    value: without sign, in the unit's own base (seconds, bytes, dollars), powers of ten included.
    unit: its class (`daybrief.text.units`), "year" for a calendar year too, "name", "version", "fraction"
        or "".
    step: what one unit of its last written digit is worth, in the same base; 0 where words are exact.
    hedged: said to be rounded or a bound (about, over, 약, 이상).
    spelled: written in words.
    start, end: its place in `plain(text)`.
    """

    text: str
    value: float
    unit: str = ""
    step: float = 0.0
    hedged: bool = False
    spelled: bool = False
    start: int = 0
    end: int = 0


_SUPER = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+")
_POWER = re.compile(
    r"(?:(?<!\d)(?<!\d[.,])(\d(?:[\d.,]{0,20}\d)?))?(\s?[×x·*∙]\s?)?\b10(?:\^?\{?([⁻⁺]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+)|\^\{?([-+−]?\d{1,3})\}?)"
)
_EXPONENT = re.compile(r"(?<![\w.])(\d(?:\.\d{1,20})?)[eE]([-+]?\d{1,3})(?!\w)")
_PLAIN_SIGNS = str.maketrans(
    {"−": "-", "–": "-", "—": "-", "∼": "~", "％": "%", "，": ",", "\u00a0": " ", "\u202f": " "}
)

_DIGITS = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|(?<![\w.])\.\d+"
_FRACTION = re.compile(
    r"\b(?P<en>(?:a |one[- ])?half|halves|halved|halving|halve|(?:(?:one|two|three|"
    r"a)[- ])?(?:third|quarter|fifth)s?)\b"
    r"|(?P<ko>절반|(?<![가-힣])반(?=으로| 이상| 이하))"
    r"|(?P<below>\d{1,3}|[일이삼사오육칠팔구십])\s?분의\s?(?P<above>\d{1,3}|[일이삼사오육칠팔구])"
    r"|(?<![\w/.])(?P<top>\d{1,3})[/⁄](?P<bottom>\d{1,3})(?![\w/.])"
)
_FACTOR = re.compile(
    r"\b(?:(?P<two>twice|doubl(?:e[sd]?|ing)|two-?fold)|(?P<three>thrice|tripl(?:e[sd]|ing)|three-?fold)"
    r"|(?P<four>quadrupl(?:e[sd]?|ing)|four-?fold)|(?P<ten>(?:an|one) order of magnitude|ten-?fold))\b"
)
_FACTORS = {"two": 2.0, "three": 3.0, "four": 4.0, "ten": 10.0}
_ORDINAL = re.compile(
    r"\b(first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth)\b(?!s)"
    r"|(?<![가-힣])(첫|두|세|네|다섯|여섯|일곱|여덟|아홉|열) ?번째",
    re.I,
)
_ORDINALS = {
    word: value
    for words in (
        "first second third fourth fifth sixth seventh eighth ninth tenth",
        "첫 두 세 네 다섯 여섯 일곱 여덟 아홉 열",
    )
    for value, word in enumerate(words.split(), 1)
}
_MONTHS = "january february march april may june july august september october november december".split()
_MONTH = re.compile(
    rf"\b({'|'.join(_MONTHS)})\b(?! \w+ing)|\b(jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)\.?(?= \d)", re.I
)
_DENOMINATORS = {"half": 2, "hal": 2, "third": 3, "quarter": 4, "fifth": 5}
_SINO = {sign: value for value, sign in enumerate("일이삼사오육칠팔구십", 1)}
_NUMBER = re.compile(
    rf"(?P<digits>{_DIGITS})|(?P<english>{numerals.ENGLISH})|(?P<native>{numerals.NATIVE})|"
    rf"(?P<sino>{numerals.SINO})"
    r"|(?P<bare>(?<![가-힣\d])(?:(?:십|백|천)[만억조]|[만억])(?=\s?(?:개|명|원|달러|건|장|토큰|번|유로)))",
    re.I,
)
_BEFORE_HEDGE = re.compile(
    r"(?:about|around|approximately|approx\.?|nearly|almost|roughly|some|over|exceeding|exceeds|above|"
    r"more than|less than|fewer than|under|below|at least|at most|"
    r"up to|~|≈|>|<|≥|≤|약|대략|거의|최대|최소)\s?\$?$",
    re.I,
)
_AFTER_HEDGE = re.compile(
    r"\+|\s?[가-힣%]{0,6}\s?(?:이상|이하|미만|초과|넘|가까|가량|정도|"
    r"안팎|여\s?(?:개|명|건|종|편))|[만억]?\s?여 ?[개명건종편가]"
)
_LIST_MARK = re.compile(r"(?:(?<=\n)|(?<=^)|(?<=\())\d{1,2}(?=[.)]\s|\))")
_YEAR = re.compile(r"(?:19|20)\d\d")
_NAME_BEFORE = re.compile(r"(?:[A-Za-z_]-?|[A-Za-z]\d{1,4}[.-])$")
# The end of a range keeps no name: 2x-3x, 10ms-20ms, 1.5B-7B.
_RANGE_BEFORE = re.compile(
    r"(?:US|CA|[~x]|(?:ercent|times|llion|hours)-|"
    r"(?<![\w.-])\d[\d.,]{0,9} ?(?:[KkMBTx×]|[GMKT]i?B|[nmµμ]?s|[num]?m|[ck]m|k?g|[kMG]?Hz|fps|h)-)$"
)
_VERSIONED = re.compile(r"(?<![\w-])[A-Z][A-Za-z]*[a-z][A-Z][A-Za-z]* $")  # OnOffSigBengali, CoVoST
_FACTOR_OF = re.compile(r"\bfactors? of (?:about |around |over |nearly |up to |~)?$")
_NAME_AFTER = re.compile(r"[A-Za-z]|-[Dd]\b|-(?:turbo|mini|preview)\b")


@lru_cache(maxsize=512)
def numbers(text: str) -> tuple[Number, ...]:
    """The numbers of `text` in order; at most `MOST_NUMBERS`."""
    clean = plain(text)
    marks = {mark.start() for mark in _LIST_MARK.finditer(clean)}
    found = sorted(islice(_all(clean, marks), MOST_NUMBERS), key=lambda number: number.start)
    return tuple(_shared_units(clean, found))


def plain(text: str) -> str:
    """The start of `text` as it is read here: LaTeX and powers of ten resolved, one form of each sign."""
    text = readable(text[:MOST_CHARACTERS])[:MOST_CHARACTERS]
    text = _EXPONENT.sub(_exponent, _POWER.sub(_power, text.replace("\\%", "%")))
    return unicodedata.normalize("NFKC", text.translate(_PLAIN_SIGNS)).replace("\\times", "×")


def _power(found: re.Match[str]) -> str:
    sign = (found[3] or found[4] or "").translate(_SUPER).replace("−", "-")
    if found[1] and not found[2]:
        return found[0]
    front = found[1] or "1"
    return _decimal(front, int(sign)) if found[2] or not found[1] else found[0]


def _exponent(found: re.Match[str]) -> str:
    return _decimal(found[1], int(found[2]))


def _decimal(front: str, power: int) -> str:
    """Written out where it stays readable; beyond, the digits say enough."""
    value = float(front.replace(",", "").rstrip(".") or 1)
    if not -30 <= power <= 30:
        return f"{value:g}"
    places = max(0, -power + len(front.partition(".")[2]))
    return f"{value * 10.0**power:.{places}f}"


def _all(text: str, marks: set[int]) -> Iterator[Number]:
    taken: list[tuple[int, int]] = []
    for number in _words(text):
        taken.append((number.start, number.end))
        yield number
    inside = {place for start, end in taken for place in range(start, end)}
    end = 0
    for found in _NUMBER.finditer(text):
        if found.start() in inside or found.start() in marks or found.start() < end:
            continue
        number = _number(text, found)
        end = number.end
        yield number


def _words(text: str) -> Iterator[Number]:
    """Fractions, factors, ordinals and months."""
    for found in _FRACTION.finditer(text):
        if value := _fraction(found):
            yield _word(found, value, "fraction")
    for found in _FACTOR.finditer(text):
        if name := found.lastgroup:
            yield _word(found, _FACTORS[name], "x")
    for found in _ORDINAL.finditer(text):
        yield _word(found, float(_ORDINALS[(found[1] or found[2]).lower()]), "ord")
    for found in _MONTH.finditer(text):
        start = (found[1] or found[2])[:3].lower()
        yield _word(found, 1.0 + [month[:3] for month in _MONTHS].index(start), "date")


def _word(found: re.Match[str], value: float, unit: str) -> Number:
    return Number(text=found[0], value=value, unit=unit, spelled=True, start=found.start(), end=found.end())


def _fraction(found: re.Match[str]) -> float:
    if found["en"]:
        words = re.split(r"[- ]", found["en"].lower())
        below = next((n for name, n in _DENOMINATORS.items() if words[-1].startswith(name)), 2)
        return {"two": 2, "three": 3}.get(words[0], 1) / below
    if found["ko"]:
        return 0.5
    top, bottom = (_whole(found[a] or found[b]) for a, b in (("above", "top"), ("below", "bottom")))
    return top / bottom if bottom and top < bottom else 0.0


def _whole(digits: str) -> int:
    return int(digits) if digits.isdecimal() else _SINO.get(digits, 0)


def _number(text: str, found: re.Match[str]) -> Number:
    value, step, place, spelled = _written(found)
    value, step, place = _scaled(text, place, value, step)
    start = found.start()
    unit, factor, end = units.unit(text, place)
    if unit == "count" and end == place and "." in found[0] and step < 1:
        unit = ""  # nobody counts 95.3 things
    if not unit or unit == "count":
        unit = units.currency(text, start) or unit
    if found["digits"] and _is_name(text, found, place, unit):
        unit, factor, end = "name", 1.0, place
    elif not unit:
        unit = _implied(text, found)
    if unit in {"", "year", "count"} and place == found.end() and _YEAR.fullmatch(found[0]):
        unit = "year"
    return Number(
        text=text[start:end].strip(),
        value=value * factor,
        unit=unit,
        step=step * factor,
        hedged=_hedged(text, start, end),
        spelled=spelled,
        start=start,
        end=end,
    )


def _written(found: re.Match[str]) -> tuple[float, float, int, bool]:
    if digits := found["digits"]:
        digits = digits.replace(",", "")
        decimals = len(digits.partition(".")[2])
        # More digits than a float can hold say no more.
        return float(digits[:300]), 10.0 ** -min(decimals, 30), found.end(), False
    for name, read in (("english", numerals.english), ("native", numerals.native), ("sino", numerals.sino)):
        if word := found[name]:
            return read(word), 1.0, found.end(), True
    return 1.0, 0.0, found.start(), True  # 만 명, 억 원: the scale alone


def _scaled(text: str, place: int, value: float, step: float) -> tuple[float, float, int]:
    """Powers of ten behind the digits; Korean ones add up: 3억 5,000만, 1만 2천."""
    scale, end = units.scale(text, place)
    if scale > 1:
        return value * scale, step * scale, end
    total, smallest = 0.0, step
    for _ in range(4):
        scale, end = units.korean_scale(text, place)
        total, smallest, place = total + value * scale, step * scale, end
        more = (
            re.compile(r" ?(\d{1,3}(?:,\d{3})+|\d{1,4})(?=\s?[가-힣%])").match(text, place)
            if scale > 1
            else None
        )
        if not more:
            break
        value, step = float(more[1].replace(",", "")), 1.0
        if value * units.korean_scale(text, more.end())[0] >= scale:
            break
        place = more.end()
    return total, smallest, place


def _is_name(text: str, found: re.Match[str], place: int, unit: str) -> bool:
    before, after = text[max(0, found.start() - 16) : found.start()], text[place : place + 8]
    if _NAME_BEFORE.search(before) and not _RANGE_BEFORE.search(before):
        return True
    return place == found.end() and not unit and bool(_NAME_AFTER.match(after))


def _implied(text: str, found: re.Match[str]) -> str:
    """What the words before a number without a unit say of it: a factor of 2, CoVoST 2, both."""
    before = text[max(0, found.start() - 40) : found.start()]
    if _FACTOR_OF.search(before):
        return "x"
    if (found["english"] or "").lower() in numerals.SETS:
        return "count"
    short = found["digits"] and len(found[0]) <= 3
    return "version" if short and _VERSIONED.search(before) else ""


def _hedged(text: str, start: int, end: int) -> bool:
    return bool(_BEFORE_HEDGE.search(text[max(0, start - 16) : start]) or _AFTER_HEDGE.match(text, end))


_JOINT = re.compile(
    r"\s?(?:-|±|to|and|or|,|에서|~|/|와|과|및|vs\.?|versus|from|→)\s?\$?|"
    r"\s?(?:,|and|to|에서)\s(?:and|to|from)\s"
)


def _shared_units(text: str, found: list[Number]) -> Iterator[Number]:
    """In 40 to 50 % and 5, 10 and 15 GB the unit behind the last number is that of all."""
    unit, factor = "", 1.0
    out: list[Number] = []
    for number in reversed(found):
        if out and not number.unit and out[-1].unit not in {"", "name", "year", "date", "ord", "count"}:
            between = text[number.end : out[-1].start]
            if len(between) < 12 and _JOINT.fullmatch(between):
                number = msgspec.structs.replace(
                    number, unit=unit, value=number.value * factor, step=number.step * factor
                )
        if number.unit:
            unit, factor = number.unit, _factor(number)
        out.append(number)
    return reversed(out)


_SCALED = frozenset("time byte hz m g w day bit bps flop wh v j ev pa l".split())


def _factor(number: Number) -> float:
    """What the unit multiplies a bare number by."""
    digits = re.match(r"[\d.,]+", number.text)
    bare = float(digits[0].replace(",", "").rstrip(".") or 0) if digits else 0.0
    return number.value / bare if bare and number.unit in _SCALED else 1.0
