"""Every number of a text with its value and unit, whatever the notation or the language.

    1.2 million, 120 myriads, 1,200,000, 1.2M, $1.2 \\times 10^6$ → 1 200 000
    $50 billion                                                   → 5e10 usd
    a half, two-thirds, 1/3                                       → fractions
    twice, doubled, 2x, three-fold                                → factors (class x)

A number that is part of a name (GPT-4, ResNet50, 3D, top-5) is given the class `name`, one that follows a
name in capitals (CoVoST 2, CommonsenseQA 2.0) the class `version`; list marks (1., (2)) are left out. Reads
at most `MOST_CHARACTERS`, in linear time.

A unit has a class (what is measured) and a factor to the class's own unit, so that 2 h, 120 minutes and
2時間 are one quantity and 5 ms is not 5 s. Classes: % (per cent and percentage points alike: people write
either for the other), x (a factor), usd, krw, eur, gbp, jpy, cny, time (seconds), day, month, year, date,
byte, bit, bps, flop, pixel, hz, m, g, w, wh, v, j, ev, pa, l, db, fps, rpm, degree, ord (first, 3rd), count
(things), "" where nothing is said. A symbol counts as written: MW is no mW. The names of units are each
language's own (`NumberWords.units`).
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import lru_cache
from itertools import islice
from typing import NamedTuple

import msgspec

from daybrief.languages import (
    LANGUAGES,
    FilteredPattern,
    Language,
    Numerals,
    PatternTable,
    either,
    filtered,
    letters,
    parts,
)
from daybrief.text.latex import readable

MOST_CHARACTERS = 100_000
MOST_NUMBERS = 2_000


class Number(msgspec.Struct, frozen=True, kw_only=True):
    """A number as written in `text`.

    value: without sign, in the unit's own base (seconds, bytes, dollars), powers of ten included.
    unit: its class (listed above), "year" for a calendar year too, "name", "version", "fraction"
        or "".
    step: what one unit of its last written digit is worth, in the same base; 0 where words are exact.
    hedged: said to be rounded or a bound (about, over, at least).
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
_POWER = filtered(
    r"(?:(?<!\d)(?<!\d[.,])(\d{1,20}(?:,\d{3}){0,6}(?:\.\d{1,20})?)\s?[×x·*∙]\s?|\b)"
    r"10(?:\^?\{?([⁻⁺]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+)|\^\{?([-+−]?\d{1,3})\}?)"
)
_EXPONENT = re.compile(r"(?<![\w.])(\d(?:\.\d{1,20})?)[eE]([-+]?\d{1,3})(?!\w)")
_TEX_RANGE = filtered(r"(?<=\d)--(?=\d)")
_PLAIN_SIGNS = str.maketrans(
    {"−": "-", "–": "-", "—": "-", "∼": "~", "％": "%", "，": ",", "\u00a0": " ", "\u202f": " "}
)

_DIGITS = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|(?<![\w.])\.\d+"


# Letters of East Asia; alphabets lie below U+1100, signs and symbols between U+2000 and U+2BFF.
_NATIVE = re.compile(r"[^\x00-\u10ff\u2000-\u2bff]")
_LATIN_ALONE = frozenset(language.code for language in LANGUAGES if not language.letters)

_Kinds = Sequence[tuple[str, Numerals]]
"""Kinds of numerals with the code of their language."""


def _kinds(pick: Callable[[Language], Sequence[Numerals]]) -> _Kinds:
    return [(language.code, kind) for language in LANGUAGES for kind in pick(language)]


def _patterns(
    kinds: _Kinds, prefix: str, *, before: str = "", behind: str = "", flags: int = 0
) -> tuple[FilteredPattern, FilteredPattern]:
    """A pattern for a text in Latin letters alone, and one for any; named groups prefix0, prefix1, …

    The first is tried at half the places and finds the same there: other languages' words need their letters.
    """
    groups = [(code, f"(?P<{prefix}{n}>{kind.pattern})") for n, (code, kind) in enumerate(kinds)]
    latin = [group for code, group in groups if code in _LATIN_ALONE]
    every = [group for _, group in groups]
    return (
        filtered(either(before, *latin, behind), flags),
        filtered(either(before, *every, behind), flags),
    )


