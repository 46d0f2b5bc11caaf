"""Does the order learn what a reader likes? Likes simulated from one category, over 60 recorded days.

    python benchmarks/taste.py --data ../shared/data [--seeds 3] [--days 60] [--json]
    python benchmarks/taste.py --data ../shared/data --tune        # July and August 2024 instead

Each working day holds the arXiv papers first submitted on it (AI and machine learning), with the place of
those that stood on the Hugging Face list. A simulated reader cares for one arXiv category, which the ranking
never sees: after each day they like one paper of it, at random; one like in ten goes to a paper of another
category instead, and every third day they dislike one of another. The papers are ordered before the day's
like is known:

* `signals`: as without a profile,
* `neighbour`: by the largest TF-IDF cosine to a liked paper, then by signals,
* `ours`: as `daybrief run` orders them for a profile with these examples and default settings.

Precision@10 is the share of the first ten that are of the category; no order can do better than `ceiling`.
The spread is the standard deviation over categories and seeds. Settings were chosen on July and August 2024,
the figures are of the 60 working days from 16 September 2024 on.
"""

from __future__ import annotations

import argparse
import gzip
import json
import math
import random
import statistics
import time
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import msgspec

from daybrief.model import Example, Filed, Item, Signals, Story
from daybrief.stages.rank import rank
from daybrief.taste import Interests, Terms, preferences_of, terms, title_and_text

CATEGORIES = ("cs.CL", "cs.CV", "cs.RO", "cs.IR", "cs.SD", "stat.ML")
OURS = frozenset("cs.AI cs.LG cs.CL cs.CV cs.IR cs.NE cs.RO cs.MA cs.SD stat.ML eess.AS".split())
NOISE = 0.1
DISLIKES = 1 / 3
FEWEST = 60  # papers of a day: fewer is a weekend or a gap
TOP = 10
METHODS = ("signals", "neighbour", "ours")
STEPS = (1, 2, 3, 5, 10, 20, 40)


class Day(msgspec.Struct, frozen=True, kw_only=True):
    """A day's papers, filed under one category: the reader's own are secret."""

    day: date
    filed: tuple[Filed, ...]
    primary: Mapping[str, str]  # story id → its first arXiv category


# ── the recorded days ───────────────────────────────────────────────────────────────────────────────


def recorded(data: Path, file: str, first: date, most: int) -> list[Day]:
    places = _places(data)
    rows: dict[date, list[dict[str, Any]]] = defaultdict(list)
    with gzip.open(data / "arxiv" / file, "rt", encoding="utf-8") as lines:
        for row in map(json.loads, lines):
            tags = row.get("categories") or ()
            if OURS.intersection(tags) and row.get("published") and row.get("abstract"):
                rows[date.fromisoformat(row["published"][:10])].append(row)
    busy = [day for day in sorted(rows) if day >= first and len(rows[day]) >= FEWEST and day.weekday() < 5]
    return [_day(day, rows[day], places) for day in busy[:most]]


def _places(data: Path) -> dict[str, int]:
    path = data / "sources/hf_daily_papers/daily_lists_2024-09_2025-01.jsonl.gz"
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return {row["arxiv_id"]: row["position"] for row in map(json.loads, lines)}


def _day(day: date, rows: Sequence[dict[str, Any]], places: Mapping[str, int]) -> Day:
    stories = [_story(day, row, places.get(row["id"])) for row in rows]
    return Day(
        day=day,
        filed=tuple(Filed(story=s, category="others", confidence=1.0, why="") for s in stories),
        primary={f"arxiv:{row['id']}": row["categories"][0] for row in rows},
    )


def _story(day: date, row: dict[str, Any], place: int | None) -> Story:
    key = f"arxiv:{row['id']}"
    item = Item(
        key=key,
        source="arxiv",
        kind="paper",
        title=row["title"],
        url=f"https://arxiv.org/abs/{row['id']}",
        text=row["abstract"],
        signals=Signals(position=place),
    )
    return Story(id=key, kind="paper", items=(item,), first_seen=day)


# ── the reader ──────────────────────────────────────────────────────────────────────────────────────


def likes(day: Day, wanted: str, dice: random.Random) -> Iterator[Example]:
    """The reader's opinions after the day: one like, and now and then a dislike."""
    ours = [f.story for f in day.filed if day.primary[f.story.id] == wanted]
    others = [f.story for f in day.filed if day.primary[f.story.id] != wanted]
    liked = dice.choice(others if dice.random() < NOISE or not ours else ours)
    yield _example(liked, day.day, liked=True)
    if dice.random() < DISLIKES:
        disliked = dice.choice(others)
        if disliked.id != liked.id:
            yield _example(disliked, day.day, liked=False)


