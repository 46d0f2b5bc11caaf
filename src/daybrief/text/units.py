"""Powers of ten and units of measure behind a number, in English and Korean.

A unit has a class (what is measured) and a factor to the class's own unit, so that 2 h, 120 minutes and
2시간 are one quantity and 5 ms is not 5 s. Classes: % (per cent and percentage points alike: people write
either for the other), x (a factor), usd, krw, eur, gbp, jpy, cny, time (seconds), day, month, year, date,
byte, bit, bps, flop, pixel, hz, m, g, w, wh, v, j, ev, pa, l, db, fps, rpm, degree, ord (first, 3위), count
(things), "" where nothing is said. A symbol counts as written: MW is no mW.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

ENGLISH_SCALES = {
    "hundred": 1e2,
    "thousand": 1e3,
    "million": 1e6,
    "billion": 1e9,
    "trillion": 1e12,
    "mn": 1e6,
    "bn": 1e9,
}
LETTER_SCALES = {"K": 1e3, "k": 1e3, "M": 1e6, "B": 1e9, "b": 1e9, "T": 1e12}
KOREAN_SCALES = {"십": 1e1, "백": 1e2, "천": 1e3, "만": 1e4, "억": 1e8, "조": 1e12}

SCALE_WORD = re.compile(r"[ -]?(hundred|thousand|million|billion|trillion|mn|bn)(?![A-Za-z])", re.I)
SCALE_LETTER = re.compile(r"(?:([KkMBTb])(?![A-Za-z0-9])| ?([MB])(?= (?:param|token)))")
KOREAN_SCALE = re.compile(
    r"([십백천]?)(만|억|조)|([백천])(?![가-힣])|([백천])(?=여|개|명|"
    r"원|달러|건|배|년)| (억|만)(?![가-힣])| (억|만)(?=개|명|원|건|"
    r"달러|토큰)"
)

_PREFIXES = (  # Korean, English, symbol
    ("엑사", "exa", "E", 1e18),
    ("페타", "peta", "P", 1e15),
    ("테라", "tera", "T", 1e12),
    ("기가", "giga", "G", 1e9),
    ("메가", "mega", "M", 1e6),
    ("킬로", "kilo", "[kK]", 1e3),
    ("", "", "", 1.0),
    ("밀리", "milli", "m", 1e-3),
)
# Korean, English, symbol, class, largest prefix (TV and EV are no volts). A bit has no symbol: many write
# Gb and mean bytes.
_PREFIXED = (
    ("플롭스", "flops?", "FLOP[sS]?", "flop", 1e18),
    ("비트", "bits?", "bps|bit/s", "bit", 1e15),
    ("와트시", "watt[- ]hours?", "Wh", "wh", 1e12),
    ("볼트", "volts?", "V", "v", 1e3),
    ("줄(?=의|을| )", "joules?", "J", "j", 1e9),
    ("전자볼트", "electron[- ]?volts?", "eV", "ev", 1e12),
    ("파스칼", "pascals?", "Pa", "pa", 1e9),
    ("리터", "lit(?:er|re)s?", "[lL](?<=m[lL])", "l", 1.0),
)


def _prefixed() -> Iterator[tuple[str, str, float]]:
    """The units that are written with any prefix, longest class first."""
    for korean, english, symbol, name, most in _PREFIXED:
        for before, word, sign, factor in (one for one in _PREFIXES if one[3] <= most):
            if name == "bit":
                yield rf"{sign}(?:{symbol})\b|{word}{english} per second\b", "bps", factor
                yield rf"{before}{korean}|{word}{english}\b", name, factor
            else:
                yield rf"{before}{korean}|{sign}(?:{symbol})\b|{word}{english}\b", name, factor


_UNITS: tuple[tuple[str, str, float], ...] = (
    (
        r"%p\b|%\s?포인트|퍼센트\s?포인트|percentage[ -]points?\b|pp\b|p\.p\.|%|percent\b|per cent\b|"
        r"퍼센트|프로(?![가-힣])",
        "%",
        1,
    ),
    *_prefixed(),
    (r"points?\b|pts?\b|포인트", "point", 1),
    (r"배(?!치|포|경|열|당|제|출|우|워|송|터)|[x×](?!\s?\d)(?![A-Za-z])|-?fold\b|times\b", "x", 1),
    (r"미국 ?달러|달러|(?:US )?dollars?\b|USD\b|불(?![가-힣])", "usd", 1),
    (r"원(?!인|칙|본|래|리|문|소|천|형|격)|won\b|KRW\b", "krw", 1),
    (r"유로|euros?\b|EUR\b", "eur", 1),
    (r"파운드|pounds?\b|GBP\b", "gbp", 1),
    (r"엔(?!진|드|지|코|터|트|씨|비|트)|yen\b|JPY\b", "jpy", 1),
    (r"위안|yuan\b|RMB\b|CNY\b", "cny", 1),
    (r"나노초|nanoseconds?\b|ns\b", "time", 1e-9),
    (r"마이크로초|microseconds?\b|[µμu]s\b", "time", 1e-6),
    (r"밀리초|milliseconds?\b|msecs?\b|ms\b", "time", 1e-3),
    (r"초(?![가-힣]{0,20}점)|seconds?\b|secs?\b|s\b(?!-)", "time", 1),
    (r"분(?!의 ?\d|류|할|석|포|야|기)|minutes?\b|mins?\b", "time", 60),
    (r"시간|hours?\b(?!-)|hrs?\b|h\b", "time", 3600),
    (r"주(?=간|일|의|에|만|동안|\s|$|[.,])|weeks?\b", "day", 7),
    (r"개월|달(?= |간|의|에|만|동안|러?$|[.,])|months?\b", "month", 1),
    (r"월(?![가-힣]{0,20}드)", "date", 1),
    (r"일(?!반|부|정|치|관|상|련|종|본)|days?\b", "day", 1),
    (r"년|years?\b|yrs?\b", "year", 1),
    (r"페타바이트|petabytes?\b|P(?:i)?B\b", "byte", 1e15),
    (r"테라바이트|terabytes?\b|T(?:i)?B\b", "byte", 1e12),
    (r"기가바이트|gigabytes?\b|G(?:i)?B\b|G\b(?! ?\w{0,9}Hz)", "byte", 1e9),
    (r"메가바이트|megabytes?\b|M(?:i)?B\b", "byte", 1e6),
    (r"킬로바이트|kilobytes?\b|[KkK](?:i)?B\b", "byte", 1e3),
    (r"바이트|bytes?\b", "byte", 1),
    (r"기가헤르츠|GHz\b", "hz", 1e9),
    (r"메가헤르츠|MHz\b", "hz", 1e6),
    (r"킬로헤르츠|[kK]Hz\b", "hz", 1e3),
    (r"헤르츠|Hz\b", "hz", 1),
    (r"나노미터|nm\b|nanomet(?:er|re)s?\b", "m", 1e-9),
    (r"마이크로미터|[µμ]m\b|micromet(?:er|re)s?\b", "m", 1e-6),
    (r"밀리미터|mm\b|millimet(?:er|re)s?\b", "m", 1e-3),
    (r"센티미터|cm\b|centimet(?:er|re)s?\b", "m", 1e-2),
    (r"킬로미터|km\b|kilomet(?:er|re)s?\b", "m", 1e3),
    (r"피트|feet\b|foot\b|ft\b", "m", 0.3048),
    (r"인치|inch(?:es)?\b", "m", 0.0254),
    (r"마일(?!스)|miles?\b", "m", 1609.344),
    (r"미터|m\b|met(?:er|re)s?\b", "m", 1),
    (r"톤(?! ?다운)|tons?\b|tonnes?\b", "g", 1e6),
    (r"킬로그램|kg\b|kilograms?\b", "g", 1e3),
    (r"밀리그램|mg\b|milligrams?\b", "g", 1e-3),
    (r"그램|grams?\b|(?<=\d)g\b", "g", 1),
    (r"rpm\b", "rpm", 1),
    (r"기가와트|GW\b|gigawatts?\b", "w", 1e9),
    (r"메가와트|MW\b|megawatts?\b", "w", 1e6),
    (r"킬로와트|kW\b|kilowatts?\b", "w", 1e3),
    (r"밀리와트|mW\b|milliwatts?\b", "w", 1e-3),
    (r"와트|W\b|watts?\b", "w", 1),
    (r"데시벨|dB\b|decibels?\b", "db", 1),
    (r"p\b|px\b|pixels?\b|픽셀", "pixel", 1),
    (r"FPS\b|fps\b|frames per second\b|프레임/초", "fps", 1),
    (r"도(?= |$|[.,]|의|에서)|°C?|degrees?\b", "degree", 1),
    (r"st\b|nd\b|rd\b|th\b|위(?![가-힣]{0,20}[험해])|번째|차(?= |$)", "ord", 1),
    (
        r"여?\s?(?:개|명|건|편|종(?!합|류별)|가지|곳|쌍|장(?!기|치)|점(?!수)|"
        r"대(?!비|규|부|한|상)|권|회|번(?!째)|토큰|문항|마리)",
        "count",
        1,
    ),
)


def _ended(pattern: str) -> str:
    r"""With the end of an English word as `\b` means it, but before a Korean particle, too: 8GB의."""
    return pattern.replace(r"\b", "(?![A-Za-z0-9])")


_UNIT = re.compile(
    r"(?P<gap>[ -]?)(?:" + "|".join(f"(?P<u{i}>{_ended(p)})" for i, (p, _, _) in enumerate(_UNITS)) + ")"
)
_CURRENCY = {"$": "usd", "£": "gbp", "€": "eur", "₩": "krw", "¥": "jpy"}
# A whole number before a plural noun counts things; at most three words stand between.
_LITTLE = (
    r"(?:and|or|in|on|of|to|for|from|over|with|than|as|at|by|vs|when|while|which|that|is|was|are|were|the|"
    r"but)\b"
)
_NOUN = re.compile(rf"[ -](?:(?!{_LITTLE})[A-Za-z]+[- ]){{0,3}}?(?!{_LITTLE})([a-z]{{3,}}[^s\W\d]s)\b")
_MEASURED = {  # 3,000 estimated hours
    "seconds": ("time", 1.0),
    "minutes": ("time", 60.0),
    "hours": ("time", 3600.0),
    "weeks": ("day", 7.0),
    "months": ("month", 1.0),
    "years": ("year", 1.0),
}
_NO_THINGS = frozenset(
    "points percents has was does gains improves outperforms achieves this is less others whereas always "
    "across versus thus times scores metrics plus yields".split()
)


def scale(text: str, place: int) -> tuple[float, int]:
    """The power of ten behind place, million or K, and where it ends; (1, place) when there is none."""
    if word := SCALE_WORD.match(text, place):
        return ENGLISH_SCALES[word[1].lower()], word.end()
    if letter := SCALE_LETTER.match(text, place):
        return LETTER_SCALES[letter[1] or letter[2]], letter.end()
    return 1.0, place


def korean_scale(text: str, place: int) -> tuple[float, int]:
    """The Korean power of ten behind place, 만 or 천억, and where it ends; (1, place) when there is none."""
    found = KOREAN_SCALE.match(text, place)
    if not found:
        return 1.0, place
    value = 1.0
    for sign in found[0].strip():
        value *= KOREAN_SCALES[sign]
    return value, found.end()


def unit(text: str, place: int) -> tuple[str, float, int]:
    """The class and factor of the unit behind place, and where it ends; ("", 1, place) when there is none."""
    found = _UNIT.match(text, place)
    if found and found.lastgroup:
        _, name, factor = _UNITS[int(found.lastgroup[1:])]
        return name, factor, found.end()
    noun = _NOUN.match(text, place, place + 60)
    if noun and noun[1] in _MEASURED:
        return *_MEASURED[noun[1]], place
    if noun and noun[1] not in _NO_THINGS:
        return "count", 1.0, place
    return "", 1.0, place


def currency(text: str, place: int) -> str:
    """The class of the currency sign right before place, "" when there is none."""
    return _CURRENCY.get(text[place - 1 : place], "")