_NUMERALS = _kinds(lambda language: language.numerals)
_FRACTIONS = _kinds(lambda language: language.fractions)
_FACTORS = _kinds(lambda language: language.factors)
_ORDINALS = _kinds(lambda language: language.ordinals)
_MONTHS = _kinds(lambda language: language.months)
_FRACTION = _patterns(_FRACTIONS, "f", behind=r"(?<![\w/.])(?P<top>\d{1,3})[/⁄](?P<bottom>\d{1,3})(?![\w/.])")
_FACTOR = _patterns(_FACTORS, "f")
_ORDINAL = _patterns(_ORDINALS, "f", flags=re.I)
_MONTH = _patterns(_MONTHS, "f", flags=re.I)
_KINDS = {"": _FRACTIONS, "x": _FACTORS, "ord": _ORDINALS, "date": _MONTHS}
_WORDED = tuple(
    PatternTable(zip(_KINDS, (_FRACTION[n], _FACTOR[n], _ORDINAL[n], _MONTH[n]), strict=True)) for n in (0, 1)
)
_SETS = frozenset(word for language in LANGUAGES for word in language.rules.numbers.sets)
_NUMBER = _patterns(
    _NUMERALS,
    "n",
    before=f"(?P<digits>{_DIGITS})",
    behind=f"(?P<bare>{parts(lambda rules: rules.numbers.bare_scale)})",
    flags=re.I,
)
_BEFORE_HEDGE = re.compile(rf"(?:~|≈|>|<|≥|≤|{parts(lambda rules: rules.numbers.hedge_before)})\s?\$?$", re.I)
_AFTER_HEDGE = re.compile(either(r"\+", parts(lambda rules: rules.numbers.hedge_after)))
_MYRIADS = "".join(sign for language in LANGUAGES for sign in language.rules.numbers.myriads)
_MORE = re.compile(rf" ?(\d{{1,3}}(?:,\d{{3}})+|\d{{1,4}})(?=\s?[{letters()}{_MYRIADS}%])")
_LIST_MARK = re.compile(r"(?:(?<=\n)|(?<=^)|(?<=\())\d{1,2}(?=[.)]\s|\))")
_YEAR = re.compile(r"(?:19|20)\d\d")
_NAME_BEFORE = re.compile(r"(?:[A-Za-z_]-?|[A-Za-z]\d{1,4}[.-])$")
# The end of a range keeps no name: 2x-3x, 10ms-20ms, 1.5B-7B.
_RANGE_BEFORE = re.compile(
    r"(?:US|CA|[~x]|(?:ercent|times|llion|hours)-|"
    r"(?<![\w.-])\d[\d.,]{0,9} ?(?:[KkMBTx×]|[GMKT]i?B|[nmµμ]?s|[num]?m|[ck]m|k?g|[kMG]?Hz|fps|h)-)$"
)
_VERSIONED = re.compile(r"(?<![\w-])[A-Z][A-Za-z]*[a-z][A-Z][A-Za-z]* $")  # OnOffSigBengali, CoVoST
_FACTOR_OF = filtered(parts(lambda rules: rules.numbers.factor_of))
_NAME_AFTER = re.compile(r"[A-Za-z]|-[Dd]\b|-(?:turbo|mini|preview)\b")


@lru_cache(maxsize=512)
def numbers(text: str) -> tuple[Number, ...]:
    """The numbers of `text` in order; at most `MOST_NUMBERS`."""
    clean = plain(text)
    marks = {mark.start() for mark in _LIST_MARK.finditer(clean)}
    ordered = sorted(islice(_all(clean, marks), MOST_NUMBERS), key=lambda reading: reading.number.start)
    return tuple(_shared_units(clean, ordered))


