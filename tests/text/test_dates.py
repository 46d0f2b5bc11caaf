"""A date is read as its writer meant it, or not at all."""

# ruff: noqa: E501 - tables read best in rows
from __future__ import annotations

import time
from datetime import UTC, datetime
from typing import Any

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from daybrief.text.dates import instant, is_zone

# 2024-11-26 in many spellings: midnight, nine o'clock or three in the afternoon UTC unless a zone says else.
DAYS = """
2024-11-26 | 2024/11/26 | 2024.11.26 | 2024. 11. 26. | 2024.11.26. | 20241126 | 2024-W48-2
26.11.2024 | 26/11/2024 | 11/26/2024 | 26-11-2024 | 26 Nov 2024 | Nov 26, 2024 | Nov. 26th, 2024
November 26 2024 | 26-Nov-24 | Tuesday, 26 November 2024 | the 26th of November 2024
2024-11-26 星期二 | 2024/11/26(火) | 2024년 11월 26일 | 2024년 11월 26일 화요일 | 11월 26, 2024
24년 11월 26일 | 화, 26 11월 2024 | 2024年11月26日 | 2024年11月26日(火) | 二〇二四年十一月二十六日
令和6年11月26日 | 民國113年11月26日 | 2024年11月26號 星期二 | 26. November 2024 | Di., 26. Nov. 2024
Dienstag, den 26. November 2024 | mar., 26 nov. 2024 | le mardi 26 novembre 2024 | 26 noviembre 2024
mar, 26 nov 2024 | martes, 26 de noviembre de 2024 | 26 de novembro de 2024 | ter, 26 nov 2024
26 novembre 2024 | mar 26 nov 2024 | dinsdag 26 november 2024 | tisdag 26 november 2024
26. marraskuuta 2024 | tiistai 26. marraskuuta 2024 | 26 marras 2024 | 26. listopadu 2024
2024. november 26. | 26 noiembrie 2024 | Вт, 26 ноя 2024 | вторник, 26 ноября 2024 г.
26 листопада 2024 | 26 ноември 2024 | 26 Νοεμβρίου 2024 | Τρί, 26 Νοε 2024 | 26 Kasım 2024 Salı
٢٦ نوفمبر ٢٠٢٤ | 26 تشرين الثاني 2024 | 26 בנובמבר 2024 | 26 नवंबर 2024 | 26 พฤศจิกายน 2567
26 พ.ย. 2567 | 26 tháng 11, 2024 | ngày 26 tháng 11 năm 2024 | Thứ Ba, 26/11/2024
26 November 2024 Selasa | Selasa, 26 Nov 2024 | 26 studenoga 2024 | 26. novembra 2024
26 lapkričio 2024 | 26. novembris 2024 | 26. nóvember 2024 | dimarts, 26 de novembre del 2024
"""
NINES = """
Tue, 26 Nov 2024 09:00:00 GMT | Tue, 26 Nov 2024 09:00 +0000 | 26 Nov 24 09:00:00 UT
Tue Nov 26 09:00:00 2024 | Tuesday, 26-Nov-24 09:00:00 GMT | Tue, Nov 26 2024 09:00:00 GMT
Tue Nov 26 18:00:00 KST 2024 | Tue Nov 26 2024 18:00:00 GMT+0900 (Korean Standard Time)
Tue, 26 Nov 2024 18:00:00 +09:00 (KST) | 2024-11-26T09:00:00Z | 2024-11-26T09:00:00.1234567Z
2024-11-26T18:00:00,123+09 | 20241126T090000Z | 20241126090000 | 2024-11-26 09:00:00 UTC
2024-11-26 18:00:00 UTC+09:00 | 2024-11-26 18:00:00 GMT+9 | 2024-11-26 18:00 +0900
2024-11-26T10:00:00+01:00[Europe/Paris] | 2024-11-26 04:00 America/New_York | 2024:11:26 09:00:00
Tue, 26 Nov 2024 18:00:00 KST | Tue, 26 Nov 2024 18:00:00 JST | Tue, 26 Nov 2024 10:00:00 CET
Tue, 26 Nov 2024 11:00:00 CEST | Tue, 26 Nov 2024 14:30:00 IST | Tue, 26 Nov 2024 10:00:00 BST
Tue, 26 Nov 2024 04:00:00 EST | Tue, 26 Nov 2024 03:00:00 CST | Tue, 26 Nov 2024 01:00:00 PST
Tue, 26 Nov 2024 12:00:00 MSK | Tue, 26 Nov 2024 20:00:00 AEDT | Tue, 26 Nov 2024 11:00:00 EET
26/Nov/2024:09:00:00 +0000 | Nov 26, 2024 at 9:00 a.m. | Nov 26, 2024, 9 AM | 11/26/2024 9:00 AM
09:00 26.11.2024 | 2024.11.26 09:00 | 2024. 11. 26. 오전 9:00 | 2024년 11월 26일 오전 9시
2024年11月26日 上午9点 | 2024年11月26日 9時00分 | 2024年11月26日 午前9時
Di, 26.11.2024 - 09:00 Uhr | 26. November 2024, 9 Uhr | 26 novembre 2024 à 9h00
26 de novembro de 2024 às 9h00 | 26. marraskuuta 2024 klo 9.00 | 26. november 2024 kl. 9.00
26 nov 2024 9:00 | вторник, 26 ноября 2024 г. в 09:00 | Вт, 26 ноя 2024 12:00:00 +0300
Thứ Ba, 26/11/2024 16:00 +0700 | 1732611600 | 1732611600000 | 1732611600000000 | 1732611600.5
2024-11-26T09:00Z | 2024-11-26t09:00:00z
"""
AFTERNOONS = """
2024년 11월 26일 오후 3시 | 2024. 11. 26. 오후 3:00 | 2024-11-26 오후 03:00
2024年11月26日 下午3点00分 | 2024年11月26日 午後3時 | 2024-11-26 3:00 PM | Nov 26, 2024 3pm
Nov 26, 2024 at 3 p.m. | 26 nov 2024 15h | 2024年11月26日15時00分 | 26/11/2024 3:00:00 μ.μ.
2024年11月26日 15時 | 26.11.2024, 15.00 Uhr | 2024-11-26T15:00:00+00:00
Tue, 26 Nov 2024 23:00:00 HKT | 26 नवंबर 2024 15:00 | 2024-11-26 15:00:00 +0000 UTC
Tue, 26 Nov 2024 15:00:00 +0000 (UTC) | Tue, 26 Nov 2024 15:00:00 Etc/GMT | 2024-11-26 10:00 US/Eastern
"""

