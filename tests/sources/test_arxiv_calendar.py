"""When arXiv announces what; the spans are those arXiv published for its holidays of 2018 to 2020."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from daybrief.sources.arxiv import answers

DAY = timedelta(days=1)


def eastern(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=answers.EASTERN).astimezone(UTC)


@pytest.mark.parametrize(
    ("day", "first", "last"),
    [
        ("2026-09-24", "2026-09-22T14:00", "2026-09-23T14:00"),  # a Thursday
        ("2026-09-21", "2026-09-17T14:00", "2026-09-18T14:00"),  # Monday: Thursday to Friday
        ("2026-09-22", "2026-09-18T14:00", "2026-09-21T14:00"),  # Tuesday: over the weekend
        ("2024-12-02", "2024-11-27T14:00", "2024-11-29T14:00"),  # after Thanksgiving, as in 2019
        ("2025-01-22", "2025-01-17T14:00", "2025-01-21T14:00"),  # after M. L. King's Day, as in 2020
        ("2024-12-30", "2024-12-24T14:00", "2024-12-27T14:00"),  # both days of Christmas, as in 2019
        ("2026-06-23", "2026-06-18T14:00", "2026-06-22T14:00"),  # a holiday on Friday takes Sunday's
    ],
)
def test_a_listing_holds_what_came_between_two_deadlines(day: str, first: str, last: str) -> None:
    assert answers.received(date.fromisoformat(day)) == (eastern(first), eastern(last))


@pytest.mark.parametrize(
    "day", ["2025-12-31", "2025-11-28", "2025-07-07", "2026-06-22", "2026-07-06", "2026-01-20", "2024-10-09"]
)
def test_the_day_after_a_deferred_announcement_has_no_listing(day: str) -> None:
    assert answers.received(date.fromisoformat(day)) is None
    assert answers.due(date.fromisoformat(day), datetime(2030, 1, 1, tzinfo=UTC)) == "nothing"


@pytest.mark.parametrize("day", ["2026-06-19", "2026-07-03", "2026-04-27", "2026-09-24", "2025-12-30"])
def test_days_with_a_recorded_listing_have_one(day: str) -> None:
    assert answers.listed(date.fromisoformat(day))


def test_a_year_without_a_published_list_has_the_usual_holidays() -> None:
    missing = [
        d for n in range(365) if (d := date(2027, 1, 1) + n * DAY).weekday() < 5 and not answers.listed(d)
    ]
    assert [f"{d:%m-%d}" for d in missing] == [
        "01-01",
        "01-04",
        "01-19",
        "06-21",
        "07-06",
        "09-07",
        "11-26",
        "12-27",
    ]


def test_a_year_has_about_250_listings() -> None:
    for year in (2024, 2025, 2026):
        count = sum(answers.listed(date(year, 1, 1) + n * DAY) for n in range(366))
        assert 250 <= count <= 254


@given(st.dates(date(2000, 1, 1), date(2100, 1, 1)))
def test_every_instant_belongs_to_exactly_one_listing(day: date) -> None:
    """The spans of consecutive listings tile the line, over holidays and clock changes too."""
    first = day
    while not answers.listed(first):
        first += DAY
    following = first + DAY
    while not answers.listed(following):
        following += DAY
    earlier, other = answers.received(first), answers.received(following)
    assert earlier is not None
    assert other is not None
    assert earlier[0] < earlier[1] == other[0] < other[1]


@pytest.mark.parametrize(
    ("now", "due"),
    [("2026-09-24T03:59", "not yet"), ("2026-09-24T04:30", "not yet"), ("2026-09-24T05:00", "due")],
)
def test_a_listing_is_late_an_hour_after_the_feeds_turned(now: str, due: str) -> None:
    assert answers.due(date(2026, 9, 24), datetime.fromisoformat(now).replace(tzinfo=UTC)) == due


@pytest.mark.parametrize("day", ["2026-09-26", "2026-09-27"])
def test_no_listing_is_due_at_the_weekend(day: str) -> None:
    assert answers.due(date.fromisoformat(day), datetime(2030, 1, 1, tzinfo=UTC)) == "nothing"
