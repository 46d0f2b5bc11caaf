"""When arXiv announces what: the calendar of its listings, as pure functions.

arXiv announces at 20:00 US Eastern from Sunday to Thursday; the listing is dated the next day, and the feeds
turn to it at midnight. A paper received before 14:00 is in that evening's announcement, and what comes on
Friday afternoon or at the weekend in Monday's. Where an announcement is deferred, its papers are in the
next one. Specified in https://info.arxiv.org/help/availability.html
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

from daybrief.model import Due

EASTERN = ZoneInfo("America/New_York")

_DAY = timedelta(days=1)
_FRIDAY, _SUNDAY = 4, 6
_CLOSES = time(14)
_SLACK = timedelta(hours=1)  # the feeds are built from midnight on; a listing is late only after this

# The evenings without an announcement, as arXiv published them in the page above; a Friday or Saturday
# means the Sunday that follows (2026: the listings of 22 June and 6 July were missing).
_PUBLISHED = {
    2023: "01-16 06-14 06-19 07-04 08-17 09-04 11-23 12-25 12-27",
    2024: "01-15 05-22 06-19 07-04 09-02 10-08 11-28 12-25 12-26 12-31",
    2025: "01-01 01-20 06-19 07-06 09-01 11-27 12-25 12-30",
    2026: "01-01 01-19 06-19 07-03 09-07 11-26 12-25 12-29 12-31",
}


def deferred(evening: date) -> bool:
    """Whether there is no announcement on this evening because of a holiday.

    For a year whose list is not published yet, the holidays that every list so far has held.
    """
    return evening in _deferred(evening.year) or evening in _deferred((evening - _DAY).year)


@cache
def _deferred(year: int) -> frozenset[date]:
    listed = _PUBLISHED.get(year)
    if listed is None:
        return frozenset(_evening(day) for day in _usual(year))
    return frozenset(_evening(date.fromisoformat(f"{year}-{day}")) for day in listed.split())


def _evening(holiday: date) -> date:
    """The announcement a holiday takes away: its own evening, or the Sunday after a Friday or Saturday."""
    late = holiday.weekday() - _FRIDAY
    return holiday + (2 - late) * _DAY if late in (0, 1) else holiday


def _usual(year: int) -> tuple[date, ...]:
    """New Year, Martin Luther King's, Juneteenth, Independence, Labor, Thanksgiving and Christmas Day."""
    return (
        _observed(date(year, 1, 1)),
        _nth(year, 1, 0, 3),
        _observed(date(year, 6, 19)),
        _observed(date(year, 7, 4)),
        _nth(year, 9, 0, 1),
        _nth(year, 11, 3, 4),
        _observed(date(year, 12, 25)),
    )


def _observed(day: date) -> date:
    """A holiday at the weekend is observed on the Friday before or the Monday after."""
    return day + {5: -_DAY, 6: _DAY}.get(day.weekday(), 0 * _DAY)


def _nth(year: int, month: int, weekday: int, nth: int) -> date:
    first = date(year, month, 1)
    return first + _DAY * ((weekday - first.weekday()) % 7 + 7 * (nth - 1))


def listed(day: date) -> bool:
    """Whether arXiv has a listing dated `day`: Monday to Friday, unless the evening before was deferred."""
    return day.weekday() <= _FRIDAY and not deferred(day - _DAY)


def closes(day: date) -> datetime:
    """The instant before which a paper had to be received for the listing dated `day` (UTC)."""
    evening = day - _DAY
    last = evening - 2 * _DAY if evening.weekday() == _SUNDAY else evening
    return datetime.combine(last, _CLOSES, tzinfo=EASTERN).astimezone(UTC)


def received(day: date) -> tuple[datetime, datetime] | None:
    """The half-open UTC span in which the new papers of a listing were received; None without a listing."""
    if not listed(day):
        return None
    before = day - _DAY
    while not listed(before):
        before -= _DAY
    return closes(before), closes(day)


def turns(day: date) -> datetime:
    """When the feeds turn to the listing dated `day`: midnight US Eastern (UTC)."""
    return datetime.combine(day, time(), tzinfo=EASTERN).astimezone(UTC)


def due(day: date, now: datetime) -> Due:
    """What an empty listing of the day means at `now`."""
    if not listed(day):
        return "nothing"
    return "due" if now >= turns(day) + _SLACK else "not yet"
