"""Whatever one source does, the others go on, and the ledger adds up."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime

import pytest

from daybrief.errors import SourceError, Stalled, Unavailable
from daybrief.model import Dropped, Due, Fetched, Harvest, Item, State, Window
from daybrief.ports import ItemRow, Web
from daybrief.stages.collect import collect, enrich, first_sight, tally, with_earlier
from daybrief.stages.schedule import window

NOW = datetime(2024, 11, 27, tzinfo=UTC)
DAY = window(date(2024, 11, 26), "Asia/Seoul")


class NoWeb:
    def get(self, url: str, *, accept: str = "", max_bytes: int | None = None) -> Fetched:
        return Fetched(url=url, final_url=url, status=200, body=b"", fetched_at=NOW)

    def post(self, url: str, body: bytes, *, media_type: str, max_bytes: int | None = None) -> Fetched:
        return self.get(url)


def item(n: int, source: str = "") -> Item:
    return Item(
        key=f"url:a.example/{n}", source=source, kind="news", title=f"T{n}", url=f"https://a.example/{n}"
    )


class Given:
    """A source that yields what it was given, asking the web once for each, then perhaps fails."""

    def __init__(
        self, name: str, found: list[Item | Dropped], error: Exception | None = None, due: Due = "due"
    ) -> None:
        self.name, self._found, self._error, self._due = name, found, error, due

    def collect(self, window: Window, web: Web) -> Iterator[Item | Dropped]:
        for one in self._found:
            web.get("https://a.example/")
            yield one
        if self._error:
            raise self._error

    def due(self, window: Window, now: datetime) -> Due:
        return self._due


class Unscheduled:
    name = "unscheduled"

    def collect(self, window: Window, web: Web) -> Iterator[Item | Dropped]:
        yield from ()


def ask(*sources: Given | Unscheduled, most: int = 100, strict: bool = False):  # type: ignore[no-untyped-def]
    return collect(DAY, sources, NoWeb(), NOW, most=most, strict=strict)


def test_a_failing_source_keeps_what_it_gave_and_costs_the_others_nothing() -> None:
    broken = Given("broken", [item(1)], Unavailable("no answer", url="https://a.example/", hint="later"))
    first, second = ask(broken, Given("well", [item(2), item(3)]))
    assert (first.state, len(first.items), first.hint) == ("failed", 1, "later")
    assert "Unavailable" in first.error
    assert (second.state, len(second.items), second.requests) == ("fresh", 2, 2)


def test_a_bug_in_a_source_is_noted_and_raised_only_when_strict() -> None:
    buggy = Given("buggy", [], ZeroDivisionError("oops"))
    assert "ZeroDivisionError" in ask(buggy)[0].error
    with pytest.raises(ZeroDivisionError):
        ask(buggy, strict=True)


@pytest.mark.parametrize(("due", "state"), [("due", "stalled"), ("not yet", "waiting"), ("nothing", "quiet")])
def test_what_an_empty_listing_means_depends_on_whether_it_was_due(due: Due, state: str) -> None:
    assert ask(Given("s", [], due=due))[0].state == state


def test_a_source_without_a_schedule_is_quiet_when_empty() -> None:
    assert ask(Unscheduled())[0].state == "quiet"


def test_items_above_the_limit_are_dropped_by_name() -> None:
    (harvest,) = ask(Given("many", [item(n) for n in range(5)]), most=2)
    assert [d.reason for d in harvest.dropped] == ["over-limit"] * 3


def test_the_ledger_line_accounts_for_every_listed_thing() -> None:
    harvests = ask(
        Given("a", [item(1), Dropped(ref="x", reason="no-title"), item(2)]),
        Given("b", [Dropped(ref="y", reason="no-title"), Dropped(ref="z", reason="job")]),
    )
    items, entry = tally(harvests)
    assert (entry.came_in, entry.kept) == (5, 2) == (5, len(items))
    assert {d.reason: d.refs for d in entry.dropped} == {"job": ("b: z",), "no-title": ("a: x", "b: y")}


def test_items_carry_the_name_of_their_source_and_when_they_were_collected() -> None:
    (harvest,) = ask(Given("a", [item(1, source="forged")]))
    assert (harvest.items[0].source, harvest.items[0].collected_at) == ("a", NOW)


class Venue:
    name = "venue"

    def __init__(self, fails: bool = False) -> None:
        self._fails = fails

    def enrich(self, items, web) -> Iterator[Item]:  # type: ignore[no-untyped-def]
        import msgspec

        yield msgspec.structs.replace(items[0], venue="NeurIPS")
        yield msgspec.structs.replace(items[0], key="url:stranger", venue="Nowhere")
        if self._fails:
            raise SourceError("rate limited")


@pytest.mark.parametrize("fails", [False, True])
def test_an_enricher_adds_to_items_and_can_neither_add_nor_lose_one(fails: bool) -> None:
    harvests = ask(Given("a", [item(1), item(2)]))
    richer, (told,) = enrich(harvests, [Venue(fails)], NoWeb())
    assert [i.venue for h in richer for i in h.items] == ["NeurIPS", ""]
    assert told.state == ("failed" if fails else "fresh")


def test_a_source_that_can_give_nothing_until_somebody_mends_it_is_stalled() -> None:
    (harvest,) = ask(Given("a", [], Stalled("no date can be read", hint="set zone")))
    assert (harvest.state, harvest.hint) == ("stalled", "set zone")
    assert "no date can be read" in harvest.error


@pytest.mark.parametrize(
    ("before", "after", "state"),
    [
        ("fresh", "fresh", "fresh"),
        ("fresh", "quiet", "fresh"),
        ("failed", "quiet", "fresh"),
        ("failed", "failed", "failed"),
        ("fresh", "failed", "failed"),
        ("failed", "stalled", "stalled"),
        ("fresh", "stalled", "fresh"),
    ],
)
def test_what_a_source_once_gave_for_a_day_stays_when_it_is_asked_again(
    before: State, after: State, state: State
) -> None:
    earlier = Harvest(source="a", state=before, items=(item(1), item(2)))
    found = with_earlier(Harvest(source="a", state=after, items=(item(2), item(3))), earlier)
    assert [i.key[-1] for i in found.items] == ["2", "3", "1"]
    assert found.state == state
    assert with_earlier(earlier, None) == earlier


def test_an_undated_item_belongs_to_the_day_that_saw_it_first() -> None:
    harvest = Harvest(source="a", state="fresh", items=(item(1, "a"), item(2, "a"), item(3, "a")))
    rows = [
        ItemRow(day=date(2024, 11, 25), item=item(1, "a")),
        ItemRow(day=DAY.day, item=item(2, "a")),
        ItemRow(day=date(2024, 11, 25), item=item(3, "b")),
    ]
    found = first_sight(harvest, rows, DAY.day)
    assert [i.key[-1] for i in found.items] == ["2", "3"]
    assert found.dropped == (Dropped(ref="url:a.example/1", reason="seen-elsewhere"),)
    assert (
        first_sight(harvest, [ItemRow(day=date(2024, 11, 25), item=i) for i in harvest.items], DAY.day).state
        == "quiet"
    )