UNREADABLE = ["", "2024", "2024-11", "2024-W48", "26 Nov", "November 2024", "yesterday", "gestern", "3 hours ago", "09:00",
     "어제", "방금 전", "03/04/2024", "24.11.26", "26.11.24", "3/4/24", "2024112609", "31 Feb 2024", "2024-13-01",
     "26 Nov 2024 25:00", "26 Nov 2024 15:00 AM", "Tue, 26 Nov 2024 18:00:00 XYZT", "26 Nov 2024 09:00 +2500",
     "26 listopada 2024", "26 Nov 2024 27 Nov 2024", "1403/09/06", "0000-00-00", "99999999999999", "26 Nov 12345",
     "Posted on Nov 26, 2024 by Bob 3",
     "2023-366", "2024-367T09:00:00Z", "26 November 2024 12:00 at night", "2024년 11월 26일 밤 12시"]  # fmt: skip


PARTS_OF_DAY = """
2024年11月26日 晚上8:30 = 20:30 | 2024年11月26日 中午12:10 = 12:10 | 2024年11月26日 中午1点 = 13:00
2024年11月26日 傍晚6点 = 18:00 | 2024年11月26日 凌晨1点 = 01:00 | 2024年11月26日 深夜2時 = 02:00
2024年11月26日 午後6時5分 = 18:05 | 2024年11月26日 夜9時 = 21:00 | 2024年11月26日 朝7時 = 07:00
2024년 11월 26일 밤 11시 20분 = 23:20 | 2024년 11월 26일 낮 1시 = 13:00 | 2024년 11월 26일 낮 12시 = 12:00
2024년 11월 26일 저녁 7시 = 19:00 | 2024년 11월 26일 새벽 3시 = 03:00 | 2024-11-26 오전 12:10 = 00:10
26 de noviembre de 2024, 6:00 de la tarde = 18:00 | 26 de noviembre de 2024 11:00 de la noche = 23:00
26 de noviembre de 2024, 7:00 de la mañana = 07:00 | 26 de novembro de 2024, 8:00 da noite = 20:00
26 novembre 2024, 6:00 du soir = 18:00 | 26 novembre 2024 à 3:00 de l'après-midi = 15:00
26. November 2024, 6:00 Uhr abends = 18:00 | 26. November 2024, 9 Uhr morgens = 09:00
26 ноября 2024, 7:30 вечера = 19:30 | 26 ноября 2024 г., 11:00 ночи = 23:00 | 26 ноября 2024, 2:00 ночи = 02:00
26 листопада 2024, 6:15 вечора = 18:15 | 26 Kasım 2024 akşam 6:00 = 18:00
26 november 2024, 6:00 's avonds = 18:00 | 26/11/2024 8:00 tối = 20:00 | 26 नवंबर 2024 शाम 6:00 = 18:00
26 novembre 2024 6:30 di sera = 18:30 | November 26, 2024 6:00 in the evening = 18:00
26 November 2024 11:00 at night = 23:00 | Nov 26, 2024 12 noon = 12:00 | 2024년 11월 26일 정오 = 12:00
"""


