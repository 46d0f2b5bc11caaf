"""Four recorded months, day after day: is anything told twice, lost, or fatal?

    python benchmarks/replay.py --data ../shared/data [--days 123] [--json]
    python benchmarks/replay.py --data ITEMS.jsonl [--json]     # lines as `daybrief import` reads, with a day

The whole pipeline prints each day: dedupe, categories, ranking, writing, checks, archive; beside it stand
dedupe and archive alone, and dedupe without memory.

From the folder of recordings, each day shows what a reader of the sites would have seen: the latest Hugging
Face list (at weekends the one of Friday again), the Hacker News front page (with the strong stories of the
day before still on it), and the arXiv announcement of the papers that were ever on either. The days are
printed in order; a set of books kept here, by identifiers and titles, not by the code under test, counts

* `repeats`: stories printed again without a word that they continue an earlier one,
* `twice`: stories printed twice on one day,
* `unaccounted`: items that came in and are neither in a story nor in the ledger,
* `crashed`: days that raised,
* `odd_drops`: items dropped as seen before of which the books know nothing (to be read by eye).
"""

from __future__ import annotations

import argparse
import gzip
import json
import re
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, date, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import msgspec

from daybrief.adapters.archive import open_archive
from daybrief.adapters.machine import FixedClock
from daybrief.app.ports import Ports, World
from daybrief.config import Ranking, Settings
from daybrief.errors import Blocked, ConfigError
from daybrief.model import (
    Author,
    Category,
    Chart,
    Checked,
    Draft,
    Edition,
    EditionKind,
    Entry,
    Fetched,
    Filed,
    Item,
    Ledger,
    Ranked,
    Section,
    Signals,
    Story,
    Window,
)
from daybrief.pipeline import gather, make_editions
from daybrief.ports import Web
from daybrief.stages.dedupe import Memory, dedupe
from daybrief.stages.importing import read_items
from daybrief.stages.schedule import window
from daybrief.testing.archives import kept
from daybrief.testing.editions import founding, news
from daybrief.text.identity import web_key

FIRST, LAST = date(2024, 10, 1), date(2025, 1, 31)
MEMORY_DAYS = 60
STRONG = 100  # points that keep a story on the front page for a second day

Press = Callable[[date, Sequence[Item]], Sequence[Edition]]

# ── the recorded days ───────────────────────────────────────────────────────────────────────────────


def recorded(data: Path) -> Iterator[tuple[date, list[Item]]]:
    """Every day of the four months with the items each site showed on it."""
    papers, stories = _hugging_face(data), _hacker_news(data)
    listed = _arxiv(data, {i.key.partition(":")[2] for i in _all(papers) + _all(stories)})
    texts = {i.key: i.text for i in _all(listed)}
    latest: list[Item] = []
    for number in range((LAST - FIRST).days + 1):
        day = FIRST + timedelta(days=number)
        latest = papers.get(day, latest)
        standing = [i for i in stories.get(day - timedelta(days=1), []) if (i.signals.points or 0) >= STRONG]
        shown = [_with_text(i, texts) for i in latest] + stories.get(day, []) + standing + listed.get(day, [])
        yield day, shown


def given(data: Path) -> Iterator[tuple[date, list[Item]]]:
    """The days of a JSON Lines file, in order; an item without any date is an error."""
    with gzip.open(data) if data.suffix == ".gz" else data.open("rb") as lines:
        items = read_items(lines, None, strict=True).items
    days: dict[date, list[Item]] = defaultdict(list)
    for item in items:
        day = item.announced or (item.published.date() if item.published else None)
        if day is None:
            raise ConfigError(f"{item.key} carries no date", hint='give it "announced" or "published"')
        days[day].append(item)
    yield from sorted(days.items())


def _all(days: dict[date, list[Item]]) -> list[Item]:
    return [item for items in days.values() for item in items]


def _with_text(item: Item, texts: dict[str, str]) -> Item:
    return Item(
        **{name: getattr(item, name) for name in item.__struct_fields__} | {"text": texts.get(item.key, "")}
    )


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


