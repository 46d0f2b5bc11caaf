"""Write src/daybrief/assets/calendar_names.json: names of months, weekdays and halves of the day.

    pip install babel && python tools/build_calendar_names.py

The names are those of the Unicode Common Locale Data Repository (Unicode License v3), as Babel ships them,
and a few that feeds write and the repository does not hold. Each month has the languages that call it so,
since one word may name two months (`lipiec` is July, `lipanj` June, and both are `lip`).
"""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from pathlib import Path
from typing import Any

from daybrief.text.dates import name_key

TARGET = Path(__file__).parent.parent / "src" / "daybrief" / "assets" / "calendar_names.json"
LOCALES = (
    "af am ar ar_DZ ar_MA ar_SY az be bg bn bs ca cs cy da de de_AT el en en_AU en_GB es es_MX et eu "
    "fa fi fil fr fr_CA ga gl gu he hi hr hu hy id is it ja ka kk km kn ko ky lo lt lv mk ml mn mr ms "
    "my nb ne nl nn pa pl pt pt_PT ro ru si sk sl sq sr sr_Latn sv sw ta te th tr uk ur uz vi zh "
    "zh_Hant zu"
).split()
# The characters that follow a number and say what it counts, and the eras that years are counted from.
MARKS = {
    "year": "년年",
    "month": "월月",
    "day": "일日号號",
    "hour": "시時时点點",
    "minute": "분分",
    "second": "초秒",
}
ERAS = {"令和": 2018, "平成": 1988, "昭和": 1925, "民國": 1911, "民国": 1911}
NUMERALS = "〇零一二三四五六七八九"
# Words that stand between the parts of a date and say nothing.
LINKS = (
    "a of al alas alle am an as at au clock d da das de del den der di dia die dne do e el em en ene h "
    "hour i il in jam kell kello kl klo klock klockan klokken kls la las le les los mi na nam ngay nu "
    "o om on ora ore os p pada pe pukul r rok roku saat sat st su the tanggal th to u uhr um und v ve "
    "uur godz godzina hod vo y г год года году р рік року ч час в у о та και στις ώρα "
    "น เวลา ที่ วันที่ พ ศ พศ ค คศ ال في الساعة ב בשעה को बजे"
).split()
# What feeds write and the repository does not hold: older spellings and three letters without a dot.
FURTHER = {
    "en": {1: "janu", 9: "sept", 6: "june", 7: "july"},
    "de": {1: "jaenner jän jaen", 3: "maerz mär maer mrz"},
    "fr": {1: "jan", 2: "fev fév", 4: "avr", 7: "jul juil", 8: "aou aoû", 12: "dec déc"},
    "es": {9: "sep set setiembre", 1: "ene", 8: "ago"},
    "pt": {2: "fev", 3: "mar", 4: "abr", 5: "mai", 8: "ago", 9: "set", 10: "out", 12: "dez"},
    "it": {1: "gen", 5: "mag", 6: "giu", 7: "lug", 8: "ago", 9: "set sett", 10: "ott", 12: "dic"},
    "nl": {3: "mrt maa", 5: "mei", 10: "okt"},
    "fi": {1: "tammi", 2: "helmi", 3: "maalis", 4: "huhti", 5: "touko", 6: "kesä", 7: "heinä", 8: "elo",
           9: "syys", 10: "loka", 11: "marras", 12: "joulu"},
    "ru": {5: "мая май", 9: "сен сент", 11: "ноя нояб", 2: "фев февр"},
    "uk": {9: "вер", 11: "лис"},
    "pl": {10: "paź paz"},
    "tr": {2: "şub sub", 8: "ağu agu", 9: "eyl", 11: "kas", 12: "ara"},
    "id": {8: "agu agt agust", 10: "okt", 12: "des", 5: "mei"},
}  # fmt: skip
FURTHER_DAYS = "tues thur thurs weds"
LATIN_HALVES = frozenset("am pm vm nm fm sa ch".split())  # others are ordinary words elsewhere
# Words beside the time, without blanks; `noon` is about twelve, `night` before it or after.
HALVES = {
    "am": """
        am a.m. 오전 새벽 아침 上午 午前 凌晨 早上 清晨 早晨 清早 朝 早朝 صباحا sabah öö
        delamañana delamadrugada dumatin damanhã damadrugada delmattino dimattina
        morgens vormittags frühmorgens rano утра ранку
        'sochtends 'smorgens sáng pagi सुबह aamulla ráno dopoledne reggel délelőtt dimineața päivöö
        påmorgonen ommorgenen inthemorning""",
    "pm": """
        pm p.m. 오후 저녁 下午 午後 晚上 傍晚 晩 晚 夕方 مساء akşam ös delatarde dusoir delaprèsmidi datarde
        delpomeriggio disera abends nachmittags popołudniu wieczorem вечера вечора дня 'savonds 'smiddags
        chiều tối sore शाम illalla iltapäivällä odpoledne večer este délután seara dupăamiază påkvällen
        omaftenen påeftermiddagen intheafternoon intheevening""",
    "noon": "中午 낮 trưa siang दोपहर mittags",
    "night": """
        밤 夜 夜里 夜裡 夜间 夜間 深夜 半夜 malam रात ночи ночі
        delanoche danoite nachts denuit notte atnight""",
}