def spellings(table: str) -> list[str]:
    return [
        spelling.strip() for line in table.splitlines() for spelling in line.split(" | ") if spelling.strip()
    ]


@pytest.mark.parametrize(
    ("table", "hour"), [(DAYS, 0), (NINES, 9), (AFTERNOONS, 15)], ids=["days", "nine", "three"]
)
def test_a_date_is_read_in_every_spelling(table: str, hour: int) -> None:
    meant = datetime(2024, 11, 26, hour, tzinfo=UTC)
    assert not {spelling: moment for spelling in spellings(table) if (moment := instant(spelling)) != meant}
    assert len(spellings(DAYS + NINES + AFTERNOONS)) >= 150


@pytest.mark.parametrize("row", spellings(PARTS_OF_DAY))
def test_the_part_of_the_day_is_understood_in_many_languages(row: str) -> None:
    stated, _, clock = row.rpartition(" = ")
    assert instant(stated) == datetime.fromisoformat(f"2024-11-26T{clock}+00:00")


@pytest.mark.parametrize("stated", UNREADABLE)
def test_what_is_no_whole_date_or_could_be_two_is_none(stated: str) -> None:
    assert instant(stated) is None


@pytest.mark.parametrize(
    ("stated", "how", "expected"),
    [
        ("2024-11-26 18:00", {"zone": "Asia/Seoul"}, "2024-11-26T09:00"),
        ("2024-11-26", {"zone": "Asia/Seoul"}, "2024-11-25T15:00"),
        ("2024-07-01 12:00", {"zone": "Europe/Berlin"}, "2024-07-01T10:00"),
        ("2024-11-26 09:00 UTC", {"zone": "Asia/Seoul"}, "2024-11-26T09:00"),
        ("03/04/2024", {"order": "mdy"}, "2024-03-04T00:00"),
        ("03/04/2024", {"order": "dmy"}, "2024-04-03T00:00"),
        ("3/4/24", {"order": "mdy"}, "2024-03-04T00:00"),
        ("24.11.26", {"order": "ymd"}, "2024-11-26T00:00"),
        ("03.04.2024", {"order": "mdy"}, "2024-04-03T00:00"),  # nobody writes a month first before a dot
        ("26 Nov 2024 17:00 CST", {"zone": "Asia/Shanghai"}, "2024-11-26T09:00"),
        ("26 Nov 2024 17:00 CST", {"language": "zh-TW"}, "2024-11-26T09:00"),
        ("26 Nov 2024 11:00 IST", {"language": "he"}, "2024-11-26T09:00"),
        ("26 Nov 2024 11:00 IST", {"zone": "Asia/Jerusalem"}, "2024-11-26T09:00"),
        ("26 listopada 2024", {"language": "pl"}, "2024-11-26T00:00"),
        ("26 listopada 2024", {"language": "hr"}, "2024-10-26T00:00"),
        ("יום שלישי, 26 בנובמבר 2024 11:00 IST", {}, "2024-11-26T09:00"),
        ("2024年11月26日 17:00 CST", {}, "2024-11-26T09:00"),
        ("26 พ.ย. 67 16:00", {"zone": "Asia/Bangkok"}, "2024-11-26T09:00"),
        ("Nov 26, 2024 1:00 AM PT", {}, "2024-11-26T09:00"),
        ("Jul 26, 2024 5:00 AM ET", {}, "2024-07-26T09:00"),
        ("26 ноября 2024 г., 12:00 МСК", {}, "2024-11-26T09:00"),
        ("2024-11-26 PM 6:00", {"zone": "Asia/Seoul"}, "2024-11-26T09:00"),
        ("2024-11-26 AM 12:30:00", {"zone": "UTC"}, "2024-11-26T00:30"),
        ("2024-331T09:00:00Z", {}, "2024-11-26T09:00"),
        ("2024\u201111\u201126 09:00", {}, "2024-11-26T09:00"),
        ("Tue, 26 Nov 2024 24:00:00 GMT", {}, "2024-11-27T00:00"),
    ],
)
def test_zone_order_and_language_decide_what_a_date_leaves_open(
    stated: str, how: dict[str, Any], expected: str
) -> None:
    assert instant(stated, **how) == datetime.fromisoformat(expected + "+00:00")


