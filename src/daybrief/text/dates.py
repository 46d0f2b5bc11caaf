"""Dates as people and programs write them, in many languages, made aware instants of UTC.

What cannot be read without a guess is None: no part of a date ever comes from the clock, and `03/04/2024` is
neither March nor April unless its writer's order is known. The words are those of the Unicode Common Locale
Data Repository (tools/build_calendar_names.py).
"""

from __future__ import annotations

import contextlib
import json
import unicodedata
from datetime import UTC, date, datetime, timedelta, timezone, tzinfo
from functools import cache, lru_cache
from importlib.resources import files
from typing import Literal, NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError, available_timezones

import regex

from daybrief.languages import CHINESE, TELLING_SCRIPTS

Order = Literal["", "dmy", "mdy", "ymd"]

_MOST = 120  # characters of a date
_FURTHEST = timedelta(hours=14)
_OLDEST, _NEWEST = 1900, 2200
_EVENING, _FORENOON = 6, 10  # the first hours that are called night, and noon
_BUDDHIST = range(2400, 2700), 543  # years of Thailand

_LATIN_BEFORE = 5
_HALVES = ("am", "pm", "noon", "night")
_EPOCH = regex.compile(r"\d{9,10}(?:\.\d{1,9})?|\d{13}|\d{16}")
_ISO = regex.compile(r"(?P<day>(?:19|20)\d\d-\d\d-\d\d)(?:t(?P<time>\d\d:\d\d:\d\d)z)?", regex.ASCII)
_HOURLY = regex.compile(r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])(?:[01]\d|2[0-3])")
_COMPACT = regex.compile(
    r"(?P<y>\d{4})(?P<m>\d\d)(?P<d>\d\d)(?:[t ]?(?P<h>\d\d)(?P<min>\d\d)(?P<s>\d\d)?(?:[.,]?\d{1,9})?)?"
    r"(?P<rest>(?:\D.*)?)"
)
_WEEK = regex.compile(r"(?P<y>\d{4})-?w(?P<w>\d\d)-?(?P<n>[1-7])(?=\D|\Z)")
_DAY_OF_YEAR = regex.compile(r"(?P<y>\d{4})-(?P<n>\d{3})(?=[t\s]|\Z)")
_NOON = regex.compile(
    r"(?<!\p{L})(?:12(?::00)?\s?)?noon(?!\p{L})|(?:12(?::00)?\s?)?(?:\uc815\uc624|\u6b63\u5348)"
)  # Korean, Chinese
_COLONS = regex.compile(r"\A(\d{4}):(\d\d):(\d\d)\b")  # as cameras write
_DOTTED_TIME = regex.compile(r"(?<![\d.])(?P<h>[01]?\d|2[0-3])\.(?P<m>[0-5]\d)(?:\.(?P<s>[0-5]\d))?(?![\d.])")
_SHIFT = r"(?P<sign>[+\u2212-])(?P<h>\d{1,2})(?::?(?P<m>\d\d))?(?::?00)?\)?(?!\d)"
# Beside the time, after a name, or at the end: elsewhere `-11` is a month.
_OFFSET = regex.compile(
    rf"\A\s*\(?(?:(?:utc|gmt|z)\s?)?{_SHIFT}|\b(?:utc|gmt)\s?{_SHIFT}"
    r"|(?<=\s)\(?(?P<sign>[+-])(?P<h>\d\d):?(?P<m>\d\d)\)?\Z"
)
_OFFSET_OF_DAY = regex.compile(r"(?<=\d)\s?(?:z|(?P<sign>[+-])(?P<h>\d\d):(?P<m>\d\d))\Z")
_IANA = regex.compile(r"\[?\b([a-z]+(?:/[a-z_+-]+){1,2})\b\]?")
_BRACKETS = regex.compile(r"\(([^()]*)\)|\[([^\[\]]*)\]")
_NUMERIC = regex.compile(r"(?<![\d/.-])(\d{1,4})\s?([/.-])\s?(\d{1,2})\s?\2\s?(\d{1,4})(?!\d)")
_ORDINAL = regex.compile(r"(?<=\d)(?:st|nd|rd|th|er|ere|re|eme|e|o|a)(?![\p{L}\d])|(?<=\d)[º°ª]")
_WORD = regex.compile(r"\p{L}[\p{L}\p{M}]*(?:\.\p{L}[\p{L}\p{M}]*)*")
_TOKEN = regex.compile(rf"@\d+|=\d+|~\d+|\d+|{_WORD.pattern}")