@lru_cache(maxsize=64)
def plain(text: str) -> str:
    """The start of `text` as it is read here: LaTeX and powers of ten resolved, one form of each sign."""
    text = _TEX_RANGE.sub("-", readable(text[:MOST_CHARACTERS])[:MOST_CHARACTERS])
    text = _EXPONENT.sub(_exponent, _POWER.sub(_power, text.replace("\\%", "%").replace("\\,", " ")))
    return unicodedata.normalize("NFKC", text.translate(_PLAIN_SIGNS)).replace("\\times", "×")


def _power(match: re.Match[str]) -> str:
    sign = (match[2] or match[3]).translate(_SUPER).replace("−", "-")
    return _decimal(match[1] or "1", int(sign))


def _exponent(match: re.Match[str]) -> str:
    return _decimal(match[1], int(match[2]))


def _decimal(front: str, power: int) -> str:
    """Written out where it stays readable; beyond, the digits say enough."""
    value = float(front.replace(",", ""))
    if not -30 <= power <= 30:
        return f"{value:g}"
    places = max(0, -power + len(front.partition(".")[2]))
    return f"{value * 10.0**power:.{places}f}"


class _Reading(NamedTuple):
    """A number, and by how much its unit multiplies the figure that is written before it."""

    number: Number
    factor: float = 1.0


def _all(text: str, marks: set[int]) -> Iterator[_Reading]:
    inside: set[int] = set()
    native = bool(_NATIVE.search(text))
    for number in _words(text, native):
        inside.update(range(number.start, number.end))
        yield _Reading(number)
    end = 0
    for match in _NUMBER[native].finditer(text):
        if match.start() in inside or match.start() in marks or match.start() < end:
            continue
        reading = _number(text, match)
        end = reading.number.end
        yield reading


def _words(text: str, native: bool) -> Iterator[Number]:
    """Fractions, factors, ordinals and months; `native`: in letters of a language's own, too."""
    likely = _WORDED[native].of(text)
    for match in (match for kind, pattern in likely if not kind for match in pattern.finditer(text)):
        if value := _part(match) if match["top"] else _read(match, _FRACTIONS):
            yield _word(match, value, "fraction")
    for unit, pattern in likely:
        for match in pattern.finditer(text) if unit else ():
            yield _word(match, _read(match, _KINDS[unit]), unit)


def _read(match: re.Match[str], kinds: _Kinds) -> float:
    """The value of a run that `_patterns(kinds, …)` found."""
    return kinds[int((match.lastgroup or "f0")[1:])][1].read(match[0])


def _word(match: re.Match[str], value: float, unit: str) -> Number:
    return Number(text=match[0], value=value, unit=unit, spelled=True, start=match.start(), end=match.end())


def _part(match: re.Match[str]) -> float:
    """The value of a fraction in digits; 0 for what is none."""
    top, bottom = int(match["top"]), int(match["bottom"])
    return top / bottom if bottom and top < bottom else 0.0


def _number(text: str, match: re.Match[str]) -> _Reading:
    written, step, place, spelled = _written(match)
    value, step, place = _scaled(text, place, written, step)
    start = match.start()
    unit, factor, end = _unit_at(text, place)
    if unit == "count" and end == place and "." in match[0] and step < 1:
        unit = ""  # nobody counts 95.3 things
    if not unit or unit == "count":
        unit = _currency_before(text, start) or unit
    if match["digits"] and _is_name(text, match, place, unit):
        unit, factor, end = "name", 1.0, place
    elif not unit:
        unit = _implied(text, match)
    if unit in {"", "count"} and place == match.end() and _YEAR.fullmatch(match[0]):
        unit = "year"
    number = Number(
        text=text[start:end].strip(),
        value=value * factor,
        unit=unit,
        step=step * factor,
        hedged=_hedged(text, start, end),
        spelled=spelled,
        start=start,
        end=end,
    )
    return _Reading(number, number.value / written if written and unit in _SCALED else 1.0)


