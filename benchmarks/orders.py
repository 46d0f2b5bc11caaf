"""Whether anything collected or imported is lost or moved, whatever is done in whatever order.

    python benchmarks/orders.py --orders 1000 --json

1. Orders: on three days of a feed that fails one time in five and soon forgets what it listed, items are
   imported for days at random, some for several, and days are run, refreshed and imported into again, six
   steps in all; then each day is run once more. Lost is an item that no edition prints; moved is one that a
   day does not hold any more.
2. A year: 365 mornings with `run --catch-up`, one in twenty of which the feed is down.

The pipeline is the product's own, with its archive, filing and dedupe; nothing is written or sent.
"""

from __future__ import annotations

import argparse
import json
import tempfile
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from random import Random
from typing import Any

import msgspec

from daybrief import pipeline
from daybrief.app.ports import Ports, World
from daybrief.config import Settings
from daybrief.errors import Unavailable
from daybrief.kit import Kit
from daybrief.model import Dropped, Fetched, Item, Window
from daybrief.ports import Web
from daybrief.stages.schedule import missed_days, window
from daybrief.testing import StoppedClock

START = date(2024, 1, 1)
DAYS = 3
STEPS = 6
LISTED = 6  # days that the feed looks back
EACH = 2  # items of a day in the feed
FAULTS = 0.2


class Feed:
    """A source that lists the items of the last days; `down` makes it fail."""

    name = "feed"

    def __init__(self) -> None:
        self.down = False
        self.today = START
        self.given: set[tuple[date, str]] = set()

    def collect(self, window: Window, web: Web) -> Iterator[Item | Dropped]:
        """Give the window's items, as long as they are listed."""
        if self.down:
            raise Unavailable("the feed is down")
        if self.today - window.day <= timedelta(days=LISTED):
            for number in range(EACH):
                item = paper(f"feed {window.day} {number}", published=window.start)
                self.given.add((window.day, item.key))
                yield item


class NoWeb:
    """A way out that leads nowhere."""

    def get(self, url: str, **_: Any) -> Fetched:
        raise Unavailable(url)

    def post(self, url: str, body: bytes, **_: Any) -> Fetched:
        raise Unavailable(url)


def paper(name: str, **dates: Any) -> Item:
    """An item that is like no other."""
    random = Random(name)
    words = [" ".join("".join(random.choices("abcdefghiklmnoprstu", k=7)) for _ in range(n)) for n in (6, 30)]
    address = f"https://example.org/{name.replace(' ', '-')}"
    return Item(
        key=f"url:{address.removeprefix('https://')}",
        source="import",
        kind="paper",
        title=words[0],
        url=address,
        text=f"We study {words[1]}.",
        **dates,
    )


class Setting:
    """An archive, a feed and a clock."""

    def __init__(self, folder: Path) -> None:
        settings = Settings(archive=str(folder / "a.sqlite"), out=str(folder / "out"), kinds=("papers",))
        ports = Ports(settings, {})
        self.feed = Feed()
        world = World(web=NoWeb(), clock=StoppedClock(at(START)), at=at(START), llm=None)
        kit = ports.kit(world)
        parts: dict[str, Any] = {"sources": (self.feed,), "publishers": (), "checks": (), "memory_days": 3}
        self.kit: Kit = msgspec.structs.replace(kit, enrichers=(), trend_days=3, **parts)
        self.imported: set[tuple[date, str]] = set()

    def run(self, day: date, today: date, *, refresh: bool = False) -> None:
        """Run a day on the morning of another."""
        self.feed.today = today
        pipeline.run(window(day, "UTC"), [msgspec.structs.replace(self.kit, at=at(today), refresh=refresh)])

    def bring(self, day: date, name: str) -> None:
        """Import an item for a day."""
        item = paper(name)
        self.kit.archive.add_items([(day, item)], at(day))
        self.imported.add((day, item.key))

    def catch_up(self, today: date, most: int = 14) -> None:
        """Do what cron does in the morning."""
        archive = self.kit.archive

        def final(day: date) -> bool:
            return bool(pipeline.final_editions(archive, window(day, "UTC"), self.kit.kinds))

        for day in missed_days(archive.days(), today - timedelta(days=1), most, final):
            self.run(day, today)

    def losses(self, days: Sequence[date]) -> tuple[int, int]:
        """How many items no edition prints, and how many a day does not hold."""
        known = {(day, key) for day, key in self.imported | self.feed.given if day in days}
        keys = {day: {i.key for h in self.kit.archive.harvests(day) for i in h.items} for day in days}
        editions = [self.kit.archive.edition(day, "papers") for day in days]
        printed = {key for edition in editions if edition for story in edition.stories for key in story.keys}
        lost = {key for _, key in known} - printed
        return len(lost), sum(key not in keys[day] for day, key in known)