# Minutes ahead of UTC: RFC 822, and what has one common meaning in
# https://en.wikipedia.org/wiki/List_of_time_zone_abbreviations
_ZONES = {
    "z": 0, "ut": 0, "utc": 0, "gmt": 0, "wet": 0, "west": 60, "azot": -60, "cvt": -60, "cet": 60,
    "cest": 120, "met": 60, "mest": 120, "mez": 60, "mesz": 120, "wat": 60, "cat": 120, "eet": 120,
    "eest": 180, "sast": 120, "msk": 180, "msd": 240, "trt": 180, "eat": 180, "idt": 180, "irst": 210,
    "gst": 240, "azt": 240, "samt": 240, "get": 240, "aft": 270, "pkt": 300, "uzt": 300, "yekt": 300,
    "npt": 345, "almt": 300, "omst": 360, "ict": 420, "wib": 420, "novt": 420, "krat": 420, "wita": 480,
    "hkt": 480, "sgt": 480, "myt": 480, "pht": 480, "awst": 480, "irkt": 480, "ulat": 480, "kst": 540,
    "jst": 540, "wit": 540, "yakt": 540, "kdt": 600, "acst": 570, "acdt": 630, "aest": 600, "aedt": 660,
    "vlat": 600, "nzst": 720, "nzdt": 780, "nst": -210, "ndt": -150, "ast": -240, "adt": -180,
    "est": -300, "edt": -240, "cst": -360, "cdt": -300, "mst": -420, "mdt": -360, "pst": -480,
    "pdt": -420, "akst": -540, "akdt": -480, "hst": -600, "hdt": -540, "art": -180, "brt": -180,
    "brst": -120, "clt": -240, "clst": -180, "cot": -300, "pet": -300, "uyt": -180, "ist": 330, "bst": 60,
    "мск": 180,
}  # fmt: skip
# What Americans call their zones in winter and summer alike.
_ZONES_OF_BOTH = {
    "et": "America/New_York", "ct": "America/Chicago", "mt": "America/Denver", "pt": "America/Los_Angeles",
}  # fmt: skip
# Abbreviations that mean another zone where another language is spoken.
_ZONES_BY_LANGUAGE = {
    ("cst", CHINESE): 480, ("ist", "he"): 120, ("ist", "ga"): 60, ("bst", "bn"): 360, ("ast", "ar"): 180,
    ("mst", "ms"): 480, ("pst", "fil"): 480, ("pst", "tl"): 480,
}  # fmt: skip


_SCRIPTS = tuple(
    (language, regex.compile(rf"\p{{{script}}}")) for language, script in TELLING_SCRIPTS.items()
)


class _Clock(NamedTuple):
    """A time of day, and the text around it: what stands after it begins with a bar."""

    hour: int
    minute: int
    second: int
    rest: str


class _Names(NamedTuple):
    """The words of dates, and the patterns made of them."""

    months: dict[str, dict[int, frozenset[str]]]
    idle: frozenset[str]  # weekdays, and words between the parts
    eras: dict[str, int]
    numerals: dict[int, str]
    time: regex.Pattern[str]
    before: tuple[tuple[str, regex.Pattern[str]], ...]  # which half of the day, named before the time
    after: tuple[tuple[str, regex.Pattern[str]], ...]
    year: regex.Pattern[str]
    month: regex.Pattern[str]
    day: regex.Pattern[str]
    chinese: regex.Pattern[str]
    tens: regex.Pattern[str]


@lru_cache(maxsize=4_096)
def instant(stated: str, *, zone: str = "UTC", order: Order = "", language: str = "") -> datetime | None:
    """The instant a text states, in UTC; None for what is no whole date or could be two.

    `zone` is that of times that name none, and decides what an abbreviation of its own means; `order` is that
    of days written as three short numbers; `language` (BCP 47) decides what a word means that several share.
    """
    if len(stated) > _MOST:
        return None
    text = _folded(stated)
    try:
        if _EPOCH.fullmatch(text):
            # `2024112609` is an hour of that day, or an instant of 2034.
            return None if _HOURLY.fullmatch(text) else _plausible(_from_epoch(text))
        if plain := _ISO.fullmatch(text):  # most of what programs write: no pattern of a language is made
            with contextlib.suppress(ValueError):
                return _plausible(_from_iso(plain, ZoneInfo(zone)))
        spoken = language.partition("-")[0].lower() or language_of(text)
        return _plausible(_read(text, ZoneInfo(zone), order, spoken))
    except (ValueError, OverflowError):
        return None


