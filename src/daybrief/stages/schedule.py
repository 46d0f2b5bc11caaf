"""Schedule: which span of time a day is, and which day is due.

A day is a civil day in one named zone. The default edition is that of the last day that is over: its
sources have said all they will say, so the edition is final and a rerun changes nothing.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from daybrief.errors import ConfigError
from daybrief.model import Window

FIRST_DAY = date(1991, 8, 14)  # arXiv's first day; nothing older can be asked for


def window(day: date, zone: str) -> Window:
    """The civil day in the zone as a UTC span; 23 or 25 hours long when clocks change."""
    here = ZoneInfo(zone)
    start = datetime.combine(day, time(), tzinfo=here)
    end = datetime.combine(day + timedelta(days=1), time(), tzinfo=here)
    return Window(day=day, zone=zone, start=start.astimezone(UTC), end=end.astimezone(UTC))


def last_closed_day(now: datetime, zone: str) -> date:
    """Yesterday in the zone."""
    return now.astimezone(ZoneInfo(zone)).date() - timedelta(days=1)


def checked(day: date, now: datetime, zone: str) -> date:
    """The day itself; raises ConfigError for one that has not begun or that no source can know."""
    today = now.astimezone(ZoneInfo(zone)).date()
    if day > today:
        raise ConfigError(
            f"the day {day} is in the future (it is {today} in {zone})", hint="choose --day up to today"
        )
    if day < FIRST_DAY:
        raise ConfigError(f"the day {day} is before {FIRST_DAY}", hint="no source reaches back that far")
    return day


def missed_days(last: date | None, closed: date, most: int) -> tuple[date, ...]:
    """The days to make up, oldest first: all after `last` up to `closed`, of those the latest `most`.

    `closed` alone when there never was an edition; it is always among them, since making it again is free.
    """
    first = closed if last is None else min(last + timedelta(days=1), closed)
    first = max(first, closed - timedelta(days=most - 1))
    return tuple(first + timedelta(days=n) for n in range((closed - first).days + 1))