def main() -> None:
    """Write the table."""
    months, days, halves = _repository()
    for language, names in FURTHER.items():
        for number, spellings in names.items():
            for name in spellings.split():
                _note(months, name, number, language)
    both = halves["am"] & halves["pm"]
    beside = {half: {name_key(word) for word in words.split()} for half, words in HALVES.items()}
    table = {
        "months": {
            name: {str(n): " ".join(sorted(names[n])) for n in sorted(names)}
            for name, names in sorted(months.items())
        },
        "weekdays": sorted(days - {""}),
        **{
            half: sorted(beside[half] | {n for n in halves.get(half, set()) - both if n and _telling(n)})
            for half in HALVES
        },
        "links": sorted(map(name_key, LINKS)),
        "marks": MARKS,
        "eras": ERAS,
        "numerals": NUMERALS,
    }
    TARGET.write_text(json.dumps(table, ensure_ascii=False, indent=0) + "\n", encoding="utf-8")
    sys.stdout.write(f"{len(months)} names of months, {len(days)} of weekdays\n")


def _repository() -> tuple[dict[str, Any], set[str], dict[str, set[str]]]:
    """The months, weekdays and halves of the day of every locale."""
    from babel import Locale

    months: dict[str, dict[int, set[str]]] = defaultdict(lambda: defaultdict(set))
    days: set[str] = {name_key(name) for name in FURTHER_DAYS.split()}
    halves: dict[str, set[str]] = {"am": set(), "pm": set()}
    widths = [(context, width) for context in ("format", "stand-alone") for width in ("wide", "abbreviated")]
    for locale in map(Locale.parse, LOCALES):
        for context, width in widths:
            for number, name in locale.months[context][width].items():
                _note(months, name, number, locale.language)
            days |= {name_key(word) for name in locale.days[context][width].values() for word in name.split()}
        days |= {name_key(name) for name in locale.days["format"].get("short", {}).values()}
        for width in ("wide", "abbreviated"):
            names = locale.day_periods["format"].get(width, {})
            for half in halves.keys() & names.keys():
                halves[half].add(name_key(names[half]))
    return months, days, halves


def _telling(half: str) -> bool:
    return not half.isascii() or half in LATIN_HALVES


def _note(months: dict[str, dict[int, set[str]]], name: str, number: int, language: str) -> None:
    """A name of one word or two; `3월` and `tháng 3` are read by their digit."""
    words = [
        word for word in name.replace("’", " ").replace("'", " ").split() if word.lower() not in ("de", "d")
    ]
    key = name_key("".join(words))
    if len(words) <= 2 and len(key) > 1 and not any(c.isdigit() for c in key) and key not in ("thang", "thg"):
        months[key][number].add(language)


if __name__ == "__main__":
    main()
