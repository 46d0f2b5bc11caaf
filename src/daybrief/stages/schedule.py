"""Schedule: which span of time a day is, which day is due, and whether what was due is there.

A day is a civil day in one named zone. The default edition is that of the last day that is over: its
sources have said all they will say, so the edition is final and a rerun changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from daybrief.errors import ConfigError
from daybrief.languages import SOURCE
from daybrief.languages.phrases import Phrases, phrases
from daybrief.model import Window
from daybrief.ports import EditionRow

FIRST_DAY = date(1991, 8, 14)  # arXiv's first day; nothing older can be asked for


def window(day: date, zone: str) -> Window:
    """The civil day in the zone as a UTC span; 23 or 25 hours long when clocks change.

    Raises ConfigError for a day that never was there: Samoa had no 30 December 2011.
    """
    here = ZoneInfo(zone)
    start = datetime.combine(day, time(), tzinfo=here)
    end = datetime.combine(day + timedelta(days=1), time(), tzinfo=here)
    if start.astimezone(UTC) >= end.astimezone(UTC):
        raise ConfigError(
            f"there was no {day} in {zone}: its clocks went on to the next day",
            hint="choose the day before or after it",
        )
    return Window(day=day, zone=zone, start=start.astimezone(UTC), end=end.astimezone(UTC))


def existed(day: date, zone: str) -> bool:
    """Whether there was such a civil day in the zone."""
    try:
        return bool(window(day, zone))
    except ConfigError:
        return False


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


def missed_days(
    known: Collection[date], closed: date, most: int, is_final: Callable[[date], bool]
) -> tuple[date, ...]:
    """The days to make or to make again, oldest first: of the latest `most` up to `closed`, all not final.

    `known` are the days of the archive; days before the first of them are nobody's to make. `closed` is
    always among the days, since making it again is free.
    """
    first = min((day for day in known if day <= closed), default=closed)
    first = max(first, closed - timedelta(days=most - 1))
    days = (first + timedelta(days=n) for n in range((closed - first).days + 1))
    return tuple(day for day in days if day == closed or not is_final(day))


def complaints(
    rows: Sequence[EditionRow],
    now: datetime,
    zone: str,
    *,
    late: timedelta,
    still: int,
    busy: Callable[[date], bool] = lambda _day: True,
    language: str = SOURCE,
) -> tuple[str, ...]:
    """The faults of the latest editions, a sentence each; () when there are none.

    A closed day's edition is due `late` after the day's end. Runs may end well and bring nothing for ever, so
    `still` busy days in a row without one story of a kind are wrong, too; `busy` says whether anything is to
    be expected of a day. A kind that never had a story is not missed while another has some.
    """
    say = phrases(language)
    if not rows:
        return (say("watch.none"),)
    due, newest = last_closed_day(now - late, zone), max(row.day for row in rows)
    sentences = []
    if newest < due:
        sentences.append(say("watch.overdue", newest=newest, due=due))
    sentences += [
        say("watch.bad", kind=say(f"watch.{row.kind}"), day=row.day, state=_state(row.state, say))
        for row in rows
        if _bad(row, newest)
    ]
    days = sorted({row.day for row in rows if busy(row.day)}, reverse=True)[:still]
    if len(days) == still:
        sentences += _standstill(rows, days, say)
    return tuple(sentences)


def _state(state: str, say: Phrases) -> str:
    """The state of an edition in words; its name alone in the language of the sources."""
    return state if say.language == SOURCE else say(f"state.{state}")


def _standstill(rows: Sequence[EditionRow], days: Sequence[date], say: Phrases) -> Iterator[str]:
    """A sentence for each kind that has stood still on these days, newest first."""
    span: dict[str, object] = {"n": len(days), "first": days[-1], "last": days[0]}
    latest = [row for row in rows if row.day >= days[-1]]
    if not any(row.stories for row in latest):
        yield say("watch.still", **span)
        return
    for kind in sorted({row.kind for row in rows}):
        had = any(row.stories for row in rows if row.kind == kind)
        if had and not any(row.stories for row in latest if row.kind == kind):
            yield say("watch.still_kind", kind=say(f"watch.{kind}"), **span)


def _bad(row: EditionRow, newest: date) -> bool:
    return row.day == newest and row.state in ("failed", "stalled")