def _hugging_face(data: Path) -> dict[date, list[Item]]:
    days: dict[date, list[Item]] = defaultdict(list)
    for row in _rows(data / "sources/hf_daily_papers/daily_lists_2024-09_2025-01.jsonl.gz"):
        number = row["arxiv_id"]
        days[date.fromisoformat(row["date"])].append(
            Item(
                key=f"arxiv:{number}",
                source="hf_papers",
                kind="paper",
                title=row["title"],
                url=f"https://huggingface.co/papers/{number}",
                announced=date.fromisoformat(row["date"]),
                signals=Signals(position=row["position"]),
            )
        )
    return days


def _hacker_news(data: Path) -> dict[date, list[Item]]:
    days: dict[date, list[Item]] = defaultdict(list)
    for month in ("2024-11", "2024-12"):
        for row in _rows(data / f"sources/hackernews_stories/{month}.jsonl.gz"):
            at = datetime.fromtimestamp(row["time"], UTC)
            talk = f"https://news.ycombinator.com/item?id={row['id']}"
            url = (row["url"] or talk).replace("%40", "@")
            try:
                key = web_key(url)
            except ConfigError:
                key = web_key(talk)
            signals = Signals(points=row["points"], comments=row["comments"], position=row["position"])
            days[at.date()].append(
                Item(
                    key=key,
                    source="hacker_news",
                    kind="news",
                    title=row["title"],
                    url=url,
                    published=at,
                    signals=signals,
                )
            )
    return days


def _arxiv(data: Path, wanted: set[str]) -> dict[date, list[Item]]:
    """The announcements of the wanted papers: the day after submission, where no listing day is known."""
    days: dict[date, list[Item]] = defaultdict(list)
    for row in _rows(data / "arxiv/arxiv_2024-09_2025-01.jsonl.gz"):
        if row["id"] not in wanted or not (row.get("listed") or row.get("published")):
            continue
        submitted = row.get("published")
        day = date.fromisoformat(row.get("listed") or submitted)
        if "listed" not in row:
            day += timedelta(days=1)
        days[day].append(
            Item(
                key=f"arxiv:{row['id']}",
                source="arxiv",
                kind="paper",
                title=row["title"],
                url=f"https://arxiv.org/abs/{row['id']}",
                text=row.get("abstract", ""),
                tags=tuple(row.get("categories", ())),
                announced=day,
                announce="new",
                version=1,
            )
        )
    return days


# ── the press under test ────────────────────────────────────────────────────────────────────────────


def deciding_press(folder: Path, *, remember: bool) -> Press:
    """Dedupe and the archive alone: every story that dedupe keeps is printed, under one category."""
    archive = open_archive(folder / f"archive-{remember}.db")

    def print_day(day: date, items: Sequence[Item]) -> tuple[Edition, ...]:
        memory = Memory()
        if remember:
            keys = tuple({key for item in items for key in (item.key, *item.aliases)})
            memory = Memory(by_key=archive.remembered(keys, day), recent=archive.recent(day, MEMORY_DAYS))
        stories, entry = dedupe(items, memory, day)
        editions = tuple(_edition(day, kind, stories, entry) for kind in ("papers", "news"))
        archive.save_editions(editions)
        return editions

    return print_day


def whole_press(folder: Path) -> Press:
    """Everything but network and publishers, as `daybrief run` does it, with room for every story."""
    room = Ranking(most=1_000_000, most_each=1_000_000)
    settings = Settings(
        zone="UTC",
        sources=(),
        publishers=(),
        ranking=room,
        max_items=1_000_000,
        out=str(folder / "out"),
        archive=str(folder / "whole.db"),
    )
    ports = Ports(settings, {})
    return lambda day, items: printed(ports, day, items)