def _written(match: re.Match[str]) -> tuple[float, float, int, bool]:
    if digits := match["digits"]:
        digits = digits.replace(",", "")
        decimals = len(digits.partition(".")[2])
        # More digits than a float can hold say no more.
        return float(digits[:300]), 10.0 ** -min(decimals, 30), match.end(), False
    if match["bare"] is None:
        return _read(match, _NUMERALS), 1.0, match.end(), True
    return 1.0, 0.0, match.start(), True  # the scale alone: ten thousand people


def _scaled(text: str, place: int, value: float, step: float) -> tuple[float, float, int]:
    """Powers of ten behind the digits; those of a myriad add up, and what stands before one is times it."""
    scale, end = _scale_at(text, place)
    if scale > 1:
        return value * scale, step * scale, end
    read = tuple(_myriads(text, place, value, step))
    total = group = 0.0
    for part, myriad, _, _ in read:
        group += part
        if myriad > 1:
            total, group = total + group * myriad, 0.0
    return total + group, *read[-1][2:]


def _myriads(text: str, place: int, value: float, step: float) -> Iterator[tuple[float, float, float, int]]:
    """The parts of a number, each less than the power before it: value, power of a myriad, step, end."""
    bound, closed = math.inf, False
    while True:
        small, myriad, end = _myriad_at(text, place)
        if value * small * (myriad if closed else 1.0) >= bound:
            return
        yield value * small, myriad, step * small * myriad, end
        closed = myriad > 1
        bound = myriad if closed else small
        more = _MORE.match(text, end)
        if bound == 1 or not more:
            return
        value, step, place = float(more[1].replace(",", "")), 1.0, more.end()


def _is_name(text: str, match: re.Match[str], place: int, unit: str) -> bool:
    before, after = text[max(0, match.start() - 16) : match.start()], text[place : place + 8]
    if _NAME_BEFORE.search(before) and not _RANGE_BEFORE.search(before):
        return True
    return place == match.end() and not unit and bool(_NAME_AFTER.match(after))


def _implied(text: str, match: re.Match[str]) -> str:
    """The unit that the words before a number imply: a factor of 2, CoVoST 2, both."""
    before = text[max(0, match.start() - 40) : match.start()]
    if _FACTOR_OF.search(before):
        return "x"
    if match[0].lower() in _SETS:
        return "count"
    short = match["digits"] and len(match[0]) <= 3
    return "version" if short and _VERSIONED.search(before) else ""


def _hedged(text: str, start: int, end: int) -> bool:
    return bool(_BEFORE_HEDGE.search(text[max(0, start - 16) : start]) or _AFTER_HEDGE.match(text, end))


_JOINT = re.compile(
    rf"\s?(?:-|±|,|~|/|→|{parts(lambda rules: rules.numbers.between)})\s?\$?|"
    rf"\s?(?:,|{parts(lambda rules: rules.numbers.between_first)})\s"
    rf"(?:{parts(lambda rules: rules.numbers.between_second)})\s"
)


# Classes that a number does not share with the one before it: 5 and 2024, 5 and GPT-4, 5 and 10 images.
_OWN = frozenset({"", "name", "year", "date", "ord", "count"})
_SCALED = frozenset("time byte hz m g w day bit bps flop wh v j ev pa l".split())


def _shared_units(text: str, ordered: Sequence[_Reading]) -> Iterator[Number]:
    """Gives all numbers of a list the unit of the last: 40 to 50 %; 5, 10 and 15 GB."""
    out: list[Number] = []
    unit, factor, start = "", 1.0, 0
    for number, own in reversed(ordered):
        if not number.unit and unit not in _OWN and _JOINT.fullmatch(text, number.end, start):
            number = msgspec.structs.replace(
                number, unit=unit, value=number.value * factor, step=number.step * factor
            )
        else:
            unit, factor = number.unit, own
        start = number.start
        out.append(number)
    return reversed(out)