@given(st.text(max_size=60) | st.from_regex(r"[0-9a-z월年日 ./:+-]{0,40}", fullmatch=True))
def test_any_text_is_an_instant_within_centuries_or_none(stated: str) -> None:
    moment = instant(stated)
    assert moment is None or (moment.tzinfo is UTC and 1900 <= moment.year <= 2200)


@pytest.mark.parametrize("stated", ["26 Nov", "09:00", "Tuesday", "2024", "today", "오늘", "Nov"])
def test_no_part_of_a_date_comes_from_the_clock(stated: str) -> None:
    instant.cache_clear()
    with time_machine.travel(datetime(2024, 11, 26, 9, tzinfo=UTC), tick=False):
        assert instant(stated) is None


def test_a_long_text_costs_no_time() -> None:
    before = time.process_time()
    for bomb in (
        "1" * 100_000,
        "1/" * 50_000,
        "nov " * 25_000,
        "(" * 100_000,
        "十" * 119,
        "1 " * 59,
        "a." * 59,
    ):
        assert instant(bomb) is None
    assert time.process_time() - before < 1


def test_a_zone_is_known_by_its_name_in_the_zone_database() -> None:
    assert is_zone("Asia/Seoul")
    assert not any(map(is_zone, ("Seoul", "", "../etc/passwd", "KST+9", "Asia/Soul")))


@pytest.mark.parametrize(
    ("stated", "meant"),
    [
        ("2024-11-26+09:00", "2024-11-25T15:00:00+00:00"),
        ("2024-11-26Z", "2024-11-26T00:00:00+00:00"),
        ("2024-11-26 -05:30", "2024-11-26T05:30:00+00:00"),
        ("5 2024-11-26", None),
        ("2024-11-26 next 7", None),
    ],
)
def test_a_day_may_name_its_offset_and_no_other_number(stated: str, meant: str | None) -> None:
    moment = instant(stated)
    assert (moment and moment.isoformat()) == meant


@pytest.mark.parametrize("zone", ["UTC", "Asia/Seoul", "America/St_Johns", "Pacific/Apia"])
def test_what_programs_write_is_read_as_if_by_hand(zone: str) -> None:
    """Dates as ISO 8601 has them take a shorter way; a blank before them takes the longer one."""
    stated = ["2024-11-26", "2024-11-26T17:59:59Z", "2024-02-30", "2024-13-01", "1900-01-01", "2099-12-31"]
    stated += [
        "2016-12-31T23:59:60Z",
        "2024-11-26T24:00:00Z",
        "2024-11-26T25:00:00Z",
        "2011-12-30",
        "2567-11-26",
    ]
    for text in stated:
        assert instant(text, zone=zone) == instant(f"on {text}", zone=zone), text