def at(day: date) -> datetime:
    """The morning of a day."""
    return datetime.combine(day, time(7), tzinfo=UTC)


def orders(world: Setting, count: int, random: Random) -> tuple[int, int, int]:
    """Items, how many were lost and how many moved, over random orders of steps."""
    lost = moved = items = 0
    for number in range(count):
        first = START + timedelta(days=number * (DAYS + LISTED + 4))
        days = [first + timedelta(days=n) for n in range(DAYS)]
        today = days[-1] + timedelta(days=1)
        for _ in range(STEPS):
            day = random.choice(days)
            world.feed.down = random.random() < FAULTS
            step = random.choice(("import", "import again", "run", "run", "refresh"))
            if step == "import":
                world.bring(day, f"item {number} {random.randrange(4)}")
            elif step == "import again" and world.imported:
                world.bring(day, f"item {number} 0")
            else:
                world.run(day, today, refresh=step == "refresh")
        world.feed.down = False
        for day in days:
            world.run(day, today)
        gone, astray = world.losses(days)
        lost, moved = lost + gone, moved + astray
        items += sum(day in days for day, _ in world.imported | world.feed.given)
    return items, lost, moved


def year(world: Setting, mornings: int, random: Random) -> tuple[int, int, int]:
    """Items listed by the feed in a year, how many no edition prints, and mornings on which it was down."""
    faults = 0
    world.run(START, START + timedelta(days=1))
    for number in range(2, mornings + 1):
        world.feed.down = number < mornings and random.random() < 0.05
        faults += world.feed.down
        world.catch_up(START + timedelta(days=number))
    days = [START + timedelta(days=n) for n in range(mornings)]
    editions = [world.kit.archive.edition(day, "papers") for day in days]
    printed = {key for edition in editions if edition for story in edition.stories for key in story.keys}
    listed = {paper(f"feed {day} {n}").key for day in days for n in range(EACH)}
    return len(listed), len(listed - printed), faults


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--orders", type=int, default=1_000)
    parser.add_argument("--mornings", type=int, default=365)
    parser.add_argument("--seed", type=int, default=14)
    parser.add_argument("--json", action="store_true", help="one JSON object, for programs")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as first, tempfile.TemporaryDirectory() as other:
        items, lost, moved = orders(Setting(Path(first)), given.orders, Random(given.seed))
        listed, missed, faults = year(Setting(Path(other)), given.mornings, Random(given.seed))
    rows = [
        {
            "what": f"items lost or moved over {given.orders} random orders of import, run and refresh",
            "asked": "0",
            "measured": f"**{lost} lost, {moved} moved** of {items}",
        },
        {
            "what": f"items lost in a year of {given.mornings} mornings, the feed down on {faults}",
            "asked": "0",
            "measured": f"**{missed}** of {listed}",
        },
    ]
    if given.json:
        print(json.dumps({"figures": rows}, ensure_ascii=False))
    else:
        for row in rows:
            print(f"{row['what']:90} {row['asked']:3} {row['measured']}")


if __name__ == "__main__":
    main()