# ── powers of ten and units ─────────────────────────────────────────────────────────────────────────


_SCALE_WORDS = {
    word: power for language in LANGUAGES for word, power in language.rules.numbers.scale_words.items()
}
_SCALE_WORD = re.compile(rf"[ -]?({'|'.join(_SCALE_WORDS)})(?![A-Za-z])", re.I)
_LETTER_SCALES = {"K": 1e3, "k": 1e3, "M": 1e6, "B": 1e9, "b": 1e9, "T": 1e12}
_SCALE_LETTER = re.compile(r"(?:([KkMBTb])(?![A-Za-z0-9])| ?([MB])(?= (?:param|token)))")
_MYRIAD_POWERS = {
    sign: power for language in LANGUAGES for sign, power in language.rules.numbers.myriads.items()
}
_MYRIAD_ITSELF = 1e4
_MYRIAD = re.compile(parts(lambda rules: rules.numbers.scale))

_PREFIXES = (  # name, symbol, factor
    ("exa", "E", 1e18),
    ("peta", "P", 1e15),
    ("tera", "T", 1e12),
    ("giga", "G", 1e9),
    ("mega", "M", 1e6),
    ("kilo", "[kK]", 1e3),
    ("", "", 1.0),
    ("milli", "m", 1e-3),
)
# Name, symbol, class, largest prefix (TV and EV are no volts). A bit has no symbol: many write Gb and mean
# bytes.
_PREFIXED = (
    ("flop", r"FLOP[sS]?\b", "flop", 1e18),
    ("bit_rate", r"(?:bps|bit/s)\b", "bps", 1e15),
    ("bit", "", "bit", 1e15),
    ("watt_hour", r"Wh\b", "wh", 1e12),
    ("volt", r"V\b", "v", 1e3),
    ("joule", r"J\b", "j", 1e9),
    ("electron_volt", r"eV\b", "ev", 1e12),
    ("pascal", r"Pa\b", "pa", 1e9),
    ("litre", r"[lL](?<=m[lL])\b", "l", 1.0),
)
# Name, symbol, class, factor; the first that is found counts, so mm stands before m.
_UNPREFIXED = (
    ("point", "", "point", 1),
    ("times", r"[xX×](?!\s?\d)(?!-?[A-Za-z])", "x", 1),
    ("usd", "", "usd", 1),
    ("krw", "", "krw", 1),
    ("eur", "", "eur", 1),
    ("gbp", "", "gbp", 1),
    ("jpy", "", "jpy", 1),
    ("cny", "", "cny", 1),
    ("nanosecond", r"ns\b", "time", 1e-9),
    ("microsecond", r"[µμu]s\b", "time", 1e-6),
    ("millisecond", r"ms\b", "time", 1e-3),
    ("second", r"(?<!the (?:18|19|20)\d0)s\b(?!-)", "time", 1),
    ("minute", "", "time", 60),
    ("hour", r"h\b", "time", 3600),
    ("week", "", "day", 7),
    ("month", "", "month", 1),
    ("date", "", "date", 1),
    ("day", "", "day", 1),
    ("year", "", "year", 1),
    ("petabyte", r"P(?:i)?B\b", "byte", 1e15),
    ("terabyte", r"T(?:i)?B\b", "byte", 1e12),
    ("gigabyte", r"G(?:i)?B\b|G\b(?! ?\w{0,9}Hz)", "byte", 1e9),
    ("megabyte", r"M(?:i)?B\b", "byte", 1e6),
    ("kilobyte", r"[KkK](?:i)?B\b", "byte", 1e3),
    ("byte", "", "byte", 1),
    ("gigahertz", r"GHz\b", "hz", 1e9),
    ("megahertz", r"MHz\b", "hz", 1e6),
    ("kilohertz", r"[kK]Hz\b", "hz", 1e3),
    ("hertz", r"Hz\b", "hz", 1),
    ("nanometre", r"nm\b", "m", 1e-9),
    ("micrometre", r"[µμ]m\b", "m", 1e-6),
    ("millimetre", r"mm\b", "m", 1e-3),
    ("centimetre", r"cm\b", "m", 1e-2),
    ("kilometre", r"km\b", "m", 1e3),
    ("foot", r"ft\b", "m", 0.3048),
    ("inch", "", "m", 0.0254),
    ("mile", "", "m", 1609.344),
    ("metre", r"m\b", "m", 1),
    ("tonne", "", "g", 1e6),
    ("kilogram", r"kg\b", "g", 1e3),
    ("milligram", r"mg\b", "g", 1e-3),
    ("gram", r"(?<=\d)g\b", "g", 1),
    ("revolution", r"rpm\b", "rpm", 1),
    ("gigawatt", r"GW\b", "w", 1e9),
    ("megawatt", r"MW\b", "w", 1e6),
    ("kilowatt", r"kW\b", "w", 1e3),
    ("milliwatt", r"mW\b", "w", 1e-3),
    ("watt", r"W\b", "w", 1),
    ("decibel", r"dB\b", "db", 1),
    ("pixel", r"p\b|px\b", "pixel", 1),
    ("frame_rate", r"FPS\b|fps\b", "fps", 1),
    ("degree", r"°C?", "degree", 1),
    ("ordinal", "", "ord", 1),
    ("count", "", "count", 1),
)