def _example(story: Story, day: date, *, liked: bool) -> Example:
    title, text = title_and_text(story)
    at = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return Example(key=story.id, liked=liked, title=title, text=text, added_at=at)


# ── the orders ──────────────────────────────────────────────────────────────────────────────────────


def by_signals(day: Day) -> list[str]:
    ranked, _ = rank(day.filed, most=TOP, most_each=TOP)
    return [r.story.id for r in ranked]


def by_taste(day: Day, examples: Sequence[Example], interests: Interests) -> list[str]:
    preferences = preferences_of(day.filed, interests, examples, "en")
    ranked, _ = rank(day.filed, most=TOP, most_each=TOP, preferences=preferences)
    return [r.story.id for r in ranked]


def by_neighbour(day: Day, examples: Sequence[Example]) -> list[str]:
    """The nearest liked text by plain TF-IDF over what there is: raw counts, smoothed rarity, length one."""
    texts = {f.story.id: terms(*title_and_text(f.story)) for f in day.filed}
    liked = [terms(e.title, e.text) for e in examples if e.liked]
    met = Counter(term for words in (*texts.values(), *liked) for term in words)
    number = len(texts) + len(liked)

    def vector(words: Terms) -> dict[str, float]:
        raw = {t: n * (math.log((1 + number) / (1 + met[t])) + 1) for t, n in words.items()}
        length = math.sqrt(sum(v * v for v in raw.values())) or 1.0
        return {t: v / length for t, v in raw.items()}

    near = [vector(liked_words) for liked_words in liked]
    signals = {f.story.id: place for place, f in enumerate(_by_score(day))}

    def likeness(story: str) -> float:
        here = vector(texts[story])
        return max((sum(v * other.get(t, 0.0) for t, v in here.items()) for other in near), default=0.0)

    return sorted(texts, key=lambda story: (-likeness(story), signals[story]))[:TOP]


def _by_score(day: Day) -> list[Filed]:
    ranked, _ = rank(day.filed, most=len(day.filed), most_each=len(day.filed))
    return [r.filed for r in ranked]


# ── the replay ──────────────────────────────────────────────────────────────────────────────────────


class Seen(msgspec.Struct, frozen=True, kw_only=True):
    """Precision@10 of one day, by method, and how many likes the reader had given before it."""

    day: date
    likes: int
    precision: dict[str, float]
    ceiling: float
    seconds: float


class Reader:
    """A simulated reader, day after day."""

    def __init__(self, wanted: str, seed: int) -> None:
        self._wanted, self._dice = wanted, random.Random(f"{wanted} {seed}")
        self._examples: list[Example] = []
        self.seen: list[Seen] = []

    def read(self, day: Day, signals: Sequence[str]) -> None:
        start = time.perf_counter()
        ours = by_taste(day, self._examples, Interests())
        seconds = time.perf_counter() - start
        tops = {"signals": signals, "neighbour": by_neighbour(day, self._examples), "ours": ours}
        right = {n: sum(day.primary[s] == self._wanted for s in top) / TOP for n, top in tops.items()}
        there = sum(category == self._wanted for category in day.primary.values())
        given = sum(e.liked for e in self._examples)
        ceiling = min(there, TOP) / TOP
        self.seen.append(Seen(day=day.day, likes=given, precision=right, ceiling=ceiling, seconds=seconds))
        self._examples += likes(day, self._wanted, self._dice)


def replayed(days: Sequence[Day], seeds: int) -> dict[tuple[str, int], list[Seen]]:
    """All readers, each day before the next: a day's texts are cut into words once."""
    readers = {(wanted, seed): Reader(wanted, seed) for wanted in CATEGORIES for seed in range(seeds)}
    for day in days:
        signals = by_signals(day)
        for reader in readers.values():
            reader.read(day, signals)
    return {name: reader.seen for name, reader in readers.items()}