def printed(ports: Ports, day: date, items: Sequence[Item]) -> tuple[Edition, ...]:
    """Editions of a day as the pipeline makes them of these items, saved in the archive of the settings."""
    span = window(day, "UTC")
    names = dict.fromkeys(item.source for item in items)
    sources = tuple(RecordedSource(name, [i for i in items if i.source == name]) for name in names)
    world = World(web=WithoutWeb(), clock=FixedClock(span.end), at=span.end)
    kit = msgspec.structs.replace(ports.kit(world), sources=sources)
    editions = make_editions(span, gather(span, kit), kit)
    ports.archive().save_editions(editions)
    return editions


def printed_archive(folder: Path, days: Iterable[tuple[date, Sequence[Item]]]) -> Path:
    """The path of an archive of these days, printed in their order."""
    path = folder / "archive.sqlite"
    settings = Settings(zone="UTC", sources=(), publishers=(), archive=str(path), out=str(folder / "out"))
    ports = Ports(settings, {})
    for day, items in days:
        printed(ports, day, items)
    return path


def archive_in(folder: Path, data: Path | None, days: int) -> Path:
    """An archive for other benchmarks to read: recorded days, or the founding one."""
    if data is None:
        return kept(folder, founding(), news())
    press = whole_press(folder)
    for day, items in islice(recorded(data), days):
        press(day, items)
    return folder / "whole.db"


class RecordedSource:
    """A source that lists what it was given."""

    def __init__(self, name: str, items: Sequence[Item]) -> None:
        self.name, self._items = name, items

    def collect(self, window: Window, web: Web) -> Iterator[Item]:
        yield from self._items


class WithoutWeb:
    """Nothing here asks the network."""

    def get(
        self, url: str, *, accept: str = "", max_bytes: int | None = None, robots: bool = False
    ) -> Fetched:
        raise Blocked("the replay has no network", url=url)

    def post(self, url: str, body: bytes, *, media_type: str, max_bytes: int | None = None) -> Fetched:
        raise Blocked("the replay has no network", url=url)


def _edition(day: date, kind: EditionKind, stories: Sequence[Story], entry: Entry) -> Edition:
    ours = [s for s in stories if s.kind == kind.removesuffix("s") or s.kind == kind]
    ranked = tuple(
        Ranked(filed=Filed(story=s, category="others", confidence=1, why=""), score=1) for s in ours
    )
    drawer = Category(id="others", kind="both", emoji="·", name={"en": "Others"}, definition="")
    draft = Draft(category="others", ranked=ranked, claims=(), author=Author(name="none", version="1"))
    start = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return Edition(
        window=Window(day=day, zone="UTC", start=start, end=start + timedelta(days=1)),
        kind=kind,
        language="en",
        state="fresh",
        sections=(Section(category=drawer, checked=Checked(draft=draft, judged=())),),
        chart=Chart(title="", alt="", bars=()),
        ledger=Ledger(entries=(entry,)),
        sources=(),
        taxonomy="",
        made_at=start,
        made_by="replay",
    ).sealed()


# ── the books ───────────────────────────────────────────────────────────────────────────────────────

_ARXIV = re.compile(r"(?:arxiv\.org/(?:abs|pdf|html)/|huggingface\.co/papers/)(\d{4}\.\d{4,5})")


def names(item: Item) -> set[str]:
    """The names of an item in the books: arXiv number, bare address, a title of four words or more."""
    paper = _ARXIV.search(item.url)
    bare = re.sub(r"^https?://(www\.)?|[?&]utm_[^&#]*|#(?!!).*$|/$", "", item.url)
    title = re.findall(r"\w+", item.title.lower())
    keys = {f"arxiv {paper[1]}" if paper else f"url {bare.rstrip('/')}"}
    return keys | ({"title " + " ".join(title)} if len(title) >= 4 else set())