def is_zone(name: str) -> bool:
    """Whether the zone database has a zone of this name."""
    try:
        return bool(ZoneInfo(name).key)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False


def name_key(name: str) -> str:
    """A name of a month or weekday as it is looked up: without case, dots and accents of European scripts."""
    return "".join(c for c in _folded(name) if c.isalnum() or unicodedata.category(c) in ("Mn", "Mc"))


def language_of(text: str) -> str:
    """The language of a text whose script is hardly used for but one; "" for the others."""
    return next((language for language, letter in _SCRIPTS if letter.search(text)), "")


def _folded(text: str) -> str:
    if not text.isascii():
        text = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", text))
        text = unicodedata.normalize("NFC", "".join(c for c in text if not "\u0300" <= c <= "\u036f"))
        text = "".join(str(unicodedata.decimal(c)) if c.isdecimal() else c for c in text)
        text = regex.sub(r"[\u200e\u200f\u061c]", "", text).replace("·", " ")
        text = regex.sub(r"[\u2010\u2011]", "-", text)
    return " ".join(text.casefold().split())


def _from_iso(match: regex.Match[str], zone: ZoneInfo) -> datetime:
    day = datetime.fromisoformat(f"{match['day']}T{match['time'] or '00:00:00'}")
    return day.replace(tzinfo=UTC if match["time"] else zone).astimezone(UTC)


def _from_epoch(text: str) -> datetime:
    seconds = float(text) if len(text.partition(".")[0]) <= 10 else int(text) / 10 ** (len(text) - 10)
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=int(seconds))


def _plausible(instant: datetime | None) -> datetime | None:
    """The instant, unless its year shows that some number was misread as a date."""
    return instant if instant is not None and _OLDEST < instant.year < _NEWEST else None


def _read(text: str, zone: ZoneInfo, order: Order, language: str) -> datetime | None:
    if compact := _COMPACT.fullmatch(text):
        clock = _Clock(
            int(compact["h"] or 0), int(compact["min"] or 0), int(compact["s"] or 0), compact["rest"]
        )
        offset, left = _zone_in(f"|{clock.rest}", zone, language)
        day = date(int(compact["y"]), int(compact["m"]), int(compact["d"]))
        return None if left.strip(" |") else _placed(day, clock, offset)
    text = _NOON.sub(" 12:00 ", text)
    text = _COLONS.sub(r"\1-\2-\3", regex.sub(r"(?<=\d)t(?=\d)", " ", _with_digits(text)))
    clock = _clock_in(text)
    offset, left = _zone_in(clock.rest, zone, language)
    return _placed(_day_in(left, order, language), clock, offset)


def _placed(day: date | None, clock: _Clock, offset: tzinfo | None) -> datetime | None:
    late = clock.hour * 3_600 + clock.minute * 60 + min(clock.second, 59)
    if day is None or offset is None or clock.hour > 24 or late > 86_400:
        return None
    midnight = datetime(day.year, day.month, day.day, tzinfo=offset)
    return (midnight + timedelta(seconds=late)).astimezone(UTC)


def _with_digits(text: str) -> str:
    """Chinese numerals as digits, where a date in Chinese is written with them."""
    names = _names()
    if not names.chinese.search(text):
        return text

    def tens(numeral: regex.Match[str]) -> str:
        return f"{names.numerals[ord(numeral['t'])] if numeral['t'] else 1}{numeral['u'] or 0}".translate(
            names.numerals
        )

    # Only before a mark: the day of the week is a numeral, too.
    return names.chinese.sub(lambda m: names.tens.sub(tens, m[0]).translate(names.numerals), text)


# ── the time of day ─────────────────────────────────────────────────────────────────────────────────


def _clock_in(text: str) -> _Clock:
    """The time of day in a text; midnight where there is none. Raises ValueError for one that cannot be."""
    time = _names().time.search(text)
    if time is None and (dotted := list(_DOTTED_TIME.finditer(text))):
        time = dotted[-1]  # two numbers with a dot are no date
    if time is None:
        return _Clock(0, 0, 0, text)
    before, after = text[: time.start()], text[time.end() :]
    hour, minute, second = (int(time[name] or 0) for name in ("h", "m", "s"))
    half, before, after = _half_of_day(before, after)
    return _Clock(_hour_of(hour, half), minute, second, f"{before}|{after}")