def _unit_names(name: str) -> str:
    return "|".join(
        language.rules.numbers.units[name] for language in LANGUAGES if name in language.rules.numbers.units
    )


def _prefixed() -> Iterator[tuple[str, str, float]]:
    """The units that are written with any prefix: pattern, class, factor."""
    for name, symbol, kind, most in _PREFIXED:
        for prefix, sign, factor in (each for each in _PREFIXES if each[2] <= most):
            spoken = (
                f"{rules.prefixes.get(prefix, '')}{rules.prefixed[name]}"
                for rules in (language.rules.numbers for language in LANGUAGES)
                if name in rules.prefixed and (not prefix or prefix in rules.prefixes)
            )
            yield either(*spoken, f"{sign}{symbol}" if symbol else ""), kind, factor


_UNITS: tuple[tuple[str, str, float], ...] = (
    (rf"{_unit_names('percent')}|%p\b|%", "%", 1),
    *_prefixed(),
    *((either(_unit_names(name), symbol), kind, factor) for name, symbol, kind, factor in _UNPREFIXED),
)


def _ended(pattern: str) -> str:
    r"""A pattern with the end of a Latin word, as `\b`, but before a Korean particle too."""
    return pattern.replace(r"\b", "(?![A-Za-z0-9])")


_UNIT = re.compile(
    r"(?P<gap>[ -]?)(?:" + "|".join(f"(?P<u{i}>{_ended(p)})" for i, (p, _, _) in enumerate(_UNITS)) + ")"
)
_CURRENCY = {"$": "usd", "£": "gbp", "€": "eur", "₩": "krw", "¥": "jpy"}
_NOUN = re.compile(either(*(language.rules.numbers.plural_noun for language in LANGUAGES)))
_MOST_NOUN = 60  # letters behind a number in which the thing it counts must be named
_MEASURED = {noun: kind for language in LANGUAGES for noun, kind in language.rules.numbers.measured.items()}
_NO_THINGS = frozenset(word for language in LANGUAGES for word in language.rules.numbers.no_things)


def _scale_at(text: str, place: int) -> tuple[float, int]:
    """The power of ten behind place, million or K, and where it ends; (1, place) when there is none."""
    if word := _SCALE_WORD.match(text, place):
        return _SCALE_WORDS[word[1].lower()], word.end()
    if letter := _SCALE_LETTER.match(text, place):
        return _LETTER_SCALES[letter[1] or letter[2]], letter.end()
    return 1.0, place


