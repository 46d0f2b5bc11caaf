"""Whatever one source does, the others go on, and the ledger adds up."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime

import msgspec
import pytest

from daybrief.errors import SourceError, Stalled, Unavailable
from daybrief.model import Dropped, Due, Fetched, Harvest, Item, Link, Signals, State, Window
from daybrief.ports import ItemRow, Web
from daybrief.stages.collect import CollectionLimits, collect, enrich, first_sight, tally, with_earlier
from daybrief.stages.schedule import window

NOW = datetime(2024, 11, 27, tzinfo=UTC)
DAY = window(date(2024, 11, 26), "Asia/Seoul")


class NoWeb:
    def get(
        self, url: str, *, accept: str = "", max_bytes: int | None = None, robots: bool = False
    ) -> Fetched:
        return Fetched(url=url, final_url=url, status=200, body=b"", fetched_at=NOW)

    def post(self, url: str, body: bytes, *, media_type: str, max_bytes: int | None = None) -> Fetched:
        return self.get(url)


def item(n: int, source: str = "") -> Item:
    return Item(
        key=f"url:a.example/{n}", source=source, kind="news", title=f"T{n}", url=f"https://a.example/{n}"
    )


class ListedSource:
    """A source that yields what it was given, asking the web once for each, then perhaps fails."""

    def __init__(
        self, name: str, lines: list[Item | Dropped], error: BaseException | None = None, due: Due = "due"
    ) -> None:
        self.name, self._found, self._error, self._due = name, lines, error, due

    def collect(self, window: Window, web: Web) -> Iterator[Item | Dropped]:
        for line in self._found:
            web.get("https://a.example/")
            yield line
        if self._error:
            raise self._error

    def due(self, window: Window, now: datetime) -> Due:
        return self._due


class Unscheduled:
    name = "unscheduled"

    def collect(self, window: Window, web: Web) -> Iterator[Item | Dropped]:
        yield from ()


def ask(*sources: ListedSource | Unscheduled, most: int = 100, strict: bool = False):  # type: ignore[no-untyped-def]
    return collect(DAY, sources, NoWeb(), NOW, CollectionLimits(items=most), strict=strict)


def test_a_failing_source_keeps_what_it_gave_and_costs_the_others_nothing() -> None:
    broken = ListedSource(
        "broken", [item(1)], Unavailable("no answer", url="https://a.example/", hint="later")
    )
    first, second = ask(broken, ListedSource("well", [item(2), item(3)]))
    assert (first.state, len(first.items), first.hint) == ("failed", 1, "later")
    assert "Unavailable" in first.error
    assert (second.state, len(second.items), second.requests) == ("fresh", 2, 2)


def test_a_bug_in_a_source_is_noted_and_raised_only_when_strict() -> None:
    buggy = ListedSource("buggy", [], ZeroDivisionError("oops"))
    assert "ZeroDivisionError" in ask(buggy)[0].error
    with pytest.raises(ZeroDivisionError):
        ask(buggy, strict=True)


@pytest.mark.parametrize("error", [Unavailable, ZeroDivisionError])
def test_an_error_that_editions_print_shows_no_secret_of_an_address(error: type[Exception]) -> None:
    where = "https://me:s3cret@a.example/feed?token=s3cret&u=s3cret"
    (harvest,) = ask(ListedSource("private", [], error(f"no feed at {where}, but a page")))
    assert harvest.error == f"{error.__name__}: no feed at https://a.example/feed, but a page"


@pytest.mark.parametrize("way_out", [SystemExit(3), KeyboardInterrupt(), GeneratorExit()])
def test_a_source_that_wants_to_end_the_program_ends_itself(way_out: BaseException) -> None:
    first, second = ask(ListedSource("rude", [item(1)], way_out), ListedSource("well", [item(2)]))
    assert (first.state, len(first.items)) == ("failed", 1)
    assert type(way_out).__name__ in first.error
    assert second.state == "fresh"


def test_a_source_that_gives_nothing_but_rubbish_has_failed_and_had_no_quiet_day() -> None:
    (wild,) = ask(ListedSource("wild", ["a text", None]))  # type: ignore[list-item]
    assert (wild.state, len(wild.dropped)) == ("failed", 2)
    assert "none of the 2 things" in wild.error


@pytest.mark.parametrize(
    ("wrong", "reason"),
    [
        ("a text", "malformed"),
        (None, "malformed"),
        (msgspec.structs.replace(item(1), title=7), "malformed"),
        (msgspec.structs.replace(item(1), authors=[None]), "malformed"),
        (msgspec.structs.replace(item(1), kind="sermon"), "malformed"),
        (msgspec.structs.replace(item(1), published="yesterday"), "malformed"),
        (msgspec.structs.replace(item(1), title="\ud800"), "malformed"),
        (msgspec.structs.replace(item(1), links=("https://a.example",)), "malformed"),
        (msgspec.structs.replace(item(1), version=2**64), "malformed"),
        (msgspec.structs.replace(item(1), version=10**400), "malformed"),
        (msgspec.structs.replace(item(1), signals=Signals(points=10**400)), "malformed"),
        (msgspec.structs.replace(item(1), signals=Signals(position=-(2**60))), "malformed"),
        (Dropped(ref=3, reason="no-title"), "malformed"),  # type: ignore[arg-type]
        (msgspec.structs.replace(item(1), url="javascript:alert(1)"), "bad-address"),
        (msgspec.structs.replace(item(1), url="/a"), "bad-address"),
    ],
)
def test_what_is_no_item_is_dropped_where_it_crosses_the_border(wrong: object, reason: str) -> None:
    (harvest,) = ask(ListedSource("wild", [item(2), wrong, item(3)]))  # type: ignore[list-item]
    assert [kept.key for kept in harvest.items] == [item(2).key, item(3).key]
    assert [gone.reason for gone in harvest.dropped] == [reason]


def test_a_link_that_is_no_address_of_the_web_is_left_out() -> None:
    links = (Link(rel="code", url="javascript:alert(1)"), Link(rel="pdf", url="https://a.example/1.pdf"))
    (harvest,) = ask(ListedSource("wild", [msgspec.structs.replace(item(1), links=links)]))
    assert harvest.items[0].links == links[1:]


class WaitingSource:
    """A source that gives its item when it is let go."""

    def __init__(self, name: str, number: int, go: threading.Event) -> None:
        self.name, self._number, self._go = name, number, go

    def collect(self, window: Window, web: Web) -> Iterator[Item | Dropped]:
        self._go.wait()
        yield item(self._number)


class ReleasingSource(ListedSource):
    """A source that lets another one go."""

    def __init__(self, name: str, number: int, go: threading.Event) -> None:
        super().__init__(name, [item(number)])
        self._release = go

    def collect(self, window: Window, web: Web) -> Iterator[Item | Dropped]:
        yield from super().collect(window, web)
        self._release.set()


def test_sources_are_asked_side_by_side_and_their_harvests_stand_in_order() -> None:
    go = threading.Event()
    first, second = collect(
        DAY,
        [WaitingSource("slow", 1, go), ReleasingSource("quick", 2, go)],
        NoWeb(),
        NOW,
        CollectionLimits(at_once=2),
    )
    assert (first.source, first.items[0].key) == ("slow", item(1).key)
    assert (second.source, second.items[0].key) == ("quick", item(2).key)


def test_a_source_that_never_ends_is_given_up_and_named() -> None:
    never = threading.Event()
    hung, well = collect(
        DAY,
        [WaitingSource("hung", 1, never), ListedSource("well", [item(2)])],
        NoWeb(),
        NOW,
        CollectionLimits(total_s=0.3),
    )
    never.set()
    assert (hung.source, hung.state, well.state) == ("hung", "failed", "fresh")
    assert "left behind" in hung.error
    assert "web.collect_s" in hung.hint


@pytest.mark.parametrize("limits", [CollectionLimits(source_s=2.5), CollectionLimits(total_s=2.5 / 0.9)])
def test_a_source_that_goes_on_asking_is_refused_when_its_time_is_up(limits: CollectionLimits) -> None:
    seconds = itertools.count()  # the time of beginning, then one a request
    many = ListedSource("many", [item(n) for n in range(9)])
    (harvest,) = collect(DAY, [many], NoWeb(), NOW, limits, monotonic=lambda: next(seconds))
    assert harvest.state == "failed"
    assert "time was up" in harvest.error
    assert 0 < len(harvest.items) == harvest.requests < 4


@pytest.mark.parametrize(("due", "state"), [("due", "stalled"), ("not yet", "waiting"), ("nothing", "quiet")])
def test_what_an_empty_listing_means_depends_on_whether_it_was_due(due: Due, state: str) -> None:
    assert ask(ListedSource("s", [], due=due))[0].state == state


def test_a_source_without_a_schedule_is_quiet_when_empty() -> None:
    assert ask(Unscheduled())[0].state == "quiet"


def test_items_above_the_limit_are_dropped_by_name() -> None:
    (harvest,) = ask(ListedSource("many", [item(n) for n in range(5)]), most=2)
    assert harvest.dropped == tuple(Dropped(ref=item(n).key, reason="over-limit") for n in (2, 3, 4))


def test_the_ledger_line_accounts_for_every_listed_thing() -> None:
    harvests = ask(
        ListedSource("a", [item(1), Dropped(ref="x", reason="no-title"), item(2)]),
        ListedSource("b", [Dropped(ref="y", reason="no-title"), Dropped(ref="z", reason="job")]),
    )
    items, entry = tally(harvests)
    assert (entry.came_in, entry.kept) == (5, 2) == (5, len(items))
    assert {d.reason: d.refs for d in entry.dropped} == {"job": ("b: z",), "no-title": ("a: x", "b: y")}


class Rude:
    name = "rude"

    def __init__(self, raised: BaseException) -> None:
        self._raised = raised

    def enrich(self, items: Sequence[Item], web: Web) -> Iterator[Item]:
        yield msgspec.structs.replace(items[0], venue="NeurIPS")
        raise self._raised


@pytest.mark.parametrize("raised", [SystemExit(1), KeyboardInterrupt(), ZeroDivisionError()])
def test_an_enricher_that_breaks_keeps_what_it_knew_and_costs_nothing(raised: BaseException) -> None:
    harvests = [Harvest(source="a", state="fresh", items=(item(1, "a"),))]
    (harvest,), (report,) = enrich(harvests, [Rude(raised)], NoWeb(), CollectionLimits())
    assert harvest.items[0].venue == "NeurIPS"
    assert (report.state, type(raised).__name__ in report.error) == ("failed", True)


class Careless:
    name = "careless"

    def __init__(self, wrong: object) -> None:
        self._wrong = wrong

    def enrich(self, items: Sequence[Item], web: Web) -> Iterator[Item]:
        yield self._wrong  # type: ignore[misc]
        yield msgspec.structs.replace(items[1], venue="NeurIPS")


@pytest.mark.parametrize(
    "wrong",
    [
        None,
        msgspec.structs.replace(item(1, "a"), title=7),
        msgspec.structs.replace(item(1, "a"), title="\ud800"),
        msgspec.structs.replace(item(1, "a"), url="javascript:alert(1)"),
        msgspec.structs.replace(item(1, "a"), signals=Signals(citations=10**400)),
    ],
)
def test_what_an_enricher_gives_is_checked_as_what_a_source_gives(wrong: object) -> None:
    harvests = ask(ListedSource("a", [item(1), item(2)]))
    (harvest,), (report,) = enrich(harvests, [Careless(wrong)], NoWeb(), CollectionLimits())
    assert [kept.venue for kept in harvest.items] == ["", "NeurIPS"]
    assert harvest.items[0] == harvests[0].items[0]
    assert (report.state, report.items) == ("failed", 1)
    assert "1 of the things" in report.error


def test_a_link_of_an_enricher_that_is_no_address_of_the_web_is_left_out() -> None:
    harvests = ask(ListedSource("a", [item(1), item(2)]))
    links = (Link(rel="code", url="javascript:alert(1)"), Link(rel="pdf", url="https://a.example/1.pdf"))
    given = msgspec.structs.replace(harvests[0].items[0], links=links)
    (harvest,), (report,) = enrich(harvests, [Careless(given)], NoWeb(), CollectionLimits())
    assert (harvest.items[0].links, report.state) == (links[1:], "fresh")


def test_items_carry_the_name_of_their_source_and_when_they_were_collected() -> None:
    (harvest,) = ask(ListedSource("a", [item(1, source="forged")]))
    assert (harvest.items[0].source, harvest.items[0].collected_at) == ("a", NOW)


class Venue:
    name = "venue"

    def __init__(self, fails: bool = False) -> None:
        self._fails = fails

    def enrich(self, items, web) -> Iterator[Item]:  # type: ignore[no-untyped-def]
        yield msgspec.structs.replace(items[0], venue="NeurIPS")
        yield msgspec.structs.replace(items[0], key="url:stranger", venue="Nowhere")
        if self._fails:
            raise SourceError("rate limited")


@pytest.mark.parametrize("fails", [False, True])
def test_an_enricher_adds_to_items_and_can_neither_add_nor_lose_one(fails: bool) -> None:
    harvests = ask(ListedSource("a", [item(1), item(2)]))
    richer, (report,) = enrich(harvests, [Venue(fails)], NoWeb(), CollectionLimits())
    assert [i.venue for h in richer for i in h.items] == ["NeurIPS", ""]
    assert report.state == ("failed" if fails else "fresh")


def test_a_source_that_can_give_nothing_until_somebody_mends_it_is_stalled() -> None:
    (harvest,) = ask(ListedSource("a", [], Stalled("no date can be read", hint="set zone")))
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
    merged = with_earlier(Harvest(source="a", state=after, items=(item(2), item(3))), earlier)
    assert [i.key[-1] for i in merged.items] == ["2", "3", "1"]
    assert merged.state == state
    assert with_earlier(earlier, None) == earlier


def test_an_undated_item_belongs_to_the_day_that_saw_it_first() -> None:
    harvest = Harvest(source="a", state="fresh", items=(item(1, "a"), item(2, "a"), item(3, "a")))
    rows = [
        ItemRow(day=date(2024, 11, 25), item=item(1, "a")),
        ItemRow(day=DAY.day, item=item(2, "a")),
        ItemRow(day=date(2024, 11, 25), item=item(3, "b")),
    ]
    harvested = first_sight(harvest, rows, DAY.day)
    assert [i.key[-1] for i in harvested.items] == ["2", "3"]
    assert harvested.dropped == (Dropped(ref="url:a.example/1", reason="seen-elsewhere"),)
    assert (
        first_sight(harvest, [ItemRow(day=date(2024, 11, 25), item=i) for i in harvest.items], DAY.day).state
        == "quiet"
    )