def _hour_of(hour: int, half: str) -> int:
    """The hour of a clock of twelve in that part of the day; raises ValueError for one it has not."""
    if half == "am" and hour > 12:
        raise ValueError(f"no hour of the morning: {hour}")
    if not half or hour > 12:
        return hour
    if half == "night":  # from six on before midnight, else after; twelve is the end of either day
        if hour in (0, 12):
            raise ValueError("the night of which day?")
        return hour + 12 if hour >= _EVENING else hour
    if half == "noon":
        return hour if hour >= _FORENOON else hour + 12
    return hour % 12 + (12 if half == "pm" else 0)


def _half_of_day(before: str, after: str) -> tuple[str, str, str]:
    """The half of the day that a word beside the time names, and the texts without that word."""
    for half, pattern in _names().after:
        if word := pattern.match(after):
            return half, before, after[word.end() :]
    for half, pattern in _names().before:
        if word := pattern.search(before):
            return half, before[: word.start()], after
    return "", before, after


# ── the zone ────────────────────────────────────────────────────────────────────────────────────────


def _zone_in(text: str, zone: ZoneInfo, language: str) -> tuple[tzinfo | None, str]:
    """The zone named after the time, else the given one, and the text without it; None: there is no such."""
    before, bar, after = text.partition("|")
    if not bar:
        mark = _OFFSET_OF_DAY.search(text)
        if mark is None or not mark["sign"]:
            return (UTC, text[: mark.start()]) if mark else (zone, text)
        before, after = text[: mark.start()], text[mark.start() :]
    if stated := _OFFSET.search(after):
        shift = timedelta(hours=int(stated["h"]), minutes=int(stated["m"] or 0))
        if shift > _FURTHEST or int(stated["m"] or 0) > 59:
            return None, ""
        rest = f"{after[: stated.start()]} {after[stated.end() :]}"
        # What follows an offset in brackets, or as a name, says the same again.
        return timezone(shift if stated["sign"] == "+" else -shift), before + _without_names(
            _BRACKETS.sub(" ", rest)
        )
    if (name := _IANA.search(after)) and (named := _by_name(name[1])):
        return named, f"{before} {after[: name.start()]} {after[name.end() :]}"
    after = _BRACKETS.sub(lambda m: f" {m[1] or m[2] or ''} ", after)
    for place, word in enumerate(_WORD.finditer(after)):
        if place == 0 and (both := _ZONES_OF_BOTH.get(word[0])) and not after[: word.start()].strip():
            return ZoneInfo(both), f"{before} {after[word.end() :]}"
        if (offset := _abbreviated(name_key(word[0]), zone, language)) is not None:
            return offset, f"{before} {after[: word.start()]} {after[word.end() :]}"
    return zone, f"{before} {after}"


def _without_names(text: str) -> str:
    """The text without abbreviations of zones."""
    return _WORD.sub(lambda word: " " if name_key(word[0]) in _ZONES else word[0], text)


def _by_name(name: str) -> ZoneInfo | None:
    """The zone of a name of the zone database in small letters: `america/port_of_spain`."""
    full_name = _zone_names().get(name)
    return ZoneInfo(full_name) if full_name else None


@cache
def _zone_names() -> dict[str, str]:
    return {name.casefold(): name for name in available_timezones()}


def _abbreviated(word: str, zone: ZoneInfo, language: str) -> tzinfo | None:
    """The zone of an abbreviation: in the given zone, where the language is spoken, else everywhere."""
    for month in (1, 7):
        local = datetime(2024, month, 1, tzinfo=zone)
        if (local.tzname() or "").lower() == word and (shift := local.utcoffset()) is not None:
            return timezone(shift)
    minutes = _ZONES_BY_LANGUAGE.get((word, language), _ZONES.get(word))
    return None if minutes is None else timezone(timedelta(minutes=minutes))


# ── the day ─────────────────────────────────────────────────────────────────────────────────────────