def _myriad_at(text: str, place: int) -> tuple[float, float, int]:
    """The signs behind place: ten to thousand, powers of a myriad, and their end; (1, 1, place) for none."""
    signs = _MYRIAD.match(text, place)
    if not signs:
        return 1.0, 1.0, place
    small = myriad = 1.0
    for power in map(_MYRIAD_POWERS.__getitem__, signs[0].strip()):
        small, myriad = (small, myriad * power) if power >= _MYRIAD_ITSELF else (small * power, myriad)
    return small, myriad, signs.end()


def _unit_at(text: str, place: int) -> tuple[str, float, int]:
    """The class and factor of the unit behind place, and where it ends; ("", 1, place) when there is none."""
    match = _UNIT.match(text, place)
    if match and match.lastgroup:
        _, name, factor = _UNITS[int(match.lastgroup[1:])]
        return name, factor, match.end()
    noun = _NOUN.match(text, place, place + _MOST_NOUN)
    if noun and noun[1] in _MEASURED:
        return *_MEASURED[noun[1]], place
    if noun and noun[1] not in _NO_THINGS:
        return "count", 1.0, place
    return "", 1.0, place


def _currency_before(text: str, place: int) -> str:
    """The class of the currency sign right before place, "" when there is none."""
    return _CURRENCY.get(text[place - 1 : place], "")


_RULES = tuple(language.rules for language in LANGUAGES)


def _before_a_number(words: Sequence[str]) -> re.Pattern[str]:
    return re.compile(rf"(?:{either(*words)})\s?[$~]?$", re.I)


_LEAST = _before_a_number(
    [r"[>≥]", *(rf"\b(?:{rules.numbers.least})" for rules in _RULES if rules.numbers.least)]
)
_UTMOST = _before_a_number(
    [r"[<≤]", *(rf"\b(?:{rules.numbers.most})" for rules in _RULES if rules.numbers.most)]
)
_LEAST_BEHIND = re.compile(either(*(rules.numbers.least_behind for rules in _RULES)))
_UTMOST_BEHIND = re.compile(either(*(rules.numbers.most_behind for rules in _RULES)))


def bound(line: str, number: Number) -> int:
    """1 where a number is the least there is (over, at least), -1 where it is the most (up to, nearly)."""
    before = line[max(0, number.start - 16) : number.start]
    least = _LEAST.search(before) or _LEAST_BEHIND.match(line, number.end)
    most = _UTMOST.search(before) or _UTMOST_BEHIND.match(line, number.end)
    return bool(least) - bool(most)


# ── when two numbers say the same ───────────────────────────────────────────────────────────────────
#
# Rounding is allowed where the source is more exact (95.3 → 95, 1,234,567 → 1.23 million), never between
# numbers of equal exactness; a hedged number (about, over) may be five per cent off when it is the rounder
# one. Fractions, factors and per cents are one thing told in three ways: half = 50 % = two-fold; 1.5x = 50 %
# more.

_ALIKE = (
    {"%", "point"},
    {"count", "year"},
    {"count", "point"},
    {"count", "name"},
    {"ord", "name"},
    {"year", "name"},
    {"version", "name"},
    {"version", "count"},
    {"version", "ord"},
    {"version", "year"},
    {"date", "year"},
    {"day", "date"},
    {"count", "fps"},
    {"ord", "count"},
    {"fraction", "ord"},
    {"degree", "name"},
    {"degree", "version"},
)
_UNTOLD = {"", "name", "version", "ord", "year", "date"}  # classes that say nothing of a namesake
_LONGER = {"day": ("time", 86_400.0), "year": ("month", 12.0)}
_HEDGE = 0.05
_WHOLE = 100  # per cent
_ROUGH = 0.02  # how far a share may be from a fraction in words
_FINE = 0.001  # the last place of a score told between 0 and 1