def summed(runs: Mapping[tuple[str, int], Sequence[Seen]]) -> dict[str, Any]:
    days = [seen for run in runs.values() for seen in run]
    early = [seen for seen in days if 1 <= seen.likes <= TOP]
    return {
        "by_likes": {str(n): _at(runs, n) for n in STEPS if any(s.likes >= n for s in days)},
        "within_ten": _means(early),
        "all_days": _means([seen for seen in days if seen.likes]),
        "by_category": {
            wanted: _means([s for (c, _), run in runs.items() if c == wanted for s in run if s.likes])
            for wanted in CATEGORIES
        },
        "by_day": [_means([run[n] for run in runs.values()]) | {"day": str(next(iter(runs.values()))[n].day)}
                   for n in range(len(next(iter(runs.values()))))],
        "seconds": {"median": round(statistics.median(s.seconds for s in days), 3),
                    "most": round(max(s.seconds for s in days), 3)},
    }  # fmt: skip


def _at(runs: Mapping[tuple[str, int], Sequence[Seen]], number: int) -> dict[str, Any]:
    """The first five days after the reader's like of that number, with the spread over readers."""
    first = [[s for s in run if s.likes >= number][:5] for run in runs.values()]
    spread = {m: round(statistics.pstdev(_mean(s, m) for s in first if s), 3) for m in METHODS}
    return _means([s for few in first for s in few]) | {"spread": spread}


def _means(seen: Sequence[Seen]) -> dict[str, Any]:
    means = {method: round(_mean(seen, method), 3) for method in METHODS}
    return means | {"ceiling": round(statistics.mean(s.ceiling for s in seen), 3)}


def _mean(seen: Sequence[Seen], method: str) -> float:
    return statistics.mean(s.precision[method] for s in seen)


def training(days: Sequence[Day], sizes: Sequence[int] = (1, 10, 100, 600)) -> list[dict[str, Any]]:
    """Seconds to learn from so many examples and to judge a day, texts not yet cut into words."""
    stories = [f.story for day in days for f in day.filed]
    rows = []
    for size in sizes:
        examples = [_example(s, days[0].day, liked=n % 4 != 3) for n, s in enumerate(stories[:size])]
        terms.cache_clear()
        start = time.perf_counter()
        by_taste(days[-1], examples, Interests())
        seconds = round(time.perf_counter() - start, 3)
        rows.append({"examples": size, "stories": len(days[-1].filed), "seconds": seconds})
    return rows


def figures(report: dict[str, Any]) -> list[dict[str, str]]:
    """The rows of docs/figures.md."""
    rows = []
    for number, row in report["by_likes"].items():
        spread = row["spread"]
        value = "; ".join(f"{m} {row[m]:.2f} ± {spread[m]:.2f}" for m in METHODS)
        rows.append(
            {"what": f"precision@10 after {number} likes (ceiling {row['ceiling']:.2f})", "measured": value}
        )
    early = report["within_ten"]
    ratio = early["ours"] / max(early["signals"], 1e-9)
    beside = f"signals {early['signals']:.2f}, neighbour {early['neighbour']:.2f}"
    value = f"**{ratio:.1f} ×** ({early['ours']:.2f}; {beside})"
    rows.append(
        {"what": "the days with one to ten likes, beside signals alone", "asked": "≥ 2 ×", "measured": value}
    )
    for wanted, row in report["by_category"].items():
        value = f"{row['ours']:.2f}; signals {row['signals']:.2f}, neighbour {row['neighbour']:.2f}"
        rows.append(
            {"what": f"all days, reader of {wanted} (ceiling {row['ceiling']:.2f})", "measured": value}
        )
    for row in report["training"]:
        what = f"learn from {row['examples']} examples and judge {row['stories']} stories"
        rows.append({"what": what, "asked": "< 1 s", "measured": f"{row['seconds']:.2f} s"})
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=Path("../shared/data"))
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--days", type=int, default=60)
    parser.add_argument("--tune", action="store_true", help="the days on which settings are chosen")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    file, first = "arxiv_2024-09_2025-01.jsonl.gz", date(2024, 9, 16)
    if given.tune:
        file, first = "arxiv_2024-07_2024-08_ai.jsonl.gz", date(2024, 7, 1)
    days = recorded(given.data, file, first, given.days)
    runs = replayed(days, given.seeds)
    report = summed(runs) | {
        "days": len(days),
        "first": str(days[0].day),
        "last": str(days[-1].day),
        "papers_a_day": round(statistics.mean(len(day.filed) for day in days)),
        "training": training(days),
    }
    report["figures"] = figures(report)
    if given.json:
        print(json.dumps(report, ensure_ascii=False))
        return
    print(
        f"{report['days']} days, {report['first']} to {report['last']}, {report['papers_a_day']} papers each"
    )
    for row in report["figures"]:
        print(f"{row['what']:<75} {row.get('asked', ''):<8} {row['measured']}")


if __name__ == "__main__":
    main()