def _day_in(text: str, order: Order, language: str) -> date | None:
    """The civil day a text states; None when a part is missing, twice there, or could be another."""
    names = _names()
    text = _BRACKETS.sub(lambda m: f" {m[1] or m[2] or ''} ", text)
    if week := _WEEK.search(text):
        return date.fromisocalendar(int(week["y"]), int(week["w"]), int(week["n"]))
    if nth := _DAY_OF_YEAR.match(text):
        day = date(int(nth["y"]), 1, 1) + timedelta(days=int(nth["n"]) - 1)
        return day if day.year == int(nth["y"]) else None
    text = names.year.sub(_marked_year, text)
    text = names.month.sub(lambda m: f" @{m[1] or m[2]} ", text)
    text = names.day.sub(lambda m: f" ~{m[1] or m[2]} ", text)
    if "@" not in text and (match := _NUMERIC.search(text)):
        if regex.search(r"\d", text[: match.start()]) or _says_more(text[match.end() :]):
            return None
        numbers = (int(match[1]), int(match[3]), int(match[4]))
        return _from_numbers(numbers, (len(match[1]), len(match[4])), match[2], order)
    return _from_words(_TOKEN.findall(_ORDINAL.sub(" ", text)), language)


def _marked_year(match: regex.Match[str]) -> str:
    stated = match["y"]
    year = int(stated) if stated.isdecimal() else 1
    if match["era"]:
        year += _names().eras[match["era"]]
    elif len(stated) == 2:
        year = _century(year)
    return f" ={year} "


def _century(short: int) -> int:
    """A year of two digits, as POSIX reads it."""
    return short + (2000 if short < 69 else 1900)


def _western(year: int) -> int:
    years, ahead = _BUDDHIST
    return year - ahead if year in years else year


def _says_more(text: str) -> bool:
    """Whether a text holds anything but names of weekdays and words that say nothing."""
    return not all(_idle(token) for token in _TOKEN.findall(text))


def _idle(token: str) -> bool:
    return name_key(token) in _names().idle


def _from_numbers(
    numbers: tuple[int, int, int], widths: tuple[int, int], separator: str, order: Order
) -> date | None:
    first, middle, last = numbers
    if widths[0] == 4:
        return date(_western(first), middle, last) if widths[1] <= 2 else None
    if widths[1] == 4 or order in ("dmy", "mdy"):
        year = last if widths[1] == 4 else _century(last)
        return _day_and_month(first, middle, _western(year), "dmy" if separator == "." else order)
    if order == "ymd" and widths == (2, 2):
        return date(_century(first), middle, last)
    return None


def _day_and_month(first: int, second: int, year: int, order: Order) -> date | None:
    if second > 12 or (order == "mdy" and first <= 12):
        return date(year, first, second)
    if first > 12 or first == second or order == "dmy":
        return date(year, second, first)
    return None


def _from_words(tokens: list[str], language: str) -> date | None:
    """A day whose month is named, or whose parts are marked; words before it may say anything."""
    kinds: dict[str, list[int]] = {"@": [], "=": [], "~": [], "short": []}
    begun = False
    for place, token in enumerate(tokens):
        if token[0] in kinds:
            kinds[token[0]].append(int(token[1:]))
        elif token.isdecimal():
            kinds["=" if len(token) == 4 else "short"].append(int(token))
        elif month := _month(tokens, place, language):
            kinds["@"].append(month)
        elif begun and not _idle(token) and not _month(tokens, place - 1, language):
            return None
        else:
            continue
        begun = True
    if len(kinds["@"]) == 2 and _idle(tokens[0]):
        del kinds["@"][0]  # `mar` is Tuesday, too
    if language == "th" and not kinds["="] and len(kinds["short"]) == 2:
        kinds["="] = [kinds["short"].pop() + _BUDDHIST[0].start + 100]
    return _assembled(kinds["@"], kinds["="], kinds["~"], kinds["short"])


def _assembled(months: list[int], years: list[int], days: list[int], short: list[int]) -> date | None:
    """The day of one month, one year and one day; numbers without a mark are first the day, then the year."""
    if not days and short:
        days = [short.pop(0)]
    if not years and short:
        years = [_century(short.pop(0))] if short[0] < 100 else []
    if short or not len(months) == len(years) == len(days) == 1:
        return None
    return date(_western(years[0]), months[0], days[0])


