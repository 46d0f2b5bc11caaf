"""Whatever is done in whatever order, nothing collected or imported is lost, and no day is forgotten."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pytest

from daybrief import pipeline
from daybrief.app.ports import Ports, World
from daybrief.channels import webhook
from daybrief.config import Settings
from daybrief.errors import Unavailable
from daybrief.model import Dropped, Edition, Fetched, Item, Message, Window, from_json
from daybrief.ports import Route, SendResult, Tools, Web
from daybrief.stages.deliver import Dispatcher
from daybrief.stages.schedule import missed_days, window
from daybrief.testing import StoppedClock
from daybrief.testing.editions import taxonomy

MONDAY = date(2024, 11, 25)
TUESDAY, WEDNESDAY, THURSDAY = (MONDAY + timedelta(days=n) for n in (1, 2, 3))


class NoWeb:
    def get(self, url: str, **_: Any) -> Fetched:
        raise Unavailable(url)

    def post(self, url: str, body: bytes, **_: Any) -> Fetched:
        raise Unavailable(url)


class Feed:
    """A feed that lists what it was given, by day; `down` makes it fail after what it had already sent."""

    name = "feed"

    def __init__(self, first_seen: bool = False) -> None:
        self.listed: dict[date, list[Item]] = {}
        self.down = False
        self.first_seen = first_seen

    def collect(self, window: Window, web: Web) -> Iterator[Item | Dropped]:
        if self.down:
            raise Unavailable("down")
        yield from self.listed.get(window.day, [])


def item(name: str, **rest: Any) -> Item:
    words = {"title": f"The {name} model of language", "text": f"We train the {name} model. It is small."}
    return Item(
        key=f"url:a.example/{name}",
        source="x",
        kind="paper",
        url=f"https://a.example/{name}",
        **(words | rest),
    )


class Setting:
    """The pipeline on an archive of its own, with one feed."""

    def __init__(self, folder: Path, feed: Feed) -> None:
        ports = Ports(Settings(archive=str(folder / "a.sqlite"), out=str(folder), kinds=("papers",)), {})
        start = datetime(2024, 11, 26, 7, tzinfo=UTC)
        kit = ports.kit(World(web=NoWeb(), clock=StoppedClock(start), at=start, llm=None))
        self.ports, self.feed, self.archive = ports, feed, kit.archive
        self._kit = msgspec.structs.replace(kit, sources=(feed,), enrichers=(), checks=(), publishers=())

    def run(self, day: date, *, on: date | None = None, refresh: bool = False) -> bool:
        """Run a day on the morning after, or of another; whether the editions were those of the archive."""
        at = datetime.combine(on or day + timedelta(days=1), time(7), tzinfo=UTC)
        kit = msgspec.structs.replace(self._kit, at=at, refresh=refresh)
        return pipeline.run(window(day, "UTC"), [kit])[0].reused

    def sends(self) -> None:
        """From now on each edition goes to a web hook; `issues` holds what arrived there."""
        hook = webhook.make(webhook.Options(url="https://example.org/in"), Tools(taxonomy=taxonomy()))
        self.issues: list[Edition] = []
        dispatcher = Dispatcher(
            channels=(hook,), outbox=self.archive.outbox(), transport=self, clock=StoppedClock()
        )
        self._kit = msgspec.structs.replace(self._kit, dispatcher=dispatcher)

    def secrets(self, route: Route) -> None:
        """None are needed."""

    def check(self, route: Route) -> str:
        """All is well."""
        return ""

    def send(self, message: Message, route: Route, leaving: Callable[[], None]) -> SendResult:
        """Everything arrives."""
        self.issues.append(from_json(msgspec.json.encode(msgspec.json.decode(message.body)["data"]), Edition))
        return SendResult(outcome="sent")

    def catch_up(self, morning: date) -> tuple[date, ...]:
        def final(day: date) -> bool:
            return bool(pipeline.final_editions(self.archive, window(day, "UTC"), ("papers",)))

        days = missed_days(self.archive.days(), morning - timedelta(days=1), 14, final)
        for day in days:
            self.run(day, on=morning)
        return days

    def printed(self, day: date) -> set[str]:
        edition = self.archive.edition(day, "papers")
        return {story.id.rpartition("/")[2] for story in edition.stories} if edition else set()


@pytest.fixture
def setting(tmp_path: Path) -> Setting:
    return Setting(tmp_path, Feed())


def test_a_source_that_failed_on_one_morning_is_asked_again_and_its_items_are_printed(
    setting: Setting,
) -> None:
    setting.feed.listed = {MONDAY: [item("one")], TUESDAY: [item("two")], WEDNESDAY: [item("three")]}
    setting.run(MONDAY)
    setting.feed.down = True
    assert setting.catch_up(WEDNESDAY) == (TUESDAY,)
    assert setting.printed(TUESDAY) == set()
    setting.feed.down = False
    assert setting.catch_up(THURSDAY) == (TUESDAY, WEDNESDAY)
    assert (setting.printed(TUESDAY), setting.printed(WEDNESDAY)) == ({"two"}, {"three"})
    assert setting.catch_up(THURSDAY) == (WEDNESDAY,), "the last closed day costs nothing"


def test_what_a_source_brings_on_the_next_morning_is_mailed_and_nothing_twice(setting: Setting) -> None:
    setting.sends()
    setting.feed.listed = {MONDAY: [item("one")]}
    setting.run(MONDAY)
    setting.feed.listed = {MONDAY: [item("one"), item("two")]}
    setting.run(MONDAY, refresh=True)
    setting.run(MONDAY, refresh=True)
    titles = [[s.id.rpartition("/")[2] for s in issue.stories] for issue in setting.issues]
    assert titles == [["one"], ["two"]]


def test_a_refresh_forgets_nothing_that_the_feed_has_moved_past(setting: Setting) -> None:
    setting.feed.listed = {MONDAY: [item("one"), item("two")]}
    setting.run(MONDAY)
    setting.feed.listed = {MONDAY: [item("three")]}
    assert not setting.run(MONDAY, refresh=True)
    assert setting.printed(MONDAY) == {"one", "two", "three"}


def test_a_second_import_takes_nothing_out_of_a_day(setting: Setting) -> None:
    now = datetime(2024, 11, 26, 7, tzinfo=UTC)
    setting.archive.add_items([(MONDAY, item("one"))], now)
    setting.run(MONDAY)
    setting.archive.add_items([(TUESDAY, item("one"))], now)
    setting.run(TUESDAY)
    setting.run(MONDAY, refresh=True)
    assert setting.printed(MONDAY) == {"one"}
    assert [i.key for h in setting.archive.harvests(TUESDAY) for i in h.items] == ["url:a.example/one"]


def test_an_item_imported_for_a_printed_day_is_printed_by_the_next_run_of_it(setting: Setting) -> None:
    setting.feed.listed = {MONDAY: [item("one")]}
    setting.run(MONDAY)
    assert setting.run(MONDAY)
    setting.archive.add_items([(MONDAY, item("two"))], datetime(2024, 11, 27, tzinfo=UTC))
    assert not setting.run(MONDAY)
    assert setting.printed(MONDAY) == {"one", "two"}
    assert setting.run(MONDAY), "seen once, it is nothing new"


def test_what_was_imported_is_found_before_any_run(setting: Setting) -> None:
    setting.archive.add_items([(MONDAY, item("zebra"))], datetime(2024, 11, 27, tzinfo=UTC))
    searcher = setting.ports.searcher()
    searcher.sync(setting.archive)
    assert [hit.id for hit in searcher.search("zebra").hits] == ["url:a.example/zebra"]
    assert setting.archive.items(["url:a.example/zebra"])[0].day == MONDAY


def test_an_undated_item_is_printed_on_the_day_that_saw_it_first_and_never_again(tmp_path: Path) -> None:
    setting = Setting(tmp_path, Feed(first_seen=True))
    setting.feed.listed = {MONDAY: [item("one")]}
    setting.run(MONDAY)
    setting.feed.listed[TUESDAY] = [item("one"), item("two")]
    setting.run(TUESDAY)
    assert (setting.printed(MONDAY), setting.printed(TUESDAY)) == ({"one"}, {"two"})
    edition = setting.archive.edition(TUESDAY, "papers")
    assert edition is not None
    reasons = {drop.reason for entry in edition.ledger.entries for drop in entry.dropped}
    assert "seen-elsewhere" in reasons


def test_a_day_that_sends_nothing_and_asks_nobody_loads_no_client(tmp_path: Path) -> None:
    settings = 'sources = []\narchive = "a.db"\nout = "out"\n[fulltext]\npapers = 0\narticles = 0\n'
    (tmp_path / "daybrief.toml").write_text(settings)
    row = {"id": "arxiv:2411.00001", "title": "A method without labels", "abstract": "We need none. " * 9}
    (tmp_path / "items.jsonl").write_bytes(msgspec.json.encode(row))
    code = (
        "import sys, datetime\nfrom pathlib import Path\nfrom daybrief.app import App, RunRequest\n"
        "from daybrief.config import load\n"
        "app, day = App(load(Path('daybrief.toml'), {})), datetime.date(2024, 11, 25)\n"
        "app.import_items(Path('items.jsonl'), day)\n"
        "(report,) = app.run(RunRequest(day=day))\n"
        "clients = {'httpx2', 'smtplib', 'tenacity'} & set(sys.modules)\n"
        "print(sum(len(e.stories) for e in report.editions), clients)"
    )
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "1 set()"