class Books:
    """The record of the stories printed on each day, kept apart from the code under test."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.odd: list[str] = []
        self._printed: set[str] = set()

    def enter(self, day: date, items: Sequence[Item], editions: Sequence[Edition]) -> None:
        """Compare a day's editions with the day's items and with all earlier days."""
        stories = [story for edition in editions for story in edition.stories]
        self.counts["days"] += 1
        self.counts["items"] += len(items)
        self.counts["stories"] += len(stories)
        today: Counter[str] = Counter()
        for story in stories:
            own = set().union(*(names(i) for i in story.items))
            known = bool(own & self._printed)
            self.counts["continued"] += story.continues is not None
            self.counts["known"] += known
            self.counts["repeats"] += known and story.continues is None
            self.counts["twice"] += any(today[name] for name in own)
            today.update(own)
        self._account(day, items, stories, editions)
        self._printed |= set(today)

    def _account(
        self, day: date, items: Sequence[Item], stories: Iterable[Story], editions: Sequence[Edition]
    ) -> None:
        entries = next((e.ledger.entries for e in editions), ())
        dropped = Counter(ref for e in entries if e.unit == "items" for d in e.dropped for ref in d.refs)
        printed = Counter(item.key for story in stories for item in story.items)
        left_out = {
            ref: drop.reason
            for edition in editions
            for entry in edition.ledger.entries
            if entry.unit == "stories"
            for drop in entry.dropped
            if drop.reason != "other-edition"
            for ref in drop.refs
        }
        self.counts.update(left_out.values())
        folds = {fold.story: fold.refs for entry in entries for fold in entry.folds}
        alone = {name: i.key for i in items for name in (*i.aliases, i.key)}
        unprinted = Counter(k for story in left_out for k in folds.get(story, (alone.get(story, story),)))
        came = Counter(item.key for item in items)
        gone = dropped + unprinted
        self.counts["unaccounted"] += sum(((came - printed - gone) + (printed + gone - came)).values())
        self.counts["dropped"] += sum(dropped.values())
        for item in {i.key: i for i in items if i.key in dropped}.values():
            if not names(item) & self._printed:
                self.odd.append(f"{day} {item.source}: {item.title} <{item.url}>")
        self.counts["odd_drops"] = len(self.odd)


def replay(days: Iterable[tuple[date, Sequence[Item]]], press: Press) -> tuple[Books, float]:
    """Print every day in order; the books, and the wall seconds of the press alone."""
    books, seconds = Books(), 0.0
    for day, items in days:
        start = time.perf_counter()
        try:
            editions = press(day, items)
        except Exception as failure:
            books.counts["crashed"] += 1
            books.odd.append(f"{day} {type(failure).__name__}: {failure}")
            continue
        seconds += time.perf_counter() - start
        books.enter(day, items, editions)
    return books, seconds


def measure(data: Path, most: int) -> dict[str, Any]:
    """The counts with memory, and the share of repeats without one."""
    days = list(recorded(data) if data.is_dir() else given(data))[:most]
    with tempfile.TemporaryDirectory() as folder:
        books, seconds = replay(days, whole_press(Path(folder)))
        deciding, _ = replay(days, deciding_press(Path(folder), remember=True))
        without, _ = replay(days, deciding_press(Path(folder), remember=False))
    wanted = ("days", "items", "stories", "continued", "dropped", "off-topic", "odd_drops", "twice")
    report: dict[str, Any] = {"benchmark": "replay"} | {name: books.counts[name] for name in wanted}
    report |= {name: books.counts[name] for name in ("repeats", "unaccounted", "crashed")}
    report["seconds_a_day"] = round(seconds / max(1, books.counts["days"]), 3)
    report["baselines"] = {
        "dedupe and archive alone": _row(deciding),
        "dedupe without memory": _row(without),
    }
    return report | {"odd": books.odd}


def _row(books: Books) -> dict[str, Any]:
    row = {name: books.counts[name] for name in ("stories", "repeats", "unaccounted", "crashed")}
    return row | {"repeats_share": round(books.counts["repeats"] / max(1, books.counts["stories"]), 4)}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--days", type=int, default=10_000, help="stop after so many days")
    parser.add_argument("--json", action="store_true")
    options = parser.parse_args()
    report = measure(options.data, options.days)
    if options.json:
        print(json.dumps(report))
        return
    print("\n".join(f"{name:>30} {value}" for name, value in report.items() if name != "odd"))
    print("\n".join(report["odd"]))


if __name__ == "__main__":
    main()