def _month(tokens: list[str], place: int, language: str) -> int:
    """The month that a word names, or it and the next; 0 when none, or two in different languages."""
    months = _names().months
    key, both = name_key(tokens[place]), "".join(map(name_key, tokens[place : place + 2]))
    # Hebrew writes "in" together with the name.
    candidates = months.get(both) or months.get(key) or months.get(key[1:] if key[:1] == "\u05d1" else "", {})
    spoken = [number for number, languages in candidates.items() if language in languages]
    numbers = spoken or list(candidates)
    return numbers[0] if len(numbers) == 1 else 0


# ── the words ───────────────────────────────────────────────────────────────────────────────────────


@cache
def _names() -> _Names:
    table = json.loads((files("daybrief") / "assets" / "calendar_names.json").read_text(encoding="utf-8"))
    months = {
        name: {int(number): frozenset(languages.split()) for number, languages in by_number.items()}
        for name, by_number in table["months"].items()
    }
    mark = {name: f"[{characters}]" for name, characters in table["marks"].items()}
    numerals = table["numerals"]
    digits = {ord(c): str(max(0, n - 1)) for n, c in enumerate(numerals)}
    ten = "\u5341"
    return _Names(
        months=months,
        idle=frozenset((*table["weekdays"], *table["links"])),
        eras=table["eras"],
        numerals=digits,
        time=regex.compile(_time_pattern(mark)),
        before=tuple((half, _half_pattern(table[half], before=True)) for half in _HALVES),
        after=tuple((half, _half_pattern(table[half], before=False)) for half in _HALVES),
        year=regex.compile(
            rf"(?P<era>{'|'.join(table['eras'])})?\s?(?P<y>\d{{1,4}}|\u5143)\s?{mark['year']}|\bnam\s(?P<y>\d{{4}})\b"
        ),
        month=regex.compile(rf"(?<!\d)(\d{{1,2}})\s?{mark['month']}|\b(?:thang|thg)\s(\d{{1,2}})\b"),
        day=regex.compile(rf"(?<!\d)(\d{{1,2}})\s?{mark['day']}|\bngay\s(\d{{1,2}})\b"),
        chinese=regex.compile(rf"[{numerals}{ten}]{{1,4}}(?={mark['year']}|{mark['month']}|{mark['day']})"),
        tens=regex.compile(rf"(?P<t>[{numerals[2:]}]?){ten}(?P<u>[{numerals[2:]}]?)"),
    )


def _time_pattern(mark: dict[str, str]) -> str:
    return (
        r"(?<![\d/.+\u2212-])(?P<h>\d{1,2})(?:"
        r"\s?:\s?(?P<m>[0-5]\d)(?:\s?:\s?(?P<s>[0-5]\d|60)(?:[.,:]\d{1,9})?)?(?![\d:])"
        rf"|\s?{mark['hour']}\s?(?:(?P<m>[0-5]?\d)\s?{mark['minute']}?\s?(?:(?P<s>[0-5]?\d)\s?{mark['second']})?)?"
        r"|\s?h\s?(?P<m>[0-5]\d)?(?![\p{L}\d])|(?:[.:](?P<m>[0-5]\d))?\s?uhr\b|(?=\s?(?:[ap]\.?\s?m\b)))"
    )


def _half_pattern(words: list[str], *, before: bool) -> regex.Pattern[str]:
    """Any of these words at the end of a text, or at its start; letters may be dotted and spaced."""
    short = _LATIN_BEFORE if before else 0  # a short Latin word before a time may be any word
    longest = sorted((w for w in words if not w.isascii() or len(w) >= short), key=len, reverse=True)
    spelled = "|".join(r"[.'\u2019-]?\s?".join(map(regex.escape, word)) for word in longest)
    if before and not {"am", "pm"}.isdisjoint(
        words
    ):  # Koreans write `2024-11-26 PM 6:00`; elsewhere a Latin word before the time may be any
        latin = r"\.?\s?".join("am" if "am" in words else "pm")
        return regex.compile(rf"(?<!\p{{Latin}})(?:{spelled}|(?<=\d[.)\s]\s?){latin})\.?\s?\Z")
    if before:
        return regex.compile(rf"(?<!\p{{Latin}})(?:{spelled})\s?\Z")
    return regex.compile(rf"(?:\s?(?:uhr|uur|h)\b)?[\s'\u2019]{{0,2}}(?:{spelled})\.?(?![\p{{L}}\p{{M}}])")