def agrees(claim: Number, source: Number) -> bool:
    """Whether the source's number supports the claim's."""
    if claim.unit == "%" and not source.unit and (source.step > 1 or source.value > _WHOLE):
        return False  # 2k, 70B, 1024: nobody writes a share so
    if claim.unit == "%" and not source.unit and source.step <= _FINE and abs(source.value) < 1:
        return False  # a score of 0.222 is 22.2 %, never 0.222 %
    if alike(claim.unit, source.unit):
        return _equal(claim, claim.value, source.value, source.step)
    if claim.spelled and (claim.unit, source.unit) == ("fraction", "%") and 0 < source.value < _WHOLE:
        return abs(claim.value - source.value / _WHOLE) <= _ROUGH  # a quarter of 24%, two thirds of 65%
    if claim.unit in _LONGER or source.unit in _LONGER:
        (unit, value), (other, wanted) = _short(claim), _short(source)
        return unit == other and math.isclose(value, wanted, rel_tol=1e-6)
    if claim.unit == "x" and claim.value == 1:
        return False  # once as much is no change: it retells no per cent
    if {claim.unit, source.unit} == {"%", "x"} and math.isclose(claim.value, source.value):
        return False  # 99 % is about 100 times as few, never 99 times: the figure stayed, the unit went
    return any(_equal(claim, claim.value, retold, 0.0) for retold in _retold(claim, source))


def alike(unit: str, other: str) -> bool:
    """Whether two classes of unit may mean the same; nothing said goes with everything but a share."""
    if unit == other:
        return True
    if not unit or not other:
        return "fraction" not in {unit, other}
    return any({unit, other} <= pair for pair in _ALIKE)


def contradicted(claim: Number, sources: Iterable[Number]) -> bool:
    """Whether the sources give this very figure a unit that is no share or factor.

    A bare number goes with any unit; after "70 participants", "all 70" are participants and no 70 %.
    """
    if claim.unit not in {"%", "x"}:
        return False
    return any(
        math.isclose(claim.value, stated.value)
        and stated.unit not in _UNTOLD
        and not alike(claim.unit, stated.unit)
        for stated in sources
    )


def _short(number: Number) -> tuple[str, float]:
    unit, factor = _LONGER.get(number.unit, (number.unit, 1.0))
    return unit, number.value * factor


def _equal(claim: Number, value: float, source: float, step: float) -> bool:
    if math.isclose(value, source, rel_tol=1e-9):
        return True
    if claim.step > step and abs(value - source) <= claim.step / 2 * (1 + 1e-9):
        return True
    if not claim.hedged or not source:
        return False
    rounder = _digits(value) <= 2 and _digits(value) < _digits(source)
    cut = claim.step > step and 0 <= source - value < claim.step
    return cut or (rounder and abs(value - source) / source <= _HEDGE)


def _digits(value: float) -> int:
    """How many significant digits a value is written with."""
    return len(f"{value:.9e}".partition("e")[0].replace(".", "").rstrip("0"))


def _retold(claim: Number, source: Number) -> Iterable[float]:
    """The source's value in the claim's way of telling a share or a factor."""
    value = source.value
    match claim.unit, source.unit:
        case "%" | "point", "fraction":
            yield from (100 * value, 100 * (1 - value))
        case "%" | "point", "x" if value:
            yield from (100 * (value - 1), 100 * (1 - 1 / value), 100 * value)
        case "x", "%":
            yield from (1 + value / 100, value / 100)
            if value < 100:
                yield 1 / (1 - value / 100)
        case "x", "fraction" if value:
            yield 1 / value
        case "fraction", "%":
            yield value / 100
        case "fraction", "x" if value:
            yield 1 / value
        case "fraction", _:
            yield value
        case "", "fraction":
            yield value


def share(claim: Number, source: Number) -> bool:
    """Whether 85 % retells 0.85."""
    fraction = claim.unit == "%" and source.unit == "" and source.step < 1 and source.value <= 1
    return fraction and _equal(claim, claim.value, 100 * source.value, 100 * source.step)
