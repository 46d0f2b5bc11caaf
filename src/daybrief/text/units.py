"""Powers of ten and units of measure behind a number, in every language.

A unit has a class (what is measured) and a factor to the class's own unit, so that 2 h, 120 minutes and
2時間 are one quantity and 5 ms is not 5 s. Classes: % (per cent and percentage points alike: people write
either for the other), x (a factor), usd, krw, eur, gbp, jpy, cny, time (seconds), day, month, year, date,
byte, bit, bps, flop, pixel, hz, m, g, w, wh, v, j, ev, pa, l, db, fps, rpm, degree, ord (first, 3rd), count
(things), "" where nothing is said. A symbol counts as written: MW is no mW. The names of units are each
language's own (`NumberWords.units`).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from daybrief.languages import LANGUAGES, either, parts

_SCALE_WORDS = {word: power for one in LANGUAGES for word, power in one.rules.numbers.scale_words.items()}
_SCALE_WORD = re.compile(rf"[ -]?({'|'.join(_SCALE_WORDS)})(?![A-Za-z])", re.I)
_LETTER_SCALES = {"K": 1e3, "k": 1e3, "M": 1e6, "B": 1e9, "b": 1e9, "T": 1e12}
_SCALE_LETTER = re.compile(r"(?:([KkMBTb])(?![A-Za-z0-9])| ?([MB])(?= (?:param|token)))")
_MYRIADS = {sign: power for one in LANGUAGES for sign, power in one.rules.numbers.myriads.items()}
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
_PLAIN = (
    ("point", "", "point", 1),
    ("times", r"[x×](?!\s?\d)(?![A-Za-z])", "x", 1),
    ("usd", "", "usd", 1),
    ("krw", "", "krw", 1),
    ("eur", "", "eur", 1),
    ("gbp", "", "gbp", 1),
    ("jpy", "", "jpy", 1),
    ("cny", "", "cny", 1),
    ("nanosecond", r"ns\b", "time", 1e-9),
    ("microsecond", r"[µμu]s\b", "time", 1e-6),
    ("millisecond", r"ms\b", "time", 1e-3),
    ("second", r"s\b(?!-)", "time", 1),
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


def _names(unit: str) -> str:
    return "|".join(one.rules.numbers.units[unit] for one in LANGUAGES if unit in one.rules.numbers.units)


def _prefixed() -> Iterator[tuple[str, str, float]]:
    """The units that are written with any prefix: pattern, class, factor."""
    for name, symbol, kind, most in _PREFIXED:
        for prefix, sign, factor in (each for each in _PREFIXES if each[2] <= most):
            spoken = (
                f"{rules.prefixes.get(prefix, '')}{rules.prefixed[name]}"
                for rules in (one.rules.numbers for one in LANGUAGES)
                if name in rules.prefixed and (not prefix or prefix in rules.prefixes)
            )
            yield either(*spoken, f"{sign}{symbol}" if symbol else ""), kind, factor


_UNITS: tuple[tuple[str, str, float], ...] = (
    (rf"{_names('percent')}|%p\b|%", "%", 1),
    *_prefixed(),
    *((either(_names(name), symbol), kind, factor) for name, symbol, kind, factor in _PLAIN),
)


def _ended(pattern: str) -> str:
    r"""With the end of a Latin word as `\b` means it, but before a Korean particle, too."""
    return pattern.replace(r"\b", "(?![A-Za-z0-9])")


_UNIT = re.compile(
    r"(?P<gap>[ -]?)(?:" + "|".join(f"(?P<u{i}>{_ended(p)})" for i, (p, _, _) in enumerate(_UNITS)) + ")"
)
_CURRENCY = {"$": "usd", "£": "gbp", "€": "eur", "₩": "krw", "¥": "jpy"}
_NOUN = re.compile(either(*(one.rules.numbers.plural_noun for one in LANGUAGES)))
_MEASURED = {noun: unit for one in LANGUAGES for noun, unit in one.rules.numbers.measured.items()}
_NO_THINGS = frozenset(word for one in LANGUAGES for word in one.rules.numbers.no_things)


def scale(text: str, place: int) -> tuple[float, int]:
    """The power of ten behind place, million or K, and where it ends; (1, place) when there is none."""
    if word := _SCALE_WORD.match(text, place):
        return _SCALE_WORDS[word[1].lower()], word.end()
    if letter := _SCALE_LETTER.match(text, place):
        return _LETTER_SCALES[letter[1] or letter[2]], letter.end()
    return 1.0, place


def myriad(text: str, place: int) -> tuple[float, int]:
    """The sign of a power of ten behind place of a myriad and where it ends; (1, place) for none."""
    found = _MYRIAD.match(text, place)
    if not found:
        return 1.0, place
    value = 1.0
    for sign in found[0].strip():
        value *= _MYRIADS[sign]
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
